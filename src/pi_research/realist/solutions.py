"""Solutions of a truth table: complex, parsimonious and intermediate, with how well each part fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pi_research.realist import _fit
from pi_research.realist import _minimise as boole
from pi_research.realist.configurational import TruthTable, in_words
from pi_research.wording import Sentence, count, joined, number, sentence

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("complex", "parsimonious", "intermediate")
ASSUMES = {
    "complex": "assuming nothing about combinations that nobody has",
    "parsimonious": "assuming of combinations that nobody has whatever makes it short",
    "intermediate": "assuming of combinations that nobody has only what was expected of a condition",
}


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """One solution of t terms.

    ``terms`` (t,) as "DEV*~URB"; ``incl, pri, cov, cov_unique`` (t,) consistency, PRI, raw and unique coverage
    of each (unique NaN where there is one); ``n, hits`` (t,) people with membership above 0.5, and of those
    with the outcome above 0.5; ``assumed`` row numbers of the remainders that it takes for the outcome;
    ``total`` consistency, PRI, coverage of all terms together, ``members`` (n,) people's membership in them.
    """

    terms: tuple[str, ...]
    incl: np.ndarray
    pri: np.ndarray
    cov: np.ndarray
    cov_unique: np.ndarray
    n: np.ndarray
    hits: np.ndarray
    assumed: tuple[int, ...]
    total: tuple[float, float, float]
    members: np.ndarray

    @property
    def expression(self) -> str:
        """Terms joined by +, any of which is enough."""
        return " + ".join(self.terms)


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """What lies between one complex and one parsimonious solution: easy counterfactuals taken, difficult not."""

    complex: tuple[str, ...]
    parsimonious: tuple[str, ...]
    easy: tuple[int, ...]
    difficult: tuple[int, ...]
    models: tuple[Model, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """All equally short solutions of one kind.

    ``models``; ``prime_implicants`` (p,) terms that can't be shortened, ``chart`` (p, r) which of the r positive
    rows each holds for; ``essential`` terms that all models share; ``pairs`` of an intermediate one.
    """

    kind: str
    table: TruthTable
    models: tuple[Model, ...]
    prime_implicants: tuple[str, ...]
    chart: np.ndarray
    essential: tuple[str, ...]
    pairs: tuple[Pair, ...] = ()

    def summary(self) -> pd.DataFrame:
        """One row a term, and one for each model as a whole."""
        import pandas as pd

        rows = []
        for m, model in enumerate(self.models, 1):
            parts = zip(model.terms, model.incl, model.pri, model.cov, model.cov_unique, model.n, model.hits,
                        strict=True)  # fmt: skip
            rows += [(m, *part) for part in parts]
            inside = model.members > 0.5
            rows.append((m, "all terms", *model.total, np.nan, int(inside.sum()),
                         int((inside & (self.table.y > 0.5)).sum())))  # fmt: skip
        names = ["model", "term", "consistency", "pri", "coverage", "unique_coverage", "n", "with_outcome"]
        return pd.DataFrame(rows, columns=names)

    def sentence(self, *, who: str = "people") -> Sentence:
        """The (first) solution in words, with its fit and how many solutions fit the table as well."""
        model, table = self.models[0], self.table
        inside, has = model.members > 0.5, table.y > 0.5
        hits, n = int((inside & has).sum()), int(inside.sum())
        behind = (hits, n - hits, int(has.sum()) - hits)
        incl, pri, cov = (number(v, digits=2, behind=behind) for v in model.total)
        said = sentence(
            "{outcome} goes with {terms} ({kind} solution, {assumes}). {hits} of the {n} {who} who are more in "
            "than out of it have the outcome, of {all} who have it (consistency {incl}, PRI {pri}, coverage {cov}).",
            outcome=_capital(in_words(table.outcome)), terms="; or ".join(in_words(t) for t in model.terms),
            kind=self.kind, assumes=ASSUMES[self.kind], hits=count(hits), n=count(n), who=who,
            all=count(int(has.sum())), incl=incl, pri=pri, cov=cov)  # fmt: skip
        if len(self.models) == 1:
            return said
        others = "solution is" if len(self.models) == 2 else "solutions are"
        return joined(said, sentence("{m} other {others} as short: the table cannot tell which of them holds.",
                                     m=count(len(self.models) - 1, people=False), others=others))  # fmt: skip


def minimise(
    table: TruthTable, kind: str = "complex", expectations: Mapping[str, int] | None = None
) -> Solution:
    """The shortest expressions that hold for every row with the outcome and for none without it.

    Equal to ``QCA::minimize`` (all solutions with the fewest terms, no row dominance).

    Parameters
    ----------
    table : TruthTable
    kind : {"complex", "parsimonious", "intermediate"}
        Complex (conservative): remainders are taken for the outcome's absence. Parsimonious: each as makes it
        short. Intermediate (Standard Analysis): of the remainders that the parsimonious solution takes, only
        those that follow from the complex one by dropping conditions against their expectation.
    expectations : mapping of condition to 1 or 0
        Of an intermediate solution: presence or absence is expected to help. A condition left out: nothing is
        expected of it, and it stays wherever the complex solution has it.

    Raises
    ------
    ValueError
        An unknown kind; expectations missing, of something that is no condition, or not 0 or 1; a table in
        which no row, or every row, goes with the outcome; more than 2,000 equally short solutions.

    Notes
    -----
    Counterfactuals that contradict the solution for the outcome's absence are kept unless their rows are
    given to :func:`truth_table` as ``exclude`` (Enhanced Standard Analysis): see
    :func:`contradictory_assumptions`. R's QCA gives up looking for longer prime implicants after two
    lengths without any; all are found here. Ragin 2008, ch. 8-9; Dusa, QCA with R, 2019, ch. 8.

    When NOT to use it: a solution of few people is a description of them. No term is an effect.
    """
    if kind not in KINDS:
        raise ValueError(f"kind: choose one of {', '.join(KINDS)}")
    positive, known = table.rows("1"), table.rows("0", "C")
    if not len(positive):
        raise ValueError("truth table: no row goes with the outcome at these cut-offs; there is nothing to minimise")
    if not len(known) and (kind != "complex" or len(positive) == len(table.row)):
        raise ValueError("truth table: every row that was seen goes with the outcome; no condition tells them apart")
    if kind == "intermediate":
        return _intermediate(table, _wanted(table, expectations))
    if expectations is not None:
        raise ValueError("expectations: they belong to the intermediate solution only")
    return _solution(table, kind, known if kind == "parsimonious" else np.setdiff1d(table.row - 1, positive))


def contradictory_assumptions(solution: Solution, of_absence: Solution) -> tuple[int, ...]:
    """Row numbers that one solution takes for the outcome and the other for its absence: give to ``exclude``."""
    one, other = ({r for m in s.models for r in m.assumed} for s in (solution, of_absence))
    return tuple(sorted(one & other))


def _solution(table: TruthTable, kind: str, negative: np.ndarray) -> Solution:
    k, rows = len(table.conditions), table.rows("1").tolist()
    terms = boole.prime_implicants(rows, negative.tolist(), k)
    chart = np.array([[boole.covers(t, r) for r in rows] for t in terms])
    models = tuple(_model(table, [terms[i] for i in cover]) for cover in boole.smallest_covers(terms, rows))
    texts = tuple(boole.text_of(t, table.conditions) for t in terms)
    return Solution(kind, table, models, texts, chart, _common(models))


def _model(table: TruthTable, terms: list[boole.Term]) -> Model:
    sets = _fit.members(terms, table.data)
    every = sets.max(1)
    total = tuple(float(v[0]) for v in _fit.sufficiency(every[:, None], table.y))
    assumed = (r + 1 for r in table.rows("?") if any(boole.covers(t, r) for t in terms))
    inside = sets > 0.5
    return Model(tuple(boole.text_of(t, table.conditions) for t in terms), *_fit.sufficiency(sets, table.y),
                 _fit.unique_coverage(sets, table.y), inside.sum(0), (inside & (table.y > 0.5)[:, None]).sum(0),
                 tuple(int(r) for r in assumed), total, every)  # fmt: skip


def _wanted(table: TruthTable, expectations: Mapping[str, int] | None) -> boole.Term:
    if expectations is None:
        raise ValueError("expectations: an intermediate solution needs them, e.g. {'DEV': 1}")
    for name, value in expectations.items():
        if name not in table.conditions or value not in (0, 1):
            raise ValueError(f"expectations: {name!r} must be a condition of the table, expected 1 or 0")
    bits = {name: 1 << (len(table.conditions) - 1 - j) for j, name in enumerate(table.conditions)}
    return sum(bits[n] for n in expectations), sum(bits[n] for n, v in expectations.items() if v)


def _intermediate(table: TruthTable, wanted: boole.Term) -> Solution:
    names = table.conditions
    long, short = minimise(table, "complex"), minimise(table, "parsimonious")
    pairs, made, solved = [], {}, {}
    for one in long.models:
        for two in short.models:
            terms = [[boole.term_of(t, names) for t in m.terms] for m in (one, two)]
            easy = [boole.expected_part(c, p, wanted) for c in terms[0] for p in terms[1] if boole.part_of(c, p)]
            taken = tuple(r for r in two.assumed if any(boole.covers(t, r - 1) for t in easy))
            if taken not in solved:
                kept = np.setdiff1d(table.row, np.concatenate([table.rows("1") + 1, taken]).astype(int)) - 1
                solved[taken] = _solution(table, "intermediate", kept)
            found = solved[taken]
            rest = tuple(r for r in two.assumed if r not in taken)
            pairs.append(Pair(one.terms, two.terms, taken, rest, found.models))
            made |= {m.terms: (m, found) for m in found.models}
    first = next(iter(made.values()))[1]
    models = tuple(m for m, _ in made.values())
    return Solution("intermediate", table, models, first.prime_implicants, first.chart, _common(models), tuple(pairs))


def _common(models: tuple[Model, ...]) -> tuple[str, ...]:
    """Terms of the first model that are in all."""
    return tuple(t for t in models[0].terms if all(t in m.terms for m in models))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
