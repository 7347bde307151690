"""Truth tables and their solutions: R's QCA, brute force over small tables, hand-worked, and what is refused."""

import json
import re
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pi_research.realist import (
    calibrate,
    calibrate_crisp,
    calibrate_indirect,
    contradictory_assumptions,
    expression_fit,
    minimise,
    necessary_combinations,
    single_conditions,
    solution_robustness,
    truth_table,
)
from pi_research.realist._minimise import prime_implicants, smallest_covers

R = json.loads((Path(__file__).parents[1] / "reference" / "qca.json").read_text())
DATA = {k: pd.DataFrame(R["data"][k]).set_index("case") for k in ("LC", "LF")}
KIND = {"conservative": "complex", "parsimonious": "parsimonious", "intermediate": "intermediate"}


def close(ours, theirs):
    """1e-9: R's values are given to 15 digits."""
    theirs = np.array([np.nan if v == "NA" else float(v) for v in theirs])
    np.testing.assert_allclose(np.asarray(ours, float), theirs, rtol=0, atol=1e-9)


def table_of(call):
    """The truth table that an R call asks for, and its directional expectations."""
    name = re.search(r"truthTable\((\w+)", call)[1]
    outcome = re.search(r"outcome='([^']+)'", call) or re.search(r",'(\w+)'", call)
    cuts = re.search(r"incl\.cut=(?:c\()?([\d., ]+)", call)[1].strip(", ").split(",")
    cuts = tuple(float(c) for c in cuts if c.strip())
    how = {"incl_cut": cuts if len(cuts) > 1 else cuts[0]}
    for ours, theirs, kind in (("n_cut", "n.cut", int), ("pri_cut", "pri.cut", float)):
        if found := re.search(rf"{re.escape(theirs)}=([\d.]+)", call):
            how[ours] = kind(found[1])
    if found := re.search(r"conditions='([^']+)'", call):
        how["conditions"] = found[1].split(", ")
    made = truth_table(DATA[name], outcome[1], **how)
    found = re.search(r"dir\.exp='([^']+)'", call)
    wanted = {c: int(v) for c, v in zip(made.conditions, found[1].split(","), strict=True) if v != "-"} if found else None
    return made, wanted


# against R's QCA


@pytest.mark.parametrize("case", R["tables"])
def test_the_truth_table_is_that_of_r(case):
    stored = R["tables"][case]
    made, _ = table_of(stored["call"])
    seen = made.n > 0
    assert made.row[seen].tolist() == stored["row"] and made.n[seen].tolist() == stored["n"]
    assert made.out[seen].tolist() == stored["out"] and set(made.out[~seen]) <= {"?"}
    close(made.incl[seen], stored["incl"])
    close(made.pri[seen], stored["pri"])
    names = DATA["LF"].index
    assert [",".join(names[made.row_of == r]) for r in stored["row"]] == stored["cases"]


def same_models(models, stored):
    theirs = {frozenset(m["terms"]): m for m in stored}
    assert {frozenset(m.terms) for m in models} == set(theirs) and len(models) == len(stored)
    for model in models:
        other = theirs[frozenset(model.terms)]
        order = [other["terms"].index(t) for t in model.terms]
        for name in ("incl", "pri", "cov", "cov_unique"):
            close(getattr(model, name), [other[name][i] for i in order])
        close(model.total, other["total"])


@pytest.mark.parametrize("case", R["solutions"])
def test_solutions_their_fit_and_their_assumptions_are_those_of_r(case):
    stored = R["solutions"][case]
    table, wanted = table_of(stored["call"])
    made = minimise(table, KIND[case.split("_")[-1]], wanted)
    short = minimise(table, "parsimonious") if "pairs" in stored else made
    assert list(short.prime_implicants) == stored["primes"] and set(short.essential) == set(stored["essential"])
    assert ["".join(map(str, row)) for row in short.chart.astype(int)] == stored["chart"]
    if "pairs" not in stored:
        same_models(made.models, stored["models"])
        theirs = {frozenset(m["terms"]): rows for m, rows in zip(stored["models"], stored["assumed"], strict=True)}
        assert {frozenset(m.terms): list(m.assumed) for m in made.models} == theirs
        return
    theirs = {(frozenset(p["complex"]), frozenset(p["parsimonious"])): p for p in stored["pairs"]}
    assert {(frozenset(p.complex), frozenset(p.parsimonious)) for p in made.pairs} == set(theirs)
    for pair in made.pairs:
        other = theirs[frozenset(pair.complex), frozenset(pair.parsimonious)]
        assert (list(pair.easy), list(pair.difficult)) == (other["easy"], other["difficult"])
        same_models(pair.models, other["models"])


