"""The share of one series in the events of two: what differs between them, given what both share.

Of y and c events in a month, whose expected counts are rates times exposures, y of y + c is binomial with
log odds = log(exposure / control exposure) + log(rate / control rate): whatever multiplies both rates alike,
a season or a pandemic, is not in it. Months vary about it by a free multiple of the binomial variance and
hang together as an autoregression, on the working response as in ``_counts``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pi_research.its._checks import month_name
from pi_research.its._counts import autocorrelated
from pi_research.its.results import SegmentedRegression

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.its.design import Design

SMALLEST = 1e-6
_TOO_FEW = (
    "too few events about {}: no ratio of rate ratios exists there; use a longer series or fewer terms."
)


@dataclass(frozen=True, eq=False)
class ShareRegression(SegmentedRegression):
    """A segmented regression of the log ratio of two rates: terms are logs of a ratio of two rate ratios.

    As :class:`SegmentedRegression`; y and fitted (m,) are the outcome's events, given those of both series.
    """

    @property
    def method_name(self) -> str:
        """The method in the field's own term."""
        return (
            "quasi-binomial regression of the outcome's share of the events with first-order autoregressive "
            "errors, the autocorrelation integrated out of the interval"
        )

    def summary(self) -> pd.DataFrame:
        """One row a term: term, estimate, std_error, df, lower, upper (logarithms), rate_ratio,
        rate_ratio_lower and rate_ratio_upper (against the controls)."""
        made = super().summary()
        ratios = {"rate_ratio": "estimate", "rate_ratio_lower": "lower", "rate_ratio_upper": "upper"}
        return made.assign(**{new: np.exp(made[old]) for new, old in ratios.items()})


def share_regression(
    y: np.ndarray, c: np.ndarray, log_exposures: np.ndarray, design: Design, level: float
) -> ShareRegression:
    """Fit it: y and c (m,) counts, log_exposures (m,) the log of the ratio of their exposures.

    A month without an event in either tells nothing of the ratio and is left out, while time runs on.
    """
    columns = design.columns()
    X, used = np.column_stack(list(columns.values())), ~design.masked & (y + c > 0)
    total = np.where(used, y + c, 0.0)
    glm, p = _irls(y[used], total[used], X[used], log_exposures[used])
    if min(p.min(), (1 - p).min()) < SMALLEST:
        where = int(np.argmin(np.minimum(p, 1 - p)))
        raise ValueError(_TOO_FEW.format(month_name(design.months[used][where])))
    root = np.sqrt(total[used] * p * (1 - p))
    z = X[used] @ glm + (y[used] - total[used] * p) / root**2
    fit, mixture = autocorrelated(z, root, X[used], np.flatnonzero(used))
    beta = fit.coefficients[0]
    odds = np.exp(X @ beta + log_exposures)
    fitted = np.where(design.masked, np.nan, (y + c) * odds / (1 + odds))
    left = np.full(len(X), np.nan)
    left[used] = (y - fitted)[used] / np.sqrt((fitted / (1 + odds))[used])
    df, n = np.full(len(beta), float(used.sum() - len(beta))), int(used.sum())
    return ShareRegression(
        beta, fit.covariance[0], df, tuple(columns), float(fit.rho[0]), float(fit.sigma2[0] ** 0.5), left,
        fitted, y, "reml_integrated", "quasi_binomial", n, level, design, mixture=mixture)  # fmt: skip


def _irls(
    y: np.ndarray, total: np.ndarray, X: np.ndarray, offset: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients (p,) and probabilities (n,) by iterated weighted least squares."""
    p = (y + 0.5) / (total + 1)
    eta = np.log(p / (1 - p))
    for _ in range(100):
        p = 1 / (1 + np.exp(-eta))
        weight = total * p * (1 - p)
        z = eta - offset + (y - total * p) / weight
        beta = np.linalg.solve(X.T @ (weight[:, None] * X), X.T @ (weight * z))
        old, eta = eta, np.clip(X @ beta + offset, -30, 30)
        if np.abs(eta - old).max() < 1e-11:
            break
    return beta, 1 / (1 + np.exp(-eta))
