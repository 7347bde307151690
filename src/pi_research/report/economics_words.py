"""The economic study in sentences: what would turn it, what is not counted twice, what it does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pi_research.economics import SwitchingValue, probabilistic_analysis
from pi_research.wording import Number, Sentence, count, joined, number, sentence

if TYPE_CHECKING:
    from pi_research.report.economics import Study

__all__ = ["apart_sentence", "evpi_sentence", "harm_sentence", "hospital_sentence", "switching_sentence"]


def switching_sentence(made: Study, found: dict[str, SwitchingValue]) -> Sentence:
    """How much would have happened anyway, and how short tenancies may last, before the sign changes."""
    anyway, pace, behind = found["anyway"], found["pace"], (made.analysis.people,)
    kept = np.atleast_1d(np.asarray(made.analysis.inputs["kept"].estimate, float))[-1]
    month = str(made.analysis.contract.months[-1])
    what = "saving" if anyway.gain else "loss"
    if np.isnan(anyway.at):
        first = sentence("The {what} to the public payers, in money, is there whatever share would have "
                         "moved "
                         "anyway.", what=what)
    else:
        first = sentence(
            "The {what} to the public payers, in money, is gone if {at} would have moved anyway, where "
            "{now} is taken.",
            what=what,
            at=Number(anyway.at, "percent", 0, behind),
            now=Number(anyway.now, "percent", 0),
        )
    if np.isnan(pace.at):
        second = sentence("It is there however fast tenancies end, up to {high} times as fast as they do.",
                          high=number(pace.high, digits=0))
    else:
        second = sentence(
            "It is gone if tenancies end {times} times as fast, so that {then} and not {now} last {month} "
            "months.",
            times=number(pace.at, digits=1, behind=behind),
            month=month,
            then=Number(float(kept**pace.at), "percent", 0, behind),
            now=Number(float(kept), "percent", 0, behind),
        )
    return joined(first, second)


def evpi_sentence(made: Study) -> Sentence:
    """What knowing every input would be worth, at the value in params and where the choice is least sure."""
    a, value = made.analysis, made.settings.economics.tenancy_year_gbp
    effect, cost = a.plane()
    even = float(cost.mean() / effect.mean()) if effect.mean() > 0 else np.nan
    first = sentence(
        "At {value} a tenancy-year it is worth it in {n} of {draws} draws, and knowing every input would "
        "be worth {evpi} (expected value of perfect information, for these {people} people).",
        value=number(value, style="pounds"), n=count(int((value * effect > cost).sum()), people=False),
        draws=count(len(effect), people=False), evpi=a.pounds(a.evpi(value)), people=count(a.people))
    if not even > 0:
        return joined(first, sentence("On average it saves money, so that it is worth it at any value from "
                                      "nought on."))
    return joined(first, sentence("It breaks even on average at {even} a tenancy-year.", even=a.pounds(even)))


def harm_sentence(made: Study) -> Sentence:
    """What went wrong for people, so that no saving is read as a benefit by itself."""
    harm = made.found.get("tenancy.harm")
    if harm is None:
        return sentence("A saving says nothing of whether people are better off.")
    return sentence(
        "A saving says nothing of whether people are better off: {n} of {all} people who moved have died, "
        "lost the "
        "tenancy in a relapse or gone back into care (finding {id}).", n=count(int(harm.estimate)),
        all=count(harm.n),
        id=harm.id)


def hospital_sentence(made: Study) -> Sentence:
    """Bed days that the model counts, beside the area's change, which is not added to them."""
    a = made.analysis
    area = next((f for id, f in made.found.items() if id == "series.bed_days"), None)
    use = next((u for u in a.contract.uses if u.measure == "bed_days"), None)
    if use is None:
        return sentence("Time in hospital could not be estimated in movers, and is not in the account.")
    since = a.contract.moves[: 12 * max(made.years_over, 1)].cumsum().mean()
    month = use.before * (1 - float(a.inputs[use.ratio].estimate)) * since / 12
    first = sentence("Movers spend {n} bed days a month {side} in hospital than before, by the finding "
                     "{id}: this is "
                     "what the account holds.", n=number(abs(month), behind=(a.people,)), id=use.finding,
                     side="less" if month >= 0 else "more")
    if area is None or area.estimate != area.estimate:
        return first
    return joined(
        first,
        sentence(
            "The area's series moved by {area} bed days a month beyond what was expected (finding {id}; "
            "{low} to {high}); it is many people's, movers among them, and is not added.",
            id=area.id,
            area=Number(area.estimate, "signed", 0),
            low=Number(area.lower, "signed", 0),
            high=Number(area.upper, "signed", 0),
        ),
    )


def apart_sentence(made: Study) -> Sentence:
    """The interval if every input were drawn apart from the others."""
    alone = probabilistic_analysis(made.analysis.contract, made.analysis.inputs,
                                   **made.parts | {"correlations": {}})
    (_, low, high), (_, one, other) = made.analysis.net(), alone.net()
    p = made.analysis.pounds
    return sentence("Drawn together the public payers' interval goes from {low} to {high}, drawn apart from "
                    "{one} to "
                    "{other}.", low=p(low), high=p(high), one=p(one), other=p(other))
