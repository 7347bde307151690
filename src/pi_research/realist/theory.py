"""A programme theory: its tables linked and checked, so that every claim leads back to its source."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from pi_research.wording import Sentence

DIRECTIONS = ("supports", "refines", "refutes", "neutral")
COM_B = {
    "physical_capability": "able in body and daily skills",
    "psychological_capability": "able in knowledge and mind",
    "physical_opportunity": "means, time and places",
    "social_opportunity": "people who make it possible",
    "reflective_motivation": "wants it and plans for it",
    "automatic_motivation": "habit, fear and impulse",
}
"""Capability, opportunity and motivation (Michie, van Stralen and West, Implementation Science 2011;6:42)."""


class TheoryError(ValueError):
    """A theory that does not hold together; the message lists every fault with file, row and column."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__(
            f"the programme theory has {len(faults)} fault{'s' * (len(faults) > 1)}:\n"
            + "\n".join(f"  - {fault}" for fault in faults)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Theory:
    """The linked tables of a programme theory; docs/theory.md describes the columns of each.

    Every frame is indexed by the rows of its file. A column that lists ids holds them as text with ``"; "``
    between them: :func:`listed` takes them apart.
    """

    activities: pd.DataFrame
    indicators: pd.DataFrame
    outcomes: pd.DataFrame
    themes: pd.DataFrame
    codes: pd.DataFrame
    lessons: pd.DataFrame
    configurations: pd.DataFrame
    history: pd.DataFrame
    evidence: pd.DataFrame
    tests: pd.DataFrame
    success: pd.DataFrame
    steps: pd.DataFrame

    def first_thought(self) -> pd.DataFrame:
        """What was thought at first and what is thought now: ``theory_id``, ``title``, ``level``, ``first``,
        ``now``, ``why`` (of the last change, where there was one), ``version``, ``status``."""
        now = self.configurations.set_index("theory_id")
        order = self.history.sort_values(["theory_id", "date", "version"], kind="stable").groupby("theory_id")
        last = order.last().reindex(now.index)
        return pd.DataFrame(
            {
                "theory_id": now.index,
                "title": now["title"],
                "level": now["level"],
                "first": order["statement"].first().reindex(now.index).fillna(now["statement"]),
                "now": now["statement"],
                "why": last["why"].where(order.size().reindex(now.index) > 1, ""),
                "version": now["version"],
                "status": now["status"],
            }
        ).reset_index(drop=True)

    def sentence(self) -> Sentence:
        """How large the theory is and how many of its statements have changed so far."""
        from pi_research.wording import count, sentence

        said = self.first_thought()
        tested = self.tests.loc[self.tests["reach"] == "comparison", "theory_id"]
        return sentence(
            "{n} configurations rest on {a} activities; {k} have changed since they were first written, and "
            "{t} comparisons, for {c} of them, were fixed before the data were seen.",
            n=count(len(said), people=False),
            a=count(len(self.activities), people=False),
            k=count(int((said["why"].fillna("") != "").sum()), people=False),
            t=count(len(tested), people=False),
            c=count(tested.nunique(), people=False),
        )


def listed(text: object) -> list[str]:
    """The ids of a cell that lists them.

    >>> listed("A01; A02"), listed(None)
    (['A01', 'A02'], [])
    """
    return [part.strip() for part in text.split(";") if part.strip()] if isinstance(text, str) else []


