"""What methods must hold, the cells that miss it, and how the page says so."""

import pandas as pd
import pytest

from pi_research.report.draw import figure, svg
from pi_research.validation import reach, reference_rooms, shown, studies, words
from pi_research.validation.tables import read_table


@pytest.fixture(scope="module")
def rows():
    return reach.checked()


@pytest.fixture(scope="module")
def cases():
    return read_table("reference_cases")


def made_of(monkeypatch, coverage, **more):
    table = pd.DataFrame({"n": [24, 48, 72][: len(coverage)], "coverage": coverage, "mc_error": 0.005, **more})
    monkeypatch.setattr(reach, "read_table", lambda _: table)


def check(**more):
    return reach.Check(**{"method": "M", "what": "w", "table": "x", "only": "n > 0", "low": 0.93, "high": 0.97, "by": ("n",),
                          **more})  # fmt: skip


def test_a_cell_lies_outside_where_it_misses_by_more_than_two_monte_carlo_errors(monkeypatch):
    made_of(monkeypatch, [0.919, 0.921, 0.981])
    assert reach.cells(check())["outside"].tolist() == [True, False, True]
    assert reach.cells(check(high=1))["outside"].tolist() == [True, False, False]


def test_a_test_is_entered_by_how_often_it_rightly_finds_nothing(monkeypatch):
    made_of(monkeypatch, [0.0], share=[0.04])
    assert reach.cells(check(value="share"))["coverage"].tolist() == [0.96]


def test_cells_are_named_by_what_their_columns_are(monkeypatch):
    made_of(monkeypatch, [0.95], rho=[0.4])
    assert reach.cells(check(by=("n", "rho")))["name"].tolist() == ["people 24, correlation 0.4"]
    assert reach.cells(check(by=("n",), table="its_x"))["name"].tolist() == ["months 24"]


def test_the_sentences_count_the_cells_and_name_the_furthest_of_those_outside(monkeypatch):
    made_of(monkeypatch, [0.90, 0.95, 0.992])
    monkeypatch.setattr(reach, "CHECKS", (check(), check(what="v", only="n == 48")))
    rows = reach.checked()
    assert "in 4 cells of size" in reach.overall_sentence(rows) and "In 2 of them (50.0%)" in reach.overall_sentence(rows)
    assert "2 cells of 1 of them lie outside" in reach.overall_sentence(rows)
    assert reach.outside_sentence(rows) == ("Outside their reach: M, w: 2 of 3 cells, the furthest at 90.0% where 93% to 97% "
                                            "is asked (people 24).")  # fmt: skip
    inside = rows[rows["outside"] == 0]
    assert "none lies outside" in reach.overall_sentence(inside)
    assert reach.outside_sentence(inside).startswith("No cell of any check")


def test_every_check_finds_its_cells_and_every_method_has_a_row(rows, cases):
    assert (rows["cells"] > 0).all() and rows["lowest"].between(0, 1).all()
    table = reach.summary(rows, cases)
    assert set(rows["method"]) <= set(table["method"]) and table["verdict"].ne("").all()
    compared = {room for m in reach.METHODS for room in m.rooms}
    assert compared == set(cases["room"]), "every room of the cases stands in the first table"


def test_an_audit_or_a_linkage_that_misses_its_reach_is_said(monkeypatch):
    leaky = pd.DataFrame({"leaky": [True, False], "releases": [30, 30], "refused": [29, 0], "leaking": [60, 0], "found": [59, 0]})
    links = pd.DataFrame({"errors": [1.0], "trials": 20, "links": 90, "false": 0, "lowest_precision": 1.0, "lowest_recall": 0.98})
    monkeypatch.setattr(reach, "read_table", lambda name: leaky if name == "attack_set" else links)
    [said] = reach.others_outside()
    assert said == "Audit of a release misses what it must hold: 59 of 60 leaks found; 0 of 30 safe releases refused."
    leaky.loc[0, ["refused", "found"]] = 30, 60
    assert reach.others_outside() == []


def test_known_weak_places_are_said_and_not_hidden(rows):
    weak = rows[(rows["what"] == "share in hospital") | (rows["what"] == "released share kept")]
    assert (weak["outside"] > 0).all() and "share in hospital" in reach.outside_sentence(rows)


def test_the_chart_draws_every_cell_says_what_it_shows_and_is_the_same_twice(rows):
    chart = shown.coverage_chart(rows)
    assert len(chart.frame) == rows["cells"].sum() and chart.protect == "open"
    assert all(what in chart.alt for what in rows["what"])
    assert svg(chart) == svg(chart)
    assert any("outside" in t.get_text() for t in figure(chart).axes[0].texts)


def test_tables_of_the_page_have_their_columns(rows, cases):
    assert len(shown.methods(rows, cases).frame) == len(reach.METHODS)
    assert len(shown.checks(rows).frame) == len(reach.CHECKS)
    for name in shown.STUDIES:
        assert len(shown.study(name).frame) == len(read_table(name))
    made = shown.elsewhere().frame
    assert made["ours"].ne("").all() and not made["gives"].str.startswith("@").any()
    assert set(shown.made().frame["table"]) == set(studies.committed())
    assert shown.controlled().frame[["level", "slope"]].notna().all(axis=None)


def test_what_is_handed_on_has_one_finding_an_id_each_with_its_sentence(rows, cases):
    found = words.findings(cases, rows)
    ids = [f.id for f in found]
    assert len(set(ids)) == len(ids) and all(f.sentence for f in found)
    assert {"validation.reference", "validation.within_reach", "validation.coverage_survival"} <= set(ids)
    by_id = {f.id: f for f in found}
    survival = read_table("survival_coverage").query('interval == "beta-product"')
    assert by_id["validation.coverage_survival"].estimate == survival["coverage"].min()
    assert by_id["validation.reference"].n == len(cases)
    assert by_id["validation.within_reach"].events == rows["cells"].sum() - rows["outside"].sum()


def test_tables_made_by_other_code_are_named(monkeypatch):
    monkeypatch.setattr(studies, "made_by", lambda name: ({}, name != "attack_set"))
    assert "1 were made by an earlier version of the code (attack_set)" in studies.all_made_sentence()
    monkeypatch.setattr(studies, "made_by", lambda name: ({}, True))
    assert studies.all_made_sentence().endswith("by the code of this version.")


@pytest.mark.parametrize("room", reference_rooms.ROOMS)
def test_every_number_beside_other_software_is_within_its_tolerance(room):
    """1e-8, but for draws, whose note says why."""
    made = reference_rooms.reference_tables()[room]
    assert len(made) and (made["difference"] <= made["tolerance"]).all()
    assert ((made["tolerance"] <= 1e-8) | (made["note"] != "")).all()


def test_a_file_of_values_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(reference_rooms.places, "root", lambda: tmp_path)
    with pytest.raises(ValueError, match="counts.json is not in tests/reference"):
        reference_rooms.read("counts")
