import time as clock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.survival import kaplan_meier, log_rank, restricted_mean
from pi_research.survival.refits import refit_curves


def followed(rng, n):
    time, end = np.ceil(rng.exponential(900, n)), np.ceil(rng.uniform(360, 1440, n))
    return np.minimum(time, end), time <= end


@given(st.integers(0, 10_000))
@settings(max_examples=20)
def test_each_resample_has_the_curve_and_mean_of_its_own_fit(seed):
    rng = np.random.default_rng(seed)
    time, event = followed(rng, 20)
    counts = rng.multinomial(20, np.full(20, 1 / 20), 3)
    made = refit_curves(time, event, counts, times=[100, 300], tau=300)
    for row, drawn in enumerate(counts):
        km = kaplan_meier(np.repeat(time, drawn), np.repeat(event, drawn))
        np.testing.assert_allclose(made.survival[row], km.at([100, 300]).survival)
        assert made.restricted_mean[row] == pytest.approx(restricted_mean(km, 300).estimate)


def test_the_spread_over_a_bootstrap_is_the_standard_error():
    rng = np.random.default_rng(1)
    time, event = followed(rng, 113)
    made = refit_curves(time, event, rng.multinomial(113, np.full(113, 1 / 113), 4000), times=[720], tau=720)
    km = kaplan_meier(time, event)
    assert made.survival.std() == pytest.approx(km.at(720).std_error[0], rel=0.05)
    assert made.restricted_mean.std() == pytest.approx(restricted_mean(km, 720).std_error, rel=0.05)


def test_ten_thousand_refits_of_113_people_take_less_than_ten_seconds():
    rng = np.random.default_rng(1)
    time, event = followed(rng, 113)
    start = clock.perf_counter()
    refit_curves(time, event, rng.multinomial(113, np.full(113, 1 / 113), 10_000), times=[360, 720], tau=720)
    log_rank(time, event, np.arange(113) % 2, method="permutation", seed=1, draws=10_000)
    assert clock.perf_counter() - start < 10


@pytest.mark.parametrize("counts, how, what", [
    ([1, 1], {}, "counts: has shape"), ([[1, 1, 1]], {}, "counts: has shape"),
    ([[1, -1]], {}, "counts: a negative count"), ([[0, 0]], {}, "a resample of nobody"),
    ([[1, 1]], dict(tau=0), "tau: must be above 0"), ([[1, 1]], dict(times=[-1]), "times: negative time")])
def test_what_cannot_be_is_refused(counts, how, what):
    with pytest.raises(ValueError, match=what):
        refit_curves([3, 6], [1, 0], counts, **how)
