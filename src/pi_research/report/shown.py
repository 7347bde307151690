"""What a notebook shows: tables, charts and sentences, stored beside their picture.

A notebook shows a result only through :func:`show`. The output then holds, besides what
JupyterLab draws, the plain result with the counts behind each number. An exporter renders
that exactly (inside) or under a disclosure rule (released), from the same executed notebook.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from pi_research.disclosure import Column
from pi_research.wording import Number, Sentence, sentence, template_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MIME", "Chart", "Table", "from_payload", "payload", "show"]

MIME = "application/vnd.pi-research.shown+json"
ENDLESS = {"inf": float("inf"), "-inf": float("-inf")}


@dataclass(frozen=True, eq=False)
class Table:
    """A table as shown.

    Parameters
    ----------
    id : str
        Name of its files; unique in the notebook.
    caption : str
        What the rows and numbers are, with period and source.
    frame : DataFrame
        The numbers, and the counts behind them.
    columns : tuple of Column
        The columns that are printed, in order.
    universe : str
        Who is counted: tables over the same people name the same universe, so that an audit can
        set them against each other. Empty for tables about nobody.
    dimensions : tuple of str
        Columns that split the universe.
    statistic : str
        What a cell is: count, percentage, estimate ...
    margins : tuple of str
        Labels of rows or columns that are totals of others.
    partition : tuple of str
        Dimensions whose categories leave nobody out, so that they add up to a count of all.
    origin : tuple of Column
        Of a released table, whose columns are text: what they were.
    open_rows : tuple of int
        Of a released table: rows that describe nobody.
    """

    id: str
    caption: str
    frame: pd.DataFrame
    columns: tuple[Column, ...]
    universe: str = ""
    dimensions: tuple[str, ...] = ()
    statistic: str = "count"
    margins: tuple[str, ...] = ()
    note: Sentence | str = ""
    partition: tuple[str, ...] = ()
    origin: tuple[Column, ...] = ()
    open_rows: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        _check(self, "table")


@dataclass(frozen=True, eq=False)
class Chart:
    """A chart as shown: the frame that it draws, the name of the drawing, and what it shows in words.

    ``protect`` says how a release makes it safe: ``curve`` (rounded counts make the curve again),
    ``points`` (points resting on few people are left out), ``open`` (nobody is counted: published
    figures, models of areas), ``inside`` (never released). ``counts`` names the count columns.
    """

    id: str
    caption: str
    alt: Sentence | str
    draw: str
    frame: pd.DataFrame
    options: dict = field(default_factory=dict)
    protect: str = "points"
    counts: tuple[str, ...] = ()
    universe: str = ""
    dimensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check(self, "chart")
        if self.protect not in ("curve", "points", "open", "inside"):
            raise ValueError(f"chart {self.id}: protect must be curve, points, open or inside")
        if not str(self.alt).strip():
            raise ValueError(f"chart {self.id}: alt text is empty; say what the chart shows")


def _check(item: Table | Chart, kind: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", item.id):
        raise ValueError(f"{kind} {item.id!r}: an id names files; use letters, digits, hyphens and "
                         f"underscores")
    if getattr(item.caption, "numbers", None):
        raise ValueError(f"{kind} {item.id}: a caption is released as it stands; put its numbers into the "
                         f"note or alt")


def show(*shown: Table | Chart | Sentence | str) -> None:
    """Show tables, charts and sentences in the notebook.

    Raises
    ------
    TypeError
        For anything else: make a table or chart of it first, so that it can be released.
    """
    from IPython.display import display

    from pi_research.report.render import mimebundle

    for item in shown:
        if not isinstance(item, (Table, Chart, str)):
            raise TypeError(f"show takes a Table, a Chart or a sentence, not {type(item).__name__}")
        display({MIME: payload(item), **mimebundle(item)}, raw=True)


def payload(item: Table | Chart | Sentence | str) -> dict:
    """The item as plain JSON types; :func:`from_payload` is its inverse."""
    if isinstance(item, str):
        return _as_json({"kind": "sentence", **_plain_sentence(item)})
    made = {k: v for k, v in item.__dict__.items() if k not in ("frame", "columns", "alt", "note", "origin", "open_rows")}
    made.update(kind=type(item).__name__.lower(), frame=_plain_frame(item.frame))
    if isinstance(item, Table):
        made.update(columns=[asdict(c) for c in item.columns], note=_plain_sentence(item.note))
    else:
        made.update(alt=_plain_sentence(item.alt))
    return _as_json(made)


def from_payload(made: dict) -> Table | Chart | Sentence:
    """The item that :func:`payload` stored."""
    made = dict(made)
    kind = made.pop("kind")
    if kind == "sentence":
        return _read_sentence(made)
    made["frame"] = _read_frame(made["frame"])
    made["dimensions"] = tuple(made["dimensions"])
    if kind == "chart":
        made.update(alt=_read_sentence(made["alt"]), counts=tuple(made["counts"]))
        return Chart(**made)
    made.update(columns=tuple(_read_column(c) for c in made["columns"]), margins=tuple(made["margins"]),
                partition=tuple(made.get("partition", ())))
    return Table(**{**made, "note": _read_sentence(made["note"])})


def _read_column(stored: dict) -> Column:
    counted = tuple(stored["of"]) if stored["of"] else None
    return Column(**{**stored, "behind": tuple(stored["behind"]), "of": counted,
                     "remade": ()})


def with_content(item: Table | Chart | str) -> Table | Chart | str:
    """A table without the columns of notes that hold nothing."""
    if not isinstance(item, Table):
        return item
    said = "note" in item.frame and item.frame["note"].fillna("").astype(bool).any()
    return replace(item, columns=tuple(c for c in item.columns if c.name != "note" or said))


def _as_json(made: dict) -> dict:
    return json.loads(json.dumps(made, allow_nan=False, default=_plain))


def _plain(value: object) -> object:
    import numpy as np

    if isinstance(value, np.generic):
        return value.item()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot stand in a shown result")


def _plain_sentence(text: Sentence | str) -> dict:
    numbers = getattr(text, "numbers", {})
    plain = {k: asdict(v) if isinstance(v, Number) else str(v) for k, v in numbers.items()}
    for stored in plain.values():
        if isinstance(stored, dict):
            value = float(stored["value"])
            stored["value"] = value if abs(value) < float("inf") else str(value)
    return {"template": template_of(text), "numbers": plain}


def _read_sentence(made: dict) -> Sentence:
    def back(stored: object) -> object:
        if not isinstance(stored, dict):
            return stored
        return Number(**{**stored, "value": float(stored["value"]), "behind": tuple(stored["behind"])})
    return sentence(made["template"], **{k: back(v) for k, v in made["numbers"].items()})


def _plain_frame(frame: pd.DataFrame) -> list[dict]:
    """Columns as lists that JSON can hold, in order, since a notebook file sorts keys; None where missing."""
    import pandas as pd
    from pandas.api import types

    made = []
    for name in frame.columns:
        column, kind = frame[name], "plain"
        if types.is_datetime64_any_dtype(column):
            kind, column = "date", column.dt.strftime("%Y-%m-%d")
        elif types.is_numeric_dtype(column) and not types.is_bool_dtype(column):
            kind = "number"
        elif any(isinstance(v, Sentence) for v in column):
            kind, column = "sentence", column.map(_plain_sentence)
        values = [v if kind == "sentence" else None if pd.isna(v) else str(v) if v in ENDLESS.values() else v
                  for v in column.astype(object)]
        made.append({"name": str(name), "type": kind, "values": values})
    return made


def _read_frame(made: list[dict]) -> pd.DataFrame:
    """The frame again: numbers are floats where one is missing or not whole, dates are dates."""
    import pandas as pd

    def column(kind: str, values: list) -> pd.Series:
        if kind == "date":
            return pd.to_datetime(pd.Series(values, dtype=object))
        if kind == "sentence":
            return pd.Series([_read_sentence(v) for v in values], dtype=object)
        if kind == "number":
            numbers = [ENDLESS.get(v, v) for v in values]
            whole = bool(numbers) and all(isinstance(n, int) for n in numbers)
            return pd.Series(numbers, dtype="int64" if whole else float)
        return pd.Series(values, dtype=None if values and None not in values else object)

    return pd.DataFrame({stored["name"]: column(stored["type"], stored["values"]) for stored in made})
