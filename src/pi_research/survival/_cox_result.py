"""What a Cox regression found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pi_research.survival import _checks as check
from pi_research.survival._cox_data import CoxData, covariate_table, engine_fit
from pi_research.survival._words import people
from pi_research.wording import Number, Sentence, count, number, sentence

if TYPE_CHECKING:
    import pandas as pd

FEW_CLUSTERS = 30
FEW_EVENTS = 10  # a covariate


@dataclass(frozen=True, slots=True, eq=False)
class Cox:
    """A fitted Cox model of ``p`` covariates.

    ``coefficients, std_error, lower, upper, p_value`` (p,) and ``covariance`` (p, p) are of log hazard
    ratios, in the order of ``covariates``; ``loglik`` (2,) with all coefficients 0 and at the estimate
    (penalised with ``firth``). ``n`` rows, ``n_events`` and ``n_clusters`` (0: none given; ``error`` is
    then ``"model"``, else ``"robust"`` or ``"jackknife"``). ``interval`` is ``"wald"`` or ``"profile"``; the
    p-value tests the same way. ``data`` are the rows themselves, for baseline and proportional hazards.
    """

    covariates: tuple[str, ...]
    coefficients: np.ndarray
    std_error: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    p_value: np.ndarray
    covariance: np.ndarray
    loglik: np.ndarray
    n: int
    n_events: int
    n_clusters: int
    ties: str
    firth: bool
    error: str
    interval: str
    level: float
    data: CoxData = field(repr=False)

    @property
    def hazard_ratio(self) -> np.ndarray:
        """Hazard ratios (p,), one a unit of each covariate."""
        return np.exp(self.coefficients)

    @property
    def events_per_covariate(self) -> float:
        """Events over covariates; with fewer than 10 estimates and intervals can be far off."""
        return self.n_events / len(self.covariates)

    @property
    def method(self) -> str:
        """The model in words."""
        kind = "Firth-penalised Cox regression" if self.firth else "Cox regression"
        parts = [kind, f"{self.ties.capitalize()} ties", f"{self.interval.replace('wald', 'Wald')} interval"]
        if self.data.strata is not None:
            parts.append(f"{len(self.data.stratum_labels)} strata")
        if self.error != "model":
            parts.append(f"{self.error} error")
        return ", ".join(parts)

    def likelihood_ratio(self) -> tuple[float, int, float]:
        """Chi-squared, degrees of freedom, p-value of all coefficients 0; takes rows as independent."""
        from scipy.stats import chi2

        statistic = 2 * float(self.loglik[1] - self.loglik[0])
        return statistic, len(self.covariates), float(chi2.sf(statistic, len(self.covariates)))

    def summary(self) -> pd.DataFrame:
        """One row a covariate: coefficient, std_error, hazard_ratio with limits, p_value, counts, method."""
        import pandas as pd

        return pd.DataFrame({
            "covariate": self.covariates, "coefficient": self.coefficients, "std_error": self.std_error,
            "hazard_ratio": self.hazard_ratio, "lower": np.exp(self.lower), "upper": np.exp(self.upper),
            "p_value": self.p_value, "n": self.n, "events": self.n_events, "clusters": self.n_clusters,
            "events_per_covariate": self.events_per_covariate, "level": self.level, "method": self.method})

    def baseline(self) -> pd.DataFrame:
        """Cumulative hazard where every covariate is 0: stratum, time, cumulative_hazard."""
        import pandas as pd
        import survival

        made = survival.basehaz(engine_fit(self.data, self.ties, self.coefficients), centered=False)
        codes = [int(name.rsplit("=", 1)[-1]) for name in made.strata or ["0"] * len(made.time)]
        labels = self.data.stratum_labels or ("all",)
        return pd.DataFrame({"stratum": [labels[c] for c in codes], "time": made.time,
                             "cumulative_hazard": made.hazard})

    def survival(self, covariates: object, times: ArrayLike) -> pd.DataFrame:
        """Predicted share without the event: row, time, survival, std_error, log-log lower and upper.

        ``covariates`` has the columns of the fit, a row for each person to predict; missing beyond
        follow-up. A stratified fit is refused: it has a ``baseline`` a stratum.
        """
        import pandas as pd
        import survival

        if self.data.strata is not None:
            raise ValueError("strata: a stratified fit has one baseline a stratum; use baseline()")
        asked = check.asked_times(times)
        names, x = covariate_table(covariates)
        if names != self.covariates:
            raise ValueError(f"covariates: give the columns {', '.join(self.covariates)}, in this order")
        made = survival.survfit(engine_fit(self.data, self.ties, self.coefficients), conf_type="log-log",
                                newdata={f"x{j}": x[:, j].tolist() for j in range(x.shape[1])},
                                conf_int=self.level)
        place = np.searchsorted(made.time, asked, "right")
        late = asked > self.data.time.max()
        share = np.array(made.surv).reshape(len(made.time), -1)
        values = {"survival": (share, 1.0), "std_error": (share * np.reshape(made.std_err, share.shape), 0.0),
                  "lower": (np.array(made.lower), np.nan), "upper": (np.array(made.upper), np.nan)}
        row = np.arange(len(x))
        table = pd.DataFrame({"row": row.repeat(asked.size), "time": np.tile(asked, len(x))})
        for name, (steps, first) in values.items():
            steps = np.vstack([np.full(len(x), first), steps.reshape(share.shape)])[place]
            table[name] = np.where(late[:, None], np.nan, steps).T.ravel()
        return table

    def sentence(self, covariate: str, *, contrast: str = "", event: str = "the event",
                 who: str = "people") -> Sentence:
        """One hazard ratio in words.

        ``contrast`` says what is beside what, e.g. ``"A forensic history, beside none,"``; ``event`` what
        happened, e.g. ``"losing the tenancy"``; ``who`` what a row, or with clusters a cluster, is.
        """
        if covariate not in self.covariates:
            raise ValueError(f"covariate: {covariate!r} is not in this fit; choose one of "
                             f"{', '.join(self.covariates)}")
        j = self.covariates.index(covariate)
        binary = is_binary(self.data.x[:, j])
        behind = counts_behind(self.data.x[:, j], self.data.event)
        others = [name for name in self.covariates if name != covariate]
        ratio, low, high = (ratio_number(float(np.exp(v)), behind)
                            for v in (self.coefficients[j], self.lower[j], self.upper[j]))
        words = {
            "contrast": contrast or ("" if binary else "Each unit more of ") + covariate, "event": event,
            "ratio": ratio, "low": low, "high": high, "level": f"{100 * self.level:g}%", "n": people(self.n),
            "verdict": ", so there may be no difference" if low.value <= 1 <= high.value else "",
            "method": self.method, "given": f", given {', '.join(others)}" if others else "",
            "events": people(self.n_events), "each": number(self.events_per_covariate, digits=1)}
        text = ("{contrast} went with {ratio} times the rate of {event} ({level} interval {low} to {high}"
                "{verdict}; hazard ratio{given}, {method}; n = {n}, {events} events")
        if binary:
            text += ", {with_it} of them with {covariate} and {without} without"
            words |= {"with_it": count(behind[0]), "without": count(behind[1]), "covariate": covariate}
        text += ", {each} events per covariate"
        text += ": few, so take it with care" if self.events_per_covariate < FEW_EVENTS else ""
        if 0 < self.n_clusters < self.n:
            text += "; rows of {clusters} {who}"
            words |= {"clusters": count(self.n_clusters), "who": who}
        if 0 < self.n_clusters < FEW_CLUSTERS:
            text += f"; {self.n_clusters} clusters are few for a robust error, the interval may be too narrow"
        return sentence(text + ").", **words)


def is_binary(column: np.ndarray) -> bool:
    return bool(np.isin(column, (0, 1)).all())


def counts_behind(column: np.ndarray, event: np.ndarray) -> tuple[int, int]:
    """Events with and without a 0/1 covariate; of another, rows with and without the event."""
    first, second = (event & (column == 1), event & (column == 0)) if is_binary(column) else (event, ~event)
    return int(first.sum()), int(second.sum())


def ratio_number(value: float, behind: tuple[int, ...]) -> Number:
    return number(value, digits=2 if value < 10 else 1 if value < 100 else 0, style="ratio", behind=behind)
