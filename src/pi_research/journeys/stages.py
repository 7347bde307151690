"""How far people got: the steps of the programme, and its quarters."""

from __future__ import annotations

import numpy as np
import pandas as pd


def flow(made: pd.DataFrame) -> pd.DataFrame:
    """People at each step of the programme: reached it, of whom they are a part, and what became of the rest.

    Whoever reached a later step reached the earlier ones, whether they were recorded or not.

    Returns
    -------
    DataFrame
        ``step``, ``people``, ``of`` (people at the step before), ``pending`` (of those, people who may still
        reach it), in order.
    """
    started = made["start"].notna() | made["moved"]
    steps = [
        ("Expressed an interest", len(made)),
        ("Accepted by the panel", int((made["accepted"].notna() | started).sum())),
        ("Started preparation", int(started.sum())),
        ("Moved into their own tenancy", int(made["moved"].sum())),
    ]
    frame = pd.DataFrame(steps, columns=["step", "people"])
    frame["of"] = frame["people"].shift(1, fill_value=len(made))
    waiting, accepted = made["status"] == "waiting", made["accepted"].notna()
    pending = [0, waiting & ~accepted, waiting & accepted, made["status"] == "preparing"]
    frame["pending"] = [int(np.sum(p)) for p in pending]
    return frame


def quarters(
    made: pd.DataFrame, reached: pd.DataFrame, start: pd.Timestamp, extract_date: pd.Timestamp
) -> pd.DataFrame:
    """Counts by quarter from the programme's start: interest, starts, moves, milestones reached.

    The last quarter may be a part of one: ``complete`` says so. Where anything lies before the start of the
    programme, a first row without a ``quarter`` counts it, so that columns add up to everyone.

    Raises
    ------
    ValueError
        Where the programme starts after the extract date.
    """
    start = pd.Timestamp(start)
    if start > extract_date:
        raise ValueError(
            f"programme.start ({start:%Y-%m-%d}) lies after the extract date ({extract_date:%Y-%m-%d}): "
            "correct params.yaml"
        )
    edges = [start]
    while edges[-1] <= extract_date:
        edges.append(start + pd.DateOffset(months=3 * len(edges)))
    edges = pd.DatetimeIndex(edges)
    complete = edges[1:] - pd.Timedelta(days=1) <= extract_date
    frame = pd.DataFrame({"quarter": edges[:-1].insert(0, pd.NaT), "complete": [True, *complete]})
    for name, days in (("interest", made["interest"]), ("starts", made["start"]), ("moves", made["move"])):
        frame[name] = _by_quarter(days, edges)
    for months, group in reached[reached["status"] == "reached"].groupby("months"):
        frame[f"sustained_{months}"] = _by_quarter(group["due"], edges)
    before = frame.drop(columns=["quarter", "complete"]).iloc[0].any()
    return frame if before else frame.iloc[1:].reset_index(drop=True)


def _by_quarter(days: pd.Series, edges: pd.DatetimeIndex) -> np.ndarray:
    """Days before the first edge, then in each quarter."""
    return np.bincount(edges.searchsorted(days.dropna(), "right"), minlength=len(edges))[: len(edges)]
