"""Speed of the journeys engine beside its peers, in one run: ``make bench``.

    pi-research bench                                         about 10 minutes where nothing else runs
    python bench/journeys.py --people 1e4 1e5 --repeat 3      shorter
    python bench/journeys.py --skip-peers

R's side is bench/journeys.R (packages survival, jsonlite). Ends with 1 where a figure misses its reach.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

EXTRACT_DATE, RECORD_FROM = date(2024, 9, 30), date(2017, 4, 1)
LAST, FIRST = ((day - date(1970, 1, 1)).days for day in (EXTRACT_DATE, RECORD_FROM))
CHUNK = 200_000
EVENTS = ("programme_events", "tenancies", "hospital_spells", "leave", "contacts")
CUTS = list(range(100, 1001, 100))


def write_extract(folder: Path, people: int, seed: int = 20191101) -> int:
    """A large random extract as Parquet, with the tables that the timeline reads. Returns its dated rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    writers, events = {}, 0
    for chunk, begin in enumerate(range(0, people, CHUNK)):
        made = _chunk(np.random.default_rng([seed, chunk]), begin, min(CHUNK, people - begin))
        for name, columns in made.items():
            table = pa.table(columns)
            if name not in writers:
                writers[name] = pq.ParquetWriter(folder / f"{name}.parquet", table.schema)
            writers[name].write_table(table)
            events += len(table) if name in EVENTS else 0
    for writer in writers.values():
        writer.close()
    about = {"extract_date": _days(np.array([LAST])), "trust_record_from": _days(np.array([FIRST]))}
    pq.write_table(pa.table(about), folder / "extract.parquet")
    return events


def _chunk(rng: np.random.Generator, begin: int, n: int) -> dict[str, dict]:
    """People ``begin`` to ``begin + n`` and everything that happened to them."""
    who = np.arange(begin, begin + n)
    customer, patient = _names("PI-", who), _names("NT-", who)
    interest = rng.integers(FIRST + 60, LAST - 30, n)
    start = interest + rng.integers(20, 140, n)
    move = start + rng.lognormal(5.4, 0.4, n).astype(int)
    leaves = rng.random(n) < 0.15
    withdrew = start + rng.integers(10, 900, n)
    started, moved = start <= LAST, (move <= LAST) & ~(leaves & (withdrew <= move))
    died = np.where(rng.random(n) < 0.04, move + rng.integers(1, 1500, n), LAST + 1)
    linked = rng.random(n) < 0.96
    people = {
        "customer_id": customer,
        "consent": rng.choice(["given", "not_asked", "refused"], n, p=[0.9, 0.05, 0.05]),
        "residential_since": _days(interest - rng.integers(30, 4000, n)),
    }
    steps = [(np.ones(n, bool), "expression_of_interest", interest), (started, "start", start),
             (leaves & (withdrew <= LAST), "withdrawal", withdrew), (moved, "move", move)]
    programme = {
        "customer_id": np.concatenate([customer[w] for w, _, _ in steps]),
        "event": np.repeat([e for _, e, _ in steps], [w.sum() for w, _, _ in steps]),
        "date": _days(np.concatenate([d[w] for w, _, d in steps])),
    }
    return {
        "people": people,
        "programme_events": programme,
        "tenancies": _tenancies(rng, customer, move, moved, begin),
        "links": {"customer_id": customer, "patient_id": _text(patient, linked)},
        "patients": {"patient_id": patient, "death_date": _days(died, died <= LAST)},
        **_hospital(rng, patient, np.minimum(died, LAST), begin),
    }


def _tenancies(
    rng: np.random.Generator, customer: np.ndarray, move: np.ndarray, moved: np.ndarray, begin: int
) -> dict:
    n = len(customer)
    end = move + rng.exponential(1200, n).astype(int) + 1
    again = moved & (end < LAST) & (rng.random(n) < 0.3)
    second = end + rng.integers(0, 60, n)
    again &= second <= LAST
    close = second + rng.exponential(1200, n).astype(int) + 1
    who = np.concatenate([np.flatnonzero(moved), np.flatnonzero(again)])
    first, last = np.concatenate([move[moved], second[again]]), np.concatenate([end[moved], close[again]])
    ended = last <= LAST
    why = ["relapse", "own_choice", "planned_move_on", "eviction", "death"]
    reasons = rng.choice(why, len(who), p=[0.4, 0.25, 0.2, 0.13, 0.02])
    return {
        "tenancy_id": _names("T-", begin * 2 + np.arange(len(who))), "customer_id": customer[who],
        "start_date": _days(first), "end_date": _days(last, ended), "end_reason": _text(reasons, ended),
    }


