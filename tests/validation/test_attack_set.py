"""The attack set: brute force and the audit agree on every release and every count."""

import numpy as np
import pandas as pd
import pytest

from pi_research.disclosure import Rule
from pi_research.validation import attack_set
from pi_research.validation.attack_worlds import Kept, Share, Sum, World, leaks, possible, table
from pi_research.validation.studies import made_by
from pi_research.validation.tables import read_table

NHS = Rule.preset("nhs")


def test_of_a_small_attack_set_every_leak_is_found_and_no_safe_release_is_refused():
    found = attack_set.run(size=2, seed=8)["attack_set"]
    assert set(found["family"]) == set(attack_set.FAMILIES) and (found["releases"] == 2).all()
    assert (found["refused"] == np.where(found["leaky"], found["releases"], 0)).all()
    assert (found["found"] == found["leaking"]).all()


def test_the_committed_set_has_200_of_each_and_the_audit_was_right_on_all_of_them():
    table, leaky = read_table("attack_set"), read_table("attack_set").query("leaky")
    safe = table.query("not leaky")
    assert leaky["releases"].sum() >= 200 and safe["releases"].sum() >= 200
    assert (leaky["refused"] == leaky["releases"]).all() and (safe["refused"] == 0).all()
    assert (table["found"] == table["leaking"]).all()
    assert made_by("attack_set")[0]["seed"] == attack_set.SEED


def world(cells, truth, rule=NHS, **how):
    rows = [{"area": str(i), "people": c} for i, c in enumerate(cells)]
    return World("by hand", rule, np.array(truth), (table("t", ["area"], ["people"], rows),),
                 tuple(Sum((i,)) for i in range(len(truth))), **how)


def test_brute_force_tries_every_count_that_prints_the_same():
    """100 and 110 printed, one hidden: 98 to 102 with 6 or 7 make 108 or more in nine ways less those below it."""
    made = world([Sum((0,)), Sum((1,)), Sum((0, 1))], [102, 6], top=120)
    pairs = {tuple(r) for r in possible(made).tolist()}
    assert pairs == {(a, b) for a in range(98, 103) for b in range(1, 8) if 108 <= a + b <= 112}
    assert leaks(made, 4) == [False, True]


def test_a_share_and_a_curve_print_as_the_writers_do():
    x = np.array([[1, 7], [3, 5]])
    assert list(Share(Sum((0,)), Sum((0, 1)), 0).texts(x, NHS)) == ["12%", "38%"]
    assert list(Share(Sum((0,)), Sum((0, 1)), 0, exact=False).texts(x, NHS)) == ["[hidden]", "[hidden]"]
    assert list(Kept((Sum((0,)),), (Sum((1,)),), 1).texts(x, NHS)) == ["85.7%", "40.0%"]


def test_too_many_tables_to_try_are_not_tried():
    assert possible(world([Sum(tuple(range(6)))], [9] * 6)) is None


@pytest.mark.parametrize("family", sorted(attack_set.FAMILIES))
def test_every_family_makes_the_same_worlds_from_the_same_seed(family):
    one, other = (attack_set.FAMILIES[family](np.random.default_rng(4), NHS) for _ in range(2))
    assert (one.truth == other.truth).all() and len(one.sheets) == len(other.sheets)
    assert isinstance(pd.DataFrame([r.keys() for s in one.sheets for r in s.rows]), pd.DataFrame)
