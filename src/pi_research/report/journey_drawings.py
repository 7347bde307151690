"""Drawings of journeys: one person's years, everyone's as a sequence, people in each state by month.

Each state has one colour in all three. They differ in lightness along the way from care to a tenancy, so that
a grey print can be read, and are told apart by colour-blind readers; names stand beside what they name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pi_research.report.drawings import GREY, _apart, _percent_axis

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["DRAWINGS", "DRAWN"]

COLOURS = {
    "before this stay in care": "#efefef", "in residential care": "#d6d6d6", "preparing to move": "#8cc6ea",
    "left before a move": "#d9c7e6", "in their own tenancy": "#00497a", "in hospital": "#e66a1a",
    "tenancy lost": "#f5dc5a", "moved on as planned": "#8fd3bd", "died": "#000000",
}
"""Colours of the states, in the order of a journey."""
STACK = ("died", "in their own tenancy", "moved on as planned", "in hospital", "preparing to move",
         "in residential care", "before this stay in care", "left before a move", "tenancy lost")
"""The states as they lie on one another, from below."""
PALE = ("before this stay in care", "in residential care", "preparing to move")
HATCHES = {"tenancy lost": ("////", "#7a6a1a"), "moved on as planned": ("||||", "#2f7d65"),
           "left before a move": ("\\\\\\\\", "#8a6fa0"), "died": (None, "white")}
INK = "#222222"
BLANK = "few: not shown"
BOX = {"fc": "white", "ec": "none", "pad": 1.2, "alpha": 0.9}
LANES = {"stage": "Where in the\nprogramme", "placement": "Placement in care", "tenancy": "Tenancy",
         "hospital": "In hospital", "crisis": "Crisis contacts", "missed": "Missed\nappointments",
         "star": "Recovery Star,\nmean (1 to 10)"}
SHORT = {"before this stay in care": "before this stay", "in residential care": "residential care",
         "preparing to move": "preparing", "in their own tenancy": "own tenancy", "tenancy lost": "lost",
         "moved on as planned": "moved on", "left before a move": "left"}


def _style(state: str, edge: float = 0) -> dict:
    hatch, ink = HATCHES.get(state, (None, GREY))
    return {"facecolor": COLOURS[state], "edgecolor": ink, "hatch": hatch, "linewidth": edge}


def _blocks(ax: Axes, start: np.ndarray, stop: np.ndarray, low: np.ndarray, high: np.ndarray,
            **style: object) -> None:
    """Rectangles as one path: hundreds of them would make a heavy picture."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    if len(start):
        corners = ((start, low), (stop, low), (stop, high), (start, high))
        corners = np.stack([np.stack(xy, -1) for xy in corners], 1)
        ax.add_patch(PathPatch(Path.make_compound_path_from_polys(corners), **style))


def _write(ax: Axes, x: float, y: float, text: str, shift: tuple[float, float] = (0, 0), *,
           across: object = "data", ha: str = "center", va: str = "center", size: float = 8.5,
           colour: str = INK, **more: object) -> None:
    ax.annotate(text, (x, y), xycoords=across, xytext=shift, textcoords="offset points", ha=ha, va=va,
                fontsize=size, color=colour, annotation_clip=False, **more)


# people in each state

