"""Cash over the contract's years for everyone who pays or is paid, in as many draws as are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pi_research.economics.waterfall import repay

if TYPE_CHECKING:
    import pandas as pd

PARTIES = ("council", "NHS", "national fund", "investor", "provider")
PUBLIC = ("council", "NHS", "national fund")
WEEKS = 365.25 / 7
RESOURCE = {"bed_days": "time in hospital", "admissions": "time in hospital",
            "delayed_days": "time in hospital",
            "planned_contacts": "planned contact", "crisis_contacts": "crisis contact"}
"""What a measure of use costs: two measures of one resource would count it twice."""


@dataclass(frozen=True)
class Use:
    """Use of a service that changed: the finding, the rate before (a person-year), and what one costs.

    ``ratio`` and ``price`` name the inputs that hold the rate ratio and the price of one.
    """

    measure: str
    label: str
    finding: str
    before: float
    ratio: str
    price: str


@dataclass(frozen=True, eq=False)
class Contract:
    """What is known of the contract, by contract month (K = 12 x years).

    Attributes
    ----------
    first_year : int
        Calendar year in which contract year 0 begins (in April).
    moves : ndarray (K,)
        People who moved, by month.
    fixed : ndarray (K,)
        Pounds due whatever becomes of the tenancies: engagement and moves.
    months : tuple of int (M,)
        Months since the move at which the share of tenancies held is known.
    paid_at : tuple of int (P,)
        Months of tenancy that are paid for.
    due : ndarray (P, K)
        Pounds due in each month if everyone whose milestone falls in it sustained it.
    delivery : ndarray (K,)
        Pounds of direct contact.
    council_share, fund_share : float
        The council's share of a placement (the NHS pays the rest); the fund's share of outcome payments.
    payment_cap, fund_cap, investment : float
        Pounds: most that is paid in all, that the fund pays, and that the investor puts in.
    uses : tuple of Use
    """

    first_year: int
    moves: np.ndarray
    fixed: np.ndarray
    months: tuple[int, ...]
    paid_at: tuple[int, ...]
    due: np.ndarray
    delivery: np.ndarray
    council_share: float
    fund_share: float
    payment_cap: float
    fund_cap: float
    investment: float
    uses: tuple[Use, ...] = ()

    def __post_init__(self) -> None:
        size = len(self.moves)
        if size % 12 or not size or {len(self.fixed), len(self.delivery), self.due.shape[1]} != {size}:
            raise ValueError("contract: moves, fixed, due and delivery need the same months, whole years of "
                             "them")
        money = (self.fixed, self.due, self.delivery, self.moves, self.payment_cap, self.fund_cap,
                 self.investment)
        if any((np.asarray(m, float) < 0).any() for m in money):
            raise ValueError("contract: a price, cost or number of people is negative; correct it")
        if not (0 <= self.council_share <= 1 and 0 <= self.fund_share <= 1):
            raise ValueError("contract: a share must lie between 0 and 1 (35% is 0.35)")
        rising = bool(self.months) and list(self.months) == sorted({*self.months} - {0})
        if self.due.shape[0] != len(self.paid_at) or not rising:
            raise ValueError("contract: due needs a row for each month paid at, and months must rise from "
                             "above nought")
        found = [RESOURCE.get(use.measure, use.measure) for use in self.uses]
        twice = sorted({r for r in found if found.count(r) > 1})
        if twice:
            raise ValueError(f"contract: {', '.join(twice)} would be counted twice "
                             f"({', '.join(u.finding for u in self.uses)}); keep one measure of it")

    @property
    def years(self) -> int:
        """Contract years."""
        return len(self.moves) // 12


@dataclass(frozen=True, eq=False)
class Line:
    """One line of the account: ``amounts`` (d, years) in pounds, plus what comes in, minus what goes out.

    ``kind`` is ``transfer`` (between parties), ``cashable`` (money that is or is not spent) or ``notional``
    (a resource freed or used that no budget sees).
    """

    party: str
    item: str
    kind: str
    amounts: np.ndarray


@dataclass(frozen=True, eq=False)
class CashFlow:
    """Cash by party, item and contract year.

    Attributes
    ----------
    lines : tuple of Line
    tenancy_years : ndarray (d, years)
        Person-years in a tenancy beyond those that would have come about anyway.
    first_year : int
    """

    lines: tuple[Line, ...]
    tenancy_years: np.ndarray
    first_year: int

    def net(self, parties: Sequence[str] = PUBLIC, rate: float = 0.0, *, notional: bool = True) -> np.ndarray:
        """Pounds (d,) that these parties gain, discounted; without notional lines if so asked."""
        chosen = [li for li in self.lines if li.party in parties and (notional or li.kind != "notional")]
        factor = discount(rate, self.tenancy_years.shape[1])
        return sum((li.amounts @ factor for li in chosen), np.zeros(len(self.tenancy_years)))

    def effect(self, rate: float = 0.0) -> np.ndarray:
        """Tenancy-years gained (d,), discounted as money is."""
        return self.tenancy_years @ discount(rate, self.tenancy_years.shape[1])

    def frame(self, rate: float = 0.0) -> pd.DataFrame:
        """``party, item, kind, amount``: the mean over draws of each line, discounted."""
        import pandas as pd

        factor = discount(rate, self.tenancy_years.shape[1])
        rows = [(li.party, li.item, li.kind, float((li.amounts @ factor).mean())) for li in self.lines]
        return pd.DataFrame(rows, columns=["party", "item", "kind", "amount"])

    def by_year(self) -> pd.DataFrame:
        """``year`` and, for each party, what it gains in that year (mean over draws, undiscounted)."""
        import pandas as pd

        made = {"year": year_names(self.first_year, self.tenancy_years.shape[1])}
        for party in PARTIES:
            made[party] = sum((li.amounts.mean(axis=0) for li in self.lines if li.party == party),
                              np.zeros(self.tenancy_years.shape[1]))
        return pd.DataFrame(made)


def year_names(first: int, years: int) -> list[str]:
    """Financial years, from April.

    >>> year_names(2019, 2)
    ['2019/20', '2020/21']
    """
    return [f"{first + k}/{(first + k + 1) % 100:02d}" for k in range(years)]


def discount(rate: float, years: int) -> np.ndarray:
    """Discount factors (years,), the first year undiscounted (Green Book).

    Raises ``ValueError`` for a rate outside 0 to 1: 3.5 % is 0.035.

    >>> discount(0.035, 3).round(4).tolist()
    [1.0, 0.9662, 0.9335]
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"a discount rate of {100 * rate:,.0f} %: write 3.5 % as 0.035")
    return (1 + rate) ** -np.arange(years, dtype=float)


