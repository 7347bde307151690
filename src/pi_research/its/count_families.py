"""Which family fits a series of counts: Poisson, quasi-Poisson or negative binomial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pi_research.its._counts import dispersion_test
from pi_research.its._words import interval_numbers, level_words
from pi_research.its.counts import CountRegression, count_regression
from pi_research.wording import Sentence, joined, number, sentence

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.its.design import Design

WORDS = {"poisson": "Poisson", "quasi_poisson": "quasi-Poisson", "negative_binomial": "negative binomial"}
CLEAR = 2.0


@dataclass(frozen=True, eq=False)
class CountFamilies:
    """One series under each family.

    fits by family, the pre-specified one first (Poisson by ``glm``, for events only; the others by default);
    z and p_value of the test against Poisson; spread, the normal log likelihood of the residuals by family,
    each with the variance that the family gives and one parameter for it (Poisson none).
    """

    fits: dict[str, CountRegression]
    interruption: str
    dispersion: float
    z: float
    p_value: float
    spread: dict[str, float]

    @property
    def overdispersed(self) -> bool:
        """Do the counts vary more than Poisson's, at one-sided 5%?"""
        return self.p_value < 0.05

    @property
    def fitting(self) -> tuple[str, ...]:
        """The families that the months' spread does not speak against."""
        if not self.overdispersed:
            return tuple(f for f in WORDS if f in self.fits)
        best = max(self.spread[f] for f in ("quasi_poisson", "negative_binomial"))
        return tuple(f for f in ("quasi_poisson", "negative_binomial") if self.spread[f] > best - CLEAR)

    def summary(self) -> pd.DataFrame:
        """One row a term and family: term, family, prespecified, fits, alpha, spread, rate_ratio,
        rate_ratio_lower, rate_ratio_upper."""
        import pandas as pd

        first = next(iter(self.fits.values()))
        rows = []
        for term in first.design.interruption(self.interruption).columns(first.design.months):
            for family, fit in self.fits.items():
                one = fit.coefficient(term)
                head = {"term": term, "family": WORDS[family], "prespecified": fit is first,
                        "fits": family in self.fitting, "alpha": fit.alpha, "spread": self.spread[family]}
                rows.append(head | {"rate_ratio": np.exp(one.estimate), "rate_ratio_lower": np.exp(one.lower),
                                    "rate_ratio_upper": np.exp(one.upper)})
        return pd.DataFrame(rows)

    def sentence(self, outcome: str, unit: str, *, behind: tuple[int, ...] = ()) -> Sentence:
        """What the spread of the months says of each family, and each family's rate ratio; ``behind`` as in
        the regression's sentence."""
        first = next(iter(self.fits.values()))
        after = first.design.after(self.interruption)
        used = ~first.design.masked
        behind = first.behind(behind) or tuple(int(first.y[used & side].sum()) for side in (~after, after))
        term = next(iter(first.design.interruption(self.interruption).columns(first.design.months)))
        numbers, parts, apart = {}, [], {"glm": " (months independent)", "reml_integrated": ""}
        for family, fit in self.fits.items():
            key = family.split("_")[0]
            numbers |= interval_numbers(key, fit.coefficient(term), behind, ratio=True)
            limits = f"{{{key}}} ({{{key}_low}} to {{{key}_high}})"
            parts.append(f"{limits} by the {WORDS[family]} model{apart[fit.method]}")
        made = sentence(
            "{outcome}: the months' {unit} vary {d} times as much about the fitted line as a Poisson model "
            "has it (Dean and Lawless's score test z = {z}, one-sided p {p}; {n} months). " + self._verdict(),
            outcome=outcome, unit=unit, d=number(self.dispersion, digits=1), n=number(first.n, digits=0),
            z=number(self.z, digits=2, style="signed"),
            p="below 0.001" if self.p_value < 0.001 else f"= {self.p_value:.3f}",
        )  # fmt: skip
        ratios = sentence(
            "The change of {what} is " + ", ".join(parts) + " (rate ratios with {level} intervals); the "
            "pre-specified one, {first}, stands.",
            what="level" if term.startswith("level") else "trend", level=level_words(first.level),
            first=WORDS[first.family], **numbers,
        )  # fmt: skip
        return joined(made, ratios, *first.notes())

    def _verdict(self) -> str:
        if not self.overdispersed:
            return "That is no clear sign against Poisson; the wider families remain safe."
        if len(self.fitting) == 2:
            return ("That is more than Poisson allows; whether the spread grows in proportion to the "
                    "expected count (quasi-Poisson) or faster (negative binomial) these months can't tell.")
        how = "faster than" if self.fitting == ("negative_binomial",) else "in proportion to"
        return f"That is more than Poisson allows; the spread grows {how} the expected count."


def compare_families(
    y: Any, design: Design, interruption: str, *, family: str = "quasi_poisson", counted: str = "events",
    level: float = 0.95,
) -> CountFamilies:
    """Each family on one series of counts, shape (m,), with a test of which fits.

    ``family`` is the pre-specified one; days are not tried as Poisson. The test takes months as independent:
    counts that hang together over time look less dispersed in a short series than they are. Raises what
    :func:`count_regression` raises. Not for choosing a family after the rate ratios are seen.
    """
    design.interruption(interruption)
    asked = {"counted": counted, "level": level}
    families = [family, *(f for f in WORDS if f != family and (f, counted) != ("poisson", "days"))]
    methods = {f: "glm" if f == "poisson" else "reml_integrated" for f in families}
    fits = {f: count_regression(y, design, family=f, method=m, **asked) for f, m in methods.items()}
    plain, used = count_regression(y, design, method="glm", **asked), ~design.masked
    X, mu = np.column_stack(list(design.columns().values()))[used], plain.fitted[used]
    z, p = dispersion_test(plain.y[used], X, mu)
    return CountFamilies(fits, interruption, plain.dispersion, z, p, _spread(plain.y[used] - mu, mu))


def _spread(left: np.ndarray, mu: np.ndarray) -> dict[str, float]:
    """Normal log likelihood of residuals about mu (n,) with each family's variance, at its best parameter."""
    from scipy.optimize import minimize_scalar

    def minus(variance: np.ndarray) -> float:
        return float((np.log(2 * np.pi * variance) + left**2 / variance).sum() / 2)

    found = minimize_scalar(lambda a: minus(mu + np.exp(a) * mu**2), bounds=(-15, 5), method="bounded")
    return {"poisson": -minus(mu), "quasi_poisson": -minus((left**2 / mu).mean() * mu),
            "negative_binomial": -float(found.fun)}
