"""The study of segmented regression: what is committed is in its reach, and a small re-run agrees with it."""

import numpy as np
import pytest

from pi_research.validation import its_study
from pi_research.validation.tables import folder, read_table

SIZE = 400
CELL = ["design", "n", "rho", "method", "term"]
KEYS = {"its_methods": CELL, "its_designs": CELL, "its_effects": ["n", "rho", "quantity"]}


def default():
    table = read_table("its_methods")
    return table[(table["method"] == its_study.DEFAULT) & (table["rho"] <= 0.8)]


@pytest.mark.parametrize(("name", "made"), [
    ("its_methods", lambda: its_study.methods(SIZE, 1, (24, 48), (0.0, 0.6, 1.0))),
    ("its_designs", lambda: its_study.designs(SIZE, 1, (48,), (0.0, 0.6))),
    ("its_effects", lambda: its_study.effects(SIZE, 1, (48,), (0.0, 0.6))),
])
def test_a_small_run_with_another_seed_agrees_with_the_committed_table_within_monte_carlo_error(name, made):
    both = made().merge(read_table(name), on=KEYS[name], suffixes=("", "_full"), validate="one_to_one")
    assert len(both) >= 6
    p = both["coverage_full"].clip(0.01, 0.99)
    apart = (both["coverage"] - both["coverage_full"]).abs() / np.sqrt(p * (1 - p) / SIZE)
    assert apart.max() < 4.5  # of some hundred cells, five errors would be one in ten thousand
    ratio = both["median_width"] / both["median_width_full"]
    assert ratio.between(0.7, 1.4).all()


def test_the_same_seed_makes_the_same_rows_also_for_some_cells_alone():
    many = its_study.default(50, 7, (12, 24), (0.0, 0.4))
    alone = its_study.default(50, 7, (24,), (0.4,))
    rows = many[(many["n"] == 24) & (many["rho"] == 0.4)].reset_index(drop=True)
    assert rows.equals(alone)


def test_the_default_keeps_its_coverage_in_every_cell_that_was_asked():
    # 10,000 series a cell: Monte Carlo error 0.002
    table = default()
    assert len(table) == 2 * 6 * 5 and (table["series"] >= 10_000).all()
    longer = table[table["n"] >= 24]
    for term, low, high in (("level", 0.94, 0.965), ("slope", 0.94, 0.98)):
        assert longer.loc[longer["term"] == term, "coverage"].between(low, high).all()
    assert (table.loc[table["n"] == 12, "coverage"] >= 0.93).all()
    for term, low in (("level", 0.035), ("slope", 0.02)):
        assert longer.loc[longer["term"] == term, "type_one"].between(low, 0.06).all()
    assert (table.loc[table["n"] == 12, "type_one"] <= 0.07).all()


def test_in_designs_that_its_constants_were_not_chosen_on_the_default_keeps_its_coverage_or_is_a_little_wide():
    coverage = read_table("its_designs").groupby("term")["coverage"]
    assert coverage.min().min() >= 0.94
    assert coverage.max()["level"] <= 0.97 and coverage.max()["slope"] <= 0.992


def test_of_turners_six_none_keeps_it_and_kenward_roger_does_only_at_many_times_the_width():
    table = read_table("its_methods").query("rho <= 0.8 and n >= 24")
    lowest = table.groupby("method")["coverage"].min()
    assert (lowest.drop([its_study.DEFAULT, "reml_kenward_roger"]) < 0.93).all()
    assert lowest[its_study.DEFAULT] > 0.94
    width = table.pivot_table(index=["term", "n", "rho"], columns="method", values="mean_width")
    assert (width["reml_kenward_roger"] / width[its_study.DEFAULT]).max() > 20
    assert 0.6 < (width[its_study.DEFAULT] / width["reml_satterthwaite"]).mean() < 1.1


def test_the_average_effect_and_observed_minus_expected_keep_their_coverage_and_a_forecasts_mean_error_does_not():
    by = read_table("its_effects").groupby("quantity")["coverage"]
    for quantity in ("model effect", "observed minus expected"):
        assert by.min()[quantity] >= 0.925 and by.max()[quantity] <= 0.975
    assert by.max()["mean error of a forecast"] < 0.5


@pytest.mark.parametrize("name", KEYS)
def test_a_table_says_what_made_it(name):
    import json

    made = json.loads((folder() / f"{name}.json").read_text())
    assert made["module"] == "its_study" and made["seed"] == its_study.SEED and made["size"] == its_study.SIZE
    assert len(made["code_hash"]) == 16


def test_an_unknown_study_is_answered_with_those_there_are():
    with pytest.raises(ValueError, match="study: choose one of all, methods, default, designs, effects"):
        its_study.run("coverage")
