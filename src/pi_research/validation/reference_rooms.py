"""Values of other software, and published sums, beside ours: the rooms that are neither survival nor a Gaussian series.

The values lie in ``tests/reference/`` with the scripts that made them; the published ones in ``data/published``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from pi_research import economics, its, measures, places, realist
from pi_research.extract.published import figure, read_published
from pi_research.its._counts import dispersion_test
from pi_research.its.counts import COUNT_METHODS, count_regression
from pi_research.numerics import exact_poisson
from pi_research.numerics.cluster_robust import cluster_robust
from pi_research.numerics.random_effects import random_effects
from pi_research.validation.survival_reference import WORDS, Case, compared

if TYPE_CHECKING:
    import pandas as pd

FIRST, DRAWS_SEED = np.datetime64("2012-01"), 6101
LINES = {"mean": "centre", "lpl": "lower", "upl": "upper", "nlpl": "near_lower", "nupl": "near_upper"}
KIND = {"conservative": "complex", "parsimonious": "parsimonious", "intermediate": "intermediate"}
Made = Iterator[tuple[Case, dict]]


def read(name: str) -> dict:
    """A file of ``tests/reference``.

    Raises
    ------
    ValueError
        Where it is not there: these values come with the repository, not with the package.
    """
    file = places.root() / "tests" / "reference" / f"{name}.json"
    if not file.is_file():
        raise ValueError(f"reference: {file.name} is not in tests/reference; run this from a copy of the repository")
    return json.loads(file.read_text(encoding="utf-8"))


def _case(name: str, ours: Mapping, theirs: dict, tolerance: float = 1e-8, why: str = "") -> tuple[Case, dict]:
    return Case(name, lambda _: ours, tolerance, why), theirs


def counts() -> Made:
    """Regressions of monthly counts beside glm, glm.nb and NeweyWest."""
    for name, c in read("counts")["cases"].items():
        season = {"seasonality": "harmonic", "harmonics": c["season"]} if c["season"] else {}
        months = FIRST + np.arange(len(c["y"]))
        change = its.Interruption("x", months[c["pre"]], slope=c["slope"])
        design = its.Design(months, [change], offset=c["exposure"], **season)
        for family in COUNT_METHODS:
            fit = count_regression(c["y"], design, family=family, method="glm")
            ours = {f"{family}/coef": fit.coefficients, f"{family}/se": np.sqrt(np.diag(fit.covariance))}
            yield _case(f"{name}_{family}", ours, c["values"])
        fit = count_regression(c["y"], design, method="newey_west")
        yield _case(f"{name}_newey_west", {"newey_west/se": np.sqrt(np.diag(fit.covariance))}, c["values"])
        plain = count_regression(c["y"], design, family="poisson", method="glm")
        z, _ = dispersion_test(np.array(c["y"]), design.matrix().to_numpy(), plain.fitted)
        yield _case(f"{name}_dispersion_test", {"dispersion_test": z}, c["values"])


def within_person() -> Made:
    """Rates within the person beside a Poisson model with a factor a person; CR2 errors beside clubSandwich."""
    stored = read("within_person")
    rows, r = {k: np.array(v) for k, v in stored["rows"].items()}, stored["cases"]
    period = np.where(rows["late"] == 1, "after", "before")
    fit = its.within_person_rates(rows["count"], rows["exposure"], rows["cluster"], period,
                                  periods=("before", "after"), covariates={"x": rows["x"]})  # fmt: skip
    yield _case("person", {"person/coef": np.log([fit.ratio[1], fit.factors["x"][0]])}, r)
    X = np.column_stack([np.ones(len(rows["y"])), rows["treat"], rows["x"]])
    for name, w in (("lm", np.ones(len(X))), ("wls", rows["w"])):
        b = np.linalg.solve(X.T @ (w[:, None] * X), X.T @ (w * rows["y"]))
        made = cluster_robust(X, rows["y"] - X @ b, rows["cluster"], weights=w)
        ours = {f"{name}/coef": b, f"{name}/se": made.std_error, f"{name}/df": made.df}
        yield _case(f"cr2_{name}", ours, r)


def pooling() -> Made:
    """Random effects beside metafor."""
    for name, d in read("metafor")["cases"].items():
        found, plain = random_effects(d["yi"], np.sqrt(d["vi"]), guard=d["test"] == "adhoc"), d["values"]
        ours = {"estimate": found.estimate, "se": found.std_error, "ci_lower": found.lower, "ci_upper": found.upper,
                "tau2": found.tau2, "I2": 100 * found.i2, "Q": found.q, "Q_p": found.q_p,
                "pi_lower": found.prediction(found.df).lower, "pi_upper": found.prediction(found.df).upper}  # fmt: skip
        if "blup" in plain:
            limits = found.shrunken_limits()
            ours |= {"blup": np.array([found.shrunken, found.shrunken_error, *limits])[: len(plain["blup"])]}
        yield _case(name, ours, plain)


def designs() -> Made:
    """Errors of level and slope where the autocorrelation is known, beside gls."""
    for r in read("its_design"):
        months, out = FIRST + np.arange(r["n"]), r["left_out"]
        covid = its.CovidPeriod(months[out[0]], months[out[-1]]) if out else None
        design = its.Design(months, [its.Interruption("x", months[r["start"]])], covid=covid)
        found = its.told_apart(design, rho=(r["rho"],))
        ours = {"level": found.level_error[0], "slope": found.slope_error[0],
                "level_alone": found.level_alone_error[0], "correlation": found.correlation[0]}  # fmt: skip
        yield _case(f"known_rho_{r['n']}_{r['start']}_{r['rho']}", ours, r)


def control_charts() -> Made:
    """Control charts beside NHSRplotthedots, funnels and rare events beside R's quantiles, case mix beside poisson.test."""
    for c in read("ptd")["charts"]:
        made = measures.xmr_limits(c["y"], rebase=c["rebase"], fix_after=c["fix_after"], screen=c["screen"])
        firsts = [0, *c["rebase"]]
        yield _case(c["case"], {f"lines/{k}": getattr(made, v)[firsts] for k, v in LINES.items()}, c)
    funnel, spc, mix, rates = (read(name) for name in ("funnel", "spc", "case_mix", "rates"))
    for c in funnel["exact"]:
        made = measures.funnel_limits([0], [c["n"]], target=c["p"], levels=[c["level"]])
        ours = {"continuous_cp_lower": made.lower[0, 0], "continuous_cp_upper": made.upper[0, 0]}
        yield _case(f"funnel_{c['p']}_{c['n']}_{c['level']}", ours, c)
    f = funnel["FunnelPlotR"]
    made = measures.funnel_limits(f["numerator"], f["denominator"], names=f["group"])
    yield _case("FunnelPlotR", {"target": made.target, "phi": made.dispersion, "outlier": made.beyond != 0}, f)
    order = ("centre", "lower", "upper", "near_lower", "near_upper")
    for kind, name in (("T", "exponential_25"), ("G", "geometric_25")):
        chart = measures.rare_event_chart([5, 45, 20, 30], kind=kind)
        yield _case(name, {name: [getattr(chart, line)[0] for line in order]}, spc)
    area = np.repeat([f"{int(i):02d}" for i in mix["inst"]], [n + 3 for n in mix["observed"]])
    event = np.concatenate([[1] * n + [0] * 3 for n in mix["observed"]])
    expected = np.concatenate([[e / (n + 3)] * (n + 3) for n, e in zip(mix["observed"], mix["expected"], strict=True)])
    made = measures.observed_to_expected(event, expected, area)
    yield _case("case_mix", {"lower": made.lower, "upper": made.upper}, mix)
    rate = rates["cases"]["rate_3_in_170py"]["values"]["v"]
    yield _case("rate_3_in_170py", {"exact": list(exact_poisson(3, 170.5))}, rate)


