"""Autocorrelation of residuals and the covariance that allows for it."""

from __future__ import annotations

import numpy as np

__all__ = ["lag_one", "newey_west"]


def lag_one(residuals: np.ndarray) -> float:
    """Lag-1 autocorrelation of residuals (m,) about zero; NaN months join no pair."""
    return float(np.nansum(residuals[1:] * residuals[:-1]) / np.nansum(residuals**2))


def newey_west(bread: np.ndarray, scores: np.ndarray, n: int, lags: int) -> np.ndarray:
    """Newey-West covariance (p, p) with n / (n - p), from bread (p, p) and scores (m, p).

    A masked month is a row of zeros in ``scores``, so that a lag stays a number of months.
    """
    from statsmodels.stats.sandwich_covariance import S_hac_simple

    return bread @ S_hac_simple(scores, nlags=lags) @ bread * n / (n - len(bread))
