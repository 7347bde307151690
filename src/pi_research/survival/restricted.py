"""Restricted mean: the average time without the event, up to a horizon."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from pi_research.survival._risk_set import safe_ratio
from pi_research.survival._words import times
from pi_research.survival.curves import KaplanMeier
from pi_research.wording import Sentence, count, sentence

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class RestrictedMean:
    """Mean time without the event up to ``tau``, its standard error and plain limits (cut at 0 and tau)."""

    tau: float
    estimate: float
    std_error: float
    lower: float
    upper: float
    level: float
    n: int
    n_events: int

    def summary(self) -> pd.DataFrame:
        """One row: tau, estimate, std_error, lower, upper, level, n, n_events (by tau)."""
        import pandas as pd

        return pd.DataFrame([{f.name: getattr(self, f.name) for f in fields(self)}])

    def sentence(self, *, unit: str = "months", who: str = "tenancies") -> Sentence:
        """The restricted mean in words."""
        behind = (self.n_events, self.n - self.n_events)
        mean, low, high = times((self.estimate, self.lower, self.upper), behind=behind)
        return sentence("Over the first {tau}, {who} lasted {mean} {unit} on average ({level} interval "
                        "{low} to {high}; restricted mean from Kaplan-Meier; n = {n}, {events} events "
                        "by then).",
                        tau=times((self.tau,), unit)[0], n=count(self.n), who=who, mean=mean, low=low,
                        high=high, unit=unit, level=f"{100 * self.level:g}%", events=count(self.n_events))


def restricted_mean(curve: KaplanMeier, tau: float) -> RestrictedMean:
    """Area under a Kaplan-Meier curve from 0 to ``tau``, in the unit of the curve's time.

    ``Var = sum A_j^2 d_j / (n_j (n_j - d_j))`` with ``A_j`` the area from the event time to tau.

    Parameters
    ----------
    curve : KaplanMeier
    tau : float
        Horizon, stated in advance, within follow-up.

    Raises
    ------
    ValueError
        Where tau is not above 0 or lies beyond follow-up while the curve is above 0 (the area there
        would be invented), people are in view from a later time only, or weights are not whole.

    Notes
    -----
    Not to compare groups at a horizon chosen after seeing the curves. Without an event by tau the
    mean is tau and the standard error 0: that is no certainty, give the numbers followed beside it.
    Klein and Moeschberger (2003) eq. 4.5.1-4.5.2.

    >>> from pi_research.survival import kaplan_meier
    >>> restricted_mean(kaplan_meier([2, 4, 6], [1, 0, 1]), 6).estimate
    4.666666666666666
    """
    from scipy.special import ndtri

    if not tau > 0:
        raise ValueError("tau: must be above 0; give the horizon in the unit of time")
    if curve.start > 0:
        raise ValueError("curve: nobody is in view from time 0, so a mean from the start can't be had")
    if curve.variance != "Greenwood":
        raise ValueError("curve: has sampling weights; no error of the restricted mean is made for them")
    if tau > curve.time[-1] and curve.survival[-1] > 0:
        raise ValueError("tau: lies beyond the last time followed; choose an earlier horizon")
    inside = curve.time <= tau
    edges = np.concatenate([[0.0], curve.time[inside], [tau]])
    areas = np.diff(edges) * np.append(1.0, curve.survival[inside])
    to_come = areas[1:][::-1].cumsum()[::-1]
    d, n = curve.events[inside], curve.at_risk[inside]
    variance = np.sum(to_come**2 * safe_ratio(d / n, n - d))
    half = ndtri(0.5 + curve.level / 2) * np.sqrt(variance)
    mean = float(areas.sum())
    return RestrictedMean(float(tau), mean, float(np.sqrt(variance)), float(max(mean - half, 0)),
                          float(min(mean + half, tau)), curve.level, curve.n, int(d.sum()))
