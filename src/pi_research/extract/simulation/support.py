"""What the coaches recorded: scores of Recovery Star, Barthel and five ways, and hours of direct contact."""

from __future__ import annotations

import numpy as np

from pi_research.extract.simulation.draws import days_of, lognormal, normal, stream
from pi_research.extract.simulation.frames import frame, stacked
from pi_research.extract.simulation.parameters import Parameters
from pi_research.extract.simulation.programme import Programme

__all__ = ["STAR_AREAS", "assessments", "support_hours"]

ASSESSMENT_STREAM, HOURS_STREAM = 6, 7
STAR_AREAS = (
    "managing_mental_health", "physical_health", "living_skills", "social_networks", "work", "relationships",
    "addictive_behaviour", "responsibilities", "identity", "trust_and_hope",
)
FIVE_WAYS = ("connect", "be_active", "take_notice", "keep_learning", "give")
AREA_EASE = np.array([0.0, 0.3, 0.2, -0.5, -1.2, -0.4, 0.8, 0.5, 0.1, 0.2])
ROLES = ("health_wellbeing_coach", "housing_worker", "peer_mentor")
MONTH = 30.4375


def _scores(normals: np.ndarray, u: np.ndarray, p: Parameters) -> list[tuple]:
    """(tool, area, stage, values) of all scores; stage 0 plan, 1 move, 2 six months, 3 transition."""
    person = p.star_start[0] + p.star_start[1] * normals[0]
    gain = np.concatenate([[0.0], p.star_gain])
    rows = []
    for stage in range(4):
        for k, area in enumerate(STAR_AREAS):
            noise = p.star_noise * normals[1 + stage * 10 + k]
            score = np.clip(np.round(person + AREA_EASE[k] + gain[stage] + noise), 1, 10)
            rows.append(("recovery_star", area, stage, score))
    rows.append(("barthel", "total", 0, np.clip(np.round(20 - 6 * u[0] ** 2), 0, 20)))
    five = np.floor(1.5 + 4.5 * u[1:6]).clip(0, 5)
    return rows + [("five_ways", way, 3, score) for way, score in zip(FIVE_WAYS, five, strict=True)]


def assessments(made: Programme, ids: np.ndarray, seed: int, p: Parameters):
    """Scores at the plan, the move, six months after it and the transition; some assessments were never made.

    From the tariff change a first Recovery Star is a condition of payment, so none is
    missing from then.
    """
    draws = stream(seed, ASSESSMENT_STREAM).random((len(ids), 60)).T
    normals, u = normal(np.maximum(draws[:41], 1e-300)), draws[41:50]
    missing = draws[50:54] < p.assessment_missing
    tenancy_at = np.floor(made.move + 6 * MONTH)
    tenancy_at = np.where(made.end <= tenancy_at, np.nan, tenancy_at)
    days = [made.plan, made.move - 3, tenancy_at, made.transition]
    last = np.fmin(made.left, made.followed_to)
    missing[0] &= ~(made.plan >= days_of(p.tariff_change))
    parts = []
    for tool, area, stage, score in _scores(normals, u, p):
        here = np.flatnonzero((days[stage] <= last) & ~missing[stage])
        parts.append({
            "customer_id": ids[here], "date": days[stage][here], "score": score[here],
            "tool": np.full(len(here), tool, dtype=object), "domain": np.full(len(here), area, dtype=object),
        })
    order = ("customer_id", "date", "tool", "domain")
    return frame("assessments", stacked("A-", "assessment_id", parts, order))


def support_hours(made: Programme, ids: np.ndarray, seed: int, p: Parameters):
    """Hours by month and role from the start to leaving or transition; a month without hours has no row."""
    first = made.people.start.astype("float64")
    last = np.fmin(np.fmin(made.left, made.transition), made.followed_to)
    begin, end = (_month(np.where(made.people.starts, day, 0)) for day in (first, last))
    count = np.where(made.people.starts, end - begin + 1, 0)
    person = np.repeat(np.arange(len(ids)), count)
    month = begin[person] + np.arange(len(person)) - np.repeat(np.cumsum(count) - count, count)
    day = month.astype("datetime64[M]").astype("datetime64[D]").astype("int64")
    since = (day + 15 - made.move[person]) / MONTH
    u = np.maximum(stream(seed, HOURS_STREAM).random((len(person), 5)), 1e-300).T
    stage = np.select([since < 0, since < 3, since < 12], [0, 1, 2], np.where(np.isnan(since), 0, 3))
    covid = np.where((day >= days_of(p.covid_from)) & (day < days_of(p.covid_to)), 0.6, 1.0)
    coach = np.array(p.support_hours)[stage] * lognormal(u[0], 1.0, 0.4) * covid
    busy = (np.abs(since) < 2.5) | (day - made.people.start[person] < 50)
    housing = np.where(busy, 9.0, 2.0) * lognormal(u[1], 1.0, 0.4) * covid * (busy | (u[2] < 0.25))
    peer = 3.0 * lognormal(u[3], 1.0, 0.4) * (u[4] < 0.15 * covid)
    parts = []
    for role, hours in zip(ROLES, (coach, housing, peer), strict=True):
        hours = np.round(2 * hours) / 2
        here = np.flatnonzero(hours > 0)
        parts.append({
            "customer_id": ids[person[here]], "month": day[here].astype(float), "hours": hours[here],
            "role": np.full(len(here), role, dtype=object),
        })
    return frame("support_hours", {name: np.concatenate([part[name] for part in parts]) for name in parts[0]})


def _month(day: np.ndarray) -> np.ndarray:
    return day.astype("int64").astype("datetime64[D]").astype("datetime64[M]").astype("int64")
