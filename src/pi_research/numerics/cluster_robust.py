"""Cluster-robust errors that hold with few clusters: CR2 with Satterthwaite degrees of freedom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["ClusterRobust", "cluster_robust"]


@dataclass(frozen=True, eq=False)
class ClusterRobust:
    """CR2 errors of ``p`` coefficients.

    Attributes
    ----------
    covariance : array (p, p)
    std_error, df : arrays (p,)
        Standard errors, and the degrees of freedom of the t distribution to set them against.
    clusters : int
    """

    covariance: np.ndarray
    std_error: np.ndarray
    df: np.ndarray
    clusters: int

    def limits(self, coefficients: ArrayLike, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper limits (p,) of ``coefficients`` (p,)."""
        from scipy.special import stdtrit

        if not 0 < level < 1:
            raise ValueError("level must lie between 0 and 1, e.g. 0.95")
        half = stdtrit(self.df, (1 + level) / 2) * self.std_error
        return np.asarray(coefficients) - half, np.asarray(coefficients) + half


def cluster_robust(
    x: ArrayLike,
    residuals: ArrayLike,
    clusters: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    variance: ArrayLike | None = None,
) -> ClusterRobust:
    """Bias-reduced linearisation (CR2) of a weighted least-squares fit.

    Each cluster's residuals are spread so that the errors are unbiased under the working model; the degrees
    of freedom are those of the Satterthwaite approximation under it. A Poisson model with means ``mu`` enters
    as ``mu * x``, residuals ``y - mu``, weights ``1 / mu`` and variance ``mu``.

    Parameters
    ----------
    x : array (n, p)
    residuals : array (n,)
    clusters : array (n,)
        Labels of who belongs together.
    weights, variance : array (n,), optional
        Weights of the fit, above 0, and working variances of the errors; 1 unless given.

    Raises
    ------
    ValueError
        For shapes that differ, missing numbers, weights or variances that are not above 0, fewer than two
        clusters, and collinear columns.

    Notes
    -----
    Not for clusters that depend on one another (areas beside each other). Pustejovsky and Tipton, Journal of
    Business & Economic Statistics 36 (2018) 672-683, equations 9 to 11; equal to R's clubSandwich. Where each
    cluster has an effect of its own (conditional models), give ``x`` with it projected out and leave it out of the
    adjustment: with it, clusters whose weights are unequal lose part of their score, and errors are too small.
    """
    x, e = np.asarray(x, float), np.asarray(residuals, float)
    w, v = (np.ones(len(x)) if a is None else np.asarray(a, float) for a in (weights, variance))
    _check(x, e, w, v, np.asarray(clusters))
    _, labels = np.unique(np.asarray(clusters), return_inverse=True)
    bread = np.linalg.inv(x.T @ (w[:, None] * x))
    inner = x.T @ ((w * w * v)[:, None] * x)
    made = [_adjusted(x[r], e[r], w[r], v[r], bread, inner) for r in _by_size(labels)]
    scores, u, cross, own = (np.concatenate(part) for part in zip(*made, strict=True))
    df = np.array(
        [_satterthwaite(u[..., j] @ bread, cross[..., j], own[:, j], inner) for j in range(x.shape[1])]
    )
    covariance = scores.T @ scores
    return ClusterRobust(covariance, np.sqrt(np.diag(covariance)), df, len(scores))


def _check(
    x: np.ndarray, e: np.ndarray, w: np.ndarray, v: np.ndarray, clusters: np.ndarray
) -> None:
    if x.ndim != 2 or any(a.shape != (len(x),) for a in (e, w, v, clusters)):
        raise ValueError("x must be rows by columns, and residuals, clusters, weights and variance one a row")
    if not all(np.isfinite(a).all() for a in (x, e, w, v)):
        raise ValueError(
            "x, residuals, weights and variance must be numbers throughout: leave out rows "
            "where one is missing"
        )
    if (w <= 0).any() or (v <= 0).any():
        raise ValueError("weights and variance must be above 0")
    if len(set(clusters.tolist())) < 2:
        raise ValueError("clusters: fewer than two, so that nothing can be learnt of how they differ")
    if np.linalg.matrix_rank(x * np.sqrt(w)[:, None] / np.sqrt(w.mean())) < x.shape[1]:
        raise ValueError("x: its columns are collinear; leave one out")


def _by_size(labels: np.ndarray) -> list[np.ndarray]:
    """Places of the rows of each cluster, those of one size (k, size) together."""
    order, sizes = np.argsort(labels, kind="stable"), np.bincount(labels)
    first = np.cumsum(sizes) - sizes
    return [order[first[sizes == size, None] + np.arange(size)] for size in np.unique(sizes)]


def _adjusted(
    x: np.ndarray,
    e: np.ndarray,
    w: np.ndarray,
    v: np.ndarray,
    bread: np.ndarray,
    inner: np.ndarray,
) -> tuple[np.ndarray, ...]:
    """Of k clusters of one size: scores (k, p), and for each coefficient the terms of its P.

    ``x`` (k, size, p), the others (k, size). With ``a`` the column of A'WXM: ``X'a`` and ``X'WVa`` (k, p, p)
    and ``a'Va`` (k, p), the coefficient last.
    """
    wx, root, turned = w[..., None] * x, np.sqrt(v), np.swapaxes(x, 1, 2)
    hat = x @ bread @ np.swapaxes(wx, 1, 2) * v[:, None, :]
    spread = x @ (bread @ inner @ bread) @ turned - hat - np.swapaxes(hat, 1, 2)
    spread = spread + v[..., None] * np.eye(x.shape[1])
    values, vectors = np.linalg.eigh(root[..., None] * spread * root[:, None, :])
    none = values <= 1e-10 * values[:, -1:]  # a direction that the fit uses up altogether
    scale = np.where(none, 0.0, 1 / np.sqrt(np.where(none, 1.0, values)))
    half = (vectors * scale[:, None, :]) @ np.swapaxes(vectors, 1, 2)
    a = (root[..., None] * half * root[:, None, :]) @ wx @ bread
    scores = (a * e[..., None]).sum(1)
    return scores, turned @ a, turned @ ((w * v)[..., None] * a), (v[..., None] * a * a).sum(1)


def _satterthwaite(u: np.ndarray, cross: np.ndarray, own: np.ndarray, inner: np.ndarray) -> float:
    """Degrees of freedom of one coefficient: ``(trace P)^2 / sum P^2``, P (m, m) the products p_i'Vp_j."""
    mixed = cross @ u.T
    p = np.diag(own) - mixed - mixed.T + u @ inner @ u.T
    return float(np.trace(p) ** 2 / (p * p).sum())
