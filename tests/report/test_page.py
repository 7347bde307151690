"""A document as one HTML page and one PDF file."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import nbformat.v4 as nbf
import pandas as pd
import pytest

from pi_research.report import figures
from pi_research.report.document import read_document
from pi_research.report.page import ASSETS, html_page, pdf_file
from pi_research.wording import count, sentence

FORMULA = '$$y_t = \\beta_0 + \\text{a "quoted" word} + \\frac{1}{2}$$'


class Page(HTMLParser):
    """Tags with their attributes, and text outside of style."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.text = ""
        self.inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.inside:
            while self.inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.text += "" if "style" in self.inside else data

    def all(self, name: str) -> list[dict]:
        return [attrs for tag, attrs in self.tags if tag == name]


@pytest.fixture
def full(notebook, table, bars, output, dot):
    """A notebook with one of everything, made by our own means and by others'."""
    html = pd.DataFrame({"a": [1], "b": ["<x>"]}).to_html() + "<script src='https://x.org/s.js'></script>"
    return notebook(
        "# A *page* & `more` <b>x</b>\n\nText with $x^2 < 3$.\n\n" + FORMULA,
        "#### A heading too deep\n\n![](attachment:p.png)\n\n![far](https://x.org/p.png)",
        "# Another at the top\n\n## Milestones\n\n| a | b |\n|---|---|\n| 1 | 2 |",
        [
            table([("A", 113), ("B", 3)], id="milestones"),
            bars([("A", 113), ("B", 41)]),
            sentence("{n} moved. {w}", n=count(41), w="<i>"),
        ],
        [output(html=html), output(png=dot, text="<Figure>"), output(markdown="**bold**")],
        [nbf.new_output("stream", text="\x1b[1mprinted\x1b[0m\n~~~~~~~~~~~~~~~~~~~~\n<end>")],
    )


@pytest.fixture
def pages(full, dot, nhs):
    full.cells[1]["attachments"] = {"p.png": {"image/png": dot}}
    return {
        where: html_page(read_document(full, rule), files="../{kind}/x")
        for where, rule in (("inside", None), ("released", nhs))
    }


@pytest.mark.parametrize("where", ["inside", "released"])
def test_a_page_asks_for_nothing_from_elsewhere(pages, where):
    page = Page(pages[where])
    assert not page.all("script") and not page.all("link") and not page.all("iframe")
    for _, attrs in page.tags:
        for name in ("src", "srcset", "data", "poster", "background"):
            assert attrs.get(name, "data:").startswith("data:"), attrs
        assert "style" not in attrs or "url" not in attrs["style"]
    assert "@import" not in pages[where] and not re.search(r"url\((?!#)", pages[where])
    policy = next(m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy and "script" not in policy and "img-src data:;" in policy


@pytest.mark.parametrize("where", ["inside", "released"])
def test_a_page_can_be_read_by_everyone(pages, where):
    page = Page(pages[where])
    assert (
        page.all("html") == [{"lang": "en-GB"}] and len(page.all("main")) == 1 and len(page.all("title")) == 1
    )
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(b <= a + 1 for a, b in zip(levels, levels[1:], strict=False)), levels
    assert all(image.get("alt", "").strip() for image in page.all("img"))
    drawn = page.all("svg")
    assert drawn and all(s["role"] == "img" and s["aria-label"].strip() for s in drawn)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids)), "a heading and a table may have the same name"
    links = {a["href"][1:] for a in page.all("a") if a.get("href", "").startswith("#")}
    assert links <= set(ids)
    own = pages[where][pages[where].index('id="shown-milestones"') :]
    assert all("scope" in th for th in Page(own[: own.index("</table>")]).all("th"))
    assert all(r.get("aria-label") for _, r in page.tags if r.get("role") == "region")


def test_a_title_is_written_as_plain_words(pages):
    assert "<h1>A page &amp; more &lt;b&gt;x&lt;/b&gt;</h1>" in pages["inside"]
    assert "<title>A page &amp; more &lt;b&gt;x&lt;/b&gt;</title>" in pages["inside"]


def test_formulas_are_mathml_and_code_is_folded_away(pages):
    assert (
        pages["inside"].count("<math ") == 2
        and '<summary>Code<span class="far"> of cell 4</span></summary><pre>' in pages["inside"]
    )
    assert "cell_1()" in pages["inside"] and "cell_1()" not in pages["released"]


def test_a_picture_from_elsewhere_is_named_and_not_fetched(pages):
    assert "<em>(Picture not in this file: far)</em>" in pages["inside"]
    assert 'alt="Picture; no description was given with it."' in pages["inside"]


def test_what_others_made_is_kept_inside_word_for_word(pages):
    assert "&lt;x&gt;" in pages["inside"] and "printed\n~~~~~~~~~~~~~~~~~~~~\n&lt;end&gt;" in pages["inside"]
    for gone in ("printed", "<strong>bold</strong>", "dataframe"):
        assert gone not in pages["released"]


def test_links_lead_to_the_files_of_each_item(pages, full):
    assert (
        '<a href="../tables/x/milestones.csv">CSV<span class="far"> of Table 1.</span></a>'
        in pages["inside"]
    )
    assert [e for e in ("svg", "png", "csv") if f'href="../figures/x/flow.{e}"' in pages["released"]] == [
        "svg",
        "png",
        "csv",
    ]
    assert "files" not in re.sub(r"(?s)<style>.*?</style>", "", html_page(read_document(full)))


def test_a_page_says_whether_it_may_leave(pages):
    assert (
        "exact numbers, not for release" in pages["inside"]
        and "counts of 1 to 7 are hidden" not in pages["inside"]
    )
    assert "counts of 1 to 7 are hidden" in pages["released"] and "not for release" not in pages["released"]


