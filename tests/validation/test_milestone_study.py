"""The committed tables of the milestone study, and a small re-run of some of their cells beside them."""

import numpy as np
import pandas as pd
import pytest

from pi_research.validation import milestone_study as study
from pi_research.validation.tables import read_table

SMALL = 60


@pytest.fixture(scope="module")
def small():
    return study.programmes(SMALL, seed=7, scenarios=((113, 0.85, 60), (30, 0.6, 24)))


@pytest.mark.parametrize("name, keys", [
    ("milestone_shares", ["n", "kept_24", "span", "death", "months", "quantity"]),
    ("milestone_forecast", ["n", "kept_24", "span", "months"])])
def test_a_small_re_run_agrees_with_the_full_study_within_monte_carlo_error(name, keys, small):
    as_text = {"months": lambda x: x.months.astype(str).str.removesuffix(".0")}
    both = small[name].assign(**as_text).merge(read_table(name).assign(**as_text), on=keys, suffixes=("", "_full"))
    assert len(both) == len(small[name])
    p = both.coverage_full.clip(0.9, 0.995)
    # Five errors of the small run, whose cells number over a hundred.
    assert ((both.coverage - both.coverage_full).abs() < 5 * (p * (1 - p) / SMALL) ** 0.5 + 1e-9).all()
    np.testing.assert_allclose(both.mean_width, both.mean_width_full, rtol=0.25)
    if name == "milestone_shares":
        np.testing.assert_allclose(both.truth, both.truth_full, atol=1e-5)


@pytest.mark.parametrize("name", ["milestone_shares", "milestone_forecast"])
def test_the_full_study_covers_as_it_should_in_every_cell(name):
    table = read_table(name)
    assert table.programmes.max() == 2000
    ours = table[table.quantity != "share, log-log"] if "quantity" in table else table
    assert ours.coverage.min() >= 0.93 and (ours.mean_width > 0).all()


def test_the_full_study_shows_why_not_log_log_and_why_not_a_curve_taken_as_known():
    shares, forecast = read_table("milestone_shares"), read_table("milestone_forecast")
    loglog = shares[(shares.quantity == "share, log-log") & (shares.n == 30) & (shares.kept_24 == 0.95)]
    assert loglog.coverage.min() < 0.75
    young = forecast[(forecast.span == 24) & (forecast.months == "all")]
    assert (young.plugin_coverage < young.coverage).all() and young.plugin_coverage.min() < 0.9


def test_forecasts_of_programmes_with_losses_are_calibrated_and_as_sharp_as_the_plug_in():
    tenths = read_table("milestone_calibration").query("n == 113 and kept_24 == 0.6 and span == 60")
    assert tenths.programmes.sum() == 2000 and tenths.programmes.between(100, 300).all()
    forecast = read_table("milestone_forecast").query("n == 113 and kept_24 == 0.6 and months == 'all'")
    assert (forecast.crps < 1.02 * forecast.plugin_crps).all()


def test_intervals_from_counts_alone_cover_under_chance_entry_where_days_taken_as_set_do_not():
    entry = read_table("milestone_entry")
    assert entry.coverage.min() >= 0.95 - 2 * 0.005 and entry.days_as_set_coverage.min() < 0.9
    again = study.entry(100, seed=7)["milestone_entry"]
    assert (again.coverage - entry.coverage).abs().max() < 0.11  # five errors at 100
    np.testing.assert_allclose(again.mean_width, entry.mean_width, rtol=0.1)


def test_random_effects_cover_the_middle_of_few_contracts():
    table = read_table("milestone_contracts")
    assert table.coverage.min() >= 0.94 and table.new_coverage.min() >= 0.9


def test_one_cell_alone_gives_the_rows_that_it_gives_in_company():
    one, two = (study.programmes(3, seed=5, scenarios=s) for s in (((30, 0.6, 24),), ((73, 0.6, 24), (30, 0.6, 24))))
    for name in one:
        pd.testing.assert_frame_equal(one[name], two[name].query("n == 30").reset_index(drop=True), check_dtype=False)


def test_an_unknown_study_is_refused_and_the_truths_are_probabilities():
    with pytest.raises(ValueError, match="choose one of all, programmes, entry, contracts"):
        study.run("claims")
    months = np.array(study.MONTHS, float)
    assert study.truth(0.85, months, "failing")[-1] == pytest.approx(0.85)
    # Excluded: held, of those who had not died by then: a quarter of the endings.
    assert study.truth(0.6, months, "excluded")[-1] == pytest.approx(0.6 / (1 - 0.1))
    assert (study.next_truth(0.6, months, "failing").prod()) == pytest.approx(0.6)
