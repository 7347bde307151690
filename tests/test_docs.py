"""The documents: links lead somewhere, commands and options exist, lists are whole, profile and example work."""

from __future__ import annotations

import csv
import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pi_research import provenance
from pi_research.report.synthesis_lists import headings

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
PROFILE = ROOT / "profiles" / "slurm" / "config.yaml"
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())


def text(page):
    return page.read_text(encoding="utf-8")


def rows(page):
    """Cells of the rows of all tables of a page, without their headings."""
    found = []
    for line in text(page).splitlines():
        cells = [c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells and set(line) <= set("|-: "):
            found.pop()  # the line before was the heading
        elif cells:
            found.append(cells)
    return found


# links

def anchors(page):
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings(page)}


def broken(page, body):
    """Relative links of a page's text that lead nowhere, and anchors that no heading has."""
    found = []
    for link in re.findall(r"\]\(([^)\s]+)\)", body):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            found.append(link)
    return found


@each_page
def test_every_relative_link_leads_to_a_file_and_a_heading(page):
    assert broken(page, text(page)) == []


def test_a_link_to_nowhere_is_noticed():
    body = "[a](gone.md) [b](README.md#where-things-are) [c](README.md#nowhere) [d](https://example.org/x)"
    assert broken(ROOT / "README.md", body) == ["gone.md", "README.md#nowhere"]


def test_every_document_is_in_the_index():
    named = set(re.findall(r"\]\(([\w.]+)\)", text(DOCS / "README.md")))
    assert {p.name for p in PAGES[1:]} - named - {"README.md"} == set()


# commands

@pytest.fixture(scope="module")
def verbs():
    """Each verb of ``pi-research`` with its options."""
    from typer.main import get_command

    from pi_research.cli import app

    made = get_command(app).commands
    return {name: {"--help", *(o for p in command.params for o in (*p.opts, *p.secondary_opts))}
            for name, command in made.items()}


