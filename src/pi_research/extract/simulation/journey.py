"""From the start of preparation to the move, and from the move to the end of the tenancy.

The same functions make the extract (cut off at the extract date) and the truth (not cut
off, for many more people): see ``truth``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pi_research.extract.simulation.cohort import YEAR, Cohort
from pi_research.extract.simulation.draws import days_of, exponential, lognormal, pick, uniforms
from pi_research.extract.simulation.parameters import Parameters

__all__ = ["END_REASONS", "EDGES", "Preparation", "Tenancy", "first_tenancy", "preparation", "relapse_hazard"]

END_REASONS = ("relapse", "return_to_residential", "own_choice", "planned_move_on", "eviction", "death")
DEATH = END_REASONS.index("death")
EDGES = np.array([0.0, 0.5, 1.0, 2.0]) * YEAR
PREPARATION_STREAM, TENANCY_STREAM = 2, 3


@dataclass(frozen=True, slots=True)
class Preparation:
    """How a person's preparation goes if nothing cuts it short; shape ``(n,)``, delays ``(2, n)``."""

    move: np.ndarray
    withdrawal: np.ndarray
    delay_days: np.ndarray
    delay_reason: np.ndarray
    covid_days: np.ndarray

    def moved_by(self, day: float, people: Cohort) -> np.ndarray:
        """Who has moved: before leaving, dying and the day given."""
        return people.starts & (self.move <= day) & (self.move < np.fmin(self.withdrawal, people.death))


@dataclass(frozen=True, slots=True)
class Tenancy:
    """First tenancies if nothing cuts them short; days, shape ``(n,)``; ``reason`` as in ``END_REASONS``."""

    end: np.ndarray
    reason: np.ndarray
    relapse_admission: np.ndarray
    death: np.ndarray


def preparation(people: Cohort, seed: int, p: Parameters) -> Preparation:
    """Days to the move: own pace, delays, and what Covid adds; and the day of leaving before it."""
    u = uniforms(seed, PREPARATION_STREAM, len(people), 8)
    median = np.where(people.crisis, p.crisis_preparation[0], p.preparation[0])
    median = median * np.where(people.learning_disability, p.learning_disability_preparation, 1.0)
    sigma = np.where(people.crisis, p.crisis_preparation[1], p.preparation[1])
    own_pace = np.clip(lognormal(u[0], median, sigma), 28, 900)
    longer = np.where(people.forensic, p.forensic_delay, 1.0)
    delays = np.floor(np.clip(lognormal(u[1:3], p.delay_days[0], p.delay_days[1]) * longer, 7, 600))
    chance = np.outer(p.delay_chance, np.where(people.crisis, p.crisis_delay, 1.0))
    delays = np.where(u[3:5] < chance, delays, 0.0)
    delays[1] = np.where(delays[0] > 0, delays[1], 0.0)
    in_covid = np.clip(
        np.minimum(people.start + own_pace + delays.sum(axis=0), days_of(p.covid_to))
        - np.maximum(people.start, days_of(p.covid_from)), 0, None)
    covid_days = np.floor(p.covid_slowing * in_covid)
    return Preparation(
        move=np.floor(people.start + own_pace + delays.sum(axis=0) + covid_days),
        withdrawal=np.floor(people.start + 10 + exponential(u[5], p.preparation_withdrawal / YEAR)),
        delay_days=delays, delay_reason=pick(u[6:8], p.delay_reason_shares), covid_days=covid_days,
    )


def relapse_hazard(people: Cohort, lead_in: np.ndarray, p: Parameters) -> np.ndarray:
    """Hazard of an admission that ends the tenancy, per year, shape ``(4, n)`` by time since the move.

    The admission rate times the probability that an admission costs the tenancy, capped
    so that it never exceeds the admission rate itself (also in Covid).
    """
    chance = np.outer(p.relapse_given_admission, _ratio(people, lead_in, p, 0))
    chance = np.minimum(chance, p.covid_admission)
    rate = p.admission_rate * people.frailty * np.where(people.crisis, p.crisis_entry_admission, 1.0)
    rate = rate * np.where(people.long_stay, p.long_stay_admission_modifier, 1.0)
    return chance * np.outer(p.admission_ratio[1:], rate)


def _ratio(people: Cohort, lead_in: np.ndarray, p: Parameters, cause: int) -> np.ndarray:
    """Product of the hazard ratios that apply to a person for one cause."""
    marks = (
        (lead_in < p.short_lead_in_days, p.short_lead_in_ratio), (people.crisis, p.crisis_ratio),
        (people.forensic, p.forensic_ratio), (people.learning_disability, p.learning_disability_ratio),
        (people.long_stay, p.long_stay_ratio),
    )
    return np.prod([np.where(mark, ratios[cause], 1.0) for mark, ratios in marks], axis=0)


def _hazards(people: Cohort, lead_in: np.ndarray, p: Parameters) -> np.ndarray:
    """Cause-specific hazards per day without death, shape ``(5, 4, n)``."""
    tables = (p.return_hazard, p.own_choice_hazard, p.move_on_hazard, p.eviction_hazard)
    others = [
        p.other_loss_ratio * np.outer(table, _ratio(people, lead_in, p, cause))
        for cause, table in enumerate(tables, start=1)
    ]
    return np.stack([relapse_hazard(people, lead_in, p), *others]) / YEAR


def first_tenancy(people: Cohort, move: np.ndarray, seed: int, p: Parameters) -> Tenancy:
    """When and why the first tenancy ends, for everyone, as if everyone had moved on their day.

    The total hazard is constant between the edges, so the day is drawn by inversion and
    the cause by its share on that day. A relapse ends the tenancy after the notice;
    death ends it on the day.
    """
    u = uniforms(seed, TENANCY_STREAM, len(people), 2)
    hazards = _hazards(people, move - people.start, p)
    total = hazards.sum(axis=0)
    passed = np.vstack([np.zeros(len(people)), np.cumsum(total[:-1] * np.diff(EDGES)[:, None], axis=0)])
    target = -np.log(u[0])
    piece = (target >= passed).sum(axis=0) - 1
    here = (piece, np.arange(len(people)))
    decided = np.floor(move + 1 + EDGES[piece] + (target - passed[here]) / total[here])
    shares = np.cumsum(hazards[:, piece, here[1]], axis=0)
    cause = np.minimum((u[1] * shares[-1] >= shares).sum(axis=0), 4)
    end = decided + np.where(cause == 0, p.notice_days, 0)
    death = np.floor(move + 1 + (people.death - move) / p.death_ratio_after_move)
    dies = ~(end < death)
    return Tenancy(
        end=np.where(dies, death, end), reason=np.where(dies, DEATH, cause),
        relapse_admission=np.where((cause == 0) & (decided < death), decided, np.nan), death=death,
    )
