"""Small extracts made by hand, typed as ``read_extract`` types them."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pandas as pd
import pytest

EXTRACT = pd.Timestamp("2024-03-31")
RECORD_FROM = "2020-01-01"
ZERO, DAY = pd.Timestamp(0), pd.Timedelta(days=1)
LAST, RECORD = (EXTRACT - ZERO).days, (pd.Timestamp(RECORD_FROM) - ZERO).days
COLUMNS = {
    "people": ["customer_id", "consent"],
    "programme_events": ["customer_id", "event", "date"],
    "tenancies": ["customer_id", "start_date", "end_date", "end_reason"],
    "placements": ["customer_id", "start_date", "end_date"],
    "delays": ["customer_id", "start_date", "end_date", "reason"],
    "links": ["customer_id", "patient_id"],
    "patients": ["patient_id", "death_date"],
    "hospital_spells": ["spell_id", "record_month", "patient_id", "admission_date", "discharge_date"],
    "contacts": ["patient_id", "date", "team", "attendance"],
    "extract": ["trust_record_from"],
}
IN_FULL = COLUMNS | {
    "people": ["customer_id", "consent", "residential_since"],
    "tenancies": ["tenancy_id", *COLUMNS["tenancies"]],
    "placements": ["customer_id", "start_date"],
    "hospital_spells": [*COLUMNS["hospital_spells"], "site", "admission_method"],
    "leave": ["spell_id", "start_date", "end_date"],
    "contacts": ["patient_id", "date", "team", "planned", "attendance"],
    "extract": ["extract_date", "trust_record_from"],
}
DAYS = {"date", "start_date", "end_date", "death_date", "admission_date", "discharge_date", "record_month",
        "residential_since", "extract_date", "trust_record_from"}
KINDS = {"crisis": ("crisis", False, "attended"), "planned": ("community", True, "attended"),
         "missed": ("community", True, "did_not_attend"), "other": ("crisis", False, None)}


def typed(columns: list[str], rows: list[tuple]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=columns, dtype=object)
    for column in DAYS & set(frame):
        frame[column] = pd.to_datetime(frame[column])
    return frame.astype({"planned": "boolean"}) if "planned" in frame else frame


def described(people: pd.DataFrame) -> pd.DataFrame:
    """People with the columns that tables of characteristics read."""
    flags = {"entered_in_crisis": False, "forensic_history": None, "learning_disability": True}
    return people.assign(
        sex="female", ethnic_group="white", diagnosis_group="psychosis", referral_source="other", area="North",
        **{name: pd.array([value] * len(people), "boolean") for name, value in flags.items()},
    )


@pytest.fixture(scope="session")
def extract():
    """Tables from rows of plain values; people are everyone named, with consent, unless given.

    ``people``, ``programme_events`` and ``tenancies`` are always there; of the others those given.
    """

    def make(**given: list[tuple]) -> dict[str, pd.DataFrame]:
        given = {"programme_events": [], "tenancies": [], **given}
        known = {p for p, _ in given.get("people", [])}
        named = {row[0] for name, rows in given.items() for row in rows if COLUMNS[name][0] == "customer_id"}
        given["people"] = [*given.get("people", []), *((p, "given") for p in sorted(named - known))]
        tables = {name: typed(COLUMNS[name], rows) for name, rows in given.items()}
        tables["tenancies"].insert(0, "tenancy_id", [f"T{i:03d}" for i in range(len(tables["tenancies"]))])
        return tables | {"people": described(tables["people"])}

    return make


class Village:
    """People added one by one; ``tables`` is their extract."""

    last_day = EXTRACT

    def __init__(self) -> None:
        self.rows: dict[str, list[tuple]] = {name: [] for name in IN_FULL if name != "delays"}

    def person(
        self, name: str, *, consent: str = "given", since: str | None = "2018-01-01", linked: bool = True,
        died: str | None = None, tenancies: tuple = (), spells: tuple = (), leave: tuple = (), contacts: tuple = (),
        placements: tuple = (), **steps: str,
    ) -> str:
        """``steps``: start, withdrawal ...; ``tenancies``: (first, last, reason); ``spells``: (admitted, discharged
        [, site[, version[, number of the spell[, method]]]]); ``leave``: (number of the spell, away, back);
        ``contacts``: (day, kind)."""
        add, patient = self.rows, f"P-{name}"
        add["people"].append((name, consent, since))
        add["programme_events"] += [(name, step, day) for step, day in steps.items()]
        add["tenancies"] += [(f"T-{name}-{i}", name, *t) for i, t in enumerate(tenancies)]
        add["placements"] += [(name, day) for day in placements]
        add["links"].append((name, patient if linked else None))
        add["patients"].append((patient, died))
        for i, spell in enumerate(spells):
            admitted, discharged, site, version, number, method = (*spell, *(None,) * 4)[:6]
            spell_id = f"S-{name}-{i if number is None else number}"
            add["hospital_spells"].append((spell_id, version or (admitted[:8] + "01"), patient, admitted, discharged,
                                           site or "A", method or "emergency"))
        add["leave"] += [(f"S-{name}-{number}", away, back) for number, away, back in leave]
        add["contacts"] += [(patient, day, *KINDS[kind]) for day, kind in contacts]
        return name

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        rows = {**self.rows, "extract": [(str(EXTRACT.date()), RECORD_FROM)]}
        return {name: typed(IN_FULL[name], rows[name]) for name in rows}


@pytest.fixture(scope="session")
def village() -> type[Village]:
    """The class that puts an extract together; its last day is ``village.last_day``."""
    return Village


def number(day: str | None) -> int | None:
    return None if day is None else (pd.Timestamp(day) - ZERO).days


def text(day: int | None) -> str | None:
    return None if day is None else f"{ZERO + day * DAY:%Y-%m-%d}"


def someone(draw: random.Random) -> dict:
    """A person to whom anything may have happened, in any order and on the same days."""
    some = lambda low, high: draw.randint(low, high)  # noqa: E731
    start = some(RECORD - 200, LAST + 30)
    move = start + some(-20, 300)
    tenancies = []
    for _ in range(draw.choice([0, 1, 1, 2, 3])):
        last = None if draw.random() < 0.3 else move + draw.choice([0, 1, 30, some(1, 900)])
        reason = None if last is None else draw.choice(["relapse", "planned_move_on", "death", "own_choice"])
        tenancies.append((text(move), text(last), reason))
        move = (last if last is not None else move) + draw.choice([0, 0, 1, 20, -5, some(0, 90)])
    spells, day = [], RECORD - some(0, 300)
    for i in range(draw.choice([0, 1, 3, 6])):
        day += draw.choice([0, 1, 2, some(0, 200)])
        out = None if draw.random() < 0.05 else day + draw.choice([0, 1, some(1, 60)])
        for version in range(draw.choice([1, 1, 2])):
            late = text(day + 40 * version)[:8] + "01"
            known = text(out if version else None) if draw.random() < 0.2 else text(out)
            method = draw.choice(["emergency", "emergency", "transfer"])
            spells.append((text(day), known, draw.choice("AB"), late, i, method))
        day = draw.choice([day, out if out is not None else day])
    leave = []
    for spell in spells:
        if draw.random() < 0.4:
            away = number(spell[0]) + some(0, 30)
            leave.append((spell[4], text(away), draw.choice([None, text(away + some(0, 9))])))
    kinds = ["crisis", "planned", "missed", "other"]
    contacts = [(text(some(RECORD - 100, LAST + 20)), draw.choice(kinds)) for _ in range(some(0, 12))]
    contacts += [(s[0], "crisis") for s in spells[:1]] + [(t[0], "planned") for t in tenancies[:1]]
    placements = [text(some(RECORD, LAST + 30))] if draw.random() < 0.1 else []
    person = dict(
        since=draw.choice([None, text(start - some(0, 2000))]), linked=draw.random() < 0.85, tenancies=tenancies,
        spells=spells, leave=leave, contacts=contacts, placements=placements, start=text(start),
        died=text(some(RECORD, LAST + 60)) if draw.random() < 0.2 else None,
    )
    if draw.random() < 0.2:
        person.pop("start")
    if draw.random() < 0.25:
        with_the_move = max(0, number(tenancies[0][0]) - start) if tenancies else 5
        person["withdrawal"] = text(start + draw.choice([0, some(-30, 600), with_the_move]))
    return person


@pytest.fixture(scope="session")
def drawn():
    """An extract of random people, and what happened to each by name: ``drawn(seed, people=20)``."""

    def make(seed: int, people: int = 20) -> tuple[dict[str, pd.DataFrame], dict[str, dict]]:
        draw, village = random.Random(seed), Village()
        who = {f"Q{i:03d}": someone(draw) for i in range(people)}
        for name, what in who.items():
            village.person(name, **what)
        return village.tables, who

    return make


@pytest.fixture(scope="session")
def table():
    """One table of the engine alone, since making all takes longer: ``table("stages", tables, day, tenancy)``."""
    from pi_research.journeys.timeline import outcomes, series
    from pi_research.journeys.timeline.build import ORDER
    from pi_research.journeys.timeline.engine import bound, connect, to_frame
    from pi_research.journeys.timeline.reading import NEEDED, STEPS, records
    from pi_research.journeys.timeline.states import named
    from pi_research.sections import Milestones, Tenancy

    def make(name: str, tables: dict, day: pd.Timestamp = EXTRACT, rules: object = None,
             milestones: object = None) -> pd.DataFrame:
        on = connect()
        made = records(bound({n: tables[n] for n in (*NEEDED, "extract") if n in tables}, on), day, on)
        ends = outcomes.tenancy_outcomes(made, rules or Tenancy())
        found = {
            "stages": lambda: named(outcomes.stages(made), made, (*STEPS, "move", "died")),
            "tenancies": lambda: named(ends, made, ("move", "stop")),
            "milestones": lambda: named(outcomes.milestone_status(ends, made, milestones or Milestones()), made,
                                        ("due",)),
            "monthly": lambda: series.monthly_series(ends, made),
        }[name]()
        return to_frame(found, on, ORDER[name])

    return make


@pytest.fixture(scope="session")
def simulated():
    from pi_research.extract.simulate import simulate

    return simulate().tables


@pytest.fixture(scope="session")
def in_r(project) -> dict:
    """Inputs and answers of R; made by the script beside them."""
    text = (Path(project) / "tests" / "reference" / "journeys" / "journeys.json").read_text()
    return json.loads(text)["cases"]
