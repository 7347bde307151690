"""Published sums to the pound, their corrections, and the contract in the INDIGO standard's names."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.economics import (
    InterimSum,
    RateCard,
    break_even_months,
    corrected,
    cost_per_outcome,
    cumulative_payments,
    indigo_fields,
    indigo_project,
    payments_sentence,
)
from pi_research.extract.published import figure, read_published


def test_the_three_person_sum_is_met_line_by_line():
    assert list(InterimSum().lines.values()) == [249_600, 39_096, -108_600, -28_002]
    assert InterimSum().total == 249_600 + 39_096 - 108_600 - 28_002 == figure("total_saving") == 152_094
    printed = read_published("interim_savings").set_index("line")["amount_gbp"]
    assert printed.tolist() == [*InterimSum().lines.values(), InterimSum().total]


def test_each_correction_is_the_sum_worked_out_by_hand():
    table = corrected(InterimSum(), anyway=0.1, came_in=21, movers_later=11)
    assert table["saving"].tolist() == [
        152_094, 152_094 - 28_002, 152_094 + 28_002, 152_094 - 6 * 28_002, 152_094 - 24_960, 152_094 - 39_096,
        pytest.approx(152_094 * 11 / 3), 249_600 * 0.9 - 108_600 - 56_004]
    assert (table["difference"] == table["saving"] - 152_094).all()


@pytest.mark.parametrize("changes", [{"placement_year": -1}, {"fund_share": 36}, {"anyway": 1.1}, {"people": -3}])
def test_an_impossible_sum_is_refused(changes):
    with pytest.raises(ValueError, match="shares between 0 and 1"):
        replace(InterimSum(), **changes)


def test_payments_cumulate_to_the_published_totals_each_at_its_periods_end():
    made = cumulative_payments(read_published("register_payments"))
    ends = made.groupby("schedule")["cumulative"].last()
    assert ends.to_dict() == {"actual": 2_376_250, "plan1": 2_995_000, "plan2": 2_975_750, "plan3": 2_420_750}
    paid = made[made["schedule"] == "actual"].set_index("month")
    assert paid["months"].tolist()[:3] == [9, 6, 3] and str(paid.index[0].date()) == "2020-06-01"
    quarter = paid.loc["2022-06-01"]
    assert (quarter["amount"], quarter["rows"]) == (116_250 + 134_250, 2)
    assert len(paid) == 17, "eighteen rows, two of one quarter"


def test_the_third_plan_repeats_what_was_paid_up_to_march_2022():
    wide = cumulative_payments(read_published("register_payments")).pivot(
        index="month", columns="schedule", values="cumulative")
    both = wide[["actual", "plan3"]].dropna()
    same = both[both.index <= "2022-03-01"]
    later = both[both.index > "2022-03-01"]
    assert (same["actual"] == same["plan3"])[same.index > "2020-06-01"].all() and (later["actual"] != later["plan3"]).all()


def test_the_sentence_on_payments_names_plans_maximum_and_the_quarter_with_two_rows():
    said = str(payments_sentence(cumulative_payments(read_published("register_payments")), 2_744_750))
    assert "By September 2024 £2,376,250 had been paid, 86.6% of the most there can be (£2,744,750)" in said
    assert "£2,420,750 by plan 3" in said and "1 period with two rows" in said


def test_the_break_even_by_hand_and_where_there_is_none():
    assert break_even_months(41_600, 0.5, 36_200) == pytest.approx(12 * 36_200 / 20_800)
    assert break_even_months(41_600, 1.0, 1) == np.inf
    for bad in ((0, 0.5, 1), (1, -0.5, 1), (1, 0.5, -1)):
        with pytest.raises(ValueError, match="break-even"):
            break_even_months(*bad)


@settings(max_examples=50)
@given(st.floats(1e3, 1e6), st.floats(0, 0.99), st.floats(0, 1e6))
def test_at_the_break_even_the_placement_saved_is_what_was_paid(year, share, payment):
    months = break_even_months(year, share, payment)
    assert months / 12 * year * (1 - share) == pytest.approx(payment, abs=1e-6)


def test_cost_per_outcome_is_all_payments_over_each_count():
    table = cost_per_outcome(2_376_250, {"moved": 73, "kept": 60, "nobody": 0})
    assert table["each"].round().tolist()[:2] == [32_551, 39_604] and np.isnan(table["each"].iloc[2])
    with pytest.raises(ValueError, match="nought or more"):
        cost_per_outcome(1.0, {"moved": -1})


@pytest.fixture
def project_(contract):
    return indigo_project(RateCard.from_frame(read_published("rate_card")), read_published("register_metrics"),
                          read_published("register_payments"), contract(payment_cap=2_744_750.0))


def test_the_export_is_plain_json_with_every_metric_price_result_and_stated_payment(project_):
    again = json.loads(json.dumps(project_))
    assert {name: len(items) for name, items in again.items()} == {
        "outcome_metrics": 5, "outcome_pricings": 9, "outcome_payment_commitments": 2, "investments": 1, "results": 5,
        "outcome_payments": 95}
    assert again["results"][1]["number_with_positive_social_outcomes"]["value"] == 73
    assert again["outcome_payments"][-1]["money"]["amount"]["value"] == 220_000
    paid = [p["money"]["amount"]["value"] for p in again["outcome_payments"] if p["type"]["value"] == "Actual"]
    assert sum(paid) == 2_376_250


def test_the_export_says_which_prices_are_illustrative_and_prices_the_registers_metrics(project_):
    pricings = project_["outcome_pricings"]
    assert sum("illustrative" in p["notes"] for p in pricings) == 8
    metrics = {m["id"] for m in project_["outcome_metrics"]}
    named = [p for p in pricings if p["outcome_metric_id"]["value"] in metrics]
    assert [p["maximum_price_if_all_targets_achieved"]["amount"]["value"] for p in named][:2] == ["120000.00", "680800.00"]


def test_the_export_as_rows_holds_each_value_under_its_dotted_name(project_):
    rows = indigo_fields(project_)
    assert isinstance(rows, pd.DataFrame) and list(rows) == ["object", "number", "field", "value"]
    cap = rows.query("field == 'maximum_potential_outcome_payment.amount.value'")["value"].tolist()
    assert cap[0] == 2_744_750.0
