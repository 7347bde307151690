"""What the data-quality page shows of linkage: a histogram, counts of nought in words, and both released."""

from __future__ import annotations

import pandas as pd
import pytest

from pi_research.disclosure import Rule
from pi_research.report import figures, tables
from pi_research.report.draw import svg
from pi_research.report.render import as_html, released
from pi_research.report.shown import from_payload, payload

BINS = pd.DataFrame({
    "position": [-10, -5, 0, 5] * 2, "group": ["linked"] * 4 + ["not linked"] * 4, "value": [0, 0, 3, 58, 40, 0, 2, 0],
})


@pytest.fixture
def chart():
    return figures.histogram(BINS, "weights", "Pairs.", width=5, xlabel="Match weight", ylabel="Pairs of records",
                             who="pairs", marks={"probability 0.99": 6.6})


def test_a_histogram_says_its_groups_and_draws_each_with_its_name_and_numbers(chart):
    assert str(chart.alt) == (
        "Bars of pairs of records by match weight, in steps of 5. Linked: 61, most of them (58) from 5 to 10. "
        "Not linked: 42, most of them (40) from -10 to -5.")
    drawn = svg(chart)
    for text in ("linked", "not linked", "probability 0.99", ">58<", ">40<", ">5<", "Match weight"):
        assert text in drawn, text


def test_a_released_histogram_has_no_bar_of_few_and_a_dash_in_its_place(chart):
    safe = released(from_payload(payload(chart)), Rule.preset("nhs"))
    assert safe.frame["value"].tolist()[2:4] != [3, 58] and safe.frame["position"].tolist() == BINS["position"].tolist()
    assert safe.frame["value"].isna().tolist() == [False, False, True, False, False, False, True, False]
    drawn = svg(safe)
    assert ">60<" in drawn and ">–<" in drawn and ">58<" not in drawn and ">3<" not in drawn


def test_a_histogram_of_nothing_released_says_that_there_are_too_few(chart):
    bins = BINS.assign(value=[0, 0, 1, 2] * 2)
    few = figures.histogram(bins, "w", "W.", width=5, xlabel="X", ylabel="Y", who="pairs")
    assert "[hidden]" in str(released(few, Rule.preset("nhs")).alt)
    assert svg(released(few, Rule.preset("nhs")))


CASES = pd.DataFrame({"had": list("abcd"), "done": "seen", "n": [0.0, 3, 61, float("nan")]})


@pytest.mark.parametrize(("rule", "cells"), [
    ("", ["none found", "3", "61", ""]), ("nhs", ["none found", "[hidden]", "60", ""]),
    ("midpoint6", ["none found", "3", "63", ""]), ("sacro", ["[hidden]", "[hidden]", "60", ""]),
])
def test_a_count_of_nought_is_said_in_words_unless_a_rule_hides_noughts(rule, cells):
    table = tables.cases(CASES, "cases", "Cases.")
    html = as_html(released(table, Rule.preset(rule)) if rule else table)
    assert [part.split("</td>")[0].split(">")[-1] for part in html.split("<tr>")[2:] for part in
            [part.split("<td")[2]]] == cells


def test_a_small_count_that_is_rounded_to_nought_is_not_called_none():
    loose = Rule.preset("nhs", threshold=1, base=10)
    assert ">0<" in as_html(released(tables.cases(CASES, "cases", "Cases."), loose))
