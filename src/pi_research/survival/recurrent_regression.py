"""Regression for events that come again: Andersen-Gill (LWYY) and Prentice-Williams-Peterson."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pi_research.survival import _checks as check
from pi_research.survival._cox_result import Cox
from pi_research.survival._episodes import Episodes, episodes, flag
from pi_research.survival.cox_regression import cox

CLOCKS = ("total", "gap")


def andersen_gill(
    start: ArrayLike, stop: ArrayLike, event: ArrayLike, covariates: object, id: ArrayLike, *,
    ties: str = "efron", level: float = 0.95,
) -> Cox:
    """Estimate ratios of the rate of events, all of a person's events alike.

    With the error robust by person, as here, this is the proportional rates model of Lin, Wei, Yang and
    Ying (J. R. Statist. Soc. B 62 (2000) 711-730): the ratios are of mean numbers, however a person's
    events depend on one another. The fit is ``cox`` with ``entry`` and ``cluster``.

    Parameters
    ----------
    start, stop, event, id : (N,)
        As ``mean_cumulative_function``; gaps are time not at risk.
    covariates, ties, level : as ``cox``; a covariate may change from row to row.

    Raises
    ------
    ValueError
        As ``mean_cumulative_function`` and ``cox``; fewer than 10 people.

    Notes
    -----
    When NOT to use it: with deaths as if they were nothing: the rate is that of the living, and a group in
    which the frail die looks better (``ghosh_lin``, ``while_alive_rate``); with earlier events among the
    covariates, which takes away part of the effect. With few people the robust error is too small: the
    sentence says so.
    """
    rows = episodes(start, stop, id)
    flag(event, "event", rows)
    return cox(stop, event, covariates, entry=start, ties=ties, cluster=id, level=level)


def prentice_williams_peterson(
    start: ArrayLike, stop: ArrayLike, event: ArrayLike, covariates: object, id: ArrayLike, *,
    clock: str = "total", ties: str = "efron", level: float = 0.95,
) -> Cox:
    """Estimate ratios of the rate of the next event, among people with as many events before.

    A baseline for each number of the event; error robust by person (Prentice, Williams and Peterson,
    Biometrika 68 (1981) 373-379). The number counts the events in a person's own rows.

    Parameters
    ----------
    start, stop, event, covariates, id, ties, level : as ``andersen_gill``
    clock : {"total", "gap"}
        Time since the origin; or since the person came at risk of this event.

    Raises
    ------
    ValueError
        As ``andersen_gill``.

    Notes
    -----
    When NOT to use it: for the effect on the number of events as a whole: after the first event the groups
    no longer compare like with like. A number that few reach tells next to nothing.
    """
    check.one_of(clock, "clock", CLOCKS)
    rows = episodes(start, stop, id)
    number, origin = _numbers(rows, flag(event, "event", rows))
    entry, exit = rows.start, rows.stop
    if clock == "gap":
        entry, exit = entry - origin, exit - origin
    back = np.argsort(rows.order)
    entry = None if not entry.any() else entry[back]
    return cox(exit[back], event, covariates, entry=entry, ties=ties, strata=number[back], cluster=id,
               level=level)


def _numbers(rows: Episodes, happened: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each row: the number of the event at risk of, and when the person came at risk of it."""
    before = happened.cumsum() - happened
    number = before - before[rows.first][rows.person] + 1
    new = rows.first | np.append(False, happened[:-1])
    return number, rows.start[np.maximum.accumulate(np.where(new, np.arange(new.size), 0))]
