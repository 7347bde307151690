"""Journeys tables on disk, as Parquet, with a note of what they were made from."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from pi_research.files import write_bytes, write_text
from pi_research.journeys.build import Journeys, build

if TYPE_CHECKING:
    from pi_research.extract import Extract
    from pi_research.params import Params

SECTIONS = ("tenancy", "milestones", "person_time")
"""The sections of params that the tables depend on."""

HERE = Path(__file__).parent
MAKERS = (HERE / "build.py", *sorted((HERE / "timeline").glob("*.py")))


def make(data: Extract, settings: Params) -> Journeys:
    """The tables of an extract under params, made by the engine that they name."""
    cut = settings.person_time
    return build(data.tables, data.extract_date, settings.tenancy, settings.milestones, months=cut.months,
                 origin=cut.origin, engine=settings.run.engine)


def save(made: Journeys, folder: Path, origin: dict[str, str]) -> None:
    """Write the tables and ``origin.json``, which goes first and comes last: without it they do not count."""
    (folder / "origin.json").unlink(missing_ok=True)
    for name in (f.name for f in fields(Journeys)):
        write_bytes(folder / f"{name}.parquet", getattr(made, name).to_parquet(index=False))
    write_text(folder / "origin.json", json.dumps(origin, indent=1) + "\n")


def origin_of(data: Extract, settings: Params) -> dict[str, str]:
    """What the tables depend on: the extract's bytes and last day, the code, and the declared choices."""
    from pi_research.params import slice_hash
    from pi_research.provenance import hash_of

    code = hash_of((file.relative_to(HERE).as_posix(), file.read_bytes()) for file in MAKERS)
    choices = {name: slice_hash(cut) for name, cut in settings.slice(SECTIONS).items()}
    return {
        "data_hash": data.data_hash, "extract_date": f"{data.extract_date:%Y-%m-%d}",
        "code_hash": code, **{name: cut for name, cut in choices.items() if name in settings.declared},
    }


def load(data: Extract, settings: Params) -> Journeys:
    """The tables of this extract: read where the run has them, else made.

    Those of the run count where they were made from the same extract by the same code, under the same choices
    in every section that ``settings`` declares: a notebook depends on no other.
    """
    folder = settings.out / "journeys"
    try:
        note = json.loads((folder / "origin.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        note = {}
    if isinstance(note, dict) and origin_of(data, settings).items() <= note.items():
        return Journeys(**{f.name: pd.read_parquet(folder / f"{f.name}.parquet") for f in fields(Journeys)})
    return make(data, settings)
