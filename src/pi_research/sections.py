"""The sections of ``params.yaml`` as frozen dataclasses.

Fields, types, defaults and limits here are the one description of what may stand in
the file; ``params`` reads and checks against them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

from pi_research.sections_of_analysis import (
    Covid,
    Scottish,
    Series,
    Survival,
    WithinPerson,
    Workbook,
    between,
    one_of,
)
from pi_research.sections_of_areas import Areas
from pi_research.sections_of_economics import Economics
from pi_research.sections_of_measures import Measures
from pi_research.sections_of_theory import Theory

__all__ = ["SECTIONS", "Params", "plain"]


@dataclass(frozen=True)
class Run:
    """What is run: its name, the extract's folder, where results go, the seed, the engine of the journeys."""

    name: str = "base"
    data: str = "data/synthetic"
    out: str = "outputs"
    seed: int = between(20191101, 0, 2**32 - 1)
    engine: str = one_of("duckdb", "duckdb", "pyspark")


@dataclass(frozen=True)
class Programme:
    """The programme and what its contract expects."""

    name: str = "Promoting Independence"
    start: date = date(2019, 10, 1)
    people_contracted: int = between(113, 1, 100_000)
    people_a_year: int = between(24, 1, 100_000)
    thrive_share: float = between(0.66, 0.0, 1.0)
    preparation_months: int = between(9, 1, 60)
    short_preparation_months: int = between(3, 0, 60)
    long_care_years: int = between(5, 1, 60)


@dataclass(frozen=True)
class Linkage:
    """Linkage of the two organisations' records (docs/linkage.md).

    Thresholds are probabilities that a pair is one person: linked from ``link`` on, not linked without a look
    below ``look``. Between them the ``clerical_at_most`` most uncertain pairs are to be looked at, and the
    others linked from ``decide`` on. ``without_consent`` names the kinds of consent with which nobody enters.
    ``decisions`` (a reviewer's) and ``opted_out`` (patients) are files.
    """

    link: float = between(0.99, 0.51, 0.9999)
    look: float = between(0.01, 0.0001, 0.5)
    decide: float = between(0.75, 0.51, 0.9999)
    clerical_at_most: int = between(12, 0, 100_000)
    without_consent: tuple[str, ...] = field(
        default=("refused", "withdrawn"), metadata={"choices": ("refused", "withdrawn", "not_asked")})
    decisions: str | None = None
    opted_out: str | None = None


@dataclass(frozen=True)
class Tenancy:
    """What each intercurrent event means for 'the tenancy lasted' (docs/assumptions.md, T1-T6)."""

    second_tenancy: str = one_of("continues", "continues", "ends")
    gap_days: int = between(28, 0, 365)
    planned_move_on: str = one_of("sustained", "sustained", "ends", "censors")
    hospital_stay: str = one_of("kept", "kept", "ends")
    hospital_days: int = between(90, 1, 3650)
    death: str = one_of("competes", "competes", "censors", "ends")
    leaving_programme: str = one_of("ignored", "ignored", "censors")
    return_to_residential: str = one_of("ends", "ends")


@dataclass(frozen=True)
class Milestones:
    """Months at which a tenancy is looked at, and what death before a milestone means."""

    months: tuple[int, ...] = (6, 12, 18, 24)
    death: str = one_of("failing", "failing", "neutral", "excluded")


@dataclass(frozen=True)
class PersonTime:
    """Cuts of the time since the move, in months, and day 0 of the tables of admissions."""

    months: tuple[int, ...] = (6, 12, 24)
    origin: str = one_of("move", "move", "start", "record")


@dataclass(frozen=True)
class Journey:
    """Whose years are drawn as an example: a customer_id. On a real extract nobody's, unless named."""

    person: str | None = None


@dataclass(frozen=True)
class Disclosure:
    """The small-number rule of released pages. ``threshold`` and ``base`` replace the preset's."""

    rule: str = one_of("nhs", "nhs", "opensafely", "midpoint6", "sacro")
    threshold: int | None = field(default=None, metadata={"low": 1, "high": 100})
    base: int | None = field(default=None, metadata={"low": 1, "high": 100})


