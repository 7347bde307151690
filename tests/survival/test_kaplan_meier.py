import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.numerics import exact_binomial
from pi_research.survival import kaplan_meier, median_follow_up

KINDS = ("beta-product", "beta-product-mid-p", "plain", "log", "log-log", "logit", "arcsine")

people = st.integers(1, 25).flatmap(lambda n: st.tuples(
    st.lists(st.integers(1, 12), min_size=n, max_size=n),
    st.lists(st.integers(0, 1), min_size=n, max_size=n),
    st.lists(st.integers(1, 4), min_size=n, max_size=n)))


# -- a published table (R's values: tests/validation/test_survival_reference.py) -------------------

def test_the_published_remission_times_give_the_textbook_table():
    # 6-MP arm, Freireich et al., Blood 21 (1963); table in Klein and Moeschberger (2003) 4.1, four digits.
    time = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    event = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    ours = kaplan_meier(time, event).at([6, 7, 10, 13, 16, 22, 23])
    assert ours.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    np.testing.assert_allclose(ours.survival, [.8571, .8067, .7529, .6902, .6275, .5378, .4482], atol=5e-5)
    np.testing.assert_allclose(ours.std_error, [.0764, .0869, .0963, .1068, .1141, .1282, .1346], atol=5e-5)


# -- by hand -------------------------------------------------------------------------------------

def test_five_tenancies_by_hand():
    km = kaplan_meier([3, 6, 6, 9, 12], [1, 1, 0, 0, 1])
    assert km.at_risk.tolist() == [5, 4, 2, 1] and km.events.tolist() == [1, 1, 0, 1]
    np.testing.assert_allclose(km.survival, [0.8, 0.6, 0.6, 0])
    np.testing.assert_allclose(km.std_error[:2], [0.8 * (1 / 20) ** 0.5, 0.6 * (1 / 20 + 1 / 12) ** 0.5])


def test_an_event_comes_before_a_censoring_of_the_same_day():
    assert kaplan_meier([4, 4], [1, 0]).survival.tolist() == [0.5]


def test_the_risk_set_counts_a_person_until_the_day_they_leave():
    km = kaplan_meier([2, 5, 5, 8], [0, 0, 1, 0])
    assert km.at([2, 3, 5, 6, 8]).at_risk.tolist() == [4, 3, 3, 1, 1]


def test_someone_who_enters_late_is_not_at_risk_before():
    km = kaplan_meier([5, 5, 8], [1, 0, 1], entry=[0, 0, 6])
    assert km.at_risk.tolist() == [2, 1] and km.survival.tolist() == [0.5, 0]
    assert km.at([0, 1, 6, 7]).at_risk.tolist() == [0, 2, 0, 1]


def test_the_median_on_a_level_stretch_is_its_middle():
    median = kaplan_meier([1, 2, 3, 4], [1, 1, 1, 1]).quantile(0.5)
    assert median.estimate == 2.5 and median.summary().loc[0, "n_events"] == 4


# -- the beta product ----------------------------------------------------------------------------

def test_with_nobody_lost_the_beta_product_is_the_exact_binomial_interval():
    km = kaplan_meier([1, 2, 3, 9, 9, 9, 9, 9], [1, 1, 1, 0, 0, 0, 0, 0])
    assert (km.lower[2], km.upper[2]) == pytest.approx(exact_binomial(5, 8))
    assert km.start_limits == pytest.approx((0.025 ** (1 / 8), 1))


def test_with_late_entry_or_weights_the_default_is_log_log_and_says_so():
    time, event = [3, 5, 8, 9], [1, 0, 1, 0]
    assert kaplan_meier(time, event).interval == "beta-product"
    for more in (dict(entry=[0, 1, 2, 3]), dict(weights=[1, 2, 1, 1])):
        km = kaplan_meier(time, event, **more)
        assert km.interval == "log-log" and "log-log interval" in km.sentence(4)


@given(people)
def test_the_beta_product_limits_never_rise_and_the_mid_p_ones_lie_within(group):
    km, mid = (kaplan_meier(*group[:2], interval=kind) for kind in KINDS[:2])
    for limits in (km.lower, km.upper, mid.lower, mid.upper):
        assert (np.diff(limits) <= 0).all()
    assert (mid.lower >= km.lower - 1e-12).all() and (mid.upper <= km.upper + 1e-12).all()


