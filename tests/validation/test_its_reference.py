"""Every method of segmented regression against R, on five series, to a stated tolerance."""

import pytest

from pi_research.its.results import METHODS
from pi_research.validation import its_reference as reference
from pi_research.validation.survival_reference import compared

CASES = reference.cases()


@pytest.mark.parametrize("case", CASES, ids=[f"{c.id}-{k}" for k, c in enumerate(CASES)])
def test_ours_equals_r_within_the_stated_tolerance(case):
    rows = compared(case, reference.reference()["cases"][case.id]["values"])
    assert rows and case.tolerance == 1e-8 or case.why, "a looser tolerance says why"
    assert case.tolerance <= 1e-5
    assert [row for row in rows if not row[4] <= row[5]] == []


def test_every_method_is_compared_in_an_interior_case_with_and_without_season_and_masked_months():
    assert {kind[0] for kind in reference.KINDS} == set(METHODS)
    stored = reference.reference()["cases"]
    assert {c["dataset"]["season"] for c in stored.values()} == {"none", "harmonic"}
    assert any(c["dataset"]["masked"] for c in stored.values())
    assert all(c["call"] for c in stored.values())


def test_the_table_has_a_row_for_every_number_and_its_differences():
    table = reference.reference_table()
    assert list(table) == ["case", "quantity", "r", "ours", "difference", "tolerance", "note"]
    assert (table["difference"] <= table["tolerance"]).all()
    assert set(table["case"]) == set(reference.reference()["cases"])
