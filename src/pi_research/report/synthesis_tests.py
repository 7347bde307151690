"""The theory's comparisons as estimates with their errors: each outcome by the method of its own page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pi_research.findings import Finding, limits

if TYPE_CHECKING:
    from pi_research.realist import Modification
    from pi_research.report.theory_people import TheoryData

__all__ = [
    "Compared",
    "accepted",
    "admissions",
    "cells_of",
    "compared",
    "every_outcome",
    "findings_of_tests",
    "kept",
    "moved_in_time",
    "nothing_compared",
    "tested",
    "uncorrected",
]

MONTHS = 12
DRAWS = 4_999
METHODS = {
    "accepted": "difference of shares, Boschloo's exact test",
    "moved": "difference of shares, Boschloo's exact test",
    "kept": "difference of Kaplan-Meier curves at twelve months, permuted log-rank test",
    "admissions": "ratio of rate ratios within the person, permuted conditional scores",
}


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Estimates of k comparisons of one outcome, the reference group first.

    ``tests`` (k,) ids; ``estimates, std_errors, df, n, events`` (k, 2); ``p_values`` (k,) of an exact or
    permuted test; log rate ratios for admissions, else shares. NaN where a group cannot be estimated.
    """

    tests: tuple[str, ...]
    estimates: np.ndarray
    std_errors: np.ndarray
    df: np.ndarray
    n: np.ndarray
    events: np.ndarray
    p_values: np.ndarray


def cells_of(part: Compared, k: int) -> tuple[int, ...]:
    """Events in each group, and people without one; for admissions, of which a person may have several, the
    events again."""
    left = part.n[k] - part.events[k] if (part.events <= part.n).all() else part.events[k]
    return tuple(int(v) for v in (*part.events[k], *left))


def _asked(tests: pd.DataFrame, outcome: str) -> list[str]:
    return list(tests.loc[(tests["reach"] == "comparison") & (tests["outcome"] == outcome), "test_id"])


def _shares(ids: list[str], hit: pd.Series, counted: pd.Series, who: pd.DataFrame) -> Compared:
    from pi_research.realist import exact_proportions

    parts = [[who[t].eq(g).fillna(False) & counted for g in (False, True)] for t in ids]
    n = np.array([[int(p.sum()) for p in pair] for pair in parts]).reshape(-1, 2)
    events = np.array([[int((p & hit).sum()) for p in pair] for pair in parts]).reshape(-1, 2)
    made = exact_proportions(events, n) if len(ids) else (np.empty((0, 2)),) * 2 + (np.empty(0),)
    return Compared(tuple(ids), made[0], made[1], np.full(n.shape, np.inf), n, events, made[2])


def accepted(tests: pd.DataFrame, who: pd.DataFrame, data: TheoryData) -> Compared:
    """Accepted, of people of whom the panel has decided or who have started."""
    p = data.people
    yes = p["accepted"].notna() | p["start"].notna() | p["moved"].astype(bool)
    return _shares(_asked(tests, "accepted"), yes, yes | p["declined"].notna(), who)


def moved_in_time(tests: pd.DataFrame, who: pd.DataFrame, data: TheoryData) -> Compared:
    """Moved by the nominal end of preparation, of those who started and for whom that day has come."""
    p = data.people
    end = p["start"] + pd.DateOffset(months=data.settings.programme.preparation_months)
    return _shares(_asked(tests, "moved"), p["move"] <= end, end <= data.extract_date, who)


