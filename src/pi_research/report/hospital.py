"""Tables and charts of interrupted series: controls, pseudo-dates, choices, and the programme's own months."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from pi_research.disclosure import Column
from pi_research.findings import Finding
from pi_research.report.shown import Chart, Table
from pi_research.wording import Sentence, count, joined, number, sentence

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.its import ControlledRegression, CountCounterfactual, Counterfactual, SpecificationChart

__all__ = [
    "choices_chart", "choices_findings", "choices_table", "controlled", "controlled_finding", "counted", "first_answer",
    "own_findings", "terms",
]

TERM = {"level_change": "change of level", "slope_change": "change of trend, a month"}


def _limits(level: float, style: str, digits: int, **how: object) -> tuple[Column, ...]:
    labels = {"estimate": "Estimate", "lower": f"{100 * level:g}% from", "upper": "to"}
    return tuple(Column(name, label, style, digits, **how) for name, label in labels.items())


def _words(term: str) -> str:
    return TERM.get(term.split("[")[0], term)


def controlled(result: ControlledRegression, interruption: str, id: str, caption: str) -> Table:
    """The change of the outcome, of the controls and of the one beyond the other."""
    frame = result.summary()
    frame = frame[frame["term"].isin(result.changes(interruption))].assign(term=frame["term"].map(_words))
    ratio = result.scale != "additive"
    if ratio:
        frame = frame.assign(**{c: np.exp(frame[c]) for c in ("estimate", "lower", "upper")})
    frame["series"] = frame["series"].replace({"difference": "the one beyond the other"})
    style = ("ratio", 3) if ratio else ("signed", 1)
    columns = (Column("series", "Series"), Column("term", "Term"),
               *_limits(result.difference.level, *style, people=False))  # fmt: skip
    return Table(id, caption, frame.reset_index(drop=True), columns, "months", ("series", "term"), "estimate")


def terms(frame: pd.DataFrame, heading: str, id: str, caption: str, *, ratio: bool, level: float = 0.95) -> Table:
    """Rows of ``heading`` (a column) and term with estimate and limits; logarithms where ``ratio``."""
    frame = frame.assign(term=frame["term"].map(_words))
    if ratio:
        frame = frame.assign(**{c: np.exp(frame[c]) for c in ("estimate", "lower", "upper")})
    style = ("ratio", 3) if ratio else ("signed", 2)
    columns = (Column(heading, heading.capitalize()), Column("term", "Term"), *_limits(level, *style, people=False))
    return Table(id, caption, frame.reset_index(drop=True), columns, "months", (heading, "term"), "estimate")


def choices_table(made: SpecificationChart, id: str, caption: str) -> Table:
    """Every choice with its estimate, or why it could not be made."""
    style = ("ratio", 2) if made.ratio else ("signed", 1)
    frame = made.summary()
    frame = frame.assign(verdict=frame["verdict"].map({"below": "below", "above": "above", "includes": "includes it"})
                         .fillna(""), note=frame["reason"])  # fmt: skip
    columns = (Column("specification", "Choice"), *_limits(made.level, *style, people=False),
               Column("verdict", "No change"), Column("n", "Months used", "count", people=False),
               Column("note", "Not made because"))  # fmt: skip
    return Table(id, caption, frame, columns, "months", ("specification",), "estimate")


def choices_chart(made: SpecificationChart, id: str, caption: str, *, outcome: str, unit: str) -> Chart:
    """One estimate under every choice, in the groups in which a choice was changed; the pre-specified one first."""
    order = {spec.words: k for k, spec in enumerate(made.specifications)}
    frame = made.summary().sort_values("specification", key=lambda s: s.map(order), ignore_index=True)
    frame = frame.rename(columns={"specification": "label", "changed": "group", "prespecified": "chosen"})
    alt = joined(
        sentence("A line for each of {k} choices, with its interval; that of the pre-specified one runs through as a "
                 "band, and no change is a dotted line.", k=str(len(frame))),
        made.sentence(outcome, unit),
    )  # fmt: skip
    what = "as a ratio to what was expected" if made.ratio else unit
    options = {"xlabel": f"Average effect, {what}", "reference": 1.0 if made.ratio else 0.0,
               "height": 1.2 + 0.24 * len(frame)}  # fmt: skip
    kept = frame[["label", "group", "chosen", "estimate", "lower", "upper"]]
    return Chart(id, caption, alt, "specification", kept, options, "open", (), outcome, ("label",))


def counted(made: Mapping[str, CountCounterfactual], id: str, caption: str, *, who: str, behind: int = 0) -> Table:
    """What was seen and expected of several counts, and the ratio of the two with its interval.

    ``behind``: the people that days rest on, since days are neither people nor events.
    """
    import pandas as pd

    rows = []
    for name, one in made.items():
        fit, design = one.result, one.result.design
        after = design.after(one.interruption)
        days = fit.counted == "days"
        before, later = (float(fit.y[~design.masked & side].sum()) for side in (~after, after))
        ratio = one.observed_to_expected_ratio
        limits = {k: float(np.exp(getattr(ratio, k))) for k in ("estimate", "lower", "upper")}
        held = {"held_before": behind, "held_after": behind} if days else {"held_before": before, "held_after": later}
        rows.append({"label": name, "before": before, "after": later, "months": fit.n,
                     "expected": float(one.expected[after & ~design.masked].sum())} | limits | held)  # fmt: skip
    names = ["label", "months", "before", "after", "expected", "estimate", "lower", "upper", "held_before", "held_after"]
    frame, level = pd.DataFrame(rows, columns=names), next((m.result.level for m in made.values()), 0.95)
    rest = ("held_before", "held_after")
    columns = (
        Column("label", "Outcome"), Column("months", "Months used", "count", people=False),
        Column("before", "Before", "count", behind=("held_before",)),
        Column("after", "Since", "count", behind=("held_after",)),
        Column("expected", "Expected since", "decimal", 0, rest),
        *_limits(level, "ratio", 2, behind=rest),
    )  # fmt: skip
    return Table(id, caption, frame, columns, who, ("label",), "estimate")


def first_answer(
    outcome: str, area: str, effect: Counterfactual, result: ControlledRegression | None, interruption: str
) -> Sentence:
    """The page in two sentences: the area against its own past, and what is left beyond the areas without it."""
    one = effect.model_effect_average
    kept = effect.result.design.after(effect.interruption) & ~effect.result.design.masked
    line = float(effect.expected[kept].mean())
    words = {0: "cannot be told from", 1: "were higher than", -1: "were lower than"}
    made = [sentence(
        "{outcome} in {area} {said} what their own past would have led to: {size} a month on average ({level} interval "
        "{low} to {high}), where {line} were expected ({n} months, {method}).",
        outcome=outcome, area=area, said=words[_side(one)], method=effect.result.method_name,
        level=f"{100 * effect.result.level:g}%", line=number(line, digits=0), n=count(effect.result.n, people=False),
        **{k: number(v, digits=0 if abs(one.upper - one.lower) > 20 else 1, style="signed")
           for k, v in (("size", one.estimate), ("low", one.lower), ("high", one.upper))},
    )]  # fmt: skip
    if result is not None:
        beyond = {_side(one) for one in result.changes(interruption).values()}
        if beyond == {0}:
            said = "no change beyond theirs is shown"
        elif beyond == {1, -1}:
            said = "level and trend moved beyond theirs in opposite directions"
        else:
            said = "a " + ("rise" if 1 in beyond else "fall") + " beyond theirs is shown in "
            said += "level or trend" if 0 in beyond else "level and trend" if len(result.changes(interruption)) > 1 else "level"
        made.append(sentence("Set against {these}, " + said + ".", these=result.these))
    return joined(*made)


def _side(one: object) -> int:
    return 1 if one.lower > 0 else -1 if one.upper < 0 else 0


def controlled_finding(result: ControlledRegression, interruption: str, id: str, question: str, said: Sentence) -> Finding:
    """The change of level beyond that of the controls (of the trend, where the design has no level)."""
    term, one = next(iter(result.changes(interruption).items()))
    ratio = result.scale != "additive"
    values = [float(np.exp(v)) if ratio else v for v in (one.estimate, one.lower, one.upper)]
    fit = result.difference
    events = round(np.nansum(np.exp(result.y) if result.scale == "log" else result.y))
    return Finding(id, f"{question} ({_words(term)})", values[0], "rate ratio" if ratio else "a month", fit.n, events,
                   f"controlled segmented regression, {fit.method_name}", *values[1:], fit.level, "months",
                   sentence=said)  # fmt: skip


def own_findings(made: Mapping[str, CountCounterfactual], area: str, when: str, slug: object) -> list[Finding]:
    """Observed to expected of each of the programme's own counts."""
    found = []
    for name, one in made.items():
        ratio, fit = one.observed_to_expected_ratio, one.result
        values = [float(np.exp(v)) for v in (ratio.estimate, ratio.lower, ratio.upper)]
        found.append(Finding(
            f"{area}.{slug(name)}_{when}", f"{name}: how many times what was expected was seen since {one.interruption}?",
            values[0], "rate ratio", fit.n, int(np.nansum(fit.y)), fit.method_name, *values[1:], fit.level, "months",
            False))  # fmt: skip
    return found


def choices_findings(made: SpecificationChart, id: str, unit: str, slug: object, events: int) -> list[Finding]:
    """Every choice that could be made but the pre-specified one, as a sensitivity finding of ``id``."""
    frame = made.summary()
    frame = frame[frame["estimated"] & ~frame["prespecified"]]
    return [
        Finding(f"{id}.{slug(row.specification)}", f"The same, {row.specification}", row.estimate,
                "rate ratio" if made.ratio else unit, int(row.n), events, f"segmented regression, {row.family}, "
                f"{row.method}", row.lower, row.upper, made.level, "months", False, id)
        for row in frame.itertuples()
    ]  # fmt: skip
