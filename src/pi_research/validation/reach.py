"""What each method must hold where the truth is known, and whether the committed studies say that it does.

A check is a column of a study's table, one interval or test of one method, and the reach that was set for it: the
lowest and highest coverage that is good enough. A cell of the study lies outside where it misses the reach by more
than two Monte Carlo errors. A test is entered by the share of programmes in which it finds nothing, rightly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pi_research.validation.tables import read_table
from pi_research.wording import Sentence, count, number, sentence

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CHECKS", "METHODS", "Check", "Method", "cells", "checked", "others_outside", "outside_sentence",
           "overall_sentence", "summary"]


@dataclass(frozen=True, slots=True)
class Check:
    """``what`` is tried in the rows of ``table`` that ``only`` (a query) keeps; it must cover ``low`` to ``high``.

    ``by`` names the columns that tell cells apart; ``value`` is the column, turned round where it counts rejections.
    """

    method: str
    what: str
    table: str
    only: str
    low: float
    high: float
    by: tuple[str, ...]
    value: str = "coverage"


COLUMNS = {"rho": "correlation", "mean": "events a month", "rate": "admissions a month", "survival": "share kept",
           "kept_24": "share kept", "span": "months of the programme", "series": "series beside it"}  # fmt: skip
"""What columns of the studies are, in words."""

OUTSIDE = "outside its reach"
PRECISION, RECALL = 0.99, 0.97
"""What linkage must hold in every trial, at the errors assumed and twice as many."""

N = ("n", "survival")
SERIES = ("design", "n", "rho", "term")
COUNTED = ("setting", "n", "mean", "rho", "dispersion", "term")
PERSON = ("people", "mean_events", "rate_ratio", "counted")
OURS = 'method == "reml_integrated" and rho <= 0.8'
RATIO = 'method == "quasi-Poisson, rho integrated out"'
CHECKS = (
    Check("Tenancy curves", "share kept (beta product)", "survival_coverage", 'interval == "beta-product"', 0.95, 1, N),
    Check("Two groups", "difference of shares (melded)", "survival_difference", 'interval == "melded"', 0.95, 1,
          ("n_first", "n_second", "survival_first", "survival_second")),
    Check("Two groups", "log-rank, permutation", "survival_type_one", 'test == "permutation"', 0.945, 1,
          ("n_first", "n_second", "events"), "type_one"),
    Check("Events and states", "mean number of events", "events_coverage", 'quantity == "mean number of events"', 0.93, 1,
          ("n", "rate")),
    Check("Events and states", "the same, death ends them", "events_coverage", 'quantity == "the same, death ends them"',
          0.93, 1, ("n", "rate")),
    Check("Events and states", "share in the tenancy", "events_coverage", 'quantity == "share in the tenancy"', 0.93, 1,
          ("n", "rate")),
    Check("Events and states", "share in hospital", "events_coverage", 'quantity == "share in hospital"', 0.93, 1,
          ("n", "rate")),
    Check("Milestones", "share that reaches one", "milestone_shares", 'quantity == "share"', 0.93, 1,
          ("n", "kept_24", "span", "death", "months")),
    Check("Milestones", "the next, given the last", "milestone_shares", 'quantity == "next"', 0.93, 1,
          ("n", "kept_24", "span", "death", "months")),
    Check("Milestones", "claims to come", "milestone_forecast", "n > 0", 0.93, 1, ("n", "kept_24", "span", "months")),
    Check("Milestones", "from a register's counts", "milestone_entry", "share > 0", 0.93, 1, ("share",)),
    Check("Milestones", "middle of several contracts", "milestone_contracts", "contracts > 0", 0.93, 1,
          ("contracts", "tau")),
    Check("Interrupted series", "level, two years or more", "its_methods", f'{OURS} and term == "level" and n >= 24',
          0.94, 0.965, SERIES),
    Check("Interrupted series", "slope, two years or more", "its_methods", f'{OURS} and term == "slope" and n >= 24',
          0.94, 0.98, SERIES),
    Check("Interrupted series", "both, one year", "its_methods", f"{OURS} and n == 12", 0.93, 1, SERIES),
    Check("Interrupted series", "season, late break, gaps", "its_designs", OURS, 0.93, 1, SERIES),
    Check("Interrupted series", "average effect", "its_effects", 'quantity != "mean error of a forecast"', 0.93, 0.97,
          ("n", "rho", "quantity")),
    Check("Monthly counts", "rate ratios, two years", "counts_coverage", f"{RATIO} and n == 24", 0.93, 0.99, COUNTED),
    Check("Monthly counts", "rate ratios, longer", "counts_coverage", f"{RATIO} and n > 24", 0.93, 0.98, COUNTED),
    Check("Monthly counts", "caseload grows, Covid, season", "counts_designs", RATIO, 0.93, 0.99, COUNTED),
    Check("Monthly counts", "what was averted", "counts_effects", 'quantity != "expected month"', 0.93, 0.99,
          (*COUNTED[:-1], "quantity")),
    Check("Controls and areas", "beyond the controls", "controlled_coverage", 'design == "with controls"', 0.93, 1,
          ("n", "rho", "series", "term")),
    Check("Controls and areas", "areas pooled", "controlled_coverage", 'design == "areas pooled"', 0.93, 1,
          ("n", "rho", "series", "term")),
    Check("Within the person", "113 people, admissions", "within_person",
          'window == "own period" and people == 113 and counted == "admissions"', 0.93, 0.97, PERSON),
    Check("Within the person", "few people, clusters, bed days", "within_person",
          'window == "own period" and not (people == 113 and counted == "admissions")', 0.93, 1, PERSON),
    Check("Tests of the theory", "nothing true, 20 claims (Holm)", "theory_false_alarms", 'correction == "Holm"', 0.936, 1,
          ("people", "tests"), "any_supported"),
    Check("Tests of the theory", "ratio of a modifier", "theory_power", "people > 0", 0.93, 1, ("people", "tests")),
    Check("Small-number rule", "released share kept", "rounding_error", 'rule != ""', 0.93, 1, ("rule", *N)),
)  # fmt: skip
"""One line a check, in the order of the page."""


@dataclass(frozen=True, slots=True)
class Method:
    """A method as the page's first table has it: its name and section, and the rooms of ``reference_cases``."""

    name: str
    rooms: tuple[str, ...] = ()
    beside: str = ""


