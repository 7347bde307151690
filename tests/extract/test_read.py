"""Reading a good extract, and refusing a faulty one."""

from __future__ import annotations

import datetime
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pi_research.extract import ExtractError, check_extract, read_dictionary, read_extract
from pi_research.extract.report_problems import problems_csv

DICTIONARY = Path(__file__).resolve().parents[2] / "data" / "dictionary"
KINDS = {
    "date": "datetime64[ns]",
    "integer": "Int64",
    "number": "float64",
    "boolean": "boolean",
    "string": "object",
}


def test_every_column_has_the_type_that_the_dictionary_gives(extract_of, good):
    extract = read_extract(extract_of(good), dictionary=DICTIONARY)
    for name, schema in read_dictionary(DICTIONARY).items():
        assert list(extract.tables[name].columns) == list(schema.names)
        for field in schema.fields:
            assert str(extract.tables[name][field.name].dtype) == KINDS[field.type]
    assert extract.tables["tenancies"]["end_reason"].tolist() == [None, "relapse", "death"]
    assert extract.tables["people"]["forensic_history"].isna().tolist() == [False] * 5 + [True]


def test_the_extract_says_its_date_and_that_nobody_in_it_is_real(extract_of, good):
    extract = read_extract(extract_of(good), dictionary=DICTIONARY)
    assert extract.extract_date == pd.Timestamp("2024-03-31") and extract.synthetic is True
    assert extract.problems.empty and extract.counts["rows"].sum() == sum(map(len, extract.tables.values()))


def test_an_earlier_extract_date_may_be_asked_for_and_later_rows_stay(extract_of, good):
    folder = extract_of(good)
    extract = read_extract(folder, extract_date="2023-06-30", dictionary=DICTIONARY)
    assert extract.extract_date == pd.Timestamp("2023-06-30")
    assert len(extract.tables["programme_events"]) == 25
    with pytest.raises(ExtractError, match="after the one in extract.csv"):
        read_extract(folder, extract_date=datetime.date(2024, 6, 30), dictionary=DICTIONARY)


def test_a_table_that_was_not_supplied_is_not_there(extract_of, good):
    extract = read_extract(
        extract_of({k: v for k, v in good.items() if k != "segments"}), dictionary=DICTIONARY
    )
    assert "segments" not in extract.tables
    assert extract.problems["rule"].tolist() == ["optional_table_missing"]


def test_a_table_without_rows_has_its_types(extract_of, good):
    text = dict(good, delays=good["delays"].splitlines()[0] + "\n", links=good["links"].splitlines()[0])
    delays = read_extract(extract_of(text), dictionary=DICTIONARY).tables["delays"]
    assert len(delays) == 0 and str(delays["start_date"].dtype) == "datetime64[ns]"


def test_people_without_consent_are_counted_in_every_table_and_none_is_dropped(extract_of, plant):
    folder = extract_of(plant({"set": {"people 2 consent": "refused"}}))
    extract = read_extract(folder, dictionary=DICTIONARY)
    counts = extract.counts.set_index("table")
    assert len(extract.tables["people"]) == 6
    assert counts.loc[
        ["people", "programme_events", "contacts", "hospital_spells"], "without_consent"
    ].tolist() == [1, 8, 2, 2]


def test_blank_rows_are_counted_and_the_row_numbers_of_others_stay(checked, good):
    text = dict(
        good, delays=good["delays"].replace("D2,", "\n,,,,\nD2,").replace("housing_supply", "no_home")
    )
    check = checked(text)
    assert check.counts.set_index("table").loc["delays", ["rows", "blank"]].tolist() == [3, 2]
    assert check.problems.loc[check.problems["rule"] == "unknown_category", "row"].tolist() == [5]


def test_a_cell_with_a_comma_or_an_apostrophe_is_read_as_it_stands(extract_of, good):
    people = read_extract(extract_of(good), dictionary=DICTIONARY).tables["identifiers_housing"]
    assert people["surname"].tolist() == ["Nan", "O'Neil", "Smith, the elder"]


def test_the_columns_may_stand_in_any_order(extract_of, good):
    frame = read_extract(extract_of(good), dictionary=DICTIONARY).tables["delays"]
    lines = [",".join(reversed(line.split(","))) for line in good["delays"].splitlines()]
    again = read_extract(extract_of(dict(good, delays="\n".join(lines))), dictionary=DICTIONARY).tables[
        "delays"
    ]
    pd.testing.assert_frame_equal(frame, again)


def test_line_endings_of_other_systems_make_no_difference(extract_of, good):
    frame = read_extract(extract_of(good), dictionary=DICTIONARY).tables["people"]
    for ending in ("\r\n", "\r"):
        folder = extract_of(dict(good, people=good["people"].replace("\n", ending).encode()))
        pd.testing.assert_frame_equal(frame, read_extract(folder, dictionary=DICTIONARY).tables["people"])