def kept(tests: pd.DataFrame, who: pd.DataFrame, data: TheoryData, seed: int) -> Compared:
    """Tenancies kept twelve months: Kaplan-Meier in each group, tested by the permuted log-rank test up to
    then."""
    from pi_research.survival import attempt, kaplan_meier, log_rank

    held, ids = data.held, _asked(tests, "kept")
    time, ended = held["months"].clip(upper=MONTHS), held["ended"].astype(bool) & (held["months"] <= MONTHS)
    shape = (len(ids), 2)
    value, error, n, events = (
        np.full(shape, np.nan),
        np.full(shape, np.nan),
        np.zeros(shape, int),
        np.zeros(shape, int),
    )
    p_values = np.full(len(ids), np.nan)
    for k, test in enumerate(ids):
        member = who[test].reindex(held.index)
        for g in (0, 1):
            mine = member.eq(bool(g)).fillna(False).to_numpy(bool)
            n[k, g], events[k, g] = mine.sum(), ended[mine].sum()
            curve, _ = attempt(kaplan_meier, time[mine], ended[mine], level=0.95)
            if curve:
                at = curve.at([MONTHS]).iloc[0]
                value[k, g], error[k, g] = at["survival"], _greenwood(curve)
        known = member.notna().to_numpy()
        test_of, _ = attempt(
            log_rank,
            time[known],
            ended[known],
            member[known].astype(int),
            method="permutation",
            seed=seed,
            draws=DRAWS,
        )
        p_values[k] = test_of.p_value if test_of else np.nan
    error = np.where(np.isfinite(value) & (error > 0), error, np.nan)
    return Compared(tuple(ids), value, error, np.full(shape, np.inf), n, events, p_values)


def _greenwood(curve: object) -> float:
    """Greenwood's error at twelve months; where nobody has ended, that of a share after adding one to each
    side."""
    before = np.flatnonzero(curve.time <= MONTHS)
    error = curve.std_error[before[-1]] if len(before) else np.nan
    near = (curve.n + 1) / (curve.n + 2)
    return float(error) if error > 0 else float(np.sqrt(near * (1 - near) / (curve.n + 2)))


def admissions(tests: pd.DataFrame, who: pd.DataFrame, rows: pd.DataFrame, seed: int) -> Compared:
    """Rate of admission after the move beside before in each group, tested by permuting who belongs to
    which."""
    from pi_research.realist import conditional_scores, permuted_p_values

    ids = _asked(tests, "admissions")
    by = rows[rows["phase"].isin(("before", "after the move"))].groupby(["customer_id", "phase"])
    wide = [
        by[c]
        .sum()
        .astype(float)
        .unstack(fill_value=0.0)
        .reindex(columns=["before", "after the move"], fill_value=0.0)
        for c in ("admissions", "at_risk_years")
    ]
    people, years = wide[0].index, wide[1].to_numpy(float)
    events = np.where(years > 0, wide[0].to_numpy(float), 0.0)
    member = np.array(
        [who[t].reindex(people).astype("Float64").to_numpy(float, na_value=np.nan) for t in ids]
    ).reshape(len(ids), len(people))
    groups = [[member[k] == g for g in (0, 1)] for k in range(len(ids))]
    rates = np.array([[_ratio(events[g], years[g]) for g in pair] for pair in groups]).reshape(-1, 2, 3)
    whole, tells = _ratio(events, years)[0], (events.sum(1) > 0) & (years > 0).all(1)
    p = np.full(len(ids), np.nan)
    if np.isfinite(whole) and tells.any() and ids:
        scores = conditional_scores(events[tells], years[tells], np.exp(whole))
        p = permuted_p_values(scores, member[:, tells], seed=seed, draws=DRAWS)
    n, total = (
        np.array([[f(g) for g in pair] for pair in groups], int).reshape(-1, 2)
        for f in (np.sum, lambda g: events[g].sum())
    )
    return Compared(tuple(ids), rates[..., 0], rates[..., 1], rates[..., 2], n, total, p)


def _ratio(events: np.ndarray, years: np.ndarray) -> tuple[float, float, float]:
    """Log rate ratio since the move, its error and degrees of freedom; NaN where it cannot be had."""
    from pi_research.its import within_person_rates
    from pi_research.realist import conditional_error
    from pi_research.survival import attempt

    m, phases = len(events), ("before", "after")
    made, _ = attempt(
        within_person_rates,
        events.ravel(),
        years.ravel(),
        np.repeat(np.arange(m), 2),
        np.tile(phases, m),
        periods=phases,
        few=0,
    )
    if not made or len(made.ratio) < 2 or not 0 < made.ratio[1] < np.inf:
        return (np.nan,) * 3
    error, df = conditional_error(events, years, made.ratio[1])
    return (float(np.log(made.ratio[1])), error, df) if error > 0 and df > 0 else (np.nan,) * 3


