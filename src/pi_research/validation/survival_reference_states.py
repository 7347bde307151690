"""States over time, events that come again, and rates while alive: ours for each case of R's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pi_research.survival import (
    StateOccupation, andersen_gill, cox, ghosh_lin, mean_cumulative_function, prentice_williams_peterson,
    state_occupation)
from pi_research.validation.survival_reference import Case, data_set

if TYPE_CHECKING:
    import pandas as pd

MGUS = ["mgus", "PCM", "death"]
EFRON = ("LMAJ fits coxph with Efron's ties, so its hazards are above d/n in whole months; ours equals etm "
         "in etm_mgus2_landmark60")
TIED = ("recurrentMarginal lets people with an event in the same month leave the risk set one after another; "
        "ours equals it in ghosh_lin_bladder1_untied")


def _mgus2() -> pd.DataFrame:
    """Illness-death stays of mgus2; PCM 0.1 months earlier where found in the month of the end."""
    import pandas as pd

    m = data_set("survival/mgus2")
    found = m["pstat"] == 1
    first = m["ptime"].where(m["ptime"] < m["futime"], m["futime"] - 0.1).where(found, m["futime"])
    end = m["death"].map({1: "death", 0: ""})
    rows = [pd.DataFrame({"id": m["id"], "start": 0.0, "stop": first, "state": "mgus",
                          "next": end.where(~found, "PCM")}),
            pd.DataFrame({"id": m["id"], "start": first, "stop": m["futime"], "state": "PCM",
                          "next": end})[found]]
    return pd.concat(rows, ignore_index=True)


def _occupation(d: pd.DataFrame, states: list, **how: object) -> StateOccupation:
    return state_occupation(d["start"], d["stop"], d["state"], d["id"], next_state=d["next"], states=states,
                            **how)


def _at(made: StateOccupation, times: list, *columns: str) -> list[np.ndarray]:
    """Columns at ``times``, each (times, states)."""
    frame = made.at(times)
    return [frame[name].to_numpy().reshape(len(times), -1) for name in columns]


def _survfit(made: StateOccupation, r: dict) -> dict:
    p, se, n, low, high = _at(made, r["time"], "probability", "std_error", "at_risk", "lower", "upper")
    ours = {"pstate": p, "se": se, "n_risk": n, "lower": low, "upper": high}
    return {name: values for name, values in ours.items() if name in r}


def _illness_death(r: dict) -> dict:
    return {f"at/{k}": v for k, v in _survfit(_occupation(_mgus2(), MGUS, interval="log"), r["at"]).items()}


def _start60(r: dict) -> dict:
    # survfit(start.time=) without istate takes the people who are then in PCM for free of it, and counts an
    # event at 60 itself; made the same way here. ms_mgus2_start60_istate is the same question asked rightly.
    d = _mgus2()
    d.loc[(d["state"] == "PCM") & (d["start"] < 60) & (d["stop"] >= 60), "state"] = "mgus"
    d = d[d["stop"] >= 60].assign(start=d["start"].clip(lower=59.5))
    made = _occupation(d, MGUS, interval="log")
    return {f"at/{k}": v for k, v in _survfit(made, r["at"]).items()}


def _start60_istate(r: dict) -> dict:
    return _survfit(_occupation(_mgus2(), MGUS, landmark=59.5), r)


def _sojourn(r: dict) -> dict:
    made, n = _competing(data_set("survival/mgus2")).expected_time(240), 1384
    # R's error is the standard deviation of pseudo-values, with n - 1.
    return {"mean": made.mean, "se": made.std_error * np.sqrt(n / (n - 1))}


def _competing(m: pd.DataFrame, **how: object) -> StateOccupation:
    time = m["ptime"].where(m["pstat"] == 1, m["futime"])
    end = m["death"].map({1: "death", 0: ""}).where(m["pstat"] == 0, "PCM")
    return state_occupation(0 * time, time, ["mgus"] * len(m), m["id"], next_state=end, states=MGUS, **how)


def _by_sex(r: dict) -> dict:
    m = data_set("survival/mgus2")
    made = [_competing(m[m["sex"] == sex]) for sex in "FM"]
    return {"table": [[o.n, (0, *o.transitions[0, 1:])[j], o.expected_time(240).mean[j]]
                      for j in range(3) for o in made]}


def _etm_cif(r: dict) -> dict:
    made = _competing(data_set("survival/mgus2"), variance="greenwood")
    p, se = _at(made, r["time"], "probability", "std_error")
    return {"P": p[:, 1], "var": se[:, 1] ** 2}


def _probtrans(variance: str, landmark: float):
    def ours(r: dict) -> dict:
        made = {}
        for name, given in (("from1", "mgus"), ("from2", "PCM")):
            o = _occupation(_mgus2(), MGUS, landmark=landmark, given=given, markov=True, variance=variance)
            made |= {f"{name}/{k}": v for k, v in _columns(o, r[name]).items()}
        return made
    return ours


def _columns(made: StateOccupation, r: dict) -> dict:
    p, se = _at(made, r["time"], "probability", "std_error")
    both = {f"{k}{j + 1}": x[:, j] for k, x in (("pstate", p), ("se", se)) for j in range(3)}
    return {name: values for name, values in both.items() if name in r}


def _landmark(given: str, variance: str):
    def ours(r: dict) -> dict:
        made = _columns(_occupation(_mgus2(), MGUS, landmark=60, given=given, variance=variance), r)
        # From PCM nobody is followed to 240 months: ours is missing there, as it should be.
        return {f"{k}/{i}": v[i] for k, v in made.items() for i in range(2 if given == "PCM" else 3)}
    return ours


def _elos(landmark: float):
    def ours(r: dict) -> dict:
        return {f"{tau}/rows/{g}": _occupation(_mgus2(), MGUS, landmark=landmark, given=MGUS[g], markov=True)
                .expected_time(float(tau[3:])).mean for tau in r for g in (0, 1)}
    return ours


def _events(r: dict) -> dict:
    made = _occupation(_mgus2(), MGUS)
    entering = made.at_risk[0] + made.entered.sum(axis=0)
    return {"frequencies/rows": np.column_stack([
        made.transitions, entering - made.transitions.sum(axis=1), entering])}


def _aj(r: dict) -> dict:
    p, se = _at(_occupation(_mgus2(), MGUS), r["time"], "probability", "std_error")
    return {"pstate/rows": p, "se/rows": se}


def _etm_landmark(r: dict) -> dict:
    made = {}
    for given in ("mgus", "PCM"):
        o = _occupation(_mgus2(), MGUS, landmark=60, given=given, variance="greenwood")
        p, se = _at(o, r[given]["time"], "probability", "std_error")
        made |= {f"{given}/P": p, f"{given}/se": se}
    return made


def _walk(**how: object) -> StateOccupation:
    d = data_set("walk", "states").rename(columns={"next_state": "next"})
    states = ["residential", "preparation", "tenancy", "hospital", "lost", "died"]
    return _occupation(d, states, interval="log", **how)


def _walk_etm(**how: object):
    def ours(r: dict) -> dict:
        made = _walk(given="tenancy", variance="greenwood", **how)
        p, se = _at(made, r["time"], "probability", "std_error")
        return {"P": p, "se": se}
    return ours


def _curves(frame: pd.DataFrame, by: str, start: str, stop: str, event: str) -> dict:
    return {g: mean_cumulative_function(d[start], d[stop], d[event], d["id"]) for g, d in frame.groupby(by)}


def _mcf_bladder2(errors: bool):
    def ours(r: dict) -> dict:
        made = _curves(data_set("survival/bladder2"), "rx", "start", "stop", "event")
        asked = zip(r["at"]["strata"], r["at"]["time"], strict=True)
        rows = [made[int(stratum[-1])].at(t).iloc[0] for stratum, t in asked]
        named = {"mcf": "mean", "n_risk": "at_risk"} | ({"se": "std_error"} if errors else {})
        return {f"at/{k}": [row[c] for row in rows] for k, c in named.items()}
    return ours


def _mcf_cgd(r: dict) -> dict:
    made = _curves(data_set("survival/cgd"), "treat", "tstart", "tstop", "status")
    frames = {g: made[g].at(v["time"]) for g, v in r.items()}
    return {f"{g}/{k}": f[c] for g, f in frames.items() for k, c in (("mcf", "mean"), ("se", "std_error"))}


def _mcf_gaps(r: dict) -> dict:
    d = data_set("walk", "states").query("state != 'hospital'")
    admitted = d["next_state"] == "hospital"
    made = mean_cumulative_function(d["start"], d["stop"], admitted, d["id"]).at(r["time"])
    return {"mcf": made["mean"], "se": made["std_error"]}


def _bladder1() -> pd.DataFrame:
    """bladder1 with ``st`` 1 an event and 2 a death; the two people without a month of follow-up left out."""
    b = data_set("survival/bladder1").query("stop > start")
    return b.assign(st=b["status"].clip(upper=2))


def _untied() -> pd.DataFrame:
    """The same with ties broken, as the R script does."""
    import pandas as pd

    b = _bladder1()
    last = b[~b["id"].duplicated(keep="last") & (b["st"] == 1)]
    b = pd.concat([b, last.assign(start=last["stop"], st=0)])
    b = b.sort_values(["id", "start", "stop"], kind="stable")
    k = (b.groupby("stop").cumcount() + 1) * 1e-6
    b["stop"] = b["stop"] + np.where(b["st"] == 1, k, np.where(b["st"] == 2, 1e-3 + k, 2e-3))
    return b.assign(start=b.groupby("id")["stop"].shift(fill_value=0.0))


def _ghosh_lin(rows, late: float, prefix: str = "", naive: bool = False):
    def ours(r: dict) -> dict:
        made = {}
        for arm, d in rows().groupby("treatment"):
            times = r["by_treatment"][arm]["time"] if prefix else r[arm]["time"]
            event = d["st"] == 1
            at = ghosh_lin(d["start"], d["stop"], event, d["id"], d["st"] == 2).at(np.add(times, late))
            made |= {f"{prefix}{arm}/mu": at["mean"], f"{prefix}{arm}/se": at["std_error"]}
            if naive:
                plain = mean_cumulative_function(d["start"], d["stop"], event, d["id"]).at(times)
                made |= {f"{prefix}{arm}/nelson_aalen_rate_while_alive": plain["mean"]}
        return made
    return ours


def _regression(fit, frame, names: tuple, event: str = "event", **how: object):
    def ours(r: dict) -> dict:
        d = frame()
        made = fit(d["start"], d["stop"], d[event], d[list(names)], d["id"], **how)
        return {"v/coef": made.coefficients, "v/robust_se": made.std_error, "v/vcov": made.covariance,
                "v/loglik": made.loglik}
    return ours


def _treated() -> pd.DataFrame:
    b = _bladder1()
    arms = {f"trt{arm}": (b["treatment"] == arm).astype(float) for arm in ("pyridoxine", "thiotepa")}
    return b.assign(**arms, event=b["st"] == 1)


def _bladder2() -> pd.DataFrame:
    return data_set("survival/bladder2")


def _wlw(r: dict) -> dict:
    """Wei, Lin and Weissfeld's marginal model is ``cox`` with a stratum for each number of the event."""
    d = data_set("survival/bladder")
    x, each = d[["rx", "size", "number"]], {f"enum{k}": d["enum"] == k for k in (1, 2, 3, 4)}
    if "combined" in r:
        x = {f"{name} {k}": d[name] * own for name in x for k, own in each.items()}
    elif len(r["v"]["coef"]) > 3:
        x = {"size": d["size"], "number": d["number"]} | {k: d["rx"] * own for k, own in each.items()}
    made = cox(d["stop"], d["event"], x, strata=d["enum"], cluster=d["id"])
    if "combined" not in r:
        return {"v/coef": made.coefficients, "v/robust_se": made.std_error, "v/vcov": made.covariance}
    rx, inverse = made.coefficients[:4], np.linalg.inv(made.covariance[:4, :4])
    return {"rx": rx, "robust_se": made.std_error[:4], "combined": inverse.sum(axis=0) @ rx / inverse.sum(),
            "combined_se": inverse.sum() ** -0.5, "joint_wald": rx @ inverse @ rx}


