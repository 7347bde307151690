"""Each rule of the timeline by hand: people who show one rule each, in one extract that is built once."""

from __future__ import annotations

import pandas as pd
import pytest

from pi_research import journeys
from pi_research.journeys import timeline
from pi_research.sections import Milestones, Tenancy

START = "2021-01-10"
HOME = [("2021-06-01", None, None)]
STAY = [("2021-08-05", "2021-08-08")]
PEOPLE = {
    # the plain case: prepared, moved, admitted once, discharged
    "plain": dict(tenancies=HOME, spells=STAY, contacts=[
        ("2021-06-01", "crisis"), ("2021-06-02", "crisis"), ("2021-08-05", "crisis"), ("2021-12-01", "planned"),
        ("2021-12-02", "missed"), ("2021-12-03", "other")]),
    # leave, nights, the move and the extract date
    "leave": dict(tenancies=HOME, spells=[("2022-01-01", "2022-01-31")], leave=[
        (0, "2022-01-10", "2022-01-12"), (0, "2022-01-11", "2022-01-14"), (0, "2022-01-28", "2022-02-05")]),
    "leave_open": dict(spells=[("2024-03-01", None)], leave=[(0, "2024-03-21", None)]),
    "day_case": dict(tenancies=HOME, spells=[("2021-09-01", "2021-09-01")]),
    "overnight": dict(tenancies=HOME, spells=[("2021-09-01", "2021-09-02")]),
    "spans_move": dict(tenancies=HOME, spells=[("2021-05-22", "2021-06-11")]),
    "still_in": dict(tenancies=HOME, spells=[("2024-03-21", None)]),
    "discharge_later": dict(spells=[("2024-03-21", "2024-04-20"), ("2024-04-21", "2024-04-22")]),
    # spells that are one stay, or two
    "same_day": dict(spells=[("2021-05-01", "2021-05-10"), ("2021-05-10", "2021-05-20")]),
    "next_day_elsewhere": dict(spells=[("2021-05-01", "2021-05-10", "A"), ("2021-05-11", "2021-05-20", "B")]),
    "next_day_transfer": dict(spells=[
        ("2021-05-01", "2021-05-10"), ("2021-05-11", "2021-05-20", "A", None, None, "transfer")]),
    "next_day_here": dict(spells=[("2021-05-01", "2021-05-10"), ("2021-05-11", "2021-05-20")]),
    "two_days_later": dict(spells=[("2021-05-01", "2021-05-10", "A"), ("2021-05-12", "2021-05-20", "B")]),
    "two_sites": dict(spells=[
        ("2021-05-01", "2021-05-20", "A"), ("2021-05-05", "2021-05-25", "B"), ("2021-05-06", "2021-05-07", "C")]),
    "versions": dict(spells=[
        ("2021-05-01", None, "A", "2021-05-01", 0), ("2021-05-01", "2021-06-10", "A", "2021-07-01", 0),
        ("2021-05-01", "2021-06-20", "A", "2021-06-01", 0)]),
    "reopened": dict(spells=[
        ("2024-03-01", "2024-03-05", "A", "2024-03-01", 0), ("2024-03-01", None, "A", "2024-04-01", 0)]),
    "backward": dict(spells=[("2021-06-05", "2021-05-06")]),
    # the trust's record, links, consent
    "before_record": dict(
        spells=[("2019-12-01", "2020-01-11"), ("2019-06-01", "2019-06-10"), ("2020-02-01", "2020-02-03")],
        contacts=[("2019-12-31", "crisis"), ("2020-01-01", "crisis")]),
    "first_day": dict(spells=[("2020-01-01", "2020-01-04")]),
    "unlinked": dict(linked=False, tenancies=HOME, spells=STAY, contacts=[("2021-07-01", "crisis")]),
    "refused": dict(consent="refused", tenancies=HOME),
    "consent_withdrawn": dict(consent="withdrawn", spells=STAY),
    "not_asked": dict(consent="not_asked"),
    # deaths
    "dies_thrice": dict(
        died="2022-05-01", tenancies=[("2021-06-01", "2022-05-03", "death"), ("2021-09-01", "2022-05-10", "death")],
        spells=[("2022-04-20", "2022-05-02"), ("2022-06-01", "2022-06-02")],
        contacts=[("2022-05-01", "crisis"), ("2022-05-02", "crisis")]),
    "dies_at_home": dict(tenancies=[("2021-06-01", "2022-05-03", "death")], linked=False),
    "dies_preparing": dict(died="2021-03-01"),
    # the programme and tenancies
    "early_move": dict(start="2021-09-01", tenancies=HOME),
    "no_start": dict(start=None, expression_of_interest=START, tenancies=HOME),
    "back_to_back": dict(tenancies=[("2021-06-01", "2022-01-01", "planned_move_on"), ("2022-01-01", None, None)]),
    "lost": dict(tenancies=[("2021-06-01", "2022-01-01", "relapse"), ("2022-03-01", "2022-08-01", "planned_move_on")]),
    "overlapping": dict(tenancies=[
        ("2021-06-01", "2022-06-01", "own_choice"), ("2022-05-01", "2023-05-01", "eviction")]),
    "no_night": dict(tenancies=[("2021-06-01", "2021-06-01", "own_choice")]),
    "leaves": dict(withdrawal="2021-03-01"),
    "leaves_and_moves": dict(withdrawal="2021-03-01", tenancies=HOME),
    "leaves_housed": dict(withdrawal="2021-09-01", tenancies=HOME),
    "same_day_steps": dict(withdrawal="2021-06-01", tenancies=HOME),
    "earlier": dict(since="2020-07-01"),
    "placed": dict(since=None, placements=["2020-07-01"]),
    "nowhere": dict(since=None),
    "later": dict(since=None, start="2024-04-01", tenancies=[("2024-05-01", None, None)]),
    "leap": dict(start="2023-01-10", tenancies=[("2023-08-31", None, None)]),
}


