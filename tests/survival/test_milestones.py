import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.numerics import exact_binomial
from pi_research.survival import kaplan_meier, milestone_probabilities

MONTHS = [6, 12, 18]
programmes = st.integers(2, 25).flatmap(lambda n: st.tuples(
    st.lists(st.integers(1, 30), min_size=n, max_size=n), st.lists(st.integers(0, 2), min_size=n, max_size=n),
    st.lists(st.integers(0, 10), min_size=n, max_size=n)))


def found(time, code, more, **how):
    """Milestones of people who are held (0), lost (1) or dead (2), available for ``more`` than their time."""
    code = np.array(code)
    return milestone_probabilities(time, code == 1, np.array(time) + more, MONTHS, died=code == 2, **how)


# Ten movers: 4 reached a year and a half, one lost at 3 and one at 8, one died at 10, one held for 5 and one for
# 11 so far, and one gone from sight at 7 though 18 months have passed.
TEN = ([18, 19, 20, 30, 3, 8, 10, 5, 11, 7], [0, 0, 0, 0, 1, 1, 2, 0, 0, 0], [0, 0, 0, 0, 17, 2, 10, 0, 0, 11])


# -- by hand (against R: validation/survival_reference_milestones.py) ------------------------------

def test_what_failed_is_kept_apart_from_what_is_not_yet_due_and_what_is_unknown():
    row = found(*TEN).summary().set_index("months")
    assert row.loc[6, ["reached", "failed", "failed_early", "not_yet_due", "unknown"]].tolist() == [8, 1, 0, 1, 0]
    # At 12 the one lost at 8 has been available for 10 months only: it will fail, and isn't due.
    assert row.loc[12, ["reached", "failed", "failed_early", "not_yet_due", "unknown"]].tolist() == [4, 2, 1, 2, 1]
    assert row.died.tolist() == [0, 1, 1] and (row.set_aside == 0).all()


def test_ten_movers_by_hand_under_each_rule_on_death():
    # At risk 10 at month 3, 7 at month 8, 6 at month 10.
    at_12 = {d: found(*TEN, death=d).probability[1] for d in ("failing", "neutral", "excluded")}
    assert at_12["failing"] == pytest.approx(9 / 10 * 6 / 7 * 5 / 6)
    assert at_12["neutral"] == pytest.approx(9 / 10 * 6 / 7)
    died = 9 / 10 * 6 / 7 / 6
    assert at_12["excluded"] == pytest.approx(at_12["failing"] / (1 - died))


def test_a_tenancy_that_ends_on_the_day_has_sustained_the_milestone():
    assert milestone_probabilities([6, 12], [1, 0], [12, 12], [6]).probability[0] == 1
    assert kaplan_meier([6, 12], [1, 0]).at([6]).survival[0] == 0.5  # a curve counts it as ended by then


def test_the_next_milestone_given_the_last_is_that_of_people_who_held_so_far():
    ten = found(*TEN)
    np.testing.assert_allclose(ten.next_probability[1:], ten.probability[1:] / ten.probability[:-1])
    assert ten.next_probability[0] == ten.probability[0] and ten.held_before.tolist() == [10, 8, 4]
    late = np.array(TEN[0]) >= 6
    alone = kaplan_meier(np.array(TEN[0])[late] - 6, np.array(TEN[1])[late] > 0).at([5.99])
    assert (ten.next_lower[1], ten.next_upper[1]) == pytest.approx((alone.lower[0], alone.upper[0]))


def test_of_those_who_sustained_six_months_the_dead_are_left_out_of_the_next_share_only():
    # 8 held at six months: one lost at 8, one died at 10; without the death 1 of 7.
    excluded = found([18] * 6 + [8, 10], [0] * 6 + [1, 2], 0, death="excluded")
    assert excluded.next_probability[1] == pytest.approx(6 / 7)
    assert (excluded.next_lower[1], excluded.next_upper[1]) == pytest.approx(exact_binomial(6, 7))


