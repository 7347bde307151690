"""The form of the notebooks: what is committed, what they declare, and that prose states no result."""

import ast
import json
import re
from pathlib import Path

import nbformat
import pytest

from pi_research import provenance
from pi_research.sections import SECTIONS, plain

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
NAMES = sorted(p.stem for p in FOLDER.glob("*.ipynb"))
each = pytest.mark.parametrize("name", NAMES)


def read(name):
    return json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))


def cells(name, kind):
    return ["".join(c["source"]) for c in read(name)["cells"] if c["cell_type"] == kind]


def parameters(name):
    return [c for c in read(name)["cells"] if "parameters" in c["metadata"].get("tags", [])]


def code(name):
    return ast.parse("\n".join(cells(name, "code")))


def calls(name, of):
    """Calls of a function, whether by its name or as an attribute."""
    return [node for node in ast.walk(code(name)) if isinstance(node, ast.Call)
            and (getattr(node.func, "attr", None) or getattr(node.func, "id", None)) == of]


def test_the_notebooks_of_the_spine_are_there():
    assert {n[:2] for n in NAMES} >= {"00", "01", "02", "04"}
    assert all(re.fullmatch(r"\d\d_[a-z_]+", n) for n in NAMES)


# what is committed

@each
def test_a_notebook_is_valid_and_committed_without_outputs(name):
    nbformat.validate(nbformat.read(FOLDER / f"{name}.ipynb", as_version=4))
    for cell in read(name)["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None
    assert "widgets" not in read(name)["metadata"] and "papermill" not in read(name)["metadata"]


@each
def test_code_cells_are_short(name):
    [choices] = ["".join(c["source"]) for c in parameters(name)]
    assert [s for s in cells(name, "code") if s != choices and len(s.strip().splitlines()) > 10] == []


def unexplained(made):
    """Starts of code cells without prose right before; a heading is enough for what every page ends with."""
    found, before = [], ""
    for cell in made:
        source = "".join(cell["source"])
        heading = before.strip().splitlines()[-1:] in (["## What this page hands on"], ["## Colophon"])
        says = any(line.strip() and not line.startswith("#") for line in before.splitlines())
        if cell["cell_type"] == "code" and not says and not heading:
            found.append(source.splitlines()[0])
        before = source if cell["cell_type"] == "markdown" else ""
    return found


@each
def test_every_code_cell_has_prose_before_it(name):
    assert unexplained(read(name)["cells"]) == []


def test_a_heading_alone_or_another_code_cell_is_no_prose():
    def cell(kind, source):
        return {"cell_type": kind, "source": source}
    made = [cell("markdown", "## Choices"), cell("code", "a"), cell("markdown", "## Data\n\nWords."),
            cell("code", "b"), cell("code", "c"), cell("markdown", "## Colophon"), cell("code", "d")]
    assert unexplained(made) == ["a", "c"]


# parameters

@each
def test_one_cell_is_tagged_parameters(name):
    assert len(parameters(name)) == 1


@each
def test_each_declared_section_is_an_annotated_dict_equal_to_the_files_default(name, project):
    declared = provenance.declared(FOLDER / f"{name}.ipynb")["sections"]
    statements = ast.parse("".join(parameters(name)[0]["source"])).body
    assert all(isinstance(s, ast.AnnAssign) and s.annotation.id == "dict" for s in statements)
    given = {s.target.id: ast.literal_eval(s.value) for s in statements}
    assert tuple(given) == declared
    assert given == {section: plain(SECTIONS[section]()) for section in declared}


@each
def test_the_first_call_reads_every_declared_section(name):
    declared = provenance.declared(FOLDER / f"{name}.ipynb")["sections"]
    reading = [c for c in calls(name, "read") if c.func.value.id == "params"]
    assert [{k.arg: k.value.id for k in c.keywords} for c in reading] == [{s: s for s in declared}]
    assert "params.read(" in cells(name, "code")[1]


@each
def test_every_section_that_the_code_uses_is_declared(name):
    used = {node.attr for node in ast.walk(code(name)) if isinstance(node, ast.Attribute)
            and getattr(node.value, "id", "") == "settings"} & set(SECTIONS)
    assert used <= set(provenance.declared(FOLDER / f"{name}.ipynb")["sections"])


def test_needs_name_notebooks_that_are_there_and_never_in_a_circle():
    needs = {name: provenance.declared(FOLDER / f"{name}.ipynb")["needs"] for name in NAMES}
    assert {n for found in needs.values() for n in found} <= set(NAMES)
    done = set()
    while ready := {n for n in NAMES if n not in done and done.issuperset(needs[n])}:
        done |= ready
    assert done == set(NAMES)


# form

@each
def test_headings_start_with_one_title_and_skip_no_level(name):
    text = re.sub(r"```.*?```", "", "\n".join(cells(name, "markdown")), flags=re.S)
    levels = [len(m) for m in re.findall(r"^(#+) ", text, flags=re.M)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))


