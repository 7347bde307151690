import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pi_research.survival import compare_contracts, ladder_table, sustainment_bounds

# The programme's register entry, GO Lab INDIGO project 0181: movers and outcomes to September 2024, the
# 18-month outcome counted from April 2022 on.
REGISTER = dict(moved=73, sustained={6: 60, 12: 51, 18: 32}, cut_off="2024-09-30",
                counted_from={18: "2022-04-01"}, published=True)


# -- against the published counts ----------------------------------------------------------------

def test_with_nothing_known_the_register_bounds_run_from_reached_over_moved_to_one():
    row = sustainment_bounds(**REGISTER).summary()
    assert row.eligible_low.tolist() == [60, 51, 32] and row.eligible_high.tolist() == [73, 73, 73]
    np.testing.assert_allclose(row.bound_low, [60 / 73, 51 / 73, 32 / 73])
    assert row.bound_high.tolist() == [1, 1, 1] and row.possible.all()


def test_even_moves_narrow_the_register_by_days_between_the_edges():
    bounds = sustainment_bounds(**REGISTER, moves="even", start="2019-11-01")
    # 1796 days; due for 6 months 1613, for 12 months 1430, for 18 (October 2020 to March 2023) 912.
    assert bounds.eligible_low.tolist() == [65, 58, 37] and bounds.eligible_high.tolist() == [66, 59, 38]
    said = bounds.sentence(18)
    assert said.startswith("Recorded as sustaining 18 months by 30 September 2024: 32 of the 73 who moved.")
    assert "between 84.2% and 86.5% (95% interval over both ends 68.7% to 95.5%" in said
    assert "were due before counting began on 1 April 2022" in said
    assert said.numbers["reached"].behind == ()  # published: no small-number rule


def test_stated_patterns_of_entry_move_the_number_due_and_one_is_ruled_out_by_the_counts():
    due = {moves: sustainment_bounds(**REGISTER, moves=moves, start="2019-11-01")
           for moves in ("even", "falling", "rising")}
    # 73 (1 - (183 / 1796)^2) = 72.2 for six months where moves fall off to none, 73 (1613 / 1796)^2 = 58.9 where
    # they rise from none: fewer than the 60 recorded, so that they can't have risen so.
    assert (due["falling"].eligible_low[0], due["falling"].eligible_high[0]) == (72, 73)
    assert due["rising"].eligible_high[0] == 59 and not due["rising"].possible[0]
    assert due["rising"].possible[2]
    assert "fell off in a straight line to none, from 1 November 2019" in due["falling"].sentence(12)


def test_where_days_are_chance_the_interval_is_wider_and_needs_no_number_due():
    even = sustainment_bounds(**REGISTER, moves="even", start="2019-11-01")
    from scipy.stats import beta
    share = 1613 / 1796
    assert even.chance_interval[0] == pytest.approx((beta.ppf(0.025, 60, 14) / share, 1))
    assert (even.chance_interval[:, 0] < even.low_interval[:, 0]).all()
    assert "If each move fell on its day by chance, it is 63% to 100%." in even.sentence(18)
    assert np.isnan(sustainment_bounds(**REGISTER).chance_interval).all()


def test_the_exact_limits_of_the_register_are_those_of_the_beta_distribution():
    bounds = sustainment_bounds(**REGISTER)
    # Beta(60, 14) and Beta(61, 13) at 0.025 and 0.975, as R's binom.test(60, 73) inverts them.
    from scipy.stats import beta
    expected = beta.ppf(0.025, 60, 14), beta.ppf(0.975, 61, 13)
    assert bounds.low_interval[0] == pytest.approx(expected, rel=1e-8)
    assert bounds.high_interval[0] == pytest.approx((0.025 ** (1 / 60), 1), rel=1e-8)


# -- by hand -------------------------------------------------------------------------------------

def test_moves_by_period_count_whole_periods_as_due_and_split_ones_as_perhaps_due():
    moves = pd.Series({"2023Q1": 4, "2023Q3": 3, "2024Q1": 2, "2024Q2": 1})
    bounds = sustainment_bounds(10, {6: 5}, moves=moves, cut_off="2024-08-15")
    # Due: moved by 15 February 2024. The first two quarters are due; of the 2 in the third some may be.
    assert (bounds.eligible_low[0], bounds.eligible_high[0]) == (7, 9)