def test_the_bounds_are_those_of_every_unknown_lost_and_of_every_unknown_held():
    ten = found(*TEN)
    lost, held = (found(t, c, m) for t, c, m in (
        (TEN[0], [*TEN[1][:-1], 1], TEN[2]), ([*TEN[0][:-1], 18], TEN[1], [*TEN[2][:-1], 0])))
    assert ten.worst[1] == pytest.approx(lost.probability[1]) and ten.best[1] == pytest.approx(held.probability[1])
    assert ten.worst_lower[1] == pytest.approx(lost.lower[1])
    assert ten.best_upper[1] == pytest.approx(held.upper[1])
    assert (ten.worst[0], ten.best[0]) == (ten.probability[0],) * 2  # nothing unknown at six months


def test_the_sentence_gives_the_interval_the_rule_the_counts_apart_and_the_bounds():
    said = found(*TEN).sentence(12, who="tenancies")
    assert "An estimated 64% of 10 tenancies sustained 12 months (95% interval" in said
    assert "beta product interval; 4 followed that far; a death before the day counts as failing" in said
    assert ("reached 4, failed 2, lost before a day still to come 1, held with the day still to come 2, day come "
            "and outcome unknown 1.") in said
    assert "Had all the unknown failed it would be" in said
    assert said.numbers["probability"].behind == (4, 3)
    assert "people who died in the tenancy before the day are left out" in found(*TEN, death="excluded").sentence(6)
    assert "Of tenancies that sustained 6 months (n = 8" in found(*TEN).next_sentence(12)


# -- properties ----------------------------------------------------------------------------------

@given(programmes, st.sampled_from(["failing", "neutral", "excluded"]))
@settings(max_examples=50)
def test_everybody_stands_in_one_place_and_limits_hold_the_estimate(group, death):
    row = found(*group, death=death).summary()
    places = ["reached", "failed", "failed_early", "not_yet_due", "unknown", "set_aside"]
    assert (row[places].sum(axis=1) == row.n).all()
    known = row[row.note == ""]
    assert (known.lower <= known.probability + 1e-12).all() and (known.probability <= known.upper + 1e-12).all()
    assert (known.worst <= known.probability + 1e-12).all() and (known.probability <= known.best + 1e-12).all()


@given(programmes)
@settings(max_examples=50)
def test_without_deaths_the_three_rules_agree_and_equal_kaplan_meier_just_before(group):
    time, code = np.array(group[0], float), np.minimum(group[1], 1)
    curve = kaplan_meier(time, code).at(np.array(MONTHS) - 1e-9)
    for death in ("failing", "neutral", "excluded"):
        made = found(time, code, 0, death=death)
        for name, theirs in (("probability", "survival"), ("lower", "lower"), ("upper", "upper")):
            np.testing.assert_allclose(getattr(made, name), curve[theirs], atol=1e-12)
        known = np.isfinite(made.probability) & (made.probability > 0)
        np.testing.assert_allclose(made.std_error[known], curve.std_error[known], atol=1e-12)  # Greenwood's


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 2)), min_size=2, max_size=25))
def test_with_everyone_followed_the_interval_is_the_exact_binomial_one(people):
    time, code = map(np.array, zip(*people, strict=True))
    time, code = np.minimum(time, 24), np.where(time > 24, 0, code)
    all_ = milestone_probabilities(time, code == 1, np.full(len(time), 24), [12], died=code == 2)
    low, high = exact_binomial(int(all_.reached[0]), all_.n)
    assert (all_.lower[0], all_.upper[0]) == pytest.approx((low, high), abs=1e-9)
    alive = milestone_probabilities(time, code == 1, np.full(len(time), 24), [12], died=code == 2, death="excluded")
    left = int(alive.n - alive.died[0])
    if left:
        low, high = exact_binomial(int(alive.reached[0]), left)
        assert (alive.lower[0], alive.upper[0]) == pytest.approx((low, high), abs=1e-9)