@each
def test_sections_stand_in_the_order_of_a_report(name):
    text = "\n".join(cells(name, "markdown"))
    order = ["**Question.**", "**Estimand.**", "## Choices", "## Assumptions and their checks",
             "## Sensitivity", "## Limits", "## What this page hands on", "## Colophon"]
    places = [text.find(part) for part in order]
    assert -1 not in places and places == sorted(places)


@each
def test_every_assumption_has_a_heading_and_a_check(name):
    """Between '## Assumptions and their checks' and the next '##', each '###' is followed by code."""
    made, inside, waiting = read(name)["cells"], False, []
    for cell in made:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            inside = "## Assumptions and their checks" in source or (inside and not re.match(r"## ", source))
            waiting += re.findall(r"^### (.*)", source, flags=re.M) if inside else []
        elif inside:
            assert len(waiting) == 1, f"before {source.splitlines()[0]}: {waiting}"
            waiting = []
    assert not waiting and "### " in "\n".join(cells(name, "markdown"))


@each
def test_everything_is_shown_through_show(name):
    """No bare expression at the end of a cell, no print: what is shown otherwise can't be released safely."""
    for source in cells(name, "code"):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Expr):
                called = getattr(node.value, "func", None)
                assert "show" in (getattr(called, "attr", ""), getattr(called, "id", "")), ast.unparse(node)
    assert not calls(name, "print") and not calls(name, "display")


@each
def test_a_notebook_ends_by_handing_on_its_findings_and_its_colophon(name):
    writing, closing = calls(name, "write_findings"), calls(name, "colophon")
    assert [c.args[0].value for c in writing] == [name] and [c.args[0].value for c in closing] == [name]
    assert len(calls(name, "heading")) == 1
    assert "colophon" in cells(name, "code")[-1] and "write_findings" in cells(name, "code")[-2]


@each
def test_no_function_or_class_is_defined_in_a_notebook(name):
    assert not [n for n in ast.walk(code(name)) if isinstance(n, (ast.FunctionDef, ast.ClassDef))]


@each
def test_no_emoji_stands_in_a_notebook(name):
    text = "\n".join(cells(name, "markdown") + cells(name, "code"))
    assert not re.findall("[\U0001F000-\U0001FAFF\u2600-\u27BF\uFE0F]", text)


# no result in markdown

DESIGN_MONTHS = {"3", "6", "9", "12", "18", "24"}
ALLOWED = [
    r"\$\$.*?\$\$", r"`[^`]*`",           # formulas, and names of code
    r"\b(?:19|20)\d\d\b", r"\bT\d\b", r"AR\(1\)",  # years, numbered assumptions, the name of a model
    r"\b30\.4 days\b", r"\b24 new people a year\b",  # a month of average length; the contract
]


def stated(markdown):
    """Numbers in prose that are no year, no month of the design and no number of the contract."""
    for pattern in ALLOWED:
        markdown = re.sub(pattern, " ", markdown, flags=re.S)
    spans = r"\b((?:\d+, )*\d+(?: and \d+)?) months\b"
    found = [n for span in re.findall(spans, markdown) for n in re.findall(r"\d+", span)]
    rest = re.findall(r"[£−-]?\d[\d.,]*%?", re.sub(spans, " ", markdown))
    return [n for n in found if n not in DESIGN_MONTHS] + [n.rstrip(".,") for n in rest]


@each
def test_prose_states_no_number_that_depends_on_the_data(name):
    assert {text.splitlines()[0]: stated(text) for text in cells(name, "markdown") if stated(text)} == {}


@pytest.mark.parametrize(("text", "numbers"), [
    ("Of 113 people, 80 moved.", ["113", "80"]), ("78% kept it.", ["78%"]), ("fell by 4.", ["4"]),
    ("It cost £1,200 more.", ["£1,200"]), ("They lasted 13 months.", ["13"]), ("(p = 0.03)", ["0.03"]),
    ("3 of them left.", ["3"]),
])
def test_a_result_in_prose_is_noticed(text, numbers):
    assert stated(text) == numbers


@pytest.mark.parametrize("text", ["kept it 6, 12, 18 and 24 months later", "from April 2022 to 2024",
                                  "`x = 3`", "T1 to T6", "$$y_1 = 3$$", "an AR(1) error", "at 12 months"])
def test_numbers_of_the_design_are_not_taken_for_results(text):
    assert stated(text) == []
