"""Released folders audited together: what an output checker reads, and a folder in which nothing leaks."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pi_research.disclosure import Rule
from pi_research.disclosure._routes import together
from pi_research.disclosure._system import Place
from pi_research.disclosure.auditing import PROTECTION, Audit, Memory, audit
from pi_research.disclosure.closing import WITHHELD, closing_cells
from pi_research.files import FileWriteError, write_text
from pi_research.report.released import BESIDE, WHOLE, Folder, read_release

if TYPE_CHECKING:
    from pi_research.sections import Disclosure

__all__ = ["Audited", "audit_folders", "protect_folders", "told"]


@dataclass(frozen=True, eq=False)
class Audited:
    """Releases read together, what leaks, and the cells (None: no cells can) whose withholding ends it."""

    folders: tuple[Folder, ...]
    found: Audit
    close: frozenset[Place] | None
    rule: Rule

    @property
    def faults(self) -> tuple[str, ...]:
        """Faults of the files, then of what they say."""
        return (*(f for folder in self.folders for f in folder.faults), *self.found.faults)

    @property
    def ok(self) -> bool:
        """Whether this may leave: nothing leaks, and nothing is unaccounted for."""
        return not self.found.leaks and not self.faults

    def text(self) -> str:
        """The report in words."""
        names = " and ".join(str(f.place) for f in self.folders)
        lines = [f"Audit of {names}.", f"{self.rule.sentence()}", str(self.found.sentence()), ""]
        lines += [f"LEAK {i}. {leak}." for i, leak in enumerate(self.found.leaks, 1)]
        if self.found.leaks and self.close is not None:
            ends = f"Withholding {len(self.close)} cells ends all of it: {together(self.close)}."
            lines += ["", ends, "With --apply they are left out, in a new folder beside the release."]
        elif self.found.leaks:
            lines += ["", "No cells can be withheld that end it: take out whole outputs."]
        lines += [f"FAULT. {fault}." for fault in self.faults]
        notes = dict.fromkeys(n for f in self.folders for n in f.notes)
        lines += [f"Note: {note}." for note in notes]
        lines += ["", "PASSED: nothing leaks." if self.ok else "REFUSED: this may not leave as it is."]
        return "\n".join(lines)

    def as_json(self) -> str:
        """The report for a program."""
        leaks = [
            {
                "count": x.count._asdict(),
                "says": str(x.count),
                "values": x.values,
                "printed": x.printed,
                "route": [p._asdict() for p in x.route],
                "presumed": x.presumed,
            }
            for x in self.found.leaks
        ]
        made = {
            "ok": self.ok,
            "folders": [f.place.name for f in self.folders],
            "rule": asdict(self.rule),
            "protection": self.found.protection,
            "outputs": self.found.outputs,
            "counts": self.found.counts,
            "hidden": self.found.hidden,
            "leaks": leaks,
            "faults": self.faults,
            "notes": sorted({n for f in self.folders for n in f.notes}),
            "withhold": None if self.close is None else [p._asdict() for p in sorted(self.close)],
        }
        return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def audit_folders(given: Sequence[Path], rule: Rule, protection: int = PROTECTION) -> Audited:
    """Read and audit one release, or several in order of time.

    Raises
    ------
    OSError
        Where a folder is not there or holds no release.
    """
    names = _names(given)
    folders = tuple(read_release(place, rule, name) for place, name in zip(given, names, strict=True))
    outputs, memory = [o for f in folders for o in f.outputs], Memory()
    found = audit(outputs, protection=protection, memory=memory)
    close = closing_cells(outputs, protection=protection, memory=memory) if found.leaks else frozenset()
    return Audited(folders, found, close, rule)


def told(
    folders: Sequence[Path],
    chosen: Disclosure,
    protection: int = PROTECTION,
    apply: bool = False,
    report: Path | None = None,
) -> bool:
    """Audit, print the report, write what is asked (JSON, protected folders); whether it passed."""
    rule = Rule.preset(chosen.rule, threshold=chosen.threshold, base=chosen.base)
    audited = audit_folders(folders, rule, protection)
    print(audited.text())
    if report:
        write_text(report, audited.as_json())
    if apply and audited.found.leaks:
        for place in protect_folders(audited, protection):
            print(f"Without these cells: {place}. Pages that showed them are left out; make them again.")
    return audited.ok


def _names(given: Sequence[Path]) -> list[str]:
    """Short names of several releases; none is needed for one."""
    if len(given) == 1:
        return [""]
    names = [p.resolve().parent.name if p.resolve().name == "release" else p.resolve().name for p in given]
    return [n if names.count(n) == 1 else f"{n} {i}" for i, n in enumerate(names, 1)]


def protect_folders(audited: Audited, protection: int = PROTECTION) -> list[Path]:
    """Write each release again without the cells that close the leaks, in ``<release>-protected`` beside it.

    Pictures and pages of an output that changed are left out, since they still show it; ``withheld.json``
    lists the cells, so that the pages can be made again without them. A folder is audited before it gets its
    name, so that none is there half done.

    Raises
    ------
    ValueError
        Where there are faults, or no cells can be withheld that end the leaks.
    FileWriteError
        Where the protected folder is there already.
    """
    if audited.faults:
        raise ValueError("audit: mend the faults first; what can't be read can't be protected")
    if audited.close is None:
        raise ValueError("audit: no cells can be withheld that end the leaks; take out whole outputs")
    targets = [f.place.with_name(f"{_own_name(f.place)}-protected") for f in audited.folders]
    for target in targets:
        if target.exists():
            raise FileWriteError(17, f"{target} is there already: move it away, and audit again.")
    drafts = [t.with_name(f".{t.name}.part") for t in targets]
    try:
        for folder, draft in zip(audited.folders, drafts, strict=True):
            shutil.rmtree(draft, ignore_errors=True)
            _write(folder, draft, audited.close)
        names = [o.release for f in audited.folders for o in f.outputs[:1]]
        again = [read_release(d, audited.rule, n) for d, n in zip(drafts, names, strict=True)]
        left = audit([o for f in again for o in f.outputs], protection=protection, routes=False)
        if left.leaks or left.faults or any(f.faults for f in again):
            raise ValueError("audit: the protected folder did not pass its own audit and was not kept")
        for draft, target in zip(drafts, targets, strict=True):
            os.replace(draft, target)
    finally:
        for draft in drafts:
            shutil.rmtree(draft, ignore_errors=True)
    return targets


def _own_name(place: Path) -> str:
    return place.resolve().name


def _write(folder: Folder, draft: Path, cells: frozenset[Place]) -> None:
    """The release without ``cells``, and without the pictures and pages that show them."""
    changed = {o: sorted(p for p in cells if p.output == o.name) for o in folder.outputs}
    files = {folder.files[o.name]: mine for o, mine in changed.items() if mine}
    notebooks = {f.parent.name for f in files}

    def left_out(where: str, names: list[str]) -> set[str]:
        place = Path(where)
        pages = {
            n
            for n in names
            if place != folder.place
            and place.relative_to(folder.place).parts[0] in BESIDE
            and (Path(n).stem in notebooks or Path(n).stem.split(".")[0] not in folder.notebooks)
        }
        pictures = {
            n
            for n in names
            if (place / n).suffix in (".svg", ".png") and (place / f"{Path(n).stem}.about.json") in files
        }
        top = set(WHOLE) & set(names) if place == folder.place and files else set()
        return (pages if files else set()) | pictures | top

    shutil.copytree(folder.place, draft, ignore=left_out)
    for file, mine in files.items():
        _without(draft / file.relative_to(folder.place), mine)
    listed = [
        {
            "output": str(f.relative_to(folder.place)).removesuffix(".about.json"),
            "row": p.row,
            "column": p.column,
        }
        for f, mine in files.items()
        for p in mine
    ]
    write_text(draft / "withheld.json", json.dumps(listed, indent=1, ensure_ascii=False) + "\n")


def _without(file: Path, cells: Sequence[Place]) -> None:
    """One table or chart (its sidecar is ``file``) with cells withheld."""
    from pi_research.report.released import table_text

    about = json.loads(file.read_text(encoding="utf-8"))
    if about.get("kind") == "sentence":
        for p in cells:
            about["numbers"][p.row]["text"] = WITHHELD
    else:
        csv = file.with_name(file.name.removesuffix(".about.json") + ".csv")
        frame, names = table_text(csv), [c["name"] for c in about.get("columns", ())]
        for p in cells:
            frame.iloc[p.row, (names or list(frame.columns)).index(p.column)] = WITHHELD
        text = frame.to_csv(index=False, lineterminator="\n")
        write_text(csv, text)
        if "sha256" in about:
            about["sha256"] = hashlib.sha256(text.encode("utf-8")).hexdigest()
    about["withheld"] = [[p.row, p.column] for p in cells]
    write_text(file, json.dumps(about, indent=1, ensure_ascii=False) + "\n")
