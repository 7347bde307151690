"""No day and no event is lost or counted twice between any two tables of ``journeys.build``."""

from __future__ import annotations

import pandas as pd
import pytest

from pi_research import journeys
from pi_research.sections import Milestones, Tenancy

SINCE = ("0-6 months", "6-12 months", "12-24 months", "later")
KINDS = {"crisis_contacts": ("attended", "crisis"), "missed_appointments": ("did_not_attend", None)}


CASES = [("base", 20191101, 113), ("null", 7, 113), ("harm", 8, 113), ("anything", 9, 60), ("anything", 10, 60)]


@pytest.fixture(scope="module", params=CASES, ids=[f"{case[0]} {case[1]}" for case in CASES])
def built(request, drawn) -> tuple[dict[str, pd.DataFrame], journeys.Journeys, pd.Timestamp]:
    from pi_research.extract.simulate import simulate

    scenario, seed, people = request.param
    tables = drawn(seed, people)[0] if scenario == "anything" else simulate(scenario, seed=seed, people=people).tables
    day = tables["extract"]["extract_date"].iloc[0]
    return tables, journeys.build(tables, day, Tenancy(), Milestones()), day


def days(frame: pd.DataFrame) -> pd.Series:
    """Length of rows in days, summed by person."""
    length = frame["stop"] - frame["start"]
    length = length.dt.days if pd.api.types.is_timedelta64_dtype(length) else length
    return length.groupby(frame["customer_id"]).sum()


def same(one: pd.Series, other: pd.Series) -> bool:
    """Equal by person; who is in one alone has nothing there."""
    one, other = one[one != 0].astype(float), other[other != 0].astype(float)
    return one.sort_index().equals(other.sort_index().rename_axis(one.index.name))


def test_before_during_and_after_are_the_time_under_observation_of_every_person(built):
    _, made, _ = built
    line, spent = made.timeline, made.person_time
    ends = line.groupby("customer_id").agg(start=("start", "min"), stop=("stop", "max"))
    whole = (ends["stop"] - ends["start"]).dt.days
    assert same(days(line), whole) and same(days(spent), whole)
    assert same(spent.groupby("customer_id")["days"].sum(), whole)
    before = line.groupby("customer_id")["stop"].shift()
    assert (before.isna() | (before == line["start"])).all() and (line["stop"] > line["start"]).all()
    known = line[line["hospital_known"]]
    assert same(days(known), spent.groupby("customer_id")["known_days"].sum())
    assert same(days(known[known["in_hospital"].astype(bool)]), spent.groupby("customer_id")["bed_days"].sum())
    assert ((spent["at_risk_days"] + spent["bed_days"].fillna(0)) == spent["known_days"]).all()


def test_time_at_risk_since_the_move_is_the_same_in_every_table_that_has_it(built):
    _, made, _ = built
    spent = made.person_time[made.person_time["period"].isin(SINCE)].groupby("customer_id")
    rows, gaps, first = made.admission_episodes, made.recurrent_admissions, made.first_admission
    assert same(days(rows), spent["at_risk_days"].sum())
    assert same(gaps.groupby("customer_id")["gap"].sum(), spent["at_risk_days"].sum())
    assert (gaps["gap"] == gaps["stop"] - gaps["start"]).all()
    one = gaps[gaps["number"] == 1].set_index("customer_id")
    assert first["customer_id"].tolist() == sorted(one.index)
    assert first[["entry", "exit"]].to_numpy().tolist() == one[["start", "stop"]].to_numpy().tolist()


def test_every_admission_is_in_each_table_once(built):
    _, made, _ = built
    line, spent = made.timeline, made.person_time
    admitted = line[line["admitted"] == 1]
    every = admitted.groupby("customer_id").size()
    assert same(every, spent.groupby("customer_id")["admissions"].sum())
    since = spent[spent["period"].isin(SINCE)].groupby("customer_id")["admissions"].sum()
    for table in (made.admission_episodes, made.recurrent_admissions):
        assert same(table.groupby("customer_id")["event"].sum(), since)
    ended = made.first_admission.set_index("customer_id")["cause"]
    assert set(ended.index[ended == "admission"]) == set(since.index[since > 0])
    months = made.monthly.dropna(subset=["admissions"])
    on = on_programme(made, admitted, "stop", months["month"].min())
    assert months["admissions"].sum() == len(on)


def on_programme(made: journeys.Journeys, rows: pd.DataFrame, day: str, since: pd.Timestamp) -> pd.DataFrame:
    """Rows of a day on the programme: from the start, else the move, up to a withdrawal or death."""
    people = made.stages.set_index("customer_id")
    begun = rows["customer_id"].map(people["start"].fillna(people["move"]))
    left = rows["customer_id"].map(people[["withdrew", "died"]].min(axis=1))
    return rows[(rows[day] >= begun) & (rows[day] >= since) & ~(rows[day] >= left)]


@pytest.mark.parametrize("column", KINDS)
def test_every_contact_is_in_each_table_once(built, column):
    tables, made, day = built
    attendance, team = KINDS[column]
    seen = tables["contacts"].merge(tables["links"], on="patient_id")
    seen = seen[(seen["attendance"] == attendance) & (seen["date"] <= day)]
    seen = seen[seen["team"] == team] if team else seen
    known = made.timeline[made.timeline["hospital_known"]].groupby("customer_id")
    inside = seen["date"] > seen["customer_id"].map(known["start"].min())
    inside &= seen["date"] <= seen["customer_id"].map(known["stop"].max())
    each = seen[inside].groupby("customer_id").size()
    assert same(each, made.person_time.groupby("customer_id")[column].sum())
    months = made.monthly.dropna(subset=[column])
    counted = seen[seen["customer_id"].isin(made.stages["customer_id"])]
    assert months[column].sum() == len(on_programme(made, counted, "date", months["month"].min()))


def test_moves_losses_deaths_and_milestones_are_the_same_people_in_every_table(built):
    _, made, day = built
    people, held, months = made.stages, made.tenancies, made.monthly
    assert held["customer_id"].tolist() == people.loc[people["moved"], "customer_id"].tolist()
    assert held["move"].tolist() == people.loc[people["moved"], "move"].tolist()
    assert months["moves"].sum() == len(held) and months["starts"].sum() == people["start"].notna().sum()
    assert months["losses"].sum() == (held["ended"] & (held["cause"] != "death")).sum()
    assert months["deaths"].sum() == (people["died"].notna() & (people["start"].notna() | people["moved"])).sum()
    last = made.timeline.groupby("customer_id").tail(1).set_index("customer_id")
    died = people.set_index("customer_id")["died"].dropna()
    assert set(last.index[last["next_state"] == "died"]) == set(died.index) & set(last.index)
    assert last.loc[last["next_state"] != "died", "stop"].eq(day).all()
    assert len(made.milestones) == 4 * len(held)
    housed = made.timeline[made.timeline["stage"] == "tenancy"]
    assert set(housed["customer_id"]) <= set(held["customer_id"])
    assert (housed["start"] >= housed["customer_id"].map(held.set_index("customer_id")["move"])).all()


def test_shuffling_the_rows_of_every_table_changes_nothing(built):
    tables, made, day = built
    shuffled = {name: t.sample(frac=1, random_state=1) for name, t in tables.items()}
    again = journeys.build(shuffled, day, Tenancy(), Milestones())
    for name, table in vars(made).items():
        pd.testing.assert_frame_equal(getattr(again, name), table)
