"""Drawings of monthly series: observed, fitted and expected; and one estimate under many choices."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from pi_research.report.drawings import GREY, LINES, _end_labels, _palette

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["DRAWINGS", "DRAWN"]


def _series(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """Points, the model's line, the dashed line without the interruption with its band, Covid shaded."""
    blue, orange = _palette(2)
    months = frame["month"]
    used = ~frame["masked"].astype(bool)
    ax.fill_between(months, frame["lower"], frame["upper"], color=orange, alpha=0.2, lw=0)
    ax.plot(months, frame["expected"], color=orange, ls=LINES[1], lw=1.6)
    ax.plot(months, frame["fitted"], color=blue, lw=1.6)
    ax.scatter(months[used], frame["observed"][used], s=11, color="#222222", zorder=3)
    ax.scatter(months[~used], frame["observed"][~used], s=12, facecolors="none", edgecolors=GREY, lw=0.8,
               zorder=3)
    labels = dict(options["interruptions"])
    if period := options.get("covid"):
        ax.axvspan(*(np.datetime64(day) for day in period), color="#bbbbbb", alpha=0.3, lw=0, zorder=0)
    _interruptions(ax, labels, period)
    low, high = ax.get_ylim()
    low = 0 if low < 0.5 * high else low
    ax.set_ylim(low, high)
    ends = []
    for column, words, colour in (("fitted", "model", blue), ("expected", "expected\nwithout", orange)):
        drawn = frame.dropna(subset=[column])
        if len(drawn):
            ends.append((drawn["month"].iloc[-1], drawn[column].iloc[-1], words, colour))
    _end_labels(ax, ends, 0.11 * (high - low))
    ax.yaxis.set_major_formatter(lambda v, _: f"{v:,.0f}" if high - low > 8 else f"{v:,.1f}")
    ax.set(xlabel="Month" if used.all() else "Month (hollow points: left out of the model)",
           ylabel=options["ylabel"])


def _interruptions(ax: Axes, days: dict[str, str], covid: list[str] | None) -> None:
    """A dotted line for each, its label over it, within the axes and one above the other; Covid's last."""
    from matplotlib.dates import date2num

    left, right = ax.get_xlim()
    middle = np.datetime64(covid[0]) + (np.datetime64(covid[1]) - np.datetime64(covid[0])) / 2 if covid else None
    labels = [(label, np.datetime64(day)) for label, day in days.items()] + ([("Covid", middle)] if covid else [])
    for row, (label, day) in enumerate(labels):
        place = (date2num(day) - left) / (right - left)
        align = "left" if place < 0.12 else "right" if place > 0.88 else "center"
        if row < len(days):
            ax.axvline(day, color=GREY, lw=1, ls=(0, (1, 2)))
        ax.annotate(label, (day, 1), xycoords=("data", "axes fraction"), xytext=(0, 3 + 11 * row),
                    textcoords="offset points", fontsize=8.5, ha=align, color=GREY, annotation_clip=False)


def _specification(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """A line for each choice, in groups; the interval of the pre-specified one runs through as a band."""
    place = np.arange(len(frame))[::-1]
    blue, orange = _palette(2)
    chosen = frame["chosen"].to_numpy(bool)
    if chosen.any() and np.isfinite(frame["lower"][chosen].iloc[0]):
        ax.axvspan(frame["lower"][chosen].iloc[0], frame["upper"][chosen].iloc[0], color=orange, alpha=0.15, lw=0)
    ax.axvline(options["reference"], color=GREY, lw=0.9, ls=(0, (1, 2)))
    for which, colour in ((chosen, orange), (~chosen, blue)):
        ax.hlines(place[which], frame["lower"][which], frame["upper"][which], color=colour, lw=2, alpha=0.7)
        ax.plot(frame["estimate"][which], place[which], "o", color=colour, ms=4.5)
    for y in place[frame["estimate"].isna().to_numpy()]:
        ax.annotate("not made", (0.01, y), xycoords=("axes fraction", "data"), va="center", fontsize=8, color=GREY)
    ax.set_yticks(place, [fill(str(label), 52) for label in frame["label"]], fontsize=8)
    for tick, bold in zip(ax.get_yticklabels(), chosen, strict=True):
        tick.set_fontweight("bold" if bold else "normal")
    breaks = np.flatnonzero((frame["group"] != frame["group"].shift()).to_numpy())[1:]
    for k in breaks:
        ax.axhline(place[k] + 0.5, color="#dddddd", lw=0.7)
    ax.set_ylim(-0.6, len(frame) - 0.4)
    ax.set(xlabel=options["xlabel"])


DRAWINGS = {"series": _series, "specification": _specification}
DRAWN = {
    "series": ("month", "observed", "fitted", "expected", "lower", "upper", "masked"),
    "specification": ("label", "group", "chosen", "estimate", "lower", "upper"),
}
