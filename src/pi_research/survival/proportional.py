"""Do the hazards stay in proportion? The score test of each covariate against a coefficient that drifts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pi_research.survival import _checks as check
from pi_research.survival._cox_data import engine_fit
from pi_research.survival._cox_result import Cox
from pi_research.survival._words import p_words, read_only
from pi_research.wording import Sentence, count, number, sentence

if TYPE_CHECKING:
    import pandas as pd

TRANSFORMS = ("km", "identity", "rank", "log")

SCALES = {"km": "time by the Kaplan-Meier curve", "identity": "time as it is", "rank": "time by rank", "log": "log time"}


@dataclass(frozen=True, slots=True, eq=False)
class ProportionalHazardsTest:
    """Chi-squared ``statistic``, ``df`` and ``p_value`` (p + 1,) of each covariate and of all together.

    ``terms`` are their names, the last ``"GLOBAL"``; ``transform`` the function of time.
    """

    terms: tuple[str, ...]
    statistic: np.ndarray
    df: np.ndarray
    p_value: np.ndarray
    transform: str
    n: int
    n_events: int

    def summary(self) -> pd.DataFrame:
        """One row a term: term, statistic, df, p_value, transform, n, events."""
        import pandas as pd

        return pd.DataFrame({"term": self.terms, "statistic": self.statistic, "df": self.df,
                             "p_value": self.p_value, "transform": SCALES[self.transform], "n": self.n,
                             "events": self.n_events})

    def sentence(self, *, threshold: float = 0.05) -> Sentence:
        """What the test shows of all covariates together, naming those below ``threshold``."""
        low = [name for name, p in zip(self.terms[:-1], self.p_value[:-1], strict=True) if p < threshold]
        clear = self.p_value[-1] < threshold or bool(low)
        words = {"n": count(self.n), "events": count(self.n_events), "df": f"{int(self.df[-1])}",
                 "chi": number(self.statistic[-1], digits=2), "p": p_words(self.p_value[-1]),
                 "transform": SCALES[self.transform], "low": f"; by itself: {', '.join(low)}" if low else ""}
        head = ("The hazard ratios change over time, so one number is an average over follow-up" if clear else
                "The data show no clear change of the hazard ratios over time, which with few events "
                "says little")
        return sentence(head + " (score test of proportional hazards, all covariates, {transform}: "
                        "chi-squared {chi} on {df} df, p {p}{low}; n = {n}, {events} events).", **words)


def proportional_hazards_test(fit: Cox, transform: str = "km") -> ProportionalHazardsTest:
    """Test each covariate's hazard ratio for a trend in time, as R's ``cox.zph`` from survival 3.0 on.

    The score test of adding ``x g(t)`` to the model: no refit, no approximation by residuals.

    Parameters
    ----------
    fit : Cox
        With Efron or Breslow ties; a robust or penalised fit is tested at its coefficients.
    transform : {"km", "identity", "rank", "log"}
        g(t): 1 - Kaplan-Meier, time, its rank, its logarithm.

    Raises
    ------
    ValueError
        For exact ties, an unknown transform, an event at time 0 with ``"log"``, or one event time only.

    Notes
    -----
    When NOT to use it: to prove that hazards are proportional; with a dozen events it sees only the
    grossest change. Grambsch and Therneau, Biometrika 81 (1994) 515-526.

    >>> from pi_research.survival import cox
    >>> fit = cox([1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 1, 1], [1, 0, 1, 0, 0, 1])
    >>> proportional_hazards_test(fit, "identity").terms
    ('x1', 'GLOBAL')
    """
    import survival

    check.one_of(transform, "transform", TRANSFORMS)
    if fit.ties == "exact":
        raise ValueError("fit: the test is not defined for exact ties; fit with ties='efron'")
    when = np.unique(fit.data.time[fit.data.event])
    if when.size == 1:
        raise ValueError("fit: all events are at one time, so no change over time can be seen")
    if transform == "log" and when[0] == 0:
        raise ValueError("transform: an event at time 0 has no logarithm; use 'km' or 'identity'")
    table = survival.cox_zph(engine_fit(fit.data, fit.ties, fit.coefficients), transform=transform).table
    made = tuple(np.array([row[name] for row in table], float) for name in ("chisq", "df", "p"))
    read_only(*made)
    return ProportionalHazardsTest((*fit.covariates, "GLOBAL"), *made, transform, fit.n, fit.n_events)
