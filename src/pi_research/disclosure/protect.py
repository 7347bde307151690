"""The rule applied to what is shown: sentences, tables, curves and points.

Nothing is computed again from people: every function takes what the notebook showed,
with the counts behind it, and gives the same thing as it may leave the safe room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pi_research.disclosure.rule import Column, Rule, written
from pi_research.wording import Number, Sentence

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["protect_curve", "protect_points", "protect_sentence", "protect_table"]


def protect_sentence(text: Sentence | str, rule: Rule) -> Sentence:
    """The same sentence with counts rounded and numbers that rest on few people hidden.

    >>> from pi_research.wording import count, percent, sentence
    >>> s = sentence("{n} of {all} moved ({p}).", n=count(3), all=count(113), p=percent(3, 113))
    >>> str(protect_sentence(s, Rule.preset("nhs")))
    '[hidden] of 115 moved ([hidden]).'
    """
    numbers = getattr(text, "numbers", {})
    safe = {name: _safe_number(n, rule) if isinstance(n, Number) else n for name, n in numbers.items()}
    return Sentence(getattr(text, "template", str(text).replace("{", "{{").replace("}", "}}")), safe)


def _safe_number(n: Number, rule: Rule) -> Number | str:
    if any(rule.hides(b) for b in n.behind):
        return f"{rule.token} {n.unit}".strip()
    if n.style == "count" and n.behind:
        return replace(n, value=rule.rounded(n.value))
    if n.style == "percent" and len(n.behind) == 2:
        return replace(n, value=_share(*n.behind, rule))
    return n


def _share(numerator: float, rest: float, rule: Rule) -> float:
    above = rule.rounded(numerator)
    below = rule.rounded(numerator + rest)
    return above / below if below else np.nan


def protect_table(frame: pd.DataFrame, columns: Sequence[Column], rule: Rule) -> pd.DataFrame:
    """The table's cells as text, under the rule.

    A count is rounded or hidden; a percentage is worked out from the rounded counts; any other
    number is hidden where a count behind it is hidden.

    Raises
    ------
    KeyError
        Where a column names counts behind it that the frame does not hold: a number about people
        without its counts cannot be released.
    """
    import pandas as pd

    safe = {}
    for column in columns:
        needed = (*column.behind, *(column.of or ()))
        missing = [b for b in needed if b not in frame]
        if missing:
            raise KeyError(f"column {column.name}: the counts behind it ({', '.join(missing)}) are not in the table")
        safe[column.name] = [_safe_cell(row, column, rule) for row in frame.to_dict("records")]
    return pd.DataFrame(safe, index=frame.index, dtype=object)


def _safe_cell(row: dict, column: Column, rule: Rule) -> str:
    value = row[column.name]
    text = written(value, column)
    if not column.people or not text:
        return text
    behind = [row[b] for b in column.behind]
    if column.of:
        numerator, denominator = (row[c] for c in column.of)
        behind += [numerator, denominator - numerator]
    if column.style == "count":
        behind.append(value)
    if any(rule.hides(b) for b in behind if b == b):
        return rule.token
    if column.style == "count":
        return written(rule.rounded(value), column)
    if column.of:
        return written(_share(numerator, denominator - numerator, rule), column)
    return text


def protect_points(frame: pd.DataFrame, counts: Sequence[str], rule: Rule) -> pd.DataFrame:
    """Points or bars without those that rest on few people; counts rounded.

    Rows stay, their numbers become missing, so that a chart shows the gap.
    """
    safe = frame.copy()
    hidden = np.zeros(len(frame), bool)
    for column in counts:
        hidden |= frame[column].map(lambda n: n == n and rule.hides(n)).to_numpy(bool)
    for column in counts:
        safe[column] = frame[column].map(lambda n: rule.rounded(n) if n == n else np.nan).astype(float)
    numeric = [c for c in safe.select_dtypes("number").columns if c not in ("position",)]
    safe[numeric] = safe[numeric].astype(float)
    safe.loc[hidden, numeric] = np.nan
    return safe


def protect_curve(frame: pd.DataFrame, rule: Rule, *, level: float = 0.95) -> pd.DataFrame:
    """A survival or cumulative-incidence curve made again from rounded counts.

    The number of people, the cumulative events of each cause and the cumulative censorings are
    rounded by the rule (below the threshold they count as none yet), times are moved up to whole
    units, and the estimate with its log-log interval is worked out from those. The curve stops
    where fewer people than the threshold are left at risk.

    Parameters
    ----------
    frame : DataFrame
        One curve (or several, told apart by ``group``), rows in order of time: ``time``, ``at_risk``,
        ``events``, ``censored``, ``survival`` (or ``cause`` and ``incidence``), ``lower``, ``upper``.

    Returns
    -------
    DataFrame
        The same columns.

    Notes
    -----
    The approach is that of OpenSAFELY's Kaplan-Meier action: rounding each count apart keeps the
    curve nearly unbiased (at n = 113 an error of about 0.03 at 24 months; at n = 40 about 0.07, as
    large as the sampling error, so that few curves should be released for small groups).
    """
    import pandas as pd

    groups = [g for _, g in frame.groupby("group", sort=False)] if "group" in frame else [frame]
    one = _incidence_from_rounded if "incidence" in frame else _survival_from_rounded
    safe = [one(g, rule, level) for g in groups if not rule.hides(g["at_risk"].iloc[0])]
    return pd.concat(safe, ignore_index=True) if safe else frame.iloc[:0].copy()


def _step(counts: np.ndarray, rule: Rule) -> np.ndarray:
    total = np.cumsum(counts)
    return np.array([0 if rule.hides(t) else rule.rounded(t) for t in total], float)


def _grid(frame: pd.DataFrame, rule: Rule) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Whole units of time, at risk, cumulative events and censorings, all rounded."""
    rows = frame.groupby(np.ceil(frame["time"].to_numpy(float)))
    times = np.array(sorted(rows.groups), float)
    events = _step(rows["events"].sum().to_numpy(float), rule)
    censored = _step(rows["censored"].sum().to_numpy(float), rule)
    people = rule.rounded(frame["at_risk"].iloc[0])
    gone = np.concatenate([[0], (events + censored)[:-1]])
    at_risk = np.maximum(people - gone, 0)
    return times, at_risk, np.diff(events, prepend=0), np.diff(censored, prepend=0)


