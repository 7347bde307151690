"""The synthesis on its page: every sentence made from a finding as it is now, every comparison worked out as stated."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import boschloo_exact

from pi_research.disclosure import Rule, protect_sentence
from pi_research.findings import Finding
from pi_research.realist import TheoryError, effect_modification
from pi_research.report import (
    synthesis,
    synthesis_system,
    synthesis_tables,
    synthesis_tests,
    synthesis_trail,
    synthesis_words,
)
from pi_research.report.render import released
from pi_research.report.trace import cited


def finding(id="tenancy.kept_12", estimate=0.8, lower=0.7, upper=0.9, unit="proportion", n=70, events=15, **more):
    return Finding(
        id, "How many?", estimate, unit, n, events, "made up", lower, upper, notebook="02_tenancy_sustainment", **more
    )


def lines(**more):
    row = {
        "line_id": "S01",
        "part": "Tenancies",
        "about": "Tenancies kept",
        "finding": "tenancy.kept_12",
        "reference": 0.66,
        "says": "An estimated {estimate} ({interval}; {n} movers, {events} ended)",
        "above": "more than expected",
        "below": "fewer than expected",
        "undecided": "perhaps more",
    }
    return pd.DataFrame([{**row, **more}], index=[2])


def said(found, **more):
    made = SimpleNamespace(lines=lines(**more))
    return synthesis.summary(made, {found.id: found}, {})[0]


# the summary


def test_a_line_says_its_finding_as_it_is_now_and_names_it():
    assert str(said(finding())) == (
        "Tenancies. An estimated 80% (95% interval 70% to 90%; 70 movers, 15 ended); more than expected "
        "(02_tenancy_sustainment: tenancy.kept_12)."
    )
    assert "fewer than expected" in said(finding(estimate=0.5, lower=0.4, upper=0.6))
    assert "perhaps more" in said(finding(estimate=0.6, lower=0.5, upper=0.7))


def test_what_cannot_be_estimated_is_said_and_no_number_is_written():
    text = said(finding(estimate=np.nan, lower=np.nan, upper=np.nan))
    assert (
        str(text)
        == "Tenancies. Tenancies kept: cannot be estimated from this extract (02_tenancy_sustainment: tenancy.kept_12)."
    )


def test_a_count_without_an_interval_claims_none():
    assert "(no interval; 70" in said(finding(lower=np.nan, upper=np.nan))


def test_a_reading_may_stand_within_the_sentence():
    text = said(finding(), says="It is {estimate}, {reading}, so far")
    assert "It is 80%, more than expected, so far (" in text


def test_a_release_hides_what_rests_on_few_and_rounds_counts():
    few = str(protect_sentence(said(finding(events=3)), Rule.preset("nhs")))
    assert "[hidden]" in few and "80%" not in few and "3 ended" not in few
    assert "72 movers" not in str(protect_sentence(said(finding(n=72)), Rule.preset("nhs")))


def test_numbers_that_count_nobody_stay_in_a_release():
    found = finding("series.controlled", 0.9, 0.8, 1.1, "rate ratio", 85, 2, counted="months")
    assert "0.90" in str(protect_sentence(said(found, finding="series.controlled"), Rule.preset("nhs")))


def test_large_sums_are_rounded_to_thousands():
    money = synthesis.numbers_of(finding("cost.public", 1_891_326.4, -865_075.0, 2_633_821.0, "pounds"))
    assert [str(money[k]) for k in ("estimate", "lower", "upper")] == ["£1,891,000", "−£865,000", "£2,634,000"]


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({"finding": "tenancy.gone"}, r"summary\.csv, row 2, column finding: S01 cites the finding tenancy\.gone"),
        ({"says": "Of {people}"}, "S01 has no number called people"),
        ({"says": "It is {reading}", "reference": np.nan}, "S01 has a reading and no reference"),
    ],
)
def test_a_line_that_does_not_hold_is_an_error_that_names_it(more, fault):
    with pytest.raises(TheoryError, match=fault):
        synthesis.check_lines(lines(**more), {"tenancy.kept_12": finding()})


def test_a_finding_named_with_its_page_leads_there():
    made = cited("<p>(02_tenancy_sustainment: tenancy.kept_12)</p> at 10:30 and 5: a.b", "../{of}.html")
    assert made.count("<a ") == 1 and 'href="../02_tenancy_sustainment.html#finding-tenancy.kept_12"' in made


def test_the_page_needs_what_its_metadata_says(project):
    notebook = json.loads((project / "notebooks" / "09_synthesis.ipynb").read_text(encoding="utf-8"))
    assert tuple(notebook["metadata"]["pi_research"]["needs"]) == synthesis.NEEDS


def test_pages_of_another_extract_are_named():
    cites = pd.DataFrame({"page": ["01_a: x.y", "02_b: x.z", "03_c: x.w"], "data": ["11", "11", "22"]})
    assert "run again 03_c" in synthesis_trail.same_extract(cites)
    assert "all were made from the same extract." in synthesis_trail.same_extract(cites.head(2))


# comparisons


def theory_tests(*rows):
    columns = [
        "test_id",
        "theory_id",
        "outcome",
        "group",
        "group_words",
        "other_words",
        "expected",
        "known_at",
        "reach",
    ]
    return pd.DataFrame(
        [(t, "C1", o, "g", "in the group", "the others", "positive", k, "comparison") for t, o, k in rows],
        columns=columns,
    )


@pytest.fixture
def people():
    """Twelve people: six in the group, of whom five moved in time; of the others one. One is not due yet."""
    day = pd.Timestamp("2020-01-01")
    move = [day + pd.DateOffset(months=m) for m in (3, 4, 5, 9, 8, 20)] + [
        day + pd.DateOffset(months=m) for m in (9, 10, 11, 12)
    ]
    frame = pd.DataFrame(
        {"start": [day] * 11 + [pd.Timestamp("2023-12-01")], "move": [*move, pd.NaT, pd.NaT]},
        index=list("abcdefghijkl"),
    )
    frame["moved"], frame["accepted"], frame["declined"] = frame["move"].notna(), frame["start"], pd.NaT
    frame["status"] = "moved"
    who = pd.DataFrame({"Q1": pd.array([True] * 6 + [False] * 6, dtype="boolean")}, index=frame.index)
    programme = SimpleNamespace(preparation_months=9)
    return who, SimpleNamespace(
        people=frame, extract_date=pd.Timestamp("2024-01-01"), settings=SimpleNamespace(programme=programme)
    )


def test_moves_in_time_are_counted_by_hand_of_those_for_whom_the_day_has_come(people):
    who, data = people
    made = synthesis_tests.moved_in_time(theory_tests(("Q1", "moved", "start")), who, data)
    assert made.n.tolist() == [[5, 6]] and made.events.tolist() == [[1, 5]]
    assert made.p_values[0] == pytest.approx(boschloo_exact([[1, 5], [4, 1]]).pvalue)


def test_tenancies_kept_are_compared_by_their_curves_at_twelve_months():
    held = pd.DataFrame(
        {"months": [3.0, 20, 20, 20, 14, 2, 5, 20, 6, 20], "ended": [1, 0, 0, 0, 1, 1, 1, 0, 1, 0]},
        index=list("abcdefghij"),
    )
    who = pd.DataFrame({"Q1": pd.array([True] * 5 + [False] * 5, dtype="boolean")}, index=held.index)
    made = synthesis_tests.kept(theory_tests(("Q1", "kept", "move")), who, SimpleNamespace(held=held), 1)
    assert made.estimates[0].tolist() == pytest.approx([0.4, 0.8])
    assert made.events.tolist() == [[3, 1]]  # an end after fourteen months is none of the first twelve
    assert made.std_errors[0, 1] == pytest.approx(np.sqrt(0.8 * 0.2 / 5))


def test_a_group_in_which_everybody_is_gives_no_estimate_and_still_counts_among_the_tests(people):
    who, data = people
    who["Q2"] = pd.array([True] * 12, dtype="boolean")
    tests = theory_tests(("Q1", "moved", "start"), ("Q2", "moved", "start"))
    made = effect_modification(**synthesis_tests.compared(tests, synthesis_tests.moved_in_time(tests, who, data)))
    assert made.verdict[1] == "not estimable" and made.p_adjusted[0] == pytest.approx(2 * made.p_value[0])


def test_admissions_are_compared_within_people():
    rows = pd.DataFrame(
        [
            (p, phase, n, 1.0)
            for p, pair in {"a": (4, 1), "b": (3, 1), "c": (5, 2), "d": (2, 3), "e": (2, 2), "f": (1, 3)}.items()
            for phase, n in zip(("before", "after the move"), pair, strict=True)
        ],
        columns=["customer_id", "phase", "admissions", "at_risk_years"],
    )
    who = pd.DataFrame({"Q1": pd.array([True] * 3 + [False] * 3, dtype="boolean")}, index=list("abcdef"))
    made = synthesis_tests.admissions(theory_tests(("Q1", "admissions", "move")), who, rows, 1)
    assert np.exp(made.estimates[0]).tolist() == pytest.approx([8 / 5, 4 / 12], rel=1e-6)
    assert made.events.tolist() == [[13, 16]] and 0 < made.p_values[0] <= 1


def test_nobody_in_the_trusts_record_leaves_admissions_not_estimable(people):
    who, _ = people
    tests = theory_tests(("Q1", "admissions", "move"))
    empty = pd.DataFrame(columns=["customer_id", "phase", "admissions", "at_risk_years"])
    made = effect_modification(**synthesis_tests.compared(tests, synthesis_tests.admissions(tests, who, empty, 1)))
    assert made.verdict == ("not estimable",)


def modified(differences=(0.3, 0.05), errors=(0.1, 0.1)):
    return effect_modification(
        ["Q01", "Q02"],
        list(differences),
        list(errors),
        scale="difference",
        expected=[1, 1],
        outcomes=["kept", "kept"],
        groups=[("the others", "the group")] * 2,
        n=[(30, 30)] * 2,
    )


def test_a_comparison_is_handed_on_with_its_interval_and_its_corrected_verdict():
    part = SimpleNamespace(tests=("Q01", "Q02"), events=np.array([[4, 5], [3, 3]]), n=np.full((2, 2), 30))
    found = synthesis_tests.findings_of_tests(modified(), [part])
    one = found["compared.q01"]
    assert (one.n, one.events, one.unit) == (60, 4, "difference of proportions") and one.lower < 0.3 < one.upper
    assert "Holm over 2 comparisons: supported" in one.method and "Holm" in str(one.sentence)


def test_a_theory_without_comparisons_says_so_and_breaks_nothing(people):
    who, data = people
    tests = theory_tests(("Q1", "moved", "start")).head(0)
    data.held = pd.DataFrame({"months": [3.0], "ended": [1]}, index=["a"])
    parts = synthesis_tests.every_outcome(tests, who[[]], data, None, 1)
    made = synthesis_tests.nothing_compared(0.95)
    assert synthesis_tests.findings_of_tests(made, parts) == {} and synthesis_tests.uncorrected(made) == {}
    assert synthesis_words.tests_sentence(made).startswith("Of 0 comparisons")
    assert synthesis_tables.comparisons_table(made, tests, parts).frame.empty
    assert synthesis_tables.power_table(made, tests).frame.empty and made.sentence()


def test_every_row_that_cites_a_missing_finding_is_named_at_once():
    gone = {"line_id": "S09", "finding": "tenancy.gone"}
    with pytest.raises(TheoryError) as fault:
        synthesis._all_at_once(
            lambda: synthesis.check_lines(lines(**gone), {}), lambda: synthesis.check_lines(lines(), {})
        )
    assert len(fault.value.faults) == 2 and "S09" in str(fault.value) and "S01" in str(fault.value)


def test_a_test_alone_may_say_what_the_corrected_one_does_not():
    made = modified((0.21, 0.0))
    assert made.verdict[0] == "not shown" and synthesis_tests.uncorrected(made) == {
        "Q01": "supported",
        "Q02": "not shown",
    }
    assert "0 went as the theory expects" in synthesis_words.tests_sentence(made)


def test_a_group_formed_after_the_outcome_could_happen_is_named():
    assert synthesis_words.timing_sentence(theory_tests(("Q1", "kept", "move"), ("Q2", "accepted", "move"))).endswith(
        "not so: Q2."
    )


# tables


def test_a_release_of_the_comparisons_hides_what_rests_on_few_events():
    part = SimpleNamespace(tests=("Q01", "Q02"), events=np.array([[14, 15], [3, 13]]), n=np.array([[30, 30], [30, 30]]))
    tests = theory_tests(("Q01", "kept", "move"), ("Q02", "kept", "move"))
    table = released(synthesis_tables.comparisons_table(modified(), tests, [part]), Rule.preset("nhs"))
    assert "hidden" not in table.frame["difference"].iloc[0] and "hidden" in table.frame["difference"].iloc[1]


def test_places_left_count_a_place_that_ended_within_a_month_of_the_move():
    move = pd.Timestamp("2022-06-01")
    rows = [
        ("a", "2015-01-01", "2022-06-10"),
        ("b", "2015-01-01", None),
        ("c", "2010-01-01", "2012-01-01"),
        ("a", "2023-01-01", None),
    ]
    placed = pd.DataFrame(rows, columns=["customer_id", "start_date", "end_date"]).assign(move=move)
    placed[["start_date", "end_date"]] = placed[["start_date", "end_date"]].apply(pd.to_datetime)
    data = SimpleNamespace(
        rows=lambda _: placed, tables={"placements": placed}, people=pd.DataFrame({"moved": [True, True, True]})
    )
    assert synthesis_system.places_left(data)[["n", "of"]].values.tolist() == [[2, 3], [1, 2], [1, 3]]
    assert "In the extract 1 of 3 movers left a place" in synthesis_system.system_sentence(data)
