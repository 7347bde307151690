"""What a printed number, token or blank says of the exact count behind it, under a rule."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from pi_research.disclosure.rule import WITHHELD, Rule


class Says(NamedTuple):
    """``lower`` to ``upper`` of the exact count; ``hidden`` where it is one that the rule masks."""

    lower: float
    upper: float
    hidden: bool = False


NOTHING = Says(0, np.inf)


def small(rule: Rule) -> int:
    """The largest count that the rule masks: its threshold, or the first band of a midpoint scheme.

    >>> small(Rule.preset("nhs")), small(Rule.preset("midpoint6"))
    (7, 6)
    """
    return max(rule.threshold, rule.base if rule.scheme == "midpoint" else 0)


@lru_cache(maxsize=10_000)
def count_says(text: str, rule: Rule, zero: str = "") -> Says | None:
    """What a printed count says; None where the rule never gives that number.

    >>> nhs = Rule.preset("nhs")
    >>> count_says("10", nhs), count_says("[hidden]", nhs), count_says("4", nhs)
    (Says(lower=8, upper=12, hidden=False), Says(lower=1, upper=7, hidden=True), None)
    """
    text = text.strip()
    if text == rule.token:
        return Says(0 if rule.hide_zero else 1, rule.threshold, True)
    if text in ("", WITHHELD, "NA", "–", "-"):
        return NOTHING
    value = number_of(text)
    if zero and text == zero:
        value = 0.0
    if value is None or value < 0 or value % 1:
        return None
    near = [
        n for n in range(max(0, int(value) - rule.base), int(value) + rule.base + 1) if rule.count(n) == value
    ]
    return Says(near[0], near[-1], 0 < near[-1] <= small(rule)) if near else None


def number_of(text: str) -> float | None:
    """A printed number without thousands separators, percent or unit; None for other text."""
    found = re.fullmatch(r"\s*([+−-]?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?)\s*%?\s*", text)
    return float(found[1].replace(",", "").replace("−", "-")) if found else None


def share_says(text: str, *, full: bool = False) -> tuple[float, float] | None:
    """The proportions that a printed one may stand for (``full``: of a chart's ten digits).

    A half is rounded to the even digit, as the writers do: 12.5 % is printed 12%, so that 13% is more.

    >>> share_says("36%"), share_says("12%"), share_says("[hidden]")
    ((0.355, 0.365), (0.115, 0.125), None)
    """
    value = number_of(text)
    if value is None:
        return None
    scale = 100 if text.strip().endswith("%") else 1
    digits = len(text.strip().rstrip("%").split("e")[0].partition(".")[2])
    half = 1e-10 if full else 0.5 * 10.0**-digits / scale
    low, high = round(value / scale - half, 12), round(value / scale + half, 12)
    if not full:
        low, high = (
            end if f"{end * scale:.{digits}f}" == f"{value:.{digits}f}" else end + inward * 1e-4 * half
            for end, inward in ((low, 1), (high, -1))
        )
    return max(0.0, low), min(1.0, high)
