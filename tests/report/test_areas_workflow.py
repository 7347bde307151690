"""Many areas with staggered starts through the workflow's own step, and the time that pooling takes."""

import shutil
import time
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from pi_research.findings import read_findings
from pi_research.params import load
from pi_research.report import areas_pooled, areas_rows
from pi_research.workflow import StepError, execute_notebook

EFFECT = -40.0


def many(k, seed=7):
    """``area_series`` of k areas, and their starts: two to six years after the first month."""
    rng, months, rows, starts = np.random.default_rng(seed), pd.date_range("2016-04-01", "2024-09-01", freq="MS"), [], {}
    for j in range(k):
        name, at, size = f"Area {j:02d}", int(rng.integers(24, 72)), int(rng.integers(100_000, 800_000))
        starts[name] = f"{months[at]:%Y-%m-%d}"
        change = EFFECT + rng.normal(0, 15)
        rate = 680 + rng.normal(0, 40) + change * (np.arange(len(months)) >= at) + rng.normal(0, 20, len(months))
        rows.append(pd.DataFrame({"area": name, "measure": "bed_days", "month": months,
                                  "value": np.round(rate * size / 1e5 * months.days_in_month / 30.4375),
                                  "denominator": size, "denominator_unit": "residents"}))
    return pd.concat(rows, ignore_index=True), starts


@pytest.fixture
def extract(project, tmp_path):
    """The embedded extract with the series of other areas in place of its own."""
    def make(frame):
        place = shutil.copytree(project / "data" / "synthetic", tmp_path / "fifty")
        frame.to_csv(place / "area_series.csv", index=False, date_format="%Y-%m-%d")
        return place
    return make


def test_fifty_areas_with_staggered_starts_go_through_the_step_execute(project, extract, tmp_path):
    frame, starts = many(50)
    settings = load(project / "params.yaml", areas={"starts": starts},
                    run={"data": str(extract(frame)), "out": str(tmp_path), "name": "made"})
    assert execute_notebook(settings, "08_areas").is_file()
    level = read_findings(settings.out, "08_areas")["areas.pooled_level"]
    assert level.n == 50 and level.lower < EFFECT < level.upper < 0


def test_a_wrong_start_stops_the_step_with_the_key_and_no_traceback(project, tmp_path):
    settings = load(project / "params.yaml", areas={"starts": {"Atlantis": "2019-10-01"}}, run={"out": str(tmp_path), "name": "made"})
    with pytest.raises(StepError, match=r"areas\.starts\.Atlantis: no extract has a series of bed_days") as caught:
        execute_notebook(settings, "08_areas")
    assert "Traceback" not in str(caught.value)


def test_pooling_grows_no_worse_than_linearly_in_the_number_of_areas(project):
    def seconds(k):
        frame, starts = many(k)
        how = load(project / "params.yaml", areas={"starts": starts})
        series = areas_rows.series_of({"a": SimpleNamespace(tables={"area_series": frame})}, how)
        taken = []
        for _ in range(2):
            begun = time.process_time()
            assert areas_pooled.made(areas_pooled.pool(series, how))
            taken.append(time.process_time() - begun)
        return min(taken)

    assert seconds(50) < 1.5 * 5 * seconds(10)
