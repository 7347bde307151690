"""Who expresses an interest: dates of entry and what is known about each person at referral."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from pi_research.extract.simulation.draws import days_of, lognormal, normal, pick, uniforms
from pi_research.extract.simulation.parameters import Parameters

__all__ = ["AREAS", "HOMES", "YEAR", "TWINS_FROM", "Cohort", "cohort", "twins"]

YEAR = 365.25
STREAM, TWINS_FROM = 1, 40
HOMES = 14
AREAS = ("North", "East", "South", "West", "Central")
SEX = ("female", "male")
ETHNIC = ("asian", "black", "mixed", "white", "other", "not_stated")
DIAGNOSES = ("psychosis", "bipolar", "depression_anxiety", "personality", "other", "unknown")
SOURCES = ("care_coordinator", "residential_home", "recovery_team", "self_or_family", "other")
SOURCE_SHARES = (0.52, 0.20, 0.16, 0.08, 0.04)
CONSENT = ("given", "refused", "withdrawn", "not_asked")
CONSENT_NOT_STARTED = (0.20, 0.15, 0.0, 0.65)


@dataclass(frozen=True, slots=True)
class Cohort:
    """One position a person, shape ``(n,)``; days count from 1970-01-01, NaN where a step never came."""

    starts: np.ndarray
    interest: np.ndarray
    accepted: np.ndarray
    start: np.ndarray
    birth: np.ndarray
    sex: np.ndarray
    ethnic_group: np.ndarray
    diagnosis: np.ndarray
    forensic: np.ndarray
    learning_disability: np.ndarray
    crisis: np.ndarray
    in_care_since: np.ndarray
    long_stay: np.ndarray
    source: np.ndarray
    consent: np.ndarray
    home: np.ndarray
    frailty: np.ndarray
    death: np.ndarray

    def take(self, order: np.ndarray) -> Cohort:
        """The same people in another order, or some of them."""
        return Cohort(**{f.name: getattr(self, f.name)[order] for f in fields(self)})

    def __len__(self) -> int:
        return len(self.interest)


def _start_days(u: np.ndarray, p: Parameters) -> np.ndarray:
    """Days of start: uniform in time, at a lower rate in Covid."""
    edges = np.array([days_of(d) for d in (p.first_start, p.covid_from, p.covid_to, p.last_start)], float)
    weight = np.diff(edges) * (1.0, p.covid_enrolment_ratio, 1.0)
    reached = np.concatenate([[0.0], np.cumsum(weight)]) / weight.sum()
    return np.floor(np.interp(u, reached, edges))


def cohort(seed: int, started: int, not_started: int, p: Parameters) -> Cohort:
    """People in order of their expression of interest: ``started`` who start and others who do not."""
    n = started + not_started
    u = iter(uniforms(seed, STREAM, n, 20))
    starts = np.arange(n) < started
    start = _start_days(next(u), p)
    accepted = start - np.floor(7 + 38 * next(u))
    interest = accepted - np.floor(14 + 46 * next(u))
    birth = interest - np.floor(np.clip(p.age[0] + p.age[1] * normal(next(u)), 20, 68) * YEAR)
    years = np.clip(lognormal(next(u), *p.years_in_care), 0.25, 30)
    years = np.minimum(years, (interest - birth) / YEAR - 18)
    shares = (p.crisis_share, p.forensic_share, p.learning_disability_share)
    crisis, forensic, disability = (next(u) < share for share in shares)
    consent_started = pick(next(u), p.consent_shares)
    consent_other = pick(next(u), CONSENT_NOT_STARTED)
    frailty = lognormal(next(u), np.exp(-p.frailty_sigma**2 / 2), p.frailty_sigma)
    hazard = p.death_rate * p.death_age_ratio ** ((interest - birth) / YEAR - 45)
    made = Cohort(
        starts=starts, interest=interest, accepted=accepted,
        start=np.where(starts, start, np.nan), birth=birth,
        sex=pick(next(u), (p.female_share, 1 - p.female_share)),
        ethnic_group=pick(next(u), p.ethnic_shares), diagnosis=pick(next(u), p.diagnosis_shares),
        forensic=forensic, learning_disability=disability, crisis=crisis,
        in_care_since=interest - np.floor(years * YEAR), long_stay=years >= p.long_stay_years,
        source=pick(next(u), SOURCE_SHARES), consent=np.where(starts, consent_started, consent_other),
        home=np.floor(HOMES * next(u)).astype(int), frailty=frailty,
        death=np.floor(np.where(starts, start, interest) - np.log(next(u)) / hazard * YEAR),
    )
    return _with_twins(made.take(np.lexsort((start, interest))), p)


def _with_twins(people: Cohort, p: Parameters) -> Cohort:
    """One pair of twins in a cohort of 40 or more (``identity`` gives them one surname and home)."""
    if len(people) >= TWINS_FROM:
        a, b = twins(len(people))
        people.birth[b] = people.birth[a]
        grown = people.birth[b] + np.floor(19 * YEAR)
        since = max(people.in_care_since[b], min(grown, people.interest[b] - 100))
        people.in_care_since[b] = since
        people.long_stay[b] = people.interest[b] - since >= np.floor(p.long_stay_years * YEAR)
    return people


def twins(n: int) -> tuple[int, int]:
    """Positions of the twins in a cohort of ``n``."""
    return n // 3, n - 2
