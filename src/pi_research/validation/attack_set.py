"""The attack set: releases made safe cell by cell, leaky together or not, and what the audit says of them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from pi_research.disclosure import Rule
from pi_research.disclosure.auditing import PROTECTION, Output, audit
from pi_research.report.released import read_release
from pi_research.validation.attack_worlds import Kept, Share, Sheet, Sum, World, leaks, table, write

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SEED", "SIZE", "examine", "run", "worlds"]

SIZE, SEED = 30, 20191101
ALL = "All"
RULES = (
    Rule.preset("nhs"),
    Rule.preset("midpoint6"),
    Rule.preset("sacro"),
    Rule("threshold only", 7, 1),
    Rule("threshold only", 5, 1),
)


def _counts(random: np.random.Generator, n: int) -> np.ndarray:
    """Exact counts, some of them small."""
    small = random.random(n) < random.choice([0.3, 0.5, 0.7])
    return np.where(small, random.integers(0, 9, n), random.integers(8, 45, n))


def margins(random: np.random.Generator, rule: Rule) -> World:
    """One table with its total, or a cross table with both margins."""
    if random.random() < 0.5:
        k = int(random.integers(2, 5))
        rows = [{"area": f"area {i}", "people": Sum((i,))} for i in range(k)]
        rows.append({"area": ALL, "people": Sum(tuple(range(k)))})
        sheets, stakes = (
            (table("areas", ["area"], ["people"], rows, margins=[ALL]),),
            [Sum((i,)) for i in range(k)],
        )
        return World("margins", rule, _counts(random, k), sheets, tuple(stakes))
    return _cross(random, rule, [("a", "b"), ("a",), ("b",), ()], together=True)


def overlaps(random: np.random.Generator, rule: Rule) -> World:
    """Tables over the same people that share a dimension: each margin is in another file."""
    shapes = [("a", "b"), ("a",), ("b",)] if random.random() < 0.5 else [("a", "b"), ("b",)]
    return _cross(random, rule, shapes, together=False)


def rings(random: np.random.Generator, rule: Rule) -> World:
    """Three two-way tables of three dimensions: beyond their margins, a joint table ties them together.

    Without rounding: with it there are too many joint tables to try.
    """
    return _cross(
        random, rule if rule.base == 1 else RULES[-1], [("a", "b"), ("b", "c"), ("a", "c")], together=False
    )


def _cross(
    random: np.random.Generator, rule: Rule, shapes: list[tuple[str, ...]], *, together: bool
) -> World:
    dims = sorted({d for shape in shapes for d in shape})
    levels = {d: int(random.integers(2, 4)) if d == "b" and len(dims) < 3 else 2 for d in dims}
    at = {key: n for n, key in enumerate(product(*(range(levels[d]) for d in dims)))}
    sheets, stakes = {}, []
    for shape in shapes:
        for fixed in product(*(range(levels[d]) for d in shape)):
            where = dict(zip(shape, fixed, strict=True))
            cell = Sum(
                tuple(n for key, n in at.items() if all(key[dims.index(d)] == v for d, v in where.items()))
            )
            row = {d: f"{d}{where[d]}" if d in where else ALL for d in (dims if together else shape)}
            sheets.setdefault("all" if together else "".join(shape), []).append({**row, "people": cell})
            stakes.append(cell)
    made = [
        table(
            f"by_{name}",
            [d for d in rows[0] if d != "people"],
            ["people"],
            rows,
            margins=[ALL] if together else [],
            partition=dims,
        )
        for name, rows in sheets.items()
    ]
    family, truth = "margins" if together else "overlaps", _counts(random, len(at))
    if len(dims) > 2:
        family, truth = "rings", random.integers(0, 7, len(at))
    return World(family, rule, truth, tuple(made), tuple(stakes), top=60 if len(dims) < 3 else 20)


def differencing(random: np.random.Generator, rule: Rule) -> World:
    """Two quarters of people who only come in: counts by group, then the same with those who are new."""
    k = int(random.integers(2, 4))
    new = random.integers(0, 10, k) if random.random() < 0.7 else random.integers(8, 30, k)
    sheets, stakes, groups = [], [], [*((f"area {i}", (i,)) for i in range(k)), (ALL, tuple(range(k)))]
    for release, more in (("first", False), ("second", True)):
        rows = [
            {"area": name, "people": Sum((*of, *((k + i for i in of) if more else ())))}
            for name, of in groups
        ]
        rows = rows if random.random() < 0.8 else rows[-1:]
        sheets.append(table("areas", ["area"], ["people"], rows, release=release, margins=[ALL], grows=True))
        stakes += [r["people"] for r in rows]
    both = set.intersection(*({r["area"] for r in s.rows} for s in sheets))
    stakes += [Sum(tuple(k + i for i in of)) for name, of in groups if name in both]
    return World(
        "differencing", rule, np.concatenate([_counts(random, k), new]), tuple(sheets), tuple(stakes)
    )


def percentages(random: np.random.Generator, rule: Rule) -> World:
    """Percentages of exact counts beside rounded denominators."""
    k, digits = int(random.integers(1, 4)), int(random.integers(0, 2))
    rows, stakes = [], []
    for i in range(k):
        part, whole = Sum((2 * i,)), Sum((2 * i, 2 * i + 1))
        rows.append(
            {"area": f"area {i}", "moved": part, "people": whole, "share": Share(part, whole, digits)}
        )
        stakes += [part, whole, Sum((2 * i + 1,))]
    share = {
        "name": "share",
        "label": "Share",
        "statistic": "percent",
        "of": ["moved", "people"],
        "from": "exact",
        "people": True,
    }
    sheet = table("moved", ["area"], ["moved", "people"], rows, shares=[share])
    return World("percentages", rule, _counts(random, 2 * k), (sheet,), tuple(stakes))


def sentences(random: np.random.Generator, rule: Rule) -> World:
    """The same table without its percentage, which a sentence says."""
    made = percentages(random, rule)
    [sheet] = made.sheets
    rows = tuple({n: c for n, c in row.items() if n != "share"} for row in sheet.rows)
    bare = table("moved", ["area"], ["moved", "people"], rows)
    numbers = [
        {"count": "moved", "of": "people", "where": {"area": r["area"]}, "style": "percent", "from": "exact"}
        for r in sheet.rows
    ]
    said = Sheet(
        "moved",
        {"kind": "sentence", "universe": "people", "numbers": numbers},
        tuple({"text": r["share"]} for r in sheet.rows),
        kind="sentences",
    )
    return World("sentences", rule, made.truth, (bare, said), made.stakes)


def tokens(random: np.random.Generator, rule: Rule) -> World:
    """Percentages from rounded counts: that one is hidden says that few are left over."""
    k = int(random.integers(2, 4))
    groups = [*((f"area {i}", (i,)) for i in range(k)), (ALL, tuple(range(k)))]
    rows, stakes = [], []
    for name, of in groups:
        part, rest = Sum(tuple(2 * i for i in of)), Sum(tuple(2 * i + 1 for i in of))
        whole = Sum((*part.of, *rest.of))
        rows.append(
            {"area": name, "moved": part, "people": whole, "share": Share(part, whole, 0, exact=False)}
        )
        stakes += [part, whole, rest]
    share = {
        "name": "share",
        "label": "Share",
        "statistic": "percent",
        "of": ["moved", "people"],
        "from": "rounded",
        "people": True,
    }
    sheet = table("moved", ["area"], ["moved", "people"], rows, margins=[ALL], shares=[share])
    truth = np.column_stack([random.integers(8, 30, k), random.integers(0, 9, k)]).ravel()
    return World("tokens", rule, truth, (sheet,), tuple(stakes), top=40)


def curves(random: np.random.Generator, rule: Rule) -> World:
    """A Kaplan-Meier curve that is not made from rounded counts, beside rounded numbers at risk."""
    steps, digits = int(random.integers(1, 4)), int(random.integers(0, 2))
    people = int(random.integers(15, 55))
    gone = random.integers(0, 7, (steps, 2)) * (random.random((steps, 2)) < 0.8)
    gone = gone if gone.sum() < people else gone * 0
    ended = [Sum((1 + 2 * j,)) for j in range(steps)]
    risk = [Sum((0, *range(1, 1 + 2 * j)), (1, *(-1,) * (2 * j))) for j in range(steps)]
    rows = [{"month": "0", "at_risk": Sum((0,)), "kept": "100%", "ended": ""}]
    rows += [
        {
            "month": str(j + 1),
            "at_risk": risk[j],
            "kept": Kept(tuple(ended[: j + 1]), tuple(risk[: j + 1]), digits),
            "ended": Sum(tuple(1 + 2 * i for i in range(j + 1))),
        }
        for j in range(steps)
    ]
    columns = [
        {"name": n, "label": n, "statistic": s, "people": n != "month"}
        for n, s in (("month", "decimal"), ("at_risk", "count"), ("kept", "percent"), ("ended", "count"))
    ]
    about = {
        "kind": "table",
        "universe": "people",
        "dimensions": ["month"],
        "margins": [],
        "columns": columns,
        "curve": {
            "time": "month",
            "share": "kept",
            "kind": "survival",
            "at_risk": "at_risk",
            "events": "ended",
            "steps": True,
        },
    }
    stakes = [*(r["ended"] for r in rows[1:]), *ended, *risk]

    def no_more_than_there_are(x: np.ndarray) -> np.ndarray:
        return x[:, 1:].sum(axis=1) < np.maximum(x[:, 0], 1)

    return World(
        "curves",
        rule,
        np.array([people, *gone.ravel()]),
        (Sheet("kept", about, tuple(rows)),),
        tuple(stakes),
        (no_more_than_there_are,),
        top=62,
    )


FAMILIES: dict[str, Callable[[np.random.Generator, Rule], World]] = {
    f.__name__: f for f in (margins, overlaps, rings, differencing, percentages, sentences, tokens, curves)
}


def worlds(size: int, seed: int) -> list[tuple[World, list[bool]]]:
    """``size`` leaky and ``size`` safe releases of each family, with what brute force says of each count."""
    made = []
    for number, (family, make) in enumerate(FAMILIES.items()):
        random, wanted = np.random.default_rng([seed, number]), {True: size, False: size}
        while any(wanted.values()):
            world = make(random, RULES[random.integers(len(RULES))])
            said = leaks(world, PROTECTION)
            if said is None or not _worth_it(world) or not wanted[any(said)]:
                continue
            wanted[any(said)] -= 1
            made.append((world, said))
    return made


def _worth_it(world: World) -> bool:
    """Whether the rule hides a count at stake: a release without small counts is safe for nothing."""
    return any(
        world.rule.hides(int(s.value(world.truth[None, :])[0])) or world.rule.scheme == "midpoint"
        for s in world.stakes
    )


def examine(world: World, folder: Path) -> int:
    """How many counts the audit finds, from the release written into ``folder`` and read again."""
    places = write(world, folder)
    outputs: list[Output] = []
    for place in places:
        outputs += read_release(place, world.rule, place.name if len(places) > 1 else "").outputs
    found = audit(outputs, routes=False)
    if found.faults:
        raise ValueError(f"attack set: {found.faults[0]}")
    return len(found.leaks)


def run(size: int = SIZE, seed: int = SEED) -> dict[str, pd.DataFrame]:
    """Every release of the set audited: ``family, leaky, releases, refused, counts, leaking, found``."""
    import pandas as pd

    rows = []
    with TemporaryDirectory() as place:
        for number, (world, said) in enumerate(worlds(size, seed)):
            found = examine(world, Path(place) / str(number))
            rows.append((world.family, any(said), 1, int(found > 0), len(world.stakes), sum(said), found))
    names = ["family", "leaky", "releases", "refused", "counts", "leaking", "found"]
    frame = pd.DataFrame(rows, columns=names)
    return {"attack_set": frame.groupby(["family", "leaky"])[names[2:]].sum().reset_index()}
