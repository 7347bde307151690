"""The simulator: same bytes, sound tables, and a truth that the simulated data bear out on average."""

from __future__ import annotations

import filecmp
import json
import time
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pi_research.extract import simulate as front
from pi_research.extract.simulate import Parameters, scenario_parameters, simulate, write_simulated
from pi_research.extract.simulation import hospital
from pi_research.extract.simulation.area import AREA_MEASURES, CITY, area_design, area_table
from pi_research.extract.simulation.draws import days_of
from pi_research.extract.simulation.frames import TABLES
from pi_research.extract.simulation.journey import END_REASONS, relapse_hazard
from pi_research.extract.simulation.parameters import PERIODS, SCENARIOS, parameter_rows
from pi_research.extract.simulation.programme import programme
from pi_research.extract.simulation.segments import SUB_THEMES

ROOT = Path(__file__).parents[2]
DICTIONARY, SYNTHETIC = ROOT / "data" / "dictionary", ROOT / "data" / "synthetic"


@pytest.fixture(scope="module")
def base():
    return simulate()


@pytest.fixture(scope="module")
def written(base, tmp_path_factory):
    return write_simulated(base, tmp_path_factory.mktemp("simulated") / "base")


def schemas() -> dict:
    found = (json.loads(path.read_text(encoding="utf-8")) for path in sorted(DICTIONARY.glob("*.json")))
    return {schema["name"]: schema for schema in found if "fields" in schema}


def same_files(a: Path, b: Path) -> bool:
    names = sorted(path.name for path in a.iterdir())
    same, _, _ = filecmp.cmpfiles(a, b, names, shallow=False)
    return names == sorted(path.name for path in b.iterdir()) == sorted(same)


def latest(spells: pd.DataFrame) -> pd.DataFrame:
    return spells.sort_values("record_month").drop_duplicates("spell_id", keep="last")


# ---------------------------------------------------------------- same bytes, whole folders
def test_the_same_seed_writes_the_same_bytes_and_another_seed_does_not(written, tmp_path):
    again = write_simulated(simulate(), tmp_path / "again")
    other = write_simulated(simulate(seed=7), tmp_path / "other")
    assert same_files(written, again)
    assert not filecmp.cmp(written / "people.csv", other / "people.csv", shallow=False)


def test_the_committed_extract_is_what_the_code_makes(written):
    assert same_files(written, SYNTHETIC)


def test_files_are_utf8_with_line_feeds_iso_dates_and_a_modest_size(written):
    files = list(written.iterdir())
    assert sum(path.stat().st_size for path in files) < 1_500_000
    for path in files:
        content = path.read_bytes()
        assert b"\r" not in content and content.endswith(b"\n")
        content.decode("utf-8")
    first = (written / "tenancies.csv").read_text(encoding="utf-8").splitlines()[1].split(",")
    assert pd.Timestamp(first[2]).strftime("%Y-%m-%d") == first[2]


def test_a_second_extract_replaces_the_first_and_leaves_nothing_beside_it(tmp_path):
    for seed in (1, 2):
        write_simulated(simulate(seed=seed, people=3), tmp_path / "out")
    assert json.loads((tmp_path / "out" / "truth.json").read_text(encoding="utf-8"))["seed"] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("stranger", ["notes.txt", "people.csv"])
def test_a_folder_with_somebody_elses_files_is_refused_and_kept(base, tmp_path, stranger):
    (tmp_path / stranger).write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError, match="other than a simulated extract"):
        write_simulated(base, tmp_path)
    assert (tmp_path / stranger).read_text(encoding="utf-8") == "mine"


def test_an_earlier_extract_with_a_file_of_somebody_elses_is_refused(base, tmp_path):
    folder = write_simulated(base, tmp_path / "out")
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError):
        write_simulated(base, folder)
    assert (folder / "notes.txt").exists()


def test_a_file_in_the_folders_place_is_refused(base, tmp_path):
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    with pytest.raises(NotADirectoryError, match="is a file"):
        write_simulated(base, tmp_path / "out")


