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
from functools import cache
from pathlib import Path

from pi_research.report.document import Block, Document
from pi_research.report.render import as_html, as_typst, typst_string, typst_text
from pi_research.report.shown import Chart

__all__ = ["html_page", "pdf_file"]

ASSETS = Path(__file__).with_name("assets")
MARKDOWN = ("markdown-yaml_metadata_block-implicit_figures+tex_math_single_backslash"
            "+lists_without_preceding_blankline")

INSIDE = "Inside the safe room: exact numbers, not for release."


def html_page(document: Document, *, files: str = "") -> str:
    """The whole page as text.

    Parameters
    ----------
    document : Document
    files : str
        Folder, as the page sees it, that holds ``tables`` and ``figures`` of this report;
        empty where there is none: then no links to them are written.
    """
    import pypandoc

    body = "\n\n".join(_html_block(b, files) for b in document.blocks)
    style = (ASSETS / "page.css").read_text(encoding="utf-8")
    rule = document.rule.sentence() if document.rule else ""
    variables = {"pagetitle": html.escape(_words(document.title)), "style": style, "rule": html.escape(rule),
                 "where": "released" if document.rule else "inside",
                 "synthetic": "yes" if document.synthetic else ""}
    extra = [f"--template={ASSETS / 'page.html'}", "--toc", "--toc-depth=2", "--mathml"]
    extra += ["--syntax-highlighting=none", "--wrap=none", f"--lua-filter={ASSETS / 'page.lua'}"]
    extra += [f"--variable={k}={v}" for k, v in variables.items()]
    return pypandoc.convert_text(body, "html5", format=MARKDOWN, extra_args=extra)


def _words(title: str) -> str:
    """A title without the marks of markdown."""
    return re.sub(r"[*`]|\\(?=[^\w\s])", "", title)


def _html_block(block: Block, files: str) -> str:
    if block.kind == "prose":
        return block.text
    if block.kind == "code":
        code = f'<pre tabindex="0"><code>{html.escape(block.text)}</code></pre>'
        return _raw("html", f'<details class="code"><summary>Code</summary>{code}</details>')
    if block.kind == "other":
        return _raw("html", f'<div class="other">{block.text}</div>')
    return _raw("html", as_html(block.item, number=block.label, links=_links(block, files)))


def _links(block: Block, files: str) -> str:
    if not files or isinstance(block.item, str):
        return ""
    chart = isinstance(block.item, Chart)
    folder = files.format(kind="figures" if chart else "tables")
    far = f'<span class="far"> of {block.item.id}</span>'
    made = [f'<a href="{folder}/{block.item.id}.{end}">{end.upper()}{far}</a>'
            for end in (("svg", "png", "csv") if chart else ("csv",))]
    return f' <span class="files">({", ".join(made)})</span>'


def _raw(kind: str, text: str) -> str:
    """Text that pandoc passes on as it is, in a fence longer than any within it."""
    fence = "~" * max(12, 1 + max(map(len, re.findall("~+", text)), default=0))
    return f"{fence}{{={kind}}}\n{text}\n{fence}"


def pdf_file(document: Document) -> bytes:
    """The report as a tagged PDF (PDF/UA-1), the same bytes each time.

    Raises
    ------
    ValueError
        Where the document cannot meet the standard (a character that no font has), with typst's words.
    """
    import pypandoc
    import typst

    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        blocks = [_typst_block(b, place, room) for place, b in enumerate(document.blocks)]
        body = "\n\n".join(b for b in blocks if b)
        extra = [f"--lua-filter={ASSETS / 'page.lua'}", "--wrap=none"]
        source = pypandoc.convert_text(body, "typst", format=MARKDOWN, extra_args=extra)
        (room / "main.typ").write_text(_preamble(document) + source, encoding="utf-8")
        try:
            return typst.compile(
                str(room / "main.typ"), root=folder, font_paths=[str(_fonts())], ignore_system_fonts=True,
                pdf_standards=["ua-1"], timestamp=0,
            )
        except typst.TypstError as fault:
            mend = "; write that character in words" if "displayed with font" in fault.message else ""
            said = f"the PDF of '{document.title}' does not meet PDF/UA-1: {fault.message}{mend}"
            raise ValueError(said) from None


def _typst_block(block: Block, place: int, room: Path) -> str:
    from pi_research.report.draw import svg

    if block.kind == "code":
        return ""
    if block.kind == "prose":
        return _pictures_as_files(block.text, place, room)
    if block.kind == "other":
        return _raw("html", _pictures_as_files(block.text, place, room))
    picture = ""
    if isinstance(block.item, Chart):
        picture = f"chart{place}.svg"
        (room / picture).write_text(svg(block.item), encoding="utf-8")
    return _raw("typst", as_typst(block.item, picture=picture, number=block.label))


def _pictures_as_files(text: str, place: int, room: Path) -> str:
    """The text with each picture that it holds written beside it, since typst reads pictures from files."""
    def put(found: re.Match) -> str:
        end = {"svg+xml": "svg", "jpeg": "jpg"}.get(found[1], found[1])
        name = f"picture{place}_{found.start()}.{end}"
        (room / name).write_bytes(base64.b64decode(found[2]))
        return name
    return re.sub(r"data:image/([a-z+]+);base64,([A-Za-z0-9+/=]+)", put, text)


def _preamble(document: Document) -> str:
    kind = document.rule.sentence() if document.rule else INSIDE
    kind += " Synthetic data: no real person is described." if document.synthetic else ""
    head = (ASSETS / "page.typ").read_text(encoding="utf-8")
    title = typst_string(_words(document.title))
    return head.replace("<<STATUS>>", typst_text(kind)).replace("<<TITLE>>", title)


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