def _hospital(rng: np.random.Generator, patient: np.ndarray, until: np.ndarray, begin: int) -> dict[str, dict]:
    """Two admissions a person on average, monthly versions of each, leave in some; four contacts a person."""
    n, slots = len(patient), 5
    gaps = rng.exponential(900, (n, slots)).astype(int) + 1
    stays = np.minimum(rng.lognormal(3.2, 0.8, (n, slots)), 700).astype(int)
    admitted = FIRST - 100 + np.cumsum(gaps, axis=1) + np.cumsum(stays, axis=1) - stays
    keep = (admitted <= until[:, None]) & (np.arange(slots) < 4)
    who, _ = np.nonzero(keep)
    first = admitted[keep]
    last = np.minimum(first + stays[keep], until[who])
    spell = _names("HS-", begin * slots + np.arange(len(who)))
    out = first + stays[keep] <= LAST
    months = np.minimum((last - first) // 30 + 1, 3)
    row = np.repeat(np.arange(len(who)), months)
    version = np.arange(len(row)) - np.repeat(np.cumsum(months) - months, months)
    final = version == months[row] - 1
    versions = {
        "spell_id": spell[row], "record_month": _month(first[row] + 30 * version), "patient_id": patient[who[row]],
        "admission_date": _days(first[row]), "discharge_date": _days(last[row], final & out[row]),
        "site": rng.choice(["ZZ1", "ZZ2", "ZZ3"], len(row)), "admission_method": np.full(len(row), "emergency"),
    }
    away = (last - first > 28) & (rng.random(len(who)) < 0.3)
    begins = first[away] + 14
    leave = {"spell_id": spell[away], "start_date": _days(begins),
             "end_date": _days(begins + rng.integers(1, 5, away.sum()))}
    seen = rng.poisson(4.0, n)
    whose = np.repeat(np.arange(n), seen)
    day = rng.integers(FIRST, LAST + 1, len(whose))
    crisis = rng.random(len(whose)) < 0.2
    said = rng.choice(["attended", "did_not_attend", "cancelled_by_provider"], len(whose), p=[0.8, 0.13, 0.07])
    contacts = {"patient_id": patient[whose], "date": _days(day), "team": np.where(crisis, "crisis", "community"),
                "planned": ~crisis, "attendance": said}
    return {"hospital_spells": versions, "leave": leave, "contacts": contacts}


def _names(prefix: str, numbers: np.ndarray) -> np.ndarray:
    return np.char.add(prefix, np.char.zfill(numbers.astype(str), 8))


def _days(numbers: np.ndarray, there: np.ndarray | None = None):
    import pyarrow as pa

    return pa.array(numbers.astype("int32"), mask=None if there is None else ~there).cast(pa.date32())


def _month(numbers: np.ndarray):
    months = numbers.astype("datetime64[D]").astype("datetime64[M]")
    return _days(months.astype("datetime64[D]").astype("int32"))


def _text(words: np.ndarray, there: np.ndarray):
    import pyarrow as pa

    return pa.array(words, type=pa.string(), mask=~there)


def merge_input(people: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Follow-up of one row a person, and ten dated values of each."""
    rng = np.random.default_rng(1)
    base = pd.DataFrame({"id": np.arange(people), "start": 0.0, "stop": rng.uniform(500, 1000, people)})
    who = np.repeat(np.arange(people), 10)
    at = {"id": who, "time": rng.uniform(1, 499, len(who)), "value": rng.normal(size=len(who))}
    return base, pd.DataFrame(at)


def split_input(people: int) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    stop = rng.exponential(900, people) + 1
    return pd.DataFrame({
        "id": np.arange(people), "start": 0.0, "stop": stop, "event": rng.integers(0, 2, people),
        "x": rng.normal(size=people), "y": rng.normal(size=people),
    })


def times(task: Callable[[], object], repeat: int, *, warm: bool = True) -> list[float]:
    """Seconds of each of ``repeat`` runs, after one that isn't counted."""
    taken = []
    for _ in range(repeat + warm):
        begin = time.perf_counter()
        task()
        taken.append(time.perf_counter() - begin)
    return taken[warm:]


def primitives(people: int, repeat: int) -> dict[str, list[float]]:
    from pi_research.journeys.timeline import merge_changes, split_at, tdc

    base, changes = merge_input(people)
    rows = split_input(people)
    return {
        "merge": times(lambda: merge_changes(base, {"value": tdc(changes, "time", "value")}), repeat),
        "split": times(lambda: split_at(rows, CUTS), repeat),
    }


def in_lifelines(people: int, repeat: int) -> dict[str, list[float]]:
    """One run of the merge: it takes most of a minute."""
    from lifelines.utils import add_covariate_to_timeline, to_episodic_format, to_long_format

    base, changes = merge_input(people)
    held = pd.DataFrame({"id": base["id"], "held": base["stop"], "event": 0, "x": 0.0})
    long = to_long_format(held, duration_col="held")
    rows = split_input(people)[["id", "stop", "event", "x", "y"]].rename(columns={"stop": "held"})
    how = {"id_col": "id", "event_col": "event"}
    return {
        "merge": times(lambda: add_covariate_to_timeline(long, changes, duration_col="time", **how), 1, warm=False),
        "split": times(lambda: to_episodic_format(rows, duration_col="held", time_gaps=100, **how), repeat),
    }


def in_r(people: int, repeat: int) -> dict[str, list[float]]:
    base, changes = merge_input(people)
    with tempfile.TemporaryDirectory() as folder:
        for name, frame in (("base", base), ("changes", changes), ("rows", split_input(people))):
            frame.to_csv(Path(folder) / f"{name}.csv", index=False)
        asked = ["Rscript", str(Path(__file__).with_suffix(".R")), folder, str(repeat)]
        done = subprocess.run(asked, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"R failed: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout)


def whole_step(people: int, repeat: int) -> dict[str, list[float]]:
    """The step from Parquet to Parquet, each time in a process of its own: seconds, and its largest memory."""
    with tempfile.TemporaryDirectory() as folder:
        events = write_extract(Path(folder) / "in", people)
        asked = [sys.executable, "-W", "ignore", __file__, "--step", folder]
        done = [subprocess.run(asked, capture_output=True, text=True, check=True).stdout for _ in range(repeat)]
    runs = [json.loads(text.splitlines()[-1]) for text in done]
    return {"events": [events], **{name: [run[name] for run in runs] for name in runs[0]}}


def step(folder: Path) -> None:
    from pi_research.journeys.timeline import build_files
    from pi_research.sections import Milestones, Tenancy

    begin = time.perf_counter()
    build_files(folder / "in", folder / "out", EXTRACT_DATE, Tenancy(), Milestones(), memory="2500MB", threads=2)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"seconds": time.perf_counter() - begin, "gigabytes": used.ru_maxrss / 2**20}))


