"""Which further cells to withhold so that nothing leaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from pi_research.disclosure._book import Output
from pi_research.disclosure._printed import WITHHELD
from pi_research.disclosure._system import Place
from pi_research.disclosure.auditing import PROTECTION, Memory, audit

__all__ = ["WITHHELD", "closing_cells", "withhold"]


def withhold(outputs: Sequence[Output], cells: frozenset[Place]) -> list[Output]:
    """The outputs with some cells left out, as :data:`WITHHELD`."""
    made = []
    for output in outputs:
        mine = [p for p in cells if p.output == output.name]
        if mine:
            frame = output.frame.copy()
            for p in mine:
                frame.iloc[p.row, frame.columns.get_loc(p.column)] = WITHHELD
            output = replace(output, frame=frame)
        made.append(output)
    return made


def closing_cells(
    outputs: Sequence[Output], *, protection: int = PROTECTION, memory: Memory | None = None
) -> frozenset[Place] | None:
    """Which further cells to withhold so that nothing leaks; None where withholding cells can't do it.

    Greedy, then made minimal: none of the cells can be put back. It need not be the smallest set there is.
    A percentage goes with the counts that it was worked out from; the token of a hidden count goes first,
    since a reader loses nothing by it: it then no longer says that the count is small.
    """
    memory = memory or Memory()
    first = audit(outputs, protection=protection, memory=memory)
    among = {x.count.universe for x in first.leaks}
    outputs = [
        o
        for o in outputs
        if o.universe in among or o.about.get("kind") == "findings" or o.about.get("within") in among
    ]
    by_name = {o.name: o for o in outputs}

    def leaks(cells: frozenset[Place], routes: bool) -> list[tuple[Place, ...]]:
        found = audit(withhold(outputs, cells), protection=protection, routes=routes, memory=memory)
        return [x.route for x in found.leaks]

    return _greedy(leaks, lambda p: _with_it(by_name[p.output], p), lambda p: _price(by_name[p.output], p))


def _price(output: Output, place: Place) -> float:
    """What a reader loses: least by a token, which holds no number; most by a point of a picture."""
    if output.cells[place.column][place.row] in (output.rule.token, ""):
        return 0.5
    if output.about.get("kind") == "chart":
        return 4.0
    return 2.0 if any(c["name"] == place.column for c in output.counted()) else 1.0


def _with_it(output: Output, place: Place) -> frozenset[Place]:
    """A cell with those of its row that give it back: percentages of a count, limits of an estimate."""
    columns = output.columns()
    behind = set(next((c.get("behind") or () for c in columns if c["name"] == place.column), ()))
    goes = {
        c["name"]
        for c in columns
        if place.column in (c.get("of") or ()) or (behind and behind <= set(c.get("behind") or ()))
    }
    return frozenset({place, *(output.place(place.row, c) for c in goes if c in output.frame)})


def _greedy(
    leaks: Callable[[frozenset[Place], bool], Sequence[tuple[Place, ...]]],
    choices: Callable[[Place], frozenset[Place]],
    cost: Callable[[Place], float],
) -> frozenset[Place] | None:
    """Cells to withhold so that nothing leaks: greedily, the one in most routes first, then none too many.

    Parameters
    ----------
    leaks : callable
        Routes of what still leaks once some cells are withheld; with False, only whether any does.
    choices : callable
        A cell with those that go with it (a percentage goes with its count).
    cost : callable
        What a reader loses by a cell: the one that ends the most routes for it is taken.

    Returns
    -------
    frozenset of Place, or None
        None where what leaks has no published cell to withhold.
    """
    withheld: list[frozenset[Place]] = []
    while routes := leaks(frozenset().union(*withheld), True):
        gone, waiting = set().union(*withheld), [set(r) for r in routes]
        while waiting:
            open_to = sorted(set().union(*waiting) - gone)
            if not open_to:
                return None
            best = max(open_to, key=lambda p: sum(p in r for r in waiting) / cost(p))
            withheld.append(choices(best))
            waiting = [r for r in waiting if not r & withheld[-1]]
    for one in sorted(withheld, key=lambda w: -sum(map(cost, w))):
        others = [w for w in withheld if w is not one]
        if len(withheld) > 1 and not leaks(frozenset().union(*others), False):
            withheld = others
    return frozenset().union(*withheld)
