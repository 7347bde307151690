import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.survival import cumulative_incidence, kaplan_meier

people = st.integers(1, 25).flatmap(lambda n: st.tuples(
    st.lists(st.integers(1, 12), min_size=n, max_size=n),
    st.lists(st.integers(0, 2), min_size=n, max_size=n)))


def of(frame, cause):
    return frame[frame.cause == cause]


# -- R's values: tests/validation/test_survival_reference.py ------------------------------------------

def test_one_minus_kaplan_meier_for_a_cause_overstates_it(twelve):
    naive = 1 - kaplan_meier(twelve[0], twelve[1] == 1).at([6, 12, 24]).survival
    assert (naive > of(cumulative_incidence(*twelve).at([6, 12, 24]), 1).incidence.to_numpy()).all()


# -- by hand -------------------------------------------------------------------------------------

def test_four_tenancies_by_hand():
    cif = cumulative_incidence([2, 3, 3, 5], ["death", "return", "censored", "return"])
    assert cif.causes == ("death", "return") and cif.n_events.tolist() == [1, 2]
    np.testing.assert_allclose(cif.incidence, [[0.25, 0], [0.25, 0.25], [0.25, 0.75]])
    np.testing.assert_allclose(cif.event_free, [0.75, 0.5, 0])
    # Without censoring so far the error is the binomial one: sqrt(1/4 * 3/4 / 4).
    np.testing.assert_allclose(cif.std_error[0, 0], (3 / 64) ** 0.5)


# -- defined answers -----------------------------------------------------------------------------

def test_a_cause_that_never_happens_keeps_its_curve_at_zero():
    cif = cumulative_incidence([2, 4], ["return", "censored"], causes=["death", "return"])
    assert cif.at(4).set_index("cause").incidence.to_dict() == {"death": 0, "return": 0.5}
    said = cif.sentence("death", 4)
    assert "0% of tenancies had ended for “death”" in said and "no interval" in said
    ordered = pd.Categorical(["return", "censored"], categories=["return", "death", "censored"])
    assert cumulative_incidence([2, 4], ordered).causes == ("return", "death")
    assert cumulative_incidence([2, 4], pd.Series(ordered)).causes == ("return", "death")


def test_with_all_censored_there_is_no_curve_unless_causes_are_named():
    assert cumulative_incidence([2, 4], [0, 0]).summary().empty
    assert cumulative_incidence([2, 4], [0, 0]).curve().empty
    assert cumulative_incidence([2, 4], [0, 0], causes=[1]).summary().incidence.tolist() == [0]


def test_one_person_and_one_time_for_all():
    assert cumulative_incidence([3], [1]).incidence.tolist() == [[1]]
    cif = cumulative_incidence([3, 3, 3], [1, 2, 0])
    np.testing.assert_allclose(cif.incidence, [[1 / 3, 1 / 3]])


def test_beyond_follow_up_is_missing_unless_nobody_is_left():
    row = cumulative_incidence([2, 6], [1, 0]).at(7).iloc[0]
    assert np.isnan(row.incidence) and row.note == "beyond follow-up"
    assert cumulative_incidence([2, 6], [1, 2]).at(7).incidence.tolist() == [0.5, 0.5]


def test_the_tidy_curve_has_each_cause_from_time_zero():
    drawn = cumulative_incidence([2, 6], [1, 2]).curve()
    assert list(drawn) == ["time", "cause", "at_risk", "events", "censored", "incidence", "lower", "upper"]
    assert of(drawn, 1).time.tolist() == [0, 2, 6] and of(drawn, 2).incidence.tolist() == [0, 0, 0.5]
    assert of(drawn, 1).at_risk.tolist() == [2, 2, 1]


def test_the_sentence_names_the_cause_the_method_and_the_counts(mgus2):
    said = cumulative_incidence(mgus2.time, mgus2.cause).sentence(2, 120, who="people", event="left")
    assert said == ("By 120 months, an estimated 53% of people had left for “2” (95% interval 50% to 56%; "
                    "Aalen-Johansen, the other reasons competing, infinitesimal-jackknife error; n = 1,384, "
                    "events: 698, followed that far: 424).")
    assert ((mgus2.time <= 120) & (mgus2.cause == 2)).sum() == 698
    assert said.numbers["share"].behind == (698, 424)
    assert "beyond follow-up" in cumulative_incidence([2, 6], [1, 0]).sentence(1, 7)


