"""The crate of a release: what was made, by which notebook, from what (RO-Crate, Process Run Crate)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pi_research
from pi_research import provenance
from pi_research.files import FileReadError, read_text

if TYPE_CHECKING:
    from rocrate.model.contextentity import ContextEntity
    from rocrate.rocrate import ROCrate

    from pi_research.params import Params

__all__ = ["CRATE", "crate_text", "ended", "owner"]

CRATE = "ro-crate-metadata.json"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
TERMS = "https://w3id.org/ro/terms/workflow-run/context"
TEXT, CODE = "https://creativecommons.org/licenses/by/4.0/", "https://spdx.org/licenses/MIT"
DONE = "http://schema.org/CompletedActionStatus"
FORMATS = {
    ".html": "text/html", ".pdf": "application/pdf", ".csv": "text/csv", ".json": "application/json",
    ".svg": "image/svg+xml", ".png": "image/png",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
NOT_HASHED = ("Exact, and therefore inside the safe room: not included, and not hashed either, since the "
              "hash of a few numbers can be undone by trying them.")


def crate_text(place: Path, run: Path, settings: Params) -> str:
    """Metadata of the released files under ``place``, for ``ro-crate-metadata.json``, always the same bytes.

    One action a notebook, with its code, the extract (hashed, not included), the findings of others that it
    read, its slice of params, the lock, and its released files; one more for the pages made of all of them.
    RO-Crate 1.1, Process Run Crate 0.5. No path, user or computer is named.

    Parameters
    ----------
    place : Path
        Folder whose files leave: every one of them is described with its size and SHA-256.
    run : Path
        The run's own folder, inside: when each notebook ended, and which code and data it had.

    Raises
    ------
    FileReadError
        Where ``place`` holds nothing, or a released notebook was not executed in ``run``.
    """
    from rocrate.rocrate import ROCrate

    crate = ROCrate(version="1.1")
    crate.metadata.extra_contexts.append(TERMS)
    paths = sorted(p for p in place.rglob("*") if p.is_file() and p.name != CRATE and p.name[0] != ".")
    names = sorted(p.stem for p in (settings.root / "notebooks").glob("[0-9]*.ipynb"))
    files: dict[str, list] = {name: [] for name in ("", *names)}
    for path in paths:
        files[owner(path.relative_to(place), names)].append(_file(crate, place, path))
    released = [name for name in names if files[name]]
    if not released:
        raise FileReadError(2, f"{place} holds no released report: `pi-research report NOTEBOOK --released`")
    ends = {name: ended(run, name) for name in released}
    link = _shared(crate, settings)
    actions = [_action(crate, run, settings, name, ends[name], files[name], link) for name in released]
    last = max(ends.values())
    if files[""]:
        actions.append(_together(crate, [f for name in released for f in files[name]], files[""], last))
    _root(crate, settings, last, actions)
    return json.dumps(crate.metadata.generate(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def owner(path: Path, names: Iterable[str]) -> str:
    """The notebook that a released file is of; empty where it is of all of them.

    >>> owner(Path("tables/02_x/kept.csv"), ["01_y", "02_x"]), owner(Path("index.html"), ["02_x"])
    ('02_x', '')
    """
    return next((n for n in names for part in path.parts
                 if part == n or part.startswith((f"{n}.", f"{n}_", f"{n}-"))), "")


def ended(run: Path, name: str) -> str:
    """When the notebook ended, to the second, in UTC.

    Raises
    ------
    FileReadError
        Where it was not executed in this run.
    """
    stored = json.loads(read_text(run / "notebooks" / f"{name}.ipynb"))
    end = stored["metadata"].get("papermill", {}).get("end_time")
    if not end:
        raise FileReadError(22, f"the executed notebook {name} does not say when it ended: "
                                f"`pi-research execute {name}`")
    return datetime.fromisoformat(end).astimezone(UTC).isoformat(timespec="seconds")


def _entity(crate: ROCrate, id: str, kind: str, **properties: object) -> ContextEntity:
    from rocrate.model.contextentity import ContextEntity

    return crate.add(ContextEntity(crate, id, properties={"@type": kind, **properties}))


def _at(id: str) -> dict[str, str]:
    return {"@id": id}


def _file(crate: ROCrate, place: Path, path: Path) -> object:
    data, said = path.read_bytes(), path.relative_to(place).as_posix()
    return crate.add_file(path, dest_path=said, properties={
        "name": _named(path, said), "contentSize": str(len(data)),
        "sha256": hashlib.sha256(data).hexdigest(),
        "encodingFormat": FORMATS.get(path.suffix, "application/octet-stream"),
    })


def _named(path: Path, said: str) -> str:
    """What a file is, from its sidecar where it has one."""
    own = path.name.endswith(".about.json")
    sidecar = path if own else path.with_name(f"{path.stem}.about.json")
    about = json.loads(read_text(sidecar)) if sidecar.is_file() else {}
    caption = about.get("caption") or about.get("id")
    if not caption:
        return said
    return f"Description of: {caption}" if own else f"{caption} ({path.suffix[1:].upper()})"


def _shared(crate: ROCrate, settings: Params) -> dict[str, str]:
    """What all actions refer to; gives the address of the code, where CITATION.cff names one."""
    import yaml

    citation = yaml.safe_load(read_text(settings.root / "CITATION.cff"))
    url = citation.get("repository-code") or citation.get("url")
    link = {"url": str(url)} if url else {}
    lock = hashlib.sha256((settings.root / "requirements.lock").read_bytes()).hexdigest()
    _entity(crate, TEXT, "CreativeWork", name="Creative Commons Attribution 4.0 International",
            identifier=TEXT, description="Text, figures and tables.")
    _entity(crate, CODE, "CreativeWork", name="MIT License", identifier=CODE, description="The code.")
    _entity(crate, PROFILE, "CreativeWork", name="Process Run Crate", version="0.5")
    _entity(crate, "#programme", "Organization", name=settings.programme.name)
    _entity(crate, "#lock", "CreativeWork", name="requirements.lock", sha256=lock,
            description="Every package of the environment, pinned with hashes; it is part of the code.")
    _entity(crate, "#pi-research", "SoftwareApplication", name="pi-research", **link, license=_at(CODE),
            softwareVersion=pi_research.__version__, description=str(citation["title"]))
    return link


def _action(crate: ROCrate, run: Path, settings: Params, name: str, end: str, files: list,
            link: dict[str, str]) -> ContextEntity:
    """What one notebook was run with, and what of it leaves."""
    from pi_research.report.index import said

    title, question, _ = said(settings, name)
    declared = provenance.declared(settings.root / "notebooks" / f"{name}.ipynb")
    origin = _origin(crate, run, name)
    notebook = _entity(
        crate, f"#notebook-{name}", "SoftwareApplication", name=f"{name}.ipynb", description=title, **link,
        softwareVersion=origin["code_hash"], softwareRequirements=_at("#pi-research"), license=_at(CODE))
    choices = _entity(
        crate, f"#params-{name}", "PropertyValue", name=f"Choices read from params.yaml by {name}",
        value=origin["params_hash"],
        description=f"First 16 digits of the SHA-256 of the sections {', '.join(declared['sections'])}.")
    action = _entity(crate, f"#run-{name}", "CreateAction", name=title, description=question, endTime=end,
                     actionStatus=DONE, agent=_at("#programme"))
    action["instrument"] = [notebook, _at("#pi-research")]
    needs = [_findings(crate, needed) for needed in declared["needs"]]
    action["object"] = [_at("#extract"), *needs, choices, _at("#lock")]
    action["result"] = [*files, _findings(crate, name)]
    return action


def _origin(crate: ROCrate, run: Path, name: str) -> dict[str, str]:
    """Hashes that the notebook's findings carry; the extract is described by the first that is met."""
    stored = json.loads(read_text(run / "findings" / f"{name}.json"))
    if not stored:
        raise FileReadError(22, f"{name} handed on no findings, so that its code and data are not known: "
                                f"`pi-research execute {name}`")
    if crate.dereference("#extract") is None:
        what = ("Synthetic: no real person is described." if stored[0]["synthetic"] else
                "Confidential: hashed here, not included; ask the organisation that holds it.")
        _entity(crate, "#extract", "CreativeWork", name="The extract", conditionsOfAccess=what,
                sha256=stored[0]["data_hash"],
                description=f"The tables that the notebooks read, by the SHA-256 of names and bytes. {what}")
    return stored[0]


