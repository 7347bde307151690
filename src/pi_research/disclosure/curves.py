"""Curves made again from rounded counts, so that no step gives away when one person's spell ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pi_research.disclosure.protect import points_of
from pi_research.disclosure.rule import Rule
from pi_research.numerics import beta_product, beta_product_limits

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["protect_curve", "remade_points"]


def protect_curve(frame: pd.DataFrame, rule: Rule, *, level: float = 0.95) -> pd.DataFrame:
    """A survival or cumulative-incidence curve made again from rounded counts.

    The number of people, the cumulative events (of each cause) and the cumulative censorings are
    rounded by the rule (one that is hidden counts as the middle of what is hidden), times are moved up
    to whole units, and the estimate with its beta product interval is worked out from those. A curve stops
    where no more people than the threshold are left, by the exact count or by the rounded one. A curve or a
    cause whose events are hidden in all is left out: drawn flat, it would say that nothing happened; and
    so are causes without events where nothing else is left to draw.
    Causes are rounded apart, so that they need not add up to the share that has ended.

    Parameters
    ----------
    frame : DataFrame
        One curve (or several, told apart by ``group``), rows in order of time: ``time``, ``at_risk``,
        ``events``, ``censored``, and ``survival`` or ``cause`` and ``incidence``.
    level : float
        Of the interval of a survival curve. Cumulative incidence is released without one.

    Returns
    -------
    DataFrame
        ``time, at_risk``, the estimate, ``lower, upper``, and ``cause`` or ``group`` where they were.
        Not ``events`` or ``censored``: a step of two rounded sums would read as a small exact count.

    Raises
    ------
    ValueError
        Where people come under observation late, or carry weights: numbers at risk then do not follow
        from the counts of those who left.

    Notes
    -----
    The approach is that of OpenSAFELY's Kaplan-Meier action: rounding each count apart keeps the curve
    nearly unbiased. Simulated with a quarter ended at 24 months, the largest gap to the exact curve is on
    average 0.03 at n = 113, 0.06 at n = 60 and 0.09 at n = 40 (0.04, 0.08 and 0.12 under ``sacro``; the
    sampling error there is 0.04, 0.06 and 0.07). When NOT to release one: for small groups, where the
    error of rounding is as large as the sampling error.
    """
    import pandas as pd

    groups = [g for _, g in frame.groupby("group", sort=False)] if "group" in frame else [frame]
    one = _incidence if "incidence" in frame else _survival
    safe = [one(g, rule, level) for g in groups if len(g) and not rule.hides(g["at_risk"].iloc[0])]
    return pd.concat(safe, ignore_index=True) if safe else frame.iloc[:0].drop(columns=["events", "censored"])


def remade_points(frame: pd.DataFrame, safe: pd.DataFrame) -> dict[tuple[float, int], float]:
    """Where each point of an exact curve stands on the one that was made again of it, limits too.

    ``frame`` is what :func:`protect_curve` was given, ``safe`` what it gave. What stands beyond the last row that
    may be shown, and limits that are not released, are NaN.
    """
    value, made = ("incidence" if "incidence" in frame else "survival"), {}
    names = [c for c in ("group", "cause") if c in frame]
    for by, one in frame.groupby(names, sort=False, observed=True) if names else [((), frame)]:
        mine = safe
        for name, of in zip(names, by, strict=True):
            mine = mine[mine[name] == of]
        events, at = one["events"].cumsum(), np.ceil(one["time"].to_numpy(float))
        place = np.searchsorted(mine["time"].to_numpy(float), at)
        for column in (c for c in (value, "lower", "upper") if c in one):
            for row, k in enumerate(place):
                there = k < len(mine) and mine["time"].iloc[k] == at[row]
                now = float(mine[column].iloc[k]) if there else np.nan
                for key in points_of(one[column].iloc[row], events.iloc[row]) if one[column].iloc[row] >= 0 else ():
                    made.setdefault(key, now)
    return made


@dataclass(frozen=True)
class _Grid:
    """Rounded counts at the whole units ``time`` (k,), with the numbers ``at_risk`` as printed.

    ``risk`` (k,) divides the ``events`` (k,); ``shown`` (k,) tells which rows may be released.
    """

    time: np.ndarray
    at_risk: np.ndarray
    risk: np.ndarray
    events: np.ndarray
    shown: np.ndarray


def _grid(frame: pd.DataFrame, rule: Rule) -> _Grid:
    left = (frame["events"] + frame["censored"]).to_numpy(float)
    exact = frame["at_risk"].to_numpy(float)
    follows = np.allclose(exact, exact[0] - np.concatenate([[0.0], np.cumsum(left)[:-1]]))
    if not follows or (left % 1 != 0).any():
        raise ValueError("curve: with late entry or weights it can't be made again from rounded counts; "
                         "show it inside only")
    rows = frame.groupby(np.ceil(frame["time"].to_numpy(float)))
    events, censored = (_steps(rows[c].sum().to_numpy(float), rule) for c in ("events", "censored"))
    gone = np.concatenate([[0.0], np.cumsum(events + censored)[:-1]])
    risk = np.maximum(rule.rounded(exact[0]) - gone, 0.0)
    at_risk = np.array([rule.rounded(n) for n in risk], float)
    fewest = np.min([at_risk, risk, rows["at_risk"].first()], axis=0)
    return _Grid(np.array(sorted(rows.groups), float), at_risk, np.maximum(risk, 1.0), events,
                 (fewest > rule.threshold) & (risk >= events))


def _steps(counts: np.ndarray, rule: Rule) -> np.ndarray:
    """Rises of the rounded running total. Taking what is hidden as none would draw too good a start."""
    middle = (rule.threshold + (0 if rule.hide_zero else 1)) / 2
    total = np.array([middle if rule.hides(t) else rule.rounded(t) for t in np.cumsum(counts)], float)
    total[0] = total[0] if counts[0] else 0.0
    return np.diff(np.maximum.accumulate(total), prepend=0.0)


def _survival(frame: pd.DataFrame, rule: Rule, level: float) -> pd.DataFrame:
    import pandas as pd

    grid = _grid(frame, rule)
    keep = grid.shown & (not rule.hides(frame["events"].sum()))
    risk, events = grid.risk[keep], grid.events[keep]
    survival = np.cumprod(1 - events / risk)
    # One row more, without events: those who are still followed after the last one shown.
    after = np.append(grid.risk, 0.0)[[keep.sum()]]
    betas = beta_product(np.append(risk, after), np.append(events, 0.0))
    lower, upper = (limit[1:-1] for limit in beta_product_limits(betas, level))
    safe = pd.DataFrame({"time": grid.time[keep], "at_risk": grid.at_risk[keep], "survival": survival,
                         "lower": np.minimum(lower, survival), "upper": upper})
    return _with_group(safe, frame)


def _incidence(frame: pd.DataFrame, rule: Rule, level: float) -> pd.DataFrame:
    """Cumulative incidence by cause, without intervals: those of few events are not released."""
    import pandas as pd

    by_cause = {c: f for c, f in frame.groupby("cause", sort=False, observed=True)}
    ended = {c: f["events"].sum() for c, f in by_cause.items()}
    first = next(iter(by_cause.values()))
    grid = _grid(first.assign(events=sum(f["events"].to_numpy() for f in by_cause.values())), rule)
    event_free = np.cumprod(1 - grid.events / grid.risk)
    weight = np.concatenate([[1.0], event_free[:-1]]) / grid.risk
    made = []
    for cause, one in by_cause.items():
        if not rule.hides(ended[cause]):
            ends = one["events"].groupby(np.ceil(one["time"].to_numpy(float))).sum().to_numpy(float)
            curve = np.minimum(np.cumsum(weight * _steps(ends, rule)), 1 - event_free)
            made.append(pd.DataFrame({"time": grid.time, "at_risk": grid.at_risk, "cause": cause,
                                      "incidence": curve, "lower": np.nan, "upper": np.nan})[grid.shown])
    if not made or (any(ended.values()) and not any(n for n in ended.values() if not rule.hides(n))):
        made = [frame.iloc[:0].drop(columns=["events", "censored"])]
    return _with_group(pd.concat(made, ignore_index=True), frame)


def _with_group(safe: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    return safe.assign(group=frame["group"].iloc[0]) if "group" in frame else safe
