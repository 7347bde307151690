"""The study of rates within the person: a small re-run agrees with the committed one, and what it shows."""

import json

import numpy as np
import pytest

from pi_research.validation import within_person_study as study
from pi_research.validation.tables import folder, read_table

KEYS = ["people", "mean_events", "rate_ratio", "counted", "window"]


@pytest.fixture(scope="module")
def table():
    return read_table("within_person")


def test_the_committed_table_says_what_made_it_and_has_every_cell(table):
    made = json.loads((folder() / "within_person.json").read_text())
    assert made["size"] == study.SIZE and made["seed"] == study.SEED and len(made["code_hash"]) == 16
    assert {tuple(k) for k in table[KEYS[:4]].to_numpy()} == set(study.CELLS) and len(table) == 2 * len(study.CELLS)


def test_a_small_study_agrees_with_the_committed_one(table):
    small = study.rates(60, seed=99, cells=study.CELLS[3:5])
    both = small.merge(table, on=KEYS, suffixes=("", "_full"))
    assert len(both) == len(small) == 4
    assert (
        (both["bias"] - both["bias_full"]).abs() < 4.5 * np.hypot(both["bias_error"], both["bias_error_full"])
    ).all()
    share = both["coverage_full"]
    assert ((both["coverage"] - share).abs() < 4.5 * np.sqrt(share * (1 - share) / 60) + 1e-9).all()


def test_with_the_window_rate_ratios_of_the_programmes_size_are_unbiased_and_cover(table):
    own = table.query("window == 'own period' and people == 113 and counted != 'just moved'")
    assert own["bias"].abs().max() < 0.03
    events = own.query("counted != 'bed days'")
    assert events["coverage"].between(0.93, 0.97).all()


def test_people_who_have_just_moved_are_covered_and_few_events_leave_a_median_unbiased_ratio(table):
    """With ten events or so since the move the exact estimate's median is right, its mean logarithm a little low."""
    own = table.query("window == 'own period' and counted == 'just moved'")
    assert own["coverage"].between(0.93, 0.98).all() and len(own) == 3
    assert (own.query("exact < 0.5")["bias"].abs() < 0.03).all() and (own["bias"].abs() < 0.09).all()


def test_bed_days_cover_a_little_too_rarely_where_stays_are_few(table):
    days = table.query("window == 'own period' and counted == 'bed days'")
    assert days["coverage"].between(0.91, 0.96).all()


def test_without_the_window_the_bias_is_large_and_the_interval_misses(table):
    plain = table.query("window == 'in the baseline' and counted != 'just moved'")
    assert plain["bias"].max() < -0.3
    assert plain.query("people == 113")["coverage"].max() < 0.5


def test_exact_intervals_of_few_events_cover_at_least_as_often_as_they_say(table):
    few = table.query("window == 'own period' and people == 30")
    assert (few["coverage"] >= 0.95 - 2 * few["mc_error"]).all() and few["exact"].max() > 0.9


def test_the_cohorts_are_what_the_study_says():
    counts, years = study._cohort(np.random.default_rng(1), 20_000, 2.0, 0.65, "admissions")
    assert counts.sum(1).mean() == pytest.approx(2, abs=0.05)
    rate = counts.sum(0) / years.sum(0)
    assert rate[3] / rate[0] == pytest.approx(0.65, abs=0.04) and rate[1] > 3 * rate[0]


def test_an_unknown_study_is_refused():
    with pytest.raises(ValueError, match="choose one of all, rates"):
        study.run("width")
