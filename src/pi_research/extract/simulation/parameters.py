"""Every number that the simulator uses, with its unit and where it comes from; a scenario changes a few."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any

__all__ = ["PERIODS", "SCENARIOS", "Parameters", "parameter_rows", "scenario_parameters"]

PERIODS = ("preparation", "months_0_to_6", "months_6_to_12", "months_12_to_24", "later")
REPORT = "interim report, 13 October 2021"
REGISTER = "INDIGO register, INDIGO-POJ-0181"
OWN = "assumption"
CARD = "illustrative; sum 36,200 a person as in the " + REPORT


def _p(default: Any, unit: str, source: str = OWN) -> Any:
    return field(default=default, metadata={"unit": unit, "source": source})


@dataclass(frozen=True, slots=True)
class Parameters:
    """All that the mechanism needs to know; hashable, so that what it implies can be kept.

    Tuples follow a fixed order: ``PERIODS`` for ratios by period; 0-6, 6-12, 12-24 and
    more than 24 months since the move for hazards; relapse, return, own choice, planned
    move on, eviction for hazard ratios. Shares follow the dictionary's allowed values.
    """

    extract_date: date = _p(date(2024, 9, 30), "day", REGISTER + ": end of the last results period")
    trust_record_from: date = _p(date(2017, 4, 1), "day")
    first_start: date = _p(date(2019, 10, 7), "day", REPORT + ": delivery began in October 2019")
    last_start: date = _p(date(2024, 8, 31), "day")
    covid_from: date = _p(date(2020, 3, 23), "day", "first national lockdown in England")
    covid_to: date = _p(date(2021, 7, 19), "day", "end of most legal restrictions in England")
    tariff_change: date = _p(date(2022, 4, 1), "day", REGISTER + ": engagement and 18 months added")
    covid_enrolment_ratio: float = _p(0.6, "starts in Covid relative to other times")
    not_started_share: float = _p(0.2, "expressions of interest without a start, per person who started")
    trust_only_share: float = _p(0.4, "patients not on the programme, per person who started")
    in_trust_share: float = _p(0.96, "share of customers whom the trust knows")
    forename_errors: tuple[float, float] = _p((0.06, 0.04), "shares: misspelt, shortened")
    surname_errors: tuple[float, ...] = _p((0.06, 0.08, 0.02), "shares: misspelt, changed (women, men)")
    birth_date_error: float = _p(0.06, "share with another date of birth on the trust's side")
    old_address_share: float = _p(0.5, "share of movers whose move the trust has not heard of")
    found_with_two_errors: float = _p(0.6, "share linked by eye where two of three identifiers differ")
    age: tuple[float, float] = _p((43.0, 11.0), "years at interest: mean, standard deviation")
    female_share: float = _p(0.36, "share")
    ethnic_shares: tuple[float, ...] = _p((0.07, 0.11, 0.05, 0.70, 0.03, 0.04), "shares")
    diagnosis_shares: tuple[float, ...] = _p((0.66, 0.12, 0.07, 0.09, 0.04, 0.02), "shares")
    years_in_care: tuple[float, float] = _p((3.5, 0.8), "years: median, sigma of the logarithm")
    long_stay_years: float = _p(5.0, "years in care from which a stay is long")
    forensic_share: float = _p(0.22, "share")
    learning_disability_share: float = _p(0.10, "share")
    crisis_share: float = _p(0.20, "share entered in crisis")
    consent_shares: tuple[float, ...] = _p((0.88, 0.04, 0.03, 0.05), "shares of people who started")
    nominal_preparation: float = _p(274.0, "days", REPORT + ": up to 9 months")
    preparation: tuple[float, float] = _p((240.0, 0.30), "days before delays: median, sigma")
    crisis_preparation: tuple[float, float] = _p((62.0, 0.40), "days before delays: median, sigma")
    learning_disability_preparation: float = _p(1.2, "ratio of preparation", REPORT + ": takes longer")
    delay_chance: tuple[float, float] = _p((0.50, 0.20), "probability of a first and a second delay")
    crisis_delay: float = _p(0.5, "ratio of that probability for people who entered in crisis")
    delay_days: tuple[float, float] = _p((60.0, 0.8), "days: median, sigma")
    delay_reason_shares: tuple[float, ...] = _p((0.36, 0.16, 0.0, 0.12, 0.10, 0.14, 0.08, 0.04), "shares")
    forensic_delay: float = _p(1.4, "ratio of delay", REPORT + ": some areas and landlords are closed")
    covid_slowing: float = _p(0.45, "extra days of preparation per day of it in Covid")
    preparation_withdrawal: float = _p(0.35, "per year")
    death_rate: float = _p(0.014, "per year at age 45")
    death_age_ratio: float = _p(1.05, "hazard ratio per year of age")
    death_ratio_after_move: float = _p(1.0, "hazard ratio")
    return_hazard: tuple[float, ...] = _p((0.080, 0.026, 0.016, 0.010), "per year")
    own_choice_hazard: tuple[float, ...] = _p((0.055, 0.020, 0.016, 0.012), "per year")
    move_on_hazard: tuple[float, ...] = _p((0.015, 0.025, 0.025, 0.030), "per year")
    eviction_hazard: tuple[float, ...] = _p((0.048, 0.016, 0.011, 0.006), "per year")
    other_loss_ratio: float = _p(1.0, "hazard ratio of every end but relapse and death")
    relapse_given_admission: tuple[float, ...] = _p((0.24, 0.13, 0.09, 0.06), "probability")
    notice_days: int = _p(28, "days from the admission to the end of the tenancy")
    short_lead_in_days: float = _p(91.0, "days", REPORT + ": preference for 3 to 9 months")
    short_lead_in_ratio: tuple[float, ...] = _p((1.8, 1.8, 1.2, 1.0, 1.5), "hazard ratios")
    crisis_ratio: tuple[float, ...] = _p((1.3, 1.3, 1.0, 1.0, 1.2), "hazard ratios", REPORT + ": more risk")
    forensic_ratio: tuple[float, ...] = _p((1.0, 1.0, 1.0, 1.0, 1.8), "hazard ratios")
    learning_disability_ratio: tuple[float, ...] = _p((1.0, 1.3, 1.0, 1.0, 1.0), "hazard ratios")
    long_stay_ratio: tuple[float, ...] = _p((1.0, 1.4, 1.0, 1.0, 1.0), "hazard ratios")
    second_tenancy_chance: tuple[float, ...] = _p((0.30, 0.20, 0.25, 0.75, 0.35), "probability by end reason")
    second_tenancy_hazard: float = _p(0.25, "per year")
    leaves_with_tenancy: float = _p(0.05, "probability of leaving the programme and keeping the tenancy")
    rate_card_before: tuple[int, ...] = _p(
        (0, 9200, 9000, 9000, 0, 9000), "pounds: engagement, move, 6, 12, 18, 24 months", CARD)
    rate_card_after: tuple[int, ...] = _p(
        (2000, 7200, 9000, 9000, 4500, 4500), "the same, from the tariff change", CARD)
    decision_shares: tuple[float, ...] = _p((0.95, 0.03, 0.02), "paid, contested, rejected")
    admission_rate: float = _p(0.45, "per year at risk, before the programme")
    frailty_sigma: float = _p(0.6, "standard deviation of the logarithm, mean of the factor 1")
    crisis_entry_admission: float = _p(1.3, "ratio of admissions for people who entered in crisis")
    crisis_window: tuple[int, int] = _p((180, 30), "days before and after the expression of interest")
    crisis_window_ratio: tuple[float, float] = _p((1.8, 3.0), "rate ratio: others, entered in crisis")
    admission_ratio: tuple[float, ...] = _p((0.95, 1.10, 0.80, 0.65, 0.60), "rate ratios by period")
    long_stay_admission_modifier: float = _p(1.0, "further ratio after the move where the stay was long")
    covid_admission: float = _p(0.9, "ratio of admissions in Covid")
    stay_days: tuple[float, float] = _p((28.0, 0.9), "days in hospital: median, sigma")
    relapse_stay_days: int = _p(35, "days at least in the stay that ends a tenancy")
    delayed_share: float = _p(0.2, "share of stays with delayed days")
    transfer_share: float = _p(0.06, "share of stays over 14 days with a transfer")
    leave_share: float = _p(0.5, "share of stays over 28 days with leave")
    planned_contact_rate: float = _p(8.4, "per year at risk")
    planned_contact_ratio: tuple[float, ...] = _p((1.30, 1.60, 1.30, 1.10, 1.00), "rate ratios by period")
    covid_planned_contact: float = _p(0.75, "ratio")
    did_not_attend: tuple[float, ...] = _p(
        (0.15, 0.11, 0.13, 0.13, 0.13, 0.13), "probability: before, then by period")
    crisis_contact_rate: float = _p(0.9, "per year at risk")
    crisis_contact_ratio: tuple[float, ...] = _p((0.95, 1.15, 0.85, 0.70, 0.65), "rate ratios by period")
    covid_crisis_contact: float = _p(1.15, "ratio")
    star_start: tuple[float, float] = _p((4.3, 1.0), "points of 10: mean, standard deviation of people")
    star_gain: tuple[float, ...] = _p((0.5, 1.0, 1.4), "points at the move, 6 months after it, transition")
    star_noise: float = _p(1.1, "points: standard deviation of one rating")
    assessment_missing: float = _p(0.12, "share of assessments never made")
    support_hours: tuple[float, ...] = _p(
        (16.0, 30.0, 14.0, 6.0), "coach hours a month: preparation, 3 months from the move, to 12, to 24",
        "of the order of the " + REPORT + ": 30 hours a week for 3 people")
    placement_weekly_cost: tuple[float, float] = _p(
        (800.0, 0.22), "pounds a week: mean, sigma", REPORT + ": 41,600 a year")
    area_rho: float = _p(0.4, "autocorrelation of neighbouring months")
    area_trend: float = _p(0.0010, "per month, share of the first level")
    area_season: float = _p(0.03, "amplitude, share of the first level")
    area_sd: float = _p(0.03, "standard deviation of the errors, share of the first level")
    area_covid: tuple[float, ...] = _p(
        (-0.10, -0.12, -0.20, 0.08),
        "share of the first level: bed days, admissions, delayed days, crisis contacts")
    area_level_change: tuple[float, ...] = _p((-0.04, -0.04, -0.08, -0.02), "the same, from October 2019")
    area_slope_change: tuple[float, ...] = _p((-0.0015, -0.0012, -0.0030, -0.0005), "the same, per month")
    segments: int = _p(150, "coded interview segments")


NULL = {
    "admission_ratio": (1.0,) * 5, "planned_contact_ratio": (1.0,) * 5, "crisis_contact_ratio": (1.0,) * 5,
    "did_not_attend": (0.15,) * 6, "star_gain": (0.0,) * 3,
    "area_level_change": (0.0,) * 4, "area_slope_change": (0.0,) * 4,
    # the hazard of relapse is this probability times the admission rate: held as in base
    "relapse_given_admission": (0.24 * 1.10, 0.13 * 0.80, 0.09 * 0.65, 0.06 * 0.60),
}
HARM = {
    "admission_ratio": (1.0, 1.6, 1.5, 1.4, 1.3), "crisis_contact_ratio": (1.0, 1.6, 1.5, 1.4, 1.3),
    "did_not_attend": (0.15, 0.16, 0.22, 0.22, 0.22, 0.22),
    "other_loss_ratio": 1.6, "death_ratio_after_move": 1.5,
    "star_gain": (0.0, -0.3, -0.5),
    "area_level_change": (0.05, 0.05, 0.08, 0.04), "area_slope_change": (0.0015, 0.0012, 0.0030, 0.0010),
}
STRONG = {
    "admission_ratio": (0.85, 0.70, 0.50, 0.40, 0.35), "crisis_contact_ratio": (0.90, 0.75, 0.55, 0.45, 0.40),
    "long_stay_admission_modifier": 0.5, "other_loss_ratio": 0.6, "star_gain": (0.8, 1.8, 2.4),
    "area_level_change": (-0.10, -0.10, -0.16, -0.06),
    "area_slope_change": (-0.0030, -0.0025, -0.0050, -0.0015),
}
SCENARIOS = {"base": {}, "null": NULL, "harm": HARM, "strong": STRONG}


def scenario_parameters(scenario: str = "base") -> Parameters:
    """Parameters of one of the four scenarios.

    Raises
    ------
    ValueError
        Where the scenario is not one of ``SCENARIOS``.
    """
    if scenario not in SCENARIOS:
        raise ValueError(f"There is no scenario of that name. Choose one of: {', '.join(SCENARIOS)}.")
    return replace(Parameters(), **SCENARIOS[scenario])


def parameter_rows() -> list[str]:
    """Rows of the parameter table in ``docs/simulator.md``: name, value in base, unit, source."""
    base = Parameters()
    return [
        f"| `{f.name}` | {_written(getattr(base, f.name))} | {f.metadata['unit']} | {f.metadata['source']} |"
        for f in fields(Parameters)
    ]


def _written(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(_written(v) for v in value)
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:g}" if isinstance(value, float) else str(value)
