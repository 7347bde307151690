"""What a blind reader, a keyboard and a phone need of a page and of a PDF; axe-core too where it is at hand.

``PI_AXE`` names a copy of axe.min.js (npm's axe-core) and ``PI_CHROMIUM`` a Chromium: with both, every page is
opened at three widths and all of axe's rules are asked. Without them that test is skipped by its name.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from pi_research.report import figures
from pi_research.report.combined import combined
from pi_research.report.document import read_document
from pi_research.report.page import ASSETS, html_page, pdf_file
from pi_research.report.search import search_page
from pi_research.wording import count, sentence

VOID = {"meta", "input", "img", "br", "hr", "link", "col", "wbr"}
WHERE = ("inside", "released", "combined")


class Node:
    def __init__(self, tag: str, attrs: dict, parent: Node | None) -> None:
        self.tag, self.attrs, self.parent, self.text, self.children = tag, attrs, parent, "", []

    def all(self, *tags: str) -> list[Node]:
        found = [self] if not tags or self.tag in tags else []
        return found + [n for c in self.children for n in c.all(*tags)]

    def words(self) -> str:
        return self.text + "".join(c.words() for c in self.children)


class Tree(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = self.at = Node("", {}, None)
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        node = Node(tag, dict(attrs), self.at)
        self.at.children.append(node)
        self.at = self.at if tag in VOID else node

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self.at.children.append(Node(tag, dict(attrs), self.at))

    def handle_endtag(self, tag: str) -> None:
        assert self.at.tag == tag, f"</{tag}> closes <{self.at.tag}>"
        self.at = self.at.parent

    def handle_data(self, data: str) -> None:
        self.at.text += data


def faults(page: str) -> list[str]:
    """What a page lacks that everyone needs; empty where nothing."""
    root = Tree(page).root
    found = [f"{n} <{tag}>" for tag, n in (("main", 1), ("h1", 1), ("title", 1)) if len(root.all(tag)) != n]
    found += ["no language"] * (root.all("html")[0].attrs.get("lang") != "en-GB")
    levels = [int(n.tag[1]) for n in root.all(*"h1 h2 h3 h4 h5 h6".split())]
    found += [f"h{a} before h{b}" for a, b in zip([0, *levels], levels, strict=False) if b > a + 1]
    found += ["an empty heading" for n in root.all("h1", "h2", "h3", "h4") if not n.words().strip()]
    ids = [n.attrs["id"] for n in root.all() if "id" in n.attrs]
    found += [f"id {i} twice" for i in {i for i in ids if ids.count(i) > 1}]
    found += [f"an empty link to {a.attrs.get('href')}" for a in root.all("a") if not a.words().strip()]
    inner = [a.attrs["href"][1:] for a in root.all("a") if a.attrs.get("href", "").startswith("#")]
    found += [f"a link to nowhere: {i}" for i in inner if i not in ids]
    regions = [n.attrs.get("aria-label", "") for n in root.all() if n.attrs.get("role") == "region"]
    found += [f"region {name!r} twice or unnamed" for name in regions if not name or regions.count(name) > 1]
    found += [f"scrolls and has no focus: {n.attrs}" for n in root.all()
              if n.attrs.get("class", "") in ("wide", "table", "other", "formula") and n.attrs.get("tabindex") != "0"]
    found += ["a picture without words" for n in root.all("img") if not n.attrs.get("alt", "").strip()]
    found += ["a drawing without words" for n in root.all("svg")
              if n.attrs.get("role") != "img" or not n.attrs.get("aria-label", "").strip()]
    found += ["a heading of a table that heads nothing said" for n in root.all("th") if "scope" not in n.attrs]
    found += ["a field without a label" for n in root.all("input")
              if n.attrs["id"] not in [x.attrs.get("for") for x in root.all("label")]]
    skip = next((a for a in root.all("a") if a.attrs.get("class") == "skip"), None)
    return found + ([] if skip is not None else ["no skip link"])


@pytest.fixture(scope="module")
def documents(notebook, table, bars, curve, nhs, output):
    """One notebook with every kind of piece, exact and released, and combined with another."""
    kept = figures.survival_curve(curve, "kept", "Kept.", horizon=24, milestones=(6, 12))
    first = notebook(
        "# Do they last?\n\nText with $x$.\n\n$$y = \\frac{1}{2}$$\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
        [table([("A", 113), ("B", 3)], id="who"), bars([("A", 113), ("B", 41)], id="who")],
        "## Curve\n\n### Deeper\n\n```\ncode\n```",
        [kept, sentence("{n} moved.", n=count(41))],
    )
    frame = pd.DataFrame({"a": [1.0]}, index=["x"])
    second = notebook("# Costs?\n\n## Curve", [table([("A", 20)], id="who"), bars([("A", 50)], id="who")],
                      [output(html=frame.to_html())])
    both = {"01_a": first, "02_b": second}
    inside = {n: read_document(nb, name=n) for n, nb in both.items()}
    safe = {n: read_document(nb, nhs, name=n) for n, nb in both.items()}
    return {"inside": inside["01_a"], "released": safe["01_a"], "combined": combined("All", inside, {}, "base")}


@pytest.fixture(scope="module")
def pages(documents):
    more = {"home": "..", "lead": "x", "files": "../{kind}/{of}"}
    made = {w: html_page(d, **more, report="r/{of}.html" if w == "combined" else "") for w, d in documents.items()}
    return {**made, "search": search_page({"reports/01_a.html": made["inside"]})}


@pytest.fixture(scope="module")
def pdfs(documents):
    return {where: pdf_file(d, parts=where == "combined") for where, d in documents.items()}


@pytest.mark.parametrize("where", [*WHERE, "search"])
def test_a_page_lacks_nothing_that_everyone_needs(pages, where):
    assert faults(pages[where]) == []


@pytest.mark.parametrize(("right", "wrong", "said"), [
    ('<html lang="en-GB">', "<html>", "no language"),
    ("h2", "h4", "h1 before h4"),
    ('id="drawn-who"', 'id="shown-who"', "id shown-who twice"),
    (' tabindex="0"', "", "scrolls and has no focus"),
    (' role="img"', "", "a drawing without words"),
    (' scope="col"', "", "a heading of a table"),
    ("Table 1. People by group.", "Figure 2. Kept.", "region 'Figure 2. Kept.' twice"),
    ('class="skip"', 'class="s"', "no skip link"),
])
def test_the_check_sees_what_is_taken_away(pages, right, wrong, said):
    assert any(fault.startswith(said) for fault in faults(pages["inside"].replace(right, wrong)))


def luminance(colour: str) -> float:
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_every_colour_of_words_stands_out_seven_to_one_and_the_focus_three_to_one():
    style = (ASSETS / "page.css").read_text(encoding="utf-8")
    named = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", style))
    grounds = (named["paper"], named["tint"])
    words = [named[n] for n in re.findall(r"(?<![-\w])color: var\(--(\w+)\)", style)]
    words += re.findall(r"(?<![-\w])color: (#[0-9a-f]{6})", style)
    assert len(set(words)) >= 4
    assert {c for c in words for g in grounds if contrast(c, g) < 7} == set()
    focus = set(re.findall(r"outline: 3px solid (#[0-9a-f]{6})", style))
    assert focus and all(contrast(c, g) >= 3 for c in focus for g in grounds)
    assert contrast("#ffffff", "#767676") == pytest.approx(4.54, abs=0.005)  # WCAG's own example of enough


# PDF

def structure(data: bytes) -> dict:
    """What a screen reader is told: flags, language, and tags in order with their words."""
    pikepdf = pytest.importorskip("pikepdf")
    with pikepdf.open(io.BytesIO(data)) as file:
        root, tags, waiting = file.Root, [], [file.Root.StructTreeRoot.K]
        while waiting:
            item = waiting.pop(0)
            if isinstance(item, pikepdf.Array):
                waiting = [*item, *waiting]
            elif isinstance(item, pikepdf.Dictionary) and "/S" in item:
                tags.append((str(item.S), str(item.get("/Alt", "")), "/K" in item))
                waiting = [item.get("/K", pikepdf.Array()), *waiting]
        return {"marked": bool(root.MarkInfo.Marked), "lang": str(root.Lang), "tags": tags,
                "title shown": bool(root.ViewerPreferences.DisplayDocTitle), "title": str(file.docinfo.get("/Title", "")),
                "outline": "/Outlines" in root, "info": {k: str(v) for k, v in file.docinfo.items()}}


def pdf_faults(told: dict) -> list[str]:
    found = [what for what in ("marked", "title shown", "title", "outline") if not told[what]]
    found += ["lang"] * (told["lang"] != "en-GB")
    kinds = [kind for kind, _, _ in told["tags"]]
    found += [f"{kind} without words" for kind, alt, _ in told["tags"] if kind in ("/Figure", "/Formula") and not alt.strip()]
    levels = [int(k[2:]) for k in kinds if re.fullmatch(r"/H\d", k)]
    found += [f"heading {b} after {a}" for a, b in zip([0, *levels], levels, strict=False) if b > a + 1]
    found += [f"an empty {kind}" for kind, _, full in told["tags"] if re.fullmatch(r"/H\d", kind) and not full]
    return found + ["a table without headings"] * (("/Table" in kinds) > ("/TH" in kinds))


@pytest.mark.parametrize("where", WHERE)
def test_a_pdf_is_tagged_named_and_every_picture_and_formula_has_words(pdfs, where):
    told = structure(pdfs[where])
    assert pdf_faults(told) == []
    kinds = [kind for kind, _, _ in told["tags"]]
    assert kinds.count("/Figure") == (3 if where == "combined" else 2) and kinds.count("/Formula") == 2
    assert {"/Table", "/TH", "/TD", "/Caption", "/P", "/H1"} <= set(kinds)


def test_the_check_of_a_pdf_sees_what_is_taken_away(pdfs):
    told = structure(pdfs["inside"])
    assert pdf_faults({**told, "tags": [(k, "" if k == "/Figure" else a, f) for k, a, f in told["tags"]]})
    assert pdf_faults({**told, "tags": [("/H1", "", True), ("/H3", "", True)]}) == ["heading 3 after 1"]
    assert pdf_faults({**told, "lang": "", "marked": False}) == ["marked", "lang"]


def test_a_pdf_says_nothing_of_who_made_it_when(pdfs):
    for data in pdfs.values():
        info = structure(data)["info"]
        assert set(info) <= {"/Title", "/Creator", "/Producer"} and "Typst" in info.get("/Creator", "Typst")


@pytest.mark.parametrize("where", WHERE)
def test_what_of_pdf_ua_1_a_machine_can_check_without_java_holds(pdfs, where, tmp_path):
    """The rules of PyPI's pdfua; the rule of empty headings cannot be asked of a file whose headings hold arrays
    (pdfua 0.1.3), and is asked above."""
    pdfua = pytest.importorskip("pdfua")
    (tmp_path / "made.pdf").write_bytes(pdfs[where])
    assert [f"{f.rule_id}: {f.message}" for f in pdfua.validate(tmp_path / "made.pdf").findings] == []


# a whole run, and axe-core

def files_of_a_run(ending: str) -> list[Path]:
    folder = Path(os.environ["PI_RUN"])
    return sorted(p for p in folder.rglob(f"*.{ending}") if not any(part.startswith(".") for part in p.parts))


@pytest.mark.skipif("PI_RUN" not in os.environ, reason="PI_RUN names no folder of a run")
def test_no_page_and_no_pdf_of_a_run_lacks_what_everyone_needs():
    pages = [p for p in files_of_a_run("html") if p.name not in ("problems.html", "data_dictionary.html")]
    found = {p.name: faults(p.read_text(encoding="utf-8")) for p in pages if p.name not in ("index.html", "search.html")}
    found |= {p.name: pdf_faults(structure(p.read_bytes())) for p in files_of_a_run("pdf")}
    assert len(found) > 2 and {name: said for name, said in found.items() if said} == {}
    assert all(p.stat().st_size <= 1_500_000 for p in pages if p.parent.name == "reports")


@pytest.mark.skipif(not {"PI_AXE", "PI_CHROMIUM"} <= set(os.environ), reason="PI_AXE or PI_CHROMIUM is not set")
def test_axe_finds_nothing_at_three_widths(pages, tmp_path):
    """All rules, AAA and experimental ones too: the page itself asks axe and writes the answer into itself."""
    axe = Path(os.environ["PI_AXE"]).read_text(encoding="utf-8")
    ask = ("document.querySelectorAll('details').forEach(d => d.open = true); axe.run(document, {runOnly: {type: 'tag', "
           "values: ['wcag2a', 'wcag2aa', 'wcag2aaa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice', "
           "'experimental']}}).then(r => { document.documentElement.innerHTML = '<pre id=axe>' + JSON.stringify("
           "[r.passes.length, r.violations.map(v => v.id + ' ' + v.nodes[0].html.replace(/</g, '('))]) + '</pre>' })")
    found = {}
    for name, page in pages.items():
        open_page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
        file = tmp_path / f"{name}.html"
        file.write_text(open_page.replace("</body>", f"<script>{axe}</script><script>{ask}</script></body>"), encoding="utf-8")
        for width in (360, 768, 1440):
            found[name, width] = asked(file, width, tmp_path / "profile")
    assert {where: wrong for where, (passed, wrong) in found.items() if wrong or passed < 15} == {}


def asked(file: Path, width: int, profile: Path) -> tuple[int, list[str]]:
    quiet = ("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
             "--disable-component-update --disable-sync --hide-scrollbars").split()
    done = subprocess.run([os.environ["PI_CHROMIUM"], *quiet, f"--user-data-dir={profile}", f"--window-size={width},900",
                           "--virtual-time-budget=30000", "--dump-dom", file.as_uri()], capture_output=True, text=True,
                          timeout=120, check=True)
    said = re.search(r'<pre id="axe">(.*)</pre>', done.stdout, re.S)
    assert said, done.stdout[-300:]
    return tuple(json.loads(said[1].replace("&gt;", ">").replace("&amp;", "&")))
