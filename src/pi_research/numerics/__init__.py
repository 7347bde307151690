"""Numerical tools that every room may use; this room imports none of the others."""

from pi_research.numerics.intervals import Interval, exact_binomial, exact_poisson

__all__ = ["Interval", "exact_binomial", "exact_poisson"]
