"""Contracts side by side, from the published ladder of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pi_research.numerics import exact_binomial
from pi_research.survival import _checks as check
from pi_research.survival._due import whole
from pi_research.survival._words import read_only, shares
from pi_research.wording import Sentence, count, number, sentence

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class LadderTable:
    """Recorded shares that sustained each milestone, contract by contract.

    ``contract, months, entered, sustained, share, lower, upper``: each (r,), one row a contract and
    milestone; limits are Clopper-Pearson. A share is a lower bound: it is of all who entered, also
    of those who had not had the time.
    """

    contract: np.ndarray
    months: np.ndarray
    entered: np.ndarray
    sustained: np.ndarray
    share: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    level: float
    published: bool

    def summary(self) -> pd.DataFrame:
        """One row a contract and milestone."""
        import pandas as pd

        names = ("contract", "months", "entered", "sustained", "share", "lower", "upper")
        return pd.DataFrame({name: getattr(self, name) for name in names}).assign(level=self.level)

    def sentence(self, months: int) -> Sentence:
        """The range between contracts at one milestone, and their total, without a common rate."""
        here = np.flatnonzero(self.months == months)
        if not here.size:
            raise ValueError(f"months: choose one of {', '.join(map(str, np.unique(self.months)))}")
        words: dict[str, object] = {"k": str(here.size), "months": str(months),
                                    "level": f"{100 * self.level:g}%"}
        for name, j in (("low", here[self.share[here].argmin()]), ("high", here[self.share[here].argmax()])):
            words |= self._one(name, self.sustained[j], self.entered[j],
                               (self.share[j], self.lower[j], self.upper[j]))
            words[f"{name}_who"] = str(self.contract[j])
        x, n = self.sustained[here].sum(), self.entered[here].sum()
        words |= self._one("all", x, n, (x / n,))
        one = "{low_who}, {low_x} of {low_n} ({low_0}; {level} exact interval {low_1} to {low_2})"
        many = ("{k} contracts: from " + one + " to " + one.replace("low", "high") + "; {all_x} of {all_n} "
                "({all_0}) together. They served different people, so no common rate is claimed")
        return sentence("Recorded as sustaining {months} months in " + (one if here.size == 1 else many)
                        + ". These are lower bounds: when a contract ends, people who entered late have not "
                        "had time to be counted.", **words)

    def _one(self, name: str, part: int, whole: int, values: tuple[float, ...]) -> dict:
        own = not self.published
        behind = (int(part), int(whole - part)) if own else ()
        return {f"{name}_x": count(int(part), people=own), f"{name}_n": count(int(whole), people=own),
                **{f"{name}_{i}": share for i, share in enumerate(shares(values, behind))}}


def ladder_table(frame: pd.DataFrame, *, published: bool = False, level: float = 0.95) -> LadderTable:
    """Set contracts' ladders side by side: who entered, who sustained each milestone, exact intervals.

    Parameters
    ----------
    frame : DataFrame
        Columns ``contract``, ``months``, ``people``: one row a contract and milestone, with
        those who entered at ``months`` 0.
    published, level
        As in ``sustainment_bounds``.

    Raises
    ------
    ValueError
        A column missing, a row without its contract, a milestone twice, no month 0, nobody entered,
        counts that are not whole or rise with the milestone.

    Notes
    -----
    Not for a ranking of contracts: their people and their rules of payment differ.
    """
    check.level_of(level)
    missing = [name for name in ("contract", "months", "people") if name not in frame.columns]
    if missing or frame.empty:
        raise ValueError(f"frame: {'no column ' + ', '.join(missing) if missing else 'empty'}; "
                         "give contract, months, people, one row a contract and milestone")
    check.refuse(frame["contract"].isna().to_numpy(), "contract", "missing value", "name each row's contract")
    rows = [row for name, part in frame.groupby("contract", sort=False) for row in _steps(name, part)]
    if not rows:
        raise ValueError("months: only month 0; add the milestones")
    names, months, entered, sustained = (np.array(column) for column in zip(*rows, strict=True))
    lower, upper = exact_binomial(sustained, entered, level)
    made = (names, months, entered, sustained, sustained / entered, lower, upper)
    read_only(*made)
    return LadderTable(*made, float(level), published)


def _steps(name: object, part: pd.DataFrame) -> list[tuple]:
    """A contract's rows above month 0, its counts checked."""
    held = {whole(m, f"months, contract {name}"): whole(n, f"people, contract {name}")
            for m, n in zip(part["months"], part["people"], strict=True)}
    months = sorted(held)
    if len(months) < len(part) or months[0] != 0 or held[0] == 0:
        raise ValueError(f"months, contract {name}: needs each milestone once, and at 0 those who entered")
    if any(held[late] > held[early] for early, late in zip(months, months[1:], strict=False)):
        raise ValueError(f"people, contract {name}: more people at a later milestone than at an earlier one")
    return [(name, m, held[0], held[m]) for m in months[1:]]


