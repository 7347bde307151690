"""What a notebook shows: tables, charts and sentences, stored beside their picture.

A notebook shows a result only through :func:`show`. The output then holds, besides what
JupyterLab draws, the plain result with the counts behind each number. An exporter renders
that exactly (inside) or under a disclosure rule (released), from the same executed notebook.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from pi_research.disclosure import Column
from pi_research.wording import Number, Sentence, sentence

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MIME", "Chart", "Table", "from_payload", "payload", "show"]

MIME = "application/vnd.pi-research.shown+json"


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
        if self.protect not in ("curve", "points", "open", "inside"):
            raise ValueError(f"chart {self.id}: protect must be curve, points, open or inside")
        if not str(self.alt).strip():
            raise ValueError(f"chart {self.id}: alt text is empty; say what the chart shows")


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
        return {"kind": "sentence", **_plain_sentence(item)}
    made = {k: v for k, v in item.__dict__.items() if k not in ("frame", "columns", "alt", "note")}
    made.update(kind=type(item).__name__.lower(), frame=_plain_frame(item.frame))
    if isinstance(item, Table):
        made.update(columns=[asdict(c) for c in item.columns], note=_plain_sentence(item.note))
    else:
        made.update(alt=_plain_sentence(item.alt))
    return json.loads(json.dumps(made, allow_nan=False, default=_plain))


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
    columns = [{**c, "behind": tuple(c["behind"]), "of": tuple(c["of"]) if c["of"] else None} for c in made["columns"]]
    made.update(columns=tuple(Column(**c) for c in columns), note=_read_sentence(made["note"]), margins=tuple(made["margins"]))
    return Table(**made)


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
    return {"template": getattr(text, "template", str(text).replace("{", "{{").replace("}", "}}")), "numbers": plain}


def _read_sentence(made: dict) -> Sentence:
    def back(stored: object) -> object:
        if not isinstance(stored, dict):
            return stored
        return Number(**{**stored, "value": float(stored["value"]), "behind": tuple(stored["behind"])})
    return sentence(made["template"], **{k: back(v) for k, v in made["numbers"].items()})


def _plain_frame(frame: pd.DataFrame) -> dict:
    import pandas as pd

    made = {}
    for name in frame.columns:
        column = frame[name]
        dates = pd.api.types.is_datetime64_any_dtype(column)
        values = column.dt.strftime("%Y-%m-%d") if dates else column
        listed = [None if pd.isna(v) or v in (float("inf"), float("-inf")) else v for v in values.astype(object)]
        made[str(name)] = {"type": "date" if dates else "plain", "values": listed}
    return made


def _read_frame(made: dict) -> pd.DataFrame:
    import pandas as pd

    read = {k: pd.to_datetime(pd.Series(v["values"])) if v["type"] == "date" else pd.Series(v["values"]) for k, v in made.items()}
    return pd.DataFrame(read)
