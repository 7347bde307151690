"""One person's years: who is drawn, what stands in each lane, and that no date of a real person goes along."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest

from pi_research import journeys
from pi_research.journeys.person import choose_person, person_history
from pi_research.journeys.timeline.outcomes import MONTH
from pi_research.sections import Milestones, Tenancy

END = pd.Timestamp("2022-12-31")
ROWS = {
    "people": [("A", "given"), ("B", "not_asked"), ("N", "refused")],
    "programme_events": [("A", "start", "2020-10-01"), ("B", "start", "2021-01-01"), ("N", "start", "2021-01-01")],
    "placements": [("A", "2015-01-01", "2018-05-01"), ("A", "2018-05-01", "2021-01-01"), ("B", "2018-05-01", None)],
    "tenancies": [("A", "2021-01-01", "2021-04-11", "relapse"), ("A", "2021-06-01", "2023-02-01", "eviction")],
    "links": [("A", "p")],
    "patients": [("p", None)],
    "extract": [("2020-01-01",)],
    "hospital_spells": [("s1", "2020-03-01", "p", "2020-02-10", "2020-02-20"),
                        ("s2", "2021-02-01", "p", "2021-01-11", "2021-02-10"),
                        ("s3", "2021-09-01", "p", "2021-09-03", "2021-09-03")],
    "contacts": [("p", "2019-12-01", "crisis", "attended"), ("p", "2020-01-01", "crisis", "attended"),
                 ("p", "2021-05-05", "crisis", "did_not_attend"), ("p", "2021-05-06", "community", "did_not_attend"),
                 ("p", "2021-05-07", "community", "attended"), ("p", "2023-01-01", "crisis", "attended")],
}


@pytest.fixture(scope="session")
def made(extract):
    """Tables with placement types and scores, and the journeys of them; rows may be replaced."""

    def make(**changed: list[tuple]):
        tables = extract(**{**ROWS, **changed})
        if "placements" in tables:
            tables["placements"] = tables["placements"].assign(placement_type="residential")
        scores = [("A", "2020-11-01", "recovery_star", "work", 2.0),
                  ("A", "2020-11-01", "recovery_star", "identity", 5.0),
                  ("A", "2021-11-01", "recovery_star", "work", 6.0), ("A", "2021-11-01", "barthel", "total", 90.0),
                  ("A", "2023-11-01", "recovery_star", "work", 9.0), ("B", "2021-11-01", "recovery_star", "work", 1.0)]
        frame = pd.DataFrame(scores, columns=["customer_id", "date", "tool", "domain", "score"])
        tables["assessments"] = frame.assign(date=pd.to_datetime(frame["date"]))
        return tables, journeys.build(tables, END, Tenancy(), Milestones())

    usual = cache(make)
    return lambda **changed: make(**changed) if changed else usual()


def history(made, person: str = "A", *, synthetic: bool = True, **changed: list[tuple]):
    tables, built = made(**changed)
    return person_history(tables, built.timeline, built.stages, person, synthetic=synthetic)


def lane(found, name: str) -> list[list]:
    """Days since day 0 and label or value of a lane's rows."""
    rows = found.events[found.events["lane"] == name]
    days = (rows[["start", "stop"]] * MONTH).round(6)
    return [[a, b if b == b else None, label or value] for (a, b), label, value in
            zip(days.values.tolist(), rows["label"], rows["value"], strict=True)]


def day(when: str) -> int:
    return (pd.Timestamp(when) - pd.Timestamp("2021-01-01")).days


def test_each_lane_holds_what_its_records_say_up_to_the_extract_date(made):
    found = history(made)
    assert lane(found, "stage") == [
        [day("2015-01-01"), day("2020-10-01"), "residential"], [day("2020-10-01"), 0, "preparation"],
        [0, day("2021-04-11"), "tenancy"], [day("2021-04-11"), day("2021-06-01"), "lost"],
        [day("2021-06-01"), day("2022-12-31"), "tenancy"]]
    assert lane(found, "placement") == [[day("2015-01-01"), day("2018-05-01"), "residential home"],
                                        [day("2018-05-01"), 0, "residential home"]]
    assert lane(found, "tenancy") == [[0, day("2021-04-11"), "ended: relapse"],
                                      [day("2021-06-01"), day("2022-12-31"), "still held"]]
    assert lane(found, "hospital") == [[day("2020-02-10"), day("2020-02-20"), 10], [10, 40, 30],
                                       [day("2021-09-03"), day("2021-09-03"), 0]], "a stay without a night is one"
    assert lane(found, "unknown")[0][:2] == [day("2015-01-01"), day("2019-12-31")], "the trust's record begins later"
    assert [a for a, *_ in lane(found, "crisis")] == [day("2020-01-01")], "attended, known, and not after the extract"
    assert [a for a, *_ in lane(found, "missed")] == [day("2021-05-05"), day("2021-05-06")]
    assert [(a, v) for a, _, v in lane(found, "star")] == [(day("2020-11-01"), 3.5), (day("2021-11-01"), 6.0)]
    assert (found.day0, found.calendar, found.died) == ("the move", pd.Timestamp("2021-01-01"), False)


