"""The workflow's steps, one function each; the Snakefile says which comes after which."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pi_research import params, provenance, verify
from pi_research.files import write_bytes, write_text

if TYPE_CHECKING:
    from pi_research.params import Params

__all__ = [
    "StepError",
    "execute_notebook",
    "make_index",
    "make_journeys",
    "make_report",
    "notebooks",
    "notebook_inputs",
]


class StepError(RuntimeError):
    """A step that could not be done; the message says what to do."""


def notebooks(settings: Params, *, answerable: bool = True) -> list[str]:
    """Names of the notebooks of the project, in order; those that the extract has the tables for."""
    names = sorted(p.stem for p in (settings.root / "notebooks").glob("[0-9]*.ipynb"))
    return [n for n in names if not (answerable and tables_missing(settings, n))]


def tables_missing(settings: Params, name: str) -> list[str]:
    """Tables without which the notebook has no answer, and which the extract does not hold."""
    supplied = {p.stem for p in settings.data.glob("*") if p.suffix in (".csv", ".parquet")}
    wanted = provenance.declared(settings.root / "notebooks" / f"{name}.ipynb")["tables"]
    return [table for table in wanted if table not in supplied]


def notebook_file(settings: Params, name: str) -> Path:
    """The notebook named, with or without its ending.

    Raises
    ------
    StepError
        Where there is none: the names that there are are listed.
    """
    stem = Path(name).name.removesuffix(".ipynb")
    file = settings.root / "notebooks" / f"{stem}.ipynb"
    if not file.is_file():
        names = ", ".join(notebooks(settings, answerable=False))
        raise StepError(f"there is no notebook {stem}; there are {names}")
    return file


def notebook_inputs(settings: Params, name: str) -> dict[str, list[str]]:
    """What a notebook's results depend on: code, the notebooks whose findings it needs, params' slice."""
    file = notebook_file(settings, name)
    declared = provenance.declared(file)
    return {
        "code": [str(p) for p in provenance.code_inputs(file)],
        "needs": list(declared["needs"]),
        "slice": [json.dumps(settings.slice(declared["sections"]), sort_keys=True)],
    }


def make_journeys(settings: Params) -> None:
    """Read and check the extract, make the journeys tables and keep them with the run."""
    from pi_research import extract
    from pi_research.journeys import store

    data = extract.read_extract(settings.data)
    store.save(store.make(data, settings), settings.out / "journeys", store.origin_of(data, settings))


def execute_notebook(settings: Params, name: str) -> Path:
    """Run one notebook with the sections of params that it declares.

    Raises
    ------
    StepError
        Where a notebook that it needs has not been run, or a cell fails: with the notebook, the cell and
        the last line of the error.
    """
    from papermill import PapermillExecutionError

    from pi_research.kernel import execute

    file = notebook_file(settings, name)
    declared = provenance.declared(file)
    if lacking := tables_missing(settings, file.stem):
        raise StepError(f"{file.stem} has no answer without the tables {', '.join(lacking)}, which the extract in "
                        f"{settings.data} does not hold: add them, or leave this notebook out")
    for needed in declared["needs"]:
        if not (settings.out / "findings" / f"{needed}.json").is_file():
            raise StepError(
                f"{file.stem} needs the findings of {needed}: run {needed} first, or `pi-research run`"
            )
    sections = {s: settings.section(s) for s in declared["sections"]}
    if "run" in sections:
        sections["run"] |= {"data": str(settings.data), "out": str(settings.out.parent)}
    os.environ["PI_RESEARCH_ROOT"] = str(settings.root)
    target = settings.out / "notebooks" / file.name
    try:
        execute(file, target, sections)
    except PapermillExecutionError as fault:
        raise StepError(f"{file.stem}, code cell {fault.exec_count}: {fault.ename}: {fault.evalue}") from None
    return target


def make_report(settings: Params, name: str, rule: str = "") -> None:
    """HTML and PDF of an executed notebook, its tables as CSV and its figures as SVG, PNG and CSV.

    With a ``rule`` the pages go to ``release/`` and hold only what the rule lets out.
    """
    import nbformat

    from pi_research.disclosure import Rule
    from pi_research.report.document import read_document
    from pi_research.report.page import html_page, pdf_file

    stem = notebook_file(settings, name).stem
    executed = settings.out / "notebooks" / f"{stem}.ipynb"
    if not executed.is_file():
        raise StepError(f"{stem} has not been run: `pi-research execute {stem}` first")
    preset = settings.disclosure
    chosen = Rule.preset(rule, threshold=preset.threshold, base=preset.base) if rule else None
    document = read_document(nbformat.read(executed, as_version=4), chosen)
    place = settings.out / "release" if rule else settings.out
    _write_items(document.items, place, stem)
    write_bytes(place / "reports" / f"{stem}.pdf", pdf_file(document))
    write_text(place / "reports" / f"{stem}.html", html_page(document, files=f"../{{kind}}/{stem}"))


def _write_items(items: Iterable[object], place: Path, stem: str) -> None:
    from pi_research.report.draw import png, svg
    from pi_research.report.render import csv_text
    from pi_research.report.shown import Chart

    for kind in ("tables", "figures"):
        (place / kind / stem).mkdir(parents=True, exist_ok=True)
    for item in items:
        if isinstance(item, Chart):
            folder = place / "figures" / stem
            write_text(folder / f"{item.id}.svg", svg(item))
            write_bytes(folder / f"{item.id}.png", png(item))
        else:
            folder = place / "tables" / stem
        write_text(folder / f"{item.id}.csv", csv_text(item))
        write_text(
            folder / f"{item.id}.about.json", json.dumps(_about(item), indent=1, ensure_ascii=False) + "\n"
        )


def _about(item: object) -> dict:
    """The sidecar: who is counted, split by what, which statistic, what an audit needs."""
    from pi_research.report.shown import Chart

    about = {
        "id": item.id,
        "caption": item.caption,
        "universe": item.universe,
        "dimensions": list(item.dimensions),
    }
    if isinstance(item, Chart):
        return about | {
            "kind": "chart",
            "alt": str(item.alt),
            "protect": item.protect,
            "counts": list(item.counts),
        }
    columns = [
        {
            "name": c.name,
            "label": c.label,
            "statistic": c.style,
            "behind": list(c.behind),
            "of": list(c.of or ()),
        }
        for c in item.columns
    ]
    return about | {
        "kind": "table",
        "statistic": item.statistic,
        "margins": list(item.margins),
        "columns": columns,
    }


def make_index(settings: Params) -> None:
    """``findings.json`` (the union) and ``index.html``, the page that a commissioner opens first."""
    from pi_research.findings import as_json, union
    from pi_research.report.index import index_page

    names = [n for n in notebooks(settings) if (settings.out / "reports" / f"{n}.html").is_file()]
    found = union(settings.out / "findings" / f"{n}.json" for n in names)
    write_text(settings.out / "findings.json", as_json(found))
    write_text(settings.out / verify.MADE_FROM, verify.made_from(settings))
    silent = {n: tables_missing(settings, n) for n in notebooks(settings, answerable=False)}
    silent = {n: lacking for n, lacking in silent.items() if lacking}
    write_text(settings.out / "index.html", index_page(settings, names, found, silent))


def register(settings: Params, day: str) -> dict[str, object]:
    """The plan as it would stand in params.yaml: today's date and the hash of each section."""
    names = [n for n in settings.slice() if n != "run"]
    return {"date": day, "hash": {n: params.slice_hash(settings.section(n)) for n in names}}