def test_a_million_people_by_the_day_get_their_limits_in_moderate_time():
    rng = np.random.default_rng(1)
    time, event = rng.integers(1, 2000, 1_000_000), rng.random(1_000_000) < 0.5
    km = kaplan_meier(time, event)
    wald = kaplan_meier(time, event, interval="log-log")
    inside = slice(0, 1900)
    np.testing.assert_allclose(km.lower[inside], wald.lower[inside], atol=1e-4)
    np.testing.assert_allclose(km.upper[inside], wald.upper[inside], atol=1e-4)


# -- defined answers -----------------------------------------------------------------------------

@pytest.mark.parametrize("time, event, survival", [
    ([7], [0], [1.0]), ([7], [1], [0.0]), ([3, 4, 5], [0, 0, 0], [1, 1, 1]),
    ([5, 5, 5], [1, 1, 1], [0.0]), ([0, 3], [1, 0], [0.5, 0.5])])
def test_small_and_degenerate_groups_have_their_stated_answer(time, event, survival):
    km, wald = kaplan_meier(time, event), kaplan_meier(time, event, interval="log-log")
    assert km.survival.tolist() == wald.survival.tolist() == survival
    inside = (km.survival > 0) & (km.survival < 1)
    assert (np.isfinite(wald.lower) == inside).all() and np.isfinite([km.lower, km.upper]).all()
    assert "Kaplan-Meier" in km.sentence(time[-1]) and "Kaplan-Meier" in wald.sentence(time[-1])


def test_nothing_is_carried_beyond_the_last_person_followed():
    row = kaplan_meier([3, 9], [1, 0]).at([9, 9.01]).set_index("time")
    assert row.survival[9] == 0.5
    assert np.isnan(row.survival[9.01]) and row.note[9.01] == "beyond follow-up" and row.at_risk[9.01] == 0


def test_a_curve_that_has_reached_zero_stays_there():
    assert kaplan_meier([3, 9], [1, 1]).at(20).survival.tolist() == [0]


def test_before_the_first_entry_nothing_is_said():
    row = kaplan_meier([5, 8], [1, 0], entry=[2, 3]).at(1).iloc[0]
    assert np.isnan(row.survival) and row.note == "before follow-up"


def test_the_drawn_curve_starts_at_zero_with_everyone():
    drawn = kaplan_meier([3, 6, 6], [1, 0, 1]).curve()
    assert drawn.loc[0, ["time", "at_risk", "survival"]].tolist() == [0, 3, 1]
    assert list(drawn) == ["time", "at_risk", "events", "censored", "survival", "lower", "upper"]
    assert kaplan_meier([5, 8], [1, 0], entry=[2, 3]).curve().loc[0, ["time", "at_risk"]].tolist() == [2, 1]


def test_a_result_cannot_be_changed():
    km = kaplan_meier([3, 6], [1, 0])
    with pytest.raises(dataclasses.FrozenInstanceError):
        km.level = 0.9
    with pytest.raises(ValueError):
        km.survival[0] = 1


# -- sentences -----------------------------------------------------------------------------------

def test_the_sentence_names_share_interval_method_and_counts(lung):
    said = kaplan_meier(lung.time, lung.event).sentence(180, unit="days", who="people", event="died")
    assert said == ("An estimated 72% of people had not died by 180 days (95% interval 66% to 78%; "
                    "Kaplan-Meier, beta-product interval; n = 228, 63 had died by then, 160 were followed that far).")
    assert said.numbers["share"].behind == (63, 160)


def test_with_no_event_the_sentence_gives_an_interval_all_the_same():
    # 0.025 ** (1 / 30) = 0.884: with nobody lost the lower limit is the exact binomial one.
    said = kaplan_meier([10] * 30, [0] * 30).sentence(6)
    assert said == ("None of the tenancies had ended by 6 months (n = 30): the curve stands at 100% (95% interval "
                    "88% to 100%; Kaplan-Meier, beta-product interval; 30 were followed that far).")
    said = kaplan_meier([10] * 30, [0] * 30, interval="log-log").sentence(6)
    assert "None of the tenancies had ended by 6 months (n = 30)" in said and "at 88% or more" in said


