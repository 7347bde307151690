"""Who is in it: people who moved beside those who had not, described and not explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pi_research.survival import _checks as check
from pi_research.survival._movers import flags
from pi_research.survival.missing import unknown
from pi_research.wording import Sentence, count, number, sentence

if TYPE_CHECKING:
    import pandas as pd

MOST_LEVELS = 20


@dataclass(frozen=True, slots=True, eq=False)
class GroupComparison:
    """``rows``: one a number or a level of a category. ``n, n_others`` people in the two groups.

    Columns: ``characteristic, level`` (empty for numbers), ``known, value, spread`` in the group and
    ``known_others, value_others, spread_others``: the share with the level, or mean and standard deviation;
    ``difference, lower, upper``; ``standardised`` difference (in standard deviations, both groups' variances
    averaged); ``missing, missing_others`` people; ``share`` True where the value is a share of people.
    """

    rows: pd.DataFrame
    n: int
    n_others: int
    level: float

    def summary(self) -> pd.DataFrame:
        """The rows."""
        return self.rows.copy()

    def sentence(
        self, *, group: str = "had moved", others: str = "had not", notable: float = 0.2
    ) -> Sentence:
        """Where the two differ by more than ``notable`` standard deviations, without a causal word."""
        far = self.rows.sort_values("standardised", key=lambda x: -x.abs(), kind="stable")
        far = far[far["standardised"].abs() > notable].drop_duplicates("characteristic")
        words: dict[str, object] = {
            "n": count(self.n + self.n_others), "a": count(self.n), "b": count(self.n_others), "group": group,
            "others": others, "c": str(self.rows["characteristic"].nunique()), "notable": number(notable)}
        head = "Of {n} people, {a} {group} and {b} {others} by the extract date. Of {c} characteristics "
        parts = []
        for j, row in enumerate(far.head(5).itertuples()):
            share = (row.value, row.value_others) if row.share else (1, 1)
            behind = (round(row.known * share[0]), round(row.known_others * share[1]))
            words[f"d{j}"] = number(row.standardised, digits=1, style="signed", behind=behind)
            words[f"x{j}"] = f"{row.characteristic}{f' ({row.level})' if row.level else ''}"
            parts.append(f"{{x{j}}} {{d{j}}}")
        body = "these differ by" if parts else "none differs by"
        body += " more than {notable} standard deviations" + (": " if parts else "") + ", ".join(parts)
        caveat = ". This describes who {group}; it says nothing about what a move does."
        return sentence(head + body + caveat, **words)


def compare_people(frame: pd.DataFrame, group: ArrayLike, *, level: float = 0.95) -> GroupComparison:
    """Set a group beside the others: shares or means, differences with intervals, and what is missing.

    Parameters
    ----------
    frame : DataFrame, one row a person
        Numbers are compared by their means; text, categories and truth values level by level.
    group : (n,) of 0 and 1
        1 for people in the group, e.g. those who moved.

    Raises
    ------
    ValueError
        Fewer than two people in either group, or a text column with more than 20 levels (an identifier,
        perhaps).

    Notes
    -----
    Not for a test of balance, nor for what a move does: movers were chosen. Limits: Newcombe's
    score limits for shares, Welch's t for means; each for itself, not for all rows together. Newcombe,
    Statist. Med. 17 (1998) 873-890, method 10; Austin, Statist. Med. 28 (2009) 3083-3107 for standardised
    differences.
    """
    import pandas as pd

    check.level_of(level)
    if frame.empty:
        raise ValueError("frame: empty; give one row a person")
    member = flags(group, "group", len(frame), "give 1 for people in the group")
    if min(member.sum(), (~member).sum()) < 2:
        raise ValueError("group: fewer than two people in it, or outside it; nothing can be compared")
    lacking, rows = unknown(frame).to_numpy(bool), []
    for j, name in enumerate(frame.columns):
        known, values = ~lacking[:, j], frame[name]
        absent_n = {"missing": int((~known & member).sum()), "missing_others": int((~known & ~member).sum())}
        one, two = (values[known & who] for who in (member, ~member))
        rows += [{"characteristic": str(name), **row, **absent_n}
                 for row in _rows(str(name), one, two, level)]
    return GroupComparison(pd.DataFrame(rows), int(member.sum()), int((~member).sum()), float(level))


def _rows(name: str, one: pd.Series, two: pd.Series, level: float) -> list[dict]:
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    if (is_numeric_dtype(one) and not is_bool_dtype(one)) or not len(one) + len(two):
        return [{"level": "", "share": False, **_means(one.to_numpy(float), two.to_numpy(float), level)}]
    levels = sorted({*one.astype(str), *two.astype(str)})
    if len(levels) > MOST_LEVELS:
        raise ValueError(f"frame, column {name}: {len(levels):,} different texts; leave out identifiers and "
                         "dates, or group the levels")
    levels = [x for x in levels if x != "False"] if set(levels) <= {"True", "False"} else levels
    return [{"level": "" if x == "True" else x, "share": True,
             **_proportions((one.astype(str) == x).to_numpy(), (two.astype(str) == x).to_numpy(), level)}
            for x in levels]


def _means(one: np.ndarray, two: np.ndarray, level: float) -> dict[str, float]:
    from scipy.special import stdtrit

    (n, m, s), (n2, m2, s2) = (
        (len(x), x.mean() if len(x) else np.nan, x.std(ddof=1) if len(x) > 1 else np.nan) for x in (one, two))
    made = _row((n, m, s), (n2, m2, s2))
    if np.isfinite(s + s2) and s + s2 > 0:
        u, v = s**2 / n, s2**2 / n2
        df = (u + v) ** 2 / (u**2 / (n - 1) + v**2 / (n2 - 1))
        half = stdtrit(df, 0.5 + level / 2) * (u + v) ** 0.5
        made |= {"lower": m - m2 - half, "upper": m - m2 + half}
    return made


def _proportions(one: np.ndarray, two: np.ndarray, level: float) -> dict[str, float]:
    from statsmodels.stats.proportion import confint_proportions_2indep

    p, p2 = (x.mean() if len(x) else np.nan for x in (one, two))
    made = _row((len(one), p, (p * (1 - p)) ** 0.5), (len(two), p2, (p2 * (1 - p2)) ** 0.5))
    if len(one) and len(two):
        low, high = confint_proportions_2indep(one.sum(), len(one), two.sum(), len(two), method="newcomb",
                                               compare="diff", alpha=1 - level)
        made |= {"lower": float(low), "upper": float(high)}
    return made


def _row(one: tuple, two: tuple) -> dict[str, float]:
    pooled = ((one[2] ** 2 + two[2] ** 2) / 2) ** 0.5
    apart = one[1] - two[1]
    return {"known": one[0], "value": one[1], "spread": one[2], "known_others": two[0],
            "value_others": two[1], "spread_others": two[2], "difference": apart, "lower": np.nan,
            "upper": np.nan, "standardised": apart / pooled if pooled > 0 else np.nan if apart else 0.0}