def configurational() -> Made:
    """Truth tables, necessity, sufficiency and solutions beside R's QCA: rows, consistency, PRI and coverage."""
    import pandas as pd

    r = read("qca")
    data = {k: pd.DataFrame(r["data"][k]).set_index("case") for k in ("LC", "LF")}
    for name, stored in r["tables"].items():
        made = truth_table(data, stored["call"])
        seen = made.n > 0
        ours = {"row": made.row[seen], "n": made.n[seen], "incl": made.incl[seen], "pri": made.pri[seen]}
        yield _case(name, ours, stored)
    for name, stored in r["fits"].items():
        if name.endswith(("pof_necessity", "pof_sufficiency")):
            relation = name.rsplit("_", 1)[-1]
            made = realist.single_conditions(data[name[:2]], "SURV", relation=relation).set_index("term")
            columns = ["inclN", "RoN", "covN"] if relation == "necessity" else ["inclS", "PRI", "covS"]
            ours = {f"{term}/{c}": made.loc[term].iloc[i] for term in made.index for i, c in enumerate(columns)}
            yield _case(name, ours, stored["values"])
    for name, stored in r["solutions"].items():
        if "models" in stored:
            made = realist.minimise(truth_table(data, stored["call"]), KIND[name.split("_")[-1]])
            ours = {frozenset(m.terms): m for m in made.models}
            theirs = {str(i): _words(m["total"]) for i, m in enumerate(stored["models"])}
            found = {str(i): ours[frozenset(m["terms"])].total for i, m in enumerate(stored["models"])}
            yield _case(name, found, theirs)


