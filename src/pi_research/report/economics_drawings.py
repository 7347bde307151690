"""Drawings of payments, of who gains and pays, and of how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pi_research.report.drawings import GREY, LINES, _end_labels, _palette, _percent_axis

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["DRAWINGS", "DRAWN"]


def _thousands(axis: object) -> None:
    axis.set_major_formatter(lambda v, _: f"{v:,.0f}".replace("-", "−"))


def _rows(ax: Axes, labels: list[str]) -> None:
    from textwrap import fill

    ax.set_yticks(range(len(labels)), [fill(label, 36) for label in labels])
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.axvline(0, color=GREY, lw=0.9)


def _not_shown(ax: Axes, places: np.ndarray) -> None:
    for y in places:
        ax.annotate("not shown", (0.01, y), xycoords=("axes fraction", "data"), va="center", fontsize=8.5,
                    color=GREY)


def _cumulative(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """Plans as thin broken steps, payments made as a thick one with a point at each period's end; the cap."""
    groups = sorted(frame.groupby("group", sort=False), key=lambda g: g[0] != options["actual"])
    ends = []
    for k, ((name, one), colour) in enumerate(zip(groups, _palette(len(groups)), strict=True)):
        made = name == options["actual"]
        ax.step(one["month"], one["value"], where="post", color=colour, lw=2.4 if made else 1.3,
                zorder=3 if made else 2, ls="-" if made else LINES[1 + k % 4], marker="o" if made else None,
                ms=3.5)
        ends.append((one["month"].iloc[-1], float(one["value"].iloc[-1]), str(name), colour))
    ax.axhline(options["cap"], color=GREY, lw=1, ls=(0, (1, 2)))
    ax.annotate(
        options["cap_label"],
        (0.01, options["cap"]),
        xycoords=("axes fraction", "data"),
        xytext=(0, 3),
        textcoords="offset points",
        fontsize=8.5,
        color=GREY,
    )
    top = 1.08 * max(options["cap"], float(frame["value"].max()))
    ax.set_ylim(0, top)
    _end_labels(ax, ends, 0.06 * top)
    _thousands(ax.yaxis)
    ax.set(xlabel="", ylabel=options["ylabel"])


def _gains(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """Stacked bars to the right (what comes in) and left (what goes out) of nought, and the sum as a mark."""
    labels = list(dict.fromkeys(frame["label"].astype(str)))
    right, left = np.zeros(len(labels)), np.zeros(len(labels))
    groups = list(frame.groupby("group", sort=False))
    for (name, one), colour in zip(groups, _palette(len(groups)), strict=True):
        for k, value in enumerate(one.groupby("label", sort=False)["value"].sum().reindex(labels).fillna(0)):
            ends = right if value >= 0 else left
            ax.barh(k, value, 0.62, left=ends[k], color=colour, edgecolor="white", lw=0.6)
            ends[k] += value
        ax.barh(0, 0, color=colour, label=str(name))
    net = frame.groupby("label", sort=False)["value"].sum(min_count=1).reindex(labels).to_numpy(float)
    seen = np.flatnonzero(np.isfinite(net))
    ax.plot(net[seen], seen, "D", color="#222222", ms=5, label="in all")
    for k in seen:
        ax.annotate(f"{net[k]:+,.0f}".replace("-", "−"), (max(right[k], 0), k), xytext=(5, 0),
                    textcoords="offset points", va="center", fontsize=8.5)
    span = max(float(right.max() - left.min()), 1.0)
    ax.set_xlim(left.min() - 0.04 * span, right.max() + 0.16 * span)
    _rows(ax, labels)
    _not_shown(ax, np.flatnonzero(~np.isfinite(net)))
    _thousands(ax.xaxis)
    ax.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=4, fontsize=8.5)
    ax.set(xlabel=options["xlabel"])