@pytest.mark.parametrize("case", R["fits"])
def test_necessity_sufficiency_and_any_expression_fit_as_in_r(case):
    stored = R["fits"][case]["values"]
    data, call = DATA[case[:2]], R["fits"][case]["call"]
    relation = "necessity" if case.endswith(("necessity", "nec")) else "sufficiency"
    columns = ["inclN", "RoN", "covN"] if "inclN" in json.dumps(stored) else ["inclS", "PRI", "covS"]
    if "supersubset" in case:
        made = necessary_combinations(data, "SURV", incl_cut=0.9, ron_cut=0.6)
    elif "expression" in case:
        made = expression_fit(data, "SURV", re.search(r"pof\('([^']+)'", call)[1], relation=relation)
        if relation == "sufficiency":
            close(made["unique"], stored["covU"])
    else:
        made = single_conditions(data, "SURV", relation=relation)
        stored = {"term": list(stored)} | {c: [v[c][0] for v in stored.values()] for c in columns}
    assert made["term"].tolist() == stored["term"]
    for ours, theirs in zip(made.columns[1:4], columns, strict=True):
        close(made[ours], stored[theirs])


DEV, STB = (R["data"]["LR"][k] for k in ("DEV", "STB"))
THREE = {"exclusion": 350, "crossover": 550, "inclusion": 900}
CALIBRATED = {
    "calibrate_direct": lambda: calibrate(DEV, **THREE),
    "calibrate_direct_idm09": lambda: calibrate(DEV, **THREE, at_inclusion=0.9),
    "calibrate_direct_linear": lambda: calibrate(DEV, **THREE, shape="linear"),
    "calibrate_direct_below2_above05": lambda: calibrate(DEV, **THREE, shape="linear", below=2, above=0.5),
    "calibrate_direct_decreasing": lambda: calibrate(STB, exclusion=15, crossover=9.5, inclusion=5),
    "calibrate_direct_six": lambda: calibrate(
        DEV, exclusion=(300, 1000), crossover=(450, 850), inclusion=(550, 700), shape="linear"),
    "calibrate_indirect": lambda: calibrate_indirect(DEV, [350, 450, 550, 700, 900]),
    "calibrate_crisp": lambda: calibrate_crisp(DEV, 550),
    "calibrate_crisp_multi": lambda: calibrate_crisp(DEV, [550, 850]),
    "calibrate_hand": lambda: calibrate(R["calibrations"]["calibrate_hand"]["x"], exclusion=2, crossover=5.5, inclusion=10),
}  # fmt: skip


@pytest.mark.parametrize("case", R["calibrations"])
def test_memberships_are_those_of_r(case):
    close(CALIBRATED[case](), R["calibrations"][case]["values"])


# by hand

FOUR = pd.DataFrame({"A": [1, 1, 0, 0], "B": [1, 0, 1, 0], "Y": [1, 1, 0, 0]}, index=list("wxyz"))


def test_a_table_that_only_one_condition_decides():
    table = truth_table(FOUR, "Y")
    assert table.out.tolist() == ["0", "0", "1", "1"] and table.n.tolist() == [1] * 4
    for kind in ("complex", "parsimonious"):
        made = minimise(table, kind)
        assert made.models[0].expression == "A" and made.models[0].total == (1, 1, 1)
    assert (made.models[0].n, made.models[0].hits) == (np.array([2]), np.array([2]))


def test_consistency_counts_partial_membership():
    """Min(A, Y) is 0.6 + 0.2 of A's 0.6 + 0.4; min(A, Y, 1 - Y) is 0.3 + 0.2: PRI (0.8 - 0.5) / (1 - 0.5)."""
    data = pd.DataFrame({"A": [0.6, 0.4], "Y": [0.7, 0.2]})
    found = single_conditions(data, "Y", relation="sufficiency").iloc[0]
    assert tuple(found[1:]) == pytest.approx((0.8, 0.6, 0.8 / 0.9))
    found = single_conditions(data, "Y").iloc[0]
    assert tuple(found[1:]) == pytest.approx((0.8 / 0.9, 1.0 / 1.2, 0.8))


