"""Chances, the value of knowing more, and switching values: closed forms, and what the sentences say."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from pi_research.economics import (
    PUBLIC,
    Input,
    acceptability,
    at_centre,
    cash_flow,
    evpi,
    probabilistic_analysis,
    switching_value,
    tornado,
)


@pytest.fixture
def analysis(contract, inputs):
    def make(*, spread=True, people=10, draws=2000, changes=None, **how):
        return probabilistic_analysis(contract(**how), inputs(spread, **(changes or {})), draws=draws, seed=1,
                                      price_year=2021, people=people)
    return make


# closed forms

@pytest.mark.parametrize(("mean", "sd"), [(100, 300), (-50, 200), (0, 100), (1000, 100)])
def test_perfect_information_about_a_normal_benefit_is_worth_its_unit_normal_loss(mean, sd):
    """EVPI of N(m, s): s phi(m/s) - |m| Phi(-|m|/s); 400,000 draws leave an error of about 0.3 % of s."""
    drawn = np.random.default_rng(5).normal(mean, sd, 400_000)
    exact = sd * norm.pdf(mean / sd) - abs(mean) * norm.cdf(-abs(mean) / sd)
    assert evpi(drawn) == pytest.approx(exact, abs=0.005 * sd)


def test_the_acceptability_of_normal_cost_and_effect_is_the_normal_probability():
    """Cost N(1000, 400) and effect N(1, 0.3) with correlation 0.5: value x effect - cost is normal."""
    draw = np.random.default_rng(6).standard_normal((400_000, 2))
    cost, effect = 1000 + 400 * draw[:, 0], 1 + 0.3 * (0.5 * draw[:, 0] + np.sqrt(0.75) * draw[:, 1])
    for value in (0, 500, 1000, 2000, 5000):
        mean, spread = value - 1000, np.sqrt((0.3 * value) ** 2 + 400**2 - 2 * 0.5 * 0.3 * value * 400)
        assert acceptability(cost, effect, [value])[0] == pytest.approx(norm.cdf(mean / spread), abs=0.003)


def test_a_hand_worked_acceptability_and_evpi():
    """Costs 10, 20, 30, 40, one unit each: at 25 two of four are worth it; benefits 15, 5, -5, -15."""
    assert acceptability([10, 20, 30, 40], np.ones(4), [0, 25, 50]).tolist() == [0, 0.5, 1]
    assert evpi(25 - np.array([10, 20, 30, 40])) == 5.0


@settings(max_examples=50)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.floats(0.1, 10))
def test_knowing_more_is_never_worth_less_than_nothing_and_scales_with_the_stakes(benefits, scale):
    drawn = np.array(benefits)
    assert evpi(drawn) >= -1e-6
    assert evpi(scale * drawn) == pytest.approx(scale * evpi(drawn), abs=1e-3)
    assert evpi(np.repeat(drawn, 3)) == pytest.approx(evpi(drawn), abs=1e-3)


@pytest.mark.parametrize("drawn", [[], [1.0, np.nan]])
def test_no_draws_or_draws_that_are_no_numbers_are_refused(drawn):
    with pytest.raises(ValueError, match="numbers"):
        evpi(drawn)


# switching values

def test_a_switching_value_makes_the_result_nought_and_is_the_nearest_one():
    found = switching_value(lambda x: (x - 2) * (x - 7), 6.0, 0.0, 10.0, "x")
    assert found.at == pytest.approx(7) and not found.gain
    none = switching_value(lambda x: 1 + x, 0.5, 0, 1)
    assert np.isnan(none.at) and none.gain
    with pytest.raises(ValueError, match="between low and high"):
        switching_value(lambda x: x, 11, 0, 10)


def test_the_share_moving_anyway_at_which_the_saving_is_gone_is_worked_out_by_hand(contract, inputs):
    """Saving is linear in it: payments are 15,000, and 20 tenancy-years save 700 a week."""
    def net(share):
        return cash_flow(contract(), at_centre(inputs(), len(share)) | {"anyway": share}).net(PUBLIC)
    saved = 20 * 365.25 / 7 * 700
    assert switching_value(net, 0.0, 0.0, 1.0).at == pytest.approx(1 - 15_000 / saved)


# the analysis

def test_without_uncertainty_every_draw_is_the_middle(analysis):
    made = analysis(spread=False)
    centre, low, high = made.net()
    assert low == pytest.approx(centre) and high == pytest.approx(centre) and made.evpi(0) == 0
    assert tornado(made)["width"].max() == pytest.approx(0)


def test_the_widest_bar_comes_first_and_its_ends_are_the_input_at_its_limits(analysis):
    made = analysis()
    table = tornado(made)
    assert table["width"].is_monotonic_decreasing
    low = at_centre(made.inputs) | {"anyway": np.array([0.02])}
    row = table.set_index("name").loc["anyway"]
    assert row["at_lower"] == pytest.approx(cash_flow(made.contract, low).net(PUBLIC, 0.035)[0])
    assert row["at_lower"] > row["at_upper"]


def test_ten_thousand_draws_of_seven_years_take_less_than_a_second(contract, inputs):
    moves = np.full(84, 1.0)
    seven = contract(moves=moves, fixed=1e4 * moves, due=np.full((1, 84), 9e3), delivery=np.full(84, 1e4))
    probabilistic_analysis(seven, inputs(True), draws=200, seed=1, price_year=2021, people=84)
    start = time.process_time()
    probabilistic_analysis(seven, inputs(True), draws=10_000, seed=1, price_year=2021, people=84)
    assert time.process_time() - start < 1.0


@pytest.mark.parametrize(("changes", "verdict"), [
    ({}, "it paid for itself in money."),
    ({"home_support_week": 2000.0}, "it did not pay for itself."),
    ({"home_support_week": 780.0}, "Whether it paid for itself is not known"),
])
def test_the_answer_says_whether_it_paid_for_itself(analysis, changes, verdict):
    made = analysis(changes=changes)
    said = str(made.sentence())
    assert verdict in said and "A model of 10 people who moved, 10% of whom are taken to have moved anyway" in said
    worse = made.net(notional=False)[0] < 0
    assert f"{'worse' if worse else 'better'} off in money" in said and "discounted at 3.5% a year" in said


def test_resources_that_no_budget_sees_are_told_apart_in_the_answer(contract, inputs, bed_days):
    more = inputs(True, home_support_week=900.0, bed_day=2000.0) | {"ratio": Input("r", 0.1, 0.05, 0.2, "ratio")}
    made = probabilistic_analysis(contract(uses=(bed_days,)), more, draws=1000, seed=1, price_year=2021, people=10)
    assert "only when resources that no budget sees are counted" in str(made.sentence())


def test_every_amount_in_a_sentence_rests_on_the_people_who_moved(analysis):
    from pi_research.disclosure import Rule, protect_sentence

    few = analysis(people=3)
    for said in (few.sentence(), few.party_sentence()):
        assert "£" not in str(protect_sentence(said, Rule.preset("nhs")))
        assert "£" in str(said)


def test_the_parties_add_up_to_the_groups(analysis):
    table = analysis().by_party().set_index("label")
    assert table.loc[list(PUBLIC), "net"].sum() == pytest.approx(table.loc["the three public payers", "net"])
    assert (table["lower"] <= table["upper"]).all() and table["chance"].between(0, 1).all()


@pytest.mark.parametrize(("how", "said"), [({"draws": 10}, "at least 100 draws"), ({"people": 0}, "nobody has moved")])
def test_too_few_draws_and_nobody_moved_are_refused(analysis, how, said):
    with pytest.raises(ValueError, match=said):
        analysis(**how)
