"""What every notebook hands on: one estimate, its interval, how it was made and from what."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pi_research.wording import Sentence

__all__ = ["Finding", "FindingError", "read_findings", "union"]


class FindingError(ValueError):
    """A finding that cannot stand, or one that was asked for and is not there."""


@dataclass(frozen=True)
class Finding:
    """One number that others may cite by its id.

    Parameters
    ----------
    id : str
        ``area.subject``, lower case, stable between runs, e.g. ``tenancy.sustained_12``.
    question : str
        What it answers, in plain words.
    estimate : float
        On the scale of ``unit``; NaN where it cannot be estimated (``sentence`` says why).
    unit : str
        ``proportion``, ``people``, ``months``, ``days a month``, ``rate ratio`` ...
    n, events : int
        People (or months, areas: as ``counted`` says) and events that it rests on.
    method : str
        In the field's own term.
    lower, upper, level : float, optional
        Interval and its confidence level; both or neither.
    counted : str
        What ``n`` counts.
    prespecified : bool
        Whether the method and the question stood in params before the data were seen.
    sensitivity_of : str
        The id of the finding of which this is a sensitivity run; empty otherwise.
    sentence : str
        The finding in plain English.
    notebook, code_hash, data_hash, params_hash, how_to_cite : str
        Where it came from; filled in when the notebook writes its findings.
    """

    id: str
    question: str
    estimate: float
    unit: str
    n: int
    events: int
    method: str
    lower: float = math.nan
    upper: float = math.nan
    level: float = 0.95
    counted: str = "people"
    prespecified: bool = True
    sensitivity_of: str = ""
    sentence: str | Sentence = ""
    synthetic: bool = False
    notebook: str = ""
    code_hash: str = ""
    data_hash: str = ""
    params_hash: str = ""
    how_to_cite: str = ""

    def __post_init__(self) -> None:
        bad = []
        if not self.id or any(c not in "abcdefghijklmnopqrstuvwxyz0123456789_." for c in self.id):
            bad.append("id must be lower-case letters, digits, dots and underscores")
        if self.n is None or self.n < 0 or self.events is None or self.events < 0:
            bad.append("n and events must be counts")
        if math.isnan(self.lower) != math.isnan(self.upper) or self.lower > self.upper:
            bad.append("lower and upper must both be there, in order")
        if not (self.question and self.method and self.unit):
            bad.append("question, method and unit must be said")
        if bad:
            raise FindingError(f"finding {self.id or '(without id)'}: {'; '.join(bad)}")

    def as_dict(self) -> dict:
        """Plain JSON types; what is not a number becomes null."""
        return {k: _plain(v) for k, v in asdict(replace(self, sentence=str(self.sentence))).items()}


def _plain(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.item() if hasattr(value, "item") else value


def stamped(found: Iterable[Finding], origin: Mapping[str, str]) -> list[Finding]:
    """Findings with where they came from, in the order of their ids.

    Raises
    ------
    FindingError
        Where one id stands twice.
    """
    made = [replace(f, **origin, how_to_cite=f"{origin['notebook']}#{f.id} (code {origin['code_hash'][:8]}, data {origin['data_hash'][:8]}, "
                                             f"params {origin['params_hash'][:8]})") for f in found]
    ids = [f.id for f in made]
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise FindingError(f"{origin['notebook']}: these findings stand twice: {', '.join(twice)}")
    return sorted(made, key=lambda f: f.id)


def as_json(found: Iterable[Finding]) -> str:
    """Findings as JSON text, the same bytes each time."""
    return json.dumps([f.as_dict() for f in found], indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def from_dict(stored: Mapping[str, object]) -> Finding:
    """Inverse of :meth:`Finding.as_dict`."""
    return Finding(**{k: math.nan if v is None and k in ("estimate", "lower", "upper") else v for k, v in stored.items()})


def read_findings(folder: Path, notebook: str) -> dict[str, Finding]:
    """The findings of another notebook, by id.

    Raises
    ------
    FindingError
        Where that notebook has not been run yet: its name is said.
    """
    file = Path(folder) / "findings" / f"{notebook}.json"
    if not file.is_file():
        raise FindingError(f"the findings of {notebook} are not there yet: run {notebook} first, or `pi-research run`")
    return {f.id: f for f in map(from_dict, json.loads(file.read_text(encoding="utf-8")))}


def union(files: Iterable[Path]) -> list[Finding]:
    """All findings of a run, in the order of their ids; an id in two notebooks is an error."""
    found = [from_dict(s) for file in sorted(files) for s in json.loads(Path(file).read_text(encoding="utf-8"))]
    twice = sorted({f.id for f in found if [g.id for g in found].count(f.id) > 1})
    if twice:
        raise FindingError(f"these findings come from more than one notebook: {', '.join(twice)}")
    return sorted(found, key=lambda f: f.id)
