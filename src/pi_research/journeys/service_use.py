"""Hospital use and contacts of movers in short stretches, by phase: rows for rates within the person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pi_research.wording import Sentence, count, number, sentence

if TYPE_CHECKING:
    from pi_research.journeys.build import Journeys
    from pi_research.sections import Covid

PHASES = ("before", "around the referral", "preparation", "after the move")
"""Phases of a mover, the baseline first."""

MEASURES_OF_USE = {
    "admissions": ("Admissions", "events", "at_risk_years"),
    "bed_days": ("Bed days", "days", "known_years"),
    "crisis_contacts": ("Crisis contacts", "events", "known_years"),
    "planned_contacts": ("Planned contacts", "events", "known_years"),
    "missed_appointments": ("Missed appointments", "events", "known_years"),
}
"""What is counted: in words, of what kind, and over which time."""

TOOLS = {"recovery_star": "Recovery Star", "barthel": "Barthel index", "five_ways": "Five ways to wellbeing"}
"""Instruments in words."""

YEAR = 365.25
KINDS = ("crisis_contacts", "planned_contacts", "missed_appointments")


def service_rows(
    tables: Mapping[str, pd.DataFrame],
    made: Journeys,
    *,
    window_months: int,
    months: Sequence[int] = (6, 12, 24),
    covid: Covid | None = None,
) -> pd.DataFrame:
    """Known time of movers found in the trust's record, cut wherever a phase, a month or the pandemic begins.

    Days, admissions and contacts as in ``timeline.exposure``. The time *around the referral* runs from
    ``window_months`` before the expression of interest (without one, the start) up to the start; where no start
    before the move is recorded there is no preparation.

    Returns
    -------
    DataFrame
        ``customer_id`` ; ``start``, ``stop`` ; ``phase`` (``PHASES``) ; ``period`` (the same, the time since the
        move cut at ``months``) ; ``since_move``, ``since_referral`` (whole months at ``start``) ; ``known_years``,
        ``at_risk_years`` ; the counts of ``MEASURES_OF_USE`` (contacts missing where the extract has none) ;
        ``pandemic`` (0 or 1) ; ``years`` (calendar time in whole quarters, from the first row on) ; ``died``.
    """
    people = made.stages[made.stages["move"].notna()].set_index("customer_id")
    known = made.timeline[made.timeline["hospital_known"] & made.timeline["customer_id"].isin(people.index)]
    days = known.assign(
        a=_number(known["start"]), z=_number(known["stop"]), inside=known["in_hospital"].astype(float)
    )
    contacts = _contacts(tables)
    marks = () if covid is None else tuple(_number(pd.Series(pd.to_datetime([covid.start, covid.end]))))
    rows = [
        _of_person(name, line, people.loc[name], contacts.get(name), window_months, tuple(months), marks)
        for name, line in days.groupby("customer_id", sort=True)
    ]
    if not rows:
        raise ValueError(
            "service use: no mover is found in the trust's record, so that nothing is known of hospital"
        )
    both = pd.concat(rows, ignore_index=True)
    if not contacts:
        both[list(KINDS)] = np.nan
    first = both["start"].min()
    dates = {c: pd.to_datetime(both[c], unit="D") for c in ("start", "stop")}
    return both.assign(years=np.floor(4 * (both["start"] - first) / YEAR) / 4, **dates)


def _number(days: pd.Series) -> np.ndarray:
    return days.to_numpy("datetime64[D]").astype(int)


def _contacts(tables: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, np.ndarray]]:
    """Days of each person's contacts by kind; each contact is of one kind, as in ``timeline.reading``."""
    if not {"contacts", "links"} <= set(tables):
        return {}
    both = tables["contacts"].merge(tables["links"].dropna(subset=["patient_id"]), on="patient_id")
    seen, crisis = both["attendance"] == "attended", both["team"] == "crisis"
    planned = both["planned"].fillna(False).astype(bool) if "planned" in both else False
    kind = np.select(
        [both["attendance"] == "did_not_attend", seen & crisis, seen & planned],
        ["missed_appointments", "crisis_contacts", "planned_contacts"],
        "",
    )
    both = both.assign(kind=kind, day=_number(both["date"]))
    return {
        name: {k: g.loc[g["kind"] == k, "day"].to_numpy() for k in KINDS}
        for name, g in both.groupby("customer_id")
    }


