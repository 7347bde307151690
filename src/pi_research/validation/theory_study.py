"""Known-truth study of effect modification: how often 20 configurations raise a false alarm, and find a true one.

People, their tenancies and their stays in hospital come from the simulator's own mechanism (its ``programme`` and
``hospital`` modules; the tables of an extract and their faults are left out, for speed). Configurations: the rate of
admission since the move beside before, without the half year around the referral, in twelve pairs of groups; and
tenancies sustained for 12 months in eight pairs in which the simulator plants nothing. The former are tested by
permuting who belongs to which group, the latter by Boschloo's exact test; Holm's correction goes over all twenty.
Any difference supports a claim: no sign is expected, which is the hardest case. What the simulator does plant in
tenancies (crisis, offending, a short lead-in, a long stay) is there in the null scenario too, where nothing but
hospital use and the area is set to no effect: it is no false alarm and not among the eight.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pi_research.extract.simulate import scenario_parameters
from pi_research.extract.simulation import hospital
from pi_research.extract.simulation.cohort import DIAGNOSES, ETHNIC, HOMES, SEX, SOURCES, YEAR
from pi_research.extract.simulation.draws import days_of
from pi_research.extract.simulation.programme import Programme, programme
from pi_research.its.within_person import within_person_rates
from pi_research.realist.exact_tests import (
    conditional_error,
    conditional_scores,
    exact_proportions,
    permuted_p_values,
)
from pi_research.realist.modification import effect_modification
from pi_research.realist.modification_power import conditional_power, stated_power

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.extract.simulation.parameters import Parameters
    from pi_research.realist.modification import Modification

SIZE, SEED, LEVEL = 1_000, 7301, 0.95
FALSE_ALARMS = (("null", 113),)
POWER = (("strong", 113), ("strong", 400))
TESTS = (1, 5, 20)
"""How many configurations are specified, the true modifier (a long stay in care) always the first."""
MONTHS, DRAWS = 12, 1_999


def run(study: str = "all", size: int = SIZE, seed: int = SEED) -> dict[str, pd.DataFrame]:
    """The tables ``theory_false_alarms`` and ``theory_power``, from ``size`` programmes in each cell."""
    made = {"theory_false_alarms": false_alarms, "theory_power": power}
    if study not in ("all", "false_alarms", "power"):
        raise ValueError("study: choose one of all, false_alarms, power")
    return {name: table(size, seed) for name, table in made.items() if study in ("all", name.removeprefix("theory_"))}


def false_alarms(size: int = SIZE, seed: int = SEED, cells: tuple = FALSE_ALARMS) -> pd.DataFrame:
    """Share of programmes without any modifier in which some claim is supported, corrected and not corrected.

    ``not_estimable`` is the share of the configurations that could not be tested.
    """
    import pandas as pd

    rows = []
    for scenario, people in cells:
        tested = [_tested(*one[:4]) for one in _programmes(scenario, people, size, seed)]
        any_of = {"Holm": [any(v in ("supported", "contrary") for v in t.verdict) for t in tested],
                  "not corrected": [1 - LEVEL >= np.nanmin(t.p_value) for t in tested]}  # fmt: skip
        missing = np.mean([v == "not estimable" for t in tested for v in t.verdict])
        for correction, hits in any_of.items():
            rows.append({"scenario": scenario, "people": people, "tests": 20, "correction": correction,
                         "programmes": size, **_share("any_supported", hits), "not_estimable": missing})  # fmt: skip
    return pd.DataFrame(rows)


def power(size: int = SIZE, seed: int = SEED, cells: tuple = POWER) -> pd.DataFrame:
    """How often a true modifier is found, beside the power that is stated beforehand.

    ``stated`` is the mean over programmes of :func:`conditional_power`, which knows people's totals and times and
    no difference between groups; ``stated_by_error`` that of :func:`stated_power`, from the errors of the estimates;
    ``coverage`` that of the interval of the ratio of ratios, ``bias`` on the log scale.
    """
    import pandas as pd

    rows = []
    for scenario, people in cells:
        p = scenario_parameters(scenario)
        true = float(np.log(p.long_stay_admission_modifier))
        given = list(_programmes(scenario, people, size, seed))
        for k, tests in enumerate(TESTS):
            made = [_tested(*(part[:tests] for part in one[:4])) for one in given]
            found = [m.verdict[0] == "supported" and m.difference[0] < 0 for m in made]
            errors = np.array([(m.std_error[0], m.df[0]) for m in made])
            by_error = stated_power(*errors.T, effect=true, configurations=tests)["power"]
            value = np.array([(m.difference[0], m.lower[0], m.upper[0]) for m in made])
            usable = np.isfinite(value).all(1)
            holds = (value[usable, 1] <= true) & (true <= value[usable, 2])
            rows.append({
                "scenario": scenario, "people": people, "tests": tests, "true_ratio": np.exp(true), "programmes": size,
                **_share("found", found), "stated": np.nan_to_num([one[4][k] for one in given]).mean(),
                "stated_by_error": by_error.fillna(0).mean(),
                "detectable_ratio": np.exp(np.nanmedian([m.detectable[0] for m in made])),
                "bias": value[usable, 0].mean() - true, "coverage": holds.mean(), "not_estimable": 1 - usable.mean(),
            })  # fmt: skip
    return pd.DataFrame(rows)


def _share(name: str, hits: list) -> dict[str, float]:
    share = float(np.mean(hits))
    return {name: share, "mc_error": np.sqrt(share * (1 - share) / len(hits))}


def _programmes(scenario: str, people: int, size: int, seed: int):
    """What is known of the 20 configurations in each of so many programmes."""
    p = scenario_parameters(scenario)
    for i in range(size):
        yield configurations(programme(seed * 1_000_000 + i, people, 0, p), seed * 1_000_000 + i, p)


def _tested(estimates: np.ndarray, errors: np.ndarray, df: np.ndarray, p_values: np.ndarray) -> Modification:
    names = [f"configuration {k + 1}" for k in range(len(estimates))]
    scale = ["log_ratio" if k < len(ADMISSION) else "difference" for k in range(len(names))]
    return effect_modification(names, estimates, errors, df, p_values=p_values, scale=scale, level=LEVEL)


def configurations(made: Programme, seed: int, p: Parameters) -> tuple[np.ndarray, ...]:
    """Estimates, errors and degrees of freedom (20, 2) and exact p-values (20,) of one programme's movers, and the
    power (3,) to find the true modifier among so many ``TESTS`` (of none: the level)."""
    who = np.flatnonzero(made.moved)
    groups = {name: held[who] for name, held in _groups(made, p).items()}
    events, years = admissions(made, who, seed, p)
    rates = np.array([[_ratio(events[groups[name] == g], years[groups[name] == g]) for g in (False, True)]
                      for name in ADMISSION])  # fmt: skip
    tells = (events.sum(1) > 0) & (years > 0).all(1)
    ratio, effect = float(np.exp(_ratio(events, years)[0])), float(np.log(p.long_stay_admission_modifier))
    scores = conditional_scores(events[tells], years[tells], ratio)
    planned = [conditional_power(events.sum(1), years, groups[ADMISSION[0]], ratio, effect=effect, level=LEVEL,
                                 configurations=k) for k in TESTS]  # fmt: skip
    permuted = permuted_p_values(scores, [groups[name][tells] for name in ADMISSION], seed=seed, draws=DRAWS)
    due = np.isfinite(made.due(MONTHS)[who])
    kept = np.isfinite(made.sustained(MONTHS)[who])
    counts = np.array([[((groups[name] == g) & due & held).sum() for g in (False, True)]
                       for held in (kept, True) for name in TENANCY]).reshape(2, -1, 2)  # fmt: skip
    shares, exact = _exact(*counts)
    nothing = np.full(shares.shape, np.nan)
    return (np.vstack([rates[..., 0], shares]), np.vstack([rates[..., 1], nothing]),
            np.vstack([rates[..., 2], nothing]), np.append(permuted, exact), np.array(planned))  # fmt: skip


def _exact(events: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares (k, 2) and exact p-values (k,). Where Fisher's is above 0.3 it stands for the one of
    ``exact_proportions``, which is smaller and takes long: no claim hangs on it."""
    from scipy.stats import hypergeom

    total, hits = n.sum(1), events.sum(1)
    tails = hypergeom.cdf(events[:, 0], total, hits, n[:, 0]), hypergeom.sf(events[:, 0] - 1, total, hits, n[:, 0])
    p = np.where((n > 0).all(1), np.minimum(2 * np.minimum(*tails), 1.0), np.nan)
    near = p <= 0.3
    if near.any():
        p[near] = exact_proportions(events[near], n[near]).p_values
    return np.where(n > 0, events / np.maximum(n, 1), np.nan), p


