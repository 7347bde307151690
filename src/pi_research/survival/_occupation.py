"""Aalen-Johansen for any number of states: probabilities, their errors, and time in each state."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from pi_research.survival._episodes import coded, episodes, refuse_rows
from pi_research.survival._risk_set import safe_ratio

JACKKNIFE = "infinitesimal_jackknife"


@dataclass(frozen=True, slots=True)
class Spells:
    """One stretch in one state a row (N,), in order of person and time, of ``n`` people and ``m`` states.

    ``held`` is the state in (start, stop], ``to`` the state entered at ``stop``, -1 where follow-up ends.
    """

    start: np.ndarray
    stop: np.ndarray
    person: np.ndarray
    held: np.ndarray
    to: np.ndarray
    n: int
    m: int

    def only(self, kept: np.ndarray) -> Spells:
        """The rows ``kept``, people numbered anew."""
        _, person = np.unique(self.person[kept], return_inverse=True)
        n = int(person.max(initial=-1)) + 1
        return Spells(self.start[kept], self.stop[kept], person, self.held[kept], self.to[kept], n, self.m)

    def in_view(self, time: float) -> np.ndarray:
        """Rows that hold just before ``time``."""
        return (self.start < time) & (self.stop >= time)


@dataclass(frozen=True, slots=True)
class Steps:
    """At the beginning and at the ``k`` distinct stops, all (k + 1, m): people in each state just before (at
    the beginning: just after), how many came into each, probability and variance; the variance of the time
    in each state so far and its covariance with the probability.
    """

    time: np.ndarray
    at_risk: np.ndarray
    entered: np.ndarray
    probability: np.ndarray
    variance: np.ndarray
    area_variance: np.ndarray
    area_covariance: np.ndarray


def place_of(state: Hashable, states: Sequence) -> int:
    """Where a state stands among the states."""
    if state not in states:
        raise ValueError(f"state: {state!r} is not known; choose one of {', '.join(map(str, states))}")
    return tuple(states).index(state)


def stays(
    start: ArrayLike, stop: ArrayLike, state: ArrayLike, id: ArrayLike, next_state: ArrayLike | None,
    labels: Sequence,
) -> Spells:
    """One row a stay: rows of one state that follow one another are joined."""
    rows = episodes(start, stop, id, gaps="give the time between a state of its own (e.g. 'unknown'), or "
                    "leave out the person's rows after it: a move that nobody saw can't be dated")
    held = coded(state, "state", labels, rows)
    refuse_rows(held < 0, rows, "state", "missing value",
                "give a time of which nothing is known a state of its own")
    after = np.append(held[1:], -1)
    entered = np.where(rows.last, -1, after)
    if next_state is not None:
        said = coded(next_state, "next_state", labels, rows)
        refuse_rows((said >= 0) & ~rows.last & (said != after), rows, "next_state",
                    "not the state of the person's next row", "correct the one or the other")
        entered = np.where(rows.last, said, after)
    ends = rows.last | (entered != held)
    begins = np.append(True, ends[:-1])
    to = np.where(entered == held, -1, entered)[ends]
    return Spells(rows.start[begins], rows.stop[ends], rows.person[ends], held[ends], to, rows.n, len(labels))


def later(spells: Spells, landmark: float) -> Spells:
    """What is seen after the landmark."""
    kept = spells.stop > landmark
    if not kept.any():
        raise ValueError(f"landmark: nobody is in view after {landmark:g}; choose an earlier time")
    return replace(spells.only(kept), start=np.maximum(spells.start[kept], landmark))


def people_in(
    spells: Spells, begin: float, given: Hashable | None, markov: bool, labels: tuple
) -> tuple[Spells, str]:
    """The people in the state given at the beginning (for ``markov`` everybody), and what to call them."""
    if given is None:
        if markov:
            raise ValueError("markov: needs the state at the beginning; name it in given")
        return spells, "{who}"
    there = (spells.start <= begin) & (spells.held == place_of(given, labels))
    if not markov:
        if not there.any():
            raise ValueError(f"given: nobody is in view in {given!r} at {begin:g}; choose another landmark")
        spells = spells.only(np.isin(spells.person, spells.person[there]))
    return spells, f"the {{who}} in “{given}” at {begin:g}"


def present(spells: Spells) -> tuple[np.ndarray, np.ndarray]:
    """Each time at which a row begins or ends, and the people in each state just after it."""
    times = np.unique(np.concatenate([spells.start, spells.stop]))
    change = np.zeros((times.size, spells.m), int)
    np.add.at(change, (np.searchsorted(times, spells.start), spells.held), 1)
    np.add.at(change, (np.searchsorted(times, spells.stop), spells.held), -1)
    return times, change.cumsum(axis=0)


def initial_shares(spells: Spells) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the states (m,) among those in view at the first transition, and each person's influence.

    Without a transition: at the first stop.
    """
    moved = spells.stop[spells.to >= 0]
    there = spells.in_view(moved.min() if moved.size else spells.stop.min())
    one = np.eye(spells.m)[spells.held[there]]
    influence = np.zeros((spells.n, spells.m))
    influence[spells.person[there]] = (one - one.mean(axis=0)) / len(one)
    return one.mean(axis=0), influence


