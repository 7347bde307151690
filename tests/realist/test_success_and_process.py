"""Success by each definition, on the same people; and the process in words."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research import realist


@pytest.fixture(scope="module")
def theory(project):
    from pi_research.extract import theory as folder

    tables = folder.read_theory_tables(project / "data" / "theory")
    return realist.read_theory(tables, folder.theory_vocabulary(tables))


def finding(estimate, lower, upper):
    return SimpleNamespace(estimate=estimate, lower=lower, upper=upper, n=70, events=15, unit="proportion")


def board(theory, **changed):
    found = {ref: finding(0.7, 0.5, 0.9) for ref in theory.success["finding"].dropna()}
    return realist.judge_success(theory, found | {k.replace("__", "."): v for k, v in changed.items()})


# success by findings


@pytest.mark.parametrize(
    ("kept", "verdict", "end"),
    [
        (finding(0.85, 0.75, 0.92), "success", "neither shown nor ruled out"),
        (finding(0.40, 0.30, 0.50), "failure", "so that it is not success beyond question"),
        (finding(0.76, 0.60, 0.88), "undecided", "neither shown nor ruled out"),
        (finding(0.76, float("nan"), float("nan")), "undecided", "neither shown nor ruled out"),
    ],
)
def test_success_and_failure_need_the_whole_interval_on_one_side_of_the_threshold(theory, kept, verdict, end):
    made = board(theory, tenancy__kept_12=kept)
    row = made.rows.set_index("cites").loc["tenancy.kept_12"]
    assert row["verdict"] == verdict and str(made.sentence()).endswith(end + ".")


def test_the_board_holds_four_goals_and_what_nothing_measures_is_not_met(theory):
    made = board(theory)
    assert made.aligned()["aligned_goal"].tolist() == [1, 2, 3, 4]
    assert (made.aligned()["verdict"] == "nothing measures it").sum() == 3
    assert made.rows["verdict"].isin(realist.success.VERDICTS).all()


def test_lower_is_better_turns_the_rule_round(theory):
    rows = board(theory, use__admissions=finding(0.6, 0.4, 0.8)).rows.set_index("cites")
    assert rows.loc["use.admissions", "verdict"] == "success"


def test_all_goals_met_is_success_beyond_question(theory):
    from dataclasses import replace

    good = theory.success[theory.success["aligned_goal"].notna()].assign(finding="a.b", better="higher", threshold=0.5)
    made = realist.judge_success(replace(theory, success=good), {"a.b": finding(0.9, 0.8, 1.0)})
    assert str(made.sentence()).endswith("so that success beyond question is shown.")


# the same people


def test_two_definitions_of_five_people_worked_by_hand():
    people = pd.DataFrame(
        {"paid": [True, True, False, False, None], "goals": [True, False, True, False, True]}, dtype="boolean"
    )
    made = realist.agreement_on_people(people)
    assert made.pairs.iloc[0, 2:].tolist() == [1, 1, 1, 1, 1]
    assert (made.people, made.known, made.all_success, made.none) == (5, 4, 1, 1)
    assert made.singles[["n", "of"]].values.tolist() == [[2, 4], [3, 5]]
    assert "all call it success for 1 (25%), none does for 1, and for 2 they part" in str(made.sentence())


@settings(max_examples=40)
@given(st.lists(st.tuples(*[st.sampled_from([True, False, None])] * 3), max_size=25))
def test_each_pair_adds_up_to_everyone_and_no_count_is_negative(rows):
    people = pd.DataFrame(rows, columns=["a", "b", "c"], dtype="boolean")
    made = realist.agreement_on_people(people)
    parts = made.pairs[["both", "only_first", "only_second", "neither", "unknown"]]
    assert (parts >= 0).all(axis=None) and (parts.sum(axis=1) == len(rows)).all()
    assert made.all_success + made.none <= made.known <= len(rows)
    assert str(made.sentence()).startswith(f"Of {len(rows)} people")


def test_nobody_at_all_and_one_definition_are_said_plainly():
    made = realist.agreement_on_people(pd.DataFrame({"a": pd.Series([], dtype="boolean")}))
    assert "nobody for whom every definition can be judged" in str(made.sentence()) and made.pairs.empty


# the process


@pytest.mark.parametrize("perspective", ["customer", "service", "system"])
def test_each_diagram_has_a_start_an_end_and_says_every_step_in_words(theory, perspective):
    made = realist.diagram(theory, perspective, {"moved": 71})
    assert {"start", "leave", "wait"} <= set(made.steps["kind"]) and len(made.words()) == len(made.steps)
    reached, waiting = set(), list(made.steps.loc[made.steps["kind"] == "start", "step_id"])
    after = {s: realist.listed(n) for s, n in zip(made.steps["step_id"], made.steps["next"], strict=True)}
    while waiting:
        step = waiting.pop()
        waiting += [n for n in after[step] if n not in reached]
        reached.add(step)
    assert reached == set(made.steps["step_id"]), "a step that nothing leads to"


def test_a_diagram_says_counts_that_are_known_and_none_that_are_not(theory):
    made = realist.diagram(theory, "customer", {"moved": 71, "withdrew": 37})
    said = {str(s).split(" (")[0]: str(s) for s in made.words()}
    assert "71 people" in said["I move in"] and "people;" not in said["I look for my home and area"]
    assert "“I stop before a move” 37" in str(made.sentence()) and "hospital" not in str(made.sentence())


def test_the_service_diagram_holds_every_activity_and_counts_its_indicators(theory):
    made = realist.diagram(theory, "service", {})
    held = {a for cell in made.steps["activities"] for a in realist.listed(cell)}
    assert held == set(theory.activities["activity_id"])
    assert (made.steps["measured"] <= made.steps["indicators"]).all()


def test_a_perspective_without_steps_is_named():
    steps = pd.DataFrame({"perspective": ["customer"]})
    with pytest.raises(ValueError, match="no step of the perspective 'council'; there are: customer"):
        realist.diagram(SimpleNamespace(steps=steps), "council", {})
