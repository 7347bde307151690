"""Cox regression, Firth's penalty, proportional hazards. R's values: tests/validation, topic ``models``."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pi_research.survival import cox, proportional_hazards_test


def rows_of(seed, n=40, longest=12):
    """Random rows with ties, delayed entry, a binary and a continuous covariate."""
    draw = np.random.default_rng(seed)
    entry = draw.integers(0, 4, n)
    return pd.DataFrame({"entry": entry, "time": entry + draw.integers(1, longest, n), "event": draw.random(n) < 0.5,
                         "z": draw.integers(0, 2, n), "x": draw.normal(size=n).round(2)})


def fitted(d, names=("z", "x"), **how):
    return cox(d.time, d.event, d[list(names)], entry=d.entry, **how)


# -- by hand -------------------------------------------------------------------------------------

def test_three_people_by_hand():
    # u/(2u + 1) * 1/(u + 1) has its maximum at u = 1/sqrt(2).
    fit = cox([1, 2, 3], [1, 1, 0], [1, 0, 1])
    assert fit.hazard_ratio[0] == pytest.approx(0.5**0.5)
    assert fit.loglik[0] == pytest.approx(-np.log(6)) and fit.n_events == 2


def test_two_people_and_one_event_have_a_penalised_hazard_ratio_of_three():
    fit = cox([1, 2], [1, 0], [1, 0], firth=True)
    assert fit.coefficients[0] == pytest.approx(np.log(3), abs=1e-13)
    top, bottom = (1.5 * b - 2 * np.log1p(np.exp(b)) for b in (np.log(3), fit.lower[0]))
    assert 2 * (top - bottom) == pytest.approx(3.841458820694124)


def test_exact_ties_of_start_stop_rows_are_a_product_over_all_ways_to_choose_the_dead():
    d = rows_of(3, 14, 5)
    fit = fitted(d, ["x"], ties="exact")
    risk = np.exp(fit.coefficients[0] * d.x.to_numpy())
    value = 0
    for t in d.time[d.event].unique():
        at_risk = np.flatnonzero((d.entry < t) & (d.time >= t))
        dead = [i for i in at_risk if d.time[i] == t and d.event[i]]
        ways = [np.prod(risk[list(chosen)]) for chosen in combinations(at_risk, len(dead))]
        value += np.log(np.prod(risk[dead]) / sum(ways))
    assert fit.loglik[1] == pytest.approx(value)


def test_the_robust_error_adds_up_the_influence_of_each_cluster():
    d = rows_of(5)
    service = np.arange(40) % 13
    fit = fitted(d, cluster=service, ties="breslow")
    beta, eta = fit.coefficients, np.exp(d[["z", "x"]].to_numpy() @ fit.coefficients)
    score = np.zeros((40, 2))
    for t in d.time[d.event].unique():
        at_risk = ((d.entry < t) & (d.time >= t)).to_numpy()
        dead = (d.event & (d.time == t)).to_numpy()
        share = at_risk * eta / (at_risk @ eta)
        away = d[["z", "x"]].to_numpy() - share @ d[["z", "x"]].to_numpy()
        score += (dead - dead.sum() * share)[:, None] * away
    grouped = np.array([score[service == g].sum(axis=0) for g in range(13)])
    model = fitted(d, ties="breslow").covariance
    np.testing.assert_allclose(fit.covariance, model @ grouped.T @ grouped @ model, rtol=1e-9)
    np.testing.assert_allclose(beta, fitted(d, ties="breslow").coefficients)


def test_the_jackknife_of_a_penalised_fit_leaves_out_each_cluster():
    d = rows_of(6)
    d["service"] = np.arange(40) % 12
    left_out = np.array([fitted(d[d.service != g], firth=True, interval="wald").coefficients for g in range(12)])
    fit = fitted(d, firth=True, cluster=d.service)
    spread = left_out - left_out.mean(axis=0)
    np.testing.assert_allclose(fit.covariance, 11 / 12 * spread.T @ spread, rtol=1e-7)
    alone = fitted(d, firth=True)
    assert fit.error == "jackknife" and (fit.lower <= alone.lower + 1e-9).all()


def test_the_proportional_hazards_test_is_the_score_test_of_a_drift_by_hand():
    time, event, x = np.arange(1, 9), np.array([1, 1, 0, 1, 1, 0, 1, 1]), np.array([0, 1, 1, 0, 1, 0, 1, 0])
    fit = cox(time, event, x)
    away, spread = [], []
    for t in time[event == 1]:
        share = (time >= t) * np.exp(fit.coefficients[0] * x)
        mean = share @ x / share.sum()
        away.append(x[time == t][0] - mean)
        spread.append(mean * (1 - mean))
    g, away, spread = time[event == 1] - time[event == 1].mean(), np.array(away), np.array(spread)
    variance = g**2 @ spread - (g @ spread) ** 2 / spread.sum()
    made = proportional_hazards_test(fit, "identity")
    np.testing.assert_allclose(made.statistic, (g @ away) ** 2 / variance)


# -- properties ----------------------------------------------------------------------------------

seeds = st.integers(0, 10_000)
both = st.booleans()


@given(seeds, both)
@settings(max_examples=12, deadline=None)
def test_cutting_a_row_in_two_changes_nothing(seed, firth):
    d = rows_of(seed)
    d["person"] = range(len(d))
    cut = d.entry + np.maximum((d.time - d.entry) // 2, 1)
    first, later = d.assign(time=np.minimum(cut, d.time)), d.assign(entry=cut)
    first["event"] &= cut >= d.time
    long = pd.concat([first, later[later.entry < later.time]])
    whole, parts = fitted(d, firth=firth), fitted(long, firth=firth)
    np.testing.assert_allclose(parts.coefficients, whole.coefficients, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(parts.upper, whole.upper, rtol=1e-7, atol=1e-9)
    robust = [fitted(p, cluster=p.person).std_error for p in (d, long)]
    np.testing.assert_allclose(*robust, rtol=1e-7)


@given(seeds, both)
@settings(max_examples=12, deadline=None)
def test_units_and_the_side_that_is_counted_only_turn_the_answer(seed, firth):
    d = rows_of(seed)
    fit = fitted(d, firth=firth)
    turned = fitted(d.assign(z=1 - d.z, x=100 * d.x + 7, time=2 * d.time, entry=2 * d.entry), firth=firth)
    scale = np.array([-1, 0.01])
    np.testing.assert_allclose(turned.coefficients, fit.coefficients * scale, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose([turned.upper[0], turned.lower[1]], [-fit.lower[0], fit.lower[1] / 100],
                               rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(turned.p_value, fit.p_value, rtol=1e-5)


@given(seeds)
@settings(max_examples=12, deadline=None)
def test_a_profile_interval_leaves_out_one_where_its_p_value_is_small(seed):
    fit = fitted(rows_of(seed, 20), firth=True, level=0.9)
    for low, high, p in zip(fit.lower, fit.upper, fit.p_value, strict=True):
        assert (low > 0 or high < 0) == (p < 0.1)
        assert low < high


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_without_ties_the_three_ways_with_them_agree(seed):
    d = rows_of(seed)
    d["time"] = d.time + np.random.default_rng(seed).permutation(40) / 100
    fits = [fitted(d, ties=ties) for ties in ("efron", "breslow", "exact")]
    for other in fits[1:]:
        np.testing.assert_allclose(other.coefficients, fits[0].coefficients, rtol=1e-7, atol=1e-10)
    firth = [fitted(d, ties=ties, firth=True) for ties in ("efron", "breslow")]
    np.testing.assert_allclose(firth[0].upper, firth[1].upper)


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_whole_weights_stand_for_as_many_people(seed):
    d = rows_of(seed)
    copies = np.random.default_rng(seed).integers(1, 4, 40)
    weighted = fitted(d, weights=copies, ties="breslow")
    listed = fitted(d.loc[d.index.repeat(copies)], ties="breslow")
    np.testing.assert_allclose(weighted.std_error, listed.std_error, rtol=1e-7)
    assert (weighted.n, weighted.n_events, weighted.error) == (listed.n, listed.n_events, "model")


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_the_overall_test_of_one_covariate_is_its_own(seed):
    d = rows_of(seed)
    assume(d.time[d.event].nunique() > 2)
    made = proportional_hazards_test(fitted(d, ["x"]), "rank")
    assert made.statistic[0] == pytest.approx(made.statistic[1]) and made.df.tolist() == [1, 1]


# -- defined answers -----------------------------------------------------------------------------

SEPARATED = dict(time=range(1, 11), event=[1, 0, 1, 0, 1, 1, 0, 1, 1, 0])
SPLIT = [0, 1, 0, 1, 0, 0, 1, 0, 0, 1]


def test_a_separating_covariate_is_refused_by_name_and_has_a_penalised_answer():
    for ties in ("efron", "breslow", "exact"):
        with pytest.raises(ValueError, match="'lives alone' separates.*firth=True"):
            cox(**SEPARATED, covariates={"lives alone": SPLIT, "age": [5, 1, 9, 4, 0, 7, 2, 8, 6, 3]}, ties=ties)
    fit = cox(**SEPARATED, covariates=SPLIT, firth=True)
    assert -3 < fit.coefficients[0] < 0 and -9 < fit.lower[0] < -6 and fit.p_value[0] < 0.1
    age = np.array([5, 1, 9, 4, 0, 7, 2, 8, 6, 3])
    with pytest.raises(ValueError, match="'a', 'b' separates"):
        cox(**SEPARATED, covariates={"a": 9 * np.array(SPLIT) + age, "b": age})  # together
    with pytest.raises(ValueError, match="'order' separates"):
        cox(**SEPARATED, covariates={"order": range(10)})


def test_all_events_at_one_time_compare_nobody_and_say_so():
    fit = cox([3] * 6, [1] * 6, [1, 0, 1, 0, 0, 1])
    assert fit.hazard_ratio[0] == 1 and "there may be no difference" in fit.sentence("x1")
    with pytest.raises(ValueError, match="'x1' doesn't vary"):
        cox([3] * 6, [1] * 6, [1, 0, 1, 0, 0, 1], ties="exact")
    with pytest.raises(ValueError, match="all events are at one time"):
        proportional_hazards_test(fit)


def test_a_covariate_that_differs_only_before_the_first_event_is_refused():
    with pytest.raises(ValueError, match="'x1' doesn't vary, or follows from the others, among those at risk"):
        cox([1, 2, 3, 4], [0, 1, 1, 1], [1, 0, 0, 0])
    with pytest.raises(ValueError, match="'x1' doesn't vary"):
        cox([1, 2, 3, 4], [0, 1, 1, 1], [1, 0, 0, 0], firth=True)


def test_times_that_differ_by_rounding_are_ties():
    d = rows_of(8)
    assert (fitted(d.assign(time=d.time + 1e-10 * np.arange(40))).coefficients == fitted(d).coefficients).all()


def test_the_baseline_and_predictions_follow_from_the_fit():
    d = rows_of(9)
    fit = fitted(d, ties="breslow")
    base = fit.baseline()
    made = fit.survival({"z": [0, 1], "x": [0.0, 0.0]}, [6, 99])
    hazard = base.cumulative_hazard[base.time <= 6].iloc[-1]
    np.testing.assert_allclose(made.survival, [np.exp(-hazard), np.nan,
                                               np.exp(-hazard * fit.hazard_ratio[0]), np.nan])
    strata = fitted(d, ["x"], strata=np.where(d.z, "with", "without"))
    assert set(strata.baseline().stratum) == {"with", "without"}
    with pytest.raises(ValueError, match="strata: a stratified fit has one baseline a stratum"):
        strata.survival({"x": [0]}, 5)
    with pytest.raises(ValueError, match="covariates: give the columns z, x, in this order"):
        fit.survival({"x": [0], "z": [1]}, 5)


def test_the_sentence_carries_interval_method_counts_and_warnings():
    d = rows_of(4)
    said = fitted(d).sentence("z", contrast="Living alone", event="losing the tenancy")
    assert said.startswith("Living alone went with ") and "times the rate of losing the tenancy (95% interval" in said
    assert "given x, Cox regression, Efron ties, Wald interval; n = 40, " in said
    assert said.numbers["ratio"].behind == (int(d.event[d.z == 1].sum()), int(d.event[d.z == 0].sum()))
    few = cox([1, 2], [1, 0], [1, 0], firth=True).sentence("x1")
    assert "1.0 events per covariate: few" in few and "Firth-penalised" in few and "profile interval" in few
    grouped = fitted(d, cluster=d.index % 12).sentence("x")
    assert "rows of 12 people; 12 clusters are few for a robust error" in grouped and "Each unit more of x" in grouped


def test_the_sentence_on_proportional_hazards_names_who_drifts():
    time, x = np.r_[np.arange(1, 21), np.arange(21, 41)], np.repeat([1, 0], 20)
    fit = cox(np.r_[time, time + 100.5], np.ones(80), np.r_[x, 1 - x])
    said = proportional_hazards_test(fit).sentence()
    assert "change over time" in said and "by itself: x1" in said and "80 events" in said
    assert "no clear change" in proportional_hazards_test(fitted(rows_of(1))).sentence()


# -- bad input -----------------------------------------------------------------------------------

GOOD = dict(time=[1, 2, 3, 4], event=[1, 0, 1, 1], covariates=[1, 0, 1, 0])


@pytest.mark.parametrize("wrong, what", [
    (dict(time=[]), "time: empty"),
    (dict(time=[3], event=[1], covariates=[1]), "'x1' is the same for everyone"),
    (dict(event=[0, 0, 0, 0]), "event: nobody had it"),
    (dict(time=[1, 2, -3, 4]), "time: negative time in row 3"),
    (dict(time=[1, 2, np.nan, 4]), "time: missing value in row 3"),
    (dict(entry=[0, 2, 0, 0]), "entry: entry not before time in row 2"),
    (dict(time=[1, 2.5, 3, 4], entry=[0, 2.5 - 1e-12, 0, 0]), "entry: entry not before time.*rounding"),
    (dict(event=[1, 2, 1, 0]), "event: neither 0 nor 1 in row 2"),
    (dict(weights=[1, 0, 1, 1]), "weights: zero or negative weight in row 2"),
    (dict(covariates=[1, 1, 1, 1]), "covariates: 'x1' is the same for everyone; leave it out"),
    (dict(covariates=[1, 1, 0, 0], strata=[0, 0, 1, 1]), "same for everyone within every stratum"),
    (dict(covariates={"a": [1, 2, 3, 5], "b": [3, 5, 7, 11]}), "'b' follows from 'a' \\(collinear\\)"),
    (dict(covariates={"age": [1, np.nan, 0, 1]}), "covariate 'age': missing value in row 2"),
    (dict(covariates={"age": [1, 0, 1]}), "covariate 'age': has 3 entries where time has 4"),
    (dict(covariates={"team": list("abab")}), "'team' is not in numbers; make one 0/1 column"),
    (dict(covariates={"team": pd.Categorical([1, 2, 1, 3])}), "'team' is not in numbers"),
    (dict(covariates=pd.DataFrame([[1, 2]] * 4, columns=["a", "a"])), "covariates: two columns have one name"),
    (dict(covariates={}), "covariates: no column"),
    (dict(covariates=np.zeros((4, 1, 1))), "covariates: give a table"),
    (dict(strata=["a", None, "a", "b"]), "strata: missing value in row 2"),
    (dict(cluster=[1, 2, 3, 4]), "cluster: 4 clusters, 3 of them with an event; .* needs 10 or more"),
    (dict(ties="random"), "ties: 'random' is not known; choose one of efron, breslow, exact"),
    (dict(interval="score"), "interval: 'score' is not known"),
    (dict(level=1), "level: must lie between 0 and 1"),
    (dict(ties="exact", firth=True), "ties: 'exact' has no robust, weighted, penalised"),
    (dict(firth=True, weights=[1, 2, 1, 1]), "weights: not defined for a penalised fit"),
])
def test_what_cannot_be_is_refused_with_parameter_row_and_remedy(wrong, what):
    with pytest.raises(ValueError, match=what):
        cox(**GOOD | wrong)


def test_one_cluster_with_all_there_is_to_compare_has_no_jackknife():
    d = rows_of(2)
    d["service"] = np.arange(40) % 12
    d["z"] = (d.service == 3).astype(int)
    with pytest.raises(ValueError, match="cluster: one cluster alone has 'z'"):
        fitted(d, firth=True, cluster=d.service)


def test_what_the_proportional_hazards_test_cannot_take_is_refused():
    fit = cox(**GOOD, firth=True)
    with pytest.raises(ValueError, match="transform: 'sqrt' is not known"):
        proportional_hazards_test(fit, "sqrt")
    with pytest.raises(ValueError, match="not defined for exact ties"):
        proportional_hazards_test(fitted(rows_of(1), ties="exact"))
    with pytest.raises(ValueError, match="an event at time 0 has no logarithm"):
        proportional_hazards_test(cox([0, 1, 2, 3], [1, 1, 1, 1], [1, 0, 1, 0]), "log")


def test_a_sentence_about_an_unknown_covariate_names_those_there_are():
    with pytest.raises(ValueError, match="choose one of z, x"):
        fitted(rows_of(1)).sentence("age")
