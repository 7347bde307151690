"""A theory holds together, or says what does not and where; evidence is weighed as findings are now."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research import realist
from pi_research.realist.coverage import REACH
from pi_research.realist.evidence import saturation
from pi_research.realist.theory import check_findings, check_segments, cited


@pytest.fixture(scope="module")
def whole(project):
    """The project's own theory as tables, and what it may name."""
    from pi_research.extract import theory as folder

    tables = folder.read_theory_tables(project / "data" / "theory")
    return tables, folder.theory_vocabulary(tables)


@pytest.fixture
def tables(whole):
    return {name: table.copy() for name, table in whole[0].items()}


@pytest.fixture(scope="module")
def theory(whole):
    return realist.read_theory(*whole)


def faults(tables, known):
    with pytest.raises(realist.TheoryError) as found:
        realist.read_theory(tables, known)
    return found.value.faults


def finding(estimate=0.5, lower=0.4, upper=0.6, **more):
    return SimpleNamespace(
        **{
            "estimate": estimate,
            "lower": lower,
            "upper": upper,
            "n": 60,
            "events": 20,
            "unit": "rate ratio",
            "notebook": "03_service_use",
            **more,
        }
    )


@pytest.fixture(scope="module")
def findings(theory):
    refs = [*theory.evidence.loc[theory.evidence["kind"] == "finding", "ref"], *theory.success["finding"].dropna()]
    return {ref.replace("*", "6_months" if "less" in ref else "5_years_or_more_"): finding() for ref in refs}


def segments(*rows):
    names = ["segment_id", "role", "theme", "sub_theme", "theory_id", "direction", "coder"]
    first = ("S-1", "coach", "Challenges", "Too few suitable homes", "C17", "supports", "A")
    made = [
        dict(zip(names, first, strict=True)) | {"segment_id": f"S-{k}"} | row for k, row in enumerate(rows or ({},), 1)
    ]
    return pd.DataFrame(made)


# holding together


def test_the_projects_own_theory_holds_together_and_says_how_large_it_is(theory):
    assert str(theory.sentence()).startswith("32 configurations rest on 33 activities; 5 have changed")


def test_what_was_thought_at_first_is_the_first_row_of_the_history_and_now_the_configuration(theory):
    said = theory.first_thought().set_index("theory_id")
    assert "nine months" in said.loc["C14", "first"] and "less than three months" in said.loc["C14", "now"]
    assert said.loc["C7", "first"] == said.loc["C7", "now"] and said.loc["C7", "why"] == ""


@pytest.mark.parametrize(
    ("name", "row", "column", "value", "said"),
    [
        (
            "configurations",
            16,
            "leads_to",
            "C6",
            "configurations.csv, row {r}, column leads_to: the theory runs in a circle",
        ),
        ("configurations", 2, "activities", "A99", "configurations.csv, row 2, column activities: A99 is no activity"),
        ("configurations", 2, "leads_to", "C99", "column leads_to: C99 is no configuration; did you mean"),
        ("configurations", 2, "com_b", "physical_strength", "column com_b: physical_strength is no part of COM-B"),
        ("configurations", 2, "source", "hearsay", "column source: hearsay is no source"),
        (
            "configurations",
            2,
            "statement",
            "If not, then so",
            "column statement: differs from the last row of its history.csv",
        ),
        (
            "indicators",
            2,
            "fields",
            "people.shoe_size",
            "indicators.csv, row 2, column fields: people.shoe_size is no field of the data",
        ),
        ("indicators", 2, "fields", None, "column fields: give the fields that measure it"),
        ("indicators", 2, "why", None, "column why: say why it is not measured"),
        ("evidence", 2, "ref", "T9.9", "evidence.csv, row 2, column ref: T9.9 is no sub-theme"),
        ("evidence", 2, "ref", "E001", "column ref: evidence that cites itself"),
        ("evidence", 2, "ref", "C1", "column ref: evidence that cites itself"),
        ("evidence", 2, "direction", "by_finding", "column direction: by_finding goes with a finding"),
        ("themes", 3, "part_of", "T8.1", "themes.csv, row 3, column part_of: T8.1 is no sub-theme"),
        ("codes", 2, "theme", "Weather", "codes.csv, row 2, column theme: Weather is no theme"),
        (
            "lessons",
            2,
            "published",
            "challenging_behaviour.luck",
            "column published: challenging_behaviour.luck is no published",
        ),
        ("tests", 2, "moderator", "people.luck", "tests.csv, row 2, column moderator: people.luck is no field"),
        ("tests", 2, "group_words", None, "tests.csv, row 2, column group_words: is empty"),
        ("success", 2, "threshold", np.nan, "success.csv, row 2, column finding: give the finding and the threshold"),
        ("steps", 2, "next", "V1", "steps.csv, row 2, column next: V1 is no step of the customer's diagram"),
        ("steps", 3, "lane", "What I do", "steps.csv, row 4, column column: another step stands in the same lane"),
    ],
)
def test_each_fault_names_file_row_and_column(whole, tables, name, row, column, value, said):
    tables[name].loc[row, column] = value
    found = "\n".join(faults(tables, whole[1]))
    assert said.replace("{r}", found.split("row ")[1].split(",")[0]) in found


