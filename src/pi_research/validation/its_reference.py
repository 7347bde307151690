"""Values of R beside ours: each method of segmented regression on five series, in one table.

``data/validation/its_reference.json`` is made by ``tests/reference/its_reference.R``, which names R's calls
and writes out what R lacks (Prais-Winsten, the small-sample rules, the integrated interval by ``integrate``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from pi_research.its.design import CovidPeriod, Design, Interruption
from pi_research.its.regression import segmented_regression
from pi_research.validation.survival_reference import Case, compared
from pi_research.validation.tables import folder

if TYPE_CHECKING:
    import pandas as pd

FIRST = np.datetime64("2012-01")
STOPS = "nlme's optimiser stops there"
EDGE = "REML runs to rho = 1: R stops a little inside, at a lower likelihood, and its intercept is the edge's"
KINDS = (
    ("ols", "ols", 1e-8, ""),
    ("newey_west", "newey_west_se", 1e-8, ""),
    ("prais_winsten", "prais_winsten", 1e-8, ""),
    ("reml", "reml", 1e-6, STOPS),
    ("arima", "ml", 1e-6, STOPS),
    ("reml_satterthwaite", "satterthwaite_df", 1e-5, STOPS),
    ("reml_kenward_roger", "kenward_roger_se", 1e-6, STOPS),
    ("reml_integrated", "integrated", 1e-5, "quadrature, ours of 48 nodes"),
)


@cache
def reference() -> dict:
    """The file of R's values."""
    return json.loads((folder() / "its_reference.json").read_text(encoding="utf-8"))


def series(dataset: Mapping) -> tuple[np.ndarray, Design]:
    """A series of the file and its design; months counted from January 2012."""
    y, masked = np.array(dataset["y"], dtype=float), np.atleast_1d(np.array(dataset["masked"], dtype=int))
    months = FIRST + np.arange(len(y))
    covid = CovidPeriod(months[masked[0] - 1], months[masked[-1] - 1]) if masked.size else None
    change = Interruption("x", months[dataset["pre"]])
    return y, Design(months, [change], dataset["season"], covid=covid)


def _ours(name: str, method: str) -> dict[str, object]:
    """What a method gives for a series, by R's path; R's time starts at 1: a slope off the intercept."""
    y, design = series(reference()["cases"][name]["dataset"])
    fit = segmented_regression(y, design, method=method)
    move = np.eye(len(fit.names))
    move[0, 1] = -1
    value, error = move @ fit.coefficients, np.sqrt(np.diag(move @ fit.covariance @ move.T))
    if method == "reml_integrated":
        changes = {t: fit.coefficient(f"{t}_change[x]") for t in ("level", "slope")}
        return {f"integrated/{t}": [one.lower, one.upper] for t, one in changes.items()}
    if method == "reml" and fit.near_unit_root:
        return {f"reml/{at}/{j}": part[j] for at, part in (("coef", value), ("se", error)) for j in (2, 3)}
    named = {"coef": value, "se": error, "rho": fit.rho}
    by_n_less_p = np.sqrt(fit.n / (fit.n - len(value)))
    return {
        "ols": {"ols/coef": value, "ols/se": error},
        "newey_west": {"newey_west_se": error},
        "prais_winsten": {f"prais_winsten/{k}": v for k, v in named.items()},
        "reml": {f"reml/{k}": v for k, v in named.items()},
        "arima": {"ml/coef": value, "ml/se": error * by_n_less_p, "ml/rho": fit.rho},
        "reml_satterthwaite": {"satterthwaite_df": fit.df[2:4]},
        "reml_kenward_roger": {"kenward_roger_se": error},
    }[method]


def cases() -> list[Case]:
    """Each series by each method that R's values are there for."""
    made = []
    for name, stored in reference()["cases"].items():
        values = stored["values"]
        for method, needed, tolerance, why in KINDS:
            if needed in values:
                edge = method == "reml" and values["reml"]["rho"] > 0.99
                how = (1e-5, EDGE) if edge else (tolerance, why)
                made.append(Case(name, lambda _, n=name, m=method: _ours(n, m), *how))
    return made


def reference_table() -> pd.DataFrame:
    """Every number: case, quantity, r, ours, difference, tolerance, note, as the survival room has it."""
    import pandas as pd

    rows = [row for case in cases() for row in compared(case, reference()["cases"][case.id]["values"])]
    return pd.DataFrame(rows, columns=["case", "quantity", "r", "ours", "difference", "tolerance", "note"])
