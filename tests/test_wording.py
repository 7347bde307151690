"""Numbers as they are written, and sentences that keep them."""

import copy
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pi_research.wording import (STYLES, Number, Sentence, count, joined, number, percent, sentence,
                                 template_of)

NUMBERS = [s for s in STYLES if s != "word"]


@pytest.mark.parametrize(("style", "digits", "value", "written"), [
    ("count", 0, 1234, "1,234"),
    ("count", 0, -3, "−3"),
    ("count", 0, np.int64(12), "12"),
    ("percent", 0, 0.8, "80%"),
    ("percent", 1, 0.0625, "6.2%"),
    ("percent", 0, -0.25, "−25%"),
    ("percent_change", 0, 0.31, "+31%"),
    ("percent_change", 1, -0.052, "−5.2%"),
    ("pounds", 0, 36200, "£36,200"),
    ("pounds", 0, -1234.5, "−£1,234"),
    ("signed", 1, 2.25, "+2.2"),
    ("signed", 1, -1234.56, "−1,234.6"),
    ("decimal", 2, -0.456, "−0.46"),
    ("decimal", 1, 1e6, "1,000,000.0"),
    ("ratio", 2, 0.5, "0.50"),
])
def test_a_number_is_written_in_its_style_with_a_true_minus_sign(style, digits, value, written):
    assert str(Number(value, style, digits)) == written


@pytest.mark.parametrize(("style", "written"), [
    ("count", "0"), ("percent", "0%"), ("percent_change", "+0%"), ("pounds", "£0"), ("signed", "+0"),
    ("decimal", "0"),
])
def test_a_negative_number_that_rounds_to_nothing_is_written_without_a_minus_sign(style, written):
    assert str(Number(-0.001, style, 0)) == written


@pytest.mark.parametrize("style", NUMBERS)
def test_what_is_no_number_is_said_to_be_not_estimable_without_a_unit(style):
    for nan in (math.nan, np.float32("nan"), np.float64("nan")):
        assert str(Number(nan, style, 1, unit="months")) == "not estimable"


@pytest.mark.parametrize("style", NUMBERS)
def test_an_infinite_number_is_said_to_be_without_limit_and_without_a_unit(style):
    assert str(Number(math.inf, style, 1, unit="months")) == "no upper limit"
    assert str(Number(-math.inf, style, 1)) == "no lower limit"


@given(st.sampled_from(NUMBERS), st.integers(0, 3), st.floats(-1e9, 1e9))
def test_every_written_number_reads_back_as_the_number(style, digits, value):
    text = str(Number(value, style, digits))
    assert "-" not in text
    read = float(text.replace("−", "-").replace(",", "").replace("£", "").replace("%", ""))
    if "percent" in style:
        read /= 100
    places = {"count": 0, "pounds": 0}.get(style, digits) + (2 if "percent" in style else 0)
    assert read == pytest.approx(value, abs=0.5 * 10 ** -places + 1e-9 * abs(value))


def test_a_unit_stands_after_the_number():
    assert str(number(6.25, unit="months")) == "6.2 months"


def test_a_style_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(ValueError, match="'euros' is not one of count, percent"):
        Number(1.0, "euros")


def test_a_count_of_people_stands_behind_itself_and_a_count_of_things_behind_nothing():
    assert count(7).behind == (7,)
    assert count(7, people=False).behind == ()


def test_a_percentage_carries_its_numerator_and_what_is_left():
    share = percent(3, 113, digits=1)
    assert (str(share), share.behind, share.counted) == ("2.7%", (3, 110), True)
    assert str(percent(0, 0)) == "not estimable"


def test_only_a_percentage_of_counted_people_is_marked_as_one():
    assert not number(0.8, style="percent", behind=(20, 60)).counted
    assert not count(5).counted


def test_a_sentence_is_its_text_and_keeps_template_and_numbers():
    said = sentence("{n} of {all} {verb}.", n=count(3), all=count(113), verb="moved")
    assert isinstance(said, str) and said == "3 of 113 moved."
    assert said.template == "{n} of {all} {verb}."
    assert said.numbers["n"] == count(3) and said.numbers["verb"] == "moved"
    assert Sentence(said.template, said.numbers) == said


def test_a_sentence_survives_copying_and_pickling_with_its_numbers():
    said = sentence("{n} moved.", n=count(3))
    for other in (copy.copy(said), copy.deepcopy(said), pickle.loads(pickle.dumps(said))):
        assert other == said and other.template == said.template and other.numbers == said.numbers


def test_words_with_braces_are_put_in_as_they_are():
    assert sentence("{name} came.", name="{n}") == "{n} came."


def test_a_name_that_has_no_number_is_an_error():
    with pytest.raises(KeyError):
        sentence("{n} people moved.")


def test_joined_sentences_keep_the_numbers_of_each():
    both = joined(sentence("{n} came.", n=count(3)), sentence("{n} stayed.", n=count(2)))
    assert both == "3 came. 2 stayed."
    assert sorted(n.value for n in both.numbers.values()) == [2, 3]


def test_joining_what_was_joined_before_keeps_every_number_in_its_place():
    first = joined(sentence("{n} a.", n=count(1)), sentence("{n} b.", n=count(2)))
    assert joined(first, first, sentence("{n} c.", n=count(3))) == "1 a. 2 b. 1 a. 2 b. 3 c."


def test_joining_does_not_mix_up_names_that_look_like_numbered_names():
    tricky = sentence("{n} {n_0} {n_0_0}", n=count(1), n_0=count(2), n_0_0=count(3))
    assert joined(tricky, tricky) == "1 2 3 1 2 3"


def test_joining_keeps_braces_and_plain_text_as_they_are():
    assert joined(sentence("{{n}} is {n}.", n=count(1)), "set {a, b}") == "{n} is 1. set {a, b}"
    assert joined() == ""


braced = st.text(alphabet="ab{} ", max_size=8)


@given(st.lists(st.tuples(braced, st.integers(0, 999)), min_size=1, max_size=4))
def test_joined_text_is_the_texts_with_a_space_between(parts):
    made = [sentence(template_of(text) + "{n}", n=count(value)) for text, value in parts]
    assert joined(*made) == " ".join(text + f"{value}" for text, value in parts)
    assert joined(joined(*made), made[0]) == " ".join([*made, made[0]])
