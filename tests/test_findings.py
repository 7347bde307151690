"""What a notebook hands on: findings that can stand, their JSON, and where they came from."""

import json
import math
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pi_research.findings import Finding, FindingError, as_json, from_dict, read_findings, stamped, union
from pi_research.wording import count, sentence

ORIGIN = {"notebook": "02_tenancy", "code_hash": "c" * 16, "data_hash": "d" * 64, "params_hash": "p" * 16}


def finding(**changed):
    made = {"id": "tenancy.kept_12", "question": "Do tenancies last?", "estimate": 0.8, "unit": "proportion",
            "n": 80, "events": 16, "method": "Kaplan-Meier"}
    return Finding(**{**made, **changed})


def same(one, other):
    """Equal, with NaN equal to NaN."""
    return all(a == b or (a != a and b != b)
               for a, b in zip(asdict(one).values(), asdict(other).values(), strict=True))


@pytest.mark.parametrize("id_", ["tenancy.kept_12", "series.bed_days.newey_west", "a.b", "02.x"])
def test_an_id_is_an_area_and_a_subject(id_):
    assert finding(id=id_).id == id_


@pytest.mark.parametrize("id_", ["", "tenancy", "Tenancy.kept", "tenancy.kept 12", "tenancy.", ".kept",
                                 "a..b", "a.b\n", "tenancy.kept-12", "área.b", "../a.b"])
def test_any_other_id_is_refused(id_):
    with pytest.raises(FindingError, match=r"id must be area\.subject in lower-case letters"):
        finding(id=id_)


def test_limits_stand_both_or_not_at_all():
    assert math.isnan(finding().lower)
    assert finding(lower=0.7, upper=0.9).upper == 0.9
    for limits in ({"lower": 0.7}, {"upper": 0.9}, {"lower": 0.9, "upper": 0.7}):
        with pytest.raises(FindingError, match="lower and upper must both be there, in order"):
            finding(**limits)


@pytest.mark.parametrize("counts", [{"n": -1}, {"n": None}, {"events": -1}, {"events": None}, {"n": math.nan},
                                    {"events": 2.5}, {"n": math.inf}])
def test_n_and_events_must_be_counts(counts):
    with pytest.raises(FindingError, match="n and events must be counts"):
        finding(**counts)


@pytest.mark.parametrize("name", ["question", "method", "unit"])
def test_question_method_and_unit_must_be_said(name):
    with pytest.raises(FindingError, match="question, method and unit must be said"):
        finding(**{name: ""})


def test_every_fault_of_a_finding_is_told_at_once_with_its_id():
    with pytest.raises(FindingError, match=r"^finding Bad: id .*; n and events .*; lower .*; question"):
        finding(id="Bad", n=-1, lower=1.0, question="")
    with pytest.raises(FindingError, match=r"^finding \(without id\): "):
        finding(id="")


def test_what_is_not_estimable_is_null_in_json_and_not_a_number_again_when_read():
    stored = json.loads(as_json([finding(estimate=math.nan)]))[0]
    assert stored["estimate"] is None and stored["lower"] is None
    assert math.isnan(from_dict(stored).estimate) and math.isnan(from_dict(stored).lower)


@pytest.mark.parametrize("limits", [(0.7, math.inf), (-math.inf, 0.9)])
def test_an_interval_without_a_limit_on_one_side_reads_back_as_it_was(limits):
    made = finding(lower=limits[0], upper=limits[1])
    stored = made.as_dict()
    assert None in (stored["lower"], stored["upper"])
    assert same(from_dict(stored), made)


numbers = st.floats(allow_nan=True, allow_infinity=False)


@given(numbers, st.none() | st.tuples(numbers, numbers), st.integers(0, 999), st.text(max_size=20))
def test_a_finding_reads_back_as_it_was_written(estimate, limits, n, words):
    lower, upper = sorted(limits) if limits and not any(map(math.isnan, limits)) else (math.nan, math.nan)
    made = finding(estimate=estimate, lower=lower, upper=upper, n=n, question=words or "?", sentence=words)
    assert same(from_dict(json.loads(as_json([made]))[0]), made)


def test_numpy_numbers_are_written_as_plain_ones():
    made = finding(estimate=np.float32("nan"), lower=np.float64(0.5), upper=np.float32(0.75), n=np.int64(80))
    stored = json.loads(as_json([made]))[0]
    assert (stored["estimate"], stored["lower"], stored["upper"], stored["n"]) == (None, 0.5, 0.75, 80)


def test_the_sentence_is_written_as_its_text():
    assert finding(sentence=sentence("{n} stayed.", n=count(64))).as_dict()["sentence"] == "64 stayed."


def test_the_same_findings_give_the_same_bytes():
    two = [finding(), finding(id="tenancy.kept_24")]
    assert as_json(two) == as_json([replace(f) for f in two])
    assert as_json(two).endswith("\n") and "NaN" not in as_json(two)


def test_stamped_findings_say_where_they_came_from_in_the_order_of_their_ids():
    made = stamped([finding(id="b.b"), finding(id="a.a")], ORIGIN)
    assert [f.id for f in made] == ["a.a", "b.b"]
    assert {k: getattr(made[0], k) for k in ORIGIN} == ORIGIN
    assert made[0].how_to_cite == "02_tenancy#a.a (code cccccccc, data dddddddd, params pppppppp)"


def test_stamping_can_also_say_that_the_data_are_synthetic():
    assert stamped([finding()], {**ORIGIN, "synthetic": True})[0].synthetic is True


def test_an_id_that_stands_twice_in_a_notebook_is_refused():
    with pytest.raises(FindingError, match="02_tenancy: these findings stand twice: a.a$"):
        stamped([finding(id="a.a"), finding(id="b.b"), finding(id="a.a")], ORIGIN)


def write(folder, notebook, *found):
    (folder / "findings").mkdir(exist_ok=True)
    file = folder / "findings" / f"{notebook}.json"
    file.write_text(as_json(found), encoding="utf-8")
    return file


def test_findings_of_another_notebook_are_read_by_id(tmp_path):
    write(tmp_path, "02_tenancy", finding(), finding(id="a.a"))
    found = read_findings(tmp_path, "02_tenancy")
    assert set(found) == {"tenancy.kept_12", "a.a"} and same(found["a.a"], finding(id="a.a"))


def test_a_notebook_run_without_its_needs_names_the_one_to_run_first(tmp_path):
    with pytest.raises(FindingError, match="findings of 02_tenancy are not there yet: run 02_tenancy first"):
        read_findings(tmp_path, "02_tenancy")


def test_the_union_holds_every_finding_of_a_run_in_the_order_of_ids(tmp_path):
    files = [write(tmp_path, "02", finding(id="b.b"), finding(id="c.c")),
             write(tmp_path, "01", finding(id="a.a"))]
    assert [f.id for f in union(files)] == ["a.a", "b.b", "c.c"]
    assert union([]) == []


def test_an_id_that_two_notebooks_hand_on_is_refused(tmp_path):
    files = [write(tmp_path, "01", finding()), write(tmp_path, "02", finding())]
    with pytest.raises(FindingError, match="come from more than one notebook: tenancy.kept_12$"):
        union(files)
