"""Released tables, charts and sentences as facts about counts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from pi_research.disclosure._book import Book, Output
from pi_research.disclosure._printed import WITHHELD, Says, count_says, number_of, share_says, small
from pi_research.disclosure._system import Count, Fact, Place, Target

TOTAL = re.compile(r"(all|everyone|everybody|total|overall)\b(?!.*\b(but|except|without)\b)", re.IGNORECASE)
SHARES = ("percent", "proportion")


def read_output(output: Output, book: Book, skip: Iterable[str] = ()) -> None:
    """Facts of one table or chart, put into ``book``, but for the count columns to ``skip``."""
    if not output.universe:
        return
    wheres = _wheres(output, book)
    for column in (c for c in output.counted() if c["name"] not in skip):
        gaps = _gaps(output, column["name"])
        for row, where in enumerate(wheres):
            _read_count(output, book, column, row, where, gaps[row])
    for column in output.columns():
        if column.get("of") and (column.get("statistic") in SHARES or column.get("part")):
            _read_share(output, book, column, wheres)
    if any(c["name"] == "of" for c in output.counted()) and output.about.get("kind") == "chart":
        _states(output, book, wheres)


def count_of(output: Output, name: str, where: tuple) -> Count:
    """The count in a column at a row's categories."""
    columns = output.columns()
    column = next((c for c in columns if c["name"] == name), {})
    label = str(column.get("label") or name).lower()
    if sum(str(c.get("label")).lower() == label for c in columns) > 1:
        label = f"{label} ({name})"
    measure = column.get("measure", label)
    return Count(output.release, output.universe, measure, where)


def _wheres(output: Output, book: Book) -> list[tuple[tuple[str, str], ...]]:
    """Categories of each row; those of a total leave their dimension out."""
    frame, margins = output.frame, set(output.about.get("margins", ()))
    dims = [d for d in output.about.get("dimensions", ()) if d in frame]
    dims = dims or [next((d for d in ("label", *frame.columns) if d in frame), "")]
    totals = {
        d: [v in margins or (d == "label" and bool(TOTAL.match(v))) for v in frame[d]] for d in dims if d
    }
    declared = set(output.about.get("partition", ()))
    for d in dims:
        if d in declared or (d != "label" and d in totals and any(totals[d])):
            book.split[output.universe, d] = ""
    made = [
        tuple(
            sorted(
                _category(output, book, d, row, totals[d], len(dims) == 1)
                for d in dims
                if d and not totals[d][row]
            )
        )
        for row in range(len(frame))
    ]
    twice = {w for w, times in Counter(made).items() if times > 1}
    # rows that the printed dimensions do not tell apart are told apart by where they stand
    return [(*w, (f"row of {output.name}", str(r + 1))) if w in twice else w for r, w in enumerate(made)]


def _category(
    output: Output, book: Book, dim: str, row: int, totals: list[bool], alone: bool
) -> tuple[str, str]:
    text = output.cells[dim][row]
    if dim != "label":
        return dim, text
    prefixed = re.fullmatch(r"([^:]{1,40}): (.+)", text)
    others = [v for v, total in zip(output.frame[dim], totals, strict=True) if not total]
    if prefixed and alone:
        dim, text = prefixed[1].lower(), prefixed[2].lower()
        if sum(v.startswith(f"{prefixed[1]}: ") for v in others) > 1:
            book.split.setdefault((output.universe, dim), f"each person has one {dim}")
        return dim, text
    if any(totals) and alone and not any(": " in v for v in others):
        book.split[output.universe, f"row of {output.name}"] = ""
        return f"row of {output.name}", text
    return "row", text


def _read_count(output: Output, book: Book, column: dict, row: int, where: tuple, gap: bool) -> None:
    name, rule = column["name"], output.rule
    text = rule.token if gap else output.cells[name][row]
    if row in output.about.get("open_rows", ()):
        return
    count = count_of(output, name, where)
    said = count_says(text, rule, column.get("zero", ""))
    if said is None:
        word = number_of(text) is None and not re.search(r"\d", text) and column.get("zero") is None
        said = Says(0, 0) if word else None  # "none found" and the like
    if said is None:
        unsaid = (
            "" if "people" in column else "; if it is about nobody, let the sidecar say so (people: false)"
        )
        book.faults.append(
            f"{output.name}, row {row + 1}, column {column.get('label') or name}: {text!r} is not a "
            f"count that the rule '{rule.name}' gives: make the output again under the rule{unsaid}"
        )
        return
    book.says(count, said, output.place(row, name), rule)
    if text == WITHHELD:
        book.targets.setdefault(count, Target(count, small(rule)))


def _gaps(output: Output, name: str) -> list[bool]:
    """Rows of a chart whose blank can only stand for a count that is hidden, no other being small.

    A row is blank in all its numbers; who it is of is seen in the other states at the same time.
    """
    frame = output.frame
    if output.about.get("protect") != "points" or name == "of":
        return [False] * len(frame)
    dims = [d for d in output.about.get("dimensions", ()) if d in frame][:-1]
    at = list(zip(*(frame[d] for d in dims), strict=True)) if dims else list(range(len(frame)))
    others = [c["name"] for c in output.counted() if c["name"] != name]
    seen = [{a for a, text in zip(at, frame[c], strict=True) if text} for c in others]
    return [text == "" and all(a in s for s in seen) for a, text in zip(at, frame[name], strict=True)]