def test_the_hash_changes_with_a_byte_of_a_table_and_with_nothing_else(extract_of, good):
    folder = extract_of(good)
    first = read_extract(folder, dictionary=DICTIONARY).data_hash
    (folder / "notes.md").write_text("notes")
    assert read_extract(folder, dictionary=DICTIONARY).data_hash == first
    assert read_extract(extract_of(good), dictionary=DICTIONARY).data_hash == first
    (folder / "delays.csv").write_text(good["delays"].rstrip("\n"))
    assert read_extract(folder, dictionary=DICTIONARY).data_hash != first


def test_a_refused_extract_is_explained_in_one_message(extract_of, plant):
    places = {f"programme_events {row} date": f"0{row}/02/2021" for row in range(2, 9)} | {
        "people 2 sex": "Female"
    }
    folder = extract_of(plant({"set": places}))
    with pytest.raises(ExtractError) as refused:
        read_extract(folder, dictionary=DICTIONARY)
    message = str(refused.value)
    assert (
        "8 errors" in message and "day or month first (7)" in message and "people.csv, row 2, sex" in message
    )
    assert f"pi-research validate {folder}" in message
    assert "Female" not in message and "02/2021" not in message and len(message.splitlines()) <= 8


def test_a_hundred_thousand_contacts_are_checked_in_three_seconds(extract_of, good):
    rng = np.random.default_rng(1)
    days = (np.datetime64("2019-01-01") + rng.integers(0, 1300, 100_000)).astype(str)
    patients = rng.choice(["P-101", "P-102", "P-104"], 100_000)
    lines = [
        f"K{i},{p},{d},crisis,false,attended" for i, (p, d) in enumerate(zip(patients, days, strict=True))
    ]
    folder = extract_of(dict(good, contacts=good["contacts"].splitlines()[0] + "\n" + "\n".join(lines)))
    start = time.process_time()  # of this process: other work on the machine does not count
    check = check_extract(folder, dictionary=DICTIONARY)
    assert time.process_time() - start < 3
    assert check.ok and check.counts.set_index("table").loc["contacts", "rows"] == 100_000


# ------------------------------------------------ properties
MANY = {
    "tenancies 3 end_date": "2022-06-12",
    "people 2 sex": "Female",
    "contacts 3 contact_id": "K1",
    "leave 2 spell_id": "S77",
    "area_series 3 month": "2023-05-01",
    "programme_events 20 date": "2023-04-02",
    "hospital_spells 6 patient_id": "P-104",
    "outcome_claims 8 tenancy_id": "T1",
    "placements 4 end_date": "",
    "links 5 patient_id": "P-103",
}


def without_rows(check) -> list[tuple]:
    """Every fault but for its row number, in a fixed order."""
    kept = check.problems[["table", "column", "rule", "severity", "what", "what_to_do"]]
    return sorted(map(tuple, kept.to_numpy().tolist()))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_order_of_rows_makes_no_difference_but_to_row_numbers(data, checked, plant):
    tables = {name.removesuffix(".csv"): text for name, text in plant({"set": MANY}).items()}
    name = data.draw(st.sampled_from(sorted(tables)))
    head, *rows = tables[name].splitlines()
    shuffled = data.draw(st.permutations(rows))
    again = checked(tables | {name: "\n".join([head, *shuffled]) + "\n"})
    assert without_rows(again) == without_rows(checked(tables))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_cell_makes_the_check_fail_or_is_shown(data, checked, plant, good):
    table = data.draw(st.sampled_from(sorted(good)))
    lines = good[table].splitlines()
    row = data.draw(st.integers(2, len(lines)))
    column = data.draw(st.sampled_from(lines[0].split(",")))
    letters = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    value = data.draw(st.one_of(letters, st.from_regex(r"[0-9/.:T-]{1,12}", fullmatch=True)))
    check = checked(plant({"set": {f"{table} {row} {column}": value}}))
    assert len(value) < 8 or value not in problems_csv(check.problems)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    noise=st.binary(max_size=60),
    place=st.floats(0, 1),
    table=st.sampled_from(["people", "tenancies", "leave"]),
)
def test_no_bytes_make_the_check_fail(noise, place, table, checked, good):
    whole = good[table].encode()
    at = int(place * len(whole))
    checked(dict(good, **{table: whole[:at] + noise + whole[at:]}))


def test_a_faulty_person_does_not_take_neighbours_out_of_the_checks(checked, good):
    rows = good["people"].splitlines()
    header = rows[0].split(",")
    cells = [row.split(",") for row in rows[1:]]
    for row in cells:
        row[header.index("area")] = "North"
    cells[0][header.index("sex")] = "F"
    cells[1][header.index("consent")] = "refused"
    text = "\n".join([rows[0], *(",".join(row) for row in cells)]) + "\n"
    found = checked(dict(good, people=text)).problems
    assert found.query("rule == 'without_consent'")["row"].tolist() == [3]