def test_a_last_day_of_a_month_goes_back_to_a_last_day_of_a_month():
    moves = pd.Series({"2024-03": 2})
    assert sustainment_bounds(2, {6: 1}, moves=moves, cut_off="2024-09-30").eligible_low[0] == 2


def test_a_known_number_outside_the_count_gives_one_share():
    bounds = sustainment_bounds(20, {6: 12}, not_counted={6: 4})
    assert bounds.bound_low[0] == bounds.bound_high[0] == 0.75
    said = bounds.sentence()
    assert "the number due in the count is 16, so the share that sustained 6 months is 75%" in said


def test_an_assumption_that_the_counts_rule_out_is_named_and_gives_no_share():
    bounds = sustainment_bounds(10, {6: 9}, moves="even", start="2024-01-01", cut_off="2024-10-31")
    assert not bounds.possible[0] and np.isnan(bounds.bound_high[0])
    assert "the assumption doesn't fit the counts" in bounds.sentence(6)


def test_nobody_reached_and_nobody_due_are_told_apart():
    none = sustainment_bounds(10, {6: 0})
    assert (none.bound_low[0], none.bound_high[0]) == (0, 0)
    assert none.high_interval[0, 1] == pytest.approx(0.975)
    assert "is 0" in none.sentence()
    early = sustainment_bounds(10, {6: 0}, moves="even", start="2024-06-01", cut_off="2024-07-01")
    assert "none of them was due: nothing can be said yet" in early.sentence()
    assert "none of them was due" in sustainment_bounds(0, {6: 0}).sentence()


def test_own_counts_stand_behind_the_sentence():
    said = sustainment_bounds(20, {6: 12}).sentence(6)
    assert said.numbers["low"].behind == (12, 8) and said.numbers["moved"].behind == (20,)


def test_a_milestone_counted_only_of_late_may_exceed_an_earlier_one():
    assert sustainment_bounds(10, {6: 2, 12: 5}, counted_from={6: "2024-01-01"}).reached.tolist() == [2, 5]


# -- properties ----------------------------------------------------------------------------------

@given(st.lists(st.integers(0, 20), min_size=1, max_size=20), st.sampled_from([6, 12, 18]), st.data())
def test_the_bounds_hold_the_share_whatever_the_days_of_the_moves(by_month, months, data):
    index = [str(p) for p in pd.period_range("2022-01", periods=len(by_month), freq="M")]
    moves, cut_off = pd.Series(by_month, index=index), pd.Timestamp("2024-03-15")
    days = [pd.Timestamp(f"{p}-{data.draw(st.integers(1, 28)):02d}")
            for p, n in moves.items() for _ in range(n)]
    due = sum(day + pd.DateOffset(months=months) <= cut_off for day in days)
    reached = data.draw(st.integers(0, due))
    bounds = sustainment_bounds(len(days), {months: reached}, moves=moves, cut_off=cut_off)
    assert bounds.eligible_low[0] <= max(due, 1) and due <= bounds.eligible_high[0]
    if due:
        assert bounds.bound_low[0] <= reached / due <= bounds.bound_high[0] + 1e-12
        assert bounds.low_interval[0, 0] <= bounds.bound_low[0]
        assert bounds.bound_high[0] <= bounds.high_interval[0, 1]


# -- bad input -----------------------------------------------------------------------------------

