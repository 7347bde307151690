"""Control series: what is wrong with them, how many become one, and the difference from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from pi_research.its._counts import check_counts
from pi_research.its._share import share_regression
from pi_research.its.counts import count_regression
from pi_research.its.design import Design
from pi_research.its.regression import checked_series, segmented_regression
from pi_research.its.results import SegmentedRegression


def named(controls: Any) -> dict[str, Any]:
    """The control series by name."""
    if isinstance(controls, Mapping) or hasattr(controls, "columns"):
        made = {str(name): controls[name] for name in controls}
    elif getattr(controls, "name", None):
        made = {str(controls.name): controls}
    else:
        rows = np.asarray(controls)
        if rows.ndim == 1:
            return {"the control series": controls}
        made = {f"control {k}": row for k, row in enumerate(rows, 1)}
    if not made:
        raise ValueError("controls: none is given; use segmented_regression for a series without one.")
    return made


def carried(design: Design) -> Design:
    """The design of a difference: Covid has no term in it where the controls carry it."""
    covid = design.covid
    if covid is None or covid.handling != "carried_by_control":
        return design
    return replace(design, covid=replace(covid, handling="none"))


def checked(
    y: Any, controls: Any, design: Design, scale: str
) -> tuple[np.ndarray, tuple[str, ...], np.ndarray]:
    """The outcome (m,), names (k,) and the controls (k, m), logarithms on the scale "log"."""
    given = {"y": y} | {f"control {name!r}": values for name, values in named(controls).items()}
    made, used = {}, ~design.masked
    for name, values in given.items():
        try:
            one = checked_series(values, design)
            if one.ndim > 1:
                raise ValueError(f"y has shape {one.shape}; give one value a month.")
            if scale == "counts":
                check_counts(one, design)
        except ValueError as why:
            raise ValueError(str(why) if name == "y" else f"{name}: {why}") from None
        if scale == "log":
            if (one[used] <= 0).any():
                raise ValueError(f"{name} is not above 0 in every month; use scale 'counts' or 'additive'.")
            one = np.log(np.where(used, one, 1.0))
        if np.ptp(one[used]) <= 1e-12 * np.abs(one[used]).max():
            raise ValueError(f"{name} is constant: it shares nothing; leave it out.")
        for other, before in made.items():
            _not_the_same(name, one[used], other, before[used])
        made[name] = one
    outcome, *rest = made.values()
    return outcome, tuple(named(controls)), np.array(rest)


def _not_the_same(name: str, one: np.ndarray, other: str, two: np.ndarray) -> None:
    a, b = one - one.mean(), two - two.mean()
    if np.linalg.norm(a - (a @ b) / (b @ b) * b) < 1e-8 * np.linalg.norm(a):
        what = "the outcome itself" if other == "y" else f"the same series as {other}"
        raise ValueError(f"{name} is {what} or a multiple of it; leave it out.")


def exposures(offset: Any, controls: np.ndarray, design: Design, scale: str) -> np.ndarray:
    """Exposure of the controls (k, m), 1 where neither side has one."""
    if (offset is None) != (design.offset is None) or (offset is not None and scale != "counts"):
        raise ValueError(
            "exposures go with scale 'counts', and both sides need one: that of the outcome is the design's "
            "offset, that of the controls control_offset."
        )
    try:
        made = np.ones(controls.shape) if offset is None else np.asarray(offset, dtype=float)
        made = np.broadcast_to(made, controls.shape)
    except ValueError:
        raise ValueError(f"control_offset must have the shape {controls.shape} of the controls.") from None
    if not (np.isfinite(made) & (made > 0)).all():
        raise ValueError("control_offset: a month without exposure; begin where somebody could be counted.")
    return made


def weights_of(
    y: np.ndarray, controls: np.ndarray, design: Design, asked: Any, names: Iterable[str]
) -> np.ndarray:
    """Weights (k,) that sum to 1: equal, fitted to the months before any break, or as asked."""
    k = len(controls)
    if isinstance(asked, str):
        if asked not in ("equal", "fitted"):
            raise ValueError(
                f"weights {asked!r} are not known; use 'equal', 'fitted' or one number a control."
            )
        return _fitted(y, controls, design) if asked == "fitted" and k > 1 else np.full(k, 1 / k)
    values = np.asarray(asked, dtype=float)
    if values.shape != (k,) or not (np.isfinite(values) & (values >= 0)).all() or not values.any():
        raise ValueError(f"weights must be {k} numbers, 0 or more, one for each of {', '.join(names)}.")
    return values / values.sum()


def _fitted(y: np.ndarray, controls: np.ndarray, design: Design) -> np.ndarray:
    """Non-negative least squares, about trend and season, with the sum held at 1 by a heavy row."""
    from scipy.optimize import nnls

    before = ~design.masked & (design.months < min(item.start for item in design.interruptions))
    X = np.column_stack([v[before] for v in design.columns().values()])
    X, k = X[:, X.any(axis=0)], len(controls)
    if before.sum() < X.shape[1] + 2 * k:
        raise ValueError(
            f"{int(before.sum())} months before the break are too few to fit the weights of {k} controls; "
            "use weights 'equal' or fewer controls."
        )
    both = np.vstack([y, controls])[:, before].T
    left = both - X @ np.linalg.lstsq(X, both, rcond=None)[0]
    heavy = 1e4 * np.linalg.norm(left)
    found = nnls(np.vstack([left[:, 1:], np.full(k, heavy)]), np.append(left[:, 0], heavy))[0]
    return found / found.sum()


def difference(
    y: np.ndarray, controls: np.ndarray, exposure: np.ndarray, weights: np.ndarray, design: Design,
    scale: str, **chosen: Any,
) -> SegmentedRegression:  # fmt: skip
    """The regression of the outcome against the controls; for counts those of a weight above 0 added up."""
    if scale != "counts":
        return segmented_regression(y - weights @ controls, design, **chosen)
    kept = weights > 0
    own = np.ones(len(y)) if design.offset is None else design.offset
    ratio = np.log(own / exposure[kept].sum(axis=0))
    return share_regression(y, controls[kept].sum(axis=0), ratio, design, chosen["level"])


def alone(
    y: np.ndarray, controls: np.ndarray, exposure: np.ndarray, weights: np.ndarray, design: Design,
    scale: str, **chosen: Any,
) -> tuple[SegmentedRegression, SegmentedRegression]:  # fmt: skip
    """The outcome and the weighted controls, each by itself."""
    if scale != "counts":
        fits = [segmented_regression(one, design, **chosen) for one in (y, weights @ controls)]
        return fits[0], fits[1]
    other = replace(design, offset=exposure.sum(axis=0))
    return count_regression(y, design, **chosen), count_regression(controls.sum(axis=0), other, **chosen)
