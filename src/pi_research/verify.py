"""A reviewer's question: does everything that a run found come out again?

The run is made a second time in another folder, and each finding is held against the first.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pi_research import params
from pi_research.files import write_text
from pi_research.findings import Finding, from_dict

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.params import Params

__all__ = ["MADE_FROM", "Comparison", "compare", "made_from", "verify"]

MADE_FROM = "made_from.json"
TOLERANCE = 1e-6
NUMBERS = ("estimate", "lower", "upper", "n", "events")
HASHES = {"code_hash": "code", "data_hash": "data", "params_hash": "params"}


@dataclass(frozen=True)
class Comparison:
    """Findings of one run against another's.

    ``rows``: frame with id, notebook, verdict (equal, within tolerance, different, not made again, new), number
    (the one that lies furthest), first, second, apart (relative to the larger of the two, and to 1 below that),
    changed (code, data, params: what its hashes say has changed since).
    """

    rows: pd.DataFrame
    tolerance: float

    @property
    def ok(self) -> bool:
        """Every finding came out again, equal or within tolerance, and none is new."""
        return bool(self.rows["verdict"].isin(["equal", "within tolerance"]).all())

    def text(self) -> str:
        """The outcome in words: how many of each verdict, then every finding that did not come out again."""
        counted = self.rows["verdict"].value_counts()
        parts = ", ".join(f"{n} {verdict}" for verdict, n in counted.items())
        lines = [f"{len(self.rows)} findings: {parts} (tolerance {self.tolerance:g}, relative)."]
        for row in self.rows[~self.rows["verdict"].isin(["equal", "within tolerance"])].itertuples():
            said = f"{row.number} was {row.first} and is {row.second}" if row.verdict == "different" else row.verdict
            since = f"; changed since: {row.changed}" if row.changed else ""
            lines.append(f"  {row.id} ({row.notebook}): {said}{since}")
        return "\n".join(lines)


def compare(
    first: Mapping[str, Finding], second: Mapping[str, Finding], tolerance: float = TOLERANCE
) -> Comparison:
    """Hold each finding against the one of the same id.

    Two numbers are equal where no bit differs, and within tolerance where they lie no further apart than
    ``tolerance`` times the larger of them (times 1, where both are smaller). Counts must be equal.
    """
    import pandas as pd

    columns = ["id", "notebook", "verdict", "number", "first", "second", "apart", "changed"]
    rows = [_row(i, first.get(i), second.get(i), tolerance) for i in sorted({*first, *second})]
    return Comparison(pd.DataFrame(rows, columns=columns), tolerance)


def _row(id: str, a: Finding | None, b: Finding | None, tolerance: float) -> tuple:
    if a is None or b is None:
        verdict = "new" if a is None else "not made again"
        return (id, (a or b).notebook, verdict, "", math.nan, math.nan, math.nan, "")
    gaps = {name: _apart(getattr(a, name), getattr(b, name)) for name in NUMBERS}
    number = max(gaps, key=gaps.__getitem__)
    counts = gaps["n"] or gaps["events"]
    verdict = "equal" if not gaps[number] else "different" if counts or gaps[number] > tolerance else "within tolerance"
    changed = [words for name, words in HASHES.items() if getattr(a, name) != getattr(b, name)]
    if a.method != b.method or a.unit != b.unit:
        verdict, changed = "different", [*changed, "method or unit"]
    return (id, a.notebook, verdict, number, getattr(a, number), getattr(b, number), gaps[number], ", ".join(changed))


def _apart(a: float, b: float) -> float:
    """Relative to the larger, and to 1 below that; infinite where one is missing and the other is not."""
    if a == b or (a != a and b != b):
        return 0.0
    gap = abs(a - b) / max(abs(a), abs(b), 1.0)
    return gap if math.isfinite(gap) else math.inf


def made_from(settings: Params) -> str:
    """What a later ``verify`` needs to know of a run: the lock's hash and every choice, as JSON text."""
    lock = hashlib.sha256((settings.root / "requirements.lock").read_bytes()).hexdigest()[:16]
    return json.dumps({"lock": lock, "params": settings.slice()}, indent=1, ensure_ascii=False) + "\n"


def since(stored: Mapping[str, object], settings: Params) -> list[str]:
    """What is not as it was: the lock, and keys of params, in words."""
    now = json.loads(made_from(settings))
    faults = [] if stored["lock"] == now["lock"] else ["requirements.lock is another: install the run's own"]
    for section, keys in now["params"].items():
        was = stored["params"].get(section, {})
        faults += [f"params: {section}.{key} was {was.get(key)!r} and is {value!r}"
                   for key, value in keys.items() if was.get(key) != value]
    return faults


def read_run(folder: Path) -> dict[str, Finding]:
    """The findings of a run by id.

    Raises
    ------
    ValueError
        Where the folder holds no finished run.
    """
    file = Path(folder) / "findings.json"
    if not file.is_file():
        raise ValueError(f"{folder} holds no findings.json: name the folder of a finished run, e.g. outputs/base")
    try:
        return {f.id: f for f in map(from_dict, json.loads(file.read_text(encoding="utf-8")))}
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"{file}: not as a run writes it; it was cut short or edited. Make the run again") from None


def verify(folder: Path, settings: Params, remade: Path, tolerance: float = TOLERANCE) -> tuple[Comparison, list[str]]:
    """Hold the run in ``folder`` against the one in ``remade``, made by today's code, params, data and lock.

    ``verified.csv`` and ``verified.txt`` are written beside the second run, never into the first.

    Returns
    -------
    comparison, faults : what changed in the lock and in params since, and files edited after they were made.
    """
    comparison = compare(read_run(folder), read_run(remade), tolerance)
    faults = _since_file(folder, settings) + _edited(folder, remade)
    write_text(Path(remade) / "verified.csv", comparison.rows.to_csv(index=False, lineterminator="\n"))
    write_text(Path(remade) / "verified.txt", "\n".join([*faults, comparison.text()]) + "\n")
    return comparison, faults


def _since_file(folder: Path, settings: Params) -> list[str]:
    file = Path(folder) / MADE_FROM
    if not file.is_file():
        return [f"{MADE_FROM} is not there: which lock and params the run had is not known"]
    return since(json.loads(file.read_text(encoding="utf-8")), settings)


def _edited(folder: Path, remade: Path) -> list[str]:
    """The union must hold what the notebooks' own files hold: a hand in one of them shows."""
    from pi_research.findings import as_json, union

    files = sorted((Path(folder) / "findings").glob("*.json"))
    held = (Path(folder) / "findings.json").read_text(encoding="utf-8")
    if files and as_json(union(files)) != held:
        return ["findings.json is not what findings/*.json hold: one of them was edited or is stale"]
    return []


def remake(settings: Params, params_file: Path | None, into: Path, cores: int) -> bool:
    """The whole run again in another folder, from today's code, params and data."""
    from pi_research.progress import run_workflow

    if any(into.glob("*")):
        raise ValueError(f"{into} is not empty: name a new folder with --into, so that everything is made anew")
    where = {"data": str(settings.data.resolve()), "out": str(into.resolve().parent), "name": into.resolve().name}
    file = params_file or settings.root / "params.yaml"
    return run_workflow(params.load(file, run=where), params_file, cores)