def test_a_page_is_the_same_twice(full):
    assert html_page(read_document(full)) == html_page(read_document(full))


def test_a_pdf_is_tagged_and_the_same_twice(full, dot):
    full.cells[1]["attachments"] = {"p.png": {"image/png": dot}}
    made = pdf_file(read_document(full))
    assert made == pdf_file(read_document(full))
    assert (
        made.startswith(b"%PDF-") and b"pdfuaid" in made and b"/StructTreeRoot" in made and b"/Lang" in made
    )


@pytest.fixture
def source(monkeypatch):
    """The typst source, and the pictures beside it, in place of the PDF."""
    import pathlib

    import typst

    def read(path: str, **how: object) -> bytes:
        room = pathlib.Path(path).parent
        return "\n".join(
            [pathlib.Path(path).read_text(), *(p.read_text() for p in sorted(room.glob("*.svg")))]
        ).encode()

    monkeypatch.setattr(typst, "compile", read)
    return lambda document: pdf_file(document).decode()


def test_every_formula_and_picture_of_a_pdf_has_words(full, source, dot):
    full.cells[1]["attachments"] = {"p.png": {"image/png": dot}}
    made = source(read_document(full))
    images, formulas = re.findall(r"image\([^)]*", made), re.findall(r"#math\.equation\([^)]*", made)
    assert len(images) == 3 and all('alt: "' in i and 'alt: ""' not in i for i in images)
    assert len(formulas) == 2 and all('alt: "' in f for f in formulas)
    assert (
        'alt: "Picture; no description was given with it."' in made
        and "(Picture not in this file: far)" in made
    )
    assert "= A heading too deep" in made and "==== " not in made
    assert "#figure(" in made and "table.header(" in made and "x.org" not in made


def test_a_released_pdf_holds_no_exact_and_no_small_count(notebook, table, bars, source, nhs):
    nb = notebook(
        "# T",
        [table([("A", 113), ("B", 3)], note=sentence("{n} left.", n=count(4)))],
        [bars([("A", 113), ("B", 41), ("C", 2)])],
        [sentence("{n} of {m}.", n=count(6), m=count(1237))],
    )
    inside, released = source(read_document(nb)), source(read_document(nb, nhs))
    shown = [
        text
        for made in (inside, released)
        for text in [
            re.findall(
                r'#"([^"]*)"|>([^<>]+)</text>|alt: '
                r'"([^"]*)"',
                made,
            )
        ]
    ]
    words = [
        {w for found in pairs for w in re.findall(r"[\d,]+|\[hidden\]", " ".join(found))} for pairs in shown
    ]
    assert {"113", "3", "4", "41", "2", "6", "1,237"} <= words[0]
    assert (
        not {"113", "4", "41", "2", "6", "1,237"} & words[1]
        and {"115", "40", "[hidden]", "1,235"} <= words[1]
    )
    assert '#"[hidden] of 1,235."' in released


@pytest.mark.parametrize("text", ["An emoji \U0001f9e0 here.", "A glyph 漢 that no font has."])
def test_a_character_that_no_font_has_gives_a_clear_error(notebook, text):
    with pytest.raises(
        ValueError, match="the PDF of 'A title' does not meet PDF/UA-1: .*font.*write that character in words"
    ):
        pdf_file(read_document(notebook("# A title\n\n" + text)))


@pytest.mark.parametrize(
    "title",
    ['Quotes " and \\ and #panic("x")', "STATUS, TITLE and <<TITLE>>", "Ünïcode – “dash”", "$x$ costs £5"],
)
def test_any_title_makes_a_pdf(notebook, title):
    assert pdf_file(read_document(notebook(f"# {title}\n\ntext"))).startswith(b"%PDF-")


def test_text_that_means_something_to_typst_is_only_text(notebook, table):
    nasty = '#panic("x") *bold* _i_ $y$ [ ] ) \\ @ref <label> // /* ~ `code` "'
    made = notebook("# T", [table([(nasty, 12)], note=nasty), nasty])
    assert pdf_file(read_document(made)).startswith(b"%PDF-")


def test_control_characters_do_not_stop_a_pdf(notebook):
    assert pdf_file(read_document(notebook("# T", ["a\x07b\tc\u200bd"]))).startswith(b"%PDF-")


@pytest.mark.parametrize(
    "cells", [("# T",), ("text",), ("### Deep only",), ("# T", "# U", "##### V", "## W")]
)
def test_headings_of_any_depth_make_a_pdf(notebook, cells):
    assert pdf_file(read_document(notebook(*cells))).startswith(b"%PDF-")


def test_a_wide_and_a_long_table_make_a_pdf(notebook, table):
    from pi_research.disclosure import Column
    from pi_research.report.shown import Table

    frame = pd.DataFrame({f"c{k}": [f"value {k}"] * 80 for k in range(9)})
    wide = Table("wide", "Wide and long.", frame, tuple(Column(c, f"Column {c}") for c in frame))
    assert pdf_file(read_document(notebook("# T", [wide, table([])]))).startswith(b"%PDF-")


def test_every_kind_of_chart_goes_into_a_pdf(notebook, curve, causes, effect):
    items = [
        figures.survival_curve(curve, "a", "A.", horizon=24, milestones=(6, 12)),
        figures.incidence_curves(causes, "b", "B.", horizon=24),
        figures.series(effect, "c", "C.", ylabel="Days", outcome="Bed days", label="start"),
    ]
    assert pdf_file(read_document(notebook("# T", items))).startswith(b"%PDF-")


def test_the_styles_of_a_page_name_nothing_outside_it():
    for file in ("page.css", "page.html", "index.html"):
        text = (ASSETS / file).read_text(encoding="utf-8")
        assert (
            "http://" not in text and "https://" not in text and "@import" not in text and "url(" not in text
        )
