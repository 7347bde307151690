"""Do groups differ over the whole of follow-up? The log-rank test, and its permutation form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pi_research.survival import _checks as check
from pi_research.survival._permutation import exact_tail, sampled_tail, scores
from pi_research.survival._risk_set import risk_table, survival_of
from pi_research.survival._words import p_words, read_only
from pi_research.wording import Sentence, count, joined, number, sentence

if TYPE_CHECKING:
    import pandas as pd

METHODS = ("chi-squared", "permutation")
FEW_EVENTS = 50


@dataclass(frozen=True, slots=True, eq=False)
class LogRank:
    """Comparison of ``k`` groups.

    ``groups`` (k,) labels; ``n, events, observed, expected`` (k,): people, events, and the weighted events
    seen and expected if the groups were alike (``observed`` is ``events`` where rho is 0);
    ``variance`` (k, k) of observed less expected; ``statistic`` chi-squared on ``df``; ``p_value`` by
    ``method``: chi-squared, or permutation, exact or of ``draws`` arrangements (0 where exact).
    """

    groups: tuple
    n: np.ndarray
    events: np.ndarray
    observed: np.ndarray
    expected: np.ndarray
    variance: np.ndarray
    statistic: float
    df: int
    p_value: float
    method: str
    rho: float
    strata: int
    draws: int

    def summary(self) -> pd.DataFrame:
        """One row a group, the test's result on each."""
        import pandas as pd

        return pd.DataFrame({"group": self.groups, "n": self.n, "events": self.events,
                             "observed": self.observed, "expected": self.expected}).assign(
            statistic=self.statistic, df=self.df, p_value=self.p_value, method=self.method, rho=self.rho)

    def sentence(self, *, who: str = "tenancies", event: str = "ended") -> Sentence:
        """Events seen and expected in each group, then the test; not how large a difference is."""
        seen = "Of {n} {who} in group “{group}”, {events} had {event}"
        seen += "." if self.rho else ", where {expected} would be expected if the groups were alike."
        parts = [sentence(seen, n=count(n), who=who, group=str(g), events=count(d), event=event,
                          expected=number(e, behind=(int(d), int(n - d))))
                 for g, n, d, e in zip(self.groups, self.n, self.events, self.expected, strict=True)]
        if np.isnan(self.p_value):
            return joined(*parts, sentence("No comparison can be made: no event happened while people of "
                                           "more than one group were in view."))
        how = f"chi-squared on {self.df} df"
        if self.method == "permutation":
            how = (f"{self.draws:,} random" if self.draws else "all") + " arrangements of the groups' labels"
        name = "log-rank test" + (f" with rho {self.rho:g}" if self.rho else "")
        name += f", {self.strata} strata" if self.strata > 1 else ""
        return joined(*parts, sentence("If there were no difference, one at least as large would come by "
                                       "chance with probability p {p} ({name}; {how}).",
                                       p=p_words(self.p_value), name=name, how=how))


