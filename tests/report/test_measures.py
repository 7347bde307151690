"""Rows, charts, tables and findings of performance measures: what they count, what a release hides, what is drawn."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from pi_research.disclosure import Rule
from pi_research.extract.published import read_published
from pi_research.measures import Measure, MeasureError, assess, funnel_limits, rare_event_chart
from pi_research.numerics import exact_binomial, exact_poisson
from pi_research.report import measures as charts
from pi_research.report import measures_checks, measures_given, measures_rows, measures_tables
from pi_research.report.draw import svg
from pi_research.report.measures_board import ICONS
from pi_research.report.render import csv_text, released
from pi_research.report.shown import from_payload, payload
from pi_research.sections import Measures, Programme

NHS = Rule.preset("nhs")
KEPT = Measure("kept", "Tenancies kept", "kept it", "due", target=0.8, comparison="at_least", direction=1, kind="4 independence")
MOVES = Measure("moves", "Moves", "people", scale="count", unit="people", direction=1)


def judged(x, n=None, measure=None, **how):
    frame = pd.DataFrame({"period": pd.date_range("2020-01-01", periods=len(x), freq="QS"), "numerator": x})
    return assess(measure or (MOVES if n is None else KEPT), frame if n is None else frame.assign(denominator=n), **how)


LARGE = judged([71, 72, 73, 70] * 4, [91] * 16)
SOME = judged([20, 21, 3] + [20] * 11, [40] * 14)
SMALL = judged([3, 4, 2, 5] * 4)
PAPER = measures_given.councils(*(read_published(n) for n in ("six_steps_measures", "six_steps_values", "outcome_kinds")))


# rows

def people(**more):
    days = pd.to_datetime
    return pd.DataFrame({
        "customer_id": ["A", "B", "C"], "start": days(["2020-01-10", "2020-02-01", None]),
        "move": days(["2020-07-01", None, None]), "months_preparing": [5.7, 8.0, np.nan]} | more)


EDGES = [*pd.date_range("2020-01-01", periods=4, freq="QS")]


def test_a_share_counts_people_by_the_quarter_of_their_day_and_leaves_empty_quarters_out():
    made = measures_rows._shares(people(), EDGES, "start", pd.Series([True, False, False]))
    assert made[["numerator", "denominator"]].to_numpy().tolist() == [[1, 2]]


def test_moved_in_time_waits_until_the_nominal_months_are_over_for_the_whole_quarter():
    late = measures_rows._in_time(people(), EDGES, 9, pd.Timestamp("2020-12-31"))["in_time"][1]
    early = measures_rows._in_time(people(), EDGES, 9, pd.Timestamp("2020-12-30"))["in_time"][1]
    assert late[["numerator", "denominator"]].to_numpy().tolist() == [[1, 2]] and early.empty


def extract(**tables):
    return SimpleNamespace(tables=tables, extract_date=pd.Timestamp("2020-12-31"))


def test_a_person_is_held_up_once_a_quarter_and_only_while_they_prepare():
    delays = pd.DataFrame({
        "customer_id": ["A", "A", "A", "C"], "start_date": pd.to_datetime(["2020-02-01", "2020-03-01", "2020-09-01", "2020-02-01"]),
        "end_date": pd.to_datetime(["2020-02-20", "2020-04-05", "2020-09-20", None]), "reason": "other"})
    made = measures_rows._held_up(extract(delays=delays), people(), EDGES)["held_up"][1]
    assert made["numerator"].tolist() == [1, 1, 0, 0] and made["denominator"].tolist() == [2, 2, 2, 1]
    assert measures_rows._held_up(extract(), people(), EDGES) == {}


def test_a_missed_appointment_is_an_arranged_one_not_attended_since_the_start():
    contacts = pd.DataFrame({
        "patient_id": "p", "team": "community", "planned": pd.array([True, True, True, False, True], dtype="boolean"),
        "date": pd.to_datetime(["2020-02-01", "2020-02-02", "2020-01-05", "2020-02-03", "2020-02-04"]),
        "attendance": ["did_not_attend", "attended", "did_not_attend", "did_not_attend", "cancelled_by_patient"]})
    links = pd.DataFrame({"customer_id": ["A"], "patient_id": ["p"]})
    made = measures_rows._missed(extract(contacts=contacts, links=links), people(), EDGES)["missed"][1]
    assert made[["numerator", "denominator"]].to_numpy().tolist() == [[1, 2]]


def test_milestones_take_their_targets_from_the_register_and_leave_out_what_is_not_known_or_due():
    reached = pd.DataFrame({
        "months": 6, "due": pd.to_datetime(["2020-02-01", "2020-02-02", "2020-02-03", "2020-02-04"]),
        "come_due": [True, True, True, False], "status": ["reached", "failed", "unknown", "failed"]})
    words, made = measures_rows._milestones(reached, EDGES, read_published("register_metrics"))["kept_6"]
    assert words["target"] == round(61 / 74, 3) and made[["numerator", "denominator"]].to_numpy().tolist() == [[1, 2]]


def test_time_between_losses_is_lived_by_all_tenants_and_a_death_is_no_loss():
    """Two tenants for ten days, one lost; the other ten more, lost; a third died in between."""
    day = pd.to_datetime
    held = pd.DataFrame({"move": day(["2020-01-01"] * 2), "stop": day(["2020-01-11", "2020-01-21"]), "ended": True,
                         "cause": ["eviction", "eviction"]})
    month = 365.25 / 12
    np.testing.assert_allclose(measures_rows.between_losses(held) * month, [21, 10.5], atol=0.01)
    died = pd.DataFrame({"move": day(["2020-01-01"]), "stop": day(["2020-01-15"]), "ended": True, "cause": "death"})
    assert len(measures_rows.between_losses(pd.concat([held, died]))) == 2


def test_two_losses_on_one_day_are_spread_over_it():
    held = pd.DataFrame({"move": pd.to_datetime(["2020-01-01"] * 3), "stop": pd.to_datetime(["2020-01-11"] * 2 + ["2020-03-01"]),
                         "ended": True, "cause": "eviction"})
    assert (measures_rows.between_losses(held) > 0).all()


def test_an_area_that_the_extract_does_not_hold_is_refused_with_those_that_it_does():
    table = pd.DataFrame({"area": ["North"], "measure": ["m"], "quarter": [pd.Timestamp("2020-01-01")], "numerator": [1.0],
                          "denominator": [2.0], "target": [0.5], "direction": ["higher_is_better"]})
    kinds = read_published("outcome_kinds")
    assert measures_given.supplied(None, "South", kinds) == []
    with pytest.raises(MeasureError, match="no area 'South'.*North"):
        measures_given.supplied(table, "South", kinds)
    [(measure, rows)] = measures_given.supplied(table, "North", kinds)
    assert (measure.direction, measure.scale, measure.kind) == (1, "share", "not classed") and len(rows) == 1


# the councils, as published

def council(id):
    return next(assess(m, r) for m, r in PAPER if m.id == id)


def test_every_measure_of_the_five_councils_is_there_with_a_kind():
    assert {m.name.split(":")[0] for m, _ in PAPER} == set(measures_given.COUNCILS)
    assert {m.kind for m, _ in PAPER} <= set(measures_given.KINDS.values())


def test_swindons_delays_meet_their_target_in_the_highest_month():
    made = council("swi_delayed_days")
    assert made.on_target and made.value.tolist() == [450, 32, 64]


def test_leeds_assessments_have_intervals_from_its_referrals_and_its_waits_have_none():
    made = council("lee_care_act")
    assert made.denominator.tolist() == [36820, 48938, 75000] and made.numerator[0] == round(0.203 * 36820)
    assert 0.148 < made.lower < 0.152 < made.upper < 0.156
    assert np.isnan(council("lee_talking_point_wait").lower) and council("lee_care_act").on_target is None


def test_a_proposed_measure_has_a_target_and_no_result():
    made = council("iow_help_48h")
    assert made.measure.target == 0.9 and made.n == 0 and "no result yet" in made.sentence()


def test_a_release_leaves_published_figures_as_they_were_published():
    made = [council(i) for i in ("lee_care_act", "swi_delayed_days", "cov_no_longer_term")]
    for one in made:
        assert "[hidden]" not in released(one.sentence(), NHS) and str(released(one.sentence(), NHS)) == str(one.sentence())
    assert csv_text(released(charts.board(made, "b", "B."), NHS)) == csv_text(charts.board(made, "b", "B."))


# what a release hides

def test_a_released_chart_is_drawn_from_rounded_counts_and_holds_no_exact_one():
    frame = released(charts.control_chart(LARGE), NHS).frame
    assert (frame[["numerator", "rest"]] % 5 == 0).all(axis=None) and frame[["value", "exposure"]].isna().all(axis=None)
    assert "limit" in svg(released(charts.control_chart(LARGE), NHS))


def test_a_point_of_few_people_is_not_drawn_and_neither_are_limits_that_would_give_it_back():
    safe = released(charts.control_chart(SOME), NHS)
    assert safe.frame.loc[2, ["numerator", "rest", "signal"]].isna().all()
    assert "limit" in svg(charts.control_chart(SOME)) and ">limit<" not in svg(safe)


def test_a_chart_of_few_people_alone_says_so():
    assert "Too few people to draw this chart" in svg(released(charts.control_chart(SMALL), NHS))


def test_the_released_board_holds_no_exact_count_and_keeps_its_verdicts():
    safe = released(charts.board([LARGE, SMALL], "b", "B."), NHS)
    assert safe.frame.loc[0, ["numerator", "rest"]].tolist() == [70, 20] and safe.frame["value"].isna().all()
    assert safe.frame.loc[1, ["numerator"]].isna().all() and safe.frame["variation"].tolist() == ["no change"] * 2
    assert ">hidden<" in svg(safe)


@pytest.mark.parametrize("one", [LARGE, judged([20, 21, 22, 23])], ids=["share", "count"])
def test_a_released_sentence_gives_the_interval_of_the_rounded_count_and_not_of_the_exact_one(one):
    """From the exact limits of a count anyone could work the count back."""
    exact, safe = (str(s).split("interval ")[1].split(")")[0] for s in (one.sentence(), released(one.sentence(), NHS)))
    share = one.measure.scale == "share"
    low, high = exact_binomial(70, 90) if share else exact_poisson(25)
    assert safe == (f"{low:.1%} to {high:.1%}" if share else f"{low:.1f} to {high:.1f}") and safe != exact
    assert str(released(from_payload(payload(one.sentence())), NHS)) == str(released(one.sentence(), NHS))


def test_the_chart_of_single_losses_is_never_released():
    assert released(charts.losses_chart(rare_event_chart([3, 5, 9]), "l", "L."), NHS) is None
    assert "3 losses" in charts.losses(rare_event_chart([3, 5, 9]))


def test_released_results_are_worked_out_again_from_rounded_counts():
    safe = released(measures_tables.results([LARGE, SMALL], "r", "R."), NHS).frame
    assert safe.loc[0, ["x", "of", "share"]].tolist() == ["70", "90", "77.8%"] and safe.loc[1, "x"] == "[hidden]"
    assert safe.loc[0, "lower"] != "[hidden]" and safe.loc[0, "lower"] != f"{LARGE.lower:.1%}"


# what is drawn and told

@pytest.mark.parametrize("made", [
    charts.board([LARGE, SMALL], "a", "A."), charts.control_chart(LARGE), charts.control_chart(SMALL),
    charts.losses_chart(rare_event_chart([3, 5, 9]), "l", "L."),
    charts.funnel_chart(funnel_limits([7, 44], [10, 80]), "f", "F.", xlabel="x", ylabel="y"),
    measures_checks.targets([council("iow_help_48h")], "t", "T."),
    measures_tables.results([LARGE, SMALL], "r", "R."), measures_tables.definitions([LARGE], "d", "D."),
    measures_tables.kinds([LARGE], "k", "K."), measures_tables.checks([LARGE, SMALL], "c", "C."),
    measures_tables.history([council("lee_care_act")], "h", "H."), measures_tables.readings({"one": [LARGE]}, "s", "S."),
], ids=lambda m: m.id + type(m).__name__)
def test_everything_survives_being_stored_and_released(made):
    assert payload(from_payload(payload(made))) == payload(made)
    back = released(from_payload(payload(made)), NHS)
    if hasattr(made, "draw"):
        assert svg(made) == svg(made) and (back is None or svg(back))


def test_before_a_quarter_is_over_the_page_has_nothing_to_list_and_says_so():
    made = (charts.board([], "b", "B."), measures_tables.results([], "r", "R."), measures_tables.checks([], "c", "C."))
    assert all(len(released(one, NHS).frame) == 0 for one in made) and svg(made[0])
    said = charts.headline({"own": [], "city": []}, Measures())
    assert str(said) == "There is no measure of the programme yet: no period is over."


def test_the_board_draws_an_icon_and_a_word_for_every_verdict():
    assert set(charts.SAID.values()) | {"too early"} <= set(ICONS)
    assert all(word in svg(charts.board([LARGE, SMALL], "b", "B.")) for word in ("hit and miss", "no change", "no target"))


def test_the_boards_alt_text_tells_each_line():
    alt = charts.board([LARGE, SMALL], "b", "B.").alt
    assert "Tenancies kept: on target" in alt and "Moves: on target –" in alt


def test_a_verdict_that_chance_may_have_made_stands_in_brackets():
    assert charts.on_words(judged([4], [4])) == "(yes)" and charts.on_words(judged([95], [100])) == "yes"
    assert charts.on_words(judged([2])) == "–"


def test_a_rebased_chart_draws_each_stretch():
    made = judged([50] * 13 + [90] * 13, [100] * 26, rebase=["2023-04-01"])
    assert charts.control_chart(made).options["rebase"] == [13]


@pytest.mark.parametrize("published", [False, True])
def test_a_funnel_names_the_areas_outside_and_hides_small_ones_unless_published(published):
    made = charts.funnel_chart(funnel_limits([3, 90, 50], [10, 100, 100], names=["Small", "High", "Low"]), "f", "F.",
                               xlabel="People", ylabel="Share", published=published)
    drawn = svg(released(made, NHS))
    assert "High lies above." in made.alt and ">High<" in drawn and (">Small<" in drawn) == published


# verdicts together

def parts():
    frame = pd.DataFrame({"period": pd.date_range("2020-01-01", periods=6, freq="QS"), "numerator": [4, 5, 6, 7, 8, 9]})
    return {"own": [(MOVES, frame), (KEPT, frame.assign(denominator=10))], "city": []}


def test_all_measures_are_judged_as_params_say_and_an_unknown_one_to_rebase_is_refused():
    made = charts.assess_all(parts(), Measures(rebase={"moves": "2020-10-01"}, enough_points=7))
    assert made["own"][0].chart.group.tolist() == [0, 0, 0, 1, 1, 1] and made["own"][0].enough == 7
    with pytest.raises(MeasureError, match="measures.rebase.typo: there is no such measure; there are moves, kept"):
        charts.assess_all(parts(), Measures(rebase={"typo": "2020-10-01"}))


def test_the_last_year_adds_four_quarters_and_a_counts_target_is_four_times_as_high():
    aimed = [(Measure("m", "M", "x", scale="count", target=5, comparison="at_least", direction=1), parts()["own"][0][1])]
    [(measure, rows)] = measures_checks.last_year({"own": aimed})["own"]
    assert measure.target == 20 and rows["numerator"].tolist() == [30]
    [_, (_, share)] = measures_checks.last_year(parts())["own"]
    assert share[["numerator", "denominator"]].to_numpy().tolist() == [[30, 40]]


def test_the_headline_names_the_area_only_where_it_has_measures():
    made = charts.assess_all(parts(), Measures())
    assert "measures of the programme, 1 have a target" in charts.headline(made, Measures())


def test_words_on_chance_neighbours_and_agreement():
    flat, wave = LARGE, judged([70, 71, 73, 76, 79, 81, 82, 81, 79, 76, 73, 71, 70, 69], [100] * 14)
    assert "1 have neighbouring quarters" in measures_checks.together([flat, wave])
    assert "by chance alone; seen: " in measures_checks.by_chance([flat, wave], 1) and "No measure" in measures_checks.by_chance([judged([3])], 1)
    assert "in 16 of 16 quarters" in measures_checks.agreement(LARGE, LARGE)
    [said] = measures_checks.without_result([council("iow_help_48h"), council("iow_carers")])
    assert said.startswith("Isle of Wight: 2 measures have a target and no result yet")


def test_findings_hand_on_the_latest_value_with_its_counts_and_sentence():
    [one, other, paper] = measures_tables.findings([LARGE, SMALL, council("lee_care_act"), council("lee_answer_rate")])
    assert (one.id, one.estimate, one.n, one.events, one.method) == ("measures.kept", 70, 91, 70, "count")
    assert (other.unit, other.events, other.method) == ("people", 5, "count") and str(one.sentence) == str(LARGE.sentence())
    assert paper.counted == "people, as published" and paper.lower < paper.estimate < paper.upper
    total = measures_tables.tally_finding([LARGE, SMALL], "said", "measures.on", "How many?")
    assert (total.estimate, total.n, total.counted) == (0, 1, "measures")


def test_the_programmes_measures_leave_out_a_quarter_that_is_not_over(tmp_path):
    from pi_research import extract as reading
    from pi_research import params
    from pi_research.journeys import store

    settings = params.load()
    data = reading.read_extract(settings.data)
    made = store.make(data, settings)
    kinds, register = read_published("outcome_kinds"), read_published("register_metrics")
    rows = dict((m.id, r) for m, r in measures_rows.own(data, made, Programme(), register, kinds))
    assert len(rows["moves"]) == 20 and rows["moves"]["numerator"].sum() == made.stages["moved"].sum()
    cut = SimpleNamespace(tables=data.tables, extract_date=pd.Timestamp("2024-09-29"))
    assert len(dict((m.id, r) for m, r in measures_rows.own(cut, made, Programme(), register, kinds))["moves"]) == 19
