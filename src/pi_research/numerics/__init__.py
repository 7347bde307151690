"""Numerical tools that every room may use; this room imports none of the others."""

from pi_research.numerics.beta_product import BetaLimits, beta_product, beta_product_limits
from pi_research.numerics.intervals import Interval, exact_binomial, exact_poisson

__all__ = ["BetaLimits", "Interval", "beta_product", "beta_product_limits", "exact_binomial", "exact_poisson"]
