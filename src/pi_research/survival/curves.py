"""Kaplan-Meier curves: the share still going, with numbers at risk and intervals."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pi_research.numerics import beta_product, beta_product_limits, exact_binomial
from pi_research.survival import _checks as check
from pi_research.survival._intervals import BETA_PRODUCT, INTERVALS, pointwise
from pi_research.survival._jackknife import jackknife_variance
from pi_research.survival._quantile import Quantile, crossing
from pi_research.survival._risk_set import RiskTable, at_risk_at, risk_table, safe_ratio, survival_of
from pi_research.survival._words import people, read_only, shares, times
from pi_research.wording import Sentence, number, sentence

if TYPE_CHECKING:
    import pandas as pd

# Not lifelines' fitter: it has one interval type, Greenwood's error whatever the weights, and its import
# alone takes over a second, where the estimator is one count and two cumulative sums.


@dataclass(frozen=True, slots=True, eq=False)
class KaplanMeier:
    """A product-limit curve at the ``k`` distinct exit times.

    ``time, at_risk, events, censored, survival, std_error, lower, upper``: each (k,). ``at_risk``
    counts those in view just before the time; events come before censorings of the same time.
    ``std_error`` is Greenwood's or, with weights that are not whole, the infinitesimal jackknife
    (``variance``); it is missing where the curve is 0. The limits are missing where it is 0 or 1,
    but for the beta product, which has them everywhere, also before the first exit (``start_limits``).
    ``entry_time, entered`` (m,): who came into view when (``-inf``: all from the start).
    ``n`` people and ``n_events`` of them with the event; ``interval`` and ``level`` in use.
    """

    time: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    censored: np.ndarray
    survival: np.ndarray
    std_error: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    entry_time: np.ndarray
    entered: np.ndarray
    n: int
    n_events: int
    interval: str
    level: float
    variance: str
    start_limits: tuple[float, float] = (np.nan, np.nan)

    @property
    def start(self) -> float:
        """Where the curve begins: 0, or the first entry."""
        return max(0.0, float(self.entry_time[0]))

    @property
    def _table(self) -> RiskTable:
        return RiskTable(self.time, self.at_risk, self.events, self.censored, self.entry_time, self.entered)

    def at(self, times: ArrayLike) -> pd.DataFrame:
        """Values at ``times``: time, survival, lower, upper, std_error, at_risk, events so far, note.

        Outside follow-up the values are missing and the note says so: the last value is never
        carried forward, except that a curve that has come down to 0 stays there.
        """
        import pandas as pd

        asked = check.asked_times(times)
        place = np.searchsorted(self.time, asked, "right")
        late = (asked > self.time[-1]) & (self.survival[-1] > 0)
        early = asked < self.start
        columns = {"time": asked}
        low, high = self.start_limits
        for name, first in (("survival", 1.0), ("lower", low), ("upper", high), ("std_error", 0.0)):
            columns[name] = np.where(late | early, np.nan, np.append(first, getattr(self, name))[place])
        columns["at_risk"] = at_risk_at(self._table, asked)
        columns["events"] = np.append(0, self.events.cumsum())[place]
        columns["note"] = np.where(late, "beyond follow-up", np.where(early, "before follow-up", ""))
        return pd.DataFrame(columns)

    def quantile(self, p: float = 0.5) -> Quantile:
        """Time by which a share ``p`` has had the event; the interval inverts the curve's limits.

        Where the curve is level at ``1 - p`` the middle of that stretch is taken, as R does
        (Brookmeyer and Crowley, Biometrics 38 (1982) 29-41).
        """
        if not 0 < p < 1:
            raise ValueError("p: must lie between 0 and 1; give 0.5 for the median")
        from_start = np.append(0.0, self.time)
        estimate, lower, upper = (
            crossing(from_start, np.append(first, curve), 1 - p) for first, curve in
            zip((1.0, *self.start_limits), (self.survival, self.lower, self.upper), strict=True))
        upper = np.inf if np.isnan(upper) else upper
        return Quantile(p, estimate, lower, upper, self.level, self.n, self.n_events,
                        f"Kaplan-Meier, {self.interval} interval")

    def summary(self) -> pd.DataFrame:
        """One row: people, events, median with limits, last time seen and the curve there."""
        import pandas as pd

        median = self.quantile(0.5)
        return pd.DataFrame([{
            "n": self.n, "events": self.n_events, "median": median.estimate, "median_lower": median.lower,
            "median_upper": median.upper, "last_time": self.time[-1], "survival_at_last": self.survival[-1],
            "level": self.level, "interval": self.interval, "variance": self.variance}])

    def curve(self) -> pd.DataFrame:
        """Tidy steps for drawing, from the start: time, at_risk, events, censored, survival, limits."""
        import pandas as pd

        names = ("time", "at_risk", "events", "censored", "survival", "lower", "upper")
        drawn = pd.DataFrame({name: getattr(self, name) for name in names})
        if self.time[0] == self.start:
            return drawn
        present = self.entered[self.entry_time <= self.start].sum()
        first = pd.DataFrame([[self.start, present, 0, 0, 1.0, *self.start_limits]], columns=list(names))
        return pd.concat([first.astype(drawn.dtypes), drawn], ignore_index=True)

    def sentence(
        self, at: float, *, unit: str = "months", who: str = "tenancies", event: str = "ended"
    ) -> Sentence:
        """The share of ``who`` that had not ``event`` by ``at``, with its interval and counts."""
        row = self.at(at).iloc[0]
        behind = (int(round(row.events)), int(round(row.at_risk)))
        share, low, high = shares((row.survival, row.lower, row.upper), behind)
        words = {"share": share, "n": people(self.n), "who": who, "event": event, "at": times((at,), unit)[0],
                 "events": people(row.events), "at_risk": people(row.at_risk), "low": low, "high": high,
                 "level": f"{100 * self.level:g}%", "kind": self.interval}
        if row.note:
            edge, verb = (self.start, "begins") if row.note.startswith("before") else (self.time[-1], "ends")
            return sentence("Nothing can be said about {who} at {at}: follow-up {verb} at {end} "
                            "(n = {n}, {events} had {event} by then).", **words, verb=verb,
                            end=times((edge,), unit)[0])
        if row.survival == 1:
            return self._none_yet(row.at_risk, words)
        if row.survival == 0 and np.isnan(row.lower):
            return sentence("By {at} the curve of {who} has come down to 0%: the last one followed had "
                            "{event} (Kaplan-Meier, no interval can be given there; n = {n}, {events} had "
                            "{event}).", **words)
        return sentence("An estimated {share} of {who} had not {event} by {at} ({level} interval {low} "
                        "to {high}; Kaplan-Meier, {kind} interval; n = {n}, {events} had {event} by then, "
                        "{at_risk} were followed that far).", **words)

    def _none_yet(self, at_risk: float, words: dict) -> Sentence:
        """No event so far: where all were in view from the start, the exact limit from those followed."""
        head = "None of the {who} had {event} by {at} (n = {n}): the curve stands at 100%"
        if self.interval in BETA_PRODUCT:
            return sentence(head + " ({level} interval {low} to {high}; Kaplan-Meier, {kind} interval; "
                            "{at_risk} were followed that far).", **words)
        head += " and a Kaplan-Meier interval can't be given"
        if self.variance != "Greenwood" or np.isfinite(self.entry_time[0]):
            return sentence(head + " ({at_risk} were followed that far).", **words)
        limit = number(exact_binomial(at_risk, at_risk, self.level).lower, style="percent", digits=0,
                       behind=(0, int(at_risk)))
        return sentence(head + "; the {at_risk} followed that far put the share at {limit} or more ({level} "
                        "exact binomial interval).", **words, limit=limit)


def kaplan_meier(
    time: ArrayLike, event: ArrayLike, *, entry: ArrayLike | None = None, weights: ArrayLike | None = None,
    interval: str | None = None, level: float = 0.95,
) -> KaplanMeier:
    """Estimate the share without the event over time, from people followed for unequal times.

    ``S(t) = prod (1 - d_j / n_j)`` over event times up to t, Greenwood's
    ``Var = S(t)^2 sum d_j / (n_j (n_j - d_j))``.

    Parameters
    ----------
    time : (n,) numbers, 0 or more
        When each person had the event or was last seen, from their own start; any unit. Equal
        numbers are ties: pass days rather than months with rounding in them.
    event : (n,) of 0 and 1
        1 where the event happened at ``time``, 0 where the person was still without it.
    entry : (n,) numbers below ``time``, optional
        When each came under observation (delayed entry): at risk from just after. The curve is
        then conditional on being without the event at the first entry.
    weights : (n,) positive numbers, optional
        Whole numbers stand for that many people each (Greenwood); any others are sampling
        weights (infinitesimal jackknife, one person a row).
    interval : {"beta-product", "beta-product-mid-p", "log-log", "plain", "log", "logit", "arcsine"}, optional
        Not given: the beta product (Fay, Brittain and Proschan 2013), which keeps its level with few
        people and few events; with ``entry`` or ``weights``, for which it isn't defined, log-log.
    level : float

    Returns
    -------
    KaplanMeier

    Raises
    ------
    ValueError
        With the parameter and row numbers: empty, missing, infinite or negative values, an entry not
        before its exit, an event that is not 0 or 1, weights not above 0, unequal lengths, or a beta
        product asked for with entry times or weights.

    Warns
    -----
    UserWarning
        Where the curve falls to 0 while others are still to enter: the early risk set was too small.

    Notes
    -----
    When NOT to use it: to report ``1 - S`` for one reason while another reason (a death, say) can end
    the same spell; that overstates it: ``cumulative_incidence``. Not for people who are followed
    because they did well (give ``entry``). With n below about 100 the five intervals from a standard
    error cover less than they say (data/validation/survival_coverage.csv).

    The lower beta product limit at a time rests on those followed beyond it: it is 0 from the last exit
    on. Choose a horizon within follow-up.

    Defined answers: one person censored, no event, or all censored give 1 throughout; all events at
    one time give 0 from there on; an exit at time 0 counts as at risk at 0. Where the curve is 0 or 1
    only the beta product has limits.

    Kaplan and Meier, JASA 53 (1958) 457-481; Klein and Moeschberger, Survival Analysis (2003) ch. 4.

    Examples
    --------
    Five tenancies; the one of 9 months still going:

    >>> km = kaplan_meier([3, 6, 6, 9, 12], [1, 1, 1, 0, 1])
    >>> km.survival.round(3).tolist(), km.at_risk.tolist()
    ([0.8, 0.4, 0.4, 0.0], [5, 4, 2, 1])
    """
    interval = _interval_kind(interval, entry is None and weights is None)
    check.level_of(level)
    left, came = check.durations(time, entry)
    seen = check.indicator(event, left.size)
    weight = check.case_weights(weights, left.size)
    frequency = weight is None or bool((weight == np.floor(weight)).all())
    if weight is not None and frequency:
        weight = weight.astype(np.int64)
    table = risk_table(left, seen, came, weight)
    survival = survival_of(table)
    if frequency:
        greenwood = np.cumsum(safe_ratio(table.events / table.at_risk, table.remaining))
        std_error = survival * np.sqrt(greenwood)
    else:
        std_error = np.sqrt(jackknife_variance(table, table.events, left, seen, seen, came, weight))
    std_error[survival == 0] = np.nan
    lower, upper = _limits(table, survival, std_error, interval, level)
    _warn_of_early_zero(table, survival)
    whole = weight if frequency and weight is not None else np.ones(left.size, int)
    made = (table.time, table.at_risk, table.events, table.censored, survival, std_error, lower[1:],
            upper[1:], table.entry_time, table.entered)
    read_only(*made)
    return KaplanMeier(*made, int(whole.sum()), int(whole[seen].sum()), interval, float(level),
                       "Greenwood" if frequency else "infinitesimal jackknife",
                       (float(lower[0]), float(upper[0])))


def _interval_kind(interval: str | None, plain: bool) -> str:
    if interval is None:
        return BETA_PRODUCT[0] if plain else INTERVALS[0]
    check.one_of(interval, "interval", BETA_PRODUCT + INTERVALS)
    if interval in BETA_PRODUCT and not plain:
        raise ValueError("interval: the beta product is defined for people without weights who are all in "
                         "view from the start; leave interval out to get log-log here")
    return interval


def _limits(
    table: RiskTable, survival: np.ndarray, std_error: np.ndarray, interval: str, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Limits (k + 1,) at the start and after each time."""
    if interval in BETA_PRODUCT:
        betas = beta_product(table.at_risk, table.events)
        return beta_product_limits(betas, level, mid_p=interval == BETA_PRODUCT[1])
    return pointwise(np.append(1.0, survival), np.append(np.nan, std_error), interval, level)


def _warn_of_early_zero(table: RiskTable, survival: np.ndarray) -> None:
    zero = np.flatnonzero(survival == 0)
    if zero.size and zero[0] < survival.size - 1:
        warnings.warn(
            "the curve falls to 0 while others are still to enter: everyone then in view had the event. "
            "Start later: keep exits after a chosen time, raise entry to at least that time, and say so",
            UserWarning, stacklevel=3)
