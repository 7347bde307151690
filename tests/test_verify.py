"""Making a run again, and holding each finding against the first."""

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research import params, verify
from pi_research.findings import Finding, as_json

ONE = Finding("tenancy.kept_12", "What share?", 0.82, "proportion", 113, 93, "Kaplan-Meier", 0.7, 0.9,
              notebook="02", code_hash="c", data_hash="d", params_hash="p")


def of(*found):
    return {f.id: f for f in found}


def verdict(first, second, **how):
    return verify.compare(of(first), of(second), **how).rows.iloc[0]


def test_a_finding_that_comes_out_to_the_last_bit_is_equal():
    made = verify.compare(of(ONE), of(ONE))
    assert made.ok and made.rows["verdict"].tolist() == ["equal"]
    assert "1 findings: 1 equal" in made.text()


def test_a_difference_of_rounding_is_within_tolerance_and_said_to_be_no_more_than_that():
    row = verdict(ONE, replace(ONE, estimate=0.82 * (1 + 1e-9)))
    assert row.verdict == "within tolerance" and row.number == "estimate" and row.apart < 1e-8


def test_a_limit_that_moved_is_different_and_named_with_both_values_and_what_changed():
    made = verify.compare(of(ONE), of(replace(ONE, upper=0.95, code_hash="other")))
    assert not made.ok
    assert "tenancy.kept_12 (02): upper was 0.9 and is 0.95; changed since: code" in made.text()


def test_one_person_more_is_different_however_wide_the_tolerance():
    assert verdict(ONE, replace(ONE, n=114), tolerance=1.0).verdict == "different"


def test_a_finding_that_vanished_and_one_that_is_new_both_fail():
    made = verify.compare(of(ONE), of(replace(ONE, id="tenancy.kept_18")))
    assert made.rows["verdict"].tolist() == ["not made again", "new"] and not made.ok


def test_what_could_not_be_estimated_twice_is_equal_and_once_is_different():
    none = replace(ONE, estimate=math.nan)
    assert verdict(none, none).verdict == "equal"
    assert verdict(none, ONE).verdict == "different"


def test_another_method_under_the_same_number_is_different():
    row = verdict(ONE, replace(ONE, method="Weibull"))
    assert row.verdict == "different" and "method" in row.changed


@settings(max_examples=40)
@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_the_verdict_does_not_hang_on_which_run_came_first(a, b):
    first, second = (replace(ONE, estimate=x, lower=math.nan, upper=math.nan) for x in (a, b))
    assert verdict(first, second).verdict == verdict(second, first).verdict


def run_folder(place, *found, edited=False):
    (place / "findings").mkdir(parents=True)
    (place / "findings" / "02.json").write_text(as_json(found), encoding="utf-8")
    held = as_json(found) if not edited else as_json([replace(found[0], estimate=0.99), *found[1:]])
    (place / "findings.json").write_text(held, encoding="utf-8")
    (place / verify.MADE_FROM).write_text(verify.made_from(params.load()), encoding="utf-8")
    return place


def test_two_runs_alike_have_nothing_to_say_against_them(tmp_path):
    a, b = run_folder(tmp_path / "a", ONE), run_folder(tmp_path / "b", ONE)
    before = sorted(p.name for p in a.rglob("*"))
    compared, faults = verify.verify(a, params.load(), b)
    assert compared.ok and faults == []
    assert sorted(p.name for p in a.rglob("*")) == before
    assert (b / "verified.csv").read_text(encoding="utf-8").startswith("id,notebook,verdict")


def test_a_finding_edited_by_hand_after_the_run_is_noticed(tmp_path):
    a, b = run_folder(tmp_path / "a", ONE, edited=True), run_folder(tmp_path / "b", ONE)
    compared, faults = verify.verify(a, params.load(), b)
    assert not compared.ok
    assert any("edited" in fault for fault in faults)


def test_a_choice_changed_since_the_run_is_named_with_both_values(tmp_path):
    a, b = run_folder(tmp_path / "a", ONE), run_folder(tmp_path / "b", ONE)
    _, faults = verify.verify(a, params.load(covid={"handling": "pulse"}), b)
    assert faults == ["params: covid.handling was 'mask' and is 'pulse'"]


def test_a_folder_without_a_run_or_with_half_a_file_says_what_to_do(tmp_path):
    with pytest.raises(ValueError, match="name the folder of a finished run"):
        verify.read_run(tmp_path)
    (tmp_path / "findings.json").write_text(json.dumps([{"id": "a.b"}])[:9], encoding="utf-8")
    with pytest.raises(ValueError, match="Make the run again"):
        verify.read_run(tmp_path)


def test_a_folder_that_holds_something_is_not_made_anew_over(tmp_path):
    (tmp_path / "old").write_text("x", encoding="utf-8")
    with pytest.raises(ValueError, match="not empty"):
        verify.remake(params.load(), None, tmp_path, 1)
