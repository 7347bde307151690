import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom

from pi_research.survival import forecast_claims, milestone_probabilities, score_forecast
from pi_research.survival.scoring import scores

MONTHS = [6, 12]
programmes = st.integers(1, 20).flatmap(lambda n: st.tuples(
    st.lists(st.integers(1, 30), min_size=n, max_size=n), st.lists(st.integers(0, 1), min_size=n, max_size=n),
    st.lists(st.integers(0, 10), min_size=n, max_size=n)))


def forecast(time, ended, more=0, **how):
    return forecast_claims(time, ended, np.array(time) + more, MONTHS, **{"horizon": 12, "seed": 1, **how})


# -- against a published method, and by hand -------------------------------------------------------

def test_for_new_movers_after_complete_ones_the_two_halves_are_the_exact_binomial_predictions():
    # Of 20 followed for a year 16 sustained it; ten have just moved. Thatcher (1964): the beta-binomial counts
    # after Beta(16, 5) and Beta(17, 4); 4,000 draws of each, so shares within 0.04 (5 Monte Carlo errors).
    time = np.r_[[2, 4, 5, 7], np.full(16, 12), np.full(10, 0.01)]
    made = forecast_claims(time, np.r_[np.ones(4), np.zeros(26)], np.r_[np.full(20, 12), np.full(10, 0.01)], [12],
                           horizon=12, seed=4)
    assert made.due[0] == 10 and made.expected[0] == pytest.approx(10 * 16 / 20)
    half = len(made.draws) // 2
    for draws, exact in ((made.draws[:half, 0], betabinom(10, 16, 5)), (made.draws[half:, 0], betabinom(10, 17, 4))):
        shares = np.array([(draws <= y).mean() for y in range(11)])
        np.testing.assert_allclose(shares, exact.cdf(range(11)), atol=0.04)


def test_each_persons_chance_starts_from_how_far_they_have_come():
    # S falls by 1/4 at month 3 and by 1/2 at month 9 (two at risk): held for 5 so far, S(12)/S(5) = 1/2.
    made = forecast([3, 5, 9, 12, 13], [1, 0, 1, 0, 0], [10, 0, 10, 0, 0])
    assert made.due.tolist() == [1, 1, 2]
    assert made.expected.tolist() == pytest.approx([1, 2 / 3, 5 / 3])


def test_a_death_earns_no_claim_whatever_its_flag():
    made = forecast_claims([12, 12, 4], [0, 0, 0], [12, 12, 4], [6], horizon=6, seed=1, died=[0, 0, 1])
    assert made.due.tolist() == [0, 0]


def test_only_milestones_inside_the_horizon_and_within_follow_up_are_forecast():
    made = forecast([5, 14], [0, 0], horizon=2)
    assert made.due.tolist() == [1, 0, 1]
    late = forecast_claims([5, 7], [0, 0], [5, 7], [6, 12], horizon=12, seed=1)
    assert late.due.tolist() == [1, 0, 1] and late.beyond.tolist() == [0, 2, 2]
    assert "2 fall due later after the move than anybody has been followed" in late.sentence()


def test_someone_lost_from_sight_is_no_claim_to_come_once_the_day_has_passed():
    assert forecast([3, 14], [0, 0], [10, 0]).due.tolist() == [0, 0, 0]


def test_the_sentence_gives_the_prediction_interval_and_what_is_left_out():
    said = forecast([3, 5, 9, 12, 13], [1, 0, 1, 0, 0], [10, 0, 10, 0, 0]).sentence()
    assert "In the next 12 months 2 milestones fall due" in said and "1.7 are expected to be sustained" in said
    assert "95% prediction interval 0 to 2" in said and "n = 5, 2 ended" in said
    assert "People still to move are not in it." in said
    assert "no milestone falls due" in forecast([14, 15], [0, 0]).sentence()


# -- properties ----------------------------------------------------------------------------------

@given(programmes)
@settings(max_examples=40)
def test_limits_lie_within_what_is_due_and_all_is_the_sum(group):
    made = forecast(*map(np.array, group))
    assert (0 <= made.lower).all() and (made.lower <= made.upper).all() and (made.upper <= made.due).all()
    assert made.expected[-1] == pytest.approx(made.expected[:-1].sum())
    assert (made.draws[:, -1] == made.draws[:, :-1].sum(axis=1)).all()
    assert (made.expected <= made.due + 1e-9).all()


@given(programmes)
@settings(max_examples=20)
def test_one_seed_gives_one_forecast(group):
    one, two = (forecast(*map(np.array, group), seed=8) for _ in range(2))
    np.testing.assert_array_equal(one.draws, two.draws)


def test_nobody_lost_so_far_still_leaves_doubt_which_shrinks_with_the_number_followed():
    widths = []
    for n in (10, 40, 160):
        time = np.r_[np.full(n, 12.0), np.full(20, 8.0)]
        made = forecast_claims(time, np.zeros(n + 20), time, [12], horizon=6, seed=1)
        assert made.expected[0] == made.upper[0] == 20
        widths.append(made.upper[0] - made.lower[0])
    assert widths[0] > widths[1] > widths[2] >= 0


# -- scored on held-back months --------------------------------------------------------------------

