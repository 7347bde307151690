"""People of areas: how often tenancies ended, against what people like theirs let expect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pi_research import journeys
from pi_research.disclosure import Column
from pi_research.journeys.store import make
from pi_research.measures import CaseMix, funnel_limits, observed_to_expected
from pi_research.report import measures
from pi_research.report.shown import Chart, Table
from pi_research.survival import cox
from pi_research.wording import Sentence, count, joined, number, sentence

if TYPE_CHECKING:
    from pi_research.extract import Extract
    from pi_research.params import Params

__all__ = ["CASE_MIX", "adjusting", "ends_chart", "expected_ends", "movers_of", "people_by_area", "who_moved"]

CASE_MIX = {
    "age": "age at the move (ten years)",
    "long_in_care": "a long stay in residential care",
    "forensic_history": "a forensic history",
    "learning_disability": "a learning disability",
    "entered_in_crisis": "a referral in a crisis",
}
"""What is known of a person on the day of the move and no area has a hand in."""


def movers_of(extracts: Mapping[str, Extract], settings: Params) -> tuple[pd.DataFrame, int]:
    """One row a mover of every extract: ``area, months, ended`` by the horizon, and the columns of ``CASE_MIX``.

    Of one extract the area is that of the people's table; of several it is the extract, since parts of two cities
    may share a name.

    Returns
    -------
    frame, set_aside : the rows, and how many movers are left out since a characteristic is missing.
    """
    parts, horizon = [], settings.survival.horizon_months
    for name, one in extracts.items():
        made = journeys.load(one, settings) if one is next(iter(extracts.values())) else make(one, settings)
        held = journeys.movers(one.tables, made, one.extract_date, settings.programme)
        about = one.tables["people"][["customer_id", "area", "year_of_birth", "entered_in_crisis"]]
        both = held.merge(about, on="customer_id")
        both["age"] = (both["move"].dt.year - both["year_of_birth"].astype(float)) / 10
        parts.append(both if len(extracts) == 1 else both.assign(area=name))
    frame = pd.concat(parts, ignore_index=True)
    frame = frame.assign(
        ended=frame["ended"] & (frame["months"] <= horizon), months=frame["months"].clip(upper=horizon)
    )
    whole = frame[list(CASE_MIX)].notna().all(axis=1)
    kept = frame.loc[whole, ["area", "months", "ended", *CASE_MIX]].astype(dict.fromkeys(CASE_MIX, float))
    return kept.reset_index(drop=True), int((~whole).sum())


def expected_ends(movers: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """How many ends a model over all areas expects of each mover: by their characteristics, and of anybody.

    Cox regression with Firth's penalty and without areas; expected is its cumulative hazard to the day up to which
    the person was followed, and adds up to the ends that there were. Characteristics that all share are left out.

    Returns
    -------
    adjusted, crude : (n,)
    used : the characteristics in words.

    Raises
    ------
    ValueError
        Where nobody's tenancy ended.
    """
    time, event = movers["months"].to_numpy(float), movers["ended"].to_numpy(bool)
    if not event.any():
        raise ValueError("no tenancy ended, so that nothing tells areas apart")
    used = [c for c in CASE_MIX if movers[c].nunique() > 1]
    steps = np.unique(time[event])
    at_risk, ends = (time[:, None] >= steps).sum(axis=0), (time[event][:, None] == steps).sum(axis=0)
    crude = np.concatenate([[0.0], np.cumsum(ends / at_risk)])[np.searchsorted(steps, time, "right")]
    if not used:
        return crude, crude, []
    fit = cox(time, event, movers[used].to_numpy(float), firth=True)
    base = fit.baseline()
    hazard = np.concatenate([[0.0], base["cumulative_hazard"]])[np.searchsorted(base["time"], time, "right")]
    return (
        hazard * np.exp(movers[used].to_numpy(float) @ fit.coefficients),
        crude,
        [CASE_MIX[c] for c in used],
    )


def who_moved(movers: pd.DataFrame, set_aside: int, horizon: int) -> Sentence:
    """How many movers in how many areas, followed how long, and whom the comparison leaves out."""
    made = sentence(
        "{n} movers in {k} areas are followed for up to {months} months since the move; {ended} tenancies ended by then"
        + ("; {left} movers are left out since a characteristic is not recorded." if set_aside else "."),
        n=count(len(movers)),
        k=count(movers["area"].nunique(), people=False),
        months=str(horizon),
        ended=count(int(movers["ended"].sum())),
        left=count(set_aside),
    )
    return made


def people_by_area(movers: pd.DataFrame, level: float) -> tuple[CaseMix | Sentence, Table | None]:
    """Ends seen against those expected of each area's people, beside those expected of anybody; or why not, in words."""
    try:
        expected, crude, _ = expected_ends(movers)
        made, plain = (
            observed_to_expected(movers["ended"], e, movers["area"], level=level) for e in (expected, crude)
        )
    except ValueError as why:
        reason = str(why).split(": ", 1)[-1].split(";")[0].rstrip(".")
        return sentence("Tenancies cannot be compared between areas: {why}.", why=reason), None
    frame = made.summary().assign(
        crude=plain.ratio,
        said=["fewer" if o < 0 else "more" if o > 0 else "within chance" for o in made.outside],
    )
    behind = ("observed", "rest")
    columns = (
        Column("name", "Area", named_by="people"),
        Column("people", "Movers", "count"),
        Column("observed", "Tenancies ended", "count"),
        Column("expected", "Expected of people like them", "decimal", 1, behind),
        Column("ratio", "Ended / expected", "decimal", 2, behind),
        Column("lower", f"{100 * level:g}% from", "decimal", 2, behind),
        Column("upper", "to", "decimal", 2, behind),
        Column("crude", "The same, unadjusted", "decimal", 2, behind),
        Column("said", "Against expectation", behind=behind),
    )
    caption = (
        "Tenancies ended by area, against those that a model over all movers expects of the area's people."
    )
    return made, Table("people", caption, frame, columns, "tenants", ("name",), "estimate")


def ends_chart(made: CaseMix, id: str, caption: str) -> Chart:
    """Observed over expected as a funnel around one, by how many ends were expected: few a point, so never released."""
    funnel = funnel_limits(made.observed, made.expected, names=made.names, target=1.0, family="poisson")
    axes = {"xlabel": "Ends expected of the area's people", "ylabel": "Ended over expected"}
    drawn = measures.funnel_chart(funnel, id, caption, **axes)
    alt = joined(
        sentence("Points by ends expected within a funnel of limits around one."),
        made.sentence("ended tenancies", people="movers"),
    )
    return replace(drawn, alt=alt, protect="inside", options=drawn.options | {"target_label": "as expected"})


def adjusting(made: CaseMix | Sentence, movers: pd.DataFrame) -> Sentence:
    """How far the ratios of areas move when it is allowed for who was there."""
    if isinstance(made, Sentence):
        return made
    _, crude, used = expected_ends(movers)
    plain = observed_to_expected(movers["ended"], crude, movers["area"], level=made.level)
    moved = float(np.max(np.abs(made.expected / plain.expected - 1)))
    return sentence(
        "Allowing for {used} moves what is expected of an area by {moved} at most; {change}.",
        used=", ".join(used) or "nothing, since all movers are alike in what is recorded,",
        moved=number(moved, style="percent", digits=0, behind=(int(made.observed.sum()),)),
        change="no area's verdict is another one"
        if (made.outside == plain.outside).all()
        else "the verdict on "
        + ", ".join(n for n, a, b in zip(made.names, made.outside, plain.outside, strict=True) if a != b)
        + " is another one",
    )