def cash_flow(contract: Contract, values: Mapping[str, np.ndarray]) -> CashFlow:
    """Who pays and who gains in each contract year.

    People who had moved by the extract date are followed to the contract's end. A residential place is not
    bought for as long as a tenancy lasts, less the share of people who would have moved anyway; when a
    tenancy ends for whatever reason the place is bought again. Hospital use and contact change over all
    time since the move, tenancy or not, as the finding has it. The provider's contact is paid for out of
    outcome payments and the investor's capital, never by the council as well.

    Parameters
    ----------
    contract : Contract
    values : mapping of arrays (d,)
        ``kept`` (d, M): share of tenancies held at each milestone; ``placement_week`` (pounds, gross),
        ``resident_share`` (of a placement, paid by the resident), ``home_support_week`` (pounds that the
        council pays in a tenancy), ``anyway`` (share who would have moved anyway), ``overhead`` (pounds of
        other cost to a pound of contact), ``investor_return`` (a year), and the inputs that the uses name.

    Returns
    -------
    CashFlow

    Notes
    -----
    When NOT to use it: as an account of what was paid (that is the ledger), or for people who have not moved
    yet. Prices are constant: nothing is uprated within the contract.
    """
    kept = np.minimum.accumulate(np.atleast_2d(values["kept"]), axis=1)
    tenancy, since = _person_years(contract, _held(kept, contract.months,
                                                   np.arange(len(contract.moves)) + 0.5))
    extra = (1 - values["anyway"])[:, None]
    paid, fund = _payments(contract, kept)
    place = tenancy * extra * WEEKS * (values["placement_week"] * (1 - values["resident_share"]))[:, None]
    delivery = _by_year(contract.delivery) * (1 + values["overhead"])[:, None]
    drawn, repaid = repay(paid, delivery, contract.investment, values["investor_return"])
    lines = [
        Line("council", "outcome payments", "transfer", fund - paid),
        Line("council", "residential places not bought", "cashable", contract.council_share * place),
        Line("council", "support at home", "cashable",
             -tenancy * extra * WEEKS * values["home_support_week"][:, None]),
        Line("NHS", "residential places not bought", "cashable", (1 - contract.council_share) * place),
        *(Line("NHS", use.label, "notional",
               extra * since * (use.before * (1 - values[use.ratio]) * values[use.price])[:, None])
          for use in contract.uses),
        Line("national fund", "outcome payments", "transfer", -fund),
        Line("investor", "capital put in", "transfer", -drawn),
        Line("investor", "capital and return paid back", "transfer", repaid),
        Line("provider", "outcome payments, and capital, less what is paid back", "transfer",
             paid + drawn - repaid),
        Line("provider", "cost of the service", "cashable", -delivery),
    ]
    return CashFlow(tuple(lines), tenancy * extra, contract.first_year)


def _by_year(monthly: np.ndarray) -> np.ndarray:
    return monthly.reshape(*monthly.shape[:-1], -1, 12).sum(axis=-1)


def _held(kept: np.ndarray, months: Sequence[int], times: np.ndarray) -> np.ndarray:
    """Share of tenancies held (d, t) so many months since the move (t,).

    The hazard is constant between milestones; after the last it is that of the second half before it.
    """
    knots = np.array([0, *months], float)
    half = int(np.searchsorted(knots, knots[-1] / 2))
    half = half if half < len(knots) - 1 else 0
    weights = np.array([np.interp(times, knots, row) for row in np.eye(len(knots))])
    beyond = np.maximum(times - knots[-1], 0) / (knots[-1] - knots[half])
    weights[-1] += beyond
    weights[half] -= beyond
    hazard = -np.log(np.clip(kept, 1e-9, 1.0))
    return np.exp(-np.hstack([np.zeros((len(kept), 1)), hazard]) @ weights)


def _person_years(contract: Contract, lasting: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Years in a tenancy (d, years), and years since the move whether it lasts or not (years,)."""
    size = len(contract.moves)
    lag = np.arange(size)[None, :] - np.arange(size)[:, None]
    spread = np.where(lag >= 0, contract.moves[np.clip(lag, 0, None)], 0.0)
    spread = _by_year(spread) / 12
    return lasting @ spread, np.ones(size) @ spread


def _payments(contract: Contract, kept: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Outcome payments in all and the fund's part (d, years), each up to its cap."""
    wanted = _by_year(contract.fixed) + _held(
        kept, contract.months, np.array(contract.paid_at, float)
    ) @ _by_year(contract.due)
    paid = _capped(wanted, contract.payment_cap)
    return paid, _capped(contract.fund_share * paid, contract.fund_cap)


def _capped(amounts: np.ndarray, cap: float) -> np.ndarray:
    return np.diff(np.minimum(np.cumsum(amounts, axis=1), cap), axis=1, prepend=0.0)
