"""Tables and charts of the survival room's results beyond one curve: milestones, claims, groups, states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING


from pi_research.disclosure import Column
from pi_research.report.shown import Table
from pi_research.report.sustained_charts import mean_events, occupation
from pi_research.report.sustained_people import patterns, people_numbers, people_shares
from pi_research.wording import number, sentence

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.survival import (
        ClaimsForecast,
        Contrast,
        Cox,
        LogRank,
        MilestoneProbabilities,
        TimeInStates,
        TimeLost,
        TippingPoint,
    )

__all__ = [
    "claims",
    "contrasts",
    "hazards",
    "mean_events",
    "milestones",
    "occupation",
    "patterns",
    "people_numbers",
    "people_shares",
    "time_in_states",
    "time_lost",
    "tipping",
]


def _limits(style: str, digits: int, level: float, behind: tuple[str, ...]) -> tuple[Column, Column]:
    return (
        Column("lower", f"{100 * level:g}% from", style, digits, behind),
        Column("upper", "to", style, digits, behind),
    )


def _counts(**labels: str) -> tuple[Column, ...]:
    return tuple(Column(name, label, "count") for name, label in labels.items())


def milestones(result: MilestoneProbabilities, id: str, caption: str) -> Table:
    """Probability of each milestone, of the next given the last, and the range that the unknown allow."""
    frame = result.summary()
    frame = frame.assign(lost=frame["failed"] + frame["failed_early"])
    behind = ("reached", "lost")
    columns = (
        Column("months", "Months", "decimal", 0, people=False),
        Column("probability", "Sustained", "percent", 0, behind),
        *_limits("percent", 0, result.level, behind),
        *_counts(unknown="Unknown"),
        Column("worst", "had they failed", "percent", 0, (*behind, "unknown")),
        Column("best", "had they held", "percent", 0, (*behind, "unknown")),
        *_counts(followed="Followed so far"),
        Column("note", "Note"),
    )
    return Table(id, caption, frame, columns, "movers", ("months",), "estimate")


def claims(result: ClaimsForecast, id: str, caption: str) -> Table:
    """Claims still to come by milestone, with prediction intervals."""
    frame = result.summary()
    frame["label"] = ["All together" if m == "all" else f"{float(m):g} months" for m in frame["months"]]
    limits = (
        Column("lower", f"{100 * result.level:g}% from", "decimal", 0, ("due",)),
        Column("upper", "to", "decimal", 0, ("due",)),
    )
    columns = (
        Column("label", "Milestone"),
        *_counts(due="Fall due"),
        Column("expected", "Expected claims", "decimal", 1, ("due",)),
        *limits,
        *_counts(beyond="Due later than anyone was followed"),
    )
    return Table(id, caption, frame, columns, "movers", ("months",), "estimate", ("All together",))


def contrasts(found: Mapping[tuple[str, str], tuple[Contrast, LogRank]], id: str, caption: str) -> Table:
    """Pairs of groups: kept at one time in each, the difference with its interval, and the log-rank test's p."""
    import pandas as pd

    rows = []
    for (one, other), (gap, test) in found.items():
        (n1, n2), (d1, d2), (v1, v2) = gap.n, gap.n_events, gap.values
        rows.append(
            (
                one,
                other,
                n1,
                n2,
                d1,
                d2,
                v1,
                v2,
                100 * gap.estimate,
                100 * gap.lower,
                100 * gap.upper,
                test.p_value,
            )
        )
    names = [
        "first",
        "second",
        "n_first",
        "n_second",
        "d_first",
        "d_second",
        "kept_first",
        "kept_second",
        "difference",
        "lower",
        "upper",
        "p",
    ]
    frame = pd.DataFrame(rows, columns=names)
    frame["stay_first"], frame["stay_second"] = (
        frame["n_first"] - frame["d_first"],
        frame["n_second"] - frame["d_second"],
    )
    frame["label"] = frame["second"] + ", beside " + frame["first"]
    both = ("d_first", "stay_first", "d_second", "stay_second")
    level = next((gap.level for gap, _ in found.values()), 0.95)
    one, other = ("d_first", "stay_first"), ("d_second", "stay_second")
    columns = (
        Column("label", "Second group, beside the first"),
        Column("n_second", "Second", "count"),
        Column("kept_second", "kept", "percent", 0, other),
        Column("n_first", "First", "count"),
        Column("kept_first", "kept", "percent", 0, one),
        Column("difference", "Difference, points", "signed", 0, both),
        Column("lower", f"{100 * level:g}% from", "signed", 0, both),
        Column("upper", "to", "signed", 0, both),
        Column("p", "p", "decimal", 2, both),
    )
    return Table(id, caption, frame, columns, "movers", ("first", "second"), "estimate")


