"""Does one ending come to a larger share of one group than of another? Gray's test, the causes competing."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pi_research.survival import _checks as check
from pi_research.survival._risk_set import safe_ratio
from pi_research.survival._words import p_words, read_only
from pi_research.survival.compare import _quadratic as quadratic
from pi_research.wording import Sentence, count, joined, number, sentence

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class GrayTest:
    """Comparison of the cumulative incidence of ``m`` causes between ``k`` groups.

    ``statistic, df, p_value`` (m,): chi-squared on k - 1 (fewer where a group could not differ), missing for
    a cause that happened to nobody; ``observed, expected`` (m, k): events seen, and (weighted with ``rho``)
    expected if the groups were alike; ``n`` (k,) people.
    """

    causes: tuple
    groups: tuple
    statistic: np.ndarray
    df: np.ndarray
    p_value: np.ndarray
    observed: np.ndarray
    expected: np.ndarray
    n: np.ndarray
    rho: float
    strata: int

    def summary(self) -> pd.DataFrame:
        """One row a cause and group, with the cause's test on each."""
        import pandas as pd

        m, k = self.observed.shape
        return pd.DataFrame({
            "cause": np.repeat(np.array(self.causes, dtype=object), k), "group": list(self.groups) * m,
            "n": np.tile(self.n, m), "events": self.observed.ravel(), "expected": self.expected.ravel(),
            "statistic": np.repeat(self.statistic, k), "df": np.repeat(self.df, k),
            "p_value": np.repeat(self.p_value, k), "rho": self.rho})

    def sentence(self, cause: Hashable, *, who: str = "tenancies", event: str = "ended") -> Sentence:
        """Events of one cause seen and expected in each group, then the test."""
        if cause not in self.causes:
            raise ValueError("cause: not among those tested; choose one of "
                             f"{', '.join(map(str, self.causes))}")
        j = self.causes.index(cause)
        seen = "Of {n} {who} in group “{group}”, {events} had {event} for “{cause}”"
        seen += "." if self.rho else ", where {expected} would be expected if the groups were alike."
        parts = [sentence(seen, n=count(n), who=who, group=str(g), events=count(d), event=event,
                          cause=str(cause), expected=number(e, behind=(int(d), int(n - d))))
                 for g, n, d, e in zip(self.groups, self.n, self.observed[j], self.expected[j], strict=True)]
        if np.isnan(self.p_value[j]):
            return joined(*parts, sentence("No comparison can be made for this cause."))
        name = "Gray's test" + (f" with rho {self.rho:g}" if self.rho else "")
        name += f", {self.strata} strata" if self.strata > 1 else ""
        return joined(*parts, sentence(
            "If there were no difference in the share, one at least as large would come by chance with "
            "probability p {p} ({name}, the other reasons competing; chi-squared {chi} on {df} df).",
            p=p_words(self.p_value[j]), name=name, chi=number(self.statistic[j], digits=2),
            df=str(self.df[j])))


