"""What a segmented regression says, in plain English."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from pi_research.its._checks import month_name
from pi_research.wording import Number, Sentence, count, joined, number, sentence

if TYPE_CHECKING:
    from pi_research.its.design import Design
    from pi_research.its.results import Estimate, SegmentedRegression, SegmentedRegressions

__all__ = ["cautions", "change_sentence", "interval_numbers", "left_out", "level_words",
           "many_sentence", "verdict"]

_EDGE = (
    "Caution: the estimated autocorrelation {rho} is at the edge of what can be estimated, so that in these "
    "months a trend cannot be told from a series that wanders: "
)
WANDERING = _EDGE + (
    "do not rely on the change of trend, and take the interval for the level as one that holds only if the "
    "series wanders."
)
WANDERING_ALLOWED = _EDGE + "the intervals allow for either and are as wide as that makes them."
BEYOND = (
    "Caution: the estimated autocorrelation {rho} lies beyond 0.8, up to which the intervals were found to "
    "hold; the one for a change of trend may be too narrow."
)
ALIKE = (
    "Caution: neighbouring months are alike (lag-1 autocorrelation {rho}), which this method carries {how}; "
    "read the interval as too narrow."
)
SHORT = "Caution: in series as short as {n} months this method's interval is too narrow."
HOLDS_FROM = {  # months from which a 95% interval held the truth in 93 of 100 simulated series or nearly so
    "newey_west": 100, "prais_winsten": 100, "arima": 100, "reml": 100, "reml_satterthwaite": 24,
    "reml_kenward_roger": 24,
}  # fmt: skip


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
    design, ratio = result.design, result.family != "gaussian"
    item = design.interruption(interruption)
    later = design.after(interruption)
    before, after = ~design.masked & ~later, ~design.masked & later
    if ratio and not behind:
        behind = (int(result.y[before].sum()), int(result.y[after].sum()))
    verb = "was multiplied by" if ratio else "changed by"
    phased = f"over {item.phase_in_months + 1} months" if item.phase_in_months else "at once"
    phased = f"by the end of {item.wash_out_months} months of wash-out" if item.wash_out_months else phased
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
        for key, side, at in (("events_before", before, 0), ("events_after", after, -1)):
            numbers[key] = number(result.y[side].sum(), digits=0, behind=(behind[at],))
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


def many_sentence(result: SegmentedRegressions, interruption: str, method_name: str) -> Sentence:
    """In how many of the series the interval of each change lies above, below or about no change."""
    item, k = result.design.interruption(interruption), len(result.rho)
    wandering = int(result.near_unit_root.sum())
    end = "; in {w} a trend cannot be told from a series that wanders" if wandering else ""
    clauses, numbers = [], {"k": k, "n": result.n, "w": wandering}
    for column in item.columns(result.design.months):
        place, key = result.names.index(column), column[:5]
        up, down = int((result.lower[:, place] > 0).sum()), int((result.upper[:, place] < 0).sum())
        clauses.append(
            f"the change of {'level' if key == 'level' else 'trend'} lies above no change in {{{key}_up}}, "
            f"below it in {{{key}_down}} and includes it in {{{key}_rest}}"
        )
        numbers |= {f"{key}_up": up, f"{key}_down": down, f"{key}_rest": k - up - down}
    return sentence(
        "Of {k} series at {name}, the {level} interval for " + " and that for ".join(clauses)
        + " ({method}; {n} months each" + end + ").",
        name=item.name, level=level_words(result.level), method=method_name,
        **{key: count(value, people=False) for key, value in numbers.items()},
    )  # fmt: skip


def left_out(design: Design) -> list[Sentence]:
    """Which months the estimate leaves out, and why; empty where it uses all."""
    parts = [(i, f"{{k}} months of wash-out after {i.name} are left out.") for i in design.interruptions]
    if design.covid is not None:
        said = "{k} months of the Covid period are left out."
        if design.covid.handling == "truncate":
            said = f"The {{k}} months from {month_name(design.covid.start)} on (Covid) are left out."
        parts.append((design.covid, said))
    known = [(int(part.left_out(design.months).sum()), said) for part, said in parts]
    return [sentence(said, k=count(k, people=False)) for k, said in known if k]


def cautions(result: SegmentedRegression) -> list[Sentence]:
    """What must be said with every number of this fit; empty when there is nothing."""
    made = left_out(result.design)
    default, alike = result.mixture is not None, result.residual_autocorrelation
    if result.near_unit_root or (default and result.rho > 0.8):
        rho = math.floor(100 * result.rho) / 100  # never written as 1.00
        edge = WANDERING_ALLOWED if default else WANDERING
        made.append(sentence(edge if result.near_unit_root else BEYOND, rho=number(rho, digits=2)))
    elif not result.weighs_by_rho and alike > 0.2:
        how = "only in part" if result.method == "newey_west" else "not at all"
        made.append(sentence(ALIKE, rho=number(alike, digits=2), how=how))
    elif result.family == "gaussian" and result.n < HOLDS_FROM.get(result.method, 0):
        made.append(sentence(SHORT, n=count(result.n, people=False)))
    return made
