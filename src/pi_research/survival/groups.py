"""Several pre-specified pairs of groups: each compared, or a reason why it can't be."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike

from pi_research.survival import _checks as check
from pi_research.survival.compare import LogRank, log_rank
from pi_research.survival.curves import kaplan_meier
from pi_research.survival.differences import Contrast, fixed_time_difference
from pi_research.wording import Sentence, count, number, sentence

Pair = tuple[str, str]


def compare_groups(
    time: ArrayLike,
    event: ArrayLike,
    groups: Mapping[Pair, ArrayLike],
    at: float,
    *,
    seed: int,
    level: float = 0.95,
) -> tuple[dict[Pair, tuple[Contrast, LogRank]], list[Sentence]]:
    """Compare two groups at one time, for each of several ways to split the same people.

    Parameters
    ----------
    time, event : (n,), as in ``kaplan_meier``.
    groups : names of the two groups -> (n,) of false (the first), true (the second) or missing (left out).
    at : the time, stated in advance.
    seed : of the log-rank test's random arrangements, where there are too many to go through.

    Returns
    -------
    made : by pair, the difference at ``at`` and the log-rank test.
    said : a sentence for each pair that could not be compared, and how many are missing from the others.

    Notes
    -----
    Not to look for the pair that differs most: see :func:`chance_sentence`.
    """
    left, came = check.durations(time, None)
    seen = check.indicator(event, left.size)
    made, said = {}, []
    for pair, member in groups.items():
        inside = np.array([np.nan if v is None or v != v else float(v) for v in _objects(member)])
        parts = [inside == 0, inside == 1]
        lost = int(np.isnan(inside).sum())
        short = [name for name, who in zip(pair, parts, strict=True) if not who.any() or left[who].max() < at]
        if short:
            said.append(sentence(
                "“{one}” and “{other}” can't be compared at {at} months: nobody of “{short}” has been followed "
                "so far ({n} people in the smaller group).",
                one=pair[0], other=pair[1], at=f"{at:g}", short=short[0],
                n=count(min(int(p.sum()) for p in parts)),
            ))  # fmt: skip
            continue
        curves = [kaplan_meier(left[who], seen[who], level=level) for who in parts]
        known = parts[0] | parts[1]
        labels = np.where(inside[known] == 1, pair[1], pair[0])
        difference = fixed_time_difference(*curves, at, level=level)
        made[pair] = difference, log_rank(left[known], seen[known], labels, seed=seed)
        if lost:
            text = "Left out of “{one}” and “{other}”: {n} for whom it is not recorded."
            said.append(sentence(text, one=pair[0], other=pair[1], n=count(lost)))
    return made, said


def attempt(estimate: Callable, *given: object, **how: object) -> tuple[object | None, Sentence]:
    """What an estimator gives, or None and its reason in a sentence, so that a page goes on without it.

    >>> made, why = attempt(kaplan_meier, [], [])
    >>> print(why)
    Not estimated: time: empty; there is nothing to work on: check the filter before this step.
    """
    try:
        return estimate(*given, **how), sentence("")
    except ValueError as reason:
        return None, sentence("Not estimated: {reason}.", reason=str(reason).rstrip("."))


def _objects(member: ArrayLike) -> list:
    import pandas as pd

    column = pd.Series(member)
    return column.astype(object).where(column.notna(), np.nan).tolist()


def chance_sentence(comparisons: int) -> Sentence:
    """What so many comparisons bring up by chance alone.

    >>> str(chance_sentence(4)).startswith("Were there no difference in any of the 4 comparisons")
    True
    """
    return sentence(
        "Were there no difference in any of the {k} comparisons, at least one p-value below 0.05 would "
        "still come up in about {share} of 100 such tables (were they independent).",
        k=str(comparisons),
        share=number(100 * (1 - 0.95**comparisons), digits=0),
    )