@pytest.mark.parametrize("given_, what", [
    (dict(moved=-1, sustained={6: 0}), "moved: must be a whole number, 0 or more"),
    (dict(moved="many", sustained={6: 0}), "moved: must be a whole number"),
    (dict(moved=5, sustained={}), "sustained: empty"),
    (dict(moved=5, sustained={0: 5}), "milestone: must be a whole number, 1 or more"),
    (dict(moved=5, sustained={6: np.nan}), "sustained, 6 months: must be a whole number"),
    (dict(moved=5, sustained={6: 6}), "sustained, 6 months: more people than moved"),
    (dict(moved=5, sustained={6: 2, 12: 3}), "sustained, 12 months: more people than at 6 months"),
    (dict(moved=5, sustained={6: 2}, not_counted={6: 6}), "not_counted, 6 months: more people than moved"),
    (dict(moved=5, sustained={6: 2}, moves="late"), "moves: 'late' is not known; choose one of any, even"),
    (dict(moved=5, sustained={6: 2}, moves="even"), "start: a date is needed"),
    (dict(moved=5, sustained={6: 2}, moves="even", start="soon", cut_off="2024-09-30"), "start: a date is"),
    (dict(moved=5, sustained={6: 2}, moves="even", start="2025-01-01", cut_off="2024-09-30"), "start: lies"),
    (dict(moved=5, sustained={6: 2}, moves=pd.Series({"2024Q1": 4}), cut_off="2024-09-30"), "don't add up"),
    (dict(moved=5, sustained={6: 2}, moves=pd.Series({"2024Q4": 5}), cut_off="2024-09-30"), "after cut_off"),
    (dict(moved=5, sustained={6: 2}, moves=pd.Series({"x": 5}), cut_off="2024-09-30"), "moves: not a Series"),
    (dict(moved=5, sustained={6: 2}, level=1), "level: must lie between 0 and 1"),
])
def test_counts_that_cannot_be_are_refused(given_, what):
    with pytest.raises(ValueError, match=what):
        sustainment_bounds(**given_)


# -- contracts side by side ----------------------------------------------------------------------

def contracts():
    # Two of the seven homelessness contracts, GO Lab INDIGO projects 0131 and 0133.
    return pd.DataFrame({"contract": ["Ambition"] * 3 + ["Depaul"] * 3, "months": [0, 12, 18] * 2,
                         "people": [370, 235, 201, 192, 165, 142]})


def test_contracts_stand_side_by_side_with_exact_intervals():
    table = ladder_table(contracts(), published=True)
    row = table.summary().iloc[0]
    assert (row.contract, row.months, row.entered, row.sustained) == ("Ambition", 12, 370, 235)
    from scipy.stats import binomtest
    exact = binomtest(235, 370).proportion_ci(method="exact")
    assert (row.lower, row.upper) == pytest.approx((exact.low, exact.high), rel=1e-8)


def test_the_range_is_told_in_words_with_no_common_rate():
    said = ladder_table(contracts(), published=True).sentence(12)
    assert "from Ambition, 235 of 370 (64%" in said and "to Depaul, 165 of 192 (86%" in said
    assert "400 of 562 (71%) together" in said
    assert "no common rate is claimed" in said and "lower bounds" in said
    alone = ladder_table(contracts().head(3)).sentence(18)
    assert "in Ambition, 201 of 370 (54%" in alone and alone.numbers["low_0"].behind == (201, 169)


def test_row_order_changes_no_row():
    shuffled = ladder_table(contracts().iloc[::-1]).summary()
    ordered = shuffled.sort_values(["contract", "months"], ignore_index=True)
    pd.testing.assert_frame_equal(ordered, ladder_table(contracts()).summary())


@pytest.mark.parametrize("spoil, what", [
    (lambda f: f.drop(columns="people"), "frame: no column people"),
    (lambda f: f.head(0), "frame: empty"),
    (lambda f: f[f.months > 0], "months, contract Ambition: needs each milestone once, and at 0"),
    (lambda f: pd.concat([f, f.tail(1)]), "months, contract Depaul: needs each milestone once"),
    (lambda f: f.assign(people=f.people.where(f.months < 18, 999)), "people, contract Ambition: more"),
    (lambda f: f.assign(people=f.people + 0.5), "people, contract Ambition: must be a whole number"),
    (lambda f: f.assign(contract=f.contract.where(f.months > 0)), "contract: missing value in rows 1, 4"),
    (lambda f: f[f.months == 0], "months: only month 0"),
])
def test_a_ladder_that_cannot_be_is_refused(spoil, what):
    with pytest.raises(ValueError, match=what):
        ladder_table(spoil(contracts()))


def test_asking_for_an_unknown_milestone_names_the_known():
    with pytest.raises(ValueError, match="choose one of 12, 18"):
        ladder_table(contracts()).sentence(6)
    with pytest.raises(ValueError, match="choose one of 6 months"):
        sustainment_bounds(5, {6: 2}).sentence(12)


# -- contracts compared ----------------------------------------------------------------------------

