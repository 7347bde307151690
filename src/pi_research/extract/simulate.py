"""A made-up extract with known truth: the embedded default, and the bench on which the methods are tried.

Nobody in it is real, and nothing in it was fitted to a real person's record: every
parameter is a public figure or a stated assumption (``docs/simulator.md``).
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pi_research.extract.simulation.parameters import SCENARIOS, Parameters, scenario_parameters

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SCENARIOS", "Parameters", "Simulated", "scenario_parameters", "simulate", "write_simulated"]

SEED = 20191101
SUPPLIER = "pi-research simulate"
ABOUT = "Truth behind a simulated extract: no row describes a real person."


@dataclass(frozen=True, slots=True)
class Simulated:
    """A simulated extract and the truth behind it.

    ``tables`` holds one typed DataFrame for each table of the dictionary, columns in its
    order, rows sorted by key. ``truth`` holds the scenario, the seed, every parameter and
    what they imply; each part says in ``what`` what it is.
    """

    tables: dict[str, pd.DataFrame]
    truth: dict


def simulate(
    scenario: str = "base", seed: int = SEED, people: int = 113, *, parameters: Parameters | None = None
) -> Simulated:
    """Simulate a programme, what two organisations recorded about it, and the area around it.

    Parameters
    ----------
    scenario : {"base", "null", "harm", "strong"}
        ``null``: the programme changes nothing about hospital use or the area, and
        tenancies end as in ``base``. ``harm``: more admissions, losses and deaths after
        the move. ``strong``: a clear benefit, greater after a long stay in care.
    seed : int
        Same seed, same extract. Scenarios with one seed share the people and their luck.
    people : int
        How many people start; a fifth as many again express an interest and do not.
    parameters : Parameters, optional
        In place of the scenario's own (``dataclasses.replace(scenario_parameters("base"), ...)``).

    Raises
    ------
    ValueError
        Where the scenario is not one of the four, ``people`` is not a whole number of at
        least 1 or the seed not a whole number of at least 0.

    Do not use it to plan a service or to judge one: it shows what methods do with data of
    this shape, not what happened anywhere.
    """
    p = scenario_parameters(scenario) if parameters is None else parameters
    scenario_parameters(scenario)
    for name, value, least in (("people", people, 1), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError(f"{name} must be a whole number of at least {least}.")
    return _run(scenario, seed, people, p)


def _run(scenario: str, seed: int, people: int, p: Parameters) -> Simulated:
    from pi_research.extract.simulation import area, contacts, hospital, housing, identity, segments, support
    from pi_research.extract.simulation.programme import programme

    made = programme(seed, people, round(people * p.not_started_share), p)
    ids = housing.customer_ids(len(made.people))
    them = identity.patients(made, seed, p)
    courses = [c for c in (*hospital.courses(made, p), *them.others) if them.known[c.number]]
    stays = [stay for course in courses for stay in hospital.stays(course, seed, p)]
    tables = {"extract": _extract(scenario, seed, p)} | housing.housing_tables(made, seed, p)
    tables["assessments"] = support.assessments(made, ids, seed, p)
    tables["support_hours"] = support.support_hours(made, ids, seed, p)
    trust, links = identity.trust_tables(made, ids, them, p)
    tables |= trust | hospital.spell_tables(stays, them.name, seed, p)
    tables |= contacts.contact_tables(courses, stays, them.name, seed, p)
    tables["area_series"] = area.area_table(seed, p)
    tables["measures"] = area.measures_table(made, seed, p)
    tables["segments"] = segments.segments(seed, p)
    return Simulated(tables, _truth(scenario, seed, people, p, links, tables))


def _extract(scenario: str, seed: int, p: Parameters):
    from pi_research.extract.simulation.draws import days_of
    from pi_research.extract.simulation.frames import frame

    return frame("extract", {
        "extract_date": [days_of(p.extract_date)], "trust_record_from": [days_of(p.trust_record_from)],
        "supplier": [SUPPLIER], "synthetic": [True], "scenario": [scenario], "seed": [seed],
    })


def _truth(scenario: str, seed: int, people: int, p: Parameters, links: dict, tables: dict) -> dict:
    from pi_research.extract.simulation.truth import implied, parameters_as_text

    return {
        "about": ABOUT, "scenario": scenario, "seed": seed, "people_who_start": people,
        "random_numbers": "numpy PCG64, uniform doubles only", **implied(p), "links": links,
        "rows": {name: len(table) for name, table in sorted(tables.items())},
        "parameters": parameters_as_text(p),
    }


def write_simulated(simulated: Simulated, folder: str | Path) -> Path:
    """Write one CSV a table and ``truth.json``: UTF-8, LF, ISO dates; all of it or nothing.

    The folder is written beside its place and moved into it. An earlier simulated extract
    is replaced as a whole.

    Raises
    ------
    FileExistsError
        Where the folder holds anything but an earlier simulated extract.
    NotADirectoryError
        Where a file stands in its place.
    """
    folder = Path(folder).resolve()
    _refuse_foreign(folder, {f"{name}.csv" for name in simulated.tables} | {"truth.json"})
    folder.parent.mkdir(parents=True, exist_ok=True)
    new, old = (folder.with_name(f".{folder.name}.{state}") for state in ("new", "old"))
    for left in (new, old):
        shutil.rmtree(left, ignore_errors=True)
    new.mkdir()
    try:
        _write_files(simulated, new)
        _swap(new, folder, old)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return folder


def _swap(new: Path, folder: Path, old: Path) -> None:
    """Put the new folder in place; the old one goes only when the new one stands."""
    if not folder.exists():
        os.replace(new, folder)
        return
    os.replace(folder, old)
    try:
        os.replace(new, folder)
    except OSError:
        os.replace(old, folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _write_files(simulated: Simulated, folder: Path) -> None:
    from pi_research.extract.simulation.frames import as_text

    for name, table in simulated.tables.items():
        as_text(table).to_csv(folder / f"{name}.csv", index=False, lineterminator="\n", encoding="utf-8")
    text = json.dumps(simulated.truth, indent=1, ensure_ascii=False) + "\n"
    (folder / "truth.json").write_bytes(text.encode("utf-8"))


def _refuse_foreign(folder: Path, ours: set[str]) -> None:
    """Nothing that somebody else put there is ever overwritten."""
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file: name a folder for the simulated extract.")
    held = {path.name for path in folder.iterdir()} if folder.exists() else set()
    if held and not (held <= ours and _is_simulated(folder)):
        raise FileExistsError(
            f"{folder} holds something other than a simulated extract: name an empty folder or a new one."
        )


def _is_simulated(folder: Path) -> bool:
    try:
        return json.loads((folder / "truth.json").read_text(encoding="utf-8"))["about"] == ABOUT
    except (OSError, ValueError, KeyError, TypeError):
        return False
