"""Rates within the person: R's fixed effects, hand-worked cases, properties, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.its import contact_sentence, event_study, rates_by_group, within_person_rates
from pi_research.its._exact_ratio import exact_rate_ratio
from pi_research.numerics import exact_binomial, exact_poisson

STORED = json.loads((Path(__file__).parents[1] / "reference" / "within_person.json").read_text())
ROWS, R = {k: np.array(v) for k, v in STORED["rows"].items()}, STORED["cases"]["person"]
BOTH = ("before", "after")


def cohort(seed=1, n=60, ratio=0.6, mean=3.0):
    """Counts, years, person and period of n people of different frailty."""
    rng = np.random.default_rng(seed)
    years = np.column_stack([rng.uniform(2, 4, n), rng.uniform(1, 3, n)])
    counts = rng.poisson(rng.gamma(2, mean / 10, n)[:, None] * years * [1, ratio])
    return counts.ravel(), years.ravel(), np.repeat(np.arange(n), 2), np.tile(BOTH, n)


# against R


def test_the_estimates_are_those_of_a_poisson_model_with_a_factor_a_person_in_r_and_the_error_is_larger():
    """Estimates to 1e-8. clubSandwich's CR2 of that model takes part of the score away (see the next tests)."""
    period = np.where(ROWS["late"] == 1, "after", "before")
    made = within_person_rates(
        ROWS["count"], ROWS["exposure"], ROWS["cluster"], period, periods=BOTH, covariates={"x": ROWS["x"]}
    )
    assert (np.log(made.ratio[1]), np.log(made.factors["x"][0])) == pytest.approx(tuple(R["coef"]), rel=1e-8)
    assert 1.0 < made.std_error[1] / R["se"][0] < 1.02


def test_the_error_is_that_of_the_persons_scores_each_held_against_what_the_fit_left_of_it():
    """Two periods: se^2 = sum u^2 / (1 - h) / info^2 (Kauermann and Carroll 2001), h a person's share of info.

    1e-4: CR2 takes another square root of the same matrix, which turns a person's two residuals a little.
    """
    counts, years, who, period = cohort(n=12)
    made = within_person_rates(counts, years, who, period, periods=BOTH, few=0)
    y, t = counts.reshape(-1, 2), years.reshape(-1, 2) * [1, made.ratio[1]]
    share, m = t[:, 1] / t.sum(axis=1), y.sum(axis=1)
    u, info = y[:, 1] - m * share, m * share * (1 - share)
    by_hand = np.sqrt((u**2 / (1 - info / info.sum())).sum()) / info.sum()
    assert made.std_error[1] == pytest.approx(by_hand, rel=1e-4)


def test_the_interval_covers_where_most_of_a_persons_time_lies_before_the_move():
    """95 in 100 within three Monte Carlo errors; CR2 of a model with a factor a person covers 84."""
    rng, held = np.random.default_rng(3), []
    for _ in range(300):
        years = np.column_stack([rng.uniform(2, 4, 83), rng.uniform(0.2, 1, 83)])
        y = rng.poisson(0.6 * rng.lognormal(-0.18, 0.6, 83)[:, None] * years * [1, 0.65])
        args = y.ravel(), years.ravel(), np.repeat(np.arange(83), 2), np.tile(BOTH, 83)
        made = within_person_rates(*args, periods=BOTH, few=0)
        held.append(made.lower[1] <= 0.65 <= made.upper[1])
    assert np.mean(held) == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / 300))


def test_the_exact_limits_are_those_of_a_share_where_everybody_has_the_same_ratio_of_times():
    ratio, low, high = exact_rate_ratio([2, 1, 0], [3, 3, 1], [2, 2, 2], [1, 1, 1])
    share = exact_binomial(3, 10)
    assert (low, high) == pytest.approx(tuple(s / (1 - s) / 2 for s in share), rel=1e-9)
    assert low < ratio < high


# by hand


def test_with_one_ratio_of_times_the_estimate_is_the_ratio_of_the_totals():
    """Two years before, one after, for everybody: (3 in 3 years) / (12 in 6 years) = 0.5."""
    made = within_person_rates([4, 1, 6, 1, 2, 1], [2, 1] * 3, [1, 1, 2, 2, 3, 3], BOTH * 3, periods=BOTH, few=0)
    assert made.ratio[1] == pytest.approx(0.5)
    assert made.events.tolist() == [12, 3] and made.exposure.tolist() == [6, 3]
    assert made.rate.tolist() == [2, 1] and made.with_events.tolist() == [3, 3]


def test_what_stays_the_same_in_a_person_cancels_where_a_plain_comparison_is_wrong():
    """Somebody ill is followed long before, somebody well long after: rates fall tenfold, in nobody."""
    made = within_person_rates([40, 4, 1, 10], [4, 0.4, 1, 10], [1, 1, 2, 2], BOTH * 2, periods=BOTH, few=0)
    assert made.ratio[1] == pytest.approx(1)
    assert made.rate[1] / made.rate[0] < 0.2


