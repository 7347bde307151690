"""The economic study of an extract: its ledger, its contract and the model with its uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pi_research.economics import (
    PUBLIC,
    Analysis,
    Contract,
    Input,
    Ledger,
    RateCard,
    SwitchingValue,
    at_centre,
    cash_flow,
    claims_ledger,
    probabilistic_analysis,
    switching_value,
)
from pi_research.findings import Finding, FindingError, read_findings
from pi_research.report import economics_data as needed
from pi_research.report.economics_published import targets
from pi_research.report.economics_words import switching_sentence
from pi_research.wording import Sentence, count, sentence

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.extract import Extract
    from pi_research.journeys import Journeys
    from pi_research.params import Params

__all__ = ["NEEDS", "Study", "findings_of", "scenarios", "study", "switching"]

NEEDS = ("02_tenancy_sustainment", "03_service_use", "04_hospital_time_series")


@dataclass(frozen=True, eq=False)
class Study:
    """Everything that the page shows: the card, the ledger, the analysis, and what could not go in."""

    card: RateCard
    ledger: Ledger
    analysis: Analysis
    found: dict[str, Finding]
    places: pd.DataFrame
    settings: Params
    years_over: int
    left_out: tuple[Sentence, ...]

    @property
    def parts(self) -> dict:
        """What a second run of the model needs besides contract and inputs."""
        asked = self.settings.economics
        pairs = {p: sign * asked.correlation for p, sign in needed.CORRELATED.items()
                 if set(p) <= set(self.analysis.inputs)}
        return {"draws": asked.draws, "seed": self.settings.run.seed, "correlations": pairs,
                "rate": asked.discount_rate, "price_year": asked.price_year, "people": self.analysis.people,
                "level": asked.level}


def study(settings: Params, data: Extract, made: Journeys) -> Study:
    """The whole study of an extract, from the findings of the pages that it needs.

    Raises
    ------
    FindingError
        Where a page that it needs has not been run, or no share of tenancies held could be estimated.
    RateCardError
        Where the rate card is wrong.
    """
    found = {id: f for page in NEEDS for id, f in read_findings(settings.out, page).items()}
    kept = tuple(m for m in settings.milestones.months if (f := found.get(f"tenancy.kept_{m}"))
                 and needed._known(f))
    if not kept:
        raise FindingError("02_tenancy_sustainment could not estimate how long tenancies last: "
                           "nothing can be worked out from it")
    card = needed.rate_card(settings)
    ledger = claims_ledger(needed.outcomes_reached(made, card), needed.claims_of(data.tables, made), card)
    uses, places = (
        needed.uses_of(data.tables, made, found, settings),
        needed.placements_left(data.tables, made),
    )
    contract = needed.contract_of(data, made, card, kept, uses, settings)
    inputs = needed.inputs_of(found, kept, uses, places, settings)
    cut, start = data.extract_date, settings.economics.contract_start
    over = max(cut.year - start.year - (cut.month < 4 or (cut.month, cut.day) < (3, 31)), 0)
    first = Study(card, ledger, Analysis(contract, inputs, None, None, 0.0, 0, len(made.tenancies)), found,
                  places,
                  settings, over, tuple(_left_out(uses, data, made)))
    return replace(first, analysis=probabilistic_analysis(contract, inputs, **first.parts))


def _left_out(uses: Sequence[object], data: Extract, made: Journeys) -> list[Sentence]:
    lost = [label for m, (label, _) in needed.USES.items() if m not in {u.measure for u in uses}]
    said = [sentence("Left out, since 03_service_use could not estimate it: {what}.",
                     what=", ".join(lost))] * bool(lost)
    other = len(data.tables["outcome_claims"]) - len(needed.claims_of(data.tables, made))
    if other:
        said.append(sentence("{n} claims of people whose records are not used are not in the ledger, so "
                             "that it falls "
                             "short of the books by them.", n=count(other)))
    return said


def _fixed(one: Input, value: float) -> Input:
    return replace(one, estimate=value, lower=value, upper=value)


def _again(made: Study, changed: dict[str, float] | None = None, *, rate: float | None = None,
           **contract: object) -> Analysis:
    """The analysis with inputs fixed at other values, another rate, or another contract."""
    inputs = dict(made.analysis.inputs)
    for name, value in (changed or {}).items():
        inputs[name] = _fixed(inputs[name], value)
    parts = made.parts | ({} if rate is None else {"rate": rate})
    return probabilistic_analysis(replace(made.analysis.contract, **contract), inputs, **parts)


def scenarios(made: Study) -> pd.DataFrame:
    """What other choices would give the public payers: ``label``, cash and all with limits, chance."""
    import pandas as pd

    asked, contract = made.settings.economics, made.analysis.contract
    priced, day = set(made.card.on(made.card.newest)["outcome"]), made.card.newest
    brings = made.card.targets_bring({k: n for k, n in targets().items() if k in priced}, day)
    scale = asked.payment_cap_gbp / brings if brings else 1.0
    runs = {
        "as in params.yaml": made.analysis,
        "not discounted": _again(made, rate=0.0),
        f"discounted at {100 * asked.discount_rate_low:g}%": _again(made, rate=asked.discount_rate_low),
        "nobody would have moved anyway": _again(made, {"anyway": 0.0}),
        f"{100 * asked.anyway_high:.0f}% would have moved anyway": _again(
            made, {"anyway": asked.anyway_high}
        ),
        "no support at home paid by the council": _again(made, {"home_support_week": 0.01}),
        "support at home costs twice as much": _again(
            made, {"home_support_week": 2 * asked.home_support_gbp_week}
        ),
        "hospital and contact as before the move": _again(made, uses=()),
        f"outcome prices {scale:.2f} times as high, so that the register's targets bring its maximum": _again(
            made, fixed=contract.fixed * scale, due=contract.due * scale
        ),
    }
    if 0 < made.years_over < contract.years:
        runs["the contract years that were over by the extract date"] = _again(
            made, **_cut(contract, made.years_over)
        )
    rows = [(name, *a.net(notional=False), *a.net(), a.chance()) for name, a in runs.items()]
    return pd.DataFrame(rows, columns=["label", "cash", "cash_lower", "cash_upper", "net", "lower", "upper",
                                       "chance"])


def _cut(contract: Contract, years: int) -> dict[str, np.ndarray]:
    """The contract's months up to the end of so many years."""
    return {
        name: getattr(contract, name)[..., : 12 * years] for name in ("moves", "fixed", "due", "delivery")
    }


