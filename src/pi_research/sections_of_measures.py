"""The section of ``params.yaml`` for performance measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pi_research.sections_of_analysis import between

__all__ = ["Measures"]


@dataclass(frozen=True)
class Measures:
    """Performance measures and their charts.

    ``area`` is the one whose rows of the extract's table are judged. From ``enough_points`` quarters on a change
    is judged; with fewer than ``few`` events a quarter limits are exact. ``rebase`` holds, by a measure's id, the
    first day of the quarter from which its limits are worked out anew, and docs/deviations.md says why.
    """

    area: str = "Programme city"
    enough_points: int = between(13, 7, 200)
    few: float = between(10.0, 0.0, 1000.0)
    level: float = between(0.95, 0.5, 0.999)
    rebase: Mapping[str, str] = field(default_factory=dict)