def _words(values: list) -> list[float]:
    return [WORDS.get(v, v) for v in values]


def truth_table(data: Mapping[str, pd.DataFrame], call: str) -> realist.TruthTable:
    """The truth table that a call of R's asks for."""
    name = re.search(r"truthTable\((\w+)", call)[1]
    outcome = re.search(r"outcome='([^']+)'", call) or re.search(r",'(\w+)'", call)
    cuts = [float(c) for c in re.search(r"incl\.cut=(?:c\()?([\d., ]+)", call)[1].strip(", ").split(",") if c.strip()]
    how = {"incl_cut": tuple(cuts) if len(cuts) > 1 else cuts[0]}
    for ours, theirs, kind in (("n_cut", "n.cut", int), ("pri_cut", "pri.cut", float)):
        if found := re.search(rf"{re.escape(theirs)}=([\d.]+)", call):
            how[ours] = kind(found[1])
    if found := re.search(r"conditions='([^']+)'", call):
        how["conditions"] = found[1].split(", ")
    return realist.truth_table(data[name], outcome[1], **how)


def published_sums() -> Made:
    """The interim report's sum of savings line by line, and its total."""
    printed = read_published("interim_savings").set_index("line")["amount_gbp"]
    ours = economics.InterimSum()
    lines = dict(zip(map(str, range(len(printed))), [*ours.lines.values(), ours.total], strict=True))
    yield _case("interim_savings", lines, {str(i): v for i, v in enumerate(printed)})
    yield _case("total_saving", {"total": ours.total}, {"total": figure("total_saving")})


def draws() -> Made:
    """Draws beside the distributions that they stand for, and the value of information beside its closed form."""
    from scipy.special import ndtr, ndtri

    rng, why = np.random.default_rng(DRAWS_SEED), "200,000 draws: what chance leaves"
    for scale, to, back in (("plain", float, float), ("ratio", np.log, np.exp), ("share", _logit, _expit)):
        low, mid, high = (to(v) for v in (0.1, 0.3, 0.7))
        half = ndtri(0.975)
        exact = {f"{q}": back(mid + ndtri(q) * ((high if q > 0.5 else low) - mid) / (half if q > 0.5 else -half))
                 for q in (0.025, 0.25, 0.5, 0.75, 0.975)}  # fmt: skip
        drawn = economics.Input("x", 0.3, 0.1, 0.7, scale).at(rng.standard_normal(200_000))
        yield _case(f"quantiles_{scale}", {q: np.quantile(drawn, float(q)) for q in exact}, exact, 0.02, why)
    pair = {name: economics.Input(name, 0.0, -1.96, 1.96) for name in "ab"}
    made = economics.correlated_draws(pair, 200_000, DRAWS_SEED, {("a", "b"): -0.5})
    ours = np.corrcoef(made["a"], made["b"])[0, 1]
    yield _case("correlation", {"r": ours}, {"r": -0.5}, 0.02, why)
    for mean, sd in ((100, 300), (-50, 200), (1000, 600)):
        z = abs(mean) / sd
        exact = sd * np.exp(-z * z / 2) / np.sqrt(2 * np.pi) - abs(mean) * ndtr(-z)
        ours = economics.evpi(rng.normal(mean, sd, 200_000))
        yield _case(f"evpi_{mean}_{sd}", {"evpi": ours}, {"evpi": exact}, 0.02, why)


def _logit(p: float) -> float:
    return float(np.log(p / (1 - p)))


def _expit(x: float) -> float:
    return float(1 / (1 + np.exp(-x)))


ROOMS = {"counts": counts, "within person": within_person, "pooling": pooling, "designs": designs,
         "measures": control_charts, "configurational": configurational, "economics": published_sums, "draws": draws}  # fmt: skip


def reference_tables() -> dict[str, pd.DataFrame]:
    """For each room one row a number: case, quantity, r (the other software's or the publication's), ours, difference ..."""
    import pandas as pd

    names = ["case", "quantity", "r", "ours", "difference", "tolerance", "note"]
    return {room: pd.DataFrame([row for case, theirs in made() for row in compared(case, theirs)], columns=names)
            for room, made in ROOMS.items()}  # fmt: skip
