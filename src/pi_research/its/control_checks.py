"""Can a controlled comparison be trusted? Each control left out, and an outcome that cannot have changed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pi_research.its import _controls
from pi_research.its._checks import month_name
from pi_research.its._words import cautions, interval_numbers, level_words, verdict
from pi_research.its.controlled import ControlledRegression
from pi_research.its.regression import segmented_regression
from pi_research.its.results import Estimate, SegmentedRegression
from pi_research.wording import Sentence, count, joined, sentence

if TYPE_CHECKING:
    import pandas as pd

ALL = "all controls"


@dataclass(frozen=True, eq=False)
class LeaveOneControlOut:
    """The changes at one interruption by choice of controls and term: all, "without A", "A alone"."""

    interruption: str
    changes: dict[str, dict[str, Estimate]]
    ratio: bool
    level: float

    def summary(self) -> pd.DataFrame:
        """One row a choice and term: controls, term, estimate, std_error, df, lower, upper (logarithms unless
        additive) and verdict."""
        import pandas as pd

        rows = [{"controls": name, "term": term} | asdict(one) | {"verdict": verdict(one)}
                for name, found in self.changes.items() for term, one in found.items()]  # fmt: skip
        return pd.DataFrame(rows)

    def sentence(self, unit: str = "") -> Sentence:
        """How far each change moves as one control is left out, and whether an answer changes."""
        without = {name[8:]: found for name, found in self.changes.items() if name.startswith("without ")}
        made = []
        for term, whole in self.changes[ALL].items():
            each = {name: found[term] for name, found in without.items()}
            low, high = (pick(each, key=lambda name: each[name].estimate) for pick in (min, max))
            turned = [name for name, one in each.items() if verdict(one) != verdict(whole)]
            said = "no exclusion changes the answer ({answer})"
            if turned:
                said = "the answer with all ({answer}) changes without {which}"
            numbers = {}
            for key, one in (("all", whole), ("low", each[low]), ("high", each[high])):
                numbers |= interval_numbers(key, one, (), self.ratio)
            made.append(sentence(
                "Leaving out each of the {k} controls in turn, the {what} at {name}, {all} with all, lies "
                "between {low} (without {first}) and {high} (without {last}){unit}: " + said + ".",
                k=count(len(each), people=False), name=self.interruption, first=low, last=high,
                what="change of " + ("trend" if term[:5] == "slope" else "level"),
                unit=f" {unit}" if unit and not self.ratio else "",
                which=" or without ".join(turned), answer=_answer(whole), **numbers,
            ))  # fmt: skip
        return joined(*made)


def _answer(one: Estimate) -> str:
    said = verdict(one)
    return "the interval includes no change" if "no change" in said else said


def leave_one_control_out(result: ControlledRegression, interruption: str) -> LeaveOneControlOut:
    """The difference without each control in turn, and against each control alone.

    Fitted weights are fitted anew without the one left out, given ones scaled up.

    Raises
    ------
    ValueError
        One control only; no interruption of that name; no weight on any but one.
    """
    k, fit = len(result.names), result.difference
    if k < 2:
        raise ValueError("there is one control only: nothing remains without it.")
    result.design.interruption(interruption)
    chosen = [(f"without {name}", np.arange(k) != j) for j, name in enumerate(result.names)]
    chosen += [(f"{name} alone", np.arange(k) == j) for j, name in enumerate(result.names)]
    terms = list(result.changes(interruption))
    found = {ALL: result.changes(interruption)}
    for name, kept in chosen:
        one = _controls.difference(
            result.y, result.controls, result.control_exposure, _weights(result, kept), fit.design,
            result.scale, method=fit.method, level=fit.level)  # fmt: skip
        found[name] = {term: one.coefficient(term) for term in terms}
    return LeaveOneControlOut(interruption, found, result.scale != "additive", fit.level)


def _weights(result: ControlledRegression, kept: np.ndarray) -> np.ndarray:
    names = [name for name, keep in zip(result.names, kept, strict=True) if keep]
    asked = result.weights[kept] if result.weighting == "given" else result.weighting
    if result.weighting == "given" and not asked.any():
        asked = "equal"
    made = np.zeros(len(kept))
    made[kept] = _controls.weights_of(result.y, result.controls[kept], result.difference.design, asked, names)
    return made


@dataclass(frozen=True, eq=False)
class NegativeControl:
    """An outcome, and one that the programme cannot have changed, analysed alike."""

    interruption: str
    outcome: SegmentedRegression
    negative: SegmentedRegression

    @property
    def terms(self) -> list[str]:
        """The changes compared."""
        design = self.outcome.design
        return list(design.interruption(self.interruption).columns(design.months))

    def summary(self) -> pd.DataFrame:
        """One row a series (outcome, negative control) and term: estimate, std_error, df, lower, upper,
        verdict.
        """
        import pandas as pd

        rows = []
        for name, fit in {"outcome": self.outcome, "negative control": self.negative}.items():
            for term in self.terms:
                one = fit.coefficient(term)
                rows.append({"series": name, "term": term} | asdict(one) | {"verdict": verdict(one)})
        return pd.DataFrame(rows)

    def sentence(self, outcome: str, negative: str, unit: str = "") -> Sentence:
        """For each change, whether the negative control moved too, and what this means."""
        design, ratio, made = self.outcome.design, self.outcome.family != "gaussian", []
        for term in self.terms:
            both = self.outcome.coefficient(term), self.negative.coefficient(term)
            one, two = (interval_numbers(k, e, (), ratio) for k, e in zip(("one", "two"), both, strict=True))
            made.append(sentence(
                "{negative}, which {name} cannot have changed: from {month} its {what} {how} {two}{unit} "
                "({level} interval {two_low} to {two_high}, {two_verdict}); that of {outcome} {one} "
                "({one_low} to {one_high}, {one_verdict}). {meaning}",
                negative=negative, outcome=outcome, name=self.interruption,
                what="trend" if term[:5] == "slope" else "rate" if ratio else "level",
                how="was multiplied by" if ratio else "changed by",
                unit=f" {unit}" if unit and not ratio else "",
                month=month_name(design.interruption(self.interruption).start),
                level=level_words(self.outcome.level), meaning=self._meaning(*both), **one, **two,
            ))  # fmt: skip
        return joined(*made, *cautions(self.negative))

    def _meaning(self, one: Estimate, two: Estimate) -> str:
        here, there = (0 if e.lower <= 0 <= e.upper else np.sign(e.estimate) for e in (one, two))
        if not there and not here:
            return "Neither is shown to have changed."
        if not there:
            # on the negative control's own scale: a share of its size before, where the outcome is no ratio
            size = one.estimate * (1 if self.outcome.family != "gaussian" else self._relative())
            if two.lower <= size <= two.upper:
                return (
                    "It is not shown to have moved, but its interval also holds a change as large as the "
                    "outcome's: this check could hardly have failed."
                )
            return "It did not move as the outcome did: no sign that something else moved both."
        if here == there:
            return (
                "It moved the same way: something else came in that month and may have moved the outcome "
                "too; the change of the outcome cannot be put down to the programme alone."
            )
        if not here:
            return (
                "It moved although the outcome is not shown to: something else came in that month and may "
                "hide a change of the outcome."
            )
        return (
            "It moved the other way: something else came in that month, or the one gave way to the other; "
            "the outcome's change cannot be read by itself."
        )

    def _relative(self) -> float:
        before = ~self.outcome.design.after(self.interruption) & ~self.outcome.design.masked
        own, other = self.outcome.y[before].mean(), self.negative.y[before].mean()
        return other / own if own > 0 and other > 0 else 1.0


def negative_control_outcome(
    result: SegmentedRegression, negative: Any, interruption: str
) -> NegativeControl:
    """An outcome that the programme cannot have changed, analysed as ``result`` was.

    Parameters
    ----------
    result : SegmentedRegression or CountRegression
        The outcome's own analysis; its design, family, method and level are used again.
    negative : array or Series, shape (m,)
        Such as admissions for what the programme does not treat, from the same records.
    interruption : str

    Raises
    ------
    ValueError
        As :func:`segmented_regression`; an outcome that is the same series; an analysis that is controlled.

    Notes
    -----
    It finds a common cause only where that cause would move it about as much (Lipsitch and colleagues,
    Epidemiology 2010;21:383-388). Not for an outcome that the programme may have moved people into.
    """
    result.design.interruption(interruption)
    if result.family == "quasi_binomial":
        raise ValueError(
            "give the analysis of one series; a controlled one compares with its controls already."
        )
    chosen = {"family": result.family, "method": result.method, "level": result.level}
    found = segmented_regression(negative, result.design, **chosen)
    if np.array_equal(found.y, result.y, equal_nan=True):
        raise ValueError(
            "the negative control is the outcome itself; give a series that cannot have changed."
        )
    return NegativeControl(interruption, result, found)