def test_somebody_at_exactly_a_half_belongs_to_no_row_but_counts_in_consistency_as_in_r():
    data = pd.DataFrame({"A": [0.9, 0.5, 0.2], "B": [0.8, 0.8, 0.6], "Y": [0.9, 0.1, 0.3]})
    table = truth_table(data, "Y")
    assert table.n.tolist() == [0, 1, 0, 1] and table.row_of.tolist() == [4, 0, 2] and table.unassigned == 1
    assert table.incl[3] == pytest.approx((0.8 + 0.1 + 0.2) / (0.8 + 0.5 + 0.2))
    assert "1 sit at exactly 0.5" in table.sentence()
    assert "exactly" not in truth_table(data.drop(index=1), "Y").sentence()


def test_an_assumption_made_for_both_the_outcome_and_its_absence_is_named_and_can_be_excluded():
    data = pd.DataFrame({"A": [1, 0], "B": [1, 0], "Y": [1, 0]})
    yes, no = (minimise(truth_table(data, y), "parsimonious") for y in ("Y", "~Y"))
    assert [m.expression for m in yes.models] == ["A", "B"] and [m.expression for m in no.models] == ["~A", "~B"]
    assert contradictory_assumptions(yes, no) == (2, 3)
    again = minimise(truth_table(data, "Y", exclude=(2, 3)), "parsimonious")
    assert [m.expression for m in again.models] == ["A*B"]


def test_an_expectation_keeps_a_condition_that_it_does_not_speak_against():
    data = pd.DataFrame({"A": [1, 0], "B": [1, 0], "Y": [1, 0]})
    table = truth_table(data, "Y")
    both = minimise(table, "intermediate", {"A": 1, "B": 1})
    assert {m.expression for m in both.models} == {"A*B"} and all(p.easy == () for p in both.pairs)
    against = minimise(table, "intermediate", {"B": 0})
    assert {m.expression for m in against.models} == {"A", "A*B"} and against.pairs[0].easy == (3,)


def test_sentences_say_kind_fit_and_rivals():
    table = table_of(R["solutions"]["LF_ncut2_parsimonious"]["call"])[0]
    said = minimise(table, "parsimonious").sentence(who="countries")
    assert "SURV goes with URB; or DEV and no IND (parsimonious solution" in said
    assert "6 of the 7 countries" in said and "consistency 0.78" in said
    assert said.endswith("1 other solution is as short: the table cannot tell which of them holds.")
    assert len(minimise(table, "parsimonious").summary()) == 6


def test_a_solution_is_tried_on_other_cut_offs_anchors_and_without_each_person():
    raw = pd.DataFrame({"DEV": DEV}, index=DATA["LF"].index)
    anchors = {"DEV": {"exclusion": 400, "crossover": 550, "inclusion": 900}}
    made = solution_robustness(DATA["LF"], "SURV", raw=raw, anchors=anchors)
    changes = made.changes.set_index(["what", "value"])
    assert changes.loc[("incl_cut", 0.75), "same"] and not changes.loc[("incl_cut", 0.9), "same"]
    assert set(made.changes["what"]) == {"incl_cut", "pri_cut", "n_cut", *(f"{a} of DEV" for a in THREE)}
    assert made.left_out == 18 and 0 < made.changed < 18 and (made.changes["overlap"].dropna() <= 1).all()
    assert "leaving out one of 18" in made.sentence()
    alone = [frozenset(minimise(truth_table(DATA["LF"].drop(index=i), "SURV"), "parsimonious").models[0].terms)
             for i in DATA["LF"].index]  # fmt: skip
    assert made.changed >= sum(a != {"DEV*~IND", "URB*STB"} for a in alone)


# by brute force


def brute(positive, negative, k):
    """Prime implicants and smallest covers by going through every term and every set of them."""
    terms = [(m, v) for m in range(2**k) for v in range(2**k) if v & ~m == 0]
    held = {t: {r for r in range(2**k) if r & t[0] == t[1]} for t in terms}
    fits = [t for t in terms if held[t] & positive and not held[t] & negative]
    prime = [t for t in fits if not any(held[t] < held[o] for o in fits)]
    for size in range(1, len(prime) + 1):
        found = {frozenset(c) for c in combinations(prime, size) if set().union(*(held[t] for t in c)) >= positive}
        if found:
            return set(prime), found


@settings(max_examples=50)
@given(st.integers(2, 4).flatmap(lambda k: st.lists(st.sampled_from("10?"), min_size=2**k, max_size=2**k)))
def test_every_prime_implicant_and_every_smallest_cover_is_found(out):
    k = len(out).bit_length() - 1
    positive, negative = ({i for i, v in enumerate(out) if v == value} for value in "10")
    assume(positive)
    terms = prime_implicants(positive, negative, k)
    covers = smallest_covers(terms, sorted(positive))
    if not negative:
        assert terms == [(0, 0)]
        return
    primes, best = brute(positive, negative, k)
    assert set(terms) == primes and len(terms) == len(primes)
    assert {frozenset(terms[i] for i in c) for c in covers} == best and len(covers) == len(best)


