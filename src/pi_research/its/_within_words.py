"""What rates within the person say, in plain English."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pi_research.wording import Number, Sentence, count, number, sentence

if TYPE_CHECKING:
    from pi_research.its.within_person import WithinPersonRates

__all__ = ["factor_sentence", "rate_sentence", "reading"]


def reading(lower: float, upper: float) -> str:
    """What an interval of a ratio says, in words that hold for no change and for harm too."""
    if math.isnan(lower):
        return "cannot be said"
    return "lower" if upper < 1 else "higher" if lower > 1 else "could be either"


def _verdict(lower: float, upper: float) -> str:
    return {"lower": "a fall", "higher": "a rise"}.get(reading(lower, upper), "which includes no change")


def _ratio(value: float, behind: tuple[int, ...]) -> Number:
    return number(value, digits=2, style="ratio", behind=behind)


def rate_sentence(made: WithinPersonRates, period: str) -> Sentence:
    """Counts, person-years and rates of a period and the baseline, and their ratio with its interval."""
    k = made.place(period)
    if k == 0:
        raise ValueError(f"period {period!r} is the baseline: name another one")
    behind = (int(made.events[k]), int(made.events[0]))
    first = (
        "{outcome}, {period}: {rate} a person-year, beside {rate0} {baseline} ({y} in {m1} people over {t} years "
        "each on average, and {y0} in {m0} over {t0}). "
    )
    given = {
        "outcome": made.outcome,
        "period": period,
        "baseline": made.periods[0],
        "rate": number(made.rate[k], digits=2, behind=behind[:1]),
        "y": count(behind[0]),
        "rate0": number(made.rate[0], digits=2, behind=behind[1:]),
        "y0": count(behind[1]),
        "m1": count(int(made.people[k])),
        "m0": count(int(made.people[0])),
        "t": number(made.exposure[k] / made.people[k], digits=1, behind=(int(made.people[k]),)),
        "t0": number(made.exposure[0] / made.people[0], digits=1, behind=(int(made.people[0]),)),
    }
    low, high = made.lower[k], made.upper[k]
    if math.isnan(low):
        return sentence(
            first + "How the rate changed within people cannot be estimated: too few of them have any.",
            **given,
        )
    return sentence(
        first
        + "In the same people the rate was {ratio} times that {baseline} ({level} interval {low} to {high}, "
        "{verdict}; {method}; {m} people with any).",
        **given,
        ratio=_ratio(made.ratio[k], behind),
        low=_ratio(low, behind),
        high=_ratio(high, behind),
        level=f"{100 * made.level:g}%",
        verdict=_verdict(low, high),
        method=made.method(period),
        m=count(int(made.with_events[k])),
    )


def factor_sentence(made: WithinPersonRates, covariate: str, words: str) -> Sentence:
    """What a covariate multiplies the rate by."""
    value, low, high = made.factors.get(covariate, (math.nan,) * 3)
    if math.isnan(low):
        return sentence(
            "{outcome}: what {words} does to the rate cannot be estimated.", outcome=made.outcome, words=words
        )
    behind = (int(made.events.sum()), int(made.with_events.max()))
    return sentence(
        "{outcome}: {words} multiplies the rate by {value} ({level} interval {low} to {high}, {verdict}; {k} events).",
        outcome=made.outcome,
        words=words,
        value=_ratio(value, behind),
        low=_ratio(low, behind),
        k=count(behind[0]),
        high=_ratio(high, behind),
        level=f"{100 * made.level:g}%",
        verdict=_verdict(low, high),
    )
