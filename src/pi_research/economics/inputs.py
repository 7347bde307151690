"""Named inputs with their uncertainty, and correlated draws of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

SCALES = ("plain", "ratio", "share")


@dataclass(frozen=True, eq=False)
class Input:
    """One uncertain number, or several that move together (the shares held at each milestone).

    Parameters
    ----------
    label : str
        What it is, in words, with its unit.
    estimate, lower, upper : float or ndarray (m,)
        The middle and the limits of its interval.
    scale : {"plain", "ratio", "share"}
        Scale on which it is normal: itself, its logarithm (prices, rate ratios) or its logit (shares).
    level : float
        Of the interval.
    source : str
        Where it comes from: a finding's id, the extract, or a key of the parameters.

    Raises
    ------
    ValueError
        For limits out of order, a ratio that is not above nought, a share outside 0 to 1.

    Notes
    -----
    The distribution is a split normal: each half has the spread of its own limit, so that the estimate is
    the median and the limits are the quantiles of the interval whatever its shape. When NOT to use it: for
    an estimate at the end of its scale (a share of 0 or 1), which is then drawn as if just inside.
    """

    label: str
    estimate: float | np.ndarray
    lower: float | np.ndarray
    upper: float | np.ndarray
    scale: str = "plain"
    level: float = 0.95
    source: str = ""

    def __post_init__(self) -> None:
        low, mid, high = (np.asarray(v, float) for v in (self.lower, self.estimate, self.upper))
        if self.scale not in SCALES:
            raise ValueError(f"input {self.label}: scale must be one of {', '.join(SCALES)}")
        if not ((low <= mid) & (mid <= high) & np.isfinite(low) & np.isfinite(high)).all():
            raise ValueError(f"input {self.label}: needs a lower limit, an estimate and an upper limit, in "
                             f"order")
        if self.scale == "ratio" and not (low > 0).all():
            raise ValueError(f"input {self.label}: a ratio or price must lie above nought")
        if self.scale == "share" and not ((low >= 0) & (high <= 1)).all():
            raise ValueError(f"input {self.label}: a share must lie between 0 and 1 (35% is 0.35)")

    def at(self, z: np.ndarray) -> np.ndarray:
        """Values at standard normal quantiles ``z`` (d,): (d,), or (d, m) where there are several.

        >>> made = Input("hour", 20.0, 16.0, 25.0, "ratio")
        >>> made.at(np.array([-1.959964, 0.0, 1.959964])).round(4).tolist()
        [16.0, 20.0, 25.0]
        """
        from scipy.special import ndtri

        low, mid, high = (self._to(np.asarray(v, float)) for v in (self.lower, self.estimate, self.upper))
        z = np.asarray(z, float)
        z = z[:, None] if mid.ndim else z
        return self._back(mid + z / ndtri(0.5 + self.level / 2) * np.where(z < 0, mid - low, high - mid))

    def _to(self, x: np.ndarray) -> np.ndarray:
        if self.scale == "plain":
            return x
        if self.scale == "ratio":
            return np.log(x)
        inside = np.clip(x, 1e-6, 1 - 1e-6)
        return np.log(inside / (1 - inside))

    def _back(self, y: np.ndarray) -> np.ndarray:
        if self.scale == "plain":
            return y
        return np.exp(y) if self.scale == "ratio" else 1 / (1 + np.exp(-y))


def at_centre(inputs: Mapping[str, Input], n: int = 1) -> dict[str, np.ndarray]:
    """Every input at its estimate, ``n`` times over."""
    return {name: made.at(np.zeros(n)) for name, made in inputs.items()}


def correlated_draws(
    inputs: Mapping[str, Input], draws: int, seed: int | np.random.Generator,
    correlations: Mapping[tuple[str, str], float] | None = None,
) -> dict[str, np.ndarray]:
    """Values of every input in ``draws`` draws, correlated through a Gaussian copula.

    Parameters
    ----------
    correlations : mapping of pairs of names to correlations of the normal scores; other pairs: none.

    Raises
    ------
    ValueError
        For a name that is no input, a correlation outside -1 to 1, and correlations that cannot hold
        together.
    """
    names = list(inputs)
    matrix = np.eye(len(names))
    for (one, other), r in (correlations or {}).items():
        unknown = {one, other} - set(names)
        if unknown or one == other or not -1 <= r <= 1:
            raise ValueError(f"correlation of {one} and {other}: needs two different inputs and a number "
                             f"from -1 to 1")
        i, j = names.index(one), names.index(other)
        matrix[i, j] = matrix[j, i] = r
    try:
        root = np.linalg.cholesky(matrix + 1e-12 * np.eye(len(names)))
    except np.linalg.LinAlgError:
        raise ValueError("these correlations can't hold together: lower them") from None
    z = np.random.default_rng(seed).standard_normal((draws, len(names))) @ root.T
    return {name: inputs[name].at(z[:, k]) for k, name in enumerate(names)}
