"""Which code a notebook runs: its hash changes when, and only when, that code does."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

__all__ = ["code_hash", "code_inputs", "declared", "module_hash"]

PACKAGE = Path(__file__).parent


def declared(notebook: Path) -> dict[str, tuple[str, ...]]:
    """What a notebook's metadata declares: ``sections`` of params that it reads, ``needs``, ``tables``.

    ``needs`` are notebooks whose findings it reads, ``tables`` those without which it has no answer.

    Raises
    ------
    ValueError
        Where the metadata is missing.
    """
    try:
        stored = json.loads(Path(notebook).read_text(encoding="utf-8"))["metadata"]["pi_research"]
        return {"sections": tuple(stored["sections"]),
                **{name: tuple(stored.get(name, ())) for name in ("needs", "tables")}}
    except (KeyError, TypeError, json.JSONDecodeError):
        raise ValueError(f"{Path(notebook).name}: the notebook's metadata must hold pi_research: "
                         "{sections: [...], needs: [...]} (docs/add_a_notebook.md)") from None


def code_inputs(notebook: Path) -> list[Path]:
    """The notebook and every module of the package that it imports, directly or through others.

    Imports inside functions count, those for type hints alone do not. Of a package that loads its
    parts when they are first used, the parts are those whose names the importing code uses. The page
    assets do not count: they shape pages, not results.

    Raises
    ------
    ValueError
        Where the notebook's code is not plain Python: with the line.
    """
    there = _modules()
    try:
        waiting, seen = set(_imported(_source(Path(notebook)), PACKAGE, there)), set()
    except SyntaxError as fault:
        raise ValueError(f"{Path(notebook).name}: this line of a code cell is not plain Python, so that its "
                         f"imports can't be seen; take it out: {(fault.text or '').strip()}") from None
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            waiting |= _imported(module.read_text(encoding="utf-8"), PACKAGE, there) - seen
    return [Path(notebook), *sorted(seen)]


def code_hash(notebook: Path) -> str:
    """First 16 hexadecimal digits of the SHA-256 over names and text of :func:`code_inputs`.

    Of the notebook only the code cells count, so that running it in JupyterLab changes nothing.
    """
    first, *modules = code_inputs(notebook)
    named = [(module.relative_to(PACKAGE.parent).as_posix(), module.read_bytes()) for module in modules]
    return hash_of([(first.name, _source(first).encode()), *named])


def module_hash(module: Path) -> str:
    """The same of a module that makes a table, and of every module that it imports.

    A package counts by what is imported from its modules by their full names, not by its ``__init__``, so
    that a room's other methods can change without making the table look stale; nor do ``wording``, which
    writes numbers and works none out, and this module.
    """
    waiting, seen, there = {Path(module).resolve()}, set(), _modules()
    while waiting:
        file = waiting.pop()
        if file not in seen and file.name not in ("__init__.py", "wording.py", "provenance.py"):
            seen.add(file)
            waiting |= _imported(file.read_text(encoding="utf-8"), PACKAGE, there) - seen
    return hash_of((file.relative_to(PACKAGE.parent).as_posix(), file.read_bytes()) for file in seen)


def hash_of(named: Iterable[tuple[str, bytes]]) -> str:
    """SHA-256 over sorted (name, bytes), first 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for name, content in sorted(named):
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def _source(notebook: Path) -> str:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")


LEAVES = (ast.Name, ast.Constant, ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop)


@cache
def _parsed(source: str) -> tuple[frozenset[str], frozenset[str]]:
    """Dotted names that are imported when the code runs, and every word that the code uses.

    Of every module once, however many notebooks read it. What stands under TYPE_CHECKING does not count.
    """
    names, words, waiting = set(), set(), [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Attribute):
            words.add(node.attr)
        elif isinstance(node, ast.Import):
            names |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module or "", *(f"{node.module}.{a.name}" for a in node.names)}
            words |= {a.name for a in node.names}
        hints = isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for field in ("orelse",) if hints else node._fields:
            held = getattr(node, field, None)
            for one in held if isinstance(held, list) else (held,):
                if isinstance(one, ast.AST) and not isinstance(one, LEAVES):
                    waiting.append(one)
    return frozenset(names), frozenset(words)


def _modules() -> frozenset[str]:
    """The package's modules, by their paths below the folder that holds it."""
    return _same(frozenset(p.relative_to(PACKAGE.parent).as_posix() for p in PACKAGE.rglob("*.py")))


@cache
def _same(modules: frozenset[str]) -> frozenset[str]:
    """The first of equal sets, so that comparing them costs nothing."""
    return modules


@cache
def _imported(source: str, package: Path, there: frozenset[str]) -> frozenset[Path]:
    """What a source imports of the modules that are ``there``; every source once, however many read it."""
    names, words = _parsed(source)
    files = {f for name in names if name.split(".")[0] == "pi_research" for f in _files(name, package, there)}
    return frozenset(files | {f for one in files for f in _on_demand(one, words, package, there)})


def _files(name: str, package: Path, there: frozenset[str]) -> list[Path]:
    """The module of a dotted name and the packages above it."""
    parts = name.split(".")
    tried = ["/".join(parts[:depth]) + end for depth in range(1, len(parts) + 1) for end in (".py", "/__init__.py")]
    return [package.parent / one for one in tried if one in there]


def _on_demand(module: Path, words: frozenset[str], package: Path, there: frozenset[str]) -> set[Path]:
    """Modules from which a package with a ``__getattr__`` takes the names among ``words``.

    The package holds them as a dictionary of name to module (see ``extract`` and ``report``).
    """
    pairs = _lazy(module.read_text(encoding="utf-8")) if module.name == "__init__.py" else None
    if pairs is None:
        return set()
    modules = {held for name, held in pairs if name in words} | words
    place = module.parent.relative_to(package.parent).as_posix()
    return {module.parent / f"{m}.py" for m in modules if f"{place}/{m}.py" in there}


@cache
def _lazy(source: str) -> frozenset[tuple[str, str]] | None:
    """Names and their modules of a package that loads its parts on demand; None of another."""
    if "def __getattr__" not in source:
        return None
    return frozenset((getattr(k, "value", ""), getattr(v, "value", "")) for node in ast.walk(ast.parse(source))
                     if isinstance(node, ast.Dict) for k, v in zip(node.keys, node.values, strict=True))
