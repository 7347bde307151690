"""R's values stand in data/validation/survival_reference_states.json, compared in tests/validation."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.survival import (
    compare_mean_functions,
    ghosh_lin,
    mean_cumulative_function,
    while_alive_rate,
)
from pi_research.survival.recurrent import mean_process
from pi_research.validation.survival_reference import reference
from pi_research.validation.survival_reference_states import _bladder1

ROWS = dict(start=[0, 3, 0], stop=[2, 5, 6], event=[1, 1, 0], id=["a", "a", "b"])
DIES = dict(start=[0, 2, 0, 0], stop=[2, 6, 4, 6], event=[1, 1, 0, 0], id=[1, 1, 2, 3], terminal=[0, 0, 1, 0])


@st.composite
def histories(draw, gaps=False, full=False):
    """Rows of a few people; ``full``: everybody is followed to their death or to day 30."""
    rows = []
    for person in range(draw(st.integers(2, 8))):
        day = draw(st.integers(0, 4)) if gaps else 0
        end = 30 if full else draw(st.integers(8, 30))
        dies = draw(st.booleans())
        if dies and full:
            end = draw(st.integers(8, 29))
        while day < end:
            stop = min(end, day + draw(st.integers(1, 12)))
            rows.append((person, day, stop, int(draw(st.booleans())), int(dies and stop == end)))
            day = stop + (draw(st.integers(0, 3)) if gaps else 0)
    return pd.DataFrame(rows, columns=["id", "start", "stop", "event", "terminal"])


def columns(d, *names):
    return [d[name] for name in ("start", "stop", "event", "id", *names)]


def cohort(rng, n, rate, dying=0.01, horizon=36.0):
    """Gamma frailty (variance 1) shared by events and death; censoring from 12 to 48 months."""
    frailty = rng.gamma(1, 1, n)
    death, end = rng.exponential(1 / (dying * frailty)), np.minimum(rng.uniform(12, 48, n), horizon)
    last = np.minimum(death, end)
    k = rng.poisson(rate * frailty * last)
    who = np.concatenate([np.repeat(np.arange(n), k), np.arange(n)])
    d = pd.DataFrame({"id": who, "stop": np.concatenate([rng.uniform(0, 1, k.sum()) * np.repeat(last, k), last]),
                      "event": np.arange(who.size) < k.sum(), "terminal": False})
    d.loc[k.sum():, "terminal"] = death <= end
    d = d.sort_values(["id", "stop"])
    return d.assign(start=d.groupby("id")["stop"].shift(fill_value=0.0))


# -- by hand -------------------------------------------------------------------------------------

def test_the_mean_and_its_robust_error_by_hand():
    mcf = mean_cumulative_function(**ROWS)
    assert mcf.mean.tolist() == [0.5, 1, 1] and mcf.at_risk.tolist() == [2, 2, 1]
    # a is half an event above the mean at 2, b half below: (1/4)^2 twice; then the same again.
    np.testing.assert_allclose(mcf.std_error, np.sqrt([2 * 0.25**2, 2 * 0.5**2, 2 * 0.5**2]))
    np.testing.assert_allclose(mcf.upper[0] / 0.5, np.exp(1.959964 * 8**-0.5 / 0.5), rtol=1e-6)
    assert mcf.people.tolist() == [1, 1, 1] and mcf.n_events == 2


def test_time_in_hospital_is_not_at_risk_and_the_table_says_so():
    frame = mean_cumulative_function(**ROWS).at([0, 2, 2.5, 3, 3.5, 6])
    assert frame.at_risk.tolist() == [2, 2, 1, 1, 2, 1] and frame.events.tolist() == [0, 1, 1, 1, 1, 2]


def test_death_ends_events_by_hand():
    made = ghosh_lin(**DIES)
    # 1/3 at 2; the share alive is 2/3 from 4 on: 2/3 x 1/2 at 6.
    np.testing.assert_allclose(made.mean, [1 / 3, 1 / 3, 2 / 3])
    np.testing.assert_allclose(made.alive, [1, 2 / 3, 2 / 3])
    assert made.n_deaths == 1 and made.n == 3
    again = mean_cumulative_function(**DIES)
    assert again.terminal and again.mean.tolist() == made.mean.tolist()


def test_events_on_the_day_of_a_death_count_before_it():
    made = ghosh_lin([0, 0], [4, 4], [1, 1], [1, 2], [1, 1])
    assert made.mean.tolist() == [1] and made.alive.tolist() == [0]
    assert made.at(9)["mean"].tolist() == [1], "nobody is left: the curve stays where it is"


def test_mets_mean_is_higher_because_people_with_tied_events_leave_its_risk_set_one_by_one():
    r = reference("states")["cases"]["ghosh_lin_bladder1"]["values"]["by_treatment"]["pyridoxine"]
    d = _bladder1().query("treatment == 'pyridoxine'")
    mean, alive, found = 0.0, 1.0, {}
    for t in sorted(d.stop.unique()):
        here, at_risk = d[d.stop == t], ((d.start < t) & (d.stop >= t)).sum()
        deaths, before = (here.st == 2).sum(), alive
        for i in range((here.st == 1).sum()):
            mean += before / (at_risk - i)  # exact: alive / at_risk for each
            if i < deaths:
                before *= 1 - 1 / (at_risk - i)
        alive *= 1 - deaths / at_risk
        found[t] = mean
    at = [found[max(t for t in found if t <= asked)] for asked in r["time"]]
    np.testing.assert_allclose(at, r["mu"], rtol=1e-10)


def test_the_rate_while_alive_by_hand():
    made = while_alive_rate(**DIES, tau=6)
    assert made.mean_events == pytest.approx(2 / 3) and made.mean_time == pytest.approx(16 / 3)
    assert made.estimate == pytest.approx(2 / 16) and made.n_deaths == 1
    # Nobody is lost, so it is 2 events over 16 months; half of that up to 4 months, where 1 in 12.
    assert while_alive_rate(**DIES, tau=4).estimate == pytest.approx(1 / 12)


# -- properties ----------------------------------------------------------------------------------

@given(histories(gaps=True), st.booleans())
@settings(max_examples=30, deadline=None)
def test_the_running_sums_are_the_sum_of_squared_influences(d, dying):
    if dying:
        d = d.assign(start=d.groupby("id")["stop"].shift().fillna(d["start"]).astype(int))
    made = mean_process(*columns(d), d["terminal"] if dying else None)
    influence = np.array([made.influence(i + 1) for i in range(made.mean.size)])
    np.testing.assert_allclose(made.variance(), (influence**2).sum(axis=1), atol=1e-12)
    np.testing.assert_allclose(influence.sum(axis=1), 0, atol=1e-12)


@given(histories(full=True))
@settings(max_examples=30, deadline=None)
def test_with_nobody_lost_the_mean_is_the_number_of_events_over_people_and_the_rate_over_time(d):
    n, days = d.id.nunique(), d.groupby("id")["stop"].max()
    made = ghosh_lin(*columns(d, "terminal"))
    assert made.mean[-1] == pytest.approx(d.event.sum() / n)
    living = d[d.groupby("id")["terminal"].transform("max") == 0]
    if len(living):
        counts = living.groupby("id")["event"].sum()
        alone = mean_cumulative_function(*columns(living))
        assert alone.std_error[-1] == pytest.approx(counts.std(ddof=0) / len(counts) ** 0.5, abs=1e-7)
        rate = while_alive_rate(*columns(d, "terminal"), tau=30)
        assert rate.estimate == pytest.approx(d.event.sum() / days.sum())


@given(histories())
@settings(max_examples=30, deadline=None)
def test_order_cut_rows_and_the_unit_of_time_do_not_matter_and_death_only_lowers(d):
    made, plain = ghosh_lin(*columns(d, "terminal")), mean_cumulative_function(*columns(d))
    assert (made.mean <= plain.mean + 1e-12).all() and (np.diff(made.mean) >= -1e-12).all()
    cut = d.assign(middle=(d.start + d.stop) / 2)
    two = pd.concat([cut.assign(stop=cut.middle, event=0, terminal=0), cut.assign(start=cut.middle)])
    for other in (two[::-1], d.assign(start=d.start * 4, stop=d.stop * 4)):
        scale = other.stop.max() / d.stop.max()
        there = ghosh_lin(*columns(other, "terminal")).at((made.time * scale)[:-1])
        np.testing.assert_allclose(there["mean"], made.mean[:-1], atol=1e-12)
        np.testing.assert_allclose(there["std_error"], made.std_error[:-1], atol=1e-7)
    alive = ghosh_lin(*columns(d), [0] * len(d))
    np.testing.assert_allclose(alive.std_error, plain.std_error, atol=1e-12)


@given(histories(full=True))
@settings(max_examples=20, deadline=None)
def test_the_error_of_the_rate_is_the_change_when_a_person_counts_a_little_more(d):
    rate = while_alive_rate(*columns(d, "terminal"), tau=20)
    made = mean_process(*columns(d, "terminal"))
    until = made.until(20, "tau")
    part = (made.influence(until) - rate.estimate * made.influence_alive(20)) / rate.mean_time
    assert rate.std_error == pytest.approx(float(np.sqrt((part**2).sum())))
    assert part.sum() == pytest.approx(0, abs=1e-12)


# -- known truth ---------------------------------------------------------------------------------

def test_both_intervals_cover_at_113_people_some_of_whom_die():
    rng, rate, dying, t, draws = np.random.default_rng(7), 0.02, 0.01, 24, 200
    truth = {True: rate / dying * (1 - 1 / (1 + dying * t)), False: rate / dying * np.log(1 + dying * t)}
    hits = {True: 0, False: 0}
    for _ in range(draws):
        d = cohort(rng, 113, rate, dying)
        for death in hits:
            row = mean_cumulative_function(*columns(d), terminal=d["terminal"] if death else None).at(t).iloc[0]
            hits[death] += row.lower <= truth[death] <= row.upper
    assert min(hits.values()) / draws >= 0.95 - 2 * (0.95 * 0.05 / draws) ** 0.5


def test_the_score_test_keeps_its_level_with_few_events_in_unequal_groups():
    rng, draws, rejected = np.random.default_rng(3), 150, 0
    for _ in range(draws):
        d = cohort(rng, 113, 0.004)
        found = compare_mean_functions(*columns(d), d["id"] >= 80, at=24, terminal=d["terminal"])
        rejected += found.p_value < 0.05
    assert rejected / draws <= 0.05 + 2 * (0.05 * 0.95 / draws) ** 0.5


# -- two groups ----------------------------------------------------------------------------------

def two_groups(**how):
    # Events less expected of the second, pooled: at 3 of 6, 4 of 5, 5 of 4 at risk.
    return compare_mean_functions([0] * 6, [3, 4, 6, 6, 5, 6], [1, 1, 0, 0, 1, 0], range(6), list("aaabbb"),
                                  **{"at": 6, **how})


def test_the_score_by_hand():
    hazard = np.cumsum([1 / 6, 1 / 5, 1 / 4])
    own = np.array([1, 1, 0, 0, 1, 0]) - hazard[[0, 1, 2, 2, 2, 2]]
    found = two_groups()
    assert found.statistic == pytest.approx(own[3:].sum() ** 2 / (own.var() * 9 / 5))
    np.testing.assert_allclose(found.values, [1 / 3 + 1 / 2, 1 / 3])
    assert found.ratio == pytest.approx(0.4) and found.lower < 0.4 < found.upper


def test_the_robust_test_by_hand():
    # Weights Y1 Y2 / (Y1 + Y2) at 3, 4, 5: 9/6, 6/5, 3/4.
    less = (3 / 4) / 3 - (9 / 6) / 3 - (6 / 5) / 2
    a = np.array([0.5 * (1 - 1 / 3), -0.5 / 3 + 0.6 / 2, -0.5 / 3 - 0.6 / 2])
    b = 0.25 * np.array([-1 / 3, 2 / 3, -1 / 3])
    assert two_groups(test="robust").statistic == pytest.approx(less**2 / ((a**2).sum() + (b**2).sum()))


@given(histories(), st.sampled_from(["score", "robust"]), st.booleans())
@settings(max_examples=30, deadline=None)
def test_two_groups_alike_do_not_differ_and_changing_places_turns_the_ratio_over(d, test, dying):
    both = pd.concat([d.assign(group="x"), d.assign(group="y", id=d["id"] + 100)])
    terminal = dict(terminal=both["terminal"]) if dying else {}
    found = compare_mean_functions(*columns(both, "group"), at=8, test=test, **terminal)
    if d.event[d.stop <= 8].any():
        assert found.ratio == pytest.approx(1) and (found.p_value > 0.999 or np.isnan(found.p_value))
    else:
        assert np.isnan(found.ratio) and np.isnan(found.p_value)
    half = d.assign(group=(d["id"] % 2).astype(str))
    one = compare_mean_functions(*columns(half, "group"), at=8, test=test)
    other = compare_mean_functions(*columns(half), (half["id"] % 2 == 0).astype(str), at=8, test=test)
    np.testing.assert_allclose(one.ratio * other.ratio, 1 if np.isfinite(one.ratio) else np.nan)
    np.testing.assert_allclose(one.statistic, other.statistic, atol=1e-9)


# -- words and defined answers -------------------------------------------------------------------

def test_the_sentence_gives_interval_method_and_the_counts_behind_it():
    said = ghosh_lin(**DIES).sentence(6)
    assert said == ("By 6 months there were an estimated 0.67 admissions a person (95% interval 0.14 to 3.10; "
                    "Ghosh-Lin mean function, no events after death, robust error; n = 3, 1 of them with 2 "
                    "admissions by then, 2 followed that far).")
    assert said.numbers["mean"].behind == (2, 1, 3)
    assert "a person at risk throughout" in mean_cumulative_function(**ROWS).sentence(5)
    rate = while_alive_rate(**DIES, tau=6).sentence()
    assert "Over 6 months people had 1.50 admissions for each year alive (95% interval" in rate
    assert "n = 3, 1 of them with 2 admissions, 1 died by then" in rate


def test_the_sentence_of_two_groups_reads_for_no_difference_and_for_no_event():
    said = two_groups().sentence(who="tenants")
    assert "0.83 admissions a person in “a” and 0.33 in “b”: 0.40 times as many" in said
    assert "so there may be no difference" in said and "p = 0.315" in said
    assert "2 of 3 tenants in “a” with 2 admissions, 1 of 3 tenants in “b” with 1 admissions)" in said
    assert two_groups().summary().shape[0] == 2
    none = two_groups(at=2)
    assert "their ratio has no interval" in none.sentence() and np.isnan(none.p_value)


def test_without_an_event_the_mean_is_zero_and_the_sentence_limits_the_share():
    mcf = mean_cumulative_function([0] * 30, [9] * 30, [0] * 30, range(30))
    assert mcf.mean.tolist() == [0] and np.isnan(mcf.upper).all()
    assert "None of the 30 people had any admissions by 6 months" in mcf.sentence(6)
    assert "put the share with any at 12% or less" in mcf.sentence(6)
    rate = while_alive_rate([0] * 3, [9] * 3, [0] * 3, range(3), [0, 0, 1], tau=9)
    assert rate.estimate == 0 and np.isnan(rate.upper) and "none of the 3 people" in rate.sentence()


def test_one_person_and_beyond_follow_up():
    mcf = mean_cumulative_function([0, 2], [2, 5], [1, 0], [1, 1])
    assert mcf.mean.tolist() == [1, 1] and mcf.std_error.tolist() == [0, 0]
    row = mcf.at(6).iloc[0]
    assert row.note == "beyond follow-up" and np.isnan(row["mean"]) and "Nothing can be said" in mcf.sentence(6)
    assert mcf.at(0)["mean"].tolist() == [0] and mcf.summary().events.tolist() == [1]
    assert mcf.curve().time.tolist() == [0, 2, 5] and mcf.curve().at_risk.tolist() == [1, 1, 1]


# -- bad input -----------------------------------------------------------------------------------

@pytest.mark.parametrize("changed, what", [
    (dict(start=[], stop=[], event=[], id=[], terminal=[]), "start: empty"),
    (dict(event=[1, 1, 0]), "event: has 3 entries where start has 4"),
    (dict(event=[1, 2, 0, 0]), "event: neither 0 nor 1 in row 2"),
    (dict(event=[1, np.nan, 0, 0]), "event: missing value in row 2"),
    (dict(stop=[2, 1, 4, 6]), "stop: not after start in row 2"),
    (dict(start=[0, 1, 0, 0]), "start: before the person's row before it stops in row 2"),
    (dict(start=[0, 0, 0, 0], stop=[2, 2, 4, 6]), "start: the same .* in row 2"),
    (dict(start=[0, 3, 0, 0]), "start: later than .* in row 2.*follow.*without a gap"),
    (dict(terminal=[1, 0, 0, 0]), "terminal: a row after the person's death in row 2"),
    (dict(terminal=[0, 0, 3, 0]), "terminal: neither 0 nor 1 in row 3"),
    (dict(level=1), "level: must lie between 0 and 1"),
])
def test_what_cannot_be_is_refused_with_parameter_row_and_remedy(changed, what):
    with pytest.raises(ValueError, match=what):
        ghosh_lin(**{**DIES, **changed})


@pytest.mark.parametrize("changed, what", [
    (dict(tau=0), "tau: must be above 0"), (dict(tau=7), "tau: lies beyond the last time followed"),
    (dict(start=[1, 2, 1, 1]), "start: nobody is in view from time 0"),
])
def test_a_rate_over_a_time_that_was_not_followed_is_refused(changed, what):
    with pytest.raises(ValueError, match=what):
        while_alive_rate(**{**DIES, "tau": 6, **changed})


@pytest.mark.parametrize("changed, what", [
    (dict(group=["x"] * 4), "group: has 1 labels; give two"),
    (dict(group=["x", "y", "x", "y"]), "group: not the person's group in the row before in row 2"),
    (dict(group=["x", "x", "y"]), "group: has shape"),
    (dict(group=["x", "x", None, "y"]), "group: missing value in row 3"),
    (dict(at=9), "at: lies beyond the last time followed"), (dict(at=-1), "at: must be above 0"),
    (dict(test="z"), "test: 'z' is not known"),
])
def test_groups_that_cannot_be_compared_are_refused(changed, what):
    with pytest.raises(ValueError, match=what):
        compare_mean_functions(**{**DIES, "group": ["x", "x", "y", "y"], "at": 3, **changed})
