"""How much two curves differ: at a fixed time, and in the restricted mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pi_research.numerics import BetaLimits, beta_product
from pi_research.survival import _checks as check
from pi_research.survival._intervals import pointwise
from pi_research.survival._melded import melded
from pi_research.survival._words import p_words, read_only, shares, times
from pi_research.survival.curves import KaplanMeier
from pi_research.survival.restricted import restricted_mean
from pi_research.wording import Sentence, count, number, sentence

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("melded", "log-log", "plain")


@dataclass(frozen=True, slots=True, eq=False)
class Contrast:
    """The second group against the first.

    ``values, std_errors, n, n_events`` (2,): of the two groups, events up to ``at``; ``estimate`` with
    ``lower`` and ``upper``; ``std_error`` of it (of its logarithm for a ratio); ``statistic`` chi-squared on
    1 df where ``method`` has one, else missing; ``p_value`` two-sided, of no difference.
    """

    what: str
    measure: str
    at: float
    values: np.ndarray
    std_errors: np.ndarray
    n: np.ndarray
    n_events: np.ndarray
    estimate: float
    std_error: float
    lower: float
    upper: float
    statistic: float
    p_value: float
    level: float
    method: str

    def summary(self) -> pd.DataFrame:
        """One row: what, measure, at, both groups, estimate with limits, test, level, method."""
        import pandas as pd

        pairs = {f"{name}_{g}": getattr(self, name)[i] for name in ("values", "n", "n_events")
                 for i, g in enumerate(("first", "second"))}
        names = ("estimate", "std_error", "lower", "upper", "statistic", "p_value", "level", "method")
        return pd.DataFrame([{"what": self.what, "measure": self.measure, "at": self.at, **pairs,
                              **{name: getattr(self, name) for name in names}}])

    def sentence(self, groups: tuple[str, str] = ("first", "second"), *, unit: str = "months",
                 who: str = "tenancies", event: str = "ended") -> Sentence:
        """Both groups and their difference or ratio in words; ``groups`` are their names."""
        behind = tuple(int(x) for d, n in zip(self.n_events, self.n, strict=True) for x in (d, n - d))
        share, ratio = self.what == "survival", self.measure == "ratio"
        first, second = shares(self.values, behind) if share else times(self.values, unit, behind)
        scale, digits = (100, 0) if share else (1, 2 if ratio else 1)
        style = "ratio" if ratio else "signed"
        middle, low, high = (number(scale * x, digits=digits, style=style, behind=behind)
                             for x in (self.estimate, self.lower, self.upper))
        words = {"one": f"“{groups[0]}”", "other": f"“{groups[1]}”", "first": first, "second": second,
                 "who": who, "event": event, "at": times((self.at,), unit)[0], "low": low, "high": high,
                 "middle": middle, "level": f"{100 * self.level:g}%", "method": self.method,
                 "p": p_words(self.p_value), "unit": "percentage points" if share else unit}
        counts = {f"{k}{i}": count(v[i]) for k, v in (("n", self.n), ("d", self.n_events)) for i in (0, 1)}
        head = ("By {at}, {first} of {who} in {one} had not {event}, and {second} in {other}: " if share else
                "Over the first {at}, {who} lasted {first} on average in {one}, and {second} in {other}: ")
        tail = ("{middle} times as long (" if ratio else
                "a difference of {middle} {unit} ({other} less {one}; ")
        return sentence(head + tail + "{level} interval {low} to {high}; {method}; p {p}; n = {n0} and {n1}, "
                        "{d0} and {d1} events by then).", **words, **counts)


def fixed_time_difference(
    first: KaplanMeier, second: KaplanMeier, at: float, *, interval: str | None = None, level: float = 0.95
) -> Contrast:
    """Difference of two independent curves at one time, stated in advance: second less first.

    Parameters
    ----------
    first, second : KaplanMeier
    at : float
        Within the follow-up of both.
    interval : {"melded", "log-log", "plain"}, optional
        Not given: ``melded``, from the beta product of both curves; with delayed entry or sampling
        weights, for which that isn't defined, ``log-log``. Melded keeps its level with few people (Fay,
        Proschan and Brittain, Biometrics 71 (2015) 146-156) and is Fisher's exact test where nobody is
        censored. ``log-log`` has limits recovered from those of the two curves (Zou and Donner, Statist.
        Med. 27 (2008) 1693-1702) and the test on that scale (Klein et al., ibid. 26 (2007) 4505-4519).
    level : float

    Raises
    ------
    ValueError
        Beyond the follow-up of a curve, or before its start; melded asked for where it isn't defined.

    Notes
    -----
    When NOT to use it: at a time picked from the curves; for people matched or counted in both groups. An
    interval other than melded is missing where a curve is at 0 or 1 there.

    Seven of twelve against two of ten, nobody censored: p as in Fisher's exact test, 2 x 0.0820.

    >>> from pi_research.survival import kaplan_meier
    >>> one = kaplan_meier([1] * 8 + [9] * 2, [1] * 8 + [0] * 2)
    >>> other = kaplan_meier([1] * 5 + [9] * 7, [1] * 5 + [0] * 7)
    >>> found = fixed_time_difference(one, other, 6)
    >>> round(found.estimate, 3), round(found.lower, 3), round(found.upper, 3), round(found.p_value, 3)
    (0.383, -0.114, 0.737, 0.164)
    """
    able = all(c.variance == "Greenwood" and np.isneginf(c.entry_time[0]) for c in (first, second))
    kind = check.one_of(interval, "interval", KINDS) if interval else KINDS[0 if able else 1]
    if kind == "melded" and not able:
        raise ValueError("interval: melded is defined for people without weights who are all in view from "
                         "the start; leave interval out to get log-log here")
    check.level_of(level)
    rows = [c.at(at).iloc[0] for c in (first, second)]
    for row, name in zip(rows, ("first", "second"), strict=True):
        if row.note:
            raise ValueError(f"at: {row.note} of the {name} curve; choose a time within that of both")
    s, se = (np.array([row[name] for row in rows], dtype=float) for name in ("survival", "std_error"))
    if kind == "melded":
        *limits, p_value = (x[0] for x in melded(_betas(first, at), _betas(second, at), level))
        statistic = np.nan
    elif kind == "plain":
        limits, (statistic, p_value) = plain_difference(s, se, level), _tested(s[1] - s[0], np.hypot(*se))
    else:
        limits, (statistic, p_value) = log_log_difference(s, se, level), _log_log_test(s, se)
    method = {"melded": "melded interval of two beta products", "plain": "plain interval, chi-squared test",
              "log-log": "interval recovered from the log-log ones, chi-squared test on that scale"}[kind]
    return _contrast("survival", "difference", at, s, se, (first, second), s[1] - s[0], np.hypot(*se), limits,
                     statistic, float(p_value), level, method)


def _betas(curve: KaplanMeier, at: float) -> BetaLimits:
    place = np.searchsorted(curve.time, at, "right")
    return BetaLimits(*(part[[place]] for part in beta_product(curve.at_risk, curve.events)))


def plain_difference(s: np.ndarray, se: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Normal limits of ``s[1] - s[0]``, (2, ...) each; missing without an error."""
    from scipy.special import ndtri

    error = np.hypot(*se)
    half = np.where(error > 0, ndtri(0.5 + level / 2) * error, np.nan)
    return np.maximum(s[1] - s[0] - half, -1.0), np.minimum(s[1] - s[0] + half, 1.0)


