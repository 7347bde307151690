"""How long people were followed."""

from __future__ import annotations

from dataclasses import replace

from numpy.typing import ArrayLike

from pi_research.survival import _checks as check
from pi_research.survival._quantile import Quantile
from pi_research.survival.curves import kaplan_meier


def median_follow_up(
    time: ArrayLike, event: ArrayLike, *, entry: ArrayLike | None = None, interval: str | None = None,
    level: float = 0.95,
) -> Quantile:
    """Median time that people were, or would have been, followed: Kaplan-Meier with the roles reversed.

    Being censored is the event, and the event ends the chance to see it (Schemper and Smith,
    Controlled Clinical Trials 17 (1996) 343-346). Parameters and errors as ``kaplan_meier``.

    >>> median_follow_up([2, 4, 6, 8], [1, 0, 0, 0]).estimate
    6.0
    """
    left, _ = check.durations(time, entry)
    seen = check.indicator(event, left.size)
    found = kaplan_meier(left, ~seen, entry=entry, interval=interval, level=level).quantile(0.5)
    return replace(found, method=f"reverse {found.method}", what="follow-up",
                   counted="were still going on when follow-up stopped")
