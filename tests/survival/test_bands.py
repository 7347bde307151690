import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.survival import kaplan_meier, simultaneous_band
from pi_research.survival.bands import critical_value

KINDS = ("equal-precision", "hall-wellner")


@pytest.mark.parametrize("kind, low, high, level, published", [
    # Kolmogorov's distribution; Klein and Moeschberger (2003), Table C.4, printed to four digits.
    ("hall-wellner", 1e-7, 1 - 1e-7, 0.95, 1.3581), ("hall-wellner", 1e-7, 1 - 1e-7, 0.99, 1.6276),
    ("hall-wellner", 0.1, 0.6, 0.95, 1.3211),
    # A stretch of no length: the normal quantile, for Hall-Wellner times sqrt(x(1-x)).
    ("equal-precision", 0.3, 0.3, 0.95, 1.95996), ("hall-wellner", 0.3, 0.3, 0.95, 1.95996 * 0.21**0.5)])
def test_critical_values_are_those_published(kind, low, high, level, published):
    assert critical_value(low, high, kind=kind, level=level) == pytest.approx(published, abs=6e-5)


@pytest.mark.parametrize("low, high", [(0.02, 0.5), (0.1, 0.6), (0.1, 0.9)])
def test_equal_precision_is_near_its_large_level_approximation(low, high):
    # Nair (1984): P(beyond c) is near 4 phi(c) / c + phi(c) (c - 1 / c) log(odds ratio of the two ends).
    c = critical_value(low, high)
    phi = np.exp(-c**2 / 2) / np.sqrt(2 * np.pi)
    ratio = np.log(high * (1 - low) / (low * (1 - high)))
    assert 4 * phi / c + phi * (c - 1 / c) * ratio == pytest.approx(0.05, abs=0.0015)


@pytest.mark.parametrize("kind", KINDS)
def test_the_largest_deviation_of_simulated_bridges_has_that_quantile(kind):
    rng, steps = np.random.default_rng(4), 4000
    x = np.arange(1, steps) / steps
    walk = rng.normal(0, steps**-0.5, (3000, steps)).cumsum(axis=1)
    bridge = walk[:, :-1] - x * walk[:, -1:]
    inside = (x >= 0.1) & (x <= 0.6)
    scale = np.sqrt(x * (1 - x)) if kind == "equal-precision" else np.ones(x.size)
    largest = np.abs(bridge / scale)[:, inside].max(axis=1)
    # Steps miss a little of the largest value, 0.583 of a step's deviation (Siegmund 1985).
    largest += 0.583 * steps**-0.5 / (0.4 if kind == "equal-precision" else 1)
    share = (largest <= critical_value(0.1, 0.6, kind=kind)).mean()
    assert share == pytest.approx(0.95, abs=4 * (0.95 * 0.05 / 3000) ** 0.5)


def test_by_hand_the_plain_equal_precision_band_is_the_curve_and_its_error():
    km = kaplan_meier([1, 2, 3, 4, 5, 6], [1, 1, 0, 1, 1, 0])
    band = simultaneous_band(km, scale="plain")
    s = 1 / 30, 2 / 24  # n Var / S^2 at 1 and at 5: 6 / (6 * 5), and so on
    assert band.time.tolist() == [1, 2, 3, 4, 5, 6]
    np.testing.assert_allclose(band.upper, np.minimum(km.survival + band.critical * km.std_error, 1))
    spread = 6 * (km.std_error / km.survival) ** 2
    assert spread[0] == pytest.approx(6 * s[0])
    assert band.critical == pytest.approx(critical_value(*(spread / (1 + spread))[[0, 4]]))


@given(st.integers(0, 10_000), st.sampled_from(KINDS))
@settings(max_examples=15, deadline=None)
def test_a_band_holds_the_pointwise_interval_in_the_middle_and_stays_within_0_and_1(seed, kind):
    rng = np.random.default_rng(seed)
    time, end = rng.exponential(30, 60), rng.uniform(12, 48, 60)
    km = kaplan_meier(np.minimum(time, end), time <= end, interval="log-log")
    band = simultaneous_band(km, kind=kind)
    assert ((band.lower >= 0) & (band.lower <= band.survival) & (band.upper <= 1)).all()
    middle = np.flatnonzero(km.time >= 15)[0]
    row = np.flatnonzero(band.time == km.time[middle])[0]
    assert band.lower[row] < km.lower[middle] and band.upper[row] > km.upper[middle]
    assert list(band.summary()) == ["time", "survival", "lower", "upper"]


@pytest.mark.parametrize("how, what", [
    (dict(start=7), "start, end: no event between them"), (dict(end=0.5), "start, end: no event between them"),
    (dict(kind="nair"), "kind: 'nair' is not known"), (dict(scale="log"), "scale: 'log' is not known"),
    (dict(level=95), "level: must lie between 0 and 1")])
def test_what_cannot_be_is_refused(how, what):
    with pytest.raises(ValueError, match=what):
        simultaneous_band(kaplan_meier([1, 2, 3, 8], [1, 1, 0, 0]), **how)


def test_late_entry_and_no_event_are_refused():
    with pytest.raises(ValueError, match="curve: a band is made for people"):
        simultaneous_band(kaplan_meier([3, 4], [1, 0], entry=[0, 1]))
    with pytest.raises(ValueError, match="no event between them"):
        simultaneous_band(kaplan_meier([3, 4], [0, 0]))
