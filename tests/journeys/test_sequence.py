"""People in each state by month, and everyone's years as rows of a chart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.journeys.sequence import STATE_WORDS, sequences, states_by_month, states_sentence, stretches
from pi_research.journeys.timeline.states import STATES

END = pd.Timestamp("2021-01-31")


def line(*people: tuple) -> pd.DataFrame:
    """A timeline from (customer_id, first day, (state, last day), ...), in the order of time; unless the last
    state is ``died`` follow-up ends with it."""
    rows = []
    for who, first, *spans in people:
        start, known = pd.Timestamp(first), not who.startswith("U")
        for k, (state, last) in enumerate(spans):
            follows = spans[k + 1][0] if k + 1 < len(spans) else ""
            if state != "died":
                rows.append((who, start, pd.Timestamp(last), state, follows, known))
                start = pd.Timestamp(last)
    names = ["customer_id", "start", "stop", "state", "next_state", "hospital_known"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.astype({"start": "datetime64[ns]", "stop": "datetime64[ns]", "hospital_known": bool})


FOUR = line(
    ("A", "2020-01-01", ("residential", "2020-02-10"), ("preparation", "2020-03-31"), ("tenancy", "2021-01-31")),
    ("B", "2020-01-01", ("preparation", "2020-07-15"), ("tenancy", "2020-10-15"), ("lost", "2021-01-31")),
    ("C", "2020-01-01", ("preparation", "2020-08-01"), ("hospital", "2020-09-10"), ("tenancy", "2020-10-20"),
     ("died", None)),
    ("U", "2020-01-01", ("preparation", "2020-12-20"), ("tenancy", "2021-01-31")),
)
MOVES = pd.Series({"A": "2020-03-31", "B": "2020-07-15", "C": "2020-08-01", "U": "2020-12-20", "D": None})


def counts(made: pd.DataFrame, month: int) -> dict[str, int]:
    here = made[(made["month"] == month) & (made["people"] > 0)]
    return dict(zip(here["state"], here["people"], strict=True))


# people in each state

def test_states_by_month_are_those_counted_by_hand():
    made = states_by_month(FOUR, MOVES, (-2, 0, 1, 3, 6, 10, 11), END)
    assert counts(made, -2) == {"residential": 1, "preparation": 3}
    assert counts(made, 0) == {"preparation": 4}, "the day of a move is the last of preparation"
    assert counts(made, 1) == {"tenancy": 3, "hospital": 1}, "A's month ends on 30 April, as April does"
    assert counts(made, 3) == {"tenancy": 2, "died": 1}, "15 October is the last day of B's tenancy"
    assert counts(made, 6) == {"tenancy": 1, "lost": 1}, "C's sixth month would end on 1 February"
    assert counts(made, 10) == {"tenancy": 1}, "A's ends on the extract date"
    assert sorted(set(made["month"])) == [-2, 0, 1, 3, 6, 10], "nobody is followed for 11"
    assert made.groupby("month")[["of", "unknown"]].first().values.tolist() == [
        [4, 1], [4, 1], [4, 1], [3, 0], [2, 0], [1, 0]]


def test_every_month_has_a_row_for_every_state_that_occurs_in_their_order():
    made = states_by_month(FOUR, MOVES, (0, 6), END)
    assert made["state"].tolist() == ["preparation", "tenancy", "lost"] * 2
    assert made["people"].dtype == made["of"].dtype == made["month"].dtype == "int64"


def test_a_person_is_not_under_observation_before_their_history_begins():
    made = states_by_month(FOUR, MOVES, (-3, -4), END)
    assert made.groupby("month")["of"].first().to_dict() == {-4: 3, -3: 3}
    assert states_by_month(FOUR, MOVES, (-12,), END).empty


def test_one_person_and_nobody():
    one = states_by_month(FOUR[FOUR["customer_id"] == "A"], MOVES, (1,), END)
    assert one.values.tolist() == [[1, "tenancy", 1, 1, 0]]
    columns = ["month", "state", "people", "of", "unknown"]
    for nobody in (states_by_month(FOUR, MOVES.iloc[4:], (1,), END), states_by_month(FOUR, MOVES, (), END),
                   states_by_month(FOUR.iloc[:0], MOVES, (1,), END)):
        assert nobody.empty and list(nobody) == columns


def test_the_order_of_rows_does_not_matter():
    made, rows = states_by_month(FOUR, MOVES, range(-3, 11), END), sequences(FOUR, PEOPLE)
    for seed in range(5):
        mixed = FOUR.sample(frac=1, random_state=seed)
        pd.testing.assert_frame_equal(states_by_month(mixed, MOVES.sample(frac=1, random_state=seed),
                                                      [*range(10, -4, -1)], END), made)
        pd.testing.assert_frame_equal(sequences(mixed, PEOPLE.sample(frac=1, random_state=seed)), rows)


SPANS = st.lists(st.tuples(st.sampled_from(STATES[:-1]), st.integers(1, 200)), min_size=1, max_size=5)


@given(st.lists(st.tuples(st.integers(0, 400), SPANS, st.booleans()), min_size=1, max_size=5))
@settings(max_examples=25)
def test_every_day_is_counted_as_a_walk_from_day_to_day_counts_it(drawn):
    first, people, zero = pd.Timestamp("2020-01-01"), [], {}
    end = first + pd.Timedelta(days=300)
    for k, (at, spans, died) in enumerate(drawn):
        days = np.cumsum([n for _, n in spans])
        last = first + pd.Timedelta(days=int(days[-1]))
        states = [(s, first + pd.Timedelta(days=int(d))) for (s, _), d in zip(spans, days, strict=True)]
        people.append((f"P{k}", first, *states, *([("died", None)] if died and last <= end else [])))
        zero[f"P{k}"] = first + pd.Timedelta(days=at)
    made = states_by_month(line(*people), pd.Series(zero), range(0, 8), end)
    seen: dict[tuple, int] = {}
    for who, _, *spans in people:
        for month in range(0, 8):
            day = zero[who] + pd.DateOffset(months=month)
            where = next((s for s, last in spans if last is not None and day <= last), None)
            where = "died" if where is None and spans[-1][0] == "died" else where
            if where and first < day <= end:
                seen[month, where] = seen.get((month, where), 0) + 1
    found = made[made["people"] > 0].set_index(["month", "state"])["people"].to_dict()
    assert found == seen
    assert (made.groupby("month")["people"].sum() == made.groupby("month")["of"].first()).all()


# in words

def test_the_sentence_says_who_was_where_among_those_followed():
    made = states_by_month(FOUR, MOVES, (1, 3, 6, 10), END)
    assert states_sentence(made, 1) == (
        "At 1 month after the move 3 of the 4 people followed that far were in a tenancy and not in hospital (75%). "
        "The others: in hospital: 1. For 1 of the 4 hospital is not known then; they are counted where the housing "
        "record has them.")
    assert states_sentence(made, 3) == (
        "At 3 months after the move 2 of the 3 people followed that far were in a tenancy and not in hospital (67%). "
        "The others: died: 1.")
    assert states_sentence(made, 10) == ("At 10 months after the move 1 of the 1 people followed that far were in a "
                                         "tenancy and not in hospital (100%).")
    assert states_sentence(made, 24) == "Nobody has been followed for 24 months after the move."


def test_the_sentence_reads_where_nobody_is_in_a_tenancy():
    made = states_by_month(FOUR, MOVES, (0,), END)
    assert states_sentence(made, 0, "start").startswith(
        "At 0 months after the start of preparation 0 of the 4 people followed that far were in a tenancy and not in "
        "hospital (0%). The others: preparing to move: 4.")


def test_every_number_of_the_sentence_carries_its_counts():
    numbers = states_sentence(states_by_month(FOUR, MOVES, (1,), END), 1).numbers
    assert all(n.behind for n in numbers.values() if not isinstance(n, str)) and len(numbers) >= 5


# everyone

PEOPLE = pd.DataFrame({
    "customer_id": ["A", "B", "C", "U", "W"], "start": pd.to_datetime(["2020-02-10", *["2020-01-01"] * 3, None]),
    "move": pd.to_datetime([*MOVES[:4], None]), "status": ["moved"] * 4 + ["waiting"],
    "months_preparing": [1.6, 6.4, 7.0, 11.6, np.nan],
})


def test_rows_go_from_the_shortest_preparation_to_the_longest_and_hold_no_name_and_no_date():
    rows = sequences(FOUR, PEOPLE)
    assert list(rows) == ["row", "group", "start", "stop", "state"] and rows["row"].nunique() == 4
    assert [tuple(g["state"]) for _, g in rows.groupby("row")] == [
        ("residential", "preparation", "tenancy"), ("preparation", "tenancy", "lost"),
        ("preparation", "hospital", "tenancy", "died"), ("preparation", "tenancy")]
    assert not rows.select_dtypes("datetime").shape[1] and not rows.isin(["A", "B", "C", "U"]).any().any()
    first = rows[rows["row"] == 0]
    assert first["start"].round(2).tolist() == [-1.31, 0.0, 1.64]
    assert first["stop"].iloc[-1] == pytest.approx(11.7, abs=0.01)


def test_who_did_not_move_stands_below_by_how_preparation_ended():
    status = ["preparing", "withdrew", "died", "moved", "waiting"]
    rows = sequences(FOUR, PEOPLE.assign(status=status))
    assert rows.drop_duplicates("row")["group"].tolist() == [
        "moved", "still preparing", "left before a move", "died before a move"]


def test_a_death_is_a_row_without_length_at_the_end():
    rows = sequences(FOUR, PEOPLE)
    died = rows[rows["state"] == "died"].iloc[0]
    assert died["start"] == died["stop"] == rows.loc[rows["row"] == died["row"], "stop"].max()


def test_nobody_to_draw_gives_no_rows():
    assert sequences(FOUR, PEOPLE.iloc[4:]).empty and sequences(FOUR.iloc[:0], PEOPLE).empty


def test_stretches_join_rows_that_touch_and_no_others():
    rows = line(("A", "2020-01-01", ("tenancy", "2020-02-01"), ("tenancy", "2020-03-01"), ("lost", "2020-04-01"),
                 ("tenancy", "2020-05-01")), ("B", "2020-05-01", ("tenancy", "2020-06-01")))
    made = stretches(rows, "state")
    assert made[["customer_id", "state"]].values.tolist() == [
        ["A", "tenancy"], ["A", "lost"], ["A", "tenancy"], ["B", "tenancy"]]
    assert made["stop"].iloc[0] == pd.Timestamp("2020-03-01") and made["next_state"].iloc[0] == "lost"
    apart = rows[rows["state"] == "tenancy"]
    assert len(stretches(apart, "state")) == 3


def test_every_state_of_the_timeline_has_words():
    assert set(STATE_WORDS) == set(STATES)
