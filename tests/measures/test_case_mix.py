"""Observed against expected: equal to R, worked by hand, indifferent to order and names, and what it refuses."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.measures import observed_to_expected

R = json.loads((Path(__file__).parents[1] / "reference" / "case_mix.json").read_text(encoding="utf-8"))


def of_r():
    """People whose events and expectations add up to R's by institution."""
    event, expected, area = [], [], []
    for inst, seen, likely in zip(R["inst"], R["observed"], R["expected"], strict=True):
        event += [1] * seen + [0] * 3
        expected += [likely / (seen + 3)] * (seen + 3)
        area += [f"{int(inst):02d}"] * (seen + 3)
    return event, expected, area


def test_ratios_and_exact_limits_equal_those_of_poisson_test_in_r():
    made = observed_to_expected(*of_r())
    assert made.ratio == pytest.approx(np.array(R["observed"]) / R["expected"], rel=1e-9)  # R's digits: 12
    assert made.lower == pytest.approx(R["lower"], rel=1e-9) and made.upper == pytest.approx(R["upper"], rel=1e-9)


def test_of_eighteen_institutions_the_one_whose_interval_leaves_one_out_is_named():
    made = observed_to_expected(*of_r())
    assert [n for n, o in zip(made.names, made.outside, strict=True) if o] == ["21"]
    said = made.sentence("deaths")
    assert "In 1 of 18 areas" in said and "21: 11 deaths where 5.4 were expected, 2.03 times as many (1.01 to 3.63)." in said


def test_two_events_where_one_was_expected_by_hand():
    made = observed_to_expected([1, 1, 0, 0], [0.5, 0.5, 0.5, 0.5], ["B", "B", "A", "A"])
    assert made.names == ("A", "B") and made.ratio.tolist() == [0, 2] and made.people.tolist() == [2, 2]
    assert made.lower[0] == 0 and made.upper[0] == pytest.approx(-np.log(0.025))  # no event: chi-squared on 2 df
    assert made.sentence().endswith("by chance alone about 0.1 of 2 would.")
    assert made.summary()["rest"].tolist() == [2, 0]


@settings(max_examples=30)
@given(st.lists(st.tuples(st.booleans(), st.floats(0.01, 2), st.sampled_from("ABC")), min_size=3, max_size=40), st.randoms())
def test_the_order_of_people_does_not_matter_and_counts_add_up(rows, random):
    rows = [(1, 0.5, "A"), (0, 0.5, "B"), *rows]
    made = observed_to_expected(*zip(*rows, strict=True))
    random.shuffle(rows)
    again = observed_to_expected(*zip(*rows, strict=True))
    assert np.allclose(made.expected, again.expected) and made.observed.tolist() == again.observed.tolist()
    assert made.observed.sum() == sum(e for e, _, _ in rows) and made.people.sum() == len(rows)
    assert ((made.lower <= made.ratio) & (made.ratio <= made.upper)).all()


@settings(max_examples=30)
@given(st.floats(0.1, 10))
def test_twice_as_many_expected_halves_the_ratio(factor):
    event, expected, area = of_r()
    made, scaled = observed_to_expected(event, expected, area), observed_to_expected(event, np.array(expected) * factor, area)
    assert np.allclose(made.ratio / factor, scaled.ratio) and np.allclose(made.upper / factor, scaled.upper)


def test_where_areas_do_not_differ_few_are_said_to():
    rng, wrong = np.random.default_rng(4), 0
    area = np.repeat(list("ABCDE"), 16)
    for _ in range(200):
        event = rng.permutation(np.arange(80) < 24)
        wrong += int((observed_to_expected(event, np.full(80, 0.3), area).outside != 0).sum())
    assert wrong / 1000 < 0.03  # under 5 %: an area is part of the whole, and exact limits hold more than they say


BAD = {
    "one area, and nothing to compare": ([1, 0], [0.5, 0.5], ["A", "A"]),
    "0 area, and nothing to compare": ([], [], []),
    "0 or 1 for every person": ([1, np.nan], [0.5, 0.5], ["A", "B"]),
    "event must be 0 or 1": ([2, 0], [0.5, 0.5], ["A", "B"]),
    "one value a person": ([1, 0, 1], [0.5, 0.5], ["A", "B"]),
    "expected must be a number": ([1, 0], [0.5, -1], ["A", "B"]),
    "area is missing": ([1, 0], [0.5, 0.5], ["A", None]),
    "nothing is expected of the people of B": ([1, 0], [0.5, 0.0], ["A", "B"]),
}


@pytest.mark.parametrize("words", BAD)
def test_what_cannot_be_compared_is_refused_in_words(words):
    with pytest.raises(ValueError, match=words.replace("one area", "1 area")):
        observed_to_expected(*BAD[words])
