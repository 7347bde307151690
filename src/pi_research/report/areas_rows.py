"""Areas brought together: the run's extract and further ones, their series and measures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from pi_research import extract
from pi_research.journeys.area import area_months, areas_of
from pi_research.params import ParamsError

if TYPE_CHECKING:
    from pi_research.extract import Extract
    from pi_research.params import Params

__all__ = ["measures_of", "series_of", "together"]

Extracts = Mapping[str, "Extract"]


def together(data: Extract, settings: Params) -> dict[str, Extract]:
    """The run's extract and those of ``areas.extracts``, by folder name.

    Raises
    ------
    ParamsError
        For a folder that cannot be read, or two of one name.
    """
    made, faults = {settings.data.name: data}, []
    for given in settings.areas.extracts:
        name = (settings.root / given).name
        try:
            if name in made:
                raise extract.ExtractError(
                    f"two folders are called {name}: rename one, they name the areas' people"
                )
            made[name] = extract.read_extract(settings.root / given)
        except extract.ExtractError as fault:
            faults.append(f"areas.extracts: {fault}")
    if faults:
        raise ParamsError(faults)
    return made


def _once(held: Mapping[str, list[str]], what: str) -> list[str]:
    """A fault for each area that stands in more than one extract."""
    twice = {}
    for name, areas in held.items():
        for area in areas:
            twice.setdefault(area, []).append(name)
    return [
        f"areas.extracts: {area} has {what} in {' and in '.join(names)}; take it out of one, or rename it"
        for area, names in twice.items()
        if len(names) > 1
    ]


def series_of(extracts: Extracts, settings: Params) -> dict[str, pd.DataFrame]:
    """The series of ``areas.measure`` of every area, in alphabetical order, as :func:`journeys.area_months`.

    For a Gaussian model (``series.family``) ``rate`` is per 100,000 residents a month, so that areas of unlike
    size can be pooled.

    Raises
    ------
    ParamsError
        Every fault at once: an area twice; a start of an unknown area, outside its series or in a series of one
        month; a rate asked for where an area's series has no residents as denominator.
    """
    measure, starts = settings.areas.measure, settings.areas.starts
    held = {name: areas_of(one.tables, measure) for name, one in extracts.items()}
    if faults := _once(held, f"a series of {measure}"):
        raise ParamsError(faults)
    made = {
        area: area_months(extracts[name].tables, measure, area)
        for name, areas in held.items()
        for area in areas
    }
    made = {area: made[area] for area in sorted(made)}
    for area, day in starts.items():
        faults += _start_fault(area, pd.Timestamp(str(day)), made.get(area), measure, made)
    if settings.series.family == "gaussian":
        made, wrong = _per_resident(made, extracts, held, measure, set(starts))
        faults += wrong
    if faults:
        raise ParamsError(faults)
    return made


def _start_fault(
    area: str, start: pd.Timestamp, frame: pd.DataFrame | None, measure: str, known: Mapping
) -> list[str]:
    if frame is None:
        held = ", ".join(known) or "no area"
        return [f"areas.starts.{area}: no extract has a series of {measure} of that area; there is {held}"]
    first, last = frame["month"].iloc[0], frame["month"].iloc[-1]
    if len(frame) == 1:
        what = f"its series has one month ({first:%B %Y}), from which no change can be told; supply more months, or take it out"
    elif not first < start <= last:
        what = (
            f"{start:%Y-%m-%d} leaves no month before or after it in its series ({first:%B %Y} to {last:%B %Y}); "
            "correct the start, or supply more months"
        )
    else:
        return []
    return [f"areas.starts.{area}: {what}"]


def _per_resident(
    made: dict, extracts: Extracts, held: Mapping, measure: str, asked: set
) -> tuple[dict, list[str]]:
    """Rates per 100,000 residents a month; areas without residents are faults where they have a start, else left out."""
    units = {}
    for name, areas in held.items():
        table = extracts[name].tables.get("area_series", pd.DataFrame(columns=["area", "measure"]))
        for area, one in table[(table["measure"] == measure) & table["area"].isin(areas)].groupby("area"):
            unit = one["denominator_unit"] if "denominator_unit" in one else pd.Series(dtype=object)
            units[area] = (
                bool(len(unit)) and bool(unit.eq("residents").all()) and one["denominator"].notna().all()
            )
    wrong = [
        f"areas.starts.{area}: its series has no residents as denominator, so that its rate cannot be set beside that "
        "of areas of another size; supply them, or take series.family: quasi_poisson, which compares ratios"
        for area in made
        if not units.get(area) and area in asked
    ]
    return {
        area: frame.assign(rate=frame["value"] / frame["exposure"] * 365.25 / 12 * 100_000)
        for area, frame in made.items()
        if units.get(area)
    }, wrong


def measures_of(extracts: Extracts) -> pd.DataFrame:
    """The tables ``measures`` of all extracts as one.

    Raises
    ------
    ParamsError
        For an area with one measure in more than one extract.
    """
    parts = {name: one.tables["measures"] for name, one in extracts.items() if "measures" in one.tables}
    if not parts:
        return pd.DataFrame(
            columns=["area", "measure", "quarter", "numerator", "denominator", "target", "direction"]
        )
    held = {
        name: [f"{m} of {a}" for a, m in frame[["area", "measure"]].drop_duplicates().to_numpy()]
        for name, frame in parts.items()
    }
    if faults := _once(held, "rows of the table measures"):
        raise ParamsError(faults)
    return pd.concat(parts.values(), ignore_index=True)
