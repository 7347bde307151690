"""Rows of service use: they add up to person-time, phases lie where the dates say, scores are paired by the move."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pi_research import journeys
from pi_research.extract.simulate import simulate
from pi_research.its import within_person_rates
from pi_research.journeys.service_use import _months_on
from pi_research.sections import Covid, Milestones, Programme, Tenancy

KINDS = ["crisis_contacts", "planned_contacts", "missed_appointments"]


@pytest.fixture(scope="module")
def extract():
    tables = simulate("base", seed=7, people=40).tables
    day = tables["extract"]["extract_date"].iloc[0]
    return tables, journeys.build(tables, day, Tenancy(), Milestones()), day


@pytest.fixture(scope="module")
def rows(extract):
    return journeys.service_rows(extract[0], extract[1], window_months=6, covid=Covid())


def test_days_nights_admissions_and_contacts_add_up_to_those_of_person_time(extract, rows):
    made = extract[1].person_time.set_index(["customer_id", "period"])
    counts = ["bed_days", "admissions", *KINDS]
    own = rows.assign(
        period=rows["period"].replace("around the referral", "before"),
        known_days=365.25 * rows["known_years"],
        at_risk_days=365.25 * rows["at_risk_years"],
    )
    own = own.groupby(["customer_id", "period"])[["known_days", "at_risk_days", *counts]].sum()
    same = made.loc[own.index, own.columns].astype(float)
    np.testing.assert_allclose(own.to_numpy(), same.to_numpy(), atol=1e-6)
    left = made.drop(own.index)
    movers = left[left.index.get_level_values(0).isin(own.index.get_level_values(0))]
    assert (movers["known_days"] == 0).all()


def test_the_window_runs_from_months_before_the_referral_to_the_start(extract, rows):
    stages = extract[1].stages.set_index("customer_id")
    for name, line in rows.groupby("customer_id"):
        person, inside = stages.loc[name], line[line["phase"] == "around the referral"]
        assert (inside["start"] >= person["interest"] - pd.DateOffset(months=6)).all()
        assert (inside["stop"] <= min(person["start"], person["move"])).all()
        assert (line.loc[line["phase"] == "after the move", "start"] >= person["move"]).all()
        assert (
            line["start"].is_monotonic_increasing
            and (line["start"].iloc[1:].to_numpy() == line["stop"].iloc[:-1].to_numpy()).all()
        )


def test_a_window_of_no_months_ends_the_time_before_at_the_referral(extract):
    rows = journeys.service_rows(extract[0], extract[1], window_months=0)
    assert (rows.loc[rows["phase"] == "before", "since_referral"] < 0).all()
    assert (rows["pandemic"] == 0).all()


def test_months_are_calendar_months_and_end_with_short_ones():
    found = _months_on(pd.Timestamp("2020-01-31"), np.array([-1, 0, 1, 2, 13]))
    assert found.astype("datetime64[D]").astype(str).tolist() == [
        "2019-12-31",
        "2020-01-31",
        "2020-02-29",
        "2020-03-31",
        "2021-02-28",
    ]


def test_since_the_move_counts_whole_months_on_both_sides(extract, rows):
    move = rows["customer_id"].map(extract[1].stages.set_index("customer_id")["move"])
    assert ((rows["since_move"] < 0) == (rows["start"] < move)).all()
    near = (rows["start"] - move).dt.days / 30.4375
    assert (near - rows["since_move"]).between(-0.1, 1.1).all()


def test_without_contacts_they_are_unknown_and_hospital_is_not(extract):
    rows = journeys.service_rows({k: v for k, v in extract[0].items() if k != "contacts"}, extract[1], window_months=6)
    assert rows[KINDS].isna().all().all() and rows["admissions"].notna().all()


def test_nobody_in_the_trusts_record_is_said(extract):
    tables, _, day = extract
    alone = {
        k: v
        for k, v in tables.items()
        if k not in ("links", "hospital_spells", "contacts", "patients", "leave", "referrals")
    }
    with pytest.raises(ValueError, match="no mover is found in the trust's record"):
        journeys.service_rows(alone, journeys.build(alone, day, Tenancy(), Milestones()), window_months=6)


def test_every_reading_can_be_estimated_and_says_what_it_changes(extract):
    found = journeys.use_variants(extract[0], extract[1], window_months=6, months=(6, 12, 24), covid=Covid())
    assert next(iter(found)) == "as in params.yaml" and len(found) == 10
    base = found["as in params.yaml"][0]
    for rows, how in found.values():
        phases = [p for p in journeys.PHASES if (rows["phase"] == p).any()]
        made = within_person_rates(
            **journeys.use_of(rows, "admissions"),
            periods=phases,
            covariates={c: rows[c] for c in how.get("covariates", ())},
        )
        assert 0 < made.ratio[-1] < 10
    apart = found["the 3 months on either side of the move are left out"][0]
    assert (
        not apart.loc[apart["phase"] != "around the referral", "since_move"]
        .isin([-3, -2, -1, 0, 1, 2])[apart["phase"] != "before"]
        .any()
    )
    assert found["without people who died"][0]["died"].sum() == 0 < len(base)


def test_the_sentence_counts_movers_who_are_linked_and_who_died(extract, rows):
    said = journeys.use_people_sentence(rows, extract[1])
    assert said.startswith(
        f"Of {int(extract[1].stages['move'].notna().sum())} people who moved, {rows['customer_id'].nunique()} are found"
    )


def test_groups_follow_the_rows_and_stay_unknown_where_not_recorded(extract, rows):
    held = journeys.movers(extract[0], extract[1], extract[2], Programme())
    found = pd.Series(journeys.group_of(held, rows, "long_in_care")).groupby(rows["customer_id"]).first()
    known = held.set_index("customer_id")["long_in_care"].astype("Float64").reindex(found.index)
    assert found.isna().tolist() == known.isna().tolist()
    assert found.dropna().tolist() == known.dropna().tolist()


def test_scores_are_the_first_up_to_the_move_and_the_last_since_over_the_areas_rated(extract):
    tables, made, _ = extract
    who = made.stages.loc[made.stages["move"].notna(), ["customer_id", "move"]].iloc[0]
    days = [who["move"] - pd.Timedelta(days=k) for k in (90, 10)] + [
        who["move"] + pd.Timedelta(days=k) for k in (5, 60)
    ]
    scores = pd.DataFrame(
        [
            (who["customer_id"], d, "recovery_star", a, float(4 + i + j))
            for i, d in enumerate(days)
            for j, a in enumerate(("work", "identity"))
        ],
        columns=["customer_id", "date", "tool", "domain", "score"],
    )
    found = journeys.paired_scores(tables | {"assessments": scores}, made, "recovery_star").set_index("customer_id")
    assert tuple(found.loc[who["customer_id"], ["before", "after"]]) == (4.5, 7.5)
    assert len(found) == made.stages["move"].notna().sum() and found["after"].notna().sum() == 1
    assert journeys.paired_scores({}, made, "barthel")["before"].isna().all()


def test_second_scores_are_parted_by_the_day():
    scores = pd.DataFrame({"after_on": pd.to_datetime(["2022-03-31", "2022-04-01", None]), "after": [1, 2, np.nan]})
    found = journeys.second_by_era(scores, "2022-04-01")
    assert {k: v["after"].tolist() for k, v in found.items()} == {
        "second before April 2022": [1],
        "second from April 2022 on": [2],
    }


def test_barthel_is_out_of_twenty_unless_a_score_lies_above():
    def scores(top):
        return {"assessments": pd.DataFrame({"tool": ["barthel", "five_ways"], "score": [top, 3.0]})}

    assert [journeys.scale_of(t, "barthel") for t in (scores(20.0), scores(85.0), {})] == [(0, 20), (0, 100), (0, 20)]
    assert journeys.scale_of({}, "recovery_star") == (1, 10)
