"""Reporting lists of the whole repository: items as published, and where each is reported
(docs/checklists.csv)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.realist import Checklist

__all__ = ["headings", "reporting_lists"]

NAMES = {
    "rameses_ii": "RAMESES II",
    "strobe": "STROBE",
    "record": "RECORD",
    "cheers": "CHEERS 2022 and contracts",
}
PLACES = "docs/checklists.csv"


def reporting_lists(root: Path) -> dict[str, Checklist]:
    """RAMESES II, STROBE, RECORD and CHEERS 2022 by short name, each place checked to exist under ``root``.

    Raises
    ------
    ChecklistError
        Where a place names an item, a file or a heading that is not there: row, list and item.
    """
    import pandas as pd

    from pi_research.extract.published import read_published
    from pi_research.realist import ChecklistError, checklist

    places = pd.read_csv(root / PLACES, dtype=str, keep_default_na=False, encoding="utf-8")
    places.index += 2
    if strange := sorted(set(places["list"]) - set(NAMES)):
        raise ChecklistError(
            f"{PLACES}: no reporting list is called {', '.join(strange)}; there are {', '.join(NAMES)}"
        )
    sections = {file: headings(root / file) for file in set(places["file"]) - {""} if (root / file).is_file()}
    items = read_published("reporting_items")
    money = read_published("cheers_2022").assign(list="cheers", item=lambda f: f["item"].astype(str))
    asked: dict[str, pd.DataFrame] = {name: items[items["list"] == name] for name in NAMES} | {
        "cheers": money
    }
    return {
        name: checklist(words, asked[name], places[places["list"] == name], sections)
        for name, words in NAMES.items()
    }


def headings(file: Path) -> frozenset[str]:
    """Headings of a notebook or a markdown file; none of any other."""
    if file.suffix == ".ipynb":
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    else:
        text = file.read_text(encoding="utf-8") if file.suffix == ".md" else ""
    return frozenset(line.strip() for line in re.findall(r"^#{1,6} (.+)$", text, flags=re.MULTILINE))
