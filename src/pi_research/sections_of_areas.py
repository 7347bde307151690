"""The section of ``params.yaml`` for the comparison of areas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pi_research.sections_of_analysis import between, one_of

__all__ = ["Areas"]


@dataclass(frozen=True)
class Areas:
    """Areas that are set beside each other.

    ``starts`` holds, by an area's name, the first day of the month in which the programme began there: the
    series of ``measure`` are pooled over these areas. ``extracts`` are folders of further extracts, whose areas
    and people join those of ``run.data``.
    """

    measure: str = one_of("bed_days", "bed_days", "admissions", "delayed_days", "crisis_contacts")
    starts: Mapping[str, str] = field(default_factory=lambda: {"Programme city": "2019-10-01"})
    extracts: tuple[str, ...] = ()
    level: float = between(0.95, 0.5, 0.999)
