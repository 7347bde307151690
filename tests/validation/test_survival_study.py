"""The studies of curves: their arithmetic is the package's own, and a small re-run agrees with the full one."""

import json

import numpy as np
import pytest

from pi_research.survival import fixed_time_difference, kaplan_meier, log_rank
from pi_research.validation import survival_study as study
from pi_research.validation.tables import folder, read_table

NAMES = ("survival_coverage", "survival_type_one", "survival_difference")


def fitted(cohorts, row):
    return kaplan_meier(cohorts[0][row], cohorts[1][row])


@pytest.mark.parametrize("n, true", [(20, 0.6), (30, 0.99)])
def test_the_cohorts_of_the_study_get_what_kaplan_meier_gives(n, true):
    cohorts = study._cohorts(np.random.default_rng(1), 40, n, true)
    betas, s, se = study._at(cohorts)
    low, high = study._beta_limits(betas)
    for row in range(40):
        ours = fitted(cohorts, row).at(24).iloc[0]
        assert (s[row], se[row]) == pytest.approx((ours.survival, ours.std_error))
        assert (low[row], high[row]) == pytest.approx((ours.lower, ours.upper))


def test_the_differences_of_the_study_are_those_of_fixed_time_difference():
    rng = np.random.default_rng(2)
    one, other = study._cohorts(rng, 5, 20, 0.85), study._cohorts(rng, 5, 30, 0.6)
    low, high, _ = study.melded(study._at(one)[0], study._at(other)[0], 0.95)
    for row in range(5):
        found = fixed_time_difference(fitted(one, row), fitted(other, row), 24)
        assert (low[row], high[row]) == pytest.approx((found.lower, found.upper))


def test_the_tests_of_the_study_are_those_of_log_rank():
    rng = np.random.default_rng(3)
    scores, own, chi_squared = study._null(rng, 30, 8, 8, 6)
    p = study._permuted(rng, scores, own)
    for row in range(30):
        given = (np.arange(16), _events(scores[row]), own[row])
        assert chi_squared[row] == pytest.approx(log_rank(*given, method="chi-squared").p_value)
        assert p[row] == pytest.approx(log_rank(*given).p_value)


def _events(score):
    """Who had the event, from scores in order of time."""
    hazard, found = 0.0, []
    for place, value in enumerate(score):
        step = 1 / (score.size - place)
        found.append(bool(np.isclose(value, 1 - hazard - step)))
        hazard += step * found[-1]
    return np.array(found)


@pytest.mark.parametrize("name", NAMES)
def test_a_committed_table_says_what_made_it(name):
    made = json.loads((folder() / f"{name}.json").read_text())
    assert made["size"] == study.SIZE and made["seed"] == study.SEED and len(made["code_hash"]) == 16


def near(small, full, keys, share):
    """Each cell of the small study within four Monte Carlo errors of the full one."""
    both = small.merge(full, on=keys, suffixes=("", "_full"))
    assert len(both) == len(small)
    # Where the small study has 0 or 1 throughout its own error says nothing: the full one's stands for it.
    size = (both[share] * (1 - both[share]) / both["mc_error"] ** 2).max()
    middle = both[f"{share}_full"].clip(0.005, 0.995)
    error = np.sqrt(middle * (1 - middle) / size + both["mc_error_full"] ** 2)
    worst = (both[share] - both[f"{share}_full"]).abs() / error
    assert worst.max() < 4.5


def test_a_small_study_of_coverage_agrees_with_the_committed_one():
    small = study.coverage(400, seed=99)
    near(small, read_table("survival_coverage"), ["n", "survival", "interval"], "coverage")


def test_a_small_study_of_type_one_errors_agrees_with_the_committed_one():
    small = study.type_one(300, seed=99, groups=((8, 8), (20, 60)), events=(3, 8))
    near(small, read_table("survival_type_one"), ["n_first", "n_second", "events", "test"], "type_one")


def test_a_small_study_of_differences_agrees_with_the_committed_one():
    small = study.difference(1000, seed=99, pairs=study.PAIRS[:2])
    keys = ["n_first", "n_second", "survival_first", "survival_second", "interval"]
    near(small, read_table("survival_difference"), keys, "coverage")


def test_the_default_interval_covers_in_every_cell_and_the_table_has_every_cell():
    table = read_table("survival_coverage")
    own = table[table["interval"] == "beta-product"]
    assert set(zip(own["n"], own["survival"])) == {(n, s) for n in study.PEOPLE for s in study.SURVIVAL}
    assert (own["coverage"] >= 0.95 - 2 * own["mc_error"]).all()
    wald = table[table["interval"] == "log-log"].set_index(["n", "survival"])
    assert (wald["coverage"] < 0.9).sum() >= 6, "why the default is what it is"


def test_the_default_two_group_test_keeps_its_level():
    table = read_table("survival_type_one").query("test == 'permutation'")
    assert table["type_one"].max() <= 0.055
    assert table.query("n_first == n_second and events >= 8")["type_one"].min() >= 0.035
    chi_squared = read_table("survival_type_one").query("test == 'chi-squared'")
    assert chi_squared["type_one"].max() > 0.06, "why the default is what it is"


def test_the_melded_interval_covers_in_every_cell():
    own = read_table("survival_difference").query("interval == 'melded'")
    assert (own["coverage"] >= 0.95 - 2 * own["mc_error"]).all()


def test_an_unknown_study_is_refused():
    with pytest.raises(ValueError, match="study: choose one of all, coverage, type_one, difference"):
        study.run("width")
