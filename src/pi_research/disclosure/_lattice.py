"""How counts of one universe hang together: parts add up, and a part is within its whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise, product

from pi_research.disclosure._book import Book, Output
from pi_research.disclosure._system import Count, Fact
from pi_research.disclosure.rule import Rule

LARGEST = 600  # cells of a joint classification that is spelt out

Dims = frozenset


def connect(book: Book, outputs: Iterable[Output]) -> None:
    """Put the structure that the sidecars state, and what is presumed of it, into ``book``."""
    by_kind: dict[tuple[str, str, str], set[Count]] = {}
    for count in sorted({*book.cells, *(c for fact in book.facts for c, _ in fact.terms)}):
        by_kind.setdefault(count[:3], set()).add(count)
    outputs = list(outputs)
    for counts in list(by_kind.values()):
        _add_up(book, counts)
        _within_total(book, counts, outputs[0].rule)
    _nest(book, outputs)


def _split(book: Book, universe: str) -> dict[str, str]:
    return {d: why for (u, d), why in book.split.items() if u == universe}


def _add_up(book: Book, counts: set[Count]) -> None:
    """Tables over the same people share margins; where they form a ring, the joint table is spelt out."""
    one = min(counts)
    split = _split(book, one.universe)
    shapes = {Dims(d for d, _ in c.where) for c in counts}
    if len(shapes) < 2 and not any(s & set(split) for s in shapes):
        return
    values: dict[str, dict[str, None]] = {}
    for c in sorted(counts):
        for d, v in c.where:
            values.setdefault(d, {})[v] = None
    wanted = set(shapes)
    if any(s & set(split) for s in shapes):
        wanted |= {a & b for a in shapes for b in shapes if not (a ^ b) - set(split)}
        wanted |= {s - {d for d in s if d in split} for s in shapes if len(s) == 1}
    ring = Dims().union(*(s for s in shapes if s <= set(split)))
    if not _acyclic([s for s in shapes if s <= set(split)]) and _size(ring, values) <= LARGEST:
        wanted.add(ring)
    for shape in sorted(wanted, key=sorted):
        above = [w for w in sorted(wanted, key=sorted) if shape < w and w - shape <= set(split)]
        for finer in (w for w in above if not any(shape < v < w for v in above)):
            _sum(book, one, shape, finer, values, split)


def _sum(book: Book, one: Count, shape: Dims, finer: Dims, values: Mapping, split: Mapping[str, str]) -> None:
    """Each cell of ``shape`` is the sum of the cells of ``finer`` below it."""
    kept, added = sorted(shape), sorted(finer - shape)
    why = "; ".join(filter(None, (split[d] for d in added)))
    for fixed in product(*(values[d] for d in kept)):
        at = list(zip(kept, fixed, strict=True))
        below = [
            one._replace(where=tuple(sorted([*at, *zip(added, more, strict=True)])))
            for more in product(*(values[d] for d in added))
        ]
        whole = one._replace(where=tuple(at))
        book.facts.append(Fact((*((c, 1.0) for c in below), (whole, -1.0)), 0, 0, (), 0, why))


def _within_total(book: Book, counts: set[Count], rule: Rule) -> None:
    """A group that is no class of a partition is still within the total, where that is printed."""
    total = min(counts)._replace(where=())
    if total in book.cells:
        for c in sorted(c for c in counts if c in book.cells and [d for d, _ in c.where] == ["row"]):
            rest = c._replace(measure=f"{c.measure}, all but")
            book.part(c, total, rest, rule, "a group is part of all")


def _size(dims: Dims, values: Mapping) -> int:
    size = 1
    for d in dims:
        size *= len(values[d])
    return size


def _acyclic(shapes: list[Dims]) -> bool:
    """Whether tables with consistent shared margins always have a joint table (Graham's reduction).

    >>> ab, bc, ac = map(frozenset, ("ab", "bc", "ac"))
    >>> _acyclic([ab, bc]), _acyclic([ab, bc, ac])
    (True, False)
    """
    left, before = [set(s) for s in shapes], None
    while left != before:
        before = [set(s) for s in left]
        for s in left:
            s -= {d for d in s if sum(d in other for other in left) == 1}
        left = [
            s
            for i, s in enumerate(left)
            if s and not any(s < o or (s == o and i > j) for j, o in enumerate(left) if j != i)
        ]
    return not left


def _nest(book: Book, outputs: list[Output]) -> None:
    """A universe within another, and a release within the next one of a universe that only grows.

    Where no sidecar says whether it grows, counts of tables are taken to, those of a curve or a chart not.
    """
    rule = outputs[0].rule if outputs else None
    known = {
        c for c in {*book.cells, *(c for f in book.facts for c, _ in f.terms)} if "but not" not in c.measure
    }
    inside = {(o.release, o.universe): o.about["within"] for o in outputs if o.about.get("within")}
    for c in sorted(known):
        wider = inside.get(c[:2])
        if wider and c._replace(universe=wider) in known:
            rest = c._replace(universe=wider, measure=f"{c.measure} but not {c.universe}")
            book.part(c, c._replace(universe=wider), rest, rule)
    releases = list(dict.fromkeys(o.release for o in outputs))
    grows = {o.universe: o.about["grows"] for o in outputs if "grows" in o.about}
    tables = {o.name for o in outputs if o.about.get("kind") == "table"}
    for earlier, later in pairwise(releases):
        for c in sorted(c for c in known if c.release == earlier and grows.get(c.universe, True)):
            after, cell = c._replace(release=later), book.cells.get(c)
            printed = cell or book.cells.get(after)
            if after in known and printed and (c.universe in grows or (cell and cell.output in tables)):
                rest = after._replace(measure=f"{c.measure}, new since {earlier}")
                why = (
                    ""
                    if c.universe in grows
                    else f"{c.measure}, {c.universe}: nobody leaves between releases"
                )
                book.part(c, after, rest, rule, why)