def test_where_everyone_has_had_the_event_the_upper_limit_is_said():
    said = kaplan_meier([3, 9], [1, 1]).sentence(12)
    assert "An estimated 0% of tenancies had not ended by 12 months (95% interval 0% to 84%" in said


def test_a_median_that_is_not_reached_has_a_lower_limit():
    said = kaplan_meier([3, 8, *[12] * 10], [1, 1, *[0] * 10]).quantile(0.5).sentence(what="length of tenancy")
    assert said == ("The median length of tenancy can't be given: within follow-up the curve doesn't come down so "
                    "far, and lies with 95% confidence at 12 months or more (Kaplan-Meier, beta-product "
                    "interval; 2 of 12 had the event).")


def test_with_late_entry_no_exact_limit_is_claimed():
    assert "exact" not in kaplan_meier([10] * 3, [0] * 3, entry=[0, 1, 2]).sentence(6)


def test_beyond_follow_up_and_at_zero_the_sentence_says_so():
    km = kaplan_meier([3, 9.5], [1, 0])
    assert "Nothing can be said about tenancies at 24 months: follow-up ends at 9.5 months" in km.sentence(24)
    assert "come down to 0%" in kaplan_meier([3, 9], [1, 1], interval="log-log").sentence(12)
    assert "can't be given" in kaplan_meier([3, 9, 9], [1, 0, 0]).quantile().sentence()
    assert "no upper limit" in kaplan_meier([3, 5, 9], [1, 1, 0]).quantile().sentence()


def test_the_summary_is_one_row_with_n_events_and_median(lung):
    row = kaplan_meier(lung.time, lung.event).summary().iloc[0]
    assert (row.n, row.events, row["median"], row.median_lower, row.median_upper) == (228, 165, 310, 283, 363)
    assert row.interval == "beta-product"


# -- properties ----------------------------------------------------------------------------------

@given(people, st.randoms(use_true_random=False), st.sampled_from([0.5, 30.4375, 365.0]))
def test_order_of_rows_and_unit_of_time_change_nothing(group, shuffle, unit):
    time, event, _ = map(np.array, group)
    order = list(range(time.size))
    shuffle.shuffle(order)
    one, two = kaplan_meier(time, event), kaplan_meier(time[order] * unit, event[order])
    np.testing.assert_array_equal(one.survival, two.survival)
    np.testing.assert_array_equal(one.lower, two.lower)
    np.testing.assert_array_equal(one.time * unit, two.time)


@given(people)
def test_whole_weights_stand_for_that_many_people(group):
    time, event, weight = map(np.array, group)
    one = kaplan_meier(time, event, weights=weight)
    two = kaplan_meier(np.repeat(time, weight), np.repeat(event, weight))
    for name in ("survival", "std_error", "at_risk"):
        np.testing.assert_allclose(getattr(one, name), getattr(two, name))
    assert (one.n, one.n_events) == (two.n, two.n_events)


@given(people, st.sampled_from(KINDS))
def test_the_curve_falls_within_limits_that_hold_it(group, kind):
    km = kaplan_meier(*group[:2], interval=kind)
    assert (np.diff(np.append(1, km.survival)) <= 0).all()
    known = np.isfinite(km.lower)
    assert known.all() or not kind.startswith("beta")
    assert (km.lower[known] >= 0).all() and (km.upper[known] <= 1).all()
    assert (km.lower[known] <= km.survival[known]).all() and (km.survival[known] <= km.upper[known]).all()
    assert (km.at_risk >= km.events + km.censored).all()


@pytest.mark.filterwarnings("ignore:the curve falls to 0")
@given(people)
@settings(max_examples=40)
def test_the_jackknife_is_the_sum_of_squared_influences_with_late_entry(group):
    time, event, weight = (np.array(part, dtype=float) for part in group)
    weight = weight + 0.5
    entry = np.maximum(time - np.arange(time.size) % 5 - 1, 0)
    km = kaplan_meier(time, event, entry=entry, weights=weight)
    step = 1e-6

    def curve(weights):
        return kaplan_meier(time, event, entry=entry, weights=weights).survival

    influence = np.array([(curve(weight + step * one) - curve(weight - step * one)) / (2 * step)
                          for one in np.eye(time.size)])
    expected = np.sqrt(((weight[:, None] * influence) ** 2).sum(axis=0))
    known = km.survival > 0
    # A central difference of step 1e-6 is itself good to about 1e-8.
    np.testing.assert_allclose(km.std_error[known], expected[known], atol=1e-7)