def _survival_from_rounded(frame: pd.DataFrame, rule: Rule, level: float) -> pd.DataFrame:
    import pandas as pd

    times, at_risk, events, censored = _grid(frame, rule)
    keep = (at_risk > rule.threshold) & (at_risk >= events)
    times, at_risk, events, censored = (a[keep] for a in (times, at_risk, events, censored))
    survival = np.cumprod(1 - events / at_risk)
    lower, upper = _log_log(survival, np.cumsum(events / (at_risk * np.maximum(at_risk - events, 1e-9))), level)
    safe = pd.DataFrame({"time": times, "at_risk": at_risk, "events": events, "censored": censored,
                         "survival": survival, "lower": lower, "upper": upper})
    if "group" in frame:
        safe["group"] = frame["group"].iloc[0]
    return safe


def _log_log(survival: np.ndarray, greenwood: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    from scipy.stats import norm

    z = norm.ppf(0.5 + level / 2)
    inside = (survival > 0) & (survival < 1)
    log_s = np.log(np.where(inside, survival, 0.5))
    width = z * np.sqrt(greenwood) / np.abs(log_s)
    lower = np.where(inside, np.exp(log_s * np.exp(width)), survival)
    upper = np.where(inside, np.exp(log_s * np.exp(-width)), survival)
    return lower, upper


def _incidence_from_rounded(frame: pd.DataFrame, rule: Rule, level: float) -> pd.DataFrame:
    """Cumulative incidence by cause, without intervals: those of few events are not released."""
    import pandas as pd

    causes = list(dict.fromkeys(frame["cause"]))
    first = frame[frame["cause"] == causes[0]]
    every = first.assign(events=frame.groupby("time", sort=True)["events"].sum().to_numpy())
    times, at_risk, _, censored = _grid(every, rule)
    steps = {c: np.diff(_step(_by_unit(frame[frame["cause"] == c]), rule), prepend=0) for c in causes}
    total = sum(steps.values())
    keep = (at_risk > rule.threshold) & (at_risk >= total)
    before = np.concatenate([[1.0], np.cumprod(1 - total / np.maximum(at_risk, 1))[:-1]])
    made = [pd.DataFrame({"time": times[keep], "at_risk": at_risk[keep], "events": steps[c][keep],
                          "censored": censored[keep], "cause": c,
                          "incidence": np.cumsum((before * steps[c] / np.maximum(at_risk, 1))[keep]),
                          "lower": np.nan, "upper": np.nan}) for c in causes]
    return pd.concat(made, ignore_index=True)


def _by_unit(frame: pd.DataFrame) -> np.ndarray:
    return frame.groupby(np.ceil(frame["time"].to_numpy(float)))["events"].sum().to_numpy(float)
