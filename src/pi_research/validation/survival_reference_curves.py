"""Kaplan-Meier with its intervals, comparisons of curves, cumulative incidence: ours for each case of R's."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from pi_research.survival.compare import log_rank
from pi_research.survival.competing import cumulative_incidence
from pi_research.survival.curves import KaplanMeier, kaplan_meier
from pi_research.survival.differences import (
    fixed_time_difference,
    restricted_mean_difference,
    restricted_mean_ratio,
)
from pi_research.survival.follow_up import median_follow_up
from pi_research.survival.restricted import restricted_mean
from pi_research.validation.survival_reference import Case, data_set, reference

if TYPE_CHECKING:
    import pandas as pd

AT = {"at/surv": "survival", "at/se": "std_error", "at/lower": "lower", "at/upper": "upper"}
LIMITS = ("estimate", "lower", "upper")


def _lung() -> pd.DataFrame:
    return data_set("survival/cancer").assign(event=lambda d: d["status"] - 1)  # its set lung is cut short


def _by_sex(**how: str) -> list[KaplanMeier]:
    return [kaplan_meier(g["time"], g["event"], **how) for _, g in _lung().groupby("sex")]


def _channing(start: float) -> list[KaplanMeier]:
    """By sex, F then M, in view from ``start`` months of age."""
    frame = data_set("boot/channing").query("exit > entry and exit >= @start")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "the curve falls to 0")
        # R's start.time counts an exit at that very month: people are in from the month before.
        return [kaplan_meier(g["exit"], g["cens"], entry=np.maximum(g["entry"], start - 1))
                for g in (*(g for _, g in frame.groupby("sex")), frame)]


def _strata(curves: list[KaplanMeier], at: dict, next_exit: bool = False) -> dict:
    """Values of the curves at R's times, its strata one after another."""
    rows = np.array_split(np.asarray(at["time"], dtype=float), len(curves))
    tables = [c.at(t) for c, t in zip(curves, rows, strict=True)]
    made = {path: np.concatenate([t[name] for t in tables]) for path, name in AT.items()}
    # With delayed entry R prints the number at risk of the next exit; ours is of the time asked.
    risk = [c.at_risk[np.searchsorted(c.time, t)] if next_exit else table["at_risk"]
            for c, t, table in zip(curves, rows, tables, strict=True)]
    return {**made, "at/n_risk": np.concatenate(risk)}


def _quantiles(curves: list[KaplanMeier], names: tuple[str, ...], p: tuple = (0.25, 0.5, 0.75)) -> dict:
    found = [[c.quantile(x) for x in p] for c in curves]
    return {f"quantile/{name}": [[getattr(q, kind) for q in one] for one in found]
            for name, kind in zip(names, LIMITS, strict=True)}


def _km(r: dict, curves: list[KaplanMeier]) -> dict:
    return _strata(curves, r["at"]) | _quantiles(curves, ("quantile", "lower", "upper"))


def _weighted(r: dict) -> dict:
    lung = _lung()
    return _strata([kaplan_meier(lung["time"], lung["event"], weights=(lung["age"] % 3 + 1) / 2)], r["at"])


def _bpcp(name: str, r: dict) -> dict:
    """bpcp's limits; with Delta = 1 (times stand for the unit that ends there) the lower is read later."""
    if name.startswith("lung"):
        data = _lung()
    else:
        data = data_set(name.split("_")[0] if "n1" not in name else "_".join(name.split("_")[:2]), "curves")
    kind = "beta-product-mid-p" if "midp" in name else "beta-product"
    km = kaplan_meier(data["time"], data["event"], interval=kind, level=r["level"])
    delta = 1 if name.endswith("delta1") else 0

    def read(times: list, values: np.ndarray, first: float, later: int = 0) -> np.ndarray:
        place = np.searchsorted(km.time, np.asarray(times, dtype=float) + later, "right")
        return np.append(first, values)[place]

    made = {f"{key}/{path}": read(r[key][time], values, first, later)
            for key, time, middle in (("intervals", "L", "surv"), ("at", "time", "survival"))
            for path, values, first, later in ((middle, km.survival, 1.0, 0),
                                               ("lower", km.lower, km.start_limits[0], delta),
                                               ("upper", km.upper, km.start_limits[1], 0))}
    quantiles = _quantiles([km], LIMITS, r["quantile"]["p"])
    quantiles["quantile/lower"] = np.maximum(np.array(quantiles["quantile/lower"]) - delta, 0)
    return made | quantiles


def _means(r: dict, tau: float) -> dict:
    curves = _by_sex()
    means = [restricted_mean(c, tau) for c in curves]
    less, ratio = restricted_mean_difference(*curves, tau), restricted_mean_ratio(*curves, tau)
    return {"rmst": [m.estimate for m in means], "se": [m.std_error for m in means],
            "diff": less.estimate, "se_diff": less.std_error, "ci": [less.lower, less.upper],
            "p": less.p_value, "ratio": ratio.estimate}


def _fixed(r: dict) -> dict:
    curves = _by_sex()
    plain, log_log = (fixed_time_difference(*curves, 365, interval=kind) for kind in ("plain", "log-log"))
    return {"surv": plain.values, "se": plain.std_errors, "diff": plain.estimate, "se_diff": plain.std_error,
            "ci": [plain.lower, plain.upper], "chisq_plain": plain.statistic,
            "chisq_cloglog": log_log.statistic}


