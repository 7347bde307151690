"""How estimates, intervals and times stand in this room's sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pi_research.wording import Number, number


def shares(values: Sequence[float], behind: tuple[int, ...]) -> list[Number]:
    """Percentages of people with one number of digits, a finer one near 0 and 100 %."""
    known = [v for v in values if np.isfinite(v)]
    digits = 1 if any(0 < v < 0.05 or 0.95 < v < 1 for v in known) else 0
    return [Number(float(v), "percent", digits, behind) for v in values]


def times(values: Sequence[float], unit: str = "", behind: tuple[int, ...] = ()) -> list[Number]:
    """Times with one number of digits: none where all are whole."""
    digits = 0 if all(v == round(v) for v in values if np.isfinite(v)) else 1
    return [number(v, digits=digits, unit=unit, behind=behind) for v in values]


def people(value: float) -> Number:
    """A number of people at risk or with the event; weighted ones keep a decimal."""
    whole = float(value).is_integer()
    return Number(float(value), "count" if whole else "decimal", 0 if whole else 1, (int(round(value)),))


def p_words(p: float) -> str:
    """A p-value after the letter p: ``= 0.018`` or ``below 0.001``."""
    return "below 0.001" if p < 0.001 else f"= {number(p, digits=3)}"


def read_only(*arrays: np.ndarray) -> None:
    """A frozen result's arrays can't be changed either."""
    for array in arrays:
        array.flags.writeable = False
