"""Generalised least squares with first-order autoregressive errors, also across gaps.

The correlation of two months is rho to the power of the months between them, so a masked
month only stretches the distance (as in nlme's ``corAR1`` and ``corCAR1``). Rho maximises
the profile likelihood, restricted (REML) or not (ML): a grid finds the highest peak and
the root of the score makes it exact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

__all__ = ["BOUND", "FLAT", "AR1Fit", "correlation", "fit_ar1", "fit_at", "satterthwaite_df"]

BOUND = 1 - 1e-6
FLAT = 0.999  # nearer to 1 the information about rho is nothing but rounding error
_GRID = np.tanh(np.linspace(np.arctanh(-0.98), np.arctanh(BOUND), 49))


@dataclass(frozen=True, slots=True, eq=False)
class AR1Fit:
    """One fit with p coefficients.

    coefficients (p,), covariance (p, p), rho, sigma2, log_likelihood (as nlme states it),
    covariance_by_rho (p, p) the derivative of covariance by rho, parameter_covariance (2, 2)
    of (log sigma2, rho) by the expected REML information.
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    rho: float
    sigma2: float
    log_likelihood: float
    covariance_by_rho: np.ndarray
    parameter_covariance: np.ndarray


def correlation(times: np.ndarray, rho: float) -> np.ndarray:
    """Correlation matrix rho^|lag|, shape (n, n), of months at ``times``.

    >>> correlation(np.array([0, 1, 3]), 0.5)[0].tolist()
    [1.0, 0.5, 0.125]
    """
    powers = float(rho) ** np.arange(times[-1] - times[0] + 1)
    return powers[np.abs(np.subtract.outer(times, times))]


def _whitened(rows: np.ndarray, times: np.ndarray, rho: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Independent rows of equal variance, shape (g, n, k) for g values of rho; log determinant (g,)."""
    power = rho[:, None] ** np.diff(times)
    left = np.sqrt(1 - power**2)
    out = np.empty((len(rho), *rows.shape))
    out[:, 0] = rows[0]
    out[:, 1:] = (rows[1:] - power[..., None] * rows[:-1]) / left[..., None]
    return out, 2 * np.log(left).sum(axis=1)


def _profile(
    y: np.ndarray, X: np.ndarray, times: np.ndarray, rho: np.ndarray, restricted: bool
) -> np.ndarray:
    """Profile log likelihood at each rho, shape (g,)."""
    n, p = X.shape
    rows, log_det = _whitened(np.column_stack([X, y]), times, rho)
    # the last diagonal element of the triangle is the root of the residual sum of squares
    diagonal = np.abs(np.diagonal(np.linalg.qr(rows, mode="r"), axis1=1, axis2=2))
    free = n - p if restricted else n
    likelihood = -0.5 * (free * (np.log(2 * np.pi * diagonal[:, -1] ** 2 / free) + 1) + log_det)
    return likelihood - np.log(diagonal[:, :-1]).sum(axis=1) if restricted else likelihood


def _pieces(y: np.ndarray, X: np.ndarray, times: np.ndarray, rho: float) -> tuple[np.ndarray, ...]:
    """Whitened y (n,) and X (n, p), and K = W (dR/drho) W' (n, n) for the whitening matrix W."""
    W = _whitened(np.eye(len(times)), times, np.array([rho]))[0][0]
    steps = np.arange(times[-1] - times[0] + 1)
    by_rho = steps * float(rho) ** np.maximum(steps - 1, 0)
    return W @ y, W @ X, W @ by_rho[np.abs(np.subtract.outer(times, times))] @ W.T


def _score(y: np.ndarray, X: np.ndarray, times: np.ndarray, rho: float, restricted: bool) -> float:
    """Derivative of the profile log likelihood by rho."""
    n, p = X.shape
    yw, Xw, K = _pieces(y, X, times, rho)
    Q = np.linalg.qr(Xw)[0]
    r = yw - Q @ (Q.T @ yw)
    trace = np.trace(K) - (np.sum(Q * (K @ Q)) if restricted else 0.0)
    return float((n - p if restricted else n) * (r @ K @ r) / (r @ r) - trace) / 2


def fit_at(y: np.ndarray, X: np.ndarray, times: np.ndarray, rho: float, *, restricted: bool = True) -> AR1Fit:
    """Generalised least squares at a given rho; shapes y (n,), X (n, p), times (n,) whole months.

    Sigma is divided by n - p, for ML too, as nlme prints its standard errors. What
    Satterthwaite's rule needs is taken no nearer to 1 than rho = 0.999.
    """
    n, p = X.shape
    yw, Xw, K = _pieces(y, X, times, rho)
    Q, triangle = np.linalg.qr(Xw)
    residual = yw - Q @ (Q.T @ yw)
    sigma2 = float(residual @ residual) / (n - p)
    root = np.linalg.inv(triangle)
    found = {
        "coefficients": root @ (Q.T @ yw),
        "covariance": sigma2 * root @ root.T,
        "rho": float(rho),
        "sigma2": sigma2,
        "log_likelihood": float(_profile(y, X, times, np.array([rho]), restricted)[0]),
    }
    if rho > FLAT:
        return replace(fit_at(y, X, times, FLAT, restricted=restricted), **found)
    HK = K - Q @ (Q.T @ K)
    HKH = HK - (HK @ Q) @ Q.T
    information = np.array([[n - p, np.trace(HKH)], [np.trace(HKH), np.sum(HKH * HKH.T)]]) / 2
    by_rho = sigma2 * root @ (Q.T @ K @ Q) @ root.T
    return AR1Fit(**found, covariance_by_rho=by_rho, parameter_covariance=np.linalg.inv(information))


def fit_ar1(y: np.ndarray, X: np.ndarray, times: np.ndarray, *, restricted: bool = True) -> AR1Fit:
    """The fit at the rho of highest likelihood between -0.98 and 0.999999; shapes as in ``fit_at``.

    Notes
    -----
    Where the likelihood still rises at the edge, the fit is the one at the edge: its changes
    of level and slope are those of the differenced series and its intercept is not
    estimable. R's ``gls`` stops a little inside, at a lower likelihood.
    """
    from scipy.optimize import brentq

    best = int(np.argmax(_profile(y, X, times, _GRID, restricted)))
    low, high = _GRID[max(best - 1, 0)], _GRID[min(best + 1, len(_GRID) - 1)]

    def score(rho: float) -> float:
        return _score(y, X, times, rho, restricted)

    inside = score(low) > 0 > score(high)
    rho = brentq(score, low, high, xtol=1e-12, rtol=1e-12) if inside else _GRID[best]
    return fit_at(y, X, times, rho, restricted=restricted)


def satterthwaite_df(
    variance: np.ndarray, variance_by_rho: np.ndarray, parameter_covariance: np.ndarray
) -> np.ndarray:
    """Degrees of freedom 2 v^2 / var(v) of estimated variances v, shape (k,), at least 2.

    var(v) follows by the delta method from the derivative of v by rho and the covariance
    (2, 2) of (log sigma2, rho) (Satterthwaite, Biometrics 1946;2:110-114).

    >>> satterthwaite_df(np.array([3.0]), np.array([0.0]), np.diag([2 / 20, 1.0])).tolist()
    [20.0]
    """
    gradient = np.column_stack([np.ones_like(variance), variance_by_rho / variance])
    return np.maximum(2 / np.einsum("ki,ij,kj->k", gradient, parameter_covariance, gradient), 2.0)
