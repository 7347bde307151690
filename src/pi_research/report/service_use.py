"""Tables, charts and findings of rates within the person and of paired scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from pi_research.disclosure import Column
from pi_research.findings import Finding
from pi_research.report.shown import Chart, Table
from pi_research.wording import Sentence, joined, number, sentence

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.its import EventStudy, GroupRates, PairedChange, WithinPersonRates

__all__ = [
    "change_finding",
    "changes",
    "event_chart",
    "group_rates",
    "rate_finding",
    "rates",
    "reading",
    "readings",
]

WHO = "movers in the trust's record"
RATIO = ("events", "events_before")


def _ratio(level: float) -> tuple[Column, ...]:
    return (
        Column("ratio", "Rate ratio", "ratio", 2, RATIO),
        Column("lower", f"{100 * level:g}% from", "ratio", 2, RATIO),
        Column("upper", "to", "ratio", 2, RATIO),
    )


def _frame(found: Mapping[str, WithinPersonRates]) -> pd.DataFrame:
    import pandas as pd

    parts = [made.summary().assign(label=name, events_before=made.events[0]) for name, made in found.items()]
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(years=frame["person_years"] / frame["people"], how=_how(frame))


def _how(frame: pd.DataFrame) -> pd.Series:
    words = frame["method"].str.startswith("exact").map({True: "exact", False: "cluster-robust"})
    return words.where(frame["lower"].notna(), "")


def rates(
    found: Mapping[str, WithinPersonRates], id: str, caption: str, periods: Sequence[str] = ()
) -> Table:
    """Counts, rates and rate ratios of every outcome in each of ``periods`` (else every one, the baseline first)."""
    level = next(iter(found.values())).level
    columns = (
        Column("label", "Outcome"),
        Column("period", "Phase"),
        Column("people", "People", "count"),
        Column("years", "Years a person", "decimal", 1, ("people",)),
        Column("events", "Events or days", "count"),
        Column("rate", "A person-year", "decimal", 2, ("events",)),
        *_ratio(level),
        Column("how", "Interval"),
    )
    frame = _frame(found)
    frame = frame[frame["period"].isin(periods or frame["period"])]
    return Table(id, caption, frame, columns, WHO, ("label", "period"), "estimate")


def readings(found: Mapping[str, WithinPersonRates], period: str, id: str, caption: str) -> Table:
    """The rate ratio of one period under several readings, the pre-specified one first."""
    frame = _frame(found).query("period == @period")
    level = next(iter(found.values())).level
    columns = (
        Column("label", "Reading"),
        Column("people", "People", "count"),
        Column("events_before", "Before", "count"),
        Column("events", "Since", "count"),
        *_ratio(level),
        Column("how", "Interval"),
    )
    return Table(id, caption, frame, columns, WHO, ("label",), "estimate")


def reading(found: Mapping[str, WithinPersonRates], name: str, period: str) -> Sentence:
    """What one reading says of a period, or that it cannot be estimated."""
    if name in found and period in found[name].periods[1:]:
        return found[name].sentence(period)
    return sentence(
        "{period}, {name}: there is too little to estimate it from.", period=period.capitalize(), name=name
    )


def group_rates(found: Iterable[GroupRates], id: str, caption: str) -> Table:
    """The rate ratio in each of two groups, for several ways to part people."""
    import pandas as pd

    found = list(found)
    frame = pd.concat([made.summary() for made in found], ignore_index=True)
    frame = frame.assign(how=_how(frame))
    columns = (
        Column("group", "Group"),
        Column("people", "People", "count"),
        Column("events_before", "Before", "count"),
        Column("events", "Since", "count"),
        *_ratio(found[0].level),
        Column("how", "Interval"),
    )
    return Table(id, caption, frame, columns, WHO, ("group",), "estimate")


def event_chart(
    made: EventStudy,
    id: str,
    caption: str,
    *,
    day: str,
    xlabel: str,
    window: tuple[float, float] | None = None,
) -> Chart:
    """Rates before and since a day, with intervals; the time around the referral shaded where ``window`` says."""
    frame = made.summary().rename(columns={"start": "position"})
    width = int(made.stop[0] - made.start[0])
    said = [
        sentence(
            "Points with intervals: {outcome} a person-year, for every {w} months before and since {day}.",
            outcome=made.outcome.lower(),
            w=str(width),
            day=day,
        )
    ]
    known = frame.dropna(subset=["rate"])
    if len(known):
        for word, row in (
            ("highest", known.loc[known["rate"].idxmax()]),
            ("lowest", known.loc[known["rate"].idxmin()]),
        ):
            said.append(
                sentence(
                    "It is {word} from month {a} to {b}, at {rate}.",
                    word=word,
                    a=_month(row.position),
                    b=_month(row.position + width),
                    rate=number(row.rate, digits=2, behind=(int(row.events),)),
                )
            )
    options = {"width": width, "day": day, "xlabel": xlabel, "ylabel": f"{made.outcome} a person-year"}
    if window:
        options |= {"shaded": list(window), "shaded_label": "around the referral"}
    return Chart(
        id,
        caption,
        joined(*said),
        "event_study",
        frame,
        options,
        "points",
        ("events", "people"),
        WHO,
        ("position",),
    )


def _month(value: float) -> str:
    return f"{value:.0f}".replace("-", "−")


def changes(found: Mapping[str, PairedChange], id: str, caption: str) -> Table:
    """Who has scores on both occasions, and how they changed."""
    import pandas as pd

    frame = pd.concat([made.summary().assign(label=name) for name, made in found.items()], ignore_index=True)
    level = next(iter(found.values())).level
    columns = (
        Column("label", "Scores"),
        Column("both", "Both", "count"),
        Column("only_before", "Only the first", "count"),
        Column("only_after", "Only the second", "count"),
        Column("neither", "Neither", "count"),
        Column("mean_before", "First", "decimal", 1, ("both",)),
        Column("mean_after", "Second", "decimal", 1, ("both",)),
        Column("change", "Change", "signed", 1, ("both",)),
        Column("lower", f"{100 * level:g}% from", "signed", 1, ("both",)),
        Column("upper", "to", "signed", 1, ("both",)),
        Column("worst", "If the missing are worst", "signed", 1, ("both",)),
        Column("best", "if best", "signed", 1, ("both",)),
    )
    return Table(id, caption, frame, columns, "movers", ("label",), "estimate")


def rate_finding(
    made: WithinPersonRates,
    period: str,
    id: str,
    *,
    prespecified: bool = True,
    sensitivity_of: str = "",
    how: str = "",
) -> Finding:
    """The rate ratio of one period to the baseline; ``how`` names another reading."""
    k = made.place(period)
    when = f"in {period}" if period == "preparation" else period
    question = f"{made.outcome}: how many times the rate before is that {when}, in the same people{how and f' ({how})'}?"
    low, high = (float(made.lower[k]), float(made.upper[k]))
    return Finding(
        id,
        question,
        float(made.ratio[k]),
        "rate ratio",
        made.n,
        int(made.events[k] + made.events[0]),
        made.method(period),
        low,
        high,
        made.level,
        prespecified=prespecified,
        sensitivity_of=sensitivity_of,
        sentence=made.sentence(period),
    )


def change_finding(made: PairedChange, id: str) -> Finding:
    """The mean change of people with both scores."""
    return Finding(
        id,
        f"{made.outcome}: how much did it change, in people with both scores?",
        made.change,
        "points",
        made.n,
        made.both,
        "paired, Student's t",
        made.lower,
        made.upper,
        made.level,
        sentence=made.sentence(),
    )
