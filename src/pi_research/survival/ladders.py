"""What counts alone can say: so many moved, so many sustained 6, 12, 18 months by a cut-off date.

Some movers had not had their milestone's date by the cut-off, and the counts don't say how many. So
these functions give bounds and state what was assumed about when people moved; nothing is fitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pi_research.numerics import exact_binomial
from pi_research.survival import _checks as check
from pi_research.survival._due import (
    check_order,
    due,
    due_share,
    due_window,
    entry_counts,
    known_due,
    whole,
    written,
)
from pi_research.survival._words import read_only, shares
from pi_research.wording import Sentence, count, joined, sentence

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class SustainmentBounds:
    """Bounds of the share that sustained each of ``m`` milestones, among those due in the count.

    ``milestones`` (m,) months; ``reached`` (m,) recorded; ``eligible_low, eligible_high`` (m,) fewest and
    most movers who can have been due; ``bound_low = reached / eligible_high`` and ``bound_high = reached /
    eligible_low`` (m,); ``low_interval, high_interval`` (m, 2) Clopper-Pearson of each; ``possible`` (m,)
    False where more are recorded than the assumption lets be due (bounds missing). ``chance_interval`` (m,
    2): the share's exact interval where the day of each move is itself chance under the pattern, not set by
    it (missing where that can't be either). ``assumed`` (m,) words; ``published`` counts carry no
    small-number rule into sentences.
    """

    moved: int
    milestones: np.ndarray
    reached: np.ndarray
    eligible_low: np.ndarray
    eligible_high: np.ndarray
    bound_low: np.ndarray
    bound_high: np.ndarray
    low_interval: np.ndarray
    high_interval: np.ndarray
    chance_interval: np.ndarray
    possible: np.ndarray
    assumed: tuple[str, ...]
    cut_off: str
    counted_from: tuple[str, ...]
    level: float
    published: bool

    def summary(self) -> pd.DataFrame:
        """One row a milestone: counts, both bounds, the exact interval of each, and what was assumed."""
        import pandas as pd

        return pd.DataFrame({
            "milestone": self.milestones, "moved": self.moved, "reached": self.reached,
            "eligible_low": self.eligible_low, "eligible_high": self.eligible_high,
            "bound_low": self.bound_low, "bound_low_lower": self.low_interval[:, 0],
            "bound_low_upper": self.low_interval[:, 1], "bound_high": self.bound_high,
            "bound_high_lower": self.high_interval[:, 0], "bound_high_upper": self.high_interval[:, 1],
            "chance_lower": self.chance_interval[:, 0], "chance_upper": self.chance_interval[:, 1],
            "level": self.level, "assumed": self.assumed, "possible": self.possible})

    def sentence(self, milestone: int | None = None) -> Sentence:
        """One milestone in words, or all of them."""
        if milestone is None:
            return joined(*(self.sentence(int(m)) for m in self.milestones))
        if milestone not in self.milestones:
            raise ValueError(f"milestone: choose one of {', '.join(map(str, self.milestones))} months")
        j = int(np.flatnonzero(self.milestones == milestone)[0])
        reached, most, since = int(self.reached[j]), int(self.eligible_high[j]), self.counted_from[j]
        own = not self.published
        words = {
            "reached": count(reached, people=own), "moved": count(self.moved, people=own),
            "milestone": str(milestone), "by": f" by {self.cut_off}" if self.cut_off else "",
            "assumed": self.assumed[j], "most": count(most, people=own),
            "fewest": count(int(self.eligible_low[j]), people=own), "level": f"{100 * self.level:g}%",
            "also": f" or were due before counting began on {since}" if since else ""}
        head = "Recorded as sustaining {milestone} months{by}: {reached} of the {moved} who moved. "
        behind = (reached, max(most - reached, 0)) if own else ()
        by_chance = ""
        if np.isfinite(self.chance_interval[j, 0]):
            loose = shares(self.chance_interval[j], behind)
            words |= dict(zip(("loose_low", "loose_high"), loose, strict=True))
            by_chance = " If each move fell on its day by chance, it is {loose_low} to {loose_high}."
        if not self.possible[j]:
            return sentence(head + "{assumed}, at most {most} of them would have been due: the assumption "
                            "doesn't fit the counts, and gives no share." + by_chance, **words)
        if most == 0:
            return sentence(head + "{assumed}, none of them was due: nothing can be said yet.", **words)
        ends = (self.bound_low[j], self.bound_high[j], self.low_interval[j, 0], self.high_interval[j, 1])
        words |= dict(zip(("low", "high", "lower", "upper"), shares(ends, behind), strict=True))
        due = "is {most}" if most == self.eligible_low[j] else "lies between {fewest} and {most}"
        share, both = ("is {low}", "") if ends[0] == ends[1] else (
            "lies between {low} and {high}", " over both ends")
        caveat = (" Set against all {moved}, the recorded number is a lower bound: it leaves out people who "
                  "moved too late to be due{also}." if self.eligible_low[j] < self.moved else "")
        return sentence(head + "{assumed}, the number due in the count " + due + ", so the share that "
                        "sustained {milestone} months " + share + " ({level} interval" + both + " {lower} to "
                        "{upper}, exact binomial)." + by_chance + caveat, **words)


def sustainment_bounds(
    moved: int, sustained: Mapping[int, int], *, moves: str | pd.Series = "any", start: object = None,
    cut_off: object = None, counted_from: Mapping[int, object] | None = None,
    not_counted: Mapping[int, int] | None = None, published: bool = False, level: float = 0.95,
) -> SustainmentBounds:
    """Bound the share that sustained each milestone, from counts at one cut-off date.

    A mover is due for m months if the move lies between ``counted_from - m`` and ``cut_off - m``.
    The share is reached / due, and only ``reached`` is known: with nothing assumed, due lies between
    ``reached`` and ``moved``, so the share lies between ``reached / moved`` and 1.

    Parameters
    ----------
    moved : int
        People who moved by the cut-off.
    sustained : mapping of months to people
        Recorded by the same cut-off, e.g. ``{6: 60, 12: 51, 18: 32}``.
    moves : {"any", "even", "falling", "rising"} or pandas.Series
        When people moved: nothing assumed; spread by day from ``start`` to ``cut_off``, evenly or along a
        straight line to or from none; or known counts a period, indexed by periods or by text such as
        ``2020Q1`` or ``2020-04`` (a period that lies across an edge counts in the most, not in the fewest).
    start, cut_off : dates
        First and last day on which a move could be recorded.
    counted_from : mapping of months to dates, optional
        Where a milestone was counted only from a later date on, by the day it was reached.
    not_counted : mapping of months to people, optional
        Movers known to be outside the count (not yet due, or due before counting began): then
        the number due is known and ``moves`` doesn't matter for that milestone.
    published : bool
        True for figures already published: sentences carry no counts for the small-number rule.
    level : float

    Raises
    ------
    ValueError
        Counts that are not whole, exceed ``moved``, or rise with the milestone among the same
        people; dates missing or reversed for the pattern asked; periods that don't add up to ``moved``.

    Notes
    -----
    Not where dates of moves and endings are at hand: use ``kaplan_meier``. The exact interval speaks of
    chance among those due, whichever number in the range that was; it doesn't mend a wrong pattern.
    A milestone nobody reached has a share of 0 whoever was due. Interval: ``numerics.exact_binomial``.

    Examples
    --------
    >>> bounds = sustainment_bounds(73, {6: 60}, moves="even", start="2019-11-01", cut_off="2024-09-30")
    >>> bounds.eligible_low.tolist(), bounds.eligible_high.tolist(), bounds.bound_low.round(3).tolist()
    ([65], [66], [0.909])
    """
    check.level_of(level)
    total = whole(moved, "moved")
    if not sustained:
        raise ValueError("sustained: empty; give people by months, e.g. {6: 60, 12: 51}")
    months = sorted(whole(m, "milestone", least=1) for m in sustained)
    reached = {m: whole(sustained[m], f"sustained, {m} months") for m in months}
    windows = {m: due_window(m, cut_off, (counted_from or {}).get(m)) for m in months}
    check_order(total, reached, windows)
    spread = entry_counts(moves, total, start, cut_off)
    rows, assumed = [], []
    for m in months:
        outside = (not_counted or {}).get(m)
        low, high, words = due(spread, total, windows[m]) if outside is None else known_due(total, outside, m)
        share = due_share(spread, windows[m]) if isinstance(spread, tuple) and outside is None else np.nan
        rows.append(_bounds(m, reached[m], total, low, high, share, level))
        assumed.append(words)
    arrays = [np.array(column) for column in zip(*rows, strict=True)]
    read_only(*arrays)
    since = tuple(written((counted_from or {}).get(m)) for m in months)
    return SustainmentBounds(total, *arrays, tuple(assumed), written(cut_off), since, float(level), published)


def _bounds(months: int, reached: int, total: int, low: int, high: int, share: float, level: float) -> tuple:
    """One milestone's fields of ``SustainmentBounds``, in their order."""
    missing = (np.nan, np.nan)
    # Each mover is due and sustains with probability share times S: reached of all who moved are.
    chance = missing
    if share > 0:
        lowest, highest = (limit / share for limit in exact_binomial(reached, total, level))
        chance = (lowest, min(highest, 1.0)) if lowest <= 1 else missing
    if high < reached:
        return months, reached, low, high, *missing, missing, missing, chance, False
    # Those recorded were due; where nobody is, any number from one up gives a share of 0.
    low = min(max(low, reached, 1), high)
    ends = (reached / high, reached / low) if high else missing
    return (months, reached, low, high, *ends, exact_binomial(reached, high, level),
            exact_binomial(reached, low, level), chance, True)
