"""The presets against values worked by hand from their published definitions."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pi_research.disclosure import PRESETS, Column, Rule, cells

HIDDEN = None
# By hand, for the counts 0 to 13. nhs and opensafely: 1 to 7 hidden, others to the nearest 5. sacro: under 10
# hidden, zero too. midpoint6: 1-6 give 3, 7-12 give 9, 13-18 give 15, and zero stays.
BY_HAND = {
    "nhs": [0, *[HIDDEN] * 7, 10, 10, 10, 10, 10, 15],
    "opensafely": [0, *[HIDDEN] * 7, 10, 10, 10, 10, 10, 15],
    "midpoint6": [0, 3, 3, 3, 3, 3, 3, 9, 9, 9, 9, 9, 9, 15],
    "sacro": [*[HIDDEN] * 10, 10, 10, 10, 15],
}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_gives_the_values_worked_by_hand(name):
    assert [Rule.preset(name).count(n) for n in range(14)] == BY_HAND[name]


@given(st.integers(0, 10_000))
def test_midpoint_6_is_its_published_formula(n):
    """``ceiling(x / 6) * 6 - floor(6 / 2) * (x != 0)``: OpenSAFELY's documentation on disclosure control."""
    assert Rule.preset("midpoint6").count(n) == math.ceil(n / 6) * 6 - (6 // 2) * (n != 0)


@given(st.integers(1, 10_000))
def test_a_midpoint_lies_at_most_three_from_the_count(n):
    assert -3 <= n - Rule.preset("midpoint6").count(n) <= 3


def test_midpoints_are_unbiased_over_a_band_to_half_a_person():
    """The mean of 7-12 is 9.5 and its midpoint 9: the definition's own half."""
    rule = Rule.preset("midpoint6")
    assert sum(n - rule.count(n) for n in range(7, 13)) / 6 == 0.5


rules = st.builds(Rule, st.just("own"), threshold=st.integers(0, 20), base=st.integers(1, 20),
                  scheme=st.sampled_from(["round", "midpoint"]), hide_zero=st.booleans())


@given(rules, st.integers(0, 500), st.integers(0, 500))
def test_a_larger_count_is_never_shown_as_a_smaller_one(rule, one, other):
    low, high = sorted((rule.rounded(one), rule.rounded(other)))
    assert (low, high) == (rule.rounded(min(one, other)), rule.rounded(max(one, other)))


@given(rules, st.integers(0, 500))
def test_a_shown_count_lies_within_the_base_of_the_exact_one_and_a_small_one_is_never_shown(rule, n):
    shown = rule.count(n)
    if 1 <= n <= rule.threshold or (rule.hide_zero and n == 0):
        assert shown is None
    else:
        assert abs(shown - n) <= (rule.base / 2 if rule.scheme == "round" else rule.base // 2 + 1)


def test_counts_that_are_not_whole_are_hidden_and_rounded_alike():
    rule = Rule.preset("nhs")
    assert rule.hides(0.5) and rule.hides(7.0) and not rule.hides(7.5)
    assert rule.count(7.5) == 10 and isinstance(rule.count(7.5), int)


def test_threshold_and_base_replace_those_of_a_preset():
    rule = Rule.preset("nhs", threshold=5, base=10)
    assert (rule.name, rule.threshold, rule.base) == ("nhs", 5, 10)
    assert [rule.count(n) for n in (5, 6, 14, 15)] == [None, 10, 10, 20]
    assert Rule.preset("nhs", threshold=None) == PRESETS["nhs"]


@pytest.mark.parametrize(("made", "message"), [
    (lambda: Rule.preset("ons"), "disclosure.rule: must be one of nhs, opensafely, midpoint6, sacro"),
    (lambda: Rule("x", threshold=-1), "threshold must be 0 or more"),
    (lambda: Rule("x", base=0), "base 1 or more"),
    (lambda: Rule("x", scheme="floor"), "scheme must be one of round, midpoint"),
    (lambda: Column("n", "People", "number"), "column n: unknown style 'number'"),
    (lambda: Column("n", "to", "percent", of=("n", "of"), limit="above"), "column n: limit must be lower"),
    (lambda: Column("n", "to", "percent", limit="upper"), "limit must be lower or upper, and `of` its counts"),
])
def test_a_rule_or_a_column_that_can_not_be_is_refused(made, message):
    with pytest.raises(ValueError, match=message):
        made()


@pytest.mark.parametrize(("rule", "words"), [
    (Rule.preset("nhs"), "'nhs': counts of 1 to 7 are hidden; others are rounded to the nearest 5."),
    (Rule.preset("sacro"), "'sacro': counts of 0 to 9 are hidden; others are rounded to the nearest 5."),
    (Rule.preset("midpoint6"), "'midpoint6': counts are given as the middle of bands of 6."),
    (Rule.preset("midpoint6", threshold=5), "5 are hidden; others are given as the middle of bands of 6."),
    (Rule("own", 4, 1), "'own': counts of 1 to 4 are hidden; others are exact."),
    (Rule("own", 0, 5, hide_zero=True), "'own': zeros are hidden; others are rounded to the nearest 5."),
])
def test_the_rule_says_in_words_what_it_does(rule, words):
    assert rule.sentence().startswith("Small-number rule '") and words in rule.sentence()


def test_cells_are_written_exactly_by_the_style_of_their_column():
    frame = pd.DataFrame({
        "label": ["a", None], "n": [3, float("nan")], "share": [0.25, float("nan")], "cost": [-1200.4, 0.0],
        "month": pd.to_datetime(["2024-03-01", None]), "day": pd.to_datetime(["2024-03-05", None]),
        "list": [[1, 2], ["x"]]})
    styles = {"label": "text", "n": "count", "share": "percent", "cost": "pounds", "month": "month",
              "day": "day", "list": "text"}
    columns = [Column(name, name.title(), style, 0) for name, style in styles.items()]
    written = cells(frame, columns)
    assert written.iloc[0].tolist() == ["a", "3", "25%", "−£1,200", "Mar 2024", "5 Mar 2024", "[1, 2]"]
    assert written.iloc[1].tolist() == ["", "", "", "£0", "", "", "['x']"]
