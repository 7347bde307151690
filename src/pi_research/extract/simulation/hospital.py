"""Hospital spells as a recurrent process whose rate changes with the person's place in the programme.

A person who is not in hospital is admitted at a rate of ``admission_rate`` times their
frailty, the ratio of the period they are in, a raised ratio around the expression of
interest (people enter after a crisis), and the ratio of Covid. While a first tenancy
lasts, part of that rate is the rate of admissions that end it (``journey.relapse_hazard``):
those have been drawn with the tenancy, so only the rest is drawn here, and the whole rate
is what the parameters say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pi_research.extract.simulation.cohort import YEAR
from pi_research.extract.simulation.draws import days_of, lognormal, pick, stream
from pi_research.extract.simulation.frames import TABLES, frame
from pi_research.extract.simulation.journey import EDGES, relapse_hazard
from pi_research.extract.simulation.parameters import Parameters
from pi_research.extract.simulation.programme import Programme

__all__ = ["Course", "Stay", "candidates", "courses", "period_ratio", "spell_tables", "stays"]

STREAM = 10
LEGAL = ("informal", "section_2", "section_3", "cto_recall", "forensic_section")
METHODS, METHOD_SHARES = ("emergency", "planned", "unknown"), (0.90, 0.08, 0.02)


@dataclass(frozen=True, slots=True)
class Course:
    """What the trust's record of one patient depends on; NaN steps for somebody not on the programme."""

    number: int
    frailty: float = 1.0
    crisis: bool = False
    forensic: bool = False
    long_stay: bool = False
    interest: float = np.nan
    start: float = np.nan
    prepared_to: float = np.nan
    move: float = np.nan
    tenancy_to: float = np.nan
    relapse: float = np.nan
    relapse_hazard: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    death: float = np.nan


@dataclass(frozen=True, slots=True)
class Stay:
    """One spell of one patient in days; ``discharge`` may lie after the extract date."""

    patient: int
    admission: int
    discharge: float
    forensic: bool
    transfer: bool = False


def courses(made: Programme, p: Parameters) -> list[Course]:
    """Courses of everyone who expressed an interest, by their position."""
    people = made.people
    hazard = relapse_hazard(people, made.move - people.start, p) / YEAR
    prepared = np.fmin(np.fmin(made.move, made.left), made.extract + 1)
    tenancy = np.fmin(np.fmin(made.relapse_admission, made.end), made.extract + 1)
    return [
        Course(
            i, people.frailty[i], bool(people.crisis[i]), bool(people.forensic[i]), bool(people.long_stay[i]),
            people.interest[i], people.start[i], prepared[i], made.move[i], tenancy[i],
            made.relapse_admission[i], tuple(hazard[:, i]), made.death[i],
        )
        for i in range(len(people))
    ]


def period_ratio(day: np.ndarray, course: Course, ratios: tuple[float, ...]) -> np.ndarray:
    """Rate ratio on each day: 1 outside the programme, then by ``PERIODS``."""
    ratio = np.where((day >= course.start) & (day < course.prepared_to), ratios[0], 1.0)
    since = day - course.move
    return np.where(since >= 0, np.array(ratios[1:])[_piece(since)], ratio)


def _piece(since: np.ndarray) -> np.ndarray:
    return np.clip(np.searchsorted(EDGES, np.nan_to_num(since), side="right") - 1, 0, 3)


def in_covid(day: np.ndarray, p: Parameters) -> np.ndarray:
    """Which days fall in Covid."""
    return (day >= days_of(p.covid_from)) & (day < days_of(p.covid_to))


def candidates(rng: np.random.Generator, rate: float, begin: float, end: float, columns: int):
    """Days of a process with a constant daily rate, and ``columns`` uniform numbers for each of them."""
    if end <= begin or rate <= 0:
        return np.empty(0), np.empty((columns, 0))
    expected = rate * (end - begin)
    many = int(expected + 8 * np.sqrt(expected) + 12)
    u = np.maximum(rng.random((many, columns + 1)), 1e-300).T
    day = begin + np.cumsum(-np.log(u[0])) / rate
    return day[day < end], u[1:, day < end]


def _rate(day: np.ndarray, course: Course, p: Parameters) -> np.ndarray:
    """Admissions a day that are still to be drawn for a person at risk."""
    rate = p.admission_rate / YEAR * course.frailty * (p.crisis_entry_admission if course.crisis else 1.0)
    before, after = p.crisis_window
    window = (day >= course.interest - before) & (day < course.interest + after) & ~(day >= course.move)
    ratio = period_ratio(day, course, p.admission_ratio)
    ratio = np.where(window, p.crisis_window_ratio[int(course.crisis)], ratio)
    if course.long_stay:
        ratio = np.where(day >= course.move, ratio * p.long_stay_admission_modifier, ratio)
    rate = rate * ratio * np.where(in_covid(day, p), p.covid_admission, 1.0)
    housed = (day >= course.move) & (day < course.tenancy_to)
    return rate - np.where(housed, np.array(course.relapse_hazard)[_piece(day - course.move)], 0.0)