def made_from(output: Output, column: dict) -> str:
    """``rounded`` where every share is what the printed counts beside it give, else ``exact``."""
    if column.get("from"):
        return column["from"]
    part, whole = column["of"]
    if column.get("limit") or column["name"] in ("lower", "upper"):
        beside = [
            c
            for c in output.columns()
            if c.get("of") == column["of"] and c["name"] not in ("lower", "upper") and not c.get("limit")
        ]
        return made_from(output, beside[0]) if beside else "rounded"
    if part not in output.frame or whole not in output.frame:
        return "exact"
    for k, n, p in zip(output.frame[part], output.frame[whole], output.frame[column["name"]], strict=True):
        ends, k, n = share_says(p), number_of(k), number_of(n)
        if ends and (k is None or not n or not ends[0] - 1e-9 <= k / n <= ends[1] + 1e-9):
            return "exact"
    return "rounded"


def _read_share(output: Output, book: Book, column: dict, wheres: Sequence[tuple]) -> None:
    """A percentage of two counts: part and whole, and the rest that it may give away."""
    (k, n), name, rule = column["of"], column["name"], output.rule
    limit = column.get("limit") or name in ("lower", "upper")
    exact = made_from(output, column) == "exact"
    for row, where in enumerate(wheres):
        part, whole = count_of(output, k, where), count_of(output, n, where)
        rest = Count(part.release, part.universe, f"{whole.measure} but not {part.measure}", where)
        if not limit:
            book.part(part, whole, rest, rule)
        if name not in output.frame or row in output.about.get("open_rows", ()):
            continue
        text, place = output.cells[name][row], output.place(row, name)
        if exact and not limit:
            ends = share_says(text, full=output.about.get("kind") == "chart")
            if ends:
                book.facts += _share_facts(part, whole, ends, place)
        elif not exact and rule.threshold and column.get("rest") != "shown":
            _token_of_rest(output, book, rest, text, place, (row, k, n))


def _share_facts(part: Count, whole: Count, ends: tuple[float, float], place: Place) -> list[Fact]:
    """An exact percentage bounds its part by its whole, of which there must be somebody."""
    return [
        Fact(((part, 1.0), (whole, -ends[0])), 0, np.inf, (place,)),
        Fact(((part, 1.0), (whole, -ends[1])), -np.inf, 0, (place,)),
        Fact(((whole, 1.0),), 1, np.inf, (place,)),
    ]


def _token_of_rest(output: Output, book: Book, rest: Count, text: str, place: Place, at: tuple) -> None:
    """A share worked out from printed counts is hidden just where the rest of the whole is small.

    So releases were made that do not say ``rest: shown``: there a share that is not hidden tells too.
    """
    row, rule = at[0], output.rule
    says = [count_says(output.cells[c][row], rule) if c in output.frame else None for c in at[1:]]
    if text == rule.token and all(s and not s.hidden and np.isfinite(s.upper) for s in says):
        low = 0 if rule.hide_zero else 1
        cells = tuple(output.place(row, c) for c in at[1:])
        book.facts.append(Fact(((rest, 1.0),), low, rule.threshold, (place, *cells)))
        book.targets[rest] = Target(rest, small(rule), place)
    elif number_of(text) is not None:
        low = rule.threshold + 1 if rule.hide_zero else 0
        book.facts.append(
            Fact(((rest, 1.0),), low, np.inf, (place,), 0 if rule.hide_zero else rule.threshold)
        )


def _states(output: Output, book: Book, wheres: Sequence[tuple]) -> None:
    """A chart of states at each time: they add up to those who were followed so far."""
    dims = output.about.get("dimensions", ())
    name = next((c["name"] for c in output.counted() if c["name"] != "of"), None)
    if name is None or not dims or dims[-1] not in output.frame:
        return
    groups: dict[tuple, list[int]] = {}
    for row, where in enumerate(wheres):
        groups.setdefault(tuple(w for w in where if w[0] != dims[-1]), []).append(row)
    for at, rows in groups.items():
        if len({output.cells["of"][r] for r in rows} - {"", WITHHELD}) == 1:
            whole = count_of(output, "of", at)
            parts = [(count_of(output, name, wheres[r]), 1.0) for r in rows]
            same = [((count_of(output, "of", wheres[r]), 1.0), (whole, -1.0)) for r in rows]
            why = f"at each {at[0][0] if at else 'time'} a person is in one {dims[-1]}"
            book.facts += [Fact(terms, 0, 0, (), 0, why) for terms in ((*parts, (whole, -1.0)), *same)]


def read_sentence(output: Output, book: Book) -> None:
    """Numbers of a sentence whose sidecar says what each one counts."""
    for row, said in enumerate(output.about.get("numbers", ())):
        if "count" not in said:
            continue
        where = tuple(sorted((str(d), str(c)) for d, c in said.get("where", {}).items()))
        count = Count(output.release, output.universe, said["count"], where)
        text, place = output.cells["text"][row], output.place(row, "text")
        if said.get("of"):
            whole = count._replace(measure=said["of"])
            rest = count._replace(measure=f"{said['of']} but not {said['count']}")
            book.part(count, whole, rest, output.rule)
            ends = share_says(text) if said.get("from", "exact") == "exact" else None
            if ends:
                book.facts += _share_facts(count, whole, ends, place)
        else:
            found = count_says(text, output.rule)
            if found is None:
                book.faults.append(
                    f"{output.name}, number {row + 1}: {text!r} is not a count that the rule gives"
                )
            else:
                book.says(count, found, place, output.rule)
