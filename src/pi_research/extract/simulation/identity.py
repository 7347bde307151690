"""The trust's patients, both sides' identifiers with errors as real ones have them, and the links."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pi_research.extract.simulation import cohort as who
from pi_research.extract.simulation.draws import (
    days_of, exponential, lognormal, pick, truncated_normal, uniforms,
)
from pi_research.extract.simulation.frames import frame
from pi_research.extract.simulation.hospital import Course
from pi_research.extract.simulation.housing import year_of
from pi_research.extract.simulation.names import (
    FORENAMES, SPECIAL, SURNAMES, home_postcode, misspelt, postcode, wrong_date,
)
from pi_research.extract.simulation.parameters import Parameters
from pi_research.extract.simulation.programme import Programme

__all__ = ["Patients", "patients", "trust_tables"]

STREAM = 8


@dataclass(frozen=True, slots=True)
class Patients:
    """Everyone who may be in the trust's record: customers first, then others; shape ``(m,)``.

    ``name`` is the patient identifier and ``known`` whether the trust has a record at all.
    """

    name: np.ndarray
    known: np.ndarray
    birth: np.ndarray
    sex: np.ndarray
    ethnic_group: np.ndarray
    others: list[Course]
    u: np.ndarray


def patients(made: Programme, seed: int, p: Parameters) -> Patients:
    """Customers and people who are not on the programme, with identifiers that say nothing of their order."""
    n = len(made.people)
    m = n + round(p.trust_only_share * made.people.starts.sum())
    u = uniforms(seed, STREAM, m, 30)
    birth = days_of(p.trust_record_from) - np.floor(truncated_normal(u[0], 42, 12, 19, 70) * who.YEAR)
    frailty = lognormal(u[1], np.exp(-p.frailty_sigma**2 / 2), p.frailty_sigma)
    death = np.floor(days_of(p.trust_record_from) + exponential(u[2], 1.5 * p.death_rate / who.YEAR))
    death = np.where(death <= made.extract, death, np.nan)
    known = (u[5] < p.in_trust_share) | (np.arange(m) >= n)
    known[0] = True
    rank = np.argsort(np.argsort(u[6], kind="stable"), kind="stable")
    return Patients(
        name=np.array([f"NT-{20011 + 7 * int(r):05d}" for r in rank], dtype=object), known=known,
        birth=np.concatenate([made.people.birth, birth[n:]]),
        sex=np.concatenate([made.people.sex, pick(u[3], (p.female_share, 1 - p.female_share))[n:]]),
        ethnic_group=np.concatenate([made.people.ethnic_group, pick(u[4], p.ethnic_shares)[n:]]),
        others=[Course(i, frailty[i], death=death[i]) for i in range(n, m)], u=u,
    )


def trust_tables(made: Programme, ids: np.ndarray, them: Patients, p: Parameters) -> tuple[dict, dict]:
    """Tables patients, identifiers_housing, identifiers_trust and links; and the truth about the links."""
    housing = _housing_side(made, them)
    trust = _trust_side(made, them, housing, p)
    n, known = len(ids), them.known
    death = np.concatenate([made.death, [course.death for course in them.others]])
    ethnic = np.where(them.u[24] < 0.06, who.ETHNIC.index("not_stated"), them.ethnic_group)
    sexes = np.asarray(who.SEX, dtype=object)[them.sex]
    columns = {"patient_id": them.name, "sex": np.where(them.u[25] < 0.01, "unknown", sexes)}
    tables = {
        "patients": frame("patients", _rows(known, columns | {
            "year_of_birth": year_of(trust["date_of_birth"]), "death_date": death,
            "ethnic_group": np.asarray(who.ETHNIC, dtype=object)[ethnic]})),
        "identifiers_housing": frame("identifiers_housing", {"customer_id": ids, "sex": sexes[:n]} | _rows(
            np.arange(len(known)) < n, housing)),
        "identifiers_trust": frame("identifiers_trust", _rows(known, columns | trust)),
    }
    tables["links"], truth = _links(made, ids, them, housing, trust, p)
    return tables, truth


def _rows(mask: np.ndarray, columns: dict) -> dict:
    return {name: np.asarray(values)[mask] for name, values in columns.items()}


def _housing_side(made: Programme, them: Patients) -> dict:
    """Names, date of birth and postcodes as they are; the housing association knows the new address first."""
    u, n, m = them.u, len(made.people), len(them.name)
    forename = [_one_of(FORENAMES[int(s)], x) for s, x in zip(them.sex, u[7], strict=True)]
    surname = [
        f"{_one_of(SURNAMES, x)}-{_one_of(SURNAMES, 25 * y)}" if y < 0.04 else _one_of(SURNAMES, x)
        for x, y in zip(u[8], u[9], strict=True)
    ]
    homes = [home_postcode(int(h)) for h in made.people.home] + [postcode(x) for x in u[10][n:]]
    own = [postcode(x) for x in u[11]]
    moved = np.concatenate([made.moved, np.zeros(m - n, bool)])
    birth = them.birth.copy()
    for k, (sex, first, last, _, _) in enumerate(SPECIAL):
        at = _special_place(k, n, them.sex, sex)
        if at is not None:
            forename[at], surname[at] = first, last
    for a, b in _twins(n, m):  # same day of birth, surname and home, another forename
        birth[b], surname[b], homes[b] = birth[a], surname[a], homes[a]
    return {
        "forename": np.array(forename, dtype=object), "surname": np.array(surname, dtype=object),
        "date_of_birth": birth, "postcode": np.where(moved, own, homes).astype(object),
        "previous_postcode": np.where(moved, homes, np.where(u[12] < 0.3, own, "")).astype(object),
    }


def _one_of(names: list[str], u: float) -> str:
    return names[int(u * len(names))]


def _special_place(k: int, n: int, sexes: np.ndarray, sex: int) -> int | None:
    """The first person of that sex from a place spread over the cohort on; nobody in a very small one."""
    if n < who.TWINS_FROM:
        return None
    place = 5 + k * (n // 9)
    found = np.flatnonzero(sexes[place : place + n // 9] == sex)
    return place + int(found[0]) if len(found) else None


def _twins(n: int, m: int) -> list[tuple[int, int]]:
    """Pairs of twins: one on the programme together, one with only one of them on it."""
    return [who.twins(n), (n // 2 + 1, n)] if n >= who.TWINS_FROM and m > n else []


def _trust_side(made: Programme, them: Patients, housing: dict, p: Parameters) -> dict:
    """The trust's copy: spelling, changed surnames, dates of birth and addresses that lag behind."""
    u, n = them.u, len(made.people)
    here = {name: values.copy() for name, values in housing.items()}
    for k, (sex, _, _, first, last) in enumerate(SPECIAL):
        at = _special_place(k, n, them.sex, sex)
        if at is not None:
            here["forename"][at], here["surname"][at] = first, last
    for i in range(n):
        if u[13][i] < p.forename_errors[0]:
            here["forename"][i] = misspelt(here["forename"][i], u[14][i])
        elif u[13][i] < sum(p.forename_errors):
            here["forename"][i] = here["forename"][i][:3]
        spelling, *changed = p.surname_errors
        if u[15][i] < spelling:
            here["surname"][i] = misspelt(here["surname"][i], u[16][i])
        elif u[15][i] < spelling + changed[them.sex[i]]:  # a surname changed on one side only
            here["surname"][i] = _one_of(SURNAMES, u[16][i])
        if u[21][i] < 0.5:
            here["surname"][i] = here["surname"][i].replace("-", " ")
        if u[17][i] < p.birth_date_error:
            here["date_of_birth"][i] = wrong_date(here["date_of_birth"][i], u[18][i])
        if u[19][i] < p.old_address_share and made.moved[i]:  # the trust has not heard of the move yet
            here["postcode"][i], here["previous_postcode"][i] = here["previous_postcode"][i], ""
        elif u[19][i] > 0.97:
            here["postcode"][i] = ""
    return here