def _of_person(
    name: str,
    line: pd.DataFrame,
    person: pd.Series,
    contacts: dict | None,
    window: int,
    months: tuple[int, ...],
    marks: tuple[int, ...],
) -> pd.DataFrame:
    """One person's rows, days as numbers."""
    opens, until = int(line["a"].iloc[0]), int(line["z"].iloc[-1])
    move = person["move"]
    start = person["start"] if person["start"] < move else move  # noqa: FURB136 - a missing day is not the least
    referral = person["interest"] if person["interest"] <= start else start  # noqa: FURB136
    month = np.arange(-600, 601)
    since_move, since_referral = _months_on(move, month), _months_on(referral, month)
    opening = int(_months_on(referral, np.array([-window]))[0])
    bounds = np.array([opening, *_number(pd.Series([start, move])), *_months_on(move, np.array(months))])
    cuts = np.unique([opens, until, *bounds, *since_move, *since_referral, *marks])
    cuts = cuts[(cuts >= opens) & (cuts <= until)]
    a, z = cuts[:-1], cuts[1:]
    place = np.searchsorted(bounds, a, side="right")
    bands = [*(f"{low}-{high} months" for low, high in zip((0, *months), months, strict=False)), "later"]
    edges = np.concatenate([[opens], line["z"].to_numpy()])
    nights = np.interp(
        cuts, edges, np.concatenate([[0.0], np.cumsum((line["z"] - line["a"]) * line["inside"])])
    )
    inside = np.round(np.diff(nights))
    dated = {
        "admissions": line.loc[line["admitted"] > 0, "z"].to_numpy(),
        **(contacts or {k: a[:0] for k in KINDS}),
    }
    counts = {what: np.histogram(day - 0.5, cuts)[0].astype(float) for what, day in dated.items()}
    return pd.DataFrame(
        {
            "customer_id": name,
            "start": a,
            "stop": z,
            "phase": np.array(PHASES)[np.minimum(place, 3)],
            "period": np.array([*PHASES[:3], *bands])[place],
            "since_move": month[np.searchsorted(since_move, a, side="right") - 1],
            "since_referral": month[np.searchsorted(since_referral, a, side="right") - 1],
            "known_years": (z - a) / YEAR,
            "at_risk_years": (z - a - inside) / YEAR,
            "bed_days": inside,
            **counts,
            "pandemic": ((a >= marks[0]) & (a < marks[1])).astype(float) if marks else 0.0,
            "died": bool(person["died"] == person["died"]),
        }
    )


def _months_on(day: pd.Timestamp, months: np.ndarray) -> np.ndarray:
    """The day that many calendar months on, at the latest the last of its month."""
    month = np.datetime64(day, "M") + months
    last = ((month + 1).astype("datetime64[D]") - 1).astype(int)
    return np.minimum(month.astype("datetime64[D]").astype(int) + day.day - 1, last)


def use_of(rows: pd.DataFrame, measure: str, by: str = "phase", over: str | None = None) -> dict:
    """The arguments of ``its.within_person_rates`` that say what is counted, ``by`` phase or period.

    ``by`` since_move or since_referral gives those of ``its.event_study``.
    ``over`` replaces the time that the measure is a rate over.
    """
    words, kind, time = MEASURES_OF_USE[measure]
    known = rows[rows[measure].notna()]
    return {
        "events": known[measure],
        "exposure": known[over or time],
        "person": known["customer_id"],
        "since" if by.startswith("since") else "period": known[by],
        "outcome": words,
        "kind": kind,
    }


def use_people_sentence(rows: pd.DataFrame, made: Journeys) -> Sentence:
    """Who is looked at, for how long, and how many died."""
    movers = int(made.stages["move"].notna().sum())
    by = rows.groupby(["customer_id", "phase"])["known_years"].sum().unstack(fill_value=0.0)
    before, after = (by.get(p, pd.Series(0.0, by.index)) for p in (PHASES[0], PHASES[3]))
    died = int(rows.groupby("customer_id")["died"].first().sum())
    n = len(by)
    return sentence(
        "Of {movers} people who moved, {n} are found in the trust's record and are looked at here; {both} of them have "
        "known time both before the time around the referral and since the move, on average {t0} and {t1} years. "
        "{died} of the {n} died; their time ends on that day.",
        movers=count(movers),
        n=count(n),
        both=count(int(((before > 0) & (after > 0)).sum())),
        died=count(died),
        t0=number(before.mean(), behind=(n,)),
        t1=number(after.mean(), behind=(n,)),
    )


