"""The rate card: prices by date, whole pence by payer, and every fault said at once."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.economics import RateCard, RateCardError, apportion, pence
from pi_research.extract.published import read_published


def rows(*changes, **columns):
    """A card of one price before April 2022 and another from then on, each row changed as asked."""
    base = [{"outcome": "move", "definition": "moved", "milestone_months": 0, "temporary": False, "price_gbp": 9200,
             "currency": "GBP", "price_year": 2019, "valid_from": "2019-04-01", "valid_to": "2022-03-31",
             "cap_people": None, "share_council": 0.64, "share_fund": 0.36, "basis": "illustrative"}]
    base.append(base[0] | {"price_gbp": 7200, "price_year": 2022, "valid_from": "2022-04-01", "valid_to": None})
    return pd.DataFrame([row | columns | change for row, change in zip(base, changes or ({}, {}), strict=True)])


def faults(frame, **how):
    with pytest.raises(RateCardError) as error:
        RateCard.from_frame(frame, **how)
    return error.value.faults


def test_the_price_is_that_of_the_day_on_which_the_outcome_was_reached():
    card = RateCard.from_frame(rows())
    days = pd.Series(pd.to_datetime(["2019-03-31", "2019-04-01", "2022-03-31", "2022-04-01", "2030-01-01"]))
    assert card.row_of(pd.Series(["move"] * 5), days).tolist() == [-1, 0, 0, 1, 1]
    assert card.row_of(pd.Series(["engagement"]), days[:1]).tolist() == [-1]


def test_the_embedded_card_sums_to_the_interim_reports_payment_on_either_side_of_the_change():
    card = RateCard.from_frame(read_published("rate_card"))
    assert card.whole_ladder("2022-03-31") == card.whole_ladder("2022-04-01") == 36_200
    assert set(card.on("2022-04-01")["outcome"]) - set(card.on("2022-03-31")["outcome"]) == {"engagement", "sustained_18"}
    temporary = card.rows[card.rows["temporary"]]
    assert temporary["basis"].tolist() == ["published"]
    assert (card.rows.loc[~card.rows["temporary"], "basis"] == "illustrative").all()


def test_the_embedded_card_prices_every_claim_of_the_embedded_extract_to_the_pound(project):
    claims = pd.read_csv(project / "data" / "synthetic" / "outcome_claims.csv", parse_dates=["reached_date"])
    card = RateCard.from_frame(read_published("rate_card"))
    place = card.row_of(claims["outcome"], claims["reached_date"])
    assert (place >= 0).all()
    assert (card.rows["price_pence"].to_numpy()[place] == pence(claims["amount_gbp"])).all()


def test_targets_times_prices_fall_short_of_the_registers_maximum_and_no_split_can_reach_it():
    card = RateCard.from_frame(read_published("rate_card"))
    targets = {"engagement": 60, "move": 74, "sustained_6": 61, "sustained_12": 55, "sustained_18": 47}
    assert card.targets_bring(targets, "2022-04-01") == 1_908_300
    assert max(targets.values()) * 36_200 < 2_744_750
    with pytest.raises(RateCardError, match="engagement"):
        card.targets_bring(targets, "2022-03-31")


@pytest.mark.parametrize(("changes", "said"), [
    (({}, {"valid_from": "2022-03-01"}), "rows 1 and 2: two prices hold on one day"),
    (({"valid_to": None}, {}), "two prices hold on one day"),
    (({}, {"valid_from": "2022-05-01"}), "rows 1 and 2: no price holds between them"),
    (({"share_council": 0.7}, {}), "row 1 (move): the payers' shares must be nought or more and sum to one"),
    (({"share_council": 1.36, "share_fund": -0.36}, {}), "shares must be nought or more"),
    (({"currency": None}, {}), "row 1 (move): currency is missing"),
    (({}, {"currency": "USD"}), "several currencies"),
    (({"price_year": None}, {}), "price_year is missing"),
    (({"price_gbp": -1}, {}), "price_gbp must be a number of pounds, nought or more"),
    (({"price_gbp": None}, {}), "price_gbp must be a number"),
    (({"valid_from": "2019-02-30"}, {}), "must be days, written YYYY-MM-DD"),
    (({"valid_to": "2019-01-01"}, {}), "valid_to is before valid_from"),
    (({"cap_people": 1.5}, {}), "cap_people must be a whole number"),
    (({"milestone_months": 6}, {}), "different milestone_months"),
    (({"outcome": ""}, {}), "row 1: outcome is empty"),
])
def test_a_wrong_card_is_refused_with_the_row_and_what_to_do(changes, said):
    assert any(said in fault for fault in faults(rows(*changes)))


def test_every_fault_is_said_at_once():
    found = faults(rows({"price_gbp": -1, "currency": None}, {"price_year": None}), cap_gbp=-5)
    assert len(found) == 4 and "cap of all payments" in found[-1]


def test_a_missing_column_and_an_empty_card_are_said():
    assert "currency" in faults(rows().drop(columns="currency"))[0]
    assert "share_<payer>" in faults(rows().drop(columns=["share_council", "share_fund"]))[0]
    assert "it has no row" in faults(rows().iloc[:0])[0]


shares = st.lists(st.integers(1, 1000), min_size=1, max_size=5).map(lambda w: [x / sum(w) for x in w])


@settings(max_examples=50)
@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=8), shares)
def test_shares_of_whole_pence_add_up_to_the_amount_and_are_off_by_less_than_a_penny(amounts, share):
    split = apportion(np.array(amounts), np.tile(share, (len(amounts), 1)))
    assert (split.sum(axis=1) == amounts).all() and (split >= 0).all()
    assert (np.abs(split - np.outer(amounts, share)) < 1 + 1e-3).all()
