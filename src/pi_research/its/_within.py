"""The conditional Poisson fit behind rates within the person, and what is asked of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pi_research.numerics import exact_poisson
from pi_research.numerics.cluster_robust import ClusterRobust, cluster_robust

__all__ = ["Fit", "Rows", "counts_of", "fit", "numbers", "pairs", "rate_limits", "ratios", "rows_of"]


FEWEST_DF = 2.0
"""Below this a cluster-robust interval rests on hardly more than one person: it is not given."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows (m,) with time at risk: events, years, person and period by number; covariates (m, q)."""

    events: np.ndarray
    time: np.ndarray
    person: np.ndarray
    period: np.ndarray
    periods: tuple[str, ...]
    covariates: tuple[str, ...]
    values: np.ndarray
    n: int


@dataclass(frozen=True, eq=False)
class Fit:
    """Log factors (j,) of the columns named, with their errors; None where nothing could be fitted."""

    names: tuple[object, ...]
    coefficients: np.ndarray
    errors: ClusterRobust | None
    dispersion: float


def numbers(
    events: ArrayLike, exposure: ArrayLike, person: ArrayLike, other: ArrayLike, kind: str
) -> tuple[np.ndarray, ...]:
    """The four arrays, checked."""
    y, time = np.asarray(events, float), np.asarray(exposure, float)
    who, fourth = np.asarray(person), np.asarray(other)
    if kind not in ("events", "days"):
        raise ValueError(f"kind {kind!r}: choose events or days")
    if y.ndim != 1 or not y.shape == time.shape == who.shape == fourth.shape:
        raise ValueError("events, exposure, person and period must have one value a row")
    if not (np.isfinite(y).all() and np.isfinite(time).all()):
        raise ValueError(
            "events or exposure is missing in some rows: what is not known is left out, never nought"
        )
    if (y < 0).any() or (time < 0).any() or (y != np.floor(y)).any():
        raise ValueError("events must be whole numbers, and exposure years, both 0 or more")
    if (y[time == 0] > 0).any():
        raise ValueError("events: some stand in rows without any time at risk; correct the exposure")
    return y, time, who, fourth


def rows_of(
    events: ArrayLike,
    exposure: ArrayLike,
    person: ArrayLike,
    period: ArrayLike,
    periods: tuple[str, ...],
    covariates: Mapping[str, ArrayLike],
    kind: str,
    level: float,
) -> Rows:
    """The rows that can tell something, one a person, period and value of the covariates."""
    y, time, who, when = numbers(events, exposure, person, period, kind)
    values = (
        np.column_stack([np.asarray(v, float) for v in covariates.values()])
        if covariates
        else np.zeros((len(y), 0))
    )
    if len(values) != len(y) or not np.isfinite(values).all():
        raise ValueError("covariates must have a number in every row")
    if len(periods) < 2 or len(set(periods)) < len(periods):
        raise ValueError("periods: name the baseline and at least one other, each once")
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1, e.g. 0.95")
    code = np.full(len(y), -1)
    for k, name in enumerate(periods):
        code[when == name] = k
    used = (code >= 0) & (time > 0)
    y, time, code, values = y[used], time[used], code[used], values[used]
    if lost := [name for k, name in enumerate(periods) if not (code == k).any()]:
        raise ValueError(f"periods: nobody has any time at risk in {', '.join(map(str, lost))}")
    people, who = np.unique(who[used], return_inverse=True)
    cells, place = np.unique(np.column_stack([who, code, values]), axis=0, return_inverse=True)
    y, time = (np.bincount(place.ravel(), each) for each in (y, time))
    who, code, values = cells[:, 0].astype(int), cells[:, 1].astype(int), cells[:, 2:]
    made = Rows(y, time, who, code, periods, tuple(covariates), values, len(people))
    if not y.sum():
        raise ValueError(
            "events: there is none in these periods, so that no rates can be set beside one another"
        )
    if not (_has(made, 0) & np.any([_has(made, k) for k in range(1, len(periods))], axis=0)).any():
        raise ValueError("person: nobody has time in both the baseline and another period")
    return made


def _has(rows: Rows, k: int) -> np.ndarray:
    return np.bincount(rows.person[rows.period == k], minlength=rows.n) > 0


def _by_person(rows: Rows, k: int, values: np.ndarray) -> np.ndarray:
    here = rows.period == k
    return np.bincount(rows.person[here], values[here], rows.n)