METHODS = (
    Method("Tenancy curves", ("survival curves", "survival models"), "R: survival, cmprsk, coxphf, bpcp"),
    Method("Two groups", (), "log-rank with R's, among the curves"),
    Method("Events and states", ("states and repeated events",), "R: survival, mstate, etm, mets"),
    Method("Milestones", ("milestones and pseudo-values",), "R: survival, geepack, metafor"),
    Method("Interrupted series", ("interrupted series", "designs"), "R: nlme, sandwich"),
    Method("Monthly counts", ("counts",), "R: glm, MASS, sandwich"),
    Method("Controls and areas", ("pooling",), "R: metafor"),
    Method("Within the person", ("within person",), "R: glm, clubSandwich"),
    Method("Economics", ("economics", "draws"), "the interim report's sum; closed forms"),
    Method("Performance measures", ("measures",), "R: NHSRplotthedots, FunnelPlotR, quantiles"),
    Method("Configurations", ("configurational",), "R: QCA"),
    Method("Tests of the theory", (), "no other software asks this"),
    Method("Linkage", (), "splink scores the pairs; the truth is known"),
    Method("Audit of a release", (), "every possibility counted out"),
    Method("Small-number rule", (), "the exact curve of the same people"),
)


def cells(check: Check) -> pd.DataFrame:
    """The cells of a check: ``name, coverage, mc_error, lower, upper`` (two Monte Carlo errors) and ``outside``."""
    table = read_table(check.table).query(check.only)
    covered = table[check.value] if check.value == "coverage" else 1 - table[check.value]
    least, most = covered - 2 * table["mc_error"], covered + 2 * table["mc_error"]
    words = {c: COLUMNS.get(c, c.replace("_", " ")) for c in check.by}
    words["n"] = "months" if check.table.startswith(("its", "counts", "controlled")) else "people"
    names = [", ".join(f"{words[c]} {v}" for c, v in zip(check.by, row, strict=True))
             for row in table[list(check.by)].itertuples(index=False)]  # fmt: skip
    return table[[]].assign(name=names, coverage=covered, mc_error=table["mc_error"], lower=least.clip(lower=0),
                            upper=most.clip(upper=1), outside=(most < check.low) | (least > check.high))  # fmt: skip


def checked() -> pd.DataFrame:
    """A row a check: ``method, what, low, high, cells, lowest, highest, outside`` (cells), ``worst``, ``furthest`` of them."""
    import pandas as pd

    rows = []
    for check in CHECKS:
        made = cells(check)
        far = np.maximum(check.low - made["coverage"], made["coverage"] - check.high).where(made["outside"])
        worst = made.loc[far.idxmax()] if made["outside"].any() else {"name": "", "coverage": np.nan}
        rows.append({"method": check.method, "what": check.what, "low": check.low, "high": check.high, "cells": len(made),
                     "lowest": made["coverage"].min(), "highest": made["coverage"].max(),
                     "outside": int(made["outside"].sum()), "worst": worst["name"], "furthest": worst["coverage"]})  # fmt: skip
    return pd.DataFrame(rows)


