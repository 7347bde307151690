"""How sure: draws of the whole model, chances of paying, value of knowing more, switching values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pi_research.economics.cash import PARTIES, PUBLIC, CashFlow, Contract, cash_flow
from pi_research.economics.inputs import Input, at_centre, correlated_draws
from pi_research.wording import Number, Sentence, count, number, sentence

if TYPE_CHECKING:
    import pandas as pd


def acceptability(cost: ArrayLike, effect: ArrayLike, values: Sequence[float]) -> np.ndarray:
    """Chance (k,) that value x effect exceeds cost, at each of ``values`` (k,), over draws (d,).

    Fenwick, Claxton and Sculpher, Health Economics 10 (2001) 779-787. When NOT to use it: to decide; it
    leaves out how much is lost when the decision is wrong, which is what :func:`evpi` says.

    >>> acceptability([10.0, 30.0], [1.0, 1.0], [0, 20, 40]).tolist()
    [0.0, 0.5, 1.0]
    """
    value = np.asarray(values, float)[:, None]
    return (value * np.asarray(effect, float) > np.asarray(cost, float)).mean(axis=1)


def evpi(net_benefit: ArrayLike) -> float:
    """Expected value of perfect information about a decision to go on or not, in the unit of ``net_benefit``
    (d,).

    What is lost on average by deciding now: the mean of the better choice in each draw, less the better of
    the two means. Raises ``ValueError`` for no draw, or one that is no number.

    >>> evpi([100.0, -100.0]), evpi([100.0, 50.0])
    (50.0, 0.0)
    """
    made = np.asarray(net_benefit, float)
    if not made.size or not np.isfinite(made).all():
        raise ValueError("evpi: needs net benefits that are numbers, one a draw")
    return float(np.maximum(made, 0).mean() - max(made.mean(), 0.0))


@dataclass(frozen=True, eq=False)
class Analysis:
    """The seven-year model in its middle and in draws.

    Attributes
    ----------
    contract : Contract
    inputs : mapping of Input
    centre, draws : CashFlow
        With every input at its estimate (d = 1), and with all drawn together.
    rate : float
        Discount rate of what the methods give.
    price_year : int
    people : int
        People who moved, on whom it rests.
    level : float
    """

    contract: Contract
    inputs: Mapping[str, Input]
    centre: CashFlow
    draws: CashFlow
    rate: float
    price_year: int
    people: int
    level: float = 0.95

    def interval(self, draws: np.ndarray) -> tuple[float, float]:
        """Limits of the middle ``level`` of draws."""
        tail = 50 * (1 - self.level)
        low, high = np.percentile(draws, [tail, 100 - tail])
        return float(low), float(high)

    def net(self, parties: Sequence[str] = PUBLIC, *, notional: bool = True,
            rate: float | None = None) -> tuple[float, float, float]:
        """Pounds better off: with every input in its middle, and the limits over draws."""
        rate = self.rate if rate is None else rate
        how = {"notional": notional}
        return (float(self.centre.net(parties, rate, **how)[0]),
                *self.interval(self.draws.net(parties, rate, **how)))

    def chance(self, parties: Sequence[str] = PUBLIC, *, notional: bool = True) -> float:
        """Share of draws in which these parties are better off."""
        return float((self.draws.net(parties, self.rate, notional=notional) > 0).mean())

    def by_party(self) -> pd.DataFrame:
        """``label``; cashable and all of it, each with limits, and the chance of being better off."""
        import pandas as pd

        groups = {party: (party,) for party in PARTIES}
        groups |= {"the three public payers": PUBLIC, "all five together": PARTIES}
        rows = []
        for label, parties in groups.items():
            cash, every = self.net(parties, notional=False), self.net(parties)
            rows.append((label, *cash, *every, self.chance(parties)))
        return pd.DataFrame(rows, columns=["label", "cash", "cash_lower", "cash_upper", "net", "lower",
                                           "upper",
                                           "chance"])

    def lines(self) -> pd.DataFrame:
        """Every line: ``party, item, kind, amount`` with limits over draws."""
        made, factor = self.centre.frame(self.rate), (1 + self.rate) ** -np.arange(float(self.contract.years))
        limits = [self.interval(li.amounts @ factor) for li in self.draws.lines]
        return made.assign(lower=[low for low, _ in limits], upper=[high for _, high in limits])

    def plane(self) -> tuple[np.ndarray, np.ndarray]:
        """Tenancy-years gained (d,) and what they cost the public payers (d,), discounted."""
        return self.draws.effect(self.rate), -self.draws.net(PUBLIC, self.rate)

    def evpi(self, value: float) -> float:
        """Pounds that perfect knowledge of every input is worth at one value of a tenancy-year."""
        effect, cost = self.plane()
        return evpi(value * effect - cost)

    def sentence(self) -> Sentence:
        """Did it pay for itself?"""
        cash, every = self.net(notional=False), self.net()
        drawn = len(self.draws.tenancy_years)
        return sentence(
            "{verdict} Over the {years} contract years the council, the NHS and the national fund together "
            "are {public} {side} off in money ({level} interval {low} to {high}; better off in {chance} of "
            "{drawn} draws). With time in hospital and contact, which no budget sees, they are {all} "
            "{all_side} off ({all_low} to {all_high}). (A model of {n} people who moved, {anyway} of whom "
            "are taken to have moved anyway, at {year} prices, discounted at {rate} a year; not an account "
            "of what was paid.)",
            verdict=_verdict(cash, every),
            years=str(self.contract.years),
            public=self.pounds(abs(cash[0])),
            side=_side(cash[0]),
            level=f"{100 * self.level:g}%",
            low=self.pounds(cash[1]),
            high=self.pounds(cash[2]),
            chance=count(round(drawn * self.chance(notional=False)), people=False),
            drawn=count(drawn, people=False),
            all=self.pounds(abs(every[0])),
            all_side=_side(every[0]),
            all_low=self.pounds(every[1]),
            all_high=self.pounds(every[2]),
            n=count(self.people),
            year=str(self.price_year),
            anyway=number(float(self.inputs["anyway"].estimate), style="percent", digits=0),
            rate=f"{100 * self.rate:g}%",
        )

    def party_sentence(self) -> Sentence:
        """For whom it paid, in money."""
        said, numbers = [], {}
        for k, party in enumerate(PARTIES):
            net, low, high = self.net((party,), notional=False)
            said.append(f"the {party} {{a{k}}} {_side(net)} off ({{l{k}}} to {{h{k}}})")
            numbers |= {f"a{k}": self.pounds(abs(net)), f"l{k}": self.pounds(low), f"h{k}": self.pounds(high)}
        return sentence("In money, by party: " + "; ".join(said) + " ({level} intervals).",
                        level=f"{100 * self.level:g}%", **numbers)

    def pounds(self, value: float) -> Number:
        """Pounds to the thousand, resting on the people who moved."""
        return number(round(value, -3) + 0.0, style="pounds", behind=(self.people,))


def _side(value: float) -> str:
    return "better" if value >= 0 else "worse"


def _verdict(cash: tuple[float, float, float], every: tuple[float, float, float]) -> str:
    if cash[1] > 0:
        return "By this model it paid for itself in money" + (
            "." if every[1] > 0 else "; with time in hospital and contact counted that is not sure.")
    if every[1] > 0:
        return "By this model it paid for itself only when resources that no budget sees are counted."
    if every[2] < 0:
        return "By this model it did not pay for itself."
    if cash[2] < 0:
        return "By this model it did not pay for itself in money, and whether it did in all is not known."
    return "Whether it paid for itself is not known: the interval holds both a gain and a loss."


def probabilistic_analysis(
    contract: Contract, inputs: Mapping[str, Input], *, draws: int = 10_000, seed: int | np.random.Generator,
    correlations: Mapping[tuple[str, str], float] | None = None, rate: float = 0.035, price_year: int,
    people: int, level: float = 0.95,
) -> Analysis:
    """The model with all inputs drawn together, and with each in its middle.

    Parameters
    ----------
    contract, inputs : what :func:`cash_flow` needs; each input is a distribution.
    draws : int
        At least 100: the limits are their quantiles.
    correlations : of the inputs' normal scores, as in ``correlated_draws``.
    rate : float
        Discount rate, 0.035 for 3.5 % (Green Book).

    Returns
    -------
    Analysis

    Notes
    -----
    The intervals hold what is uncertain about the inputs, and nothing of whether the model is right. When
    NOT to use it: with a single mover or none (``ValueError``).
    """
    if draws < 100:
        raise ValueError("probabilistic analysis: give at least 100 draws")
    if people < 1:
        raise ValueError("probabilistic analysis: nobody has moved, so that there is nothing to work out")
    centre = cash_flow(contract, at_centre(inputs))
    drawn = cash_flow(contract, correlated_draws(inputs, draws, seed, correlations))
    return Analysis(contract, inputs, centre, drawn, rate, price_year, people, level)


def tornado(made: Analysis) -> pd.DataFrame:
    """Each input at its lower and upper limit, the others in their middle, for the public payers; the widest
    first.

    Returns
    -------
    DataFrame
        ``name, label, source``; ``at_lower``, ``at_upper`` (pounds better off); ``width``.
    """
    import pandas as pd
    from scipy.special import ndtri

    rows = []
    for name, one in made.inputs.items():
        values = at_centre(made.inputs, 2)
        z = ndtri(0.5 + one.level / 2)
        values[name] = one.at(np.array([-z, z]))
        low, high = cash_flow(made.contract, values).net(PUBLIC, made.rate)
        rows.append((name, one.label, one.source, float(low), float(high), abs(float(high - low))))
    columns = ["name", "label", "source", "at_lower", "at_upper", "width"]
    return pd.DataFrame(rows, columns=columns).sort_values("width", ascending=False, ignore_index=True)


@dataclass(frozen=True)
class SwitchingValue:
    """Where an input, the others in their middle, turns a gain into a loss.

    ``at`` is NaN where the sign is the same from ``low`` to ``high``; ``gain`` tells which it is now.
    """

    label: str
    now: float
    at: float
    low: float
    high: float
    gain: bool


def switching_value(
    net: Callable[[np.ndarray], np.ndarray], now: float, low: float, high: float, label: str = ""
) -> SwitchingValue:
    """The value nearest to ``now``, between ``low`` and ``high``, at which ``net`` is nought.

    Parameters
    ----------
    net : function of values (k,) that gives pounds (k,), everything else held.

    Raises
    ------
    ValueError
        Where ``now`` lies outside ``low`` to ``high``.

    Examples
    --------
    >>> switching_value(lambda x: 100 - 2 * x, 10, 0, 80).at
    50.0
    """
    if not low <= now <= high:
        raise ValueError(f"switching value of {label or 'an input'}: now must lie between low and high")
    from scipy.optimize import brentq

    grid = np.unique(np.append(np.linspace(low, high, 201), now))
    value = np.asarray(net(grid), float)
    turns = np.flatnonzero(np.sign(value[:-1]) * np.sign(value[1:]) <= 0)
    here = float(net(np.array([now]))[0])
    at = np.nan
    if turns.size:
        k = turns[np.argmin(np.abs((grid[turns] + grid[turns + 1]) / 2 - now))]
        ends = value[k], value[k + 1]
        at = grid[k] if ends[0] == 0 else grid[k + 1] if ends[1] == 0 else brentq(
            lambda x: float(net(np.array([x]))[0]), grid[k], grid[k + 1])
    return SwitchingValue(label, now, float(at), low, high, here > 0)
