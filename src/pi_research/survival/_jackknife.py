"""The infinitesimal jackknife of a cumulative incidence, in running sums."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pi_research.survival._risk_set import RiskTable, safe_ratio, survival_of


class _Influence(NamedTuple):
    """In view ``base + A(t) - slope F(t)``, after the exit ``fixed + after F(t)``; A, F (k + 1,) from 0."""

    hit: np.ndarray
    start: np.ndarray
    base: np.ndarray
    slope: np.ndarray
    fixed: np.ndarray
    after: np.ndarray
    a: np.ndarray
    f: np.ndarray


def _influence(
    table: RiskTable, d: np.ndarray, hit: np.ndarray, start: np.ndarray, caused: np.ndarray, event: np.ndarray
) -> _Influence:
    n = table.at_risk
    before = np.append(1.0, survival_of(table)[:-1])
    step = before * d / n
    h = np.append(0.0, np.cumsum(safe_ratio(table.events / n, table.remaining)))
    f = np.append(0.0, step.cumsum())
    a = np.append(0.0, np.cumsum(h[:-1] * step - step / n))
    out = hit + 1
    base = h[start] * f[start] - a[start]
    after = h[out] - h[start] - event * safe_ratio(np.ones(n.size), table.remaining)[hit]
    fixed = base + a[out] - h[start] * f[out] + caused * (before / n)[hit] - after * f[out]
    return _Influence(hit, start, base, h[start], fixed, after, a, f)


def influence_at(
    table: RiskTable, d: np.ndarray, left: np.ndarray, caused: np.ndarray, event: np.ndarray,
    place: np.ndarray,
) -> np.ndarray:
    """Influence (n, m) of each person on the incidence F after the first ``place`` (m,) exit times.

    Nobody enters late. A sum of squares down a column is the variance of the estimate there.
    """
    hit = np.searchsorted(table.time, left)
    parts = _influence(table, d, hit, np.zeros(hit.size, int), caused, event)
    gone = hit[:, None] < place
    return np.where(gone, parts.fixed[:, None] + parts.after[:, None] * parts.f[place], parts.a[place])


def jackknife_variance(
    table: RiskTable, d: np.ndarray, left: np.ndarray, caused: np.ndarray, event: np.ndarray,
    came: np.ndarray | None, weights: np.ndarray | None,
) -> np.ndarray:
    """Variance (k,) of the cumulative incidence with events ``d`` (k,): the sum of squared influences.

    A person's influence on the incidence F(t) is, while in view, ``A(t) - A(e) - H(e)(F(t) - F(e))``
    with e their entry; after their exit T it moves on as ``U (F(t) - F(T))``. H sums ``d/(n(n-d))``
    over all events, U is the influence on log survival, ``A = sum H(t-) dF - dF/n``. Squares of sums of
    known functions of t need only running totals: no person-by-time matrix.
    """
    size = table.time.size
    if came is None and weights is None:
        # People alike in exit and ending have one influence: count them rather than list them.
        hit = np.tile(np.arange(size), 3)
        caused, event = np.repeat([True, False, False], size), np.repeat([True, True, False], size)
        squares = np.concatenate([d, table.events - d, table.censored])
    else:
        hit = np.searchsorted(table.time, left)
        squares = np.ones(left.size) if weights is None else weights.astype(float) ** 2
    start = np.zeros(hit.size, int) if came is None else np.searchsorted(table.time, came, "right")
    parts = _influence(table, d, hit, start, caused, event)
    f = parts.f[1:]
    gone = _squares_gone(hit, squares, parts.fixed, parts.after, f)
    present = _squares_present(hit, start, squares, parts.base, parts.slope, parts.a[1:], f)
    return np.maximum(gone + present, 0.0)


def _squares_gone(
    hit: np.ndarray, squares: np.ndarray, fixed: np.ndarray, after: np.ndarray, f: np.ndarray
) -> np.ndarray:
    """Sum over people out of view of ``(fixed + after F(t))^2``."""
    total = (np.bincount(hit, squares * values, minlength=f.size).cumsum()
             for values in (fixed**2, 2 * fixed * after, after**2))
    return sum(part * f**power for power, part in enumerate(total))


def _squares_present(
    hit: np.ndarray, start: np.ndarray, squares: np.ndarray, base: np.ndarray, slope: np.ndarray,
    a: np.ndarray, f: np.ndarray,
) -> np.ndarray:
    """Sum over people in view of ``(base + A(t) - slope F(t))^2``."""

    def present(values: np.ndarray) -> np.ndarray:
        came = np.bincount(start, squares * values, minlength=f.size + 1).cumsum()[1:]
        return came - np.bincount(hit, squares * values, minlength=f.size).cumsum()

    total = a**2 * present(np.ones(hit.size))
    if start.any():
        total += present(base**2) + 2 * a * present(base) - 2 * f * present(base * slope)
        total += f**2 * present(slope**2) - 2 * a * f * present(slope)
    return total