def overall_sentence(rows: pd.DataFrame) -> Sentence:
    """How many cells keep their reach, over all methods."""
    total, outside, checks = int(rows["cells"].sum()), int(rows["outside"].sum()), int((rows["outside"] > 0).sum())
    said = (
        "{k} intervals and tests were tried in simulated programmes whose truth is known, in {n} cells of size, rate and "
        "design together. In {inside} of them ({share}) each holds the truth as often as it must; "
    )
    said += "{outside} cells of {c} of them lie outside, and are named next." if outside else "none lies outside."
    return sentence(said, k=count(len(rows), people=False), n=count(total, people=False),
                    inside=count(total - outside, people=False), outside=count(outside, people=False),
                    share=number(1 - outside / total, style="percent", digits=1), c=count(checks, people=False))  # fmt: skip


def outside_sentence(rows: pd.DataFrame) -> Sentence:
    """Which checks have cells outside their reach, how many, and the furthest."""
    some = rows[rows["outside"] > 0]
    if some.empty:
        return sentence("No cell of any check lies outside its reach by more than two Monte Carlo errors.")
    parts = [f"{r.method}, {r.what}: {r.outside} of {r.cells} cells, the furthest at {100 * r.furthest:.1f}% where "
             f"{100 * r.low:g}% to {100 * r.high:g}% is asked ({r.worst})" for r in some.itertuples()]  # fmt: skip
    return sentence("Outside their reach: {parts}.", parts="; ".join(parts))


def others_outside() -> list[Sentence]:
    """One sentence for linkage and for the audit, where they miss what they must hold."""
    found = ((name, *_other(name)) for name in ("Linkage", "Audit of a release"))
    return [sentence("{name} misses what it must hold: {truth}.", name=name, truth=truth)
            for name, truth, verdict in found if verdict == OUTSIDE]  # fmt: skip


def summary(rows: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    """A row a method: ``method, verdict, truth, compared``, in words for the page's first table."""
    import pandas as pd

    made = []
    for method in METHODS:
        own, mine = cases[cases["room"].isin(method.rooms)], rows[rows["method"] == method.name]
        compared = f"{method.beside}: {_compared(own)}" if len(own) else method.beside
        truth, verdict = _other(method.name) if mine.empty else _kept(mine)
        made.append({"method": method.name, "verdict": verdict, "truth": truth, "compared": compared})
    return pd.DataFrame(made)


def _compared(own: pd.DataFrame) -> str:
    tight = own[own["tolerance"] <= 1e-6]
    wider = len(own) - len(tight)
    more = f"; {wider} with a wider tolerance" if wider else ""
    worst = tight["difference"].max()
    return f"{own['numbers'].sum():,} in {len(own)} cases, " + (f"to {worst:.0e}" if worst > 0 else "exactly") + more


def _kept(mine: pd.DataFrame) -> tuple[str, str]:
    low, high, outside = 100 * mine["lowest"].min(), 100 * mine["highest"].max(), int(mine["outside"].sum())
    truth = f"covers {low:.1f}% to {high:.1f}% in {mine['cells'].sum()} cells"
    return truth, f"{outside} cells outside" if outside else "all within reach"


def _other(name: str) -> tuple[str, str]:
    """Methods whose truth is not a coverage."""
    if name == "Linkage":
        return _links()
    if name == "Audit of a release":
        return _leaks()
    if name == "Configurations":
        found = read_table("configurational_chance")["found"]
        truth = f"chance alone gives a solution in {100 * found.min():.0f}% to {100 * found.max():.0f}% of programmes"
        return truth, "no test in it"
    return "sums and draws, not intervals" if name == "Economics" else "limits, not intervals", "see beside"


def _links() -> tuple[str, str]:
    made = read_table("linkage_trials").query("errors <= 2")
    precision, recall = made["lowest_precision"].min(), made["lowest_recall"].min()
    truth = f"{made['trials'].sum()} trials: {made['false'].sum():.0f} false of {made['links'].sum():,.0f} links"
    truth += f", recall {100 * recall:.1f}% or more"
    return truth, "all within reach" if precision >= PRECISION and recall >= RECALL else OUTSIDE


def _leaks() -> tuple[str, str]:
    made = read_table("attack_set")
    leaky, safe = made[made["leaky"]], made[~made["leaky"]]
    truth = f"{leaky['found'].sum()} of {leaky['leaking'].sum()} leaks found; "
    truth += f"{safe['refused'].sum()} of {safe['releases'].sum()} safe releases refused"
    right = (leaky["refused"] == leaky["releases"]).all() and not safe["refused"].any()
    return truth, "all within reach" if right else OUTSIDE
