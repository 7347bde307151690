"""The ledger: nothing is paid twice, caps hold, and every way to add it up gives the same pence."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.economics import RateCard, claims_ledger


def card(prices=(("move", 7200), ("sustained_6", 9000)), shares=(0.64, 0.36), caps=None, cap_gbp=None):
    frame = pd.DataFrame([
        {"outcome": name, "definition": name, "milestone_months": None, "temporary": False, "price_gbp": price,
         "currency": "GBP", "price_year": 2022, "valid_from": "2020-01-01", "valid_to": "2029-12-31",
         "cap_people": (caps or {}).get(name), "basis": "illustrative",
         **{f"share_{k}": share for k, share in enumerate(shares)}} for name, price in prices])
    return RateCard.from_frame(frame, cap_gbp=cap_gbp)


def reached(*rows):
    frame = pd.DataFrame(rows, columns=["person", "outcome", "reached"])
    return frame.assign(reached=pd.to_datetime(frame["reached"]))


def claims(*rows):
    columns = ["claim_id", "person", "outcome", "claimed_on", "decision", "amount_gbp"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(claimed_on=pd.to_datetime(frame["claimed_on"]))


TWO = reached(("a", "move", "2022-04-10"), ("b", "move", "2022-05-02"))


def test_a_small_ledger_by_hand():
    milestones = reached(("a", "move", "2022-04-10"), ("a", "sustained_6", "2022-10-10"), ("b", "move", "2022-05-02"),
                         ("c", "move", "2022-06-01"))
    made = claims_ledger(milestones, claims(
        ("1", "a", "move", "2022-05-01", "paid", 7200), ("2", "a", "sustained_6", "2022-11-01", "contested", 9000),
        ("3", "b", "move", "2022-05-20", "pending", 7200)), card())
    assert [made.total(w) for w in ("due", "claimed", "paid", "contested", "pending")] == [30600, 23400, 7200, 9000, 7200]
    assert made.by("payer")["paid"].tolist() == [460_800, 259_200]
    months = made.by("month")
    assert months["due"].to_dict() == {"2022-04": 720_000, "2022-05": 720_000, "2022-06": 720_000, "2022-10": 900_000,
                                       "2022-11": 0}
    assert months.loc["2022-05", ["claimed", "paid", "pending"]].tolist() == [1_440_000, 720_000, 720_000]
    assert made.by("year").index.tolist() == ["2022/23"] and made.problems.empty
    assert str(made.sentence()).startswith(
        "4 outcomes had been reached, worth about £50,000 by the rate card; about £0 had been paid, for 1 of them, of 1 "
        "people. Claims contested: 1; waiting for a decision: 1; reported")


def test_a_milestone_claimed_twice_is_reported_and_paid_once():
    made = claims_ledger(TWO, claims(("1", "a", "move", "2022-05-01", "paid", 7200),
                                     ("2", "a", "move", "2022-06-01", "paid", 7200)), card())
    assert made.total() == 7200
    assert made.problems[["claim_id", "problem"]].values.tolist() == [["2", "claimed twice; the first claim counts"]]


def test_a_claim_after_a_rejected_one_is_no_second_claim():
    made = claims_ledger(TWO, claims(("1", "a", "move", "2022-05-01", "rejected", 7200),
                                     ("2", "a", "move", "2022-06-01", "paid", 7200),
                                     ("3", "b", "move", "2022-06-01", "rejected", 7200)), card())
    assert made.total() == 7200 and made.total("rejected") == 7200 and made.problems.empty


def test_a_claim_before_the_day_is_reported_and_not_paid():
    made = claims_ledger(TWO, claims(("1", "a", "move", "2022-04-09", "paid", 7200)), card())
    assert made.total() == 0 and made.problems["problem"].tolist() == ["claimed before the outcome's day"]
    on_the_day = claims_ledger(TWO, claims(("1", "a", "move", "2022-04-10", "paid", 7200)), card())
    assert on_the_day.total() == 7200


def test_a_claim_without_the_outcome_and_an_outcome_without_a_price_are_reported():
    milestones = reached(("a", "move", "2019-04-10"), ("b", "move", "2022-05-02"), ("b", "move", "2022-05-03"))
    made = claims_ledger(milestones, claims(("1", "a", "move", "2022-05-01", "paid", 7200),
                                            ("2", "c", "move", "2022-05-01", "paid", 7200)), card())
    assert made.total() == 0 and made.total("due") == 7200
    assert made.problems["problem"].value_counts().to_dict() == {
        "the outcome is on record twice; the first day counts": 1,
        "the rate card has no price on the day it was reached": 1,
        "claimed without the outcome, with a price, on record": 2}


def test_another_amount_than_the_cards_is_reported_and_the_cards_is_paid():
    made = claims_ledger(TWO, claims(("1", "a", "move", "2022-05-01", "paid", 9200)), card())
    assert made.total() == 7200 and made.total("recorded") == 9200
    assert made.problems["problem"].str.startswith("the amount claimed is not the card's").all()


def test_caps_of_people_and_of_all_payments_hold_in_the_order_of_claims():
    both = claims(("2", "b", "move", "2022-06-01", "paid", 7200), ("1", "a", "move", "2022-05-01", "paid", 7200))
    one = claims_ledger(TWO, both, card(caps={"move": 1}))
    assert one.by("person")["paid"].to_dict() == {"a": 720_000, "b": 0}
    part = claims_ledger(TWO, both, card(cap_gbp=10_000))
    assert part.by("person")["paid"].to_dict() == {"a": 720_000, "b": 280_000}
    assert part.problems["problem"].tolist() == ["over the cap of all payments, in part or whole"]


def test_nothing_reached_and_nothing_claimed_is_an_empty_ledger():
    made = claims_ledger(reached(), claims(), card())
    assert made.total() == 0 and made.by("payer")["paid"].tolist() == [0, 0] and made.by("month").empty
    assert "for 0 of them, of 0 people" in str(made.sentence())


@pytest.mark.parametrize(("milestones", "rows", "said"), [
    (TWO.drop(columns="reached"), claims(), "milestones: column reached is missing"),
    (TWO.assign(reached=pd.NaT), claims(), "milestones: column reached has empty cells"),
    (TWO, claims(("1", "a", "move", "2022-05-01", "paid", 1), ("1", "b", "move", "2022-05-01", "paid", 1)), "twice"),
    (TWO, claims(("1", "a", "move", "2022-05-01", "granted", 1)), "decision must be one of paid"),
    (TWO, claims(("1", "a", "move", "2022-05-01", "paid", -1)), "amount_gbp is negative"),
])
def test_bad_input_is_refused_without_a_persons_value(milestones, rows, said):
    with pytest.raises(ValueError, match=said):
        claims_ledger(milestones, rows, card())


def test_by_says_what_it_knows():
    with pytest.raises(ValueError, match="month, year, person, outcome or payer"):
        claims_ledger(TWO, claims(), card()).by("team")


names = st.sampled_from(["move", "sustained_6", "sustained_12"])
days = st.dates(pd.Timestamp("2019-06-01").date(), pd.Timestamp("2025-01-01").date()).map(str)
people = st.sampled_from("abcde")
weights = st.lists(st.integers(1, 97), min_size=1, max_size=4).map(lambda w: [x / sum(w) for x in w])
pounds = st.integers(0, 2_000_000).map(lambda p: p / 100)


@settings(max_examples=30)
@given(st.lists(pounds, min_size=3, max_size=3), weights, st.none() | st.integers(0, 4), st.none() | pounds,
       st.lists(st.tuples(people, names, days), max_size=25),
       st.lists(st.tuples(people, names, st.none() | days, st.sampled_from(["paid", "paid", "contested", "rejected", None]),
                          st.none() | pounds), max_size=40))
def test_payments_by_payer_month_person_and_outcome_add_up_to_the_same_pence(prices, shares, cap, total, got, asked):
    held = card(tuple(zip(("move", "sustained_6", "sustained_12"), prices, strict=True)), shares, {"move": cap}, total)
    asked = [(str(k), *row) for k, row in enumerate(asked)]
    made = claims_ledger(reached(*got), claims(*asked).astype({"amount_gbp": float}), held)
    whole = int(made.entries["paid"].sum())
    assert {int(made.by(key)["paid"].sum()) for key in ("payer", "month", "year", "person", "outcome")} <= {whole}
    assert not made.entries.duplicated(["person", "outcome"]).any()
    assert (made.entries["paid"] <= made.entries["due"]).all() and (made.entries["paid"] >= 0).all()
    assert total is None or whole <= round(total * 100)
    parts = made.entries[["contested", "pending", "rejected"]].sum(axis=1) + made.entries["paid"]
    assert (parts <= made.entries["claimed"]).all() and (made.entries["claimed"] <= made.entries["due"]).all()
