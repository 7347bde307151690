"""nbconvert finds both exporters by name, and they work on any executed notebook."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile

import nbformat
import pytest
from nbconvert.exporters import get_exporter
from traitlets.config import Config

from pi_research.report.exporters import PiHTMLExporter, PiPDFExporter, PiWordExporter


@pytest.mark.parametrize(
    ("name", "kind", "ending", "mimetype"),
    [("pi_html", PiHTMLExporter, ".html", "text/html"), ("pi_pdf", PiPDFExporter, ".pdf", "application/pdf")],
)
def test_an_exporter_is_found_by_its_entry_point(name, kind, ending, mimetype):
    made = get_exporter(name)()
    assert type(made) is kind and made.file_extension == ending and made.output_mimetype == mimetype


def test_a_plain_notebook_becomes_a_page_and_a_pdf(notebook, output):
    nb = notebook("# A plain notebook\n\nText.", [output(html="<table><tr><td>1</td></tr></table>")])
    page, resources = get_exporter("pi_html")().from_notebook_node(nb)
    assert "<h1>A plain notebook</h1>" in page and resources["output_extension"] == ".html"
    pdf, resources = get_exporter("pi_pdf")().from_notebook_node(nb)
    assert pdf.startswith(b"%PDF-") and resources["output_extension"] == ".pdf"


def test_a_rule_in_the_configuration_releases(notebook, table):
    nb = notebook("# T", [table([("A", 113), ("B", 3)])])
    page, _ = PiHTMLExporter(config=Config({"PiHTMLExporter": {"rule": "nhs"}})).from_notebook_node(nb)
    assert ">115<" in page and ">113<" not in page and "[hidden]" in page
    exact, _ = PiHTMLExporter().from_notebook_node(nb)
    assert ">113<" in exact


def test_a_rule_that_is_none_is_refused_by_name(notebook):
    with pytest.raises(ValueError, match="disclosure.rule: must be one of nhs"):
        PiHTMLExporter(rule="nsh").from_notebook_node(notebook("# T"))


def test_the_notebook_given_is_not_changed(notebook, table):
    nb = notebook("# T", [table([("A", 113)])])
    before = json.dumps(nb)
    PiHTMLExporter().from_notebook_node(nb)
    assert json.dumps(nb) == before


def test_jupyter_nbconvert_knows_the_name(notebook, table, tmp_path):
    nbformat.write(notebook("# T", [table([("A", 113)])]), tmp_path / "plain.ipynb")
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "nbconvert",
            "--to",
            "pi_html",
            "--PiHTMLExporter.rule=nhs",
            str(tmp_path / "plain.ipynb"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    assert ">115<" in (tmp_path / "plain.html").read_text(encoding="utf-8")


def test_a_word_file_under_a_rule_is_released(notebook, table):
    nb = notebook("# T", [table([("A", 113), ("B", 3)])])
    made, resources = PiWordExporter(rule="nhs").from_notebook_node(nb)
    with zipfile.ZipFile(io.BytesIO(made)) as file:
        text = file.read("word/document.xml").decode("utf-8")
    assert resources["output_extension"] == ".docx" and ">115<" in text and ">113<" not in text and "[hidden]" in text
