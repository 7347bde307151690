"""The page on money: from an extract and other pages' findings to tables and charts that may leave the safe room."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pi_research import extract, journeys, params
from pi_research.disclosure import PRESETS
from pi_research.findings import Finding, FindingError, as_json
from pi_research.report import economics as money
from pi_research.report import economics_charts as charts
from pi_research.report import economics_data as needed
from pi_research.report import economics_published as printed
from pi_research.report import economics_tables as tabled
from pi_research.report import economics_words as words
from pi_research.report.draw import DRAWN, svg
from pi_research.report.economics_cheers import answers, cheers, cheers_sentence
from pi_research.report.render import released


def finding(id, estimate, lower, upper, unit="proportion", events=20):
    return Finding(id, "?", estimate, unit, 71, events, "method", lower, upper, 0.95, "people")


FOUND = {
    "02_tenancy_sustainment": [
        *(finding(f"tenancy.kept_{m}", e, lo, hi) for m, e, lo, hi in (
            (6, 0.78, 0.66, 0.88), (12, 0.77, 0.64, 0.86), (18, 0.75, 0.61, 0.85), (24, 0.65, 0.49, 0.78))),
        finding("tenancy.harm", 13.0, np.nan, np.nan, "people", 13)],
    "03_service_use": [finding("use.bed_days", 0.57, 0.35, 0.93, "rate ratio"),
                       finding("use.planned_contacts", 1.42, 1.31, 1.54, "rate ratio"),
                       finding("use.crisis_contacts", 0.74, 0.57, 0.96, "rate ratio")],
    "04_hospital_time_series": [finding("series.bed_days", -488.0, -724.0, -258.0, "bed days a month")],
}


def write(folder, found):
    (folder / "findings").mkdir(parents=True, exist_ok=True)
    for page, some in found.items():
        (folder / "findings" / f"{page}.json").write_text(as_json(some), encoding="utf-8")


@pytest.fixture(scope="module")
def parts(project, tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    write(out / "base", FOUND)
    settings = params.load(project / "params.yaml", run={"out": str(out), "data": str(project / "data" / "synthetic")})
    data = extract.read_extract(settings.data)
    return settings, data, journeys.load(data, settings)


@pytest.fixture(scope="module")
def study(parts):
    return money.study(*parts)


def test_the_embedded_extract_is_paid_to_the_pound_and_nothing_is_reported(study):
    claims, held = study.ledger.problems, study.ledger.entries
    assert claims.empty and (held.loc[held["claimed"] > 0, "recorded"] == held.loc[held["claimed"] > 0, "due"]).all()
    assert len({int(study.ledger.by(k)["paid"].sum()) for k in ("payer", "month", "year", "person", "outcome")}) == 1


def test_the_model_pays_within_a_twentieth_of_what_the_ledger_says_was_due(study):
    out = -sum(li.amounts[0] for li in study.analysis.centre.lines if li.item == "outcome payments")
    due = study.ledger.by("year")["due"].div(100)
    years = study.analysis.centre.by_year()["year"].tolist()[: study.years_over]
    assert out[: study.years_over].sum() == pytest.approx(due.reindex(years).fillna(0).sum(), rel=0.05)


def test_claims_of_people_whose_records_are_not_used_are_left_out_and_said(study, parts):
    _, data, made = parts
    assert len(needed.claims_of(data.tables, made)) < len(data.tables["outcome_claims"])
    assert "claims of people whose records are not used are not in the ledger" in str(study.left_out[-1])


def test_a_page_that_was_not_run_is_named(parts, tmp_path):
    settings = replace(parts[0], run=replace(parts[0].run, out=str(tmp_path)))
    with pytest.raises(FindingError, match="run 02_tenancy_sustainment first"):
        money.study(settings, *parts[1:])


def test_what_another_page_could_not_estimate_is_left_out_and_said(parts, tmp_path):
    lost = [replace(f, estimate=np.nan, lower=np.nan, upper=np.nan) if f.id == "use.bed_days" else f
            for f in FOUND["03_service_use"]]
    short = [f for f in FOUND["02_tenancy_sustainment"] if "18" not in f.id and "24" not in f.id]
    write(tmp_path / "base", FOUND | {"03_service_use": lost, "02_tenancy_sustainment": short})
    settings = replace(parts[0], run=replace(parts[0].run, out=str(tmp_path)))
    made = money.study(settings, *parts[1:])
    assert made.analysis.contract.months == (6, 12) and {u.measure for u in made.analysis.contract.uses} == {
        "planned_contacts", "crisis_contacts"}
    assert "could not estimate it: time in hospital" in str(made.left_out[0])
    assert "not in the account" in str(words.hospital_sentence(made))
    write(tmp_path / "base", FOUND | {"02_tenancy_sustainment": []})
    with pytest.raises(FindingError, match="could not estimate how long tenancies last"):
        money.study(settings, *parts[1:])


def test_the_contracts_own_card_is_read_from_params_and_a_wrong_one_refused(parts, tmp_path, project):
    from pi_research.economics import RateCardError

    rows = pd.read_csv(project / "data" / "published" / "rate_card.csv")
    rows["price_gbp"] *= 2
    rows.to_csv(tmp_path / "card.csv", index=False)
    asked = replace(parts[0].economics, rate_card=str(tmp_path / "card.csv"))
    assert needed.rate_card(replace(parts[0], economics=asked)).whole_ladder("2022-04-01") == 72_400
    asked = replace(asked, rate_card="no_such_card.csv")
    with pytest.raises(RateCardError, match="no_such_card.csv can't be read"):
        needed.rate_card(replace(parts[0], economics=asked))


def test_without_placement_costs_the_published_one_stands_in(parts, study):
    none = study.places.iloc[:0]
    made = needed.inputs_of(study.found, (12,), (), none, parts[0])["placement_week"]
    assert made.estimate == 800 and "interim report" in made.source


def test_other_choices_move_the_result_the_way_they_should(study):
    table = money.scenarios(study).set_index("label")["cash"]
    base = table["as in params.yaml"]
    assert table["not discounted"] > table["discounted at 1.5%"] > base
    assert table["nobody would have moved anyway"] > base > table["30% would have moved anyway"]
    assert table["no support at home paid by the council"] > base > table["support at home costs twice as much"]
    assert table[[n for n in table.index if n.startswith("outcome prices")]].iloc[0] < base
    assert table["hospital and contact as before the move"] == pytest.approx(base)


def test_the_switching_values_make_the_result_nought(study):
    from pi_research.economics import PUBLIC, at_centre, cash_flow

    found, a = money.switching(study), study.analysis
    given = at_centre(a.inputs) | {"anyway": np.array([found["anyway"].at])}
    assert cash_flow(a.contract, given).net(PUBLIC, a.rate, notional=False)[0] == pytest.approx(0, abs=1)
    given = at_centre(a.inputs) | {"kept": a.inputs["kept"].estimate[None, :] ** found["pace"].at}
    assert cash_flow(a.contract, given).net(PUBLIC, a.rate, notional=False)[0] == pytest.approx(0, abs=1)
    assert "is gone if" in str(words.switching_sentence(study, found))


def test_a_sign_that_never_changes_is_said_so(study):
    found = {k: replace(v, at=np.nan) for k, v in money.switching(study).items()}
    said = str(words.switching_sentence(study, found))
    assert "whatever share would have moved anyway" in said and "however fast tenancies end" in said


def test_findings_can_stand_and_hold_the_answer(study):
    found = {f.id: f for f in money.findings_of(study, money.switching(study))}
    assert {"cost.paid", "cost.public_cash", "cost.public", "cost.council", "cost.nhs", "cost.fund",
            "cost.tenancy_years", "cost.switch_anyway"} == set(found)
    assert found["cost.public"].lower <= found["cost.public"].estimate <= found["cost.public"].upper
    assert str(found["cost.public_cash"].sentence) == str(study.analysis.sentence())


SUMS = [
    lambda s: tabled.ledger(s.ledger, "year", "a", "A.", "Year"),
    lambda s: tabled.ledger(s.ledger, "outcome", "a", "A.", "Outcome"),
    lambda s: tabled.months(s.ledger, 12, "a", "A."), lambda s: tabled.payers(s.ledger, "a", "A."),
    lambda s: tabled.problems(s.ledger, "a", "A."), lambda s: tabled.model_beside_ledger(s, "a", "A."),
]


@pytest.mark.parametrize("make", SUMS, ids=["year", "outcome", "month", "payer", "problems", "model check"])
@pytest.mark.parametrize("rule", PRESETS.values(), ids=PRESETS)
def test_no_exact_sum_of_prices_leaves_the_safe_room_under_any_rule(study, make, rule):
    """Amounts that the ledger holds to the pound, and what could be divided by a price to give a count back."""
    table = released(make(study), rule)
    exact = {f"£{v / 100:,.0f}" for key in ("year", "outcome", "month", "payer")
             for v in study.ledger.by(key).drop(columns=["reached", "claims", "payments"], errors="ignore").to_numpy().ravel()
             if v % 5_000_000}
    prices = {f"£{p / 100:,.0f}" for p in study.card.rows["price_pence"]}
    assert not (set(table.frame.astype(str).to_numpy().ravel()) & (exact - prices))


def test_with_few_movers_no_amount_of_the_model_is_released(study):
    few = replace(study.analysis, people=5)
    rule = PRESETS["nhs"]
    for table in (tabled.parties(few, "a", "A."), tabled.lines(few, "a", "A.")):
        assert not released(table, rule).frame.astype(str).stack().str.contains("£").any()
    for chart in (charts.gains(few, "g", "G."), charts.plane(few, 5000, "p", "P."), charts.spread(few, "s", "S.")):
        made = released(chart, rule)
        assert "£" not in str(made.alt) and made.frame.select_dtypes("number").isna().all().all()


def chart_of(study, name):
    a = study.analysis
    return {"gains": lambda: charts.gains(a, "c", "C."), "tornado": lambda: charts.tornado_chart(a, "c", "C."),
            "plane": lambda: charts.plane(a, 5000, "c", "C."), "spread": lambda: charts.spread(a, "c", "C."),
            "acceptability": lambda: charts.acceptable(a, charts.values_shown(30_000), "c", "C."),
            "cumulative": lambda: charts.payments(printed.register_payments(), 2_744_750, "c", "C.")}[name]()


@pytest.mark.parametrize("name", ["gains", "tornado", "plane", "spread", "acceptability", "cumulative"])
def test_a_chart_draws_the_same_bytes_inside_and_released_and_says_what_it_shows(study, name):
    made = chart_of(study, name)
    assert made.draw == name and set(DRAWN[name]) <= set(made.frame)
    assert svg(made) == svg(made) and len(str(made.alt)) > 60
    assert "<svg" in svg(released(made, PRESETS["nhs"]))


def test_published_sums_are_shown_to_the_pound():
    assert "is met to the pound" in str(printed.interim_sentence())
    assert printed.interim("a", "A.").frame["again"].tolist() == [249_600, 39_096, -108_600, -28_002, 152_094]
    frame = printed.quarters("a", "A.").frame
    assert frame["actual"].iloc[-1] == 2_376_250 and frame["note"].tolist().count("2 rows, both counted") == 1
    assert frame["note"].tolist()[:2] == ["9 months in one row", "6 months in one row"]
    assert printed.each("a", "A.").frame["each"].round().tolist() == [38_955, 32_551, 39_604, 46_593, 74_258]
    assert "after 20.9 months" in str(printed.break_even_sentence())
    assert printed.corrections(0.1, "a", "A.").frame["saving"].iloc[-1] == 60_036


def test_the_card_says_what_is_illustrative_and_what_no_split_can_reach(study):
    said = str(tabled.card_sentence(study.card, printed.targets(), 2_744_750, 36_200))
    assert "8 of the 9 prices of this card are illustrative" in said and "£2,678,800" in said and "70%" in said


def test_the_reporting_list_answers_every_item_or_names_the_gap(study):
    from pi_research.extract.published import read_published

    items = read_published("cheers_2022")
    assert set(answers(study)) == set(items["item"]) and (items["kind"] == "cheers").sum() == 28
    table = cheers(study, items, "a", "A.").frame
    assert table["answer"].str.len().gt(3).all()
    gaps = table.loc[table["answer"].str.startswith("Gap"), "item"].tolist()
    assert f"gaps: {', '.join(gaps)}." in str(cheers_sentence(study))
