"""Known-truth study of milestones, forecasts, entry patterns and contracts: coverage, width, scores.

A programme: moves spread by chance over 60 months (or 24, while it is young), tenancies that end by a Weibull
law of shape 0.7 (early endings weigh most), a quarter of the endings by death, and a few people lost from
sight. What is true is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from pi_research.survival.contracts import compare_contracts, ladder_table
from pi_research.survival.curves import kaplan_meier
from pi_research.survival.forecast import forecast_claims
from pi_research.survival.ladders import sustainment_bounds
from pi_research.survival.milestones import milestone_probabilities
from pi_research.survival.scoring import scores

if TYPE_CHECKING:
    import pandas as pd

MONTHS, HORIZON, SHAPE, DEATHS = (6, 12, 18, 24), 12.0, 0.7, 0.25
# People, share kept at 24 months, months since the first move.
SCENARIOS = (*product((30, 73, 113), (0.6, 0.85, 0.95, 0.99), (60,)), *product((30, 73), (0.6, 0.95), (24,)))
CONTRACTS = tuple(product((3, 7), (0.0, 0.3, 0.6)))
ENTRY = (0.6, 0.85, 0.95)
LEVEL = 0.95
SIZE, SEED = 2000, 4006


def run(study: str = "all", size: int = SIZE, seed: int = SEED) -> dict[str, pd.DataFrame]:
    """The tables of one study, or of all, by name: ``milestone_shares`` and what else is described below.

    Each cell has its own stream of the seed, so that some cells run alone give the same rows. About half an
    hour in full.
    """
    studies = {"programmes": programmes, "entry": entry, "contracts": contracts}
    if study not in ("all", *studies):
        raise ValueError(f"study: choose one of all, {', '.join(studies)}")
    return {name: table for one, make in studies.items() if study in ("all", one)
            for name, table in make(size, seed).items()}


def programmes(size: int = SIZE, seed: int = SEED, scenarios: Sequence[tuple] = SCENARIOS) -> dict:
    """Coverage of milestones and forecasts over ``size`` programmes in each scenario.

    ``milestone_shares``: by people, share kept at 24 months, months since the first move, rule on death,
    milestone and quantity (the share, the next given the last; for the plain rule log-log's interval too).
    ``milestone_forecast``: the prediction interval, a plug-in binomial one beside it, scores of both.
    ``milestone_calibration``: how often the count of all claims fell in each tenth of its distribution.
    """
    import pandas as pd

    parts = [_scenario(n, kept, span, size, np.random.default_rng([seed, 1, n, round(100 * kept), span]))
             for n, kept, span in scenarios]
    return {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]}


def entry(size: int = SIZE, seed: int = SEED) -> dict[str, pd.DataFrame]:
    """``milestone_entry``: intervals from counts like the register's where the day of each move is chance."""
    import pandas as pd

    made = pd.DataFrame(_entry(share, size, np.random.default_rng([seed, 2, round(100 * share)]))
                        for share in ENTRY)
    return {"milestone_entry": made.assign(mc_error=_error(made["coverage"], made["programmes"]))}


def contracts(size: int = SIZE, seed: int = SEED) -> dict[str, pd.DataFrame]:
    """``milestone_contracts``: the middle of contracts and the prediction for one more."""
    import pandas as pd

    made = pd.DataFrame(_contracts(k, tau, size, np.random.default_rng([seed, 3, k, round(10 * tau)]))
                        for k, tau in CONTRACTS)
    return {"milestone_contracts": made.assign(mc_error=_error(made["coverage"], made["programmes"]))}


def programme(n: int, kept: float, span: float, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """One programme as it stands after ``span`` months; ``end`` is when each tenancy truly ends."""
    scale = 24 / (-np.log(kept)) ** (1 / SHAPE)
    end, available = scale * rng.weibull(SHAPE, n), rng.uniform(0, span, n)
    lost = rng.exponential(400, n)
    seen = np.minimum(np.minimum(end, lost), available)
    ended = (end <= available) & (end <= lost)
    died = ended & (rng.random(n) < DEATHS)
    return {"time": seen, "ended": ended, "available": available, "died": died, "end": end}


def truth(kept: float, months: np.ndarray, death: str) -> np.ndarray:
    """Probability of sustaining each milestone under a rule on death."""
    share = np.exp(np.log(kept) * (months / 24) ** SHAPE)
    if death == "neutral":
        return share ** (1 - DEATHS)
    return share / (1 - DEATHS * (1 - share)) if death == "excluded" else share


def next_truth(kept: float, months: np.ndarray, death: str) -> np.ndarray:
    """The same given the milestone before; the dying are left out of those who held so far."""
    share = truth(kept, months, "neutral" if death == "neutral" else "failing")
    ratio = share / np.append(1.0, share[:-1])
    return ratio / (1 - DEATHS * (1 - ratio)) if death == "excluded" else ratio


def _scenario(n: int, kept: float, span: int, size: int, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    import pandas as pd

    shares, claims, months = [], [], np.array([m for m in MONTHS if m < span], float)
    for _ in range(size):
        seen = programme(n, kept, span, rng)
        end = seen.pop("end")
        shares += _milestones(seen, kept, months)
        claims += _forecast(seen, end, months, rng)
    key = {"n": n, "kept_24": kept, "span": span}
    shares = pd.DataFrame(shares, columns=[
        "death", "months", "quantity", "truth", "estimate", "lower", "upper"])
    claims = pd.DataFrame(claims, columns=[
        "months", "due", "expected", "lower", "upper", "actual", "plugin_lower", "plugin_upper", "crps",
        "plugin_crps", "pit"])
    whole = claims[(claims["months"] == "all") & (claims["due"] > 0)]
    tenth = np.minimum((whole["pit"] * 10).astype(int), 9)
    bins = pd.DataFrame({"tenth": range(1, 11), "programmes": np.bincount(tenth, minlength=10)})
    made = {"milestone_shares": _covered(shares, ["death", "months", "quantity"]),
            "milestone_forecast": _scored(claims), "milestone_calibration": bins}
    return {name: table.assign(**key)[[*key, *table.columns]] for name, table in made.items()}


def _milestones(seen: dict[str, np.ndarray], kept: float, months: np.ndarray) -> list[tuple]:
    rows = []
    for death in ("failing", "neutral", "excluded"):
        found = milestone_probabilities(**seen, months=months, death=death, level=LEVEL)
        for quantity, true, start in (("share", truth, ""), ("next", next_truth, "next_")):
            names = (f"{start}probability", f"{start}lower", f"{start}upper")
            values = zip(true(kept, months, death), *(getattr(found, name) for name in names), strict=True)
            rows += [(death, m, quantity, *v) for m, v in zip(months, values, strict=True)]
    plain = kaplan_meier(seen["time"], seen["ended"], interval="log-log", level=LEVEL).at(months)
    known = truth(kept, months, "failing")
    # An interval that can't be given covers what it would stand at.
    low, high = plain["lower"].fillna(plain["survival"]), plain["upper"].fillna(plain["survival"])
    return rows + [("failing", m, "share, log-log", *v)
                   for m, *v in zip(months, known, plain["survival"], low, high, strict=True)]


def _forecast(
    seen: dict[str, np.ndarray], end: np.ndarray, months: np.ndarray, rng: np.random.Generator
) -> list[tuple]:
    found = forecast_claims(**seen, months=months, horizon=HORIZON, seed=rng, level=LEVEL)
    held, was = ~seen["ended"], seen["available"]
    due = [held & (was < m) & (m <= was + HORIZON) & (seen["time"] >= m).any() for m in months]
    plug_in = _plug_in(seen, months, due, rng)
    actual = [int((mine & (end >= m)).sum()) for mine, m in zip(due, months, strict=True)]
    rows = []
    for j, label in enumerate(found.months):
        y = actual[j] if j < len(months) else sum(actual)
        both, plain = found.draws[:, j], plug_in[:, j]
        low, high = np.quantile(plain, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], method="inverted_cdf")
        (crps, pit), (plain_crps, _) = scores(both, y), scores(plain, y)
        rows.append((label, found.due[j], found.expected[j], found.lower[j], found.upper[j], y, low, high,
                     crps, plain_crps, pit))
    return rows


def _plug_in(
    seen: dict[str, np.ndarray], months: np.ndarray, due: Sequence[np.ndarray], rng: np.random.Generator
) -> np.ndarray:
    """Counts (1000, m + 1) where the curve is taken as known: only chance is in them."""
    curve = kaplan_meier(seen["time"], seen["ended"], interval="plain")
    height = np.append(1.0, curve.survival)
    at, far = (height[np.searchsorted(curve.time, t, side)] for t, side in
               ((months, "left"), (seen["time"], "right")))
    chance = rng.random((1000, len(seen["time"])))
    counts = [(chance[:, mine] < share / far[mine]).sum(axis=1) for share, mine in zip(at, due, strict=True)]
    return np.column_stack([*counts, np.sum(counts, axis=0)])


def _covered(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Coverage, width and bias of intervals, by what they are of."""
    known = rows.dropna(subset=["lower", "upper"])
    known = known.assign(
        covered=(known["lower"] <= known["truth"] + 1e-12) & (known["truth"] <= known["upper"] + 1e-12),
        width=known["upper"] - known["lower"], bias=known["estimate"] - known["truth"])
    made = known.groupby(by, sort=False).agg(
        truth=("truth", "first"), programmes=("covered", "size"), coverage=("covered", "mean"),
        mean_width=("width", "mean"), bias=("bias", "mean")).reset_index()
    return made.assign(mc_error=_error(made["coverage"], made["programmes"]))


def _scored(rows: pd.DataFrame) -> pd.DataFrame:
    """Coverage, width and scores of forecasts, over programmes in which something falls due."""
    rows = rows[rows["due"] > 0]
    held = {name: (rows[f"{name}lower"] <= rows["actual"]) & (rows["actual"] <= rows[f"{name}upper"])
            for name in ("", "plugin_")}
    rows = rows.assign(
        coverage=held[""], plugin_coverage=held["plugin_"], mean_width=rows["upper"] - rows["lower"],
        plugin_width=rows["plugin_upper"] - rows["plugin_lower"], bias=rows["expected"] - rows["actual"])
    names = ["due", "coverage", "mean_width", "plugin_coverage", "plugin_width", "bias", "crps",
             "plugin_crps"]
    made = rows.groupby("months", sort=False)[names].mean()
    made.insert(0, "programmes", rows.groupby("months", sort=False).size())
    made = made.reset_index()
    return made.assign(mc_error=_error(made["coverage"], made["programmes"]))


def _error(coverage: pd.Series, n: pd.Series) -> pd.Series:
    return (coverage * (1 - coverage) / n) ** 0.5


def _entry(share: float, size: int, rng: np.random.Generator) -> dict[str, float]:
    """Counts of 73 people who moved on days by chance: interval for that pattern, and over both ends."""
    days = {"start": "2019-11-01", "cut_off": "2024-09-30"}
    total, chance, ends = 1796, [], []
    for _ in range(size):
        due = int((rng.integers(0, total, 73) < 1430).sum())  # moves by 30 September 2023
        found = sustainment_bounds(73, {12: int(rng.binomial(due, share))}, moves="even", **days)
        chance.append((*found.chance_interval[0],))
        ends.append((found.low_interval[0, 0], found.high_interval[0, 1]))
    made: dict[str, float] = {"share": share, "programmes": size}
    for name, limits in (("", np.array(chance)), ("days_as_set_", np.array(ends))):
        limits = limits[np.isfinite(limits).all(axis=1)]
        made |= {f"{name}given": len(limits) / size,
                 f"{name}mean_width": float(np.ptp(limits, axis=1).mean()),
                 f"{name}coverage": float(((limits[:, 0] <= share) & (share <= limits[:, 1])).mean())}
    return made


def _contracts(k: int, tau: float, size: int, rng: np.random.Generator) -> dict[str, float]:
    """Contracts of 130 to 370 people around a log-odds of 1: the middle, and one contract more."""
    import pandas as pd

    middle = new = 0
    width = []
    for _ in range(size):
        n = rng.integers(130, 371, k)
        p = 1 / (1 + np.exp(-(1 + tau * rng.standard_normal(k + 1))))
        frame = pd.DataFrame({"contract": np.tile([f"c{i}" for i in range(k)], 2),
                              "months": np.repeat([0, 12], k),
                              "people": np.concatenate([n, rng.binomial(n, p[:k])])})
        found = compare_contracts(ladder_table(frame), 12)
        middle += found.lower <= 1 / (1 + np.exp(-1)) <= found.upper
        new += found.new_lower <= p[k] <= found.new_upper
        width.append((found.upper - found.lower, found.new_upper - found.new_lower))
    wide = np.mean(width, axis=0)
    return {"contracts": k, "tau": tau, "programmes": size, "coverage": middle / size,
            "mean_width": float(wide[0]), "new_coverage": new / size, "new_mean_width": float(wide[1])}
