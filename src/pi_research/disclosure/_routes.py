"""By which published cells a count is given away, and which to withhold so that it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from pi_research.disclosure._system import Part, Place, Target, leaking, parts


def route(part: Part, target: Target, protection: int) -> tuple[Place, ...]:
    """Published cells that give a count away together, of which none can be left out.

    Whole outputs are left out first, the furthest first, so that few outputs are named; then single cells.
    """
    places = _nearest_first(part, target)
    outputs = list(dict.fromkeys(p.output for p in places))

    def enough(kept: Sequence[Place]) -> bool:
        smaller = _about(part, target, kept)
        return smaller is not None and leaking(smaller.values(target.name, protection), target, protection)

    def of(some: Sequence[str]) -> list[Place]:
        return [p for p in places if p.output in set(some)]

    near = _prefix(outputs, lambda some: enough(of(some)))
    return tuple(sorted(_thinned(of(_thinned(near, lambda some: enough(of(some)))), enough)))


def _about(part: Part, target: Target, kept: Sequence[Place]) -> Part | None:
    """What some places and the structure say of the target, and nothing that hangs apart from it."""
    held = set(kept)
    groups = parts([f for f in part.facts if held.issuperset(f.places)])
    mine = [f for g in groups if any(n == target.name for f in g for n, _ in f.terms) for f in g]
    return Part(list(dict.fromkeys(mine))) if mine else None


def _nearest_first(part: Part, target: Target) -> list[Place]:
    """Places in the order in which facts reach out from the target."""
    reached, order, left = {target.name}, {}, list(part.facts)
    while left:
        near = [f for f in left if any(n in reached for n, _ in f.terms)]
        if not near:
            break
        order.update(dict.fromkeys(p for f in near for p in f.places))
        reached |= {n for f in near for n, _ in f.terms}
        done = set(map(id, near))
        left = [f for f in left if id(f) not in done]
    order.update(dict.fromkeys(p for f in left for p in f.places))
    return list(order)


def _prefix(items: list, enough: Callable[[list], bool]) -> list:
    """The first items that are enough, by doubling: those nearby nearly always are."""
    size = 1
    while size < len(items):
        if enough(items[:size]):
            return items[:size]
        size *= 2
    return items


def _thinned(items: list, enough: Callable[[list], bool]) -> list:
    """Items of which none can be left out: halves are tried first, then quarters, down to one at a time."""
    kept, size = list(items), max(1, len(items) // 2)
    while True:
        end = len(kept)
        while end > 0:
            fewer = kept[: max(0, end - size)] + kept[end:]
            if enough(fewer):
                kept = fewer
            end = min(end, len(kept)) - size
        if size == 1:
            return kept
        size //= 2


def together(places: Iterable[Place]) -> str:
    """Places in words: the output, then its rows and columns.

    >>> together([Place("02/kept", 1, "events"), Place("02/kept", 0, "n")])
    '02/kept (row 1, n; row 2, events)'
    """
    by_output: dict[str, list[str]] = {}
    for p in sorted(places):
        by_output.setdefault(p.output, []).append(f"row {p.row + 1}, {p.column}")
    return " with ".join(f"{name} ({'; '.join(cells)})" for name, cells in by_output.items())
