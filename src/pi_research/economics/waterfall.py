"""The investor's capital: put in when outcome payments fall short of the service's cost, paid back after."""

from __future__ import annotations

import numpy as np


def repay(
    paid: np.ndarray, cost: np.ndarray, commitment: float, rate: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Capital put in, and capital with its return paid back, in each year.

    In a year in which payments fall short of the cost, what was left over in earlier years fills the gap
    first,
    then capital as far as it goes; in a year in which they exceed it, the surplus pays back what is owed,
    with
    the return that has built up by then. What neither can fill is the provider's loss, and what is left over
    in
    the end is the provider's.

    Parameters
    ----------
    paid, cost : ndarray (d, years)
        Pounds of outcome payments, and of the service's cost.
    commitment : float
        Most capital in all, in pounds.
    rate : ndarray (d,)
        Return a year on what is owed.

    Returns
    -------
    put_in, paid_back : ndarray (d, years)

    Notes
    -----
    A stand-in: the terms between investor, special purpose vehicle and provider are not public.

    Examples
    --------
    100 short in the first year at 10 %, then 150 over: 110 is paid back.

    >>> put_in, back = repay(np.array([[0.0, 150.0]]), np.array([[100.0, 0.0]]), 500, np.array([0.1]))
    >>> put_in.tolist(), back.round(6).tolist()
    ([[100.0, 0.0]], [[0.0, 110.0]])
    """
    put_in, back = np.zeros_like(paid), np.zeros_like(paid)
    owed, used, kept = (np.zeros(len(paid)) for _ in range(3))
    for year in range(paid.shape[1]):
        owed = owed * (1 + rate)
        over = paid[:, year] - cost[:, year] + kept
        put_in[:, year] = np.clip(-over, 0, commitment - used)
        back[:, year] = np.clip(over, 0, owed)
        used += put_in[:, year]
        owed += put_in[:, year] - back[:, year]
        kept = np.maximum(over - back[:, year], 0)
    return put_in, back
