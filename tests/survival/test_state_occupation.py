"""R's values stand in data/validation/survival_reference_states.json, compared in tests/validation."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.survival import cumulative_incidence, state_occupation
from pi_research.validation.survival_reference import data_set, reference
from pi_research.validation.survival_reference_states import MGUS, _mgus2

STATES = ["residential", "tenancy", "hospital", "died"]
TENANCY = dict(start=[0, 0, 2, 0, 3], stop=[4, 2, 3, 3, 6], id=[1, 2, 2, 3, 3],
               state=["tenancy", "hospital", "tenancy", "tenancy", "hospital"],
               next_state=["died", "tenancy", "", "hospital", ""])


def of(made, state, times, column="probability"):
    return made.at(times).query("state == @state")[column].to_numpy()


@st.composite
def walks(draw, censored=True):
    """A few people walking between the states, dying or seen to day 20 (or less, where censored)."""
    rows = []
    for person in range(draw(st.integers(2, 8))):
        day, now = 0, draw(st.sampled_from(STATES[:3]))
        end = draw(st.integers(1, 20)) if censored else 20
        while day < end:
            stop = min(end, day + draw(st.integers(1, 9)))
            then = "" if stop == end else draw(st.sampled_from([s for s in STATES if s != now]))
            rows.append((person, day, stop, now, then))
            if then in ("", "died"):
                break
            day, now = stop, then
    return pd.DataFrame(rows, columns=["id", "start", "stop", "state", "next_state"])


def occupation(d, **how):
    return state_occupation(d["start"], d["stop"], d["state"], d["id"], next_state=d["next_state"],
                            **{"states": STATES, **how})


# -- by hand -------------------------------------------------------------------------------------

def test_three_people_by_hand():
    made = occupation(TENANCY)
    assert made.time.tolist() == [0, 2, 3, 4, 6] and made.n == 3
    np.testing.assert_allclose(of(made, "tenancy", [0, 2, 3, 4]), [2 / 3, 1, 2 / 3, 0])
    np.testing.assert_allclose(of(made, "hospital", [0, 2, 3, 4]), [1 / 3, 0, 1 / 3, 1 / 3])
    np.testing.assert_allclose(of(made, "died", [3, 4]), [0, 2 / 3])
    # Before anybody is censored the error is the binomial one.
    np.testing.assert_allclose(of(made, "tenancy", [0, 3], "std_error"), [(2 / 9 / 3) ** 0.5] * 2)
    assert made.transitions.tolist() == [[0] * 4, [0, 0, 1, 1], [0, 1, 0, 0], [0] * 4]


def test_the_table_under_a_stacked_chart_counts_who_is_seen_in_each_state():
    made = occupation(TENANCY)
    frame = made.at([0, 2, 2.5, 3, 6])
    counted = frame.pivot(index="time", columns="state", values="at_risk")[STATES].to_numpy()
    assert counted.tolist() == [[0, 2, 1, 0], [0, 2, 1, 0], [0, 3, 0, 0], [0, 3, 0, 0], [0, 0, 1, 0]]
    assert frame.groupby("time").in_view.first().tolist() == [3, 3, 3, 3, 1]
    assert of(made, "hospital", [2, 3], "entered").tolist() == [0, 1]


def test_time_in_each_state_by_hand():
    made = occupation(TENANCY).expected_time(5)
    # tenancy: 2 at 2/3, 1 at 1, 1 at 2/3; hospital: 2 at 1/3, then 2 at 1/3; died: 1 at 2/3.
    np.testing.assert_allclose(made.mean, [0, 3, 4 / 3, 2 / 3])
    assert made.mean.sum() == pytest.approx(5)
    assert (made.lower >= 0).all() and (made.upper <= 5).all()
    assert "From 0 to 5 months, people spent 3.0 months in “tenancy” on average" in made.sentence("tenancy")
    assert list(made.summary()) == ["state", "mean", "std_error", "lower", "upper", "begin", "tau", "level", "n"]


def test_a_landmark_keeps_those_in_view_and_the_state_given_those_in_it():
    rows = dict(start=[0, 5, 0, 0, 4], stop=[5, 9, 9, 4, 9], id=[1, 1, 2, 3, 3],
                state=["hospital", "tenancy", "tenancy", "tenancy", "hospital"],
                next_state=["tenancy", "", "", "hospital", ""])
    assert occupation(rows, landmark=4).n == 3
    kept = occupation(rows, landmark=4, given="hospital")
    # At 4 person 3 has just come into hospital, person 1 is still there and leaves at 5.
    assert kept.n == 2 and of(kept, "tenancy", [4, 5]).tolist() == [0, 0.5]
    everybody = occupation(rows, landmark=4, given="hospital", markov=True)
    assert everybody.n == 3 and of(everybody, "tenancy", [5]).tolist() == [0.5]
    assert of(kept, "tenancy", [3]).tolist() == [pytest.approx(np.nan, nan_ok=True)]
    assert kept.at(3).note.unique().tolist() == ["before follow-up"]
    assert "of the people in “hospital” at 4 were in “tenancy”" in kept.sentence("tenancy", 5)


def test_the_landmark_estimator_keeps_the_past_where_the_markov_one_forgets_it():
    # In tenancy at 2: who came from hospital goes back at 4, who had always been there stays.
    rows = dict(start=[0, 1, 0, 1, 0, 3, 0, 3], stop=[1, 4, 1, 4, 3, 9, 3, 9], id=[1, 1, 2, 2, 3, 3, 4, 4],
                state=["hospital", "tenancy"] * 2 + ["residential", "tenancy"] * 2,
                next_state=["tenancy", "hospital"] * 2 + ["tenancy", ""] * 2)
    assert of(occupation(rows, landmark=2, given="tenancy"), "hospital", [4]).tolist() == [1]
    assert of(occupation(rows, landmark=2, given="tenancy", markov=True), "hospital", [4]).tolist() == [0.5]


def test_mstates_landmark_values_differ_from_ours_only_by_efrons_ties():
    d = _mgus2()
    d = d[d.stop > 60].assign(start=d.start.clip(lower=60.0))
    r = reference("states")["cases"]["mstate_mgus2_LMAJ60_from1_aalen"]["values"]
    people = d.id[(d.start == 60) & (d.state == "mgus")]
    d = d[d.id.isin(people)]
    p, found = np.eye(3)[0], {}
    for t in sorted(d.stop.unique()):
        step = np.eye(3)
        for a, b in ((0, 1), (0, 2), (1, 2)):
            at_risk = ((d.state == MGUS[a]) & (d.start < t) & (d.stop >= t)).sum()
            moves = ((d.state == MGUS[a]) & (d.next == MGUS[b]) & (d.stop == t)).sum()
            hazard = sum(1 / (at_risk - i) for i in range(moves))  # Efron; Aalen-Johansen has moves / at_risk
            step[a, b] += hazard
            step[a, a] -= hazard
        p = found[t] = p @ step
    at = [found[max(t for t in found if t <= asked)] for asked in r["time"]]
    np.testing.assert_allclose(at, np.column_stack([r[f"pstate{j}"] for j in (1, 2, 3)]), rtol=1e-10)


# -- properties ----------------------------------------------------------------------------------

@given(walks(censored=False))
@settings(max_examples=30, deadline=None)
def test_when_everybody_is_seen_to_the_end_they_are_shares_and_mean_times_with_binomial_errors(d):
    made, n = occupation(d), d.id.nunique()
    days = np.arange(20)
    held = np.array([[((d.state == s) & (d.start <= day) & (d.stop > day)).sum() for s in STATES[:3]]
                     for day in days]) / n
    p, se = (made.at(days)[c].to_numpy().reshape(20, 4)[:, :3] for c in ("probability", "std_error"))
    np.testing.assert_allclose(p, held, atol=1e-12)
    np.testing.assert_allclose(se, np.sqrt(held * (1 - held) / n), atol=1e-7)
    for tau in (7.5, 20):
        spent = (np.minimum(d.stop, tau) - np.minimum(d.start, tau)).groupby([d.id, d.state]).sum()
        spent = spent.unstack(fill_value=0.0).reindex(columns=STATES[:3], fill_value=0.0)
        time = made.expected_time(tau)
        np.testing.assert_allclose(time.mean[:3], spent.mean(), atol=1e-9)
        np.testing.assert_allclose(time.std_error[:3], spent.std(ddof=0) / n**0.5, atol=1e-7)


@given(walks())
@settings(max_examples=30, deadline=None)
def test_the_states_add_up_and_neither_order_nor_cut_rows_nor_a_row_for_the_dead_matter(d):
    made = occupation(d)
    np.testing.assert_allclose(made.probability.sum(axis=1), 1)
    cut = d.assign(middle=(d.start + d.stop) / 2)
    two = pd.concat([cut.assign(stop=cut.middle, next_state=""), cut.assign(start=cut.middle)])
    np.testing.assert_array_equal(made.time, occupation(two[::-1]).time)
    for other in (occupation(two[::-1]), occupation(d.assign(stop=d.stop * 30, start=d.start * 30))):
        np.testing.assert_allclose(other.probability, made.probability, atol=1e-12)
        np.testing.assert_allclose(other.std_error, made.std_error, atol=1e-9)
    dead = d[d.next_state == "died"]
    told = pd.concat([d, dead.assign(start=dead.stop, stop=99, state="died", next_state="")])
    again = occupation(told.assign(next_state=""))
    np.testing.assert_allclose(of(again, "died", made.time), of(made, "died", made.time), atol=1e-12)


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 2)), min_size=2, max_size=25),
       st.sampled_from(["infinitesimal_jackknife", "greenwood"]))
@settings(max_examples=30, deadline=None)
def test_from_one_state_it_is_the_cumulative_incidence_with_its_errors(group, variance):
    time, cause = map(np.array, zip(*group, strict=True))
    cif = cumulative_incidence(time, cause, causes=[1, 2], variance=variance)
    made = state_occupation(0 * time, time, ["in"] * time.size, range(time.size), variance=variance,
                            next_state=np.array(["", "one", "two"])[cause], states=["in", "one", "two"])
    np.testing.assert_allclose(made.probability[1:, 1:], cif.incidence, atol=1e-12)
    np.testing.assert_allclose(made.std_error[1:, 1:], cif.std_error, atol=1e-7)


# -- defined answers and words -------------------------------------------------------------------

def test_nobody_moves_and_one_person_alone_keep_their_states():
    made = state_occupation([0, 0], [3, 9], ["tenancy", "hospital"], [1, 2])
    assert of(made, "tenancy", [0, 3, 9]).tolist() == [0.5] * 3 and made.transitions.sum() == 0
    alone = state_occupation([0], [5], ["tenancy"], ["a"])
    assert alone.probability.tolist() == [[1], [1]] and np.isnan(alone.lower).all()
    assert "At 5 months, 100% of people were in “tenancy” (Aalen-Johansen; no interval" in alone.sentence("tenancy", 5)


def test_beyond_follow_up_is_missing_unless_everybody_has_died():
    made = occupation(TENANCY)
    assert made.at(7).note.unique().tolist() == ["beyond follow-up"]
    assert made.sentence("tenancy", 7) == ("Nothing can be said about people at 7 months: that is beyond follow-up "
                                           "(n = 3).")
    gone = state_occupation([0, 0], [2, 3], ["tenancy"] * 2, [1, 2], next_state=["died"] * 2)
    assert of(gone, "died", [9]).tolist() == [1]


def test_the_sentence_gives_interval_method_and_the_counts_behind_it():
    walk = data_set("walk", "states")
    made = state_occupation(walk["start"], walk["stop"], walk["state"], walk["id"], next_state=walk["next_state"])
    said = made.sentence("tenancy", 365, unit="days")
    assert said == ("At 365 days, an estimated 56% of people were in “tenancy” (95% interval 42% to 69%; "
                    "Aalen-Johansen, infinitesimal-jackknife error; n = 60, 26 were followed in it and 10 "
                    "elsewhere).")
    assert said.numbers["share"].behind == (26, 10)
    assert "12 had come into it by then and 36 were followed elsewhere" in made.sentence("died", 365, unit="days")


def test_the_tidy_curve_and_summary_have_a_row_a_state_and_time():
    made = occupation(TENANCY)
    assert list(made.curve()) == ["time", "state", "at_risk", "entered", "probability", "lower", "upper"]
    assert len(made.curve()) == 4 * made.time.size
    assert made.summary().set_index("state").loc["tenancy", ["entered", "left", "n"]].tolist() == [1, 2, 3]
    assert pd.Categorical(["tenancy"], STATES).categories.tolist() == list(
        state_occupation([0], [1], pd.Series(pd.Categorical(["tenancy"], STATES)), [1]).states)


def test_errors_of_time_are_missing_with_a_variance_that_has_none():
    assert np.isnan(occupation(TENANCY, variance="greenwood").expected_time(3).std_error).all()


# -- bad input -----------------------------------------------------------------------------------

ROWS = dict(start=[0, 2], stop=[2, 4], state=["a", "b"], id=[1, 1])


@pytest.mark.parametrize("changed, what", [
    (dict(start=[], stop=[], state=[], id=[]), "start: empty"),
    (dict(stop=[2]), "stop: has 1 entries where start has 2"),
    (dict(state=["a"]), "state: has 1 entries where start has 2"),
    (dict(start=[0, np.nan]), "start: missing value in row 2"),
    (dict(start=[-1, 2]), "start: negative time in row 1"),
    (dict(stop=[2, 2]), "stop: not after start in row 2"),
    (dict(start=[0, 5]), "stop: not after start in row 2"),
    (dict(id=[1, None]), "id: missing value in row 2"),
    (dict(start=[0, 1]), "start: before the person's row before it stops in row 2"),
    (dict(start=[2, 0]), "start: the same|stop: not after start"),
    (dict(start=[0, 0], stop=[2, 2]), "start: the same .* again in row 2.*drop duplicates"),
    (dict(start=[0, 3]), "start: later than the person's row before it stops in row 2.*state of its own"),
    (dict(state=["a", None]), "state: missing value in row 2"),
    (dict(states=["a"]), "state: not among the states in row 2"),
    (dict(next_state=["c", ""]), "next_state: not the state of the person's next row in row 1"),
    (dict(landmark=4), "landmark: nobody is in view after 4"),
    (dict(landmark=np.nan), "landmark: missing value"),
    (dict(given="c"), "state: 'c' is not known; choose one of a, b"),
    (dict(landmark=3, given="a"), "given: nobody is in view in 'a' at 3"),
    (dict(markov=True), "markov: needs the state at the beginning"),
    (dict(variance="robust"), "variance: 'robust' is not known"),
    (dict(interval="exact"), "interval: 'exact' is not known"),
    (dict(level=95), "level: must lie between 0 and 1"),
])
def test_what_cannot_be_is_refused_with_parameter_row_and_remedy(changed, what):
    with pytest.raises(ValueError, match=what):
        state_occupation(**{**ROWS, **changed})


@pytest.mark.parametrize("changed, tau, what", [
    ({}, 0, "tau: must lie after 0"), ({}, 5, "tau: lies beyond the last time followed"),
    (dict(start=[1, 2]), 3, "tau: nobody is in view from time 0"),
])
def test_an_expected_time_that_would_be_invented_is_refused(changed, tau, what):
    with pytest.raises(ValueError, match=what):
        state_occupation(**{**ROWS, **changed}).expected_time(tau)
