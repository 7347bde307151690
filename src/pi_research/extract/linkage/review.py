"""The clerical list as files: one without a name, to fill in, and one with both sides for the safe room."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from pi_research.extract.linkage.decisions import COLUMNS as DECISION_COLUMNS
from pi_research.extract.linkage.normal import COLUMNS
from pi_research.extract.linkage.result import Linkage
from pi_research.files import write_text

LIST = "clerical.csv"
VALUES = "clerical_values_SAFE_ROOM_ONLY.csv"


def side_by_side(linkage: Linkage, identifiers_housing: pd.DataFrame, identifiers_trust: pd.DataFrame
                 ) -> pd.DataFrame:
    """Both sides' values of each pair on the list, for the eyes of whoever may see identifiers.

    Returns
    -------
    DataFrame
        ``pair`` (1, 2, ... as in ``clerical``), ``field``, ``housing``, ``trust``, ``agreement``: a row a
        field, so that the two values stand beside one another.
    """
    sides = (identifiers_housing.set_index("customer_id"), identifiers_trust.set_index("patient_id"))
    rows = []
    for k, pair in enumerate(linkage.clerical.to_dict("records"), start=1):
        for name in COLUMNS:
            ids = pair["customer_id"], pair["patient_id"]
            values = [_text(side.loc[i, name]) for side, i in zip(sides, ids, strict=True)]
            rows.append((k, name, *values, pair.get(name, "")))
    return pd.DataFrame(rows, columns=["pair", "field", "housing", "trust", "agreement"])


def write_review(linkage: Linkage, folder: str | Path, identifiers_housing: pd.DataFrame,
                 identifiers_trust: pd.DataFrame) -> tuple[Path, Path]:
    """Write ``clerical.csv`` (to fill in: no name in it) and the values of both sides beside it.

    The second file is readable by its owner only where the system knows such a thing. It is for the safe
    room: delete it when the decisions are made.

    Raises
    ------
    FileWriteError
        Where the folder may not be written, or the disk is full.
    """
    blank = dict.fromkeys(DECISION_COLUMNS[2:], "")
    table = linkage.clerical.assign(**blank)
    table.insert(0, "pair", range(1, len(table) + 1))
    first = write_text(Path(folder) / LIST, table.to_csv(index=False, lineterminator="\n"))
    values = side_by_side(linkage, identifiers_housing, identifiers_trust)
    second = write_text(Path(folder) / VALUES, values.to_csv(index=False, lineterminator="\n"))
    os.chmod(second, 0o600)
    return first, second


def _text(value: object) -> str:
    if pd.isna(value):
        return ""
    return value.strftime("%Y-%m-%d") if isinstance(value, pd.Timestamp) else str(value)
