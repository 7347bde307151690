"""Tables from results and counts, each column with the counts behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pi_research.disclosure import Column
from pi_research.report.shown import Table
from pi_research.wording import Sentence, count, sentence

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.its import Counterfactual, SegmentedRegression
    from pi_research.survival import CumulativeIncidence, KaplanMeier, LadderTable, SustainmentBounds

__all__ = [
    "bounds", "bounds_frame", "by_cause", "cases", "coefficients", "counts", "coverage", "delays", "ladder",
    "ladder_frame", "links_made", "notices", "one_cause", "plain", "published_quarters",
    "published_register", "quantities",
    "quarter_counts", "shares", "side_by_side", "supplied", "survival_at", "under_links",
    "years",
]


def _counted(**labels: str) -> tuple[Column, ...]:
    return tuple(Column(name, label, "count") for name, label in labels.items())


def _open(style: str, digits: int = 0, **labels: str) -> tuple[Column, ...]:
    """Columns of numbers that describe nobody."""
    return tuple(Column(name, label, style, digits, people=False) for name, label in labels.items())


def _estimated(name: str, label: str, level: float, digits: int = 0) -> tuple[Column, ...]:
    """A share with its limits, resting on events and on people followed that far."""
    labels = {name: label, "lower": _from(level), "upper": "to"}
    return tuple(Column(n, words, "percent", digits, ("events", "at_risk")) for n, words in labels.items())


def _from(level: float) -> str:
    return f"{100 * level:g}% from"


def counts(frame: pd.DataFrame, id: str, caption: str, labels: dict[str, str], *, who: str,
           margins: Sequence[str] = (), note: Sentence | str = "") -> Table:
    """Counts of people; the first label is the row's heading, text columns stay text."""
    from pandas.api.types import is_numeric_dtype

    styles = {name: "count" if is_numeric_dtype(frame[name]) else "text" for name in labels}
    columns = tuple(Column(name, label, styles[name]) for name, label in labels.items())
    return Table(id, caption, frame, columns, who, (next(iter(labels)),), "count", tuple(margins), note)


def shares(frame: pd.DataFrame, id: str, caption: str, heading: str, *, who: str, part: str = "People",
           whole: str = "Of", note: Sentence | str = "") -> Table:
    """Rows of ``label``, ``n``, ``of`` with the share and its exact 95 % interval."""
    from pi_research.numerics import exact_binomial

    pairs = zip(frame["n"], frame["of"], strict=True)
    limits = [exact_binomial(int(n), int(of), 0.95) if of else (float("nan"),) * 2 for n, of in pairs]
    made = frame.assign(share=frame["n"] / frame["of"].where(frame["of"] > 0),
                        lower=[low for low, _ in limits], upper=[high for _, high in limits])
    columns = (Column("label", heading, named_by="of"), *_counted(n=part, of=whole),
               Column("share", "Share", "percent", 0, of=("n", "of")),
               Column("lower", _from(0.95), "percent", 0, of=("n", "of"), limit="lower"),
               Column("upper", "to", "percent", 0, of=("n", "of"), limit="upper"))
    return Table(id, caption, made, columns, who, ("label",), "percentage", (), note)


def plain(frame: pd.DataFrame, id: str, caption: str, labels: dict[str, str], *,
          styles: dict[str, tuple[str, int]] | None = None) -> Table:
    """Published or technical figures that describe nobody in the extract."""
    styles = styles or {}
    styled = ((name, words, *styles.get(name, ("text", 0))) for name, words in labels.items())
    columns = tuple(Column(*one, people=False) for one in styled)
    return Table(id, caption, frame, columns, statistic="published")


def survival_at(result: KaplanMeier, times: Sequence[float], id: str, caption: str, *,
                who: str = "tenants") -> Table:
    """The curve at milestones: share, interval, at risk, ends; beyond follow-up is said, not filled."""
    columns = (*_open("decimal", time="Months"),
               *_estimated("survival", "Still in their tenancy", result.level),
               *_counted(at_risk="Followed that far", events="Ended by then"), Column("note", "Note"))
    return Table(id, caption, result.at(times), columns, who, ("time",), "estimate")


def by_cause(result: CumulativeIncidence, times: Sequence[float], id: str, caption: str, *,
             who: str = "tenants", ended: str = "Ended for it") -> Table:
    """Cumulative incidence of each cause at milestones, the causes competing."""
    frame = result.at(times).assign(cause=lambda f: f["cause"].astype(str))
    columns = (Column("cause", "Reason"), *_open("decimal", time="Months"),
               *_estimated("incidence", ended, result.level, 1),
               *_counted(events="Ends by then", at_risk="Followed that far"))
    return Table(id, caption, frame, columns, who, ("cause", "time"), "estimate")


def coefficients(result: SegmentedRegression, id: str, caption: str) -> Table:
    """Terms of a segmented regression."""
    numbers = _open("decimal", 2, estimate="Estimate", std_error="Standard error", df="Degrees of freedom",
                    lower=_from(result.level), upper="to")
    return Table(id, caption, result.summary(), (Column("term", "Term"), *numbers), "months",
                 statistic="estimate")


