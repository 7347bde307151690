"""Known-truth study of truth tables: how often configurations are found where the outcome is a coin's.

Conditions and outcome are drawn apart from one another, so that nothing leads to anything: whatever the analysis finds
consistent is chance. It is the answer to what the method cannot know by itself, which has no test in it.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from pi_research.realist.configurational import truth_table
from pi_research.validation.tables import table_of_cells

if TYPE_CHECKING:
    import pandas as pd

SIZE, SEED = 500, 7401
CELLS = tuple(product((30, 73), (3, 5), (0.5, 0.8), (1, 3)))
"""People, conditions, share with the outcome, and the least number of people in a row."""


def run(study: str = "all", size: int = SIZE, seed: int = SEED) -> dict[str, pd.DataFrame]:
    """The table ``configurational_chance``, from ``size`` programmes in each cell, each with its own stream of the seed."""
    if study not in ("all", "configurational"):
        raise ValueError("study: choose one of all, configurational")
    return {"configurational_chance": chance(size, seed)}


def chance(size: int = SIZE, seed: int = SEED, cells: tuple = CELLS) -> pd.DataFrame:
    """``people, conditions, outcome, least, programmes``; ``found``: share with a solution at consistency 0.8, ``mc_error``."""
    return table_of_cells(_cell, [(size, seed, *cell) for cell in cells], size)


def _cell(size: int, seed: int, people: int, conditions: int, outcome: float, least: int) -> list[dict]:
    rng = np.random.default_rng([seed, people, conditions, round(10 * outcome), least])
    found = np.mean([_found(rng, people, conditions, outcome, least) for _ in range(size)])
    return [{"people": people, "conditions": conditions, "outcome": outcome, "least": least, "programmes": size,
             "found": found, "mc_error": np.sqrt(found * (1 - found) / size)}]  # fmt: skip


def _found(rng: np.random.Generator, people: int, conditions: int, outcome: float, least: int) -> bool:
    import pandas as pd

    drawn, y = rng.integers(0, 2, (people, conditions)), (rng.random(people) < outcome).astype(int)
    if np.bincount(drawn @ 2 ** np.arange(conditions)).max() < least:
        return False  # no row has enough people: the analysis is refused
    data = pd.DataFrame(drawn, columns=list("ABCDEFGH")[:conditions]).assign(Y=y)
    table = truth_table(data, "Y", incl_cut=0.8, n_cut=least)
    return {"0", "1"} <= set(table.out)  # some rows lead to it and some do not: there is a solution
