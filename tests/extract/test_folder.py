"""The folder, its files and their bytes; what is too large is turned away without being held."""

from __future__ import annotations

import json
import shutil
import tracemalloc
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pi_research.extract import check_extract, read_extract

DICTIONARY = Path(__file__).resolve().parents[2] / "data" / "dictionary"


def rules_of(check) -> set[str]:
    return set(check.problems["rule"])


def test_a_folder_that_is_not_there_is_one_fault(tmp_path):
    check = check_extract(tmp_path / "nowhere", dictionary=DICTIONARY)
    assert list(check.problems["rule"]) == ["folder_missing"] and not check.ok and check.tables == {}


def test_a_file_in_place_of_a_folder_is_one_fault(tmp_path):
    (tmp_path / "extract.zip").write_bytes(b"PK")
    assert rules_of(check_extract(tmp_path / "extract.zip", dictionary=DICTIONARY)) == {"folder_is_a_file"}


def test_an_empty_folder_is_one_fault_and_not_one_for_each_table(tmp_path):
    assert rules_of(check_extract(tmp_path, dictionary=DICTIONARY)) == {"folder_without_tables"}


def test_a_folder_that_may_not_be_opened_is_one_fault(tmp_path, monkeypatch):
    def barred(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", barred)
    assert rules_of(check_extract(tmp_path, dictionary=DICTIONARY)) == {"folder_unreadable"}


def test_a_folder_named_like_a_table_is_a_fault_of_that_table(extract_of, good):
    folder = extract_of(good)
    (folder / "people.csv").unlink()
    (folder / "people.csv").mkdir()
    check = check_extract(folder, dictionary=DICTIONARY)
    assert set(check.problems.loc[check.problems["severity"] == "error", "rule"]) == {"unreadable_file"}


def test_a_field_of_50_megabytes_is_refused_in_little_memory(extract_of, good):
    folder = extract_of(good)
    with open(folder / "people.csv", "ab") as file:
        file.write(b"SY-008,female,1971,white," + b"x" * 50_000_000 + b"\n")
    tracemalloc.start()
    check = check_extract(folder, dictionary=DICTIONARY)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    errors = check.problems[check.problems["severity"] == "error"]
    assert list(zip(errors["rule"], errors["table"], errors["row"], strict=True)) == [
        ("line_too_long", "people", 8)
    ]
    assert peak < 20_000_000


def test_a_quoted_field_of_many_lines_that_never_ends_is_refused_in_little_memory(extract_of, good):
    folder = extract_of(good)
    with open(folder / "people.csv", "ab") as file:
        file.write(b'SY-008,female,1971,white,"' + b"some words of a document\n" * 400_000)
    tracemalloc.start()
    check = check_extract(folder, dictionary=DICTIONARY)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    errors = check.problems[check.problems["severity"] == "error"]
    assert list(errors["rule"]) == ["cell_too_long"] and list(errors["row"]) == [8]
    assert peak < 20_000_000


def test_a_cell_longer_than_any_of_its_table_is_a_fault_of_that_cell(checked, good):
    tables = dict(good, people=good["people"].replace("North", "n" * 10_001, 1))
    problems = checked(tables).problems
    place = problems.loc[problems["rule"] == "cell_too_long", ["table", "row", "column"]]
    assert place.to_numpy().tolist() == [["people", 2, "area"]]


def test_a_file_larger_than_the_limit_of_the_dictionary_is_refused(extract_of, good, tmp_path):
    shutil.copytree(DICTIONARY, tmp_path / "dictionary")
    rules = json.loads((tmp_path / "dictionary" / "rules.json").read_text())
    rules["limits"]["file_bytes"] = 1_000
    (tmp_path / "dictionary" / "rules.json").write_text(json.dumps(rules))
    check = check_extract(extract_of(good), dictionary=tmp_path / "dictionary")
    assert "programme_events" in set(check.problems.loc[check.problems["rule"] == "file_too_large", "table"])


def test_the_severity_is_the_dictionarys_and_not_the_codes(plant, extract_of, tmp_path):
    shutil.copytree(DICTIONARY, tmp_path / "dictionary")
    rules = json.loads((tmp_path / "dictionary" / "rules.json").read_text())
    rules["rules"]["tenancies_overlap"]["severity"] = "notice"
    (tmp_path / "dictionary" / "rules.json").write_text(json.dumps(rules))
    folder = extract_of(plant({"add": {"tenancies": "T9,SY-002,2023-01-19,,,,"}}))
    assert not check_extract(folder, dictionary=DICTIONARY).ok
    assert check_extract(folder, dictionary=tmp_path / "dictionary").ok


def test_a_column_that_the_dictionary_makes_unique_may_not_repeat(extract_of, good, tmp_path):
    shutil.copytree(DICTIONARY, tmp_path / "dictionary")
    schema = json.loads((tmp_path / "dictionary" / "referrals.json").read_text())
    schema["fields"][1]["constraints"]["unique"] = True
    (tmp_path / "dictionary" / "referrals.json").write_text(json.dumps(schema))
    folder = extract_of(dict(good, referrals=good["referrals"] + "R9,P-101,2019-12-01,,crisis,\n"))
    found = check_extract(folder, dictionary=tmp_path / "dictionary").problems
    assert found.loc[found["rule"] == "duplicate_value", ["row", "column", "see"]].to_numpy().tolist() == [
        [5, "patient_id", "row 2"]
    ]


# ------------------------------------------------ Parquet
def as_parquet(folder: Path, table: str, frame: pd.DataFrame) -> None:
    (folder / f"{table}.csv").unlink()
    frame.to_parquet(folder / f"{table}.parquet", index=False)


def test_typed_parquet_gives_the_same_tables_as_csv(extract_of, good):
    folder = extract_of(good)
    plain = read_extract(folder, dictionary=DICTIONARY).tables
    for table, frame in plain.items():
        as_parquet(folder, table, frame)
    again = read_extract(folder, dictionary=DICTIONARY).tables
    for table, frame in plain.items():
        pd.testing.assert_frame_equal(frame, again[table])


def test_whole_numbers_stored_as_floats_and_categories_are_read(extract_of, good):
    folder = extract_of(good)
    people = read_extract(folder, dictionary=DICTIONARY).tables["people"]
    stored = people.assign(
        year_of_birth=people["year_of_birth"].astype(float), sex=people["sex"].astype("category")
    )
    as_parquet(folder, "people", stored)
    pd.testing.assert_frame_equal(read_extract(folder, dictionary=DICTIONARY).tables["people"], people)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda f: f.assign(start_date=f["start_date"] + pd.Timedelta(hours=9)), "date_with_time"),
        (lambda f: f.assign(start_date=f["start_date"].dt.tz_localize("UTC")), "date_with_zone"),
        (lambda f: f.assign(start_date=f["start_date"].astype("int64") // 86_400_000_000_000), "date_serial"),
        (lambda f: f.assign(reason=[["a"], ["b"], ["c"]]), "parquet_type"),
        (lambda f: f.drop(columns="reason"), "missing_column"),
    ],
)
def test_a_parquet_column_of_another_type_is_refused(change, rule, extract_of, good):
    folder = extract_of(good)
    delays = read_extract(folder, dictionary=DICTIONARY).tables["delays"]
    as_parquet(folder, "delays", change(delays))
    assert rule in rules_of(check_extract(folder, dictionary=DICTIONARY))


def test_a_nan_in_parquet_is_no_missing_value(extract_of, good):
    folder = extract_of(good)
    hours = pa.array([float("nan"), 8.0, 2.0, 3.25, 0.0])
    table = pa.Table.from_pandas(read_extract(folder, dictionary=DICTIONARY).tables["support_hours"])
    (folder / "support_hours.csv").unlink()
    pq.write_table(table.set_column(3, "hours", hours), folder / "support_hours.parquet")
    problems = check_extract(folder, dictionary=DICTIONARY).problems
    assert problems.loc[problems["rule"] == "not_finite", "row"].tolist() == [2]


def test_parquet_without_rows_or_columns_is_named_as_such(extract_of, good):
    folder = extract_of(good)
    delays = read_extract(folder, dictionary=DICTIONARY).tables["delays"]
    as_parquet(folder, "delays", delays.iloc[:0])
    as_parquet(folder, "segments", pd.DataFrame())
    problems = check_extract(folder, dictionary=DICTIONARY).problems
    assert set(zip(problems["table"], problems["rule"], strict=True)) == {
        ("delays", "optional_table_empty"),
        ("segments", "no_header"),
    }
