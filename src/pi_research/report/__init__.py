"""Showing, rendering and exporting: the only place that draws or writes pages."""

from __future__ import annotations

import importlib

__all__ = ["Chart", "Column", "Table", "colophon", "figures", "heading", "journey_charts", "show", "tables",
           "write_findings"]

_WHERE = {"Chart": "shown", "Table": "shown", "show": "shown", "colophon": "closing", "heading": "closing",
          "write_findings": "closing"}


def __getattr__(name: str) -> object:
    """Load each part only when it is used: drawing libraries take a second to import."""
    if name in ("figures", "journey_charts", "tables"):
        return importlib.import_module(f"pi_research.report.{name}")
    if name == "Column":
        return importlib.import_module("pi_research.disclosure").Column
    if name in _WHERE:
        return getattr(importlib.import_module(f"pi_research.report.{_WHERE[name]}"), name)
    raise AttributeError(f"module pi_research.report has no attribute {name!r}")