def _log_rank(r: dict, strata: str | None = None, rho: float = 0.0) -> dict:
    lung = _lung().dropna(subset=["inst"] if strata else [])
    layer = lung[strata] if strata else None
    made = log_rank(lung["time"], lung["event"], lung["sex"], rho=rho, strata=layer)
    found = {"chisq": made.statistic, "p": made.p_value}
    return found if strata else found | {"obs": made.observed, "exp": made.expected, "var": made.variance,
                                         "df": made.df}


def _follow_up(r: dict) -> dict:
    return {"median": median_follow_up(_lung()["time"], _lung()["event"]).estimate}


def _mgus2() -> pd.DataFrame:
    return data_set("survival/mgus2").assign(
        time=lambda m: m["ptime"].where(m["pstat"] == 1, m["futime"]),
        cause=lambda m: np.where(m["pstat"] == 1, 1, 2 * m["death"]))


def _incidence(frame: pd.DataFrame, times: list, column: str, **how: object) -> np.ndarray:
    """One column (2, t) of the curves at ``times``, cause by cause."""
    made = cumulative_incidence(frame["time"], frame["cause"], **how).at(times)
    return made[column].to_numpy().reshape(2, -1)


def _aj(r: dict) -> dict:
    names = {"pstate": "incidence", "se": "std_error", "lower": "lower", "upper": "upper"}
    made = {path: _incidence(_mgus2(), r["time"], name) for path, name in names.items()}
    return made | {"n_risk": _incidence(_mgus2(), r["time"], "at_risk")[0]}


def _aj_by_sex(r: dict) -> dict:
    groups, times = [g for _, g in _mgus2().groupby("sex")], r["time"][:5]
    return {path: np.hstack([_incidence(g, times, name) for g in groups])
            for path, name in (("pstate", "incidence"), ("se", "std_error"))}


def _aj_late(r: dict) -> dict:
    m = _mgus2().assign(entry=lambda m: m["age"] * 12.0)
    m = m.assign(time=m["entry"] + np.maximum(m["time"], 0.5)).query("time >= 600")
    # R's start.time counts an exit at that very month: people are in from just before it.
    entry = np.maximum(m["entry"], 599.5)
    return {path: _incidence(m, r["time"], name, entry=entry)
            for path, name in (("pstate", "incidence"), ("se", "std_error"))} | {
        "n_risk": _incidence(m, r["time"], "at_risk", entry=entry)[0]}


def _aj_tiny(r: dict) -> dict:
    twelve = data_set("twelve", "curves")
    naive = kaplan_meier(twelve["time"], twelve["cause"] == 1).at(r["time"])["survival"]
    aalen = _incidence(twelve, r["time"], "std_error", variance="aalen")
    return {"pstate": _incidence(twelve, r["time"], "incidence"),
            "se": _incidence(twelve, r["time"], "std_error"), "cuminc_var": aalen**2,
            "km_cause1_naive": 1 - naive}


def _aalen(r: dict, groups: list[pd.DataFrame]) -> dict:
    """cmprsk lists the groups of the first cause, then those of the second."""
    parts = {"est": [_incidence(g, r["time"], "incidence", variance="aalen") for g in groups],
             "var": [_incidence(g, r["time"], "std_error", variance="aalen") ** 2 for g in groups]}
    return {path: np.array(part).transpose(1, 0, 2) for path, part in parts.items()}


def _greenwood(r: dict) -> dict:
    return {"P": _incidence(_mgus2(), r["time"], "incidence", variance="greenwood")[0],
            "var": _incidence(_mgus2(), r["time"], "std_error", variance="greenwood")[0] ** 2}


KINDS = {"plain": "plain", "log": "log", "log-log": "log-log", "logit": "logit", "arcsin": "arcsine"}
CASES = [
    *(Case(f"km_lung_{theirs}", lambda r, k=ours: _km(r, [kaplan_meier(_lung()["time"], _lung()["event"],
                                                                      interval=k)]))
      for theirs, ours in KINDS.items()),
    Case("km_lung_by_sex_loglog", lambda r: _km(r, _by_sex(interval="log-log"))),
    Case("km_lung_weighted_robust", _weighted),
    Case("km_channing_lefttrunc", lambda r: _strata(_channing(0)[:2], r["at"], next_exit=True)),
    Case("km_channing_lefttrunc_cond840", lambda r: _strata(_channing(840)[2:], r["at"], next_exit=True)),
    Case("km_channing_lefttrunc_by_sex_cond840",
         lambda r: _strata(_channing(840)[:2], r["at"], next_exit=True)),
    *(Case(f"rmst_lung_by_sex_{tau}", lambda r, tau=tau: _means(r, tau)) for tau in (180, 365, 730, 965)),
    Case("fixedtime_lung_365", _fixed),
    Case("logrank_lung_sex", _log_rank),
    Case("logrank_lung_sex_rho1", lambda r: _log_rank(r, rho=1.0)),
    Case("logrank_lung_sex_strat_inst", lambda r: _log_rank(r, strata="inst")),
    Case("reverse_km_lung", _follow_up),
    *(Case(name, lambda r, name=name: _bpcp(name.removeprefix("bpcp_"), r))
      for name in reference("curves")["cases"] if name.startswith("bpcp_")),
    Case("aj_mgus2_log-log", _aj),
    Case("aj_mgus2_by_sex", _aj_by_sex),
    Case("aj_mgus2_age_lefttrunc", _aj_late),
    Case("aj_tiny", _aj_tiny),
    Case("cuminc_mgus2_all", lambda r: _aalen(r, [_mgus2()])),
    Case("cuminc_mgus2_sex", lambda r: _aalen(r, [g for _, g in _mgus2().groupby("sex")])),
    Case("etm_mgus2_cif1", _greenwood),
]
