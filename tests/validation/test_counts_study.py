"""The study of counts: its arithmetic is the package's own, and a small re-run agrees with the full one."""

import json

import numpy as np
import pytest

from pi_research.its.counts import count_regression
from pi_research.validation import counts_study as study
from pi_research.validation.tables import folder, read_table

NAMES = ("counts_coverage", "counts_families", "counts_designs", "counts_effects")
KEYS = ["setting", "n", "mean", "rho", "dispersion"]


def test_the_series_of_the_study_have_the_mean_dispersion_and_autocorrelation_asked_for():
    # 2,000 series of 30: Monte Carlo errors about 0.4% of the mean, 1% of the dispersion
    rng = np.random.default_rng(1)
    for rho, dispersion in ((0.0, 1), (0.6, 2)):
        y = study.counts(np.full(30, 10.0), rho, dispersion, 2000, rng)
        assert y.mean() == pytest.approx(10, rel=0.02)
        assert y.var() / y.mean() == pytest.approx(dispersion, rel=0.05)
        assert np.corrcoef(y[:, 9], y[:, 10])[0, 1] == pytest.approx(rho, abs=0.07)


@pytest.mark.parametrize("name", list(study.SETTINGS))
def test_the_intervals_of_the_study_are_those_of_count_regression(name):
    cell = (name, 36, 6, 0.3, 2)
    design, X, _, offset, y, _ = study._drawn(cell, 5, 1)
    beta, mu = study.irls(y, X, offset)
    ours = {"glm": study._plain("quasi-Poisson", beta, mu, y, X),
            "newey_west": study._plain("quasi-Poisson, Newey-West", beta, mu, y, X),
            "reml_integrated": study._integrated(mu, y, X, offset)}
    for method, limits in ours.items():
        for row, one in enumerate(y):
            fit = count_regression(one, design, method=method)
            for term, j in study.TERMS.items():
                found = fit.coefficient(f"{term}_change[x]")
                assert limits[:, row, j] == pytest.approx((found.lower, found.upper), rel=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_a_committed_table_says_what_made_it(name):
    made = json.loads((folder() / f"{name}.json").read_text())
    assert made["size"] == study.SIZE and made["seed"] == study.SEED and len(made["code_hash"]) == 16


def near(small, full, keys):
    """Each row of the small study within four and a half Monte Carlo errors of the full one."""
    both = small.astype({"mean": float}).merge(full, on=[*KEYS, *keys], suffixes=("", "_full"))
    assert len(both) == len(small) > 0
    middle = both["coverage_full"].clip(0.01, 0.99)
    error = np.sqrt(middle * (1 - middle) / both["series"] + both["mc_error_full"] ** 2)
    assert ((both["coverage"] - both["coverage_full"]).abs() / error).max() < 4.5


@pytest.mark.parametrize(("make", "name", "size", "asked", "keys"), [
    (study.coverage, "counts_coverage", 150, [("middle", 24, 2, 0.3, 2), ("middle", 48, 10, 0.6, 1)],
     ["method", "term"]),
    (study.designs, "counts_designs", 150, [study.BEYOND[1], study.BEYOND[-1]], ["method", "term"]),
    (study.families, "counts_families", 500, [("middle", 24, 10, 0.6, 2)], ["method", "term"]),
    (study.effects, "counts_effects", 250, [("middle", 24, 10, 0.6, 1)], ["quantity"]),
])
def test_a_small_study_agrees_with_the_committed_one(make, name, size, asked, keys):
    near(make(size, 99, asked), read_table(name), keys)


def test_the_default_holds_the_level_in_every_cell_of_the_plan_where_the_common_methods_lose_it():
    table = read_table("counts_coverage")
    level = table[(table["term"] == "level") & (table["method"] == study.DEFAULT)]
    assert set(map(tuple, level[KEYS].to_numpy().tolist())) == set(study.cells())
    assert level["coverage"].min() >= 0.93
    assert level.loc[level["n"] == 24, "coverage"].max() <= 0.99
    assert level.loc[level["n"] > 24, "coverage"].max() <= 0.98
    others = table[(table["term"] == "level") & (table["rho"] == 0.6)].groupby("method")["coverage"].max()
    assert (others.drop(study.DEFAULT) < 0.93).sum() >= 2, "why the default is what it is"


def test_an_unknown_study_is_refused():
    with pytest.raises(ValueError, match="study: choose one of all, coverage, families, designs, effects"):
        study.run("width")
