"""A document as a Word file: real headings, tables whose header rows repeat, captions that Word can list.

Prose goes through pandoc like the page and the PDF; what is shown is written as Word's own paragraphs and
tables. Pandoc's styles are replaced by ours, and what it says of program, dates and words is left out, so
that the same document gives the same bytes.
"""

from __future__ import annotations

import html
import io
import re
import tempfile
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

from pi_research.disclosure import cells
from pi_research.report import page
from pi_research.report.document import Block, Document
from pi_research.report.render import right_columns
from pi_research.report.shown import Chart, Table, with_content

__all__ = ["word_file"]

BREADTH = 9411
"""Twentieths of a point between the margins of a page (A4, 2.2 cm left and right)."""
TOGETHER = 15
"""Rows of a table that is kept on one page."""
NAMESPACES = ('xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
              'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"')
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
FOOTER = (f'<?xml version="1.0" encoding="UTF-8"?><w:ftr {NAMESPACES}><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr>'
          '<w:r><w:t xml:space="preserve">Page </w:t></w:r><w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r>'
          "</w:fldSimple></w:p></w:ftr>")
SECTION = (f'<w:sectPr><w:footerReference {NAMESPACES} w:type="default" r:id="rIdFooter"/>'
           '<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1247" w:right="1247" w:bottom="1361" '
           'w:left="1247" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr></w:body>')
APP = ('<?xml version="1.0" encoding="UTF-8"?><Properties xmlns="http://schemas.openxmlformats.org/'
       'officeDocument/2006/extended-properties"></Properties>')


def word_file(document: Document, *, drawn: Path | None = None, parts: bool = False) -> bytes:
    """The document as a .docx file, the same bytes each time.

    Parameters
    ----------
    document : Document
    drawn : Path, optional
        Folder of figures that are drawn already, one folder a notebook; by default they are drawn here.
    parts : bool
        Whether the document holds several reports, each below a heading of its own.
    """
    from pi_research.report.pandoc import converted

    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        lists = {**page.LISTS, "figures": page.figure_list(document, _name)}
        blocks = [lists[b.kind] if b.kind in lists else _block(b, at, room, drawn)
                  for at, b in enumerate(document.blocks)]
        body = "\n\n".join([page.raw("openxml", _paragraph(page.status(document), "Status")), *blocks])
        extra = [*page.filtered(parts), f"--resource-path={folder}", "--syntax-highlighting=none",
                 f"--metadata=title={page.words(document.title)}", "--metadata=lang=en-GB"]
        converted(body, "docx", format=page.MARKDOWN, outputfile=str(room / "made.docx"), extra_args=extra)
        return _ours((room / "made.docx").read_bytes())


def _block(block: Block, at: int, room: Path, drawn: Path | None) -> str:
    if block.kind == "code":
        return ""
    if block.kind == "prose":
        return page.pictures_as_files(block.text, at, room)
    if block.kind == "other":
        return page.raw("html", page.pictures_as_files(block.text, at, room))
    item = with_content(block.item)
    if isinstance(item, Table):
        note = _paragraph(str(item.note), "Note") if str(item.note) else _paragraph("", "Compact")
        return page.raw("openxml", _caption(block, at) + _table(item) + note)
    if isinstance(item, Chart):
        (room / f"chart{at}.png").write_bytes(page.picture_of(block, drawn, "png"))
        alt = html.escape(str(item.alt), quote=True)
        image = page.raw("html", f'<div data-custom-style="Picture"><p><img src="chart{at}.png" width="100%" '
                                 f'alt="{alt}"></p></div>')
        return f"{image}\n\n{page.raw('openxml', _caption(block, at))}"
    return page.raw("openxml", _paragraph(str(item), "Says"))


