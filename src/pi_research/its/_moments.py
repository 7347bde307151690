"""Limits by Student's t, autocorrelation of residuals, and the covariance that allows for it."""

from __future__ import annotations

import numpy as np

__all__ = ["bounds", "implied_error", "lag_one", "newey_west"]


def bounds(
    value: np.ndarray, error: np.ndarray, df: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper limit by Student's t."""
    from scipy.special import stdtrit

    margin = stdtrit(df, 0.5 + level / 2) * error
    return value - margin, value + margin


def implied_error(lower: np.ndarray, upper: np.ndarray, df: float, level: float) -> np.ndarray:
    """The standard error of Student's t interval that is as wide."""
    from scipy.special import stdtrit

    return (upper - lower) / 2 / stdtrit(df, 0.5 + level / 2)


def lag_one(residuals: np.ndarray) -> np.ndarray:
    """Lag-1 autocorrelation of residuals (..., m) about zero; NaN months join no pair."""
    pairs = np.nansum(residuals[..., 1:] * residuals[..., :-1], axis=-1)
    return pairs / np.nansum(residuals**2, axis=-1)


def newey_west(bread: np.ndarray, scores: np.ndarray, n: int, lags: int) -> np.ndarray:
    """Newey-West covariance (..., p, p) with n / (n - p), from bread (p, p) and scores (..., m, p).

    A masked month is a row of zeros in ``scores``, so that a lag stays a number of months.
    """
    middle = np.swapaxes(scores, -1, -2) @ scores
    for lag in range(1, lags + 1):
        moved = np.swapaxes(scores[..., lag:, :], -1, -2) @ scores[..., :-lag, :]
        middle += (1 - lag / (lags + 1)) * (moved + np.swapaxes(moved, -1, -2))
    return bread @ middle @ bread * n / (n - len(bread))