@pytest.fixture(scope="module")
def made(village) -> journeys.Journeys:
    extract = village()
    for name, what in PEOPLE.items():
        what = {"start": START, **what}
        extract.person(name, **{step: day for step, day in what.items() if step != "start" or day})
    extract.rows["patients"].append(("P-nobody", None))
    extract.rows["contacts"].append(("P-nobody", "2021-07-01", "crisis", False, "attended"))
    return journeys.build(extract.tables, village.last_day, Tenancy(), Milestones())


@pytest.fixture(scope="module")
def line(made):
    """Rows of one person: start, stop and state, then any other columns asked for."""

    def rows(who: str, *columns: str, since: str = START) -> list[tuple]:
        frame = made.timeline.query("customer_id == @who and stop > @since")
        frame = frame.assign(**{c: frame[c].dt.strftime("%Y-%m-%d") for c in ("start", "stop")})
        wanted = frame[["start", "stop", "state", *columns]].astype(object)
        return list(wanted.where(wanted.notna(), None).itertuples(index=False, name=None))

    return rows


@pytest.fixture(scope="module")
def spent(made):
    """One column of a person's person-time: by period, or in one."""

    def by_period(who: str, column: str, period: str | None = None) -> object:
        frame = made.person_time.query("customer_id == @who")
        found = dict(zip(frame["period"], frame[column], strict=True))
        return found[period] if period else found

    return by_period


# days, states and periods

def test_states_follow_one_another_and_a_day_belongs_to_what_it_was_as_it_began(line):
    assert line("plain", "next_state", "admitted") == [
        ("2021-01-10", "2021-06-01", "preparation", "tenancy", 0),
        ("2021-06-01", "2021-08-05", "tenancy", "hospital", 1),
        ("2021-08-05", "2021-08-08", "hospital", "tenancy", 0),
        ("2021-08-08", "2021-12-01", "tenancy", "tenancy", 0), ("2021-12-01", "2022-06-01", "tenancy", "tenancy", 0),
        ("2022-06-01", "2023-06-01", "tenancy", "tenancy", 0), ("2023-06-01", "2024-03-31", "tenancy", "", 0),
    ]


def test_a_contact_on_the_day_of_a_cut_belongs_to_the_period_that_it_ends(spent):
    seen = {"before": 0, "preparation": 1, "0-6 months": 2, "6-12 months": 0, "12-24 months": 0, "later": 0}
    assert spent("plain", "crisis_contacts") == seen
    assert spent("plain", "planned_contacts", "0-6 months") == 1
    assert spent("plain", "planned_contacts", "6-12 months") == 0
    assert spent("plain", "missed_appointments", "6-12 months") == 1


