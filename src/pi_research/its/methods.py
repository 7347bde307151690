"""One series by every method, the pre-specified one marked, and whether they agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pi_research.its._words import verdict
from pi_research.its.counterfactual import Counterfactual, counterfactual
from pi_research.its.design import Design, Interruption
from pi_research.its.regression import segmented_regression
from pi_research.its.results import Estimate, SegmentedRegression
from pi_research.wording import Sentence, joined, sentence

if TYPE_CHECKING:
    import pandas as pd

WORDS = {
    "reml_integrated": "REML, AR(1), rho integrated out",
    "reml_satterthwaite": "REML, AR(1), Satterthwaite",
    "reml_kenward_roger": "REML, AR(1), Kenward-Roger",
    "reml": "REML, AR(1)",
    "prais_winsten": "Prais-Winsten",
    "arima": "ARIMA(1,0,0)",
    "newey_west": "Newey-West",
    "ols": "ordinary least squares",
}


@dataclass(frozen=True, eq=False)
class MethodComparison:
    """The change at one interruption by every method: fits by method, the pre-specified one first."""

    fits: dict[str, SegmentedRegression]
    interruption: str

    @property
    def prespecified(self) -> str:
        """The method that was chosen before the series was seen."""
        return next(iter(self.fits))

    def changes(self) -> dict[str, dict[str, Estimate]]:
        """Estimates by term and then by method."""
        design = self.fits[self.prespecified].design
        terms = design.interruption(self.interruption).columns(design.months)
        return {term: {m: fit.coefficient(term) for m, fit in self.fits.items()} for term in terms}

    def summary(self) -> pd.DataFrame:
        """One row a term and method: term, method, prespecified, rho, estimate, std_error, df, lower, upper
        and verdict."""
        import pandas as pd

        rows = []
        for term, found in self.changes().items():
            for m, one in found.items():
                head = {"term": term, "method": WORDS[m], "prespecified": m == self.prespecified}
                rows.append(head | {"rho": self.fits[m].rho} | asdict(one) | {"verdict": verdict(one)})
        return pd.DataFrame(rows)

    def sentence(self) -> Sentence:
        """For each change, whether the other methods say what the pre-specified one says."""
        parts = []
        for term, found in self.changes().items():
            what = "level" if term.startswith("level") else "trend"
            parts.append(sentence("Change of {what} at {name}.", what=what, name=self.interruption))
            parts.append(_agreement({WORDS[m]: one for m, one in found.items()}))
        return joined(*parts)


def compare_methods(
    y: Any, design: Design, interruption: str, *, method: str = "reml_integrated", level: float = 0.95
) -> MethodComparison:
    """Every method on one Gaussian series, shape (m,); ``method`` is the pre-specified one.

    Two methods often differ on whether a published series changed (Turner and colleagues, 190 series, doi
    10.1186/s12874-021-01306-w): choose one before, and show the others beside it. Not for choosing one after.
    """
    order = [method, *(m for m in WORDS if m != method)]
    fits = {m: segmented_regression(y, design, method=m, level=level) for m in order}
    return MethodComparison(fits, interruption)


def by_method(y: Any, months: Any, change: Interruption, chosen: Any) -> dict[str, Counterfactual]:
    """One design with a monthly season under every method, the pre-specified one first and marked;
    ``chosen`` is the section ``series`` of params."""
    design = Design(months, (change,), "harmonic")
    found = compare_methods(y, design, change.name, method=chosen.method, level=chosen.level)
    return {
        WORDS[m] + (" (pre-specified)" if m == chosen.method else ""): counterfactual(fit, change.name)
        for m, fit in found.fits.items()
    }


def agreement_sentence(results: Mapping[str, Counterfactual]) -> Sentence:
    """Whether the analyses agree in direction and in what their intervals exclude; the first is the
    pre-specified one."""
    return _agreement({name: r.model_effect_average for name, r in results.items()})


def _agreement(found: Mapping[str, Estimate]) -> Sentence:
    (_, main), *others = found.items()
    apart = [name for name, one in others if _side(one) != _side(main)]
    said = {0: "includes no change", 1: "lies above no change", -1: "lies below no change"}[_side(main)]
    if not apart:
        return sentence(
            "The interval of the pre-specified analysis {verdict}, and so do those of all {k} others.",
            k=str(len(others)),
            verdict=said,
        )
    return sentence(
        "The interval of the pre-specified analysis {verdict}; {k} of {all} others differ: {which}. The "
        "pre-specified one stands.",
        verdict=said,
        k=str(len(apart)),
        all=str(len(others)),
        which="; ".join(apart),
    )


def _side(effect: Estimate) -> int:
    return int(effect.lower > 0) - int(effect.upper < 0)
