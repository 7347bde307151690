"""Measures of areas beside each other: which lie outside a funnel's limits, and why they are not ranked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from pi_research.measures import Funnel, funnel_limits
from pi_research.wording import Sentence, count, joined, number, percent, sentence

__all__ = ["SIDE", "Compared", "compare", "dispersions", "funnel_of", "no_ranking", "not_compared"]

LEVELS = (0.95, 0.998)
SIDE = {
    0: "within chance",
    1: "above the 95% limits",
    2: "above the 99.8% limits",
    -1: "below the 95% limits",
    -2: "below the 99.8% limits",
}


@dataclass(frozen=True, eq=False)
class Compared:
    """One measure in several areas in one quarter: its funnel around all together.

    ``direction`` is 1 where higher is better, -1 where lower is, else 0; ``independent`` is False for days, of which
    one stay brings many; ``missing`` are areas without a row in the quarter; ``rows`` all quarters.
    """

    measure: str
    quarter: pd.Timestamp
    funnel: Funnel
    direction: int
    independent: bool
    target: float
    missing: tuple[str, ...]
    rows: pd.DataFrame

    @property
    def when(self) -> str:
        """The quarter in words."""
        return f"{self.quarter:%B} to {self.quarter + pd.DateOffset(months=2):%B %Y}"

    def side(self, j: int) -> str:
        """Whether the area's side of the whole is the better one; nothing where no direction is given."""
        return {1: ", the better side,", -1: ", the worse side,"}.get(
            int(self.direction * np.sign(self.funnel.beyond[j])), ""
        )

    def said(self) -> Sentence:
        """The measure, areas outside the limits with their values, and what makes the limits doubtful."""
        f, parts = (
            self.funnel,
            [sentence("{measure}, {when}.", measure=self.measure, when=self.when), self.funnel.sentence()],
        )
        for j in np.flatnonzero(f.beyond):
            x, n = int(f.numerator[j]), int(f.denominator[j])
            share = percent(x, n, digits=1) if n >= x else number(f.value[j], digits=2, behind=(x,))
            parts.append(
                sentence(
                    "{area} lies {side}{way} at {share} of {n}.",
                    area=f.names[j],
                    side=SIDE[int(f.beyond[j])],
                    way=self.side(j),
                    share=share,
                    n=count(n),
                )
            )
        if not self.independent:
            parts.append(
                sentence(
                    "This measure counts days, of which one stay brings many: chance spreads areas further than "
                    "these limits, and it is not judged by them."
                )
            )
        return joined(*parts)


def funnel_of(rows: pd.DataFrame, target: float | None = None) -> Funnel:
    """Binomial for shares of whole counts; Poisson where a count may exceed its denominator."""
    rows = rows.sort_values("area")
    x, n = rows["numerator"].to_numpy(float), rows["denominator"].to_numpy(float)
    share = bool((x <= n).all() and (n == np.floor(n)).all())
    if not 0 < x.sum() < (n.sum() if share else np.inf):
        raise ValueError("nobody in any area has it, or everybody, so that there is no chance to judge by")
    return funnel_limits(
        x,
        n,
        names=tuple(rows["area"]),
        target=target,
        levels=LEVELS,
        family="binomial" if share else "poisson",
    )


def compare(measures: pd.DataFrame) -> tuple[list[Compared], dict[str, str]]:
    """Each measure in the latest quarter that two areas or more supply, and why others cannot be compared."""
    made, not_made = [], {}
    for name, every in measures.groupby("measure", sort=True):
        rows = every[every["denominator"].notna()]
        size = rows.groupby("quarter")["area"].nunique()
        if rows.empty:
            not_made[name] = "a count without a denominator says nothing of areas that differ in size"
        elif size.max() < 2:
            not_made[name] = (
                f"no quarter has it in two areas; it is supplied by {', '.join(sorted(set(every['area'])))}"
            )
        else:
            quarter = size[size >= 2].index.max()
            here = rows[rows["quarter"] == quarter]
            try:
                funnel = funnel_of(here)
            except ValueError as why:
                not_made[name] = str(why)
                continue
            last, targets = here.iloc[-1], set(here["target"].dropna())
            made.append(
                Compared(
                    name,
                    quarter,
                    funnel,
                    {"higher_is_better": 1, "lower_is_better": -1}.get(last["direction"], 0),
                    "days" not in name.lower(),
                    targets.pop() if len(targets) == 1 else np.nan,
                    tuple(sorted(set(every["area"]) - set(here["area"]))),
                    rows,
                )
            )
    return sorted(made, key=lambda c: not c.independent), not_made


def no_ranking(found: Sequence[Compared]) -> Sentence:
    """Why areas are not ranked: between how many pairs of neighbours chance alone decides the order."""
    judged, pairs, apart = [c for c in found if c.independent], 0, 0
    for c in judged:
        order, f = np.argsort(c.funnel.value, kind="stable"), c.funnel
        for a, b in pairwise(order):
            pairs, apart = pairs + 1, apart + _differ(f.numerator[[a, b]], f.denominator[[a, b]], f.family)
    if not pairs:
        return sentence("There is nothing to rank.")
    return sentence(
        "Areas are not ranked here. Of {pairs} pairs that a league table would put one above the other, {same} "
        "differ by no more than chance (exact test, 5%): their order would say nothing, and someone is always last.",
        pairs=count(pairs, people=False),
        same=count(pairs - apart, people=False),
    )


def _differ(x: np.ndarray, n: np.ndarray, family: str) -> bool:
    from scipy.stats import binomtest, fisher_exact

    if family == "binomial":
        return bool(fisher_exact([x, n - x])[1] < 0.05)
    return bool(x.sum() > 0 and binomtest(int(x[0]), int(x.sum()), float(n[0] / n.sum())).pvalue < 0.05)


def not_compared(found: Sequence[Compared], not_made: Mapping[str, str]) -> list[Sentence]:
    """Measures that no funnel is drawn of, and areas that have no row in the quarter."""
    made = [
        sentence("Not compared: {measure} ({why}).", measure=name, why=why) for name, why in not_made.items()
    ]
    made += [
        sentence(
            "{measure}: no row for {areas} in {when}.",
            measure=c.measure,
            areas=", ".join(c.missing),
            when=c.when,
        )
        for c in found
        if c.missing
    ]
    return made or (
        []
        if found
        else [sentence("The extract holds no table measures: there is nothing to draw a funnel of.")]
    )


def dispersions(found: Sequence[Compared]) -> list[Sentence]:
    """Whether areas differ more than independent counts would; said of none with fewer than ten areas."""
    known = [c for c in found if np.isfinite(c.funnel.dispersion)]
    some = [
        sentence(
            "{measure}: areas differ {phi} times as much as independent counts would (variance).",
            measure=c.measure,
            phi=number(c.funnel.dispersion, digits=2),
        )
        for c in known
    ]
    if len(known) < len(found) or not found:
        some.append(
            sentence(
                "Of {k} measures with fewer than ten areas in the quarter it cannot be told whether they differ more "
                "than independent counts would; no allowance is made.",
                k=str(len(found) - len(known)),
            )
        )
    return some
