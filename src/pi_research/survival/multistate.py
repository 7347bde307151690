"""Where people are over time: residential, preparing, in a tenancy, in hospital (Aalen-Johansen)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pi_research.survival import _checks as check
from pi_research.survival._episodes import states_in
from pi_research.survival._intervals import INTERVALS, pointwise
from pi_research.survival._occupation import (
    JACKKNIFE,
    aalen_johansen,
    initial_shares,
    later,
    people_in,
    place_of,
    present,
    stays,
)
from pi_research.survival._words import people, read_only, shares, times
from pi_research.wording import Sentence, count, sentence

if TYPE_CHECKING:
    import pandas as pd

VARIANCES = (JACKKNIFE, "greenwood", "mstate_aalen")


@dataclass(frozen=True, slots=True, eq=False)
class TimeInStates:
    """Mean time in each of ``m`` states from ``begin`` to ``tau``: ``mean, std_error, lower, upper`` (m,)."""

    begin: float
    tau: float
    states: tuple
    mean: np.ndarray
    std_error: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    level: float
    n: int
    who: str

    def summary(self) -> pd.DataFrame:
        """One row a state: state, mean, std_error, lower, upper, begin, tau, level, n."""
        import pandas as pd

        return pd.DataFrame({"state": self.states, "mean": self.mean, "std_error": self.std_error,
                             "lower": self.lower, "upper": self.upper}).assign(
                                 begin=self.begin, tau=self.tau, level=self.level, n=self.n)

    def sentence(self, state: Hashable, *, unit: str = "months", who: str = "people") -> Sentence:
        """The mean time of ``who`` in ``state``, with its interval."""
        i = place_of(state, self.states)
        mean, low, high = times((self.mean[i], self.lower[i], self.upper[i]), behind=(self.n,))
        return sentence("From {begin} to {tau}, {who} spent {mean} {unit} in “{state}” on average ({level} "
                        "interval {low} to {high}; Aalen-Johansen, infinitesimal-jackknife error; n = {n}).",
                        begin=times((self.begin,))[0], tau=times((self.tau,), unit)[0], mean=mean, unit=unit,
                        who=self.who.replace("{who}", who), state=state, low=low, high=high,
                        level=f"{100 * self.level:g}%", n=count(self.n))


@dataclass(frozen=True, slots=True, eq=False)
class StateOccupation:
    """Probabilities of ``m`` states at the beginning and at the ``k`` distinct times at which a stay ends.

    ``time`` (k + 1,). ``at_risk, entered, probability, std_error, lower, upper`` (k + 1, m), one column a
    state in the order of ``states``: people seen in it just before the time (at the beginning: just after),
    how many came into it at that time, and the probability from then on; limits are missing where that is
    0 or 1. ``change_time`` (q,) and ``present`` (q, m): people in each state just after each time that a
    row begins or ends. ``transitions`` (m, m): counts, from row to column. ``area_variance,
    area_covariance`` (k + 1, m): what ``expected_time`` needs. ``n`` people. ``who`` they are.
    """

    time: np.ndarray
    at_risk: np.ndarray
    entered: np.ndarray
    probability: np.ndarray
    std_error: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    area_variance: np.ndarray
    area_covariance: np.ndarray
    change_time: np.ndarray
    present: np.ndarray
    transitions: np.ndarray
    n: int
    states: tuple
    who: str
    from_start: bool
    variance: str
    interval: str
    level: float

    @property
    def _final(self) -> np.ndarray:
        """States in which nobody is followed, such as died."""
        return ~self.present.any(axis=0)

    def at(self, times: ArrayLike) -> pd.DataFrame:
        """Tidy values at ``times``, one row a time and state.

        Columns time, state, probability, lower, upper, std_error, at_risk (seen in it just before), in_view
        (in any state), entered (so far), note. Outside follow-up the values are missing and the note says
        so, unless nobody is left who could change state.
        """
        import pandas as pd

        asked = check.asked_times(times)
        place = np.searchsorted(self.time, asked, "right") - 1
        early = asked < self.time[0]
        late = (asked > self.time[-1]) & (self.probability[-1][~self._final].sum() > 1e-12)
        just = np.where(asked == self.time[0], np.nextafter(asked, np.inf), asked)
        rows = np.searchsorted(self.change_time, just) - 1
        seen = np.where(rows[:, None] < 0, 0, self.present[rows])
        m = len(self.states)
        columns = {"time": np.repeat(asked, m), "state": list(self.states) * asked.size}
        for name in ("probability", "lower", "upper", "std_error"):
            columns[name] = np.where((early | late)[:, None], np.nan, getattr(self, name)[place]).ravel()
        columns |= {"at_risk": seen.ravel(), "in_view": np.repeat(seen.sum(axis=1), m)}
        columns["entered"] = np.where(early[:, None], 0, self.entered.cumsum(axis=0)[place]).ravel()
        note = np.where(late, "beyond follow-up", np.where(early, "before follow-up", ""))
        return pd.DataFrame(columns | {"note": np.repeat(note, m)})

    def summary(self) -> pd.DataFrame:
        """One row a state at the last time followed: time, n, state, probability, limits, entered, left."""
        last = self.at(self.time[-1]).drop(columns=["at_risk", "in_view", "note"])
        last.insert(1, "n", self.n)
        return last.assign(left=self.transitions.sum(axis=1), level=self.level, variance=self.variance)

    def curve(self) -> pd.DataFrame:
        """Tidy steps from the beginning, to stack: time, state, at_risk, entered, probability, limits."""
        import pandas as pd

        names = ("at_risk", "entered", "probability", "lower", "upper")
        parts = [pd.DataFrame({"time": self.time, "state": state,
                               **{name: getattr(self, name)[:, j] for name in names}})
                 for j, state in enumerate(self.states)]
        return pd.concat(parts, ignore_index=True)

    def sentence(self, state: Hashable, at: float, *, unit: str = "months", who: str = "people") -> Sentence:
        """The share of ``who`` in ``state`` at a time, with its interval and counts."""
        place = place_of(state, self.states)
        row = self.at(at).iloc[place]
        seen, rest = int(row.entered if self._final[place] else row.at_risk), int(row.in_view - row.at_risk)
        share, low, high = shares((row.probability, row.lower, row.upper), (seen, rest))
        words = {"share": share, "n": people(self.n), "who": self.who.replace("{who}", who), "state": state,
                 "at": times((at,), unit)[0], "seen": people(seen), "rest": people(rest)}
        if row.note:
            return sentence("Nothing can be said about {who} at {at}: that is {note} (n = {n}).", **words,
                            note=row.note)
        counts = "n = {n}, {seen} were followed in it and {rest} elsewhere)."
        if self._final[place]:
            counts = "n = {n}, {seen} had come into it by then and {rest} were followed elsewhere)."
        if np.isnan(row.lower):
            return sentence("At {at}, {share} of {who} were in “{state}” (Aalen-Johansen; no interval can be "
                            "given there; " + counts, **words)
        return sentence("At {at}, an estimated {share} of {who} were in “{state}” ({level} interval {low} to "
                        "{high}; Aalen-Johansen, {variance} error; " + counts, **words, low=low, high=high,
                        level=f"{100 * self.level:g}%", variance=self.variance.replace("_", "-"))

    def expected_time(self, tau: float) -> TimeInStates:
        """Mean time in each state from the beginning (0 or the landmark) to ``tau``, plain limits.

        Errors are the infinitesimal jackknife's; with another variance they are missing. Raises where
        ``tau`` is not after the beginning, lies beyond follow-up, or nobody is in view from time 0.
        """
        from scipy.special import ndtri

        if not self.from_start:
            raise ValueError("tau: nobody is in view from time 0, so time since then can't be had; give "
                             "state_occupation a landmark at which people are in view")
        if not tau > self.time[0]:
            raise ValueError(f"tau: must lie after {self.time[0]:g}, where the curves begin")
        if self.at(tau).note[0]:
            raise ValueError("tau: lies beyond the last time followed; choose an earlier horizon")
        last = np.searchsorted(self.time, tau, "right") - 1
        width = np.diff(np.append(self.time[: last + 1], tau))
        mean = width @ self.probability[: last + 1]
        squared = (self.area_variance[last] + 2 * width[-1] * self.area_covariance[last]
                   + width[-1] ** 2 * self.std_error[last] ** 2)
        error = np.sqrt(np.maximum(squared, 0)) if self.variance == JACKKNIFE else np.full(mean.size, np.nan)
        half = ndtri(0.5 + self.level / 2) * error
        made = mean, error, np.maximum(mean - half, 0), np.minimum(mean + half, tau - self.time[0])
        read_only(*made)
        return TimeInStates(float(self.time[0]), float(tau), self.states, *made, self.level, self.n, self.who)


def state_occupation(
    start: ArrayLike, stop: ArrayLike, state: ArrayLike, id: ArrayLike, *,
    next_state: ArrayLike | None = None, landmark: float | None = None, given: Hashable | None = None,
    markov: bool = False, states: Sequence | None = None, variance: str = JACKKNIFE,
    interval: str = "log-log", level: float = 0.95,
) -> StateOccupation:
    """Estimate the share of people in each state over time, with moves back and forth and late entry.

    ``p(t) = p(0) prod (I + dA)``, dA the observed transitions over those at risk. The initial shares are
    those in view at the first transition, as in R's ``survfit``, and their error counts. The probabilities
    need no Markov assumption where censoring and entry are independent of the history (Datta and Satten
    2001); with late entry they do.

    Parameters
    ----------
    start, stop : (N,) numbers, 0 or more
        Rows (start, stop] on one time scale; a person's rows follow one another without a gap. Rows that
        other columns have cut are joined again.
    state : (N,) labels, the state held in the row. A categorical's order is kept.
    id : (N,)
    next_state : (N,) labels, optional
        The state entered at ``stop``, empty where follow-up ends: this is how a death without a row of its
        own is seen (``state``, ``next_state`` and ``customer_id`` of the timeline).
    landmark : float, optional
        Begin there, with those in view just after it.
    given : label, optional
        Only people in this state at the landmark (or at 0): the landmark Aalen-Johansen estimator, right
        without a Markov assumption (Putter and Spitoni 2018).
    markov : bool
        With ``given``: use everybody's transitions. More precise, and wrong where the past matters.
    states : sequence, optional
        Labels in the order wanted; without it those held, sorted, then those only entered.
    variance : {"infinitesimal_jackknife", "greenwood", "mstate_aalen"}
        As R's ``survfit(influence = TRUE)``; as etm; as mstate's ``aalen``, which weights an increment by
        the probability after it. The first needs no Markov assumption.
    interval, level : of each probability, as in ``kaplan_meier``.

    Raises
    ------
    ValueError
        With the parameter and rows: empty, missing, reversed or overlapping rows, a row given twice, a gap
        within a person, a ``next_state`` that the next row contradicts, a state not among ``states``,
        nobody in view (in the state ``given``) at the landmark.

    Notes
    -----
    When NOT to use it: a state with only a few people at a time (hospital, at n = 113) has wide and uneven
    intervals; and not for a state defined by what happened later. Nobody ever moves: the initial shares
    throughout. Aalen and Johansen, Scand. J. Statist. 5 (1978) 141-150.

    Examples
    --------
    Three people; one leaves hospital and comes back to the tenancy, one dies:

    >>> made = state_occupation([0, 0, 2, 0], [4, 2, 3, 4], ["tenancy", "hospital", "tenancy", "tenancy"],
    ...                         [1, 2, 2, 3], next_state=["died", "tenancy", "", ""])
    >>> made.at(4)[["state", "probability", "entered"]].values.tolist()
    [['hospital', 0.0, 0], ['tenancy', 0.5, 1], ['died', 0.5, 1]]
    """
    check.one_of(variance, "variance", VARIANCES)
    check.one_of(interval, "interval", INTERVALS)
    check.level_of(level)
    labels = states_in(state, next_state) if states is None else tuple(states)
    spells, begin = stays(start, stop, state, id, next_state, labels), 0.0
    if landmark is not None:
        begin = float(check.column([landmark], "landmark")[0])
        spells = later(spells, begin)
    spells, who = people_in(spells, begin, given, markov, labels)
    p, influence = initial_shares(spells)
    if markov:
        p, influence = np.eye(spells.m)[place_of(given, labels)], np.zeros_like(influence)
    begin = max(begin, float(spells.start.min()))
    steps = aalen_johansen(spells, p, influence, begin, variance)
    std_error = np.sqrt(np.maximum(steps.variance, 0))
    lower, upper = pointwise(steps.probability, std_error, interval, level)
    moves = np.zeros((spells.m, spells.m), int)
    np.add.at(moves, (spells.held[spells.to >= 0], spells.to[spells.to >= 0]), 1)
    made = (steps.time, steps.at_risk, steps.entered, steps.probability, std_error, lower, upper,
            steps.area_variance, steps.area_covariance, *present(spells), moves)
    read_only(*made)
    from_start = landmark is not None or begin == 0
    return StateOccupation(*made, spells.n, labels, who, from_start, variance, interval, float(level))