def said(seconds: list[float] | None) -> str:
    """Median, and the quickest run where there are several."""
    if not seconds:
        return "not found"
    few = f" ({min(seconds):.3g})" if len(seconds) > 1 else ""
    return f"{np.median(seconds):.3g}{few}"


def compared(people: int, repeat: int, peers: bool) -> list[tuple]:
    """Rows of the table about the primitives."""
    ours = primitives(people, repeat)
    r = in_r(people, repeat) if peers and shutil.which("Rscript") else {}
    lifelines = in_lifelines(people, repeat) if peers else {}
    rows = []
    for name, what, peer in (("merge", "time-varying merge, 10 changes each", "tmerge"),
                             ("split", "split at 10 cuts", "survSplit")):
        reached = np.median(ours[name]) <= np.median(r[name]) if r else None
        rows.append((f"{what}, {people:,} people", said(ours[name]), said(r.get(name)), said(lifelines.get(name)),
                     f"R's {peer}", reached))
    if lifelines:
        ratio = np.median(lifelines["merge"]) / np.median(ours["merge"])
        rows.append(("the merge, times quicker than lifelines", f"{ratio:.0f}", "", "1", "100", ratio >= 100))
    return rows


def table(rows: list[tuple]) -> str:
    head = ("what, in seconds: median (quickest)", "this engine", "R survival", "lifelines", "reach", "met")
    cells = [head, *((*row[:-1], "" if row[-1] is None else "yes" if row[-1] else "NO") for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |" for row in cells]
    return "\n".join([lines[0], "|" + "|".join("-" * (w + 2) for w in widths) + "|", *lines[1:]])


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--people", nargs="*", type=float, default=[1e4, 1e5, 1e6], help="sizes of the whole step")
    asked.add_argument("--repeat", type=int, default=5)
    asked.add_argument("--skip-peers", action="store_true")
    asked.add_argument("--step", type=Path, help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.step:
        step(given.step)
        return 0
    rows, sizes = compared(20_000, given.repeat, not given.skip_peers), {}
    for people in map(int, given.people):
        print(f"whole step, {people:,} people ...", file=sys.stderr, flush=True)
        sizes[people] = run = whole_step(people, given.repeat)
        largest = people >= 1e6
        rows.append((f"whole step, {people:,} people, {run['events'][0]:,} events", said(run["seconds"]), "", "",
                     "90" if largest else "", np.median(run["seconds"]) <= 90 if largest else None))
        rows.append(("its largest memory, GB", f"{max(run['gigabytes']):.2g}", "", "", "4" if largest else "",
                     max(run["gigabytes"]) <= 4 if largest else None))
    if len(sizes) > 1:
        low, high = min(sizes), max(sizes)
        growth = np.median(sizes[high]["seconds"]) / np.median(sizes[low]["seconds"])
        rows.append((f"growth, {low:,} to {high:,} people", f"{growth:.0f}-fold", "", "", f"{high / low:.0f}-fold",
                     growth <= high / low))
    print(table(rows))
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"\n{os.cpu_count()} cores; load at the end {busy:.1f}; figures are right where nothing else runs.")
    return int(any(row[-1] is not None and not row[-1] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
