"""The theory on its page: counts, groups and rules of an extract, charts, and an evaluator's own folder."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pandas as pd
import pytest

from pi_research import extract, journeys, params, realist
from pi_research.disclosure import Rule
from pi_research.findings import Finding, as_json
from pi_research.report import theory as told
from pi_research.report import theory_charts, theory_groups, theory_people, theory_tables, theory_verdicts
from pi_research.report.render import released

NEEDS = ("01_cohort_and_milestones",)


@pytest.fixture(scope="module")
def settings(project):
    return params.load(project / "params.yaml")


@pytest.fixture(scope="module")
def data(settings):
    return extract.read_extract(settings.data)


@pytest.fixture(scope="module")
def known(settings, data):
    made = journeys.build(data.tables, data.extract_date, settings.tenancy, settings.milestones)
    return theory_people.TheoryData(data.tables, made, data.extract_date, settings)


def stand_ins(project):
    """A finding for everything that the project's theory cites."""
    rows = [pd.read_csv(project / "data" / "theory" / f"{name}.csv") for name in ("evidence", "success")]
    refs = {*rows[0].loc[rows[0]["kind"] == "finding", "ref"], *rows[1]["finding"].dropna()}
    return [
        Finding(ref.replace("*", "5_years_or_more_"), "?", 0.5, "proportion", 60, 20, "test", 0.4, 0.6)
        for ref in sorted(refs)
    ]


@pytest.fixture
def run(settings, project, tmp_path):
    """Settings whose run folder holds these findings; others may be left out."""

    def make(without=(), **section):
        out = tmp_path / "out" / "test" / "findings"
        out.mkdir(parents=True, exist_ok=True)
        (out / f"{NEEDS[0]}.json").write_text(
            as_json(f for f in stand_ins(project) if f.id not in without), encoding="utf-8"
        )
        return replace(
            settings,
            run=replace(settings.run, out=str(tmp_path / "out"), name="test"),
            theory=replace(settings.theory, **section),
        )

    return make


# an extract's people


def test_counts_of_the_diagrams_are_those_of_the_flow(known):
    counts, flow = theory_people.people_counts(known), journeys.flow(known.made.stages)
    assert [counts[k] for k in ("interest", "accepted", "started", "moved")] == flow["people"].tolist()
    assert counts["preparing"] + counts["moved"] <= counts["started"]
    assert counts["holding"] + counts["lost"] <= counts["moved"]


def test_every_count_that_the_diagrams_name_is_known(known, project):
    named = pd.read_csv(project / "data" / "theory" / "steps.csv")["count"].dropna()
    assert set(named) <= set(theory_people.people_counts(known))


def test_without_its_table_a_count_is_left_out_and_not_nought(known):
    fewer = {k: v for k, v in known.tables.items() if k not in ("delays", "outcome_claims", "placements")}
    counts = theory_people.people_counts(replace(known, tables=fewer))
    assert not {"delayed", "held_by_supply", "paid", "back_in_care"} & set(counts) and counts["moved"] > 0


def test_rules_person_by_person_speak_of_movers_whose_first_year_is_over(known):
    rules = theory_people.person_rules(pd.Series(list(theory_people.PERSON_RULES)), known)
    moves = known.made.stages.set_index("customer_id")["move"]
    assert set(rules.index) == set(moves.index[moves + pd.DateOffset(months=12) <= known.extract_date])
    kept = rules[theory_people.RULE_WORDS["kept_12"]]
    status = known.made.milestones.query("months == 12").set_index("customer_id")["status"].reindex(rules.index)
    assert kept.eq(True).sum() == (status == "reached").sum() and kept.eq(False).sum() == (status == "failed").sum()
    paid = rules[theory_people.RULE_WORDS["paid_12"]]
    assert not (paid.eq(True) & kept.eq(False)).any(), "nobody is paid for a tenancy that did not last"


def test_a_rule_or_a_group_that_the_house_does_not_have_is_named_with_those_it_has(known):
    with pytest.raises(ValueError, match=r"success\.csv, column person_rule: happiness is no rule.*kept_12"):
        theory_people.person_rules(pd.Series(["happiness"]), known)
    odd = pd.DataFrame({"test_id": ["Q1"], "reach": ["comparison"], "group": ["lucky"], "outcome": ["kept"]})
    with pytest.raises(ValueError, match=r"tests\.csv, column group: lucky is no rule.*long_in_care"):
        theory_groups.groups(odd, known)


