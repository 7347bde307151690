"""Monthly series of the city and three areas without the programme, and performance measures by quarter."""

from __future__ import annotations

import numpy as np

from pi_research.extract.simulation.draws import days_of, normal, uniforms
from pi_research.extract.simulation.frames import frame
from pi_research.extract.simulation.parameters import Parameters
from pi_research.extract.simulation.programme import Programme

__all__ = ["AREA_MEASURES", "CITY", "COMPARISONS", "area_design", "area_table", "measures_table"]

SERIES_STREAM, MEASURES_STREAM = 14, 15
CITY, COMPARISONS = "Programme city", ("Comparison area A", "Comparison area B", "Comparison area C")
AREA_MEASURES = {"bed_days": 3100.0, "admissions": 72.0, "delayed_days": 340.0, "crisis_contacts": 860.0}
SIZES = (1.0, 0.8, 1.3, 0.6)
RESIDENTS = 465_000
FIRST, PROGRAMME = np.datetime64("2016-04"), np.datetime64("2019-10")
QUARTER_MEASURES = (  # measure, level, target, direction, denominator
    ("People with severe mental illness in settled homes", 0.58, 0.61, "higher_is_better", 2400),
    ("Delayed days per occupied bed day", 0.11, 0.08, "lower_is_better", 9300),
    ("Followed up within 72 hours of discharge", 0.77, 0.80, "higher_is_better", 190),
)


def area_design(p: Parameters) -> dict[str, np.ndarray]:
    """Months and the columns that a series is made of, each of shape ``(months,)``.

    ``covid`` is 1 in April to June 2020, 0.5 from then to the last month of Covid, 0.3 in
    March 2020 and 0 elsewhere; ``season`` a yearly wave with its top in January.
    """
    last = np.datetime64(p.extract_date, "M")
    months = np.arange(FIRST, last + 1)
    time, calendar = np.arange(len(months), dtype=float), months.astype(int) % 12
    start = float((PROGRAMME - FIRST).astype(int))
    begin, end = (np.datetime64(day, "M") for day in (p.covid_from, p.covid_to))
    after = (months > begin) & (months <= end)
    covid = np.select([months == begin, after & (months <= begin + 3), after], [0.3, 1.0, 0.5], 0.0)
    return {
        "month": months, "time": time, "season": np.cos(2 * np.pi * calendar / 12), "covid": covid,
        "level": (time >= start).astype(float), "slope": np.maximum(time - start, 0.0),
    }


def _series(first: float, k: int, programme: bool, normals: np.ndarray, p: Parameters) -> np.ndarray:
    """One series: trend, season, Covid, level and slope change, errors that remember the month before; ``first``
    is the count of a month of average length, and a longer month has more."""
    x = area_design(p)
    mean = 1 + p.area_trend * x["time"] + p.area_season * x["season"] + p.area_covid[k] * x["covid"]
    if programme:
        mean = mean + p.area_level_change[k] * x["level"] + p.area_slope_change[k] * x["slope"]
    errors = p.area_sd * normals
    for t in range(1, len(errors)):
        errors[t] = p.area_rho * errors[t - 1] + np.sqrt(1 - p.area_rho**2) * errors[t]
    days = ((x["month"] + 1).astype("datetime64[D]") - x["month"].astype("datetime64[D]")).astype(float)
    return np.maximum(np.round(first * (mean + errors) * days * 12 / 365.25), 0)


def area_table(seed: int, p: Parameters):
    """Four measures in four areas, with residents as the denominator."""
    months = area_design(p)["month"]
    n, day = len(months), months.astype("datetime64[D]").astype("int64").astype(float)
    areas = (CITY, *COMPARISONS)
    normals = normal(uniforms(seed, SERIES_STREAM, n, len(areas) * len(AREA_MEASURES)))
    columns: dict[str, list] = {name: [] for name in ("area", "measure", "month", "value", "denominator")}
    for a, (area, size) in enumerate(zip(areas, SIZES, strict=True)):
        for k, (measure, first) in enumerate(AREA_MEASURES.items()):
            columns["area"] += [area] * n
            columns["measure"] += [measure] * n
            columns["month"] += list(day)
            columns["value"] += list(_series(first * size, k, a == 0, normals[a * 4 + k], p))
            columns["denominator"] += list(np.round(RESIDENTS * size * (1 + 0.0004 * np.arange(n))))
    return frame("area_series", columns | {"denominator_unit": ["residents"] * len(columns["area"])})


def measures_table(made: Programme, seed: int, p: Parameters):
    """Quarterly measures of all areas, and the programme's own: moves, and six months sustained."""
    quarters = np.arange(np.datetime64("2019-10"), np.datetime64(p.extract_date, "M") + 1, 3)
    u = iter(normal(uniforms(seed, MEASURES_STREAM, len(quarters), 4 * len(QUARTER_MEASURES))))
    rows = []
    for area, size in zip((CITY, *COMPARISONS), SIZES, strict=True):
        for name, level, target, direction, count in QUARTER_MEASURES:
            base, noise = round(count * size), next(u)
            spread = 1.5 * np.sqrt(level * (1 - level) / base)
            values = np.round(base * np.clip(level + 0.001 * np.arange(len(quarters)) + spread * noise, 0, 1))
            rows += [
                (area, name, q, v, base, target, direction) for q, v in zip(quarters, values, strict=True)
            ]
    rows += _programme_measures(made, quarters)
    names = ("area", "measure", "quarter", "numerator", "denominator", "target", "direction")
    columns = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    return frame("measures", columns | {"quarter": [float(days_of(q)) for q in columns["quarter"]]})


def _programme_measures(made: Programme, quarters: np.ndarray) -> list[tuple]:
    edges = np.append(quarters, quarters[-1] + 3).astype("datetime64[D]").astype("int64")

    def by_quarter(days: np.ndarray) -> np.ndarray:
        return np.histogram(days[~np.isnan(days)], edges)[0]

    moves, due, reached = by_quarter(made.move), by_quarter(made.due(6)), by_quarter(made.sustained(6))
    better = "higher_is_better"
    names = ("Moves into own tenancy", "Tenancies sustained six months of those due")
    rows = [(CITY, names[0], q, n, None, 4.0, better) for q, n in zip(quarters, moves, strict=True)]
    both = zip(quarters, reached, due, strict=True)
    return rows + [(CITY, names[1], q, n, d, 0.82, better) for q, n, d in both if d]
