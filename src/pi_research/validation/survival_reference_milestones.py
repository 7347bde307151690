"""Milestones, pseudo-observations and random effects: ours for each case of R's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pi_research.survival import milestone_probabilities, pseudo_observations, pseudo_regression
from pi_research.survival.contracts import random_effects
from pi_research.validation.survival_reference import Case, data_set, reference

if TYPE_CHECKING:
    import pandas as pd

LOOSE = "geese stopped at a step of 1e-4; the _settled case iterates to the end and is held to 1e-8"
NAMES = ["age", "sex", "ph.ecog"]


def _lung() -> pd.DataFrame:
    return data_set("survival/cancer")  # R's lung; the set called lung there is cut short


def _complete() -> pd.DataFrame:
    return _lung().dropna(subset=["inst", *NAMES])


def _mgus2() -> tuple[pd.Series, np.ndarray]:
    m = data_set("survival/mgus2")
    return m["ptime"].where(m["pstat"] == 1, m["futime"]), np.where(m["pstat"] == 1, 1, 2 * m["death"])


def _pseudo_lung(times: list[float], **how: str):
    lung = _complete()
    return pseudo_observations(lung["time"], lung["status"] - 1, times, **how)


def _surv(r: dict) -> dict:
    made = _pseudo_lung([180, 365])
    return {"first10": made.values[:10], "colmeans": made.values.mean(axis=0)}


def _one_time(**how: str):
    def ours(r: dict) -> dict:
        made = _pseudo_lung([365], **how)
        return {"first10": made.values[:10], "mean": made.values.mean()}
    return ours


def _states(r: dict) -> dict:
    time, cause = _mgus2()
    kinds = [pseudo_observations(time, cause > 0, [60, 120])]
    kinds += [pseudo_observations(time, cause, [60, 120], quantity="incidence", cause=c) for c in (1, 2)]
    values = np.stack([k.values for k in kinds], axis=2)
    return {"dim": values.shape, "row1": values[0], "mean": values.mean(axis=0)}


def _gee(link: str):
    def ours(r: dict) -> dict:
        fit = pseudo_regression(_pseudo_lung([365], jackknife="exact"), _complete()[NAMES], link=link)
        return {"coef": fit.coefficient, "san_se": fit.std_error}
    return ours


def _two_times(r: dict) -> dict:
    fit = pseudo_regression(_pseudo_lung([180, 365]), _complete()[["sex"]], link="logit")
    return {"coef": fit.coefficient, "san_se": fit.std_error}


def _covariance(r: dict) -> dict:
    lung = _lung()
    # Half a day later: R counts an ending on the day as ended, a milestone as sustained.
    made = milestone_probabilities(lung["time"], lung["status"] - 1, np.full(len(lung), 2000),
                                   [180.5, 365.5, 730.5])
    return {"surv": made.probability, "covariance": made.covariance}


def _excluded(r: dict) -> dict:
    time, cause = _mgus2()
    made = milestone_probabilities(time, cause == 1, np.full(len(time), 500), [60, 120], died=cause == 2,
                                   death="excluded")
    return {"share": made.probability, "covariance": made.covariance, "next_share": made.next_probability[1]}


def _random_effects(name: str):
    def ours(r: dict) -> dict:
        data = reference("milestones")["cases"][name]["dataset"]
        effect, variance = map(np.array, (data["yi"], data["vi"]))
        mean, low, high, new_low, new_high, tau, q, p = random_effects(effect, variance, 0.95)
        return {"estimate": mean, "ci_lower": low, "ci_upper": high, "pi_hts_km2_lower": new_low,
                "pi_hts_km2_upper": new_high, "tau2": tau**2, "Q": q, "Q_p": p}
    return ours


CASES: list[Case] = [
    Case("pseudo_lung_surv", _surv),
    Case("jackknife_lung_surv365", _one_time(jackknife="exact")),
    Case("pseudo_lung_rmst365", _one_time(quantity="restricted_mean")),
    Case("pseudo_mgus2_pstate", _states),
    Case("pseudo_gee_lung365_identity", _gee("identity")),
    *(Case(f"pseudo_gee_lung365_{link}", _gee(link), 5e-5, LOOSE) for link in ("logit", "cloglog")),
    *(Case(f"pseudo_gee_lung365_{link}_settled", _gee(link)) for link in ("identity", "logit", "cloglog")),
    Case("pseudo_gee_lung_two_times", _two_times),
    Case("cov_lung_surv", _covariance),
    Case("excluded_mgus2", _excluded),
    *(Case(name, _random_effects(name)) for name in ("metafor_hand8_PM_knha", "metafor_bcg_PM_knha")),
]
