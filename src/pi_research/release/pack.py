"""A run's released pages as one ZIP, once the audit has passed; what the output checker reads stays apart."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pi_research import provenance, verify, workflow
from pi_research.files import FileWriteError, write_bytes, write_text
from pi_research.findings import read_findings
from pi_research.workflow import StepError

if TYPE_CHECKING:
    from pi_research.audit_folder import Audited
    from pi_research.disclosure import Rule
    from pi_research.params import Params
    from pi_research.release.request import Requested

__all__ = ["Refused", "build_release", "stale", "zip_folder"]

PLAIN = (".csv", ".png", ".docx")
"""What rooms take that refuse HTML, SVG and PDF."""


class Refused(StepError):
    """The release may not leave; ``audited`` says why."""

    def __init__(self, audited: Audited) -> None:
        more = "\nTo release without those cells: pi-research release ... --withhold" if audited.close else ""
        super().__init__(audited.text() + more)
        self.audited = audited


def build_release(
    settings: Params, target: Path, *, withhold: bool = False, protection: int = 4, cores: int = 2
) -> tuple[Path, Path, Path]:
    """Make the released pages of a run, audit them, and write the ZIP and what goes with it.

    Parameters
    ----------
    target : Path
        The ZIP to write. Beside it come ``<name>-plain.zip`` (CSV, PNG and DOCX alone) and the folder
        ``<name>-request``, which is for the output checker and does not leave.
    withhold : bool
        Leave out further cells where that ends what leaks, instead of refusing.
    protection : int
        How many values a small count must keep, as in ``audit``.

    Returns
    -------
    The ZIP, the plain ZIP, the request.

    Raises
    ------
    FileWriteError
        Where one of the three is there already, or can't be written.
    StepError
        Where the run is unfinished or stale, or the rule is weaker than its preset and people are real.
    Refused
        Where the audit does not pass. Nothing is written then but the pages in the run's own folder.
    """
    from pi_research.release.request import requested

    targets = _targets(Path(target))
    names = workflow.notebooks(settings)
    if faults := stale(settings, names):
        raise StepError("\n".join(["This run can't be released as it is:", *faults,
                                   "Name --params and --data as the run had them; else make it again with pi-research run."]))
    made = ProcessPoolExecutor(cores) if cores > 1 else ThreadPoolExecutor(1)
    with made as pool:
        audited, whole = _audited_pages(settings, names, withhold, protection, pool)
        if not audited.ok:
            raise Refused(audited)
        outputs = requested(settings, names, audited)
        whole.result()
    place = settings.out / "release"
    _papers(settings, names, place, audited)
    drafts = [t.with_name(f".{t.name}.part") for t in targets]
    try:
        zip_folder(place, drafts[0])
        zip_folder(place, drafts[1], kinds=PLAIN)
        _request(settings, outputs, audited, drafts)
        for draft, final in reversed(list(zip(drafts, targets, strict=True))):
            os.replace(draft, final)
    finally:
        for draft in drafts:
            shutil.rmtree(draft, ignore_errors=True) if draft.is_dir() else draft.unlink(missing_ok=True)
    return targets


def _targets(target: Path) -> tuple[Path, Path, Path]:
    if target.suffix.lower() != ".zip":
        raise StepError(f"{target} does not end in .zip: name the ZIP to write")
    found = (target, target.with_name(f"{target.stem}-plain.zip"), target.with_name(f"{target.stem}-request"))
    for one in found:
        if one.exists():
            raise FileWriteError(17, f"{one} is there already: a release is never written over. Name another, or "
                                     "move it away.")
    if not target.parent.is_dir():
        raise FileWriteError(2, f"There is no folder {target.parent} to put the release into: make it first.")
    return found


def stale(settings: Params, names: Sequence[str]) -> list[str]:
    """What of a run is not from today's notebooks, code, params, data and lock, in words."""
    made = settings.out / verify.MADE_FROM
    if not made.is_file():
        return [f"{settings.out} holds no finished run"]
    faults = verify.since(json.loads(made.read_text(encoding="utf-8")), settings)
    data = _data_hash(settings)
    for name in names:
        if not (settings.out / "notebooks" / f"{name}.ipynb").is_file():
            faults.append(f"{name} has not been run")
            continue
        found = next(iter(read_findings(settings.out, name).values()), None)
        code = provenance.code_hash(settings.root / "notebooks" / f"{name}.ipynb")
        if found and found.code_hash != code:
            faults.append(f"{name} was run by another version of the code (its code hash)")
        if found and found.data_hash != data:
            faults.append(f"{name} was run on another extract (its data hash)")
    return faults


