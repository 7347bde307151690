"""Released curves as facts: how many ended between two times, from shares and numbers at risk."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from pi_research.disclosure._book import Book, Output
from pi_research.disclosure._printed import Says, count_says, number_of, share_says, small
from pi_research.disclosure._steps import exact_step
from pi_research.disclosure._system import Count, Fact, Place, Target
from pi_research.disclosure.rule import Rule

KINDS = {"survival": "survival", "probability": "survival", "incidence": "incidence"}
AT_RISK, EVENTS = ("at_risk", "followed"), ("events",)


@dataclass(frozen=True)
class Said:
    """A share that is printed: between ``lower`` and ``upper``, where."""

    lower: float
    upper: float
    place: Place | None = None


@dataclass(eq=False)
class Curve:
    """One curve (a cause, a group) of a universe: at each time what is printed of its share."""

    universe: str
    release: str
    by: tuple[tuple[str, str], ...]
    kind: str
    rule: Rule
    notebook: str
    step: bool = False
    points: dict[float, list[Said]] = field(default_factory=dict)
    free: dict[float, tuple[float, float]] = field(default_factory=dict)
    printed: set[float] = field(default_factory=set)

    def count(self, measure: str, time: float) -> Count:
        """Those followed up to, or ended by, a time."""
        by = self.by if measure == "ended by" else tuple(b for b in self.by if b[0] != "cause")
        return Count(self.release, self.universe, measure, (*by, ("month", f"{time:g}")))


def columns_of(output: Output) -> dict[str, str] | None:
    """The columns of a curve: time, share, and where printed at_risk and events; None where there is none."""
    if output.about.get("curve"):
        return dict(output.about["curve"])
    names = [c for c in output.frame.columns]
    share = next((c for c in names if c in KINDS), None)
    time = next((c for c in names if c in ("time", "months")), None)
    if not share or not time or not output.universe or time in _styled(output, "count"):
        return None
    found = {"time": time, "share": share, "kind": KINDS[share]}
    for what, known in (("at_risk", AT_RISK), ("events", EVENTS)):
        if name := next((c for c in names if c in known), None):
            found[what] = name
    return found


def _styled(output: Output, style: str) -> set[str]:
    return {c["name"] for c in output.about.get("columns", ()) if c.get("statistic") == style}


def read_curve(output: Output, book: Book, columns: dict[str, str]) -> list[Curve]:
    """Curves of a table or chart, with the counts that are printed beside them."""
    frame, made = output.frame, {}
    by_names = [c for c in ("cause", "group") if c in frame and c != columns["time"]]
    rounded = output.about.get("protect") == "curve"
    for row in range(len(frame)):
        time = number_of(output.cells[columns["time"]][row])
        if time is None:
            continue
        by = tuple((c, output.cells[c][row]) for c in by_names)
        curve = made.setdefault(
            by,
            Curve(
                output.universe,
                output.release,
                by,
                columns["kind"],
                output.rule,
                output.name.split("/")[0],
                bool(columns.get("steps")),
            ),
        )
        ends = output.share(columns["share"], row)
        said = [Said(*ends, output.place(row, columns["share"]))] if ends and not rounded else []
        curve.points.setdefault(time, []).extend(said)
        if not rounded:
            _beside(output, book, curve, columns, row, time)
    if rounded:
        for by, curve in made.items():
            rows = [r for r in range(len(frame)) if tuple((c, output.cells[c][r]) for c in by_names) == by]
            _remade(output, book, curve, columns, rows)
    return list(made.values())


def _beside(output: Output, book: Book, curve: Curve, columns: dict, row: int, time: float) -> None:
    for what, measure in (("at_risk", "followed to"), ("events", "ended by")):
        if what in columns:
            text, count = output.cells[columns[what]][row], curve.count(measure, time)
            said = count_says(text, output.rule)
            if said is None:
                book.faults.append(
                    f"{output.name}, row {row + 1}, column {columns[what]}: {text!r} is not a count "
                    f"that the rule '{output.rule.name}' gives"
                )
            else:
                book.says(count, said, output.place(row, columns[what]), output.rule)
                curve.printed |= {time} if what == "events" else set()


def _remade(output: Output, book: Book, curve: Curve, columns: dict, rows: Sequence[int]) -> None:
    """A survival curve made again from rounded counts gives back the rounded count of those who ended."""
    rule = output.rule
    if curve.kind != "survival" or not rows or "at_risk" not in columns:
        return
    middle, ended, before = (rule.threshold + (0 if rule.hide_zero else 1)) / 2, 0.0, 1.0
    first = count_says(output.cells[columns["at_risk"]][rows[0]], rule)
    if first:
        book.says(curve.count("followed to", 0), first, output.place(rows[0], columns["at_risk"]), rule)
    for row in rows:
        time, share = (number_of(output.cells[columns[c]][row]) for c in ("time", "share"))
        at_risk = number_of(output.cells[columns["at_risk"]][row])
        if time is None or share is None or at_risk is None or not before:
            continue
        step = _whole_step(share / before, at_risk, rule)
        if step is None:
            return
        ended, before = ended + step, share
        said = Says(1, rule.threshold) if ended == middle else count_says(f"{ended:g}", rule)
        if said and ended:
            curve.points.setdefault(time, [])
            book.says(curve.count("ended by", time), said, output.place(row, columns["share"]), rule)


def _whole_step(ratio: float, at_risk: float, rule: Rule) -> float | None:
    """The rounded number that ended, where one risk set that prints as ``at_risk`` explains the step."""
    if ratio > 1 - 1e-9:
        return 0.0
    found = {
        round((1 - ratio) * n)
        for n in np.arange(at_risk - rule.base, at_risk + rule.base + 1)
        if abs((1 - ratio) * n - round((1 - ratio) * n)) < 1e-5 and rule.rounded(n) == at_risk
    }
    return float(found.pop()) if len(found) == 1 else None


def join_findings(output: Output, curves: Sequence[Curve]) -> None:
    """Estimates among the findings that are points of a curve of the same page, printed more finely."""
    frame, series = output.frame, {}
    if any(c["name"] == "estimate" and c.get("statistic") == "sentence" for c in output.about.get("columns", ())):
        return  # in steps or two figures, as the tables give them
    for row in range(len(frame)):
        found = re.fullmatch(r"(.+)[._](\d+)", output.cells["id"][row])
        ends = share_says(output.cells["estimate"][row])
        if found and ends and "Kaplan-Meier" in output.cells["method"][row]:
            series.setdefault(found[1], {})[float(found[2])] = Said(*ends, output.place(row, "estimate"))
    for points in series.values():
        for curve in curves:
            if curve.notebook == output.name.split("/")[0] and not curve.by and _agree(points, curve):
                for time, said in points.items():
                    curve.points[time].append(said)


def _agree(points: dict[float, Said], curve: Curve) -> bool:
    """Whether finely printed points lie within those that are printed of the curve, at the same times."""
    pairs = [(p, q) for t, p in points.items() for q in curve.points.get(t, ()) if q.place]
    return (
        bool(pairs)
        and points.keys() <= curve.points.keys()
        and all(p.lower >= q.lower - 1e-4 and p.upper <= q.upper + 1e-4 for p, q in pairs)
    )


def link(curves: Sequence[Curve], book: Book) -> None:
    """Facts between the times of each curve; curves of one universe and group are one curve."""
    same: dict[tuple, Curve] = {}
    for curve in curves:
        key = (curve.release, curve.universe, curve.by, curve.kind)
        if key in same:
            for time, said in curve.points.items():
                same[key].points.setdefault(time, []).extend(said)
            same[key].step = same[key].step and curve.step
            same[key].printed |= curve.printed
        else:
            same[key] = replace(
                curve, points={t: list(s) for t, s in curve.points.items()}, printed=set(curve.printed)
            )
    for curve in same.values():
        curve.free = _event_free(curve, list(same.values()))
        _chain(curve, book)


def _event_free(curve: Curve, all_of_them: Sequence[Curve]) -> dict[float, tuple[float, float]]:
    """Share without any end at each time: of a cause one less all causes; of a survival curve not needed."""
    if curve.kind == "survival":
        return {}
    beside = [
        c
        for c in all_of_them
        if c.kind == "incidence"
        and (c.release, c.universe) == (curve.release, curve.universe)
        and [b for b in c.by if b[0] != "cause"] == [b for b in curve.by if b[0] != "cause"]
    ]
    made = {}
    for time in curve.points:
        shares = [c.points.get(time) for c in beside]
        low = 1 - sum(max((s.lower for s in p), default=0) if p else 0 for p in shares)
        high = 1 - sum(min((s.upper for s in p), default=1) if p else 1 for p in shares)
        # `low` of the sum of what is printed bounds the event-free share from above, and the other way round
        made[time] = (max(0.0, high), min(1.0, low))
    return made


def _chain(curve: Curve, book: Book) -> None:
    """Running totals and numbers at risk in order of time.

    At a step the number at risk is the one just before it; else it is not known on which side of the time.
    """
    times, ended_last = sorted(t for t in curve.points if t > 0), None
    shares = {
        0.0: [Said(1, 1) if curve.kind == "survival" else Said(0, 0)],
        **{t: curve.points[t] for t in times},
    }
    last_said = 0.0
    for before, now in pairwise([0.0, *times]):
        rest = _ended(curve, book, before, now)
        risk = ((curve.count("followed to", now), 1.0), (curve.count("followed to", before), -1.0))
        gone = ((ended_last, 1.0),) if curve.step and ended_last else ()
        book.facts.append(Fact((*risk, *gone), -np.inf, 0))
        ended_last = rest
        if curve.printed >= {before, now} - {0.0}:
            book.targets.setdefault(rest, Target(rest, small(curve.rule)))
        if curve.step and curve.kind == "survival":
            exact_step(curve, book, shares, before, now, rest)
        if shares[now]:
            since = _ended(curve, book, last_said, now)
            book.targets.setdefault(since, Target(since, small(curve.rule)))
            _between(curve, book, shares, last_said, now)
            last_said = now


def _ended(curve: Curve, book: Book, before: float, now: float) -> Count:
    """Those who ended between two times: the difference of the running totals."""
    rest = Count(
        curve.release, curve.universe, f"ended after month {before:g} and by month {now:g}", curve.by
    )
    totals = [
        (curve.count("ended by", now), 1.0),
        *([(curve.count("ended by", before), -1.0)] if before else []),
    ]
    book.facts.append(Fact((*totals, (rest, -1.0)), 0, 0))
    return rest


def _between(curve: Curve, book: Book, shares: dict[float, list[Said]], before: float, now: float) -> None:
    """Those who ended between two times with shares: q of a number at risk between its two ends.

    With d ends in all, the step is the smallest where all leave from the larger number at risk, and the
    largest where all leave from the smaller.
    """
    ended = [
        (curve.count("ended by", now), 1.0),
        *([(curve.count("ended by", before), -1.0)] if before else []),
    ]
    most, fewest = (curve.count("followed to", t) for t in ((now, now) if curve.step else (before, now)))
    for a in shares[before]:
        for b in shares[now]:
            if curve.kind == "survival":
                low = max(0.0, 1 - b.upper / max(a.lower, 1e-12))
                high = 1 - b.lower / max(a.upper, 1e-12)
            else:
                free_then, free_now = curve.free.get(before, (1.0, 1.0)), curve.free[now]
                low = max(0.0, b.lower - a.upper) / max(free_then[1], 1e-12)
                high = (b.upper - a.lower) / free_now[0] if free_now[0] > 0 else np.inf
            places = tuple(s.place for s in (a, b) if s.place)
            book.facts.append(Fact((*ended, (fewest, -low)), 0, np.inf, places))
            if np.isfinite(high):
                book.facts.append(Fact((*ended, (most, -high)), -np.inf, 0, places))