@dataclass(frozen=True, slots=True, eq=False)
class ContractComparison:
    """How recorded shares vary between ``k`` contracts at one milestone, on the log-odds scale.

    ``contract, share`` (k,). ``mean, lower, upper``: the share of a contract in the middle of such contracts;
    ``new_lower, new_upper``: prediction interval for one more like them; ``tau`` the standard deviation
    between contracts, ``q, p_value`` of Cochran's test that there is none, in log-odds.
    """

    months: int
    contract: np.ndarray
    share: np.ndarray
    mean: float
    lower: float
    upper: float
    new_lower: float
    new_upper: float
    tau: float
    q: float
    p_value: float
    sustained: int
    entered: int
    level: float
    published: bool

    def summary(self) -> pd.DataFrame:
        """One row."""
        import pandas as pd

        names = [n for n in self.__slots__ if n not in ("contract", "share", "published")]
        return pd.DataFrame([{"contracts": len(self.share), **{n: getattr(self, n) for n in names}}])

    def sentence(self) -> Sentence:
        """The middle, the spread and the prediction in words."""
        own, rest = not self.published, self.entered - self.sustained
        words = dict(zip(("mean", "low", "high", "new_low", "new_high"), shares(
            (self.mean, self.lower, self.upper, self.new_lower, self.new_upper),
            (self.sustained, rest) if own else ()), strict=True))
        return sentence(
            "Between {k} contracts the recorded share that sustained {months} months varies (standard "
            "deviation {tau} in log-odds; Cochran's Q {q}, p {p}); in the middle of such contracts it is "
            "{mean} ({level} interval {low} to {high}, random effects with Hartung-Knapp limits), and for "
            "one more contract like them it would lie between {new_low} and {new_high} ({level} prediction "
            "interval; {x} of {n} people). Recorded shares are lower bounds, and whether another contract is "
            "like these is a judgement.",
            k=str(len(self.share)), months=str(self.months), tau=number(self.tau, digits=2),
            q=number(self.q), p=f"{self.p_value:.3f}" if self.p_value >= 0.001 else "below 0.001",
            level=f"{100 * self.level:g}%", x=count(self.sustained, people=own),
            n=count(self.entered, people=own), **words)


def compare_contracts(table: LadderTable, months: int) -> ContractComparison:
    """Compare contracts at one milestone by random effects: the middle, the spread, the next contract.

    Log-odds of each recorded share, Paule and Mandel's variance between contracts, Hartung and Knapp's limits
    with k - 1 degrees of freedom (never narrower than with variances taken as known), Higgins' prediction
    interval with k - 2 (92 to 95 % with seven contracts that differ: data/validation). Half a person is added
    to all counts where a contract has none or all.

    Raises
    ------
    ValueError
        A milestone the table doesn't have for three contracts or more.

    Notes
    -----
    Not for a ranking, nor for shares among those due: counts don't say who was.
    IntHout, Ioannidis and Borm, BMC Med. Res. Methodol. 14 (2014) 25; Higgins, Thompson and Spiegelhalter,
    J. R. Statist. Soc. A 172 (2009) 137-159.
    """
    here = np.flatnonzero(table.months == months)
    if here.size < 3:
        raise ValueError(f"months: {here.size} contracts at {months}; a comparison needs three or more, so "
                         f"choose one of {', '.join(map(str, np.unique(table.months)))} or add contracts")
    x, n = table.sustained[here], table.entered[here]
    half = 0.5 if ((x == 0) | (x == n)).any() else 0.0
    effect, variance = np.log((x + half) / (n - x + half)), 1 / (x + half) + 1 / (n - x + half)
    from scipy.special import expit

    mean, lower, upper, new_lower, new_upper, tau, q, p_value = random_effects(effect, variance, table.level)
    ends = expit([mean, lower, upper, new_lower, new_upper]).tolist()
    made = table.contract[here], table.share[here]
    read_only(*made)
    return ContractComparison(int(months), *made, *ends, tau, q, p_value, int(x.sum()), int(n.sum()),
                              table.level, table.published)


def random_effects(effect: np.ndarray, variance: np.ndarray, level: float) -> tuple[float, ...]:
    """Mean, limits, prediction limits, tau, Q and its p-value of ``effect`` (k,), its ``variance`` known.

    >>> random_effects(np.array([0.0, 0.0, 0.6]), np.full(3, 0.01), 0.95)[5].__round__(9)  # sqrt(0.12 - 0.01)
    0.331662479
    """
    from scipy.optimize import brentq
    from scipy.special import chdtrc, stdtrit

    def spread(tau2: float) -> tuple[float, float, float]:
        weight = 1 / (variance + tau2)
        mean = (weight * effect).sum() / weight.sum()
        return mean, 1 / weight.sum(), (weight * (effect - mean) ** 2).sum()

    # statsmodels' combine_effects sets tau to 0 where its iteration steps over the root by rounding.
    df, q = len(effect) - 1, spread(0.0)[2]
    most = float(((effect - effect.mean()) ** 2).sum())
    tau2 = brentq(lambda t: spread(t)[2] - df, 0.0, most, xtol=1e-15, rtol=1e-14) if q > df else 0.0
    mean, known, residual = spread(tau2)
    error = np.sqrt(known * max(residual / df, 1.0))
    half = stdtrit(df, 0.5 + level / 2) * error
    wide = stdtrit(df - 1, 0.5 + level / 2) * np.sqrt(tau2 + error**2)
    return (*map(float, (mean, mean - half, mean + half, mean - wide, mean + wide)), tau2**0.5, float(q),
            float(chdtrc(df, q)))
