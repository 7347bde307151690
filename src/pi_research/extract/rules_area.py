"""Rules for area series, performance measures and the row that describes the extract."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from pi_research.extract.across import Context, Tables, needs
from pi_research.extract.faults import Fault, fault


def about_the_extract(t: Tables, context: Context) -> Iterator[Fault]:
    """The record's beginning, and a scenario given for real people."""
    about = t["extract"]
    late = about["trust_record_from"] > about["extract_date"]
    yield fault("record_from_after_extract", "extract", "trust_record_from", about.index[late])
    simulated = about["scenario"].notna() | about["seed"].notna()
    real = ~about["synthetic"].fillna(True).to_numpy(bool)
    yield fault("scenario_of_real", "extract", "scenario", about.index[simulated & real])


def months_of_a_series(t: Tables, context: Context) -> Iterator[Fault]:
    """Gaps, and series too short to be one."""
    series = t["area_series"].sort_values(["area", "measure", "month"])
    number = series["month"].dt.year * 12 + series["month"].dt.month
    groups = number.groupby([series["area"], series["measure"]])
    yield fault("series_gap", "area_series", "month", series.index[groups.diff() > 1])
    yield fault("series_one_month", "area_series", "month", series.index[groups.transform("size") == 1])


def values_and_denominators(t: Tables, context: Context) -> Iterator[Fault]:
    """A part no larger than its whole, and each denominator with its unit."""
    series = t["area_series"]
    above = pd.Series(False, index=series.index)
    for measure, units in context.rules.setting("above_denominator", "parts").items():
        part = series["measure"].eq(measure) & series["denominator_unit"].isin(units)
        above |= part & (series["value"] > series["denominator"]) & (series["denominator"] > 0)
    there, unit = series["denominator"].notna(), series["denominator_unit"].notna()
    ordered = series.sort_values(["area", "measure", "month"])
    kinds = ordered["denominator_unit"].dropna()
    before = kinds.groupby([ordered["area"], ordered["measure"]]).shift()
    for rule, column, rows in (
        ("above_denominator", "value", series.index[above]),
        ("denominator_zero", "denominator", series.index[series["denominator"] == 0]),
        ("denominator_without_unit", "denominator_unit", series.index[there & ~unit]),
        ("unit_without_denominator", "denominator", series.index[unit & ~there]),
        ("denominator_unit_changes", "denominator_unit", kinds.index[before.notna() & (before != kinds)]),
    ):
        yield fault(rule, "area_series", column, rows)


def measures_alone(t: Tables, context: Context) -> Iterator[Fault]:
    """Numerators, denominators and targets."""
    measures = t["measures"]
    above = (measures["numerator"] > measures["denominator"]) & (measures["denominator"] > 0)
    for rule, column, wrong in (
        ("numerator_above_denominator", "numerator", above),
        ("denominator_zero", "denominator", measures["denominator"] == 0),
        ("target_without_direction", "direction", measures["target"].notna() & measures["direction"].isna()),
    ):
        yield fault(rule, "measures", column, measures.index[wrong])


CHECKS = (
    needs("extract")(about_the_extract),
    needs("area_series")(months_of_a_series),
    needs("area_series")(values_and_denominators),
    needs("measures")(measures_alone),
)
