"""The workflow's steps, one function each; the Snakefile says which comes after which."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from pi_research import params, provenance, verify
from pi_research.files import write_bytes, write_text

if TYPE_CHECKING:
    from pi_research.params import Params
    from pi_research.report.document import Document

__all__ = [
    "StepError",
    "execute_notebook",
    "make_compendium",
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
    return [table for table in dict.fromkeys(_tables(settings, name)) if table not in supplied]


def _tables(settings: Params, name: str) -> list[str]:
    """Tables that the notebook wants, and those that the notebooks want whose findings it needs."""
    declared = provenance.declared(settings.root / "notebooks" / f"{name}.ipynb")
    return [*declared["tables"], *(t for needed in declared["needs"] for t in _tables(settings, needed))]


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
    """HTML, PDF and Word file of an executed notebook, its tables as CSV and its figures as SVG, PNG and CSV.

    With a ``rule`` the pages go to ``release/`` and hold only what the rule lets out.
    """
    from pi_research.report.outputs import write_outputs
    from pi_research.report.page import html_page, pdf_file
    from pi_research.report.word import word_file

    stem = notebook_file(settings, name).stem
    document = read_run(settings, stem, rule)
    place = settings.out / "release" if rule else settings.out
    if rule:
        (place / "release.json").unlink(missing_ok=True)  # it lists pages that are no longer these
    write_outputs(document, place, stem)
    drawn, target = place / "figures", place / "reports" / stem
    write_bytes(target.with_suffix(".pdf"), pdf_file(document, drawn=drawn))
    write_bytes(target.with_suffix(".docx"), word_file(document, drawn=drawn))
    page = html_page(document, files="../{kind}/{of}", drawn=drawn, home="..", lead=stem)
    write_text(target.with_suffix(".html"), page)


def read_run(settings: Params, stem: str, rule: str = "") -> Document:
    """An executed notebook as the blocks of a report, exact or under the rule.

    Raises
    ------
    StepError
        Where it has not been run.
    """
    from pi_research.disclosure import Rule
    from pi_research.findings import read_findings
    from pi_research.report.document import read_document, read_notebook

    executed = settings.out / "notebooks" / f"{stem}.ipynb"
    if not executed.is_file():
        raise StepError(f"{stem} has not been run: `pi-research execute {stem}` first")
    preset = settings.disclosure
    chosen = Rule.preset(rule, threshold=preset.threshold, base=preset.base) if rule else None
    found = read_findings(settings.out, stem).values()
    if chosen and chosen.weakened and not all(f.synthetic for f in found):
        raise StepError(f"disclosure: threshold or base in params is weaker than the rule '{rule}', which is for a "
                        "synthetic extract only: set them to null, or choose another rule")
    withheld = _withheld(settings.out / "release" / "withheld.json", stem) if chosen else {}
    curves = _curves(settings) if chosen else ()
    return read_document(read_notebook(executed), chosen, name=stem, findings=found, withheld=withheld,
                         curves=curves)


def _curves(settings: Params) -> list[object]:
    """Curves of all executed notebooks: a page that prints another's estimate prints it as released there."""
    from pi_research.report.document import read_notebook, shown_charts

    files = sorted((settings.out / "notebooks").glob("[0-9]*.ipynb"))
    held = [f for f in files if '"protect": "curve"' in f.read_text(encoding="utf-8")]
    return [c for f in held for c in shown_charts(read_notebook(f)) if c.protect == "curve"]


def _withheld(file: Path, stem: str) -> dict[str, list[tuple[int, str]]]:
    """Cells that an audit asked to leave out of a notebook's outputs, by kind and id (``tables/kept_at``)."""
    made: dict[str, list[tuple[int, str]]] = {}
    for cell in json.loads(file.read_text(encoding="utf-8")) if file.is_file() else ():
        kind, notebook, name = cell["output"].split("/")
        if notebook == stem:
            made.setdefault(f"{kind}/{name}", []).append((int(cell["row"]), str(cell["column"])))
    return made


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


def make_compendium(settings: Params, rule: str = "") -> None:
    """All reports as one (HTML, PDF, Word) and the page that searches them.

    With a ``rule`` from the released reports, into ``release/``, with an index of them.
    """
    from concurrent.futures import ThreadPoolExecutor

    from pi_research.findings import read_findings
    from pi_research.report.combined import combined
    from pi_research.report.index import index_page, said
    from pi_research.report.page import html_page, pdf_file, status
    from pi_research.report.search import search_page
    from pi_research.report.word import word_file

    place = settings.out / "release" if rule else settings.out
    names = [n for n in notebooks(settings) if (place / "reports" / f"{n}.html").is_file()]
    documents = {n: read_run(settings, n, rule) for n in names}
    headlines = {n: said(settings, n)[2] for n in names}
    found = [f for n in names for f in read_findings(settings.out, n).values()]
    whole = combined(f"{settings.programme.name}: all reports", documents, headlines, settings.run.name,
                     {f.id: str(f.sentence) for f in found})
    drawn = place / "figures"
    typeset = ThreadPoolExecutor(1).submit(pdf_file, whole, drawn=drawn, parts=True)
    write_bytes(place / "compendium.docx", word_file(whole, drawn=drawn, parts=True))
    write_text(place / "compendium.html", html_page(whole, files="{kind}/{of}", drawn=drawn, home=".",
                                                    report="reports/{of}.html", lead="compendium"))
    pages = {f"reports/{n}.html": (place / "reports" / f"{n}.html").read_text(encoding="utf-8") for n in names}
    said = " ".join(dict.fromkeys(status(d) for d in documents.values()))
    write_text(place / "search.html", search_page(pages, said))
    write_bytes(place / "compendium.pdf", typeset.result())
    if rule:
        write_text(place / "index.html", index_page(settings, names, found, released=documents))


def register(settings: Params, day: str) -> dict[str, object]:
    """The plan as it would stand in params.yaml: today's date and the hash of each section."""
    names = [n for n in settings.slice() if n != "run"]
    return {"date": day, "hash": {n: params.slice_hash(settings.section(n)) for n in names}}
