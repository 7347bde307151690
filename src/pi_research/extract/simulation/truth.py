"""What the parameters imply, worked out and not typed: the answers that an analysis should find."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from functools import lru_cache

import numpy as np

from pi_research.extract.simulation.area import AREA_MEASURES, CITY
from pi_research.extract.simulation.cohort import cohort
from pi_research.extract.simulation.draws import days_of
from pi_research.extract.simulation.journey import END_REASONS, first_tenancy, preparation
from pi_research.extract.simulation.parameters import PERIODS, Parameters

__all__ = ["MONTHS", "TRUTH_PEOPLE", "implied", "parameters_as_text"]

MONTHS = (6, 12, 18, 24)
TRUTH_PEOPLE, TRUTH_SEED = 200_000, 113
DAYS_A_MONTH = 365.25 / 12


@lru_cache(maxsize=32)
def _tenancy(p: Parameters) -> dict:
    """Monte Carlo over the same mechanism with no end of follow-up, for all who move by the extract date."""
    people = cohort(TRUTH_SEED, TRUTH_PEOPLE, 0, p)
    ahead = preparation(people, TRUTH_SEED, p)
    movers = ahead.moved_by(days_of(p.extract_date), people)
    people, move = people.take(movers), ahead.move[movers]
    found = first_tenancy(people, move, TRUTH_SEED, p)
    lasted, groups = found.end - move, {"long_stay": people.long_stay}
    groups["lead_in_under_3_months"] = move - people.start < p.short_lead_in_days
    return {
        "what": "first tenancy, from the day of the move, as if nobody's follow-up ended; every end counts, "
        "death too. Months of 30.4375 days. Cause by cause: probability of having ended for that reason by "
        "then, with the other reasons competing",
        "population": "people who start and move by the extract date",
        "method": f"Monte Carlo of the same mechanism, {TRUTH_PEOPLE} people who start, seed {TRUTH_SEED}",
        "people_who_move": int(movers.sum()), "share_who_move": _estimate(movers),
        "sustained": {str(m): _estimate(lasted > m * DAYS_A_MONTH) for m in MONTHS},
        "sustained_by_group": {
            f"{name}_{'yes' if value else 'no'}": {
                str(m): _estimate(lasted[mark == value] > m * DAYS_A_MONTH) for m in MONTHS
            }
            for name, mark in groups.items() for value in (True, False)
        },
        "cumulative_incidence": {
            cause: {str(m): _estimate((lasted <= m * DAYS_A_MONTH) & (found.reason == k)) for m in MONTHS}
            for k, cause in enumerate(END_REASONS)
        },
    }


def _estimate(yes: np.ndarray) -> dict:
    """A probability and its Monte Carlo standard error."""
    value = float(yes.mean())
    error = float(np.sqrt(value * (1 - value) / len(yes)))
    return {"value": round(value, 5), "monte_carlo_error": round(error, 5)}


def _service_use(p: Parameters) -> dict:
    def ratios(values: tuple[float, ...]) -> dict:
        return {"before": 1.0} | dict(zip(PERIODS, map(float, values), strict=True))

    return {
        "what": "rate ratios within the person for a day at risk (not in hospital), against days before the "
        "start and outside the window around the expression of interest. preparation: from the start to the "
        "move, or to leaving, after the window; then by time since the first move, whether the tenancy lasts "
        "or not",
        "admission_rate_ratio": ratios(p.admission_ratio),
        "crisis_contact_rate_ratio": ratios(p.crisis_contact_ratio),
        "planned_contact_rate_ratio": ratios(p.planned_contact_ratio),
        "did_not_attend_probability": dict(zip(("before", *PERIODS), p.did_not_attend, strict=True)),
        "admissions_a_year_before": p.admission_rate, "covid_admission_ratio": p.covid_admission,
        "entry_window": {
            "what": "days around the expression of interest with a raised admission rate: left in the "
            "baseline, it makes any later period look better than it is (regression to the mean); it ends "
            "with the move",
            "days_before": p.crisis_window[0], "days_after": p.crisis_window[1],
            "admission_rate_ratio": p.crisis_window_ratio[0],
            "admission_rate_ratio_entered_in_crisis": p.crisis_window_ratio[1],
        },
    }


def _area(p: Parameters) -> dict:
    measures = {}
    for k, (measure, first) in enumerate(AREA_MEASURES.items()):
        measures[measure] = {
            "first_level": first, "level_change": round(first * p.area_level_change[k], 6),
            "slope_change": round(first * p.area_slope_change[k], 6), "trend": round(first * p.area_trend, 6),
            "season_amplitude": round(first * p.area_season, 6),
            "covid_change": round(first * p.area_covid[k], 6),
            "standard_deviation": round(first * p.area_sd, 6), "autocorrelation": p.area_rho,
        }
    return {
        "what": "additive parts of the monthly series in counts a month: level_change from October 2019, "
        "slope_change a month from then, covid_change times 0.3 in March 2020, 1 in April to June 2020, 0.5 "
        "to the last month of Covid, season_amplitude times a cosine with its top in January, first-order "
        "autoregressive errors. Planted at the level of the area: not the sum of what happens to the people "
        "in the person tables",
        "programme_area": CITY, "comparison_areas": "the same without level and slope change, scaled by size",
        "measures": measures,
    }


def implied(p: Parameters) -> dict:
    """Tenancies, service use, area series and effect modification that the parameters imply."""
    return {
        "tenancy": _tenancy(p), "service_use": _service_use(p), "area_series": _area(p),
        "effect_modification": {
            "what": "further ratio of the admission rate after the move for people who had spent "
            f"{p.long_stay_years:g} years or more in care at referral; 1 where nothing is planted",
            "modifier": "long_stay", "admission_rate_ratio": p.long_stay_admission_modifier,
        },
    }


def parameters_as_text(p: Parameters) -> dict:
    """Every parameter as JSON takes it."""
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in asdict(p).items()}
