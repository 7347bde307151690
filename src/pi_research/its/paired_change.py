"""Change of a score between two occasions, with what is missing and what that could mean."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pi_research.wording import Sentence, count, joined, number, sentence

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class PairedChange:
    """Mean change of people with both scores, and the range that the missing ones allow.

    Attributes
    ----------
    outcome : str
    both, only_before, only_after, neither : int
        People by what is known of them.
    up, same, down : int
        People with both, by the direction of their change.
    mean_before, mean_after, change, lower, upper : float
        Of people with both; Student's interval of the mean change; NaN where nobody has both, or one.
    worst, best : float
        Mean change of everybody if each missing score were the one at the end of the scale against or for it;
        NaN where nobody has both.
    tipping : float
        Mean change of people without both that would bring the mean of everybody to 0.
    scale : (float, float)
        Lowest and highest score.
    level : float
    """

    outcome: str
    both: int
    only_before: int
    only_after: int
    neither: int
    up: int
    same: int
    down: int
    mean_before: float
    mean_after: float
    change: float
    lower: float
    upper: float
    worst: float
    best: float
    tipping: float
    scale: tuple[float, float]
    level: float

    @property
    def n(self) -> int:
        """Everybody."""
        return self.both + self.only_before + self.only_after + self.neither

    def summary(self) -> pd.DataFrame:
        """One row."""
        import pandas as pd

        names = [name for name in self.__dataclass_fields__ if name not in ("scale", "level")]
        return pd.DataFrame([{name: getattr(self, name) for name in names} | {"n": self.n}])

    def sentence(self) -> Sentence:
        """Who has both scores, how much they changed, and what the missing ones allow."""
        who = sentence(
            "{outcome}: {both} of {n} people have a score on both occasions, {a} only the first, {b} only the second, "
            "{c} neither.",
            outcome=self.outcome,
            both=count(self.both),
            n=count(self.n),
            a=count(self.only_before),
            b=count(self.only_after),
            c=count(self.neither),
        )
        if not self.both:
            return joined(who, sentence("Nothing can be said about change."))
        behind = (self.both,)

        def points(value: float, style: str = "signed") -> object:
            return number(value, digits=1, style=style, behind=behind)

        turned = sentence(
            "{up} of the {both} went up, {down} down and {same} stayed the same.",
            up=count(self.up),
            both=count(self.both),
            down=count(self.down),
            same=count(self.same),
        )
        if math.isnan(self.lower):
            return joined(who, turned)
        verdict = "a rise" if self.lower > 0 else "a fall" if self.upper < 0 else "which includes no change"
        mean = sentence(
            "Their mean went from {before} to {after} on a scale of {low} to {high}: a change of {change} points ({level} "
            "interval {lower} to {upper}, {verdict}; paired, Student's t).",
            before=points(self.mean_before, "decimal"),
            after=points(self.mean_after, "decimal"),
            low=f"{self.scale[0]:g}",
            high=f"{self.scale[1]:g}",
            change=points(self.change),
            level=f"{100 * self.level:g}%",
            lower=points(self.lower),
            upper=points(self.upper),
            verdict=verdict,
        )
        if self.both == self.n:
            return joined(who, mean, turned)
        missing = (self.both, self.n - self.both)
        far = sentence(
            "The missing scores leave everything between {worst} and {best} points open for everybody; the mean of all "
            "would be nought if those without both had changed by {tip} points.",
            **{
                k: number(v, digits=1, style="signed", behind=missing)
                for k, v in {"worst": self.worst, "best": self.best, "tip": self.tipping}.items()
            },
        )
        return joined(who, mean, turned, far)


def paired_change(
    before: ArrayLike,
    after: ArrayLike,
    *,
    scale: tuple[float, float],
    outcome: str = "Score",
    level: float = 0.95,
) -> PairedChange:
    """Mean within-person change, with the pattern of what is missing and its bounds (Manski).

    Parameters
    ----------
    before, after : arrays (n,)
        NaN where not known.
    scale : (float, float)
        Lowest and highest score that can be given.

    Raises
    ------
    ValueError
        For arrays of different length, nobody at all, a scale out of order and scores outside it.

    Notes
    -----
    Not an effect: nobody serves as a comparison, and whoever is rated again may be those who did well. The
    bounds assume nothing; they are wide where much is missing, and that is the answer.

    Examples
    --------
    >>> made = paired_change([4, 5, 6, float("nan")], [5, 7, 6, 8], scale=(1, 10))
    >>> made.both, made.change, made.only_after
    (3, 1.0, 1)
    >>> round(made.worst, 2), round(made.best, 2)
    (0.25, 2.5)
    """
    from scipy.special import stdtrit

    one, other = np.asarray(before, float), np.asarray(after, float)
    low, high = map(float, scale)
    if one.ndim != 1 or one.shape != other.shape or not one.size:
        raise ValueError("before and after must have one value a person, for at least one person")
    if not low < high:
        raise ValueError("scale: give the lowest score first, then the highest")
    known = np.concatenate([one, other])
    known = known[~np.isnan(known)]
    if (known < low).any() or (known > high).any() or not 0 < level < 1:
        raise ValueError(f"scores must lie between {low:g} and {high:g}, and level between 0 and 1")
    has, then = ~np.isnan(one), ~np.isnan(other)
    gap = (other - one)[has & then]
    k = gap.size
    mean = gap.mean() if k else np.nan
    half = stdtrit(k - 1, (1 + level) / 2) * gap.std(ddof=1) / np.sqrt(k) if k > 1 else np.nan
    ends = [
        float((np.where(then, other, a) - np.where(has, one, b)).mean())
        for a, b in ((low, high), (high, low))
    ]
    ends = ends if k else [np.nan, np.nan]
    return PairedChange(
        outcome,
        k,
        int((has & ~then).sum()),
        int((~has & then).sum()),
        int((~has & ~then).sum()),
        int((gap > 0).sum()),
        int((gap == 0).sum()),
        int((gap < 0).sum()),
        *((float(s[has & then].mean()) if k else np.nan) for s in (one, other)),
        float(mean),
        float(mean - half),
        float(mean + half),
        *ends,
        float(-gap.sum() / (one.size - k)) if 0 < k < one.size else np.nan,
        (low, high),
        level,
    )
