"""Krippendorff's alpha: his published tables, hand-worked, properties, and what is refused."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pi_research.realist import krippendorff_alpha

NONE = None
FOUR = list(zip(*[
    [1, 2, 3, 3, 2, 1, 4, 1, 2, NONE, NONE, NONE],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NONE, 3],
    [NONE, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NONE],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NONE],
], strict=True))  # fmt: skip
"""Four coders of twelve units: Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011, section D."""


@pytest.mark.parametrize(("metric", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_is_the_published_one_for_four_coders_with_missing_codes(metric, alpha):
    """To the three digits in print."""
    made = krippendorff_alpha(FOUR, metric, seed=1)
    assert made.alpha == pytest.approx(alpha, abs=5e-4)
    assert (made.units, made.single, made.coders, made.codes) == (11, 1, 4, 40)
    assert made.lower < alpha < made.upper <= 1


def test_alpha_is_the_published_one_for_two_coders_and_two_codes():
    """Section A of the same: ten units, alpha 0.095."""
    codes = list(zip([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0], strict=True))
    assert krippendorff_alpha(codes, draws=0).alpha == pytest.approx(0.095, abs=5e-4)


def test_alpha_is_the_published_one_for_two_coders_and_several_codes():
    """Section B: twelve units, five codes, alpha 0.692."""
    one, two = ["a", "a", "b", "b", "d", "c", "c", "c", "e", "d", "d", "a"], ["b", "a", "b", "b", "b", "c", "c", "c", "e", "d", "d", "d"]
    made = krippendorff_alpha(list(zip(one, two, strict=True)), draws=0)
    assert made.alpha == pytest.approx(0.692, abs=5e-4)
    assert made.coincidences.sum() == 24 and made.coincidences.diagonal().tolist() == [2, 4, 6, 4, 2]


def test_three_units_worked_by_hand():
    """Pairs aa, bb, ab: observed 2 of 6 apart; expected 2 * 3 * 3 / (6 * 5): 1 - (1/3) / (3/5)."""
    made = krippendorff_alpha([["a", "a"], ["b", "b"], ["a", "b"]], draws=0)
    assert (made.observed, made.expected) == pytest.approx((1 / 3, 3 / 5))
    assert made.alpha == pytest.approx(1 - 5 / 9) and np.isnan(made.lower)


def test_full_agreement_is_one_and_one_code_throughout_says_nothing():
    same = krippendorff_alpha([["a", "a"], ["b", "b"]] * 5, seed=2)
    assert same.alpha == same.lower == same.upper == 1 and same.undefined > 0
    assert "good enough to rest conclusions on" in same.sentence()
    one = krippendorff_alpha([["a", "a"]] * 5)
    assert np.isnan(one.alpha) and "can't be judged" in one.sentence()


def test_the_sentence_judges_by_the_lower_limit():
    said = krippendorff_alpha(FOUR, "nominal", seed=1).sentence()
    assert said.startswith("4 coders agreed on 11 segments beyond chance to a degree of 0.74 (95% interval 0.42 to 0.9")
    assert said.endswith("judged by the lower limit, too low to rest conclusions on.")


def test_the_same_seed_gives_the_same_interval_and_more_units_a_narrower_one():
    one, two = (krippendorff_alpha(FOUR, seed=7) for _ in "ab")
    assert (one.lower, one.upper) == (two.lower, two.upper)
    many = krippendorff_alpha(FOUR * 8, seed=7)
    assert many.upper - many.lower < (one.upper - one.lower) / 2


def test_text_codes_are_ordered_as_listed():
    words = [[None if v is None else ["low", "some", "half", "most", "all"][v - 1] for v in row] for row in FOUR]
    order = ["low", "some", "half", "most", "all", "never used"]
    assert krippendorff_alpha(words, "ordinal", order=order, draws=0).alpha == pytest.approx(0.815, abs=5e-4)


codings = st.integers(2, 4).flatmap(lambda c: st.lists(
    st.lists(st.sampled_from([1, 2, 3, 5, None]), min_size=c, max_size=c), min_size=2, max_size=10))  # fmt: skip


@settings(max_examples=50)
@given(codings, st.sampled_from(["nominal", "ordinal", "interval"]), st.randoms())
def test_alpha_is_the_mean_over_all_pairs_and_knows_no_order_of_coders_or_units(codes, metric, random):
    paired = [[v for v in row if v is not None] for row in codes]
    paired = [row for row in paired if len(row) > 1]
    assume(paired)
    made = krippendorff_alpha(codes, metric, draws=0)
    every = np.array([v for row in paired for v in row])
    n = len(every)

    def apart(a, b):
        if metric == "nominal":
            return float(a != b)
        if metric == "interval":
            return float((a - b) ** 2)
        low, high = min(a, b), max(a, b)
        between = ((every >= low) & (every <= high)).sum()
        return float(between - ((every == a).sum() + (every == b).sum()) / 2) ** 2

    observed = sum(apart(a, b) / (len(r) - 1) for r in paired for i, a in enumerate(r) for j, b in enumerate(r) if i != j) / n
    expected = sum(apart(a, b) for i, a in enumerate(every) for j, b in enumerate(every) if i != j) / (n * (n - 1))
    if expected == 0:
        assert np.isnan(made.alpha)
        return
    assert made.alpha == pytest.approx(1 - observed / expected, abs=1e-9)
    shuffled = [random.sample(row, len(row)) for row in random.sample(codes, len(codes))]
    assert krippendorff_alpha(shuffled, metric, draws=0).alpha == pytest.approx(made.alpha, abs=1e-9)


@pytest.mark.parametrize(("codes", "how", "match"), [
    ([["a"], ["b"]], {}, "two coders or more"),
    ([["a", None], [None, "b"]], {}, "no unit was coded by two"),
    ([["a", "b"]], {"metric": "interval"}, "must be numbers"),
    ([["a", "b"]], {"metric": "ordinal"}, "listed in order"),
    ([["a", "b"]], {"metric": "ordinal", "order": ["a"]}, "1 of the codes in use are not in it"),
    ([["a", "b"]], {"metric": "kappa"}, "choose one of nominal"),
])  # fmt: skip
def test_codes_that_cannot_be_compared_are_refused(codes, how, match):
    with pytest.raises(ValueError, match=match):
        krippendorff_alpha(codes, **how)


def test_an_empty_table_is_refused():
    with pytest.raises(ValueError, match="two coders or more"):
        krippendorff_alpha([])