def switching(made: Study, *, notional: bool = False) -> dict[str, SwitchingValue]:
    """Where each input turns the public payers' gain into a loss, or the other way round."""
    a, asked = made.analysis, made.settings.economics
    centre = {name: float(one.estimate) for name, one in a.inputs.items() if name != "kept"}
    ranges = {"anyway": (0.0, 1.0), "placement_week": (0.0, 3 * centre["placement_week"]),
              "home_support_week": (0.0, 3 * centre["placement_week"]), "resident_share": (0.0, 1.0)}
    found = {name: switching_value(_net_at(a, name, notional), centre[name], *ends, a.inputs[name].label)
             for name, ends in ranges.items()}
    label = "how many times as fast tenancies end"
    found["pace"] = switching_value(_net_at(a, "pace", notional), 1.0, 0.0, 20.0, label)
    return found if asked.years else {}


def _net_at(made: Analysis, name: str, notional: bool):
    def net(values: np.ndarray) -> np.ndarray:
        given = at_centre(made.inputs, len(values))
        if name == "pace":
            given["kept"] = given["kept"] ** values[:, None]
        else:
            given[name] = values
        return cash_flow(made.contract, given).net(PUBLIC, made.rate, notional=notional)
    return net


def findings_of(made: Study, switches: dict[str, SwitchingValue]) -> list[Finding]:
    """What the page hands on."""
    a, ledger = made.analysis, made.ledger
    paid = int(ledger.entries["paid"].gt(0).sum())
    people = int(ledger.entries.loc[ledger.entries["paid"] > 0, "person"].nunique())
    found = [Finding("cost.paid", "How much has been paid for outcomes, by the extract's claims?",
                     ledger.rounded(),
                     "pounds", people, paid, "claims accepted at the card's prices, to the nearest 50,000",
                     sentence=ledger.sentence())]
    n, events = a.people, int(made.found[f"tenancy.kept_{a.contract.months[-1]}"].events)
    method = f"model of {a.contract.years} years, {made.settings.economics.draws:,} correlated draws"
    for id, parties, notional, what in (
        ("cost.public_cash", PUBLIC, False, "the three public payers, in money"),
        ("cost.public", PUBLIC, True, "the three public payers, hospital and contact counted"),
        ("cost.council", ("council",), False, "the council, in money"),
        ("cost.nhs", ("NHS",), True, "the NHS, hospital and contact counted"),
        ("cost.fund", ("national fund",), False, "the national fund"),
    ):
        said = a.sentence() if id == "cost.public_cash" else ""
        found += [
            Finding(
                id,
                f"By how much is better off: {what}?",
                *_first(a.net(parties, notional=notional)),
                n=n,
                events=events,
                method=method,
                **_ends(a.net(parties, notional=notional), a.level),
                sentence=said,
            )
        ]
    effect, ends = float(a.centre.effect(a.rate)[0]), a.interval(a.draws.effect(a.rate))
    found += [Finding("cost.tenancy_years", "How many tenancy-years were gained?", effect, "tenancy-years", n,
                      events,
                      method, *ends, a.level)]
    anyway = switches["anyway"]
    return [*found, Finding("cost.switch_anyway", "What share moving anyway would turn the sign, in money?",
                            anyway.at,
                            "proportion", n, events, "switching value, other inputs in their middle",
                            sentence=switching_sentence(made, switches))]


def _first(net: tuple[float, float, float]) -> tuple[float, str]:
    return net[0], "pounds"


def _ends(net: tuple[float, float, float], level: float) -> dict[str, float]:
    return {"lower": net[1], "upper": net[2], "level": level}
