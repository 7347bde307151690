"""Every table of the timeline in one step: from frames to frames, or from Parquet to Parquet."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pandas as pd

from pi_research.journeys.timeline.counts import accounts
from pi_research.journeys.timeline.engine import bound, connect, kept, to_frame
from pi_research.journeys.timeline.exposure import person_time
from pi_research.journeys.timeline.outcomes import milestone_status, stages, tenancy_outcomes
from pi_research.journeys.timeline.reading import NEEDED, STEPS, Records, records
from pi_research.journeys.timeline.risk import admission_episodes, first_admission, recurrent_admissions
from pi_research.journeys.timeline.series import monthly_series
from pi_research.journeys.timeline.states import STATES, in_words, line, named, period_names, words_of

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends import BaseBackend

    from pi_research.sections import Milestones, Tenancy

ORDER = {
    "stages": ("customer_id",),
    "tenancies": ("customer_id",),
    "milestones": ("months", "customer_id"),
    "monthly": ("month",),
    "timeline": ("customer_id", "start"),
    "person_time": ("customer_id", "start"),
    "admission_episodes": ("customer_id", "start"),
    "recurrent_admissions": ("customer_id", "number"),
    "first_admission": ("customer_id",),
}
"""Tables made, and the columns that each is sorted by."""


def expressions(
    made: Records, tenancy: Tenancy, milestones: Milestones, *, months: Sequence[int] = (6, 12, 24),
    origin: str = "move",
) -> dict[str, ir.Table]:
    """Every table of ``ORDER`` as an expression with ``customer_id`` and dates, to run or to write."""
    coded, outcomes = kept(line(made, months)), kept(tenancy_outcomes(made, tenancy))
    episodes = admission_episodes(coded, made, origin)
    episodes = words_of(episodes, stage=STATES, period=period_names(months))
    return {
        "stages": named(stages(made), made, (*STEPS, "move", "died")),
        "tenancies": named(outcomes, made, ("move", "stop")),
        "milestones": named(milestone_status(outcomes, made, milestones), made, ("due",)),
        "monthly": monthly_series(outcomes, made),
        "timeline": in_words(coded, made, months),
        "person_time": named(person_time(coded, made, months), made),
        "admission_episodes": named(episodes, made, ()),
        "recurrent_admissions": named(recurrent_admissions(coded, made, origin), made, ()),
        "first_admission": named(first_admission(coded, made, origin), made, ()),
    }


def build_timeline(
    tables: Mapping[str, pd.DataFrame], extract_date: date, tenancy: Tenancy, milestones: Milestones, *,
    months: Sequence[int] = (6, 12, 24), origin: str = "move", engine: str = "duckdb",
) -> dict[str, pd.DataFrame]:
    """Make every table of ``ORDER`` from an extract's tables, and ``accounts`` of what the rules did.

    Parameters
    ----------
    tables : the extract's tables by name, as ``read_extract`` types them; names that are not used are left
        alone.
    extract_date : last day of follow-up; nothing later is looked at.
    tenancy, milestones : what each intercurrent event means, and the milestones (params).
    months : cuts of the time since the move.
    origin : day 0 of the admission tables: ``record``, ``start`` or ``move``.
    engine : ``duckdb`` or ``pyspark``: the same rows.

    Raises
    ------
    ValueError
        Where tables, columns or dates are not as the dictionary has them, an identifier stands twice, or
        nobody has started or moved.
    """
    on = connect(engine)
    used = _bound(tables, on)
    made = records(used, extract_date, on)
    found = expressions(made, tenancy, milestones, months=months, origin=origin)
    frames = {name: to_frame(table, on, ORDER[name]) for name, table in found.items()}
    return frames | {"accounts": accounts(used, made)}


def outcomes_of(
    tables: Mapping[str, pd.DataFrame], extract_date: date, readings: Mapping[str, Tenancy]
) -> dict[str, pd.DataFrame]:
    """The table ``tenancies`` alone under several readings of the estimand, by their names."""
    on = connect()
    made = records(_bound(tables, on), extract_date, on)
    found = {name: tenancy_outcomes(made, rules) for name, rules in readings.items()}
    found = {name: named(table, made, ("move", "stop")) for name, table in found.items()}
    return {name: to_frame(table, on, ORDER["tenancies"]) for name, table in found.items()}


def _bound(tables: Mapping[str, pd.DataFrame], on: BaseBackend) -> dict[str, ir.Table]:
    return bound({name: tables[name] for name in (*NEEDED, "extract") if name in tables}, on)


def build_files(
    source: Path, target: Path, extract_date: date, tenancy: Tenancy, milestones: Milestones, *,
    months: Sequence[int] = (6, 12, 24), origin: str = "move", engine: str = "duckdb",
    memory: str | None = None, threads: int | None = None,
) -> list[Path]:
    """Make every table of ``ORDER``, and ``accounts``, from Parquet files to Parquet files.

    Reads ``source/<table>.parquet``, writes ``target/<table>.parquet``. Rows of a file come in no stated
    order: sort them by ``ORDER`` where it matters. A file is written beside its place and moved there when it
    is whole. With ``pyspark`` each is a folder of files, as Spark writes them. Parameters as in
    :func:`build_timeline`; ``memory`` and ``threads`` limit DuckDB.
    """
    target.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target, prefix=".spill") as spill:
        on = connect(engine, memory=memory, threads=threads, spill=Path(spill))
        files = {name: Path(source) / f"{name}.parquet" for name in (*NEEDED, "extract")}
        used = {name: on.read_parquet(path) for name, path in files.items() if path.exists()}
        made = records(used, extract_date, on)
        found = expressions(made, tenancy, milestones, months=months, origin=origin)
        written = [_write(table, on, target / f"{name}.parquet") for name, table in found.items()]
        counts = target / "accounts.parquet"
        accounts(used, made).to_parquet(counts, index=False)
        del found, made, used  # what they keep in the engine goes before its folder does
    return [*written, counts]


def _write(table: ir.Table, on: BaseBackend, path: Path) -> Path:
    beside = path.with_name(f".{path.name}.part")
    if on.name == "duckdb":
        on.to_parquet(table, beside)
    else:
        from pyspark.sql import SparkSession

        SparkSession.active().sql(on.compile(table)).write.mode("overwrite").parquet(str(beside))
        if path.is_dir():
            rmtree(path)
    os.replace(beside, path)
    return path
