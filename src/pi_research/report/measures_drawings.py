"""Drawings of control charts and funnels (the board: ``measures_board``).

Limits are worked out from the counts that are drawn: in a release from the rounded ones, and not at all
where a point is hidden, since a mean of all points gives a missing one back.
"""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from pi_research.report.drawings import GREY, LINES, _end_labels, _palette
from pi_research.report.measures_board import DARK, board, points

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from pi_research.measures import ControlChart

__all__ = ["DRAWINGS", "DRAWN"]

def _limits(frame: pd.DataFrame, value: np.ndarray, options: dict) -> ControlChart | None:
    from pi_research.measures import p_limits, rare_event_chart, u_limits, xmr_limits

    kind, rebase = options["kind"], options.get("rebase", [])
    if not kind or not np.isfinite(value).all():
        return None
    if kind in ("T", "G"):
        return rare_event_chart(value, kind=kind)
    if kind == "XmR":
        return xmr_limits(value, rebase=rebase)
    x, prime = frame["numerator"].to_numpy(float), kind.endswith("′")
    if kind[0] == "p":
        return p_limits(x, x + frame["rest"].to_numpy(float), rebase=rebase, prime=prime)
    size = frame["exposure"].to_numpy(float) if options["scale"] == "rate" else None
    return u_limits(x, size, rebase=rebase, prime=prime)