def test_a_window_that_is_not_named_is_dropped_and_one_that_is_named_has_its_own_ratio():
    y, t, who, when = [2, 9, 1] * 4, [2, 1, 1] * 4, np.repeat(range(4), 3), ["before", "window", "after"] * 4
    without = within_person_rates(y, t, who, when, periods=BOTH, few=0)
    within = within_person_rates(y, t, who, when, periods=("before", "window", "after"), few=0)
    assert (without.ratio[1], within.ratio[2], within.ratio[1]) == pytest.approx((1, 1, 9))


def test_few_events_are_compared_exactly_and_a_period_without_any_still_has_an_upper_limit():
    made = within_person_rates([5, 0, 4, 0, 6, 0], [1, 1] * 3, [1, 1, 2, 2, 3, 3], BOTH * 3, periods=BOTH)
    assert made.exact[1] and made.lower[1] == 0
    assert made.upper[1] == pytest.approx(1 / 0.025 ** (1 / 15) - 1)
    assert "exact conditional interval" in made.sentence("after")


def test_days_are_never_exact_and_days_of_one_person_have_no_interval():
    made = within_person_rates([90, 3, 0, 0], [1] * 4, [1, 1, 2, 2], BOTH * 2, periods=BOTH, kind="days")
    assert not made.exact[1] and np.isnan(made.lower[1])
    assert "cannot be estimated" in made.sentence("after")


def test_an_interval_on_fewer_than_two_degrees_of_freedom_is_not_given():
    made = within_person_rates([30, 8, 1, 12], [1] * 4, [1, 1, 2, 2], BOTH * 2, periods=BOTH, few=0)
    assert made.df[1] < 2 and np.isnan(made.lower[1])


def test_the_sentence_says_a_fall_a_rise_and_neither():
    said = {
        ratio: within_person_rates(*cohort(n=400, ratio=ratio), periods=BOTH, outcome="Admissions").sentence("after")
        for ratio in (0.5, 1.0, 1.8)
    }
    assert "a fall;" in said[0.5] and "which includes no change;" in said[1.0] and "a rise;" in said[1.8]
    assert all(
        "95% interval" in s and "people with any" in s and s.startswith("Admissions, after") for s in said.values()
    )


def test_planned_and_crisis_contact_are_read_together():
    more, fewer = (within_person_rates(*cohort(n=400, ratio=r), periods=BOTH) for r in (1.8, 0.5))
    assert "moved from crisis to planned" in contact_sentence(more, fewer, "after")
    assert "let go of too early" in contact_sentence(fewer, more, "after")
    assert "in crisis more often" in contact_sentence(more, more, "after")


# properties


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.2, 5))
def test_order_units_and_split_rows_do_not_matter_and_more_events_mean_a_higher_ratio(seed, scale):
    y, t, who, when = cohort(seed, n=25)
    made = within_person_rates(y, t, who, when, periods=BOTH, few=0)
    order = np.random.default_rng(seed).permutation(len(y))
    again = within_person_rates(y[order], scale * t[order], who[order], when[order], periods=BOTH, few=0)
    assert again.ratio[1] == pytest.approx(made.ratio[1], rel=1e-8)
    assert again.upper[1] == pytest.approx(made.upper[1], rel=1e-6, nan_ok=True)
    halves = [np.concatenate([a, b]) for a, b in ((y, 0 * y), (t / 3, t * 2 / 3), (who, who), (when, when))]
    assert within_person_rates(*halves, periods=BOTH, few=0).ratio[1] == pytest.approx(made.ratio[1], rel=1e-8)
    more = within_person_rates(y + (when == "after"), t, who, when, periods=BOTH, few=0)
    assert more.ratio[1] > made.ratio[1]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.floats(0.2, 4), st.floats(0.2, 4)), min_size=1, max_size=8
    )
)
def test_the_exact_interval_holds_its_estimate_and_turns_over_with_the_periods(people):
    y1, y0, t1, t0 = map(np.array, zip(*people, strict=True))
    ratio, low, high = exact_rate_ratio(y1, y0, t1, t0)
    if not (y1 + y0).sum():
        assert np.isnan(ratio)
        return
    turned = exact_rate_ratio(y0, y1, t0, t1)
    assert low <= ratio <= high
    assert turned[0] == pytest.approx(1 / ratio, rel=1e-6)
    assert turned[1] == pytest.approx(0 if np.isinf(high) else 1 / high, rel=1e-6)