def test_days_nights_and_days_at_risk_of_a_period(spent):
    for column, expected in (("days", 183), ("bed_days", 3), ("at_risk_days", 180), ("admissions", 1)):
        assert spent("plain", column, "0-6 months") == expected


def test_months_since_the_move_are_calendar_months(spent):
    days = (pd.Timestamp("2024-02-29") - pd.Timestamp("2023-08-31")).days
    assert spent("leap", "days", "0-6 months") == days


def test_nothing_dated_after_the_extract_date_has_happened(spent, line):
    assert spent("discharge_later", "bed_days", "preparation") == 10
    assert spent("discharge_later", "admissions", "preparation") == 1
    later = line("later", since="2000-01-01")
    assert later[-1][1] == "2024-03-31" and {row[2] for row in later} == {"residential"}


# hospital

def test_leave_is_counted_once_inside_the_stay_and_is_not_time_at_risk(spent, line):
    assert spent("leave", "bed_days", "6-12 months") == 30
    assert spent("leave", "occupied_days", "6-12 months") == 30 - 4 - 3, "10 to 14 once, 28 to the discharge"
    assert spent("leave", "at_risk_days", "6-12 months") == 182 - 30
    away = [row[:2] for row in line("leave", "on_leave") if row[3] is True]
    assert away == [("2022-01-10", "2022-01-14"), ("2022-01-28", "2022-01-31")]


def test_leave_that_lasts_goes_to_the_end_of_what_is_known(spent):
    assert spent("leave_open", "bed_days", "preparation") == 30
    assert spent("leave_open", "occupied_days", "preparation") == 20


def test_a_stay_without_a_night_is_an_admission_and_no_time_in_hospital(spent, line, made):
    assert spent("day_case", "admissions", "0-6 months") == 1 and spent("day_case", "bed_days", "0-6 months") == 0
    assert ("2021-06-01", "2021-09-01", "tenancy", 1) in line("day_case", "admitted")
    gaps = made.recurrent_admissions.query("customer_id == 'day_case'")
    assert gaps[["start", "stop", "event"]].values.tolist() == [[0, 92, 1], [92, 1034, 0]]


def test_one_night_is_one_night(spent):
    assert spent("overnight", "bed_days", "0-6 months") == 1
    assert spent("overnight", "at_risk_days", "0-6 months") == 182


def test_a_stay_that_spans_the_move_has_its_nights_on_both_sides_and_its_admission_on_one(spent, made):
    for period, admissions in (("preparation", 1), ("0-6 months", 0)):
        assert spent("spans_move", "bed_days", period) == 10
        assert spent("spans_move", "admissions", period) == admissions
    first = made.first_admission.query("customer_id == 'spans_move'").iloc[0]
    assert first["entry"] == 10 and first["cause"] == "", "at risk from the discharge on"


@pytest.mark.parametrize(("who", "admissions", "nights"), [
    ("same_day", 1, 19), ("next_day_elsewhere", 1, 19), ("next_day_transfer", 1, 19), ("next_day_here", 2, 18),
    ("two_days_later", 2, 17), ("two_sites", 1, 24),
])
def test_spells_that_are_one_stay_are_one_admission_with_its_nights_once(spent, who, admissions, nights):
    assert spent(who, "admissions", "preparation") == admissions
    assert spent(who, "bed_days", "preparation") == nights


def test_of_the_monthly_versions_of_a_spell_the_latest_counts(spent):
    assert spent("versions", "admissions", "preparation") == 1 and spent("versions", "bed_days", "preparation") == 40
    assert spent("reopened", "bed_days", "preparation") == 30, "without a discharge, to the extract date"


def test_a_spell_that_ends_before_it_begins_as_when_day_and_month_are_swapped_is_not_used(spent):
    assert spent("backward", "admissions", "preparation") == 0 and spent("backward", "bed_days", "preparation") == 0


