"""Where the expressions run: the embedded DuckDB, or Spark; frames in and out; days as whole numbers.

Every expression of this package is written once with Ibis. DuckDB is embedded and needs nothing; Spark takes
the same expression where an extract outgrows one machine.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pandas as pd

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends import BaseBackend

    Frame = pd.DataFrame | ir.Table

ENGINES = ("duckdb", "pyspark")
DAYS = {
    "date", "start_date", "end_date", "death_date", "admission_date", "discharge_date", "record_month",
    "residential_since", "trust_record_from", "extract_date",
}


def connect(
    engine: str = "duckdb", *, memory: str | None = None, threads: int | None = None,
    spill: Path | None = None,
) -> BaseBackend:
    """A connection that expressions run on.

    Parameters
    ----------
    engine : ``duckdb`` (embedded) or ``pyspark`` (the session that is active, else one as Spark is set up to
        make: a local one where nothing says otherwise).
    memory, threads, spill : limits of DuckDB, such as ``"3GB"`` and 2, and the folder for what outgrows them;
        a Spark session brings its own.

    Raises
    ------
    ValueError
        For an engine that is not known; for Spark where it is not installed or does not start.
    """
    import ibis

    if engine not in ENGINES:
        raise ValueError(f"run.engine: {engine!r} is not one of {', '.join(ENGINES)}")
    if engine == "duckdb":
        limits = {"memory_limit": memory, "threads": threads, "temp_directory": spill and str(spill)}
        return ibis.duckdb.connect(**{name: value for name, value in limits.items() if value})
    try:
        from pyspark.sql import SparkSession

        session = SparkSession.builder.config("spark.sql.session.timeZone", "UTC")
        return ibis.pyspark.connect(session.config("spark.ui.enabled", "false").getOrCreate())
    except ImportError:
        raise ValueError("run.engine: pyspark is not installed; pip install 'pi-research[spark]', or take "
                         "duckdb") from None
    except RuntimeError as fault:
        raise ValueError(f"run.engine: Spark did not start: {str(fault).splitlines()[0]} It needs Java 17, "
                         "in JAVA_HOME or on the path; or take duckdb") from fault


@cache
def embedded() -> BaseBackend:
    """The DuckDB in memory that frames are worked on with."""
    return connect()


def engine_of(table: ir.Table) -> BaseBackend:
    """The connection that a table belongs to; the embedded one for frames."""
    import ibis.expr.operations as ops

    found = table.op().find((ops.DatabaseTable, ops.SQLQueryResult))
    return found[0].source if found else embedded()


def table_of(given: Frame) -> ir.Table:
    """A frame as a table; a table as it is."""
    import ibis

    return ibis.memtable(given) if isinstance(given, pd.DataFrame) else given


def to_frame(table: ir.Table, on: BaseBackend | None = None, by: tuple[str, ...] = ()) -> pd.DataFrame:
    """A table's rows, in the order of ``by``, with days as ``datetime64[ns]``."""
    made = (on or embedded()).to_pandas(table.order_by(*by) if by else table)
    kinds = table.schema()
    days = {name: "datetime64[ns]" for name, kind in kinds.items() if kind.is_date() or kind.is_timestamp()}
    unsure = [name for name, kind in kinds.items() if kind.is_boolean() and made[name].dtype == object]
    return made.astype(days | dict.fromkeys(unsure, "boolean"))


def given_back(table: ir.Table, like: Frame, by: tuple[str, ...]) -> Frame:
    """A frame where a frame came in, else the table."""
    return to_frame(table, by=by) if isinstance(like, pd.DataFrame) else table


def optional(table: ir.Table, name: str, kind: str) -> ir.Value:
    """A column, or missing values of its type where the table has none of that name."""
    import ibis

    return table[name].cast(kind) if name in table.columns else ibis.null(kind)


def day_number(table: ir.Table, name: str) -> ir.IntegerValue:
    """A day as a whole number of days since 1970; missing where the column is missing.

    Raises
    ------
    ValueError
        Where the column has a time zone (near midnight it may be another day here) or is no date.
    """
    import ibis

    kind = table.schema().get(name)
    if kind is None or kind.is_null():
        return ibis.null("int32")
    if kind.is_timestamp() and kind.timezone:
        raise ValueError(f"{name}: has a time zone ({kind.timezone}), with which a day near midnight may be "
                         "another day here; give dates without time and zone")
    if not (kind.is_date() or kind.is_timestamp()):
        raise ValueError(f"{name}: holds {kind}, not dates; read the extract with read_extract first")
    return table[name].cast("date").delta(ibis.date(1970, 1, 1), unit="day").cast("int32")


def day_of(number: ir.IntegerValue) -> ir.DateValue:
    """The day that :func:`day_number` counted."""
    import ibis

    return (ibis.date(1970, 1, 1) + number.as_interval("D")).cast("date")


def kept(table: ir.Table) -> ir.Table:
    """The table worked out once and held by the engine, for as long as it is used.

    In Spark its plan is cut here too: with the plans of all steps before it in each, planning takes longer
    than work.
    """
    on = engine_of(table)
    if on.name != "pyspark":
        return table.cache()
    from pyspark.sql import SparkSession

    name = f"kept_{uuid4().hex}"
    SparkSession.active().sql(on.compile(table)).localCheckpoint().createOrReplaceTempView(name)
    return on.table(name)


def bound(tables: dict[str, Frame], on: BaseBackend) -> dict[str, ir.Table]:
    """Frames as tables of the connection; tables as they are."""
    return {n: _bound(t, on) if isinstance(t, pd.DataFrame) else t for n, t in tables.items()}


def _bound(frame: pd.DataFrame, on: BaseBackend) -> ir.Table:
    """A frame's rows in the engine; a column without a value is given the type that its name needs."""
    import ibis

    name, table = f"frame_{uuid4().hex}", ibis.memtable(frame)
    empty = [c for c, kind in table.schema().items() if kind.is_null()]
    table = table.cast({c: "date" if c in DAYS else "string" for c in empty}) if empty else table
    if on.name == "duckdb":
        return on.create_table(name, table, temp=True)
    from pyspark.sql import SparkSession

    SparkSession.active().createDataFrame(embedded().to_pyarrow(table)).createOrReplaceTempView(name)
    return on.table(name)
