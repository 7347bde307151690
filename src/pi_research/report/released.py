"""A release folder as outputs that an audit can read, and what in it no sidecar accounts for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pi_research.disclosure import Rule
from pi_research.disclosure.auditing import Output
from pi_research.files import FileReadError, read_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Folder", "folder_of", "read_release", "table_text"]

KINDS = {
    "tables": (".csv", ".about.json"),
    "figures": (".csv", ".about.json", ".svg", ".png"),
    "sentences": (".about.json",),
}
OWN = ("release.json", "withheld.json", "ro-crate-metadata.json")
WHOLE = ("findings.json", "index.html", "search.html", "compendium.html", "compendium.pdf", "compendium.docx")
"""Pages and lists of the whole release: they are made of its outputs, and made again where one changes."""
BESIDE = ("reports", "plain", "findings", "docx")


@dataclass(frozen=True, eq=False)
class Folder:
    """A release as read: its outputs, the faults of its files, and what could not be checked."""

    place: Path
    outputs: tuple[Output, ...]
    faults: tuple[str, ...]
    notes: tuple[str, ...]
    files: Mapping[str, Path]

    @property
    def notebooks(self) -> set[str]:
        """Names of the notebooks whose outputs it holds."""
        return {file.parent.name for file in self.files.values()}


def folder_of(given: Path) -> Path:
    """The release itself, where the folder of a run was given.

    Raises
    ------
    FileReadError
        Where there is no such folder, or it holds no table, figure or sentence.
    """
    place = given / "release" if (given / "release").is_dir() else given
    if not place.is_dir():
        raise FileReadError(
            2, f"There is no folder {given}. Give the folder of a release, or of a run that has one."
        )
    if not any((place / kind).is_dir() for kind in KINDS):
        raise FileReadError(
            2,
            f"{given} holds no release: no tables, figures or sentences are in it. Make one first: "
            f"pi-research report NOTEBOOK --released",
        )
    return place


def read_release(given: Path, rule: Rule, name: str = "") -> Folder:
    """Every output of a release, with its sidecar; hand-made and edited files are faults.

    Parameters
    ----------
    rule : Rule
        The rule of outputs whose sidecar, or the release's ``release.json``, names none.
    name : str
        Of this release among several; put before the name of each output.
    """
    place = folder_of(given)
    about = _json(place / "release.json") if (place / "release.json").is_file() else {}
    rule = _rule(about["rule"]) if "rule" in about else rule
    outputs, faults, notes, files = [], [], set(), {}
    for file in sorted(p for p in place.rglob("*") if p.is_file() and not p.name.startswith(".")):
        parts = file.relative_to(place).parts
        if parts[0] in BESIDE or (len(parts) == 1 and file.name in (*OWN, *WHOLE)):
            continue
        said = "/".join(parts)
        if parts[0] not in KINDS or not file.name.endswith(KINDS.get(parts[0], ())):
            faults.append(
                f"{said}: no step of the release makes this file, and nothing says what is in it; take it out"
            )
        elif file.suffix in (".csv", ".svg", ".png") and not _sidecar(file).is_file():
            faults.append(
                f"{said}: it has no sidecar ({_sidecar(file).name}), so that nobody can tell who is counted "
                f"in it; take it out, or make it by `pi-research report --released`"
            )
        elif file.name.endswith(".about.json"):
            made = _output(file, place, rule, name, faults, notes)
            outputs += [made] if made else []
            files |= {made.name: file} if made else {}
    faults += _stale(place)
    faults += _edited(place, about.get("files", {}), {f.split(": it was changed")[0] for f in faults})
    return Folder(place, tuple(outputs), tuple(faults), tuple(sorted(notes)), files)


def _sidecar(file: Path) -> Path:
    return file.with_name(f"{file.stem}.about.json")


def _json(file: Path) -> dict:
    try:
        made = json.loads(read_text(file))
    except json.JSONDecodeError as fault:
        raise FileReadError(
            22, f"{file} is not JSON (line {fault.lineno}): make the release again."
        ) from None
    if not isinstance(made, dict):
        raise FileReadError(22, f"{file} does not describe an output: make the release again.")
    return made


def _rule(about: dict | str) -> Rule:
    return Rule.preset(about) if isinstance(about, str) else Rule(**about)


def _output(
    file: Path, place: Path, rule: Rule, name: str, faults: list[str], notes: set[str]
) -> Output | None:
    import pandas as pd

    about, csv = _json(file), file.with_name(file.name.removesuffix(".about.json") + ".csv")
    said = csv.relative_to(place).as_posix()
    full = "/".join(x for x in (name, file.parent.name, csv.stem) if x)
    if about.get("kind") == "sentence":
        frame = pd.DataFrame({"text": [str(n["text"]) for n in about.get("numbers", ())]})
        return Output(
            f"{full} (sentence)",
            about,
            frame,
            _rule(about.get("rule") or {}) if about.get("rule") else rule,
            name,
        )
    if not csv.is_file():
        faults.append(f"{said}: the sidecar is there and the table is not; make the release again")
        return None
    if "sha256" not in about:
        notes.add(
            "no hash in the sidecars: whether an output was edited afterwards can't be seen"
        )
    elif about["sha256"] != hashlib.sha256(csv.read_bytes()).hexdigest():
        faults.append(f"{said}: it was changed after it was made (its hash differs); make the release again")
    about = _with_structure(about, place, file)
    frame = table_text(csv)
    if about.get("kind") == "table":
        names = [c["name"] for c in about.get("columns", ())]
        if len(names) != len(frame.columns):
            faults.append(
                f"{said}: {len(frame.columns)} columns, and the sidecar describes {len(names)}; make it again"
            )
            return None
        frame.columns = names
        if {"id", "estimate", "n", "method"} <= set(names) and not about.get("universe"):
            about = {**about, "kind": "findings"}
        faults += [f"{said}: {fault}" for fault in _without_counts(about)]
    rule = _rule(about["rule"]) if about.get("rule") else rule
    kind = " (figure)" if about.get("kind") == "chart" else ""
    return Output(full + kind, about, frame, rule, name)


def table_text(csv: Path) -> pd.DataFrame:
    """The cells of a CSV as text; blanks stay blank."""
    import pandas as pd

    try:
        return pd.read_csv(csv, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as fault:
        why = str(fault).splitlines()[0]
        raise FileReadError(
            22, f"{csv} is not a table that can be read ({why}): make the release again."
        ) from None


def _without_counts(about: dict) -> Iterator[str]:
    """Columns of numbers about people without the counts that they rest on."""
    if not about.get("universe") or about.get("statistic") == "published":
        return
    for c in about.get("columns", ()):
        numeric = c.get("statistic") not in ("text", "month", "day", "count", None)
        if numeric and c.get("people", False) and not c.get("behind") and not c.get("of"):
            yield f"column {c.get('label')}: numbers about people without the counts behind them"


def _with_structure(about: dict, place: Path, file: Path) -> dict:
    """What a sidecar lacks, from the executed notebook of the run that the release lies in."""
    if about.get("kind") == "chart" or any("people" in c for c in about.get("columns", ())):
        return about
    notebook = place.parent / "notebooks" / f"{file.parent.name}.ipynb"
    shown = None
    if notebook.is_file():
        shown = _shown(notebook, notebook.stat().st_mtime).get(("table", about.get("id")))
    if shown is None or len(shown["columns"]) != len(about.get("columns", ())):
        return {**about, "columns": [_guessed(c, about) for c in about.get("columns", ())]}
    columns = [{**c, "statistic": c["style"]} for c in shown["columns"]]
    values = {f["name"]: f["values"] for f in shown["frame"]}
    opened = {c["open_where"] for c in columns if c["open_where"]}
    rows = [i for i in range(len(next(iter(values.values()), []))) if any(values[o][i] for o in opened)]
    return {**about, "columns": columns, "open_rows": rows}


def _guessed(column: dict, about: dict) -> dict:
    """A column that is only said to be text may hold counts: one that is not a dimension is read as such."""
    if column.get("statistic") != "text" or column["name"] in about.get("dimensions", ()):
        return column
    counts = ("n", "of", "people", "value", "events", "at_risk", "count")
    return {**column, "statistic": "count"} if column["name"] in counts else column


@lru_cache(maxsize=32)
def _shown(notebook: Path, changed: float) -> dict[tuple[str, str], dict]:
    """What the executed notebook showed, by kind and id; read again where it ``changed``."""
    from pi_research.report.shown import MIME

    cells = json.loads(read_text(notebook))["cells"]
    shown = [o.get("data", {}).get(MIME) for c in cells for o in c.get("outputs", ())]
    return {(s["kind"], s.get("id")): s for s in shown if s}


def _edited(place: Path, listed: Mapping[str, str], said: Collection[str]) -> Iterator[str]:
    """Files that are not as the release listed them; those already ``said`` are not said twice."""
    for name, sha256 in listed.items():
        file = place / name
        if not file.is_file():
            yield f"{name}: it was in the release and is not there; unpack the release again"
        elif name not in said and hashlib.sha256(file.read_bytes()).hexdigest() != sha256:
            yield f"{name}: it was changed after the release was made (its hash differs); make the release again"


def _stale(place: Path) -> Iterator[str]:
    """Notebooks whose colophon names another code, data or params than the run that the release lies in."""
    for colophon in sorted((place / "tables").glob("*/colophon.csv")):
        name, run = colophon.parent.name, place.parent / "findings" / f"{colophon.parent.name}.json"
        found = json.loads(read_text(run)) if run.is_file() else []
        said = set(table_text(colophon).iloc[:, -1])
        hashes = (
            [str(found[0].get(f"{what}_hash", ""))[:16] for what in ("code", "data", "params")]
            if found
            else []
        )
        if not said.issuperset(hashes):
            yield (
                f"tables/{name}: made before {name} was last run (by its colophon's code, data or params); "
                f"make it again: pi-research report {name} --released"
            )
