"""What goes with a larger or smaller share ending for one cause: Fine and Gray's model."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pi_research.survival import _checks as check
from pi_research.survival._cox_data import cox_data, covariate_table
from pi_research.survival._cox_result import FEW_EVENTS, counts_behind, ratio_number
from pi_research.survival._subdistribution import by_crr, by_finegray
from pi_research.survival._words import read_only
from pi_research.survival.cox_regression import wald
from pi_research.wording import Sentence, count, number, sentence

if TYPE_CHECKING:
    import pandas as pd

METHODS = ("crr", "finegray")


@dataclass(frozen=True, slots=True, eq=False)
class FineGray:
    """Subdistribution hazard model of one ``cause`` with ``p`` covariates.

    ``coefficients, std_error, lower, upper, p_value`` (p,) and ``covariance`` (p, p) of log subdistribution
    hazard ratios; ``baseline_time, baseline_hazard`` (k,): its cumulative form where every covariate is 0.
    ``n`` people, ``n_events`` of this cause, ``n_competing`` of the others; ``behind`` (p,) pairs: events
    with and without a 0/1 covariate, of another people with and without the event. ``method`` names whose
    weights and error: R's ``cmprsk::crr`` or ``survival::finegray`` with ``coxph``.
    """

    cause: Hashable
    covariates: tuple[str, ...]
    coefficients: np.ndarray
    std_error: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    p_value: np.ndarray
    covariance: np.ndarray
    baseline_time: np.ndarray
    baseline_hazard: np.ndarray
    n: int
    n_events: int
    n_competing: int
    behind: tuple[tuple[int, int], ...]
    method: str
    level: float

    def summary(self) -> pd.DataFrame:
        """One row a covariate: coefficient, std_error, hazard_ratio with limits, p_value, counts, method."""
        import pandas as pd

        return pd.DataFrame({
            "cause": self.cause, "covariate": self.covariates, "coefficient": self.coefficients,
            "std_error": self.std_error, "hazard_ratio": np.exp(self.coefficients),
            "lower": np.exp(self.lower), "upper": np.exp(self.upper), "p_value": self.p_value, "n": self.n,
            "events": self.n_events, "competing": self.n_competing, "level": self.level,
            "method": self.method})

    def incidence(self, covariates: object, times: ArrayLike) -> pd.DataFrame:
        """Predicted cumulative incidence: row, time, incidence; missing beyond the last event's time.

        ``covariates`` has the columns of the fit, a row for each person to predict.
        """
        import pandas as pd

        asked = check.asked_times(times)
        names, x = covariate_table(covariates)
        if names != self.covariates:
            raise ValueError(f"covariates: give the columns {', '.join(self.covariates)}, in this order")
        hazard = np.append(0.0, self.baseline_hazard)[np.searchsorted(self.baseline_time, asked, "right")]
        hazard = np.where(asked > self.baseline_time[-1], np.nan, hazard)
        share = -np.expm1(-np.exp(x @ self.coefficients)[:, None] * hazard)
        return pd.DataFrame({"row": np.repeat(np.arange(len(x)), asked.size),
                             "time": np.tile(asked, len(x)), "incidence": share.ravel()})

    def sentence(self, covariate: str, *, contrast: str = "", who: str = "tenancies",
                 event: str = "ended") -> Sentence:
        """Whether the share ending for this cause is larger or smaller, with the ratio in brackets."""
        if covariate not in self.covariates:
            raise ValueError(f"covariate: {covariate!r} is not in this fit; choose one of "
                             f"{', '.join(self.covariates)}")
        j = self.covariates.index(covariate)
        ratio, low, high = (ratio_number(float(np.exp(v[j])), self.behind[j])
                            for v in (self.coefficients, self.lower, self.upper))
        way = "a larger" if low.value > 1 else "a smaller" if high.value < 1 else "no clear difference in the"
        others = [name for name in self.covariates if name != covariate]
        each = self.n_events / len(self.covariates)
        return sentence(
            "{contrast} went with {way} share of {who} that had {event} for “{cause}” (subdistribution "
            "hazard ratio {ratio}, {level} interval {low} to {high}{given}; Fine-Gray as {method}, robust "
            "error, the other reasons competing; n = {n}, {events} events, {competing} of other reasons, "
            "{each} events per covariate{few}).",
            contrast=contrast or f"A higher value of {covariate}", way=way, who=who, event=event,
            cause=str(self.cause), ratio=ratio, low=low, high=high, level=f"{100 * self.level:g}%",
            given=f"; given {', '.join(others)}" if others else "", method=self.method, n=count(self.n),
            events=count(self.n_events), competing=count(self.n_competing), each=number(each, digits=1),
            few=": few, so take it with care" if each < FEW_EVENTS else "")


def fine_gray(
    time: ArrayLike, cause: ArrayLike, covariates: object, *, of: Hashable, method: str = "crr",
    level: float = 0.95, causes: Sequence | None = None,
) -> FineGray:
    """Estimate subdistribution hazard ratios of one cause, the others competing.

    Those who ended for another cause stay in the risk set with weight G(t-)/G(T-), G the share not yet
    censored: a ratio above 1 means a larger cumulative incidence at all times.

    Parameters
    ----------
    time, cause, causes : as in ``cumulative_incidence``, without delayed entry
    covariates : as in ``cox``
    of : label
        The cause.
    method : {"crr", "finegray"}
        ``crr``: Fine and Gray's own estimator and error, which counts in that G is estimated; Breslow ties.
        ``finegray``: as R's ``finegray()`` and ``coxph``: Efron ties, robust error with G taken as known.
        They differ from about the fourth digit.
    level : float

    Raises
    ------
    ValueError
        As ``cox`` and ``cumulative_incidence``; a cause that nobody had.

    Notes
    -----
    When NOT to use it: to say what acts on the rate of this cause (``cause_specific_cox``): a covariate that
    only raises deaths lowers the share readmitted. Predictions of several causes need not add up below 1.
    Fine and Gray, JASA 94 (1999) 496-509.

    >>> fit = fine_gray([1, 2, 3, 4, 5, 6], [1, 2, 1, 0, 1, 2], [3, 1, 4, 1, 5, 9], of=1)
    >>> fit.n_events, fit.n_competing, fit.coefficients.round(4).tolist()
    (3, 2, [-0.0527])
    """
    check.one_of(method, "method", METHODS)
    check.level_of(level)
    left, _ = check.durations(time, None)
    codes, labels = check.causes(cause, left.size, causes)
    if of not in labels:
        raise ValueError(f"of: {of!r} is not among the causes; choose one of {', '.join(map(str, labels))}")
    own = labels.index(of) + 1
    data = cox_data(left, codes == own, covariates, None, None, None, None)
    if data.event.sum() <= data.x.shape[1]:
        raise ValueError(f"covariates: {data.x.shape[1]} of them and {data.event.sum()} events of this "
                         "cause; a robust error needs more events than covariates: leave some out")
    beta, covariance, when, hazard = (by_crr if method == "crr" else by_finegray)(data, codes)
    error = np.sqrt(np.diag(covariance))
    made = (beta, error, *wald(beta, error, level), covariance, when, hazard)
    read_only(*made)
    behind = tuple(counts_behind(column, data.event) for column in data.x.T)
    return FineGray(of, data.names, *made, left.size, int(data.event.sum()),
                    int(((codes > 0) & ~data.event).sum()), behind, method, float(level))
