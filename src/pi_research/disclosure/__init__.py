"""Small-number rules: what may be printed or drawn outside the safe room."""

from pi_research.disclosure.audit import Audit, Leak, Output, audit
from pi_research.disclosure.closing import closing_cells
from pi_research.disclosure.curves import protect_curve
from pi_research.disclosure.protect import protect_points, protect_sentence, protect_table
from pi_research.disclosure.rule import PRESETS, Column, Rule, cells

__all__ = [
    "PRESETS", "Audit", "Column", "Leak", "Output", "Rule", "audit", "cells", "closing_cells",
    "protect_curve", "protect_points", "protect_sentence", "protect_table",
]