def pairs(rows: Rows, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Each person's (n,) events in period k and the baseline, and times in both."""
    return (
        _by_person(rows, k, rows.events),
        _by_person(rows, 0, rows.events),
        _by_person(rows, k, rows.time),
        _by_person(rows, 0, rows.time),
    )


def counts_of(rows: Rows) -> dict[str, np.ndarray]:
    """Events, exposure and people of each period, and people on whom its ratio rests."""
    k = len(rows.periods)
    telling = []
    for j in range(k):
        y, y0, t, t0 = pairs(rows, j)
        telling.append(int(((y + y0 > 0) & (t > 0) & (t0 > 0)).sum()))
    return {
        "events": np.bincount(rows.period, rows.events, k),
        "exposure": np.bincount(rows.period, rows.time, k),
        "people": np.array([int(_has(rows, j).sum()) for j in range(k)]),
        "with_events": np.array(telling),
    }


def fit(rows: Rows) -> Fit:
    """Maximise the conditional likelihood; a period without an event has a log ratio of minus infinity.

    Leaves such periods out (their ratio is 0, and they change nothing else), and people who have no event or
    only one row.
    """
    seen = np.bincount(rows.period, rows.events, len(rows.periods)) > 0
    kept = seen[rows.period]
    total = np.bincount(rows.person[kept], rows.events[kept], rows.n)
    kept &= (total > 0)[rows.person]
    who, y, time = rows.person[kept], rows.events[kept], rows.time[kept]
    names: list[object] = [k for k in range(1, len(seen)) if seen[k]]
    x = np.column_stack([*(rows.period[kept] == k for k in names), rows.values[kept]]).astype(float)
    names += rows.covariates
    nothing = Fit(tuple(names), np.full(len(names), np.nan), None, np.nan)
    if not seen[0] or not names:
        return nothing
    _varies(x, who, rows, names)
    _, who = np.unique(who, return_inverse=True)
    b, mu, centred = _newton(x, y, time, who)
    if who.max() < 1 or not np.isfinite(b).all():
        return nothing
    spare = len(y) - (who.max() + 1) - x.shape[1]
    dispersion = ((y - mu) ** 2 / mu).sum() / spare if spare > 0 else np.nan
    # CR2 on rows less their person's mean. With a term for each person it would adjust in a space that those
    # terms turn, and errors come out too small where events fall unequally on the periods (clubSandwich's do).
    errors = cluster_robust(mu[:, None] * centred, y - mu, who, weights=1 / mu, variance=mu)
    return Fit(tuple(names), b, errors, float(dispersion))


def _varies(x: np.ndarray, who: np.ndarray, rows: Rows, names: list[object]) -> None:
    """Within people, every column tells something that the others do not."""
    size = np.bincount(who, minlength=rows.n)[who]
    centred = x - np.column_stack([np.bincount(who, c, rows.n)[who] / size for c in x.T])
    rank = np.linalg.matrix_rank(centred / np.maximum(np.abs(centred).max(0), 1e-300))
    if rank < x.shape[1]:
        told = [rows.periods[k] if isinstance(k, int) else k for k in names]
        raise ValueError(
            f"{', '.join(map(str, told))}: within people these cannot be told apart, or do not change; "
            "leave one out, or use fewer periods"
        )


def _newton(
    x: np.ndarray, y: np.ndarray, time: np.ndarray, who: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log ratios (j,), expected events (m,) given totals, and columns less their person's mean."""
    b, offset, total = np.zeros(x.shape[1]), np.log(time), np.bincount(who, y)

    def expected(b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        share = offset + x @ b
        top = np.full(len(total), -np.inf)
        np.maximum.at(top, who, share)
        weight = np.exp(share - top[who])
        whole = np.bincount(who, weight)
        return total[who] * weight / whole[who], (y * (share - top[who])).sum() - (
            total * np.log(whole)
        ).sum()

    mu, value = expected(b)
    for _ in range(100):
        centred = x - np.column_stack([(np.bincount(who, mu * c) / total)[who] for c in x.T])
        step = np.linalg.lstsq(centred.T @ (mu[:, None] * centred), x.T @ (y - mu), rcond=None)[0]
        while (new := expected(b + step))[1] < value - 1e-9 and np.abs(step).max() > 1e-12:
            step = step / 2
        b, (mu, value) = b + step, new
        if np.abs(step).max() < 1e-11:
            return b, mu, x - np.column_stack([(np.bincount(who, mu * c) / total)[who] for c in x.T])
        if np.abs(b).max() > 40:
            break
    return np.full(len(b), np.nan), mu, centred


def ratios(rows: Rows, made: Fit, level: float) -> tuple:
    """Ratios, limits, log errors and df (k,), the baseline 1; and factors of covariates."""
    k = len(rows.periods)
    ratio, lower, upper, se, df = np.full((5, k), np.nan)
    ratio[0], factors = 1.0, {}
    seen = np.bincount(rows.period, rows.events, k) > 0
    ratio[1:] = np.where(seen[1:], np.nan if seen[0] else np.inf, 0.0 if seen[0] else np.nan)
    if made.errors is not None:
        low, high = made.errors.limits(made.coefficients, level)
        for j, name in enumerate(made.names):
            if made.errors.df[j] < FEWEST_DF:
                low[j] = high[j] = np.nan
            three = tuple(float(np.exp(v)) for v in (made.coefficients[j], low[j], high[j]))
            if isinstance(name, int):
                ratio[name], lower[name], upper[name] = three
                se[name], df[name] = made.errors.std_error[j], made.errors.df[j]
            else:
                factors[str(name)] = three
    return ratio, lower, upper, se, df, factors


def rate_limits(
    y: np.ndarray, time: np.ndarray, who: np.ndarray, kind: str, few: int, level: float
) -> tuple[float, float, float]:
    """Rate with limits: exact where events are few, else cluster-robust on the log scale."""
    total, years = y.sum(), time.sum()
    if not years:
        return np.nan, np.nan, np.nan
    people = len(np.unique(who[y > 0]))
    if kind == "events" and (total < few or people < 2):
        return (total / years, *exact_poisson(total, years, level))
    if people < 2:
        return total / years, np.nan, np.nan
    mu = time * total / years
    errors = cluster_robust(mu[:, None], y - mu, who, weights=1 / mu, variance=mu)
    low, high = errors.limits([np.log(total / years)], level)
    return total / years, float(np.exp(low[0])), float(np.exp(high[0]))
