"""Charts from results: each takes a result, or a frame of counts, and says in words what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pi_research.report.shown import Chart
from pi_research.wording import Number, Sentence, count, joined, number, sentence

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.its import Counterfactual, Design
    from pi_research.survival import CumulativeIncidence, KaplanMeier

__all__ = [
    "bars", "histogram", "incidence_curves", "intervals", "ladder", "quarters", "series", "survival_curve",
]

MONTHS = "Months since the move"


def _ticks(horizon: int) -> list[int]:
    return list(range(0, horizon + 1, 6 if horizon <= 36 else 12))


def survival_curve(result: KaplanMeier, id: str, caption: str, *, horizon: int,
                   milestones: Sequence[int] = (), who: str = "tenants",
                   ylabel: str = "Still in their tenancy", xlabel: str = MONTHS) -> Chart:
    """A Kaplan-Meier curve with its interval and numbers at risk."""
    said = [_at(result.at([m]).iloc[0], m, "survival") for m in (milestones or (horizon,)) if m <= horizon]
    shape = sentence("A falling step curve with a shaded interval: share of {n} {who} ({label}) by {x}.",
                     n=count(result.n), who=who, label=ylabel.lower(), x=xlabel.lower())
    options = {"horizon": horizon, "ticks": _ticks(horizon), "milestones": list(milestones), "xlabel": xlabel,
               "ylabel": ylabel, "people": who, "level": result.level}
    return Chart(id, caption, joined(shape, *said), "survival", result.curve(), options, "curve",
                 ("at_risk",), who)


def _at(row: pd.Series, month: int, column: str, label: str = "") -> Sentence:
    share = Number(float(row[column]), "percent", 0, (int(row["events"]), int(row["at_risk"])))
    label = f"{label}: " if label else ""
    return sentence("{label}At {m} months {share}.", label=label, m=str(month), share=share)


def incidence_curves(result: CumulativeIncidence, id: str, caption: str, *, horizon: int,
                     who: str = "tenants", ylabel: str = "Ended for this reason",
                     xlabel: str = MONTHS) -> Chart:
    """Cumulative incidence by cause, the causes competing, with numbers at risk."""
    rows = result.at([horizon])
    said = [_at(row, horizon, "incidence", str(row["cause"])) for _, row in rows.iterrows()]
    shape = sentence("Rising step curves, one for each reason, over {h} months for {n} {who}.",
                     h=str(horizon), n=count(result.n), who=who)
    options = {"horizon": horizon, "ticks": _ticks(horizon), "xlabel": xlabel, "ylabel": ylabel,
               "people": who}
    return Chart(id, caption, joined(shape, *said), "incidence", result.curve(), options, "curve",
                 ("at_risk", "events"), who, ("cause",))


def series(result: Counterfactual, id: str, caption: str, *, ylabel: str, outcome: str, label: str) -> Chart:
    """A monthly series with the model's line and what was expected without the interruption."""
    curve = result.curve()
    start = result.result.design.interruption(result.interruption).start
    after = curve[(curve["month"] >= str(start)) & ~curve["masked"]]
    digits = 0 if curve["observed"].abs().max() >= 100 else 1
    alt = sentence(
        "{outcome}: {n} monthly points. From {month} on the points average {seen}; the dashed line, expected "
        "without it, averages {line}. Hollow points are months left out of the model.",
        outcome=outcome, n=count(len(curve), people=False),
        month=f"{after['month'].iloc[0]:%B %Y}" if len(after) else "its start",
        seen=number(after["observed"].mean(), digits=digits),
        line=number(after["expected"].mean(), digits=digits),
    )
    options = {"ylabel": ylabel, "interruptions": {label: str(start)}, "covid": _covid(result.result.design)}
    return Chart(id, caption, alt, "series", curve, options, "points", ("observed",), outcome, ("month",))


def _covid(design: Design) -> list[str] | None:
    """First day of the period and of the month after it, where it lies in the series and is treated at all."""
    period = design.covid
    if period is None or period.handling == "none" or not period.inside(design.months).any():
        return None
    kept = period.left_out if period.handling == "truncate" else period.inside
    inside = design.months[kept(design.months)]
    return [str(inside[0].astype("datetime64[D]")), str((inside[-1] + 1).astype("datetime64[D]"))]