# -- bad input -----------------------------------------------------------------------------------

@pytest.mark.parametrize("given_, what", [
    (dict(time=[], event=[]), "time: empty"),
    (dict(time=[1, np.nan, 3], event=[1, 0, 0]), r"time: missing value in row 2 \(the first row is 1\)"),
    (dict(time=[1, np.inf], event=[1, 0]), "time: infinite value in row 2"),
    (dict(time=[-1, 2, -3], event=[1, 0, 0]), "time: negative time in rows 1, 3"),
    (dict(time=[1, 2], event=[1]), "event: has 1 entries where time has 2"),
    (dict(time=[1, 2], event=[1, 2]), "event: neither 0 nor 1 in row 2.*cumulative_incidence"),
    (dict(time=[1, 2], event=[1, None]), "event: missing value in row 2"),
    (dict(time=[1, 2], event=["yes", "no"]), "event: not all entries are numbers"),
    (dict(time=[1, 2], event=[1, 0], entry=[0, 2]), "entry: entry not before time in row 2"),
    (dict(time=[1, 2], event=[1, 0], entry=[-1, 0]), "entry: negative time in row 1"),
    (dict(time=[1, 2], event=[1, 0], weights=[1, 0]), "weights: zero or negative weight in row 2"),
    (dict(time=[1, 2], event=[1, 0], level=95), "level: must lie between 0 and 1"),
    (dict(time=[1, 2], event=[1, 0], interval="wald"), "interval: 'wald' is not known; choose one of"),
    (dict(time=[1, 2], event=[1, 0], entry=[0, 1], interval="beta-product"), "without weights who are all in view"),
    (dict(time=[1, 2], event=[1, 0], weights=[1, 1], interval="beta-product-mid-p"), "leave interval out to get"),
    (dict(time=[[1, 2]], event=[[1, 0]]), "time: has 2 dimensions"),
    (dict(time=pd.to_datetime(["2024-01-01", None]), event=[1, 0]), "time:"),
])
def test_what_cannot_be_is_refused_with_parameter_row_and_remedy(given_, what):
    with pytest.raises(ValueError, match=what):
        kaplan_meier(**given_)


def test_many_wrong_rows_are_counted_not_listed():
    with pytest.raises(ValueError, match="rows 1, 2, 3, 4, 5 and 1,995 more"):
        kaplan_meier(np.full(2000, -1), np.ones(2000))


def test_nullable_and_boolean_columns_are_read():
    time = pd.Series([3, 6], dtype="Int64")
    assert kaplan_meier(time, pd.Series([True, False], dtype="boolean")).survival.tolist() == [0.5, 0.5]
    with pytest.raises(ValueError, match="time: missing value in row 2"):
        kaplan_meier(pd.Series([3, pd.NA], dtype="Int64"), [1, 0])


def test_a_curve_that_falls_to_zero_before_others_enter_warns():
    with pytest.warns(UserWarning, match="while others are still to enter"):
        kaplan_meier([2, 8, 9], [1, 0, 1], entry=[0, 5, 5])


def test_asking_outside_what_can_be_asked_is_refused():
    km = kaplan_meier([3, 6], [1, 0])
    with pytest.raises(ValueError, match="times: negative time in row 1"):
        km.at(-1)
    with pytest.raises(ValueError, match="p: must lie between 0 and 1"):
        km.quantile(50)


def test_median_follow_up_turns_the_roles_round(lung):
    found = median_follow_up([2, 4, 6, 8], [1, 0, 0, 0])
    assert found.estimate == 6 and found.n_events == 3 and found.method.startswith("reverse Kaplan-Meier, beta")
    assert "median follow-up is 588 days" in median_follow_up(lung.time, lung.event).sentence(unit="days")
