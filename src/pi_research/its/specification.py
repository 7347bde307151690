"""One series looked at in every way that could have been chosen: what a specification chart shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pi_research.its._specifications import PRESPECIFIED, Specification
from pi_research.its._words import interval_numbers, level_words
from pi_research.its.counterfactual import counterfactual
from pi_research.its.counts import count_regression
from pi_research.its.design import Design
from pi_research.its.regression import checked_series, segmented_regression
from pi_research.its.results import Estimate
from pi_research.wording import Sentence, count, joined, sentence

if TYPE_CHECKING:
    import pandas as pd

QUANTITIES = {  # in words, and of counts
    "average": ("average effect over the months after", "average rate ratio over the months after"),
    "level": ("change of level", "rate ratio at the start"),
    "slope": ("change of trend a month", "rate ratio from month to month"),
}
NO_TEST = (
    "All look at the same months again: their number is no evidence, this is not a test, and the "
    "pre-specified one stands."
)


@dataclass(frozen=True, eq=False)
class SpecificationChart:
    """The estimates of s specifications, the pre-specified one first.

    found (s,), None where reasons (s,) says why not (empty text else); months (s, 2), the number used by each
    and how many of them from the break on; counts, the events of the pre-specified months before and after
    the break, for a count family.
    """

    specifications: tuple[Specification, ...]
    found: tuple[Estimate | None, ...]
    reasons: tuple[str, ...]
    months: np.ndarray
    interruption: str
    quantity: str
    level: float
    counts: tuple[int, ...] = ()

    @property
    def ratio(self) -> bool:
        """Are the estimates rate ratios?"""
        return self.specifications[0].family != "gaussian"

    def summary(self) -> pd.DataFrame:
        """One row a specification, by estimate, those that could not be estimated last.

        place (from 1), changed (which choice), specification (in words), prespecified, estimate, lower, upper
        (of counts rate ratios), n, months_after, verdict (below, includes or above no change), estimated,
        reason, and the choices made: start, first, last, covid, seasonality, family, method, terms.
        """
        import pandas as pd

        ends, scale = ("estimate", "lower", "upper"), np.exp if self.ratio else float
        rows = []
        for k, (spec, one) in enumerate(zip(self.specifications, self.found, strict=True)):
            first = spec.changed == PRESPECIFIED
            row = {"changed": spec.changed, "specification": spec.words, "prespecified": first}
            row |= {end: scale(getattr(one, end)) if one else np.nan for end in ends}
            row |= {"n": self.months[k, 0], "months_after": self.months[k, 1], "verdict": _side(one)}
            row |= {"estimated": one is not None, "reason": self.reasons[k]}
            rows.append(row | spec.choices(self.interruption))
        made = pd.DataFrame(rows).sort_values("estimate", kind="stable", ignore_index=True)
        made.insert(0, "place", np.arange(1, len(made) + 1))
        return made

    def sentence(self, outcome: str, unit: str, *, behind: tuple[int, ...] = ()) -> Sentence:
        """How many intervals leave out no change, and how far the estimates lie apart; ``behind`` as in the
        regression's sentence, filled in for counts of events."""
        behind, kept = behind or self.counts, [one for one in self.found if one is not None]
        if not kept:
            return sentence("{outcome}: none of {k} specifications could be estimated.", outcome=outcome,
                            k=count(len(self.found), people=False))  # fmt: skip
        sides = [_side(one) for one in kept]
        known = {"k": len(kept), "lost": len(self.found) - len(kept), "within": sides.count("includes"),
                 "below": sides.count("below"), "above": sides.count("above")}  # fmt: skip
        known["out"] = known["below"] + known["above"]
        lost = " ({lost} could not)" if known["lost"] else ""
        ends = [f(kept, key=lambda one: one.estimate) for f in (min, max)]
        ends = [interval_numbers("x", one, behind, self.ratio)["x"] for one in ends]
        digits = min(one.digits for one in ends)
        said = sentence(
            "{outcome}: of {k} specifications that could be estimated" + lost + ", the {level} intervals of "
            "{out} leave out no change ({below} below it, {above} above) and those of {within} include it. "
            "The {quantity} lies between {least} and {most}" + ("." if self.ratio else " {unit}."),
            outcome=outcome, unit=unit, level=level_words(self.level),
            quantity=QUANTITIES[self.quantity][self.ratio],
            least=replace(ends[0], digits=digits), most=replace(ends[1], digits=digits),
            **{name: count(value, people=False) for name, value in known.items()},
        )  # fmt: skip
        return joined(said, self._first(behind), sentence(NO_TEST))

    def _first(self, behind: tuple[int, ...]) -> Sentence:
        if self.found[0] is None:
            return sentence("The pre-specified one could not be estimated: {why}", why=self.reasons[0])
        n, after = (count(int(k), people=False) for k in self.months[0])
        return sentence(
            "As pre-specified it is {x} ({level} interval {x_low} to {x_high}, {x_verdict}; {n} months, "
            "{after} of them from the start on).",
            level=level_words(self.level), n=n, after=after,
            **interval_numbers("x", self.found[0], behind, self.ratio),
        )  # fmt: skip


