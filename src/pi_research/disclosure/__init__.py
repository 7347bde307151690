"""Small-number rules: what may be printed or drawn outside the safe room."""

from importlib import import_module

from pi_research.disclosure.curves import protect_curve, remade_points
from pi_research.disclosure.protect import moved_shares, protect_points, protect_sentence, protect_table
from pi_research.disclosure.rule import PRESETS, WITHHELD, Column, Rule, cells

_AUDIT = {"Audit": "auditing", "Leak": "auditing", "Output": "auditing", "audit": "auditing",
          "closing_cells": "closing"}
"""What only an audit needs comes when it is asked for: its solver takes longest to load."""

__all__ = [
    "PRESETS", "WITHHELD", "Audit", "Column", "Leak", "Output", "Rule", "audit", "cells", "closing_cells",
    "moved_shares", "protect_curve", "protect_points", "protect_sentence", "protect_table",
    "remade_points",
]


def __getattr__(name: str) -> object:
    if name not in _AUDIT:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_AUDIT[name]}"), name)