def _groups(made: Programme, p: Parameters) -> dict[str, np.ndarray]:
    """Membership in each group, of everybody."""
    q = made.people
    covid = (q.start >= days_of(p.covid_from)) & (q.start < days_of(p.covid_to))
    return {
        "long stay": q.long_stay, "crisis": q.crisis, "female": q.sex == SEX.index("female"), "forensic": q.forensic,
        "short lead-in": made.move - q.start < p.short_lead_in_days, "learning disability": q.learning_disability,
        "older": q.interest - q.birth >= p.age[0] * YEAR, "psychosis": q.diagnosis == DIAGNOSES.index("psychosis"),
        "personality": q.diagnosis == DIAGNOSES.index("personality"), "white": q.ethnic_group == ETHNIC.index("white"),
        "care coordinator": q.source == SOURCES.index("care_coordinator"), "covid": covid,
        "residential home": q.source == SOURCES.index("residential_home"), "first homes": q.home < HOMES // 2,
        "consent": q.consent == 0,
    }  # fmt: skip


ADMISSION = ("long stay", "crisis", "female", "forensic", "short lead-in", "learning disability", "older",
             "psychosis", "white", "care coordinator", "covid", "first homes")  # fmt: skip
TENANCY = ("female", "psychosis", "personality", "white", "care coordinator", "residential home", "first homes",
           "consent")  # fmt: skip


