"""Counts that would have been expected without the programme, and how many were averted.

Differences are worked out as ratios of totals, whose logarithm is nearer to normal, and carried over to
counts: a total S whose ratio to what was expected is r lies S - S / r from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from pi_research.its import _ar1
from pi_research.its._checks import month_name
from pi_research.its._counts import log_exposure
from pi_research.its._moments import bounds
from pi_research.its._words import cautions, level_words, verdict
from pi_research.its.counterfactual import QUANTITIES, Counterfactual
from pi_research.its.counts import CountRegression
from pi_research.its.results import Estimate
from pi_research.wording import Number, Sentence, count, joined, number, sentence

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CountCounterfactual", "count_counterfactual"]

RATIOS = ("model_effect_ratio", "observed_to_expected_ratio")
ANSCOMBE = 3 / 8  # the root of a Poisson count and this has variance 1/4 whatever its mean (Biometrika 1948)


@dataclass(frozen=True, eq=False)
class CountCounterfactual(Counterfactual):
    """As :class:`Counterfactual`, in counts: a difference below 0 was averted, one above 0 came on top.

    And the same two quantities as logarithms of a ratio to the expected total: the model's and that of what
    was observed. lower and upper, where a month's count would have fallen, are never below 0.
    """

    model_effect_ratio: Estimate
    observed_to_expected_ratio: Estimate

    def summary(self) -> pd.DataFrame:
        """One row a quantity: quantity, months, estimate, std_error, df, lower, upper; the two ratios as
        change in per cent (their std_error that of the logarithm, in per cent)."""
        import pandas as pd

        head, rows = {"months": self.months_after}, []
        for name in QUANTITIES:
            rows.append({"quantity": name} | head | asdict(getattr(self, name)))
        for name in RATIOS:
            one = getattr(self, name)
            found = {key: _per_cent(getattr(one, key)) for key in ("estimate", "lower", "upper")}
            label = {"quantity": name.replace("ratio", "per_cent")}
            rows.append(label | head | asdict(one) | found | {"std_error": 100 * one.std_error})
        return pd.DataFrame(rows)

    def sentence(
        self, outcome: str, unit: str, *, cumulative: bool | None = None, behind: tuple[int, ...] = ()
    ) -> Sentence:
        """Observed and expected total, what was averted and in per cent, in plain English; without
        ``cumulative`` (True by default) a month instead of in all. ``behind`` as in the regression's."""
        design, result = self.result.design, self.result
        after = design.after(self.interruption)
        kept = after & ~design.masked
        behind = result.behind(behind)
        if not behind:
            behind = (int(result.y[~after & ~design.masked].sum()), int(result.y[kept].sum()))
        k = 1 if cumulative is not False else self.months_after
        gap, effect = self.observed_minus_expected_cumulative, self.model_effect_cumulative
        numbers = _written("gap", gap, self.observed_to_expected_ratio, k, behind)
        numbers |= _written("model", effect, self.model_effect_ratio, k, behind)
        totals = {"seen": result.y[kept].sum(), "line": self.expected[kept].sum()}
        digits = numbers["gap"].digits
        made = sentence(
            "{outcome}: over the {k} months used from {month}, {each} {seen} {unit} were seen where {line} "
            "were expected without {name}; observed minus expected {gap} ({confidence} interval {gap_low} to "
            "{gap_high}), {gap_share} ({gap_share_low} to {gap_share_high}), {gap_verdict}. The effect of "
            "the model alone is {model} ({confidence} interval {model_low} to {model_high}), {model_share} "
            "({model_share_low} to {model_share_high}), {model_verdict} ({method}; {n} months, {before} "
            "{unit} before and {after} after).",
            outcome=outcome, unit=unit, name=self.interruption, method=result.method_name,
            month=month_name(design.interruption(self.interruption).start),
            each="in all" if k == 1 else "on average a month",
            k=count(self.months_after, people=False), n=count(result.n, people=False),
            before=number(result.y[~after & ~design.masked].sum(), digits=0, behind=behind[:1]),
            after=number(totals["seen"], digits=0, behind=behind[-1:]),
            confidence=level_words(result.level),
            **{name: number(v / k, digits=digits, behind=behind) for name, v in totals.items()},
            **numbers,
        )  # fmt: skip
        return joined(made, *cautions(result), *result.notes())


