"""Paired change: R's t interval, hand-worked bounds, properties, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.its import paired_change

NAN = float("nan")


def test_the_interval_is_that_of_students_paired_test_on_his_own_data():
    """Student 1908, extra sleep of ten patients; R: t.test(extra ~ group, sleep, paired = TRUE): 0.7001142, 2.4598858."""
    one = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    other = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    made = paired_change(one, other, scale=(-10, 10))
    assert (made.change, made.lower, made.upper) == pytest.approx((1.58, 0.7001142, 2.4598858), abs=1e-7)


def test_the_bounds_put_each_missing_score_at_an_end_of_the_scale():
    made = paired_change([4, 4, NAN, NAN], [6, NAN, 6, NAN], scale=(1, 10), outcome="Star")
    assert (made.both, made.only_before, made.only_after, made.neither) == (1, 1, 1, 1)
    assert made.worst == pytest.approx((2 - 3 - 4 - 9) / 4) and made.best == pytest.approx((2 + 6 + 5 + 9) / 4)
    assert made.tipping == pytest.approx(-2 / 3) and np.isnan(made.lower)


def test_the_sentence_says_who_is_missing_and_what_that_leaves_open():
    said = paired_change([4, 5, 4, NAN], [6, 8, 7, 7], scale=(1, 10), outcome="Star").sentence()
    assert (
        "3 of 4 people have a score on both occasions" in said and "a rise" in said and "missing scores leave" in said
    )


def test_nobody_with_both_scores_is_an_answer_and_not_an_error():
    said = paired_change([4, NAN], [NAN, 5], scale=(1, 10), outcome="Star").sentence()
    assert "0 of 2" in said and said.endswith("Nothing can be said about change.")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[st.one_of(st.none(), st.integers(1, 10))] * 2), min_size=1, max_size=20))
def test_the_bounds_hold_the_change_of_any_completion_and_turn_over_with_the_occasions(pairs):
    one, other = (np.array([NAN if v is None else v for v in side], float) for side in zip(*pairs, strict=True))
    made, turned = paired_change(one, other, scale=(1, 10)), paired_change(other, one, scale=(1, 10))
    if made.both:
        filled = np.where(np.isnan(other), 7, other) - np.where(np.isnan(one), 3, one)
        assert made.worst - 1e-9 <= filled.mean() <= made.best + 1e-9
        assert (turned.worst, turned.change) == pytest.approx((-made.best, -made.change))
    assert made.n == len(pairs) and made.up + made.same + made.down == made.both


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"after": [5]}, "one value a person"),
        ({"before": [], "after": []}, "at least one"),
        ({"scale": (10, 1)}, "lowest"),
        ({"before": [4, 11]}, "between 1 and 10"),
        ({"level": 0}, "level"),
    ],
)
def test_bad_input_is_refused(change, said):
    with pytest.raises(ValueError, match=said):
        paired_change(**({"before": [4, 5], "after": [5, 6], "scale": (1, 10)} | change))
