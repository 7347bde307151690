"""What a segmented regression says, in plain English."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from pi_research.its._checks import month_name
from pi_research.wording import Number, Sentence, count, joined, number, sentence

if TYPE_CHECKING:
    from pi_research.its.gaussian import Estimate, SegmentedRegression

__all__ = ["cautions", "change_sentence", "interval_numbers", "level_words", "verdict"]

WANDERING = (
    "Caution: each month follows the one before so closely (estimated autocorrelation {rho}, at the edge of "
    "what can be estimated) that a trend cannot be told from a series that wanders: do not rely on the "
    "change of trend, and take the interval for the level as one that holds only if the series wanders."
)
ALIKE = (
    "Caution: neighbouring months are alike (lag-1 autocorrelation {rho}), which this method carries {how}; "
    "read the interval as too narrow."
)


def verdict(estimate: Estimate) -> str:
    """What the interval says, in words that hold for a null effect too."""
    if estimate.lower <= 0 <= estimate.upper:
        return "which includes no change"
    return "a rise" if estimate.lower > 0 else "a fall"


def level_words(level: float) -> str:
    """The level of an interval as written.

    >>> level_words(0.95)
    '95%'
    """
    return f"{100 * level:g}%"


def interval_numbers(
    key: str, estimate: Estimate, behind: tuple[int, ...] = (), ratio: bool = False
) -> dict[str, Number | str]:
    """Estimate, bounds and verdict under ``key``, to two digits of the standard error."""
    values, spread = [estimate.estimate, estimate.lower, estimate.upper], estimate.std_error
    if ratio:
        values, spread = list(np.exp(values)), spread * math.exp(estimate.estimate)
    digits = int(np.clip(1 - math.floor(math.log10(spread)), 2 if ratio else 0, 6))
    style = "ratio" if ratio else "signed"
    shown = [v if round(v, digits) else 0.0 for v in values]  # so that no number is written as -0.0
    written = [number(v, digits=digits, style=style, behind=behind) for v in shown]
    names = (key, f"{key}_low", f"{key}_high")
    return dict(zip(names, written, strict=True)) | {f"{key}_verdict": verdict(estimate)}


def change_sentence(
    result: SegmentedRegression, interruption: str, outcome: str, unit: str, behind: tuple[int, ...]
) -> Sentence:
    """Level and slope change at one interruption, with interval, months and method."""
    design, ratio = result.design, result.family == "quasi_poisson"
    item = design.interruption(interruption)
    later = design.after(interruption)
    before, after = ~design.masked & ~later, ~design.masked & later
    if ratio and not behind:
        behind = (int(result.y[before].sum()), int(result.y[after].sum()))
    verb = "was multiplied by" if ratio else "changed by"
    phased = f"over {item.phase_in_months + 1} months" if item.phase_in_months else "at once"
    clauses, numbers = [], {}
    for column in item.columns(design.months):
        key = column[:5]
        what, when = ("rate" if ratio else "level", phased) if key == "level" else ("trend", "each month")
        clauses.append(
            f"the {what} {verb} {{{key}}} {'' if ratio else '{unit} '}{when} ({{confidence}} interval "
            f"{{{key}_low}} to {{{key}_high}}, {{{key}_verdict}})"
        )
        numbers |= interval_numbers(key, result.coefficient(column), behind, ratio)
    events = "; {events_before} {unit} before and {events_after} after" if ratio else ""
    if ratio:
        numbers |= {"events_before": count(behind[0]), "events_after": count(behind[-1])}
    made = sentence(
        "{outcome}: from {month} ({name}) " + " and ".join(clauses)
        + "; {method}; {n} months, {months_before} before and {months_after} from then on" + events + ".",
        outcome=outcome,
        name=item.name,
        month=month_name(item.start),
        unit=unit,
        confidence=level_words(result.level),
        method=result.method_name,
        n=count(result.n, people=False),
        months_before=count(int(before.sum()), people=False),
        months_after=count(int(after.sum()), people=False),
        **numbers,
    )
    return joined(made, *cautions(result))


def cautions(result: SegmentedRegression) -> list[Sentence]:
    """What must be said with every number of this fit; empty when there is nothing."""
    masked, made = int(result.design.masked.sum()), []
    if masked:
        made.append(sentence("{k} months of the Covid period are left out.", k=count(masked, people=False)))
    if result.near_unit_root:
        rho = math.floor(100 * result.rho) / 100  # never written as 1.00
        made.append(sentence(WANDERING, rho=number(rho, digits=2)))
    elif not result.method.startswith("reml") and result.residual_autocorrelation > 0.2:
        how = "only in part" if result.method == "newey_west" else "not at all"
        made.append(sentence(ALIKE, rho=number(result.residual_autocorrelation, digits=2), how=how))
    return made