def test_a_circle_is_shown_along_its_way(whole, tables):
    own = tables["configurations"]
    own.loc[own["theory_id"] == "C15", "leads_to"] = "C4"
    [found] = faults(tables, whole[1])
    assert "C4 to C18 to C6 to C15 to C4" in found


def test_evidence_that_leans_on_itself_by_way_of_another_configuration_is_a_fault(whole, tables):
    extra = (
        tables["evidence"]
        .iloc[:2]
        .assign(evidence_id=["E900", "E901"], theory_id=["C1", "C2"], kind="configuration", ref=["C2", "C1"])
    )
    tables["evidence"] = pd.concat([tables["evidence"], extra], ignore_index=True)
    assert any("cites itself in a circle: C1 on C2 on C1" in f for f in faults(tables, whole[1]))


def test_a_finding_that_the_theory_itself_makes_is_no_evidence_for_it(whole, tables):
    row = tables["evidence"].index[tables["evidence"]["kind"] == "finding"][0]
    tables["evidence"].loc[row, "ref"] = "theory.activities_seen"
    assert f"evidence.csv, row {row}, column ref: evidence that cites itself" in faults(tables, whole[1])[0]


def test_the_same_piece_twice_is_a_fault(whole, tables):
    again = tables["evidence"].iloc[:1].assign(evidence_id="E999")
    tables["evidence"] = pd.concat([tables["evidence"], again], ignore_index=True)
    assert "stands twice for this configuration" in faults(tables, whole[1])[0]


def test_faults_are_all_said_at_once(whole, tables):
    tables["configurations"].loc[2, "activities"] = "A98; A99"
    tables["indicators"].loc[2, "fields"] = "people.shoe_size"
    assert len(faults(tables, whole[1])) == 3


# findings and segments


def test_a_finding_that_disappears_is_an_error_that_names_who_cites_it(theory, findings):
    check_findings(theory, findings)
    left = {i: f for i, f in findings.items() if i != "use.admissions"}
    with pytest.raises(realist.TheoryError) as found:
        check_findings(theory, left)
    said = "\n".join(found.value.faults)
    assert "evidence.csv, row" in said and "cites the finding use.admissions" in said
    assert "success.csv, row 5, column finding: D4 cites" in said


def test_a_star_means_one_finding_and_no_more():
    ids = ["contrast.4_years_in_care", "contrast.9_years_in_care", "tenancy.harm"]
    assert cited("contrast.4*", ids) == "contrast.4_years_in_care"
    with pytest.raises(KeyError, match="means 2 findings"):
        cited("contrast.*", ids)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("role", "neighbour"),
        ("theme", "Weather"),
        ("direction", "proves"),
        ("theory_id", "C99"),
        ("sub_theme", "Something else"),
    ],
)
def test_an_unknown_word_in_a_segment_names_the_segment_and_not_the_word(theory, whole, column, value):
    with pytest.raises(realist.TheoryError) as found:
        check_segments(theory, segments({}, {column: value}), whole[1]["roles"])
    assert f"segments, row 3 (S-2), column {column}: no" in str(found.value) and value not in str(found.value)


def test_a_segment_that_is_cited_and_not_there_is_an_error(whole, tables):
    tables["evidence"].loc[2, ["kind", "ref"]] = ["segment", "S-77"]
    with pytest.raises(realist.TheoryError, match=r"evidence\.csv, row 2, column ref: S-77 is no segment"):
        check_segments(realist.read_theory(*[tables, whole[1]]), segments(), whole[1]["roles"])


# coverage


def test_coverage_by_the_dictionary_alone_adds_up_to_every_indicator(theory):
    made = realist.indicator_coverage(theory)
    counts = made.summary()
    assert counts["indicators"].sum() == 39 == counts[list(REACH)].to_numpy().sum()
    assert counts["activities"].sum() == 33 and counts["reached"].sum() == made.reached


def test_a_field_that_this_extract_leaves_empty_measures_nothing(theory):
    fields = {f for cell in theory.indicators["fields"] for f in realist.listed(cell)}
    whole = realist.indicator_coverage(theory, dict.fromkeys(fields, 1.0))
    without = realist.indicator_coverage(theory, dict.fromkeys(fields, 1.0) | {"assessments.score": 0.0})
    assert (
        whole.rows["reach"].value_counts().to_dict()
        == realist.indicator_coverage(theory).rows["reach"].value_counts().to_dict()
    )
    lost = without.rows[without.rows["reach"] == "not supplied"]
    assert set(lost["indicator_id"]) == {"I01", "I03", "I24", "I32"} and (lost["missing"] == "assessments.score").all()
    assert "4 could be measured and nothing was supplied" in str(without.sentence())
    assert realist.indicator_coverage(theory, {}).reached == 0


