"""G and T charts: rare events, by what lies between one and the next."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pi_research.measures._counts import checked
from pi_research.measures.charts import NEAR, OUTER, ControlChart


def rare_event_chart(between: ArrayLike, *, kind: str = "T") -> ControlChart:
    """What lies between one rare event and the next, with probability limits; higher means rarer events.

    ``T``: time (days, or better the days lived by everybody at risk), exponential while the rate stays the
    same. ``G``: how many people or cases without the event, geometric. The centre is the median, since the
    mean of such times has far more than half of them below it; limits are the quantiles that a normal value
    passes as often as three (near: two) standard deviations. A count of events by month would be nought most
    months, and its limits say nothing.

    Parameters
    ----------
    between : (n,), in order of time
        Without the time since the last event, which has not ended.
    kind : {"T", "G"}

    Raises
    ------
    ValueError
        For fewer than two values, missing, negative or (G) not whole ones, nought throughout, another kind.

    Notes
    -----
    When NOT to use it: by calendar time where the number of people at risk grows; events then come faster
    though nobody's risk has changed. Take the time lived by all at risk instead. Benneyan, Quality
    Engineering 14 (2001) 57-69; Nelson, Journal of Quality Technology 26 (1994) 239-240. The limits take the
    mean as known: with few events they are trial limits.

    Examples
    --------
    >>> made = rare_event_chart([10, 30, 20, 40])
    >>> round(float(made.centre[0]), 3), round(25 * float(np.log(2)), 3)
    (17.329, 17.329)
    """
    from scipy.stats import expon, geom

    if kind not in ("T", "G"):
        raise ValueError("kind must be T (time between events) or G (people or cases between events)")
    y = checked(between, "between", whole=kind == "G")
    if len(y) < 2 or (y < 0).any() or not y.any():
        raise ValueError("between: at least two values are needed, none negative and not all nought")
    law = expon(scale=y.mean()) if kind == "T" else geom(1 / (1 + y.mean()), loc=-1)
    centre, outer, near = law.median(), law.ppf([OUTER, 1 - OUTER]), law.ppf([NEAR, 1 - NEAR])
    side = (law.sf(y - (kind == "G")) < 0.5).astype(int) - (law.cdf(y) < 0.5).astype(int)
    limits = (np.full(len(y), float(v)) for v in (centre, *outer, *near))
    return ControlChart(kind, y, *limits, side, np.zeros(len(y), int))
