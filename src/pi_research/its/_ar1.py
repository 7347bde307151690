"""Generalised least squares with first-order autoregressive errors, also across gaps, for many series.

The correlation of two months is rho to the power of the months between them, so a masked month only
stretches the distance (as in nlme's ``corAR1`` and ``corCAR1``). Between neighbours x and x + d that are g
months apart, with r = rho^g, the inverse adds (d + (1 - r) x)(d + (1 - r) x)' / (1 - r^2): sums over
neighbours are taken once, and any number of series that share a design and any number of values of rho
then cost p by p algebra. Shapes: k series, n months used, p terms.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

__all__ = ["BOUND", "FLAT", "Fit", "Information", "Rows", "correlation", "fit_at", "highest", "information",
           "log_likelihood", "prais_winsten", "rows_of", "satterthwaite_df", "solved"]

BOUND = 1 - 1e-6
FLAT = 0.999  # nearer to 1 the information about rho is nothing but rounding error
_GRID = np.linspace(np.arctanh(-0.98), np.arctanh(BOUND), 49)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Series about their least-squares line, and the sums over neighbours that any rho needs.

    basis (n, p) and triangle (p, p) with X = basis @ triangle; line (k, p) the least-squares coefficients;
    left (k, n) their residuals; times (n,); gaps (d,) the distances of neighbours and repeats (d,) how often;
    XX (1 + 3d, p, p), Xy (1 + 3d, k, p) and yy (1 + 3d, k) the sums.
    """

    basis: np.ndarray
    triangle: np.ndarray
    line: np.ndarray
    left: np.ndarray
    times: np.ndarray
    gaps: np.ndarray
    repeats: np.ndarray
    XX: np.ndarray
    Xy: np.ndarray
    yy: np.ndarray

    @property
    def df(self) -> int:
        """n - p."""
        return self.basis.shape[0] - self.basis.shape[1]


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """k fits: coefficients (k, p), covariance (k, p, p); rho, sigma2 (residual sum by n - p) and
    log_likelihood (as nlme states it), each (k,)."""

    coefficients: np.ndarray
    covariance: np.ndarray
    rho: np.ndarray
    sigma2: np.ndarray
    log_likelihood: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Information:
    """What small-sample rules need of k REML fits: by_rho (k, p, p) the covariance's derivative, parameters
    (k, 2, 2) the covariance of (log sigma2, rho) by the expected information, and added (k, p, p), what
    Kenward and Roger add to the covariance for rho being estimated."""

    by_rho: np.ndarray
    parameters: np.ndarray
    added: np.ndarray


def correlation(times: np.ndarray, rho: float) -> np.ndarray:
    """Correlation matrix rho^|lag|, shape (n, n), of months at ``times``.

    >>> correlation(np.array([0, 1, 3]), 0.5)[0].tolist()
    [1.0, 0.5, 0.125]
    """
    powers = float(rho) ** np.arange(times[-1] - times[0] + 1)
    return powers[np.abs(np.subtract.outer(times, times))]


def rows_of(y: np.ndarray, X: np.ndarray, times: np.ndarray) -> Rows:
    """Series y (k, n), their design X (n, p) and months times (n,), whole numbers, made ready."""
    basis, triangle = np.linalg.qr(X)
    first = y @ basis
    left = y - first @ basis.T
    line = np.linalg.solve(triangle, first.T).T
    gaps, place, repeats = np.unique(np.diff(times), return_inverse=True, return_counts=True)

    def sums(one: np.ndarray, two: np.ndarray, form: str) -> np.ndarray:
        made = [np.einsum(form, one[:1], two[:1])]
        for g in range(len(gaps)):
            at = place == g
            a, b, da, db = one[:-1][at], two[:-1][at], np.diff(one, axis=0)[at], np.diff(two, axis=0)[at]
            mixed = np.einsum(form, da, b) + np.einsum(form, a, db)
            made += [np.einsum(form, da, db), mixed, np.einsum(form, a, b)]
        return np.array(made)

    XX, Xy = sums(basis, basis, "np,nq->pq"), sums(left.T, basis, "nk,np->kp")
    yy = sums(left.T, left.T, "nk,nk->k")
    return Rows(basis, triangle, line, left, times, gaps, repeats, XX, Xy, yy)


