"""From match weights to three outcomes: linked, not linked, and a short list to look at by eye."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pi_research.extract.linkage.assign import preference
from pi_research.extract.linkage.decisions import Decided
from pi_research.extract.linkage.fields import names_of

if TYPE_CHECKING:
    from pi_research.extract.linkage.model import Model
    from pi_research.sections import Linkage as Choices

WHY = {
    "names": "forename or date of birth differs altogether: a relative, or one person?",
    "rival": "another record fits too",
    "weight": "agreement is neither strong nor weak",
}
METHODS = {"match weight": "probabilistic", "a reviewer": "clerical", "": None}


def bits(share: float) -> float:
    """Log2 odds of a probability.

    >>> bits(0.5), round(bits(0.99), 2)
    (0.0, 6.63)
    """
    return float(np.log2(share / (1 - share)))


def probability(log_odds: np.ndarray) -> np.ndarray:
    """Probability from log2 odds; missing stays missing."""
    return 1 / (1 + np.exp2(-np.clip(np.asarray(log_odds, dtype=float), -1000, 1000)))


def weighed(
    housing: pd.DataFrame, trust: pd.DataFrame, fixed: pd.DataFrame, *, seed: int
) -> tuple[pd.DataFrame, Model | None]:
    """Each pair worth keeping with its weight (log2 odds, the prior in it), and those linked already.

    Parameters
    ----------
    housing, trust : DataFrame
        In normal form, index 0, 1, ...
    fixed : DataFrame
        ``h, t, found_by``: pairs linked by a reviewer or an exact key.

    Returns
    -------
    DataFrame
        ``h, t, weight, found_by`` (empty for pairs not linked yet) and the number of each field's level.
    Model or None
        None where a table is empty.
    """
    if not (len(housing) and len(trust)):
        return fixed.iloc[:0].assign(weight=np.array([], dtype=float)), None
    from pi_research.extract.linkage.model import FLOOR, fit, prior_share, score

    model = fit(housing, trust, seed=seed)
    scored = score(housing, trust, model)
    fewer = min(len(housing), len(trust))
    share = prior_share(scored["ratio"].to_numpy(float), len(housing) * len(trust), fewer)
    scored = scored.assign(weight=(scored["ratio"] + bits(share)).round(6)).drop(columns="ratio")
    pairs = scored[scored["weight"] >= FLOOR].merge(fixed, on=["h", "t"], how="outer")
    levels = [one.name for one in model.fields]
    pairs = pairs.fillna({"found_by": "", **dict.fromkeys(levels, -1)})
    return pairs.astype(dict.fromkeys(levels, "int8")), model


def outcomes(pairs: pd.DataFrame, decided: Decided, limits: Choices, model: Model | None) -> pd.DataFrame:
    """``preference``, ``probability``, ``why``, ``outcome`` and ``settled`` for each pair.

    Parameters
    ----------
    pairs : DataFrame
        Of :func:`weighed`, with ``customer_id`` and ``patient_id``.

    Pairs above 0 are in every best assignment, and a pair is linked only above 0: links are one to one.
    """
    fixed = (pairs["found_by"] != "").to_numpy()
    taken = (pairs["h"].isin(pairs.loc[fixed, "h"]) | pairs["t"].isin(pairs.loc[fixed, "t"])).to_numpy()
    weight = pairs["weight"].to_numpy(float)
    running = ~taken & ~_among(pairs, decided.no) & ~np.isnan(weight)
    alone = np.where(running, weight, np.nan)
    at = np.flatnonzero(running & (weight >= bits(limits.look)))
    alone[at] = preference(pairs["h"].to_numpy()[at], pairs["t"].to_numpy()[at], weight[at])
    relative = _apart(pairs, model)
    value = np.where(relative, np.minimum(alone, 0), alone)
    open_to = running & ~_among(pairs, decided.unsure)
    grey = open_to & (value >= bits(limits.look)) & (value < bits(limits.link))
    asked = _most_uncertain(pairs, grey, value, limits.clerical_at_most - len(decided.log))
    linked = fixed | (open_to & ~asked & (value >= bits(limits.decide)))
    reasons = [(relative & (alone > 0), WHY["names"]), (alone < weight - 1, WHY["rival"])]
    return pairs.assign(
        preference=value, probability=probability(np.where(running, value, weight)).round(6),
        why=np.select(*zip(*reasons, strict=True), WHY["weight"]),
        outcome=np.select([linked, asked], ["linked", "clerical"], "not linked"), settled=grey & ~asked,
        found_by=pairs["found_by"].mask(linked & ~fixed, "match weight"),
    )


def links_of(pairs: pd.DataFrame, customers: pd.Series) -> pd.DataFrame:
    """The dictionary's table ``links``: a row a customer who was looked for."""
    made = pairs.loc[pairs["outcome"] == "linked", ["customer_id", "patient_id", "found_by"]]
    links = customers.rename("customer_id").to_frame().merge(made, on="customer_id", how="left")
    method = links["found_by"].fillna("").map(lambda by: METHODS.get(by, "deterministic"))
    found = links["patient_id"].astype(object)
    links = links.assign(patient_id=found.where(found.notna(), None), method=method.astype(object))
    return links[["customer_id", "patient_id", "method"]].sort_values("customer_id", ignore_index=True)


def laid_out(pairs: pd.DataFrame, model: Model | None, *more: str) -> pd.DataFrame:
    """Pairs with the agreement of each field in words, most uncertain first."""
    ranked = _ranked(pairs, np.abs(pairs["preference"].to_numpy(float)))
    table = ranked[["customer_id", "patient_id", "probability", "why", *more]].copy()
    for one in model.fields if model else ():
        words = dict(enumerate(names_of(one.name))) | {-1: "not comparable"}
        table[one.name] = ranked[one.name].map(words)
    return table.reset_index(drop=True)


def _among(pairs: pd.DataFrame, some: Iterable[tuple[int, int]]) -> np.ndarray:
    held = set(some)
    return np.array([pair in held for pair in zip(pairs["h"], pairs["t"], strict=True)], dtype=bool)


def _apart(pairs: pd.DataFrame, model: Model | None) -> np.ndarray:
    """Where forename or date of birth differs altogether: twins, or father and son, agree on the rest."""
    out = np.zeros(len(pairs), dtype=bool)
    for one in model.fields if model else ():
        if one.name in ("forename", "date_of_birth"):
            out |= (pairs[one.name] == len(one.levels) - 1).to_numpy()
    return out


def _most_uncertain(pairs: pd.DataFrame, grey: np.ndarray, value: np.ndarray, most: int) -> np.ndarray:
    asked = np.zeros(len(pairs), dtype=bool)
    first = _ranked(pairs[grey], np.abs(value[grey])).index[: max(0, most)]
    asked[pairs.index.get_indexer(first)] = True
    return asked


def _ranked(pairs: pd.DataFrame, distance: np.ndarray) -> pd.DataFrame:
    """By distance from 'as likely as not', then weight; then identifiers, whichever side is named first."""
    ids = np.sort(pairs[["customer_id", "patient_id"]].to_numpy(str), axis=1).reshape(-1, 2)
    keys = pairs.assign(distance=distance, weight=-pairs["weight"], a=ids[:, 0], b=ids[:, 1])
    return pairs.loc[keys.sort_values(["distance", "weight", "a", "b"]).index]