def stays(course: Course, seed: int, p: Parameters) -> list[Stay]:
    """Spells of one patient from the first day of the trust's record to the extract date or death."""
    rng = stream(seed, STREAM, course.number)
    end = np.fmin(course.death, days_of(p.extract_date) + 1)
    top = max(*p.admission_ratio, *p.crisis_window_ratio, 1.0) * max(1.0, p.long_stay_admission_modifier)
    top *= p.admission_rate / YEAR * course.frailty * max(1.0, p.crisis_entry_admission)
    day, u = candidates(rng, top, days_of(p.trust_record_from), end, 3)
    drawn = u[0] * top < _rate(day, course, p)
    length = np.floor(lognormal(u[1], *p.stay_days)).clip(1, 900)
    events = [(int(d), n, s, False) for d, n, s in zip(day[drawn], length[drawn], u[2][drawn], strict=True)]
    kept: list[Stay] = []
    for admission, length_, split, ends_tenancy in sorted([*events, *_relapse(course, rng, p)]):
        discharge = float(np.fmin(admission + length_, course.death))
        if kept and admission <= kept[-1].discharge:
            if ends_tenancy:  # already in hospital: that stay goes on and costs the tenancy
                kept[-1] = replace(kept[-1], discharge=max(kept[-1].discharge, discharge))
            continue
        stay, middle = Stay(course.number, admission, discharge, course.forensic), admission + length_ // 2
        if length_ > 14 and split < p.transfer_share and middle < min(discharge, days_of(p.extract_date)):
            kept += [replace(stay, discharge=middle), replace(stay, admission=int(middle), transfer=True)]
        else:
            kept.append(stay)
    return kept


def _relapse(course: Course, rng: np.random.Generator, p: Parameters) -> list[tuple]:
    u = np.maximum(rng.random(1), 1e-300)
    if np.isnan(course.relapse):
        return []
    length = float(np.floor(lognormal(u, *p.stay_days))[0])
    return [(int(course.relapse), max(float(p.relapse_stay_days), length), 1.0, True)]


def spell_tables(found: list[Stay], names: np.ndarray, seed: int, p: Parameters) -> dict:
    """Monthly versions of every spell, as a trust's return repeats them, and leave within long spells."""
    extract = days_of(p.extract_date)
    versions, leave = [], []
    for k, stay in enumerate(found):
        u = stream(seed, STREAM + 1, k).random(24)
        spell = f"HS-{k + 1:05d}"
        versions += _versions(spell, stay, names[stay.patient], u, extract, p)
        leave += _leave(spell, stay, u, extract, p)
    columns = [part.split(":")[0] for part in TABLES["hospital_spells"].split()]
    return {
        "hospital_spells": frame("hospital_spells", _columns(columns, versions)),
        "leave": frame("leave", _columns(("spell_id", "start_date", "end_date"), leave)),
    }


def _columns(names: Sequence[str], rows: list[tuple]) -> dict:
    return {name: [row[i] for row in rows] for i, name in enumerate(names)}


def _versions(spell: str, stay: Stay, patient: str, u, extract: int, p: Parameters) -> list[tuple]:
    """One row for each month in which the spell was open; delayed days grow towards its end."""
    last = min(stay.discharge, extract)
    shares = (0.36, 0.34, 0.20, 0.07, 0.12 if stay.forensic else 0.0)
    legal = pick(u[1], shares, LEGAL)
    method = "transfer" if stay.transfer else pick(u[0], METHOD_SHARES, METHODS)
    away = bool(u[2] < 0.06)
    site = f"OA{1 + int(4 * u[3])}" if away else f"ZZ{1 + int(3 * u[3])}"
    delayed = int(u[5] * 0.5 * (stay.discharge - stay.admission)) if u[4] < p.delayed_share else 0
    first, final = (np.datetime64(int(day), "D").astype("datetime64[M]") for day in (stay.admission, last))
    rows = []
    for month in np.arange(first, final + 1):
        begin, close = (int(m.astype("datetime64[D]").astype(int)) for m in (month, month + 1))
        discharge = stay.discharge if stay.discharge < close and stay.discharge <= extract else np.nan
        so_far = max(0, int(min(close, extract, stay.discharge) - (stay.discharge - delayed)))
        rows.append((spell, begin, patient, stay.admission, discharge, method, legal, site, away, so_far))
    return rows


def _leave(spell: str, stay: Stay, u: np.ndarray, extract: int, p: Parameters) -> list[tuple]:
    """Up to three periods of leave, one in each third of the second half of a spell over 28 days."""
    length = stay.discharge - stay.admission
    if length <= 28 or u[6] >= p.leave_share:
        return []
    rows = []
    for k in range(1 + int(3 * u[7])):
        begin = stay.admission + int(length * (0.5 + k / 6)) + 1
        end = min(begin + 1 + int(4 * u[8 + k]), stay.admission + int(length * (0.5 + (k + 1) / 6)))
        if begin < end and begin <= extract:
            rows.append((spell, begin, end if end <= extract else np.nan))
    return rows