def test_a_stay_open_at_the_extract_date_counts_its_nights_up_to_it(spent, line, made):
    assert spent("still_in", "bed_days", "later") == 10
    assert line("still_in", "next_state")[-1] == ("2024-03-21", "2024-03-31", "hospital", "")
    assert made.tenancies.query("customer_id == 'still_in'")["ended"].tolist() == [False]


def test_before_the_trusts_record_hospital_is_unknown_and_its_first_day_is_known(spent, line):
    rows = line("before_record", "in_hospital", "hospital_known", since="2017-01-01")
    assert rows[0] == ("2018-01-01", "2019-12-31", "residential", None, False)
    assert rows[1][:4] == ("2019-12-31", "2020-01-11", "hospital", True)
    days = (pd.Timestamp(START) - pd.Timestamp("2019-12-31")).days
    for column, expected in (("bed_days", 11 + 2), ("admissions", 1), ("crisis_contacts", 1), ("known_days", days)):
        assert spent("before_record", column, "before") == expected
    assert spent("first_day", "admissions", "before") == 1 and spent("first_day", "bed_days", "before") == 3


def test_without_a_link_hospital_use_is_unknown_and_not_none(line, spent, made):
    assert all(row[3] is None and row[4] is False for row in line("unlinked", "in_hospital", "hospital_known"))
    assert set(spent("unlinked", "known_days").values()) == {0}
    assert all(pd.isna(v) for v in spent("unlinked", "crisis_contacts").values())
    assert "unlinked" not in set(made.admission_episodes["customer_id"])
    assert "unlinked" in set(made.tenancies["customer_id"])


def test_episodes_for_cox_hold_time_at_risk_alone(made):
    rows = made.admission_episodes.query("customer_id == 'plain'")
    assert rows[["start", "stop", "event", "number"]].values.tolist() == [
        [0, 65, 1, 1], [68, 183, 0, 2], [183, 365, 0, 2], [365, 730, 0, 2], [730, 1034, 0, 2]]
    gaps = made.recurrent_admissions.query("customer_id == 'plain'")[["number", "start", "stop", "gap", "event"]]
    assert gaps.values.tolist() == [[1, 0, 65, 65, 1], [2, 68, 1034, 966, 0]]


# deaths

def test_of_several_days_of_death_the_earliest_rules_and_nothing_follows_it(spent, line, made):
    assert line("dies_thrice", "next_state")[-1] == ("2022-04-20", "2022-05-01", "hospital", "died")
    assert spent("dies_thrice", "bed_days", "6-12 months") == 11
    assert spent("dies_thrice", "crisis_contacts", "6-12 months") == 1
    end = made.tenancies.query("customer_id == 'dies_thrice'").iloc[0]
    assert (end["stop"], end["cause"], end["died"]) == (pd.Timestamp("2022-05-01"), "death", True)


def test_a_death_known_to_the_landlord_alone_ends_the_history_too(line):
    assert line("dies_at_home", "next_state")[-1][1:] == ("2022-05-03", "tenancy", "died")
    assert line("dies_preparing", "next_state") == [("2021-01-10", "2021-03-01", "preparation", "died")]


def test_of_several_rows_of_a_patient_the_earliest_death_rules(village):
    extract = village()
    extract.person("A", start=START, died="2022-05-03")
    extract.rows["patients"] += [("P-A", "2022-05-01"), ("P-A", None)]
    made = journeys.build(extract.tables, village.last_day, Tenancy(), Milestones())
    assert made.timeline["stop"].max() == pd.Timestamp("2022-05-01") and len(made.stages) == 1


# the programme and tenancies

def test_a_move_before_the_start_leaves_no_time_in_preparation(line, spent, made):
    assert {row[2] for row in line("early_move")} == {"residential", "tenancy"}
    assert "preparation" not in spent("early_move", "days")
    early = made.stages.query("customer_id == 'early_move'")
    assert early["months_preparing"].iloc[0] < 0 and journeys.lead_in(early).empty
    assert "preparation" not in spent("no_start", "days") and spent("no_start", "days", "0-6 months") == 183
    inside = made.timeline.query("customer_id == 'no_start' and in_programme")["start"].min()
    assert inside == pd.Timestamp("2021-06-01"), "without a start, on the programme from the move"