@dataclass(frozen=True)
class Plan:
    """Registration of the analysis plan: the day, and the hash of each section on that day."""

    date: date | None = None
    hash: Mapping[str, str] = field(default_factory=dict)


SECTIONS: dict[str, type] = {
    "run": Run, "programme": Programme, "linkage": Linkage, "tenancy": Tenancy, "milestones": Milestones,
    "person_time": PersonTime, "journey": Journey, "survival": Survival, "series": Series,
    "within_person": WithinPerson, "covid": Covid, "workbook": Workbook,
    "scottish": Scottish, "measures": Measures, "areas": Areas,
    "economics": Economics, "theory": Theory, "disclosure": Disclosure, "plan": Plan,
}
FILES = (("workbook", "path"), ("scottish", "path"), ("linkage", "decisions"), ("linkage", "opted_out"),
         ("economics", "rate_card"), ("theory", "folder"), ("areas", "extracts"))
"""Keys that name a file, a folder of tables, or a list of them: a slice holds what is in it, and not where it lies."""


def plain(section: object) -> dict[str, object]:
    """A section as the plain types that YAML and papermill carry (dates as ISO text, tuples as lists)."""
    def simple(value: object) -> object:
        if isinstance(value, date):
            return value.isoformat()
        return list(value) if isinstance(value, tuple) else value
    return {k: simple(v) for k, v in asdict(section).items()}


def _name_and_hash(file: Path) -> str:
    """A file, or a folder's tables, by what it holds."""
    parts = [file] if file.is_file() else sorted(p for kind in ("csv", "parquet") for p in file.glob(f"*.{kind}"))
    digest = hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:16]
    return f"{file.name} ({digest if parts else 'missing'})"


@dataclass(frozen=True)
class Params:
    """All sections, and the folder that relative paths start from."""

    run: Run = field(default_factory=Run)
    programme: Programme = field(default_factory=Programme)
    linkage: Linkage = field(default_factory=Linkage)
    tenancy: Tenancy = field(default_factory=Tenancy)
    milestones: Milestones = field(default_factory=Milestones)
    person_time: PersonTime = field(default_factory=PersonTime)
    journey: Journey = field(default_factory=Journey)
    survival: Survival = field(default_factory=Survival)
    series: Series = field(default_factory=Series)
    within_person: WithinPerson = field(default_factory=WithinPerson)
    covid: Covid = field(default_factory=Covid)
    workbook: Workbook = field(default_factory=Workbook)
    scottish: Scottish = field(default_factory=Scottish)
    measures: Measures = field(default_factory=Measures)
    areas: Areas = field(default_factory=Areas)
    economics: Economics = field(default_factory=Economics)
    theory: Theory = field(default_factory=Theory)
    disclosure: Disclosure = field(default_factory=Disclosure)
    plan: Plan = field(default_factory=Plan)
    root: Path = Path(".")
    declared: tuple[str, ...] = tuple(SECTIONS)

    @property
    def data(self) -> Path:
        """Folder of the extract."""
        return self.root / self.run.data

    @property
    def out(self) -> Path:
        """Folder of this run's outputs."""
        return self.root / self.run.out / self.run.name

    def section(self, name: str) -> dict[str, object]:
        """One section in plain types, as it would stand in the file."""
        return plain(getattr(self, name))

    def slice(self, names: Iterable[str] | None = None) -> dict[str, dict]:
        """The sections that decide a result (``run`` only by its seed)."""
        chosen = set(self.declared if names is None else names)
        wanted = [n for n in SECTIONS if n in chosen and n != "plan"]
        cut = {n: self.section(n) for n in wanted}
        if "run" in cut:
            cut["run"] = {k: cut["run"][k] for k in ("seed",)}
        for name, key in FILES:
            if held := cut.get(name, {}).get(key):
                found = [_name_and_hash(self.root / one) for one in ([held] if isinstance(held, str) else held)]
                cut[name][key] = found[0] if isinstance(held, str) else found
        return cut
