"""R's values beside ours in every room, imported by name so that the code hash sees what made them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi_research.validation import its_reference, survival_reference

if TYPE_CHECKING:
    import pandas as pd


def tables() -> dict[str, pd.DataFrame]:
    """One row a number: case, quantity, r, ours, difference, tolerance, note."""
    return {"survival": survival_reference.reference_table(), "its": its_reference.reference_table()}
