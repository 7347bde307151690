"""One expression, two engines: the same rows from frames, from Parquet, from DuckDB and from Spark."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pandas as pd
import pytest

from pi_research import journeys
from pi_research.journeys import timeline
from pi_research.sections import Milestones, Tenancy

RULES = Tenancy(hospital_stay="ends", hospital_days=30, leaving_programme="censors", planned_move_on="censors")
on_spark = pytest.mark.skipif(shutil.which("java") is None and "JAVA_HOME" not in os.environ,
                              reason="Spark needs Java, and none is found")


@pytest.fixture(scope="module")
def extract():
    from pi_research.extract.simulate import simulate

    tables = simulate("base", seed=20191101, people=25).tables
    return tables, tables["extract"]["extract_date"].iloc[0]


@pytest.fixture(scope="module")
def made(extract):
    return timeline.build_timeline(*extract, RULES, Milestones())


@pytest.fixture(scope="module")
def source(extract, tmp_path_factory):
    folder = tmp_path_factory.mktemp("parquet")
    for name, table in extract[0].items():  # Spark reads no finer times than microseconds
        table.to_parquet(folder / f"{name}.parquet", index=False, coerce_timestamps="us")
    return folder


def same_rows(there: pd.DataFrame, here: pd.DataFrame, name: str) -> None:
    """Equal rows in any order, however a reader types days and missing values."""
    order = list(timeline.ORDER.get(name, ("rule",)))

    def alike(frame: pd.DataFrame) -> pd.DataFrame:
        days = [c for c in frame if here[c].dtype.kind == "M"]
        frame = frame.assign(**{c: pd.to_datetime(frame[c]) for c in days}).sort_values(order, ignore_index=True)
        return frame.astype(object).where(frame.notna(), None)

    pd.testing.assert_frame_equal(alike(there), alike(here), check_dtype=False)


def test_from_parquet_to_parquet_the_rows_are_those_from_frames(extract, made, source, tmp_path):
    written = timeline.build_files(source, tmp_path, extract[1], RULES, Milestones(), memory="1GB", threads=1)
    assert {path.stem for path in written} == set(made) == set(journeys.Journeys.__dataclass_fields__)
    assert sorted(tmp_path.iterdir()) == sorted(written), "and nothing else is left there"
    for path in written:
        same_rows(pd.read_parquet(path), made[path.stem], path.stem)


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    from pyspark.sql import SparkSession

    local = SparkSession.builder.master("local[2]").config("spark.sql.shuffle.partitions", "2")
    local = local.config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
    local = local.config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC")
    running = local.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    yield running
    running.stop()


@on_spark
def test_spark_makes_the_same_rows_skipped_without_java(extract, made, session):
    there = journeys.build(*extract, RULES, Milestones(), engine="pyspark")
    for name, table in made.items():
        pd.testing.assert_frame_equal(getattr(there, name), table, check_dtype=False)


@on_spark
def test_spark_writes_the_same_files_skipped_without_java(extract, made, source, session, tmp_path, monkeypatch):
    from pi_research.journeys.timeline import build

    every = build.expressions  # all are compared above; here is looked at how they are read and written
    monkeypatch.setattr(build, "expressions", lambda *given, **how: {
        name: table for name, table in every(*given, **how).items() if name in ("person_time", "tenancies")})
    timeline.build_files(source, tmp_path, extract[1], RULES, Milestones(), engine="pyspark")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "accounts.parquet", "person_time.parquet", "tenancies.parquet"]
    for name in ("person_time", "tenancies", "accounts"):
        same_rows(pd.read_parquet(tmp_path / f"{name}.parquet"), made[name], name)


@on_spark
def test_spark_merges_and_splits_the_same_rows_skipped_without_java(session):
    on = timeline.connect("pyspark")
    base = pd.DataFrame({"id": [1, 1, 2], "start": [0, 10, 0], "stop": [10, 20, 5], "event": [0, 1, 1]})
    at = pd.DataFrame({"id": [1, 1, 2, 2], "day": [4, 10, 1, 3], "v": ["p", "q", None, "r"]})
    there = timeline.bound({"base": base, "at": at}, on)

    def merge(base, at):
        return timeline.merge_changes(base, {
            "v": timeline.tdc(at, "day", "v"), "n": timeline.cumevent(at, "day"), "e": timeline.event(at, "day", "v")})

    def split(base, _):
        return timeline.split_at(base, [3, 12])

    for task in (merge, split):
        other = timeline.to_frame(task(there["base"], there["at"]), on, ("id", "start"))
        pd.testing.assert_frame_equal(task(base, at), other, check_dtype=False)


ALONE = """
import pandas as pd
from pi_research.journeys import timeline
try:
    on = timeline.connect("pyspark")
    rows = timeline.bound({"rows": pd.DataFrame({"id": [1], "start": [0], "stop": [9], "event": [1]})}, on)["rows"]
    print(timeline.to_frame(timeline.split_at(rows, [3]), on)["stop"].tolist())
except ValueError as fault:
    print(fault)
"""


def alone(folder, **changed: str) -> str:
    """What the engine says in a process of its own, in an empty folder."""
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, cwd=folder,
                          env={**os.environ, **changed})
    return done.stdout


@on_spark
def test_a_local_spark_leaves_nothing_where_it_was_started_skipped_without_java(tmp_path):
    assert alone(tmp_path) == "[3, 9]\n" and list(tmp_path.iterdir()) == []


def test_without_java_the_engine_says_what_is_missing(tmp_path):
    said = alone(tmp_path, PATH="/nowhere", JAVA_HOME="/nowhere")
    assert said.startswith("run.engine: Spark did not start") and "Java 17" in said


def test_without_pyspark_the_engine_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(ValueError, match=r"run.engine: pyspark is not installed; pip install 'pi-research\[spark\]'"):
        timeline.connect("pyspark")
