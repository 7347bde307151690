"""The benchmark runs, says what each figure must reach, and ends well only where all do."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "bench" / "journeys.py"


@pytest.fixture(scope="module")
def bench():
    spec = importlib.util.spec_from_file_location("bench_journeys", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_benchmark_prints_its_table_without_peers():
    asked = [sys.executable, "-W", "ignore", str(SCRIPT), "--people", "200", "400", "--repeat", "1", "--skip-peers"]
    done = subprocess.run(asked, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for row in ("time-varying merge, 10 changes each, 20,000 people", "split at 10 cuts, 20,000 people",
                "whole step, 400 people", "growth, 200 to 400 people"):
        assert f"| {row}" in done.stdout
    assert "not found" in done.stdout, "of R and lifelines, which were not asked for"


@pytest.mark.parametrize(("seconds", "code"), [(80.0, 0), (100.0, 1)])
def test_a_figure_that_misses_its_reach_is_said_and_ends_with_1(bench, monkeypatch, capsys, seconds, code):
    run = {"events": [10_000_000], "seconds": [seconds] * 3, "gigabytes": [2.0] * 3}
    monkeypatch.setattr(bench, "whole_step", lambda *_: run)
    monkeypatch.setattr(bench, "compared", lambda *_: [])
    monkeypatch.setattr(sys, "argv", ["journeys.py", "--people", "1e6"])
    assert bench.main() == code
    assert ("| NO  |" in capsys.readouterr().out) == bool(code)


def test_the_random_extract_has_rows_in_every_table_and_the_same_under_the_same_seed(bench, tmp_path):
    for name in ("one", "other"):
        assert bench.write_extract(tmp_path / name, 300) > 3000
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) == 9
    assert all((tmp_path / "one" / f).read_bytes() == (tmp_path / "other" / f).read_bytes() for f in files)