def quantities(results: dict[str, Counterfactual], id: str, caption: str, *, unit: str,
               what: str = "model_effect_average") -> Table:
    """One quantity under several analyses, the pre-specified one first."""
    import pandas as pd

    rows = []
    for name, made in results.items():
        found, fit = getattr(made, what), made.result
        rows.append((name, found.estimate, found.lower, found.upper, fit.n, fit.method_name))
    frame = pd.DataFrame(rows, columns=["analysis", "estimate", "lower", "upper", "months", "method"])
    level = next((r.result.level for r in results.values()), 0.95)
    columns = (Column("analysis", "Analysis"),
               *_open("signed", 1, estimate=f"Effect, {unit}", lower=_from(level), upper="to"),
               *_open("count", months="Months used"), Column("method", "Method"))
    return Table(id, caption, frame, columns, "months", statistic="estimate")


def side_by_side(curves: dict[str, KaplanMeier], time: float, id: str, caption: str, *,
                 who: str = "tenants") -> Table:
    """Several curves at one time: share, interval, people, ends."""
    import pandas as pd

    rows = [curve.at([time]).assign(label=name, n=curve.n) for name, curve in curves.items()]
    level = next(iter(curves.values())).level
    columns = (Column("label", "Analysis"), *_estimated("survival", f"Kept at {time:g} months", level),
               *_counted(n="People", events="Ended by then", at_risk="Followed that far"),
               Column("note", "Note"))
    return Table(id, caption, pd.concat(rows, ignore_index=True), columns, who, ("label",), "estimate")


def bounds_frame(bounds: dict[str, SustainmentBounds]) -> pd.DataFrame:
    """Ranges of published milestones for a chart of intervals, by milestone: label, lower, upper."""
    import pandas as pd

    rows = [(int(r.milestone), f"{int(r.milestone)} months, {name}", r.bound_low, r.bound_high)
            for name, one in bounds.items() for r in one.summary().itertuples()]
    frame = pd.DataFrame(rows, columns=["months", "label", "lower", "upper"])
    return frame.sort_values("months", kind="stable", ignore_index=True).drop(columns="months")


def bounds(found: dict[str, SustainmentBounds], id: str, caption: str) -> Table:
    """Published milestones: recorded, due under each assumption, and the range that this allows."""
    import pandas as pd

    rows = [b.summary().assign(assumption=name) for name, b in found.items()]
    frame = pd.concat(rows).sort_values("milestone", kind="stable", ignore_index=True)
    labels = {
        "assumption": "Assumption", "milestone": "Months", "reached": "Recorded",
        "eligible_low": "Due, at least",
        "eligible_high": "Due, at most", "bound_low": "Share, at least", "bound_high": "at most",
        "bound_low_lower": _from(next(iter(found.values())).level), "bound_high_upper": "to",
    }
    styles = {n: ("percent", 0) if n.startswith("bound") else ("count", 0) for n in list(labels)[1:]}
    return plain(frame, id, caption, labels, styles=styles)


def ladder_frame(ladders: LadderTable) -> pd.DataFrame:
    """Published ladders for a chart: group, months, estimate, starting at all who entered."""
    import pandas as pd

    frame = ladders.summary().rename(columns={"contract": "group", "share": "estimate"})
    frame = frame[["group", "months", "estimate"]]
    first = pd.DataFrame({"group": frame["group"].unique(), "months": 0, "estimate": 1.0})
    whole = frame if (frame["months"] == 0).any() else pd.concat([first, frame])
    return whole.sort_values(["group", "months"]).reset_index(drop=True)


def ladder(ladders: LadderTable, id: str, caption: str) -> Table:
    """Published ladders: people entered and recorded at each milestone."""
    labels = {"contract": "Contract", "months": "Months", "entered": "Entered", "sustained": "Recorded",
              "share": "Share", "lower": _from(ladders.level), "upper": "to"}
    styles = {n: ("percent", 0) if n in ("share", "lower", "upper") else ("count", 0)
              for n in list(labels)[1:]}
    return plain(ladders.summary(), id, caption, labels, styles=styles)


def one_cause(results: dict[str, CumulativeIncidence], cause: str, time: float, id: str, caption: str, *,
              who: str = "people who started") -> Table:
    """One cause at one time under several analyses."""
    import pandas as pd

    at = {name: r.at([time]).assign(label=name, n=r.n) for name, r in results.items()}
    rows = [frame[frame["cause"] == cause] for frame in at.values()]
    level = next(iter(results.values())).level
    columns = (Column("label", "Analysis"), *_estimated("incidence", "Share", level),
               *_counted(n="People", events="By then"))
    return Table(id, caption, pd.concat(rows, ignore_index=True), columns, who, ("label",), "estimate")