def test_a_tenancy_that_begins_on_the_day_another_ends_goes_on_under_another_name(line, made):
    homes = [(row[2], row[3]) for row in line("back_to_back", "tenancy_id") if row[1] > "2021-06-01"]
    assert homes == [("tenancy", "T-back_to_back-0")] * 2 + [("tenancy", "T-back_to_back-1")] * 3
    assert made.tenancies.query("customer_id == 'back_to_back'")["ended"].tolist() == [False]


def test_a_lost_tenancy_a_second_one_and_a_move_on(line):
    states = [(row[0], row[2]) for row in line("lost")]
    assert {("2022-01-01", "lost"), ("2022-03-01", "tenancy"), ("2022-08-01", "moved_on")} < set(states)


def test_tenancies_that_overlap_are_one_time_in_tenancy(line, made):
    rows = line("overlapping", "tenancy_number")
    assert {row[2] for row in rows if "2021-06-01" <= row[0] < "2023-05-01"} == {"tenancy"}
    assert ("2023-05-01", "2023-06-01", "lost") in [row[:3] for row in rows]
    assert min(row[0] for row in rows if row[3] == 2) == "2022-05-01"
    end = made.tenancies.query("customer_id == 'overlapping'").iloc[0]
    assert (end["stop"], end["cause"]) == (pd.Timestamp("2023-05-01"), "eviction")


def test_a_tenancy_that_ends_on_its_first_day_is_a_move_and_no_day_in_tenancy(line, made):
    assert "tenancy" not in {row[2] for row in line("no_night")} and line("no_night")[1][2:] == ("lost",)
    assert made.tenancies.query("customer_id == 'no_night'")["days"].tolist() == [1]


def test_people_who_refused_or_withdrew_consent_are_nowhere(made):
    for name, table in vars(made).items():
        if "customer_id" in table:
            assert not {"refused", "consent_withdrawn"} & set(table["customer_id"]), name
    assert "not_asked" in set(made.timeline["customer_id"])


def test_a_withdrawal_before_the_move_leaves_and_after_it_only_the_programme(line, spent):
    assert [row[1:3] for row in line("leaves")] == [("2021-03-01", "preparation"), ("2024-03-31", "left_programme")]
    assert list(spent("leaves_and_moves", "days"))[:4] == ["before", "preparation", "left", "0-6 months"]
    housed = [row[2:] for row in line("leaves_housed", "in_programme") if row[0] >= "2021-06-01"]
    assert housed[0] == ("tenancy", True) and all(row == ("tenancy", False) for row in housed[1:])


def test_of_steps_on_one_day_the_later_in_the_order_of_stages_counts(line):
    assert [row[2] for row in line("same_day_steps")][:2] == ["preparation", "tenancy"]


def test_where_the_stay_in_care_begins_is_taken_from_the_tracker_else_the_placements(line):
    for who in ("earlier", "placed"):
        assert [row[:3] for row in line(who, since="2019-01-01")][:2] == [
            ("2019-12-31", "2020-07-01", "earlier"), ("2020-07-01", "2021-01-10", "residential")]
    assert line("nowhere", since="2019-01-01")[0] == ("2019-12-31", "2021-01-10", "residential")


# counts

def test_the_accounts_count_what_each_rule_did(made):
    assert dict(zip(made.accounts["rule"], made.accounts["rows"], strict=True)) == {
        "without_consent": 2, "not_linked": 2, "trust_only": 1 + 2, "truncated": len(PEOPLE) - 8, "no_history": 0,
        "move_before_start": 1, "move_after_withdrawal": 2, "deaths_differ": 1, "tenancies_overlap": 2,
        "tenancies_touch": 1, "tenancy_no_night": 1, "tenancy_past_death": 2, "spell_versions": 2,
        "spell_backward": 1, "spells_overlap": 1, "transfers": 3, "stay_no_night": 1, "stay_open": 4,
        "stay_before_record": 1, "stay_after_death": 1, "contact_outside": 2,
    }


