import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from pi_research.survival import compare_people, milestone_probabilities, missing_patterns, tipping_point

people = st.lists(st.tuples(st.sampled_from([40.0, 50.0, None]), st.sampled_from(["f", "m", "unknown", ""])),
                  min_size=1, max_size=20).map(lambda rows: pd.DataFrame(rows, columns=["age", "sex"]))


# -- patterns --------------------------------------------------------------------------------------

def test_patterns_count_people_by_what_is_known_of_them():
    frame = pd.DataFrame({"age": [40, 50, None, None], "sex": ["f", "not_stated", "", "m"]})
    found = missing_patterns(frame)
    assert found.summary().people.tolist() == [1, 1, 1, 1] and found.missing.tolist() == [2, 2]
    assert found.sentence() == ("Of 4 people, 1 (25%) have all 2 values; what is known falls into 4 patterns, and "
                                "age is missing most often (for 2).")
    assert "All 1 people have all 2 values" in missing_patterns(frame.head(1)).sentence()


@given(people)
def test_every_person_is_in_one_pattern_and_order_changes_none(frame):
    found = missing_patterns(frame)
    assert found.patterns.people.sum() == len(frame) == found.n
    pd.testing.assert_frame_equal(missing_patterns(frame.iloc[::-1]).patterns, found.patterns)


def test_an_empty_frame_is_refused():
    with pytest.raises(ValueError, match="frame: empty"):
        missing_patterns(pd.DataFrame({"age": []}))


# -- tipping point -----------------------------------------------------------------------------------

def programme(held, lost, unknown):
    """All available for 12 months: held, lost at 6, gone from sight at 3."""
    time = np.r_[np.full(held, 12), np.full(lost, 6), np.full(unknown, 3)]
    ended = np.r_[np.zeros(held), np.ones(lost), np.zeros(unknown)]
    return time, ended, np.full(len(time), 12)


def test_the_tipping_number_by_hand_is_where_the_exact_limit_crosses_the_target():
    # 90 held, none lost, 10 unknown, target 0.85: with k failed the exact lower limit is that of 100 - k of 100.
    found = tipping_point(*programme(90, 0, 10), 12, 0.85)
    from scipy.stats import beta
    limits = [beta.ppf(0.025, 100 - k, k + 1) for k in range(11)]
    np.testing.assert_allclose(found.lower, limits, rtol=1e-9)
    assert found.main_reading == "above" and found.better_up_to is None
    assert found.worse_from == next(k for k, low in enumerate(limits) if low <= 0.85) == 8
    assert "it would read worse if 8 or more of them had failed" in found.sentence()


def test_a_reading_that_no_unknown_can_change_says_so():
    found = tipping_point(*programme(90, 0, 2), 12, 0.5)
    assert found.worse_from is found.better_up_to is None
    assert "whatever became of them, the reading stays" in found.sentence()
    assert "no outcome that has come due is unknown" in tipping_point(*programme(9, 1, 0), 12, 0.5).sentence()


def test_a_reading_below_the_target_may_be_lifted_by_the_unknown():
    found = tipping_point(*programme(40, 40, 40), 12, 0.62)
    assert found.main_reading == "below" and found.better_up_to is not None and found.worse_from is None
    assert f"better if {found.better_up_to} or fewer" in found.sentence()


@given(st.integers(1, 15), st.integers(0, 10), st.integers(0, 6), st.sampled_from(["failing", "excluded"]))
def test_the_share_falls_with_each_failure_from_the_best_case_to_the_worst(held, lost, unknown, death):
    rows = programme(held, lost, unknown)
    found = tipping_point(*rows, 12, 0.66, death=death)
    assert (np.diff(found.estimate) < 1e-12).all() and len(found.failed) == unknown + 1
    both = milestone_probabilities(*rows, [12], death=death)
    assert found.estimate[0] == pytest.approx(both.best[0]) and found.estimate[-1] == pytest.approx(both.worst[0])


@pytest.mark.parametrize("bad, what", [
    (dict(target=66), "target: must lie between 0 and 1"),
    (dict(month=0), "months: a milestone at 0"),
    (dict(month=40), "month: nobody who counts was followed that far"),
    (dict(time=[]), "time: empty"),
    (dict(death="no"), "death: 'no' is not known"),
    (dict(id=[1, 1]), "id: a person a second time in row 2"),
])
def test_a_tipping_point_that_cannot_be_is_refused(bad, what):
    with pytest.raises(ValueError, match=what):
        tipping_point(**{**dict(time=[3, 9], ended=[1, 0], available=[9, 9], month=6, target=0.66), **bad})


