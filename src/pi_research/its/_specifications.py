"""The ways in which one series could have been looked at, each with one choice changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pi_research.its._checks import month_name
from pi_research.its.count_families import WORDS as FAMILIES
from pi_research.its.counts import COUNT_METHODS
from pi_research.its.design import COVID_HANDLINGS, CovidPeriod, Design
from pi_research.its.methods import WORDS

CUTS = ((12, 0), (0, 12), (12, 12))
MOVES = (-6, -3, -1, 1, 3, 6)
PRESPECIFIED = "as pre-specified"
COUNTED = {"reml_integrated": "rho integrated out", "glm": "months independent", "newey_west": "Newey-West"}


@dataclass(frozen=True, eq=False)
class Specification:
    """One way to look at a series: which choice it changes, in words, and the design that it makes; without
    a design the reason why the months cannot carry it."""

    changed: str
    words: str
    design: Design | None
    family: str
    method: str
    reason: str = ""

    def choices(self, interruption: str) -> dict[str, str]:
        """The choices that it makes, in words; of a design that could not be made only family and method."""
        made = {"family": self.family, "method": self.method}
        if self.design is None:
            return dict.fromkeys(("start", "first", "last", "covid", "seasonality", "terms"), "") | made
        design, item = self.design, self.design.interruption(interruption)
        days = {"start": item.start, "first": design.months[0], "last": design.months[-1]}
        terms = [word for word, on in (("level", item.level), ("slope", item.slope)) if on]
        covid = design.covid.handling if design.covid else "none"
        words = {"covid": covid, "seasonality": design.seasonality, "terms": " and ".join(terms)}
        return {name: month_name(month) for name, month in days.items()} | words | made


def specifications(
    design: Design,
    interruption: str,
    *,
    family: str = "gaussian",
    method: str = "reml_integrated",
    counted: str = "events",
    moves: Sequence[int] = MOVES,
    cuts: Sequence[tuple[int, int]] = CUTS,
) -> list[Specification]:
    """The pre-specified way, then each with one choice changed.

    Parameters
    ----------
    design : Design
        As pre-specified, with ``family`` and ``method``; ``counted`` as in :func:`count_regression`.
    interruption : str
        The one that is asked about.
    moves : sequence of int
        Months by which its date is moved: what a date chosen a little differently would have shown.
    cuts : sequence of (int, int)
        Months left out at the beginning and at the end of the series.

    Raises
    ------
    ValueError
        No interruption of that name.
    """
    item, made = design.interruption(interruption), []

    def add(what: str, words: str, make: Callable[[], Design], f: str = family, m: str = method) -> None:
        try:
            made.append(Specification(what, words, make(), f, m))
        except ValueError as reason:
            made.append(Specification(what, words, None, f, m, str(reason)))

    def other(**fields: Any) -> Design:
        changed = [replace(i, **fields) if i is item else i for i in design.interruptions]
        return replace(design, interruptions=changed)

    add(PRESPECIFIED, PRESPECIFIED, lambda: design)
    for k in moves:
        months = f"{abs(k)} month{'s' * (abs(k) > 1)} {'later' if k > 0 else 'earlier'}"
        add("start", f"start moved {months}", lambda k=k: other(date=item.date + k))
    for first, last in cuts:
        parts = [f"{w} {k}" for w, k in (("first", first), ("last", last)) if k]
        words = " and ".join(parts) + " months left out"
        add("window", words, lambda a=first, b=last: _window(design, a, b))
    both = item.level and item.slope
    add("terms", "level alone" if both else "level and slope", lambda: other(level=True, slope=not both))
    for season in ("none", "harmonic", "month"):
        if season != design.seasonality:
            add("season", f"season: {season}", lambda s=season: replace(design, seasonality=s))
    for period in _periods(design):
        words = f"Covid: {period.handling.replace('_', ' ')}"
        add("Covid", words, lambda c=period: replace(design, covid=c))
    for f, m, words in _methods(family, method, counted):
        add("method", f"method: {words}", lambda: design, f, m)
    return made


def _periods(design: Design) -> list[CovidPeriod]:
    """The Covid period under each other handling, where it lies in the series."""
    period = design.covid
    if period is None or not period.inside(design.months).any():
        return []
    others = (h for h in COVID_HANDLINGS if h not in (period.handling, "carried_by_control"))
    return [replace(period, handling=h) for h in others]


def _window(design: Design, first: int, last: int) -> Design:
    kept = slice(first, len(design.months) - last)
    offset = None if design.offset is None else design.offset[kept]
    return replace(design, months=design.months[kept], offset=offset)


def _methods(family: str, method: str, counted: str) -> list[tuple[str, str, str]]:
    """The other families and methods of the same kind of series, with their words."""
    if family == "gaussian":
        return [(family, m, words) for m, words in WORDS.items() if m != method]
    return [
        (f, m, f"{FAMILIES[f]}, {COUNTED[m]}")
        for f, methods in COUNT_METHODS.items()
        for m in methods
        if (f, m) != (family, method) and not (f == "poisson" and counted == "days")
    ]