def test_of_a_person_who_is_not_linked_hospital_is_unknown_throughout(made):
    found = history(made, "B")
    assert found.day0 == "the start of preparation"
    assert {k: lane(found, k) for k in ("hospital", "crisis", "missed", "tenancy")} == dict.fromkeys(
        ("hospital", "crisis", "missed", "tenancy"), [])
    [[since, until, _]] = lane(found, "unknown")
    assert since == lane(found, "stage")[0][0] and until == lane(found, "stage")[-1][1]


def test_a_history_ends_with_death_and_nothing_of_later_days_is_in_it(made):
    found = history(made, patients=[("p", "2021-03-01")])
    assert found.died and found.events[["start", "stop"]].max().max() * MONTH == pytest.approx(day("2021-03-01"))
    assert lane(found, "tenancy") == [[0, day("2021-03-01"), "still held"]] and not lane(found, "missed")


def test_a_placement_that_ended_before_the_history_begins_is_not_drawn(made):
    tables, _ = made()
    tables = tables | {"people": tables["people"].assign(residential_since=pd.Timestamp("2018-05-01"))}
    built = journeys.build(tables, END, Tenancy(), Milestones())
    found = person_history(tables, built.timeline, built.stages, "A", synthetic=True)
    assert lane(found, "placement") == [[day("2018-05-01"), 0, "residential home"]]


def test_optional_tables_may_be_missing(made, extract):
    tables, built = made()
    few = {name: tables[name] for name in ("people", "programme_events", "tenancies")}
    found = person_history(few, built.timeline, built.stages, "A", synthetic=True)
    assert set(found.events["lane"]) == {"stage", "tenancy", "hospital", "unknown"} and not found.contacts


def test_the_order_of_rows_does_not_matter(made):
    tables, built = made()
    mixed = {name: table.sample(frac=1, random_state=4) for name, table in tables.items()}
    one = person_history(tables, built.timeline, built.stages, "A", synthetic=True)
    other = person_history(mixed, built.timeline.sample(frac=1, random_state=4), built.stages, "A", synthetic=True)
    pd.testing.assert_frame_equal(one.events, other.events)


# dates

def test_of_a_real_person_no_date_and_no_name_goes_along(made):
    found = history(made, synthetic=False)
    assert found.calendar is None and not found.events.select_dtypes("datetime").shape[1]
    assert not found.events.astype(str).apply(lambda c: c.str.contains("20[12][0-9]-|^A$|^p$")).any().any()


def test_moving_every_date_changes_nothing_that_is_drawn(made):
    tables, built = made()
    later = pd.Timedelta(days=1461)
    shifted = {name: table.assign(**{c: table[c] + later for c in table.select_dtypes("datetime")})
               for name, table in tables.items()}
    moved = journeys.build(shifted, END + later, Tenancy(), Milestones())
    one = person_history(tables, built.timeline, built.stages, "A", synthetic=False)
    other = person_history(shifted, moved.timeline, moved.stages, "A", synthetic=False)
    pd.testing.assert_frame_equal(one.events, other.events)


# who is drawn

def test_on_a_real_extract_nobody_is_drawn_unless_named(made):
    tables, built = made()
    assert choose_person(tables, built.timeline, None, synthetic=False) is None
    assert choose_person(tables, built.timeline, "A", synthetic=False) == "A"
    assert person_history(tables, built.timeline, built.stages, None, synthetic=False) is None


def test_on_a_synthetic_one_it_is_the_person_with_the_most_different_states(made):
    tables, built = made()
    assert choose_person(tables, built.timeline, None, synthetic=True) == "A"
    assert choose_person(tables, built.timeline.sample(frac=1, random_state=1), None, synthetic=True) == "A"
    assert choose_person(tables, built.timeline.iloc[:0], None, synthetic=True) is None
    assert choose_person(tables, built.timeline, "B", synthetic=True) == "B", "named goes before the rule"


def test_a_real_person_without_consent_is_refused_without_their_name(made):
    tables, built = made()
    with pytest.raises(ValueError, match="journey.person: a real person is drawn with consent only") as fault:
        choose_person(tables, built.timeline, "B", synthetic=False)
    assert "B" not in str(fault.value).replace("journey.person", "")


@pytest.mark.parametrize("name", ["N", "X-4711"])
def test_whoever_may_not_be_used_or_is_not_there_is_refused_without_their_name(made, name):
    tables, built = made()
    with pytest.raises(ValueError, match="journey.person: not among the people whose records may be used") as fault:
        choose_person(tables, built.timeline, name, synthetic=True)
    assert "4711" not in str(fault.value) and "N" not in str(fault.value)


def test_nights_and_contacts_are_those_of_the_engine(simulated):
    end = simulated["extract"]["extract_date"].iloc[0]
    built = journeys.build(simulated, end, Tenancy(), Milestones())
    sums = built.person_time.groupby("customer_id")[["bed_days", "crisis_contacts", "missed_appointments"]].sum()
    for who in sums.index[::9]:
        found = person_history(simulated, built.timeline, built.stages, who, synthetic=True)
        lanes = found.events.groupby("lane")
        drawn = [lanes["value"].sum().get("hospital", 0), *(lanes.size().get(k, 0) for k in ("crisis", "missed"))]
        assert drawn == sums.loc[who].tolist()