def gray_test(
    time: ArrayLike, cause: ArrayLike, group: ArrayLike, *, rho: float = 0.0,
    strata: ArrayLike | None = None, causes: Sequence | None = None,
) -> GrayTest:
    """Test, cause by cause, whether the cumulative incidence is alike in all groups.

    Group g's events less ``sum w_j d_j R_gj / R_j``, where ``R_g = n_g (1 - F_g) / S_g`` keeps those who
    ended for another cause in view, ``w = (1 - F)^rho`` (F of all groups together), as ``cmprsk::cuminc``.

    Parameters
    ----------
    time, cause, causes : as in ``cumulative_incidence``, without delayed entry
    group, strata : (n,) labels
        What is compared, and what is held fixed: groups are compared within each stratum.
    rho : float
        0 weighs all times alike; 1 early events more.

    Raises
    ------
    ValueError
        As ``cumulative_incidence``; a missing label; fewer than two groups.

    Notes
    -----
    When NOT to use it: to ask whether something acts on the rate of one cause (log-rank with the others
    censored, or ``cause_specific_cox``): a treatment that prevents deaths raises the share readmitted. The
    p-value is from chi-squared: with a handful of events it is a rough guide, read the curves beside it.
    Gray, Ann. Statist. 16 (1988) 1141-1154.

    >>> test = gray_test([1, 2, 3, 4, 5, 6], [1, 2, 1, 1, 0, 1], list("aababb"))
    >>> test.observed.tolist(), test.expected.round(3).tolist()[0]
    ([[2, 2], [1, 0]], [1.4, 2.6])
    """
    from scipy.stats import chi2

    left, _ = check.durations(time, None)
    codes, names = check.causes(cause, left.size, causes)
    group_of, groups = check.labels(group, "group", left.size)
    if len(groups) < 2:
        raise ValueError("group: only one group is there; give the labels of two or more")
    layer = np.zeros(left.size, int) if strata is None else check.labels(strata, "strata", left.size)[0]
    k, m = len(groups), len(names)
    observed = np.bincount(group_of[codes > 0] + k * (codes[codes > 0] - 1), minlength=k * m).reshape(m, k)
    statistic, df, expected = np.full(m, np.nan), np.zeros(m, int), np.zeros((m, k))
    for j in range(m):
        less, variance = np.zeros(k), np.zeros((k, k))
        for s in range(layer.max() + 1):
            own = layer == s
            parts = _stratum(left[own], codes[own], j + 1, group_of[own], k, rho)
            less, expected[j], variance = less + parts[0], expected[j] + parts[1], variance + parts[2]
        statistic[j], df[j] = quadratic(less, variance)
    made = (statistic, df, chi2.sf(statistic, df), observed, expected, np.bincount(group_of, minlength=k))
    read_only(*made)
    return GrayTest(names, groups, *made, float(rho), int(layer.max()) + 1)


def _stratum(
    left: np.ndarray, codes: np.ndarray, own: int, group: np.ndarray, k: int, rho: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Observed less expected (k,), expected (k,) and the variance (k, k) within one stratum.

    The variance sums how a jump of group g's hazards at time t moves the score of group i: directly by
    ``a_gi(t)`` (own cause), and by later risk sets, ``(c_gi(end) - c_gi(t))`` times 1 less ``(1 - F)/S_g``
    (own cause) or that ratio (another), where c sums ``a dF/(1 - F)``. Jumps vary hypergeometrically
    among ties; the own cause's hazard is that of all groups together.
    """
    time, hit = np.unique(left, return_inverse=True)
    kind = (codes > 0) * (1 + (codes != own))
    ended = np.bincount(kind + 3 * (group + k * hit), minlength=3 * k * time.size).reshape(-1, k, 3)
    n = ended.sum(axis=2)[::-1].cumsum(axis=0)[::-1]
    keep = ended[:, :, 1:].any(axis=(1, 2))
    n, d, others = n[keep], ended[keep, :, 1], ended[keep, :, 2]
    if not d.any():
        return np.zeros(k), np.zeros(k), np.zeros((k, k))
    survival = np.cumprod(1 - safe_ratio(d + others, n), axis=0)
    before = np.vstack([np.ones(k), survival[:-1]])
    free = 1 - np.vstack([np.zeros(k), np.cumsum(before * safe_ratio(d, n), axis=0)[:-1]])
    scaled = safe_ratio(n, before)
    total, pool = d.sum(axis=1, keepdims=True), scaled.sum(axis=1, keepdims=True)
    after = 1 - np.cumsum(total / pool, axis=0)
    start = np.vstack([[[1.0]], after[:-1]])
    weight = np.maximum(start, 0) ** rho
    expected = weight * total * scaled * free / (scaled * free).sum(axis=1, keepdims=True)
    a = (weight * scaled)[:, :, None] * (np.eye(k) - (scaled / pool)[:, None, :])
    c = np.cumsum(a * safe_ratio(total, pool * start)[:, :, None], axis=0)
    later, ratio = c[-1] - c, np.where(survival > 0, safe_ratio(after, survival), 0.0)
    tied = 1 - np.where(total > 1, safe_ratio(total - 1, pool * before - 1), 0)
    jump = tied * safe_ratio(before * total, pool * n)
    moved = a + later * (1 - ratio)[:, :, None]
    variance = np.einsum("tg,tgi,tgj->ij", jump, moved, moved)
    tied = 1 - safe_ratio(others - 1, n - 1) * (others > 1)
    jump = tied * before**2 * safe_ratio(others, n) * safe_ratio(np.ones(n.shape), n) * ratio**2
    variance += np.einsum("tg,tgi,tgj->ij", jump, later, later)
    return (weight * d).sum(axis=0) - expected.sum(axis=0), expected.sum(axis=0), variance
