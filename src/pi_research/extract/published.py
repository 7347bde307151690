"""Figures that others published, read with their types from ``data/published``.

The folder is a Frictionless data package: ``datapackage.json`` describes every table,
each row carries the ``source`` it comes from and ``where`` it stands there. Months stay
text (``2019-04``), so that a period keeps the precision with which it was published.
"""

from __future__ import annotations

import csv
import difflib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from pi_research import places

if TYPE_CHECKING:
    import pandas as pd

PACKAGE = "datapackage.json"
TYPES = {"integer": "Int64", "number": "float64", "boolean": "boolean"}
NOT_NUMBERS = ("month", "text")


def published_folder(folder: str | Path | None = None) -> Path:
    """Folder of the published tables: the one named, or the project's own.

    Raises
    ------
    FileNotFoundError
        Where it holds no data package.
    """
    place = Path(folder) if folder is not None else places.published_folder()
    if not (place / PACKAGE).is_file():
        raise FileNotFoundError(f"{place} holds no {PACKAGE}: name the folder of the published tables")
    return place


def read_published(name: str, folder: str | Path | None = None) -> pd.DataFrame:
    """One published table, typed as the package describes it.

    Parameters
    ----------
    name : str
        Name of the table, e.g. ``"register_payments"``; a wrong name lists them all.
    folder : path, optional
        Folder that holds ``datapackage.json``; the repository's ``data/published`` if
        not given.

    Returns
    -------
    DataFrame
        Integers as ``Int64``, numbers as ``float64``, truth values as ``boolean``, all
        else as text. Empty cells and the source's own ``NA`` are missing, never zero.

    Raises
    ------
    ValueError
        If there is no such table; the message lists those there are.
    FileNotFoundError
        If the folder or the table's file is not there.

    Notes
    -----
    Not for an evaluator's own extract: that one the dictionary describes and
    ``pi-research validate`` checks. These tables are checked by the tests alone.
    """
    import pandas as pd

    at = published_folder(folder)
    package = json.loads((at / PACKAGE).read_text(encoding="utf-8"))
    resources = {resource["name"]: resource for resource in package["resources"]}
    if name not in resources:
        raise ValueError(_unknown("published table", name, resources) + " There are: " + ", ".join(resources))
    schema = resources[name]["schema"]
    return pd.read_csv(
        at / resources[name]["path"],
        dtype={field["name"]: TYPES.get(field["type"], "object") for field in schema["fields"]},
        keep_default_na=False,
        na_values=schema["missingValues"],
        encoding="utf-8",
    )


def figure(id: str, folder: str | Path | None = None) -> float | str:
    """One fact of ``programme_figures`` by its id: a number, or text for months and words.

    Raises ``ValueError`` for an id that is not there, with the nearest ids that are.

    >>> figure("cohort_target"), figure("contract_start")
    (113.0, '2019-04')
    """
    path = published_folder(folder) / "programme_figures.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = {row["id"]: row for row in csv.DictReader(lines)}
    if id not in rows:
        raise ValueError(_unknown("published figure", id, rows) + f" Column id of {path.name} lists them all")
    value = rows[id]["value"]
    return value if rows[id]["unit"] in NOT_NUMBERS else float(value)


def _unknown(what: str, name: str, known: dict[str, dict]) -> str:
    near = difflib.get_close_matches(str(name), known, n=3)
    return f"there is no {what} {name!r}." + (f" Did you mean {' or '.join(near)}?" if near else "")


def register_counts(metrics: pd.DataFrame) -> tuple[int, dict[int, int]]:
    """People who moved, and who sustained each milestone in months, from ``register_metrics``."""
    moved = metrics.loc[metrics["name"] == "move", "result"].iloc[0]
    kept = metrics[metrics["name"].str.startswith("sustained")]
    return int(moved), {int(m): int(n) for m, n in zip(kept["milestone_months"], kept["result"], strict=True)}