def _data_hash(settings: Params) -> str:
    from pi_research.extract.folder import combined_hash

    tables = {p.stem for p in (settings.root / "data" / "dictionary").glob("*.json")}
    files = (p for p in settings.data.glob("*") if p.stem in tables and p.suffix in (".csv", ".parquet"))
    return combined_hash({p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files})


def _audited_pages(
    settings: Params, names: Sequence[str], withhold: bool, protection: int, pool: Executor
) -> tuple[Audited, Future]:
    """Released pages from an empty folder, their audit, and all of them as one, which is still being made.

    Where cells are withheld, pages and audit are those made a second time.
    """
    from pi_research.audit_folder import audit_folders

    place, rule = settings.out / "release", _rule(settings)
    shutil.rmtree(place, ignore_errors=True)
    whole = _pages(settings, names, pool)
    audited = audit_folders([place], rule, protection)
    if withhold and audited.found.leaks and audited.close and not audited.faults:
        cells = [(audited.folders[0].files[p.output], p) for p in sorted(audited.close)]
        listed = [{"output": file.relative_to(place).as_posix().removesuffix(".about.json"), "row": p.row,
                   "column": p.column} for file, p in cells]
        whole.result()
        write_text(place / "withheld.json", json.dumps(listed, indent=1, ensure_ascii=False) + "\n")
        whole = _pages(settings, sorted({file.parent.name for file, _ in cells}), pool)
        audited = audit_folders([place], rule, protection)
    return audited, whole


def _pages(settings: Params, names: Sequence[str], pool: Executor) -> Future:
    """The released pages of some notebooks; when they are there, all pages as one are begun."""
    list(pool.map(partial(workflow.make_report, settings, rule=settings.disclosure.rule), names))
    return pool.submit(workflow.make_compendium, settings, settings.disclosure.rule)


def _rule(settings: Params) -> Rule:
    from pi_research.disclosure import Rule

    chosen = settings.disclosure
    return Rule.preset(chosen.rule, threshold=chosen.threshold, base=chosen.base)


def _papers(settings: Params, names: Sequence[str], place: Path, audited: Audited) -> None:
    """What makes a whole of the pages: findings, the hash of every file, and the crate."""
    from pi_research.release.crate import crate_text
    from pi_research.release.findings import findings_text, released_findings

    rule = settings.disclosure.rule
    documents = {n: workflow.read_run(settings, n, rule) for n in names}
    found = [f for n in names for f in released_findings(documents[n], read_findings(settings.out, n))]
    write_text(place / "findings.json", findings_text(found))
    about = {"programme": settings.programme.name, "rule": asdict(_rule(settings)),
             "protection": audited.found.protection, "audit": str(audited.found.sentence()),
             "synthetic": all(d.synthetic for d in documents.values()), "files": dict(_hashes(place))}
    write_text(place / "release.json", json.dumps(about, indent=1, ensure_ascii=False) + "\n")
    write_text(place / "ro-crate-metadata.json", crate_text(place, settings.out, settings))


def _hashes(place: Path) -> Iterator[tuple[str, str]]:
    for file in _files(place):
        yield file.relative_to(place).as_posix(), hashlib.sha256(file.read_bytes()).hexdigest()


def _files(place: Path) -> list[Path]:
    return sorted(p for p in place.rglob("*") if p.is_file() and not p.name.startswith("."))


def zip_folder(place: Path, target: Path, kinds: Sequence[str] = ()) -> None:
    """The files of a folder (of some ``kinds``), in order, without dates, owners or anything of the machine."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as made:
        for file in _files(place):
            if not kinds or file.suffix in kinds:
                entry = zipfile.ZipInfo(file.relative_to(place).as_posix(), (1980, 1, 1, 0, 0, 0))
                entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
                made.writestr(entry, file.read_bytes())


def _request(settings: Params, outputs: Sequence[Requested], audited: Audited, drafts: Sequence[Path]) -> None:
    """The folder for the output checker: the page, and the outputs with the form that SACRO Viewer opens."""
    from pi_research.release.acro import acro_files
    from pi_research.release.request import request_page

    place = settings.out / "release"
    whole, folder = drafts[0], drafts[2]
    sha256 = hashlib.sha256(whole.read_bytes()).hexdigest()
    name = whole.name.removeprefix(".").removesuffix(".part")
    shutil.rmtree(folder, ignore_errors=True)
    write_text(folder / "request.html", request_page(settings, outputs, audited, name, sha256, dict(_hashes(place))))
    for file, data in acro_files(place, outputs, _rule(settings)).items():
        write_bytes(folder / "viewer" / file, data)
