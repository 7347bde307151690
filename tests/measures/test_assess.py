"""One measure judged: on target or not, changed or not, in a sentence that is right whatever the data."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.disclosure import Rule, protect_sentence
from pi_research.measures import Measure, MeasureError, assess, tally
from pi_research.numerics import exact_binomial, exact_poisson

KEPT = Measure("kept", "Tenancies kept", "kept it", "due", target=0.8, comparison="at_least", direction=1)
MOVES = Measure("moves", "Moves", "people who moved", scale="count", unit="people", target=6, comparison="at_least",
                direction=1)
WAIT = Measure("wait", "Mean wait", "days", scale="value", unit="days", target=10, comparison="at_most", direction=-1)


def quarters(n, start="2019-10-01"):
    return pd.date_range(start, periods=n, freq="QS-OCT")


def rows(x, n=None):
    made = {"period": quarters(len(x)), "numerator": x}
    return pd.DataFrame(made | ({} if n is None else {"denominator": n}))


def values(v):
    return pd.DataFrame({"period": [f"year {k}" for k in range(len(v))], "value": v})


# verdicts

def test_a_measure_well_above_its_target_will_be_met_every_quarter():
    made = assess(KEPT, rows([190, 192, 188, 190] * 4, [200] * 16))
    assert (made.on_target, made.assurance, made.variation) == (True, "pass", "common")
    assert "go on meeting the target every quarter" in made.sentence() and "XmR limits" in made.sentence()


def test_a_measure_well_below_it_will_be_missed_whatever_the_last_quarter_is():
    made = assess(KEPT, rows([50, 52, 49, 51] * 4, [100] * 16))
    assert (made.on_target, made.assurance) == (False, "fail")
    assert "not on target" in made.sentence() and "go on missing the target every quarter" in made.sentence()


def test_a_fall_is_a_change_for_the_worse_and_the_sentence_says_since_when_and_by_which_rule():
    made = assess(KEPT, rows([90, 92, 91, 93, 90, 92, 91, 93, 80, 81, 82, 80, 81, 82, 80], [100] * 15))
    assert made.variation == "concern"
    assert "Changed for the worse, since October to December 2021: " in made.sentence()


def test_where_lower_is_better_a_fall_is_an_improvement():
    made = assess(WAIT, values([30.0, 31, 29, 30, 31, 29, 30, 12, 11, 12, 11, 12, 11, 12]))
    assert made.variation == "improvement" and "lies below the lower limit" in made.sentence()


def test_without_a_direction_a_change_is_neither_better_nor_worse():
    made = assess(Measure("n", "Referrals", "referrals", scale="count"), rows([20] * 10 + [60] * 4))
    assert made.variation == "high" and made.assurance == "none" and "Changed, upwards" in made.sentence()


def test_few_people_get_exact_limits_and_many_an_xmr_chart():
    assert assess(KEPT, rows([3, 4, 2, 4], [4] * 4)).chart.kind == "p"
    assert assess(KEPT, rows([97, 98, 99, 98], [100] * 4)).chart.kind == "p"
    assert assess(KEPT, rows([70, 72, 71, 69], [100] * 4)).chart.kind == "XmR"
    assert assess(MOVES, rows([3, 4, 2, 4])).chart.kind == "u" and assess(MOVES, rows([3, 4, 2]), few=0).chart.kind == "XmR"
    assert assess(KEPT, rows([70, 72, 71], [100] * 3), chart="p′").chart.kind == "p′"


def test_under_thirteen_points_nothing_is_said_of_change():
    made = assess(KEPT, rows([3] * 12, [4] * 12))
    assert (made.judged, made.variation, made.assurance) == (False, "few", "few") and made.on_target is False
    assert "cannot be judged yet: 12 of the 13 points" in made.sentence()
    assert assess(KEPT, rows([3] * 13, [4] * 13)).judged and assess(KEPT, rows([3] * 8, [4] * 8), enough=8).judged


def test_a_rebased_measure_is_judged_by_its_last_stretch():
    x, n = [50] * 14 + [90] * 14, [100] * 28
    assert assess(KEPT, rows(x, n)).assurance == "fail"
    assert assess(KEPT, rows(x, n), rebase=[quarters(28)[14]]).assurance == "pass"
    assert assess(KEPT, rows(x, n), rebase=["2024-01-01"]).judged is False


def test_one_point_has_a_verdict_on_the_target_and_no_chart():
    made = assess(KEPT, rows([9], [10]))
    assert made.chart is None and made.on_target and "1 of the 13" in made.sentence()


def test_no_result_yet_is_said_and_judged_nowhere():
    made = assess(KEPT, values([]))
    assert made.on_target is None and made.variation == "few"
    assert str(made.sentence()) == "Tenancies kept: no result yet (at least 80% is the target), so that it cannot be judged."


def test_strict_targets_are_missed_where_they_are_equalled():
    at_least = Measure("a", "A", "x", "y", target=0.5, comparison="at_least", direction=1)
    more_than = Measure("a", "A", "x", "y", target=0.5, comparison="more_than", direction=1)
    assert at_least.meets(0.5) and not more_than.meets(0.5)
    at_most = Measure("a", "A", "x", "y", target=0.5, comparison="at_most", direction=-1)
    less_than = Measure("a", "A", "x", "y", target=0.5, comparison="less_than", direction=-1)
    assert at_most.meets(0.5) and not less_than.meets(0.5) and less_than.meets(0.49)


# intervals and words

def test_intervals_are_exact_and_say_whether_the_target_lies_within():
    made = assess(KEPT, rows([9], [10]))
    assert (made.lower, made.upper) == exact_binomial(9, 10) and made.too_small
    assert "which lies within that interval" in made.sentence()
    assert assess(MOVES, rows([4])).lower == exact_poisson(4).lower
    assert not assess(KEPT, rows([40], [100])).too_small


def test_what_hangs_together_has_no_exact_interval_and_the_sentence_says_why():
    days = Measure("d", "Delayed days", "days", "bed days", target=0.1, comparison="at_most", direction=-1, independent=False)
    made = assess(days, rows([3, 4, 5], [100] * 3))
    assert np.isnan(made.lower) and made.chart.kind == "XmR" and "hangs together" in made.sentence()


def test_a_published_figure_without_its_counts_says_so_and_gives_the_first_figure():
    said = assess(WAIT, values([30.0, 20.0, 9.5])).sentence()
    assert "Latest figure (year 2): 9.5 days, against at most 10 days" in said
    assert "counts behind it were not published" in said and "First figure, year 0: 30 days" in said


def test_a_release_hides_small_counts_and_limits_that_rest_on_one():
    made = assess(KEPT, rows([30, 31, 3] + [30] * 12, [40] * 15))
    said = str(protect_sentence(made.sentence(), Rule.preset("nhs")))
    assert "75.0% (30 of 40" in said and "XmR limits [hidden] to [hidden]" in said
    small = str(protect_sentence(assess(KEPT, rows([3, 4] * 7, [5] * 14)).sentence(), Rule.preset("nhs")))
    assert "4 of 5" not in small and "80.0%" not in small and small.count("[hidden]") >= 5


@pytest.mark.parametrize(("first", "words"), [("2024-07-01", "July to September 2024"), ("2023-11-01", "November to January 2024")])
def test_a_quarter_is_written_by_its_months(first, words):
    from pi_research.measures._words import when

    assert when(np.datetime64(first, "ns")) == words


def test_the_tally_counts_and_names():
    found = [assess(KEPT, rows([95] * 14, [100] * 14)), assess(KEPT, rows([3] * 4, [4] * 4)), assess(KEPT, values([]))]
    said = str(tally(found, "the programme"))
    assert said.startswith("Of 3 measures of the programme, 3 have a target: 1 on target in the latest period (1 of them "
                           "reliably), 1 not, 1 without a result; for 1 the latest period alone is too small to tell.")
    assert "cannot be judged yet: 2." in said and said.endswith("Not on target: Tenancies kept.")


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(12, 40)), min_size=2, max_size=20))
@settings(max_examples=50, deadline=None)
def test_any_counts_give_a_whole_sentence_and_a_verdict_that_the_value_supports(pairs):
    x, n = (list(v) for v in zip(*pairs, strict=True))
    made = assess(KEPT, rows(x, n))
    assert made.on_target == (x[-1] / n[-1] >= 0.8) and not {"nan", "None", "{"} & set(made.sentence().split())
    assert made.summary()["value"].tolist() == made.value.tolist()


# what is refused

@pytest.mark.parametrize(("measure", "table", "words"), [
    (KEPT, rows([7], [2]), "kept: period 2019-10-01 is a share above 100%"),
    (KEPT, rows([3], [0]), "denominator of 0"), (KEPT, rows([3], [np.nan]), "is missing"),
    (KEPT, rows([np.nan], [5]), "is missing"), (KEPT, rows([-1], [5]), "below nought"),
    (KEPT, values([3.5]), "share above 100%"), (WAIT, values([np.nan]), "is missing"),
    (KEPT, rows([1, 2], [5, 5]).assign(period=["a", "a"]), "stands twice"),
    (KEPT, rows([1, 2], [5, 5]).iloc[::-1], "not in order"), (KEPT, rows([1, 2], [5, 5]).assign(period=pd.NaT), "period is missing"),
    (KEPT, rows([1.5, 2], [5, 5]), "whole number")])
def test_rows_that_cannot_be_are_refused_by_measure_and_place(measure, table, words):
    with pytest.raises(MeasureError, match=words):
        assess(measure, table)


def test_a_period_to_rebase_at_must_be_there_and_leave_two_points():
    with pytest.raises(MeasureError, match="2030-01-01, which has no row"):
        assess(KEPT, rows([3] * 4, [4] * 4), rebase=["2030-01-01"])
    with pytest.raises(MeasureError, match="one point only"):
        assess(KEPT, rows([3] * 4, [4] * 4), rebase=[quarters(4)[3]])


@pytest.mark.parametrize(("changed", "words"), [
    ({"direction": 0}, "needs a direction"), ({"direction": -1}, "agrees with it"), ({"comparison": ""}, "must be a number with one"),
    ({"target": 80}, "cannot be a share"), ({"target": np.nan}, "must be a number"), ({"scale": "percent"}, "scale must be")])
def test_a_measure_that_cannot_be_is_refused(changed, words):
    from dataclasses import replace

    with pytest.raises(MeasureError, match=words):
        replace(KEPT, **changed)
