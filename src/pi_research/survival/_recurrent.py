"""Mean number of events over time, and what each person contributes to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pi_research.survival._episodes import Episodes
from pi_research.survival._risk_set import RiskTable, risk_table


def _sums(values: np.ndarray) -> np.ndarray:
    """Running sums that begin with 0."""
    return np.append(0.0, values.cumsum())


@dataclass(frozen=True, eq=False)
class MeanProcess:
    """``mu(t) = sum w S(t-) dN / Y`` at the ``k`` distinct stops; S is 1 where nobody dies.

    ``happened`` and ``died`` (N,) by row; ``weight`` (k,) or 1. A person's influence on mu(t) is
    ``int w S dM / Y - int (mu(t) - mu(u)) dM_D / Y`` with the two martingales of that person
    (Lawless and Nadeau 1995; Ghosh and Lin 2000, with deaths of one day tied exactly in S).
    """

    rows: Episodes
    happened: np.ndarray
    died: np.ndarray | None = None
    weight: np.ndarray | float = 1.0

    @cached_property
    def table(self) -> RiskTable:
        return risk_table(self.rows.stop, self.happened, self.rows.start, None)

    @cached_property
    def _place(self) -> tuple[np.ndarray, np.ndarray]:
        """Of each row: how many of the times lie before it begins, and which of them ends it."""
        time = self.table.time
        return np.searchsorted(time, self.rows.start, "right"), np.searchsorted(time, self.rows.stop)

    @cached_property
    def deaths(self) -> np.ndarray:
        if self.died is None:
            return np.zeros(self.table.time.size, int)
        return np.bincount(self._place[1][self.died], minlength=self.table.time.size)

    @cached_property
    def alive(self) -> np.ndarray:
        return np.cumprod(1 - self.deaths / self.table.at_risk)

    @cached_property
    def _step(self) -> np.ndarray:
        return self.weight * np.append(1.0, self.alive[:-1])

    @cached_property
    def mean(self) -> np.ndarray:
        return np.cumsum(self._step * self.table.events / self.table.at_risk)

    def until(self, at: float, name: str) -> int:
        """How many of the times are not beyond ``at``, which lies within follow-up."""
        if not at > 0:
            raise ValueError(f"{name}: must be above 0; give it in the unit of start and stop")
        if at > self.table.time[-1] and self.alive[-1] > 0:
            raise ValueError(f"{name}: lies beyond the last time followed; choose an earlier one")
        return int(np.searchsorted(self.table.time, at, "right"))

    def counts(self, until: int) -> tuple[int, int, int]:
        """Events, people with one, and deaths, over the first ``until`` times."""
        seen = self.happened & (self._place[1] < until)
        return int(seen.sum()), np.unique(self.rows.person[seen]).size, int(self.deaths[:until].sum())

    def area_alive(self, tau: float) -> np.ndarray:
        """Area under S up to each of the times that is not beyond ``tau``, and to ``tau``."""
        edges = np.minimum(np.append(self.table.time, tau), tau)
        return np.cumsum(np.diff(edges, prepend=0.0) * np.append(1.0, self.alive))

    def integrated(self, f: np.ndarray, flags: np.ndarray, counts: np.ndarray, until: int) -> np.ndarray:
        """``int f dM / Y`` of each person (n,) over the first ``until`` times."""
        begin, end = self._place
        share = f / self.table.at_risk
        total = _sums(share * counts / self.table.at_risk)
        seen = np.where(flags & (end < until), share[end], 0.0)
        passed = total[np.minimum(end + 1, until)] - total[np.minimum(begin, until)]
        return np.bincount(self.rows.person, seen - passed, minlength=self.rows.n)

    def influence(self, until: int) -> np.ndarray:
        """Influence (n,) of each person on the mean after the first ``until`` times."""
        made = self.integrated(self._step, self.happened, self.table.events, until)
        if self.died is None or until == 0:
            return made
        return made - self.integrated(self.mean[until - 1] - self.mean, self.died, self.deaths, until)

    def influence_alive(self, tau: float) -> np.ndarray:
        """Influence (n,) of each person on the mean time alive up to ``tau``."""
        if self.died is None:
            return np.zeros(self.rows.n)
        area = self.area_alive(tau)
        until = int(np.searchsorted(self.table.time, tau, "right"))
        return -self.integrated(area[-1] - area[:-1], self.died, self.deaths, until)

    def _inside_and_after(self, f: np.ndarray, flags: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """``int f dM / Y`` of each row's person (3, N): before, within (less the common part), after."""
        begin, end = self._place
        share = f / self.table.at_risk
        total = _sums(share * counts / self.table.at_risk)
        change = np.where(flags, share[end], 0.0) - (total[end + 1] - total[begin])
        run = change.cumsum()
        after = run - (run - change)[self.rows.first][self.rows.person]
        return np.array([after - change, after - change + total[begin], after])

    def variance(self) -> np.ndarray:
        """Sum of squared influences at each time (k,), in running sums: no person-by-time matrix.

        In a row a person's influence is ``K - mu(t) L + Z(t)``, and ``K - mu(t) L`` from its end to the next
        row, with K and L fixed in each and Z the same for everybody.
        """
        (begin, end), n, mu = self._place, self.table.at_risk, self.mean
        k = self._inside_and_after(self._step, self.happened, self.table.events)
        z = -np.cumsum(self._step * self.table.events / n**2)
        if self.died is not None:
            k += self._inside_and_after(mu, self.died, self.deaths)
            lost = self._inside_and_after(np.ones(n.size), self.died, self.deaths)
            z += mu * np.cumsum(self.deaths / n**2) - np.cumsum(mu * self.deaths / n**2)

        def everyone(x: np.ndarray) -> np.ndarray:
            moved = np.bincount(begin, x[1] - x[0], n.size) + np.bincount(end, x[2] - x[1], n.size)
            return moved.cumsum()

        def in_a_row(x: np.ndarray) -> np.ndarray:
            return (np.bincount(begin, x, n.size) - np.bincount(end, x, n.size)).cumsum()

        squared = everyone(k * k) + 2 * z * in_a_row(k[1]) + z**2 * in_a_row(np.ones(begin.size))
        if self.died is not None:
            squared += mu**2 * everyone(lost * lost) - 2 * mu * everyone(k * lost)
            squared -= 2 * z * mu * in_a_row(lost[1])
        return np.maximum(squared, 0.0)