def test_a_month_counts_what_bears_its_dates(village):
    extract = village()
    extract.person(
        "A", start="2024-01-31", tenancies=[("2024-03-01", None, None)], spells=[("2024-02-28", "2024-03-03")],
        leave=[(0, "2024-03-01", "2024-03-02")],
        contacts=[("2024-03-01", "crisis"), ("2024-01-30", "crisis"), ("2024-02-01", "planned")])
    extract.person(
        "B", start="2024-02-10", withdrawal="2024-03-10", contacts=[("2024-03-10", "missed"), ("2024-03-09", "missed")],
        spells=[("2024-02-10", "2024-02-11"), ("2024-03-10", "2024-03-12")])
    months = journeys.build(extract.tables, village.last_day, Tenancy(), Milestones()).monthly
    assert months["month"].dt.month.tolist() == [1, 2, 3]
    assert months["occupied_beds"].tolist() == pytest.approx([0, 3 / 29, 1 / 31])
    for column, expected in {
        "starts": [1, 1, 0], "moves": [0, 0, 1], "person_days": [1, 29 + 20, 31 + 9], "caseload": [1, 2, 1],
        "bed_days": [0, 3, 2], "occupied_bed_days": [0, 3, 1], "admissions": [0, 2, 0], "crisis_contacts": [0, 0, 1],
        "planned_contacts": [0, 1, 0], "missed_appointments": [0, 0, 1], "in_tenancy": [0, 0, 1],
    }.items():
        assert months[column].tolist() == expected, column


def test_without_the_trusts_tables_everything_about_hospital_is_missing(village):
    extract = village()
    extract.person("A", start=START, tenancies=HOME)
    tables = {name: t for name, t in extract.tables.items() if name in ("people", "programme_events", "tenancies")}
    made = journeys.build(tables, village.last_day, Tenancy(), Milestones())
    assert made.timeline["in_hospital"].isna().all() and made.person_time["admissions"].isna().all()
    assert made.monthly["bed_days"].isna().all() and made.monthly["person_days"].notna().all()
    assert made.admission_episodes.empty and len(made.tenancies) == 1


# what is refused

@pytest.mark.parametrize(("table", "change", "said"), [
    ("people", lambda t: pd.concat([t, t]), "people: 1 rows repeat a customer_id"),
    ("links", lambda t: pd.concat([t, t.assign(patient_id="Q")]), "links: 1 rows repeat a customer_id"),
    ("links", lambda t: pd.concat([t, t.assign(customer_id="B")]), "links: 1 rows repeat a patient_id"),
    ("tenancies", lambda t: t.drop(columns="end_reason"), "tenancies: columns that are not there: end_reason"),
    ("hospital_spells", lambda t: t.assign(admission_date=t["admission_date"].dt.tz_localize("Europe/London")),
     "admission_date: has a time zone"),
    ("contacts", lambda t: t.assign(date=t["date"].astype(str)), "date: holds string, not dates"),
], ids=["two with one identifier", "one with two", "a patient twice", "a column", "a time zone", "words for dates"])
def test_tables_that_are_not_right_are_refused_with_the_table_and_the_column(village, table, change, said):
    extract = village()
    extract.person("A", start=START, spells=[("2021-02-01", "2021-02-03")], contacts=[("2021-02-01", "crisis")])
    tables = extract.tables
    tables[table] = change(tables[table])
    with pytest.raises(ValueError, match=said):
        journeys.build(tables, village.last_day, Tenancy(), Milestones())


@pytest.mark.parametrize(("how", "said"), [
    (dict(months=()), "person_time.months: must be whole numbers that ascend"), (dict(months=(6, 6)), "ascend"),
    (dict(months=(0, 6)), "ascend"), (dict(origin="birth"), "person_time.origin: 'birth' is not one of record, start"),
    (dict(engine="polars"), "run.engine: 'polars' is not one of duckdb, pyspark"),
])
def test_choices_that_can_t_be_are_refused(village, how, said):
    extract = village()
    extract.person("A", start=START)
    with pytest.raises(ValueError, match=said):
        journeys.build(extract.tables, village.last_day, Tenancy(), Milestones(), **how)


def test_an_extract_where_nobody_started_or_moved_is_refused_in_the_first_steps_words(village):
    extract = village()
    extract.person("A", expression_of_interest=START)
    with pytest.raises(ValueError, match="nobody has started or moved"):
        timeline.build_timeline(extract.tables, village.last_day, Tenancy(), Milestones())
