"""What a release shows of sentences, tables and points: nothing that rests on few people."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pi_research.disclosure import PRESETS, Column, Rule, protect_points, protect_sentence, protect_table
from pi_research.wording import Number, count, joined, number, percent, sentence

NHS = Rule.preset("nhs")


# sentences

def test_a_small_count_and_what_rests_on_it_are_hidden_in_a_sentence():
    said = sentence("{n} of {all} moved ({p}).", n=count(3), all=count(113), p=percent(3, 113))
    assert protect_sentence(said, NHS) == "[hidden] of 115 moved ([hidden])."
    assert said == "3 of 113 moved (3%)."


def test_a_percentage_of_nearly_all_is_shown_since_a_mark_there_would_say_that_those_left_over_are_few():
    """110 of 115 leaves 0 to 9; a mark beside the two counts would leave 1 to 7."""
    assert protect_sentence(sentence("{p}", p=percent(110, 113)), NHS) == "96%"


def test_a_percentage_of_people_is_worked_out_again_from_the_rounded_counts():
    """28 of 113 are 24.8 %; 30 of 115 are 26.1 %."""
    assert protect_sentence(sentence("{p}", p=percent(28, 113, digits=1)), NHS) == "26.1%"


def test_an_estimated_share_moves_in_steps_worth_the_people_that_counts_are_rounded_to():
    """20 ended and 60 are still followed: steps of 5 of 80, 6.25 points; 64 % is nearest to 10 of them."""
    share = number(0.75, style="percent", digits=1, behind=(20, 60))
    low = Number(0.64, "percent", 1, (20, 60))
    said = protect_sentence(sentence("{s} ({l})", s=share, l=low), NHS)
    assert said == ("75.0% (62.5%) (Estimated shares come from rounded counts here, which moves them by up to "
                    "about 3 points.)")


def test_an_estimated_share_that_is_a_point_of_a_curve_is_printed_as_its_release_draws_it():
    from pi_research.disclosure import protect_curve, remade_points
    from pi_research.survival import kaplan_meier

    curve = kaplan_meier(np.r_[np.arange(1, 21) / 2, np.full(60, 30.0)], np.r_[np.ones(20), np.zeros(60)])
    safe = protect_curve(curve.curve(), NHS)
    said = protect_sentence(curve.sentence(12), NHS, remade_points(curve.curve(), safe))
    drawn = safe[safe["time"] <= 12].iloc[-1]
    assert f"{drawn.survival:.0%} of tenancies" in said and f"{drawn.lower:.0%} to {drawn.upper:.0%}" in said


@given(st.floats(0, 1), st.integers(8, 300), st.integers(8, 300))
def test_a_step_is_never_further_off_than_half_of_it(share, events, followed):
    shown, half = NHS.estimated_share(share, (events, followed))
    assert abs(shown - share) <= half + 1e-12 and 0 <= shown <= 1
    assert 2 * half * (NHS.rounded(events) + NHS.rounded(followed)) == pytest.approx(NHS.base)


def test_another_estimate_has_two_significant_figures():
    text = sentence("{r} {c} {m} {p}", r=number(0.5432, digits=3, behind=(40,)), p=number(
        -0.2712, style="percent_change", digits=1, behind=(40,)), c=number(1893412, style="pounds", behind=(40,)),
        m=number(12.34, digits=1, unit="months", behind=(40,)))
    assert protect_sentence(text, NHS) == "0.54 £1,900,000 12 months −27%"


def test_an_estimate_that_rests_on_few_people_is_hidden_with_its_unit_said():
    share = number(0.75, style="percent", behind=(20, 6))
    months = number(6.2, unit="months", behind=(3,))
    assert protect_sentence(sentence("{s} {m}", s=share, m=months), NHS) == "[hidden] [hidden] months"


def test_numbers_about_nobody_stay_as_they_are():
    said = sentence("{k} months, £{c}, {w}.", k=count(3, people=False), c=number(5, digits=0), w="3 in words")
    assert protect_sentence(said, NHS) == said


def test_a_zero_stays_unless_the_rule_hides_zeros():
    said = sentence("{n} ({p})", n=count(0), p=percent(0, 50))
    assert protect_sentence(said, NHS) == "0 (0%)"
    assert protect_sentence(said, Rule.preset("sacro")) == "[hidden] ([hidden])"


def test_under_midpoint_6_every_count_is_the_middle_of_its_band():
    said = sentence("{n} of {all} ({p})", n=count(4), all=count(113), p=percent(4, 113, digits=1))
    assert protect_sentence(said, Rule.preset("midpoint6")) == "3 of 111 (2.7%)"


def test_plain_text_and_its_braces_come_through():
    assert protect_sentence("as {is}", NHS) == "as {is}"


def test_joined_sentences_are_protected_number_by_number():
    both = joined(sentence("{n} came.", n=count(3)), sentence("{n} stayed.", n=count(13)))
    assert protect_sentence(both, NHS) == "[hidden] came. 15 stayed."
    assert protect_sentence(protect_sentence(both, NHS), NHS) == "[hidden] came. 15 stayed."


@given(st.sampled_from(list(PRESETS)), st.integers(0, 300), st.integers(0, 300))
def test_no_released_percentage_leaves_the_range_or_shows_a_hidden_count(name, part, rest):
    rule = Rule.preset(name)
    shown = protect_sentence(sentence("{p}", p=percent(part, part + rest, digits=6)), rule)
    if part + rest == 0:
        assert shown == ("[hidden]" if rule.hide_zero else "not estimable")
    elif rule.hides(part) or rule.hides(part + rest):
        assert shown == rule.token
    else:
        assert 0 <= float(shown[:-1]) <= 100


# tables

COUNTED = [Column("label", "Reason"), Column("n", "People", "count"),
           Column("share", "Share", "percent", 0, of=("n", "of"))]


def counted(*pairs):
    frame = pd.DataFrame(pairs, columns=["n", "of"]).assign(label=[f"r{i}" for i in range(len(pairs))])
    return frame.assign(share=frame["n"] / frame["of"])


def test_a_table_hides_small_counts_and_rounds_the_others():
    safe = protect_table(counted((3, 113), (28, 113), (0, 113)), COUNTED, NHS)
    assert safe["n"].tolist() == ["[hidden]", "30", "0"]
    assert safe["label"].tolist() == ["r0", "r1", "r2"]


def test_a_tables_percentages_come_from_rounded_counts():
    safe = protect_table(counted((3, 113), (28, 113), (0, 113), (110, 113)), COUNTED, NHS)
    assert safe["share"].tolist() == ["[hidden]", "26%", "0%", "96%"]


def test_the_limits_of_a_percentage_come_from_rounded_counts_too():
    """All of 9: the exact limit, 66 %, would say that it was nine. All of 10 gives 0.025 ** (1 / 10).

    Clopper-Pearson for 30 of 115: the beta quantiles (30, 86) and (31, 85), 0.1834 and 0.3510.
    """
    frame = counted((9, 9), (28, 113), (3, 113)).assign(lower=[0.664, 0.171, 0.006], upper=[1, 0.338, 0.076])
    columns = [Column(side, side, "percent", 1, of=("n", "of"), limit=side) for side in ("lower", "upper")]
    safe = protect_table(frame, columns, NHS)
    assert safe["lower"].tolist() == [f"{100 * 0.025 ** 0.1:.1f}%", "18.3%", "[hidden]"]
    assert safe["upper"].tolist() == ["100.0%", "35.1%", "[hidden]"]


def test_a_table_under_midpoint_6_shows_no_exact_count():
    safe = protect_table(counted((4, 113), (28, 113)), COUNTED, Rule.preset("midpoint6"))
    assert safe["n"].tolist() == ["3", "27"] and safe["share"].tolist() == ["3%", "24%"]


ESTIMATED = [Column("time", "Months", "decimal", 0, people=False),
             Column("survival", "Kept", "percent", 0, ("events", "at_risk")),
             Column("method", "Method"), Column("said", "Said", behind=("events",))]


def estimated(**changed):
    made = {"time": 12, "survival": 0.75, "events": 20, "at_risk": 60, "method": "KM", "said": "3 people"}
    return pd.DataFrame([{**made, **changed}])


def test_an_estimate_is_withheld_where_a_count_behind_it_is_small_or_not_known():
    assert protect_table(estimated(), ESTIMATED, NHS).iloc[0].tolist() == ["12", "75%", "KM", "3 people"]
    for few in ({"events": 5}, {"at_risk": 7}, {"events": math.nan}, {"at_risk": None}):
        assert protect_table(estimated(**few), ESTIMATED, NHS)["survival"].tolist() == ["[hidden]"]


def test_text_with_counts_behind_it_is_withheld_like_a_number():
    assert protect_table(estimated(events=3), ESTIMATED, NHS)["said"].tolist() == ["[hidden]"]


def test_a_column_that_describes_nobody_is_never_hidden():
    assert protect_table(estimated(time=3, events=1), ESTIMATED, NHS)["time"].tolist() == ["3"]


def test_a_missing_value_stays_an_empty_cell():
    assert protect_table(estimated(survival=math.nan, events=3), ESTIMATED, NHS)["survival"].tolist() == [""]


@pytest.mark.parametrize("column", [Column("survival", "Kept", behind=("events", "people")),
                                    Column("survival", "Kept", of=("people", "events"))])
def test_a_column_whose_counts_are_not_in_the_table_can_not_be_released(column):
    with pytest.raises(KeyError, match=r"column survival: the counts behind it \(people\) are not in"):
        protect_table(estimated(), [column], NHS)


def test_an_empty_table_stays_empty_and_still_needs_its_counts():
    assert protect_table(counted(), COUNTED, NHS).shape == (0, 3)
    with pytest.raises(KeyError):
        protect_table(counted().drop(columns="of"), COUNTED, NHS)


some = st.integers(0, 60)


@given(st.sampled_from(list(PRESETS)), st.lists(st.tuples(some, some), min_size=1, max_size=6))
def test_no_released_cell_equals_a_small_exact_count(name, pairs):
    rule = Rule.preset(name)
    safe = protect_table(counted(*((n, n + rest) for n, rest in pairs)), COUNTED, rule)
    for shown, (n, rest) in zip(safe["n"], pairs, strict=True):
        assert shown == (rule.token if rule.hides(n) else str(rule.rounded(n)))
        assert not (1 <= n <= rule.threshold and shown == str(n))
    for shown, (n, rest) in zip(safe["share"], pairs, strict=True):
        assert (shown == rule.token) == ((rule.hides(n) or rule.hides(n + rest)) and n + rest > 0)


def test_a_freely_written_name_is_left_out_where_few_people_have_it():
    frame = pd.DataFrame({"label": ["Area: North", "Area: Nowhere", "Elsewhere"], "of": [41, 1, 7]})
    columns = [Column("label", "Group", named_by="of"), Column("of", "Of", "count")]
    assert protect_table(frame, columns, NHS)["label"].tolist() == [
        "Area: North", "Area: (few people, not named)", "(few people, not named)"]


# points

def points():
    return pd.DataFrame({"label": ["a", "b", "c"], "position": [0, 1, 2], "value": [3, 28, 0],
                         "estimate": [0.1, 0.2, 0.3]})


def test_points_that_rest_on_few_people_become_gaps_and_other_counts_are_rounded():
    safe = protect_points(points(), ["value"], NHS)
    assert safe["value"].tolist()[1:] == [30, 0] and math.isnan(safe["value"][0])
    assert math.isnan(safe["estimate"][0]) and safe["estimate"].tolist()[1:] == [0.2, 0.3]
    assert safe["label"].tolist() == ["a", "b", "c"] and safe["position"].tolist() == [0, 1, 2]


def test_the_frame_that_was_shown_is_not_changed():
    frame = points()
    protect_points(frame, ["value"], NHS)
    pd.testing.assert_frame_equal(frame, points())


def test_a_point_with_a_count_that_is_not_known_is_not_shown():
    safe = protect_points(points().assign(value=pd.Series([20, None, 30], dtype=object)), ["value"], NHS)
    assert math.isnan(safe["estimate"][1]) and safe["value"].tolist()[::2] == [20, 30]


def test_each_of_several_counts_can_hide_a_point():
    safe = protect_points(points().assign(rest=[50, 2, 60]), ["value", "rest"], NHS)
    assert safe["estimate"].isna().tolist() == [True, True, False]


def test_points_without_the_counts_that_are_named_can_not_be_released():
    with pytest.raises(KeyError, match="the chart's points: the counts behind it"):
        protect_points(points(), ["people"], NHS)


def test_no_points_are_still_no_points():
    assert len(protect_points(points().iloc[:0], ["value"], NHS)) == 0


@given(st.sampled_from(list(PRESETS)), st.lists(st.integers(0, 40), min_size=1, max_size=8))
def test_no_released_point_is_a_small_exact_count(name, values):
    rule = Rule.preset(name)
    safe = protect_points(pd.DataFrame({"value": values}), ["value"], rule)
    assert [None if v != v else v for v in safe["value"]] == [rule.count(v) for v in values]
