"""Cox, Firth, proportional hazards, Gray, Fine-Gray, time lost: ours for each case of R's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from pi_research.survival import (
    Cox, cause_specific_cox, cox, cumulative_incidence, fine_gray, gray_test, proportional_hazards_test,
    restricted_mean_time_lost,
)
from pi_research.validation.survival_reference import Case, data_set

LUNG, MGUS = ["age", "sex", "ph.ecog"], ["age", "male", "mspike"]
HEART = ["age", "year", "surgery", "transplant"]
CAUSES = (("pcm", 1), ("death", 2))


def _lung() -> pd.DataFrame:
    return data_set("survival/cancer").dropna(subset=["inst", *LUNG])


def _heart() -> pd.DataFrame:
    heart = data_set("survival/heart")
    return heart.assign(transplant=heart["transplant"].astype(float))


def _mgus2() -> pd.DataFrame:
    m = data_set("survival/mgus2")
    return m.assign(time=m["ptime"].where(m["pstat"] == 1, m["futime"]), male=1 * (m["sex"] == "M"),
                    cause=np.where(m["pstat"] == 1, 1, 2 * m["death"]))


def _complete() -> pd.DataFrame:
    return _mgus2().dropna(subset=MGUS)


def _cox(r: dict, fit: Cox) -> dict:
    ours = {"coef": fit.coefficients, "vcov": fit.covariance, "loglik": fit.loglik, "n": fit.n,
            "nevent": fit.n_events, "lr": fit.likelihood_ratio()}
    return ours | ({"se": np.sqrt(np.diag(fit.covariance))} if "se" in r and fit.error == "model" else {})


def _lung_cox(names: list[str] = LUNG, **how: str | Callable) -> Callable[[dict], dict]:
    def ours(r: dict) -> dict:
        d = _lung()
        given = {k: v(d) if callable(v) else v for k, v in how.items()}
        return _cox(r, cox(d["time"], d["status"] - 1, d[names], **given))
    return ours


def _heart_cox(names: list[str] = HEART, **how: str) -> Callable[[dict], dict]:
    def ours(r: dict) -> dict:
        d = _heart()
        given = {k: d[v] if k == "cluster" else v for k, v in how.items()}
        return _cox(r, cox(d["stop"], d["event"], d[names], entry=d["start"], **given))
    return ours


def _interaction(r: dict) -> dict:
    d = _heart()
    t = d["transplant"]
    x = {"age": d["age"], "surgery": d["surgery"], "t": t, "age:t": d["age"] * t,
         "surgery:t": d["surgery"] * t}
    return _cox(r, cox(d["stop"], d["event"], x, entry=d["start"]))


def _channing(r: dict) -> dict:
    d = data_set("boot/channing").query("exit > entry")
    return _cox(r, cox(d["exit"], d["cens"], {"male": 1 * (d["sex"] == "Male")}, entry=d["entry"]))


def _jasa(r: dict) -> dict:
    d = data_set("survival/jasa")
    return _cox(r, cox(d["futime"], d["fustat"], d[["transplant"]]))


def _landmark(r: dict) -> dict:
    d = data_set("survival/jasa").query("futime >= 30")
    early = {"tx30": 1 * ((d["transplant"] == 1) & (d["wait.time"] <= 30))}
    return _cox(r, cox(d["futime"] - 30, d["fustat"], early))


def _lung_fit() -> Cox:
    d = _lung()
    return cox(d["time"], d["status"] - 1, d[LUNG])


def _baseline(r: dict) -> dict:
    made = _lung_fit().baseline()
    place = np.searchsorted(made["time"], r["time"], "right") - 1
    return {"hazard": made["cumulative_hazard"].to_numpy()[place]}


def _newdata(r: dict) -> dict:
    made = _lung_fit().survival({"age": [60, 70], "sex": [1, 2], "ph.ecog": [0, 2]}, r["time"])
    names = {"surv": "survival", "se": "std_error", "lower": "lower", "upper": "upper"}
    return {theirs: made[name].to_numpy().reshape(2, -1).T for theirs, name in names.items()}


def _zph(transform: str) -> Callable[[dict], dict]:
    def ours(r: dict) -> dict:
        made = proportional_hazards_test(_lung_fit(), transform)
        return {"chisq": made.statistic, "df": made.df, "p": made.p_value}
    return ours


def _zph_heart(r: dict) -> dict:
    d = _heart()
    made = proportional_hazards_test(cox(d["stop"], d["event"], d[HEART], entry=d["start"]))
    return {"chisq": made.statistic, "p": made.p_value}


def _gray(r: dict) -> dict:
    m = _mgus2()
    made = gray_test(m["time"], m["cause"], m["sex"])
    return {"gray_stat": made.statistic, "gray_p": made.p_value, "gray_df": made.df}


def _by_sex(tau: float) -> list:
    groups = _mgus2().groupby("sex")
    return [restricted_mean_time_lost(cumulative_incidence(g["time"], g["cause"]), tau) for _, g in groups]


def _years_lost(r: dict) -> dict:
    ours = {}
    for row, (sex, tau, *_) in enumerate(r["table"]):
        made = _by_sex(tau)[int(sex)]
        values = np.concatenate([made.estimate, made.std_error, [made.estimate.sum()]])
        ours |= {f"table/{row}/{column}": value for column, value in enumerate(values, start=2)}
    return ours


def _mean_in_state(r: dict) -> dict:
    groups = _by_sex(240)
    kept = [[g.n[0], 0, 240 - g.estimate.sum()] for g in groups]
    total = [n for _, n in _mgus2().groupby("sex")]
    lost = [[g.n[0], (d["cause"] == c).sum(), g.estimate[c - 1]] for c in (1, 2)
            for g, d in zip(groups, total, strict=True)]
    return {"table": kept + lost}


def _sojourn(r: dict) -> dict:
    m = _mgus2()
    made = restricted_mean_time_lost(cumulative_incidence(m["time"], m["cause"]), 240)
    spread = made.std_error * np.sqrt(len(m) / (len(m) - 1))  # R's is sd() / sqrt(n) of pseudo-values
    return {f"{name}/{j}": v[j - 1] for name, v in (("mean", made.estimate), ("se", spread)) for j in (1, 2)}


def _fine_gray(of: int, method: str) -> Callable[[dict], dict]:
    def ours(r: dict) -> dict:
        m = _complete()
        fit = fine_gray(m["time"], m["cause"], m[MGUS], of=of, method=method)
        if method == "finegray":
            return {"coef": fit.coefficients, "robust_se": fit.std_error}
        new = {"age": [65, 75], "male": [0, 1], "mspike": [1, 2]}
        one, two = fit.incidence(new, r["predict_time"])["incidence"].to_numpy().reshape(2, -1)
        return {"coef": fit.coefficients, "se": fit.std_error, "var": fit.covariance,
                "predict_cif_65_0_1": one, "predict_cif_75_1_2": two}
    return ours


def _cause_specific(of: int) -> Callable[[dict], dict]:
    def ours(r: dict) -> dict:
        m = _complete()
        return _cox(r, cause_specific_cox(m["time"], m["cause"], m[MGUS]).fit(of))
    return ours


def _multistate(r: dict) -> dict:
    m = _complete()
    plain, robust = (cause_specific_cox(m["time"], m["cause"], m[MGUS], cluster=c).fits
                     for c in (None, m.index))
    return {"coef": np.concatenate([f.coefficients for f in plain]),
            "se": np.concatenate([f.std_error for f in plain]),
            "robust_se": np.concatenate([f.std_error for f in robust])}


def _incidence(r: dict) -> dict:
    m = _complete()
    made = cause_specific_cox(m["time"], m["cause"], m[MGUS]).incidence(
        {"age": [65], "male": [0], "mspike": [1]}, r["time"])
    return {"incidence": made["incidence"]}


def _profile(fit: Cox) -> dict:
    chi, _, p = fit.likelihood_ratio()
    return {"coef": fit.coefficients, "se": fit.std_error, "vcov": fit.covariance, "log_ci_lower": fit.lower,
            "log_ci_upper": fit.upper, "p": fit.p_value, "lr_chisq_overall": chi, "lr_p_overall": p,
            "loglik_null_full_original_scale": fit.loglik}


def _breast(names: str, firth: bool = True, interval: str = "profile") -> Cox:
    d = data_set("breast", "models")
    return cox(d["TIME"], d["CENS"], d[names.split()], ties="breslow", firth=firth, interval=interval)


def _breast_wald(r: dict) -> dict:
    fit = _breast("T N G CD", interval="wald")
    return {"log_ci_lower": fit.lower, "log_ci_upper": fit.upper, "p": fit.p_value}


def _heart_firth(firth: bool) -> Callable[[dict], dict]:
    def ours(r: dict) -> dict:
        d = _heart()
        return _profile(cox(d["stop"], d["event"], d[HEART], entry=d["start"], ties="breslow", firth=firth,
                            interval="profile"))
    return ours


def _separation(r: dict) -> dict:
    d = data_set("separation", "models")
    x = d[["separator", "x1", "x2", "x3"]]
    return _profile(cox(d["time"], d["event"], x, ties="breslow", firth=True))


def _made(kind: Callable[[pd.DataFrame], dict]) -> Callable[[dict], dict]:
    return lambda r: kind(data_set("made", "models"))


def _made_cox(d: pd.DataFrame, **how: object) -> Cox:
    return cox(d["time"], d["event"], d[["x", "z"]], entry=d["entry"], strata=d["s"], **how)


def _made_robust(d: pd.DataFrame) -> dict:
    fit, model = _made_cox(d, cluster=d["id"]), _made_cox(d)
    return {"coef": fit.coefficients, "vcov": fit.covariance, "naive": model.covariance, "loglik": fit.loglik}


def _made_zph(d: pd.DataFrame) -> dict:
    made = proportional_hazards_test(_made_cox(d))
    return {"chisq": made.statistic, "p": made.p_value}


def _made_gray(**how: object) -> Callable[[pd.DataFrame], dict]:
    def ours(d: pd.DataFrame) -> dict:
        given = {k: d[v] if k == "strata" else v for k, v in how.items()}
        made = gray_test(d["time"], d["cause"], d["g"], **given)
        return {"stat": made.statistic, "p": made.p_value}
    return ours


def _made_fine_gray(method: str, variance: str) -> Callable[[pd.DataFrame], dict]:
    def ours(d: pd.DataFrame) -> dict:
        fit = fine_gray(d["time"], d["cause"], d[["x", "z"]], of=1, method=method)
        return {"coef": fit.coefficients, variance: fit.covariance}
    return ours


def _made_firth(ties: str) -> Callable[[pd.DataFrame], dict]:
    def ours(d: pd.DataFrame) -> dict:
        fit = _made_cox(d, ties=ties, firth=True)
        return {"coef": fit.coefficients, "vcov": fit.covariance, "loglik": fit.loglik,
                "log_ci_lower": fit.lower, "log_ci_upper": fit.upper, "p": fit.p_value}
    return ours


CASES: list[Case] = [
    *(Case(f"cox_lung_{ties}", _lung_cox(ties=ties)) for ties in ("efron", "breslow", "exact")),
    Case("cox_lung_cluster_inst", _lung_cox(cluster=lambda d: d["inst"])),
    Case("cox_lung_robust", _lung_cox(cluster=lambda d: d.index)),
    Case("cox_lung_robust_breslow", _lung_cox(cluster=lambda d: d.index, ties="breslow")),
    Case("cox_lung_strata_sex", _lung_cox(["age", "ph.ecog"], strata=lambda d: d["sex"])),
    Case("cox_lung_weights_robust", _lung_cox(weights=lambda d: (d["age"] % 3 + 1) / 2)),
    Case("cox_lung_basehaz", _baseline), Case("cox_lung_survfit_newdata", _newdata),
    Case("cox_channing_lefttrunc", _channing),
    *(Case(f"cox_heart_tv_{ties}", _heart_cox(ties=ties)) for ties in ("efron", "breslow")),
    Case("cox_heart_tv_robust_id", _heart_cox(cluster="id")), Case("cox_heart_tv_inter", _interaction),
    Case("immortal_heart_tv", _heart_cox(["transplant"])), Case("immortal_jasa_naive", _jasa),
    Case("landmark30_jasa", _landmark), Case("cox_made", _made(_made_robust)),
    *(Case(f"zph_lung_{g}", _zph(g)) for g in ("km", "identity", "rank", "log")),
    Case("zph_heart", _zph_heart), Case("zph_made", _made(_made_zph)),
    Case("cuminc_mgus2_sex", _gray), Case("gray_made", _made(_made_gray())),
    Case("gray_made_strata_rho1", _made(_made_gray(strata="s", rho=1))),
    Case("yearslost_mgus2_sex", _years_lost), Case("aj_mgus2_by_sex_rmean240", _mean_in_state),
    Case("sojourn_mgus2_240", _sojourn),
    *(Case(f"crr_mgus2_{name}", _fine_gray(of, "crr")) for name, of in CAUSES),
    *(Case(f"finegray_mgus2_{name}", _fine_gray(of, "finegray")) for name, of in CAUSES),
    Case("crr_made", _made(_made_fine_gray("crr", "var"))),
    Case("finegray_made", _made(_made_fine_gray("finegray", "vcov"))),
    *(Case(f"cscox_mgus2_{name}", _cause_specific(of)) for name, of in CAUSES),
    Case("coxph_multistate_mgus2", _multistate), Case("cause_specific_incidence", _incidence),
    Case("coxphf_breast_firth_indep", lambda r: _profile(_breast("T N G CD"))),
    Case("coxphf_breast_firth_noG_indep", lambda r: _profile(_breast("T N CD"))),
    Case("coxphf_breast_ml_noG_indep", lambda r: _profile(_breast("T N CD", firth=False))),
    Case("coxphf_breast_firth_wald", _breast_wald),
    Case("coxphf_heart_firth_indep", _heart_firth(True)), Case("coxphf_heart_ml_indep", _heart_firth(False)),
    Case("coxphf_separation_firth_indep", _separation),
    *(Case(f"firth_made_{ties}", _made(_made_firth(ties))) for ties in ("breslow", "efron")),
]
