"""Gray, Fine-Gray, cause-specific Cox, time lost. R's values: tests/validation, topic ``models``."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.survival import (
    cause_specific_cox, cox, cumulative_incidence, fine_gray, gray_test, kaplan_meier, log_rank,
    restricted_mean, restricted_mean_time_lost,
)

seeds = st.integers(0, 10_000)
few = settings(max_examples=15, deadline=None)


def people(seed, n=60, censored=0.3, longest=15):
    """Random times with ties, causes 1 and 2, a group and two covariates."""
    draw = np.random.default_rng(seed)
    cause = np.where(draw.random(n) < censored, 0, draw.integers(1, 3, n))
    return pd.DataFrame({"time": draw.integers(1, longest, n), "cause": cause, "group": draw.integers(0, 2, n),
                         "z": draw.integers(0, 2, n), "x": draw.normal(size=n).round(2)})


# -- Gray's test ---------------------------------------------------------------------------------

def test_expected_events_by_hand():
    # At 1 both groups of 3 are whole: half each. At 3 group a has one left with S = 1/3 and 1 - F = 2/3, so
    # n (1 - F) / S = 2: the one who died at 2 still counts. 2 of 5, and 3 of 5 in group b.
    made = gray_test([1, 2, 5, 3, 4, 6], [1, 2, 0, 1, 0, 0], list("aaabbb"), causes=[1, 2])
    np.testing.assert_allclose(made.expected[0], [1 / 2 + 2 / 5, 1 / 2 + 3 / 5])
    assert made.observed.tolist() == [[1, 1], [1, 0]] and made.n.tolist() == [3, 3]


@given(seeds)
@few
def test_with_one_cause_alone_the_expected_events_are_those_of_the_log_rank_test(seed):
    d = people(seed)
    event = d.cause == 1
    made = gray_test(d.time, event, d.group, causes=[1])
    np.testing.assert_allclose(made.expected[0], log_rank(d.time, event, d.group, method="chi-squared").expected)


@given(seeds)
@few
def test_the_order_and_names_of_groups_don_t_matter(seed):
    d = people(seed)
    made = gray_test(d.time, d.cause, d.group)
    other = gray_test(2 * d.time[::-1], d.cause[::-1], np.where(d.group, "a", "b")[::-1])
    np.testing.assert_allclose(made.statistic, other.statistic, rtol=1e-8)
    np.testing.assert_allclose(made.observed.sum(axis=1), made.expected.sum(axis=1))


def test_a_cause_that_never_happens_and_a_group_that_could_not_have_it_are_defined():
    made = gray_test([1, 2, 3, 4], [1, 0, 1, 0], list("abab"), causes=[1, "death"])
    assert np.isnan(made.p_value[1]) and made.df.tolist() == [1, 0]
    assert "No comparison can be made for this cause" in made.sentence("death")
    gone = gray_test([1, 2, 3, 4, 5], [0, 1, 1, 1, 0], list("cabab"))
    assert gone.df.tolist() == [1]  # c had left before anyone had the event


def test_the_sentence_of_gray_s_test_gives_counts_by_group_then_the_test():
    d = people(1)
    said = gray_test(d.time, d.cause, d.group, rho=1, strata=d.z).sentence(1, who="people")
    n, events = (d.group == 0).sum(), ((d.group == 0) & (d.cause == 1)).sum()
    assert said.startswith(f"Of {n} people in group “0”, {events} had ended for “1”.")
    assert "Gray's test with rho 1, 2 strata, the other reasons competing; chi-squared" in said
    table = gray_test(d.time, d.cause, d.group).summary()
    assert table.shape == (4, 9) and table.events.sum() == (d.cause > 0).sum()


# -- Fine and Gray -------------------------------------------------------------------------------

@given(seeds)
@few
def test_without_another_cause_the_subdistribution_model_is_a_cox_model(seed):
    d = people(seed)
    event = (d.cause == 1).astype(int)
    for method, ties in (("crr", "breslow"), ("finegray", "efron")):
        made = fine_gray(d.time, event, d[["z", "x"]], of=1, method=method)
        fit = cox(d.time, event, d[["z", "x"]], ties=ties, cluster=d.index)
        np.testing.assert_allclose(made.coefficients, fit.coefficients, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(made.std_error, fit.std_error, rtol=1e-6)


@given(seeds)
@few
def test_without_censoring_those_who_ended_otherwise_stay_in_view_for_ever(seed):
    d = people(seed, censored=0)
    never = np.where(d.cause == 1, d.time, 99)
    for method, ties in (("crr", "breslow"), ("finegray", "efron")):
        made = fine_gray(d.time, d.cause, d[["z", "x"]], of=1, method=method)
        fit = cox(never, d.cause == 1, d[["z", "x"]], ties=ties, cluster=d.index)
        np.testing.assert_allclose(made.coefficients, fit.coefficients, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(made.covariance, fit.covariance, rtol=1e-5, atol=1e-10)


def test_with_a_covariate_that_does_nothing_the_prediction_is_near_aalen_johansen():
    d = people(3, 400)
    d["x"] = np.tile([0, 1], 200)
    d.loc[1::2, ["time", "cause"]] = d.loc[::2, ["time", "cause"]].to_numpy()
    for method in ("crr", "finegray"):
        fit = fine_gray(d.time, d.cause, d[["x"]], of=1, method=method)
        assert fit.coefficients[0] == pytest.approx(0, abs=1e-10)
        share = fit.incidence({"x": [0]}, [5, 10]).incidence
        curve = cumulative_incidence(d.time, d.cause).at([5, 10]).query("cause == 1").incidence
        np.testing.assert_allclose(share, curve, rtol=0.03)
    assert np.isnan(fit.incidence({"x": [0]}, 99).incidence[0])


def test_the_sentence_says_larger_smaller_or_no_clear_difference():
    d = people(4, 300)
    d["cause"] = np.where((d.z == 1) & (d.cause == 1) & (d.time > 3), 2, d.cause)
    made = fine_gray(d.time, d.cause, d[["z", "x"]], of=1)
    said = made.sentence("z", contrast="A forensic history", event="returned")
    assert said.startswith("A forensic history went with a smaller share of tenancies that had returned for “1”")
    assert "Fine-Gray as crr" in said and "given x" in said and "of other reasons" in said
    assert "went with no clear difference in the share" in made.sentence("x")
    assert made.summary().competing.tolist() == [int((d.cause == 2).sum())] * 2


# -- cause-specific ------------------------------------------------------------------------------

def test_each_cause_is_a_cox_model_with_the_others_censored():
    d = people(5)
    made = cause_specific_cox(d.time, d.cause, d[["z", "x"]], firth=True)
    alone = cox(d.time, d.cause == 2, d[["z", "x"]], firth=True)
    np.testing.assert_array_equal(made.fit(2).upper, alone.upper)
    assert made.summary().cause.tolist() == [1, 1, 2, 2]
    assert "times the rate of ending for “2”" in made.sentence(2, "z")


@given(seeds)
@few
def test_predicted_shares_of_all_causes_grow_and_stay_below_one(seed):
    d = people(seed)
    made = cause_specific_cox(d.time, d.cause, d[["z"]]).incidence({"z": [0, 1]}, np.arange(1, 15))
    total = made.groupby(["row", "time"]).incidence.sum(min_count=1).unstack("row").dropna().to_numpy()
    assert (np.diff(total, axis=0) >= -1e-12).all() and (total < 1).all()


# -- time lost -----------------------------------------------------------------------------------

@given(seeds)
@few
def test_the_time_kept_and_the_times_lost_add_up_to_the_horizon(seed):
    d = people(seed)
    tau = min(8, d.time.max())
    lost = restricted_mean_time_lost(cumulative_incidence(d.time, d.cause), tau)
    kept = restricted_mean(kaplan_meier(d.time, d.cause > 0, interval="log-log"), tau)
    assert lost.estimate.sum() + kept.estimate == pytest.approx(tau)
    one = restricted_mean_time_lost(cumulative_incidence(d.time, d.cause > 0, causes=[1]), tau)
    assert one.std_error[0] == pytest.approx(kept.std_error, abs=1e-9)


@given(seeds)
@few
def test_without_censoring_time_lost_is_an_average_over_people(seed):
    d = people(seed, censored=0)
    lost = restricted_mean_time_lost(cumulative_incidence(d.time, d.cause, causes=[1, 2]), 8)
    own = np.maximum(8 - d.time, 0) * (d.cause == 1)
    assert lost.estimate[0] == pytest.approx(own.mean())
    assert lost.std_error[0] == pytest.approx(own.std(ddof=0) / len(d) ** 0.5, abs=1e-9)


def test_two_groups_differ_by_the_difference_and_their_errors_add_up():
    d = people(7, 200)
    curves = [cumulative_incidence(g.time, g.cause) for _, g in d.groupby("group")]
    one, two = (restricted_mean_time_lost(c, 10) for c in curves)
    made = restricted_mean_time_lost(curves[0], 10, second=curves[1])
    np.testing.assert_allclose(made.estimate, two.estimate - one.estimate)
    np.testing.assert_allclose(made.std_error, np.hypot(one.std_error, two.std_error))
    said = made.sentence(1, groups=("men", "women"), who="people")
    assert "people lost" in said and "(“women” less “men”; 95% interval" in said and "events by then)." in said
    assert "lost" in one.sentence(2) and np.isnan(one.p_value).all()
    assert made.summary().n_first.tolist() == [curves[0].n] * 2


# -- bad input -----------------------------------------------------------------------------------

FOUR = dict(time=[1, 2, 3, 4], cause=[1, 2, 1, 0])


@pytest.mark.parametrize("estimate, wrong, what", [
    (gray_test, dict(group=list("aaaa")), "group: only one group"),
    (gray_test, dict(group=["a", "b", None, "a"]), "group: missing value in row 3"),
    (gray_test, dict(group=list("abab"), time=[]), "time: empty"),
    (gray_test, dict(group=list("abab"), cause=[1, 2, np.nan, 0]), "cause: missing value in row 3"),
    (fine_gray, dict(covariates=[1, 0, 1, 0], of=3), "of: 3 is not among the causes; choose one of 1, 2"),
    (fine_gray, dict(covariates=[1, 0, 1, 0], of=1, method="cuminc"), "method: 'cuminc' is not known"),
    (fine_gray, dict(covariates=[1, 1, 1, 1], of=1), "'x1' is the same for everyone"),
    (fine_gray, dict(covariates={"a": [1, 0, 1, 0], "b": [1, 1, 0, 0]}, of=1), "2 of them and 2 events"),
    (fine_gray, dict(covariates=[1, 0, 1, 0], of="death", causes=[1, 2, "death"]), "event: nobody had it"),
    (fine_gray, dict(covariates=[1, 0, 1, 0], of=1), "'x1' separates .* join small categories"),
    (fine_gray, dict(covariates=[1, 0, 1, 0], of=1, method="finegray"), "'x1' separates"),
    *((fine_gray, dict(time=[1, 2, 3, 4, 5], cause=[0, 1, 1, 0, 2], covariates=[1, 0, 0, 0, 0], of=1, method=m),
       "'x1' doesn't vary, or follows from the others, among those at risk") for m in ("crr", "finegray")),
    (cause_specific_cox, dict(covariates=[1, 0, 1, 0]), "cause 1: covariates: 'x1' separates"),
    (cause_specific_cox, dict(covariates=[1, 0, 1, 0], causes=["death"]), "cause: nobody had death"),
    (cause_specific_cox, dict(covariates=[1, 0, 1, 0], cause=[0, 0, 0, 0]), "cause: nobody had any"),
])
def test_what_cannot_be_is_refused_with_parameter_and_remedy(estimate, wrong, what):
    with pytest.raises(ValueError, match=what):
        estimate(**FOUR | wrong)


@pytest.mark.parametrize("curve, tau, what", [
    (FOUR, 0, "tau: must be above 0"),
    (FOUR, 5, "tau: lies beyond the last time followed"),
    (FOUR | dict(entry=[0.5] * 4), 3, "curve: nobody is in view from time 0"),
])
def test_a_horizon_that_cannot_be_is_refused(curve, tau, what):
    with pytest.raises(ValueError, match=what):
        restricted_mean_time_lost(cumulative_incidence(**curve), tau)


def test_asking_for_an_unknown_cause_or_covariate_names_those_there_are():
    d = people(2)
    fit = fine_gray(d.time, d.cause, d[["x"]], of=1)
    curve = cumulative_incidence(d.time, d.cause)
    for ask in (lambda: gray_test(d.time, d.cause, d.group).sentence(9), lambda: fit.sentence("age"),
                lambda: cause_specific_cox(d.time, d.cause, d[["x"]]).fit(9),
                lambda: restricted_mean_time_lost(curve, 5).sentence(9)):
        with pytest.raises(ValueError, match="choose one of"):
            ask()
    with pytest.raises(ValueError, match="covariates: give the columns x"):
        fit.incidence({"age": [1]}, 5)
    with pytest.raises(ValueError, match="second: its causes are not those of the first"):
        restricted_mean_time_lost(curve, 5, second=cumulative_incidence(d.time, d.cause == 1))
