"""The joint display and proposed statuses: derived from ids by rule, overruled only openly, never out of date."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.extract import theory as folder
from pi_research.findings import Finding
from pi_research.realist import (
    TheoryError,
    collect_next,
    effect_modification,
    indicator_coverage,
    joint_display,
    people_needed,
    propose_statuses,
    read_theory,
    weigh,
    what_is_known,
)
from pi_research.realist._joint_words import FITS, NOW
from pi_research.realist.joint import check_cited, cited_questions, fit_of, lean

SAID = ["supports"] * 4 + ["refutes"]


@pytest.fixture(scope="module")
def tables(project):
    return folder.read_theory_tables(project / "data" / "theory")


@pytest.fixture(scope="module")
def theory(tables):
    return read_theory(tables, folder.theory_vocabulary(tables))


def finding(id="use.admissions", estimate=0.5, lower=0.3, upper=0.8, **more):
    return Finding(
        id, "How often?", estimate, "rate ratio", 60, 40, "made up", lower, upper, notebook="03_service_use", **more
    )


def segments(directions, theory_id="C6"):
    rows = [(f"S-{k:04d}", "coach", "A theme", f"Code {d}", theory_id, d, "A") for k, d in enumerate(directions)]
    return pd.DataFrame(rows, columns=["segment_id", "role", "theme", "sub_theme", "theory_id", "direction", "coder"])


def question(**more):
    row = {
        "question_id": "J01",
        "question": "Are people admitted less often?",
        "theory_ids": "C6",
        "finding": "use.admissions",
        "expects": "below",
        "reference": 1.0,
    }
    return pd.DataFrame([{**row, **more}], index=[2])


def shown(theory, found=None, said=SAID, judged=None, **more):
    found = finding() if found is None else found
    made = joint_display(theory, question(**more), {found.id: found}, segments(said), judged)
    return made.rows.iloc[0]


# the rules


@pytest.mark.parametrize(
    ("lower", "upper", "said", "fit"),
    [
        (0.3, 0.8, ["supports"] * 3, "confirms"),
        (0.3, 0.8, ["refutes"] * 3, "contradicts"),
        (1.2, 1.8, ["supports"] * 3, "contradicts"),
        (1.2, 1.8, ["refutes"] * 3, "confirms"),
        (0.3, 0.8, ["refines"] * 3, "expands"),
        (0.3, 0.8, ["supports", "refutes", "refines"], "expands"),
        (0.3, 1.8, ["supports"] * 9, "silent"),
        (0.3, 0.8, ["supports"] * 2, "silent"),
        (0.3, 0.8, ["neutral"] * 9, "silent"),
    ],
)
def test_the_fit_follows_from_the_interval_and_from_where_segments_lean(theory, lower, upper, said, fit):
    found = finding(estimate=(lower + upper) / 2, lower=lower, upper=upper)
    row = shown(theory, found, said)
    assert row["fit"] == row["stands"] == fit
    assert row["now"] == NOW[row["numbers"]][row["people"]]


def test_a_finding_that_cannot_be_estimated_is_no_number_and_not_undecided(theory):
    row = shown(theory, finding(estimate=np.nan, lower=np.nan, upper=np.nan))
    assert row["numbers"] == "none" and row["fit"] == "silent"


def test_a_question_without_a_finding_shows_what_people_said(theory):
    row = shown(theory, finding=None)
    assert (row["numbers"], row["people"], row["fit"]) == ("none", "for", "silent")


def test_a_segment_that_two_people_coded_counts_once(theory):
    said = segments(["supports"] * 2)
    twice = pd.concat([said, said.assign(coder="B")])
    made = joint_display(theory, question(), {"use.admissions": finding()}, twice)
    assert made.rows["said_supports"][0] == 2 and made.rows["people"][0] == "none"


def test_a_comparison_is_judged_by_its_corrected_test_and_not_by_its_own_interval(theory):
    alone = finding("compared.q11", 0.4, 0.2, 0.9)
    asked = question(finding="compared.q11", expects=None, reference=np.nan)
    for verdict, numbers in (
        ("not shown", "neutral"),
        ("supported", "supports"),
        ("contrary", "refutes"),
        ("not estimable", "none"),
    ):
        made = joint_display(theory, asked, {alone.id: alone}, segments(SAID), verdicts={alone.id: verdict})
        assert made.rows["numbers"][0] == numbers


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))
def test_turning_every_segment_round_turns_the_lean_round(supports, refines, refutes):
    round_ = {"for": "against", "against": "for"}
    there, back = lean(supports, refines, refutes), lean(refutes, refines, supports)
    assert back == round_.get(there, there)
    assert fit_of("supports", there) == fit_of("refutes", round_.get(there, there)) in FITS


@settings(max_examples=30, deadline=None)
@given(st.permutations(SAID + ["refines", "neutral"]))
def test_the_order_of_segments_changes_nothing(theory, order):
    columns = ["people", "fit", "now"]
    assert shown(theory, said=order)[columns].tolist() == shown(theory, said=sorted(order))[columns].tolist()


# what changes and what disappears


def test_a_changed_finding_changes_the_fit_and_what_is_now_thought(theory):
    before, after = shown(theory), shown(theory, finding(estimate=1.5, lower=1.1, upper=2.0))
    assert (before["fit"], after["fit"]) == ("confirms", "contradicts") and before["now"] != after["now"]


def test_a_finding_that_disappears_is_an_error_that_names_file_row_and_who_cites_it(theory):
    with pytest.raises(
        TheoryError, match=r"questions\.csv, row 2, column finding: J01 cites the finding use\.admissions"
    ):
        joint_display(theory, question(), {}, segments(SAID))
    with pytest.raises(TheoryError, match=r"summary\.csv, row 5, .*S04 cites the finding tenancy\.gone"):
        check_cited(
            {"summary": pd.DataFrame({"line_id": ["S04"], "finding": ["tenancy.gone"]}, index=[5])}, ["tenancy.kept_12"]
        )


def test_an_unknown_configuration_and_a_number_with_nothing_to_judge_it_by_are_named_together(theory):
    asked = question(theory_ids="C6; C99", expects=None)
    with pytest.raises(TheoryError) as fault:
        joint_display(theory, asked, {"use.admissions": finding()}, segments(SAID))
    assert "C99" in str(fault.value) and "J01: say where the theory expects use.admissions" in str(fault.value)


# a person's own fit


def own(fit="expands", derived="confirms"):
    return pd.DataFrame(
        [
            {
                "question_id": "J01",
                "fit": fit,
                "derived": derived,
                "why": "Staff speak of crises, the number counts beds.",
                "date": pd.Timestamp("2026-03-01"),
                "by": "evaluator",
            }
        ]
    )


def test_a_persons_fit_stands_beside_the_rules_with_its_reason(theory):
    row = shown(theory, judged=own())
    assert (row["fit"], row["judged"], row["stands"], row["judged_on"]) == (
        "confirms",
        "expands",
        "expands",
        "2026-03-01",
    )
    assert row["now"].startswith("Staff speak")


def test_a_persons_fit_no_longer_stands_once_the_rule_says_something_else(theory):
    made = joint_display(
        theory, question(), {"use.admissions": finding(estimate=1.5, lower=1.1, upper=2.0)}, segments(SAID), own()
    )
    row = made.rows.iloc[0]
    assert row["overtaken"] and row["stands"] == "contradicts" and "need another look" in made.sentence()


def test_a_theory_without_questions_of_its_own_asks_of_each_finding_that_its_evidence_judges(theory):
    made = cited_questions(theory, pd.DataFrame())
    rows = theory.evidence[theory.evidence["direction"] == "by_finding"]
    assert made["finding"].tolist() == rows["ref"].tolist() and made["expects"].notna().all()


def test_every_question_of_the_project_names_configurations_and_a_way_to_judge_it(theory, tables):
    asked = tables["questions"]
    ids = {i.lower() for i in theory.tests.loc[theory.tests["reach"] == "comparison", "test_id"]}
    compared = asked["finding"].str.startswith("compared.", na=False)
    assert set(asked.loc[compared, "finding"].str.removeprefix("compared.")) <= ids
    assert asked.loc[~compared & asked["finding"].notna(), ["expects", "reference"]].notna().all(axis=None)


# proposed statuses


def proposals(theory, verdicts=(), found=(), said=()):
    rows = [("C6", "finding", "outcome", f"a.b{k}", d, "", "") for k, d in enumerate(found)]
    rows += [("C6", "segment", "said", f"S{k}", d, "", "") for k, d in enumerate(said)]
    weighed = pd.DataFrame(rows, columns=["theory_id", "kind", "basis", "ref", "direction", "what", "where"])
    return propose_statuses(theory, weighed, dict(verdicts)).rows.set_index("theory_id").loc["C6"]


@pytest.mark.parametrize(
    ("verdicts", "found", "said", "proposed"),
    [
        ({"Q11": "supported"}, ["refutes"], ["refines"] * 9, "supported"),
        ({"Q11": "contrary"}, ["supports"], ["supports"] * 9, "contradicted"),
        ({"Q11": "not shown"}, ["refutes"], [], "contradicted"),
        ({"Q11": "not shown"}, ["supports", "refutes"], [], "refined"),
        ({"Q11": "not shown"}, [], ["refines"] * 3, "refined"),
        ({"Q11": "not shown"}, ["supports"], ["supports"] * 9, "not supported"),
        ({"Q11": "not estimable"}, ["neutral"], [], "not supported"),
        ({"Q11": "not estimable"}, ["supports"], ["supports"] * 9, "untested"),
        ({}, [], [], "untested"),
    ],
)
def test_a_status_follows_from_tests_first_then_outcomes_then_what_is_said(theory, verdicts, found, said, proposed):
    assert proposals(theory, verdicts, found, said)["proposed"] == proposed


def test_comparisons_that_disagree_refine_a_configuration(theory):
    made = propose_statuses(theory, weigh_nothing(), {"Q01": "supported", "Q02": "contrary"}).rows.set_index(
        "theory_id"
    )
    assert made.loc["C14", "proposed"] == "refined"


def weigh_nothing():
    return pd.DataFrame(columns=["theory_id", "kind", "basis", "ref", "direction", "what", "where"])


def test_a_contrast_of_another_page_supports_nothing_by_itself(theory):
    weighed = pd.DataFrame(
        [("C14", "finding", "comparison", "contrast.a", "supports", "", "")], columns=weigh_nothing().columns
    )
    made = propose_statuses(theory, weighed, {"Q01": "not shown", "Q02": "not shown"}).rows.set_index("theory_id")
    assert made.loc["C14", "proposed"] == "not supported"


def test_a_changed_finding_changes_the_proposal_and_the_evaluators_status_stays(theory):
    only = theory.evidence[theory.evidence["ref"].isin(["use.admissions"])]
    own_theory = dataclasses.replace(theory, evidence=only)
    verdicts = {"Q11": "not shown"}
    rows = []
    for low, high in ((0.3, 0.8), (1.2, 1.9)):
        found = finding(estimate=(low + high) / 2, lower=low, upper=high)
        weighed = weigh(own_theory, segments([]), {found.id: found})
        rows.append(propose_statuses(own_theory, weighed, verdicts).rows.set_index("theory_id").loc["C6"])
    assert [r["proposed"] for r in rows] == ["not supported", "contradicted"]
    assert rows[0]["standing"] == rows[1]["standing"] == "proposed"


def test_every_configuration_has_one_proposal_and_its_first_statement(theory):
    made = propose_statuses(theory, weigh_nothing(), {})
    assert made.rows["theory_id"].tolist() == theory.configurations["theory_id"].tolist()
    first = made.rows.set_index("theory_id").loc["C14"]
    assert "nine months" in first["first"] and "three months" in first["now"] and first["changed"]
    assert f"untested for {len(made.rows)}" in made.sentence()


# what to collect


def small(theory):
    asked = theory.tests[theory.tests["reach"] == "comparison"]["test_id"].tolist()
    k = len(asked)
    return effect_modification(asked, np.zeros(k), np.full(k, 0.1), scale="difference")


def test_four_times_the_people_find_half_the_difference():
    one = effect_modification(["a", "b"], [0.0, 0.0], [0.2, 0.4], scale="difference")
    few, many = people_needed(one)
    assert many == pytest.approx(4 * few)


def test_what_opens_most_configurations_is_collected_first_and_nothing_for_what_is_settled(theory):
    made, coverage = small(theory), indicator_coverage(theory)
    statuses = propose_statuses(theory, weigh_nothing(), dict.fromkeys(made.configurations, "not shown"))
    rows = collect_next(theory, coverage, statuses, made, segments(SAID))
    assert rows["n"].is_monotonic_decreasing and {"not recorded", "too few people", "nobody asked"} <= set(rows["kind"])
    settled = propose_statuses(theory, weigh_nothing(), dict.fromkeys(made.configurations, "supported"))
    fewer = collect_next(theory, coverage, settled, made, segments(SAID))
    assert "too few people" not in set(fewer["kind"]) and "not recorded" in set(fewer["kind"])


def test_what_is_known_names_what_it_is_known_by(theory):
    joint = joint_display(theory, question(), {"use.admissions": finding()}, segments(SAID))
    rows = what_is_known(joint, propose_statuses(theory, weigh_nothing(), {"Q11": "supported"}))
    assert rows["known"].tolist() == ["known", "known"] and rows["by"].tolist() == [
        "use.admissions; C6",
        "Q11 supported",
    ]
