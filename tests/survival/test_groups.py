"""Pairs of groups fixed in advance: each compared, or a reason why it can't be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.survival import (
    attempt, chance_sentence, compare_groups, cox, fixed_time_difference, kaplan_meier, log_rank)

PAIR = ("without", "with")
TIME = [2, 4, 6, 8, 12, 14, 15, 16, 18, 20]
ENDED = [1, 1, 0, 1, 0, 1, 0, 0, 0, 0]
WITH = [1, 0, 1, 0, 1, 0, 1, 0, 1, 0]


def test_a_pair_gets_the_difference_and_the_log_rank_test_of_its_two_groups():
    made, said = compare_groups(TIME, ENDED, {PAIR: WITH}, 10, seed=1)
    gap, test = made[PAIR]
    time, ended, inside = np.array(TIME), np.array(ENDED), np.array(WITH) == 1
    curves = [kaplan_meier(time[who], ended[who]) for who in (~inside, inside)]
    assert gap.estimate == fixed_time_difference(*curves, 10).estimate and not said
    assert test.p_value == log_rank(time, ended, np.where(inside, *PAIR[::-1]), seed=1).p_value


def test_people_whose_group_is_not_recorded_are_left_out_and_counted():
    member = pd.array([True, None, *[bool(x) for x in WITH[2:]]], dtype="boolean")
    made, said = compare_groups(TIME, ENDED, {PAIR: member}, 10, seed=1)
    assert made[PAIR][0].n.sum() == 9
    assert str(said[0]) == "Left out of “without” and “with”: 1 for whom it is not recorded."


@pytest.mark.parametrize("member", [[0] * 10, [1] + [0] * 9, [None] * 10], ids=["empty", "not followed", "unknown"])
def test_a_group_that_nobody_was_followed_in_is_said_and_not_compared(member):
    made, said = compare_groups(TIME, ENDED, {PAIR: member}, 10, seed=1)
    assert not made and "can't be compared at 10 months" in said[0]


@settings(max_examples=20)
@given(st.permutations(range(10)))
def test_the_order_of_people_changes_nothing(order):
    plain, _ = compare_groups(TIME, ENDED, {PAIR: WITH}, 10, seed=1)
    mixed, _ = compare_groups(*(np.array(x)[order] for x in (TIME, ENDED)), {PAIR: np.array(WITH)[order]}, 10, seed=1)
    assert mixed[PAIR][0].estimate == plain[PAIR][0].estimate
    assert mixed[PAIR][1].p_value == pytest.approx(plain[PAIR][1].p_value)


def test_bad_times_are_refused_as_everywhere_in_the_room():
    with pytest.raises(ValueError, match="time: negative time in row 1"):
        compare_groups([-1, *TIME[1:]], ENDED, {PAIR: WITH}, 10, seed=1)


def test_what_cannot_be_estimated_becomes_a_sentence_and_a_made_result_comes_without_one():
    made, why = attempt(cox, TIME, ENDED, pd.DataFrame({"always": np.ones(10)}))
    assert made is None and "always" in why and str(why).startswith("Not estimated: ")
    made, why = attempt(kaplan_meier, TIME, ENDED)
    assert made.n == 10 and not why


def test_four_comparisons_without_a_difference_give_a_small_p_in_about_nineteen_of_a_hundred():
    assert "about 19 of 100" in chance_sentence(4) and "about 5 of 100" in chance_sentence(1)