_X = ("rx", "size", "number")
_ARMS = ("trtpyridoxine", "trtthiotepa", "number", "size")
_KINDS = (("aalen", "mstate_aalen"), ("greenwood", "greenwood"))
CASES = [
    Case("ms_mgus2_illness_death", _illness_death),
    Case("ms_mgus2_start60", _start60),
    Case("ms_mgus2_start60_istate", _start60_istate),
    Case("ms_walk", lambda r: _survfit(_walk(), r)),
    Case("ms_walk_start120", lambda r: _survfit(_walk(landmark=120.5), r)),
    Case("etm_walk_from_tenancy", _walk_etm(markov=True)),
    Case("etm_walk_landmark180", _walk_etm(landmark=180)),
    Case("etm_mgus2_landmark60", _etm_landmark),
    Case("etm_mgus2_cif1", _etm_cif),
    Case("sojourn_mgus2_240", _sojourn),
    Case("aj_mgus2_by_sex_rmean240", _by_sex),
    Case("mstate_mgus2_events", _events),
    *(Case(f"mstate_mgus2_probtrans_{kind}_from{s}", _probtrans(variance, s))
      for kind, variance in _KINDS for s in (0, 60)),
    *(Case(f"mstate_mgus2_LMAJ60_from{j}_{kind}", _landmark(given, variance), 0.11, EFRON)
      for j, given in ((1, "mgus"), (2, "PCM")) for kind, variance in _KINDS),
    *(Case(f"mstate_mgus2_ELOS_from{s}", _elos(s)) for s in (0, 60)),
    Case("mstate_mgus2_survfit_AJ", _aj),
    Case("mstate_mgus2_etm_greenwood_from0", _probtrans("greenwood", 0)),
    Case("mcf_bladder2", _mcf_bladder2(True)),
    Case("mcf_bladder2_naive", _mcf_bladder2(False)),
    Case("mcf_cgd", _mcf_cgd),
    Case("mcf_walk_gaps", _mcf_gaps),
    Case("ghosh_lin_bladder1", _ghosh_lin(_bladder1, 0.0, "by_treatment/", naive=True), 0.08, TIED),
    Case("ghosh_lin_bladder1_untied", _ghosh_lin(_untied, 0.01)),
    Case("ag_bladder2", _regression(andersen_gill, _bladder2, _X)),
    Case("ag_bladder2_breslow", _regression(andersen_gill, _bladder2, _X, ties="breslow")),
    Case("ag_bladder1_cause", _regression(andersen_gill, _treated, _ARMS)),
    Case("pwp_cp_bladder2", _regression(prentice_williams_peterson, _bladder2, _X)),
    *(Case(f"wlw_bladder{which}", _wlw) for which in ("", "_byevent", "_full")),
    Case("pwp_gt_bladder2", _regression(prentice_williams_peterson, _bladder2, _X, clock="gap")),
]
