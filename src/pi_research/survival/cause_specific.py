"""What acts on the rate of each cause: a Cox model a cause, the others censored."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pi_research.survival import _checks as check
from pi_research.survival._cox_data import covariate_table
from pi_research.survival._cox_result import Cox
from pi_research.survival.cox_regression import cox
from pi_research.wording import Sentence

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class CauseSpecificCox:
    """``fits`` (m,): a ``Cox`` for each of ``causes``."""

    causes: tuple
    fits: tuple[Cox, ...]

    def fit(self, cause: Hashable) -> Cox:
        """The fit of one cause."""
        if cause not in self.causes:
            raise ValueError(f"cause: no fit of {cause!r}; choose one of {', '.join(map(str, self.causes))}")
        return self.fits[self.causes.index(cause)]

    def summary(self) -> pd.DataFrame:
        """One row a cause and covariate, as ``Cox.summary``."""
        import pandas as pd

        parts = [fit.summary().assign(cause=cause) for cause, fit in zip(self.causes, self.fits, strict=True)]
        table = pd.concat(parts, ignore_index=True)
        return table[["cause", *table.columns.drop("cause")]]

    def sentence(self, cause: Hashable, covariate: str, *, contrast: str = "", event: str = "ending",
                 who: str = "tenancies") -> Sentence:
        """One hazard ratio of one cause in words, as ``Cox.sentence``."""
        return self.fit(cause).sentence(covariate, contrast=contrast, who=who,
                                        event=f"{event} for “{cause}”")

    def incidence(self, covariates: object, times: ArrayLike) -> pd.DataFrame:
        """Cumulative incidence of each cause that all fits together predict: row, time, cause, incidence.

        Between event times hazards are taken as constant rates over each jump, as R's multi-state
        ``survfit`` does, so that the shares of all causes and of none add up to 1. Missing beyond follow-up;
        the causes fitted must be all there are, and unstratified.
        """
        import pandas as pd

        asked = check.asked_times(times)
        names, x = covariate_table(covariates)
        if names != self.fits[0].covariates or any(fit.data.strata is not None for fit in self.fits):
            raise ValueError(f"covariates: give the columns {', '.join(self.fits[0].covariates)}, in this "
                             "order, of an unstratified fit")
        bases = [fit.baseline() for fit in self.fits]
        when = np.unique(np.concatenate([b.time for b in bases]))
        jumps = np.stack([np.diff(np.append(0, b.cumulative_hazard)[np.searchsorted(b.time, when, "right")],
                                  prepend=0) for b in bases])
        ratio = np.exp(np.stack([x @ fit.coefficients for fit in self.fits]))
        jumps = jumps[:, None, :] * ratio[:, :, None]
        total = jumps.sum(axis=0)
        before = np.exp(-(total.cumsum(axis=1) - total))
        share = np.divide(-np.expm1(-total), total, out=np.ones_like(total), where=total > 0) * before
        steps = np.concatenate([np.zeros((*jumps.shape[:2], 1)), (jumps * share).cumsum(axis=2)], axis=2)
        found = steps[:, :, np.searchsorted(when, asked, "right")]
        found = np.where(asked > max(float(fit.data.time.max()) for fit in self.fits), np.nan, found)
        names = ["cause", "row", "time"]
        index = pd.MultiIndex.from_product([self.causes, range(len(x)), asked], names=names)
        table = pd.Series(found.ravel(), index, name="incidence").reset_index()
        return table[["row", "time", "cause", "incidence"]]


def cause_specific_cox(
    time: ArrayLike, cause: ArrayLike, covariates: object, *, causes: Sequence | None = None,
    **options: object,
) -> CauseSpecificCox:
    """Estimate hazard ratios of each cause's own rate, among those still without any.

    Parameters
    ----------
    time, cause : as in ``cumulative_incidence``
    covariates, options : as in ``cox`` (entry, ties, strata, weights, cluster, firth, interval, level)
    causes : sequence, optional
        Only these, in this order; the others are censored all the same.

    Raises
    ------
    ValueError
        As ``cox``, naming the cause; a cause that nobody had.

    Notes
    -----
    When NOT to use it: to read one cause's ratio as a difference in the share that ends so: what lowers
    deaths leaves more people to be readmitted. Give both, and ``fine_gray`` or ``incidence`` beside them.
    Prentice et al., Biometrics 34 (1978) 541-554.

    >>> fits = cause_specific_cox([1, 2, 3, 4, 5, 6, 7], [1, 2, 1, 0, 2, 1, 2], [3, 1, 4, 1, 5, 9, 2])
    >>> fits.causes, [fit.n_events for fit in fits.fits]
    ((1, 2), [3, 3])
    """
    left, _ = check.durations(time, options.get("entry"))
    codes, labels = check.causes(cause, left.size, None)
    wanted = labels if causes is None else tuple(causes)
    missing = [str(c) for c in wanted if c not in labels]
    if missing or not wanted:
        raise ValueError(f"cause: nobody had {', '.join(missing) or 'any'}, so no hazard ratio can be "
                         "estimated")
    fits = []
    for label in wanted:
        try:
            fits.append(cox(time, codes == labels.index(label) + 1, covariates, **options))
        except ValueError as wrong:
            raise ValueError(f"cause {label!r}: {wrong}") from None
    return CauseSpecificCox(wanted, tuple(fits))
