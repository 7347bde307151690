"""Restricted mean time lost: how much of the time up to a horizon each cause takes away."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pi_research.survival._risk_set import safe_ratio
from pi_research.survival._words import p_words, read_only, times
from pi_research.survival.competing import CumulativeIncidence
from pi_research.wording import Sentence, count, number, sentence

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class TimeLost:
    """Mean time lost to each of ``m`` causes up to ``tau``, or ``second`` group less first.

    ``estimate, std_error, lower, upper`` (m,): plain limits (of one group cut at 0 and tau). ``n`` (g,)
    people and ``n_events`` (g, m) by tau of the one or two groups, ``values`` (g, m) of each.
    """

    causes: tuple
    tau: float
    estimate: np.ndarray
    std_error: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    values: np.ndarray
    n: np.ndarray
    n_events: np.ndarray
    level: float

    @property
    def p_value(self) -> np.ndarray:
        """Two-sided, of no difference (m,); missing for one group and where the error is 0."""
        from scipy.special import ndtr

        z = np.divide(self.estimate, self.std_error, out=np.full(self.estimate.size, np.nan),
                      where=(self.std_error > 0) & (self.n.size == 2))
        return 2 * ndtr(-np.abs(z))

    def summary(self) -> pd.DataFrame:
        """One row a cause: tau, estimate, std_error, limits, level, n and events, of both groups if two."""
        import pandas as pd

        table = pd.DataFrame({"cause": self.causes, "tau": self.tau, "estimate": self.estimate,
                              "std_error": self.std_error, "lower": self.lower, "upper": self.upper,
                              "level": self.level})
        for g, end in enumerate(("_first", "_second") if self.n.size == 2 else ("",)):
            table[f"n{end}"], table[f"events{end}"] = self.n[g], self.n_events[g]
        return table.assign(p_value=self.p_value) if self.n.size == 2 else table

    def sentence(self, cause: Hashable, *, groups: tuple[str, str] = ("first", "second"),
                 unit: str = "months", who: str = "tenancies") -> Sentence:
        """The time lost to one cause, or its difference, in words."""
        if cause not in self.causes:
            raise ValueError("cause: not among the causes of this result; choose one of "
                             f"{', '.join(map(str, self.causes))}")
        j = self.causes.index(cause)
        behind = tuple(int(v) for n, d in zip(self.n, self.n_events[:, j], strict=True) for v in (d, n - d))
        words = {"tau": times((self.tau,), unit)[0], "who": who, "cause": str(cause), "unit": unit,
                 "level": f"{100 * self.level:g}%"}
        for g in range(self.n.size):
            words |= {f"n{g}": count(self.n[g]), f"d{g}": count(self.n_events[g, j])}
        method = "restricted mean time lost, Aalen-Johansen"
        if self.n.size == 1:
            mean, low, high = times((self.estimate[j], self.lower[j], self.upper[j]), behind=behind)
            return sentence("Over the first {tau}, {who} lost {mean} {unit} on average to “{cause}” ({level} "
                            "interval {low} to {high}; {method}; n = {n0}, {d0} events by then).",
                            mean=mean, low=low, high=high, method=method, **words)
        first, second = times(self.values[:, j], unit, behind)
        middle, low, high = (number(v, style="signed", behind=behind)
                             for v in (self.estimate[j], self.lower[j], self.upper[j]))
        return sentence(
            "Over the first {tau}, {who} lost {first} on average to “{cause}” in “{one}”, and {second} in "
            "“{other}”: a difference of {middle} {unit} (“{other}” less “{one}”; {level} interval {low} to "
            "{high}; {method}; p {p}; n = {n0} and {n1}, {d0} and {d1} events by then).",
            first=first, second=second, one=groups[0], other=groups[1], middle=middle, low=low, high=high,
            method=method, p=p_words(self.p_value[j]), **words)


def restricted_mean_time_lost(
    curve: CumulativeIncidence, tau: float, *, second: CumulativeIncidence | None = None
) -> TimeLost:
    """Area under each cause's cumulative incidence up to ``tau``; with ``second``, its area less the first's.

    With the restricted mean without any event the areas of all causes add up to ``tau``. The variance sums
    the jumps of the hazards as multinomial (Greenwood's), which without delayed entry is the infinitesimal
    jackknife, whatever ``variance`` the curve was made with. Two groups vary independently.

    Parameters
    ----------
    curve, second : CumulativeIncidence
        The same causes in both: give ``causes`` where one may not happen. The level is the first's.
    tau : float
        Horizon, within the follow-up of both.

    Raises
    ------
    ValueError
        For a horizon that is not positive or beyond follow-up, nobody in view from time 0, or groups
        with other causes.

    Notes
    -----
    When NOT to use it: with a tau chosen from the curves. A cause without an event by tau has 0 and error
    0: that is no certainty. Andersen, Statist. Med. 32 (2013) 5278-5285.

    >>> from pi_research.survival import cumulative_incidence
    >>> restricted_mean_time_lost(cumulative_incidence([2, 4], [1, 2]), 6).estimate.tolist()
    [2.0, 1.0]
    """
    from scipy.special import ndtri

    if second is not None and second.causes != curve.causes:
        raise ValueError("second: its causes are not those of the first; give both the same causes=")
    curves = [curve] if second is None else [curve, second]
    made = [_area(c, tau) for c in curves]
    values, variances, events = (np.array(part) for part in zip(*made, strict=True))
    estimate = values[0] if second is None else values[1] - values[0]
    error = np.sqrt(variances.sum(axis=0))
    half = ndtri(0.5 + curve.level / 2) * error
    lower, upper = estimate - half, estimate + half
    if second is None:
        lower, upper = np.maximum(lower, 0), np.minimum(upper, tau)
    arrays = (estimate, error, lower, upper, values, np.array([c.n for c in curves]), events)
    read_only(*arrays)
    return TimeLost(curve.causes, float(tau), *arrays, curve.level)


def _area(curve: CumulativeIncidence, tau: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Area, its variance and the events up to ``tau``, each (m,).

    A jump of the own hazard at t moves the area by ``S(t-)(tau - t) - x``, of another by ``-x``, where x is
    ``S(t-)/S(t)`` times the area that F still gains after t.
    """
    if not tau > 0:
        raise ValueError("tau: must be above 0; give the horizon in the unit of time")
    if curve.start > 0:
        raise ValueError("curve: nobody is in view from time 0, so a mean from the start can't be had")
    if tau > curve.time[-1] and curve.event_free[-1] > 0:
        raise ValueError("tau: lies beyond the last time followed; choose an earlier horizon")
    inside = curve.time <= tau
    n, d, f = curve.at_risk[inside, None].astype(float), curve.events[inside], curve.incidence[inside]
    others = d.sum(axis=1, keepdims=True) - d
    left = tau - curve.time[inside, None]
    steps = np.diff(np.append(curve.time[inside], tau))[:, None] * f
    after = steps[::-1].cumsum(axis=0)[::-1] - left * f
    before = np.append(1.0, curve.event_free[inside])[:-1, None]
    x = after * before * safe_ratio(np.ones_like(before), curve.event_free[inside, None])
    own = before * left - x
    variance = own**2 * d * (n - d) + x**2 * others * (n - others) + 2 * own * x * d * others
    return steps.sum(axis=0), (variance / n**3).sum(axis=0), d.sum(axis=0)
