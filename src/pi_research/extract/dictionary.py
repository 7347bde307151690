"""The data dictionary: what each table of an extract holds, and what each check says.

One Table Schema file a table (https://datapackage.org/standard/table-schema/), with a few
properties of our own: ``side``, ``supply``, ``origin`` and ``interval`` of a table; ``unit``,
``source``, ``identifying``, ``first_of`` and ``may_be_future`` of a field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pi_research.places import dictionary_folder

TYPES = ("string", "integer", "number", "boolean", "date")
SIDES = ("both", "housing", "trust", "area", "evaluation")
RULES_FILE = "rules.json"


class DictionaryError(ValueError):
    """The dictionary itself is faulty; the message lists every fault."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its meaning and what a cell may hold. ``minimum`` and ``maximum`` are dates for a date."""

    name: str
    type: str
    description: str
    unit: str = ""
    source: str = ""
    required: bool = False
    unique: bool = False
    pattern: str = ""
    enum: tuple[str, ...] = ()
    minimum: float | date | None = None
    maximum: float | date | None = None
    max_length: int | None = None
    identifying: bool = False
    may_be_future: bool = False
    first_of: str = ""

    @property
    def is_id(self) -> bool:
        """Whether the column holds identifiers, by its name."""
        return self.name.endswith("_id")


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A column whose every value stands in a column of another table."""

    field: str
    table: str
    reference: str


@dataclass(frozen=True, slots=True)
class TableSchema:
    """One table of the extract. ``interval`` names its first and last day, where it has them."""

    name: str
    title: str
    description: str
    side: str
    supply: str
    origin: str
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    fields: tuple[Field, ...]
    interval: tuple[str, str] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in the dictionary's order."""
        return tuple(field.name for field in self.fields)

    @property
    def required(self) -> bool:
        """Whether an extract without this table is refused."""
        return self.supply == "required"

    def field(self, name: str) -> Field:
        """The column called ``name``."""
        return next(field for field in self.fields if field.name == name)


def read_dictionary(folder: str | Path | None = None) -> dict[str, TableSchema]:
    """Every table of the dictionary by its name: required ones first, then by side and name.

    Raises
    ------
    DictionaryError
        With every fault of every file, where there is any.
    """
    folder = Path(folder) if folder is not None else dictionary_folder()
    files = [path for path in sorted(folder.glob("*.json")) if path.name != RULES_FILE]
    if not files:
        raise DictionaryError(f"{folder} holds no Table Schema file (*.json): is it the dictionary's folder?")
    faults: list[str] = []
    made = [_safely(path, faults) for path in files]
    tables = {table.name: table for table in made if table is not None}
    for table in tables.values():
        faults += _faults_of_keys(table, tables)
    refuse(folder, faults)
    order = sorted(tables.values(), key=lambda t: (not t.required, SIDES.index(t.side), t.name))
    return {table.name: table for table in order}


def read_json(path: Path, faults: list[str]) -> dict | None:
    """The object in a file of the dictionary; None, and one more fault, where there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        faults.append(f"{path.name} can't be read as JSON ({error})")
        return None
    if not isinstance(content, dict):
        faults.append(f"{path.name} is not a JSON object")
        return None
    return content


def _safely(path: Path, faults: list[str]) -> TableSchema | None:
    try:
        return _table(path, faults)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        faults.append(f"{path.name} is not a Table Schema ({type(error).__name__}: {error})")
        return None


def _table(path: Path, faults: list[str]) -> TableSchema | None:
    content = read_json(path, faults)
    if content is None:
        return None
    missing = [
        key for key in ("name", "title", "description", "side", "supply", "fields") if not content.get(key)
    ]
    if missing:
        faults.append(f"{path.name} has no {', '.join(missing)}")
        return None
    fields = tuple(_field(path, entry, faults) for entry in content["fields"])
    keys = content.get("foreignKeys", [])
    table = TableSchema(
        name=content["name"],
        title=content["title"],
        description=content["description"],
        side=content["side"],
        supply=content["supply"],
        origin=content.get("origin", ""),
        primary_key=tuple(content.get("primaryKey", ())),
        foreign_keys=tuple(
            ForeignKey(key["fields"][0], key["reference"]["resource"], key["reference"]["fields"][0])
            for key in keys
        ),
        fields=fields,
        interval=tuple(content["interval"]) if "interval" in content else None,
    )
    faults += [f"{path.name}: {fault}" for fault in _faults_of_table(table, path.stem)]
    return table


def _field(path: Path, entry: dict, faults: list[str]) -> Field:
    rules = entry.get("constraints", {})
    kind = entry.get("type", "")

    def bound(name: str) -> float | date | None:
        value = rules.get(name)
        return date.fromisoformat(value) if isinstance(value, str) else value

    field = Field(
        name=entry.get("name", ""),
        type=kind,
        description=entry.get("description", ""),
        unit=entry.get("unit", ""),
        source=entry.get("source", ""),
        required=bool(rules.get("required")),
        unique=bool(rules.get("unique")),
        pattern=rules.get("pattern", ""),
        enum=tuple(rules.get("enum", ())),
        minimum=bound("minimum"),
        maximum=bound("maximum"),
        max_length=rules.get("maxLength"),
        identifying=bool(entry.get("identifying")),
        may_be_future=bool(entry.get("may_be_future")),
        first_of=entry.get("first_of", ""),
    )
    where = f"{path.name}, field {field.name or '?'}"
    faults += [f"{where}: {fault}" for fault in _faults_of_field(field)]
    return field


def _faults_of_field(field: Field) -> list[str]:
    faults = []
    if not field.name or not field.description:
        faults.append("needs a name and a description")
    if field.type not in TYPES:
        faults.append(f"type {field.type!r} is not one of {', '.join(TYPES)}")
    if field.first_of not in ("", "month", "quarter"):
        faults.append("first_of is neither month nor quarter")
    try:
        re.compile(field.pattern)
    except re.error:
        faults.append("its pattern is not a regular expression")
    return faults


def _faults_of_table(table: TableSchema, stem: str) -> list[str]:
    faults = []
    if table.name != stem:
        faults.append(f"the name {table.name!r} differs from the file's")
    if table.side not in SIDES:
        faults.append(f"side {table.side!r} is not one of {', '.join(SIDES)}")
    if table.supply not in ("required", "optional"):
        faults.append("supply is neither required nor optional")
    if len(set(table.names)) < len(table.names):
        faults.append("a field stands twice")
    named = {*table.primary_key, *(key.field for key in table.foreign_keys), *(table.interval or ())}
    if named - set(table.names):
        faults.append(
            f"a key or the interval names unknown fields: {', '.join(sorted(named - set(table.names)))}"
        )
    return faults


def _faults_of_keys(table: TableSchema, tables: Mapping[str, TableSchema]) -> list[str]:
    return [
        f"{table.name}.json: {key.field} refers to {key.table}.{key.reference}, not in the dictionary"
        for key in table.foreign_keys
        if key.table not in tables or key.reference not in tables[key.table].names
    ]


def refuse(folder: Path, faults: list[str]) -> None:
    """Raise :class:`DictionaryError` where there is any fault."""
    if faults:
        raise DictionaryError(
            f"The dictionary in {folder} has {len(faults)} fault(s):\n- " + "\n- ".join(faults)
        )
