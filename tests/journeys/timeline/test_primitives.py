"""Merge and split beyond R's cases: by hand, at random beside plain loops, on dates, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.journeys.timeline import cumevent, cumtdc, cut, event, lexis, merge_changes, split_at, tdc

BASE = pd.DataFrame({"id": ["a", "a", "b"], "start": [0, 10, 0], "stop": [10, 20, 5], "arm": ["x", "y", "x"]})


def values(frame: pd.DataFrame, *columns: str) -> list[list]:
    return frame[list(columns)].astype(object).where(frame[list(columns)].notna(), None).values.tolist()


def test_a_state_begins_after_its_day_and_an_event_ends_the_row_of_its_day():
    at = pd.DataFrame({"id": ["a", "a", "b"], "day": [4, 10, 5], "level": [1, 2, 9]})
    made = merge_changes(BASE, {"level": tdc(at, "day", "level"), "seen": event(at, "day")})
    assert values(made, "id", "start", "stop", "arm", "level", "seen") == [
        ["a", 0, 4, "x", None, 1], ["a", 4, 10, "x", 1, 1], ["a", 10, 20, "y", 2, 0], ["b", 0, 5, "x", None, 1]]


def test_of_two_values_on_one_day_the_last_in_order_counts_else_the_largest():
    at = pd.DataFrame({"id": ["a"] * 3, "day": [4, 4, 4], "level": [5, 7, 6], "nth": [1, 2, 3]})
    assert merge_changes(BASE, {"level": tdc(at, "day", "level")})["level"].max() == 7
    how = {"time": "day", "value": "level", "order": "nth"}
    ordered, shuffled = (merge_changes(BASE, {"level": tdc(rows, **how), "e": event(rows, **how)})
                         for rows in (at, at.iloc[::-1]))
    assert ordered["level"].max() == 6 and ordered["e"].max() == 6
    pd.testing.assert_frame_equal(ordered, shuffled)


def test_dates_words_and_flags_are_merged_as_numbers_are():
    base = pd.DataFrame({"id": [1], "start": pd.to_datetime(["2024-01-01"]), "stop": pd.to_datetime(["2024-03-01"])})
    days = pd.to_datetime(["2024-02-10", "2024-03-01"])
    at = pd.DataFrame({"id": [1, 1], "day": days, "where": ["home", "ward"], "open": [True, False]})
    made = merge_changes(base, {
        "where": tdc(at, "day", "where", init="care"), "open": event(at, "day", "open"),
        "last": event(at, "day", "where", censored="none"), "n": cumevent(at, "day")})
    assert made["start"].tolist() == list(pd.to_datetime(["2024-01-01", "2024-02-10"]))
    assert values(made, "where", "open", "last", "n") == [["care", True, "home", 1], ["home", False, "ward", 2]]


def test_a_cut_splits_and_writes_nothing():
    made = merge_changes(BASE, {"here": cut(pd.DataFrame({"id": ["a", "a"], "day": [3, 30]}), "day")})
    assert list(made) == list(BASE)
    assert values(made, "id", "start", "stop") == [["a", 0, 3], ["a", 3, 10], ["a", 10, 20], ["b", 0, 5]]


def test_ibis_tables_come_back_as_tables():
    import ibis

    at = ibis.memtable({"id": ["a"], "day": [4]})
    made = merge_changes(ibis.memtable(BASE), {"seen": tdc(at, "day")})
    assert made.order_by("id", "start").to_pandas()["seen"].tolist() == [0, 1, 1, 0]


def oracle(base: pd.DataFrame, at: pd.DataFrame) -> list[tuple]:
    """One person and row after another, as the docstrings say it."""
    rows = []
    for row in base.sort_values(["id", "start"]).itertuples():
        own = at[(at["id"] == row.id) & at["v"].notna()].sort_values("day")
        inside = sorted({d for d in own["day"] if row.start < d < row.stop})
        for begin, end in zip([row.start, *inside], [*inside, row.stop], strict=True):
            before, on = own[own["day"] <= begin], own[own["day"] == end]
            state = before["v"].iloc[-1] if len(before) else None
            rows.append((row.id, begin, end, state, before["v"].sum() if len(before) else None, len(before),
                         on["v"].iloc[-1] if len(on) else 0, len(own[own["day"] <= end]) if len(on) else 0))
    return rows


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_a_merge_says_what_holds_in_each_row_and_what_happened_at_its_end(seed):
    rng = np.random.default_rng(seed)
    cuts = np.sort(rng.choice(60, (8, 4), replace=True), axis=1)
    base = pd.DataFrame({"id": np.repeat(np.arange(8), 2)})
    base = base.assign(start=cuts[:, [0, 2]].ravel(), stop=cuts[:, [1, 3]].ravel()).query("start < stop")
    if base.empty:
        return
    at = pd.DataFrame({"id": rng.integers(0, 10, 60), "day": rng.integers(-5, 65, 60)}).drop_duplicates()
    at["v"] = rng.choice([1.0, 2.0, 5.0, np.nan], len(at))
    at = at.sample(frac=1, random_state=1)
    some = at.dropna()
    made = merge_changes(base.sample(frac=1, random_state=2), {
        "state": tdc(at, "day", "v"), "sum": cumtdc(at, "day", "v"), "n": cumtdc(some, "day"),
        "event": event(at, "day", "v"), "nth": cumevent(some, "day")})
    found = [tuple(row) for row in values(made, *made.columns)]
    assert found == oracle(base, at)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=15)
def test_a_split_keeps_every_day_and_event_and_both_engines_agree(seed):
    import ibis

    rng = np.random.default_rng(seed)
    start = rng.integers(0, 50, 30)
    rows = pd.DataFrame({"id": np.arange(30), "start": start, "stop": start + rng.integers(0, 40, 30)})
    rows = rows.assign(event=rng.integers(0, 3, 30))
    cuts = rng.integers(-5, 95, rng.integers(1, 8)).tolist()
    made = split_at(rows, cuts)
    there = split_at(ibis.memtable(rows), cuts).to_pandas().sort_values(["id", "start"], ignore_index=True)
    pd.testing.assert_frame_equal(made, there, check_dtype=False)
    lasting = rows[rows["stop"] > rows["start"]]
    assert (made["stop"] - made["start"]).sum() == (lasting["stop"] - lasting["start"]).sum()
    assert made["event"].sum() == lasting["event"].sum()
    assert not any(((made["start"] < c) & (c < made["stop"])).any() for c in cuts)
    own = rows.assign(**{f"c{i}": c for i, c in enumerate(sorted(set(cuts)))})
    named = split_at(own, [f"c{i}" for i in range(len(set(cuts)))])
    pd.testing.assert_frame_equal(named[list(made)], made, check_dtype=False)


def test_rows_are_cut_at_their_own_days_and_a_missing_one_cuts_nothing():
    days = {"start": ["2024-01-01"] * 2, "stop": ["2024-12-31"] * 2, "move": ["2024-03-01", None],
            "later": ["2024-09-01", None]}
    rows = pd.DataFrame({"id": [1, 2], **{name: pd.to_datetime(day) for name, day in days.items()}})
    made = split_at(rows, ["move", "later"], event=None, episode="part")
    assert made[["id", "part"]].values.tolist() == [[1, 1], [1, 2], [1, 3], [2, 1]]
    assert made["start"].dt.month.tolist() == [1, 3, 9, 1]


def test_a_scale_that_is_missing_is_not_split_and_the_others_are():
    rows = pd.DataFrame({"id": [1, 2], "age": [30.0, np.nan], "period": [2000.0, 2000.0], "duration": [3.0, 3.0]})
    made = lexis(rows, ["age", "period"], {"age": [31], "period": [2002]})
    assert made["id"].tolist() == [1, 1, 1, 2, 2] and made["duration"].tolist() == [1, 1, 1, 2, 1]
    assert made["age_band"].isna().tolist() == [False] * 3 + [True] * 2


def test_times_of_day_with_fractions_are_split_as_they_are():
    made = split_at(pd.DataFrame({"id": [1], "start": [0.25], "stop": [1.75], "event": [True]}), [1])
    assert made[["start", "stop", "event"]].values.tolist() == [[0.25, 1.0, False], [1.0, 1.75, True]]


AT = pd.DataFrame({"id": ["a"], "day": [4], "v": [1], "word": ["x"]})


@pytest.mark.parametrize(("base", "changes", "said"), [
    (BASE.assign(stop=[10, 5, 5]), {"n": tdc(AT, "day")}, "in base 1 rows have no start or stop, or a stop that isn't"),
    (BASE.assign(start=[0, 9, 0]), {"n": tdc(AT, "day")}, "in base 1 rows begin before the same person's earlier row"),
    (BASE.assign(id=["a", None, "b"]), {"n": tdc(AT, "day")}, "in base 1 rows have no id"),
    (BASE, {"arm": tdc(AT, "day")}, "base has columns of these names already: arm"),
    (BASE, {"n": tdc(AT.assign(id=1), "day")}, "id is text in one of base and n and not in the other"),
    (BASE, {"n": tdc(AT, "when")}, "columns that are not there: n: when"),
    (BASE, {"n": tdc(AT.drop(columns="id"), "day")}, "columns that are not there: n: id"),
    (BASE, {"n": cumtdc(AT, "day", "word")}, "n adds up word, which is not a number"),
    (BASE, {"n": tdc(AT.assign(day=pd.Timestamp(0)), "day")}, "times must be numbers in every table or days in every"),
    (BASE, {"n": tdc(AT, "word")}, "times must be numbers"),
    (BASE.rename(columns={"stop": "end"}), {"n": tdc(AT, "day")}, "columns that are not there: base: stop"),
])
def test_a_merge_that_can_t_be_right_is_refused(base, changes, said):
    with pytest.raises(ValueError, match=said):
        merge_changes(base, changes)


@pytest.mark.parametrize(("rows", "cuts", "said"), [
    (BASE, [3], "columns that are not there: event"), (BASE.assign(event=0), [], "cuts is empty"),
    (BASE.assign(event=0), [np.inf], "finite"), (BASE.assign(event=0), [3, "arm"], "numbers and names"),
    (BASE.assign(event=0), ["when"], "columns that are not there: when"),
    (BASE.assign(event=0, episode=1), [3], "a column episode already"),
    (BASE.assign(event=0, start=pd.Timestamp(0)), [3], "must hold numbers"),
])
def test_a_split_that_can_t_be_right_is_refused(rows, cuts, said):
    with pytest.raises(ValueError, match=said):
        split_at(rows, cuts)


@pytest.mark.parametrize(("given_", "said"), [
    (dict(scales=["age"], cuts={"period": [1]}), "scales does not name"),
    (dict(scales=["year"], cuts={}), "not there: year"), (dict(scales=[], cuts={}), "no scale is named"),
    (dict(scales=["age"], cuts={"age": [np.nan]}), "finite"), (dict(scales=["word"], cuts={}), "must hold numbers"),
    (dict(scales=["age"], cuts={}, state="word"), "give state and next_state"),
])
def test_a_lexis_split_that_can_t_be_right_is_refused(given_, said):
    rows = pd.DataFrame({"id": [1], "age": [30.0], "duration": [3.0], "word": ["x"]})
    with pytest.raises(ValueError, match=said):
        lexis(rows, **given_)


@pytest.mark.parametrize("rows", [BASE.iloc[:0], BASE.iloc[:1]])
def test_no_row_and_one_row_are_merged_and_split_too(rows):
    none = AT.iloc[:0]
    assert len(merge_changes(rows, {"n": tdc(none, "day"), "e": event(none, "day")})) == len(rows)
    assert len(split_at(rows.assign(event=0), [100])) == len(rows)
