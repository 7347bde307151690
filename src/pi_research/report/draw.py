"""Drawings: each takes axes, the frame of a chart and its options, and draws nothing else.

The same drawing serves the safe room and the release: only the frame differs. Colours are
seaborn's colour-blind palette, told apart by line style and direct labels as well.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pi_research.report.shown import Chart

__all__ = ["DRAWINGS", "figure", "png", "svg"]

STYLE = {
    "svg.fonttype": "none", "svg.hashsalt": "pi-research", "font.family": "DejaVu Sans", "font.size": 9,
    "axes.labelsize": 9, "axes.titlesize": 10, "xtick.labelsize": 8.5, "ytick.labelsize": 8.5,
    "figure.facecolor": "white", "axes.edgecolor": "#555555", "axes.labelcolor": "#222222",
}
LINES = ("-", (0, (6, 2)), (0, (2, 1.5)), "-.", (0, (4, 1, 1, 1, 1, 1)), (0, (1, 1)))
GREY = "#595959"


def figure(chart: Chart) -> Figure:
    """The chart as a matplotlib figure."""
    import matplotlib
    import seaborn as sns
    from matplotlib.figure import Figure

    with matplotlib.rc_context({**sns.axes_style("ticks"), **STYLE}):
        made = Figure(figsize=(7.2, chart.options.get("height", 3.8)), layout="constrained")
        ax = made.subplots()
        if chart.frame.empty or not _anything(chart):
            ax.set_axis_off()
            ax.text(0.5, 0.5, "Too few people to draw this chart", ha="center", va="center", color=GREY)
        else:
            DRAWINGS[chart.draw](ax, chart.frame, chart.options)
            sns.despine(ax=ax)
    return made


def _anything(chart: Chart) -> bool:
    numbers = chart.frame.select_dtypes("number").drop(columns=["position"], errors="ignore")
    return numbers.notna().to_numpy().any() if numbers.shape[1] else True


def svg(chart: Chart) -> str:
    """The chart as SVG text, the same bytes each time."""
    import matplotlib

    with matplotlib.rc_context(STYLE):
        out = io.StringIO()
        figure(chart).savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def png(chart: Chart) -> bytes:
    """The chart as PNG at 160 dots an inch, without metadata."""
    out = io.BytesIO()
    figure(chart).savefig(out, format="png", dpi=160, metadata={"Software": None})
    return out.getvalue()


def _palette(n: int) -> list:
    import seaborn as sns

    return sns.color_palette("colorblind", max(n, 3))[:n]


def _percent_axis(ax: Axes, top: float = 1.0) -> None:
    from matplotlib.ticker import PercentFormatter

    ax.set_ylim(0, top)
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))


def _end_labels(ax: Axes, ends: list[tuple[float, float, str, object]], gap: float) -> None:
    """Label each line at its end, moved apart where they would lie over one another."""
    placed = -np.inf
    for x, y, text, colour in sorted(ends, key=lambda e: e[1]):
        placed = max(y, placed + gap)
        ax.annotate(text, (x, y), xytext=(x, placed), textcoords="data", color=colour, fontsize=8.5, va="center",
                    ha="left", annotation_clip=False)


def _at_risk(ax: Axes, frame: pd.DataFrame, ticks: np.ndarray, people: str) -> None:
    """Numbers at risk under the axis, one row for each group."""
    groups = frame.groupby("group", sort=False) if "group" in frame else [(people, frame)]
    ax.text(0, -0.24, f"Number at risk ({people})", transform=ax.transAxes, fontsize=8, color=GREY)
    for row, (name, one) in enumerate(groups):
        times, at_risk = one["time"].to_numpy(float), one["at_risk"].to_numpy(float)
        y = -0.32 - 0.075 * row
        for tick in ticks:
            later = np.flatnonzero(times >= tick)
            text = f"{at_risk[later[0]]:,.0f}" if later.size else "–"
            ax.text(tick, y, text, transform=ax.get_xaxis_transform(), ha="center", fontsize=8)
        if "group" in frame:
            ax.text(1.01, y, str(name), transform=ax.transAxes, fontsize=8, color=GREY)


def _survival(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    horizon, people = options["horizon"], options.get("people", "people")
    ticks = np.array([t for t in options["ticks"] if t <= horizon], float)
    groups = list(frame.groupby("group", sort=False)) if "group" in frame else [("", frame)]
    ends = []
    for (name, one), colour, line in zip(groups, _palette(len(groups)), LINES, strict=False):
        one = one[one["time"] <= horizon]
        ax.fill_between(one["time"], one["lower"], one["upper"], step="post", color=colour, alpha=0.18, lw=0)
        ax.step(one["time"], one["survival"], where="post", color=colour, ls=line, lw=1.8)
        if name:
            ends.append((one["time"].iloc[-1] + 0.3, one["survival"].iloc[-1], str(name), colour))
    _end_labels(ax, ends, 0.05)
    for month in options.get("milestones", ()):
        ax.axvline(month, color=GREY, lw=0.7, ls=(0, (1, 3)))
    _percent_axis(ax)
    ax.set(xlim=(0, horizon), xticks=ticks, xlabel=options["xlabel"], ylabel=options["ylabel"])
    _at_risk(ax, frame, ticks, people)


def _incidence(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    horizon, people = options["horizon"], options.get("people", "people")
    ticks = np.array([t for t in options["ticks"] if t <= horizon], float)
    causes = list(dict.fromkeys(frame["cause"]))
    top = max(0.1, float(np.nanmax(frame["incidence"])) * 1.35)
    ends = []
    for cause, colour, line in zip(causes, _palette(len(causes)), LINES, strict=False):
        one = frame[(frame["cause"] == cause) & (frame["time"] <= horizon)]
        ax.step(one["time"], one["incidence"], where="post", color=colour, ls=line, lw=1.8)
        ends.append((one["time"].iloc[-1] + 0.3, one["incidence"].iloc[-1], str(cause), colour))
    _end_labels(ax, ends, top * 0.06)
    _percent_axis(ax, top)
    ax.set(xlim=(0, horizon), xticks=ticks, xlabel=options["xlabel"], ylabel=options["ylabel"])
    _at_risk(ax, frame[frame["cause"] == causes[0]], ticks, people)


def _series(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    blue, orange = _palette(2)
    months = frame["month"]
    used = ~frame["masked"].astype(bool)
    ax.fill_between(months, frame["lower"], frame["upper"], color=orange, alpha=0.2, lw=0)
    ax.plot(months, frame["expected"], color=orange, ls=LINES[1], lw=1.6)
    ax.plot(months, frame["fitted"], color=blue, lw=1.6)
    ax.scatter(months[used], frame["observed"][used], s=11, color="#222222", zorder=3)
    ax.scatter(months[~used], frame["observed"][~used], s=12, facecolors="none", edgecolors=GREY, lw=0.8, zorder=3)
    for label, day in options["interruptions"].items():
        ax.axvline(np.datetime64(day), color=GREY, lw=1, ls=(0, (1, 2)))
        ax.annotate(label, (np.datetime64(day), 1.01), xycoords=("data", "axes fraction"), fontsize=8.5, ha="center", color=GREY)
    last = frame.dropna(subset=["expected"]).iloc[-1] if frame["expected"].notna().any() else None
    ends = [(months.iloc[-1], frame["fitted"].iloc[-1], " model", blue)]
    if last is not None:
        ends.append((last["month"], last["expected"], " expected\n without", orange))
    low, high = ax.get_ylim()
    low = 0 if low < 0.5 * high else low
    ax.set_ylim(bottom=low)
    _end_labels(ax, ends, 0.11 * (high - low))
    ax.yaxis.set_major_formatter(lambda v, _: f"{v:,.0f}" if high - low > 8 else f"{v:,.1f}")
    ax.set(xlabel="Month", ylabel=options["ylabel"])


def _bars(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """Horizontal bars with their number at the end, largest wording on the left."""
    import seaborn as sns

    shown = frame.assign(label=frame["label"].astype(str))
    sns.barplot(shown, x="value", y="label", hue="group" if "group" in frame else None, orient="h", ax=ax,
                palette="colorblind" if "group" in frame else None, color=None if "group" in frame else _palette(1)[0],
                errorbar=None, legend="group" in frame)
    unit = options.get("unit", "")
    for bars in ax.containers:
        ax.bar_label(bars, labels=[f"{b.get_width():,.{options.get('digits', 0)}f}{unit}" if b.get_width() == b.get_width() else "" for b in bars],
                     padding=3, fontsize=8.5)
    for place, value in enumerate(shown.groupby("label", sort=False)["value"].max()):
        if value != value:
            ax.text(0, place, " not shown", va="center", fontsize=8.5, color=GREY)
    if "group" in frame:
        ax.legend(title=None, frameon=False)
    ax.set(xlabel=options["xlabel"], ylabel="")
    ax.margins(x=0.12)


def _intervals(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """A dot and its interval on each line; ranges without an estimate are drawn as bars."""
    place = np.arange(len(frame))[::-1]
    colour = _palette(1)[0]
    ax.hlines(place, frame["lower"], frame["upper"], color=colour, lw=2.2 if "estimate" in frame else 7, alpha=0.7)
    if "estimate" in frame:
        ax.plot(frame["estimate"], place, "o", color=colour, ms=5)
    if options.get("reference") is not None:
        ax.axvline(options["reference"], color=GREY, lw=0.9, ls=(0, (1, 2)))
    ax.set_yticks(place, frame["label"])
    ax.set_ylim(-0.6, len(frame) - 0.4)
    if options.get("percent"):
        from matplotlib.ticker import PercentFormatter

        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.set_xlim(0, 1)
    ax.set(xlabel=options["xlabel"])


def _quarters(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """Bars by quarter with the contract as a line; both labelled directly."""
    blue, orange = _palette(2)
    place = np.arange(len(frame))
    ax.bar(place, frame["value"].fillna(0), color=blue, width=0.72)
    top = float(np.nanmax(frame[["value", "contract"]].to_numpy(float)))
    for x, value in zip(place, frame["value"], strict=True):
        ax.text(x, (value if value == value else 0) + 0.015 * top, f"{value:,.0f}" if value == value else "–", ha="center", fontsize=7.5)
    ax.plot(place, frame["contract"], color=orange, ls=LINES[1], lw=1.8)
    ax.text(place[-1] + 0.6, frame["contract"].iloc[-1], options["contract_label"], color=orange, fontsize=8.5, va="center")
    step = max(1, len(frame) // 10)
    ax.set_xticks(place[::step], frame["label"].iloc[::step])
    ax.set(ylabel=options["ylabel"], xlabel="Quarter", ylim=(0, top * 1.12))


def _ladder(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    groups = list(frame.groupby("group", sort=False))
    ends = []
    for (name, one), colour, line in zip(groups, _palette(len(groups)), LINES * 3, strict=False):
        ax.plot(one["months"], one["estimate"], color=colour, ls=line, lw=1.6, marker="o", ms=3.5)
        ends.append((one["months"].iloc[-1] + 0.3, one["estimate"].iloc[-1], str(name), colour))
    low = max(0.0, float(np.floor(frame["estimate"].min() * 10 - 0.5) / 10))
    _end_labels(ax, ends, 0.05 * (1 - low))
    _percent_axis(ax)
    ax.set_ylim(low, 1)
    ax.set(xticks=sorted(set(frame["months"])), xlabel=options["xlabel"], ylabel=options["ylabel"])


DRAWINGS = {
    "survival": _survival, "incidence": _incidence, "series": _series, "bars": _bars,
    "intervals": _intervals, "quarters": _quarters, "ladder": _ladder,
}
