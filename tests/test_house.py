"""The rules of the house: which room may import which, sizes, start-up time, and locks in step."""

import ast
import os
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "pi_research"
MODULES = sorted(PACKAGE.rglob("*.py"))
ANALYSIS = ("survival", "its", "economics", "realist", "measures", "disclosure")
ROOMS = {*ANALYSIS, "numerics", "extract", "journeys", "report", "release", "validation"}


def inside(module):
    """A module's path in the package."""
    return module.relative_to(PACKAGE).as_posix()


each_module = pytest.mark.parametrize("module", MODULES, ids=inside)


def imports(module, *, run_time=True):
    """Dotted names below pi_research that a module imports; those for type hints only where asked."""
    found, waiting = set(), [ast.parse(module.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING" and run_time:
            waiting += node.orelse
            continue
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: a relative import; provenance follows absolute ones"
            found |= {node.module, *(f"{node.module}.{a.name}" for a in node.names)}
        waiting += ast.iter_child_nodes(node)
    return {name.removeprefix("pi_research.") for name in found if name.startswith("pi_research.")}


def rooms(module, **how):
    """Rooms and single modules at the top of the package that a module imports, without its own."""
    own = module.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return {name.split(".")[0] for name in imports(module, **how)} - {own, "__version__"}


def modules_of(*names):
    return [m for m in MODULES if m.relative_to(PACKAGE).parts[0] in names]


# the arrows

def test_the_rooms_are_those_of_the_plan():
    assert {p.parent.name for p in PACKAGE.glob("*/__init__.py")} <= ROOMS


@pytest.mark.parametrize("module", modules_of(*ANALYSIS), ids=inside)
def test_an_analysis_room_imports_numerics_and_wording_and_nothing_else_of_the_house(module):
    assert rooms(module, run_time=False) <= {"numerics", "wording"}


@pytest.mark.parametrize("module", modules_of("numerics"), ids=lambda p: p.name)
def test_numerics_imports_no_other_room(module):
    assert rooms(module, run_time=False) <= {"wording"}


@pytest.mark.parametrize("module", modules_of(*ANALYSIS, "numerics"), ids=inside)
def test_an_analysis_room_reads_no_file_and_draws_nothing(module):
    tree = ast.parse(module.read_text(encoding="utf-8"))
    outside = {a.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    outside |= {n.module.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert outside.isdisjoint({"matplotlib", "seaborn", "pathlib", "os", "io", "json", "csv", "yaml"})
    names = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    assert names.isdisjoint({"open", "print"})


@pytest.mark.parametrize("module", modules_of("journeys"), ids=lambda p: p.name)
def test_journeys_imports_neither_report_nor_an_analysis_room_at_run_time(module):
    assert rooms(module).isdisjoint({"report", "validation", *ANALYSIS})


@pytest.mark.parametrize("module", modules_of("extract"), ids=inside)
def test_extract_comes_first_and_imports_no_later_room(module):
    assert rooms(module).isdisjoint({"journeys", "report", "validation", *ANALYSIS})


@each_module
def test_nothing_imports_the_validation_room_or_the_command_line(module):
    assert rooms(module, run_time=False).isdisjoint({"validation", "cli"}) or module.name == "cli.py"


def test_the_check_of_arrows_sees_imports_in_functions_and_not_type_hints(tmp_path):
    module = tmp_path / "m.py"
    module.write_text("from typing import TYPE_CHECKING\n"
                      "if TYPE_CHECKING:\n    from pi_research.its import Design\n"
                      "def f():\n    from pi_research import params\n")
    assert imports(module) == {"params"}
    assert imports(module, run_time=False) == {"params", "its", "its.Design"}


# sizes and docstrings

@each_module
def test_a_module_has_at_most_300_lines(module):
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 300


def length(function):
    """Lines of a function without its docstring."""
    lines = function.end_lineno - function.lineno + 1
    first = function.body[0]
    doc = isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", None), str)
    return lines - (first.end_lineno - first.lineno + 1 if doc else 0)


@each_module
def test_a_function_has_at_most_60_lines_without_its_docstring(module):
    functions = [n for n in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
                 if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    assert {f.name: length(f) for f in functions if length(f) > 60} == {}


@each_module
def test_what_is_public_has_a_docstring(module):
    """Names without an underscore, in modules without one; every module says what it is for."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "the module"
    inside = module.name.startswith("_") and module.name != "__init__.py"
    public = [] if inside else [n for n in tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef))]
    public = [n for n in public if not n.name.startswith("_")]
    public += [m for c in public if isinstance(c, ast.ClassDef) for m in c.body
               if isinstance(m, ast.FunctionDef) and not m.name.startswith("_")]
    assert [n.name for n in public if not ast.get_docstring(n)] == []


def test_every_document_that_the_code_points_to_is_there():
    files = [*MODULES, *ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "params.yaml",
             *ROOT.glob("notebooks/*.ipynb")]
    named = {name for f in files for name in re.findall(r"docs/[a-z_]+\.md", f.read_text(encoding="utf-8"))}
    assert len(named) >= 3
    assert {name for name in named if not (ROOT / name).is_file()} == set()


# start-up

NOISE = 2  # a busy machine may take twice as long as a quiet one


@pytest.mark.parametrize(("command", "seconds"), [
    (["-c", "import pi_research"], 0.3),
    (["-m", "pi_research.cli", "--help"], 0.6),
], ids=["import", "help"])
def test_start_up_is_quick_at_the_best_of_three(command, seconds):
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run([sys.executable, *command], check=True, capture_output=True, env={**os.environ})
        taken.append(time.perf_counter() - start)
    assert min(taken) < seconds * NOISE


def test_importing_the_package_loads_no_slow_library():
    slow = "{'numpy', 'pandas', 'scipy', 'matplotlib', 'typer', 'yaml', 'statsmodels', 'lifelines'}"
    check = f"import sys, pi_research; print(sorted({slow} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", check], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


# locks

def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(file):
    """Pins of a lock file as (name, version, marker) with the number of hashes of each."""
    text = (ROOT / file).read_text(encoding="utf-8").replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            pin = re.match(r"([A-Za-z0-9._-]+)==(\S+)\s*(?:;([^#]*?))?\s+--hash", line + " --hash")
            assert pin, f"{file}: not a pinned package: {line[:60]}"
            key = (normal(pin[1]), pin[2], (pin[3] or "").strip())
            found[key] = len(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", line))
    return found


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def names_of(requirements):
    return {normal(re.match(r"[A-Za-z0-9._-]+", r)[0]) for r in requirements}


LOCKS = ("requirements.lock", "requirements-test.lock", "requirements-env.lock")


@pytest.mark.parametrize("file", LOCKS)
def test_every_package_of_a_lock_is_pinned_with_hashes(file):
    pins = locked(file)
    assert pins and {pin for pin, hashes in pins.items() if not hashes} == set()


@pytest.mark.parametrize("file", LOCKS)
def test_a_lock_holds_no_address_of_an_index(file):
    text = (ROOT / file).read_text(encoding="utf-8")
    assert not re.findall("://|--index|--extra-index|--find-links", text)


def test_every_dependency_is_in_the_lock():
    assert names_of(project()["dependencies"]) <= {name for name, _, _ in locked("requirements.lock")}
    wanted = names_of(project()["optional-dependencies"]["test"])
    assert wanted <= {name for name, _, _ in locked("requirements-test.lock")}


def test_the_two_locks_agree_on_every_package_that_both_hold():
    run, test = ({}, {})
    for pins, file in ((run, "requirements.lock"), (test, "requirements-test.lock")):
        for name, version, _ in locked(file):
            pins.setdefault(name, set()).add(version)
    assert set(run) <= set(test), "the test environment holds all that a run needs"
    assert {name: (run[name], test[name]) for name in run if run[name] != test[name]} == {}


def test_what_is_installed_here_is_what_the_lock_says():
    from importlib.metadata import PackageNotFoundError, version

    allowed, wrong = {}, {}
    for name, pinned, _ in locked("requirements-test.lock"):
        allowed.setdefault(name, set()).add(pinned)
    for name in names_of(project()["dependencies"]):
        try:
            if version(name) not in allowed[name]:
                wrong[name] = version(name)
        except PackageNotFoundError:
            wrong[name] = "not installed"
    assert wrong == {}


def test_conda_users_get_the_same_lock_and_a_python_that_is_supported():
    made = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    pip = [d["pip"] for d in made if isinstance(d, dict)]
    assert any("-r requirements.lock" in line for lines in pip for line in lines)
    plain = [d for d in made if isinstance(d, str)]
    assert {re.match(r"[a-z]+", d)[0] for d in plain} <= {"python", "pip", "make"}, "else it is not the lock"
    [python] = [d for d in plain if d.startswith("python")]
    given = tuple(map(int, re.search(r"(\d+)\.(\d+)", python).groups()))
    low, high = re.fullmatch(r">=(\d+\.\d+),<(\d+\.\d+)", project()["requires-python"]).groups()
    assert tuple(map(int, low.split("."))) <= given < tuple(map(int, high.split(".")))


# one version

def test_version_and_licences_are_the_same_everywhere():
    import pi_research

    version = project()["version"]
    assert pi_research.__version__ == version
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "title", "authors", "message"} <= set(citation)
    assert str(citation["version"]) == version
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## \[?(\d+\.\d+\.\d+)", changes, flags=re.M)[1] == version
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "MIT License" in licence and "CC BY 4.0" in licence
