"""Necessary and sufficient conditions one at a time, for any expression, and the shortest necessary combinations."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np

from pi_research.realist import _fit
from pi_research.realist._minimise import term_of
from pi_research.realist.configurational import _columns, _memberships

if TYPE_CHECKING:
    import pandas as pd

RELATIONS = ("necessity", "sufficiency")


def single_conditions(
    data: pd.DataFrame, outcome: str, conditions: Sequence[str] | None = None, *, relation: str = "necessity"
) -> pd.DataFrame:
    """Fit of each condition and its absence, as necessary or as sufficient for the outcome.

    Returns
    -------
    DataFrame
        ``term``, ``consistency``, ``relevance`` (RoN: low where nearly everybody has the condition) or ``pri``,
        ``coverage``. A condition counts as necessary from a consistency of about 0.9, with relevance above 0.6.

    Raises
    ------
    ValueError
        As :func:`truth_table`; an unknown relation.
    """
    x, y, names = _sets(data, outcome, conditions)
    terms = [t for name in names for t in (name, f"~{name}")]
    return _table(terms, np.stack([v for j in range(len(names)) for v in (x[:, j], 1 - x[:, j])], 1), y, relation)


def expression_fit(
    data: pd.DataFrame, outcome: str, expression: str, *, relation: str = "sufficiency"
) -> pd.DataFrame:
    """Fit of an expression such as ``"DEV*STB + ~URB*LIT"``: a row for each term, and the last for the whole.

    With ``sufficiency`` a column ``unique`` for what each of several terms covers alone.
    """
    x, y, names = _sets(data, outcome, None)
    texts = [t.strip() for t in expression.split("+")]
    sets = _fit.members([term_of(t, names) for t in texts], x)
    several = len(texts) > 1
    shown = np.column_stack([sets, sets.max(1)]) if several else sets
    made = _table([*texts, "expression"] if several else texts, shown, y, relation)
    if relation == "sufficiency":
        made["unique"] = np.append(_fit.unique_coverage(sets, y), [np.nan] * several)
    return made


def necessary_combinations(
    data: pd.DataFrame, outcome: str, conditions: Sequence[str] | None = None, *,
    incl_cut: float = 0.9, ron_cut: float = 0.0, depth: int | None = None,
) -> pd.DataFrame:
    """Conjunctions, and the shortest disjunctions, that are necessary for the outcome (``QCA::superSubset``).

    Parameters
    ----------
    incl_cut, ron_cut : float
        Least consistency and relevance.
    depth : int, optional
        Most conditions in a combination; else all.

    Returns
    -------
    DataFrame
        As :func:`single_conditions`. Any disjunction that holds a shorter necessary one is left out; most that
        remain mean something only where theory names what its parts have in common.
    """
    x, y, names = _sets(data, outcome, conditions)
    both = np.stack([1 - x, x])
    found: list[tuple[str, np.ndarray]] = []
    short: list[frozenset] = []
    for kind, sign, fold in (("and", "*", np.min), ("or", " + ", np.max)):
        for size in range(1 + (kind == "or"), (depth or len(names)) + 1):
            for chosen in combinations(range(len(names)), size):
                for values in product((1, 0), repeat=size):
                    parts = frozenset(zip(chosen, values, strict=True))
                    members = fold([both[v, :, j] for j, v in zip(chosen, values, strict=True)], axis=0)
                    incl = _fit.necessity(members[:, None], y).incl[0]
                    if not incl + _fit.NEAR >= incl_cut or (kind == "or" and any(s <= parts for s in short)):
                        continue
                    if size == 1 or kind == "or":
                        short.append(parts)
                    text = sign.join(names[j] if v else f"~{names[j]}" for j, v in zip(chosen, values, strict=True))
                    found.append((text, members))
    shown = np.stack([m for _, m in found], 1) if found else np.empty((len(y), 0))
    made = _table([t for t, _ in found], shown, y, "necessity")
    return made[made["relevance"] >= ron_cut].reset_index(drop=True)


def _sets(
    data: pd.DataFrame, outcome: str, conditions: Sequence[str] | None
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    names = _columns(data, outcome, conditions)
    y = _memberships(data, [outcome.lstrip("~")])[:, 0]
    return _memberships(data, names), 1 - y if outcome.startswith("~") else y, names


def _table(terms: list[str], sets: np.ndarray, y: np.ndarray, relation: str) -> pd.DataFrame:
    import pandas as pd

    if relation not in RELATIONS:
        raise ValueError(f"relation: choose one of {', '.join(RELATIONS)}")
    fit = getattr(_fit, relation)(sets, y)
    second = "relevance" if relation == "necessity" else "pri"
    return pd.DataFrame({"term": terms, "consistency": fit[0], second: fit[1], "coverage": fit[2]})