def test_a_failure_while_writing_leaves_the_earlier_extract_whole(base, tmp_path, monkeypatch):
    folder = write_simulated(simulate(people=3), tmp_path / "out")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full_disk(*_, **__):
        raise OSError("no space left")

    monkeypatch.setattr(front.json, "dumps", full_disk)
    with pytest.raises(OSError, match="no space left"):
        write_simulated(base, folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


# ---------------------------------------------------------------- arguments
def test_an_unknown_scenario_is_named_with_the_four_that_there_are():
    with pytest.raises(ValueError, match="base, null, harm, strong"):
        simulate("rosy")


@pytest.mark.parametrize("people", [0, -1, 2.5, True])
def test_a_programme_of_nobody_is_refused(people):
    with pytest.raises(ValueError, match="people must be a whole number of at least 1"):
        simulate(people=people)


def test_a_negative_seed_is_refused():
    with pytest.raises(ValueError, match="seed must be a whole number of at least 0"):
        simulate(seed=-1)


@pytest.mark.parametrize("people", [1, 2, 5])
def test_a_very_small_programme_has_every_table_with_its_columns(people):
    tables = simulate(people=people, seed=3).tables
    assert set(tables) == set(TABLES)
    assert (tables["programme_events"]["event"] == "start").sum() == people


def test_113_people_take_less_than_three_seconds(base):
    begin = time.perf_counter()
    simulate(seed=1)
    assert time.perf_counter() - begin < 3


# ---------------------------------------------------------------- the contract
def test_tables_and_columns_are_those_of_the_dictionary_in_its_order(base):
    contract = schemas()
    assert set(base.tables) == set(contract)
    for name, schema in contract.items():
        assert list(base.tables[name]) == [field["name"] for field in schema["fields"]], name


def test_the_extract_satisfies_the_table_schema_by_frictionless(written):
    from frictionless import Package, Resource, Schema

    resources, parts = [], ("fields", "primaryKey", "foreignKeys", "missingValues")
    for name, schema in schemas().items():
        known = {key: schema[key] for key in parts if key in schema}
        resources.append(Resource(name=name, path=f"{name}.csv", schema=Schema.from_descriptor(known)))
    report = Package(resources=resources, basepath=str(written)).validate()
    faults = report.flatten(["type", "rowNumber", "fieldName", "title"])
    assert report.valid, faults[:10]


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_the_projects_own_check_finds_no_error_and_a_handful_of_notices(scenario, tmp_path):
    from pi_research.extract.check import check_extract

    made = simulate(scenario)
    check = check_extract(write_simulated(made, tmp_path / "out"))
    assert check.errors == 0, check.problems.loc[check.problems["severity"] == "error"].to_string()
    assert 0 < check.notices < 25
    assert set(check.problems["rule"]) <= {
        "without_consent", "birth_year_differs", "sex_differs", "tenancy_past_withdrawal",
    }
    for name, table in check.tables.items():  # what is read is what was made
        pd.testing.assert_frame_equal(table, made.tables[name], obj=name)


def test_postcodes_lie_in_an_area_that_does_not_exist(base):
    for table in ("identifiers_housing", "identifiers_trust"):
        for column in ("postcode", "previous_postcode"):
            assert base.tables[table][column].dropna().str.fullmatch(r"ZZ\d\d? \d[A-Z]{2}").all()


def test_a_name_is_never_in_a_table_without_identifiers(base):
    names = set(base.tables["identifiers_housing"]["surname"].dropna())
    for name, table in base.tables.items():
        if not name.startswith("identifiers"):
            text = table.select_dtypes(object)
            assert not any(names & set(text[column].dropna()) for column in text), name


# ---------------------------------------------------------------- the story that it tells
def test_the_base_extract_is_of_the_size_of_the_programme(base):
    events = base.tables["programme_events"]["event"].value_counts()
    people = len(base.tables["people"])
    assert events["start"] == 113
    assert 65 <= events["move"] <= 85
    assert 0.15 <= 1 - events["start"] / people <= 0.20
    assert set(base.tables["tenancies"]["end_reason"].dropna()) == set(END_REASONS)
    decisions = set(base.tables["outcome_claims"]["decision"].dropna())
    assert decisions == {"paid", "contested", "rejected", "pending"}


def test_nobody_is_paid_more_than_the_published_sum_for_one_person(base):
    paid = base.tables["outcome_claims"].groupby("customer_id")["amount_gbp"].sum()
    assert paid.max() == 36_200
    for card in (scenario_parameters().rate_card_before, scenario_parameters().rate_card_after):
        assert sum(card) == 36_200


def test_engagement_and_eighteen_months_are_claimed_only_after_the_tariff_change(base):
    claims = base.tables["outcome_claims"]
    new = claims[claims["outcome"].isin(["engagement", "sustained_18"])]
    assert len(new) and new["reached_date"].min() >= pd.Timestamp("2022-04-01")


def test_some_spells_span_the_move_and_some_the_end_of_a_tenancy(base):
    crosswalk = base.truth["links"]["crosswalk"]
    spells = latest(base.tables["hospital_spells"])
    tenancies = base.tables["tenancies"].assign(patient_id=lambda t: t["customer_id"].map(crosswalk))
    both = spells.merge(tenancies, on="patient_id")
    out = both["discharge_date"].fillna(pd.Timestamp.max)
    assert ((both["admission_date"] < both["start_date"]) & (out > both["start_date"])).any()
    assert ((both["admission_date"] < both["end_date"]) & (out > both["end_date"])).any()
    assert spells["discharge_date"].isna().any()


def test_the_same_spell_comes_again_each_month_until_its_discharge(base):
    spells = base.tables["hospital_spells"]
    one = spells[spells["spell_id"] == spells["spell_id"].value_counts().index[0]]
    assert len(one) > 2
    months = one["record_month"].dt.to_period("M")
    assert (months.diff().dropna().map(lambda step: step.n) == 1).all()
    assert one["discharge_date"].isna().iloc[:-1].all()
    assert one["delayed_days"].is_monotonic_increasing


def test_twins_and_names_in_other_scripts_are_among_the_identifiers(base):
    housing = base.tables["identifiers_housing"]
    assert housing.duplicated(["surname", "date_of_birth"]).any()
    assert housing["surname"].isna().any()
    written = housing["forename"] + housing["surname"].fillna("")
    assert not written.map(str.isascii).all() and written.str.contains("[-']").any()


def test_most_customers_are_linked_and_every_link_is_true(base):
    links, truth = base.tables["links"], base.truth["links"]
    found = links.dropna(subset=["patient_id"])
    assert 0.9 < len(found) / len(links) < 1
    assert (found["customer_id"].map(truth["crosswalk"]) == found["patient_id"]).all()
    assert set(truth["missed_by_links"]) <= set(links.loc[links["patient_id"].isna(), "customer_id"])
    refused = base.tables["people"].query("consent in ('refused', 'withdrawn')")["customer_id"]
    assert len(refused) and not links["customer_id"].isin(refused).any()


def test_no_date_of_birth_piles_up_at_the_limits_of_age():
    for seed in (1, 2, 3):
        people = simulate(seed=seed).tables["identifiers_trust"]
        assert people["date_of_birth"].value_counts().max() <= 3  # twins, or a birthday shared by chance
        age = 2017.25 - people["date_of_birth"].dt.year
        assert age.between(8, 71).all() and 38 < age.mean() < 46


# ---------------------------------------------------------------- truth
def test_the_truth_says_what_each_part_is_and_holds_every_parameter(base):
    truth = base.truth
    for part in ("tenancy", "service_use", "area_series", "effect_modification", "links"):
        assert len(truth[part]["what"]) > 40
    assert set(truth["parameters"]) == {f.name for f in fields(Parameters)}
    assert json.loads(json.dumps(truth)) is not None


def test_sustained_and_every_cause_add_up_to_one_and_lie_near_the_register(base):
    tenancy = base.truth["tenancy"]
    for months, near in {"6": 0.82, "12": 0.75, "24": 0.66}.items():
        ended = sum(cause[months]["value"] for cause in tenancy["cumulative_incidence"].values())
        assert ended + tenancy["sustained"][months]["value"] == pytest.approx(1, abs=1e-4)
        assert tenancy["sustained"][months]["value"] == pytest.approx(near, abs=0.015)
        assert tenancy["sustained"][months]["monte_carlo_error"] < 0.002


@pytest.mark.parametrize("scenario", ["base", "harm"])
def test_a_hundred_programmes_sustain_what_the_truth_says(scenario):
    p = scenario_parameters(scenario)
    made = [programme(seed, 113, 0, p) for seed in range(100)]
    truth = simulate(scenario, people=1).truth["tenancy"]
    for months in (6, 12, 24):
        due = sum((~np.isnan(one.due(months))).sum() for one in made)
        share = sum((~np.isnan(one.sustained(months))).sum() for one in made) / due
        error = np.sqrt(share * (1 - share) / due)
        assert abs(share - truth["sustained"][str(months)]["value"]) < 3.5 * error


def test_a_hundred_programmes_move_the_share_that_the_truth_says():
    p = scenario_parameters()
    share = np.mean([programme(seed, 113, 0, p).moved.mean() for seed in range(100)])
    assert share == pytest.approx(simulate(people=1).truth["tenancy"]["share_who_move"]["value"], abs=0.016)


def test_the_area_changes_are_recovered_by_least_squares_with_the_known_autocorrelation():
    p = scenario_parameters()
    x = area_design(p)
    columns = [np.ones(len(x["time"])), *(x[name] for name in ("time", "season", "covid", "level", "slope"))]
    design = np.column_stack(columns)

    def whiten(z):
        return np.concatenate([np.sqrt(1 - p.area_rho**2) * z[:1], z[1:] - p.area_rho * z[:-1]])

    found = []
    for seed in range(60):
        table = area_table(seed, p).query("area == @CITY and measure == 'bed_days'")
        rate = table["value"].to_numpy() / pd.to_datetime(table["month"]).dt.days_in_month.to_numpy() * 365.25 / 12
        found.append(np.linalg.lstsq(whiten(design), whiten(rate), rcond=None)[0])
    mean, error = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / np.sqrt(60)
    first = AREA_MEASURES["bed_days"]
    truth = first * np.array([1, p.area_trend, p.area_season, p.area_covid[0], p.area_level_change[0],
                              p.area_slope_change[0]])
    assert (np.abs(mean - truth) < 3.5 * error + 0.01).all()


@pytest.mark.parametrize("scenario", ["base", "null", "strong"])
def test_admissions_a_day_at_risk_follow_the_planted_rate_ratios(scenario):
    p = scenario_parameters(scenario)
    made = programme(5, 1500, 0, p)
    events, days = admissions_and_days_at_risk(made, p)
    rate = events / days * 365.25 / p.admission_rate
    error = rate / np.sqrt(events)
    truth = np.array([1.0, *p.admission_ratio])
    assert (np.abs(rate - truth) < 3.5 * error).all(), (rate, truth, error)


def admissions_and_days_at_risk(made, p) -> tuple[np.ndarray, np.ndarray]:
    """By period, outside the window of entry, each day weighted by the person's own rate and by Covid."""
    first, last = days_of(p.trust_record_from), days_of(p.extract_date)
    calendar = np.arange(first, last + 1, dtype=float)
    covid = np.where(hospital.in_covid(calendar, p), p.covid_admission, 1.0)
    events, days = np.zeros(6), np.zeros(6)
    for course in hospital.courses(made, p):
        if course.long_stay:
            continue
        place = hospital.period_ratio(calendar, course, (2.0, 3.0, 4.0, 5.0, 6.0))
        period = np.rint(place).astype(int) - 1
        before, after = p.crisis_window
        around = (calendar >= course.interest - before) & (calendar < course.interest + after)
        counted = ~(around & ~(calendar >= course.move))
        at_risk = ~(calendar >= course.death)
        for stay in hospital.stays(course, 5, p):
            if counted[stay.admission - first] and not stay.transfer:
                events[period[stay.admission - first]] += 1
            at_risk[stay.admission - first + 1 : int(min(stay.discharge, last)) - first + 1] = False
        weight = course.frailty * (p.crisis_entry_admission if course.crisis else 1.0)
        days += np.bincount(period, covid * at_risk * counted * weight, minlength=6)
    return events, days


def test_the_relapse_part_of_the_admission_rate_is_never_more_than_the_whole():
    for scenario in SCENARIOS:
        p = scenario_parameters(scenario)
        made = programme(3, 3000, 0, p)
        part = relapse_hazard(made.people, np.full(3000, 10.0), p)
        ratio = np.where(made.people.long_stay, p.long_stay_admission_modifier, 1.0)
        ratio = ratio * np.where(made.people.crisis, p.crisis_entry_admission, 1.0)
        whole = p.admission_rate * made.people.frailty * ratio * p.covid_admission
        assert (part <= np.outer(p.admission_ratio[1:], whole) * (1 + 1e-12)).all()


# ---------------------------------------------------------------- scenarios
def test_the_null_scenario_changes_nothing_and_keeps_the_tenancies(base):
    null = simulate("null")
    use, area = null.truth["service_use"], null.truth["area_series"]["measures"]
    for ratios in ("admission_rate_ratio", "crisis_contact_rate_ratio", "planned_contact_rate_ratio"):
        assert set(use[ratios].values()) == {1.0}
    assert all(one["level_change"] == one["slope_change"] == 0 for one in area.values())
    assert null.truth["tenancy"]["sustained"] == base.truth["tenancy"]["sustained"]
    pd.testing.assert_frame_equal(null.tables["tenancies"], base.tables["tenancies"])
    pd.testing.assert_frame_equal(null.tables["delays"], base.tables["delays"])


def test_harm_is_worse_and_strong_is_better_than_base(base):
    truth = {name: simulate(name, people=1).truth for name in ("harm", "strong")} | {"base": base.truth}

    def of(name, *path):
        part = truth[name]
        for key in path:
            part = part[key]
        return part

    for path in (("service_use", "admission_rate_ratio", period) for period in PERIODS[1:]):
        assert of("harm", *path) > 1 and of("harm", *path) > of("base", *path) > of("strong", *path)
    for months in ("6", "12", "24"):
        sustained = [of(name, "tenancy", "sustained", months, "value") for name in ("harm", "base", "strong")]
        assert sustained == sorted(sustained)
    level = ("area_series", "measures", "bed_days", "level_change")
    change = [of(name, *level) for name in ("strong", "base", "harm")]
    assert change == sorted(change) and change[2] > 0
    assert of("strong", "effect_modification", "admission_rate_ratio") < 1
    assert of("base", "effect_modification", "admission_rate_ratio") == 1


def test_parameters_of_ones_own_take_the_place_of_the_scenarios():
    p = replace(scenario_parameters(), years_in_care=(20.0, 0.1), segments=5)
    made = simulate(people=20, parameters=p)
    assert made.tables["segments"]["segment_id"].nunique() == 5
    assert made.truth["parameters"]["segments"] == 5


# ---------------------------------------------------------------- documentation
def test_the_documentation_lists_every_parameter_with_unit_and_source():
    text = (ROOT / "docs" / "simulator.md").read_text(encoding="utf-8")
    missing = [row for row in parameter_rows() if row not in text]
    assert not missing, "\n".join(missing)
    implied = [simulate(name, people=1).truth["tenancy"]["sustained"] for name in SCENARIOS]
    for months in ("6", "12", "18", "24"):
        row = " | ".join(f"{100 * one[months]['value']:.1f}%" for one in implied)
        assert f"| {months} months | {row} |" in text


def test_the_segments_bear_on_twenty_configurations():
    named = {one for *_, ids, _ in SUB_THEMES for one in ids.split()}
    assert named == {f"C{k}" for k in range(1, 21)}
