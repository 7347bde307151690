"""The drawing of rates before and since a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pi_research.report.drawings import GREY, _palette

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["DRAWINGS", "DRAWN"]


def _event_study(ax: Axes, frame: pd.DataFrame, options: dict) -> None:
    """A point and its interval for each stretch of months, the day as a line, the time around the referral shaded."""
    blue = _palette(1)[0]
    place = frame["position"].to_numpy(float) + options["width"] / 2
    rate, low, high = (frame[c].to_numpy(float) for c in ("rate", "lower", "upper"))
    top = _top(rate, high)
    if shaded := options.get("shaded"):
        ax.axvspan(*shaded, color="#bbbbbb", alpha=0.35, lw=0)
        ax.annotate(
            options["shaded_label"],
            (shaded[1], 1),
            xycoords=("data", "axes fraction"),
            xytext=(-3, 3),
            textcoords="offset points",
            ha="right",
            fontsize=8.5,
            color=GREY,
            annotation_clip=False,
        )
    ax.axvline(0, color=GREY, lw=1, ls=(0, (1, 2)))
    ax.annotate(
        options["day"],
        (0, 1),
        xycoords=("data", "axes fraction"),
        xytext=(3, 3),
        textcoords="offset points",
        ha="left",
        fontsize=8.5,
        color=GREY,
        annotation_clip=False,
    )
    ax.vlines(place, low, np.minimum(high, top), color=blue, lw=2, alpha=0.65)
    ax.plot(place[high > top], np.full((high > top).sum(), top), "^", color=blue, ms=5, clip_on=False)
    ax.plot(place, rate, "o", color=blue, ms=5)
    for x in place[np.isnan(rate)]:
        ax.annotate(
            "not\nshown", (x, 0.02), xycoords=("data", "axes fraction"), ha="center", fontsize=7, color=GREY
        )
    first, last = frame["position"].min(), frame["position"].max() + options["width"]
    ax.set(
        xlim=(first, last),
        xticks=np.arange(np.ceil(first / 6) * 6, last + 1, 6),
        ylim=(0, top),
        xlabel=options["xlabel"],
        ylabel=options["ylabel"],
    )


def _top(rate: np.ndarray, high: np.ndarray) -> float:
    """Where the axis ends: over the intervals, but for one so long that it would flatten the rest."""
    known = high[np.isfinite(high)]
    most = np.nanmax(rate) if np.isfinite(rate).any() else 1.0
    longest = known.max() if known.size else most
    return float(1.08 * max(most, min(longest, 3 * most), 1e-9)) if most > 0 else float(max(longest, 1e-9))


DRAWINGS = {"event_study": _event_study}
DRAWN = {"event_study": ("position", "rate", "lower", "upper")}
