"""Milestones of a contract: who sustained 6, 12, 18 months, what is not yet due, and what isn't known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pi_research.survival import _checks as check
from pi_research.survival._movers import DEATHS, HELD, LOST, Movers, Share, milestone_months, movers, share_at
from pi_research.survival._words import people, read_only, shares
from pi_research.wording import Sentence, joined, sentence

if TYPE_CHECKING:
    import pandas as pd

ESTIMATES = ("probability", "lower", "upper", "std_error", "next_probability", "next_lower", "next_upper",
             "worst", "worst_lower", "best", "best_upper")
COUNTS = ("reached", "failed", "failed_early", "not_yet_due", "unknown", "set_aside", "died", "held_before",
          "followed")


@dataclass(frozen=True, slots=True, eq=False)
class MilestoneProbabilities:
    """Probabilities of sustaining ``m`` milestones, their joint covariance, and the counts behind them.

    ``months, probability, lower, upper, std_error`` (m,): missing where nobody was followed so far.
    ``covariance`` (m, m) from influence functions. ``next_probability, next_lower, next_upper`` (m,): given
    the milestone before (the first: given the move), among ``held_before`` (m,) people.
    ``worst, worst_lower, best, best_upper`` (m,): had all the unknown failed when last seen, or all held.
    ``reached, failed, failed_early, not_yet_due, unknown, set_aside`` (m,) add up to ``n``: failed with the
    day come; lost before a day still to come; held and still to come; day come and not known; died, where
    deaths don't fail. ``died`` (m,) before the milestone under any rule; ``followed`` (m,) so far.
    """

    months: np.ndarray
    probability: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    std_error: np.ndarray
    next_probability: np.ndarray
    next_lower: np.ndarray
    next_upper: np.ndarray
    worst: np.ndarray
    worst_lower: np.ndarray
    best: np.ndarray
    best_upper: np.ndarray
    covariance: np.ndarray
    reached: np.ndarray
    failed: np.ndarray
    failed_early: np.ndarray
    not_yet_due: np.ndarray
    unknown: np.ndarray
    set_aside: np.ndarray
    died: np.ndarray
    held_before: np.ndarray
    followed: np.ndarray
    n: int
    death: str
    level: float

    def summary(self) -> pd.DataFrame:
        """One row a milestone: estimates, bounds, counts."""
        import pandas as pd

        columns = {name: getattr(self, name) for name in ("months", *ESTIMATES, *COUNTS)}
        note = np.where(np.isnan(self.probability), "beyond follow-up", "")
        return pd.DataFrame(columns).assign(n=self.n, death=self.death, level=self.level, note=note)

    def _place(self, milestone: float) -> int:
        found = np.flatnonzero(self.months == milestone)
        if not found.size:
            raise ValueError(f"milestone: choose one of {', '.join(f'{m:g}' for m in self.months)}")
        return int(found[0])

    def sentence(
        self, milestone: float | None = None, *, unit: str = "months", who: str = "tenancies"
    ) -> Sentence:
        """One milestone in words, or all of them: estimate, counts apart, bounds for the unknown."""
        if milestone is None:
            return joined(*(self.sentence(float(m), unit=unit, who=who) for m in self.months))
        j = self._place(milestone)
        words = {name: people(getattr(self, name)[j]) for name in COUNTS}
        words |= {"at": f"{milestone:g} {unit}", "n": people(self.n), "who": who, "rule": DEATHS[self.death],
                  "level": f"{100 * self.level:g}%"}
        tally = ("At the cut-off: reached {reached}, failed {failed}, lost before a day still to come "
                 "{failed_early}, held with the day still to come {not_yet_due}, day come and outcome "
                 "unknown {unknown}")
        tally += "." if self.death == "failing" else ", died before it {set_aside}."
        behind = (int(self.reached[j]), int(self.failed[j] + self.failed_early[j]))
        for names in (("probability", "lower", "upper"), ("worst", "best", "worst_lower", "best_upper")):
            words |= dict(zip(names, shares([getattr(self, x)[j] for x in names], behind), strict=True))
        bounds = (" Had all the unknown failed it would be {worst}, had all held {best} (limits over both "
                  "{worst_lower} to {best_upper})." if self.unknown[j] else "")
        if np.isnan(self.probability[j]):
            return sentence("Nothing can be said about {at}: nobody who counts has been followed that far "
                            "(n = {n}). " + tally + bounds, **words)
        head = ("An estimated {probability} of {n} {who} sustained {at} ({level} interval {lower} to "
                "{upper}; {method}, beta product interval; {followed} followed that far; {rule}). ")
        words["method"] = "Aalen-Johansen" if self.death == "excluded" else "Kaplan-Meier"
        return sentence(head + tally + bounds, **words)

    def next_sentence(self, milestone: float, *, unit: str = "months", who: str = "tenancies") -> Sentence:
        """The chance of this milestone for those who sustained the one before."""
        j = self._place(milestone)
        given = f"sustained {self.months[j - 1]:g} {unit}" if j else "began"
        words = {"at": f"{milestone:g} {unit}", "given": given, "who": who, "n": people(self.held_before[j]),
                 "level": f"{100 * self.level:g}%", "rule": DEATHS[self.death]}
        if np.isnan(self.next_probability[j]):
            return sentence("Of {who} that {given} (n = {n}), nothing can be said about {at}: that is beyond "
                            "follow-up.", **words)
        ends = (self.next_probability[j], self.next_lower[j], self.next_upper[j])
        behind = (int(self.reached[j]), int(self.held_before[j] - self.reached[j]))
        words |= dict(zip(("share", "low", "high"), shares(ends, behind), strict=True))
        return sentence("Of {who} that {given} (n = {n} followed to there), an estimated {share} sustain "
                        "{at} ({level} interval {low} to {high}, beta product; {rule}).", **words)


def milestone_probabilities(
    time: ArrayLike, ended: ArrayLike, available: ArrayLike, months: Sequence[float], *,
    died: ArrayLike | None = None, death: str = "failing", level: float = 0.95, id: ArrayLike | None = None,
) -> MilestoneProbabilities:
    """Estimate the probability of sustaining each milestone from people followed for unequal times.

    Parameters
    ----------
    time : (n,)
        From the move to the tenancy's end or the last day known, in the unit of ``months``.
    ended : (n,) of 0 and 1
        1 where the tenancy ended at ``time``.
    available : (n,)
        From the move to the extract date: tells a milestone that is not yet due from one whose outcome
        isn't known.
    months : the milestones
        A tenancy that ends on the very day has sustained it, as the contract counts.
    died : (n,) of 0 and 1, optional
        1 where it stopped by death, whatever ``ended`` says.
    death : {"failing", "neutral", "excluded"}
        A death before the day fails the milestone; or stops follow-up there (censored: what would be if those
        who died had fared like the others); or takes the person out of the share (died in the tenancy before
        the day: ``P(held) / (1 - P(died))``, the two competing).
    level, id
        ``id`` only to refuse the same person twice.

    Raises
    ------
    ValueError
        As ``kaplan_meier``; ``time`` above ``available``; a milestone at 0 or twice; a person twice.

    Notes
    -----
    Intervals are beta product ones: exact binomial where nobody is censored before the milestone, and
    conservative near 1. They are for each milestone alone. The covariance is the infinitesimal jackknife's
    (0 where nobody failed): use it for sums of milestones, not for an interval of one of them.
    Not to compare contracts that count deaths differently, nor where the extract date was chosen by outcome.
    Not-yet-due people count as followed up to the extract, and no further.

    Examples
    --------
    Five movers, one lost at 3 months, one held for 5 months so far:

    >>> found = milestone_probabilities([3, 5, 9, 9, 9], [1, 0, 0, 0, 0], [9, 5, 9, 9, 9], [6])
    >>> found.probability.tolist(), found.failed.tolist(), found.not_yet_due.tolist()
    ([0.8], [1], [1])
    """
    check.one_of(death, "death", tuple(DEATHS))
    check.level_of(level)
    all_, asked = movers(time, ended, available, died, id), milestone_months(months)
    found, rows = [], []
    for before, month in zip(np.append(0.0, asked), asked):
        status = all_.status(month, death)
        now = share_at(all_.time, all_.code, month, death, level)
        there = all_.time >= before
        then = share_at(all_.time[there] - before, all_.code[there], month - before, death, level)
        worst, best = _bounds(all_, now, status["unknown"], month, death, level)
        found.append(now.influence)
        deaths = int(((all_.code != HELD) & (all_.code != LOST) & (all_.time < month)).sum())
        se = float(np.sqrt((now.influence**2).sum()))
        rows.append((now.estimate, now.lower, now.upper, se, then.estimate, then.lower, then.upper,
                     worst.estimate, worst.lower, best.estimate, best.upper,
                     *(int(mask.sum()) for mask in status.values()), deaths, int(there.sum()), now.followed))
    columns = dict(zip((*ESTIMATES, *COUNTS), map(np.array, zip(*rows, strict=True)), strict=True))
    influence = np.column_stack(found)
    made = {"months": asked, **columns, "covariance": influence.T @ influence}
    read_only(*made.values())
    return MilestoneProbabilities(**made, n=int(all_.time.size), death=death, level=float(level))


def _bounds(
    all_: Movers, now: Share, unknown: np.ndarray, month: float, death: str, level: float
) -> tuple[Share, Share]:
    """The share had every unknown failed when last seen, and had every one held up to the day."""
    if not unknown.any():
        return now, now
    worst = share_at(all_.time, np.where(unknown, LOST, all_.code), month, death, level)
    best = share_at(np.where(unknown, month, all_.time), all_.code, month, death, level)
    return worst, best