def _weights(rows: Rows, rho: np.ndarray) -> tuple[np.ndarray, ...]:
    """Weights of the sums at each rho, (r, 1 + 3d), their derivatives, log determinants (r,), and theirs."""
    c, by = rho[:, None] ** rows.gaps, rows.gaps * rho[:, None] ** (rows.gaps - 1)
    plus, minus, ones = 1 + c, 1 - c, np.ones((len(rho), 1))
    made = np.stack([1 / (plus * minus), 1 / plus, minus / plus], axis=2)
    slope = by[..., None] * np.stack([2 * c / (plus * minus) ** 2, -1 / plus**2, -2 / plus**2], axis=2)
    log_det, by_det = np.log(plus * minus) @ rows.repeats, (-2 * c * by / (plus * minus)) @ rows.repeats
    flat = (len(rho), -1)
    return np.hstack([ones, made.reshape(flat)]), np.hstack([0 * ones, slope.reshape(flat)]), log_det, by_det


def _sums(rows: Rows, weights: np.ndarray, each: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """X'R^-1 X (r, p, p), X'R^-1 y and y'R^-1 y; where ``each``, rho belongs to the series (r = k)."""
    forms = ("rm,mrp->rp", "rm,mr->r") if each else ("rm,mkp->rkp", "rm,mk->rk")
    Xy, yy = (np.einsum(form, weights, part, optimize=True)
              for form, part in zip(forms, (rows.Xy, rows.yy), strict=True))
    return np.tensordot(weights, rows.XX, 1), Xy, yy


def solved(rows: Rows, rho: np.ndarray, *, each: bool) -> tuple[np.ndarray, ...]:
    """At each rho (r,): coefficients in the basis, about the line (r, k, p), the inverse of X'R^-1 X in it
    (r, p, p), residual sums (r, k), and the log determinants of R and of X'R^-1 X (r,). With ``each``, where
    rho belongs to the series, (k, p) and (k,) in the place of (r, k, p) and (r, k)."""
    weights, _, log_det, _ = _weights(rows, rho)
    XX, Xy, yy = _sums(rows, weights, each)
    inverse = np.linalg.inv(XX)
    b = (inverse @ Xy[..., None])[..., 0] if each else Xy @ inverse
    log_XX = 2 * np.log(np.abs(np.diag(rows.triangle))).sum() - np.linalg.slogdet(inverse)[1]
    return b, inverse, yy - (b * Xy).sum(axis=-1), log_det, log_XX


def log_likelihood(rows: Rows, rho: np.ndarray, *, restricted: bool, each: bool = False) -> np.ndarray:
    """Profile log likelihood (r, k) at each rho (r,); ``each``: at the rho of each series, (k,)."""
    _, _, rss, log_det, log_XX = solved(rows, rho, each=each)
    free = rows.df if restricted else len(rows.basis)
    constant = log_det + restricted * log_XX
    return -0.5 * (free * (np.log(2 * np.pi * rss / free) + 1) + (constant if each else constant[:, None]))


def _score(rows: Rows, rho: np.ndarray, restricted: bool, series: np.ndarray) -> np.ndarray:
    """Derivative of the profile log likelihood of some series, by number, each at its own rho (r,)."""
    part = replace(rows, Xy=rows.Xy[:, series], yy=rows.yy[:, series])
    weights, slope, _, by_det = _weights(part, rho)
    (XX, Xy, yy), (dXX, dXy, dyy) = _sums(part, weights, True), _sums(part, slope, True)
    inverse = np.linalg.inv(XX)
    b = (inverse @ Xy[..., None])[..., 0]
    by_rss = dyy - 2 * (b * dXy).sum(axis=1) + np.einsum("kp,kpq,kq->k", b, dXX, b)
    free = rows.df if restricted else len(rows.basis)
    trace = by_det + restricted * np.einsum("kpq,kpq->k", inverse, dXX)
    return -(free * by_rss / (yy - (b * Xy).sum(axis=1)) + trace) / 2


def highest(rows: Rows, *, restricted: bool = True, below: float = 1.0) -> np.ndarray:
    """The rho (k,) of highest likelihood, restricted (REML) or not (ML), between -0.98 and 0.999999 (or
    the last point of a grid ``below`` a lower edge).

    A grid finds the highest peak, the root of the score makes it exact. Where the likelihood still rises at
    the edge, the answer is the edge: changes of level and slope are then those of the differenced series and
    the intercept is not estimable. R's ``gls`` stops a little inside, at a lower likelihood.
    """
    from scipy.optimize.elementwise import find_root

    grid = _GRID[np.tanh(_GRID) < below]
    best = np.argmax(log_likelihood(rows, np.tanh(grid), restricted=restricted), axis=0)

    def score(z: np.ndarray, series: np.ndarray) -> np.ndarray:
        return _score(rows, np.tanh(z), restricted, series) * (1 - np.tanh(z) ** 2)

    ends = grid[np.maximum(best - 1, 0)], grid[np.minimum(best + 1, len(grid) - 1)]
    series = np.arange(len(best))
    inside = (score(ends[0], series) > 0) & (score(ends[1], series) < 0)
    z = grid[best]
    if inside.any():
        bracket, stop = (ends[0][inside], ends[1][inside]), {"xatol": 1e-11, "fatol": 0}
        z[inside] = find_root(score, bracket, args=(series[inside],), tolerances=stop).x
    return np.tanh(z)


def fit_at(rows: Rows, rho: np.ndarray, *, restricted: bool = True) -> Fit:
    """Generalised least squares at a given rho a series, (k,). Sigma is divided by n - p, for ML too, as nlme
    prints its standard errors."""
    b, inverse, rss, _, _ = solved(rows, rho, each=True)
    root = np.linalg.inv(rows.triangle)
    sigma2 = rss / rows.df
    likelihood = log_likelihood(rows, rho, restricted=restricted, each=True)
    covariance = sigma2[:, None, None] * (root @ inverse @ root.T)
    return Fit(rows.line + b @ root.T, covariance, rho, sigma2, likelihood)


def prais_winsten(rows: Rows) -> np.ndarray:
    """The rho (k,) of Prais and Winsten, iterated until it stands still: the regression of each residual on
    the one a month before (Stata's ``prais``). One that runs beyond 1 stops at 0.999999."""
    pairs = np.diff(rows.times) == 1
    rho = np.zeros(len(rows.left))
    for _ in range(500):
        left = rows.left - solved(rows, rho, each=True)[0] @ rows.basis.T
        now, before = left[:, 1:][:, pairs], left[:, :-1][:, pairs]
        old, rho = rho, np.clip((now * before).sum(axis=1) / (before**2).sum(axis=1), -BOUND, BOUND)
        if np.abs(rho - old).max() < 1e-12:
            break
    return rho


def information(rows: Rows, fit: Fit) -> Information:
    """What Satterthwaite's and Kenward and Roger's rules need, taken no nearer to 1 than rho = 0.999.

    Kenward and Roger's second derivatives of the covariance are left out (the "linear" form of R's ``mmrm``).
    """
    made = [_information(rows, min(rho, FLAT)) for rho in fit.rho]
    by_rho, parameters, added = (np.array(part) for part in zip(*made, strict=True))
    sigma2 = fit.sigma2[:, None, None]
    return Information(sigma2 * by_rho, parameters, sigma2 * added)


def _information(rows: Rows, rho: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The parts of one series' Information, for sigma2 = 1, by K = W (dR/drho) W' where W whitens."""
    gaps = np.diff(rows.times)
    c, by = rho**gaps, gaps * rho ** (gaps - 1.0)
    left = np.sqrt(1 - c**2)[:, None]

    def white(v: np.ndarray) -> np.ndarray:
        return np.vstack([v[:1], (v[1:] - c[:, None] * v[:-1]) / left])

    Q, triangle = np.linalg.qr(white(rows.basis))
    back = np.vstack([Q[:1], Q[1:] / left])
    back[:-1] -= c[:, None] * Q[1:] / left
    steps = np.arange(rows.times[-1] - rows.times[0] + 1)
    slope = steps * rho ** np.maximum(steps - 1.0, 0)
    KQ = white(slope[np.abs(np.subtract.outer(rows.times, rows.times))] @ back)
    QKQ, QKKQ = Q.T @ KQ, KQ.T @ KQ
    one = -2 * (c * by / (1 - c**2)).sum() - np.trace(QKQ)
    two = 2 * (by**2 * (1 + c**2) / (1 - c**2) ** 2).sum() - 2 * np.trace(QKKQ) + np.sum(QKQ * QKQ.T)
    parameters = np.linalg.inv(np.array([[rows.df, one], [one, two]]) / 2)
    root = np.linalg.inv(triangle @ rows.triangle)
    added = 2 * parameters[1, 1] * root @ (QKKQ - QKQ @ QKQ) @ root.T
    return root @ QKQ @ root.T, parameters, added


def satterthwaite_df(variance: np.ndarray, by_rho: np.ndarray, parameters: np.ndarray) -> np.ndarray:
    """Degrees of freedom 2 v^2 / var(v) of estimated variances v, shape (..., j), at least 2.

    var(v) follows by the delta method from the derivative of v by rho and the covariance (..., 2, 2) of
    (log sigma2, rho) (Satterthwaite, Biometrics 1946;2:110-114).

    >>> satterthwaite_df(np.array([3.0]), np.array([0.0]), np.diag([2 / 20, 1.0])).tolist()
    [20.0]
    """
    gradient = np.stack([np.ones_like(variance), by_rho / variance], axis=-1)
    return np.maximum(2 / np.einsum("...ji,...il,...jl->...j", gradient, parameters, gradient), 2.0)