def compared(tests: pd.DataFrame, *parts: Compared) -> dict[str, object]:
    """The arguments of ``effect_modification`` for every comparison named beforehand, in the order of the
    tests.

    One call holds them all, those that cannot be estimated too: two calls would be two chances of error.
    """
    asked = tests[tests["reach"] == "comparison"].set_index("test_id")
    place = {t: (part, k) for part in parts for k, t in enumerate(part.tests)}
    pick = {
        name: np.array([getattr(place[t][0], name)[place[t][1]] for t in asked.index])
        for name in ("estimates", "std_errors", "df", "n", "p_values")
    }
    pairs = list(zip(asked["other_words"], asked["group_words"], strict=True))
    return {
        "configurations": list(asked.index),
        **pick,
        "groups": pairs,
        "outcomes": list(asked["outcome"]),
        "expected": asked["expected"].map({"positive": 1, "negative": -1}).to_numpy(float),
        "scale": ["log_ratio" if o == "admissions" else "difference" for o in asked["outcome"]],
    }


def every_outcome(
    tests: pd.DataFrame, who: pd.DataFrame, data: TheoryData, rows: pd.DataFrame | None, seed: int
) -> list[Compared]:
    """Each outcome's comparisons; ``rows`` of :func:`journeys.service_rows`, None where no record of the
    trust is there."""
    made = [accepted(tests, who, data), moved_in_time(tests, who, data), kept(tests, who, data, seed)]
    empty = pd.DataFrame(columns=["customer_id", "phase", "admissions", "at_risk_years"])
    return [*made, admissions(tests, who, empty if rows is None else rows, seed)]


def nothing_compared(level: float) -> Modification:
    """What stands in for ``effect_modification`` where a theory names no comparison."""
    from dataclasses import fields

    from pi_research.realist import Modification

    words = ("configurations", "groups", "outcomes", "verdict", "scale")
    empty = {f.name: () if f.name in words else np.empty(0) for f in fields(Modification)}
    return Modification(**{**empty, "n": np.empty((0, 2), int), "level": level})


def uncorrected(made: Modification) -> dict[str, str]:
    """The verdict of each comparison had it been the only one."""
    sign = np.sign(made.difference) * made.expected
    return {
        t: v if v == "not estimable" or not p <= 1 - made.level else "supported" if s > 0 else "contrary"
        for t, v, p, s in zip(made.configurations, made.verdict, made.p_value, sign, strict=True)
    }


def tested(made: Modification) -> dict[str, str]:
    """Verdict of each comparison by the id of its finding."""
    return {f"compared.{t.lower()}": v for t, v in zip(made.configurations, made.verdict, strict=True)}


def findings_of_tests(made: Modification, parts: Sequence[Compared]) -> dict[str, Finding]:
    """Each comparison as a finding, by id: its own interval, and the corrected test in its sentence.

    ``events`` are those of the smallest cell (with or without the event, in either group; not above the smaller
    group), which is what the comparison rests on and what a release must look at.
    """
    table, found = made.summary(), {}
    events = {
        t: min(*cells_of(part, k), *map(int, part.n[k])) for part in parts for k, t in enumerate(part.tests)
    }
    for k, row in enumerate(table.to_dict("records")):
        test, ratio = made.configurations[k], made.scale[k] == "log_ratio"
        id = f"compared.{test.lower()}"
        found[id] = Finding(
            id,
            f"Does it differ ({made.outcomes[k]}): {made.groups[k][1]}, beside {made.groups[k][0]}?",
            row["difference"],
            "ratio of rate ratios" if ratio else "difference of proportions",
            int(made.n[k].sum()),
            events[test],
            METHODS[made.outcomes[k]]
            + f"; Holm over {len(table)} comparisons: {made.verdict[k]}; events of the smallest cell",
            *(
                limits(row["lower"], row["upper"])
                if np.isfinite(row["difference"])
                else limits(np.nan, np.nan)
            ),
            made.level,
            sentence=made.sentence(test),
        )
    return found
