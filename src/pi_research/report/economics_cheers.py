"""The reporting list of economic evaluations, filled in from the study, with its gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi_research.disclosure import Column
from pi_research.report.shown import Table
from pi_research.wording import Sentence, sentence

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.report.economics import Study

__all__ = ["answers", "cheers", "cheers_sentence"]

GAP = "Gap: "


def answers(made: Study) -> dict[int, str]:
    """What this page reports on each item; a gap says what is missing."""
    a, asked = made.analysis, made.settings.economics
    rates = f"{100 * asked.discount_rate:g}%, beside 0 and {100 * asked.discount_rate_low:g}%"
    plan = made.settings.plan
    return {
        1: "Title and question of the page",
        2: "First screen of the page",
        3: "Question, and Limits",
        4: f"params.yaml, registered on {plan.date:%d %B %Y}"
        if plan.date
        else f"{GAP}params.yaml holds the plan, and it is not registered",
        5: "People who moved: page 02, Who moved, and who did not",
        6: "One city; residential care and tenancies",
        7: "Staying in residential care, but for the share who would have moved anyway",
        8: "Council, NHS, national fund, investor and provider, apart and together",
        9: f"{a.contract.years} contract years from April {a.contract.first_year}, for people who have moved",
        10: f"{rates} a year, looked up {asked.discount_as_of:%B %Y}",
        11: "Tenancy-years gained",
        12: "Page 02: tenancies held at each milestone, with intervals",
        13: f"{GAP}no value of a tenancy-year to the person is known; shown over a range",
        14: "Table of inputs: extract, published figures, findings, assumptions",
        15: f"GBP, {asked.price_year} prices, nothing uprated; quantities to the extract date",
        16: "The account: what the model holds (docs/economics.md); open code",
        17: "Assumptions and their checks; constant hazard after the last milestone",
        18: f"{GAP}results by group of people are not worked out",
        19: "Who gains and who pays",
        20: f"{asked.draws:,} correlated draws, tornado, switching values, scenarios",
        21: f"{GAP}nobody affected has taken part in this analysis",
        22: "Table of inputs",
        23: "Who gains and who pays; every line",
        24: "How sure it is",
        25: f"{GAP}see item 21",
        26: "Limits",
        27: f"{GAP}to be stated by the evaluator",
        28: f"{GAP}to be stated by the evaluator",
        29: "The rate card: shares by payer",
        30: f"{100 * asked.anyway:g}% assumed, {100 * asked.anyway_low:g}% to {100 * asked.anyway_high:g}%; "
        "switching value",
        31: "Every line: capital put in and paid back; terms assumed",
        32: f"{GAP}the cost of the special purpose vehicle and of checking is not public",
        33: "Kept apart in every table",
    }


def cheers(made: Study, items: pd.DataFrame, id: str, caption: str) -> Table:
    """The list as a table: item, what it asks, where this page answers it."""
    said = answers(made)
    frame = items.assign(answer=[said[int(k)] for k in items["item"]], item=items["item"].astype(str))
    columns = tuple(Column(*c, people=False) for c in (("item", "Item"), ("topic", "Topic"), ("asks", "Asks"),
                                                       ("answer", "Where, or what is missing")))
    return Table(id, caption, frame, columns, statistic="text")


def cheers_sentence(made: Study) -> Sentence:
    """How many items are answered, and which are not."""
    said = answers(made)
    gaps = [str(k) for k, text in said.items() if text.startswith(GAP)]
    return sentence("{n} of {all} items are answered on this page; gaps: {gaps}.",
                    n=str(len(said) - len(gaps)),
                    all=str(len(said)), gaps=", ".join(gaps))
