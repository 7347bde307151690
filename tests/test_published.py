"""The published tables hold what the sources print, and their reader says what is wrong."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys

import pandas as pd
import pytest
from frictionless import Package

from pi_research.extract.published import figure, published_folder, read_published

FOLDER = published_folder()
PACKAGE = json.loads((FOLDER / "datapackage.json").read_text(encoding="utf-8"))
NAMES = [resource["name"] for resource in PACKAGE["resources"]]


def cells(name: str) -> list[list[str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


# --- every table -------------------------------------------------------------------


def test_every_csv_file_is_described_and_every_description_has_its_file():
    assert sorted(path.stem for path in FOLDER.glob("*.csv")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_row_says_its_source_and_where_in_it(name):
    table = read_published(name)
    assert len(table) > 0
    assert table[["source", "where"]].notna().all(axis=None)
    assert set(table["source"]) <= set(read_published("sources")["source"])


@pytest.mark.parametrize("resource", PACKAGE["resources"], ids=NAMES)
def test_the_package_lists_the_columns_in_their_order_and_describes_each(resource):
    fields = resource["schema"]["fields"]
    assert cells(resource["name"])[0] == [field["name"] for field in fields]
    assert all(field["type"] and len(field["description"]) > 3 for field in fields)


def test_the_package_is_valid_by_frictionless_with_its_keys_and_types():
    report = Package(str(FOLDER / "datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "type"])


@pytest.mark.parametrize("name", NAMES)
def test_files_are_utf8_without_mark_or_carriage_return_and_hold_no_formula(name):
    raw = (FOLDER / f"{name}.csv").read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf") and b"\r" not in raw and raw.endswith(b"\n")
    raw.decode("utf-8")
    number = re.compile(r"-\d+(\.\d+)?")
    for row in cells(name):
        assert all(cell == cell.strip() for cell in row)
        assert not [cell for cell in row if cell[:1] in ("=", "+", "-", "@") and not number.fullmatch(cell)]


def test_every_source_is_used_and_has_a_citation_and_a_licence_remark():
    sources = read_published("sources")
    named = set().union(*(set(read_published(name)["source"]) for name in NAMES if name != "sources"))
    assert named == set(sources["source"])
    assert sources[["citation", "publisher", "licence", "what"]].notna().all(axis=None)


# --- the interim report --------------------------------------------------------------


def test_the_eleven_movers_are_the_outcome_one_column_and_year_one_its_first_four_quarters():
    table = read_published("interim_outcomes_by_quarter")
    assert table["outcome_1"].tolist() == [0, 0, 1, 2, 8]
    assert table["outcome_1"].sum() == figure("movers_to_quarter_5") == 11
    assert table["outcome_1"].head(4).sum() == figure("movers_year_1") == 3
    assert table["new_cohort"].sum() == figure("new_people_to_quarter_5") == 28


def test_an_outcome_not_yet_due_is_missing_and_an_outcome_nobody_reached_is_zero():
    table = read_published("interim_outcomes_by_quarter").set_index("quarter")
    assert table["outcome_2"].isna().tolist() == [True, True, False, False, False]
    assert table["outcome_3"].isna().tolist() == [True, True, True, False, False]
    assert table["outcome_4"].isna().all()
    assert table.loc[3, "outcome_2"] == 0 and table.loc[5, "outcome_2"] == 2
    assert [row[6] for row in cells("interim_outcomes_by_quarter")[1:]] == ["NA"] * 5


def test_the_saving_of_the_economic_model_is_the_sum_of_its_parts():
    assert 3 * figure("placement_cost_per_year") == figure("placement_cost_three_per_year") == 124800
    assert 2 * figure("placement_cost_three_per_year") == figure("placement_saving_two_years")
    assert 3 * figure("outcome_payment_per_person") == figure("outcome_payments_three")
    top_up = figure("top_up_share") / 100 * figure("outcome_payments_three")
    assert top_up == pytest.approx(figure("top_up_income_three"), abs=1e-9)
    contact = figure("contact_hours_per_week") * figure("contact_hourly_cost") * figure("contact_weeks")
    assert contact == pytest.approx(figure("contact_cost"), abs=1e-9)
    saving = 249_600 + 39_096 - 108_600 - 28_002
    assert saving == figure("total_saving") == 152_094
    assert figure("placement_saving_two_years") + figure("top_up_income_three") - figure(
        "outcome_payments_three"
    ) - figure("contact_cost") == figure("total_saving")


def test_the_thrive_target_is_the_share_that_the_report_prints():
    share = 100 * figure("thrive_target") / figure("cohort_target")
    assert round(share) == figure("thrive_target_share") == 66


def test_interviews_transcribed_and_noted_make_the_interviews():
    made = figure("interviews_transcribed") + figure("interviews_from_notes")
    assert made == figure("staff_interviews") == 10


# --- the register --------------------------------------------------------------------


def test_payments_made_cumulate_to_the_published_total_and_stay_below_the_cap():
    payments = read_published("register_payments")
    made = payments.query("type == 'actual'")["amount_gbp"].cumsum()
    assert made.iloc[-1] == figure("register_payments_to_2024_09") == 2_376_250
    assert made.is_monotonic_increasing
    assert made.iloc[-1] < figure("register_max_outcome_payment") == 2_744_750


def test_planned_schedules_keep_their_totals_and_their_empty_amounts():
    payments = read_published("register_payments")
    by_schedule = payments.groupby("schedule")["amount_gbp"]
    assert by_schedule.sum().to_dict() == {
        "actual": 2_376_250, "plan1": 2_995_000, "plan2": 2_975_750, "plan3": 2_420_750,
    }  # fmt: skip
    assert by_schedule.size().to_dict() == {"actual": 18, "plan1": 28, "plan2": 32, "plan3": 22}
    empty = payments[payments["amount_gbp"].isna()]
    assert empty["schedule"].tolist() == ["plan1"] * 2 + ["plan2"] * 3
    assert empty["note"].str.contains("not stated, not zero").all()


def test_payment_periods_follow_each_other_except_for_the_two_rows_of_one_quarter():
    payments = read_published("register_payments")
    start = pd.PeriodIndex(payments["period_start"], freq="M")
    end = pd.PeriodIndex(payments["period_end"], freq="M")
    length = pd.Series([(b - a).n + 1 for a, b in zip(start, end, strict=True)])
    assert (length == payments["months"]).all()
    for schedule, rows in payments.groupby("schedule"):
        gaps = [(start[i + 1] - end[i]).n for i in rows.index[:-1]]
        odd = [gap for gap in gaps if gap != 1]
        assert odd == ([-2] if schedule == "actual" else []), schedule
    made = payments.query("type == 'actual'")
    assert made["months"].tolist() == [9, 6] + [3] * 16
    assert made.loc[made["note"].notna(), "row"].tolist() == [1, 2, 4, 5, 6, 8, 9]
    assert made.query("period_start == '2022-04'")["amount_gbp"].tolist() == [116_250, 134_250]


def test_register_results_are_frozen_and_no_milestone_exceeds_the_one_before():
    metrics = read_published("register_metrics")
    assert metrics["target"].tolist() == [60, 74, 61, 55, 47]
    assert metrics["result"].tolist() == [61, 73, 60, 51, 32]
    assert metrics["milestone_months"].tolist() == [pd.NA, 0, 6, 12, 18]
    assert metrics["result"].iloc[1:].is_monotonic_decreasing
    assert metrics["period_start"].tolist() == ["2022-04", "2019-11", "2019-11", "2019-11", "2022-04"]


# --- the homelessness contracts ------------------------------------------------------


def test_ladders_never_rise_and_their_totals_are_frozen():
    rows = read_published("homelessness_ladders")
    ladders = rows.pivot(index="contract", columns="months", values="people")
    assert ladders.shape == (7, 5) and ladders.notna().all(axis=None)
    assert (ladders.diff(axis=1).iloc[:, 1:] <= 0).all(axis=None)
    assert ladders.sum().tolist() == [1657, 1540, 1417, 1208, 1025]


def test_the_register_and_the_press_agree_about_ambition():
    ladders = read_published("homelessness_ladders")
    people = ladders.query("contract == 'Ambition'").set_index("months")["people"]
    assert 100 * people[0] / figure("ambition_people") == pytest.approx(90, abs=0.5)
    assert round(100 * people[12] / people[0]) == figure("ambition_twelve_months_share") == 64


# --- areas and sister programmes -----------------------------------------------------


def test_the_case_study_report_has_ten_partnerships_three_themes_four_issues():
    rows = read_published("building_right_support")
    kinds = rows["kind"].value_counts()
    counts = rows.query("kind == 'count'").set_index("id")["value"].astype(int)
    assert kinds["partnership"] == counts["partnerships"] == 10
    assert kinds["theme"] == counts["themes"] == 3
    assert kinds["cross_cutting"] == counts["cross_cutting"] == 4
    assert kinds["message"] == counts["national_messages"] == 11
    examples = rows.query("kind == 'example'")
    assert set(examples["area"]) <= set(rows.query("kind == 'partnership'")["area"])


def test_each_target_says_how_it_is_read_and_which_way_is_better():
    measures = read_published("six_steps_measures")
    targets = measures[measures["target"].notna()]
    assert targets["council"].value_counts().to_dict() == {"Swindon": 14, "Isle of Wight": 10, "Coventry": 1}
    assert targets[["comparison", "direction"]].notna().all(axis=None)
    assert measures[measures["target"].isna()]["comparison"].isna().all()
    higher = targets["direction"] == "higher"
    assert (higher == targets["comparison"].isin(["at_least", "more_than"])).all()
    assert targets.query("unit == 'percent'")["target"].between(0, 100).all()


def test_observed_values_belong_to_a_measure_and_leeds_signposting_adds_up():
    values = read_published("six_steps_values")
    assert set(values["measure"]) <= set(read_published("six_steps_measures")["id"])
    assert not values.duplicated(["measure", "period"]).any()
    one = values.set_index("measure")["value"]
    assert one["lee_signposted_cso"] + one["lee_signposted_sw"] == one["lee_signposted"] == 70
    assert one["cov_home_hours"] / one["cov_home_at_once"] == one["cov_home_hours_person"]
    assert one["lee_care_act"].tolist() == [20.3, 17.6, 15.2]


# --- disagreements -------------------------------------------------------------------


def test_a_disagreement_keeps_at_least_two_values_and_says_which_one_is_used():
    topics = read_published("disagreements").groupby("topic", sort=False)
    assert (topics["value"].nunique() >= 2).all()
    assert (topics["used"].sum() >= 1).all()
    assert topics["reading"].apply(lambda readings: readings.notna().all()).all()


def test_the_disagreements_that_the_reports_rest_on_are_there_with_both_values():
    rows = read_published("disagreements")
    values = rows.groupby("topic")["value"].agg(set)
    assert {"120", "113", "105", "116"} <= values["cohort_size"]
    assert values["last_milestone"] == {"24", "18"}
    assert {"36200", "24289.82"} <= values["payment_per_person"]
    assert {"2019-04", "2019-07", "2019-09"} <= values["contract_start"]
    assert {"2019-10", "2019-11"} <= values["delivery_start"]
    assert {"2026-11", "2026-03"} <= values["service_end"]
    assert {"3000000", "800000", "725000"} <= values["investment"]


def test_computed_values_follow_from_the_printed_ones():
    rows = read_published("disagreements").query("basis == 'computed'")
    value = rows.set_index(["topic", "what"])["value"]
    per_person = value["payment_per_person"].astype(float).tolist()
    cap, made = figure("register_max_outcome_payment"), figure("register_payments_to_2024_09")
    assert per_person == [round(x, 2) for x in (cap / 113, cap / 105, cap / 75, made / 73)]
    assert value["cohort_size"].tolist() == [f"{figure('cohort_per_year') * figure('programme_years'):.0f}"]
    longer = figure("total_saving") - figure("contact_cost")
    assert value["contact_cost_horizon"].tolist() == [f"{2 * figure('contact_cost'):.0f}", f"{longer:.0f}"]
    fund = figure("life_chances_fund")
    shares = [round(100 * fund / x, 2) for x in (figure("project_funding"), cap)]
    assert value["top_up_share"].astype(float).tolist() == shares
    assert float(value["payments_in_total"].iloc[-1]) == 113 * figure("outcome_payment_per_person")


# --- the reader ----------------------------------------------------------------------


def test_a_figure_is_a_number_and_a_month_or_a_word_stays_text():
    assert figure("contact_hourly_cost") == 17.95
    assert figure("register_service_end") == "2026-03"
    assert figure("page_policy_sector") == "Homelessness"


def test_every_figure_can_be_looked_up_and_months_are_iso():
    for row in read_published("programme_figures").itertuples():
        found = figure(row.id)
        assert isinstance(found, str) == (row.unit in ("month", "text"))
        if row.unit == "month":
            assert re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", found)


def test_an_unknown_table_is_refused_with_the_names_there_are():
    told = "no published table 'register_payment'.*mean register_payments.*There are: sources, "
    with pytest.raises(ValueError, match=told):
        read_published("register_payment")
    with pytest.raises(ValueError, match="no published table '../pyproject'"):
        read_published("../pyproject")


def test_an_unknown_figure_is_refused_with_the_nearest_ids():
    with pytest.raises(ValueError, match="no published figure 'cohort_targets'.*cohort_target"):
        figure("cohort_targets")
    with pytest.raises(ValueError, match="no published figure ''"):
        figure("")


def test_a_folder_without_the_package_is_refused_by_name(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no datapackage.json"):
        read_published("sources", tmp_path)
    with pytest.raises(FileNotFoundError, match="holds no datapackage.json"):
        figure("cohort_target", tmp_path / "absent")


def test_a_folder_named_by_the_caller_is_read_instead_of_the_repository_s(tmp_path):
    shutil.copytree(FOLDER, tmp_path / "copy")
    path = tmp_path / "copy" / "programme_figures.csv"
    changed = path.read_text(encoding="utf-8").replace(",113,people,", ",99,people,", 1)
    path.write_text(changed, encoding="utf-8")
    assert figure("cohort_target", tmp_path / "copy") == 99
    assert figure("cohort_target") == 113


def test_looking_up_a_figure_loads_no_pandas():
    code = (
        "import sys; from pi_research.extract.published import figure; figure('cohort_target');"
        "sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
