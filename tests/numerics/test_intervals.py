import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, poisson

from pi_research.numerics import exact_binomial, exact_poisson

R = json.loads((Path(__file__).parents[1] / "reference" / "rates.json").read_text())["cases"]
EXACT = 1e-10  # both sides invert the same gamma function; only its rounding differs


def test_the_rate_interval_equals_r_poisson_test():
    three = exact_poisson(3, 170.5)
    assert three == pytest.approx(R["rate_3_in_170py"]["values"]["v"]["exact"], rel=EXACT)
    none = exact_poisson(0, 113)
    assert none == pytest.approx(R["rate_0_in_113py"]["values"]["exact"], rel=EXACT)
    one_sided = exact_poisson(0, 113, level=0.9).upper
    assert one_sided == pytest.approx(R["rate_0_in_113py"]["values"]["upper_onesided95"][1], rel=EXACT)


def test_one_of_two_by_hand():
    # 1 - (1 - p)^2 = 0.025 below, by symmetry above.
    low, high = exact_binomial(1, 2)
    assert low == pytest.approx(1 - 0.975**0.5) and high == pytest.approx(0.975**0.5)


def test_none_and_all_have_closed_forms():
    assert exact_binomial(0, 30) == pytest.approx((0, 1 - 0.025 ** (1 / 30)))
    assert exact_binomial(30, 30) == pytest.approx((0.025 ** (1 / 30), 1))


def test_nobody_tells_nothing():
    assert exact_binomial(0, 0) == (0, 1)


@settings(deadline=None)
@given(st.integers(1, 200), st.data(), st.floats(0.5, 0.999))
def test_each_binomial_limit_leaves_half_the_error_in_its_tail(n, data, level):
    x = data.draw(st.integers(0, n))
    low, high = exact_binomial(x, n, level)
    tail = (1 - level) / 2
    assert low <= x / n <= high
    assert x == 0 or binom.sf(x - 1, n, low) == pytest.approx(tail, rel=1e-6)
    assert x == n or binom.cdf(x, n, high) == pytest.approx(tail, rel=1e-6)


@settings(deadline=None)
@given(st.integers(0, 500), st.floats(0.1, 1e4))
def test_the_rate_interval_scales_with_the_unit_of_time(count, exposure):
    years, months = exact_poisson(count, exposure), exact_poisson(count, 12 * exposure)
    assert np.allclose(years, np.multiply(months, 12))
    assert count == 0 or poisson.sf(count - 1, years.lower * exposure) == pytest.approx(0.025, rel=1e-6)


def test_arrays_give_arrays_equal_to_one_at_a_time():
    low, high = exact_binomial([0, 3, 5], [5, 5, 5])
    assert [(a, b) for a, b in zip(low, high)] == [tuple(exact_binomial(x, 5)) for x in (0, 3, 5)]


@pytest.mark.parametrize("bad, what", [
    (lambda: exact_binomial(4, 3), "successes is more than n"),
    (lambda: exact_binomial(-1, 3), "successes must be a whole number"),
    (lambda: exact_binomial(0.5, 3), "successes must be a whole number"),
    (lambda: exact_binomial(1, np.nan), "n must be a whole number"),
    (lambda: exact_binomial(1, 3, level=95), "level must lie between 0 and 1"),
    (lambda: exact_poisson(np.inf, 3), "count must be a whole number"),
    (lambda: exact_poisson(1, 0), "exposure must be a positive number"),
    (lambda: exact_poisson(1, -2), "exposure must be a positive number"),
])
def test_impossible_counts_are_refused_by_name(bad, what):
    with pytest.raises(ValueError, match=what):
        bad()
