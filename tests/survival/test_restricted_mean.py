import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pi_research.survival import kaplan_meier, restricted_mean


def test_three_tenancies_by_hand():
    # 1 up to 2, 2/3 up to 4, 1/3 up to 6; areas after the events: 2, 2/3, 0.
    mean = restricted_mean(kaplan_meier([2, 4, 6], [1, 1, 1]), 6)
    assert mean.estimate == pytest.approx(4)
    assert mean.std_error == pytest.approx((2**2 / 6 + (2 / 3) ** 2 / 2) ** 0.5)
    assert mean.upper <= 6 and mean.n_events == 3


def test_without_an_event_the_mean_is_the_horizon():
    mean = restricted_mean(kaplan_meier([9, 9], [0, 0]), 6)
    assert (mean.estimate, mean.std_error, mean.n_events) == (6, 0, 0)
    assert "lasted 6 months on average" in mean.sentence()
    assert mean.summary().loc[0, "tau"] == 6


@given(st.lists(st.integers(1, 30), min_size=1, max_size=30))
def test_without_censoring_it_is_the_mean_of_the_shorter_of_time_and_horizon(time):
    mean = restricted_mean(kaplan_meier(time, np.ones(len(time))), 12)
    shorter = np.minimum(time, 12)
    assert mean.estimate == pytest.approx(shorter.mean())
    assert mean.std_error == pytest.approx(shorter.std() / len(time) ** 0.5, abs=1e-7)


@pytest.mark.parametrize("curve, tau, what", [
    (dict(time=[2, 6], event=[1, 0]), 7, "tau: lies beyond the last time followed"),
    (dict(time=[2, 6], event=[1, 0]), 0, "tau: must be above 0"),
    (dict(time=[2, 6], event=[1, 0], weights=[0.5, 1]), 5, "curve: has sampling weights"),
    (dict(time=[2, 6], event=[0, 1], entry=[1, 1]), 5, "curve: nobody is in view from time 0"),
])
def test_what_cannot_be_is_refused(curve, tau, what):
    with pytest.raises(ValueError, match=what):
        restricted_mean(kaplan_meier(**curve), tau)