def _states(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """Shares stacked month by month; what a release hides is left blank at the top."""
    people = frame.pivot(index="month", columns="state", values="people").sort_index()
    seldom = people.isna().sum() > (people > 0).sum()  # a release hides it more often than not
    people = people[[s for s in STACK if s in people and not seldom[s]]].fillna(0)
    of = frame.groupby("month")["of"].max()
    share = people.div(np.maximum(of, people.sum(axis=1)), axis=0).fillna(0.0)
    months = share.index.to_numpy(float)
    edges = np.append(months - 0.5, months[-1] + 0.5)
    top = share.cumsum(axis=1)
    for state in share:
        ax.stairs(top[state], edges, baseline=top[state] - share[state], fill=True, **_style(state))
        ax.stairs(top[state], edges, baseline=None, color="white", lw=0.8)
    ax.set_xlim(edges[0], edges[-1])
    _percent_axis(ax)
    _name_bands(ax, share.assign(**{BLANK: 1 - share.sum(axis=1)}), months)
    if options["mark"] and edges[0] < 0:
        ax.axvline(0.5, color=INK, lw=1, ls=(0, (3, 2)))
        _write(ax, 0.5, 1, options["mark"], (0, 4), va="bottom")
    ax.set(xticks=[m for m in options["ticks"] if edges[0] <= m <= edges[-1]], xlabel=options["xlabel"],
           ylabel=options["ylabel"])
    _followed(ax, of, options)


def _name_bands(ax: Axes, share: pd.DataFrame, months: np.ndarray) -> None:
    """Names in their bands, along or upright, where there is room; else at the right beside the colour."""
    small, middle, span = [], share.cumsum(axis=1) - share / 2, months[-1] - months[0] + 1
    for state in share:
        along, upright = int(0.0145 * span * len(state)) + 2, int(0.03 * span) + 1
        for wide, tall, turned in ((along, 0.09, 0), (upright, 0.022 * len(state), 90)):
            thick = share[state].rolling(wide, center=True).min()
            if thick.max() >= tall and not (turned and state not in PALE):
                at = thick.idxmax()
                _write(ax, at - (0.5 if wide % 2 == 0 else 0), middle.loc[at, state], state, rotation=turned,
                       bbox=None if turned else BOX)
                break
        else:
            if share[state].max() > 0.02 or state in COLOURS:
                small.append((middle[state].iloc[-1], state))
    for (_, state), y in zip(small, _apart([y for y, _ in small], 0.065, 0.03), strict=True):
        _write(ax, 1, y, state, (18, 0), across="axes fraction", ha="left")
        ax.plot([1.02], [y], marker="s", ms=7, mfc=COLOURS.get(state, "white"), mec=GREY, mew=0.5,
                clip_on=False, transform=ax.transAxes)


def _followed(ax: Axes, of: pd.Series, options: dict) -> None:
    """People under observation below the months."""
    _write(ax, 0, 0, f"Under observation ({options['people']})", (0, -38), across="axes fraction", ha="left",
           va="top", size=8, colour=GREY)
    for month in ax.get_xticks():
        n = of.get(month, np.nan)
        _write(ax, month, 0, f"{n:,.0f}" if n == n else "–", (0, -50), across=ax.get_xaxis_transform(),
               va="top", size=8)


# everyone

def _sequence(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """A thin row a person, groups named at the left, the key above in the order of a journey."""
    left, right, rows = options["left"], options["right"], int(frame["row"].max()) + 1
    shown = frame[(frame["stop"] >= left) & (frame["start"] <= right)]
    for state in COLOURS:
        one = shown[shown["state"] == state]
        start, stop = one["start"].clip(lower=left), one["stop"].clip(upper=right)
        stop = start + 0.012 * (right - left) if state == "died" else stop
        row = one["row"].to_numpy(float)
        _blocks(ax, start.to_numpy(), stop.to_numpy(), row - 0.45, row + 0.45,
                **_style(state, 0.8 if state == "died" else 0))
    ax.set(xlim=(left, right), ylim=(rows - 0.3, -0.7), xticks=options["ticks"], xlabel=options["xlabel"])
    ax.axvline(0, color=INK, lw=1, ls=(0, (3, 2)))
    groups = frame.groupby("group", sort=False)["row"].agg(["min", "max", "nunique"])
    names = [f"{name}\n({n:,})" for name, n in groups["nunique"].items()]
    ax.set_yticks(_apart(list(groups[["min", "max"]].mean(axis=1)), 0.08 * rows, 0), names)
    ax.tick_params(axis="y", length=0)
    for edge in groups["min"].iloc[1:]:
        ax.axhline(edge - 0.5, color=INK, lw=0.8)
    _key(ax, [s for s in COLOURS if s in set(shown["state"])])


def _key(ax: Axes, states: list[str]) -> None:
    """Patches and names above the chart, four to a line."""
    from matplotlib.patches import Rectangle

    line = 0.21 / (ax.figure.get_figheight() - 1.1)
    for k, state in enumerate(states):
        x, y = 0.29 * (k % 4) - 0.18, 1 + line * (0.4 + (len(states) - 1) // 4 - k // 4)
        ax.add_patch(Rectangle((x, y), 0.03, 0.6 * line, transform=ax.transAxes, clip_on=False,
                               **_style(state, 0.5)))
        _write(ax, x + 0.038, y + 0.3 * line, state, across="axes fraction", ha="left")


# one person

def _journey(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """A lane for each kind of record, named at the left, summed up at the right."""
    view, across = (options["left"], options["right"]), ax.get_xaxis_transform()
    place = {lane: -1.0 * k - (0.2 if lane == "star" else 0) for k, lane in enumerate(LANES)}
    ax.set(xlim=view, xticks=options["ticks"], xlabel=options["xlabel"], ylim=(place["star"] - 0.72, 0.55))
    for lane, y in place.items():
        rows = frame[(frame["lane"] == lane) & (frame["stop"].fillna(frame["start"]) >= view[0])]
        {"star": _star, "crisis": _marks, "missed": _marks}.get(lane, _bars)(ax, rows, lane, y, view)
        _write(ax, 1, y, options["sums"].get(lane, ""), (8, 0), across=ax.get_yaxis_transform(), ha="left",
               size=8)
        ax.axhline(y + (0.7 if lane == "star" else 0.5), color="#dddddd", lw=0.6, zorder=0)
    _unknown(ax, frame[frame["lane"] == "unknown"], place["missed"] - 0.5, place["hospital"] + 0.5, view)
    ax.set_yticks(list(place.values()), list(LANES.values()))
    ax.tick_params(axis="y", length=0)
    for at, name, side in ((0, options["mark"], "right"), (view[1], options["end"], "left")):
        if name:
            ax.axvline(at, color=INK, lw=1, ls=(0, (3, 2)), zorder=1)
            _write(ax, at, 1, name, (0, 16 if options["years"] else 4), ha=side, va="bottom", across=across)
    for year, at in options["years"].items():
        _write(ax, at, 1, year, (0, 3), va="bottom", size=8, colour=GREY, across=across)
        ax.axvline(at, color="#dddddd", lw=0.6, zorder=0)


def _unknown(ax: Axes, rows: pd.DataFrame, low: float, high: float, view: tuple[float, float]) -> None:
    """Time of which hospital and contacts are not known, crossed out."""
    for start, stop in zip(rows["start"].clip(lower=view[0]), rows["stop"], strict=True):
        if stop > start:
            _blocks(ax, *(np.array([v]) for v in (start, stop, low, high)), facecolor="#f6f6f6",
                    edgecolor="#bbbbbb", hatch="xx", linewidth=0)
            _write(ax, (start + stop) / 2, (low + high) / 2, "not known", size=8, bbox=BOX,
                   rotation=0 if stop - start > 0.15 * (view[1] - view[0]) else 90)


def _bars(ax: Axes, rows: pd.DataFrame, lane: str, y: float, view: tuple[float, float]) -> None:
    """Stretches, named inside, or above where they begin: on a second line where the first is taken."""
    colour = {"placement": "in residential care", "tenancy": "in their own tenancy",
              "hospital": "in hospital"}
    low, high = (y - 0.2, y + 0.2) if lane == "hospital" else (y - 0.44, y - 0.1)
    span, taken = view[1] - view[0], [-np.inf, -np.inf]
    for row in rows.sort_values("start").itertuples():
        start, stop = max(row.start, view[0]), max(row.stop, row.start + 0.004 * span)
        style = _style(row.label if lane == "stage" else colour[lane], 0 if lane == "hospital" else 0.5)
        _blocks(ax, *(np.array([v]) for v in (start, stop, low, high)), **style)
        text = SHORT.get(row.label, row.label)
        wide = 0.0128 * span * (len(text) + 1)
        line = next((k for k in (0, 1) if taken[k] <= start), None)
        if text and wide <= stop - start:
            _write(ax, (start + stop) / 2, (low + high) / 2, text, size=8, bbox=BOX)
        elif text and line is not None:
            _write(ax, start, y + (0.08, 0.34)[line], text, (2, 0), ha="left", size=8, bbox=BOX)
            taken[line] = start + wide


def _marks(ax: Axes, rows: pd.DataFrame, lane: str, y: float, view: tuple[float, float]) -> None:
    look = {"crisis": {"marker": "|", "ms": 13, "mew": 1.8, "color": COLOURS["in hospital"]},
            "missed": {"marker": "x", "ms": 5.5, "mew": 1.4, "color": INK}}[lane]
    ax.plot(rows["start"], np.full(len(rows), y), ls="none", **look)


def _star(ax: Axes, rows: pd.DataFrame, lane: str, y: float, view: tuple[float, float]) -> None:
    """The score between lines at 1 and 10, the first and the last written out."""
    for score in (1, 10) if len(rows) else ():
        at = y - 0.5 + (score - 1) / 9
        ax.axhline(at, color="#bbbbbb", lw=0.7, ls=(0, (1, 2)), zorder=0)
        _write(ax, 1, at, str(score), (8, 0), across=ax.get_yaxis_transform(), ha="left", size=8, colour=GREY)
    level = (y - 0.5 + (rows["value"] - 1) / 9).to_numpy(float)
    ax.plot(rows["start"], level, "-o", color=COLOURS["in their own tenancy"], ms=3.5, lw=1.4)
    for k, ha, shift in ((0, "right", -6), (len(rows) - 1, "left", 6))[:len(rows)]:
        _write(ax, rows["start"].iloc[k], level[k], f"{rows['value'].iloc[k]:.1f}", (shift, 0), ha=ha, size=8,
               bbox=BOX)


DRAWINGS = {"states": _states, "sequence": _sequence, "journey": _journey}

DRAWN = {
    "states": ("month", "state", "people", "of"), "sequence": ("row", "group", "start", "stop", "state"),
    "journey": ("lane", "start", "stop", "label", "value"),
}