def bars(frame: pd.DataFrame, id: str, caption: str, *, xlabel: str, who: str,
         counts: Sequence[str] = ("value",), digits: int = 0, unit: str = "",
         dimensions: Sequence[str] = ("label",), height: float | None = None) -> Chart:
    """Horizontal bars from ``label``, ``value`` and, where there is one, ``group``.

    ``counts`` names the columns of counts behind a bar; empty for figures about nobody.
    """
    alt = sentence("Bars of {x} for {k} rows.", x=xlabel.lower(), k=str(len(frame)))
    known = frame.dropna(subset=["value"])
    if len(known):
        top = known.loc[known["value"].astype(float).idxmax()]
        style = "count" if tuple(counts) == ("value",) and not unit else "decimal"
        value = Number(float(top["value"]), style, digits, tuple(int(top[c]) for c in counts), unit.strip())
        alt = joined(alt, sentence("The longest is {label} with {value}.", label=str(top["label"]),
                                   value=value))
    height = height or 1.1 + 0.42 * max(len(frame), 2)
    options = {"xlabel": xlabel, "digits": digits, "unit": unit, "height": height}
    return Chart(id, caption, alt, "bars", frame, options, "points" if counts else "open", tuple(counts), who,
                 tuple(dimensions))


def histogram(frame: pd.DataFrame, id: str, caption: str, *, width: float, xlabel: str, ylabel: str, who: str,
              marks: dict[str, float] | None = None) -> Chart:
    """Bars of counts from ``position`` (the bar's left end), ``value`` and ``group``, one on another.

    ``marks`` are values on the axis at which a line is drawn, by what it says.
    """
    alt = [sentence("Bars of {y} by {x}, in steps of {w}.", y=ylabel.lower(), x=xlabel.lower(),
                    w=f"{width:g}")]
    for name, one in frame.groupby("group", sort=False):
        top = one.loc[one["value"].idxmax()]
        n, most = int(one["value"].sum()), int(top["value"])
        part = "all" if n == most else "most of them ({most})"
        alt.append(sentence("{name}: {n}, " + part + " from {low} to {high}.", name=str(name).capitalize(),
                            n=count(n), most=count(most), low=f"{top['position']:g}",
                            high=f"{top['position'] + width:g}"))
    options = {"width": width, "xlabel": xlabel, "ylabel": ylabel, "marks": marks or {}}
    return Chart(id, caption, joined(*alt), "histogram", frame, options, "points", ("value",), who,
                 ("position", "group"))


def intervals(frame: pd.DataFrame, id: str, caption: str, *, xlabel: str, who: str,
              counts: Sequence[str] = (), percent: bool = True, reference: float | None = None) -> Chart:
    """Estimates (or bounds) with intervals from ``label``, ``lower``, ``upper`` and perhaps ``estimate``."""
    style, digits = ("percent", 0) if percent else ("decimal", 2)
    said = [sentence("Ranges of {x}, one line each.", x=xlabel.lower())]
    for _, row in frame.iterrows():
        behind = tuple(int(row[c]) for c in counts)
        low, high = (Number(float(row[c]), style, digits, behind) for c in ("lower", "upper"))
        said.append(sentence("{label}: {low} to {high}.", label=str(row["label"]), low=low, high=high))
    options = {"xlabel": xlabel, "percent": percent, "reference": reference, "height": 1.2 + 0.4 * len(frame)}
    return Chart(id, caption, joined(*said), "intervals", frame, options, "points" if counts else "open",
                 tuple(counts), who, ("label",))


def quarters(frame: pd.DataFrame, id: str, caption: str, *, ylabel: str, who: str,
             contract_label: str = "contract") -> Chart:
    """Counts by quarter from ``label``, ``value`` and ``contract``, the contract as a line."""
    alt = sentence(
        "Bars by quarter of {y}, {total} in {k} quarters, with the contract as a line at {contract} a "
        "quarter.",
        y=ylabel.lower(), total=count(int(frame["value"].sum())), k=str(int(frame["contract"].notna().sum())),
        contract=number(frame["contract"].iloc[-1], digits=1),
    )
    options = {"ylabel": ylabel, "contract_label": contract_label}
    return Chart(id, caption, alt, "quarters", frame, options, "points", ("value",), who, ("quarter",))


def ladder(frame: pd.DataFrame, id: str, caption: str, *, ylabel: str) -> Chart:
    """Published shares by milestone, one line for each contract (``group``, ``months``, ``estimate``)."""
    last = frame[frame["months"] == frame["months"].max()]["estimate"]
    low, high = (number(float(share), style="percent", digits=0) for share in (last.min(), last.max()))
    alt = sentence("Falling lines for {k} contracts; at {m} months they lie between {low} and {high}.",
                   k=str(frame["group"].nunique()), m=str(int(frame["months"].max())), low=low, high=high)
    options = {"xlabel": "Months since entering accommodation", "ylabel": ylabel, "height": 4.2}
    return Chart(id, caption, alt, "ladder", frame, options, "open")
