"""Every reference case of every topic against R: see validation/survival_reference.py for how to add one."""

import numpy as np
import pytest

from pi_research.validation import survival_reference as reference

CASES = [(topic, case) for topic, cases in reference.topics().items() for case in cases]


@pytest.mark.parametrize("topic, case", CASES, ids=[f"{topic}-{case.id}" for topic, case in CASES])
def test_ours_equals_r_within_the_stated_tolerance(topic, case):
    rows = reference.compared(case, reference.reference(topic)["cases"][case.id]["values"])
    assert rows and case.tolerance == 1e-8 or case.why, "a looser tolerance says why"
    assert [row for row in rows if not row[4] <= row[5]] == []


@pytest.mark.parametrize("topic", reference.topics())
def test_every_case_of_a_file_is_compared_and_names_its_call(topic):
    stored = reference.reference(topic)["cases"]
    assert {case.id for t, case in CASES if t == topic} == set(stored)
    assert all(case["call"] for case in stored.values())


def test_the_difference_is_relative_and_a_missing_value_matches_only_a_missing_one():
    assert reference.difference(2.0, 2.02) == pytest.approx(0.01)
    assert reference.difference(0.0, 1e-9) == 1e-9
    assert reference.difference(np.nan, np.nan) == reference.difference(np.inf, np.inf) == 0
    assert reference.difference(np.nan, 1.0) == reference.difference(1.0, np.inf) == np.inf