memberships = st.integers(2, 4).flatmap(lambda k: st.lists(
    st.lists(st.sampled_from([0, 0.1, 0.3, 0.49, 0.5, 0.6, 0.85, 1]), min_size=k + 1, max_size=k + 1),
    min_size=4, max_size=14))  # fmt: skip


@settings(max_examples=50)
@given(memberships)
def test_a_table_and_its_solutions_hold_what_they_must(rows):
    data = pd.DataFrame(rows, columns=[*"ABCD"[: len(rows[0]) - 1], "Y"])
    x, y = data.iloc[:, :-1].to_numpy(), data["Y"].to_numpy()
    assume((x != 0.5).all(1).any())
    table = truth_table(data, "Y", incl_cut=0.7)
    assert table.n.sum() + table.unassigned == len(data)
    for config, n, incl in zip(table.config, table.n, table.incl, strict=True):
        inside = np.where(config == 1, x, 1 - x).min(1)
        assert n == (inside > 0.5).sum()
        if n:
            assert incl == pytest.approx(np.minimum(inside, y).sum() / inside.sum())
    assume(len(table.rows("1")) and len(table.rows("0")))
    rows_of = {r: set(table.rows(r)) for r in "10?"}
    wanted = {c: 1 for c in table.conditions}
    made = {kind: minimise(table, kind, wanted if kind == "intermediate" else None) for kind in KIND.values()}
    covered = {kind: [set(np.flatnonzero(truth_rows(m, table))) for m in s.models] for kind, s in made.items()}
    for kind, sets in covered.items():
        assert all(rows_of["1"] <= held and not held & rows_of["0"] for held in sets), kind
    assert all(held == rows_of["1"] for held in covered["complex"])
    for pair in made["intermediate"].pairs:
        assert all(rows_of["1"] <= set(np.flatnonzero(truth_rows(m, table))) <= rows_of["1"] | {r - 1 for r in pair.easy}
                   for m in pair.models)  # fmt: skip


def truth_rows(model, table):
    """Which rows a model holds for."""
    held = np.zeros(len(table.row), bool)
    for term in model.terms:
        parts = [(p.lstrip("~"), not p.startswith("~")) for p in term.split("*")]
        held |= np.all([table.config[:, table.conditions.index(n)] == v for n, v in parts], axis=0)
    return held


@settings(max_examples=25)
@given(memberships, st.randoms())
def test_neither_the_order_of_people_nor_doubling_everybody_changes_the_table(rows, random):
    data = pd.DataFrame(rows, columns=[*"ABCD"[: len(rows[0]) - 1], "Y"])
    assume((data.iloc[:, :-1] != 0.5).all(axis=1).any())
    first = truth_table(data, "Y")
    twice = truth_table(pd.concat([data, data.sample(frac=1, random_state=random.randrange(9))], ignore_index=True), "Y")
    np.testing.assert_allclose(twice.incl, first.incl)
    np.testing.assert_allclose(twice.pri, first.pri)
    assert (twice.out == first.out).all() and (twice.n == 2 * first.n).all()


def test_every_combination_is_gone_through_for_necessity():
    data = DATA["LF"][["DEV", "URB", "LIT", "SURV"]]
    made = necessary_combinations(data, "SURV", incl_cut=0.8)
    y, want = data["SURV"].to_numpy(), set()
    for signs in product((None, 1, 0), repeat=3):
        chosen = [data.iloc[:, j] if s else 1 - data.iloc[:, j] for j, s in enumerate(signs) if s is not None]
        if chosen and np.minimum(np.min(chosen, axis=0), y).sum() / y.sum() >= 0.8:
            want.add("*".join(f"{'' if s else '~'}{n}" for n, s in zip(data, signs, strict=False) if s is not None))
    assert {t for t in made["term"] if "+" not in t} == want


# what is refused


