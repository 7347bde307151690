"""What a user can get wrong, said with the parameter, the rows and the way out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

CENSORED_WORDS = ("0", "censored")


def rows(wrong: np.ndarray) -> str:
    """The first few places where ``wrong`` holds, as row numbers counted from 1."""
    found = np.flatnonzero(wrong) + 1
    more = f" and {len(found) - 5:,} more" if len(found) > 5 else ""
    word = "row" if len(found) == 1 else "rows"
    return f"{word} {', '.join(map(str, found[:5]))}{more} (the first row is 1)"


def refuse(wrong: np.ndarray, name: str, what: str, remedy: str) -> None:
    if wrong.any():
        raise ValueError(f"{name}: {what} in {rows(wrong)}; {remedy}")


def column(values: ArrayLike, name: str, n: int | None = None) -> np.ndarray:
    """One-dimensional finite floats, of length ``n`` where that is given."""
    try:
        to_numpy = getattr(values, "to_numpy", None)
        made = to_numpy(dtype=float, na_value=np.nan) if to_numpy else np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: not all entries are numbers; give times as days or months since "
                         "the start") from None
    if made.ndim != 1:
        raise ValueError(f"{name}: has {made.ndim} dimensions; give one column, one entry a person")
    if made.size == 0:
        raise ValueError(f"{name}: empty; there is nothing to work on: check the filter before this step")
    if n is not None and made.size != n:
        raise ValueError(f"{name}: has {made.size:,} entries where time has {n:,}; give one entry a person")
    refuse(np.isnan(made), name, "missing value", "set these people aside and count them, or complete them")
    refuse(np.isinf(made), name, "infinite value", "a person still followed gets the last day seen")
    return made


def durations(time: ArrayLike, entry: ArrayLike | None) -> tuple[np.ndarray, np.ndarray | None]:
    """Exit and entry times that can be: finite, not negative, entry before exit."""
    left = column(time, "time")
    refuse(left < 0, "time", "negative time", "check that the end is not before the start")
    if entry is None:
        return left, None
    came = column(entry, "entry", left.size)
    refuse(came < 0, "entry", "negative time", "entry counts from the same start as time")
    refuse(came >= left, "entry", "entry not before time",
           "nobody can be at risk there: check the two dates, or add the smallest unit to a same-day exit")
    return left, came


def indicator(event: ArrayLike, n: int) -> np.ndarray:
    """True where the event happened."""
    seen = column(event, "event", n)
    refuse((seen != 0) & (seen != 1), "event", "neither 0 nor 1",
           "code 1 for the event and 0 for still going on; where the codes are reasons use "
           "cumulative_incidence, since 1 - Kaplan-Meier for one reason overstates it while others exist")
    return seen == 1


def case_weights(weights: ArrayLike | None, n: int) -> np.ndarray | None:
    if weights is None:
        return None
    given = column(weights, "weights", n)
    refuse(given <= 0, "weights", "zero or negative weight", "leave these people out, and say so")
    return given


def causes(cause: ArrayLike, n: int, labels: Sequence | None) -> tuple[np.ndarray, tuple]:
    """Codes (0 censored, 1.. the causes) and the label of each cause, in order."""
    if getattr(getattr(cause, "dtype", None), "name", "") == "category":
        categories = (cause.cat if hasattr(cause, "cat") else cause).categories
        labels = [c for c in categories if not _is_censoring(c)] if labels is None else labels
        cause = np.asarray(cause, dtype=object)
    else:
        cause = np.asarray(cause)
    if cause.dtype.kind in "biuf":
        given = column(cause, "cause", n)
        refuse((given < 0) | (given != np.floor(given)), "cause", "not a whole number from 0 up",
               "code 0 for still going on and 1, 2 ... for the reasons, or give the reasons as words")
        cause = given.astype(np.int64)
    return _coded(cause, n, labels)


def _is_censoring(label: object) -> bool:
    return str(label) in CENSORED_WORDS


def _coded(cause: np.ndarray, n: int, labels: Sequence | None) -> tuple[np.ndarray, tuple]:
    import pandas as pd

    if cause.shape != (n,):
        raise ValueError(f"cause: has shape {cause.shape} where time has {n:,} entries; give one a person")
    refuse(np.asarray(pd.isna(cause)) | (cause == ""), "cause", "missing value",
           "an unknown reason is not censoring: give it a label; 0 or 'censored' if still going on")
    places, found = pd.factorize(cause)
    kept = [label for label in found if not _is_censoring(label)]
    order = tuple(sorted(kept, key=lambda x: (isinstance(x, str), x)) if labels is None else labels)
    number = {label: place for place, label in enumerate(order, start=1)}
    unknown = np.array([not _is_censoring(x) and x not in number for x in found])
    refuse(unknown[places], "cause", "a reason that is not among the labels given",
           "add it to causes, or correct it")
    codes = np.array([number.get(label, 0) for label in found])[places]
    return codes, tuple(x.item() if hasattr(x, "item") else x for x in order)


def labels(values: ArrayLike, name: str, n: int) -> tuple[np.ndarray, tuple]:
    """Codes (n,) and the labels themselves, in order."""
    import pandas as pd

    given = np.asarray(values)
    if given.shape != (n,):
        raise ValueError(f"{name}: has shape {given.shape} where time has {n:,} entries; give one a person")
    refuse(np.asarray(pd.isna(given)), name, "missing value", "set these people aside and count them")
    codes, found = pd.factorize(given, sort=True)
    return codes, tuple(found.tolist())


def level_of(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError("level: must lie between 0 and 1; give e.g. 0.95")
    return float(level)


def one_of(value: str, name: str, allowed: Sequence[str]) -> str:
    if value not in allowed:
        raise ValueError(f"{name}: {value!r} is not known; choose one of {', '.join(allowed)}")
    return value


def asked_times(times: ArrayLike) -> np.ndarray:
    asked = column(np.atleast_1d(times), "times")
    refuse(asked < 0, "times", "negative time", "ask for times from 0 up")
    return asked
