"""The command that makes the studies again, and the sentences that the methods notebook reads off their tables."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from pi_research.cli import app
from pi_research.validation import shown, studies
from pi_research.validation.tables import folder, read_table


def test_the_committed_cases_are_all_cases_and_none_lies_outside_its_tolerance():
    made, kept = studies.reference_cases(), read_table("reference_cases")
    assert kept["case"].tolist() == made["case"].tolist() and kept["numbers"].tolist() == made["numbers"].tolist()
    assert (made["difference"] <= made["tolerance"]).all() and (kept["difference"] <= kept["tolerance"]).all()


def test_each_case_is_shown_by_the_number_that_lies_furthest():
    from pi_research.validation.reference_all import tables

    made = studies.reference_cases()
    for room, table in tables().items():
        worst = table.groupby("case")["difference"].max()
        ours = made[made["room"] == room].set_index("case")["difference"]
        pd.testing.assert_series_equal(ours.sort_index(), worst.sort_index(), check_names=False)


def test_a_study_is_made_again_by_its_name_with_what_made_it_beside_it(tmp_path):
    done = CliRunner().invoke(app, ["calibrate", "survival", "--into", str(tmp_path), "--size", "5", "--seed", "3"])
    assert done.exit_code == 0 and "survival_coverage" in done.output
    about = json.loads((tmp_path / "survival_coverage.json").read_text())
    assert (about["size"], about["seed"], about["module"]) == (5, 3, "survival_study") and len(about["code_hash"]) == 16


@pytest.mark.parametrize(("name", "size", "said"), [
    ("nonsense", None, "'nonsense' is not a study; choose one of reference, survival"),
    ("survival", 0, "size: must be 1 or more"),
])
def test_a_study_that_is_not_there_is_refused(name, size, said, tmp_path):
    with pytest.raises(ValueError, match=said):
        studies.calibrate(name, tmp_path, size)


def test_every_committed_table_says_what_made_it():
    assert {"reference_cases", "survival_coverage"} <= set(studies.committed())
    for name in studies.committed():
        assert set(studies.made_by(name)[0]) == {"module", "size", "seed", "code_hash"}, name
        assert studies.made_sentence(name, named=True).startswith(name)


def test_a_table_made_by_other_code_is_said_to_be(tmp_path, monkeypatch):
    monkeypatch.setattr(studies, "folder", lambda: tmp_path)
    about = json.loads((folder() / "survival_coverage.json").read_text())
    (tmp_path / "x.json").write_text(json.dumps(about | {"code_hash": "0" * 16}))
    assert "an earlier version of the code" in studies.made_sentence("x")


def test_coverage_below_the_level_is_counted_cell_by_cell():
    table = pd.DataFrame({"coverage": [0.95, 0.90, 0.96], "mc_error": [0.002, 0.003, 0.002]})
    said = studies.lowest_sentence(table, of="It")
    assert said == ("It: coverage from 90.0% to 96.0% over 3 cells; in 1 of them it is below 95% by more than two Monte "
                    "Carlo errors (the largest is 0.3%).")


def test_a_test_that_rejects_too_often_is_counted_cell_by_cell():
    table = pd.DataFrame({"type_one": [0.05, 0.09], "mc_error": [0.002, 0.003]})
    assert "in 5.0% to 9.0% of tables over 2 cells; in 1 of them in more than 5%" in studies.level_sentence(table, of="It")


def test_cases_outside_their_tolerance_are_named():
    cases = pd.DataFrame({"case": ["a", "b"], "numbers": [2, 3], "difference": [1e-9, 1e-3], "tolerance": 1e-8})
    assert "1 lie outside their tolerance: b." in studies.agreement_sentence(cases)


def test_a_study_stands_side_by_side_with_its_kinds_as_columns():
    table = shown.side_by_side("survival_coverage", {"n": "People", "survival": "True share"}, "interval",
                               {"beta-product": "Beta product", "nothing": "Nothing"}, "x", "X.")
    assert [c.label for c in table.columns] == ["People", "True share", "Beta product"] and len(table.frame) == 16
