"""Drawings: each takes axes, the frame of a chart and its options, and draws nothing else.

The same drawing serves the safe room and the release: only the frame differs. Colours are
seaborn's colour-blind palette, told apart by line style and direct labels as well.
"""

from __future__ import annotations

from itertools import cycle
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["DRAWINGS", "DRAWN"]

LINES = ("-", (0, (6, 2)), (0, (2, 1.5)), "-.", (0, (4, 1, 1, 1, 1, 1)), (0, (1, 1)))
GREY = "#595959"
ROW = 12
"""Points between two lines of numbers at risk."""


def _palette(n: int) -> list:
    import seaborn as sns

    return sns.color_palette("colorblind", max(n, 3))[:n]


def _styled(groups: list) -> zip:
    """Each group with a colour and a line style, however many there are."""
    return zip(groups, cycle(_palette(min(len(groups), 10))), cycle(LINES))


def _percent_axis(ax: Axes, top: float = 1.0) -> None:
    from matplotlib.ticker import PercentFormatter

    ax.set_ylim(0, top)
    _round_ticks(ax.yaxis)
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))


def _round_ticks(axis: object, *, whole: bool = False) -> None:
    """Ticks at 1, 2 or 5 of a power of ten: a tick at 2.5% would be written as 2%."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator("auto", integer=whole, steps=[1, 2, 5, 10]))


def _apart(places: list[float], gap: float, low: float) -> list[float]:
    """Rising places, moved as little as can be so that they lie ``gap`` apart and none below ``low``."""
    blocks: list[list[float]] = []
    for k, place in enumerate(places):
        blocks.append([place - k * gap, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (one, n), (other, m) = blocks[-2:]
            blocks[-2:] = [[(one * n + other * m) / (n + m), n + m]]
    level = [max(value, low) for value, n in blocks for _ in range(int(n))]
    return [value + k * gap for k, value in enumerate(level)]


def _end_labels(ax: Axes, ends: list[tuple[float, float, str, object]], gap: float) -> None:
    """Label each line at its end, apart where they would lie over one another (set the limits before)."""
    low = ax.get_ylim()[0] + gap / 2
    ends = sorted((e for e in ends if e[1] == e[1]), key=lambda e: e[1])
    for (x, _, text, colour), y in zip(ends, _apart([e[1] for e in ends], gap, low), strict=True):
        ax.annotate(text, (x, y), xytext=(5, 0), textcoords="offset points", color=_dark(colour),
                    fontsize=8.5, va="center", annotation_clip=False)


def _dark(colour: object) -> tuple[float, ...]:
    """The colour, darkened until text in it stands out from white by 4.5 to 1 (WCAG 2.2, 1.4.3)."""
    from matplotlib.colors import to_rgb

    rgb = np.array(to_rgb(colour))
    while True:
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        if 1.05 / (linear @ (0.2126, 0.7152, 0.0722) + 0.05) >= 4.5:
            return tuple(rgb)
        rgb = rgb * 0.95


def _at_risk(ax: Axes, frame: pd.DataFrame, ticks: np.ndarray, people: str) -> None:
    """Numbers at risk under the axis, one row for each group."""
    groups = list(frame.groupby("group", sort=False)) if "group" in frame else [("", frame)]

    def write(x: float, text: str, shift: tuple[float, float], align: str, colour: str,
              across: object) -> None:
        ax.annotate(text, (x, 0), xycoords=across, xytext=shift, textcoords="offset points", ha=align,
                    va="top", fontsize=8, color=colour, annotation_clip=False)

    write(0, f"Number at risk ({people})", (0, -38), "left", GREY, "axes fraction")
    for row, (name, one) in enumerate(groups):
        times, at_risk = one["time"].to_numpy(float), one["at_risk"].to_numpy(float)
        for tick in ticks:
            later = np.flatnonzero(times >= tick)
            text = f"{at_risk[later[0]]:,.0f}" if later.size else "–"
            write(tick, text, (0, -38 - ROW * (row + 1)), "center", "#262626", ax.get_xaxis_transform())
        write(1, str(name), (14, -38 - ROW * (row + 1)), "left", GREY, "axes fraction")


def _steps(ax: Axes, one: pd.DataFrame, column: str, horizon: float, colour: object,
           line: object) -> tuple[float, float]:
    """A step curve up to the horizon, or to the end of follow-up; where it ends."""
    one = _until(one, horizon)
    ax.step(one["time"], one[column], where="post", color=colour, ls=line, lw=1.8)
    return float(one["time"].iloc[-1]), float(one[column].iloc[-1])


def _until(one: pd.DataFrame, horizon: float) -> pd.DataFrame:
    """Steps up to the horizon; the last goes on to it where people are followed beyond."""
    import pandas as pd

    kept = one[one["time"] <= horizon]
    if kept.empty or not (one["time"] > horizon).any():
        return kept
    return pd.concat([kept, kept.iloc[-1:].assign(time=float(horizon))])


def _survival(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    horizon, column = options["horizon"], options.get("column", "survival")
    ticks = np.array([t for t in options["ticks"] if t <= horizon], float)
    groups = list(frame.groupby("group", sort=False)) if "group" in frame else [("", frame)]
    ends = []
    for (name, one), colour, line in _styled(groups):
        band = _until(one, horizon)
        ax.fill_between(band["time"], band["lower"], band["upper"], step="post", color=colour, alpha=0.18,
                        lw=0)
        ends.append((*_steps(ax, one, column, horizon, colour, line), str(name), colour))
    seen = frame.loc[frame["time"] <= horizon, ["upper", column]].max().max()
    top = 1.0 if column == "survival" else max(0.1, 1.1 * float(seen))
    _percent_axis(ax) if column == "survival" else ax.set_ylim(0, top)
    _end_labels(ax, ends, 0.055 * top)
    for month in options.get("milestones", ()):
        ax.axvline(month, color=GREY, lw=0.7, ls=(0, (1, 3)))
    ax.set(xlim=(0, horizon), xticks=ticks, xlabel=options["xlabel"], ylabel=options["ylabel"])
    _at_risk(ax, frame, ticks, options.get("people", "people"))


def _incidence(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    horizon = options["horizon"]
    ticks = np.array([t for t in options["ticks"] if t <= horizon], float)
    causes = list(frame.groupby("cause", sort=False))
    top = max(0.1, float(np.nanmax(frame.loc[frame["time"] <= horizon, "incidence"])) * 1.35)
    ends = []
    for (cause, one), colour, line in _styled(causes):
        ends.append((*_steps(ax, one, "incidence", horizon, colour, line), str(cause), colour))
    _percent_axis(ax, top)
    _end_labels(ax, ends, top * 0.065)
    ax.set(xlim=(0, horizon), xticks=ticks, xlabel=options["xlabel"], ylabel=options["ylabel"])
    _at_risk(ax, causes[0][1].drop(columns="group", errors="ignore"), ticks, options.get("people", "people"))


def _bars(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """Horizontal bars with their number at the end, in the order of the frame from above."""
    digits, unit = options.get("digits", 0), options.get("unit", "")
    labels = list(dict.fromkeys(frame["label"].astype(str)))
    groups = list(frame.groupby("group", sort=False)) if "group" in frame else [("", frame)]
    wide = 0.78 / len(groups)
    for k, ((name, one), colour) in enumerate(zip(groups, cycle(_palette(min(len(groups), 10))))):
        place = np.array([labels.index(v) for v in one["label"].astype(str)]) - 0.39 + wide * (k + 0.5)
        ax.barh(place, one["value"].fillna(0), wide * 0.94, color=colour, label=str(name))
        for y, value in zip(place, one["value"].to_numpy(float), strict=True):
            text, x = (f"{value:,.{digits}f}{unit}", value) if value == value else ("not shown", 0)
            ax.annotate(text, (x, y), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8.5,
                        color="#222222" if value == value else GREY)
    if "group" in frame:
        ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    top = frame["value"].max()
    ax.set_xlim(min(0, frame["value"].min() * 1.12), top * 1.12 if top > 0 else 1)
    if not digits:
        _round_ticks(ax.xaxis, whole=True)
    ax.set_yticks(range(len(labels)), [fill(label, 40) for label in labels])
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.set(xlabel=options["xlabel"], ylabel="")


def _intervals(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """A dot and its interval on each line; ranges without an estimate are drawn as bars."""
    place = np.arange(len(frame))[::-1]
    colour = _palette(1)[0]
    dots = "estimate" in frame
    ax.hlines(place, frame["lower"], frame["upper"], color=colour, lw=2.2 if dots else 7, alpha=0.7)
    if dots:
        ax.plot(frame["estimate"], place, "o", color=colour, ms=5)
    if options.get("reference") is not None:
        ax.axvline(options["reference"], color=GREY, lw=0.9, ls=(0, (1, 2)))
    ax.set_yticks(place, [fill(str(label), 44) for label in frame["label"]])
    ax.set_ylim(-0.6, len(frame) - 0.4)
    if options.get("percent"):
        from matplotlib.ticker import PercentFormatter

        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.set_xlim(0, 1)
    for y in place[frame["lower"].isna().to_numpy()]:
        ax.annotate("not shown", (0.01, y), xycoords=("axes fraction", "data"), va="center", fontsize=8.5,
                    color=GREY)
    ax.set(xlabel=options["xlabel"])


def _quarters(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """Bars by quarter with the contract as a line; both labelled directly."""
    blue, orange = _palette(2)
    place, value = np.arange(len(frame)), frame["value"].to_numpy(float)
    early = (frame["label"] == "before").to_numpy()
    contract = frame["contract"].ffill().bfill().mask(early)
    ax.bar(place, frame["value"].fillna(0), color=blue, width=0.72)
    ax.plot(place, contract, color=orange, ls=LINES[1], lw=1.8, marker="_" if (~early).sum() == 1 else None)
    top = max(float(np.nanmax([*value, *contract])), 1.0)
    box = {"fc": "white", "ec": "none", "pad": 0.6, "alpha": 0.85}
    for x, n in zip(place, value, strict=True):
        text, y = (f"{n:,.0f}", n) if n == n else ("–", 0)
        ax.annotate(text, (x, y), xytext=(0, 2), textcoords="offset points", ha="center", fontsize=7.5,
                    bbox=box if n > 0 else None)
    ax.set_xlim(-0.6, len(frame) - 0.4)
    _end_labels(ax, [(len(frame) - 0.4, float(contract.iloc[-1]), options["contract_label"], orange)], 0)
    step = max(1, len(frame) // 10)
    ticks = place[::-1][::step][::-1]
    if early[0] and ticks[0]:
        ticks = np.array([0, *ticks[ticks >= min(step, 2)]])
    ax.set_xticks(ticks, frame["label"].iloc[ticks])
    _round_ticks(ax.yaxis, whole=True)
    ax.set(ylabel=options["ylabel"], xlabel="Quarter", ylim=(0, top * 1.12))


def _ladder(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    ends = []
    for (name, one), colour, line in _styled(list(frame.groupby("group", sort=False))):
        ax.plot(one["months"], one["estimate"], color=colour, ls=line, lw=1.6, marker="o", ms=3.5)
        ends.append((one["months"].iloc[-1], one["estimate"].iloc[-1], str(name), colour))
    low = max(0.0, float(np.floor(frame["estimate"].min() * 10 - 0.5) / 10))
    _percent_axis(ax)
    ax.set_ylim(low, 1)
    _end_labels(ax, ends, 0.05 * (1 - low))
    ax.set(xticks=sorted(set(frame["months"])), xlabel=options["xlabel"], ylabel=options["ylabel"])


DRAWINGS = {
    "survival": _survival, "incidence": _incidence, "bars": _bars,
    "intervals": _intervals, "quarters": _quarters, "ladder": _ladder,
}

DRAWN = {
    "survival": ("time", "at_risk", "survival", "lower", "upper", "group"),
    "incidence": ("time", "cause", "at_risk", "incidence", "lower", "upper", "group"),
    "bars": ("label", "value", "group"), "intervals": ("label", "estimate", "lower", "upper"),
    "quarters": ("label", "value", "contract"), "ladder": ("group", "months", "estimate"),
}
"""Columns that each drawing reads: a release holds these, protected, and no other."""
