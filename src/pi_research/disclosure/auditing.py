"""What a reader of everything that is released could work back of the counts that the rule hides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pi_research.disclosure._book import Book, Output
from pi_research.disclosure._lattice import connect
from pi_research.disclosure._points import columns_of, join_findings, link, read_curve
from pi_research.disclosure._printed import WITHHELD, number_of
from pi_research.disclosure._routes import route, together
from pi_research.disclosure._system import Count, Fact, Part, Place, Target, leaking, parts
from pi_research.disclosure._tables import read_output, read_sentence
from pi_research.wording import Sentence, count, sentence

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Audit", "Leak", "Memory", "Output", "audit"]

PROTECTION = 4


@dataclass(frozen=True, slots=True)
class Leak:
    """A count of few people that few values are left for.

    ``values`` are all that remain possible; ``route`` the published cells that give it away, none of them
    to spare; ``presumed`` what is read into the release beside them; ``printed`` whether a cell hides it
    (else it is implied: a difference, a rest, a step of a curve).
    """

    count: Count
    values: tuple[int, ...]
    route: tuple[Place, ...]
    printed: bool
    presumed: tuple[str, ...] = ()

    def __str__(self) -> str:
        few = " or ".join(map(str, self.values))
        how = f" (taking it that {'; '.join(self.presumed)})" if self.presumed else ""
        return f"{self.count} can only be {few}: from {together(self.route)}{how}"


@dataclass(frozen=True)
class Audit:
    """What was found. ``counts`` is how many counts were looked at, ``faults`` what could not be read."""

    leaks: tuple[Leak, ...]
    faults: tuple[str, ...]
    counts: int
    hidden: int
    outputs: int
    protection: int

    @property
    def passes(self) -> bool:
        """Whether nothing leaks and everything could be read."""
        return not self.leaks and not self.faults

    def summary(self) -> pd.DataFrame:
        """One row a leak: ``count, values, printed, route, presumed``."""
        import pandas as pd

        rows = [
            (
                str(x.count),
                " or ".join(map(str, x.values)),
                x.printed,
                together(x.route),
                "; ".join(x.presumed),
            )
            for x in self.leaks
        ]
        return pd.DataFrame(rows, columns=["count", "values", "printed", "route", "presumed"])

    def sentence(self) -> Sentence:
        """How many small counts can be worked back."""
        found = count(len(self.leaks), people=False)
        said = (
            "{n} of {all} counts can be worked back to fewer than {p} values"
            if self.leaks
            else "None of {all} counts can be worked back to fewer than {p} values"
        )
        return sentence(
            said + ", from {outputs} outputs read together ({hidden} of the counts are hidden by the "
            "rule, the others are differences and rests); {faults}.",
            n=found,
            all=count(self.counts, people=False),
            p=count(self.protection, people=False),
            outputs=count(self.outputs, people=False),
            hidden=count(self.hidden, people=False),
            faults=f"{len(self.faults)} things could not be read"
            if self.faults
            else "everything could be read",
        )


@dataclass(eq=False)
class Memory:
    """Answers for parts that were solved before, so that what a change leaves alone is not solved again."""

    solved: dict = field(default_factory=dict)


def audit(
    outputs: Sequence[Output],
    *,
    protection: int = PROTECTION,
    routes: bool = True,
    memory: Memory | None = None,
) -> Audit:
    """Find the small counts that all outputs together leave fewer than ``protection`` values for.

    Every printed count is an interval of whole numbers under the rule that it was printed by, a hidden one
    is known to be small, a percentage of two counts and a step of a curve bound one by the other, parts add
    up to their totals, and a universe within another, or an earlier release of one that only grows, is no
    larger.
    For each hidden count, and each difference or rest that is not printed, integer programming tells which
    values satisfy all of that.

    Parameters
    ----------
    outputs : sequence of Output
        Tables, charts, findings and sentences of one release, or of several in order of time.
    protection : int
        A count of 1 to the rule's threshold must keep at least so many possible values.
    routes : bool
        Whether to look for the cells that give each leak away; without it only that it leaks is known.

    Raises
    ------
    ValueError
        Where ``protection`` is below 2, or the solver gives no answer.

    Notes
    -----
    Not modelled: means, medians, rates and model estimates (but for Kaplan-Meier and Aalen-Johansen shares at
    printed times), intervals other than those made from rounded counts, what a reader knows of a person from
    elsewhere, and links that no sidecar states. When NOT to rely on it alone: see docs/audit.md.

    The interval of a cell and the search for values by minimum and maximum are those of disclosure auditing:
    Hundepool et al., Statistical Disclosure Control (2012), section 4.3.
    """
    if protection < 2:
        raise ValueError("audit: protection must be 2 or more possible values")
    memory = memory or Memory()
    book = read(outputs)
    faults, leaks = list(dict.fromkeys(book.faults)), []
    for facts in parts(book.facts):
        names = {n for f in facts for n, _ in f.terms}
        targets = tuple(book.targets[n] for n in sorted(names & set(book.targets)))
        key = (frozenset(facts), targets, protection, routes)
        if key not in memory.solved:
            memory.solved[key] = _of_part(facts, targets, protection, routes)
        found, contradictions = memory.solved[key]
        leaks += found
        faults += contradictions
    leaks = list({x.count: x for x in leaks}.values())
    printed = sum(t.printed for t in book.targets.values())
    return Audit(
        tuple(sorted(leaks, key=lambda x: (not x.printed, x.count))),
        tuple(dict.fromkeys(faults)),
        len(book.targets),
        printed,
        len(outputs),
        protection,
    )


def read(outputs: Sequence[Output]) -> Book:
    """All facts of the outputs, and the counts to protect."""
    book, curves, findings = Book(), [], []
    for output in outputs:
        if output.about.get("kind") == "sentence":
            read_sentence(output, book)
        elif output.about.get("kind") == "findings":
            findings.append(output)
            _without_n(output, book)
        else:
            columns = columns_of(output)
            if columns:
                curves += read_curve(output, book, columns)
            if output.about.get("protect") != "curve":
                read_output(output, book, skip=(columns or {}).values())
    for output in findings:
        join_findings(output, [c for c in curves if c.release == output.release])
    link(curves, book)
    if outputs:
        connect(book, outputs)
    return book


def _without_n(output: Output, book: Book) -> None:
    for row, (name, n) in enumerate(zip(output.frame["id"], output.frame["n"], strict=True)):
        if number_of(n) is None and n not in (output.rule.token, WITHHELD):
            book.faults.append(
                f"{output.name}, row {row + 1}: finding {name} has no n; a number about people is "
                f"released with the counts that it rests on"
            )


def _of_part(
    facts: list[Fact], targets: tuple[Target, ...], protection: int, routes: bool
) -> tuple[list[Leak], list[str]]:
    """Leaks of one part, and what in it contradicts itself."""
    if len({f.terms for f in facts}) == 1 and len(facts[0].terms) == 1 and not any(f.gap for f in facts):
        room = min(f.upper for f in facts) - max(0, *(f.lower for f in facts))
        if room >= (protection - 1 if targets else 0):
            return [], []
    part = Part(facts)
    seen = part.witnesses([t.name for t in targets], protection)
    if seen is None:
        stated, faults = _without_presumption(facts), []
        if len(stated) == len(facts):
            wrong = _contradiction(part)
            said = "these cells contradict each other as their sidecars describe them, and were not audited"
            faults = [f"{said}: {together(wrong)}; correct the universe, dimensions or margins"]
            stated = [f for f in facts if not set(f.places) & set(wrong)]
        # else what was read into the release is wrong: only what is stated counts
        each = [
            _of_part(
                p,
                tuple(t for t in targets if any(n == t.name for f in p for n, _ in f.terms)),
                protection,
                routes,
            )
            for p in parts(stated)
        ]
        return [x for found, _ in each for x in found], faults + [f for _, said in each for f in said]
    leaks = []
    for target in targets:
        known = seen[target.name]
        if len(known) < protection:
            known = part.values(target.name, protection, seen=known)
        if leaking(known, target, protection):
            leaks.append(_leak(part, target, known, protection, routes))
    return leaks, []


def _without_presumption(facts: list[Fact]) -> list[Fact]:
    """The facts without the one presumption that the release contradicts, or without any."""
    why = sorted({f.presumed for f in facts if f.presumed})
    for one in why if len(why) > 1 else ():
        kept = [f for f in facts if f.presumed != one]
        if Part(kept).solve({}) is not None:
            return kept
    return [f for f in facts if not f.presumed]


def _contradiction(part: Part) -> tuple[Place, ...]:
    """Cells that can't hold together, none of them to spare."""
    places = list(dict.fromkeys(p for f in part.facts for p in f.places))
    kept = list(places)
    for place in reversed(places):
        fewer = [p for p in kept if p != place]
        active = np.array([set(f.places) <= set(fewer) for f in part.facts], bool)
        if part.solve({}, active) is None:
            kept = fewer
    return tuple(kept)


def _leak(part: Part, target: Target, values: set[int], protection: int, routes: bool) -> Leak:
    way = route(part, target, protection) if routes else ()
    why = sorted({f.presumed for f in part.facts if f.presumed}) if routes else []
    for one in list(why):
        others = {w for w in why if w != one} | {""}
        active = np.array([set(f.places) <= set(way) and f.presumed in others for f in part.facts], bool)
        if leaking(part.values(target.name, protection, active), target, protection):
            why.remove(one)
    return Leak(target.name, tuple(sorted(values)), way, target.printed, tuple(why))