def count_counterfactual(result: CountRegression, interruption: str) -> CountCounterfactual:
    """The counts as the model expects them without one interruption, and what the programme averted.

    Two quantities, as for :func:`counterfactual`. The *model effect* holds the fitted total against the
    expected one and carries the error of the coefficients. *Observed minus expected* holds the observed total
    against it and carries also the months' own variation: its dispersion and autocorrelation. The expected
    month's interval does so too, on the scale of Anscombe's square root. Where the regression integrated rho
    out, so do these. Masked months are in no total.

    Raises
    ------
    ValueError
        No interruption of that name.

    Notes
    -----
    To first order (delta method) in the coefficients. With a change of slope the expected line is an
    extrapolated exponential trend: far from the break it is as good as that trend. Not for days that a
    change of recording redefined.
    """
    design, columns = result.design, result.design.columns()
    without = design.interruption(interruption).columns(design.months)
    X, exposure = np.column_stack(list(columns.values())), log_exposure(design)
    X0 = np.column_stack([np.zeros(len(X)) if name in without else v for name, v in columns.items()])
    after = design.after(interruption)
    kept = after & ~design.masked

    def line(beta: np.ndarray, terms: np.ndarray) -> np.ndarray:
        return np.exp(beta @ terms.T + exposure)

    def gradient(terms: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:  # of the logarithm of the total
        def of(beta: np.ndarray) -> np.ndarray:
            weights = line(beta, terms) * kept
            return weights @ terms / weights.sum(axis=-1, keepdims=True)
        return of

    def total(beta: np.ndarray, terms: np.ndarray) -> np.ndarray:
        return np.log(line(beta, terms)[..., kept].sum(axis=-1, keepdims=True))

    observed, none = result.y[kept].sum(), np.zeros((1, len(X)))
    fitted, maps = np.exp(total(result.coefficients, X))[0], _maps(result)
    noise = kept * result.working / np.sqrt(result.weight) / result.working[kept].sum()
    model = _estimates(
        result, lambda b: total(b, X) - total(b, X0),
        lambda b: (gradient(X)(b) - gradient(X0)(b))[..., None, :], none, maps)[0]
    ratio = _estimates(
        result, lambda b: np.log(observed) - total(b, X0),
        lambda b: -gradient(X0)(b)[..., None, :], noise[None], maps)[0]
    expected = line(result.coefficients, X0)
    own = np.sqrt((1 + result.alpha * expected) / 4)

    def root(beta: np.ndarray) -> np.ndarray:
        return np.sqrt(line(beta, X0)[..., after] + ANSCOMBE)

    band = _estimates(
        result, root, lambda b: ((ANSCOMBE - root(b) ** 2) / root(b) / 2)[..., None] * X0[after],
        np.diag(own)[after], maps)
    lower, upper = np.full((2, len(X)), np.nan)
    lower[after] = [max(max(one.lower, 0.0) ** 2 - ANSCOMBE, 0.0) for one in band]
    upper[after] = [one.upper**2 - ANSCOMBE for one in band]
    k = int(kept.sum())
    pairs = ((model, fitted), (ratio, observed))
    found = [_difference(result, r, s / months) for r, s in pairs for months in (k, 1)]
    return CountCounterfactual(interruption, expected, lower, upper, k, *found, result, model, ratio)


def _maps(result: CountRegression) -> list[tuple[np.ndarray, np.ndarray]]:
    """At each rho the correlation (m, m) of the months' standardised errors, and what they do to the
    coefficients (p, n)."""
    used, X = ~result.design.masked, np.column_stack(list(result.design.columns().values()))
    root, mu = (np.sqrt(result.weight)[:, None] * X)[used], result.working[used]
    made = []
    for rho in [result.rho] if result.mixture is None else result.mixture.rho:
        R = _ar1.correlation(np.arange(len(X)), rho)
        back = np.linalg.solve(R[np.ix_(used, used)], root).T if result.weighs_by_rho else root.T
        B = np.linalg.solve(back @ root, back)
        if result.weighs_by_rho:  # the intercept follows from the sum of the counts
            B[0] = (mu / np.sqrt(result.weight[used]) - (mu @ X[used, 1:]) @ B[1:]) / mu.sum()
        made.append((R, B))
    return made


def _estimates(
    result: CountRegression,
    value: Callable[[np.ndarray], np.ndarray],
    gradient: Callable[[np.ndarray], np.ndarray],
    own: np.ndarray,
    maps: list[tuple[np.ndarray, np.ndarray]],
) -> list[Estimate]:
    """j quantities: value (..., j) and gradient (..., j, p) at coefficients (..., p), and own (j, m), how
    each moves with the standardised errors of the months; ``maps`` of :func:`_maps`."""
    used, level, df = ~result.design.masked, result.level, float(result.df.min())

    def variance(R: np.ndarray, B: np.ndarray, slope: np.ndarray) -> np.ndarray:
        moved = own.copy()
        moved[:, used] += slope @ B
        return np.sum((moved @ R) * moved, axis=1)

    at, mixture = value(result.coefficients), result.mixture
    if mixture is None:
        error = result.sigma * np.sqrt(variance(*maps[0], gradient(result.coefficients)))
        lower, upper = bounds(at, error, df, level)
    else:
        betas = mixture.coefficients[:, 0]
        each = np.array([variance(*one, g) for one, g in zip(maps, gradient(betas), strict=True)])
        with np.errstate(divide="ignore"):  # parts of a mixture so wide that a density underflows
            lower, upper = mixture.interval(value(betas), each, level)
    return [Estimate.within(*one, df, level) for one in zip(at, np.transpose([lower, upper]), strict=True)]


def _difference(result: CountRegression, ratio: Estimate, total: float) -> Estimate:
    """total - total / r of a log ratio and its limits."""
    with np.errstate(over="ignore"):  # a limit that nothing bounds
        value, *limits = (total * -np.expm1(-r) for r in (ratio.estimate, ratio.lower, ratio.upper))
    return Estimate.within(value, np.array(limits), ratio.df, result.level)


def _per_cent(log_ratio: float) -> float:
    return float(100 * np.expm1(log_ratio))


def _written(
    key: str, total: Estimate, ratio: Estimate, months: int, behind: tuple[int, ...]
) -> dict[str, Number | str]:
    """A difference and its share, with limits and verdict, under ``key``."""
    ends = {"": "estimate", "_low": "lower", "_high": "upper"}
    shares = {end: float(np.expm1(getattr(ratio, name))) for end, name in ends.items()}
    fine = int(min(abs(share) for share in shares.values()) < 0.005)  # no change is not written as a fall
    made: dict[str, Number | str] = {f"{key}_verdict": verdict(ratio)}
    for end, name in ends.items():
        value = getattr(total, name) / months
        made[key + end] = number(value, digits=int(months > 1), style="signed", behind=behind)
        made[f"{key}_share{end}"] = number(shares[end], digits=fine, style="percent_change", behind=behind)
    return made
