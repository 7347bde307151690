"""People who moved: what was known on the day, what went wrong since, and where they were."""

from __future__ import annotations

import pandas as pd
import pytest

from pi_research import journeys
from pi_research.extract.simulate import simulate
from pi_research.sections import Milestones, Programme, Tenancy


@pytest.fixture(scope="module")
def extract():
    tables = simulate("harm", seed=7, people=40).tables
    day = tables["extract"]["extract_date"].iloc[0]
    return tables, journeys.build(tables, day, Tenancy(), Milestones()), day


@pytest.fixture(scope="module")
def held(extract):
    tables, made, day = extract
    return journeys.movers(tables, made, day, Programme())


def test_every_mover_has_one_row_and_the_outcome_of_the_tenancies_table(extract, held):
    same = list(extract[1].tenancies.columns)
    pd.testing.assert_frame_equal(held[same], extract[1].tenancies.reset_index(drop=True))


def test_nobody_is_followed_for_longer_than_there_is_extract(held):
    assert (held["months"] <= held["available"] + 1e-9).all()


def test_the_contrasts_are_known_on_the_day_of_the_move(extract, held):
    tables, made, _ = extract
    people = tables["people"].set_index("customer_id").loc[held["customer_id"]].reset_index()
    assert held["forensic_history"].tolist() == people["forensic_history"].tolist()
    start = made.stages.set_index("customer_id")["start"].loc[held["customer_id"]].reset_index(drop=True)
    short = held["move"] < start + pd.DateOffset(months=3)
    known = held["short_preparation"].notna()
    assert (held.loc[known, "short_preparation"] == short[known]).all()
    assert (known == (start.notna() & (start < held["move"]))).all()


def test_five_years_in_care_are_counted_up_to_the_move_and_unknown_where_not_recorded(extract, held):
    tables = extract[0]
    since = tables["people"].set_index("customer_id")["residential_since"].loc[held["customer_id"]].to_numpy()
    years = (held["move"] - since).dt.days / 365.25
    assert (held["long_in_care"].isna() == years.isna()).all()
    assert (held["long_in_care"].dropna() == (years.dropna() >= 5)).all()


def test_the_words_of_a_contrast_follow_the_programme():
    words = journeys.contrast_words(Programme(long_care_years=8, short_preparation_months=2))
    assert words["long_in_care"][1] == "8 years or more in residential care"
    assert set(words) == set(journeys.CONTRASTS)


def by_hand(extract):
    """The harms counted person by person from the raw tables."""
    tables, made, day = extract
    found = {"back": set(), "away": set(), "ill": set(), "away_ill": set()}
    link = tables["links"].dropna(subset=["patient_id"]).set_index("patient_id")["customer_id"]
    move = made.tenancies.set_index("customer_id")["move"]
    for row in tables["placements"].itertuples():
        if row.customer_id in move.index and move[row.customer_id] < row.start_date <= day:
            found["back"].add(row.customer_id)
            if pd.notna(row.out_of_area) and row.out_of_area:
                found["away"].add(row.customer_id)
    for row in tables["hospital_spells"].itertuples():
        who = link.get(row.patient_id)
        if who in move.index and move[who] < row.admission_date <= day:
            found["ill"].add(who)
            if pd.notna(row.out_of_area) and row.out_of_area:
                found["away_ill"].add(who)
    return {name: len(people) for name, people in found.items()}


def test_harms_are_those_counted_person_by_person(extract):
    tables, made, day = extract
    table = journeys.harms(tables, made, day).set_index("label")["n"]
    hand = by_hand(extract)
    assert table["Back in residential or nursing care"] == hand["back"]
    assert table["Placed out of area, in care"] == hand["away"]
    assert table["Placed out of area, in hospital"] == hand["away_ill"]
    assert table["Admitted to a mental health hospital"] == hand["ill"]


def test_a_person_to_whom_several_things_happened_counts_once_among_those_harmed(extract):
    tables, made, day = extract
    table = journeys.harms(tables, made, day).set_index("label")["n"]
    each = table[["Died, at any time since the move", "Lost the tenancy in a relapse",
                  "Back in residential or nursing care"]]
    returned = (made.tenancies["cause"] == "return_to_residential").sum()
    assert each.max() <= table.iloc[0] <= each.sum() + returned


def test_harm_is_said_with_how_many_could_be_found_in_the_trusts_record(extract):
    tables, made, day = extract
    table = journeys.harms(tables, made, day)
    said = journeys.harm_words(table)
    linked = table.set_index("label").loc["Admitted to a mental health hospital", "of"]
    assert f"of {len(made.tenancies)} people who moved" in said and f"Of the {linked} found" in said


def test_without_the_trusts_tables_harm_is_still_counted_and_hospital_not_claimed(extract):
    tables, _, day = extract
    own = {k: v for k, v in tables.items() if k not in ("links", "patients", "hospital_spells", "leave", "contacts")}
    made = journeys.build(own, day, Tenancy(), Milestones())
    table = journeys.harms(own, made, day).set_index("label")
    assert table.loc["Admitted to a mental health hospital", "of"] == 0
    assert "Placed out of area, in hospital" not in table.index
    assert "admissions are not known" in journeys.harm_words(table.reset_index())
    assert journeys.states_since_move(made)["admitted"].isna().all()


def test_states_since_the_move_follow_one_another_and_add_up_to_the_time_known(extract):
    made = extract[1]
    rows = journeys.states_since_move(made)
    for _, own in rows.sort_values("start").groupby("customer_id"):
        assert own["start"].iloc[0] == 0
        assert own["start"].iloc[1:].to_numpy() == pytest.approx(own["stop"].iloc[:-1].to_numpy())
    assert set(rows.loc[rows["died"] == 1, "next_state"]) <= {"died"}


def test_no_admission_since_the_move_is_lost_between_the_states_and_the_admission_table(extract):
    made = extract[1]
    rows = journeys.states_since_move(made)
    assert rows["admitted"].sum() == made.admission_episodes["event"].sum()


def test_everyone_who_started_stands_once_with_whether_they_moved(extract):
    tables, made, _ = extract
    everyone = journeys.everyone_at_start(tables, made)
    assert len(everyone) == made.stages["start"].notna().sum()
    assert everyone["moved"].sum() == (made.stages["start"].notna() & made.stages["moved"]).sum()
