"""What can be worked back from released cells: hand-worked examples, properties, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.disclosure import Output, Rule, audit, closing_cells, protect_curve
from pi_research.disclosure._printed import count_says
from pi_research.disclosure.closing import withhold

NHS = Rule.preset("nhs")
EXACT = Rule("threshold only", 7, 1)


def table(rows, *, name="page/table", rule=NHS, dims=("area",), counts=("people",), release="", shares=(), **about):
    """An output of rows of text: dimensions, then counts, then shares."""
    columns = [{"name": d, "label": d, "statistic": "text", "people": False} for d in dims]
    columns += [{"name": c, "label": c, "statistic": "count", "people": True} for c in counts]
    frame = pd.DataFrame(rows, columns=[*dims, *counts, *(s["name"] for s in shares)], dtype=str)
    about = {"kind": "table", "universe": "movers", "dimensions": list(dims), "margins": ["All"],
             "columns": [*columns, *shares], **about}
    return Output(name, about, frame, rule, release)


def few(outputs, **how):
    """The leaks as {(measure, where): values}."""
    return {(x.count.measure, x.count.where): x.values for x in audit(outputs, routes=False, **how).leaks}


SHARE = {"name": "share", "label": "Share", "statistic": "percent", "of": ["moved", "people"], "people": True}


# worked by hand

def test_a_hidden_cell_is_the_total_less_the_others():
    leaks = few([table([("north", "20"), ("south", "[hidden]"), ("All", "26")], rule=EXACT)])
    assert leaks == {("people", (("area", "south"),)): (6,)}


def test_rounding_alone_can_leave_two_values_of_a_hidden_cell():
    """100 stands for 98-102 and 110 for 108-112: what is left is 6 or more, and hidden counts are 7 or fewer."""
    leaks = few([table([("home", "100"), ("hospital", "[hidden]"), ("All", "110")])])
    assert leaks == {("people", (("area", "hospital"),)): (6, 7)}


def test_four_values_are_enough_and_three_are_not():
    outputs = [table([("home", "100"), ("hospital", "[hidden]"), ("All", "105")])]
    assert few(outputs) == {}
    assert few(outputs, protection=8) == {("people", (("area", "hospital"),)): (1, 2, 3, 4, 5, 6, 7)}


def test_the_margin_may_stand_in_another_file():
    by_both = table([("north", "f", "[hidden]"), ("north", "m", "30"), ("south", "f", "12"), ("south", "m", "9")],
                    dims=("area", "sex"), rule=EXACT, name="a/both", partition=["area", "sex"])
    by_area = table([("north", "34"), ("south", "21")], rule=EXACT, name="b/area")
    assert few([by_both]) == few([by_area]) == {}
    [leak] = audit([by_both, by_area]).leaks
    assert leak.values == (4,)
    assert {(p.output, p.row) for p in leak.route} == {("a/both", 1), ("b/area", 0)}


def test_two_quarters_differ_by_the_people_who_are_new():
    quarters = (("q1", "40"), ("q2", "43"))
    first, second = (table([("All", n)], rule=EXACT, release=q, name=f"{q}/page/table") for q, n in quarters)
    [leak] = audit([first, second]).leaks
    assert (leak.values, leak.printed) == ((3,), False)
    assert leak.presumed == ("people, movers: nobody leaves between releases",)
    assert few([table([("All", "40")], release="q1"), table([("All", "45")], release="q2", name="q2/t")]) == {}


def test_a_universe_within_another_differs_from_it_by_those_left_out():
    everyone = table([("All", "40")], rule=EXACT)
    within = table([("All", "37")], rule=EXACT, name="page/some", universe="movers without a crisis", within="movers")
    assert [x.values for x in audit([everyone, within]).leaks] == [(3,)]


def test_an_exact_percentage_of_a_rounded_number_gives_a_hidden_count():
    exact = {**SHARE, "from": "exact"}
    shown = table([("north", "[hidden]", "20", "15.0%")], counts=("moved", "people"), shares=[exact])
    assert few([shown]) == {("moved", (("area", "north"),)): (3,)}


def test_a_percentage_of_rounded_counts_says_nothing_more_unless_it_is_hidden():
    """Hidden beside two counts that are shown, it says that 1 to 7 are left over: six groups share out at most 7."""
    rows = [(a, "30", "30", "[hidden]") for a in "bcdefg"]
    shown = table([("All", "180", "190", "[hidden]"), *rows], counts=("moved", "people"), shares=[SHARE])
    leaks = few([shown])
    assert leaks and all(values == (1, 2) for (_, where), values in leaks.items() if where)
    assert few([table([("b", "30", "45", "67%")], counts=("moved", "people"), shares=[SHARE])]) == {}


def test_three_two_way_tables_are_tied_by_their_joint_table():
    """Each table alone, and each pair, leaves room: only the joint table of all three dimensions does not."""
    x = np.array([[[5, 9], [8, 8]], [[9, 9], [8, 9]]])
    def two(a, b, axis):
        s = x.sum(axis=axis)
        return table([(f"{a}{i}", f"{b}{j}", str(EXACT.count(int(s[i, j])))) for i in (0, 1) for j in (0, 1)],
                     dims=(a, b), rule=EXACT, name=f"page/{a}{b}", partition=["a", "b", "c"])
    outputs = [two("a", "b", 2), two("b", "c", 0), two("a", "c", 1)]
    assert few(outputs) == {}, "nothing is hidden"
    outputs.append(table([("a0", "b0", "c0", "[hidden]")], dims=("a", "b", "c"), rule=EXACT, name="page/abc"))
    assert few(outputs) == {}
    outputs.append(table([("a1", "b1", "c1", "9")], dims=("a", "b", "c"), rule=EXACT, name="page/one"))
    assert few(outputs) == {("people", (("a", "a0"), ("b", "b0"), ("c", "c0"))): (5,)}


def curve(rows, name="page/kept", **about):
    frame = pd.DataFrame(rows, columns=["time", "survival", "at_risk", "events"], dtype=str)
    styles = {"time": "decimal", "survival": "percent", "at_risk": "count", "events": "count"}
    columns = [{"name": n, "label": n, "statistic": s, "people": n != "time"} for n, s in styles.items()]
    return Output(name, {"kind": "table", "universe": "tenants", "dimensions": ["time"], "margins": [],
                         "columns": columns, **about}, frame, NHS)


def test_two_exact_shares_and_rounded_numbers_at_risk_give_the_one_tenancy_that_ended_between_them():
    """1 - 76.6/78.4 = 0.023, of 43 to 47 at risk before and 38 to 42 after: between 0.8 and 1.1 people."""
    leaks = few([curve([("6", "78.4%", "45", "15"), ("12", "76.6%", "40", "15")])])
    assert leaks == {("ended after month 6 and by month 12", ()): (1,)}


def test_a_finding_that_is_printed_more_finely_than_the_table_is_read_as_the_same_point():
    coarse = curve([("6", "78%", "45", "15"), ("12", "75%", "40", "15")])
    finding = pd.DataFrame([("kept_6", "78.4%", "70", "Kaplan-Meier"), ("kept_12", "74.6%", "70", "Kaplan-Meier")],
                           columns=["id", "estimate", "n", "method"])
    fine = Output("page/findings", {"kind": "findings"}, finding, NHS)
    step = ("ended after month 6 and by month 12", ())
    assert (few([coarse])[step], few([coarse, fine])[step]) == ((1, 2), (2,))


def test_a_curve_made_again_from_rounded_counts_leaks_nothing():
    rng = np.random.default_rng(5)
    time = np.sort(rng.integers(1, 36, 70)).astype(float)
    ended = rng.random(70) < 0.3
    exact = pd.DataFrame({"time": time, "ended": ended}).groupby("time")["ended"].agg(["sum", "size"]).reset_index()
    exact["at_risk"] = 70 - np.concatenate([[0], np.cumsum(exact["size"])[:-1]])
    exact = exact.assign(events=exact["sum"], censored=exact["size"] - exact["sum"], survival=1.0)
    safe = protect_curve(exact, NHS)[["time", "at_risk", "survival"]].map(lambda v: f"{v:.10g}")
    about = {"kind": "chart", "protect": "curve", "universe": "tenants", "dimensions": [], "counts": ["at_risk"]}
    assert audit([Output("page/kept", about, safe, NHS)]).passes


def test_the_states_of_a_chart_add_up_to_those_followed():
    frame = pd.DataFrame([("0", "home", "100", "110"), ("0", "hospital", "", ""), ("0", "died", "0", "110")],
                         columns=["month", "state", "people", "of"])
    about = {"kind": "chart", "protect": "points", "universe": "started", "dimensions": ["month", "state"],
             "counts": ["people", "of"]}
    [leak] = audit([Output("page/states", about, frame, NHS)]).leaks
    assert leak.values == (6, 7) and leak.presumed == ("at each month a person is in one state",)


def test_a_sentence_is_read_with_what_its_sidecar_says_of_each_number():
    base = table([("north", "[hidden]", "20")], counts=("moved", "people"))
    numbers = [{"count": "moved", "of": "people", "where": {"area": "north"}, "from": "exact"}]
    said = Output("page/said", {"kind": "sentence", "universe": "movers", "numbers": numbers},
                  pd.DataFrame({"text": ["15%"]}), NHS)
    assert few([base]) == {}
    assert few([base, said]) == {("moved", (("area", "north"),)): (3,)}


def test_rows_named_after_a_characteristic_add_up_to_the_total():
    rows = [("All who started", "110"), ("Sex: female", "[hidden]"), ("Sex: male", "100"), ("In a crisis", "25")]
    [leak] = audit([table(rows, dims=("label",))]).leaks
    assert leak.values == (6, 7) and leak.presumed == ("each person has one sex",)


# closing

@pytest.mark.parametrize("outputs", [
    [table([("home", "100"), ("hospital", "[hidden]"), ("All", "110")])],
    [table([("a", "[hidden]", "20", "15.0%"), ("b", "[hidden]", "25", "12.0%")], counts=("moved", "people"),
           shares=[{**SHARE, "from": "exact"}])],
    [curve([("6", "78.4%", "45", "15"), ("12", "76.6%", "40", "15"), ("18", "74.7%", "30", "15")])],
    [table([("north", "20"), ("south", "[hidden]"), ("All", "26")], rule=EXACT),
     table([("north", "20"), ("All", "26")], rule=EXACT, name="page/again")],
], ids=["states", "percentages", "curve", "twice"])
def test_what_is_withheld_ends_every_leak_and_none_of_it_can_be_put_back(outputs):
    assert audit(outputs).leaks
    cells = closing_cells(outputs)
    assert not audit(withhold(outputs, cells)).leaks
    for cell in cells:
        less = {c for c in cells if (c.output, c.row) != (cell.output, cell.row)}
        assert audit(withhold(outputs, frozenset(less))).leaks


def test_a_release_without_leaks_has_nothing_to_withhold():
    assert closing_cells([table([("home", "100"), ("All", "130")])]) == frozenset()


# properties

counts = st.lists(st.integers(0, 60), min_size=2, max_size=5)


@settings(max_examples=30, deadline=None)
@given(counts, st.sampled_from([NHS, EXACT, Rule.preset("midpoint6"), Rule.preset("sacro")]))
def test_the_truth_is_always_among_the_values_that_remain_possible(exact, rule):
    printed = [("All", sum(exact)), *((f"a{i}", n) for i, n in enumerate(exact))]
    shown = table([(a, rule.token if rule.count(n) is None else str(rule.count(n))) for a, n in printed], rule=rule)
    for leak in audit([shown]).leaks:
        assert dict(printed)[dict(leak.count.where).get("area", "All")] in leak.values


@settings(max_examples=30, deadline=None)
@given(counts, st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_a_table_given_twice_changes_what_leaks(exact, random):
    rows = [("All", str(sum(exact)) if sum(exact) > 7 else "0" if not sum(exact) else "[hidden]"),
            *((f"a{i}", "[hidden]" if 0 < n < 8 else str(n)) for i, n in enumerate(exact))]
    one = table(rows, rule=EXACT)
    random.shuffle(rows)
    other = table(rows, rule=EXACT, name="page/again")
    assert few([one]) == few([other]) == few([one, other])


@settings(max_examples=50)
@given(st.integers(0, 500), st.sampled_from([NHS, EXACT, Rule.preset("midpoint6"), Rule.preset("sacro")]))
def test_a_printed_count_stands_for_those_that_the_rule_prints_so_and_no_others(n, rule):
    text = rule.token if rule.count(n) is None else str(rule.count(n))
    low, high, _ = count_says(text, rule)
    assert all((rule.count(m) == rule.count(n)) == (low <= m <= high) for m in range(max(0, n - 12), n + 13))


# what is refused

def test_a_count_that_the_rule_never_prints_is_a_fault():
    found = audit([table([("north", "4"), ("south", "10")])])
    assert not found.passes and not found.leaks
    assert "row 1" in found.faults[0] and "is not a count that the rule 'nhs' gives" in found.faults[0]


def test_cells_that_contradict_each_other_are_named_and_the_rest_is_audited():
    wrong = table([("north", "100"), ("south", "100"), ("All", "150")], name="page/wrong", universe="others")
    leaky = table([("home", "100"), ("hospital", "[hidden]"), ("All", "110")])
    found = audit([wrong, leaky])
    assert [x.values for x in found.leaks] == [(6, 7)]
    assert len(found.faults) == 1 and "page/wrong (row 1, people; row 2, people; row 3, people)" in found.faults[0]


def test_what_was_only_presumed_falls_where_the_release_contradicts_it():
    rows = [("All who started", "100"), ("Sex: female", "[hidden]"), ("Sex: male", "40")]
    assert audit([table(rows, dims=("label",))]).passes


def test_rows_that_the_printed_dimensions_do_not_tell_apart_are_not_taken_for_one():
    assert audit([table([("north", "10"), ("north", "30")])]).passes


def test_a_finding_without_n_is_a_fault():
    frame = pd.DataFrame([("kept_6", "78%", "", "Kaplan-Meier")], columns=["id", "estimate", "n", "method"])
    found = audit([Output("page/findings", {"kind": "findings"}, frame, NHS)])
    assert "finding kept_6 has no n" in found.faults[0]


@pytest.mark.parametrize("rows", [[], [("All", "")], [("All", "[withheld]")], [("north", "0"), ("All", "0")]])
def test_tables_that_are_empty_or_say_nothing_pass(rows):
    assert audit([table(rows)]).passes


def test_no_outputs_pass_and_a_protection_below_two_is_refused():
    found = audit([])
    assert found.passes and found.summary().empty and "None of 0 counts" in str(found.sentence())
    with pytest.raises(ValueError, match="protection must be 2 or more"):
        audit([], protection=1)


def test_a_table_about_nobody_is_not_read():
    assert audit([table([("north", "4")], universe="")]).passes
