"""Boolean minimisation: prime implicants of a truth table, and every smallest cover made of them.

A term over k conditions is a pair of whole numbers (mask, value): the bits of ``mask`` are the conditions that
it names, the first condition the highest bit, and those of ``value`` say which of them are present.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

Term = tuple[int, int]
MOST_MODELS = 2_000


def prime_implicants(positive: Sequence[int], negative: Sequence[int], k: int) -> list[Term]:
    """Terms that hold for a positive row and for no negative one, and would not if a condition were dropped.

    ``positive`` and ``negative`` are row values from 0; what is in neither may be taken either way.
    """
    yes, no = np.array(sorted(positive), int), np.array(sorted(negative), int)
    held: dict[int, set[int]] = {}
    found = []
    for mask in sorted(range(2**k), key=int.bit_count):
        kept = np.setdiff1d(yes & mask, no & mask)
        held[mask] = set(kept.tolist())
        smaller = [1 << b for b in range(k) if mask >> b & 1]
        found += [(mask, v) for v in held[mask] if not any(v & ~b in held[mask ^ b] for b in smaller)]
    return sorted(found, key=lambda t: order_of(t, k))


def order_of(term: Term, k: int) -> tuple:
    """Short terms first, then by the conditions they name, presence before absence."""
    mask, value = term
    places = tuple((k - 1 - b, 1 - (value >> b & 1)) for b in reversed(range(k)) if mask >> b & 1)
    return len(places), places


def covers(term: Term, row: int) -> bool:
    """Whether a term holds for a row."""
    return row & term[0] == term[1]


def smallest_covers(terms: Sequence[Term], rows: Sequence[int]) -> list[tuple[int, ...]]:
    """Every set of as few terms as possible that together hold for all rows, as places in ``terms``.

    Raises
    ------
    ValueError
        Where more than 2,000 sets are equally small: the table says too little to prefer any.
    """
    hold = [sum(1 << j for j, row in enumerate(rows) if covers(term, row)) for term in terms]
    everything = 2 ** len(rows) - 1
    of_row = [[i for i, held in enumerate(hold) if held >> j & 1] for j in range(len(rows))]
    most = max((held.bit_count() for held in hold), default=0)
    for size in range(1, len(rows) + 1):
        found = set()
        for cover in _search(everything, size, (), hold, of_row, most):
            found.add(tuple(sorted(cover)))
            if len(found) > MOST_MODELS:
                raise ValueError(
                    f"more than {MOST_MODELS:,} solutions are equally short: use fewer conditions, or expect "
                    "a direction of more of them"
                )
        if found:
            return sorted(found)
    return []


def _search(left: int, size: int, chosen: tuple, hold: list, of_row: list, most: int) -> Iterator[tuple]:
    """Covers of the rows in ``left``, branching on the row that the fewest terms hold for."""
    if not left:
        if not size:
            yield chosen
        return
    if size * most < left.bit_count():
        return
    rows = [j for j in range(len(of_row)) if left >> j & 1]
    for i in of_row[min(rows, key=lambda j: len(of_row[j]))]:
        yield from _search(left & ~hold[i], size - 1, (*chosen, i), hold, of_row, most)


def expected_part(term: Term, short: Term, wanted: Term) -> Term:
    """``term`` without what ``short`` does not need and an expectation speaks against.

    ``wanted`` are the directional expectations: conditions in its mask are expected to help as its value says;
    for the others nothing is expected and they stay.
    """
    against = term[0] & wanted[0] & (term[1] ^ wanted[1]) & ~short[0]
    return term[0] & ~against, term[1] & ~against


def part_of(term: Term, short: Term) -> bool:
    """Whether every row of ``term`` is one of ``short``."""
    return short[0] & term[0] == short[0] and term[1] & short[0] == short[1]


def text_of(term: Term, names: Sequence[str]) -> str:
    """As ``DEV*~URB``."""
    k = len(names)
    bits = [(name, 1 << (k - 1 - j)) for j, name in enumerate(names)]
    return "*".join(name if term[1] & bit else f"~{name}" for name, bit in bits if term[0] & bit)


def term_of(text: str, names: Sequence[str]) -> Term:
    """The reverse of :func:`text_of`, for one term."""
    mask = value = 0
    for part in (p.strip() for p in text.split("*")):
        name = part.lstrip("~").strip()
        if name not in names:
            raise ValueError(f"expression: {name!r} is not a condition; choose from {', '.join(names)}")
        bit = 1 << (len(names) - 1 - list(names).index(name))
        if mask & bit:
            raise ValueError(f"expression: {name!r} stands twice in {text.strip()!r}")
        mask, value = mask | bit, value | (0 if part.startswith("~") else bit)
    return mask, value
