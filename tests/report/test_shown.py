"""What a notebook stores of what it shows, and what comes back from it."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pi_research import report
from pi_research.disclosure import Column
from pi_research.report.shown import MIME, Chart, Table, from_payload, payload
from pi_research.wording import Number, count, joined, percent, sentence


def back(item):
    """The item after being written into a notebook file (which sorts keys) and read from it."""
    return from_payload(json.loads(json.dumps(payload(item), allow_nan=False, sort_keys=True)))


def table_of(frame: pd.DataFrame, **more: object) -> Table:
    return Table("t", "Caption.", frame, tuple(Column(c, c) for c in frame), **more)


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1.5, np.nan, np.inf, -np.inf]),
        pd.Series([np.nan, np.nan]),
        pd.Series([1, 2, 3]),
        pd.Series(pd.to_datetime(["2024-02-29", None])),
        pd.Series(["a", None, "{b}", 'é "quoted" \\ £']),
        pd.Series([True, False]),
        pd.Series([], dtype=float),
        pd.Series(["inf", "nan"]),
    ],
)
def test_a_column_comes_back_with_its_values_and_its_type(column):
    read = back(table_of(pd.DataFrame({"x": column}))).frame["x"]
    pd.testing.assert_series_equal(read, column, check_names=False)


def test_whole_numbers_that_may_be_missing_come_back_as_numbers():
    read = back(
        table_of(pd.DataFrame({"x": pd.array([3, None], "Int64"), "y": pd.array([3, 4], "Int64")}))
    ).frame
    assert read["x"].iloc[0] == 3 and np.isnan(read["x"].iloc[1]) and read["x"].dtype == float
    assert read["y"].tolist() == [3, 4] and read["y"].dtype == "int64"


def test_a_column_of_numbers_that_are_all_missing_is_still_one_of_numbers():
    assert back(table_of(pd.DataFrame({"x": pd.Series([np.nan, np.nan])}))).frame.dtypes["x"] == float


def test_columns_come_back_in_their_order():
    frame = pd.DataFrame({"time": [1], "at_risk": [2], "group": ["x"]})
    assert list(back(table_of(frame)).frame) == ["time", "at_risk", "group"]


def test_words_and_missing_truth_keep_what_is_missing():
    read = back(
        table_of(pd.DataFrame({"x": pd.array([True, None], "boolean"), "c": pd.Categorical(["a", "b"])}))
    ).frame
    assert read["x"].tolist() == [True, None] and read["c"].tolist() == ["a", "b"]


def test_dates_among_other_things_come_back_as_text():
    assert back(table_of(pd.DataFrame({"x": [date(2024, 1, 2), "word"]}))).frame["x"].tolist() == [
        "2024-01-02",
        "word",
    ]


def test_what_json_cannot_hold_is_refused_by_name():
    with pytest.raises(TypeError, match="Period cannot stand in a shown result"):
        payload(table_of(pd.DataFrame({"x": [pd.Period("2024-01")]})))


def test_a_table_comes_back_whole():
    columns = (
        Column("a", "A", "percent", 2, ("n", "rest"), ("n", "of")),
        Column("n", "N", "count", people=False),
    )
    note = sentence("{n} of {of}.", n=count(np.int64(3)), of=count(4))
    table = Table(
        "t-1_x",
        "Caption.",
        pd.DataFrame({"a": [0.5], "n": [3]}),
        columns,
        "movers",
        ("a", "b"),
        "percentage",
        ("All",),
        note,
    )
    read = back(table)
    assert {k: v for k, v in vars(read).items() if k != "frame"} == {
        k: v for k, v in vars(table).items() if k != "frame"
    }
    assert read.note.numbers == note.numbers


def test_a_chart_comes_back_whole():
    alt = joined(
        sentence("{n} points at {m}.", n=count(3), m="two"),
        sentence("Up to {x}.", x=Number(float("inf"), behind=(4, 5))),
    )
    chart = Chart(
        "c",
        "Caption.",
        alt,
        "bars",
        pd.DataFrame({"label": ["a"], "value": [3]}),
        {"ticks": [0, 6], "reference": None},
        "points",
        ("value",),
        "people",
        ("label",),
    )
    read = back(chart)
    assert {k: v for k, v in vars(read).items() if k != "frame"} == {
        k: v for k, v in vars(chart).items() if k != "frame"
    }
    assert read.alt.numbers["x_1"] == Number(float("inf"), behind=(4, 5))


numbers = st.builds(
    Number,
    st.floats() | st.integers(-(10**9), 10**9),
    st.sampled_from(["count", "percent", "decimal", "signed"]),
    st.integers(0, 3),
    st.tuples(st.integers(0, 99), st.integers(0, 99)) | st.just(()),
    st.sampled_from(["", "months"]),
)


@given(value=numbers, words=st.text(max_size=30))
def test_a_sentence_comes_back_word_for_word_with_its_numbers(value, words):
    said = sentence("{words}: {value}.", words=words, value=value)
    read = back(said)
    assert read == said and read.template == said.template
    assert (
        repr(read.numbers["value"].value) == repr(float(value.value))
        and read.numbers["value"].behind == value.behind
    )


@given(text=st.text(max_size=40))
def test_plain_text_comes_back_with_its_braces(text):
    assert back(text) == text


class Screen(list):
    """In place of IPython's display."""

    def __call__(self, data: dict, raw: bool) -> None:
        self.append(data)


