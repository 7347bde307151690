"""Studies of events, controls, configurations, links and rounding: a small re-run lies near the committed table."""

from importlib import import_module

import numpy as np
import pytest

from pi_research.validation import studies
from pi_research.validation.tables import read_table

# study, its function, table, columns that name a cell, cells tried again, size, column compared
AGAIN = [
    ("events", "coverage", "events_coverage", ["quantity", "n", "rate"],
     [("mean number of events", 60, 0.1), ("the same, death ends them", 60, 0.1), ("shares", 30, 0.02)], 150, "coverage"),
    ("controlled", "coverage", "controlled_coverage", ["design", "n", "rho", "series", "term"],
     [("with controls", 24, 0.4, 1), ("areas pooled", 36, 0.0, 5)], 30, "coverage"),
    ("configurational", "chance", "configurational_chance", ["people", "conditions", "outcome", "least"],
     [(30, 3, 0.5, 1), (73, 5, 0.5, 3)], 100, "found"),
    ("rounding", "errors", "rounding_error", ["rule", "n", "survival"],
     [("nhs", 113, 0.75), ("midpoint6", 40, 0.75)], 100, "coverage"),
]  # fmt: skip


@pytest.mark.parametrize(("study", "function", "table", "by", "cells", "size", "value"), AGAIN, ids=[a[0] for a in AGAIN])
def test_a_small_re_run_lies_within_its_monte_carlo_error_of_the_committed_table(study, function, table, by, cells, size,
                                                                               value):
    module = import_module(f"pi_research.validation.{studies.STUDIES[study]}")
    made = getattr(module, function)(size, module.SEED + 1, tuple(cells))
    kept = read_table(table).set_index(by)[value]
    for row in made.to_dict("records"):
        true = kept[tuple(row[c] for c in by)]
        error = np.sqrt(max(true * (1 - true), 0.02) / size)
        assert abs(row[value] - true) < 4 * error, row


@pytest.mark.parametrize("study", ["events", "controlled", "configurational", "rounding"])
def test_a_study_is_the_same_for_one_seed_and_refuses_a_part_that_is_not_there(study):
    module = import_module(f"pi_research.validation.{studies.STUDIES[study]}")
    function = {"events": "coverage", "controlled": "coverage", "configurational": "chance", "rounding": "errors"}[study]
    cell = {"events": ("shares", 30, 0.1), "controlled": ("areas pooled", 36, 0.0, 5), "configurational": (30, 3, 0.5, 1),
            "rounding": ("nhs", 60, 0.75)}[study]  # fmt: skip
    one, other = (getattr(module, function)(3, 5, (cell,)) for _ in range(2))
    assert one.equals(other)
    with pytest.raises(ValueError, match="choose one of"):
        module.run("nonsense")


def test_trials_of_linkage_count_links_before_and_after_a_look_by_eye():
    from pi_research.validation import linkage_study

    [made] = linkage_study.run(size=1, seed=3).values()
    assert made["errors"].tolist() == list(linkage_study.ERRORS) and (made["trials"] == 1).all()
    assert ((made["links"] - made["false"]) + made["missed"] == made["possible"]).all()
    assert (made["precision"] >= 0.98).all() and made["recall"].iloc[0] >= 0.97


def test_the_truth_of_the_states_is_that_of_very_many_people():
    """20,000 people's states at 24 months, followed by the same rates: within four standard errors."""
    from pi_research.validation import events_study as study

    rng, n = np.random.default_rng(1), 20_000
    last = [study._stays(rng, i, 0.1, study.AT)[-1][2] for i in range(n)]
    for name, true in zip(("tenancy", "hospital"), study._true_shares(0.1), strict=True):
        assert np.mean([state == name for state in last]) == pytest.approx(true, abs=4 * np.sqrt(true * (1 - true) / n))


def test_months_of_a_made_series_have_unit_variance_and_the_correlation_asked_for():
    from pi_research.validation.controlled_study import _ar1

    made = _ar1(np.random.default_rng(2), 0.6, 2_000, 48)
    assert made.var() == pytest.approx(1, abs=0.03)
    assert np.mean(made[:, 1:] * made[:, :-1]) == pytest.approx(0.6, abs=0.02)


def test_where_nobody_would_make_a_row_large_enough_nothing_is_found():
    from pi_research.validation.configurational_study import _found

    assert not _found(np.random.default_rng(1), 10, 5, 0.5, 9)
