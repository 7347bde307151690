"""Drawings of the theory: process diagrams in lanes, stacked bars, and codes by segment."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from pi_research.report.drawings import GREY, LINES, _dark, _end_labels, _palette, _round_ticks

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["DRAWINGS", "DRAWN"]

INK, ARROW = "#222222", "#5b6670"
LOOKS = {
    "start": ("#ffffff", "#00497a", 1.6),
    "activity": ("#ffffff", "#8a8a8a", 0.8),
    "end": ("#e3eef6", "#00497a", 1.6),
    "decision": ("#eeeeee", "#222222", 1.2),
    "wait": ("#fdf3c4", "#7a6a1a", 1.0),
    "leave": ("#fbe3d3", "#a34a10", 1.0),
}
"""Face, edge and its width. Each kind is written into the box too: no reader needs the colours."""
WORDS = {
    "start": "START",
    "activity": "",
    "end": "END",
    "decision": "DECIDE",
    "wait": "WAIT",
    "leave": "LEAVE",
}
HALF = (0.43, 0.40)
"""Half the breadth and height of a box, where columns and lanes are one apart."""
SHADES = ("#00497a", "#8cc6ea", "#f5dc5a", "#d6d6d6")


def _process(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """Boxes in lanes from left to right, arrows to what may follow, people in bold."""
    from matplotlib.patches import FancyBboxPatch

    place = {i: tuple(map(int, at.split(","))) for i, at in zip(frame["step"], frame["place"], strict=True)}
    lanes, wide = options["lanes"], max(x for x, _ in place.values())
    ax.set(xlim=(0.5, wide + 0.58), ylim=(len(lanes) - 0.48, -0.52), xticks=[])
    ax.set_yticks(range(len(lanes)), [fill(name, 11) for name in lanes], fontsize=8)
    ax.tick_params(axis="y", length=0)
    for k in range(len(lanes)):
        ax.axhspan(k - 0.5, k + 0.5, color="#f5f7f9" if k % 2 else "#ffffff", zorder=0, lw=0)
    arrows = [(one.step, after) for one in frame.itertuples() for after in filter(None, one.next.split("; "))]
    for turn, (start, stop) in enumerate(
        sorted(arrows, key=lambda a: (place[a[0]][1] == place[a[1]][1], place[a[0]]))
    ):
        straight = place[start][1] == place[stop][1] and place[stop][0] - place[start][0] == 1
        _arrow(ax, place[start], place[stop], set(place.values()), 1 if straight else turn)
    for one in frame.itertuples():
        (x, y), (face, edge, width) = place[one.step], LOOKS[one.kind]
        ax.add_patch(
            FancyBboxPatch(
                (x - HALF[0], y - HALF[1]),
                2 * HALF[0],
                2 * HALF[1],
                zorder=3,
                fc=face,
                ec=edge,
                lw=width,
                boxstyle="round,pad=0,rounding_size=0.05",
                mutation_aspect=1,
            )
        )
        _box_text(ax, x, y, one)
    for side in ("left", "bottom"):
        ax.spines[side].set_linewidth(0)


def _box_text(ax: Axes, x: float, y: float, one: object) -> None:
    """The kind, the label, who owns it, and the people: from above."""

    def write(dy: float, text: str, **look: object) -> None:
        ax.text(x, y + dy, text, ha="center", zorder=4, **look)

    top = -HALF[1] + 0.05
    if WORDS[one.kind]:
        write(
            top, WORDS[one.kind], va="top", fontsize=5.8, color=_dark(LOOKS[one.kind][1]), fontweight="bold"
        )
    write(-0.055, fill(one.label, 16), va="center", fontsize=6.7, color=INK, linespacing=1.05)
    count = f"n = {one.people:,.0f}" if one.people == one.people else "not shown" if one.counted else ""
    if count:
        write(HALF[1] - 0.15, count, va="bottom", fontsize=7, fontweight="bold", color=INK)
    write(HALF[1] - 0.03, one.small, va="bottom", fontsize=5.8, color=GREY)


def _arrow(
    ax: Axes, start: tuple[int, int], stop: tuple[int, int], taken: set[tuple[int, int]], turn: int
) -> None:
    """Along the gaps between columns and lanes, never behind a box; ``turn`` keeps arrows apart."""
    way = _way(start, stop, taken, 0.035 * (turn % 3 - 1))
    xs, ys = zip(*way, strict=True)
    ax.plot(xs[:-1], ys[:-1], color=ARROW, lw=0.9, zorder=2, solid_joinstyle="round", clip_on=False)
    ax.annotate(
        "",
        way[-1],
        way[-2],
        zorder=2,
        annotation_clip=False,
        arrowprops={
            "arrowstyle": "-|>",
            "color": ARROW,
            "lw": 0.9,
            "shrinkA": 0,
            "shrinkB": 0,
            "mutation_scale": 7,
        },
    )


def _way(
    start: tuple[int, int], stop: tuple[int, int], taken: set[tuple[int, int]], off: float
) -> list[tuple[float, float]]:
    """The corners of an arrow."""
    (x, y), (u, v) = start, stop
    down, side = np.sign(v - y), -1 if u < x else 1
    if x == u and not any((x, r) in taken for r in range(min(y, v) + 1, max(y, v))):
        at = x + 0.22 * down
        return [(at, y + HALF[1] * down), (at, v - HALF[1] * down)]
    begin, gap = y + 0.15 * down + off, x + side * 0.5 + off
    if x == u:
        return [
            (x + HALF[0], begin),
            (gap, begin),
            (gap, v - 0.15 * down + off),
            (x + HALF[0], v - 0.15 * down + off),
        ]
    end, into = v - 0.12 * down + off, u - side * HALF[0]
    if abs(u - x) == 1:
        return (
            [(x + side * HALF[0], begin), (into, begin)]
            if not down and not off
            else [(x + side * HALF[0], begin), (gap, begin), (gap, end), (into, end)]
        )
    lane, last = v - 0.5 * (down or 1) + off, u - side * 0.5 + off
    return [(x + side * HALF[0], begin), (gap, begin), (gap, lane), (last, lane), (last, end), (into, end)]


def _stacked(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """Horizontal bars of parts, each with its number, the parts named above."""
    from matplotlib.patches import Patch

    labels, parts = list(dict.fromkeys(frame["label"])), list(dict.fromkeys(frame["group"]))
    left = np.zeros(len(labels))
    for part, colour in zip(parts, SHADES, strict=False):
        value = frame[frame["group"] == part].set_index("label")["value"].reindex(labels).to_numpy(float)
        shown = np.nan_to_num(value)
        ax.barh(range(len(labels)), shown, left=left, color=colour, edgecolor="white", lw=0.8, height=0.72)
        for k, n in enumerate(value):
            if n > 0:
                ax.text(
                    left[k] + n / 2,
                    k,
                    f"{n:,.0f}",
                    ha="center",
                    va="center",
                    fontsize=8,
                    color="white" if colour == SHADES[0] else INK,
                )
        left += shown
    ax.set_yticks(range(len(labels)), [fill(label, 34) for label in labels])
    ax.set_ylim(len(labels) - 0.5, -0.5)
    _round_ticks(ax.xaxis, whole=True)
    ax.set_xlabel(options["xlabel"])
    ax.legend(
        [Patch(fc=c, ec=GREY, lw=0.5) for c in SHADES[: len(parts)]],
        parts,
        ncols=len(parts),
        frameon=False,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        fontsize=8,
        handlelength=1.1,
        columnspacing=1.2,
        borderaxespad=0.2,
    )


def _growth(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """Different codes by segment as coded, and on average over every order."""
    colours, ends = _palette(2), []
    for (column, name), colour, line in zip(
        (("seen", "as coded"), ("expected", "average of\nevery order")), colours, LINES, strict=False
    ):
        ax.plot(frame["position"], frame[column], color=colour, ls=line, lw=1.7)
        ends.append((frame["position"].iloc[-1], frame[column].iloc[-1], name, colour))
    top = float(np.nanmax(frame["seen"]))
    ax.set(
        xlim=(0, frame["position"].iloc[-1]),
        ylim=(0, 1.08 * top),
        xlabel=options["xlabel"],
        ylabel=options["ylabel"],
    )
    _round_ticks(ax.yaxis, whole=True)
    _end_labels(ax, ends, 0.11 * top)


DRAWINGS = {"process": _process, "stacked": _stacked, "growth": _growth}

DRAWN = {
    "process": ("step", "place", "kind", "label", "people", "counted", "small", "next", "position"),
    "stacked": ("label", "group", "value"),
    "growth": ("position", "seen", "expected"),
}