def log_log_difference(s: np.ndarray, se: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Limits of ``s[1] - s[0]`` recovered from the log-log limits of each; missing where one is 0 or 1."""
    low, high = pointwise(s, se, "log-log", level)
    below, above = s - low, high - s
    return s[1] - s[0] - np.hypot(below[1], above[0]), s[1] - s[0] + np.hypot(above[1], below[0])


def _log_log_test(s: np.ndarray, se: np.ndarray) -> tuple[float, float]:
    if not ((s > 0) & (s < 1)).all():
        return np.nan, np.nan
    spread = np.log(-np.log(s))
    return _tested(spread[1] - spread[0], np.hypot(*(se / (s * np.log(s)))))


def _tested(estimate: float, error: float) -> tuple[float, float]:
    """Chi-squared on 1 df and its p-value."""
    from scipy.special import chdtrc

    if not error > 0:
        return np.nan, np.nan
    return float((estimate / error) ** 2), float(chdtrc(1, (estimate / error) ** 2))


def restricted_mean_difference(first: KaplanMeier, second: KaplanMeier, tau: float) -> Contrast:
    """Difference of two restricted means up to ``tau``, second less first, with a normal interval.

    The level is that of the first curve; errors are raised as by ``restricted_mean``. Both means vary
    independently: ``Var = Var_1 + Var_2``.

    Notes
    -----
    When NOT to use it: with a tau chosen from the curves. A group without an event by tau adds no variance,
    so that the interval is too narrow; without any event there is none.

    >>> from pi_research.survival import kaplan_meier
    >>> found = restricted_mean_difference(*(kaplan_meier(t, [1, 1, 1]) for t in ([2, 4, 6], [4, 6, 8])), 6)
    >>> round(found.estimate, 3), round(found.std_error, 3)
    (1.333, 1.089)
    """
    return _means(first, second, tau, "difference")


def restricted_mean_ratio(first: KaplanMeier, second: KaplanMeier, tau: float) -> Contrast:
    """Ratio of two restricted means up to ``tau``, second over first, with an interval on the log scale.

    ``Var(log ratio) = Var_1 / mean_1^2 + Var_2 / mean_2^2``; else as ``restricted_mean_difference``.
    """
    return _means(first, second, tau, "ratio")


def _means(first: KaplanMeier, second: KaplanMeier, tau: float, measure: str) -> Contrast:
    from scipy.special import ndtri

    made = [restricted_mean(curve, tau) for curve in (first, second)]
    mean, se = np.array([m.estimate for m in made]), np.array([m.std_error for m in made])
    if measure == "difference":
        middle, error = mean[1] - mean[0], np.hypot(*se)
    elif (mean > 0).all():
        middle, error = np.log(mean[1] / mean[0]), np.hypot(*(se / mean))
    else:
        raise ValueError("first, second: a restricted mean is 0, everyone's event being at time 0; use the "
                         "difference, since there is no ratio")
    # Without an event in either group there is no error, and an interval of no width would claim certainty.
    z = ndtri(0.5 + first.level / 2) * error if error > 0 else np.nan
    back = np.exp if measure == "ratio" else float
    of = " of its logarithm" if measure == "ratio" else ""
    return _contrast("restricted mean", measure, tau, mean, se, (first, second), back(middle), error,
                     (back(middle - z), back(middle + z)), *_tested(middle, error), first.level,
                     f"{measure} of restricted means, normal interval{of}")


def _contrast(what, measure, at, values, errors, curves, estimate, error, limits, *rest) -> Contrast:
    n = np.array([c.n for c in curves])
    events = np.array([int(c.events[c.time <= at].sum()) for c in curves])
    read_only(values, errors, n, events)
    return Contrast(what, measure, float(at), values, errors, n, events, float(estimate), float(error),
                    float(limits[0]), float(limits[1]), *rest)
