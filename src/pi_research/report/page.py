"""A document as one HTML page or one PDF file.

Both go through pandoc: prose is markdown, everything shown is put in ready-made. The page
asks for nothing from elsewhere (formulas are MathML, pictures are inside it). The PDF is
typeset by typst under the standard PDF/UA-1, which refuses a picture without alt text.
"""

from __future__ import annotations

import base64
import html
import re
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from pi_research.report.document import Block, Document
from pi_research.report.render import as_html, as_typst, typst_string, typst_text
from pi_research.report.shown import Chart, Table
from pi_research.report.trace import HANDED_ON, Trace, cited, trace

__all__ = ["figure_list", "filtered", "html_page", "pdf_file", "picture_of", "pictures_as_files", "raw",
           "status", "unmarked", "words"]

ASSETS = Path(__file__).with_name("assets")
MARKDOWN = ("markdown-yaml_metadata_block-implicit_figures+tex_math_single_backslash"
            "+lists_without_preceding_blankline")

LISTS = {"contents": "::: {#contents-list}\n:::"}
TYPST_LISTS = {"contents": "#outline(title: none, depth: 2)",
               "figures": "#outline(title: none, target: figure.where(kind: image))\n"
                          "#outline(title: none, target: figure.where(kind: table))"}
INSIDE = "Inside the safe room: exact numbers, not for release."


def html_page(document: Document, *, files: str = "", drawn: Path | None = None, home: str = "",
              report: str = "", lead: str = "") -> str:
    """The whole page as text.

    Parameters
    ----------
    document : Document
    files : str
        Folder, as the page sees it, that holds ``tables`` and ``figures`` of this report, with ``{kind}`` and
        ``{of}`` (the notebook) in it; empty where there is none: then no links to them are written.
    drawn : Path, optional
        Folder of figures that are drawn already, one folder a notebook; by default they are drawn here.
    home : str
        Folder, as the page sees it, of the index and the search page; empty where there is none.
    report : str
        The page of each single report, with ``{of}`` in it, where this one holds several.
    lead : str
        Name without ending of this page's PDF and Word file; empty where there is none.
    """
    from pi_research.report.pandoc import converted

    traced = trace(document)
    lists = {**LISTS, "figures": figure_list(document, lambda b: _shown_name(b, f"{b.of}-"))}
    body = "\n\n".join(lists[b.kind] if b.kind in lists else _html_block(b, at, traced, files, drawn, report)
                        for at, b in enumerate(document.blocks))
    style = (ASSETS / "page.css").read_text(encoding="utf-8")
    rule = document.rule.sentence() if document.rule else ""
    variables = {"pagetitle": html.escape(words(document.title)), "style": style, "rule": html.escape(rule),
                 "where": "released" if document.rule else "inside", "lead": lead, "home": home,
                 "synthetic": "yes" if document.synthetic else ""}
    extra = [f"--template={ASSETS / 'page.html'}", "--toc", "--toc-depth=2", "--mathml"]
    extra += ["--syntax-highlighting=none", "--wrap=none", *filtered(report)]
    extra += [f"--variable={k}={v}" for k, v in variables.items()]
    return _scoped(converted(body, "html5", format=MARKDOWN, extra_args=extra))


def _scoped(page: str) -> str:
    """Each heading of a table that others made says what it heads, and an empty one is a plain cell."""
    def put(part: re.Match) -> str:
        way = "col" if part[1] == "thead" else "row"
        full = re.sub(r"<th\b[^>]*></th>", "<td></td>", part[0])
        return re.sub(r"<th\b(?![^>]*\bscope=)", f'<th scope="{way}"', full)
    return re.sub(r"(?s)<(thead|tbody)\b.*?</\1>", put, page)


def figure_list(document: Document, name: Callable[[Block], str]) -> str:
    """Markdown list of the figures and tables, each with a link to the name of its block."""
    shown = [b for b in document.blocks if isinstance(b.item, (Table, Chart))]
    lines = [f"- [{b.label} {unmarked(b.item.caption)}](#{name(b)})" for kind in (Chart, Table)
             for b in shown if isinstance(b.item, kind)]
    return "\n".join(lines)


def _shown_name(block: Block, place: str) -> str:
    """The name of a figure or table on a page."""
    return f"{'drawn' if isinstance(block.item, Chart) else 'shown'}-{place}{block.item.id}"


def unmarked(text: str) -> str:
    """Text in which markdown sees no mark."""
    return re.sub(r"[^\w\s]", lambda sign: f"&#{ord(sign[0])};", text).replace("\n", " ")


def filtered(parts: object) -> list[str]:
    """Pandoc's filter; in a page of several parts each part's headings go below its title."""
    return [f"--lua-filter={ASSETS / 'page.lua'}", *(["--metadata=parts"] if parts else [])]


def words(title: str) -> str:
    """A title without the marks of markdown."""
    return re.sub(r"[*`]|\\(?=[^\w\s])", "", title)