def aalen_johansen(
    spells: Spells, p: np.ndarray, influence: np.ndarray, begin: float, variance: str
) -> Steps:
    """One pass over the times, from probabilities ``p`` (m,) and their ``influence`` (n, m) at ``begin``.

    A step ``I + dA`` gives ``p <- p (I + dA)``, and for each person
    ``U <- U (I + dA) + p_l (dN_i - Y_i dA) / Y_l``; or the variance is summed over the steps.
    """
    time = np.append(begin, np.unique(spells.stop))
    made = np.zeros((6, time.size, spells.m))
    made[0, 0] = np.bincount(spells.held[spells.start <= begin], minlength=spells.m)
    made[2, 0], made[3, 0] = p, _dots(influence, influence)
    area, spread = np.zeros_like(influence), influence.T @ influence
    common = np.zeros((spells.m + 1, spells.m))  # of everybody in a state; the last row, out of view, stays 0
    for i, (at_risk, state, who, came, went) in enumerate(_walk(spells, time[1:]), start=1):
        area += influence * (time[i] - time[i - 1])
        if who.size:
            moves = np.bincount(came * spells.m + went, minlength=spells.m**2).reshape(spells.m, spells.m)
            shift = moves / np.maximum(at_risk, 1)[:, None]
            shift -= np.diag(shift.sum(axis=1))
            before, p = p, p + p @ shift
            if variance == JACKKNIFE:
                each = safe_ratio(before, at_risk)
                influence = influence + influence @ shift
                common[:-1] = each[:, None] * shift
                influence -= common[state]
                influence[who, went] += each[came]
                influence[who, came] -= each[came]
            else:
                step = np.eye(spells.m) + shift
                spread = step.T @ spread @ step + _increment(shift, at_risk, before, p, variance)
            made[1, i] = moves.sum(axis=0)
        made[0, i], made[2, i] = at_risk, p
        made[3, i] = _dots(influence, influence) if variance == JACKKNIFE else np.diag(spread)
        made[4, i], made[5, i] = _dots(area, area), _dots(area, influence)
    return Steps(time, made[0].astype(int), made[1].astype(int), *made[2:])


def _dots(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Sums over people of the products, one a column."""
    return np.einsum("ij,ij->j", a, b)


def _walk(spells: Spells, time: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    """At each time: people in each state (m,), the state of each person (``m`` if out of view), and of the
    transitions of that time the person and both states.
    """
    came, left = np.argsort(spells.start, kind="stable"), np.argsort(spells.stop, kind="stable")
    begun = np.searchsorted(spells.start[came], time)
    gone = np.searchsorted(spells.stop[left], time, "right")
    state = np.full(spells.n, spells.m)
    begun_before = gone_before = 0
    for begun_now, gone_now in zip(begun, gone, strict=True):
        new, over = came[begun_before:begun_now], left[gone_before:gone_now]
        state[spells.person[new]] = spells.held[new]
        moving = over[spells.to[over] >= 0]
        at_risk = np.bincount(state, minlength=spells.m + 1)[:spells.m]
        yield at_risk, state, spells.person[moving], spells.held[moving], spells.to[moving]
        state[spells.person[over]] = spells.m
        begun_before, gone_before = begun_now, gone_now


def _increment(
    shift: np.ndarray, at_risk: np.ndarray, before: np.ndarray, after: np.ndarray, variance: str
) -> np.ndarray:
    """What one time adds to the covariance (m, m) of the probabilities.

    Greenwood: those at risk in a state move as a multinomial draw, weighted by the probability just before
    (Andersen et al. 1993, IV.4.8). As mstate's ``aalen``: counts as Poisson, weighted by the probability
    just after the time.
    """
    total = np.zeros_like(shift)
    for l in np.flatnonzero(shift.any(axis=1)):
        share = shift[l].copy()
        if variance == "greenwood":
            share[l] += 1
            one = before[l] ** 2 * (np.diag(share) - np.outer(share, share))
        else:
            share[l] = 0
            one = np.diag(share)
            one[l], one[:, l] = -share, -share
            one[l, l] = share.sum()
            one *= after[l] ** 2
        total += one / at_risk[l]
    return total
