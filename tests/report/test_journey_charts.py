"""Charts of journeys: what they say in words, that each state has its colour, and that no person is released."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from pi_research.journeys.person import History
from pi_research.journeys.sequence import DAY0, STATE_WORDS
from pi_research.report import journey_charts, journey_drawings
from pi_research.report.document import read_document
from pi_research.report.draw import figure, svg
from pi_research.report.outputs import sidecar
from pi_research.report.page import html_page
from pi_research.report.render import csv_text, released

MOVE = pd.Timestamp("2021-03-15")
LIVED = [("stage", -36.0, -6.0, "residential", np.nan), ("stage", -6.0, 0.0, "preparation", np.nan),
         ("stage", 0.0, 24.0, "tenancy", np.nan)]
CARE = [("hospital", -20.0, -19.0, "", 30.0), ("hospital", 3.0, 3.5, "", 15.0), ("hospital", 4.0, 4.0, "", 0.0),
        ("crisis", -19.0, np.nan, "", np.nan), ("missed", 5.0, np.nan, "", np.nan), ("missed", 6.0, np.nan, "", np.nan)]
HOME = [("placement", -36.0, 0.0, "residential home", np.nan), ("tenancy", 0.0, 24.0, "still held", np.nan)]
STAR = [("star", -3.0, np.nan, "", 3.3), ("star", 9.0, np.nan, "", 6.1)]


def years(*rows: tuple, day0: str = "move", calendar: pd.Timestamp | None = None, died: bool = False) -> History:
    events = pd.DataFrame(rows, columns=["lane", "start", "stop", "label", "value"])
    return History(events, DAY0[day0], calendar, died)


def drawn(history: History | None):
    return journey_charts.person_journey(history, "one_person", "One person's years.")


def counted(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["month", "state", "people", "of"]).assign(unknown=0)


def shares(frame: pd.DataFrame, day0: str = "move"):
    return journey_charts.state_shares(frame, "states", "Where people were.", day0=day0, who="movers")


def rows(n: int) -> pd.DataFrame:
    made = [(k, "moved" if k < 2 * n / 3 else "still preparing", a, b, s) for k in range(n)
            for s, a, b in (("residential", -10.0, 0.0), ("preparation", 0.0, 5.0 + k), ("tenancy", 5.0 + k, 30.0))]
    return pd.DataFrame(made, columns=["row", "group", "start", "stop", "state"])


MONTHS = counted(*((m, s, n, 60 - m) for m in range(0, 25) for s, n in (
    ("tenancy", 50 - m), ("hospital", 3), ("lost", 7), ("died", 0))))


# one person, in words

def test_the_words_tell_the_years_in_calendar_months_where_nobody_is_described():
    assert drawn(years(*LIVED, *CARE, *HOME, *STAR, calendar=MOVE)).alt == (
        "One person's years: from March 2018 in residential care, from September 2020 preparing to move, from "
        "March 2021 in their own tenancy; up to the end of the record, March 2023. Tenancies: 1 (still held). "
        "Hospital stays: 3, with 45 nights: 1 from before the move and 2 since. Crisis contacts: 1. Missed "
        "appointments: 2. Recovery Star, mean of its areas from 1 to 10: 3.3 at the first of 2 assessments, 6.1 "
        "at the last.")


def test_of_a_real_person_the_words_hold_no_date():
    made = drawn(years(*LIVED, *CARE, *HOME, *STAR))
    assert made.alt.startswith(
        "One person's years: from 36 months before the move in residential care, from 6 months before the move "
        "preparing to move, from the move in their own tenancy; up to the end of the record, 24 months after the "
        "move.")
    assert made.options["years"] == {}
    stored = json.dumps([made.alt, made.options, made.frame.to_dict("list"), svg(made).split("</metadata>")[-1]])
    assert not any(str(year) in stored for year in range(2018, 2024))


def test_calendar_years_stand_over_a_synthetic_persons_chart():
    made = drawn(years(*LIVED, calendar=MOVE))
    assert list(made.options["years"]) == ["2019", "2020", "2021", "2022", "2023"]
    assert made.options["years"]["2022"] == pytest.approx(9.6, abs=0.05)
    assert all(f">{year}</text>" in svg(made) for year in range(2019, 2024))


def test_a_person_to_whom_nothing_happened_is_told_so():
    made = drawn(years(*LIVED))
    assert made.alt.endswith("No hospital stay. Crisis contacts: 0. Missed appointments: 0. No Recovery Star is "
                             "recorded.")
    assert made.options["sums"] == {"placement": "none recorded", "tenancy": "none recorded", "star": "none recorded",
                                    "hospital": "none recorded", "crisis": "none recorded", "missed": "none recorded"}


def test_contacts_that_were_not_supplied_are_not_told_as_none():
    made = drawn(replace(years(*LIVED), contacts=False))
    assert "Contacts were not supplied." in made.alt and "Crisis" not in made.alt
    assert made.options["sums"]["crisis"] == made.options["sums"]["missed"] == "not supplied"


def test_hospital_that_is_not_known_is_not_told_as_none():
    made = drawn(years(*LIVED, ("unknown", -36.0, 24.0, "", np.nan)))
    assert "Hospital and contacts are not known: no trust record is linked to this person." in made.alt
    assert "No hospital" not in made.alt and made.options["sums"]["hospital"] == "not known"
    assert ">not known</text>" in svg(made)


def test_hospital_that_is_known_from_a_day_on_is_told_from_it_on():
    made = drawn(years(*LIVED, *CARE, ("unknown", -36.0, -24.0, "", np.nan), calendar=MOVE))
    assert "Hospital and contacts are known from March 2019 on. Hospital stays: 3" in made.alt


def test_death_and_no_move_are_told():
    made = drawn(years(("stage", -9.0, 0.0, "residential", np.nan), ("stage", 0.0, 4.0, "preparation", np.nan),
                       ("hospital", 1.0, 2.0, "", 30.0), ("star", 1.0, np.nan, "", 4.0), day0="start", died=True))
    assert made.alt == (
        "One person's years: from 9 months before the start of preparation in residential care, from the start of"
        " preparation preparing to move; up to death, 4 months after the start of preparation. Hospital stays: 1,"
        " with 30 nights. Crisis contacts: 0. Missed appointments: 0. Recovery Star, mean of its areas from 1 to "
        "10: 4.0 at the one assessment.")
    assert {"starts preparing", "dies"} <= {t.get_text() for t in figure(made).axes[0].texts}


def test_very_long_years_are_cut_and_the_axis_says_so():
    made = drawn(years(("stage", -300.0, 0.0, "residential", np.nan), ("stage", 0.0, 6.0, "tenancy", np.nan)))
    assert made.options["left"] == -72 and made.options["xlabel"] == "Months since the move (earlier years left out)"
    assert "from 300 months before the move in residential care" in made.alt


def test_where_nobody_may_be_drawn_a_sentence_says_what_it_needs():
    assert str(drawn(None)).startswith("No single person's years are drawn: with a real extract this needs")


# everyone, and shares

def test_the_words_of_the_sequence_count_its_groups():
    made = journey_charts.sequence_chart(rows(30), "everyone", "Everyone.", day0="start", who="people")
    assert made.alt == (
        "30 people, a thin row each, coloured by state; months since the start of preparation from left to right."
        " Moved: 20 rows. Still preparing: 10 rows. Rows with time in hospital since: 0. Rows with a tenancy lost"
        " since: 0. Rows that end with a death since: 0.")
    assert made.protect == "inside" and "moved\n(20)" in [t.get_text() for t in figure(made).axes[0].get_yticklabels()]


def test_nobody_to_draw_is_drawn_as_that():
    for made in (journey_charts.sequence_chart(rows(0), "e", "E.", day0="start", who="people"), shares(counted())):
        assert "Too few people to draw this chart" in svg(made)


def test_the_words_of_shares_say_each_share_at_the_months_of_the_design():
    made = shares(MONTHS)
    assert "Month 6, of 54 people: in their own tenancy 81%, in hospital 6%, tenancy lost 13%." in made.alt
    assert "Month 24, of 36 people: in their own tenancy 72%" in made.alt and "died" not in made.alt
    assert made.protect == "points" and made.counts == ("people", "of")


def test_shares_of_the_inside_chart_add_up_to_all():
    ax = figure(shares(MONTHS)).axes[0]
    assert ax.get_ylim() == (0, 1)
    tops = [patch.get_data().values for patch in ax.patches if hasattr(patch, "get_data")]
    assert np.allclose(tops[-1], 1)
    written = [t.get_text() for t in ax.texts]
    assert "in their own tenancy" in written and "60" in written and "36" in written


def test_every_state_has_a_colour_and_a_place_in_the_stack():
    assert set(journey_drawings.COLOURS) == set(journey_drawings.STACK) == set(STATE_WORDS.values())


def test_states_that_follow_one_another_differ_in_grey():
    def grey(state: str) -> float:
        return float(np.array(to_rgb(journey_drawings.COLOURS[state])) @ (0.299, 0.587, 0.114))

    hatched = journey_drawings.HATCHES
    way = ["in residential care", "preparing to move", "in their own tenancy", "in hospital", "tenancy lost"]
    pairs = [*zip(way, way[1:], strict=False), ("in hospital", "preparing to move"), ("died", "in their own tenancy")]
    for one, other in pairs:
        assert abs(grey(one) - grey(other)) > 0.09 or (one in hatched) != (other in hatched), (one, other)


# released

def test_no_share_with_few_people_behind_it_is_released(nhs):
    safe = released(shares(MONTHS), nhs)
    assert list(safe.frame) == ["month", "state", "people", "of"] and safe.frame["month"].notna().all()
    assert safe.frame.loc[safe.frame["state"].isin(["in hospital", "tenancy lost"]), "people"].isna().all()
    known = safe.frame["people"].dropna()
    assert (known % 5 == 0).all() and ((known == 0) | (known > 7)).all()
    assert "in hospital [hidden]" in safe.alt and "small jumps are rounding" in safe.caption
    words = [t.get_text() for t in figure(safe).axes[0].texts]
    assert "in hospital" not in words and journey_drawings.BLANK in words


def test_a_released_month_never_shows_more_than_all(nhs):
    frame = counted(*((m, s, n, 26) for m in range(6) for s, n in (("tenancy", 13), ("lost", 13))))
    ax = figure(released(shares(frame), nhs)).axes[0]
    tops = [patch.get_data().values for patch in ax.patches if hasattr(patch, "get_data")]
    assert np.allclose(tops[-1], 1), "15 and 15 of 25"


def test_shares_of_few_people_are_not_drawn(nhs):
    safe = released(shares(counted(*((m, "tenancy", 5, 5) for m in range(6)))), nhs)
    assert "Too few people to draw this chart" in svg(safe) and safe.frame["people"].isna().all()


def test_a_released_page_holds_no_single_persons_row_name_or_date(nhs, notebook):
    one = drawn(years(*LIVED, *CARE, *HOME, *STAR, calendar=MOVE))
    all_rows = journey_charts.sequence_chart(rows(37), "everyone", "Everyone.", day0="start", who="people")
    nb = notebook("# Journeys", [one], [all_rows], [shares(MONTHS)])
    document = read_document(nb, nhs)
    assert [item.id for item in document.items] == ["states"]
    text = html_page(document) + "".join(csv_text(i) + json.dumps(sidecar(i)) for i in document.items)
    text += "".join(svg(i) for i in document.items)
    for canary in ("One person", "2021", "March", "everyone", "37 people", "still held", "Recovery Star", "one_person"):
        assert canary not in text, canary
    assert text.count("This chart is drawn inside the safe room only.") == 2
    inside = read_document(nb)
    assert [item.id for item in inside.items] == ["one_person", "everyone", "states"]
    assert "March 2021" in html_page(inside)


def test_the_colophon_does_not_print_who_is_drawn(tmp_path, project):
    from types import SimpleNamespace

    from pi_research import params
    from pi_research.report import colophon

    settings = params.load(project / "params.yaml", journey={"person": "PI-9876"})
    data = SimpleNamespace(data_hash="0" * 64)
    made = colophon("01_cohort_and_milestones", settings, data)
    assert "PI-9876" not in csv_text(made) and "journey.person,\"named, and not printed\"" in csv_text(made)
