"""Events for each year alive: a rate that death does not lower."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pi_research.survival import _checks as check
from pi_research.survival._words import times
from pi_research.survival.recurrent import mean_process
from pi_research.wording import Sentence, count, number, sentence

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class WhileAliveRate:
    """Events a unit of time alive up to ``tau``: ``mean_events`` over ``mean_time``, with log limits.

    ``n`` people, ``n_events`` and ``n_people`` with one up to ``tau``, ``n_deaths``. Limits are missing
    where no event happened.
    """

    tau: float
    estimate: float
    std_error: float
    lower: float
    upper: float
    mean_events: float
    mean_time: float
    level: float
    n: int
    n_events: int
    n_people: int
    n_deaths: int

    def summary(self) -> pd.DataFrame:
        """One row with all of it."""
        import pandas as pd

        return pd.DataFrame([{f.name: getattr(self, f.name) for f in fields(self)}])

    def sentence(self, *, unit: str = "months", who: str = "people", event: str = "admissions",
                 per: float = 12, span: str = "year") -> Sentence:
        """The rate of ``event`` (in the plural) in words, for each ``span`` of ``per`` units alive."""
        behind = (self.n_events, self.n_people, self.n)
        words = {"tau": times((self.tau,), unit)[0], "who": who, "event": event, "span": span,
                 "n": count(self.n), "events": count(self.n_events), "persons": count(self.n_people),
                 "deaths": count(self.n_deaths)}
        if not self.n_events:
            return sentence("Over {tau} none of the {n} {who} had any {event} while alive, so no interval of "
                            "the rate can be given ({deaths} died by then).", **words)
        rate, low, high = (number(per * v, digits=2, behind=behind)
                           for v in (self.estimate, self.lower, self.upper))
        return sentence("Over {tau} {who} had {rate} {event} for each {span} alive ({level} interval {low} "
                        "to {high}; while-alive rate, robust error; n = {n}, {persons} of them with "
                        "{events} {event}, {deaths} died by then).", **words, rate=rate, low=low, high=high,
                        level=f"{100 * self.level:g}%")


def while_alive_rate(
    start: ArrayLike, stop: ArrayLike, event: ArrayLike, id: ArrayLike, terminal: ArrayLike, *, tau: float,
    level: float = 0.95,
) -> WhileAliveRate:
    """Estimate the mean number of events up to ``tau`` over the mean time alive up to ``tau``.

    ``mu(tau) / int_0^tau S``: the Ghosh-Lin mean over the restricted mean time alive. Who dies early has
    fewer events and less time, so that deaths alone do not lower the rate. The error is from each person's
    influence on both, the interval on the log scale.

    Parameters
    ----------
    start, stop, event, id, terminal, level
        As ``ghosh_lin``: rows cover all the time that a person is followed, in hospital too.
    tau : float
        Horizon, stated in advance, within follow-up.

    Raises
    ------
    ValueError
        As ``ghosh_lin``; a tau not above 0 or beyond follow-up; people in view from a later time only.

    Notes
    -----
    When NOT to use it: beside a mean number as if it were one (a group in which many die can have a high
    rate and few events); with a tau after which few are followed. Few events: as
    ``mean_cumulative_function``. Schmidli, Roger and Akacha, Statist. Biopharm. Res. 15 (2023) 238-248;
    Mao, Biometrics 79 (2023) 1749-1760.

    Two people over 4 months, one dies at 2: 2 events, 3 months alive on average.

    >>> while_alive_rate([0, 1, 0], [1, 4, 2], [1, 1, 0], ["a", "a", "b"], [0, 0, 1], tau=4).estimate
    0.3333333333333333
    """
    from scipy.special import ndtri

    check.level_of(level)
    made = mean_process(start, stop, event, id, terminal)
    if made.rows.start.min() > 0:
        raise ValueError("start: nobody is in view from time 0, so time alive since then can't be had")
    until = made.until(tau, "tau")
    mean = float(made.mean[until - 1]) if until else 0.0
    alive = float(made.area_alive(tau)[-1])
    rate = mean / alive
    error = float(np.linalg.norm(made.influence(until) - rate * made.influence_alive(tau)) / alive)
    wide = np.exp(ndtri(0.5 + level / 2) * error / rate) if rate else np.nan
    return WhileAliveRate(float(tau), rate, error, float(rate / wide), float(rate * wide), mean, alive,
                          float(level), made.rows.n, *made.counts(until))
