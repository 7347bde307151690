"""Drawings of areas: values with exact intervals worked out from the counts drawn, and a cross-case matrix."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from pi_research.report.drawings import GREY, _palette

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["DRAWINGS", "DRAWN"]


def _area_intervals(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """A dot and its exact 95 % interval by area, all together dotted: in a release from rounded counts."""
    from matplotlib.ticker import PercentFormatter

    from pi_research.numerics import exact_binomial, exact_poisson

    share = options["family"] == "binomial"
    x, n = frame["numerator"].to_numpy(float), frame["denominator"].to_numpy(float)
    shown, place = np.isfinite(x) & np.isfinite(n) & (n > 0), np.arange(len(frame))[::-1]
    x = np.minimum(x, n) if share else x
    low, high = (exact_binomial if share else exact_poisson)(x[shown], n[shown], 0.95)
    ax.hlines(place[shown], low, high, color=_palette(1)[0], lw=2.2, alpha=0.7)
    ax.plot(x[shown] / n[shown], place[shown], "o", color=_palette(1)[0], ms=5)
    for y in place[~shown]:
        ax.annotate(
            "not shown", (0.01, y), xycoords=("axes fraction", "data"), va="center", fontsize=8.5, color=GREY
        )
    if shown.all():
        whole = x.sum() / n.sum()
        ax.axvline(whole, color=GREY, lw=1.0, ls=(0, (1, 2)))
        ax.annotate(
            "all together",
            (whole, 1),
            xycoords=("data", "axes fraction"),
            xytext=(3, -2),
            va="top",
            textcoords="offset points",
            fontsize=8.5,
            color=GREY,
        )
    ax.set_yticks(place, [fill(str(label), 44) for label in frame["label"]])
    ax.set_ylim(-0.6, len(frame) - 0.2)
    wide = (high.max() - low.min()) if shown.any() else 1.0
    if share:
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0 if wide > 0.05 else 1))
    ax.set(xlabel=options["xlabel"])


MARKS = {"in place": ("o", True), "begun or planned": ("o", False), "held back": ("X", True)}


def _matrix(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """Rows by columns with one mark an example; how far it stands is the mark's shape."""
    rows, columns = options["rows"], options["columns"]
    blue, orange = _palette(2)
    for k in range(len(rows)):
        ax.axhspan(k - 0.5, k + 0.5, color="#f5f7f9" if k % 2 else "#ffffff", zorder=0, lw=0)
    ax.axvline(options["split"] - 0.5, color=GREY, lw=1.0)
    for (row, column), cell in frame.groupby(["label", "group"], sort=False):
        places = columns.index(column) + 0.17 * (np.arange(len(cell)) - (len(cell) - 1) / 2)
        for x, kind in zip(places, cell["standing"], strict=True):
            mark, full = MARKS[kind]
            colour = orange if mark == "X" else blue
            ax.plot(
                x, rows.index(row), mark, ms=7, mec=colour, mfc=colour if full else "white", mew=1.4, zorder=3
            )
    ax.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.4, -0.6))
    ax.set_yticks(range(len(rows)), [fill(r, 26) for r in rows], fontsize=8)
    ax.set_xticks(range(len(columns)), [fill(c, 14) for c in columns], fontsize=7.5)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    handles = [
        ax.plot(
            [],
            [],
            m,
            ms=7,
            ls="none",
            mec=orange if m == "X" else blue,
            mew=1.4,
            mfc="white" if not full else orange if m == "X" else blue,
            label=name,
        )[0]
        for name, (m, full) in MARKS.items()
    ]
    ax.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.4, -0.01), ncols=3, frameon=False, fontsize=8
    )
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)


DRAWINGS = {"area_intervals": _area_intervals, "matrix": _matrix}
DRAWN = {"area_intervals": ("label", "numerator", "denominator"), "matrix": ("label", "group", "standing")}
"""Columns that each drawing reads: a release holds these, protected, and no other."""