# -- properties ----------------------------------------------------------------------------------

@given(people, st.sampled_from(["infinitesimal_jackknife", "aalen", "greenwood"]))
def test_the_causes_and_the_event_free_share_add_up_to_one(group, variance):
    cif = cumulative_incidence(*group, variance=variance)
    np.testing.assert_allclose(cif.incidence.sum(axis=1) + cif.event_free, 1)
    assert (np.diff(cif.incidence, axis=0) >= 0).all() and np.isfinite(cif.std_error).all()


@given(people)
def test_one_cause_alone_is_one_minus_kaplan_meier_with_greenwood_errors(group):
    time, cause = group
    event = np.minimum(cause, 1)
    cif = cumulative_incidence(time, event, variance="greenwood", causes=[1])
    km = kaplan_meier(time, event)
    np.testing.assert_allclose(cif.incidence[:, 0], 1 - km.survival, atol=1e-12)
    known = km.survival > 0
    np.testing.assert_allclose(cif.std_error[known, 0], km.std_error[known], atol=1e-9)


@given(people)
@settings(max_examples=50)
def test_the_jackknife_by_counts_equals_the_one_person_by_person(group):
    time, cause = map(np.array, group)
    counted = cumulative_incidence(time, cause, causes=[1, 2])
    # Entry at a time before any exit leaves the risk sets as they are but takes the general path.
    listed = cumulative_incidence(time, cause, causes=[1, 2], entry=np.zeros(time.size))
    np.testing.assert_allclose(listed.std_error, counted.std_error, atol=1e-12)


def test_ties_give_the_same_answer_every_time(mgus2):
    one, two = (cumulative_incidence(mgus2.time, mgus2.cause) for _ in range(2))
    np.testing.assert_array_equal(one.std_error, two.std_error)
    back = cumulative_incidence(mgus2.time[::-1], mgus2.cause[::-1])
    np.testing.assert_array_equal(one.incidence, back.incidence)


# -- bad input -----------------------------------------------------------------------------------

@pytest.mark.parametrize("given_, what", [
    (dict(time=[], cause=[]), "time: empty"),
    (dict(time=[1, 2], cause=[1]), "cause: has 1 entries|cause: has shape"),
    (dict(time=[1, 2], cause=["a"]), "cause: has shape"),
    (dict(time=[1, 2], cause=[1, np.nan]), "cause: missing value in row 2"),
    (dict(time=[1, 2], cause=["death", None]), "cause: missing value in row 2.*not censoring"),
    (dict(time=[1, 2], cause=["death", ""]), "cause: missing value in row 2"),
    (dict(time=[1, 2], cause=pd.Categorical(["death", None])), "cause: missing value in row 2"),
    (dict(time=[1, 2], cause=[1, -1]), "cause: not a whole number from 0 up in row 2"),
    (dict(time=[1, 2], cause=[1, 1.5]), "cause: not a whole number from 0 up in row 2"),
    (dict(time=[1, 2], cause=["death", "dead"], causes=["death"]), "cause: a reason that is not.*row 2"),
    (dict(time=[1, 2], cause=[1, 2], variance="robust"), "variance: 'robust' is not known; choose one of"),
    (dict(time=[1, 2], cause=[1, 2], entry=[0, 2]), "entry: entry not before time in row 2"),
    (dict(time=[1, 2], cause=[1, 2], level=0), "level: must lie between 0 and 1"),
])
def test_what_cannot_be_is_refused_with_parameter_row_and_remedy(given_, what):
    with pytest.raises(ValueError, match=what):
        cumulative_incidence(**given_)


def test_a_sentence_about_an_unknown_cause_names_those_there_are():
    with pytest.raises(ValueError, match="choose one of 1, 2"):
        cumulative_incidence([2, 6], [1, 2]).sentence(3, 2)
