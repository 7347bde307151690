import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.survival import (
    cumulative_incidence, kaplan_meier, pseudo_observations, pseudo_regression, restricted_mean)

people = st.integers(2, 20).flatmap(lambda n: st.tuples(
    st.lists(st.integers(1, 12), min_size=n, max_size=n), st.lists(st.integers(0, 2), min_size=n, max_size=n)))


# -- by hand and by another way (against R: validation/survival_reference_milestones.py) -----------

def test_without_censoring_each_is_one_while_still_going_and_nothing_afterwards():
    for jackknife in ("infinitesimal", "exact"):
        made = pseudo_observations([2, 4, 6, 8], [1, 1, 1, 1], [4, 7], jackknife=jackknife)
        np.testing.assert_allclose(made.values, [[0, 0], [0, 0], [1, 0], [1, 1]], atol=1e-12)


def test_three_people_one_censored_by_hand():
    # S(3): all three 2/3 x 1; without the first 1, without the censored 1/2, without the last 1/2.
    made = pseudo_observations([1, 2, 4], [1, 0, 0], [3], jackknife="exact")
    np.testing.assert_allclose(made.values[:, 0], [3 * 2 / 3 - 2 * 1, 3 * 2 / 3 - 2 / 2, 3 * 2 / 3 - 2 / 2])


@given(people, st.sampled_from(["survival", "restricted_mean", "incidence"]))
@settings(max_examples=50)
def test_the_exact_jackknife_is_that_of_leaving_each_out_in_turn(group, quantity):
    time, cause = np.array(group[0], float), np.array(group[1])
    time[0], cause[0], cause[1] = 14, 0, 1  # followed to the end; one ended
    event = np.minimum(cause, 1)

    def estimate(who):
        if quantity == "incidence":
            curve = cumulative_incidence(time[who], cause[who], causes=[1, 2])
            return np.append(0, curve.incidence[:, 0])[np.searchsorted(curve.time, 9, "right")]
        curve = kaplan_meier(time[who], event[who])
        return curve_at(curve, 9) if quantity == "survival" else mean_to(curve, 9)

    n, all_ = len(time), np.ones(len(time), bool)
    expected = [n * estimate(all_) - (n - 1) * estimate(np.arange(n) != i) for i in range(n)]
    given_ = cause if quantity == "incidence" else event
    made = pseudo_observations(time, given_, [9], quantity=quantity, jackknife="exact",
                               cause=1 if quantity == "incidence" else None)
    np.testing.assert_allclose(made.values[:, 0], expected, atol=1e-9)
    assert made.estimate[0] == pytest.approx(estimate(all_))


def curve_at(curve, t):
    return np.append(1, curve.survival)[np.searchsorted(curve.time, t, "right")]


def mean_to(curve, t):
    inside = curve.time < t
    edges = np.concatenate([[0], curve.time[inside], [t]])
    return float((np.diff(edges) * np.append(1, curve.survival[inside])).sum())


@given(people)
@settings(max_examples=50)
def test_the_infinitesimal_ones_average_to_the_estimate_and_spread_by_its_error(group):
    time, event = np.array(group[0], float), np.minimum(group[1], 1)
    time[0], event[0] = 14, 0
    made = pseudo_observations(time, event, [9])
    assert made.values.mean() == pytest.approx(made.estimate[0])
    spread = (((made.values - made.estimate) / len(time)) ** 2).sum() ** 0.5
    row = kaplan_meier(time, event).at([9]).iloc[0]
    assert spread == pytest.approx(row.std_error, abs=1e-9)


def test_those_of_the_restricted_mean_average_to_it():
    made = pseudo_observations([3, 5, 8, 12], [1, 0, 1, 0], [10], quantity="restricted_mean")
    assert made.values.mean() == pytest.approx(restricted_mean(kaplan_meier([3, 5, 8, 12], [1, 0, 1, 0]), 10).estimate)
    assert made.summary().loc[0, ["n", "events"]].tolist() == [4, 2]


# -- regression ------------------------------------------------------------------------------------

def two_groups():
    # Nobody censored before 9: shares 12 of 20 and 16 of 20 by hand.
    time = np.r_[np.arange(8) + 1, np.full(12, 10), np.arange(4) + 1, np.full(16, 10)]
    return time, (time < 10).astype(int), pd.DataFrame({"long_stay": np.repeat([1.0, 0.0], 20)})


def test_with_two_groups_the_effects_are_the_difference_the_odds_and_the_hazard_ratio_by_hand():
    time, event, covariates = two_groups()
    made = pseudo_observations(time, event, [9], jackknife="exact")
    effect = {link: pseudo_regression(made, covariates, link=link).coefficient[1]
              for link in ("identity", "logit", "cloglog")}
    assert effect["identity"] == pytest.approx(12 / 20 - 16 / 20)
    assert effect["logit"] == pytest.approx(np.log((12 / 8) / (16 / 4)))
    assert effect["cloglog"] == pytest.approx(np.log(np.log(12 / 20) / np.log(16 / 20)))
    error = pseudo_regression(made, covariates).std_error[1]
    assert error == pytest.approx((0.6 * 0.4 / 20 + 0.8 * 0.2 / 20) ** 0.5)


