"""Before, during and after, each person their own control: rate ratios of repeated events and of days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pi_research.its import _within
from pi_research.its._exact_ratio import exact_rate_ratio
from pi_research.its._within_words import factor_sentence, rate_sentence

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.wording import Sentence

__all__ = ["WithinPersonRates", "within_person_rates"]


@dataclass(frozen=True, eq=False)
class WithinPersonRates:
    """Rates of ``k`` periods beside the first, the baseline, and ``q`` factors of covariates.

    Attributes
    ----------
    outcome : str
    periods : tuple of str (k,)
        The baseline first.
    events, exposure, people : arrays (k,)
        Of everybody with time in the period; exposure in years.
    with_events : array (k,)
        People with an event in the period or the baseline, and time in both: whom the ratio rests on.
    ratio, lower, upper : arrays (k,)
        Rate ratio to the baseline, which is 1; NaN where it cannot be estimated.
    std_error, df : arrays (k,)
        Of the log ratio (CR2), and Satterthwaite degrees of freedom.
    exact : array of bool (k,)
        Whether ratio and limits are exact conditional ones.
    factors : mapping of str to (factor, lower, upper)
        What each unit of a covariate multiplies the rate by.
    dispersion : float
        Pearson's, given each person's total: 1 if events were Poisson, for days far more.
    n : int
        People.
    level : float
    kind : str
        ``events`` or ``days``.
    """

    outcome: str
    periods: tuple[str, ...]
    events: np.ndarray
    exposure: np.ndarray
    people: np.ndarray
    with_events: np.ndarray
    ratio: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    std_error: np.ndarray
    df: np.ndarray
    exact: np.ndarray
    factors: Mapping[str, tuple[float, float, float]]
    dispersion: float
    n: int
    level: float
    kind: str

    @property
    def rate(self) -> np.ndarray:
        """Events a person-year in each period (k,), all people together."""
        return self.events / self.exposure

    def place(self, period: str) -> int:
        """Position of a period.

        Raises
        ------
        ValueError
            Where there is no such period.
        """
        if period not in self.periods:
            raise ValueError(f"period {period!r}: choose one of {', '.join(self.periods)}")
        return self.periods.index(period)

    def method(self, period: str) -> str:
        """The method behind a period's ratio, in the field's term."""
        if self.exact[self.place(period)]:
            return "exact conditional interval, median-unbiased ratio"
        model = "conditional Poisson" if self.kind == "events" else "conditional quasi-Poisson"
        return f"{model}, CR2 errors by person"

    def summary(self) -> pd.DataFrame:
        """One row a period: counts, person-years, rate, and the ratio to the baseline with its limits."""
        import pandas as pd

        methods = ["", *(self.method(p) for p in self.periods[1:])]
        return pd.DataFrame(
            {
                "period": self.periods,
                "people": self.people,
                "events": self.events,
                "person_years": self.exposure,
                "rate": self.rate,
                "with_events": self.with_events,
                "ratio": self.ratio,
                "lower": self.lower,
                "upper": self.upper,
                "df": self.df,
                "method": methods,
            }
        )

    def sentence(self, period: str) -> Sentence:
        """The rate in a period beside the baseline, in plain English."""
        return rate_sentence(self, period)

    def factor_sentence(self, covariate: str, words: str) -> Sentence:
        """What a covariate, called ``words``, multiplies the rate by."""
        return factor_sentence(self, covariate, words)


def within_person_rates(
    events: ArrayLike,
    exposure: ArrayLike,
    person: ArrayLike,
    period: ArrayLike,
    *,
    periods: Sequence[str],
    outcome: str = "events",
    kind: str = "events",
    covariates: Mapping[str, ArrayLike] | None = None,
    few: int = 10,
    level: float = 0.95,
) -> WithinPersonRates:
    """Rate ratios between periods of the same people (self-controlled).

    Each person's total is conditioned on, so that whatever stays the same in a person cancels: equal to
    Poisson regression with a factor for each person. The estimate needs only that the mean is right; errors
    are cluster-robust by person (CR2, t with Satterthwaite degrees of freedom). Below ``few`` events in a
    period or the baseline the pair is compared exactly (:func:`exact_rate_ratio`).

    Parameters
    ----------
    events : array (m,)
        Counts in each row, or days; a person and period may have several rows.
    exposure : array (m,)
        Years at risk in each row; rows of 0 tell nothing and are left out.
    person, period : arrays (m,)
    periods : sequence of str
        Which periods, the baseline first; rows of other periods are not used (that is how a window around
        a crisis is dropped, naming it models it as a period of its own).
    outcome : str
        As sentences name it.
    kind : {"events", "days"}
        Days in hospital come in stretches: nothing exact is to be had for them.
    covariates : mapping of str to array (m,), optional
        What else changes the rate within a person. With each person their own control, growing a year older
        and a calendar year passing are one and the same: give one of them.
    few, level :
        See above.

    Raises
    ------
    ValueError
        For arrays of different length, missing or negative numbers, fractional counts, events where there is
        no time at risk, fewer than two periods, one without any time, nobody with time in the baseline and
        another period, no event at all, and covariates that do not vary within people or are collinear.

    Notes
    -----
    Not where the event decides when the exposure comes (a move put off by an admission), nor where it ends
    follow-up: look at the months before the move, and at the result without those who died. Whitaker and
    others, Statistics in Medicine 25 (2006) 1768-1797; Wooldridge, Journal of Econometrics 90 (1999) 77-97,
    for what is needed of the mean only; Pustejovsky and Tipton 2018 for the errors.
    """
    rows = _within.rows_of(events, exposure, person, period, tuple(periods), covariates or {}, kind, level)
    counts = _within.counts_of(rows)
    fit = _within.fit(rows)
    ratio, lower, upper, se, df, done = _within.ratios(rows, fit, level)
    exact = np.zeros(len(rows.periods), bool)
    if kind == "events" and not rows.covariates:
        for k in range(1, len(rows.periods)):
            if min(counts["events"][k], counts["events"][0]) < few:
                ratio[k], lower[k], upper[k] = exact_rate_ratio(*_within.pairs(rows, k), level=level)
                exact[k] = True
    return WithinPersonRates(
        outcome,
        rows.periods,
        counts["events"],
        counts["exposure"],
        counts["people"],
        counts["with_events"],
        ratio,
        lower,
        upper,
        se,
        df,
        exact,
        done,
        fit.dispersion,
        rows.n,
        level,
        kind,
    )
