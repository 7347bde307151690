"""Tables of the full studies: written under ``data/validation`` with what made them, and read again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pi_research import places, provenance

if TYPE_CHECKING:
    import pandas as pd


def folder() -> Path:
    """Where the committed tables lie."""
    return places.root() / "data" / "validation"


def write_tables(
    tables: Mapping[str, pd.DataFrame], module: str, size: int, seed: int, into: Path | None = None
) -> None:
    """One CSV a table, and beside it ``<name>.json``: the module that made it, size, seed and code hash."""
    place = into or folder()
    place.mkdir(parents=True, exist_ok=True)
    made = {"module": module, "size": size, "seed": seed,
            "code_hash": provenance.module_hash(Path(__file__).with_name(f"{module}.py"))}
    for name, table in tables.items():
        table.to_csv(place / f"{name}.csv", index=False, float_format="%.6g", lineterminator="\n")
        (place / f"{name}.json").write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


def table_of_cells(rows_of: Callable[..., list[dict]], cells: Sequence[tuple], series: int) -> pd.DataFrame:
    """The rows of every cell of a study, ``rows_of(*cell)``, in their order.

    Each cell draws from a stream of its own, so that a large study, in which ``series`` are made in each cell,
    gives the same rows from one process or from one for each core.
    """
    import pandas as pd

    cells = list(cells)
    if len(cells) * series >= 20_000 and (os.cpu_count() or 1) > 1:
        from concurrent.futures import ProcessPoolExecutor

        with ProcessPoolExecutor() as pool:
            found = list(pool.map(rows_of, *zip(*cells, strict=True)))
    else:
        found = [rows_of(*cell) for cell in cells]
    return pd.DataFrame([row for rows in found for row in rows]).round(6)


def read_table(name: str) -> pd.DataFrame:
    """A committed table."""
    import pandas as pd

    # a scenario may be called null: only an empty cell is missing
    return pd.read_csv(folder() / f"{name}.csv", keep_default_na=False, na_values=[""])