def test_a_forecast_made_again_knows_only_what_was_known_then():
    # Three moved 30, 24 and 3 months ago, one lost at 20: 12 months ago two were there, both held.
    made = score_forecast([20, 24, 3], [1, 0, 0], [30, 24, 3], [24], horizon=12, back=[12], seed=1).summary()
    assert made.due.tolist() == [0, 0]  # nobody had been followed for 24 months by then
    early = score_forecast([20, 24, 3], [1, 0, 0], [30, 24, 3], [12, 15], horizon=12, back=[12], seed=1).summary()
    # Then 18 and 12 months had passed: 12 was reached by both, 15 fell due for the second and was sustained.
    assert early.due.tolist() == [0, 1, 1] and early.actual.tolist() == [0, 1, 1]
    assert early.covered.all()


def test_an_unknown_outcome_counts_as_no_claim_and_is_shown():
    made = score_forecast([30, 14], [0, 0], [30, 24], [15], horizon=12, back=[12], seed=1).summary()
    assert made[["due", "actual", "unknown"]].iloc[0].tolist() == [1, 0, 1]


def test_the_score_and_the_place_in_the_distribution_by_hand():
    # Draws 0 and 2, actual 2: the distribution is 1/2 on 0 and 1, so 1/4 + 1/4; below 1/2, at it 1/2.
    assert scores(np.array([0, 2]), 2) == (0.5, 0.75)
    assert scores(np.array([3, 3]), 3) == (0, 0.5)


def test_the_sentence_of_the_score_says_how_often_the_interval_held_the_number():
    rng = np.random.default_rng(3)
    available = rng.uniform(0, 60, 60)
    end = rng.exponential(80, 60)
    made = score_forecast(np.minimum(end, available), end < available, available, MONTHS, horizon=12,
                          back=[12, 24, 36], seed=2)
    all_ = made.summary().query("months == 'all'")
    assert f"in {all_.covered.sum()} of 3" in made.sentence() and "12, 24, 36 months before" in made.sentence()
    nothing = score_forecast([14, 3], [0, 0], [14, 3], [40], horizon=2, back=[2], seed=1)
    assert "can't be scored" in nothing.sentence()


# -- bad input -----------------------------------------------------------------------------------

GOOD = dict(time=[3, 9], ended=[1, 0], available=[9, 9], months=[12], horizon=12, seed=1)


@pytest.mark.parametrize("bad, what", [
    (dict(time=[], ended=[], available=[]), "time: empty"),
    (dict(time=[-3, 9]), "time: negative time in row 1"),
    (dict(time=[np.nan, 9]), "time: missing value in row 1"),
    (dict(available=[2, 9]), "available: less than time in row 1"),
    (dict(horizon=0), "horizon: must be above 0"),
    (dict(horizon=np.nan), "horizon: must be above 0"),
    (dict(months=[-6]), "months: a milestone at 0 or twice"),
    (dict(id=[1, 1]), "id: a person a second time in row 2"),
    (dict(level=2), "level: must lie"),
])
def test_what_cannot_be_is_refused(bad, what):
    with pytest.raises(ValueError, match=what):
        forecast_claims(**{**GOOD, **bad})


@pytest.mark.parametrize("back, what", [([6], "back: less than the horizon in row 1"), ([], "back: empty"),
                                        ([12], "back: before anybody had moved in row 1")])
def test_looking_back_too_little_or_too_far_is_refused(back, what):
    with pytest.raises(ValueError, match=what):
        score_forecast(**{**GOOD, "available": [9, 9]}, back=back)


def test_all_unknown_all_lost_and_one_person_have_defined_answers():
    assert forecast([3, 4], [0, 0], [20, 20]).due.tolist() == [0, 0, 0]
    assert forecast([3, 4], [1, 1]).due.tolist() == [0, 0, 0]
    assert forecast([3], [0]).beyond.tolist() == [1, 1, 2]


def test_forecast_and_milestones_agree_on_who_is_not_yet_due():
    rng = np.random.default_rng(1)
    available = rng.uniform(0, 40, 50)
    end = rng.exponential(60, 50)
    seen = np.minimum(end, available), end < available, available
    due = forecast_claims(*seen, MONTHS, horizon=100, seed=1).due[:2]
    np.testing.assert_array_equal(due, milestone_probabilities(*seen, MONTHS).not_yet_due)


def test_a_programme_too_large_for_memory_at_once_is_drawn_in_parts(monkeypatch):
    rng = np.random.default_rng(1)
    available = rng.uniform(0, 40, 50)
    end = rng.exponential(60, 50)
    seen = np.minimum(end, available), end < available, available
    whole = forecast_claims(*seen, MONTHS, horizon=12, seed=1)
    monkeypatch.setattr("pi_research.survival.forecast.NUMBERS", 50_000)
    parts = forecast_claims(*seen, MONTHS, horizon=12, seed=1)
    assert parts.draws.shape == whole.draws.shape and (parts.due == whole.due).all()
    # Means of 8,000 draws with standard deviations of up to 2: five errors of the difference.
    np.testing.assert_allclose(parts.draws.mean(axis=0), whole.draws.mean(axis=0), atol=0.2)