def _links(made: Programme, ids, them: Patients, housing: dict, trust: dict, p: Parameters):
    """Links as a linkage step would leave them: found by how many of name, surname and birth agree."""
    n = len(ids)
    keys = ("forename", "surname", "date_of_birth")
    wrong = sum((housing[key][:n] != trust[key][:n]).astype(int) for key in keys)
    seen = np.where(wrong == 2, them.u[20][:n] < p.found_with_two_errors, wrong < 2) & them.known[:n]
    asked = ~np.isin(made.people.consent, [who.CONSENT.index(kind) for kind in ("refused", "withdrawn")])
    method = np.array(["deterministic", "probabilistic", "clerical", ""], dtype=object)[np.minimum(wrong, 3)]
    table = frame("links", {
        "customer_id": ids[asked], "patient_id": np.where(seen, them.name[:n], "")[asked],
        "method": np.where(seen, method, "")[asked],
    })
    truth = {
        "what": "the patient_id that belongs to each customer_id; null where the trust has no record of them",
        "crosswalk": {
            c: str(name) if known else None
            for c, name, known in zip(ids, them.name[:n], them.known[:n], strict=True)
        },
        "missed_by_links": [str(c) for c in ids[asked & ~seen & them.known[:n]]],
        "not_looked_for_without_consent": [str(c) for c in ids[~asked]],
        "false_links": [],
    }
    return table, truth
