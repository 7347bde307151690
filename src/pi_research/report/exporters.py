"""nbconvert exporters: ``jupyter nbconvert --to pi_html``, ``--to pi_pdf`` and ``--to pi_docx``.

They work on any executed notebook; tables, charts and sentences that were shown through
``report.show`` can also be released: ``--PiHTMLExporter.rule=nhs``.
"""

from __future__ import annotations

from nbconvert.exporters import Exporter
from nbformat import NotebookNode
from traitlets import Unicode, default

from pi_research.disclosure import Rule
from pi_research.report.document import Document, read_document
from pi_research.report.page import html_page, pdf_file
from pi_research.report.word import word_file

__all__ = ["PiHTMLExporter", "PiPDFExporter", "PiWordExporter"]


class _PiExporter(Exporter):
    """What all share: reading the notebook, under a rule where one is named."""

    rule = Unicode(
        "", help="Name of a disclosure preset (nhs, opensafely, midpoint6, sacro); empty for exact pages."
    ).tag(config=True)

    def _document(self, nb: NotebookNode, resources: dict | None, **kw: object) -> tuple[Document, dict]:
        nb, resources = super().from_notebook_node(nb, resources, **kw)
        return read_document(nb, Rule.preset(self.rule) if self.rule else None), resources


class PiHTMLExporter(_PiExporter):
    """One self-contained HTML page: code folded away, formulas as MathML, no request to anywhere."""

    export_from_notebook = "Promoting Independence HTML report"
    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension(self) -> str:
        return ".html"

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict | None = None, **kw: object
    ) -> tuple[str, dict]:
        """The page and nbconvert's resources."""
        document, resources = self._document(nb, resources, **kw)
        return html_page(document), resources


class PiPDFExporter(_PiExporter):
    """A tagged PDF (PDF/UA-1) by pandoc and typst: no LaTeX, no browser, no system package."""

    export_from_notebook = "Promoting Independence PDF report"
    output_mimetype = "application/pdf"

    @default("file_extension")
    def _file_extension(self) -> str:
        return ".pdf"

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict | None = None, **kw: object
    ) -> tuple[bytes, dict]:
        """The file's bytes and nbconvert's resources."""
        document, resources = self._document(nb, resources, **kw)
        return pdf_file(document), resources


class PiWordExporter(_PiExporter):
    """A Word file with real headings, tables and captions."""

    export_from_notebook = "Promoting Independence Word report"
    output_mimetype = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

    @default("file_extension")
    def _file_extension(self) -> str:
        return ".docx"

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict | None = None, **kw: object
    ) -> tuple[bytes, dict]:
        """The file's bytes and nbconvert's resources."""
        document, resources = self._document(nb, resources, **kw)
        return word_file(document), resources
