"""An executed notebook as the blocks of a report."""

from __future__ import annotations

import nbformat.v4 as nbf
import pytest

from pi_research.report.document import read_document
from pi_research.report.shown import MIME
from pi_research.wording import count, sentence


def kinds(document) -> list[str]:
    return [block.kind for block in document.blocks]


def test_blocks_come_in_order_and_are_numbered_by_kind(notebook, table, bars):
    made = read_document(
        notebook(
            "# A title\n\nText.",
            [table([("A", 1)], id="a"), bars([("A", 1)], id="a")],
            "More.",
            [sentence("{n}.", n=count(2)), table([("B", 1)], id="b")],
        )
    )
    assert made.title == "A title"
    assert kinds(made) == ["prose", "code", "shown", "shown", "prose", "code", "shown", "shown"]
    assert [b.label for b in made.blocks if b.kind == "shown"] == ["Table 1.", "Figure 1.", "", "Table 2."]
    assert [item.id for item in made.items] == ["a", "a", "b"]


@pytest.mark.parametrize(
    ("cells", "title"),
    [
        (("# One\ntext", "# Two"), "One"),
        (("text", "# Later"), "Later"),
        (("text",), "Report"),
        (("## Not this",), "Report"),
        (("#no heading", "  # Indented"), "Indented"),
    ],
)
def test_the_first_top_heading_is_the_title(notebook, cells, title):
    assert read_document(notebook(*cells)).title == title


def test_without_a_heading_the_notebooks_own_title_stands(notebook):
    assert read_document(notebook("text", title="From metadata")).title == "From metadata"


def test_a_notebook_with_a_failed_cell_is_refused(notebook):
    failed = nbf.new_output("error", ename="ValueError", evalue="secret 4711", traceback=["secret"])
    with pytest.raises(ValueError, match=r"cell 2 failed \(ValueError\): run the notebook again") as said:
        read_document(notebook("# T", [failed]))
    assert "4711" not in str(said.value)


def test_a_notebook_with_a_cell_that_was_not_run_is_refused(notebook, table):
    nb = notebook("# T", [table([("A", 1)])], [])
    nb.cells[2].execution_count = None
    with pytest.raises(ValueError, match="cell 3 has not been run"):
        read_document(nb)
    nb.cells[2].source = "\n"
    assert kinds(read_document(nb)) == ["code", "shown"], "an empty cell does not need to be run"


def test_two_tables_under_one_id_are_refused_since_one_file_would_take_the_others_place(
    notebook, table, bars
):
    with pytest.raises(ValueError, match="shown twice under one id, which names files: chart a, table a"):
        read_document(
            notebook(
                [table([], id="a"), table([], id="a"), bars([("A", 1)], id="a"), bars([("A", 1)], id="a")]
            )
        )


def test_injected_parameters_are_run_and_not_printed(notebook):
    nb = notebook([], [])
    nb.cells[0].metadata["tags"] = ["injected-parameters"]
    assert [b.text for b in read_document(nb).blocks] == ["cell_2()"]


def test_code_is_left_out_of_a_release(notebook, table, nhs):
    assert kinds(read_document(notebook("# T", [table([("A", 1)])]), nhs)) == ["shown"]


def test_other_outputs_stay_inside(notebook, output, nhs):
    nb = notebook(
        [
            output(html="<p>one</p>"),
            output(text="two"),
            output(markdown="three"),
            output(svg="<svg/>"),
            nbf.new_output("stream", text="four"),
        ]
    )
    assert kinds(read_document(nb)) == ["code", "other", "other", "prose", "other", "other"]
    assert kinds(read_document(nb, nhs)) == []


def test_a_table_of_another_library_goes_through_as_html(notebook, output):
    import pandas as pd

    frame = pd.DataFrame({"a": [1], "b": ["<x>"]})
    block = read_document(notebook([output(html=frame.to_html(), text="plain")])).blocks[1]
    assert "<td>&lt;x&gt;</td>" in block.text and "plain" not in block.text


@pytest.mark.parametrize(
    "html",
    [
        "<script>steal()</script>",
        "<SCRIPT src='https://x.org/a.js'></SCRIPT>",
        '<link rel="stylesheet" href="https://x.org/a.css">',
        '<iframe src="https://x.org"></iframe>',
        '<img src="https://x.org/a.png">',
        "<img alt='a' src = 'http://x.org/a.png'>",
        '<base href="https://x.org/">',
    ],
)
def test_html_of_others_runs_nothing_and_asks_for_nothing(notebook, output, html):
    text = read_document(notebook([output(html=f"<p>kept</p>{html}<p>kept</p>")])).blocks[1].text
    assert text.count("<p>kept</p>") == 2 and "x.org" not in text and "<script" not in text.lower()


def test_a_picture_without_words_says_that_it_has_none(notebook, output, dot):
    nb = notebook(
        [
            output(png=dot, text="<Figure>"),
            output(html=f'<img src="data:image/png;base64,{dot}">'),
            output(svg="<svg></svg>"),
        ]
    )
    for block in read_document(nb).blocks[1:]:
        assert block.text.count('alt="Picture made by cell 1; no description was given with it."') == 1
        assert 'src="data:image/' in block.text


@pytest.mark.parametrize("metadata", [{"alt": 'A "dot"\nof ink'}, {"image/png": {"alt": 'A "dot"\nof ink'}}])
def test_a_picture_with_words_keeps_them(notebook, output, dot, metadata):
    text = read_document(notebook([output(metadata, png=dot)])).blocks[1].text
    assert 'alt="A &quot;dot&quot; of ink"' in text
    own = (
        read_document(notebook([output(html=f'<img alt="mine" src="data:image/png;base64,{dot}">')]))
        .blocks[1]
        .text
    )
    assert own.count("alt=") == 1 and 'alt="mine"' in own


def test_colours_of_a_terminal_are_left_out_and_signs_are_kept(notebook):
    out = nbf.new_output("stream", text="\x1b[1;31mred\x1b[0m <&> \x1b[?25lend\n")
    assert read_document(notebook([out])).blocks[1].text == "<pre>red &lt;&amp;&gt; end\n</pre>"


def test_an_output_of_nothing_is_left_out(notebook, output):
    assert kinds(read_document(notebook([output(text="  \n"), nbf.new_output("stream", text="")]))) == [
        "code"
    ]


def test_a_pasted_picture_is_put_in_inside_and_left_out_of_a_release(notebook, dot, nhs):
    nb = notebook("Text ![a dot](attachment:p.png) and ![gone](attachment:q.png).")
    nb.cells[0]["attachments"] = {"p.png": {"image/png": dot}}
    inside = read_document(nb).blocks[0].text
    assert f"![a dot](data:image/png;base64,{dot})" in inside and "![gone](attachment:q.png)" in inside
    released = read_document(nb, nhs).blocks[0].text
    assert (
        released.count("(*A picture here is shown inside the safe room only.*)") == 2 and "![" not in released
    )


@pytest.mark.parametrize(
    "stored", [{"kind": "table"}, {"kind": "sentence", "template": "{n}", "numbers": {}}, {}]
)
def test_what_another_version_stored_asks_for_another_run(notebook, stored):
    nb = notebook([nbf.new_output("display_data", {MIME: stored})])
    with pytest.raises(ValueError, match="cell 1 was run by another version: run the notebook again"):
        read_document(nb)
