"""What an assessment says in plain English."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from pi_research.wording import Number, Sentence, count, joined, number, sentence, word

if TYPE_CHECKING:
    from pi_research.measures.assess import Assessment

COMPARED = {"at_least": "at least", "more_than": "more than", "at_most": "at most", "less_than": "less than"}
CAPABLE = {
    "pass": "as it runs now it will go on meeting the target every {step}",
    "fail": "as it runs now it will go on missing the target every {step}",
    "inconsistent": "as it runs now it will meet the target in some {step}s and miss it in others, by chance",
}
CHANGED = {
    "improvement": "Changed for the better", "concern": "Changed for the worse", "high": "Changed, upwards",
    "low": "Changed, downwards",
}
SIGNS = {
    "outside": {
        1: "the latest point lies above the upper limit",
        -1: "the latest point lies below the lower limit",
    },
    "trend": {1: "seven or more in a row have risen", -1: "seven or more in a row have fallen"},
    "two_of_three": {
        1: "two of the last three lie near the upper limit",
        -1: "two of the last three lie near the lower limit",
    },
    "run": {
        1: "seven or more in a row lie above the centre",
        -1: "seven or more in a row lie below the centre",
    },
}


def when(period: object) -> str:
    """A quarter by its first day, in words; any other label as it is."""
    if not isinstance(period, np.datetime64):
        return str(period)
    month = period.astype("datetime64[M]")
    year, first = int(str(month)[:4]), int(str(month)[5:7])
    names = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
             "November", "December")
    last = (first + 1) % 12
    return f"{names[first - 1]} to {names[last]} {year + (last < first - 1)}"


def named(period: object) -> str:
    """A period as the data have it."""
    return str(period)[:10] if isinstance(period, np.datetime64) else str(period)


def verdict(made: Assessment) -> Sentence:
    """The measure's name, its standing, its latest value, its limits, and whether it has changed."""
    return joined(_standing(made), *([_latest(made), _change(made)] if made.n else []))


def _standing(made: Assessment) -> Sentence:
    if not made.n:
        target = " ({target} is the target)" if made.measure.target is not None else ""
        return sentence(
            "{name}: no result yet" + target + ", so that it cannot be judged.",
            name=made.measure.name,
            target=_target(made),
        )
    on = {None: "no target is set", True: "on target", False: "not on target"}[made.on_target]
    behind = latest_counts(made) if made.on_target is not None else ()
    return sentence("{name}: {on}.", name=made.measure.name, on=word(on, behind))


def latest_counts(made: Assessment) -> tuple[float, ...]:
    """Counts of people behind the latest value, and behind what is said of it: beside a hidden count a verdict
    would narrow it. Empty where there is no result, or nobody of the extract is counted."""
    if not made.n or not made.measure.people or not np.isfinite(made.numerator[-1]):
        return ()
    x = made.numerator[-1]
    return (x, made.denominator[-1] - x) if made.measure.scale == "share" else (x,)


def _target(made: Assessment) -> str:
    m = made.measure
    return "" if m.target is None else f"{COMPARED[m.comparison]} {plain(made, m.target)}"


def plain(made: Assessment, value: float) -> str:
    """A value that describes nobody (a target), in the measure's own unit."""
    if made.measure.scale == "share":
        return f"{100 * value:.3g}%"
    return f"{value:,.4g} {made.measure.unit}".strip()


def _shown(made: Assessment, value: float, behind: tuple[int, ...]) -> Number:
    if made.measure.scale == "share":
        return number(value, style="percent", digits=1, behind=behind)
    digits = 1 if abs(value) >= 10 or made.measure.scale == "count" else 2
    return number(value, digits=digits, behind=behind)


def counts_behind(made: Assessment) -> tuple[int, ...]:
    """The smallest counts behind all of a measure's numbers: nought where there is one, and the next."""
    if not made.measure.people:
        return ()
    rest = made.denominator - made.numerator if made.measure.scale == "share" else made.numerator
    counts = sorted({int(c) for c in np.concatenate([made.numerator, rest]) if np.isfinite(c)})
    return tuple(c for c in (*counts[:1], *[c for c in counts if c > 0][:1]))


def _latest(made: Assessment) -> Sentence:
    x, n, share = made.numerator[-1], made.denominator[-1], made.measure.scale == "share"
    if not np.isfinite(x):
        return _as_published(made)
    people = made.measure.people
    behind = (int(x), int(n - x)) if share and people else (int(x),) if people else ()
    value = (
        count(int(x), people=people)
        if made.measure.scale == "count"
        else _shown(made, made.value[-1], behind)
    )
    value = Number(value.value, "percent", 1, behind, counted=True) if share and people else value
    style = "percent" if share else "decimal"
    low, high = (Number(v, style, 1, behind, limit=end if people else "", level=made.level)
                 for end, v in (("lower", made.lower), ("upper", made.upper)))
    inside = ["{x} of {n}"] if share else []
    inside += ["exact {level} interval {low} to {high}"] if np.isfinite(made.lower) else [
        "no interval: what is counted hangs together"]
    return sentence(
        "{when}: {value}" + ("" if share else " {unit}") + f" ({'; '.join(inside)}){_against(made)}.",
        when=_named(made, -1),
        value=value,
        unit=made.measure.unit or "in all",
        x=count(int(x), people=people),
        n=count(int(n) if share else 0, people=people),
        low=low,
        high=high,
        level=f"{100 * made.level:g}%",
        target=_target(made),
    )