def test_groups_hold_only_people_who_are_in_the_comparison(known, run, data):
    theory = told.open_theory(run(), data, NEEDS)[0]
    who = theory_groups.groups(theory.tests, known)
    outcome = theory.tests.set_index("test_id")["outcome"]
    assert list(who) == theory.tests.loc[theory.tests["reach"] == "comparison", "test_id"].tolist()
    for test in who:
        inside = who.index[who[test].notna()]
        if outcome[test] in ("kept", "admissions"):
            assert known.people.loc[inside, "moved"].all(), test
        if outcome[test] == "moved":
            assert known.people.loc[inside, "start"].notna().all(), test
    forensic = theory.tests.loc[theory.tests["group"] == "people.forensic_history = true", "test_id"].iloc[0]
    of = known.people[known.people["start"].notna()]
    assert who[forensic].eq(True).sum() == of["forensic_history"].eq(True).sum()


# the page


def test_what_was_thought_at_first_is_told_from_the_tables(run, data):
    theory, found, segments = told.open_theory(run(), data, NEEDS)
    said = str(told.at_first(theory))
    assert said.startswith("In October 2019 the programme was thought to work like this. If risk is assessed")
    assert "5 of 32 statements" in said and segments["segment_id"].nunique() == 150 and "use.admissions" in found


def test_a_finding_that_disappears_stops_the_page_and_names_who_cites_it(run, data):
    with pytest.raises(realist.TheoryError, match=r"D2 cites the finding tenancy\.kept_12"):
        told.open_theory(run(without=["tenancy.kept_12"]), data, NEEDS)


def test_an_evaluators_own_theory_takes_the_place_of_ours(run, data, project, tmp_path):
    mine = tmp_path / "mine"
    shutil.copytree(project / "data" / "theory", mine, ignore=shutil.ignore_patterns("schema"))
    file = mine / "activities.csv"
    file.write_text(
        file.read_text(encoding="utf-8").replace("Assess everyday living skills", "Ask how the day goes"), "utf-8"
    )
    theory = told.open_theory(run(folder=str(mine)), data, NEEDS)[0]
    assert "Ask how the day goes" in set(theory_tables.framework(theory).frame["activity"])


def test_a_changed_table_of_the_theory_changes_the_slice_that_the_page_depends_on(run, project, tmp_path):
    mine = tmp_path / "mine"
    shutil.copytree(project / "data" / "theory", mine)
    one = run(folder=str(mine)).slice(["theory"])
    with (mine / "codes.csv").open("a", encoding="utf-8") as file:
        file.write("Another code,Challenges,T5.1\n")
    other = run(folder=str(mine)).slice(["theory"])
    assert one != other and str(tmp_path) not in str(other)


@pytest.mark.parametrize("perspective", ["customer", "service", "system"])
def test_a_released_diagram_keeps_its_boxes_and_hides_small_counts(run, data, perspective):
    from pi_research.report.draw import svg

    theory = told.open_theory(run(), data, NEEDS)[0]
    counts = dict.fromkeys(theory.steps["count"].dropna(), 40) | {"moved": 3}
    chart = theory_charts.process_chart(realist.diagram(theory, perspective, counts), "p", "The process.")
    safe = released(chart, Rule.preset("nhs"))
    assert len(safe.frame) == len(chart.frame) and "[hidden] people" in str(safe.alt)
    assert "n = 3<" in svg(chart) and "n = 3<" not in svg(safe) and "not shown" in svg(safe)


def test_tables_of_the_page_can_be_made_and_released(run, data, known):
    theory, found, segments = told.open_theory(run(), data, NEEDS)
    reach, weighed = realist.indicator_coverage(theory), realist.weigh(theory, segments, found)
    people = realist.agreement_on_people(theory_people.person_rules(theory.success["person_rule"], known))
    made = [
        theory_tables.framework(theory),
        theory_tables.indicators(reach),
        theory_tables.coverage_table(reach),
        theory_tables.then_and_now(theory),
        *theory_tables.register(theory),
        *theory_tables.sources(theory),
        *theory_verdicts.evidence_tables(theory, weighed),
        theory_verdicts.readings_table(theory, weighed),
        theory_verdicts.tests_table(theory, theory_groups.groups(theory.tests, known)),
        theory_verdicts.success_table(realist.judge_success(theory, found), "success", "s"),
        *theory_verdicts.people_tables(people),
        theory_verdicts.voices_table(realist.voices(segments, 7)),
    ]
    assert all(len(released(table, Rule.preset("nhs")).frame) == len(table.frame) > 0 for table in made)
    ids = [f.id for f in told.findings_of_theory(theory, reach, weighed, people)]
    assert len(ids) == len(set(ids)) == 5


def test_no_agreement_is_claimed_where_nobody_coded_twice_and_it_is_estimated_where_two_did(data):
    segments = data.tables["segments"].drop_duplicates("segment_id")
    assert "not known" in str(told.agreement(segments, "direction", 0.95, 1))
    again = pd.concat([segments, segments.head(60).assign(coder="C")])
    assert "Krippendorff's alpha" in str(told.agreement(again, "direction", 0.95, 1))
