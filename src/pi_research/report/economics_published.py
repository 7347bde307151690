"""Published sums made again: tables and sentences on the interim report, the register, In One Place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi_research.economics import (
    InterimSum,
    break_even_months,
    corrected,
    cost_per_outcome,
    cumulative_payments,
)
from pi_research.extract.published import figure, read_published
from pi_research.report.economics_tables import published
from pi_research.report.shown import Table
from pi_research.wording import Sentence, number, sentence

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["break_even", "break_even_sentence", "corrections", "each", "interim", "interim_sentence",
           "interim_sum",
           "quarters", "register_payments", "targets"]

POUNDS = ("pounds", 0)


def interim_sum() -> InterimSum:
    """The interim report's sum from its published parts."""
    return InterimSum(int(figure("movers_year_1")), figure("placement_cost_per_year"),
                      figure("outcome_payment_years"), figure("outcome_payment_per_person"),
                      figure("top_up_share") / 100, figure("contact_hours_per_week"),
                      figure("contact_hourly_cost"),
                      figure("contact_weeks"))


def targets() -> dict[str, int]:
    """The register's targets by the outcomes' names on the rate card."""
    rows = read_published("register_metrics")
    return {str(n).removesuffix("_months"): int(t) for n, t in zip(rows["name"], rows["target"], strict=True)}


def _interim_frame() -> pd.DataFrame:
    rows, made = read_published("interim_savings"), interim_sum()
    return rows.assign(again=[*made.lines.values(), made.total], printed=rows["amount_gbp"].astype(float))


def interim(id: str, caption: str) -> Table:
    """The sum line by line: as printed, and worked out again."""
    frame = _interim_frame()
    labels = {"what": ("Line", "text", 0), "worked_out_as": ("Worked out as", "text", 0),
              "printed": ("As printed", *POUNDS), "again": ("Worked out again", *POUNDS)}
    return published(frame, id, caption, labels)


def interim_sentence() -> Sentence:
    """Whether the sum is met to the pound."""
    frame = _interim_frame()
    off = float((frame["printed"] - frame["again"]).abs().max())
    how = "to the pound" if off < 0.5 else "only to within {off}"
    made, total = interim_sum(), frame["printed"].iloc[-1]
    return sentence(
        "The interim report's saving of {total} on {n} people over {years} years is met " + how
        + ", line by line (published figures).", total=number(total, style="pounds"), n=str(made.people),
        years=f"{made.saving_years:g}", off=number(off, style="pounds"))


def corrections(anyway: float, id: str, caption: str) -> Table:
    """The sum with what it leaves out, one thing at a time and several at once."""
    quarters = read_published("interim_outcomes_by_quarter")
    came_in = int(quarters.loc[quarters["quarter"] <= 4, "new_cohort"].sum())
    frame = corrected(interim_sum(), anyway=anyway, came_in=came_in,
                      movers_later=int(figure("movers_to_quarter_5")))
    labels = {
        "change": ("Change", "text", 0),
        "saving": ("Saving", *POUNDS),
        "difference": ("Difference", *POUNDS),
    }
    return published(frame, id, caption, labels)


def register_payments() -> pd.DataFrame:
    """The register's plans and payments, added up."""
    return cumulative_payments(read_published("register_payments"))


def quarters(id: str, caption: str) -> Table:
    """Paid in each period of the register, the plans for the same months, and both added up."""
    made = register_payments()
    wide = made.pivot(index="month", columns="schedule", values="cumulative")
    paid = made[made["schedule"] == "actual"].set_index("month")
    frame = wide.ffill().loc[paid.index].join(paid[["amount", "months", "rows"]]).reset_index()
    frame["note"] = [f"{m} months in one row" if m > 3 else f"{r} rows, both counted" if r > 1 else ""
                     for m, r in zip(frame["months"], frame["rows"], strict=True)]
    labels = {
        "month": ("To the end of", "month", 0),
        "amount": ("Paid in the period", *POUNDS),
        "actual": ("Paid in all", *POUNDS),
        "plan1": ("First plan", *POUNDS),
        "plan2": ("Second", *POUNDS),
        "plan3": ("Third", *POUNDS),
        "note": ("How read", "text", 0),
    }
    return published(frame, id, caption, labels)


def each(id: str, caption: str) -> Table:
    """All payments over each of the register's counts."""
    rows = read_published("register_metrics")
    words = {
        "engagement": "engaged, since April 2022",
        "move": "moved",
        "sustained_6_months": "sustained 6 months",
        "sustained_12_months": "sustained 12 months",
        "sustained_18_months": "sustained 18 months, since April 2022",
    }
    counts = {words[n]: int(r) for n, r in zip(rows["name"], rows["result"], strict=True)}
    frame = cost_per_outcome(figure("register_payments_to_2024_09"), counts)
    labels = {"outcome": ("People who", "text", 0), "people": ("Recorded", "count", 0),
              "each": ("Paid in all, for each of them", *POUNDS)}
    return published(frame, id, caption, labels)


def break_even(id: str, caption: str) -> Table:
    """Months in a tenancy that pay back one person's payments, by what living at home costs."""
    import pandas as pd

    year, payment = figure("placement_cost_per_year"), figure("outcome_payment_per_person")
    local = payment * (1 - figure("top_up_share") / 100)
    rows = [
        (f"{s:.0%} of the placement", break_even_months(year, s, payment), break_even_months(year, s, local))
        for s in (0.0, 0.25, 0.5, 0.65, 0.8)
    ]
    frame = pd.DataFrame(rows, columns=["share", "all", "local"])
    labels = {"share": ("Living at home costs", "text", 0), "all": ("Months, all payments", "decimal", 1),
              "local": ("Months, the council's part", "decimal", 1)}
    return published(frame, id, caption, labels)


def break_even_sentence() -> Sentence:
    """In One Place's best case against the interim report's prices."""
    rows = read_published("in_one_place").set_index("id")
    share = float(rows.loc["home_cost_share", "value"]) / 100
    year, payment = figure("placement_cost_per_year"), figure("outcome_payment_per_person")
    most = 1 - payment / (2 * year)
    return sentence(
        "At In One Place's best case (living at home at {share} of a placement) a placement of {year} a "
        "year pays back {payment} of outcome payments after {months} months in the tenancy; within two "
        "years it pays back as long as living at home costs no more than {most} of the placement "
        "(published figures; the half is the largest saving seen, not the mean).",
        share=number(share, style="percent", digits=0),
        year=number(year, style="pounds"),
        payment=number(payment, style="pounds"),
        months=number(break_even_months(year, share, payment)),
        most=number(most, style="percent", digits=0),
    )
