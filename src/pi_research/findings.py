"""What every notebook hands on: one estimate, its interval, how it was made and from what."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pi_research.wording import Sentence

__all__ = ["Finding", "FindingError", "limits", "read_findings", "union"]


class FindingError(ValueError):
    """A finding that cannot stand, or one that was asked for and is not there."""


@dataclass(frozen=True)
class Finding:
    """One number that others may cite by its id.

    Parameters
    ----------
    id : str
        ``area.subject``, lower case, stable between runs, e.g. ``tenancy.kept_12``; more parts may follow.
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
        Interval and its confidence level; both limits or neither; infinite where there is no limit.
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
        if not re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", self.id):
            bad.append("id must be area.subject in lower-case letters, digits and underscores")
        if not all(_is_count(number) for number in (self.n, self.events)):
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


def _is_count(number: object) -> bool:
    return number is not None and number >= 0 and float(number).is_integer()


def _plain(value: object) -> object:
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def stamped(found: Iterable[Finding], origin: Mapping[str, str]) -> list[Finding]:
    """Findings with where they came from, in the order of their ids.

    Raises
    ------
    FindingError
        Where one id stands twice.
    """
    code, data, slice_ = (origin[f"{what}_hash"][:8] for what in ("code", "data", "params"))
    source = f"code {code}, data {data}, params {slice_}"
    made = [replace(f, **origin, how_to_cite=f"{origin['notebook']}#{f.id} ({source})") for f in found]
    return _each_once(made, f"{origin['notebook']}: these findings stand twice")


def _each_once(found: list[Finding], fault: str) -> list[Finding]:
    """In the order of ids; an id that stands twice is an error."""
    twice = sorted(i for i, times in Counter(f.id for f in found).items() if times > 1)
    if twice:
        raise FindingError(f"{fault}: {', '.join(twice)}")
    return sorted(found, key=lambda f: f.id)


def as_json(found: Iterable[Finding]) -> str:
    """Findings as JSON text, the same bytes each time."""
    return json.dumps([f.as_dict() for f in found], indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def from_dict(stored: Mapping[str, object]) -> Finding:
    """Inverse of :meth:`Finding.as_dict`: one limit without the other had none on its side."""
    lower, upper = stored.get("lower"), stored.get("upper")
    none = (math.nan, math.nan) if lower is None and upper is None else (-math.inf, math.inf)
    limits = {"lower": none[0] if lower is None else lower, "upper": none[1] if upper is None else upper}
    estimate = math.nan if stored["estimate"] is None else stored["estimate"]
    return Finding(**{**stored, **limits, "estimate": estimate})


def read_findings(folder: Path, notebook: str) -> dict[str, Finding]:
    """The findings of another notebook, by id.

    Raises
    ------
    FindingError
        Where that notebook has not been run yet: its name is said.
    """
    file = Path(folder) / "findings" / f"{notebook}.json"
    if not file.is_file():
        raise FindingError(f"the findings of {notebook} are not there yet: run {notebook} first, "
                           "or `pi-research run`")
    return {f.id: f for f in map(from_dict, json.loads(file.read_text(encoding="utf-8")))}


def union(files: Iterable[Path]) -> list[Finding]:
    """All findings of a run, in the order of their ids; an id in two notebooks is an error."""
    found = [from_dict(s) for file in sorted(files) for s in json.loads(file.read_text(encoding="utf-8"))]
    return _each_once(found, "these findings come from more than one notebook")


def limits(lower: float, upper: float) -> tuple[float, float]:
    """Both limits, or neither."""
    return (float(lower), float(upper)) if lower == lower and upper == upper else (math.nan, math.nan)
