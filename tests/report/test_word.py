"""A document as a Word file."""

from __future__ import annotations

import io
import re
import zipfile
from xml.etree import ElementTree

import pandas as pd
import pytest

from pi_research.disclosure import Column
from pi_research.report.combined import combined
from pi_research.report.document import read_document
from pi_research.report.shown import Table
from pi_research.report.word import word_file
from pi_research.wording import count, sentence

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
NASTY = 'A <b>&"x"</b> \x07 \n'


def parts(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name).decode("utf-8", "replace") for name in file.namelist()}


def tree(data: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(parts(data)["word/document.xml"])


def paragraphs(root: ElementTree.Element) -> list[tuple[str, str]]:
    """(style, words) of each paragraph."""
    made = []
    for p in root.iter(f"{W}p"):
        style = p.find(f"{W}pPr/{W}pStyle")
        made.append(("" if style is None else style.get(f"{W}val"), "".join(t.text or "" for t in p.iter(f"{W}t"))))
    return made


@pytest.fixture(scope="module")
def document(notebook, table, bars, output, dot):
    nb = notebook(
        "# A *page* & more\n\nText with $x^2$.\n\n#### Too deep\n\n## Second",
        [table([("A", 113), (NASTY, 3)], id="who", note=sentence("{n} left.", n=count(2))),
         bars([("A", 113), ("B", 41)], id="flow")],
        [sentence("{n} moved.", n=count(41)), output(png=dot), output(html="<table><tr><td>1</td></tr></table>")],
    )
    return read_document(nb, name="01_a")


@pytest.fixture(scope="module")
def made(document):
    return word_file(document)


def test_headings_are_words_own_in_order_below_the_title(made):
    said = paragraphs(tree(made))
    assert ("Title", "A page & more") in said
    assert [(s, w) for s, w in said if s.startswith("Heading")] == [("Heading1", "Too deep"), ("Heading1", "Second")]


def test_a_table_repeats_its_header_row_and_says_what_it_is(made):
    first = tree(made).find(f".//{W}tbl")
    rows = first.findall(f"{W}tr")
    assert [row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows] == [True, False, False]
    assert first.find(f"{W}tblPr/{W}tblCaption").get(f"{W}val") == "People by group."
    assert first.find(f"{W}tblPr/{W}tblLook").get(f"{W}firstRow") == "1"
    assert [w for _, w in paragraphs(rows[1])] == ["A", "113"]
    assert ("Note", "2 left.") in paragraphs(tree(made))


def test_captions_are_counted_by_word_and_stand_with_what_they_name(made):
    root = tree(made)
    captions = [words for style, words in paragraphs(root) if style == "Caption"]
    assert captions == ["Table 1. People by group.", "Figure 1. People by step."]
    fields = [f.get(f"{W}instr").split()[1] for f in root.iter(f"{W}fldSimple")]
    assert fields == ["Table", "Figure"]
    styles = [style for style, _ in paragraphs(root)]
    assert styles[styles.index("Picture") + 1] == "Caption"


def test_every_picture_has_words(made, document):
    xml = parts(made)["word/document.xml"]
    alts = re.findall(r'<(?:wp:docPr|pic:cNvPr)\b[^>]*\bdescr="([^"]*)"', xml)
    assert len(re.findall("<wp:docPr", xml)) == 2 and len(alts) == 4 and all(alts)
    assert str(document.items[1].alt) in alts


def test_sentences_stand_out_and_code_stays_away(made):
    said = paragraphs(tree(made))
    assert ("Says", "41 moved.") in said and not any("cell_1" in words for _, words in said)
    assert said[1][0] == "Status" and "not for release" in said[1][1]


def test_each_style_that_is_used_is_there(made):
    held = parts(made)
    known = set(re.findall(r'w:styleId="([^"]+)"', held["word/styles.xml"]))
    used = set(re.findall(r'<w:(?:pStyle|rStyle|tblStyle) w:val="([^"]+)"', held["word/document.xml"] + held["word/footer1.xml"]))
    assert used and used <= known
    assert {"Heading1", "Heading2", "Heading3", "BlockText", "SourceCode", "FootnoteText", "Compact"} <= known


def test_the_file_is_the_same_twice_and_says_nothing_of_who_and_when(made, document):
    assert word_file(document) == made
    held = parts(made)
    with zipfile.ZipFile(io.BytesIO(made)) as file:
        assert {info.date_time for info in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    for gone in ("dcterms:created", "dcterms:modified", "lastModifiedBy", "<Application>"):
        assert gone not in held["docProps/core.xml"] + held["docProps/app.xml"]
    assert re.search("<dc:creator></dc:creator>|<dc:creator ?/>", held["docProps/core.xml"])
    assert "/tmp" not in "".join(text for name, text in held.items() if name.endswith((".xml", ".rels")))
    assert 'w:val="en-US"' not in held["word/settings.xml"] and "<dc:language>en-GB" in held["docProps/core.xml"]


def test_each_part_is_named_in_the_files_own_list_and_each_link_has_its_place(made):
    held = parts(made)
    listed = re.findall(r'PartName="/([^"]+)"', held["[Content_Types].xml"])
    assert set(listed) <= set(held) and "word/footer1.xml" in listed
    targets = re.findall(r'Target="([^"]+)"', held["word/_rels/document.xml.rels"])
    assert {f"word/{t}" for t in targets if "://" not in t} <= set(held)
    assert held["word/document.xml"].count("<w:sectPr") == 1 and "rIdFooter" in held["word/document.xml"]


def test_a_released_file_holds_no_exact_and_no_small_count(notebook, table, bars, nhs):
    nb = notebook("# T", [table([("A", 113), ("B", 3)])], [bars([("A", 113), ("B", 41), ("C", 2)])],
                  [sentence("{n} of {m}.", n=count(6), m=count(1237))])
    words = {w for _, said in paragraphs(tree(word_file(read_document(nb, nhs)))) for w in re.findall(r"[\d,]+|\[hidden\]", said)}
    assert not {"113", "3", "41", "6", "1,237"} & words and {"115", "[hidden]", "1,235"} <= words


def test_a_wide_table_fits_the_page_and_an_empty_one_says_so(notebook, table):
    frame = pd.DataFrame({f"c{k}": [f"value {k} of a long text"] * 3 for k in range(12)})
    wide = Table("wide", "Wide.", frame, tuple(Column(c, f"Column {c}") for c in frame))
    root = tree(word_file(read_document(notebook("# T", [wide, table([])]))))
    first, second = root.iter(f"{W}tbl")
    grid = [int(c.get(f"{W}w")) for c in first.iter(f"{W}gridCol")]
    assert len(grid) == 12 and abs(sum(grid) - 9411) < 12 and min(grid) > 300
    assert "Nothing to list." in "".join(w for _, w in paragraphs(second))


def test_a_combined_file_has_contents_whose_links_lead_somewhere(document):
    root = tree(word_file(combined("All", {"01_a": document}, {}, "base"), parts=True))
    names = {b.get(f"{W}name") for b in root.iter(f"{W}bookmarkStart")}
    links = [h.get(f"{W}anchor") for h in root.iter(f"{W}hyperlink") if h.get(f"{W}anchor")]
    assert len(links) >= 5 and set(links) <= names and {"Table_1", "Figure_1"} <= set(links)
