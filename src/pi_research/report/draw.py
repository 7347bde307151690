"""A chart as a picture: matplotlib's figure, SVG text or PNG bytes, the same each time."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from pi_research.report import (
    areas_drawings,
    drawings,
    economics_drawings,
    histograms,
    journey_drawings,
    measures_drawings,
    methods_drawings,
    series_drawings,
    service_drawings,
    theory_drawings,
)
from pi_research.report.drawings import GREY, ROW

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from pi_research.report.shown import Chart

__all__ = ["DRAWINGS", "DRAWN", "figure", "pictures", "png", "svg"]

_PARTS = (areas_drawings, drawings, economics_drawings, histograms, journey_drawings, measures_drawings, methods_drawings,
          series_drawings, service_drawings, theory_drawings)
DRAWINGS = {name: draw for part in _PARTS for name, draw in part.DRAWINGS.items()}
DRAWN = {name: columns for part in _PARTS for name, columns in part.DRAWN.items()}
"""Columns that each drawing reads: a release holds these, protected, and no other."""

STYLE = {
    "svg.fonttype": "none", "svg.hashsalt": "pi-research", "font.family": "DejaVu Sans", "font.size": 9,
    "axes.labelsize": 9, "axes.titlesize": 10, "xtick.labelsize": 8.5, "ytick.labelsize": 8.5,
    "figure.facecolor": "white", "axes.edgecolor": "#555555", "axes.labelcolor": "#222222",
}
FONTS = "'DejaVu Sans', Verdana, Arial, sans-serif"


def figure(chart: Chart) -> Figure:
    """The chart as a matplotlib figure."""
    import matplotlib
    import seaborn as sns
    from matplotlib.figure import Figure

    with matplotlib.rc_context({**sns.axes_style("ticks"), **STYLE}):
        groups = chart.frame["group"].nunique() if chart.draw == "survival" and "group" in chart.frame else 1
        made = Figure(figsize=(7.2, chart.options.get("height", 3.8) + (groups - 1) * ROW / 72),
                      layout="constrained")
        ax = made.subplots()
        if chart.frame.empty or not _anything(chart):
            ax.set_axis_off()
            ax.text(0.5, 0.5, "Too few people to draw this chart", ha="center", va="center", color=GREY)
        else:
            DRAWINGS[chart.draw](ax, chart.frame, chart.options)
            sns.despine(ax=ax)
    return made


def _anything(chart: Chart) -> bool:
    numbers = chart.frame.select_dtypes("number").drop(columns="month", errors="ignore")
    return numbers.notna().to_numpy().any() if numbers.shape[1] else True


def pictures(chart: Chart) -> tuple[str, bytes]:
    """The chart as SVG text and as PNG bytes, laid out once for both."""
    made = figure(chart)
    text = _svg(made)
    made.set_layout_engine("none")
    return text, _png(made)


def svg(chart: Chart) -> str:
    """The chart as SVG text, the same bytes each time."""
    return _svg(figure(chart))


def png(chart: Chart) -> bytes:
    """The chart as PNG at 160 dots an inch, without metadata."""
    return _png(figure(chart))


def _svg(made: Figure) -> str:
    import matplotlib

    with matplotlib.rc_context(STYLE):
        out = io.StringIO()
        made.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue().replace("'DejaVu Sans'", FONTS)


def _png(made: Figure) -> bytes:
    out = io.BytesIO()
    made.savefig(out, format="png", dpi=160, metadata={"Software": None})
    return out.getvalue()
