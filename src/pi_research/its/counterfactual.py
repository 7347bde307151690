"""What would have been expected without the programme, and the difference it leaves.

Two quantities that are often taken for one another. The *model effect* is what the fitted
level and slope changes amount to: its interval comes from the coefficients. *Observed
minus expected* is what was seen less the counterfactual line: its interval also carries
the noise of the months themselves and how that noise hangs together over time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from pi_research.its import _ar1
from pi_research.its._checks import month_name
from pi_research.its._words import cautions, interval_numbers, level_words
from pi_research.its.results import Estimate, SegmentedRegression
from pi_research.wording import Sentence, count, joined, number, sentence

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Counterfactual", "counterfactual"]

QUANTITIES = (
    "model_effect_average",
    "model_effect_cumulative",
    "observed_minus_expected_average",
    "observed_minus_expected_cumulative",
)


@dataclass(frozen=True, eq=False)
class Counterfactual:
    """The series without one interruption, over m months, k of them after it and used.

    expected (m,), equal to the fitted line before the interruption; lower and upper (m,),
    where a month would have fallen without the programme, NaN before it; average a month and
    sum over the k months as four :class:`Estimate`; result, the regression behind it.
    """

    interruption: str
    expected: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    months_after: int
    model_effect_average: Estimate
    model_effect_cumulative: Estimate
    observed_minus_expected_average: Estimate
    observed_minus_expected_cumulative: Estimate
    result: SegmentedRegression

    def curve(self) -> pd.DataFrame:
        """Tidy, one row a month: month, observed, fitted, expected, lower, upper, masked."""
        import pandas as pd

        result, design = self.result, self.result.design
        columns = {"month": pd.DatetimeIndex(design.months.astype("datetime64[ns]"))}
        columns |= {"observed": result.y, "fitted": result.fitted, "expected": self.expected}
        return pd.DataFrame(columns | {"lower": self.lower, "upper": self.upper, "masked": design.masked})

    def summary(self) -> pd.DataFrame:
        """One row a quantity: quantity, months, estimate, std_error, df, lower, upper."""
        import pandas as pd

        head = {"months": self.months_after}
        return pd.DataFrame([{"quantity": q} | head | asdict(getattr(self, q)) for q in QUANTITIES])

    def sentence(
        self, outcome: str, unit: str, *, cumulative: bool | None = None, behind: tuple[int, ...] = ()
    ) -> Sentence:
        """Observed, expected and the difference, in plain English.

        ``cumulative`` adds the sum over the months, which means nothing for a rate. ``behind`` is that of
        the regression's sentence.
        """
        design, result = self.result.design, self.result
        kept = design.after(self.interruption) & ~design.masked
        named = {"effect": self.model_effect_average, "gap": self.observed_minus_expected_average}
        if cumulative:
            named["total"] = self.observed_minus_expected_cumulative
        written = (interval_numbers(key, one, behind) for key, one in named.items())
        numbers = {name: value for part in written for name, value in part.items()}
        digits = numbers["gap"].digits
        made = sentence(
            "{outcome}: over the {k} months used from {month}, on average {seen} {unit} were seen where "
            "{line} were expected without {name}; observed minus expected {gap} ({confidence} interval "
            "{gap_low} to {gap_high}, {gap_verdict})"
            + (", in all {total} ({total_low} to {total_high})" if "total" in named else "")
            + ". The effect of the model alone is {effect} ({confidence} interval {effect_low} to "
            "{effect_high}, {effect_verdict}; {method}; {n} months).",
            outcome=outcome,
            unit=unit,
            name=self.interruption,
            month=month_name(design.interruption(self.interruption).start),
            k=count(self.months_after, people=False),
            seen=number(result.y[kept].mean(), digits=digits, behind=behind),
            line=number(self.expected[kept].mean(), digits=digits, behind=behind),
            confidence=level_words(result.level),
            method=result.method_name,
            n=count(result.n, people=False),
            **numbers,
        )
        return joined(made, *cautions(result))


def counterfactual(result: SegmentedRegression, interruption: str) -> Counterfactual:
    """The series as the model expects it without one interruption.

    Parameters
    ----------
    result : SegmentedRegression
    interruption : str
        Its name; other interruptions, season and Covid stay as they were.

    Raises
    ------
    ValueError
        No interruption of that name.

    Notes
    -----
    With e the errors, B the map from errors to coefficients and D X0 the derivative of the
    expected series, observed minus expected is off by (I - D X0 B) e; its variance is that of
    this combination, with the autocorrelation that the method assumes (none for ``ols``,
    the residuals' own for ``newey_west``). Masked months are in no average or sum.
    Not for a series that the programme's start itself redefined: the line is then another's.
    """
    if result.family == "quasi_binomial":
        raise ValueError("a share of events has no expected counts of its own: its changes are ratios against the "
                         "controls; give the analysis of one series.")  # fmt: skip
    if result.family != "gaussian":
        from pi_research.its.counterfactual_counts import count_counterfactual

        return count_counterfactual(result, interruption)
    design, columns = result.design, result.design.columns()
    without = design.interruption(interruption).columns(design.months)
    X = np.column_stack(list(columns.values()))
    X0 = np.column_stack([np.zeros(len(X)) if name in without else v for name, v in columns.items()])
    expected = X0 @ result.coefficients
    after = design.after(interruption)
    kept = after & ~design.masked
    mean = kept / kept.sum()
    effect = result.contrast(mean @ (X - X0), averaged=True)
    difference = mean @ np.where(kept, result.y - expected, 0.0)
    gap = _predicted(result, [difference], mean[None], X, X0)[0]
    band = _predicted(result, -expected[after], np.eye(len(X))[after], X, X0)
    lower, upper = np.full((2, len(X)), np.nan)
    lower[after], upper[after] = [-b.upper for b in band], [-b.lower for b in band]
    k = int(kept.sum())
    return Counterfactual(
        interruption, expected, lower, upper, k, effect, _times(effect, k), gap, _times(gap, k), result
    )


def _times(one: Estimate, k: int) -> Estimate:
    return Estimate(one.estimate * k, one.std_error * k, one.df, one.lower * k, one.upper * k)


def _predicted(
    result: SegmentedRegression,
    values: Sequence[float],
    weights: np.ndarray,
    X: np.ndarray,
    line: np.ndarray,
) -> list[Estimate]:
    """``values`` (k,), weighted sums (k, m) of the months, with their error of prediction; ``line`` (m, p)
    is the derivative of the expected series by the coefficients."""
    used = ~result.design.masked

    def variance(rho: float) -> np.ndarray:
        R = _ar1.correlation(np.arange(len(X)), rho)
        fitted_with = R[np.ix_(used, used)] if result.weighs_by_rho else np.eye(used.sum())
        back = np.linalg.solve(fitted_with, X[used]).T
        B = np.zeros(X.T.shape)
        B[:, used] = np.linalg.solve(back @ X[used], back)
        moved = weights - weights @ line @ B
        return np.sum((moved @ R) * moved, axis=1)

    if result.mixture is not None:
        return _mixed(result, np.asarray(values), weights @ line, variance)
    v, df = variance(result.rho), np.full(len(weights), result.df.min())
    if result.rho_parts is not None:
        rho, step = min(result.rho, _ar1.FLAT), 1e-4
        by_rho = (variance(rho + step) - variance(rho - step)) / (2 * step)
        df = _ar1.satterthwaite_df(variance(rho), by_rho, result.rho_parts[-1])
    found = zip(values, v * result.sigma**2, df, strict=True)
    return [Estimate.of(value, one, degrees, result.level) for value, one, degrees in found]


def _mixed(
    result: SegmentedRegression,
    values: np.ndarray,
    moved: np.ndarray,
    variance: Callable[[float], np.ndarray],
) -> list[Estimate]:
    """The same, rho integrated out: at each rho ``values`` fall by ``moved`` (k, p) times what its
    coefficients have above REML's."""
    mixture = result.mixture
    at = values - (mixture.coefficients[:, 0] - result.coefficients) @ moved.T
    each = np.array([variance(rho) for rho in mixture.rho])
    limits, df = mixture.interval(at, each, result.level, averaged=True), result.df.min()
    return [Estimate.within(v, pair, df, result.level) for v, pair in zip(values, limits.T, strict=True)]