@pytest.fixture
def screen(monkeypatch) -> Screen:
    seen = Screen()
    monkeypatch.setattr("IPython.display.display", seen)
    return seen


def test_showing_stores_the_result_beside_its_picture(screen, table, bars):
    report.show(table([("A", 12)]), bars([("A", 12)]), sentence("{n} moved.", n=count(73)), "plain words")
    kinds = [set(shown) - {MIME} for shown in screen]
    assert kinds == [
        {"text/html", "text/plain"},
        {"image/svg+xml", "text/plain"},
        {"text/html", "text/plain"},
        {"text/html", "text/plain"},
    ]
    assert [from_payload(shown[MIME]).__class__.__name__ for shown in screen] == [
        "Table",
        "Chart",
        "Sentence",
        "Sentence",
    ]
    assert "People by group." in screen[0]["text/plain"] and "<table>" in screen[0]["text/html"]


@pytest.mark.parametrize("other", [pd.DataFrame({"a": [1]}), 3, None, {"a": 1}, b"bytes"])
def test_anything_else_is_refused(screen, other):
    with pytest.raises(
        TypeError, match=f"show takes a Table, a Chart or a sentence, not {type(other).__name__}"
    ):
        report.show(other)
    assert not screen


@pytest.mark.parametrize("id", ["", "../up", "a b", "a/b", "-a", "é", "a.csv"])
def test_an_id_that_could_not_name_a_file_is_refused(table, bars, id):
    with pytest.raises(ValueError, match="an id names files"):
        table([("A", 1)], id=id)
    with pytest.raises(ValueError, match="an id names files"):
        bars([("A", 1)], id=id)


def test_a_caption_with_numbers_is_refused_since_no_rule_would_reach_them():
    with pytest.raises(ValueError, match="table t: a caption is released as it stands"):
        Table("t", sentence("{n} people.", n=count(3)), pd.DataFrame(), ())


@pytest.mark.parametrize(
    ("more", "said"), [({"protect": "no"}, "protect must be"), ({"alt": "  "}, "alt text is empty")]
)
def test_a_chart_needs_a_protection_and_words(more, said):
    given_ = {"id": "c", "caption": "C", "alt": "words", "draw": "bars", "frame": pd.DataFrame(), **more}
    with pytest.raises(ValueError, match=f"chart c: {said}"):
        Chart(**given_)


def test_a_share_keeps_the_counts_that_make_it():
    read = back(sentence("{p}", p=percent(3, 4)))
    assert read.numbers["p"] == percent(3, 4)