def specification_chart_data(
    y: Any,
    specifications: Sequence[Specification],
    interruption: str,
    *,
    quantity: str = "average",
    counted: str = "events",
    level: float = 0.95,
) -> SpecificationChart:
    """Every specification fitted to one series: each with its interval, or the reason why it could not be.

    Parameters
    ----------
    y : array or Series, shape (m,)
        One value for each month of the first specification's design, which is the pre-specified one.
    specifications : sequence of Specification
        As :func:`specifications` makes them.
    interruption : str
    quantity : {"average", "level", "slope"}
        The model's effect averaged over the months from the break on (of counts: expected with it, as a
        ratio to expected without), or one term. Only the first is the same quantity with and without a slope.
    counted, level : str, float
        As in :func:`count_regression`.

    Raises
    ------
    ValueError
        An unknown quantity; no specification, or a series of another length.

    Notes
    -----
    No number of agreeing specifications makes a wrong one right, and none of their intervals allows for the
    choice (Simonsohn, Simmons and Nelson, Nature Human Behaviour 2020;4:1208-1214, draw such charts; their
    joint test is not made here).
    """
    if quantity not in QUANTITIES:
        raise ValueError(f"quantity {quantity!r} is not known; use {', '.join(QUANTITIES)}.")
    if not specifications or specifications[0].design is None:
        raise ValueError("specifications: the first must be the pre-specified one, with a design.")
    base = specifications[0].design
    values = checked_series(y, base)
    if values.ndim > 1:
        raise ValueError("y holds several series; a specification chart takes one.")
    asked = (interruption, quantity, counted, level)
    made = [_one(values, base, spec, *asked) for spec in specifications]
    found, reasons, months = zip(*made, strict=True)
    counts = ()
    if specifications[0].family != "gaussian" and counted == "events":
        after, used = base.after(interruption), ~base.masked & np.isfinite(values)
        counts = tuple(int(values[used & side].sum()) for side in (~after, after))
    head = tuple(specifications), found, reasons, np.array(months)
    return SpecificationChart(*head, interruption, quantity, level, counts)


def _one(
    y: np.ndarray, base: Design, spec: Specification, name: str, quantity: str, counted: str, level: float
) -> tuple[Estimate | None, str, tuple[int, int]]:
    design = spec.design
    if design is None:
        return None, spec.reason, (0, 0)
    used = ~design.masked
    months = int(used.sum()), int((used & design.after(name)).sum())
    part, asked = y[np.isin(base.months, design.months)], {"method": spec.method, "level": level}
    try:
        if spec.family == "gaussian":
            fit = segmented_regression(part, design, **asked)
        else:
            fit = count_regression(part, design, family=spec.family, counted=counted, **asked)
        if quantity != "average":
            return fit.coefficient(f"{quantity}_change[{name}]"), "", months
        effect = counterfactual(fit, name)
        one = effect.model_effect_average if spec.family == "gaussian" else effect.model_effect_ratio
        return one, "", months
    except ValueError as reason:
        return None, str(reason), months


def _side(one: Estimate | None) -> str:
    if one is None:
        return ""
    return "above" if one.lower > 0 else "below" if one.upper < 0 else "includes"
