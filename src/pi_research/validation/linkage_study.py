"""Known-truth study of linkage: made-up identifiers, harder to link than the simulator's, and the truth about them.

Errors fall on both sides, several on one person at times; there are twins, brothers and sisters at one
address, a father and son of one name, people in one source only, and moves that one side has not heard of.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pi_research.extract.link import Linkage, link
from pi_research.extract.linkage.rates import against_truth
from pi_research.extract.simulation.names import FORENAMES, SPECIAL, SURNAMES, misspelt, postcode, wrong_date

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SEED", "SIZE", "Trial", "reviewed", "run", "study", "trial"]

SIZE, SEED = 20, 1
ERRORS = (1.0, 2.0, 3.0)
"""How often names, dates and addresses are written wrongly, as multiples of what is assumed."""

FIELDS = ("forename", "surname", "date_of_birth", "sex", "postcode", "previous_postcode")
SEXES = ("female", "male")


@dataclass(frozen=True, slots=True)
class Trial:
    """Both identifier tables as the dictionary has them, and ``crosswalk``: customer to patient, or None."""

    identifiers_housing: pd.DataFrame
    identifiers_trust: pd.DataFrame
    crosswalk: dict[str, str | None]


def trial(seed: int, *, customers: int = 113, patients: int = 160, overlap: float = 0.95,
          errors: float = 1.0) -> Trial:
    """Identifiers of made-up people as two organisations might hold them.

    Parameters
    ----------
    seed : int
    customers, patients : int
        Records on the housing side and on the trust's.
    overlap : float
        Share of customers whom the trust knows.
    errors : float
        Multiplies every probability of an error.

    Do not use it to judge linkage on real records: the errors are assumptions, and independent of group.
    """
    import pandas as pd

    rng = np.random.default_rng(seed)
    both = min(round(overlap * customers), patients)
    n = customers + patients - both
    people = _people(rng, n, customers)
    _relatives(rng, people, both, customers)
    moved = rng.random(n) < np.where(np.arange(n) < customers, 0.6, 0.1)
    own = [postcode(u) for u in rng.random(n)]
    true = [dict(p, now=own[i] if m else p["home"], before=p["home"] if m else "")
            for i, (p, m) in enumerate(zip(people, moved, strict=True))]
    housing = pd.DataFrame([_recorded(rng, true[i], 0.7 * errors, 0) for i in range(customers)])
    known = [*range(both), *range(customers, n)]
    trust = pd.DataFrame([_recorded(rng, true[i], errors, 1) for i in known])
    c_ids = [f"TC-{k + 1:06d}" for k in rng.permutation(customers)]
    p_ids = [f"TP-{k + 1:06d}" for k in rng.permutation(len(known))]
    return Trial(
        _shuffled(rng, housing, "customer_id", c_ids), _shuffled(rng, trust, "patient_id", p_ids),
        {c: p_ids[i] if i < both else None for i, c in enumerate(c_ids)},
    )


def _people(rng: np.random.Generator, n: int, customers: int) -> list[dict]:
    """Who they are: name (and how the trust would write it, where the script differs), birth, sex, home."""
    ages = np.clip(rng.normal(42, 12, n), 18, 75)
    births = np.datetime64("2019-10-01") - (ages * 365.25 + rng.integers(0, 365, n)).astype(int)
    births = np.where(rng.random(n) < 0.02, births.astype("M8[Y]").astype("M8[D]"), births)  # 1 January
    in_home = rng.random(n) < np.where(np.arange(n) < customers, 0.85, 0.3)
    homes = rng.integers(0, 14 * max(1, customers // 113), n)
    made = []
    for i in range(n):
        sex = int(rng.random() < 0.62)
        first, last, other = *_name(rng, sex), None
        if rng.random() < 0.05:
            sex, first, last, *other = SPECIAL[rng.integers(len(SPECIAL))]
        home = postcode(homes[i] * 0.6180339887 % 1 if in_home[i] else rng.random())
        made.append({"forename": first, "surname": last, "other": other, "birth": int(births[i].astype(int)),
                     "sex": sex, "home": home})
    return made


def _name(rng: np.random.Generator, sex: int) -> tuple[str, str]:
    last = SURNAMES[int(len(SURNAMES) * rng.random() ** 1.6)]  # some surnames are common
    if rng.random() < 0.05:
        last = f"{last}-{SURNAMES[rng.integers(len(SURNAMES))]}"
    return FORENAMES[sex][int(len(FORENAMES[sex]) * rng.random() ** 1.3)], last


def _relatives(rng: np.random.Generator, people: list[dict], both: int, customers: int) -> None:
    """Twins, brothers and sisters, and fathers and sons, spread over who is known to whom."""
    here, only_housing, only_trust = range(both), range(both, customers), range(customers, len(people))
    kinds = (
        ("twin", here, here), ("twin", here, only_trust), ("twin", only_housing, only_trust),
        ("sibling", here, here), ("sibling", here, only_trust), ("son", here, only_trust),
    )
    for _ in range(max(1, customers // 113) if customers >= 20 else 0):
        for kind, first, second in kinds:
            if len(first) and len(second):
                a, b = int(rng.choice(first)), int(rng.choice(second))
                if a != b:
                    _relate(people[a], people[b], kind)


def _relate(one: dict, other: dict, kind: str) -> None:
    other |= {"surname": one["surname"], "home": one["home"], "other": None}
    if kind == "twin":
        other["birth"] = one["birth"]
        other["forename"] = "Vivian" if other["forename"] == one["forename"] else other["forename"]
    elif kind == "son":
        other |= {"forename": one["forename"], "sex": one["sex"], "birth": one["birth"] + 9300}


def _recorded(rng: np.random.Generator, person: dict, e: float, side: int) -> dict:
    """What one organisation wrote down; ``side`` 1 is the trust's."""
    first, last = _written(rng, person, e, side)
    now, before = _address(rng, person, e, side)
    u = rng.random(4)
    birth = wrong_date(person["birth"], rng.random()) if u[0] < 0.05 * e else person["birth"]
    sex = person["sex"] if u[2] >= 0.008 * e else 1 - person["sex"]
    return {
        "forename": first, "surname": last,
        "date_of_birth": None if u[1] < 0.015 * e else np.datetime64(int(birth), "D"),
        "sex": "unknown" if u[3] < 0.015 * e else SEXES[sex], "postcode": now, "previous_postcode": before,
    }