def _html_block(block: Block, at: int, traced: Trace, files: str, drawn: Path | None, report: str) -> str:
    if block.kind == "prose":
        return block.text
    if block.kind == "code":
        far = f'<span class="far"> of cell {block.cell}</span>' if block.cell else ""
        code = f"<pre><code>{html.escape(block.text)}</code></pre>"
        name = f' id="code-{block.cell}"' if block.cell else ""
        return raw("html", f'<details class="code"{name}><summary>Code{far}</summary>{code}</details>')
    if block.kind == "other":
        label = f"Output {at + 1}"
        return raw("html", f'<div class="other" role="region" tabindex="0" aria-label="{label}">{block.text}</div>')
    place = f"{block.of}-" if report else ""
    picture = picture_of(block, drawn, "svg").decode() if isinstance(block.item, Chart) else ""
    made = as_html(block.item, number=block.label, links=_links(block, files), place=place, picture=picture)
    made = made if isinstance(block.item, Chart) else cited(made, report)
    if isinstance(block.item, Table) and block.item.id == HANDED_ON:
        made = traced.linked(made, report.format(of=block.of))
    if block.findings:
        made = f'<div class="said" id="said-{at}">{made}{traced.below(block)}</div>'
    return raw("html", made)


def picture_of(block: Block, drawn: Path | None, kind: str) -> bytes:
    """A block's chart as ``svg`` or ``png``: the file where it is drawn already, else drawn now."""
    from pi_research.report import draw

    if drawn:
        return (drawn / block.of / f"{block.item.id}.{kind}").read_bytes()
    return draw.svg(block.item).encode() if kind == "svg" else draw.png(block.item)


def _links(block: Block, files: str) -> str:
    if not files or isinstance(block.item, str):
        return ""
    chart = isinstance(block.item, Chart)
    folder = files.format(kind="figures" if chart else "tables", of=block.of)
    far = f'<span class="far"> of {html.escape(block.label)}</span>'
    made = [f'<a href="{folder}/{block.item.id}.{end}">{end.upper()}{far}</a>'
            for end in (("svg", "png", "csv") if chart else ("csv",))]
    return f' <span class="files">({", ".join(made)})</span>'


def raw(kind: str, text: str) -> str:
    """Text that pandoc passes on as it is, in a fence longer than any within it."""
    fence = "~" * max(12, 1 + max(map(len, re.findall("~+", text)), default=0))
    return f"{fence}{{={kind}}}\n{text}\n{fence}"


def pdf_file(document: Document, *, drawn: Path | None = None, parts: bool = False) -> bytes:
    """The report as a tagged PDF (PDF/UA-1), the same bytes each time.

    ``drawn`` is as for :func:`html_page`; ``parts`` says that the document holds several reports.

    Raises
    ------
    ValueError
        Where the document cannot meet the standard (a character that no font has), with typst's words.
    """
    from pi_research.report.pandoc import converted

    import typst

    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        blocks = [_typst_block(b, place, room, drawn) for place, b in enumerate(document.blocks)]
        body = "\n\n".join(b for b in blocks if b)
        extra = [*filtered(parts), "--wrap=none"]
        source = converted(body, "typst", format=MARKDOWN, extra_args=extra)
        (room / "main.typ").write_text(_preamble(document, parts) + source, encoding="utf-8")
        try:
            return typst.compile(
                str(room / "main.typ"), root=folder, font_paths=[str(_fonts())], ignore_system_fonts=True,
                pdf_standards=["ua-1"], timestamp=0,
            )
        except typst.TypstError as fault:
            mend = "; write that character in words" if "displayed with font" in fault.message else ""
            said = f"the PDF of '{document.title}' does not meet PDF/UA-1: {fault.message}{mend}"
            raise ValueError(said) from None


def _typst_block(block: Block, place: int, room: Path, drawn: Path | None) -> str:
    if block.kind == "code":
        return ""
    if block.kind in TYPST_LISTS:
        return raw("typst", TYPST_LISTS[block.kind])
    if block.kind == "prose":
        return pictures_as_files(block.text, place, room)
    if block.kind == "other":
        return raw("html", pictures_as_files(block.text, place, room))
    picture = ""
    if isinstance(block.item, Chart):
        picture = f"chart{place}.svg"
        (room / picture).write_bytes(picture_of(block, drawn, "svg"))
    return raw("typst", as_typst(block.item, picture=picture, number=block.label))


def pictures_as_files(text: str, place: int, room: Path) -> str:
    """The text with each picture that it holds written beside it, since typst reads pictures from files."""
    def put(found: re.Match) -> str:
        end = {"svg+xml": "svg", "jpeg": "jpg"}.get(found[1], found[1])
        name = f"picture{place}_{found.start()}.{end}"
        (room / name).write_bytes(base64.b64decode(found[2]))
        return name
    return re.sub(r"data:image/([a-z+]+);base64,([A-Za-z0-9+/=]+)", put, text)


def status(document: Document) -> str:
    """Whether the page may leave, and under which rule; whether its people are made up."""
    kind = document.rule.sentence() if document.rule else INSIDE
    return kind + (" Synthetic data: no real person is described." if document.synthetic else "")


def _preamble(document: Document, parts: bool) -> str:
    kind = status(document)
    head = (ASSETS / "page.typ").read_text(encoding="utf-8")
    title = typst_string(words(document.title))
    return head.replace("<<STATUS>>", typst_text(kind)).replace("<<TITLE>>", title).replace("<<SPACE>>", "5cm" if parts else "0cm")


@cache
def _fonts() -> Path:
    """DejaVu alone: matplotlib's folder also holds a last-resort font that would hide missing characters."""
    import matplotlib

    folder = Path(tempfile.mkdtemp(prefix="pi-fonts-"))
    for font in sorted((Path(matplotlib.get_data_path()) / "fonts" / "ttf").glob("DejaVuSans*.ttf")):
        shutil.copy(font, folder)
    import atexit

    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
