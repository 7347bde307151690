"""One expression, two engines: the same rows from frames, from Parquet, from DuckDB and from Spark."""

from __future__ import annotations

import shutil
from importlib.util import find_spec

import pandas as pd
import pytest

from pi_research.journeys import timeline
from pi_research.sections import Milestones, Tenancy

RULES = Tenancy(hospital_stay="ends", hospital_days=30, leaving_programme="censors", planned_move_on="censors")
SPARK = find_spec("pyspark") is not None and shutil.which("java") is not None


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
    for name, table in extract[0].items():
        table.to_parquet(folder / f"{name}.parquet", index=False, coerce_timestamps="us")  # Spark reads no finer ones
    return folder


def test_from_parquet_to_parquet_the_rows_are_those_from_frames(extract, made, source, tmp_path):
    written = timeline.build_files(source, tmp_path / "out", extract[1], RULES, Milestones(), memory="1GB", threads=1)
    assert {p.stem for p in written} == set(made) and sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(p.name for p in written)
    for path in written:
        there = pd.read_parquet(path)
        order = list(timeline.ORDER.get(path.stem, ("rule",)))
        expected = made[path.stem].sort_values(order, ignore_index=True)
        pd.testing.assert_frame_equal(alike(there.sort_values(order, ignore_index=True)), alike(expected), check_dtype=False)


def alike(frame: pd.DataFrame) -> pd.DataFrame:
    """Days as timestamps and missing values as None, however a reader types them."""
    days = [c for c in frame if c in ("start", "stop", "move", "due", "month") and frame[c].dtype == object]
    frame = frame.assign(**{c: pd.to_datetime(frame[c]) for c in days})
    return frame.astype(object).where(frame.notna(), None)


def test_an_engine_that_is_not_known_is_refused(extract):
    with pytest.raises(ValueError, match="engine: 'polars' is not one of duckdb, pyspark"):
        timeline.build_timeline(*extract, RULES, Milestones(), engine="polars")


@pytest.mark.skipif(SPARK, reason="pyspark is installed")
def test_without_pyspark_the_message_names_the_extra_skipped_where_spark_is_there(extract):
    if find_spec("pyspark"):
        pytest.skip("pyspark is installed and Java is not")
    with pytest.raises(ModuleNotFoundError, match=r"pi-research\[spark\]"):
        timeline.build_timeline(*extract, RULES, Milestones(), engine="pyspark")


@pytest.fixture(scope="module")
def session():
    from pyspark.sql import SparkSession

    local = SparkSession.builder.master("local[2]").config("spark.sql.shuffle.partitions", "2")
    local = local.config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC")
    running = local.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    yield running
    running.stop()


@pytest.mark.skipif(not SPARK, reason="needs the extra [spark] and Java")
def test_spark_makes_the_same_rows_skipped_without_java_and_pyspark(extract, made, session):
    there = timeline.build_timeline(*extract, RULES, Milestones(), engine="pyspark")
    for name, table in made.items():
        pd.testing.assert_frame_equal(there[name], table, check_dtype=False)


@pytest.mark.skipif(not SPARK, reason="needs the extra [spark] and Java")
def test_spark_writes_the_same_files_skipped_without_java_and_pyspark(extract, made, source, session, tmp_path):
    timeline.build_files(source, tmp_path, extract[1], RULES, Milestones(), engine="pyspark")
    for name in ("person_time", "tenancy_outcomes", "monthly"):
        order = list(timeline.ORDER[name])
        there = pd.read_parquet(tmp_path / f"{name}.parquet").sort_values(order, ignore_index=True)
        pd.testing.assert_frame_equal(alike(there), alike(made[name]), check_dtype=False)


@pytest.mark.skipif(not SPARK, reason="needs the extra [spark] and Java")
def test_spark_merges_and_splits_the_same_rows_skipped_without_java_and_pyspark(session):
    on = timeline.connect("pyspark")
    base = pd.DataFrame({"id": [1, 1, 2], "start": [0, 10, 0], "stop": [10, 20, 5], "event": [0, 1, 1]})
    at = pd.DataFrame({"id": [1, 1, 2, 2], "day": [4, 10, 1, 3], "v": ["p", "q", None, "r"]})
    there = timeline.bound({"base": base, "at": at}, on)

    def both(task) -> tuple[pd.DataFrame, pd.DataFrame]:
        return task(base, at), timeline.to_frame(task(there["base"], there["at"]), on, ("id", "start"))

    for task in (
        lambda b, a: timeline.merge_changes(b, {"v": timeline.tdc(a, "day", "v"), "n": timeline.cumevent(a, "day"), "e": timeline.event(a, "day", "v")}),
        lambda b, a: timeline.split_at(b, [3, 12]),
    ):
        here, other = both(task)
        pd.testing.assert_frame_equal(here, other, check_dtype=False)
