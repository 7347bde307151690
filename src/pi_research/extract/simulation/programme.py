"""The programme as it was seen by the extract date: every step of every person, or NaN."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pi_research.extract.simulation.cohort import YEAR, Cohort, cohort
from pi_research.extract.simulation.draws import add_months, days_of, exponential, pick, uniforms
from pi_research.extract.simulation.journey import DEATH, Preparation, first_tenancy, preparation
from pi_research.extract.simulation.parameters import Parameters

__all__ = ["Programme", "programme"]

STREAM = 4
SECOND_GAP = np.array([[60, 400], [60, 400], [0, 90], [0, 0], [30, 150], [0, 0]], float)
SECOND_REASONS, SECOND_SHARES = (1, 2, 3), (0.4, 0.4, 0.2)


@dataclass(frozen=True, slots=True)
class Programme:
    """Steps of each person in days, shape ``(n,)``, NaN where the step was not seen.

    ``left`` is the day of leaving the programme, before or after the move; ``followed_to``
    the extract date or the day of death; ``reason`` -1 while the tenancy lasts.
    """

    people: Cohort
    preparation: Preparation
    extract: int
    declined: np.ndarray
    left: np.ndarray
    plan: np.ndarray
    planned_on: np.ndarray
    planned_for: np.ndarray
    move: np.ndarray
    end: np.ndarray
    reason: np.ndarray
    relapse_admission: np.ndarray
    second_start: np.ndarray
    second_end: np.ndarray
    second_reason: np.ndarray
    transition: np.ndarray
    death: np.ndarray

    @property
    def followed_to(self) -> np.ndarray:
        """Last day on which each person is followed: death or the extract date, whichever is first."""
        return np.fmin(self.death, self.extract)

    @property
    def moved(self) -> np.ndarray:
        """Whether each person moved."""
        return ~np.isnan(self.move)

    def due(self, months: int) -> np.ndarray:
        """Day on which the first tenancy would reach so many months, NaN after the extract date."""
        day = np.where(self.moved, add_months(np.where(self.moved, self.move, 0), months), np.nan)
        return _by(day, self.extract)

    def sustained(self, months: int) -> np.ndarray:
        """Day on which the first tenancy reached so many months, NaN where it did not or not yet."""
        due = self.due(months)
        return np.where(self.end <= due, np.nan, due)


def programme(seed: int, started: int, not_started: int, p: Parameters) -> Programme:
    """Run the mechanism for so many people and cut it off at the extract date."""
    people = cohort(seed, started, not_started, p)
    u = uniforms(seed, STREAM, len(people), 16)
    extract = days_of(p.extract_date)
    ahead = preparation(people, seed, p)
    move = np.where(ahead.moved_by(extract, people), ahead.move, np.nan)
    tenancy = first_tenancy(people, move, seed, p)
    death = np.where(np.isnan(move), people.death, tenancy.death)
    end, reason = _seen(tenancy.end, tenancy.reason, extract)
    second = _second(end, reason, death, extract, u[4:9], p)
    declined = ~people.starts & (u[14] < 0.65) & (people.accepted <= death)
    left = _left(people, declined, ahead, move, end, second[0], u[9:13], p)
    limit = np.fmin(np.fmin(left, death), extract)
    transition = np.floor(move + 2 * YEAR + 40 * u[13] - 20)
    plan, planned_on, planned_for = _plans(people, ahead, u[0:4], p)
    return Programme(
        people=people, preparation=ahead, extract=extract, move=move, end=end, reason=reason,
        declined=declined, left=_by(left, np.fmin(death, extract)),
        plan=_by(plan, limit), planned_on=_by(planned_on, limit), planned_for=planned_for,
        relapse_admission=_by(tenancy.relapse_admission, extract),
        second_start=second[0], second_end=second[1], second_reason=second[2],
        transition=np.where(np.isnan(end), _by(transition, limit), np.nan), death=_by(death, extract),
    )


def _by(day: np.ndarray, limit: np.ndarray | float) -> np.ndarray:
    return np.where(day <= limit, day, np.nan)


def _seen(end: np.ndarray, reason: np.ndarray, extract: int) -> tuple[np.ndarray, np.ndarray]:
    """End and reason where they had happened by the extract date."""
    return _by(end, extract), np.where(end <= extract, reason, -1)


def _second(end, reason, death, extract, u, p) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Start, end and reason of a second tenancy: a planned move on leads straight into it."""
    chance = np.array([*p.second_tenancy_chance, 0.0, 0.0])[reason]
    low, high = SECOND_GAP[reason].T
    start = end + np.floor(low + (high - low) * u[1])
    start = np.where((u[0] < chance) & (start < death) & (start <= extract), start, np.nan)
    ends = start + 30 + np.floor(exponential(u[2], p.second_tenancy_hazard / YEAR))
    why = np.where(death <= ends, DEATH, pick(u[3], SECOND_SHARES, SECOND_REASONS).astype(int))
    return start, *_seen(np.fmin(ends, np.where(np.isnan(start), np.nan, death)), why, extract)


def _left(people, declined, ahead, move, end, second_start, u, p) -> np.ndarray:
    """Day of leaving: before a start or a move, with the tenancy kept, or some time after losing it."""
    kept = np.floor(move + 90 + 500 * u[0])
    kept = np.where((u[1] < p.leaves_with_tenancy) & ~(end <= kept), kept, np.nan)
    lost = np.where((u[2] < 0.6) & np.isnan(second_start), end + 30 + np.floor(90 * u[3]), np.nan)
    not_started = people.accepted + 5 + np.floor(35 * u[0])
    before = np.where(people.starts, np.fmin(ahead.withdrawal, people.death), not_started)
    return np.where(np.isnan(move), np.where(declined, np.nan, before), np.fmin(kept, lost))


def _plans(people, ahead, u, p) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Day of the action plan, day on which a move was planned, and the day that it was planned for."""
    lead = ahead.move - people.start
    plan = people.start + np.floor(np.minimum(35 + 15 * u[0], 0.35 * lead))
    planned_on = np.maximum(plan, people.start + np.floor(np.minimum(56 + 80 * u[1], 0.6 * lead)))
    nominal = np.where(people.crisis, 45 + 40 * u[2], p.nominal_preparation + 30 * u[2] - 15)
    return plan, planned_on, np.maximum(people.start + np.floor(nominal), planned_on + 14)
