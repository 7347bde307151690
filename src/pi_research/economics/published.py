"""Published sums made again: the interim report's three people, the register's payments, break-evens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pi_research.wording import Sentence, number, sentence

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class InterimSum:
    """The saving on the first movers as the interim report (13 October 2021, p. 10) works it out.

    Pounds, people, years, hours a week. ``contact_people`` is how many groups of the movers' size the hours
    are counted for; ``anyway`` the share who would have moved without the programme.

    >>> InterimSum().total
    152094.0
    """

    people: int = 3
    placement_year: float = 41_600
    saving_years: float = 2
    payment: float = 36_200
    fund_share: float = 0.36
    hours_week: float = 30
    hour: float = 17.95
    contact_weeks: float = 52
    anyway: float = 0.0
    fund_counts: bool = True

    def __post_init__(self) -> None:
        money = (self.people, self.placement_year, self.payment, self.hours_week, self.hour,
                 self.contact_weeks)
        if min(money) < 0 or not (0 <= self.fund_share <= 1 and 0 <= self.anyway <= 1):
            raise ValueError("the sum of savings: costs and numbers are nought or more, shares between 0 "
                             "and 1")

    @property
    def lines(self) -> dict[str, float]:
        """Pounds by line, rounded to the penny; what goes out is negative."""
        payments, years = self.people * self.payment, self.saving_years * (1 - self.anyway)
        made = {
            "residential places not bought": self.people * self.placement_year * years,
            "income from the Life Chances Fund": self.fund_share * payments * self.fund_counts,
            "outcome payments": -payments,
            "direct contact with project workers": -self.hours_week * self.hour * self.contact_weeks,
        }
        return {name: round(value, 2) for name, value in made.items()}

    @property
    def total(self) -> float:
        """Pounds saved."""
        return round(sum(self.lines.values()), 2)


def corrected(made: InterimSum, *, anyway: float, came_in: int, movers_later: int) -> pd.DataFrame:
    """The sum with one thing changed in each row, and with several at once.

    Parameters
    ----------
    anyway : share who would have moved without the programme.
    came_in : people who had joined by the end of the year.
    movers_later : people who had moved by the end of the next quarter.

    Returns
    -------
    DataFrame
        ``change``, ``saving`` (pounds), ``difference`` from the sum as printed.
    """
    import pandas as pd

    two = made.contact_weeks * made.saving_years
    rows = {
        "as printed": made,
        f"contact for {made.saving_years:g} years, as the saving is": replace(made, contact_weeks=two),
        "contact paid for out of outcome payments, and not a second time": replace(made, contact_weeks=0),
        f"the same hours a person for all {came_in} who had come in, not the movers alone":
            replace(made, hours_week=made.hours_week * came_in / made.people),
        f"{100 * anyway:.0f}% would have moved anyway": replace(made, anyway=anyway),
        "the national fund's money counted as public money too": replace(made, fund_counts=False),
        f"the {movers_later} who had moved a quarter later, each with the same sum":
            replace(made, people=movers_later, hours_week=made.hours_week * movers_later / made.people),
        f"contact for {made.saving_years:g} years, {100 * anyway:.0f}% anyway, and the fund's money public":
            replace(made, contact_weeks=two, anyway=anyway, fund_counts=False),
    }
    saving = [one.total for one in rows.values()]
    return pd.DataFrame(
        {"change": list(rows), "saving": saving, "difference": [s - made.total for s in saving]}
    )


def break_even_months(placement_year: float, home_share: float, payment: float) -> float:
    """Months in a tenancy after which the placement saved covers what was paid for one person.

    Parameters
    ----------
    placement_year : pounds a year of a residential placement, above nought.
    home_share : cost of living at home as a share of it.
    payment : pounds paid for the person.

    Returns
    -------
    float
        Infinite where living at home costs as much as the placement.

    >>> round(break_even_months(41_600, 0.5, 36_200), 1)
    20.9
    """
    if placement_year <= 0 or home_share < 0 or payment < 0:
        raise ValueError("break-even: the placement must cost something, and no cost may be negative")
    return 12 * payment / (placement_year * (1 - home_share)) if home_share < 1 else float(np.inf)


def cumulative_payments(rows: pd.DataFrame) -> pd.DataFrame:
    """Planned and actual payments at the end of each period, rows of one period added up.

    An amount stands at the end of its period and is never spread over its months: the first two actual rows
    span nine and six months. Two actual rows stand for April to June 2022 and both count, since only then do
    the rows come to the total paid. An amount that is not stated ends a plan.

    Parameters
    ----------
    rows : DataFrame
        ``schedule, period_start, period_end`` (months, ``2019-04``), ``amount_gbp``.

    Returns
    -------
    DataFrame
        ``schedule, month`` (first day of the period's last month), ``months, rows, amount, cumulative``.
    """
    import pandas as pd

    known = rows.dropna(subset=["amount_gbp"])
    groups = known.groupby(["schedule", "period_end"], sort=True)
    made = groups.agg(
        amount=("amount_gbp", "sum"), rows=("amount_gbp", "size"), first=("period_start", "min")
    )
    made = made.reset_index()
    made["month"] = pd.to_datetime(made["period_end"])
    ends, starts = (pd.PeriodIndex(made[c], freq="M") for c in ("period_end", "first"))
    made["months"] = [(b - a).n + 1 for a, b in zip(starts, ends, strict=True)]
    made["amount"] = made["amount"].astype(float)
    made["cumulative"] = made.groupby("schedule")["amount"].cumsum()
    return made[["schedule", "month", "months", "rows", "amount", "cumulative"]]


def payments_sentence(made: pd.DataFrame, maximum: float) -> Sentence:
    """Payments made so far, beside the most there can be and the plan that stood last."""
    paid = made[made["schedule"] == "actual"]
    last, plans = paid.iloc[-1], made[made["schedule"] != "actual"]
    same = plans[(plans["month"] == last["month"])].groupby("schedule")["cumulative"].last()
    named = {str(name).replace("plan", "plan "): number(v, style="pounds") for name, v in same.items()}
    spoken = "; ".join(f"{v} by {name}" for name, v in named.items())
    return sentence(
        "By {month} {paid} had been paid, {share} of the most there can be ({maximum}); planned for the "
        "same month were {plans} (as published; {twice} period with two rows, both counted).",
        month=f"{last['month']:%B %Y}",
        paid=number(last["cumulative"], style="pounds"),
        share=number(last["cumulative"] / maximum, style="percent", digits=1),
        maximum=number(maximum, style="pounds"),
        plans=spoken,
        twice=str(int((paid["rows"] > 1).sum())),
    )


def cost_per_outcome(paid: float, reached: dict[str, int]) -> pd.DataFrame:
    """Pounds paid for each person recorded as reaching an outcome: ``outcome, people, each``.

    All that was paid over each count in turn: not a price, and not to be added up.
    """
    import pandas as pd

    if paid < 0 or any(n < 0 for n in reached.values()):
        raise ValueError("cost per outcome: payments and counts are nought or more")
    each = [paid / n if n else np.nan for n in reached.values()]
    return pd.DataFrame({"outcome": list(reached), "people": list(reached.values()), "each": each})
