"""Cash by party: sums by hand, transfers that cancel, caps, discounting, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.economics import (
    PARTIES,
    PUBLIC,
    Input,
    Use,
    at_centre,
    cash_flow,
    correlated_draws,
    discount,
    repay,
)

WEEKS = 365.25 / 7


def values(**changes):
    base = {"kept": np.ones((1, 1)), "placement_week": 800.0, "resident_share": 0.0, "home_support_week": 100.0,
            "anyway": 0.0, "overhead": 1.0, "investor_return": 0.1} | changes
    return {name: np.atleast_2d(v) if name == "kept" else np.atleast_1d(np.asarray(v, float)) for name, v in base.items()}


def line(made, party, item):
    [found] = [li.amounts for li in made.lines if (li.party, li.item) == (party, item)]
    return found


def test_two_years_by_hand(contract):
    """Ten people held for two whole years: 20 tenancy-years at 800 less 100 a week, shared by council and NHS."""
    made = cash_flow(contract(), values())
    assert made.tenancy_years[0] == pytest.approx([10, 10])
    assert line(made, "NHS", "residential places not bought").sum() == pytest.approx(0.5 * 20 * WEEKS * 800)
    assert line(made, "council", "support at home").sum() == pytest.approx(-20 * WEEKS * 100)
    assert line(made, "council", "outcome payments")[0] == pytest.approx([-6400, -3200])
    assert line(made, "national fund", "outcome payments")[0] == pytest.approx([-3600, -1800])
    assert line(made, "provider", "cost of the service")[0] == pytest.approx([-6000, -6000])
    assert made.net(PUBLIC)[0] == pytest.approx(20 * WEEKS * 700 - 15_000)


def test_half_the_tenancies_lost_by_twelve_months_follow_a_constant_hazard(contract):
    made = cash_flow(contract(), values(kept=[[0.5]]))
    months = 0.5 ** ((np.arange(24) + 0.5) / 12)
    assert made.tenancy_years[0] == pytest.approx(10 / 12 * months.reshape(2, 12).sum(axis=1))
    assert line(made, "national fund", "outcome payments")[0] == pytest.approx([-3600, -900])


def test_the_hazard_between_milestones_is_met_at_each_of_them(contract):
    from pi_research.economics.cash import _held

    kept = np.array([[0.9, 0.8, 0.6, 0.5]])
    times = np.array([6.0, 12, 18, 24, 36])
    found = _held(kept, (6, 12, 18, 24), times)[0]
    assert found[:4] == pytest.approx(kept[0])
    assert found[4] == pytest.approx(0.5 * 0.5 / 0.8), "the second half's hazard goes on"


def test_who_would_have_moved_anyway_saves_no_place_and_is_paid_for(contract):
    one, other = cash_flow(contract(), values()), cash_flow(contract(), values(anyway=0.25))
    assert other.effect()[0] == pytest.approx(0.75 * one.effect()[0])
    assert line(other, "council", "outcome payments") == pytest.approx(line(one, "council", "outcome payments"))
    for item in ("residential places not bought", "support at home"):
        assert line(other, "council", item) == pytest.approx(0.75 * line(one, "council", item))


def test_hospital_use_counts_over_all_time_since_the_move_and_apart_from_money(contract, bed_days):
    given = values(kept=[[0.5]], ratio=0.5, bed_day=400.0)
    made = cash_flow(contract(uses=(bed_days,)), given)
    since = (np.arange(24) < 24).reshape(2, 12).sum(axis=1) / 12 * 10
    assert line(made, "NHS", "time in hospital")[0] == pytest.approx(since * 12 * 0.5 * 400)
    assert made.net(("NHS",), notional=False)[0] == pytest.approx(
        line(made, "NHS", "residential places not bought").sum())
    worse = cash_flow(contract(uses=(bed_days,)), values(ratio=1.5, bed_day=400.0))
    assert (line(worse, "NHS", "time in hospital") < 0).all()


def test_caps_hold_and_what_the_fund_does_not_pay_the_council_does(contract):
    made = cash_flow(contract(payment_cap=12_000.0, fund_cap=4_000.0), values())
    council, fund = (line(made, p, "outcome payments")[0] for p in ("council", "national fund"))
    assert fund == pytest.approx([-3600, -400]) and council == pytest.approx([-6400, -1600])


def test_capital_fills_the_gap_and_is_paid_back_with_its_return():
    put_in, back = repay(np.array([[0.0, 50, 200]]), np.array([[100.0, 70, 0]]), 1e6, np.array([0.1]))
    assert put_in[0] == pytest.approx([100, 20, 0])
    assert back[0] == pytest.approx([0, 0, (100 * 1.1 + 20) * 1.1])


def test_what_was_left_over_is_used_before_new_capital_and_the_commitment_holds():
    put_in, back = repay(np.array([[100.0, 0, 0]]), np.array([[40.0, 80, 500]]), 150, np.array([0.1]))
    assert put_in[0] == pytest.approx([0, 20, 130]) and back.sum() == 0


shares = st.floats(0.01, 0.99)


@settings(max_examples=50)
@given(kept=st.lists(shares, min_size=4, max_size=4), anyway=shares, overhead=st.floats(0, 3), rate=st.floats(0, 0.2),
       cap=st.floats(0, 1e6), investment=st.floats(0, 1e5), seed=st.integers(0, 99))
def test_transfers_cancel_and_the_five_parties_together_gain_what_resources_are_saved(
        kept, anyway, overhead, rate, cap, investment, seed):
    from pi_research.economics import Contract

    draw = np.random.default_rng(seed)
    made = cash_flow(
        Contract(2019, draw.poisson(1, 84).astype(float), 1e3 * draw.random(84), (6, 12, 18, 24), (6, 12),
                 1e3 * draw.random((2, 84)), 2e3 * draw.random(84), 0.4, 0.36, cap, cap / 4, investment),
        values(kept=[sorted(kept, reverse=True)], anyway=anyway, overhead=overhead, investor_return=rate))
    moved = sum(li.amounts for li in made.lines if li.kind == "transfer")
    assert np.allclose(moved, 0, atol=1e-6)
    real = sum(li.amounts.sum() for li in made.lines if li.kind != "transfer")
    assert made.net(PARTIES)[0] == pytest.approx(real, abs=1e-4)
    assert -line(made, "national fund", "outcome payments").sum() <= cap / 4 + 1e-6


def test_factors_are_those_of_the_green_books_table():
    """HM Treasury, The Green Book, table of discount factors at 3.5 %, years 0 to 6, to four places."""
    assert discount(0.035, 7).round(4).tolist() == [1.0, 0.9662, 0.9335, 0.9019, 0.8714, 0.842, 0.8135]
    assert discount(0.0, 3).tolist() == [1, 1, 1]


def test_discounting_lowers_a_later_gain_and_weighs_years_as_it_should(contract):
    made = cash_flow(contract(), values())
    yearly = sum(li.amounts for li in made.lines if li.party in PUBLIC)[0]
    assert made.net(PUBLIC, 0.035)[0] == pytest.approx(yearly[0] + yearly[1] / 1.035)


@pytest.mark.parametrize(("measures", "said"), [
    (("bed_days", "admissions"), "time in hospital would be counted twice"),
    (("bed_days", "bed_days"), "time in hospital would be counted twice"),
    (("planned_contacts", "planned_contacts"), "planned contact would be counted twice"),
])
def test_counting_one_resource_twice_is_refused_by_the_findings_names(contract, measures, said):
    uses = tuple(Use(m, m, f"finding.{k}", 1.0, "ratio", "bed_day") for k, m in enumerate(measures))
    with pytest.raises(ValueError, match=rf"{said} \(finding.0, finding.1\)"):
        contract(uses=uses)


@pytest.mark.parametrize(("changes", "said"), [
    ({"delivery": np.full(24, -1.0)}, "negative"), ({"payment_cap": -1.0}, "negative"),
    ({"fund_share": 36.0}, "between 0 and 1"), ({"moves": np.zeros(13)}, "whole years"),
    ({"months": (12, 6)}, "must rise"), ({"months": ()}, "must rise"),
])
def test_an_impossible_contract_is_refused(contract, changes, said):
    with pytest.raises(ValueError, match=said):
        contract(**changes)


def test_a_rate_of_350_percent_is_refused_with_what_to_write():
    with pytest.raises(ValueError, match="write 3.5 % as 0.035"):
        discount(3.5, 7)


# inputs

def test_an_input_has_its_estimate_as_median_and_its_limits_as_quantiles():
    for scale in ("plain", "ratio", "share"):
        one = Input("x", 0.3, 0.1, 0.7, scale)
        drawn = one.at(np.random.default_rng(1).standard_normal(200_000))
        assert np.percentile(drawn, [2.5, 50, 97.5]) == pytest.approx([0.1, 0.3, 0.7], abs=0.006)


def test_draws_are_as_correlated_as_asked_and_the_same_for_a_seed():
    pair = {"a": Input("a", 0.0, -1.96, 1.96), "b": Input("b", 0.0, -1.96, 1.96), "c": Input("c", 1.0, 1.0, 1.0)}
    made = correlated_draws(pair, 50_000, 3, {("a", "b"): -0.5})
    assert np.corrcoef(made["a"], made["b"])[0, 1] == pytest.approx(-0.5, abs=0.01)
    assert (made["c"] == 1).all() and (correlated_draws(pair, 9, 3)["a"] == correlated_draws(pair, 9, 3)["a"]).all()


@pytest.mark.parametrize(("given_", "said"), [
    ({("a", "z"): 0.5}, "two different inputs"), ({("a", "b"): 1.5}, "from -1 to 1"),
    ({("a", "b"): 0.9, ("b", "c"): 0.9, ("a", "c"): -0.9}, "can't hold together"),
])
def test_impossible_correlations_are_refused(given_, said):
    three = {name: Input(name, 0.0, -1.0, 1.0) for name in "abc"}
    with pytest.raises(ValueError, match=said):
        correlated_draws(three, 10, 1, given_)


@pytest.mark.parametrize(("args", "said"), [
    ((0.5, 0.6, 0.7), "in order"), ((0.5, np.nan, 0.7), "in order"), ((0.5, 0.0, 0.7, "ratio"), "above nought"),
    ((35.0, 20.0, 50.0, "share"), "35% is 0.35"), ((1.0, 1.0, 1.0, "beta"), "scale must be"),
])
def test_an_impossible_input_is_refused(args, said):
    with pytest.raises(ValueError, match=said):
        Input("x", *args)


def test_several_shares_move_together_and_never_rise_with_time(contract):
    kept = Input("kept", np.array([0.8, 0.79]), np.array([0.7, 0.75]), np.array([0.9, 0.95]), "share")
    made = at_centre({"kept": kept}, 2)["kept"]
    assert made.shape == (2, 2) and made[0] == pytest.approx([0.8, 0.79])
    high = kept.at(np.array([2.0]))
    assert high[0, 1] > high[0, 0], "drawn so, and brought down by the model"
    flow = cash_flow(contract(months=(6, 12)), values(kept=high))
    flat = cash_flow(contract(months=(6, 12)), values(kept=[[high[0, 0]] * 2]))
    assert flow.effect() == pytest.approx(flat.effect())
