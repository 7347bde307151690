"""The page on areas in a few sentences, and what it hands on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from pi_research.findings import Finding
from pi_research.journeys import slug
from pi_research.measures import CaseMix
from pi_research.wording import Sentence, count, joined, number, sentence

if TYPE_CHECKING:
    from pi_research.its import PooledAreas
    from pi_research.report.areas import Compared

__all__ = ["findings", "first_answer"]


def first_answer(
    found: Sequence[Compared], people: CaseMix | Sentence, pooled: PooledAreas | Sentence
) -> Sentence:
    """The page in a few sentences: measures of areas, people within the programme, and the series."""
    from scipy.stats import binom

    judged = [c for c in found if c.independent]
    out = [(c, j) for c in judged for j in np.flatnonzero(np.abs(c.funnel.beyond) == 2)]
    some = [(c, j) for c in judged for j in np.flatnonzero(np.abs(c.funnel.beyond) == 1)]
    k = sum(len(c.funnel.names) for c in judged)
    if not judged:
        made = [
            sentence(
                "Whether an area stands out cannot be said: the extract holds no measure of people or events "
                "that two areas or more supply for one quarter."
            )
        ]
    else:
        many = binom.sf(len(some) - 1, k, 0.05) < 0.05  # so many outside the inner limits by chance
        head = (
            "Yes. {named}."
            if out
            else (
                "Areas differ by more than chance in the latest quarter, but no single one stands out."
                if many
                else "No area stands out beyond chance in the latest quarter."
            )
        )
        edge = "; {near} {between} between these and the 95% limits, where chance puts about {chance}" + (
            ". {them}." if some else "."
        )
        made = [
            sentence(
                head
                + " Of {k} values ({m}), {far} {lies} outside the 99.8% limits around all areas together, where "
                "chance alone puts {rare} of them" + edge,
                k=count(k, people=False),
                m=f"{len(judged)} measure{'s' if len(judged) > 1 else ''}",
                far=count(len(out), people=False),
                lies="lies" if len(out) == 1 else "lie",
                between="lies" if len(some) == 1 else "lie",
                near=count(len(some), people=False),
                rare=number(0.002 * k, digits=2),
                chance=number(0.048 * k, digits=1),
                named=_listed(out),
                them=_listed(some),
            )
        ]
    made.append(people if isinstance(people, Sentence) else _people(people))
    made.append(pooled if isinstance(pooled, Sentence) else _pooled(pooled))
    return joined(*made)


def _listed(places: Sequence[tuple[Compared, int]]) -> str:
    """``“measure”: area higher (the better side), area lower (the worse side)``, measure by measure."""
    by: dict[str, list[str]] = {}
    for c, j in places:
        side = c.side(j).strip(", ")
        way = "higher" if c.funnel.beyond[j] > 0 else "lower"
        by.setdefault(c.measure, []).append(f"{c.funnel.names[j]} {way}" + (f" ({side})" if side else ""))
    return "; ".join(f"“{measure}”: {', '.join(areas)}" for measure, areas in by.items())


def _people(made: CaseMix) -> Sentence:
    out, k = made.outside, len(made.names)
    names = ", ".join(f"{made.names[j]} ({'more' if out[j] > 0 else 'fewer'})" for j in np.flatnonzero(out))
    return sentence(
        "Within the programme, how often tenancies ended cannot be told from what the people of an area let "
        "expect in any of {k} areas" + (" but {some}: {names} (by chance about {chance})." if names else "."),
        some=count(int((out != 0).sum()), people=False),
        k=count(k, people=False),
        names=names,
        chance=number(k * (1 - made.level), digits=1),
    )


def _pooled(made: PooledAreas) -> Sentence:
    term, one = next(iter(made.pooled.items()))
    side = (
        "is lower than expected"
        if one.upper < 0
        else "is higher than expected"
        if one.lower > 0
        else "cannot be told from no change"
    )
    return sentence(
        "Over {k} areas with a start the series' {what} {side} on average, and {share} of what they differ by "
        "is more than chance.",
        k=count(one.k, people=False),
        side=side,
        what="level" if term.startswith("level") else "trend",
        share=number(one.i2, style="percent", digits=0),
    )


def findings(
    found: Sequence[Compared],
    people: CaseMix | Sentence,
    pooled: PooledAreas | Sentence,
    said: Mapping[str, Sentence],
    unit: str,
    answer: Sentence,
) -> list[Finding]:
    """Areas outside the limits of each measure, areas with other ends than expected, and the pooled changes."""
    judged = [c for c in found if c.independent]
    far = sum(int((np.abs(c.funnel.beyond) == 2).sum()) for c in judged)
    made = [
        Finding(
            "areas.stand_out",
            "Does any area stand out beyond chance: how many values lie outside the 99.8% limits?",
            float(far) if judged else np.nan,
            "values",
            sum(len(c.funnel.names) for c in judged),
            far,
            "funnels, exact limits",
            counted="values of areas",
            sentence=answer,
        )
    ]
    made += [
        Finding(
            f"areas.outside_{slug(c.measure)}",
            f"How many areas lie outside the 99.8% limits on “{c.measure}” ({c.when})?",
            float((np.abs(c.funnel.beyond) == 2).sum()),
            "areas",
            len(c.funnel.names),
            int((np.abs(c.funnel.beyond) == 2).sum()),
            f"funnel, exact {c.funnel.family} limits",
            counted="areas",
            prespecified=c.independent,
            sentence=c.funnel.sentence(),
        )
        for c in found
    ]
    if isinstance(people, CaseMix):
        out = int((people.outside != 0).sum())
        made.append(
            Finding(
                "areas.case_mix",
                "In how many areas do tenancies end more or less often than their people let expect?",
                float(out),
                "areas",
                len(people.names),
                out,
                "indirect standardisation, exact Poisson intervals",
                level=people.level,
                counted="areas",
                sentence=said["case_mix"],
            )
        )
    if not isinstance(pooled, Sentence):
        made += _of_pooled(pooled, unit, said["pooled"])
    return made


def _of_pooled(pooled: PooledAreas, unit: str, said: Sentence) -> list[Finding]:
    made = []
    ratio = next(iter(pooled.fits.values())).family != "gaussian"
    for term, one in pooled.pooled.items():
        value, low, high = (
            float(np.exp(v)) if ratio else float(v) for v in (one.estimate, one.lower, one.upper)
        )
        what = "level" if term.startswith("level") else "trend"
        made.append(
            Finding(
                f"areas.pooled_{what}",
                f"By how much did the {what} change where the programme began, over areas?",
                value,
                "rate ratio" if ratio else f"{unit}, a month" if what == "trend" else unit,
                one.k,
                0,
                "random effects of segmented regressions, REML, Hartung-Knapp",
                low,
                high,
                one.level,
                "areas",
                sentence=said,
            )
        )
    return made