SEVEN = {  # entered, kept 12 months, kept 18: GO Lab INDIGO projects 0131 to 0137
    "Ambition": (370, 235, 201), "Aspire": (151, 106, 85), "Depaul": (192, 165, 142), "Fusion": (293, 235, 199),
    "Home Group": (231, 157, 132), "Local Solutions": (130, 99, 85), "St Basil's": (290, 211, 181)}


def seven():
    rows = [(who, m, n) for who, counts in SEVEN.items() for m, n in zip((0, 12, 18), counts, strict=True)]
    return ladder_table(pd.DataFrame(rows, columns=["contract", "months", "people"]), published=True)


def test_the_seven_contracts_sum_to_1208_at_twelve_months_and_vary_more_than_by_chance():
    found = compare_contracts(seven(), 12)
    assert (found.sustained, found.entered) == (1208, 1657) and found.p_value < 0.001
    # statsmodels' Paule-Mandel fit at its own tolerance (1e-5 on the estimating equation).
    from statsmodels.stats.meta_analysis import combine_effects
    x, n = (np.array([SEVEN[who][j] for who in found.contract]) for j in (1, 0))
    theirs = combine_effects(np.log(x / (n - x)), 1 / x + 1 / (n - x))
    assert found.tau**2 == pytest.approx(theirs.tau2, rel=1e-4)
    assert found.mean == pytest.approx(1 / (1 + np.exp(-theirs.mean_effect_re)), rel=1e-5)
    assert found.new_lower < found.lower < found.mean < found.upper < found.new_upper


def test_the_comparison_says_middle_spread_and_prediction_and_claims_no_more_than_lower_bounds():
    said = compare_contracts(seven(), 18).sentence()
    assert "Between 7 contracts the recorded share that sustained 18 months varies" in said
    assert "p below 0.001" in said and "95% prediction interval; 1,025 of 1,657 people" in said
    assert "Recorded shares are lower bounds" in said and said.numbers["x"].behind == ()
    assert len(compare_contracts(seven(), 18).summary()) == 1


def test_alike_contracts_have_no_spread_and_limits_no_narrower_than_counts_allow():
    frame = pd.DataFrame({"contract": list("abc") * 2, "months": [0] * 3 + [12] * 3, "people": [100] * 3 + [80] * 3})
    found = compare_contracts(ladder_table(frame), 12)
    assert found.tau == 0 and found.mean == pytest.approx(0.8)
    from scipy.stats import t
    half = t.ppf(0.975, 2) * (1 / 240 + 1 / 60) ** 0.5  # as if the counts were one table, with t for k - 1
    assert found.upper == pytest.approx(1 / (1 + np.exp(-(np.log(4) + half))))


def test_a_contract_in_which_all_sustained_is_compared_with_half_a_person_added():
    frame = pd.DataFrame({"contract": list("abc") * 2, "months": [0] * 3 + [12] * 3, "people": [20] * 3 + [20, 15, 0]})
    found = compare_contracts(ladder_table(frame), 12)
    assert 0 < found.lower < found.upper < 1 and found.share.tolist() == [1, 0.75, 0]


@given(st.permutations(range(7)))
def test_the_order_of_contracts_changes_nothing(order):
    names = list(SEVEN)
    rows = [(names[i], m, n) for i in order for m, n in zip((0, 12, 18), SEVEN[names[i]], strict=True)]
    shuffled = ladder_table(pd.DataFrame(rows, columns=["contract", "months", "people"]))
    assert compare_contracts(shuffled, 12).lower == pytest.approx(compare_contracts(seven(), 12).lower)


@pytest.mark.parametrize("months", [6, 12])
def test_fewer_than_three_contracts_are_not_compared(months):
    with pytest.raises(ValueError, match="a comparison needs three or more, so choose one of 12, 18"):
        compare_contracts(ladder_table(contracts()), months)


def test_an_assumption_ruled_out_by_the_day_may_hold_by_chance_and_one_that_cannot_gives_nothing():
    near = sustainment_bounds(**REGISTER, moves="rising", start="2019-11-01")
    assert not near.possible[0] and 0.8 < near.chance_interval[0, 0] < near.chance_interval[0, 1] == 1
    assert "gives no share. If each move fell on its day by chance, it is 89%" in near.sentence(6)
    never = sustainment_bounds(10, {6: 9}, moves="even", start="2024-01-01", cut_off="2024-07-31")
    assert np.isnan(never.chance_interval).all()