def delays(frame: pd.DataFrame, id: str, caption: str) -> Table:
    """Delays by reason."""
    columns = (Column("label", "Reason"), *_counted(value="People", delays="Delays"),
               Column("days", "Median days", "decimal", 0, ("value",)))
    return Table(id, caption, frame, columns, "people who started", ("label",))


def quarter_counts(frame: pd.DataFrame, months: Sequence[int], id: str, caption: str) -> Table:
    """Counts by quarter; a column for each milestone that anyone has reached."""
    begins = ["before the start" if day != day else f"{day:%b %Y}" for day in frame["quarter"]]
    made = frame.assign(quarter=begins, note=["" if whole else "part of a quarter"
                                              for whole in frame["complete"]])
    reached = {f"sustained_{m}": f"Kept {m} months" for m in months if f"sustained_{m}" in frame}
    columns = (Column("quarter", "Quarter from"),
               *_counted(interest="Interest", starts="Started", moves="Moved", **reached),
               Column("note", "Note"))
    return Table(id, caption, made, columns, "everyone", ("quarter",), partition=("quarter",))


def published_quarters(frame: pd.DataFrame, id: str, caption: str) -> Table:
    """The interim report's table, NA where an outcome could not yet have been reached."""
    names = {"quarter": "Quarter", "new_cohort": "New people", "outcome_1": "Moved", "outcome_2": "6 months",
             "outcome_3": "12 months", "outcome_4": "24 months"}
    made = frame[list(names)].astype(object).where(frame[list(names)].notna(), "NA").astype(str)
    return plain(made, id, caption, names)


def published_register(frame: pd.DataFrame, id: str, caption: str) -> Table:
    """The public register's outcome metrics with target and result."""
    names = {"definition": "Outcome", "target": "Target", "result": "Result", "period_start": "Counted from",
             "period_end": "to"}
    return plain(frame, id, caption, names, styles={"target": ("count", 0), "result": ("count", 0)})


def years(frame: pd.DataFrame, id: str, caption: str, outcome: str) -> Table:
    """An area series by calendar year."""
    columns = (Column("label", "Year"), *_counted(value=outcome), *_open("count", months="Months in it"),
               Column("rate", "A month", "decimal", 0, ("value",)))
    return Table(id, caption, frame, columns, outcome, ("year",))


def supplied(frame: pd.DataFrame, id: str, caption: str) -> Table:
    """Tables supplied and their rows: records, whose small counts are hidden like any other."""
    made = frame.assign(note=["" if n == n else "not supplied" for n in frame["rows"]])
    columns = (Column("title", "Table"), Column("side", "Held by"), Column("supply", "Supply"),
               *_counted(rows="Rows"), Column("note", "Note"))
    return Table(id, caption, made, columns, "rows", ("table",))


def notices(frame: pd.DataFrame, id: str, caption: str) -> Table:
    """Notices by table and rule."""
    columns = (Column("table", "Table"), Column("what", "What was noticed"), *_counted(rows="Places"),
               Column("what_to_do", "What to do"))
    return Table(id, caption, frame, columns, "rows", ("table", "rule"))


def cases(frame: pd.DataFrame, id: str, caption: str) -> Table:
    """What records had that could mislead, and what was done; a count of nought is said in words."""
    columns = (Column("had", "What the records had"), Column("done", "What was done"),
               Column("n", "How many", "count", zero="none found"))
    return Table(id, caption, frame, columns, "rows", ("had",))


def links_made(frame: pd.DataFrame, id: str, caption: str) -> Table:
    """Links under several rules of linkage, against the truth where it is known."""
    truth = {} if frame["false"].isna().all() else {"false": "False", "missed": "Missed"}
    labels = {"linked": "People linked", "movers_linked": "Movers linked", **truth}
    columns = (Column("label", "Links"), *(Column(name, label, "count", behind=("differ",))
                                           for name, label in labels.items()))
    movers = sentence("There are {n} movers.", n=count(int(frame["movers"].max()))) if len(frame) else ""
    return Table(id, caption, frame, columns, "people linked", ("label",), note=movers)


def under_links(frame: pd.DataFrame, id: str, caption: str) -> Table:
    """Findings that rest on the links, under several rules of linkage."""
    columns = (Column("label", "Links"), Column("before", "Before", "count", behind=("differ",)),
               Column("before_rate", "a year", "decimal", 2, ("before", "differ")),
               Column("after", "After", "count", behind=("differ",)),
               Column("after_rate", "a year", "decimal", 2, ("after", "differ")),
               Column("died", "Died", "count", behind=("differ",)),
               Column("kept", "Kept", "percent", 1, ("reached", "failed", "differ")))
    return Table(id, caption, frame, columns, "people linked", ("label",), "estimate")


def coverage(frame: pd.DataFrame, id: str, caption: str) -> Table:
    """First and last month of each table."""
    columns = (Column("table", "Table"), Column("first", "From", "month"), Column("last", "to", "month"),
               *_counted(rows="Rows"))
    return Table(id, caption, frame, columns, "rows", ("table",))
