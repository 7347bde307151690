"""Findings from milestones, forecasts, groups and repeated events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pi_research.findings import Finding, limits

if TYPE_CHECKING:
    from pi_research.survival import ClaimsForecast, Contrast, MeanFunction, MilestoneProbabilities

__all__ = ["from_chances", "from_claims", "from_contrast", "from_mean_events"]


def from_chances(result: MilestoneProbabilities, id: str, question: str) -> list[Finding]:
    """The probability of each milestone; ``{m}`` in id and question stands for its months."""
    made = []
    for row in result.summary().itertuples():
        m = f"{row.months:g}"
        method = f"Kaplan-Meier, beta product interval, a death {result.death}"
        made.append(
            Finding(
                id.format(m=m),
                question.format(m=m),
                float(row.probability),
                "proportion",
                result.n,
                int(row.failed + row.failed_early),
                method,
                *limits(row.lower, row.upper),
                result.level,
                sentence=result.sentence(row.months),
            )
        )
    return made


def from_claims(result: ClaimsForecast, id: str, question: str) -> Finding:
    """All claims expected within the horizon, with the prediction interval."""
    return Finding(
        id,
        question,
        float(result.expected[-1]),
        "claims",
        int(result.n),
        int(result.n_events),
        "forecast from Kaplan-Meier, prediction interval",
        *limits(result.lower[-1], result.upper[-1]),
        result.level,
        sentence=result.sentence(),
    )


def from_mean_events(
    result: MeanFunction, months: Sequence[int], id: str, question: str, *, who: str
) -> list[Finding]:
    """The mean number of events at each of ``months``."""
    rows = zip(months, result.at(list(months)).itertuples(), strict=True)
    return [
        Finding(
            id.format(m=m),
            question.format(m=m),
            float(r.mean),
            "events a person",
            result.n,
            int(r.events),
            result.method,
            *limits(r.lower, r.upper),
            result.level,
            sentence=result.sentence(m, who=who),
        )
        for m, r in rows
    ]


def from_contrast(result: Contrast, groups: tuple[str, str], id: str) -> Finding:
    """The difference of two groups at one time, the second less the first."""
    question = f"How much more often do tenancies last {result.at:g} months: {groups[1]}, beside {groups[0]}?"
    return Finding(
        id,
        question,
        float(result.estimate),
        "difference of proportions",
        int(result.n.sum()),
        int(result.n_events.sum()),
        f"difference of Kaplan-Meier curves, {result.method}",
        *limits(result.lower, result.upper),
        result.level,
        sentence=result.sentence(groups),
    )