def hazards(fit: Cox, names: Mapping[str, str], id: str, caption: str) -> Table:
    """Hazard ratios of a Cox regression, rows named by ``names``."""
    frame = fit.summary()
    frame["label"] = [names.get(c, c) for c in frame["covariate"]]
    split = [_split(fit, j) for j in range(len(frame))]
    frame["with_it"], frame["without"] = [s[0] for s in split], [s[1] for s in split]
    behind = ("with_it", "without")
    columns = (
        Column("label", "Characteristic"),
        Column("hazard_ratio", "Hazard ratio", "ratio", 2, behind),
        *_limits("ratio", 2, fit.level, behind),
        *_counts(with_it="Ends with it", without="and without"),
    )
    note = sentence(
        "{method}; {k} ends for each characteristic looked at.",
        method=fit.method,
        k=number(fit.events_per_covariate, behind=(fit.n_events,)),
    )
    return Table(id, caption, frame, columns, "movers", ("covariate",), "estimate", (), note)


def _split(fit: Cox, j: int) -> tuple[int, int]:
    column, seen = fit.data.x[:, j], fit.data.event
    return int(seen[column > 0].sum()), int(seen[column <= 0].sum())


def tipping(result: TippingPoint, id: str, caption: str) -> Table:
    """The share for each number of unknown outcomes that failed, beside the target."""
    frame = result.summary()
    unknown = len(frame) - 1
    frame = frame.assign(
        unknown=unknown,
        known=result.n - unknown,
        reading=frame["reading"].map(
            {"below": "below the target", "above": "above the target", "undecided": "on both sides"}
        ),
    )
    behind = ("failed", "unknown", "known")
    columns = (
        Column("failed", "Unknown that failed", "count"),
        Column("unknown", "of", "count"),
        Column("estimate", "Sustained", "percent", 0, behind),
        *_limits("percent", 0, result.level, behind),
        Column("reading", "The interval lies"),
    )
    return Table(id, caption, frame, columns, "movers", ("failed",), "estimate")


def time_in_states(
    result: TimeInStates, names: Mapping[str, str], line: pd.DataFrame, id: str, caption: str
) -> Table:
    """Expected months in each state, resting on how many people of ``line`` were ever seen in it."""
    import pandas as pd

    both = pd.concat(
        [
            line[["customer_id", "state"]],
            line[["customer_id", "next_state"]].rename(columns={"next_state": "state"}),
        ]
    )
    people = both.groupby("state")["customer_id"].nunique()
    frame = result.summary().assign(
        label=[names.get(s, str(s)) for s in result.states],
        seen=[int(people.get(s, 0)) for s in result.states],
    )
    columns = (
        Column("label", "State"),
        Column("mean", "Months, on average", "decimal", 1, ("seen",)),
        *_limits("decimal", 1, result.level, ("seen",)),
        *_counts(seen="People ever in it"),
    )
    return Table(id, caption, frame, columns, "movers", ("state",), "estimate")


def time_lost(result: TimeLost, id: str, caption: str) -> Table:
    """Months of tenancy lost to each reason, on average over everyone who moved."""
    frame = result.summary().assign(cause=[str(c) for c in result.causes])
    behind = ("events",)
    columns = (
        Column("cause", "Reason"),
        Column("estimate", "Months lost, on average", "decimal", 1, behind),
        *_limits("decimal", 1, result.level, behind),
        *_counts(events="Ends by then"),
    )
    return Table(id, caption, frame, columns, "movers", ("cause",), "estimate")