def log_rank(
    time: ArrayLike, event: ArrayLike, group: ArrayLike, *, entry: ArrayLike | None = None,
    strata: ArrayLike | None = None, rho: float = 0.0, method: str | None = None,
    seed: int | np.random.Generator | None = None, draws: int = 9_999,
) -> LogRank:
    """Test whether the event comes at the same rate in every group, at all times.

    Observed events less ``sum w_j d_j n_gj / n_j``, with the hypergeometric variance; ``w_j = S(t_j-)^rho``
    (Harrington and Fleming, Biometrika 69 (1982) 553-566).

    Parameters
    ----------
    time, event, entry : (n,)
        As in ``kaplan_meier``.
    group, strata : (n,) labels
        What is compared, and what is held fixed: groups are compared within each stratum.
    rho : float
        0 for the log-rank test; 1 weighs early events more (Peto and Peto).
    method : {"chi-squared", "permutation"}, optional
        Not given: permutation up to 50 events, chi-squared above. Permutation is exact given the people's
        follow-up and events: every arrangement of the labels where they can be enumerated, else ``draws``
        of them (the p-value then counts the arrangement seen, so that the test keeps its level).
    seed : int or Generator
        Needed where arrangements are drawn.

    Raises
    ------
    ValueError
        As ``kaplan_meier``; a missing label; fewer than two groups; a draw without ``seed``.

    Notes
    -----
    When NOT to use it: the permutation form where people of one group were followed for longer than those of
    another (it is valid where censoring and entry are alike in the groups: else give ``method`` and read the
    p-value with care, or put calendar periods in ``strata``); for curves that cross; in place of a difference
    with its interval: ``fixed_time_difference``, ``restricted_mean_difference``. Groups formed by what
    happened during follow-up are not groups. No event: expected 0, p-value missing.

    Chi-squared rejects too often with few events, more so in unequal groups:
    data/validation/survival_type_one.csv.

    >>> found = log_rank([1, 2, 3, 4, 5, 6], [1] * 6, list("aaabbb"))
    >>> found.events.tolist(), found.expected.round(3).tolist(), round(found.p_value, 3), found.method
    ([3, 3], [1.15, 4.85], 0.1, 'permutation')
    """
    left, came = check.durations(time, entry)
    seen = check.indicator(event, left.size)
    codes, groups = check.labels(group, "group", left.size)
    if len(groups) < 2:
        raise ValueError("group: only one group is there; give the labels of two or more")
    layer = np.zeros(left.size, int) if strata is None else check.labels(strata, "strata", left.size)[0]
    method = check.one_of(method, "method", METHODS) if method else METHODS[int(seen.sum() <= FEW_EVENTS)]
    k, parts, persons = len(groups), [], []
    for s in range(layer.max() + 1):
        own = layer == s
        part = (left[own], seen[own], None if came is None else came[own])
        table = risk_table(*part, None)
        parts.append(_compared(table, *part, codes[own], k, rho))
        persons.append((scores(table, *part, rho), codes[own]))
    observed, expected, variance = (sum(p) for p in zip(*parts, strict=True))
    n, events = (np.bincount(codes[chosen], minlength=k) for chosen in (np.full(left.size, True), seen))
    statistic, df = _quadratic(observed - expected, variance)
    p_value, drawn = _p_value(persons, observed - expected, statistic, df, method, seed, draws)
    read_only(n, events, observed, expected, variance)
    return LogRank(groups, n, events, observed, expected, variance, statistic, df, p_value, method,
                   float(rho), int(layer.max()) + 1, drawn)


def _compared(table, left, seen, came, codes, k, rho) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Observed (k,), expected (k,) and variance (k, k) of one stratum, from its event times."""
    hit = table.events > 0
    time, d, n = table.time[hit], table.events[hit], table.at_risk[hit]
    weight = np.append(1.0, survival_of(table)[:-1])[hit] ** rho
    own, events = np.empty((k, time.size)), np.empty((k, time.size))
    for g in range(k):
        mine = codes == g
        own[g] = mine.sum() - np.searchsorted(np.sort(left[mine]), time)
        if came is not None:
            own[g] -= mine.sum() - np.searchsorted(np.sort(came[mine]), time)
        events[g] = np.bincount(np.searchsorted(time, left[mine & seen]), minlength=time.size)
    share = own / n
    spread = weight**2 * d * (n - d) / np.maximum(n - 1, 1)
    variance = np.diag(share @ spread) - (share * spread) @ share.T
    return events @ weight, share @ (weight * d), variance


def _quadratic(less: np.ndarray, variance: np.ndarray) -> tuple[float, int]:
    """Chi-squared and its degrees of freedom, from the groups that could have differed."""
    able = np.flatnonzero(np.diag(variance) > 1e-12 * max(np.trace(variance), 1e-300))[:-1]
    if not able.size:
        return float("nan"), 0
    return float(less[able] @ np.linalg.solve(variance[np.ix_(able, able)], less[able])), able.size


def _p_value(persons, less, statistic, df, method, seed, draws) -> tuple[float, int]:
    from scipy.stats import chi2

    if df == 0:
        return float("nan"), 0
    if method == "chi-squared":
        return float(chi2.sf(statistic, df)), 0
    if less.size == 2:
        exact = exact_tail([(score, codes == 0) for score, codes in persons], less[0])
        if exact is not None:
            return exact, 0
    if seed is None:
        raise ValueError("seed: the arrangements of the groups' labels are too many to go through, so they "
                         "are drawn; give a seed, e.g. the one of params.yaml")
    return sampled_tail(persons, less, less.size, draws, np.random.default_rng(seed)), draws