def read_theory(tables: Mapping[str, pd.DataFrame], known: Mapping[str, Iterable[str]]) -> Theory:
    """The tables of a theory, linked and checked.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        As ``extract.theory.read_theory_tables`` gives them: each indexed by the rows of its file, all columns
        there.
    known : mapping of str to names
        ``fields`` (table.field of the data dictionary), ``published`` (tables, and table.id), ``sources``,
        ``roles``.

    Raises
    ------
    TheoryError
        With every fault: a configuration in a circle of ``leads_to``, evidence that cites itself or is in a
        circle, an unknown activity, field, sub-theme, lesson, published row, source or step, an indicator
        that says it is measured without a field, a status or statement that is not the last one of its
        history.

    Notes
    -----
    Findings and coded segments belong to an extract, and are checked with it: :func:`check_findings`,
    :func:`check_segments`.
    """
    made = Theory(**{name: tables[name] for name in Theory.__dataclass_fields__})
    known = {name: frozenset(values) for name, values in known.items()}
    from pi_research.realist._theory_checks import CHECKS

    faults = [fault for check in CHECKS for fault in check(made, known)]
    if faults:
        raise TheoryError(faults)
    return made


def at(file: str, row: int, column: str, what: str) -> str:
    """A fault and where it stands."""
    return f"{file}.csv, row {row}, column {column}: {what}"


def cited(ref: str, ids: Iterable[str]) -> str:
    """The one id that a reference means; ``*`` stands for what params decide.

    Raises
    ------
    KeyError
        Where it means none, or more than one.

    >>> cited("contrast.*_in_care", ["contrast.5_years_in_care", "tenancy.harm"])
    'contrast.5_years_in_care'
    """
    found = [i for i in ids if fnmatchcase(i, ref)]
    if len(found) != 1:
        raise KeyError(f"{ref} means {len(found)} findings")
    return found[0]


def uncited(file: str, column: str, table: pd.DataFrame, ids: Collection[str]) -> list[str]:
    """A fault for each cell of a column that cites a finding that is not there; empty cells are passed over."""
    faults = []
    for row, ref in table[column].dropna().items():
        try:
            cited(ref, ids)
        except KeyError:
            near = difflib.get_close_matches(ref, ids, n=1)
            what = (
                f"{table.loc[row].iloc[0]} cites the finding {ref}, which is not among the findings of this "
                f"run{f' (nearest: {near[0]})' if near else ''}: run the page that makes it, or cite another"
            )
            faults.append(at(file, row, column, what))
    return faults


def check_findings(theory: Theory, ids: Iterable[str]) -> None:
    """Nothing where every finding that the theory cites is there.

    Raises
    ------
    TheoryError
        Naming each row that cites a finding that is not among ``ids``, with the nearest that is.
    """
    ids, evidence = list(ids), theory.evidence[theory.evidence["kind"] == "finding"]
    faults = uncited("evidence", "ref", evidence, ids) + uncited("success", "finding", theory.success, ids)
    if faults:
        raise TheoryError(faults)


def check_segments(theory: Theory, segments: pd.DataFrame, roles: Iterable[str]) -> None:
    """Nothing where every segment's role, theme, code, configuration and direction is known.

    Raises
    ------
    TheoryError
        Naming segment and column; segments that the evidence cites and that are not there are named too.
    """
    allowed = {
        "role": ("role of the dictionary", roles),
        "theme": ("theme of themes.csv", theory.themes["theme"]),
        "direction": ("direction", DIRECTIONS),
        "theory_id": ("configuration of configurations.csv", theory.configurations["theory_id"]),
    }
    if len(theory.codes):
        allowed["sub_theme"] = ("code of codes.csv", theory.codes["code"])
    faults = []
    for column, (known, words) in allowed.items():
        wrong = segments[segments[column].notna() & ~segments[column].isin(set(words))]
        if len(wrong):
            many = ", ".join(f"row {k + 2} ({i})" for k, i in wrong["segment_id"].head(5).items())
            more = " and more" if len(wrong) > 5 else ""
            faults.append(
                f"segments, {many}{more}, column {column}: no {known}; correct it, or add it there"
            )
    for row, one in theory.evidence[theory.evidence["kind"] == "segment"].iterrows():
        if one["ref"] not in set(segments["segment_id"]):
            faults.append(at("evidence", row, "ref", f"{one['ref']} is no segment of this extract"))
    if faults:
        raise TheoryError(faults)