def _control(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """Points in order, limits by stretch, the target, and signals as coloured triangles."""
    value, place, share = points(frame, options["scale"]), np.arange(len(frame)), options["scale"] == "share"
    chart, target = _limits(frame, value, options), options.get("target")
    if not np.isfinite(value).any():
        ax.set_axis_off()
        ax.text(0.5, 0.5, "Too few people to draw this chart", ha="center", va="center", color=GREY)
        return
    ends: list[tuple[float, float, str, object]] = []
    if chart is not None:
        ends += _stretches(ax, chart, place, options)
    if target is not None:
        colour = _palette(5)[2]
        ax.axhline(target, color=colour, ls=LINES[3], lw=1.3)
        ends.append((len(frame) - 0.5, target, options["target_label"], colour))
    ax.plot(place, value, color="#9a9a9a", lw=0.9, zorder=2)
    _signals(ax, place, value, frame["signal"].to_numpy(float), options["direction"])
    _frame_axes(ax, frame, value, chart, target, share)
    low, high = ax.get_ylim()
    _end_labels(ax, ends, 0.085 * (high - low))
    hidden = np.flatnonzero(~np.isfinite(value))
    for x in hidden:
        ax.annotate("–", (x, 0.01), xycoords=("data", "axes fraction"), ha="center", fontsize=8, color=GREY)
    note = " (–: not shown, few people; then no limits either)" if len(hidden) else ""
    ax.set(xlabel=options["xlabel"] + note, ylabel=fill(options["ylabel"], 36))


def _stretches(ax: Axes, chart: ControlChart, place: np.ndarray, options: dict) -> list[tuple]:
    """Lines of each stretch; the labels of the last."""
    trial = " (trial)" if chart.trial[-1] else ""
    for group in np.unique(chart.group):
        rows = chart.group == group
        where = np.r_[place[rows] - 0.5, place[rows][-1] + 0.5]
        for line, style, width in (
            (chart.centre, "-", 1.2),
            (chart.lower, LINES[1], 1.0),
            (chart.upper, LINES[1], 1.0),
        ):
            ax.step(where, np.r_[line[rows], line[rows][-1]], where="post", color=GREY, ls=style, lw=width)
    words = {"XmR": "mean", "T": "median", "G": "median"}.get(chart.kind, "average")
    x = place[-1] + 0.5
    bounded = options["scale"] in ("share", "count", "rate")
    made = [(x, chart.centre[-1], words, GREY), (x, chart.upper[-1], "limit" + trial, GREY)]
    if chart.lower[-1] > 0 or not bounded:
        made.append((x, chart.lower[-1], "limit" + trial, GREY))
    return made


def _signals(ax: Axes, place: np.ndarray, value: np.ndarray, signal: np.ndarray, direction: int) -> None:
    blue, orange = _palette(2)
    quiet = np.nan_to_num(signal) == 0
    ax.plot(place[quiet], value[quiet], "o", color=DARK, ms=3.6, zorder=3)
    for sign, marker in ((1, "^"), (-1, "v")):
        rows = signal == sign
        colour = blue if direction == sign else orange if direction else DARK
        ax.plot(place[rows], value[rows], marker, color=colour, ms=6.5, mec=DARK, mew=0.5, zorder=4)


def _frame_axes(
    ax: Axes,
    frame: pd.DataFrame,
    value: np.ndarray,
    chart: ControlChart | None,
    target: float | None,
    share: bool,
) -> None:
    from matplotlib.ticker import PercentFormatter

    seen = [
        value,
        [target] if target is not None else [],
        *((chart.lower, chart.upper) if chart is not None else ()),
    ]
    known = np.concatenate([np.asarray(s, float) for s in seen])
    known = known[np.isfinite(known)]
    low, high = (known.min(), known.max()) if known.size else (0.0, 1.0)
    pad = 0.06 * (high - low) or 0.1 * abs(high) or 0.1
    low, high = low - pad, high + pad
    if share:
        low, high = max(low, -0.02) if chart is not None else -0.02, min(high, 1.02)
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0 if high - low > 0.06 else 1))
    elif value[np.isfinite(value)].min(initial=0.0) >= 0:
        low = -0.02 * high if low < 0.35 * high else low
    ax.set_ylim(low, high)
    step = -(-len(frame) // 8)
    ax.set_xlim(-0.6, len(frame) - 0.4)
    ticks = np.arange(len(frame))[::step]
    ax.set_xticks(ticks, [fill(str(frame["label"].iloc[t]), 18) for t in ticks])


def _funnel(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """Areas by size and value, with the limits that chance alone keeps to; areas outside are named."""
    from pi_research.measures.funnel import curve

    blue, orange = _palette(2)
    percent, size = options["family"] == "binomial", frame["size"].to_numpy(float)
    shown = np.isfinite(size)
    value = frame["numerator"].to_numpy(float) / size
    lines = curve(options["target"], options["levels"], options["family"], float(size[shown].max()))
    ends = [(lines["size"].iloc[-1], options["target"], options["target_label"], GREY)]
    ax.axhline(options["target"], color=GREY, lw=1.1)
    for k, level in enumerate(options["levels"]):
        for side in ("lower", "upper"):
            ax.plot(lines["size"], lines[f"{side}_{100 * level:g}"], color=GREY, ls=LINES[k], lw=1.0)
        ends.append(
            (lines["size"].iloc[-1], lines[f"upper_{100 * level:g}"].iloc[-1], f"{100 * level:g}%", GREY)
        )
    beyond = frame["beyond"].to_numpy(float)
    for rows, marker, colour in (
        (beyond == 0, "o", blue),
        (beyond > 0, "^", orange),
        (beyond < 0, "v", orange),
    ):
        ax.plot(size[rows], value[rows], marker, color=colour, ms=6, mec=DARK, mew=0.5, ls="none", zorder=3)
    middle = lines["size"].iloc[-1] * 0.75
    for k in np.flatnonzero(shown & ((beyond != 0) | (len(frame) <= 12))):
        late = size[k] > middle
        ax.annotate(str(frame["label"].iloc[k]), (size[k], value[k]), xytext=(-6 if late else 6, 4),
                    ha="right" if late else "left", textcoords="offset points", fontsize=8, zorder=4,
                    bbox={"fc": "white", "ec": "none", "pad": 0.4, "alpha": 0.8})  # fmt: skip
    low, top = _reach(lines, value, float(size[shown].min()), options["target"])
    top = min(top, 1.0) if percent else top
    ax.set(xlim=(0, lines["size"].iloc[-1]), ylim=(low, top + 0.03 * (top - low)), xlabel=options["xlabel"],
           ylabel=options["ylabel"])  # fmt: skip
    if percent:
        from matplotlib.ticker import PercentFormatter

        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    _end_labels(ax, ends, 0.05 * (top - low))


def _reach(lines: pd.DataFrame, value: np.ndarray, smallest: float, target: float) -> tuple[float, float]:
    """Lowest and highest of what is drawn from half the smallest area's size on, with some room: the limits of
    areas smaller than any there would flatten the rest."""
    near = lines[lines["size"] >= smallest / 2]
    low = min(float(near.filter(like="lower").min().min()), float(np.nanmin(value)), target)
    high = max(float(near.filter(like="upper").max().max()), float(np.nanmax(value)), target)
    room = 0.05 * (high - low)
    return (0.0 if low < 0.25 * high else low - room), high + room


DRAWINGS = {"control": _control, "board": board, "funnel": _funnel}
DRAWN = {
    "control": ("position", "label", "numerator", "rest", "exposure", "value", "signal"),
    "board": (
        "label",
        "numerator",
        "rest",
        "value",
        "scale",
        "target",
        "on",
        "assurance",
        "variation",
        "sign",
        "empty",
    ),
    "funnel": ("label", "numerator", "size", "beyond"),
}
"""Columns that each drawing reads: a release holds these, protected, and no other."""
