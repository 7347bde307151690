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

__all__ = ["SECTIONS", "load", "save"]

SECTIONS = ("tenancy", "milestones")
"""The sections of params that the tables depend on."""

MAKERS = ("build.py", "monthly.py", "record.py", "stages.py", "tenancies.py")


def save(made: Journeys, folder: Path, origin: dict[str, str]) -> None:
    """Write the tables and ``origin.json``, which goes first and comes last: without it they do not count."""
    (folder / "origin.json").unlink(missing_ok=True)
    for name in (f.name for f in fields(Journeys)):
        write_bytes(folder / f"{name}.parquet", getattr(made, name).to_parquet(index=False))
    write_text(folder / "origin.json", _written(origin))


def _written(origin: dict[str, str]) -> str:
    return json.dumps(origin, indent=1) + "\n"


def origin_of(data: Extract, settings: Params) -> dict[str, str]:
    """What the tables depend on: the extract's bytes and last day, the choices in params, and the code."""
    from pi_research.params import slice_hash
    from pi_research.provenance import hash_of

    code = hash_of((name, Path(__file__).with_name(name).read_bytes()) for name in MAKERS)
    return {
        "data_hash": data.data_hash, "extract_date": f"{data.extract_date:%Y-%m-%d}",
        "params_hash": slice_hash(settings.slice(SECTIONS)), "code_hash": code,
    }


def load(data: Extract, settings: Params) -> Journeys:
    """The tables of this extract under these params: read where the run has them, else made."""
    folder = settings.out / "journeys"
    note = folder / "origin.json"
    if note.is_file() and note.read_bytes() == _written(origin_of(data, settings)).encode():
        return Journeys(**{f.name: pd.read_parquet(folder / f"{f.name}.parquet") for f in fields(Journeys)})
    return build(data.tables, data.extract_date, settings.tenancy, settings.milestones)
