"""All reports as one, and the page that searches them."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import pytest

from pi_research.findings import Finding
from pi_research.report.closing import findings_table
from pi_research.report.combined import answers, combined
from pi_research.report.document import read_document
from pi_research.report.page import html_page, pdf_file
from pi_research.report.search import entries, search_page
from pi_research.wording import count, sentence

HEAD = "Programme, extract to 30 September 2024."


def finding(name: str, words: object) -> Finding:
    return Finding(name, "How many?", 41.0, "people", 113, 41, "count", sentence=words)


@pytest.fixture(scope="module")
def notebooks(notebook, table, bars):
    moved, lasted = sentence("{n} moved.", n=count(41)), sentence("{n} of {m} lasted.", n=count(6), m=count(113))
    found = {"01_a": [finding("a.moved", moved), finding("a.unsaid", "Said nowhere.")], "02_b": [finding("b.lasted", lasted)]}
    made = {
        "01_a": notebook("# Who <came>?", [HEAD], "## Steps",
                         [moved, table([("A", 113), ("B", 3)], id="who"), bars([("A", 113)], id="who")],
                         [findings_table(found["01_a"])], 'text about "a.unsaid"'),
        "02_b": notebook("# Do they last?", [HEAD], "## Steps", [lasted, table([("A", 12)], id="who")], [findings_table(found["02_b"])]),
    }
    made["01_a"].cells[4].source = 'found += handing.of("a.{x}")\nother = "a.uns{x}"'
    return made, found


@pytest.fixture(scope="module")
def read(notebooks):
    made, found = notebooks
    return lambda rule=None: {n: read_document(nb, rule, name=n, findings=found[n]) for n, nb in made.items()}


HEADLINES = {"01_a": ["a.unsaid", "a.moved"], "02_b": ["b.lasted", "b.gone"]}


def test_tables_and_figures_are_counted_through_and_the_shared_heading_is_said_once(read):
    whole = combined("All", read(), HEADLINES, "base")
    assert [b.label for b in whole.blocks if b.label] == ["Table 1.", "Figure 1.", "Table 2.", "Table 3.", "Table 4."]
    assert [str(b.item) for b in whole.blocks].count(HEAD) == 1
    assert not any(b.kind == "code" for b in whole.blocks)


def test_the_summary_says_the_headlines_in_their_order(read):
    whole = combined("All", read(), HEADLINES, "base", {"a.unsaid": "Said nowhere."})
    upto = next(k for k, b in enumerate(whole.blocks) if "#part-01_a .part" in b.text)
    said = [str(b.item) for b in whole.blocks[:upto] if b.item is not None]
    assert said == [HEAD, "Said nowhere.", "41 moved.", "6 of 113 lasted."]


def test_a_released_whole_holds_only_what_the_released_reports_hold(read, nhs):
    whole = combined("All", read(nhs), HEADLINES, "secret run", {"a.unsaid": "Exactly 41."})
    page = html_page(whole, report="reports/{of}.html")
    assert whole.rule is nhs and "Released page" in page and "not for release" not in page
    for gone in ("secret", "Exactly 41", "41 moved", "6 of 113", "<details", "handing.of"):
        assert gone not in page
    assert "[hidden] of 115 lasted." in page
    assert set(answers(read(nhs)["01_a"], HEADLINES["01_a"])) == {"a.moved"}


def test_exact_and_released_reports_do_not_go_into_one(read, nhs):
    with pytest.raises(ValueError, match="all of them exact or all under one rule"):
        combined("All", {"01_a": read()["01_a"], "02_b": read(nhs)["02_b"]}, {})
    with pytest.raises(ValueError, match="needs reports"):
        combined("All", {}, {})


def test_the_whole_page_has_one_of_each_name_and_leads_to_each_part(read):
    page = html_page(combined("All", read(), HEADLINES, "base"), report="reports/{of}.html", files="{kind}/{of}")
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids)) and {"part-01_a", "part-02_b", "shown-01_a-who", "drawn-01_a-who", "finding-b.lasted"} <= set(ids)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= {*ids, "report"}
    assert 'href="reports/02_b.html#finding-b.lasted"' in page and 'href="tables/02_b/who.csv"' in page
    assert re.findall(r"<h2[^>]*>(?:<a[^>]*>)?([^<]+)", page)[-4:] == ["Summary", "Who &lt;came&gt;?", "Do they last?", "Figures and tables"]


def test_the_whole_is_a_pdf_and_the_same_twice(read):
    made = [pdf_file(combined("All", read(), HEADLINES, "base"), parts=True) for _ in range(2)]
    assert made[0] == made[1] and made[0].startswith(b"%PDF-") and b"pdfuaid" in made[0]


def test_each_finding_leads_to_its_sentence_and_its_code_and_back(read):
    page = html_page(read()["01_a"])
    row = re.search(r'<th scope="row" id="finding-a.moved">.*?</th>', page)[0]
    said = re.search(r'href="#(said-\d+)"', row)[1]
    block = page[page.index(f'id="{said}"'):][:400]
    assert "41 moved." in block and '<a href="#finding-a.moved">' in block
    cell = re.search(r'href="#(code-\d+)"', row)[1]
    assert f'<details class="code" id="{cell}">' in page and f'href="#{cell}"' in block
    other = re.search(r'<th scope="row" id="finding-a.unsaid">.*?</th>', page)[0]
    assert 'href="#code-5"' in other and "#said" not in other, "the cell that writes its name most literally"


def test_a_released_finding_leads_to_its_sentence_and_to_no_code(read, nhs):
    page = html_page(read(nhs)["01_a"])
    row = re.search(r'<th scope="row" id="finding-a.moved">.*?</th>', page)[0]
    assert 'href="#said-' in row and "code" not in page[page.index("<body"):]


# search

@pytest.fixture(scope="module")
def searched(read):
    pages = {f"reports/{n}.html": html_page(d) for n, d in read().items()}
    return pages, search_page(pages)


def test_a_report_is_read_by_section_and_each_finding_by_itself(searched):
    title, made = entries(searched[0]["reports/01_a.html"])
    assert title == "Who <came>?"
    by_place = {name: (heading, words) for name, heading, words in made}
    assert by_place["finding-a.moved"][0] == "Finding a.moved" and by_place["finding-a.moved"][1].startswith("a.moved How many?")
    words = " ".join(words for name, heading, words in made if (name, heading) == ("steps", "Steps"))
    assert "41 moved." in words and "The longest is A with 113." in words
    everything = " ".join(w for _, _, w in made)
    assert "cell_1" not in everything and "CSV" not in everything and "handing" not in everything


def test_the_search_page_asks_for_nothing_and_runs_only_its_own_script(searched):
    page = searched[1]
    script = re.search(r"<script>(.*?)</script>", page, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" in page
    assert page.count("<script") == 2 and "src=" not in page and "://" not in page
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|eval\(|fetch\(|XMLHttp|new Function", script)


def test_what_the_search_page_holds_cannot_end_it_early(searched):
    page = search_page({"reports/x.html": "<h1>x</h1><main><p>&lt;/script&gt;&lt;!-- <!--STYLE--></p></main>"})
    held = re.search(r'<script type="application/json" id="held">(.*?)</script>', page, re.S)[1]
    assert json.loads(held)["places"] == [[0, "report", "", "</script><!--"]]


def test_every_place_that_the_search_page_leads_to_is_there(searched):
    pages, page = searched
    held = json.loads(re.search(r'id="held">(.*?)</script>', page, re.S)[1])
    addresses = [address for address, _ in held["reports"]]
    assert addresses == list(pages) and len(held["places"]) > 6
    for report, name, _, words in held["places"]:
        assert words and f'id="{name}"' in pages[addresses[report]]


def test_the_search_of_released_reports_holds_no_exact_number(read, nhs):
    page = search_page({f"reports/{n}.html": html_page(d) for n, d in read(nhs).items()})
    held = re.search(r'id="held">(.*?)</script>', page, re.S)[1]
    assert not {"41", "113", "6", "3"} & set(re.findall(r"\d+", " ".join(w for *_, w in json.loads(held)["places"])))
