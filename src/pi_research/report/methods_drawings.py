"""Drawing of the methods page: coverage of every cell of every check, each row with the reach that it must hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pi_research.report.drawings import GREY, _palette

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["DRAWINGS", "DRAWN"]

BAND, LEFT = "#dfe6ec", 0.86


def _coverage(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """A row a check: its band, and each cell as a dot with two Monte Carlo errors; what lies outside is orange."""
    from matplotlib.ticker import PercentFormatter

    blue, orange = _palette(2)
    rows = frame.groupby(["group", "label"], sort=False)
    places, names, heads, at = [], [], {}, 0.0
    for (method, what), cells in rows:
        if method not in heads:
            at += 0.75 if heads else 0.0
            heads[method] = at
            at += 0.85
        _row(ax, cells, at, blue, orange)
        places.append(at)
        names.append(what)
        at += 1.0
    for method, y in heads.items():
        head = ax.annotate(method, (0, y), xycoords=("axes fraction", "data"), xytext=(-4, 0), textcoords="offset points",
                    ha="right", va="center", fontsize=8.5, fontweight="bold", color="#222222", annotation_clip=False)  # fmt: skip
        head.set_in_layout(False)
    ax.axvline(options["nominal"], color=GREY, lw=0.9, ls=(0, (1, 2)), zorder=1)
    ax.set_yticks(places, names, fontsize=8)
    ax.set(xlim=(LEFT, 1.062), ylim=(at, -0.7), xlabel=options["xlabel"])
    ax.set_xticks(np.arange(0.86, 1.001, 0.02))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.tick_params(axis="y", length=0)


def _row(ax: Axes, cells: pd.DataFrame, at: float, blue: str, orange: str) -> None:
    low, high = cells["low"].iloc[0], cells["high"].iloc[0]
    ax.barh(at, high - low, left=low, height=0.78, color=BAND, zorder=0)
    made = cells.sort_values("value")
    y = at + np.linspace(-0.3, 0.3, len(made)) if len(made) > 1 else np.array([at])
    out = made["outside"].to_numpy(float) > 0
    for some, colour in ((~out, blue), (out, orange)):
        ends = made.loc[some, ["lower", "upper"]].clip(lower=LEFT).assign(gap=np.nan).to_numpy().ravel()
        ax.plot(ends, np.repeat(y[some], 3), color=colour, lw=0.6, alpha=0.45)  # one path, a gap between cells
        x = made["value"].to_numpy(float)[some]
        here = x >= LEFT
        ax.plot(x[here], y[some][here], "o", ms=2.6, color=colour, mec="none")
        if (~here).any():
            ax.plot(np.full((~here).sum(), LEFT + 0.0008), y[some][~here], "<", ms=4, color=colour, mec="none", clip_on=False)
    below = made["value"] < LEFT
    text = f"{out.sum()} of {len(made)} outside" if out.any() else f"{len(made)} cell{'s' * (len(made) > 1)}"
    text += f", lowest {100 * made['value'].min():.1f}%" if below.any() else ""
    told = ax.annotate(text, (1.003, at), va="center", fontsize=7.5, color=orange if out.any() else GREY)
    told.set_in_layout(False)


DRAWINGS = {"coverage_cells": _coverage}
DRAWN = {"coverage_cells": ("group", "label", "value", "lower", "upper", "low", "high", "outside")}
"""Columns that each drawing reads: a release holds these, and no other."""
