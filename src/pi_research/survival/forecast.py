"""Outcome claims still to come from people who have moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pi_research.survival import _checks as check
from pi_research.survival._movers import HELD, Movers, milestone_months, movers
from pi_research.survival._risk_set import risk_table
from pi_research.survival._words import people, read_only
from pi_research.wording import Sentence, number, sentence

if TYPE_CHECKING:
    import pandas as pd

DRAWS = 4000
NUMBERS = 20_000_000  # at once in memory, of events and people times draws
ALL = "all"


@dataclass(frozen=True, slots=True, eq=False)
class ClaimsForecast:
    """Claims within the ``horizon`` by milestone, the last row for ``all`` of them together.

    ``months`` (m + 1,) objects; ``due`` (m + 1,) milestones that fall due for people still held;
    ``expected, lower, upper`` (m + 1,) of them sustained; ``beyond`` (m + 1,) due, but later after the move
    than anybody was followed: left out. ``draws`` (s, m + 1) from the forecast distribution, for payments or
    scores. ``n`` people and ``n_events`` endings behind the curve.
    """

    months: np.ndarray
    due: np.ndarray
    expected: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    beyond: np.ndarray
    draws: np.ndarray
    n: int
    n_events: int
    horizon: float
    level: float

    def summary(self) -> pd.DataFrame:
        """One row a milestone, then all."""
        import pandas as pd

        names = ("months", "due", "expected", "lower", "upper", "beyond")
        made = pd.DataFrame({name: getattr(self, name) for name in names})
        return made.assign(horizon=self.horizon, n=self.n, events=self.n_events, level=self.level)

    def sentence(self, *, unit: str = "months") -> Sentence:
        """All milestones together in words."""
        due, beyond = int(self.due[-1]), int(self.beyond[-1])
        words = {"horizon": f"{self.horizon:g} {unit}", "due": people(due), "beyond": people(beyond),
                 "n": people(self.n), "events": people(self.n_events), "level": f"{100 * self.level:g}%"}
        out = (" Another {beyond} fall due later after the move than anybody has been followed, and can't be "
               "forecast." if beyond else "")
        if not due:
            return sentence("In the next {horizon} no milestone falls due that can be forecast "
                            "(n = {n})." + out, **words)
        expected = float(self.expected[-1])
        behind = (int(round(expected)), int(due - round(expected)))
        words |= {name: number(float(getattr(self, name)[-1]), digits=int(name == "expected"), behind=behind)
                  for name in ("expected", "lower", "upper")}
        return sentence("In the next {horizon} {due} milestones fall due for people who have moved and still "
                        "hold their tenancy; {expected} are expected to be sustained ({level} prediction "
                        "interval {lower} to {upper}, for chance and for the uncertain curve; Kaplan-Meier "
                        "from how far each has come, a death earns no claim; n = {n}, {events} ended). "
                        "People still to move are not in it." + out, **words)


def forecast_claims(
    time: ArrayLike, ended: ArrayLike, available: ArrayLike, months: Sequence[float], *, horizon: float,
    seed: int | np.random.Generator, died: ArrayLike | None = None, level: float = 0.95,
    id: ArrayLike | None = None,
) -> ClaimsForecast:
    """Forecast how many milestones not yet due will be sustained by people who have moved already.

    A person held up to c sustains m with probability S(m) / S(c). The interval holds chance (each is
    sustained or not, one person's milestones together) and the uncertainty of S, drawn as products of Beta(n
    - d + 1, d) at the endings: half of the draws with one more factor Beta(followed to m, 1), half without,
    as for the two ends of the beta product interval. For people who have just moved, with all before them
    followed to m, the halves are the exact predictive distributions of a binomial count (Thatcher, J. R.
    Statist. Soc. B 26 (1964) 176-210), the mixture a mid-p version.

    Parameters
    ----------
    time, ended, available, months, died, id
        As in ``milestone_probabilities``. Death is an end here whatever the contract says.
    horizon : positive number
        From the extract date, in the unit of time.
    seed : int or Generator
        For the draws.

    Raises
    ------
    ValueError
        As ``milestone_probabilities``; a horizon that isn't above 0.

    Notes
    -----
    Assumes that late movers fare as early movers did. Claims of milestones that came due before the extract
    date, and of people still to move, are not in it. Not for payments: a claim can be refused.

    Examples
    --------
    Twenty held for 12 months and five for 8 so far, none lost:

    >>> found = forecast_claims([12] * 20 + [8] * 5, [0] * 25, [12] * 20 + [8] * 5, [12], horizon=6, seed=1)
    >>> int(found.due[0]), float(found.expected[0]), float(found.lower[0]), float(found.upper[0])
    (5, 5.0, 4.0, 5.0)
    """
    check.level_of(level)
    all_, asked = movers(time, ended, available, died, id), milestone_months(months)
    drawn = draw(all_, asked, above_0(horizon), np.random.default_rng(seed))
    lower, upper = limits(drawn, level)
    made = (labels(asked), drawn.due, drawn.expected, lower, upper, drawn.beyond, drawn.draws)
    read_only(*made)
    ended_n = int((all_.code != HELD).sum())
    return ClaimsForecast(*made, int(all_.time.size), ended_n, float(horizon), float(level))


def labels(asked: np.ndarray) -> np.ndarray:
    """The milestones, whole numbers as such, and ``all``."""
    return np.array([*(int(m) if m == round(m) else m for m in asked), ALL], dtype=object)


def above_0(horizon: float) -> float:
    """The horizon, checked."""
    if not 0 < horizon < np.inf:
        raise ValueError("horizon: must be above 0; give it in the unit of time")
    return float(horizon)


class Drawn(NamedTuple):
    """Each (m + 1,), and ``draws`` (2 draws, m + 1), those with the last factor first."""

    due: np.ndarray
    beyond: np.ndarray
    expected: np.ndarray
    draws: np.ndarray


def limits(drawn: Drawn, level: float) -> np.ndarray:
    """Prediction limits (2, m + 1)."""
    return np.quantile(drawn.draws, [(1 - level) / 2, (1 + level) / 2], axis=0, method="inverted_cdf")


def draw(all_: Movers, asked: np.ndarray, horizon: float, rng: np.random.Generator) -> Drawn:
    """Counts of milestones sustained within the horizon."""
    table = risk_table(all_.time, all_.code != HELD, None, None)
    at = np.flatnonzero(table.events)
    n, d = table.at_risk[at], table.events[at]
    held = all_.code == HELD
    passed = np.searchsorted(table.time[at], all_.time[held], "right")
    until = np.searchsorted(table.time[at], asked)
    followed = np.array([(all_.time >= month).sum() for month in asked])
    came = all_.available[held][:, None]
    falls = (came < asked) & (asked <= came + horizon)
    mine = falls & (followed > 0)
    # Where all at risk ended nobody is followed further, and no milestone from there on is forecast.
    plain = np.append(0.0, np.cumsum(np.log(np.maximum(n - d, 1) / n)))
    expected = (mine * np.exp(plain[until] - plain[passed][:, None])).sum(axis=0)
    rows = int(np.clip(NUMBERS // (at.size + passed.size), 1, DRAWS))
    parts = [_counts(min(rows, DRAWS - start), n, d, passed, until, mine, followed, rng)
             for start in range(0, DRAWS, rows)]
    draws = np.concatenate([part[half] for half in (0, 1) for part in parts])
    whole = [np.append(x, x.sum()) for x in (mine.sum(axis=0), (falls & ~mine).sum(axis=0), expected)]
    return Drawn(*whole, np.column_stack([draws, draws.sum(axis=1)]))


def _counts(
    rows: int, n: np.ndarray, d: np.ndarray, passed: np.ndarray, until: np.ndarray, mine: np.ndarray,
    followed: np.ndarray, rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Counts (rows, m) with and without the last factor: one uniform a person for all of theirs."""
    paths = np.pad(np.log(rng.beta(n - d + 1, d, size=(rows, n.size))).cumsum(axis=1), ((0, 0), (1, 0)))
    chance, gap = np.log(rng.random((rows, passed.size))), np.log(rng.random((rows, 1)))
    low, high = [], []
    for j, last in enumerate(until):
        who = mine[:, j]
        log_share = paths[:, [last]] - paths[:, passed[who]]
        low.append((chance[:, who] < log_share + gap / max(followed[j], 1)).sum(axis=1))
        high.append((chance[:, who] < log_share).sum(axis=1))
    return np.column_stack(low), np.column_stack(high)