# -- who is in it ------------------------------------------------------------------------------------

def eight():
    return pd.DataFrame({"age": [30, 40, 50, np.nan, 35, 45, 55, 65],
                         "sex": ["f", "m", "m", "m", "f", "f", "unknown", "m"],
                         "forensic": [True, False, False, False, False, False, True, True]}), np.repeat([1, 0], 4)


def test_people_who_moved_stand_beside_those_who_did_not_with_what_is_missing():
    rows = compare_people(*eight()).summary().set_index(["characteristic", "level"])
    age = rows.loc[("age", "")]
    assert (age.value, age.value_others, age.missing, age.missing_others) == (40, 50, 1, 0)
    assert age.standardised == pytest.approx(-10 / ((100 + 500 / 3) / 2) ** 0.5)
    woman = rows.loc[("sex", "f")]
    assert (woman.value, woman.value_others, woman.known_others) == (pytest.approx(1 / 4), pytest.approx(2 / 3), 3)
    assert rows.loc[("forensic", "")].difference == pytest.approx(1 / 4 - 2 / 4)


def test_the_difference_of_means_has_welchs_limits():
    rows = compare_people(*eight()).summary().set_index("characteristic").loc["age"]
    both = CompareMeans(DescrStatsW([30.0, 40, 50]), DescrStatsW([35.0, 45, 55, 65]))
    assert (rows.lower, rows.upper) == pytest.approx(both.tconfint_diff(usevar="unequal"))


def test_the_difference_of_shares_has_newcombes_published_limits():
    # Newcombe (1998), table II, row (a) of method 10: 56 of 70 beside 48 of 80.
    group = np.repeat([1, 0], [70, 80])
    row = compare_people(pd.DataFrame({"x": np.r_[np.arange(70) < 56, np.arange(80) < 48]}), group).summary().iloc[0]
    assert (round(row.lower, 4), round(row.upper, 4)) == (0.0524, 0.3339)


def test_a_characteristic_known_of_nobody_stays_in_the_table():
    frame = pd.DataFrame({"sex": ["unknown"] * 4, "age": [40, 41, None, None]})
    rows = compare_people(frame, [1, 1, 0, 0]).summary()
    assert rows.characteristic.tolist() == ["sex", "age"]
    assert rows.missing_others.tolist() == [2, 2] and np.isnan(rows.difference).all()


def test_the_sentence_describes_and_claims_no_effect():
    said = compare_people(*eight()).sentence()
    assert said.startswith("Of 8 people, 4 had moved and 4 had not by the extract date.")
    assert "it says nothing about what a move does" in said and "cause" not in said and "effect" not in said
    assert said.numbers["d0"].behind  # counts stand behind each difference
    same = pd.DataFrame({"age": [1.0, 2, 1, 2]})
    assert "none differs by more than 0.2" in compare_people(same, [1, 1, 0, 0]).sentence()


@given(people, st.data())
def test_swapping_the_groups_turns_the_differences(frame, data):
    group = np.array(data.draw(st.lists(st.integers(0, 1), min_size=len(frame), max_size=len(frame))))
    if min(group.sum(), (1 - group).sum()) < 2:
        with pytest.raises(ValueError, match="group: fewer than two"):
            compare_people(frame, group)
        return
    one, two = compare_people(frame, group).summary(), compare_people(frame, 1 - group).summary()
    np.testing.assert_allclose(one.difference, -two.difference, atol=1e-12)
    np.testing.assert_allclose(one.lower, -two.upper, atol=1e-9)
    assert (one.known + one.missing == group.sum()).all()


@pytest.mark.parametrize("frame, group, how, what", [
    (pd.DataFrame({"x": []}), [], {}, "frame: empty"),
    (pd.DataFrame({"x": [1, 2, 3, 4]}), [1, 0, 0, 0], {}, "group: fewer than two people"),
    (pd.DataFrame({"x": [1, 2, 3, 4]}), [1, 1, 0, 2], {}, "group: neither 0 nor 1 in row 4"),
    (pd.DataFrame({"x": [f"PI-{i}" for i in range(42)]}), [1, 0] * 21, {}, "column x: 42 different texts"),
])
def test_a_comparison_that_cannot_be_is_refused(frame, group, how, what):
    with pytest.raises(ValueError, match=what):
        compare_people(frame, group, **how)
