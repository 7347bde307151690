"""The board of measures with its icons: two families of shape, told apart without colour."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from pi_research.report.drawings import GREY, _palette

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["ICONS", "board", "icon", "points"]

DARK = "#222222"


def points(frame: pd.DataFrame, scale: str) -> np.ndarray:
    """The values, from the counts where there are any."""
    if scale == "value" or frame["numerator"].isna().all() and frame["value"].notna().any():
        return frame["value"].to_numpy(float)
    x, rest = frame["numerator"].to_numpy(float), frame["rest"].to_numpy(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (
            x
            if scale == "count"
            else x / (x + rest)
            if scale == "share"
            else x / frame["exposure"].to_numpy(float)
        )


def _path(*strokes: list[tuple[float, float]]):
    from matplotlib.path import Path

    points = [p for stroke in strokes for p in stroke]
    codes = [code for stroke in strokes for code in (Path.MOVETO, *[Path.LINETO] * (len(stroke) - 1))]
    return Path(points, codes)


_WAVE = [(-0.6, -0.15), (-0.3, 0.2), (0.0, -0.15), (0.3, 0.2), (0.6, -0.15)]
_UP = ([(0.0, -0.6), (0.0, 0.6)], [(-0.4, 0.15), (0.0, 0.6), (0.4, 0.15)])
_DOWN = ([(0.0, 0.6), (0.0, -0.6)], [(-0.4, -0.15), (0.0, -0.6), (0.4, -0.15)])
_DOTS = ([(-0.5, 0.0), (-0.4, 0.0)], [(-0.05, 0.0), (0.05, 0.0)], [(0.4, 0.0), (0.5, 0.0)])
_LINE = [(-0.6, 0.0), (0.6, 0.0)]
ICONS = {
    "better": ("o", "blue", ()), "worse": ("o", "orange", ()), "changed": ("o", "dark", ()),
    "no change": ("o", "grey", (_WAVE,)), "too early": ("o", "grey", _DOTS),
    "will be met": ("s", "blue", ([(-0.5, 0.0), (-0.1, -0.45), (0.55, 0.5)],)),
    "will be missed": ("s", "orange", ([(-0.45, -0.45), (0.45, 0.45)], [(-0.45, 0.45), (0.45, -0.45)])),
    "hit and miss": ("s", "grey", (_LINE, [(-0.5, 0.5), (-0.1, 0.5)], [(0.1, -0.5), (0.5, -0.5)])),
    "not known": ("s", "grey", _DOTS), "no target": ("s", "grey", (_LINE,)),
}
"""Shape, colour and strokes of each icon; changes get an arrow by their sign. A round icon tells of "
"change, a square
one of the target."""


def icon(ax: Axes, x: float, y: float, name: str, sign: int = 0) -> None:
    """Draw one of ``ICONS`` in data coordinates, 12 points wide."""
    shape, colour, strokes = ICONS[name]
    blue, orange = _palette(2)
    ink = {"blue": blue, "orange": orange, "grey": GREY, "dark": DARK}[colour]
    strokes = strokes or (_UP if sign >= 0 else _DOWN)
    filled = colour in ("blue", "orange", "dark")
    ax.plot([x], [y], shape, ms=12, mfc=ink if filled else "white", mec=ink, mew=1.1, clip_on=False)
    ax.plot(
        [x],
        [y],
        marker=_path(*strokes),
        ms=7,
        mfc="none",
        mec="white" if filled else ink,
        mew=1.5,
        clip_on=False,
    )


COLUMNS = {
    "Measure": 0.0,
    "Latest": 0.49,
    "Target": 0.59,
    "On target?": 0.61,
    "As it runs now": 0.725,
    "Change": 0.885,
}


def board(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """One line a measure: its name, the latest value beside the target, and two icons with their words."""
    ax.set(xlim=(0, 1.02), ylim=(len(frame) - 0.4, -1.3))
    ax.set_axis_off()
    for name, x in COLUMNS.items():
        right = name in ("Latest", "Target")
        ax.text(x, -0.85, name, weight="bold", fontsize=8, ha="right" if right else "left",
                va="center")
    ax.axhline(-0.48, color=GREY, lw=0.8)
    latest = _latest_words(frame)
    for y, row in enumerate(frame.itertuples()):
        if y % 2 == 0:
            ax.axhspan(y - 0.5, y + 0.5, color="#f3f3f3", lw=0, zorder=0)
        ax.text(0.0, y, fill(row.label, 52), fontsize=8, va="center", linespacing=1.0)
        ax.text(
            COLUMNS["Latest"],
            y,
            latest[y],
            fontsize=8,
            va="center",
            ha="right",
            color=GREY if latest[y] == "hidden" else DARK,
        )
        ax.text(COLUMNS["Target"], y, row.target, fontsize=8, va="center", ha="right")
        ax.text(
            COLUMNS["On target?"],
            y,
            row.on,
            fontsize=8,
            va="center",
            weight="bold" if "no" in row.on else "normal",
        )
        for column, word, sign in (("As it runs now", row.assurance, 0), ("Change", row.variation, row.sign)):
            icon(ax, COLUMNS[column] + 0.01, y, word, {"up": 1, "down": -1}.get(sign, 0))
            ax.text(COLUMNS[column] + 0.028, y, word, fontsize=8, va="center")


def _latest_words(frame: pd.DataFrame) -> list[str]:
    made = []
    for k, row in enumerate(frame.itertuples()):
        value = points(frame.iloc[[k]], row.scale)[0]
        said = f"{100 * value:.1f}%" if row.scale == "share" else f"{value:,.4g}"
        made.append(said if np.isfinite(value) else "no result" if row.empty else "hidden")
    return made