def use_variants(
    tables: Mapping[str, pd.DataFrame],
    made: Journeys,
    *,
    window_months: int,
    months: Sequence[int],
    covid: Covid,
) -> dict[str, tuple[pd.DataFrame, dict]]:
    """Other readings: rows, and what else to hand to ``its.within_person_rates`` (``over``, ``covariates``)."""

    def rows(window: int) -> pd.DataFrame:
        return service_rows(tables, made, window_months=window, months=months, covid=covid)

    base = rows(window_months)
    crisis = tables["people"].loc[
        tables["people"]["entered_in_crisis"].fillna(False).astype(bool), "customer_id"
    ]
    close = base["since_move"].between(-3, 2) & base["phase"].isin(PHASES[2:])
    joined = base["phase"].replace(PHASES[1], PHASES[0])
    found = {
        "as in params.yaml": (base, {}),
        "the time around the referral counts as before": (base.assign(phase=joined), {}),
    }
    for other in (3, 6, 12):
        if other != window_months:
            found[f"the window begins {other} months before the referral"] = (rows(other), {})
    return found | {
        "no more than 24 months before": (
            base[(base["phase"] != PHASES[0]) | (base["since_referral"] >= -24 - window_months)],
            {},
        ),
        "the 3 months on either side of the move are left out": (base[~close], {}),
        "without people who entered in a crisis": (base[~base["customer_id"].isin(crisis)], {}),
        "without people who died": (base[~base["died"]], {}),
        "the pandemic allowed for": (base, {"covariates": ("pandemic",)}),
        "the pandemic and calendar time (or age) allowed for": (base, {"covariates": ("pandemic", "years")}),
    }


def group_of(held: pd.DataFrame, rows: pd.DataFrame, name: str) -> np.ndarray:
    """Whether each row is of somebody with a characteristic of ``movers``: 1, 0, or NaN where not recorded."""
    told = held.set_index("customer_id")[name].astype("Float64").reindex(rows["customer_id"])
    return told.to_numpy(float, na_value=np.nan)


def scale_of(tables: Mapping[str, pd.DataFrame], tool: str) -> tuple[int, int]:
    """The ends of an instrument's scale; the Barthel index is scored out of 20 unless a score lies above."""
    scores = tables["assessments"] if "assessments" in tables else pd.DataFrame({"tool": [], "score": []})
    top = scores.loc[scores["tool"] == tool, "score"].max()
    return {"recovery_star": (1, 10), "five_ways": (0, 5)}.get(tool, (0, 100 if top > 20 else 20))


def second_by_era(scores: pd.DataFrame, day: str) -> dict[str, pd.DataFrame]:
    """Scores of :func:`paired_scores` by whether the second was made before ``day``, or from then on."""
    second, when = scores["after_on"], f"{pd.Timestamp(day):%B %Y}"
    parts = {f"second before {when}": scores[second < day], f"second from {when} on": scores[second >= day]}
    return {name: part for name, part in parts.items() if len(part)}


def paired_scores(tables: Mapping[str, pd.DataFrame], made: Journeys, tool: str) -> pd.DataFrame:
    """Of every mover: the first score with the programme up to the move, and the last one since.

    A score is the mean over the areas rated that day (or the total).

    Returns
    -------
    DataFrame
        ``customer_id``, ``before``, ``after`` (missing where there is none), ``before_on``, ``after_on``.
    """
    people = made.stages.loc[made.stages["move"].notna(), ["customer_id", "move"]]
    empty = pd.DataFrame({"customer_id": [], "date": pd.to_datetime([]), "score": [], "tool": []})
    scores = tables.get("assessments", empty)
    scores = scores[scores["tool"] == tool].groupby(["customer_id", "date"], as_index=False)["score"].mean()
    both = scores.merge(people, on="customer_id").sort_values("date")
    early, late = both[both["date"] <= both["move"]], both[both["date"] > both["move"]]
    first = early.groupby("customer_id").first()[["score", "date"]].set_axis(["before", "before_on"], axis=1)
    last = late.groupby("customer_id").last()[["score", "date"]].set_axis(["after", "after_on"], axis=1)
    return (
        people[["customer_id"]]
        .merge(first, on="customer_id", how="left")
        .merge(last, on="customer_id", how="left")
    )