def _against(made: Assessment) -> str:
    """The target beside the value, and whether the interval can tell them apart."""
    if made.measure.target is None:
        return ""
    return ", against {target}" + (", which lies within that interval" if made.too_small else "")


def _as_published(made: Assessment) -> Sentence:
    """The latest figure, and the first, where only figures were published."""
    first = " First figure, {before}: {was}." if made.n > 1 else ""
    against = ", against {target}" if made.measure.target is not None else ""
    return sentence(
        "{when}: {value}" + against + " (no interval: the counts behind it were not published)." + first,
        when=_named(made, -1),
        value=plain(made, made.value[-1]),
        target=_target(made),
        before=when(made.period[0]),
        was=plain(made, made.value[0]),
    )


def _named(made: Assessment, k: int) -> str:
    """A period at the beginning of a sentence: a quarter by its months, a label as the latest figure."""
    name = when(made.period[k])
    return name if made.period.dtype.kind == "M" else f"Latest figure ({name})"


def _change(made: Assessment) -> Sentence:
    if not made.judged:
        return sentence(
            "Whether it has changed cannot be judged yet: {n} of the {k} points that limits need.",
            n=str(_points(made)),
            k=str(made.enough),
        )
    chart, small = made.chart, counts_behind(made)
    low, high = _possible(made, chart.lower[-1], 0), _possible(made, chart.upper[-1], 1)
    numbers = {"low": _shown(made, low, small), "high": _shown(made, high, small), "kind": chart.kind,
               "n": str(_points(made)), "step": "quarter" if made.period.dtype.kind == "M" else "period"}
    means = CAPABLE.get(made.assurance, "")
    means = means[:1].upper() + means[1:] + " " if means else "One stable process would stay "
    bracket = "within {low} to {high} ({kind} chart, {n} points)." if made.assurance == "none" else (
        "({kind} limits {low} to {high}, {n} points).")
    return joined(sentence(means + bracket, **numbers), _signal(made))


def _signal(made: Assessment) -> Sentence:
    now, earlier = made.variation, _earlier(made)
    if now == "common":
        return sentence("No change beyond chance at the end of the series" + earlier + ".")
    rule, sign = made.causes.rule[-1], int(made.causes.sign[-1])
    since = int(np.flatnonzero(np.r_[0, made.causes.sign[:-1] * sign] <= 0)[-1])
    return sentence("{changed}, since {since}: {why}.", changed=CHANGED[now], why=SIGNS[rule][sign],
                    since=when(made.period[since]))


def _earlier(made: Assessment) -> str:
    seen = np.flatnonzero((made.causes.sign != 0) & (made.chart.group == made.chart.group[-1]))
    return f" (an earlier signal, last in {when(made.period[seen[-1]])})" if len(seen) else ""


def _points(made: Assessment) -> int:
    return made.n if made.chart is None else int((made.chart.group == made.chart.group[-1]).sum())


def _possible(made: Assessment, value: float, end: int) -> float:
    """A limit as it is written: never under nought for counts, nor over 100 % for shares."""
    if made.measure.scale == "value":
        return float(value)
    return float(min(max(value, 0.0), 1.0 if made.measure.scale == "share" else np.inf))


def tally(found: Iterable[Assessment], who: str) -> Sentence:
    """How many measures are on target, changed for the better or worse, or cannot be judged yet."""
    found = list(found)
    if not found:
        return sentence("There is no measure of {who} yet: no period is over.", who=who)
    having = [a for a in found if a.measure.target is not None]
    on = [a.on_target for a in having if a.n]
    states = [a.variation for a in found]
    counted = {
        "n": len(found),
        "aim": len(having),
        "on": sum(on),
        "off": len(on) - sum(on),
        "none": len(having) - len(on),
        "small": sum(a.too_small for a in having if a.n),
        "sure": sum(a.assurance == "pass" for a in having),
        "never": sum(a.assurance == "fail" for a in having),
        "better": states.count("improvement"),
        "worse": states.count("concern"),
        "same": states.count("common"),
        "other": states.count("high") + states.count("low"),
        "few": states.count("few"),
    }
    behind = tuple(c for a in having for c in latest_counts(a))
    told = ("on", "off", "small", "sure", "never")
    numbers = {name: word(str(k), behind) if name in told else count(int(k), people=False)
               for name, k in counted.items()}
    text = "Of {n} measures of {who}, {aim} have a target: {on} on target in the latest period"
    text += " ({sure} of them reliably)" if counted["sure"] else ""
    text += ", {off} not" + (
        " ({never} will go on missing it unless something changes)" if counted["never"] else ""
    )
    text += ", {none} without a result" if counted["none"] else ""
    text += "; for {small} the latest period alone is too small to tell" if counted["small"] else ""
    text += ". Changed for the better: {better}" + _listed(found, "improvement")
    text += "; for the worse: {worse}" + _listed(found, "concern")
    text += "; up or down, with no better or worse: {other}" if counted["other"] else ""
    text += "; no change beyond chance: {same}; cannot be judged yet: {few}."
    text += " Not on target: {missed}." if counted["off"] else ""
    missed = "; ".join(a.measure.name for a in having if a.on_target is False)
    return sentence(text, who=who, missed=word(missed, behind), **numbers)


def _listed(found: list[Assessment], state: str) -> str:
    names = "; ".join(a.measure.name for a in found if a.variation == state)
    return f" ({names.replace('{', '').replace('}', '')})" if names else ""