@pytest.mark.parametrize(("change", "how", "match"), [
    ({}, {"outcome": "X"}, "'X' must be one column"),
    ({}, {"conditions": ["A", "A"]}, "'A' must be one column, and stand once"),
    ({}, {"conditions": ["A", "Y"]}, "'Y' must be one column, and stand once"),
    ({}, {"conditions": "AB"}, "give a list"),
    ({}, {"conditions": []}, "give 1 to 12"),
    ({"A": [1.2, 0, 1, 0]}, {}, "A: memberships must be from 0 to 1"),
    ({"B": [np.nan, 0, 1, 0]}, {}, "B: memberships must be from 0 to 1, none missing"),
    ({"Y": list("yes?")}, {}, "Y: not a column of numbers"),
    ({}, {"incl_cut": 1.5}, "consistencies lie between 0 and 1"),
    ({}, {"incl_cut": (0.7, 0.8)}, "second cut-off lies below"),
    ({}, {"n_cut": 0}, "1 or more"),
    ({}, {"n_cut": 2}, "no combination has 2 people"),
    ({}, {"exclude": (5,)}, "there is no row 5"),
])  # fmt: skip
def test_bad_input_to_a_truth_table_is_refused_in_words(change, how, match):
    with pytest.raises(ValueError, match=match):
        truth_table(FOUR.assign(**change), **{"outcome": "Y", **how})


def test_an_empty_table_and_doubled_people_are_refused():
    for data in (FOUR.iloc[:0], FOUR.set_axis(["w", "w", "y", "z"])):
        with pytest.raises(ValueError, match="each with a label of its own"):
            truth_table(data, "Y")


@pytest.mark.parametrize(("data", "kind", "wanted", "match"), [
    (FOUR.assign(Y=0), "complex", None, "no row goes with the outcome"),
    (FOUR.assign(Y=1), "complex", None, "every row that was seen"),
    (FOUR.iloc[:2], "parsimonious", None, "every row that was seen"),
    (FOUR, "shortest", None, "choose one of complex"),
    (FOUR, "intermediate", None, "needs them"),
    (FOUR, "complex", {"A": 1}, "intermediate solution only"),
    (FOUR, "intermediate", {"C": 1}, "'C' must be a condition"),
    (FOUR, "intermediate", {"A": 2}, "expected 1 or 0"),
])  # fmt: skip
def test_what_cannot_be_minimised_is_refused_in_words(data, kind, wanted, match):
    with pytest.raises(ValueError, match=match):
        minimise(truth_table(data, "Y"), kind, wanted)


@pytest.mark.parametrize(("how", "match"), [
    ({"crossover": 1000}, "must lie between"),
    ({"shape": "round"}, "choose one of"),
    ({"at_inclusion": 0.5}, "above 0.5"),
    ({"below": 0}, "powers above 0"),
    ({"crossover": (1, 2)}, "a pair each"),
    ({"exclusion": (300, 1000), "crossover": (450, 850), "inclusion": (550, 700)}, "two sides is linear"),
])  # fmt: skip
def test_anchors_that_make_no_set_are_refused(how, match):
    with pytest.raises(ValueError, match=match):
        calibrate(DEV, **{**THREE, **how})


def test_calibration_refuses_missing_numbers_and_thresholds_that_nobody_reaches():
    with pytest.raises(ValueError, match="none missing"):
        calibrate([1, np.nan], **THREE)
    with pytest.raises(ValueError, match="everybody would be in or out"):
        calibrate_crisp(DEV, 5000)


@settings(max_examples=30)
@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=20), st.floats(0.1, 100), st.floats(0.1, 100))
def test_membership_rises_with_what_was_measured_and_is_a_half_at_the_crossover(x, down, up):
    for shape in ("logistic", "linear"):
        made = calibrate([*sorted(x), 5.0], exclusion=5 - down, crossover=5, inclusion=5 + up, shape=shape)
        assert made[-1] == 0.5 and (np.diff(made[:-1]) >= 0).all() and ((made >= 0) & (made <= 1)).all()
        reverse = calibrate([*sorted(x), 5.0], exclusion=5 + up, crossover=5, inclusion=5 - down, shape=shape)
        np.testing.assert_allclose(reverse, 1 - made, atol=1e-12)


def test_an_expression_with_an_unknown_or_doubled_condition_is_refused():
    for text, match in (("DEV*NONE", "'NONE' is not a condition"), ("DEV*~DEV", "'DEV' stands twice")):
        with pytest.raises(ValueError, match=match):
            expression_fit(DATA["LC"], "SURV", text)
    with pytest.raises(ValueError, match="choose one of necessity"):
        single_conditions(DATA["LC"], "SURV", relation="cause")
    with pytest.raises(ValueError, match="'URB' must be a column of both"):
        solution_robustness(DATA["LF"], "SURV", anchors={"URB": THREE})
