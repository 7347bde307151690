"""One to one: how much better the best way to pair all records is with a given pair than without it."""

from __future__ import annotations

import numpy as np


def preference(left: np.ndarray, right: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Log odds of each pair against the best assignment that leaves it out.

    With ``S`` the sum of the weights of a one-to-one assignment (a record left alone adds 0), the value of a
    pair is the largest ``S`` of assignments with it minus the largest ``S`` of those without it. Alone it is
    the pair's own weight; where two people fight for a record it is what the choice is worth; where two
    assignments are equally good it is 0. Pairs above 0 are in every best assignment: they are one to one.

    Parameters
    ----------
    left, right : int arrays, shape (k,)
        The records of each pair.
    weight : float array, shape (k,)
        Match weight: log2 odds with the prior in it.

    Returns
    -------
    float array, shape (k,)

    Examples
    --------
    Two twins and two records: the cross pairs lose, whatever their own weight.

    >>> preference(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([12.0, 7.0, 6.0, 11.0]))
    array([ 10., -10., -10.,  10.])
    """
    weight = np.asarray(weight, dtype=float)
    rows, a = np.unique(np.asarray(left), return_inverse=True)
    columns, b = np.unique(np.asarray(right), return_inverse=True)
    parts = _Parts(a, b, weight, len(rows), len(columns))
    return np.round([parts.value(i, j, w) for i, j, w in zip(a, b, weight, strict=True)], 6)


class _Parts:
    """The pairs above 0, in parts that share no record: no other pair is ever in a best assignment."""

    def __init__(self, a: np.ndarray, b: np.ndarray, weight: np.ndarray, rows: int, columns: int) -> None:
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        over = weight > 0
        links = coo_array((np.ones(over.sum()), (a[over], rows + b[over])), shape=(rows + columns,) * 2)
        _, part = connected_components(links, directed=False)
        self.row_part, self.column_part = part[:rows].tolist(), part[rows:].tolist()
        self.cells: dict[int, dict[tuple[int, int], float]] = {}
        for i, j, w in zip(a[over].tolist(), b[over].tolist(), weight[over].tolist(), strict=True):
            self.cells.setdefault(self.row_part[i], {})[i, j] = w
        self.known: dict[tuple, float] = {}

    def value(self, i: int, j: int, w: float) -> float:
        p, q = self.row_part[i], self.column_part[j]
        if w > 0:
            return w + self.best(p, i, j) - self.best(p, pair=(i, j))
        if p == q:
            return w + self.best(p, i, j) - self.best(p)
        return w + self.best(p, row=i) - self.best(p) + self.best(q, column=j) - self.best(q)

    def best(self, part: int, row: int = -1, column: int = -1, pair: tuple = ()) -> float:
        """Largest sum of a part's weights one to one, without a row, a column or a pair."""
        asked = (part, row, column, pair)
        if asked not in self.known:
            cells = self.cells.get(part, {})
            left = {c: w for c, w in cells.items() if c[0] != row and c[1] != column and c != pair}
            self.known[asked] = _largest(left)
        return self.known[asked]


def _largest(cells: dict[tuple[int, int], float]) -> float:
    if len(cells) < 2:
        return sum(cells.values())
    from scipy.optimize import linear_sum_assignment

    (_, a), (_, b) = (np.unique([c[k] for c in cells], return_inverse=True) for k in (0, 1))
    gain = np.zeros((a.max() + 1, b.max() + 1))
    gain[a, b] = list(cells.values())
    return float(gain[linear_sum_assignment(gain, maximize=True)].sum())