def _findings(crate: ROCrate, name: str) -> ContextEntity:
    id = f"#findings-{name}"
    return crate.dereference(id) or _entity(crate, id, "CreativeWork", name=f"Findings of {name}",
                                            description=NOT_HASHED)


def _together(crate: ROCrate, of: list, files: list, end: str) -> ContextEntity:
    """The pages and lists made of all reports."""
    action = _entity(
        crate, "#put-together", "CreateAction", name="All reports put together", endTime=end,
        description="Index, search, the reports as one and the findings as a list. The time is that of the "
                    "last notebook, after which it was done.",
        actionStatus=DONE, agent=_at("#programme"), instrument=_at("#pi-research"))
    action["object"], action["result"] = of, files
    return action


def _root(crate: ROCrate, settings: Params, end: str, actions: list) -> None:
    root = crate.root_dataset
    root["name"] = f"{settings.programme.name}: released reports, tables and figures"
    root["description"] = ("What the small-number rule lets out of a run, with what each file was made from: "
                           "reports as HTML, PDF and Word, tables as CSV, figures as SVG, PNG and CSV.")
    root["datePublished"] = end[:10]
    root["license"] = _at(TEXT)
    root["author"] = root["publisher"] = _at("#programme")
    root["conformsTo"] = _at(PROFILE)
    root["mentions"] = actions
