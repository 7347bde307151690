"""Measures that others counted: the extract's table, and the councils' as published."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pi_research.journeys import slug
from pi_research.measures import Measure, MeasureError

__all__ = ["COUNCILS", "KINDS", "councils", "kind_of", "supplied"]

KINDS = {
    "satisfaction": "1 satisfaction",
    "framework": "2 national framework",
    "own_goals": "3 the person's own goals",
    "independence": "4 independence",
    "none": "none of the four",
}
"""Bolton's four kinds of outcome, as a table names them."""

COUNCILS = ("Isle of Wight", "Swindon", "Leeds", "Somerset", "Coventry")
DENOMINATORS = {"lee_care_act": "lee_referrals", "lee_no_eligible_need": "lee_referrals",
                "cov_no_longer_term": "cov_short_term_people"}
"""Published shares whose base the source gives, by measure."""

Rows = list[tuple[Measure, pd.DataFrame]]


def kind_of(kinds: pd.DataFrame):
    """The kind of outcome of a measure, in words, by its id or name."""
    by_name = dict(zip(kinds["measure"], kinds["kind"], strict=True))
    return lambda name: KINDS.get(by_name.get(name, ""), "not classed")


def supplied(measures: pd.DataFrame | None, area: str, kinds: pd.DataFrame) -> Rows:
    """One area's measures as the extract supplies them; a target is that of the latest quarter.

    Raises
    ------
    MeasureError
        Where the table knows no such area. Without a table there are no rows.
    """
    if measures is None:
        return []
    if area not in set(measures["area"]):
        raise MeasureError(
            f"measures.area: the table measures has no area {area!r}; correct params.yaml. There are: "
            + ", ".join(sorted(set(measures["area"])))
        )
    kind, made = kind_of(kinds), []
    for name, one in measures[measures["area"] == area].groupby("measure", sort=True):
        one = one.sort_values("quarter")
        last, share = one.iloc[-1], one["denominator"].notna().all()
        direction = {"higher_is_better": 1, "lower_is_better": -1}.get(last["direction"], 0)
        target = float(last["target"]) if pd.notna(last["target"]) else None
        comparison = {1: "at_least", -1: "at_most"}.get(direction, "") if target is not None else ""
        measure = Measure(
            id=f"area_{slug(name)}",
            name=name,
            numerator="as the performance report counts it",
            denominator="as the performance report gives it" if share else "",
            scale="share" if share else "count",
            target=target,
            comparison=comparison,
            direction=direction,
            kind=kind(name),
            source="table measures",
            definition="As supplied by quarter; the report's own definition is not in the extract.",
            independent="days" not in name.lower(),
        )
        made.append((measure, one.rename(columns={"quarter": "period"}).reset_index(drop=True)))
    return made


def councils(measures: pd.DataFrame, values: pd.DataFrame, kinds: pd.DataFrame) -> Rows:
    """The five councils' measures of performance as published, with the values that there are.

    Shares whose base the source gives become counts of it (to the nearest whole), so that they have
    intervals.
    """
    kind, made = kind_of(kinds), []
    chosen = measures[measures["council"].isin(COUNCILS) & (measures["kind"] != "context")]
    twice = chosen.duplicated(["council", "measure"], keep=False)
    for row, same in zip(chosen.itertuples(), twice, strict=True):
        share = row.unit == "percent"
        found = values[values["measure"] == row.id]
        rows = pd.DataFrame(
            {
                "period": found["period"].to_numpy(),
                "value": found["value"].to_numpy(float) / (100 if share else 1),
            }
        )
        made.append(
            (
                Measure(
                    id=row.id,
                    name=f"{row.council}: {row.measure}" + (f" ({row.group})" if same else ""),
                    numerator=_text(row.numerator),
                    denominator=_text(row.denominator),
                    scale="share" if share else "value",
                    unit="" if share else row.unit,
                    target=None if pd.isna(row.target) else row.target / (100 if share else 1),
                    comparison=_text(row.comparison),
                    direction={"higher": 1, "lower": -1}.get(row.direction, 0),
                    kind=kind(row.id),
                    definition=_text(row.note),
                    source=row.source,
                    where=row.where,
                    people=False,
                ),
                _with_base(rows, row.id, found, values),
            )
        )
    return made


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _with_base(rows: pd.DataFrame, id: str, found: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    base = values[values["measure"] == DENOMINATORS.get(id)].set_index("year")["value"]
    size = found["year"].map(base).to_numpy(float)
    if not len(rows) or not np.isfinite(size).all():
        return rows
    return pd.DataFrame(
        {"period": rows["period"], "numerator": np.round(rows["value"] * size), "denominator": size}
    )
