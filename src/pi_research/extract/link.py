"""Linkage: which trust record belongs to which customer, where the two organisations share no identifier.

Exact keys first, then match weights, one to one; what is neither clear nor hopeless goes to a person. What is
assumed, and how well it does on made-up records, is in ``docs/linkage.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from pi_research.extract.linkage.decisions import SET_ASIDE, Decided, apply, read_decisions
from pi_research.extract.linkage.normal import COLUMNS, Side, normalised
from pi_research.extract.linkage.outcomes import WHY, bits, laid_out, links_of, outcomes, weighed
from pi_research.extract.linkage.passes import exact_pairs
from pi_research.extract.linkage.result import Linkage, LinkageError
from pi_research.sections import Linkage as Choices

HOUSING = Side("identifiers_housing", "customer_id")
TRUST = Side("identifiers_trust", "patient_id")
METHODS = {"deterministic": "deterministic", "probabilistic": "probabilistic", "by_eye": "clerical",
           "third_party": "third_party"}
SHOWN = ("customer_id", "patient_id", "weight", "preference", "probability", "outcome", "found_by")


def first_events(programme_events: pd.DataFrame) -> pd.Series:
    """Day of each customer's first programme event, by ``customer_id``."""
    return programme_events.groupby("customer_id")["date"].min().rename("start")


def link_folder(folder: str | Path, out: str | Path, choices: Choices | None = None, *,
                root: str | Path = ".") -> Linkage:
    """Link the extract in a folder; into ``out`` (in the safe room) go the links and the list to look at.

    ``out`` gets ``links.csv``, ``linkage.csv`` (the counts), ``decisions_log.csv``, and of
    :func:`linkage.review.write_review` ``clerical.csv`` and the values of both sides. ``choices`` is the
    section of params; the files that it names start at ``root``.

    Raises
    ------
    ExtractError, LinkageError, DecisionError, FileReadError, FileWriteError
        Each says what to do; nothing is written unless all of it can be made.
    """
    from pi_research.extract.linkage.review import write_review
    from pi_research.extract.read import read_extract
    from pi_research.files import write_text

    tables = read_extract(folder).tables
    made = link_tables(tables, choices, root=root)
    parts = {"links": made.links, "linkage": made.summary(), "decisions_log": made.log}
    for name, table in parts.items():
        write_text(Path(out) / f"{name}.csv", table.to_csv(index=False, lineterminator="\n"))
    write_review(made, out, tables[HOUSING.name], tables[TRUST.name])
    return made


def linkage_of(tables: Mapping[str, pd.DataFrame], choices: Choices | None = None, *, root: str | Path = "."
               ) -> Linkage:
    """The linkage that an extract allows: made here from identifiers, else as supplied in ``links``."""
    if {HOUSING.name, TRUST.name} <= set(tables):
        return link_tables(tables, choices, root=root)
    return supplied(tables)


def link_tables(tables: Mapping[str, pd.DataFrame], choices: Choices | None = None, *, root: str | Path = ".",
                **options) -> Linkage:
    """:func:`link` on the tables of an extract (``read_extract(folder).tables``); options as there.

    Raises
    ------
    LinkageError
        Where the extract holds no identifiers of one of the two sides.
    """
    missing = [side.name for side in (HOUSING, TRUST) if side.name not in tables]
    if missing:
        raise LinkageError(
            f"The extract holds no {' and no '.join(missing)}: linkage needs the identifiers of both sides. "
            "Where linkage is done elsewhere, supply its result as links.csv.")
    choices = choices or Choices()
    given = {"people": tables.get("people"), "patients": tables.get("patients"), "starts": _starts(tables)}
    if choices.decisions:
        given["decisions"] = read_decisions(Path(root) / choices.decisions)
    if choices.opted_out:
        given["opted_out"] = _opted_out(Path(root) / choices.opted_out)
    return link(tables[HOUSING.name], tables[TRUST.name], choices=choices, **given | options)


def supplied(tables: Mapping[str, pd.DataFrame]) -> Linkage:
    """The links that came with an extract: they hold no weight, so that only the match rate can be told."""
    columns = ["customer_id", "patient_id", "method"]
    links = tables.get("links", pd.DataFrame(columns=columns, dtype=object))[columns]
    found = links["patient_id"].notna()
    kinds = links.loc[found, "method"].value_counts()
    counts = {"looked_for": len(links), "linked": int(found.sum()), "not_linked": int((~found).sum())}
    counts |= {name: int(kinds.get(kind, 0)) for name, kind in METHODS.items()}
    none = pd.DataFrame()
    pairs = pd.DataFrame(columns=[*SHOWN, "date_of_birth"])
    return Linkage(links.sort_values("customer_id", ignore_index=True), none, pairs, none, none, none, counts,
                   None, None, _starts(tables))


