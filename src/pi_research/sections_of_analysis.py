"""Sections of ``params.yaml`` that say how something is estimated; ``sections`` puts them beside the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

__all__ = ["Covid", "Scottish", "Series", "Survival", "WithinPerson", "Workbook", "between", "one_of"]


def one_of(default: str, *choices: str):
    """A key that takes one of these words."""
    return field(default=default, metadata={"choices": choices})


def between(default: float, low: float, high: float):
    """A key that takes a number within these limits, both included."""
    return field(default=default, metadata={"low": low, "high": high})


@dataclass(frozen=True)
class Survival:
    """Time-to-event analysis: confidence level, interval type and horizon."""

    level: float = between(0.95, 0.5, 0.999)
    interval: str = one_of("beta-product", "beta-product", "beta-product-mid-p", "log-log", "log", "plain",
                           "logit", "arcsine")
    horizon_months: int = between(24, 1, 240)


@dataclass(frozen=True)
class Series:
    """The monthly series, its interruption and the pre-specified method."""

    measure: str = one_of("bed_days", "bed_days", "admissions", "delayed_days", "crisis_contacts")
    area: str = "Programme city"
    interruption: date = date(2019, 10, 1)
    level_change: bool = True
    slope_change: bool = True
    lag_months: int = between(0, 0, 24)
    phase_in_months: int = between(0, 0, 36)
    wash_out_months: int = between(0, 0, 36)
    seasonality: str = one_of("harmonic", "none", "harmonic", "month")
    family: str = one_of("gaussian", "gaussian", "quasi_poisson", "negative_binomial")
    method: str = one_of("reml_integrated", "reml_integrated", "reml_satterthwaite", "reml_kenward_roger",
                          "reml", "prais_winsten", "arima", "newey_west", "ols")
    contract_change: date = date(2022, 4, 1)
    level: float = between(0.95, 0.5, 0.999)


@dataclass(frozen=True)
class WithinPerson:
    """Rates before, during and after the move, each person their own control."""

    crisis_window_months: int = between(6, 0, 36)
    bin_months: int = between(3, 1, 12)
    horizon_months: int = between(24, 3, 120)
    few_events: int = between(10, 0, 1000)
    level: float = between(0.95, 0.5, 0.999)


@dataclass(frozen=True)
class Covid:
    """The pandemic as a period that disturbs a series or slows moves."""

    start: date = date(2020, 3, 1)
    end: date = date(2021, 7, 1)
    handling: str = one_of("mask", "mask", "pulse", "step_and_recovery", "own_level_and_slope", "truncate",
                           "carried_by_control", "none")


@dataclass(frozen=True)
class Workbook:
    """NHS England's delayed transfers of care workbook, read where ``path`` names it."""

    path: str | None = None
    interruption: date = date(2017, 4, 1)
    first_month: date = date(2010, 11, 1)


@dataclass(frozen=True)
class Scottish:
    """Public Health Scotland's delayed discharges by council area, read where ``path`` names the file."""

    path: str | None = None
    area: str = "Scotland"
    reason: str = one_of("All Delay Reasons", "All Delay Reasons", "Health and Social Care Reasons",
                         "Patient and Family Related Reasons", "Code 9 AWI", "Code 9 Non-AWI")
    interruption: date = date(2019, 10, 1)