def _tornado(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """A bar from the result at each input's lower limit to that at its upper, the ends in two colours."""
    blue, orange = _palette(2)
    place, mid = np.arange(len(frame)), frame["centre"].to_numpy(float)
    for column, colour, words in (
        ("low", blue, "input at its lower limit"),
        ("high", orange, "at its upper limit"),
    ):
        value = frame[column].to_numpy(float)
        ax.barh(place, value - mid, 0.62, left=mid, color=colour, label=words)
    if np.isfinite(mid).any():
        ax.axvline(float(np.nanmean(mid)), color="#222222", lw=1, ls=(0, (1, 2)))
    _rows(ax, frame["label"].astype(str).tolist())
    _not_shown(ax, np.flatnonzero(~np.isfinite(mid)))
    _thousands(ax.xaxis)
    ax.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2, fontsize=8.5)
    ax.set(xlabel=options["xlabel"])


def _plane(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """Draws as points: tenancy-years gained across, what they cost upwards; below nought it saves."""
    blue, orange = _palette(2)
    ax.plot(frame["effect"], frame["cost"], "o", color=blue, ms=2.2, alpha=0.35, lw=0)
    ax.axhline(0, color=GREY, lw=0.9)
    ax.axvline(0, color=GREY, lw=0.9)
    left, right = min(0.0, float(frame["effect"].min())), 1.08 * max(float(frame["effect"].max()), 1e-9)
    ends = np.array([left, right])
    ax.plot(ends, ends * options["value"] / 1000, color=orange, ls=LINES[1], lw=1.5)
    ax.annotate(options["value_label"], (ends[1], ends[1] * options["value"] / 1000), xytext=(-4, 4),
                ha="right",
                textcoords="offset points", fontsize=8.5, color=GREY)
    ax.set_xlim(left, right)
    ax.annotate("costs more", (0.01, 0.97), xycoords="axes fraction", fontsize=8.5, color=GREY, va="top")
    ax.annotate("saves money", (0.01, 0.03), xycoords="axes fraction", fontsize=8.5, color=GREY)
    _thousands(ax.yaxis)
    ax.set(xlabel=options["xlabel"], ylabel=options["ylabel"])


def _acceptability(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    ends = []
    groups = list(frame.groupby("group", sort=False))
    for k, ((name, one), colour) in enumerate(zip(groups, _palette(len(groups)), strict=True)):
        ax.plot(one["position"], one["chance"], color=colour, ls=LINES[k], lw=1.8)
        ends.append((one["position"].iloc[-1], float(one["chance"].iloc[-1]), str(name), colour))
    _percent_axis(ax, 1.03)
    _end_labels(ax, ends, 0.07)
    _thousands(ax.xaxis)
    ax.set(xlim=(0, float(frame["position"].max())), xlabel=options["xlabel"], ylabel=options["ylabel"])


def _spread(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """For each row the middle, a thick line for half of the draws and a thin one for the interval."""
    colour, place = _palette(1)[0], np.arange(len(frame))
    ax.hlines(place, frame["lower"], frame["upper"], color=colour, lw=1.6)
    ax.hlines(place, frame["quarter"], frame["three_quarters"], color=colour, lw=7, alpha=0.6)
    ax.plot(frame["middle"], place, "o", color="#222222", ms=4.5)
    _rows(ax, frame["label"].astype(str).tolist())
    _not_shown(ax, place[frame["middle"].isna().to_numpy()])
    _thousands(ax.xaxis)
    ax.set(xlabel=options["xlabel"])


DRAWINGS = {"cumulative": _cumulative, "gains": _gains, "tornado": _tornado, "plane": _plane,
            "acceptability": _acceptability, "spread": _spread}
DRAWN = {
    "cumulative": ("group", "month", "value"), "gains": ("label", "group", "value"),
    "tornado": ("label", "low", "high", "centre"), "plane": ("effect", "cost"),
    "acceptability": ("position", "chance", "group"),
    "spread": ("label", "lower", "quarter", "middle", "three_quarters", "upper"),
}
"""Columns that each drawing reads."""