def _words(text: str) -> str:
    """Text as XML holds it: no control characters, one line."""
    return escape(re.sub(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]+", " ", text))


def _run(text: str, bold: bool = False) -> str:
    weight = "<w:rPr><w:b/></w:rPr>" if bold else ""
    return f'<w:r>{weight}<w:t xml:space="preserve">{_words(text)}</w:t></w:r>'


def _paragraph(text: str, style: str, *, more: str = "") -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{more}</w:pPr>{_run(text)}</w:p>'


def _caption(block: Block, at: int) -> str:
    """A caption with Word's own counter, so that Word can list the tables and figures, and a name for links."""
    table = isinstance(block.item, Table)
    kind, number = block.label.rstrip(".").split()
    mark = f'<w:bookmarkStart w:id="{100000 + at}" w:name="{_name(block)}"/>', f'<w:bookmarkEnd w:id="{100000 + at}"/>'
    field = f'<w:fldSimple w:instr=" SEQ {kind} \\* ARABIC ">{_run(number, True)}</w:fldSimple>'
    keep = "<w:keepNext/>" if table else ""
    return (f'<w:p><w:pPr><w:pStyle w:val="Caption"/>{keep}</w:pPr>{mark[0]}{_run(f"{kind} ", True)}{field}'
            f'{_run(". ", True)}{mark[1]}{_run(block.item.caption)}</w:p>')


def _name(block: Block) -> str:
    """``Table_3``: Word's names are short and hold no points."""
    return block.label.rstrip(".").replace(" ", "_")


def _table(item: Table) -> str:
    text = cells(item.frame, item.columns)
    right = right_columns(item, text)
    widths = _widths(item, text, right)
    sides = ['<w:jc w:val="right"/>' if c.name in right else "" for c in item.columns]
    small = "TableSmall" if len(item.columns) > 6 else "TableText"

    def row(values: list[str], head: bool = False, keep: str = "<w:keepNext/>") -> str:
        made = "".join(f'<w:tc><w:tcPr><w:tcW w:w="{w}" w:type="dxa"/></w:tcPr>{_paragraph(v, small, more=keep + s)}'
                       "</w:tc>" for v, w, s in zip(values, widths, sides, strict=True))
        return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' if head else ''}</w:trPr>{made}</w:tr>"

    kept = len(text) - 1 if len(text) <= TOGETHER else 1
    rows = [row(list(values), keep="<w:keepNext/>" if at < kept else "")
            for at, values in enumerate(text.itertuples(index=False))]
    rows = rows or [row(["Nothing to list."] + [""] * (len(widths) - 1))]
    grid = "".join(f'<w:gridCol w:w="{w}"/>' for w in widths)
    said = escape(item.caption, {'"': "&quot;"})
    return (f'<w:tbl><w:tblPr><w:tblStyle w:val="Table"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
            '<w:tblLayout w:type="fixed"/><w:tblLook w:val="00A0" w:firstRow="1" w:lastRow="0" '
            f'w:firstColumn="1" w:lastColumn="0" w:noHBand="0" w:noVBand="0"/><w:tblCaption w:val="{said}"/></w:tblPr>'
            f"<w:tblGrid>{grid}</w:tblGrid>{row([c.label for c in item.columns], True)}{''.join(rows)}</w:tbl>")


def _widths(item: Table, text: object, right: set[str]) -> list[int]:
    """Room for the longest word of each column first; what is left goes to the columns that want it."""
    words, wanted = [], []
    for column in item.columns:
        word = max((len(w) for v in [column.label, *text[column.name]] for w in v.split()), default=1)
        longest = max([len(v) for v in text[column.name]], default=1)
        words.append(min(word, 26) + 3)
        wanted.append(max(words[-1], (longest if column.name in right else min(longest, 60)) + 3))
    spare = max((112 if len(words) <= 6 else 134) - sum(words), 0)
    more = [w - n for w, n in zip(wanted, words, strict=True)]
    share = min(spare / max(sum(more), 1), 1)
    asked = [n + share * m for n, m in zip(words, more, strict=True)]
    return [round(BREADTH * one / sum(asked)) for one in asked]


def _ours(made: bytes) -> bytes:
    """Pandoc's file with our styles and page, and without what it says of itself."""
    with zipfile.ZipFile(io.BytesIO(made)) as given:
        files = {name: given.read(name) for name in given.namelist()}
    files["word/styles.xml"] = (page.ASSETS / "word_styles.xml").read_bytes()
    files["word/footer1.xml"], files["docProps/app.xml"] = FOOTER.encode(), APP.encode()
    _change(files, "word/document.xml", r"(?s)<w:sectPr\b(?:(?!<w:sectPr).)*</w:body>", SECTION)
    _change(files, "word/settings.xml", 'w:val="en-US"', 'w:val="en-GB"')
    _change(files, "docProps/core.xml", r"<dcterms:(created|modified)\b.*?</dcterms:\1>", "")
    _change(files, "word/_rels/document.xml.rels", "</Relationships>", f'<Relationship Id="rIdFooter" '
            f'Type="{OFFICE}/footer" Target="footer1.xml"/></Relationships>')
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"
    _change(files, "[Content_Types].xml", "</Types>",
            f'<Override PartName="/word/footer1.xml" ContentType="{kind}"/></Types>')
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted(files, key=lambda n: (n != "[Content_Types].xml", n)):
            packed.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), files[name], zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _change(files: dict[str, bytes], name: str, what: str, into: str) -> None:
    files[name] = re.sub(what, lambda _: into, files[name].decode("utf-8")).encode("utf-8")
