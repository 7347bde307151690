"""The section of ``params.yaml`` on money: caps, rates, and prices that the extract does not hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pi_research.sections_of_analysis import between

__all__ = ["Economics"]


@dataclass(frozen=True)
class Economics:
    """What was paid and what was saved (docs/assumptions.md, E1 to E12; docs/economics.md)."""

    rate_card: str | None = None
    contract_start: date = date(2019, 4, 1)
    years: int = between(7, 1, 20)
    price_year: int = between(2021, 1990, 2100)
    discount_rate: float = between(0.035, 0.0, 0.2)
    discount_rate_low: float = between(0.015, 0.0, 0.2)
    discount_as_of: date = date(2026, 11, 1)
    payment_cap_gbp: float = between(2_744_750.0, 0.0, 1e9)
    fund_cap_gbp: float = between(750_000.0, 0.0, 1e9)
    investment_gbp: float = between(800_000.0, 0.0, 1e9)
    investor_return: float = between(0.05, 0.0001, 0.5)
    hour_gbp: float = between(17.95, 0.01, 1000.0)
    overhead: float = between(1.0, 0.01, 20.0)
    resident_share: float = between(0.10, 0.0001, 0.9)
    home_support_gbp_week: float = between(150.0, 0.01, 5000.0)
    bed_day_gbp: float = between(400.0, 0.01, 5000.0)
    contact_gbp: float = between(130.0, 0.01, 5000.0)
    price_range: float = between(1.5, 1.0, 10.0)
    anyway: float = between(0.10, 0.0, 1.0)
    anyway_low: float = between(0.02, 0.0, 1.0)
    anyway_high: float = between(0.30, 0.0, 1.0)
    correlation: float = between(0.5, 0.0, 0.7)
    tenancy_year_gbp: float = between(5000.0, 0.0, 1e6)
    draws: int = between(10_000, 100, 1_000_000)
    level: float = between(0.95, 0.5, 0.999)