def admissions(made: Programme, who: np.ndarray, seed: int, p: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """Admissions and years at risk (m, 2) of the movers: before the half year around the referral, since the move."""
    every = hospital.courses(made, p)
    events, days = np.zeros((len(who), 2)), np.zeros((len(who), 2))
    first, last = days_of(p.trust_record_from), days_of(p.extract_date) + 1
    for row, number in enumerate(who):
        course = every[number]
        parts = ((first, course.interest - p.crisis_window[0]), (course.move, min(np.fmin(course.death, last), last)))
        stays = [s for s in hospital.stays(course, seed, p) if not s.transfer]
        begin, end = (np.array([getattr(s, n) for s in stays], float) for n in ("admission", "discharge"))
        for k, (opens, closes) in enumerate(parts):
            events[row, k] = ((begin >= opens) & (begin < closes)).sum()
            inside = np.clip(np.minimum(end, closes) - np.maximum(begin, opens), 0, None).sum()
            days[row, k] = max(closes - opens - inside, 0)
    return np.where(days > 0, events, 0), days / YEAR


def _ratio(events: np.ndarray, years: np.ndarray) -> tuple[float, float, float]:
    """Log rate ratio since the move in one group, its error and degrees of freedom; NaN if not estimable."""
    m = len(events)
    try:
        made = within_person_rates(events.ravel(), years.ravel(), np.repeat(np.arange(m), 2),
                                   np.tile(["before", "after"], m), periods=("before", "after"), few=0)  # fmt: skip
    except ValueError:
        return (np.nan,) * 3
    ratio = made.ratio[1]
    if not 0 < ratio < np.inf:
        return (np.nan,) * 3
    return float(np.log(ratio)), *conditional_error(events, years, ratio)
