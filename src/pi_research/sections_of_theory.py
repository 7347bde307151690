"""The section of ``params.yaml`` for the programme theory."""

from __future__ import annotations

from dataclasses import dataclass

from pi_research.sections_of_analysis import between

__all__ = ["Theory"]


@dataclass(frozen=True)
class Theory:
    """The theory that the evaluation tests.

    ``folder`` holds its tables (docs/theory.md); an evaluator's own takes its place by being named here.
    Roles with ``few_voices`` coded segments or fewer are put together wherever it is counted who says what.
    """

    folder: str = "data/theory"
    few_voices: int = between(7, 0, 1000)
    level: float = between(0.95, 0.5, 0.999)
