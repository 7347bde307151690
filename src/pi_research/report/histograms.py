"""Drawing of a histogram: bars of counts that stand on one another, each group named at its highest bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pi_research.report.drawings import GREY, _dark, _palette, _round_ticks

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["DRAWINGS", "DRAWN"]

BOX = {"fc": "white", "ec": "none", "pad": 1.0}


def _histogram(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """Bars from ``position`` on, their number over each stack; a bar that is not shown is a dash."""
    width, groups = options["width"], list(frame.groupby("group", sort=False))
    places = np.unique(frame["position"].to_numpy(float))
    height = np.zeros(len(places))
    names = []
    for (name, one), colour in zip(groups, _palette(len(groups)), strict=True):
        value = one.set_index("position")["value"].reindex(places).to_numpy(float)
        ax.bar(places + width / 2, np.nan_to_num(value), width * 0.9, height, color=colour)
        height = height + np.nan_to_num(value)
        if np.nan_to_num(value).any():
            names.append((int(np.nanargmax(value)), str(name), colour))
    for k, (label, x) in enumerate(options["marks"].items()):
        ax.axvline(x, color=GREY, lw=1, ls=(0, (1, 2)))
        ax.annotate(label, (x, 1), xycoords=("data", "axes fraction"), xytext=(4, -9 - 12 * (k % 2)),
                    textcoords="offset points", fontsize=8.5, color=GREY)
    for at, name, colour in names:
        ax.annotate(name, (places[at] + width / 2, height[at]), xytext=(0, 14), textcoords="offset points",
                    ha="center", fontsize=8.5, color=_dark(colour), bbox=BOX)
    hidden = frame["value"].isna().groupby(frame["position"]).any().reindex(places).to_numpy(bool)
    for x, top, some in zip(places, height, hidden, strict=True):
        text = f"{top:,.0f}" if top else "–" if some else ""
        ax.annotate(text, (x + width / 2, top), xytext=(0, 2), textcoords="offset points", ha="center",
                    fontsize=8)
    ax.set_ylim(0, max(height.max(), 1) * 1.22)
    ax.set_xticks([*places, places[-1] + width])
    _round_ticks(ax.yaxis, whole=True)
    ax.set(xlabel=options["xlabel"], ylabel=options["ylabel"])


DRAWINGS = {"histogram": _histogram}
DRAWN = {"histogram": ("position", "value", "group")}
"""Columns that the drawing reads: a release holds these, protected, and no other."""
