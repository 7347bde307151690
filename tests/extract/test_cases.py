"""Cases that could mislead: each planted in an extract, and found again with its count, or refused."""

from __future__ import annotations

import pandas as pd
import pytest

from pi_research.extract import read_extract
from pi_research.extract.cases import ELSEWHERE, NAMES, REFUSED, cases
from pi_research.extract.link import linkage_of
from pi_research.journeys.timeline import build_timeline
from pi_research.sections import Milestones, Tenancy

ADDED = {
    "hospital_spells": "S9,2020-02-01,P-102,2020-02-19,2020-02-28,emergency,informal,RX2,false,0\n",
    "tenancies": "T4,SY-006,2021-12-01,2022-01-05,own_choice,council,general_needs\n"
                 "T5,SY-002,2023-01-20,,,council,general_needs\n"
                 "T6,SY-003,2022-11-18,2022-11-20,death,council,general_needs\n",
    "identifiers_housing": "SY-004,美玲,陈,1990-08-12,female,ZZ1 1AD,\n"
                           "SY-005,Sukarnoto,,1979-04-21,male,ZZ1 1AE,\n"
                           "SY-006,,Not stated,,female,ZZ1 1AF,\n",
    "identifiers_trust": "P-199,Benjamin,ONeil,1982-07-19,male,ZZ1 1AB,\n"
                         "P-103,Anne-Marie,Smith,1958-11-30,female,ZZ1 9ZZ,\n",
}
CHANGED = {
    "patients": ("P-103,male,1958,white,2022-11-18", "P-103,male,1958,white,2022-11-16"),
    "identifiers_trust": ("P-101,Anna,Nan,1971-05-04", "P-101,Anna,Nan,1971-04-05"),
}
FOUND = {
    "People without a link to the trust's record": 2,
    "Patients of the trust who are nobody's link": 1,
    "Linked pairs whose day and month of birth are changed over": 1,
    "Records with a name in another than Latin script": 1,
    "Records with an apostrophe in a name": 1,
    "Records with a hyphen in a name": 1,
    "Records with one word for a name": 1,
    "Records without a name, or with 'not stated' or the like": 1,
    "Records without a date of birth": 1,
    "Customers whom two trust records fit: one person with two identifiers, or a relative": 1,
    "People who moved before the recorded start": 1,
    "Stays that last at the extract date": 1,
    "Stays with spells that overlap (as at two sites)": 1,
    "Tenancies that begin on the day on which another ends": 2,
    "People whose death is recorded on more than one day": 1,
}


def listed(folder) -> pd.DataFrame:
    data = read_extract(folder)
    made = build_timeline(data.tables, data.extract_date, Tenancy(), Milestones())
    return cases(data.tables, data.problems, linkage_of(data.tables), made["accounts"]).set_index("had")


@pytest.fixture(scope="module")
def crooked(good, extract_of):
    tables = {name: text.replace(*CHANGED.get(name, ("", ""))) + ADDED.get(name, "") for name, text in good.items()}
    return listed(extract_of(tables))


@pytest.mark.parametrize("had", FOUND)
def test_a_case_in_the_records_is_listed_with_what_was_done_and_how_many(crooked, had):
    assert crooked.loc[had, "n"] == FOUND[had] and crooked.loc[had, "done"]


def test_cases_that_were_not_found_are_listed_all_the_same(crooked):
    none = crooked.index[crooked["n"] == 0]
    assert set(REFUSED) <= set(none) and "Tenancies that end on their first day" in none
    assert crooked.index.is_unique and crooked["done"].ne("").all()


REFUSALS = {
    "two people with one identifier": ("people", "SY-002,male", "SY-001,male"),
    "one person in two rows": ("identifiers_housing", "SY-002,Ben", "SY-001,Ben"),
    "one record linked to two customers": ("links", "SY-002,P-102", "SY-002,P-101"),
    "a move before the start": ("programme_events", "E12,SY-002,move,2022-06-13", "E12,SY-002,move,2021-05-13"),
    "a time zone": ("tenancies", "2023-01-20", "2023-01-20T23:30:00Z"),
    "day or month first": ("tenancies", "2023-01-20", "01/02/2023"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_case_that_would_make_every_answer_wrong_is_refused_by_a_rule_of_the_list(good, checked, name):
    table, old, new = REFUSALS[name]
    assert old in good[table]
    check = checked(dict(good) | {table: good[table].replace(old, new)})
    errors = set(check.problems.query("severity == 'error'")["rule"])
    assert not check.ok and errors & {rule for rules in REFUSED.values() for rule in rules}


def test_every_rule_that_is_said_to_stop_a_run_is_an_error(checked, good):
    rules = checked(good).rules
    assert {rules[rule].severity for some in REFUSED.values() for rule in some} == {"error"}


def test_without_identifiers_the_list_says_that_names_are_not_here(good, extract_of):
    here = {name: text for name, text in good.items() if not name.startswith("identifiers")}
    table = listed(extract_of(here))
    assert table.loc[list(NAMES), "n"].isna().all() and (table.loc[list(NAMES), "done"] == ELSEWHERE).all()
    assert table.loc["Trust records that fit two customers", "done"] == ELSEWHERE