# evidence


@pytest.mark.parametrize(
    ("lower", "upper", "expects", "says"),
    [
        (1.1, 1.4, "above", "supports"),
        (1.1, 1.4, "below", "refutes"),
        (0.9, 1.4, "above", "neutral"),
        (np.nan, np.nan, "above", "neutral"),
        (0.2, 0.9, "below", "supports"),
        (1.0, 1.4, "above", "neutral"),
    ],
)
def test_a_finding_speaks_only_where_its_whole_interval_lies_on_one_side(lower, upper, expects, says):
    assert realist.judge(finding(1.2, lower, upper), expects, 1.0) == says


def test_a_changed_finding_changes_the_evidence_and_the_proposed_status_without_an_edit(theory, findings):
    def standing(**changed):
        by = realist.balance(theory, realist.weigh(theory, segments(), findings | changed)).set_index("theory_id")
        return by.loc["C6", "proposed"], by.loc["C21", "proposed"]

    care = next(i for i in findings if "residential_care" in i)
    calm = {i: finding(1.0, 0.5, 1.5) for i in ("use.admissions", "use.crisis_contacts", "use.planned_contacts")}
    assert standing(**calm, **{care: finding(0.0, -0.2, 0.2)}) == ("proposed", "proposed")
    fell = {"use.admissions": finding(0.5, 0.3, 0.8), care: finding(-0.3, -0.5, -0.1)}
    assert standing(**calm | fell) == ("outcome seen", "supported")
    rose = {"use.admissions": finding(1.5, 1.2, 1.8), care: finding(0.3, 0.1, 0.5)}
    assert standing(**calm | rose) == ("challenged", "refuted")


def test_evidence_holds_every_row_of_the_theory_and_every_segment_once(theory, findings):
    said = segments({}, {"theory_id": None}, {"direction": "refutes"}, {"segment_id": "S-1", "coder": "B"})
    weighed = realist.weigh(theory, said, findings)
    assert len(weighed) == len(theory.evidence) + 2
    by = realist.balance(theory, weighed).set_index("theory_id")
    assert by.loc["C17", ["said_supports", "said_refutes"]].tolist() == [1, 1]
    assert weighed["what"].astype(str).str.len().gt(3).all() and weighed["where"].astype(str).str.len().gt(2).all()
    columns = [c for c in by if c.split("_")[0] in ("said", "written", "found", "compared")]
    assert by[columns].to_numpy().sum() == len(weighed)


def test_roles_with_few_segments_are_put_together_and_totals_stay():
    rows = [{"role": "coach"}] * 9 + [{"role": "funder"}] * 2 + [{"role": "clinician"}]
    made = realist.voices(segments(*rows), few=3)
    assert made[["coach", "other roles", "total"]].iloc[0].tolist() == [9, 3, 12] and "funder" not in made


def test_segments_of_two_coders_count_once_and_are_set_beside_each_other():
    both = segments({}, {}, {}).assign(
        segment_id=["S-1", "S-1", "S-2"], coder=["A", "B", "A"], direction=["supports", "refutes", "supports"]
    )
    assert len(realist.codings(both)) == 2
    table = realist.double_coded(both, "direction")
    assert table.loc["S-1"].tolist() == ["supports", "refutes"] and len(table) == 1
    assert realist.double_coded(segments({}, {}), "direction").empty


# saturation


def test_saturation_of_a_tiny_example_worked_by_hand():
    made = saturation(pd.DataFrame({"segment_id": range(5), "sub_theme": ["a", "b", "a", "c", "a"]}))
    assert made.seen.tolist() == [1, 2, 2, 3, 3] and made.once == 2 and made.missing == pytest.approx(0.4)
    assert made.expected[0] == pytest.approx(1) and made.expected[-1] == pytest.approx(3)
    pairs_without = 1 - np.array([1 / 10, 6 / 10, 6 / 10])  # of 10 pairs: none of a, of b, of c
    assert made.expected[1] == pytest.approx(pairs_without.sum())
    assert "the last new one came with segment 4" in str(made.sentence())


@settings(max_examples=40)
@given(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=60), st.randoms())
def test_the_average_over_orders_does_not_depend_on_the_order_and_never_falls(codes, random):
    def expected(some):
        return saturation(pd.DataFrame({"segment_id": range(len(some)), "sub_theme": some})).expected

    mixed = random.sample(codes, len(codes))
    np.testing.assert_allclose(expected(codes), expected(mixed), atol=1e-9)
    assert (np.diff(expected(codes)) >= -1e-9).all() and expected(codes)[-1] == pytest.approx(len(set(codes)))


def test_saturation_without_segments_says_that_nothing_can_be_said():
    made = saturation(pd.DataFrame({"segment_id": [], "sub_theme": pd.Series([], dtype=object)}))
    assert "nothing can be said" in str(made.sentence()) and np.isnan(made.missing)