def _starts(tables: Mapping[str, pd.DataFrame]) -> pd.Series | None:
    return first_events(tables["programme_events"]) if "programme_events" in tables else None


def _opted_out(path: Path) -> list[str]:
    from io import StringIO

    from pi_research.files import read_text

    listed = pd.read_csv(StringIO(read_text(path)), dtype=str)
    if "patient_id" not in listed:
        raise LinkageError(f"{path.name} has no column patient_id: list there the patients who opted out.")
    return listed["patient_id"].dropna().str.strip().tolist()


def link(
    identifiers_housing: pd.DataFrame, identifiers_trust: pd.DataFrame, *, people: pd.DataFrame | None = None,
    patients: pd.DataFrame | None = None, starts: Mapping | pd.Series | None = None,
    decisions: pd.DataFrame | None = None, opted_out: Iterable[str] = (), choices: Choices | None = None,
    seed: int = 0,
) -> Linkage:
    """Link customers to trust records, one to one.

    Exact keys first; then a match weight for each pair (Fellegi-Sunter, by splink on DuckDB) and of all ways
    to pair the rest the one with the greatest sum of weights. A pair is linked where its preference, what the
    choice loses without it, is large enough. A pair whose forename or date of birth differs altogether is
    never linked without a look: a twin agrees on all the rest.

    Parameters
    ----------
    identifiers_housing, identifiers_trust : DataFrame
        The dictionary's tables; order of rows and columns is of no account.
    people : DataFrame, optional
        ``customer_id``, ``consent`` and ``year_of_birth``. Customers whose consent is among
        ``choices.without_consent`` and customers who are not in it never enter. Without it consent is not
        checked, and the sentence says so.
    patients : DataFrame, optional
        ``patient_id``, ``year_of_birth``, ``death_date``.
    starts : mapping or Series of customer_id to day, optional
        First event (:func:`first_events`): a patient who died before it is hardly the customer.
    decisions : DataFrame, optional
        Of a reviewer, from :func:`read_decisions`.
    opted_out : identifiers of patients, optional
        Records that never enter.
    choices : Choices, optional
        Thresholds, and the kinds of consent that are left out; its files are for :func:`link_tables`.
    seed : int
        Draws the records on which chance agreement is counted where a side has more than 1,200.

    Raises
    ------
    LinkageError
        For tables in each other's place, a missing column, an identifier that is missing or stands twice,
        thresholds out of order.
    DecisionError
        For decisions that can't be applied; none is then.

    Notes
    -----
    Do not use it where both sides hold a verified NHS number: join on that. It assumes one record a person on
    each side; a second record of one person shows as a pair that waits, and in ``counts["several"]``.
    Method: Fellegi and Sunter 1969 (J Am Stat Assoc 64: 1183); reporting: Gilbert et al. 2018 (GUILD).
    """
    limits = choices or Choices()
    if not 0 < limits.look <= 0.5 < limits.decide <= limits.link < 1 or limits.clerical_at_most < 0:
        raise LinkageError("thresholds must be in order: 0 < look <= 0.5 < decide <= link < 1, and "
                           "clerical_at_most 0 or more.")
    given = [_checked(identifiers_housing, HOUSING, TRUST), _checked(identifiers_trust, TRUST, HOUSING)]
    consent, refused, unrecorded = _consent(given[0], people, set(limits.without_consent))
    out = given[1]["patient_id"].isin(list(opted_out))
    housing = normalised(given[0][consent], HOUSING, day=starts,
                         year_of_birth=_by_id(people, HOUSING, "year_of_birth"))
    trust = normalised(given[1][~out], TRUST, day=_by_id(patients, TRUST, "death_date"),
                       year_of_birth=_by_id(patients, TRUST, "year_of_birth"))
    aside = frozenset(given[0].loc[~consent, "customer_id"]), frozenset(given[1].loc[out, "patient_id"])
    decided = apply(decisions, housing["id"], trust["id"], aside)
    exact, passes = exact_pairs(*_left(housing, trust, decided.yes), apart=decided.no + decided.unsure)
    pairs, model = weighed(housing, trust, _fixed(decided, exact), seed=seed)
    pairs.insert(0, "customer_id", housing["id"].to_numpy()[pairs["h"].to_numpy(int)])
    pairs.insert(1, "patient_id", trust["id"].to_numpy()[pairs["t"].to_numpy(int)])
    pairs = outcomes(pairs, decided, limits, model)
    fields = [one.name for one in model.fields] if model else []
    counts = _counts(pairs, limits, len(housing), decided.log) | {
        "housing": len(given[0]), "trust": len(given[1]), "refused": refused, "no_consent_record": unrecorded,
        "opted_out": int(out.sum()), "consent_checked": int(people is not None),
    }
    return Linkage(
        links=links_of(pairs, housing["id"]), clerical=laid_out(pairs[pairs["outcome"] == "clerical"], model),
        pairs=pairs[[*SHOWN, *fields]], settled=laid_out(pairs[pairs["settled"]], model, "outcome"),
        log=decided.log, passes=passes, counts=counts, model=model, choices=limits,
        starts=pd.Series(housing["day"].to_numpy(), index=housing["id"].to_numpy(), name="start").dropna(),
    )