def test_the_exact_interval_holds_the_truth_at_least_as_often_as_it_says():
    rng = np.random.default_rng(3)
    t1, t0 = rng.uniform(0.5, 3, 12), rng.uniform(0.5, 3, 12)
    inside = 0
    for _ in range(300):
        _, low, high = exact_rate_ratio(rng.poisson(0.3 * t1), rng.poisson(0.5 * t0), t1, t0)
        inside += low <= 0.6 <= high
    assert inside / 300 > 0.93  # nominal .95 or more, less two Monte Carlo errors


# groups


def test_groups_are_compared_by_the_ratio_of_their_ratios_and_people_of_no_group_are_left_out():
    one, other = cohort(1, 150, 0.5), cohort(2, 150, 1.5)
    y, t, who, when = (np.concatenate([a, b]) for a, b in zip(one, other, strict=True))
    who = who + np.repeat([0, 1000], 300)
    group = np.repeat([0.0, 1.0], 300)
    group[:2] = np.nan
    made = rates_by_group(
        group, ("short", "long"), "after", events=y, exposure=t, person=who, period=when, baseline="before"
    )
    assert made.unknown == 1 and made.results[0].n == 149
    assert made.apart[0] == pytest.approx(made.results[1].ratio[1] / made.results[0].ratio[1], rel=1e-6)
    assert made.apart[1] > 1 and "so that the groups differ" in made.sentence()
    assert made.summary()["group"].tolist() == ["short", "long"]


def test_a_group_without_events_is_said_and_not_estimated():
    made = rates_by_group(
        [0, 0, 1, 1],
        ("a", "b"),
        "after",
        events=[3, 1, 0, 0],
        exposure=[1] * 4,
        person=[1, 1, 2, 2],
        period=BOTH * 2,
        baseline="before",
    )
    assert made.results[1] is None and "too few events" in made.sentence()


# event study


def test_rates_by_month_stand_in_their_bins_with_exact_limits_where_events_are_few():
    made = event_study([2, 0, 3], [0.5, 0.5, 1.0], [1, 1, 2], [-3, 0, 2], width=3, first=-3, last=3)
    assert made.events.tolist() == [2, 3] and made.exposure.tolist() == [0.5, 1.5] and made.people.tolist() == [1, 2]
    assert made.rate.tolist() == [4, 2]
    assert (made.lower[1], made.upper[1]) == pytest.approx(tuple(exact_poisson(3, 1.5)))


def test_a_bin_without_time_is_missing_and_not_nought_and_days_of_one_person_have_no_limits():
    made = event_study([9, 0], [1.0, 1.0], [1, 2], [0, 0], width=3, first=-3, last=3, kind="days")
    assert np.isnan(made.rate[0]) and made.rate[1] == 4.5 and np.isnan(made.upper[1])


def test_people_who_cluster_widen_the_interval_of_a_rate():
    spread = event_study([1] * 40, [1.0] * 40, range(40), [0] * 40, first=0, last=3)
    heaped = event_study([8] * 5 + [0] * 35, [1.0] * 40, range(40), [0] * 40, first=0, last=3)
    assert heaped.rate[0] == spread.rate[0] and heaped.upper[0] > 1.4 * spread.upper[0]


# bad input


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"events": [1, -1, 2, 1]}, "whole numbers"),
        ({"events": [1, 0.5, 2, 1]}, "whole numbers"),
        ({"events": [1, np.nan, 2, 1]}, "missing"),
        ({"events": [1, 2, 3]}, "one value a row"),
        ({"exposure": [1, 0, 1, 1]}, "without any time at risk"),
        ({"events": [0, 0, 0, 0]}, "there is none"),
        ({"period": ["before"] * 4}, "nobody has any time at risk in after"),
        ({"periods": ("before",)}, "at least one other"),
        ({"person": [1, 2, 3, 4]}, "nobody has time in both"),
        ({"level": 1.0}, "level"),
        ({"kind": "nights"}, "kind"),
        ({"covariates": {"sex": [1, 1, 0, 0]}}, "cannot be told apart"),
        ({"covariates": {"a": [1, 2]}}, "every row"),
    ],
)
def test_bad_input_is_refused_with_what_is_wrong(change, said):
    given_ = {
        "events": [3, 1, 2, 1],
        "exposure": [1.0] * 4,
        "person": [1, 1, 2, 2],
        "period": BOTH * 2,
        "periods": BOTH,
    }
    with pytest.raises(ValueError, match=said):
        within_person_rates(**(given_ | change))


def test_bins_that_do_not_fit_and_a_period_that_is_not_there_are_refused():
    with pytest.raises(ValueError, match="whole bins"):
        event_study([1], [1.0], [1], [0], width=5, first=-24, last=24)
    with pytest.raises(ValueError, match="choose one of before, after"):
        within_person_rates(*cohort(), periods=BOTH).sentence("later")
    with pytest.raises(ValueError, match="is the baseline"):
        within_person_rates(*cohort(), periods=BOTH).sentence("before")
