"""Other software's values beside ours, by method, imported by name so that the code hash sees what made them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi_research.validation import its_reference, reference_rooms, survival_reference

if TYPE_CHECKING:
    import pandas as pd

METHODS = {"curves": "survival curves", "models": "survival models", "states": "states and repeated events",
           "milestones": "milestones and pseudo-values"}  # fmt: skip
"""Topics of the survival room, as the page names them."""


def tables() -> dict[str, pd.DataFrame]:
    """By method, one row a number: case, quantity, r, ours, difference, tolerance, note."""
    made = {METHODS[topic]: survival_reference.reference_table(topic) for topic in survival_reference.topics()}
    return {**made, "interrupted series": its_reference.reference_table(), **reference_rooms.reference_tables()}
