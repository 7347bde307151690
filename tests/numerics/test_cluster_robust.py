"""CR2 errors: equal to clubSandwich, to a sum by hand, unchanged by order, and clear about bad input."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.numerics.cluster_robust import cluster_robust

STORED = json.loads((Path(__file__).parents[1] / "reference" / "within_person.json").read_text())
ROWS, R = {k: np.array(v) for k, v in STORED["rows"].items()}, STORED["cases"]
X = np.column_stack([np.ones(len(ROWS["y"])), ROWS["treat"], ROWS["x"]])


def agrees(made, case):
    """1e-8: beyond R's printed 16 digits only the order of summation differs."""
    assert made.std_error == pytest.approx(R[case]["se"], rel=1e-8)
    assert made.df == pytest.approx(R[case]["df"], rel=1e-8)


@pytest.mark.parametrize("case", ["lm", "wls"])
def test_errors_and_degrees_of_freedom_of_least_squares_are_those_of_clubsandwich(case):
    w = ROWS["w"] if case == "wls" else np.ones(len(X))
    b = np.linalg.solve(X.T @ (w[:, None] * X), X.T @ (w * ROWS["y"]))
    made = cluster_robust(X, ROWS["y"] - X @ b, ROWS["cluster"], weights=w)
    assert b == pytest.approx(R[case]["coef"], rel=1e-8)
    agrees(made, case)
    assert made.clusters == 10


def test_those_of_a_poisson_regression_are_too():
    b = np.array(R["poisson"]["coef"])
    mu = ROWS["exposure"] * np.exp(X @ b)
    made = cluster_robust(mu[:, None] * X, ROWS["count"] - mu, ROWS["cluster"], weights=1 / mu, variance=mu)
    agrees(made, "poisson")


def test_two_clusters_of_one_row_by_hand():
    """A mean of two: each residual is divided by the root of 1 - 1/2, which is the variance of the sample mean."""
    made = cluster_robust(np.ones((2, 1)), [1.0, -1.0], ["a", "b"])
    assert made.std_error[0] ** 2 == pytest.approx((1 / 0.5 + 1 / 0.5) / 4)
    assert made.df[0] == pytest.approx(1)
    low, high = made.limits([0.0], 0.5)  # Student's t with one degree of freedom has its quartiles at one
    assert (low[0], high[0]) == pytest.approx((-1, 1))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 50))
def test_the_order_of_rows_the_names_of_clusters_and_the_scale_do_not_matter(seed, scale):
    rng = np.random.default_rng(seed)
    x, e, who = np.column_stack([np.ones(20), rng.normal(size=20)]), rng.normal(size=20), np.arange(20) // 4
    order = rng.permutation(20)
    one, other = cluster_robust(x, e, who), cluster_robust(x[order], scale * e[order], 9 - who[order])
    assert other.std_error == pytest.approx(scale * one.std_error)
    assert other.df == pytest.approx(one.df)
    assert (one.df <= 5).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"clusters": np.zeros(6)}, "fewer than two"),
        ({"residuals": np.ones(5)}, "one a row"),
        ({"residuals": np.array([1, np.nan, 1, 1, 1, 1])}, "missing"),
        ({"weights": np.array([1, 1, 1, 1, 1, 0.0])}, "above 0"),
        ({"x": np.ones((6, 2))}, "collinear"),
    ],
)
def test_bad_input_is_refused_with_what_to_do(change, said):
    given_ = {
        "x": np.column_stack([np.ones(6), np.arange(6.0)]),
        "residuals": np.arange(6.0),
        "clusters": np.arange(6) // 2,
    }
    with pytest.raises(ValueError, match=said):
        cluster_robust(**(given_ | change))


def test_a_level_that_is_none_is_refused():
    with pytest.raises(ValueError, match="level"):
        cluster_robust(np.ones((2, 1)), [1.0, -1.0], [0, 1]).limits([0.0], 1.0)