def test_the_sentence_names_the_scale_and_makes_no_causal_claim():
    time, event, covariates = two_groups()
    made = pseudo_observations(time, event, [9])
    said = pseudo_regression(made, covariates).sentence("long_stay")
    assert "the share still going differs by −20.0 percentage points (95% interval" in said
    assert "n = 40, 12 events; an association" in said
    assert "ratio of the odds is 0.3" in pseudo_regression(made, covariates, link="logit").sentence("long_stay")
    mean = pseudo_observations(time, event, [9], quantity="restricted_mean")
    assert "the restricted mean differs by" in pseudo_regression(mean, covariates).sentence("long_stay")


@pytest.mark.parametrize("bad, what", [
    (dict(time=[], event=[]), "time: empty"),
    (dict(time=[4], event=[1]), "time: one person only"),
    (dict(time=[4, -1]), "time: negative time in row 2"),
    (dict(time=[4, np.nan]), "time: missing value in row 2"),
    (dict(times=[9]), "times: beyond follow-up.*ask for times up to 8"),
    (dict(event=[1, 2]), "event: neither 0 nor 1 in row 2"),
    (dict(quantity="hazard"), "quantity: 'hazard' is not known"),
    (dict(quantity="incidence", cause=3), "cause: 3 is not known; choose one of 1"),
    (dict(jackknife="delete"), "jackknife: 'delete' is not known"),
])
def test_what_cannot_be_is_refused(bad, what):
    with pytest.raises(ValueError, match=what):
        pseudo_observations(**{**dict(time=[4, 8], event=[1, 0], times=[5]), **bad})


@pytest.mark.parametrize("spoil, what", [
    (lambda x: x.assign(flat=1.0), "covariates: one is constant, or a sum of others"),
    (lambda x: x.assign(long_stay=x.long_stay.where(x.index > 0)), "covariate .long_stay.: missing value in row 1"),
    (lambda x: x.head(3), "covariate .long_stay.: has 3 entries"),
    (lambda x: x.assign(**{f"x{i}": np.arange(40) ** i % 7 for i in range(2, 6)}), "6 terms for 40 people"),
])
def test_covariates_that_cannot_be_are_refused(spoil, what):
    time, event, covariates = two_groups()
    with pytest.raises(ValueError, match=what):
        pseudo_regression(pseudo_observations(time, event, [9]), spoil(covariates))


@pytest.mark.parametrize("link", ["identity", "logit", "cloglog"])
def test_a_group_in_which_nobody_had_the_event_is_refused_and_not_given_an_error_of_nothing(link):
    time, event = np.r_[np.arange(20) + 1, np.full(20, 40)], np.repeat([1, 0], 20)
    with pytest.raises(ValueError, match="everybody or nobody of a group had the event"):
        pseudo_regression(pseudo_observations(time, event, [30]),
                          pd.DataFrame({"group": np.repeat([0.0, 1.0], 20)}), link=link)


def test_a_restricted_mean_takes_the_plain_link_alone():
    time, event, covariates = two_groups()
    mean = pseudo_observations(time, event, [9], quantity="restricted_mean")
    with pytest.raises(ValueError, match="link: 'logit' is not known; choose one of identity"):
        pseudo_regression(mean, covariates, link="logit")


def test_the_unit_of_a_covariate_changes_its_coefficient_alone():
    time, event, covariates = two_groups()
    x = covariates.assign(born=1940 + np.arange(40) * 7 % 23)
    one = pseudo_regression(pseudo_observations(time, event, [9]), x, link="logit")
    two = pseudo_regression(pseudo_observations(time, event, [9]), x.assign(born=x.born * 1e6), link="logit")
    np.testing.assert_allclose(two.coefficient, one.coefficient / [1, 1, 1e6], rtol=1e-7)
    np.testing.assert_allclose(two.std_error, one.std_error / [1, 1, 1e6], rtol=1e-7)


@pytest.mark.parametrize("how", [{}, {"jackknife": "exact"}, {"quantity": "restricted_mean"}])
def test_many_people_are_worked_out_in_blocks_with_the_same_result(how, monkeypatch):
    time, event, _ = two_groups()
    whole = pseudo_observations(time, event, [3, 9], **how).values
    monkeypatch.setattr("pi_research.survival.pseudo.NUMBERS", 20)
    np.testing.assert_allclose(pseudo_observations(time, event, [3, 9], **how).values, whole, atol=1e-12)
