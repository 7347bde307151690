"""Contracts side by side, from the published ladder of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pi_research.numerics import exact_binomial
from pi_research.survival import _checks as check
from pi_research.survival._due import whole
from pi_research.survival._words import read_only, shares
from pi_research.wording import Sentence, count, sentence

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
