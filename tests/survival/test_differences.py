import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from pi_research.survival import (
    fixed_time_difference,
    kaplan_meier,
    restricted_mean_difference,
    restricted_mean_ratio,
)

counts = st.tuples(st.integers(1, 15), st.integers(1, 15)).flatmap(
    lambda n: st.tuples(st.just(n), st.integers(0, n[0]), st.integers(0, n[1])))


def complete(n, events):
    """n people followed beyond 6, of whom some had the event before."""
    return kaplan_meier([1] * events + [9] * (n - events), [1] * events + [0] * (n - events))


def curves(rng, n, m):
    made = []
    for k in (n, m):
        time, end = rng.exponential(30, k), rng.uniform(12, 48, k)
        made.append(kaplan_meier(np.minimum(time, end), time <= end))
    return made


# -- a fixed time --------------------------------------------------------------------------------

@given(counts)
@settings(max_examples=30)
def test_with_nobody_lost_the_melded_test_is_fishers_exact_one(case):
    (n, m), d, e = case
    found = fixed_time_difference(complete(n, d), complete(m, e), 6)
    tails = [fisher_exact([[m - e, e], [n - d, d]], alternative=a).pvalue for a in ("less", "greater")]
    assert found.p_value == pytest.approx(min(2 * min(tails), 1), abs=1e-9)
    assert (found.lower > 0 or found.upper < 0) == (found.p_value < 0.05)


@given(counts, st.sampled_from(["melded", "log-log", "plain"]))
@settings(max_examples=30)
def test_turning_the_groups_round_turns_the_difference_round(case, kind):
    (n, m), d, e = case
    one, other = complete(n, d), complete(m, e)
    there, back = fixed_time_difference(one, other, 6, interval=kind), fixed_time_difference(
        other, one, 6, interval=kind)
    assert there.estimate == -back.estimate
    assert there.lower == pytest.approx(-back.upper, nan_ok=True, abs=1e-9)
    assert there.p_value == pytest.approx(back.p_value, nan_ok=True, abs=1e-9)
    assert not there.lower > there.estimate and not there.upper < there.estimate


def test_a_fixed_time_by_hand():
    # 4 of 5 and 1 of 2 still going: variance 0.8 * 0.2 / 5 and 0.25 / 2.
    found = fixed_time_difference(complete(5, 1), complete(2, 1), 6, interval="plain")
    assert found.estimate == pytest.approx(-0.3)
    assert found.std_error == pytest.approx((0.032 + 0.125) ** 0.5)
    assert found.lower == -0.3 - 1.959963984540054 * found.std_error or found.lower == -1
    assert found.statistic == pytest.approx(0.09 / 0.157)


def test_melded_has_an_answer_where_no_event_happened_and_the_others_have_none():
    one, other = complete(8, 0), complete(9, 0)
    found = fixed_time_difference(one, other, 6)
    assert found.estimate == 0 and found.lower < 0 < found.upper and found.p_value == 1
    for kind in ("log-log", "plain"):
        assert np.isnan(fixed_time_difference(one, other, 6, interval=kind).lower)


def test_with_late_entry_the_default_is_log_log_and_melded_is_refused():
    late = kaplan_meier([3, 5, 8, 9], [1, 0, 1, 0], entry=[0, 0, 1, 1])
    found = fixed_time_difference(late, complete(9, 3), 4)
    assert "log-log" in found.method
    with pytest.raises(ValueError, match="interval: melded is defined for people without weights"):
        fixed_time_difference(late, complete(9, 3), 4, interval="melded")


def test_the_sentence_names_both_groups_the_difference_and_the_counts():
    said = fixed_time_difference(complete(10, 8), complete(12, 5), 6).sentence(("early", "late"))
    assert said == (
        "By 6 months, 20% of tenancies in “early” had not ended, and 58% in “late”: a difference of +38 percentage "
        "points (“late” less “early”; 95% interval −11 to +74; melded interval of two beta products; p = 0.164; "
        "n = 10 and 12, 8 and 5 events by then).")
    assert said.numbers["middle"].behind == (8, 2, 5, 7)


@pytest.mark.parametrize("what, how", [
    ("at: beyond follow-up of the first curve", dict(at=9.5)),
    ("interval: 'wald' is not known", dict(at=6, interval="wald")),
    ("level: must lie between 0 and 1", dict(at=6, level=95)),
    ("times: negative time", dict(at=-1)),
])
def test_what_cannot_be_is_refused(what, how):
    with pytest.raises(ValueError, match=what):
        fixed_time_difference(complete(5, 1), complete(5, 2), **how)


# -- restricted means ----------------------------------------------------------------------------

def test_restricted_means_by_hand():
    # Means 4 and 5.333 of 2, 4, 6 and 4, 6, 8 cut at 6; variances 1.556 - 0.370 and 0.296.
    one, other = kaplan_meier([2, 4, 6], [1, 1, 1]), kaplan_meier([4, 6, 8], [1, 1, 1])
    less, ratio = restricted_mean_difference(one, other, 6), restricted_mean_ratio(one, other, 6)
    assert less.estimate == pytest.approx(16 / 3 - 4) and ratio.estimate == pytest.approx(4 / 3)
    assert less.std_error == pytest.approx(np.hypot(*less.std_errors))
    assert ratio.std_error == pytest.approx(np.hypot(*(less.std_errors / less.values)))
    assert ratio.lower == pytest.approx(4 / 3 * np.exp(-1.959963984540054 * ratio.std_error))
    assert less.n_events.tolist() == [3, 2]


@given(st.integers(0, 10_000))
@settings(max_examples=20)
def test_the_ratio_is_free_of_the_unit_and_the_difference_follows_it(seed):
    rng = np.random.default_rng(seed)
    one, other = curves(rng, 20, 25)
    days = [kaplan_meier(np.repeat(c.time, c.events + c.censored) * 30, np.repeat(c.events, c.events + c.censored))
            for c in (one, other)]
    assert restricted_mean_ratio(*days, 300).lower == pytest.approx(restricted_mean_ratio(one, other, 10).lower)
    less = restricted_mean_difference(one, other, 10)
    assert restricted_mean_difference(*days, 300).estimate == pytest.approx(30 * less.estimate, abs=1e-9)
    assert less.p_value == pytest.approx(restricted_mean_difference(other, one, 10).p_value, nan_ok=True)


def test_without_events_nothing_is_tested_and_the_sentence_says_so():
    found = restricted_mean_difference(complete(5, 0), complete(6, 0), 6)
    assert found.estimate == 0 and np.isnan(found.p_value)
    assert "a difference of +0.0 months" in found.sentence() and "p = not estimable" in found.sentence()
    assert "95% interval not estimable to not estimable" in found.sentence()
    assert "1.00 times as long" in restricted_mean_ratio(complete(5, 0), complete(6, 0), 6).sentence()
    assert found.summary().loc[0, "n_second"] == 6


def test_a_ratio_to_a_mean_of_nothing_is_refused():
    with pytest.raises(ValueError, match="first, second: a restricted mean is 0"):
        restricted_mean_ratio(kaplan_meier([0, 0], [1, 1]), complete(5, 1), 6)


def test_one_person_against_one_has_an_answer_that_claims_nothing():
    found = fixed_time_difference(kaplan_meier([5], [1]), kaplan_meier([7], [0]), 6)
    assert found.estimate == 1 and found.lower < 0 and found.p_value == pytest.approx(1)


def test_a_horizon_beyond_a_curve_is_refused():
    with pytest.raises(ValueError, match="tau: lies beyond"):
        restricted_mean_difference(complete(5, 1), complete(5, 2), 12)