def called(body):
    """The words of each ``pi-research VERB ...`` of a page; of shell blocks whole lines, of prose what is in backticks."""
    blocks = re.findall(r"```(?:sh)?\n(.*?)```", body, flags=re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", body, flags=re.S))
    for line in [*lines, *spans]:
        at = re.search(r"(?:^|[\s\\/])pi-research ((?:[a-z]|--).*)", line)
        if at:
            yield shlex.split(at[1].replace("\\", "/"), comments=True)


def unknown(body, verbs):
    """Calls of a verb or option that there is not."""
    found = []
    for words in called(body):
        verb, options = words[0], {w.split("=")[0] for w in words if w.startswith("--")}
        if verb != "--help" and (verb not in verbs or options - verbs[verb]):
            found.append(" ".join(words))
    return found


@each_page
def test_every_command_and_option_named_exists(page, verbs):
    assert unknown(text(page), verbs) == []


def test_a_command_that_is_not_there_is_noticed(verbs):
    body = "`pi-research run --data x`, `pi-research runs`, `pi-research run --date x`\n```sh\npi-research go  # --x\n```"
    assert unknown(body, verbs) == ["go", "runs", "run --date x"]


def test_every_command_is_named_in_some_document(verbs):
    named = {words[0] for page in PAGES for words in called(text(page))}
    assert set(verbs) - named <= {"index", "compendium", "bench", "release"}


# the guide for a data manager

def test_the_guide_names_for_each_page_the_tables_and_pages_that_it_needs():
    said = {r[0].strip("`"): (set(re.findall(r"`(\w+)`", r[1])), set(re.findall(r"`(\d\d)`", r[2])))
            for r in rows(DOCS / "bring_your_own_extract.md") if re.match(r"`\d\d_", r[0])}
    declared = {f.stem: provenance.declared(f) for f in (ROOT / "notebooks").glob("*.ipynb")}
    assert said == {name: (set(d["tables"]), {n[:2] for n in d["needs"]}) for name, d in declared.items()}


def test_the_guide_names_the_tables_that_are_needed():
    from pi_research.extract.dictionary import read_dictionary

    needed = {name for name, table in read_dictionary().items() if table.required}
    line = re.search(r"Five tables are needed: (.*?)\.", text(DOCS / "bring_your_own_extract.md"))[1]
    assert set(re.findall(r"`(\w+)`", line)) == needed and len(needed) == 5


def test_every_key_of_params_that_the_guides_name_is_there():
    from pi_research.sections import SECTIONS, plain

    sections = {name: plain(section()) for name, section in SECTIONS.items()}
    for page in ("bring_your_own_extract.md", "data_protection.md", "cluster.md"):
        for section, key in re.findall(r"`([a-z]+)\.([a-z_]+)\b(?!\()", text(DOCS / page)):
            if section in sections and (section, key) != ("run", "log"):
                assert key in sections[section], f"{page}: {section}.{key}"


# lists

def test_every_published_and_theory_table_has_a_row_in_the_data_log():
    named = {n for cells in rows(DOCS / "data_log.md") for n in re.findall(r"`(\w+)`", cells[0])}
    tables = {f.stem for folder in ("published", "theory") for f in (ROOT / "data" / folder).glob("*.csv")}
    assert tables - named == set()


def terms():
    return [(r[0], r[1], r[2]) for r in rows(DOCS / "glossary.md")]


def test_every_term_of_the_glossary_stands_once_and_in_alphabetical_order():
    names = [t.casefold() for t, _, _ in terms()]
    assert len(names) > 100 and names == sorted(set(names))


def test_every_term_says_what_it_means_and_where_it_is_used():
    for term, meaning, used in terms():
        assert meaning and used, term
        for place in re.findall(r"`([^`]+)`", used):
            assert (list((ROOT / "notebooks").glob(f"{place}_*.ipynb")) or (ROOT / place).exists()
                    or (ROOT / "src" / "pi_research" / place).is_dir()), f"{term}: {place}"


def test_a_term_that_points_to_another_points_to_one_that_is_there():
    names = {t.casefold() for t, _, _ in terms()}
    pointed = {p.casefold() for _, m, _ in terms() for p in re.findall(r"^see \*([^*]+)\*", m)}
    assert pointed and pointed - names == set()


@pytest.mark.parametrize("word", [
    "restricted mean", "cumulative incidence", "Newey-West error", "CR2", "CMOC", "XmR chart", "switching value", "estimand",
    "competing risks", "REML", "rate card", "funnel chart", "pseudonym", "small-number rule", "regression to the mean",
    "Kaplan-Meier estimate", "joint display", "programme theory", "sidecar", "match weight", "interrupted time series",
])
def test_the_glossary_holds_the_words_that_readers_meet_first(word):
    assert word.casefold() in {t.casefold() for t, _, _ in terms()}


def rap():
    return [r for r in rows(DOCS / "rap_gold.md") if r[1] in ("met", "partly", "not")]


def test_every_line_of_the_rap_checklist_has_a_status_and_evidence_that_exists():
    levels = re.split(r"(?m)^## ", text(DOCS / "rap_gold.md"))
    counts = [len(re.findall(r"\| (?:met|partly|not) \|", level)) for level in levels]
    assert [n for n in counts if n] == [5, 9, 4]
    for line, _, evidence, reason in rap():
        links = re.findall(r"\]\(([^)]+)\)", evidence)
        assert links and reason, line
        assert all((DOCS / link.partition("#")[0]).resolve().exists() for link in links), line


def test_the_rap_checklist_counts_its_own_lines():
    said = re.search(r"Of (\d+) lines (\d+) are met, (\d+) in part and (\d+) not", text(DOCS / "rap_gold.md"))
    status = [r[1] for r in rap()]
    assert tuple(map(int, said.groups())) == (len(status), *map(status.count, ("met", "partly", "not")))


def test_the_reporting_lists_name_files_that_are_there():
    with (DOCS / "checklists.csv").open(encoding="utf-8", newline="") as lines:
        assert all((ROOT / row["file"]).exists() for row in csv.DictReader(lines) if row["file"])


# the cluster

def test_the_slurm_profile_names_its_executor_resources_and_rules_of_the_workflow():
    made = yaml.safe_load(text(PROFILE))
    rules = set(re.findall(r"(?m)^rule (\w+):", text(ROOT / "Snakefile")))
    assert made["executor"] == "slurm" and made["jobs"] >= 1 and made["rerun-incomplete"] and made["keep-going"]
    assert {"mem_mb", "runtime"} <= set(made["default-resources"])
    assert made["set-resources"] and set(made["set-resources"]) <= rules
    assert made["set-resources"]["journeys"]["mem_mb"] > made["default-resources"]["mem_mb"]


def plan(tmp_path, *options):
    """What snakemake would do, started as docs/cluster.md says, and how many steps of each rule that is."""
    where = ["--config", f"params={ROOT / 'params.yaml'}", f"out={tmp_path}", "name=base"]
    command = [sys.executable, "-m", "snakemake", "--directory", str(tmp_path / "base"), "--dry-run", *options, *where]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr, dict(re.findall(r"(?m)^(\w+) +(\d+)$", done.stdout + done.stderr))


def whole():
    names = str(len(list((ROOT / "notebooks").glob("[0-9]*.ipynb"))))
    return {"notebook": names, "report": names, "validate": "1", "journeys": "1"}


@pytest.mark.skipif(not importlib.util.find_spec("snakemake_executor_plugin_slurm"),
                    reason="snakemake-executor-plugin-slurm is not installed")
def test_snakemake_reads_the_slurm_profile(tmp_path):
    said, steps = plan(tmp_path, "--profile", "profiles/slurm")
    assert "Using profile profiles/slurm" in said and steps.items() >= whole().items()


def test_snakemake_takes_memory_and_time_of_each_step_from_the_profile(tmp_path):
    """Without the plugin: the profile's own lines, but for those that only the plugin knows, on two local workers."""
    made = {key: value for key, value in yaml.safe_load(text(PROFILE)).items() if not key.startswith("slurm-")}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(made | {"executor": "local", "cores": 2}), encoding="utf-8")
    said, steps = plan(tmp_path, "--profile", str(tmp_path))
    assert steps.items() >= whole().items()
    for rule, wanted in {"validate": made["default-resources"], **made["set-resources"]}.items():
        [step] = re.findall(rf"(?m)^rule {rule}:\n(?:.+\n)*? +resources: (.*)$", said)
        assert all(f"{name}={value}" in step for name, value in wanted.items()), f"{rule}: {step}"


# the example of docs/add_a_notebook.md

def test_the_example_notebook_runs_to_its_finding(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    body = text(DOCS / "add_a_notebook.md").partition("## A whole example")[2]
    cells = re.findall(r"```python\n(.*?)```", body, flags=re.S)
    from pi_research.sections import SECTIONS, plain

    declared = re.findall(r'"(\w+)"', re.search(r'"sections": \[(.*?)\]', body)[1])
    space = {s: plain(SECTIONS[s]()) for s in declared}
    space["run"]["out"] = str(tmp_path)
    assert all(len(c.strip().splitlines()) <= 10 for c in cells)
    closing = [c for c in cells if "11_withdrawals" in c]
    for cell in [c for c in cells if c not in closing] + [closing[0].splitlines()[0]]:
        exec(compile(cell, "docs/add_a_notebook.md", "exec"), space)
    [finding] = space["found"]
    assert finding.id == "left.withdrew" and 0 < finding.estimate < finding.n
    assert "people who started withdrew before a move" in finding.sentence