@given(programmes, st.sampled_from(["failing", "neutral", "excluded"]))
@settings(max_examples=30)
def test_the_covariance_is_that_of_shares_and_order_changes_nothing(group, death):
    made = found(*group, death=death)
    turned = found(*(np.array(g)[::-1] for g in group), death=death)
    np.testing.assert_allclose(made.covariance, turned.covariance, atol=1e-12)
    known = np.isfinite(made.probability)
    assert (np.linalg.eigvalsh(made.covariance[np.ix_(known, known)]) > -1e-12).all()


def test_a_longer_unit_of_time_changes_no_share():
    time, code, more = TEN
    days = milestone_probabilities(np.array(time) * 30.0, np.array(code) == 1, (np.array(time) + more) * 30.0,
                                   np.array(MONTHS) * 30.0, died=np.array(code) == 2)
    np.testing.assert_allclose(days.probability, found(*TEN).probability)


# -- few people, bad input -------------------------------------------------------------------------

def test_one_person_nobody_lost_and_a_milestone_beyond_follow_up_have_defined_answers():
    one = milestone_probabilities([7], [0], [7], [6, 12])
    assert one.probability[0] == 1 and one.lower[0] == pytest.approx(0.025) and np.isnan(one.probability[1])
    assert "Nothing can be said about 12 months" in one.sentence(12)
    assert "beyond follow-up" in one.next_sentence(12)
    held = milestone_probabilities([9] * 20, [0] * 20, [9] * 20, [6])
    assert (held.probability[0], held.upper[0], held.std_error[0]) == (1, 1, 0)
    assert held.lower[0] == pytest.approx(exact_binomial(20, 20).lower)


def test_all_unknown_can_be_anything_and_all_dead_leave_nobody_to_count():
    gone = milestone_probabilities([1, 2, 3], [0, 0, 0], [9, 9, 9], [6])
    assert np.isnan(gone.probability[0]) and gone.unknown[0] == 3
    assert (gone.worst[0], gone.best[0]) == (0, 1)
    dead = milestone_probabilities([1, 2, 3], [0, 0, 0], [9, 9, 9], [6], died=[1, 1, 1], death="excluded")
    assert np.isnan(dead.probability[0]) and dead.set_aside[0] == 3


GOOD = dict(time=[3, 9], ended=[1, 0], available=[9, 9], months=[6])


@pytest.mark.parametrize("bad, what", [
    (dict(time=[], ended=[], available=[]), "time: empty"),
    (dict(time=[-1, 9]), "time: negative time in row 1"),
    (dict(time=[np.nan, 9]), "time: missing value in row 1"),
    (dict(ended=[2, 0]), "ended: neither 0 nor 1 in row 1"),
    (dict(available=[9, np.nan]), "available: missing value in row 2"),
    (dict(available=[9, 8]), "available: less than time in row 2"),
    (dict(available=[9]), "available: has 1 entries"),
    (dict(months=[]), "months: empty"),
    (dict(months=[0]), "months: a milestone at 0 or twice"),
    (dict(months=[6, 6]), "months: a milestone at 0 or twice"),
    (dict(death="forgiven"), "death: 'forgiven' is not known; choose one of failing, neutral, excluded"),
    (dict(id=["a", "a"]), "id: a person a second time in row 2"),
    (dict(died=[0, 3]), "died: neither 0 nor 1 in row 2"),
    (dict(level=95), "level: must lie"),
])
def test_what_cannot_be_is_refused_with_parameter_row_and_remedy(bad, what):
    with pytest.raises(ValueError, match=what):
        milestone_probabilities(**{**GOOD, **bad})


def test_columns_of_a_frame_do_and_an_unknown_milestone_names_the_known():
    frame = pd.DataFrame({"t": pd.array([3, 9], "Int64"), "e": [True, False], "a": [9.0, 9.0], "who": ["x", "y"]})
    made = milestone_probabilities(frame.t, frame.e, frame.a, (6, 12), id=frame.who)
    assert made.probability[0] == 0.5
    with pytest.raises(ValueError, match="milestone: choose one of 6, 12"):
        made.sentence(7)
