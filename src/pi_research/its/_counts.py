"""Quasi-Poisson regression of monthly counts with an exposure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from pi_research.its._checks import month_name
from pi_research.its._moments import lag_one, newey_west

if TYPE_CHECKING:
    from pi_research.its.design import Design

__all__ = ["fit_counts"]


def fit_counts(y: np.ndarray, X: np.ndarray, design: Design, method: str, lags: int) -> dict[str, Any]:
    """The fields of a SegmentedRegression that a count model estimates; y (m,), X (m, p)."""
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    used, (m, p) = ~design.masked, X.shape
    n = int(used.sum())
    _check_counts(y, design)
    exposure = np.ones(m) if design.offset is None else design.offset
    fit = GLM(y[used], X[used], family=Poisson(), offset=np.log(exposure[used])).fit(scale="X2")
    fitted = np.exp(X @ fit.params) * exposure
    if fitted[used].min() < 1e-6:
        where = month_name(design.months[used][fitted[used].argmin()])
        raise ValueError(f"too few events: the fitted count of {where} is next to 0; drop slope or season.")
    residuals = np.where(used, y - fitted, 0.0)
    pearson = residuals / np.sqrt(fitted)
    found = {"coefficients": fit.params, "fitted": fitted, "sigma": math.sqrt(fit.scale), "rho": 0.0}
    found |= {"covariance": fit.cov_params(), "df": np.full(p, float(n - p))}
    if method == "newey_west":
        covariance = newey_west(fit.normalized_cov_params, X * residuals[:, None], n, lags)
        found |= {"covariance": covariance, "rho": lag_one(pearson)}
    return found | {"residuals": np.where(used, pearson, np.nan)}


def _check_counts(y: np.ndarray, design: Design) -> None:
    used = ~design.masked
    bad = used & ((y < 0) | (y != np.round(y)))
    if bad.any():
        where = month_name(design.months[bad][0])
        raise ValueError(f"y is negative or fractional in {where}; a count model needs whole counts from 0.")
    for item in design.interruptions:
        after = design.after(item.name)
        for side, word in ((~after, "before"), (after, "after")):
            if not y[used & side].any():
                raise ValueError(f"no event {word} {item.name!r}: no rate ratio exists; report the counts.")
