"""A released curve of exact steps as an exact integer program: which pair (ended, at risk) each step was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pi_research.disclosure._system import LOG, Count, Fact

if TYPE_CHECKING:
    from pi_research.disclosure._book import Book
    from pi_research.disclosure._points import Curve, Said

MOST_PAIRS = 400


def exact_step(
    curve: Curve, book: Book, shares: dict[float, list[Said]], before: float, now: float, ended: Count
) -> None:
    """The curve itself: one pair (ended, at risk) is true, and -log S rises by its -log(1 - d/n).

    This ties each step to the share that is printed after it, whose rounding the next step starts from.
    """
    at = curve.count("followed to", now)
    known = [f for f in book.facts if f.terms == ((at, 1.0),)]
    low, high = max((f.lower for f in known), default=0), min((f.upper for f in known), default=np.inf)
    here, there = (min((s.upper for s in shares[t]), default=1.0) for t in (before, now))
    least = max((s.lower for s in shares[now]), default=0.0) / max(here, 1e-12)
    top = there / max(max((s.lower for s in shares[before]), default=0.0), 1e-12)
    if least <= 0 or not np.isfinite(high) or (high - low + 1) * (high + 1) > 40 * MOST_PAIRS:
        return
    pairs = [
        (d, n)
        for n in range(int(max(low, 1)), int(high) + 1)
        for d in range(n)
        if least - 1e-9 <= 1 - d / n <= top + 1e-9
    ]
    if not 0 < len(pairs) <= MOST_PAIRS:
        return
    chosen = [(Count(*at[:2], f"{d} of {n} ended", at.where), d, n) for d, n in pairs]
    places = tuple(p for f in known for p in f.places) + tuple(
        s.place for t in (before, now) for s in shares[t] if s.place
    )
    logs = [curve.count(LOG, t) for t in (before, now)]
    rise = [(z, -np.log1p(-d / n)) for z, d, n in chosen if d]
    book.facts += [Fact(((z, 1.0),), 0, 1) for z, _, _ in chosen]
    book.facts += [
        Fact(tuple((z, 1.0) for z, _, _ in chosen), 1, 1, places),
        Fact((*((z, float(n)) for z, _, n in chosen), (at, -1.0)), 0, 0, places),
        Fact((*((z, float(d)) for z, d, _ in chosen if d), (ended, -1.0)), 0, 0, places),
        Fact((*rise, *([(logs[0], 1.0)] if before else []), (logs[1], -1.0)), 0, 0, places),
    ]
    for said in shares[now]:
        if said.lower > 0:
            book.facts.append(
                Fact(((logs[1], 1.0),), -np.log(said.upper), -np.log(said.lower), (said.place,))
            )
