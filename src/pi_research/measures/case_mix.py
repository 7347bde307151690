"""Observed against expected by area: indirect standardisation for who was there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pi_research.numerics import exact_poisson
from pi_research.wording import Sentence, count, joined, number, sentence

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class CaseMix:
    """Events seen in k areas, and those that a model over all areas expects of their people.

    ``names`` (k,) in alphabetical order; ``people``, ``observed``, ``expected`` (k,); ``ratio`` (k,) observed
    over expected, with exact ``lower`` and ``upper`` at ``level``; ``outside`` (k,) is 1 where the interval
    lies above 1, -1 below, 0 where it holds 1.
    """

    names: tuple[str, ...]
    people: np.ndarray
    observed: np.ndarray
    expected: np.ndarray
    ratio: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    level: float

    @property
    def outside(self) -> np.ndarray:
        """Areas whose interval leaves 1 out, and on which side."""
        return (self.lower > 1).astype(int) - (self.upper < 1)

    def summary(self) -> pd.DataFrame:
        """One row an area: name, people, observed, rest (people without the event), expected, ratio, limits."""
        import pandas as pd

        return pd.DataFrame(
            {
                "name": self.names,
                "people": self.people,
                "observed": self.observed,
                "rest": self.people - self.observed,
                "expected": self.expected,
                "ratio": self.ratio,
                "lower": self.lower,
                "upper": self.upper,
                "outside": self.outside,
            }
        )

    def sentence(self, event: str = "events", who: str = "areas", people: str = "people") -> Sentence:
        """How many areas differ from what their people let expect, which, and how many would by chance."""
        out, k = self.outside, len(self.names)
        made = [
            sentence(
                "Among {n} {people} there were {events} {event}. In {some} of {k} {who} their number differs from what a "
                "model over all expects of the people there ({level} exact interval of observed over expected leaves 1 "
                "out); by chance alone about {chance} of {k} would.",
                n=count(int(self.people.sum())),
                people=people,
                events=count(int(self.observed.sum())),
                event=event,
                some=count(int((out != 0).sum()), people=False),
                k=count(k, people=False),
                who=who,
                level=f"{100 * self.level:g}%",
                chance=number(k * (1 - self.level), digits=1),
            )
        ]
        for j in np.flatnonzero(out):
            behind = (int(self.observed[j]), int(self.people[j] - self.observed[j]))
            figures = {"ratio": self.ratio[j], "low": self.lower[j], "high": self.upper[j]}
            made.append(
                sentence(
                    "{name}: {seen} {event} where {expected} were expected, {ratio} times as many ({low} to {high}).",
                    name=self.names[j],
                    event=event,
                    seen=count(behind[0]),
                    expected=number(self.expected[j], digits=1, behind=behind),
                    **{key: number(v, digits=2, behind=behind) for key, v in figures.items()},
                )
            )
        return joined(*made)


def observed_to_expected(
    event: ArrayLike, expected: ArrayLike, area: ArrayLike, *, level: float = 0.95
) -> CaseMix:
    """Add up events and expected events by area, with the exact interval of their ratio.

    Parameters
    ----------
    event : (n,)
        Whether each person had the event, 0 or 1.
    expected : (n,)
        How many events a model over all people expects of each, from their characteristics and, for a time to
        event, from how long they were followed (cumulative hazard): 0 or more.
    area : (n,) labels

    Raises
    ------
    ValueError
        For arrays of unlike length, missing values, events other than 0 and 1, one area only, or an area of
        whose people nothing is expected.

    Notes
    -----
    The interval takes ``expected`` as known (Garwood's interval of the count, divided by it). Since the model is
    made from the same people, an area is compared with a whole of which it is part, so that the interval is too
    wide rather than too narrow. Not for ranking areas, nor for comparing two of them with each other: each is
    standardised to its own people. Breslow and Day, Statistical Methods in Cancer Research II (IARC 1987), ch. 2.

    Examples
    --------
    >>> made = observed_to_expected([1, 1, 0, 0], [0.5, 0.5, 0.5, 0.5], ["A", "A", "B", "B"])
    >>> made.ratio.tolist(), round(float(made.upper[1]), 3)
    ([2.0, 0.0], 3.689)
    """
    seen, likely = np.asarray(event, float), np.asarray(expected, float)
    labels, missing = (
        np.asarray(area, object),
        np.frompyfunc(lambda v: v is None or isinstance(v, float), 1, 1),
    )
    if not seen.ndim == likely.ndim == labels.ndim == 1 or not seen.size == likely.size == labels.size:
        raise ValueError("event, expected and area must have one value a person")
    if not np.isin(seen, (0, 1)).all():
        raise ValueError("event must be 0 or 1 for every person, none missing")
    if not (np.isfinite(likely) & (likely >= 0)).all():
        raise ValueError("expected must be a number of 0 or more for every person")
    if missing(labels).any():
        raise ValueError("area is missing for some people: give it, or set them aside and say so")
    names, place = np.unique(labels.astype(str), return_inverse=True)
    if len(names) < 2:
        raise ValueError(f"area: {len(names)} area, and nothing to compare it with; two or more are needed")
    n, x, e = (np.bincount(place, weights=w) for w in (np.ones(seen.size), seen, likely))
    if (e <= 0).any():
        raise ValueError(
            f"expected: nothing is expected of the people of {names[e <= 0][0]}; leave the area out"
        )
    low, high = exact_poisson(x, e, level)
    return CaseMix(tuple(map(str, names)), n.astype(int), x.astype(int), e, x / e, low, high, level)
