"""Mediation: refused by rule, the product and its interval, and how strong a hidden cause would have to be."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.realist import MediationDesign, mediation
from pi_research.realist.mediated import RULES

DESIGN = MediationDesign("a long lead-in", "trust", "loss of the tenancy", "stated assumptions", 0, 3, 6, 6, 113, 45, 110,
                         "nothing unmeasured drives both")  # fmt: skip
PATHS = {"path_a": (0.5, 0.2), "path_b": (-0.4, 0.15)}


def test_the_indirect_effect_is_the_product_with_a_skew_interval():
    made = mediation(DESIGN, **PATHS, direct=(0.1, 0.2), seed=1)
    assert made.indirect == pytest.approx(-0.2) and made.lower < -0.2 < made.upper < 0
    assert made.direct == pytest.approx((0.1, 0.1 - 0.392, 0.1 + 0.392), abs=1e-3)
    assert -0.2 - made.lower > made.upper + 0.2


def test_the_interval_is_that_of_a_product_of_normals():
    """P(ab <= x) is the integral over a of the normal probability of b <= x / a: by quadrature, within 0.005."""
    from scipy.integrate import quad
    from scipy.stats import norm

    made = mediation(DESIGN, **PATHS, seed=3)
    for limit, share in ((made.lower, 0.025), (made.upper, 0.975)):
        def part(a, x=limit):
            below = norm.cdf(x / a, -0.4, 0.15)
            return norm.pdf(a, 0.5, 0.2) * (below if a > 0 else 1 - below)

        found = quad(part, -0.6, 0, limit=200)[0] + quad(part, 0, 1.8, limit=200)[0]
        assert found == pytest.approx(share, abs=2e-3)


def test_the_e_value_is_the_published_one():
    """VanderWeele and Ding 2017: a ratio of 3.9 has an E-value of 7.26, its limit of 1.8 one of 3.0."""
    sure = {"path_a": (1.0, 1e-9), "path_b": (np.log(3.9), 1e-9)}
    assert mediation(DESIGN, **sure).e_value == pytest.approx(7.26, abs=0.005)
    assert mediation(DESIGN, path_a=(1.0, 1e-9), path_b=(np.log(1.8), 1e-9)).e_value_limit == pytest.approx(3.0, abs=0.005)
    none = mediation(DESIGN, path_a=(0.1, 0.5), path_b=(0.1, 0.5))
    assert none.e_value_limit == 1 and "may have brought" in none.sentence()


def test_a_difference_takes_its_e_value_from_the_spread_of_the_outcome():
    made = mediation(DESIGN, path_a=(1.0, 1e-9), path_b=(2.0, 1e-9), scale="difference", outcome_sd=2.0)
    ratio = np.exp(0.91)
    assert made.e_value == pytest.approx(ratio + np.sqrt(ratio * (ratio - 1)), rel=1e-6)
    assert np.isnan(mediation(DESIGN, **PATHS, scale="difference").e_value)


@pytest.mark.parametrize(("change", "rule"), [
    ({"assignment": "none"}, "assignment"),
    ({"assumptions": ""}, "assignment"),
    ({"mediator_from": 0}, "mediator after exposure"),
    ({"outcome_from": 5}, "outcome after mediator"),
    ({"events": 19}, "events"),
    ({"events": 100}, "events"),
    ({"mediated": 90}, "mediator measured"),
])  # fmt: skip
def test_each_rule_refuses_alone_and_says_why(change, rule):
    made = mediation(replace(DESIGN, **change), **PATHS)
    said = {name: text for name, _, text in RULES}[rule]
    assert made.refused == (said.format(exposure="a long lead-in", mediator="trust", outcome="loss of the tenancy"),)
    assert np.isnan([made.indirect, made.lower, made.upper, made.e_value]).all()
    assert "is not estimated: " + made.refused[0] in made.sentence()


def test_a_randomised_exposure_needs_no_assumption_for_itself_but_the_sentence_warns_of_the_mediator():
    said = mediation(replace(DESIGN, assignment="randomised", assumptions=""), **PATHS, seed=1).sentence()
    assert "by a ratio of 0.82 (95% interval" in said and "113 people" in said and "randomised)" in said
    assert "randomising a long lead-in does not protect against that" in said


def test_everything_amiss_is_said_at_once():
    made = mediation(replace(DESIGN, assignment="none", mediator_from=-1, outcome_from=0, events=1, mediated=3), **PATHS)
    assert len(made.refused) == len(RULES) and made.summary()["refused"][0].count(";") == len(RULES) - 1


@settings(max_examples=20)
@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(0.05, 0.5))
def test_turning_a_path_round_turns_the_effect_round(a, b, error):
    one, two = (mediation(DESIGN, path_a=(s * a, error), path_b=(b, error), seed=5, draws=20_000) for s in (1, -1))
    assert one.indirect == -two.indirect and one.lower == pytest.approx(-two.upper, abs=0.1)


@pytest.mark.parametrize(("how", "match"), [
    ({"path_a": (0.5, 0)}, "an error above 0"),
    ({"path_b": (np.nan, 0.1)}, "an estimate and"),
    ({"scale": "odds"}, "choose one of"),
    ({"draws": 10}, "1,000 draws"),
])  # fmt: skip
def test_bad_input_is_refused(how, match):
    with pytest.raises(ValueError, match=match):
        mediation(DESIGN, **{**PATHS, **how})
