"""Findings under several tables of links: each as if its journeys were made alone, and few people told apart."""

from __future__ import annotations

import pandas as pd
import pytest

from pi_research.disclosure import Rule, protect_sentence, protect_table
from pi_research.extract import read_extract
from pi_research.journeys.timeline import build_timeline
from pi_research.journeys.under_links import links_sentence, under_links
from pi_research.report import tables as shown
from pi_research.sections import Milestones, Tenancy


@pytest.fixture(scope="module")
def data(project):
    return read_extract(project / "data" / "synthetic")


@pytest.fixture(scope="module")
def links(data):
    found = data.tables["links"].dropna(subset=["patient_id"])[["customer_id", "patient_id"]]
    return {"all": found, "again": found.iloc[::-1], "but three": found.iloc[3:], "half": found.iloc[::2],
            "none": found.iloc[:0]}


@pytest.fixture(scope="module")
def rows(data, links):
    return under_links(data.tables, links, data.extract_date, Tenancy(), Milestones())


def test_a_row_is_what_journeys_made_with_its_links_alone_would_say(data, links, rows):
    half = {**data.tables, "links": links["half"]}
    alone = build_timeline(half, data.extract_date, Tenancy(), Milestones())
    time = alone["person_time"]
    time = time[time["customer_id"].isin(alone["tenancies"]["customer_id"])]
    before = time["period"].isin(["before", "preparation", "left"])
    row = rows.set_index("label").loc["half"]
    assert row["before"] == time.loc[before, "admissions"].sum()
    assert row["after"] == time.loc[~before, "admissions"].sum() > 0
    assert row["after_years"] == pytest.approx(time.loc[~before, "at_risk_days"].sum() / 365.25)
    status = alone["milestones"].query("months == 12 and come_due")["status"]
    assert row["reached"] == (status == "reached").sum() and row["movers"] == len(alone["tenancies"])
    assert row["died"] == alone["tenancies"]["died"].sum()


def test_links_lose_hospital_use_and_nothing_else(rows):
    rows = rows.set_index("label")
    assert rows.loc["all", "linked"] > rows.loc["but three", "linked"] > rows.loc["half", "linked"] > 0
    assert rows.loc["none", ["linked", "before", "after"]].tolist() == [0, 0, 0]
    assert pd.isna(rows.loc["none", "after_rate"]) and rows["movers"].nunique() == 1


def test_rows_that_differ_in_few_people_are_hidden_from_a_release(rows, links):
    assert rows["differ"].iloc[0] == len(links["all"]) == rows["differ"].iloc[1] and rows["differ"].iloc[2] == 3
    rule = Rule.preset("nhs")
    for table in (shown.links_made(rows.assign(false=0, missed=0), "a", "A."), shown.under_links(rows, "b", "B.")):
        made = protect_table(table.frame, table.columns, rule)
        assert made.iloc[2, 1:].eq("[hidden]").all() and not made.iloc[0, 1:3].eq("[hidden]").any()
        assert made.iloc[0, 1:].tolist() == made.iloc[1, 1:].tolist()


def test_the_sentence_gives_the_range_and_a_release_hides_what_few_people_make_of_it(rows):
    said = links_sentence(rows)
    low, high = rows["linked"].min(), rows["linked"].max()
    assert f"People linked: {low} to {high}." in said and "rest on no link" in said
    near = rows.iloc[[0, 2]].reset_index(drop=True)
    assert "People linked: [hidden] to" in protect_sentence(links_sentence(near), Rule.preset("nhs"))
    assert "no other links can be tried" in links_sentence(rows.head(1))


def test_no_links_at_all_give_an_empty_table(data):
    made = under_links(data.tables, {}, data.extract_date, Tenancy(), Milestones())
    assert made.empty and "no other links" in links_sentence(made)
    assert shown.links_made(made.assign(false=None, missed=None), "a", "A.").frame.empty
