"""Cumulative incidence by cause, where one ending rules out the others (Aalen-Johansen)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pi_research.survival import _checks as check
from pi_research.survival._intervals import pointwise
from pi_research.survival._jackknife import jackknife_variance
from pi_research.survival._risk_set import RiskTable, at_risk_at, risk_table, safe_ratio, survival_of
from pi_research.survival._words import people, read_only, shares, times
from pi_research.wording import Sentence, sentence

if TYPE_CHECKING:
    import pandas as pd

VARIANCES = ("infinitesimal_jackknife", "aalen", "greenwood")


@dataclass(frozen=True, slots=True, eq=False)
class CumulativeIncidence:
    """Curves of ``m`` causes at the ``k`` distinct exit times.

    ``time, at_risk, censored, event_free`` (k,): in view and without any event just before the time;
    still without any just after. ``events, incidence, std_error, lower, upper`` (k, m), one column a
    cause in the order of ``causes``; the log-log limits are missing where the incidence is 0 or 1.
    ``entry_time, entered`` (p,) as in ``KaplanMeier``. ``n`` people; ``n_events`` (m,).
    """

    time: np.ndarray
    at_risk: np.ndarray
    censored: np.ndarray
    event_free: np.ndarray
    events: np.ndarray
    incidence: np.ndarray
    std_error: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    entry_time: np.ndarray
    entered: np.ndarray
    n_events: np.ndarray
    n: int
    causes: tuple
    variance: str
    level: float

    @property
    def start(self) -> float:
        """Where the curves begin: 0, or the first entry."""
        return max(0.0, float(self.entry_time[0]))

    def at(self, times: ArrayLike) -> pd.DataFrame:
        """Tidy values at ``times``: time, cause, incidence, limits, std_error, at_risk, events so far, note.

        Outside follow-up the values are missing and the note says so, unless nobody is left
        without an event: the curves then stay where they are.
        """
        import pandas as pd

        asked = check.asked_times(times)
        place = np.searchsorted(self.time, asked, "right")
        late = (asked > self.time[-1]) & (self.event_free[-1] > 0)
        early = asked < self.start
        total = self.events.sum(axis=1)
        table = RiskTable(self.time, self.at_risk, total, self.censored, self.entry_time, self.entered)
        shared = {"time": asked, "at_risk": at_risk_at(table, asked),
                  "note": np.where(late, "beyond follow-up", np.where(early, "before follow-up", ""))}
        parts = []
        for j, cause in enumerate(self.causes):
            part = dict(shared, cause=cause, events=np.append(0, self.events[:, j].cumsum())[place])
            for name, first in (("incidence", 0.0), ("lower", np.nan), ("upper", np.nan), ("std_error", 0.0)):
                steps = np.append(first, getattr(self, name)[:, j])
                part[name] = np.where(late | early, np.nan, steps[place])
            parts.append(pd.DataFrame(part))
        names = ["time", "cause", "incidence", "lower", "upper", "std_error", "at_risk", "events", "note"]
        return pd.concat(parts, ignore_index=True)[names] if parts else pd.DataFrame(columns=names)

    def summary(self) -> pd.DataFrame:
        """One row a cause, at the last time followed: cause, n, events, time, incidence, limits, error."""
        last = self.at(self.time[-1])
        last.insert(1, "n", self.n)
        return last.drop(columns=["at_risk", "note"]).assign(level=self.level, variance=self.variance)

    def curve(self) -> pd.DataFrame:
        """Tidy steps from the start, to draw: time, cause, at_risk, events, censored, incidence, limits."""
        import pandas as pd

        names = ["time", "cause", "at_risk", "events", "censored", "incidence", "lower", "upper"]
        present = self.entered[self.entry_time <= self.start].sum()
        parts = []
        for j, cause in enumerate(self.causes):
            part = pd.DataFrame({"time": self.time, "cause": cause, "at_risk": self.at_risk,
                                 "censored": self.censored, "events": self.events[:, j],
                                 "incidence": self.incidence[:, j], "lower": self.lower[:, j],
                                 "upper": self.upper[:, j]})[names]
            if self.time[0] > self.start:
                first = pd.DataFrame([[self.start, cause, present, 0, 0, 0.0, np.nan, np.nan]], columns=names)
                part = pd.concat([first.astype(part.dtypes), part], ignore_index=True)
            parts.append(part)
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)

    def sentence(self, cause: Hashable, at: float, *, unit: str = "months", who: str = "tenancies",
                 event: str = "ended", reason: str = "for “{cause}”") -> Sentence:
        """The share of ``who`` that had ``event`` by ``at`` for one cause, the others competing.

        ``reason`` joins the event and the cause, e.g. ``by {cause}``.
        """
        if cause not in self.causes:
            raise ValueError("cause: not among the causes of this result; choose one of "
                             f"{', '.join(map(str, self.causes)) or '(none happened: name them in causes=)'}")
        row = self.at(at).query("cause == @cause").iloc[0]
        behind = (int(row.events), int(row.at_risk))
        share, low, high = shares((row.incidence, row.lower, row.upper), behind)
        words = {"share": share, "n": people(self.n), "who": who, "event": event,
                 "reason": reason.format(cause=cause),
                 "at": times((at,), unit)[0], "events": people(row.events), "at_risk": people(row.at_risk)}
        if row.note:
            return sentence("Nothing can be said about {who} at {at}: that is {note} (n = {n}, {events} "
                            "had {event} {reason} by then).", **words, note=row.note)
        counts = "n = {n}, events: {events}, followed that far: {at_risk})."
        if np.isnan(row.lower):
            return sentence("By {at}, {share} of {who} had {event} {reason} (Aalen-Johansen, the "
                            "other reasons competing; no interval can be given there; " + counts, **words)
        return sentence("By {at}, an estimated {share} of {who} had {event} {reason} ({level} "
                        "interval {low} to {high}; Aalen-Johansen, the other reasons competing, {variance} "
                        "error; " + counts, **words, low=low, high=high, level=f"{100 * self.level:g}%",
                        variance=self.variance.replace("_", "-"))


def cumulative_incidence(
    time: ArrayLike, cause: ArrayLike, *, entry: ArrayLike | None = None,
    variance: str = "infinitesimal_jackknife", level: float = 0.95, causes: Sequence | None = None,
) -> CumulativeIncidence:
    """Estimate the share that ends for each cause over time, the causes competing.

    ``F_c(t) = sum S(t_j-) d_cj / n_j`` with S the share without any event: exact with ties and
    the same on every run. The curves and ``event_free`` add up to 1.

    Parameters
    ----------
    time, entry : (n,)
        As in ``kaplan_meier``.
    cause : (n,) whole numbers, words, or a pandas categorical
        0 (or ``"censored"``) where the spell was still going on, otherwise why it ended.
    variance : {"infinitesimal_jackknife", "aalen", "greenwood"}
        As R gives: ``survfit``; ``cmprsk::cuminc``; ``etm::etmCIF``. They differ little.
    level : float
        Of the log-log interval of each incidence.
    causes : sequence, optional
        Labels in the order wanted; one that never happens gets a curve at 0. Without it, those
        that happen, sorted (for a categorical: its categories).

    Returns
    -------
    CumulativeIncidence

    Raises
    ------
    ValueError
        As ``kaplan_meier``, and for a missing cause (unknown is not censored) or a cause
        that ``causes`` does not list.

    Notes
    -----
    When NOT to use it: to ask whether something acts on one cause's own rate; that is a
    cause-specific hazard. Nobody with an event and no ``causes``: a result without curves.

    Aalen and Johansen, Scand. J. Statist. 5 (1978) 141-150; Gray, Ann. Statist. 16 (1988) 1141-1154.

    Examples
    --------
    >>> cif = cumulative_incidence([2, 3, 3, 5], ["death", "return", "censored", "return"])
    >>> cif.causes, cif.incidence[-1].tolist()
    (('death', 'return'), [0.25, 0.75])
    """
    check.one_of(variance, "variance", VARIANCES)
    check.level_of(level)
    left, came = check.durations(time, entry)
    codes, labels = check.causes(cause, left.size, causes)
    table = risk_table(left, codes > 0, came, None)
    hit = np.searchsorted(table.time, left)
    shape = (table.time.size, len(labels))
    events = np.bincount(hit * (shape[1] + 1) + codes, minlength=shape[0] * (shape[1] + 1))
    events = events.reshape(shape[0], -1)[:, 1:].copy()
    before = np.append(1.0, survival_of(table)[:-1])[:, None]
    incidence = (before * events / table.at_risk[:, None]).cumsum(axis=0)
    squared = np.empty(shape)
    for j in range(shape[1]):
        if variance == "infinitesimal_jackknife":
            own = codes == j + 1
            squared[:, j] = jackknife_variance(table, events[:, j], left, own, codes > 0, came, None)
        else:
            squared[:, j] = _increment_variance(table, events[:, j], incidence[:, j], variance)
    std_error = np.sqrt(squared)
    lower, upper = pointwise(incidence, std_error, "log-log", level)
    made = (table.time, table.at_risk, table.censored, survival_of(table), events, incidence, std_error,
            lower, upper, table.entry_time, table.entered, events.sum(axis=0))
    read_only(*made)
    return CumulativeIncidence(*made, int(left.size), labels, variance, float(level))


def _increment_variance(table: RiskTable, d: np.ndarray, incidence: np.ndarray, kind: str) -> np.ndarray:
    """Variance (k,) summed over the jumps of the two hazards: this cause's and the others'.

    A jump at t_j moves F(t) by ``S(t_j-) - x`` (this cause) or ``-x`` (another), where
    ``x = (F(t) - F(t_j)) S(t_j-) / S(t_j)``. Greenwood takes the jumps as multinomial; Aalen takes
    the causes as independent, each hypergeometric among ties (Gray 1988, as in cmprsk).
    """
    n, others = table.at_risk.astype(float), table.events - d
    survival = survival_of(table)
    before = np.append(1.0, survival[:-1])
    up = before * safe_ratio(np.ones(n.size), survival)
    if kind == "greenwood":
        own, rest, both = d * (n - d) / n**3, others * (n - others) / n**3, -d * others / n**3
    else:
        own, rest = (k * np.where(k > 1, (n - k) / np.maximum(n - 1, 1), 1.0) / n**2 for k in (d, others))
        both = np.zeros(n.size)
    level, cross, square = before**2 * own, before * up * (own + both), up**2 * (own + 2 * both + rest)
    f = incidence
    total = level.cumsum() - 2 * (f * cross.cumsum() - (f * cross).cumsum())
    total += f**2 * square.cumsum() - 2 * f * (f * square).cumsum() + (f**2 * square).cumsum()
    return np.maximum(total, 0.0)