def _checked(table: pd.DataFrame, side: Side, other: Side) -> pd.DataFrame:
    """The table with its identifiers as text; refused where it can't be linked."""
    if side.key not in table and other.key in table:
        raise LinkageError(
            f"{side.name} holds {other.key}: the two tables stand in each other's place. Exchange them.")
    missing = [name for name in (side.key, *COLUMNS) if name not in table]
    if missing:
        raise LinkageError(
            f"{side.name} lacks {', '.join(missing)}: supply the column, empty where nothing is known.")
    ids = table[side.key].astype("string").str.strip()
    empty = ids.isna() | (ids == "")
    twice = "an identifier that stands more than once: keep one row a person, and tell two people apart"
    faults = ((empty, "no identifier: give each person one"), (ids.duplicated(keep=False) & ~empty, twice))
    for rows, what in faults:
        if rows.any():
            where = np.flatnonzero(rows) + 2
            listed = ", ".join(map(str, where[:5])) + (" ..." if len(where) > 5 else "")
            raise LinkageError(f"{side.name}, {side.key}: row {listed} of the file: {what}.")
    return table.assign(**{side.key: ids.astype(object)})


def _consent(housing: pd.DataFrame, people: pd.DataFrame | None, without: set[str]
             ) -> tuple[pd.Series, int, int]:
    """Who enters; how many are set aside by their consent, and how many because none is on record."""
    if people is None:
        return pd.Series(True, housing.index), 0, 0
    lacking = [name for name in ("customer_id", "consent") if name not in people]
    if lacking:
        raise LinkageError(f"people lacks {', '.join(lacking)}: without it nobody's consent is known.")
    consent = housing["customer_id"].map(_by_id(people, HOUSING, "consent"))
    refused = consent.isin(without)
    return ~refused & consent.notna(), int(refused.sum()), int(consent.isna().sum())


def _by_id(table: pd.DataFrame | None, side: Side, column: str) -> pd.Series | None:
    if table is None or not {side.key, column} <= set(table):
        return None
    return table.dropna(subset=[column]).drop_duplicates(side.key).set_index(side.key)[column]


def _left(housing: pd.DataFrame, trust: pd.DataFrame, taken: Iterable[tuple[int, int]]):
    pairs = np.array(list(taken), dtype=int).reshape(-1, 2)
    return housing.drop(index=pairs[:, 0]), trust.drop(index=pairs[:, 1])


def _fixed(decided: Decided, exact: pd.DataFrame) -> pd.DataFrame:
    """Pairs that are linked before any weight is looked at: ``h``, ``t``, ``found_by``."""
    eye = pd.DataFrame([(h, t, "a reviewer") for h, t in decided.yes], columns=["h", "t", "found_by"])
    return pd.concat([eye.astype({"h": int, "t": int}), exact], ignore_index=True)


def _counts(pairs: pd.DataFrame, limits: Choices, sought: int, log: pd.DataFrame) -> dict[str, int]:
    linked = pairs.loc[pairs["outcome"] == "linked", "found_by"]
    weight, eye = int((linked == "match weight").sum()), int((linked == "a reviewer").sum())
    fits = pairs[(pairs["weight"] >= bits(limits.link)) & (pairs["why"] != WHY["names"])]
    aside = int((log["effect"] == SET_ASIDE).sum())
    return {
        "looked_for": sought, "linked": len(linked), "not_linked": sought - len(linked),
        "deterministic": len(linked) - weight - eye, "probabilistic": weight, "by_eye": eye,
        "waiting": int((pairs["outcome"] == "clerical").sum()), "settled": int(pairs["settled"].sum()),
        "decisions": len(log) - aside, "decisions_set_aside": aside,
        "several": int((fits.groupby("customer_id").size() > 1).sum()),
        "shared": int((fits.groupby("patient_id").size() > 1).sum()),
    }
