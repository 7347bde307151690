"""What is measured, before any number: definition, target, direction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SCALES = ("share", "rate", "count", "value")
"""share: a part of its denominator; rate: events per unit of it; count: alone; value: as published."""

COMPARISONS = {"at_least": 1, "more_than": 1, "at_most": -1, "less_than": -1}


class MeasureError(ValueError):
    """A measure or its rows cannot be judged; the message names the measure, the place and what to do."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured, before any number.

    Parameters
    ----------
    id, name : str
    numerator, denominator : str
        Who or what is counted, out of whom or what, in words; no denominator for a count.
    scale : one of ``SCALES``
    unit : str
        Of a count, rate or value: ``people``, ``days`` ...
    target : float, optional
        On the scale of the values: 0.8 for 80 %.
    comparison : at_least, more_than, at_most, less_than, or empty for no target
    direction : 1, -1 or 0
        Whether higher or lower is better, or neither. With a target it must be given, and agree with it.
    kind : str
        Which of Bolton's four kinds of outcome it is, in words; or none of them.
    definition, source, where : str
    independent : bool
        False where what is counted hangs together (days of one person): no exact interval is then given.
    people : bool
        False for figures that others published: no small-number rule is for them.

    Raises
    ------
    MeasureError
        For a target without a comparison or a direction, a share's target above 1, an unknown scale.
    """

    id: str
    name: str
    numerator: str
    denominator: str = ""
    scale: str = "share"
    unit: str = ""
    target: float | None = None
    comparison: str = ""
    direction: int = 0
    kind: str = ""
    definition: str = ""
    source: str = ""
    where: str = ""
    independent: bool = True
    people: bool = True

    def __post_init__(self) -> None:
        if self.scale not in SCALES or self.direction not in (-1, 0, 1):
            raise MeasureError(
                f"measure {self.id}: scale must be one of {', '.join(SCALES)}, direction 1, -1 or 0"
            )
        if self.target is None:
            return
        if not self.direction or COMPARISONS.get(self.comparison, self.direction) != self.direction:
            raise MeasureError(
                f"measure {self.id}: a target needs a direction that agrees with it; say whether higher "
                "or lower is better"
            )
        if self.comparison not in COMPARISONS or not np.isfinite(self.target):
            raise MeasureError(
                f"measure {self.id}: the target must be a number with one of {', '.join(COMPARISONS)}"
            )
        if self.scale == "share" and not 0 <= self.target <= 1:
            raise MeasureError(
                f"measure {self.id}: a target of {self.target:.0%} cannot be a share; give 0.8 for 80 %"
            )

    def meets(self, value: float) -> bool:
        """Whether a value meets the target."""
        gap = self.direction * (value - self.target)
        return bool(gap > 0 if self.comparison in ("more_than", "less_than") else gap >= 0)
