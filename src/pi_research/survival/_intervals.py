"""Point by point intervals of a probability from its standard error."""

from __future__ import annotations

import numpy as np

BETA_PRODUCT = ("beta-product", "beta-product-mid-p")
INTERVALS = ("log-log", "plain", "log", "logit", "arcsine")


def pointwise(
    share: np.ndarray, std_error: np.ndarray, interval: str, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Limits of the named kind, as in R's ``survfit(conf.type=)``.

    Missing where the estimate is 0 or 1: no interval of this family exists there.
    """
    from scipy.special import ndtri

    z = ndtri(0.5 + level / 2)
    lower, upper = np.full(share.shape, np.nan), np.full(share.shape, np.nan)
    # A sum of shares can miss 1 by rounding; an estimate so near is 1.
    inside = (share > 0) & (share < 1 - 1e-12) & np.isfinite(std_error)
    p, se = share[inside], z * std_error[inside]
    if interval == "plain":
        low, high = p - se, p + se
    elif interval == "log":
        low, high = p * np.exp(-se / p), p * np.exp(se / p)
    elif interval == "log-log":
        width = se / (p * np.log(p))
        low, high = p ** np.exp(-width), p ** np.exp(width)
    elif interval == "logit":
        odds, width = p / (1 - p), np.exp(se / (p * (1 - p)))
        low, high = odds / (odds + width), odds / (odds + 1 / width)
    else:
        angle, width = np.arcsin(np.sqrt(p)), se / (2 * np.sqrt(p * (1 - p)))
        low = np.sin(np.maximum(angle - width, 0)) ** 2
        high = np.sin(np.minimum(angle + width, np.pi / 2)) ** 2
    lower[inside], upper[inside] = np.maximum(low, 0), np.minimum(high, 1)
    return lower, upper
