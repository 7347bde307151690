"""Effect modification: R's Holm and noncentral t, hand-worked, exact tests that hold their level, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pi_research.its import within_person_rates
from pi_research.realist import (
    conditional_error,
    conditional_power,
    conditional_scores,
    effect_modification,
    exact_proportions,
    permuted_p_values,
    stated_power,
)
from pi_research.realist.modification import _holm, _shrunken

ABC = ["a", "b", "c"]
MADE = effect_modification(
    ABC, [[0, -1.2], [0, 0.3], [np.nan, 1]], [[0.2, 0.25], [0.3, 0.4], [np.nan, 0.3]], [[20, 15], [9, 8], [np.nan, 8]],
    groups=[("the others", "long stay")] * 3, expected=[-1, 1, 1], n=[[40, 33], [50, 23], [70, 3]])  # fmt: skip


# against R and by hand


def test_adjusted_p_values_are_those_of_r():
    """p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.5), "holm")."""
    assert _holm(np.array([0.01, 0.04, 0.03, 0.005, 0.5])) == pytest.approx([0.04, 0.09, 0.09, 0.025, 0.5])


def test_what_cannot_be_tested_counts_among_the_tests():
    assert _holm(np.array([0.01, np.nan, 0.02])) == pytest.approx([0.03, np.nan, 0.04], nan_ok=True)


def test_the_power_of_a_test_is_that_of_r():
    """power.t.test(n=20, delta=1, sd=1, strict=TRUE) prints 0.868953028; 38 df, error sqrt(2/20)."""
    found = stated_power([np.sqrt(0.1)], [38], effect=1.0)
    assert found["power"][0] == pytest.approx(0.868953028, abs=1e-8)
    found = stated_power([1.0, 1.0], [np.inf, 10], effect=[stats.norm.ppf(0.9875) + stats.norm.ppf(0.8), 0])
    assert found["power"].tolist() == pytest.approx([0.8, 0.025], abs=1e-4)
    assert found["detectable"][0] == pytest.approx(stats.norm.ppf(0.9875) + stats.norm.ppf(0.8))


def test_more_tests_need_a_larger_difference():
    one, twenty = (stated_power([0.3], [25], configurations=k)["detectable"][0] for k in (1, 20))
    assert one < twenty and stated_power([0.3], [25], effect=one, configurations=20)["power"][0] < 0.5


def test_difference_error_and_degrees_of_freedom_are_welchs():
    error = np.hypot(0.2, 0.25)
    df = error**4 / (0.2**4 / 20 + 0.25**4 / 15)
    assert (MADE.difference[0], MADE.std_error[0], MADE.df[0]) == pytest.approx((-1.2, error, df))
    p = 2 * stats.t.sf(1.2 / error, df)
    assert (MADE.p_value[0], MADE.p_adjusted[0]) == pytest.approx((p, 3 * p))
    half = stats.t.ppf(0.975, df) * error
    assert (MADE.lower[0], MADE.upper[0]) == pytest.approx((-1.2 - half, -1.2 + half))


def test_verdicts_follow_the_corrected_test_and_the_expected_sign():
    assert MADE.verdict == ("supported", "not shown", "not estimable")
    turned = effect_modification(ABC, -MADE.difference, MADE.std_error, MADE.df, expected=[-1, 1, 1])
    assert turned.verdict == ("contrary", "not shown", "not estimable")
    assert effect_modification(["a"], [1.2], [0.2]).verdict == ("supported",)


def test_a_p_value_handed_in_takes_the_place_of_the_test_by_the_error():
    made = effect_modification(ABC, [3.0, 1, 1], [0.1, np.nan, 1], p_values=[0.9, 0.001, np.nan])
    assert made.p_value == pytest.approx([0.9, 0.001, 2 * stats.norm.sf(1)])
    assert made.verdict == ("not shown", "supported", "not shown") and np.isnan(made.lower[1])
    assert "; no interval; this supports" in made.sentence("b")


def test_shrinkage_is_the_posterior_mean_of_a_normal_hierarchical_model():
    """Against plain integration over tau, and against a sample from it."""
    d, s, scale = np.array([-0.8, 0.1, 0.3]), np.array([0.3, 0.2, 0.4]), 0.5
    tau = np.linspace(1e-5, 4, 40_001)
    weight = np.prod(stats.norm.pdf(d[:, None], 0, np.hypot(s[:, None], tau)), axis=0) * stats.norm.pdf(tau, 0, scale)
    mean = ((tau**2 / (tau**2 + s[:, None] ** 2) * d[:, None]) @ weight) / weight.sum()
    found = _shrunken(d, s, scale, 0.95)
    assert found[0] == pytest.approx(mean, abs=1e-3) and found[3] == pytest.approx([tau @ weight / weight.sum()] * 3, abs=2e-3)
    rng = np.random.default_rng(1)
    drawn = rng.choice(tau, 200_000, p=weight / weight.sum())
    kept = drawn**2 / (drawn**2 + s[0] ** 2)
    sample = rng.normal(kept * d[0], np.sqrt(kept) * s[0])
    assert found[1:3, 0] == pytest.approx(np.percentile(sample, [2.5, 97.5]), abs=0.01)


def test_configurations_of_another_outcome_or_scale_do_not_shrink_each_other():
    d, s = [1.0, 0.9, 0.05], [0.3, 0.3, 0.03]
    apart = effect_modification(ABC, d, s, outcomes=["x", "y", "x"], scale=["log_ratio", "log_ratio", "difference"])
    alone = [effect_modification(["k"], [d[k]], [s[k]], scale="difference" if k == 2 else "log_ratio").shrunken[0]
             for k in range(3)]  # fmt: skip
    assert apart.shrunken == pytest.approx(alone)
    assert effect_modification(["a", "b"], d[:2], s[:2]).shrunken[0] > alone[0]


def test_sentences_give_people_difference_interval_correction_and_reach():
    one = MADE.sentence("a")
    assert one.startswith("a: long stay beside the others (33 and 40 people), 0.30 times (95% interval 0.16 to 0.58)")
    assert "this supports the configuration (p = 0.002 after Holm's correction for 3 tests)" in one
    assert one.numbers["difference_0"].behind == (40, 33)
    assert "not the same as saying that they are alike" in MADE.sentence("b")
    assert MADE.sentence("c").endswith("the difference can't be estimated: too few people or events.")
    every = MADE.sentence()
    assert "Of 3 configurations specified in advance, 1 is supported and 0 contradicted" in every
    assert "a ratio of 2.97 (or 1 in 2.97)" in every and "what is not shown is not refuted" in every
    table = MADE.summary()
    assert table["difference"][0] == pytest.approx(np.exp(-1.2)) and table["verdict"].tolist() == list(MADE.verdict)
    with pytest.raises(ValueError, match="choose one of a, b, c"):
        MADE.sentence("d")


def test_where_nothing_can_be_estimated_the_sentence_still_reads():
    made = effect_modification(["a"], [np.nan], [np.nan])
    assert "1 can't be estimated" in made.sentence() and np.isnan(made.detectable[0])


# tests that hold their level


def test_shares_are_tested_by_boschloos_exact_test():
    """Against every table of two groups of eight: the level is held at every share."""
    events = np.array([[a, b] for a in range(9) for b in range(9)])
    p = exact_proportions(events, np.full((81, 2), 8)).p_values
    for share in (0.05, 0.2, 0.5, 0.7, 0.9):
        chance = stats.binom.pmf(events, 8, share).prod(1)
        assert chance[p <= 0.05].sum() <= 0.05
    assert p[events.tolist().index([0, 8])] < 0.001 and p[events.tolist().index([4, 4])] > 0.9
    found = exact_proportions([[0, 3]], [[0, 5]])
    assert np.isnan(found.p_values[0]) and np.isnan(found.estimates[0, 0])
    assert exact_proportions([[0, 5]], [[5, 5]]).std_errors.min() > 0.1


def test_permuted_p_values_are_those_of_all_arrangements():
    """Six people in two groups: 20 arrangements gone through by hand, within the error of 20,000 draws."""
    from itertools import combinations

    score, member = np.array([0.1, 0.4, -0.3, 2.0, 1.7, 0.9]), np.array([0, 0, 0, 1, 1, 1])

    def t(chosen):
        one, two = score[list(chosen)], np.delete(score, list(chosen))
        return abs(one.mean() - two.mean()) / np.sqrt(one.var() / 3 + two.var() / 3)

    seen = t([3, 4, 5])
    exact = np.mean([t(c) >= seen - 1e-9 for c in combinations(range(6), 3)])
    found = permuted_p_values(score, [member, 1 - member], seed=1, draws=19_999)
    assert found == pytest.approx([exact, exact], abs=0.01)
    p = permuted_p_values(score, [np.where(np.arange(6) == 5, np.nan, member), np.zeros(6)], seed=1, draws=99)
    assert p[0] > 1 / 100 and np.isnan(p[1])


def test_permuted_p_values_hold_their_level_where_events_are_few():
    rng = np.random.default_rng(4)
    score = rng.poisson(0.3, (400, 40)) - 0.3
    member = np.arange(40) < 12
    p = np.array([permuted_p_values(s, member, seed=i, draws=199)[0] for i, s in enumerate(score)])
    assert (p <= 0.05).mean() < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


def cohort(rng, n=80, ratio=0.5):
    """Counts and years of n people, before and after, with very unequal times."""
    years = np.column_stack([rng.uniform(2, 6, n), rng.uniform(0.1, 4, n)])
    return rng.poisson(0.4 * rng.lognormal(-0.18, 0.6, n)[:, None] * years * [1, ratio]), years


def test_scores_sum_to_none_at_the_ratio_of_everybody():
    counts, years = cohort(np.random.default_rng(1))
    ratio = within_person_rates(counts.ravel(), years.ravel(), np.repeat(np.arange(80), 2), ["b", "a"] * 80,
                                periods=("b", "a"), few=0).ratio[1]  # fmt: skip
    assert conditional_scores(counts, years, ratio).sum() == pytest.approx(0, abs=1e-8)


def test_the_conditional_error_is_how_far_log_ratios_spread():
    """600 cohorts: root mean square error beside the standard deviation, within four Monte Carlo errors."""
    from scipy.optimize import brentq

    rng, found = np.random.default_rng(2), []
    for _ in range(600):
        counts, years = cohort(rng)
        value = brentq(lambda b, c=counts, t=years: conditional_scores(c, t, np.exp(b)).sum(), -6, 4)
        found.append((value, *conditional_error(counts, years, np.exp(value))))
    value, error, df = np.array(found).T
    assert np.sqrt((error**2).mean()) == pytest.approx(value.std(), rel=4 / np.sqrt(2 * 600))
    inside = np.abs(value - np.log(0.5)) <= stats.t.ppf(0.975, df) * error
    assert 0.92 < inside.mean() < 0.98


def test_the_power_stated_of_people_their_totals_and_their_times_is_the_one_that_the_test_has():
    """400 draws of one design, permuted 399 times each: within four Monte Carlo errors, for one test and for five."""
    rng = np.random.default_rng(6)
    counts, years = cohort(rng, n=90, ratio=0.6)
    counts, years = counts[counts.sum(1) > 0], years[counts.sum(1) > 0]
    total, member, effect = counts.sum(1), np.arange(len(counts)) % 3 == 0, np.log(0.4)
    stated = [conditional_power(total, years, member, 0.5, effect=effect, configurations=k) for k in (1, 5)]
    rate = np.where(member, 0.5 * np.exp(2 * effect / 3), 0.5 * np.exp(-effect / 3)) * years[:, 1] / years[:, 0]
    p = []
    for seed in range(400):
        after = rng.binomial(total, rate / (1 + rate))
        scores = conditional_scores(np.column_stack([total - after, after]), years, 0.5)
        p.append(permuted_p_values(scores, member, seed=seed, draws=399)[0])
    for share, cut in zip(stated, (0.05, 0.01), strict=True):
        assert np.mean(np.array(p) <= cut) == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 400))


def test_no_effect_is_found_at_the_level_and_a_group_without_events_says_nothing():
    half = [1, 0] * 30
    assert conditional_power([3] * 60, [[2, 1]] * 60, half, 0.7, effect=0.0) == pytest.approx(0.05, abs=0.01)
    assert np.isnan(conditional_power([3, 0], [[2, 1]] * 2, [1, 0], 0.7, effect=1.0))
    with pytest.raises(ValueError, match="ratio above 0"):
        conditional_power([3] * 60, [[2, 1]] * 60, half, 0, effect=1.0)


# properties and what is refused


@settings(max_examples=40)
@given(st.lists(st.tuples(st.floats(-2, 2), st.floats(0.05, 1)), min_size=1, max_size=8), st.randoms())
def test_order_and_sign_carry_through_and_shrinkage_never_overshoots(pairs, random):
    d, s = np.array(pairs).T
    names = [f"c{k}" for k in range(len(d))]
    made, turned = effect_modification(names, d, s), effect_modification(names, -d, s)
    assert turned.shrunken == pytest.approx(-made.shrunken, abs=1e-9) and turned.p_adjusted == pytest.approx(made.p_adjusted)
    assert (np.abs(made.shrunken) <= np.abs(d) + 1e-12).all() and (made.p_adjusted >= made.p_value - 1e-12).all()
    assert (made.shrunken_lower <= made.shrunken + 1e-9).all() and (made.shrunken <= made.shrunken_upper + 1e-9).all()
    order = random.sample(range(len(d)), len(d))
    other = effect_modification([names[k] for k in order], d[order], s[order])
    assert other.p_adjusted == pytest.approx(made.p_adjusted[order]) and other.shrunken == pytest.approx(made.shrunken[order])


@pytest.mark.parametrize(("how", "match"), [
    ({"configurations": []}, "one or more"),
    ({"configurations": ["a", "a"]}, "a name of its own"),
    ({"estimates": [1.0]}, "one shape"),
    ({"std_errors": [0.0, 1]}, "above 0"),
    ({"expected": [2, 0]}, "-1, 0 or 1"),
    ({"expected": [1]}, "expected: one entry"),
    ({"scale": "odds"}, "choose one of log_ratio"),
    ({"scale": ["log_ratio"]}, "choose one of log_ratio"),
    ({"n": [[1, 2]]}, "one entry for each"),
    ({"p_values": [0.1, 1.2]}, "between 0 and 1"),
    ({"level": 95}, "between 0 and 1"),
])  # fmt: skip
def test_bad_input_is_refused_in_words(how, match):
    with pytest.raises(ValueError, match=match):
        effect_modification(**{"configurations": ["a", "b"], "estimates": [1.0, 2], "std_errors": [1.0, 1], **how})


def test_bad_counts_scores_and_ratios_are_refused():
    for events, n in (([[9, 1]], [[8, 8]]), ([[1.5, 1]], [[8, 8]]), ([[-1, 1]], [[8, 8]]), ([1, 2, 3], [4, 4, 4])):
        with pytest.raises(ValueError, match="whole numbers"):
            exact_proportions(events, n)
    with pytest.raises(ValueError, match="none missing"):
        permuted_p_values([1, np.nan], [0, 1], seed=1)
    for call in (conditional_scores, conditional_error):
        with pytest.raises(ValueError, match="ratio: above 0"):
            call([[1, 1]], [[1, 1]], 0)