def _written(rng: np.random.Generator, person: dict, e: float, side: int) -> tuple[str, str]:
    """The name: misspelt, shortened, with a second forename, a surname changed or halved, the two crossed."""
    first, last = person["other"] if side and person["other"] else (person["forename"], person["surname"])
    u = rng.random(4) / e
    changed = ((0.04, 0.01), (0.07, 0.015))[side][person["sex"]]
    if u[0] < 0.06:
        first = misspelt(first, rng.random()) if first else first
    elif u[0] < 0.10:
        first = first[:3]
    elif u[0] < 0.14:
        first = f"{first} {FORENAMES[person['sex']][rng.integers(40)]}"
    if u[1] < 0.06:
        last = misspelt(last, rng.random()) if last else last
    elif u[1] < 0.06 + changed:
        last = SURNAMES[rng.integers(len(SURNAMES))]
    if "-" in last and u[2] < 0.3:
        last = last.split("-")[rng.integers(2)]
    return (last, first) if u[3] < 0.02 else (first, last)


def _address(rng: np.random.Generator, person: dict, e: float, side: int) -> tuple[str, str]:
    """Postcodes: a move not heard of, an earlier address not kept, a slip, a gap, another way to write it."""
    now, before = person["now"], person["before"]
    u = rng.random(2)
    if before and u[0] < (0.15, 0.5)[side]:
        now, before = before, ""
    elif before and u[0] < (0.35, 0.6)[side]:
        before = ""
    if u[1] < 0.03 * e:
        now = now[:-1] + "ABDEFGHJ"[rng.integers(8)]
    elif u[1] < 0.06 * e:
        now = ""
    return (now.replace(" ", "").lower() if u[1] > 0.95 else now), before


def _shuffled(rng: np.random.Generator, table: pd.DataFrame, key: str, ids: list[str]) -> pd.DataFrame:
    import pandas as pd

    table = pd.DataFrame(table, columns=list(FIELDS))
    table.insert(0, key, ids)
    table["date_of_birth"] = pd.to_datetime(table["date_of_birth"])
    return table.iloc[rng.permutation(len(table))].reset_index(drop=True)


def reviewed(first: Linkage, crosswalk: dict[str, str | None]) -> pd.DataFrame:
    """Decisions about a linkage's clerical list by a reviewer who knows the truth."""
    pairs = first.clerical[["customer_id", "patient_id"]]
    yes = [crosswalk[c] == p for c, p in pairs.itertuples(index=False)]
    return pairs.assign(decision=["yes" if one else "no" for one in yes], reviewer="AB", date="2024-10-01",
                        reason="known truth")


def study(seeds: Iterable[int], *, errors: float = 1.0, **options: object) -> pd.DataFrame:
    """Linkage of trials before and after the clerical list was looked at.

    Returns
    -------
    DataFrame
        A row a seed: ``seed, looked_at`` (pairs), ``links_before, false_before, missed_before``, and
        ``links, false, missed, possible, precision, recall`` after.
    """
    import pandas as pd

    rows = []
    for seed in seeds:
        made = trial(seed, errors=errors)
        tables = made.identifiers_housing, made.identifiers_trust
        first = link(*tables, **options)
        last = link(*tables, decisions=reviewed(first, made.crosswalk), **options)
        before, after = against_truth(first, made.crosswalk), against_truth(last, made.crosswalk)
        rows.append({
            "seed": seed, "looked_at": len(first.clerical), "links_before": before.made,
            "false_before": before.false, "missed_before": before.missed,
            "links": after.made, "false": after.false, "missed": after.missed,
            "possible": after.possible, "precision": after.precision, "recall": after.recall,
        })
    return pd.DataFrame(rows)


def run(study_: str = "all", size: int = SIZE, seed: int = SEED) -> dict[str, pd.DataFrame]:
    """The table ``linkage_trials``: ``size`` trials at each rate of errors, with links before and after a look by eye."""
    import pandas as pd

    parts = [study(range(seed, seed + size), errors=e).assign(errors=e) for e in ERRORS]
    rows = []
    for errors, made in pd.concat(parts).groupby("errors"):
        total = made[["possible", "links_before", "false_before", "missed_before", "links", "false", "missed"]].sum()
        rows.append({"errors": errors, "trials": size, **total, "most_looked_at": made["looked_at"].max(),
                     "precision": 1 - total["false"] / total["links"], "recall": 1 - total["missed"] / total["possible"],
                     "lowest_precision": made["precision"].min(), "lowest_recall": made["recall"].min()})  # fmt: skip
    return {"linkage_trials": pd.DataFrame(rows)}
