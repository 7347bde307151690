import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pi_research.survival import ladder_table, sustainment_bounds

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
