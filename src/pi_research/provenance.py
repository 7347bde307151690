"""Which code a notebook runs: its hash changes when, and only when, that code does."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

__all__ = ["code_hash", "code_inputs", "declared"]

PACKAGE = Path(__file__).parent


def declared(notebook: Path) -> dict[str, tuple[str, ...]]:
    """What a notebook's metadata declares: ``sections`` of params that it reads, and ``needs``.

    Raises
    ------
    ValueError
        Where the metadata is missing.
    """
    try:
        stored = json.loads(Path(notebook).read_text(encoding="utf-8"))["metadata"]["pi_research"]
        return {key: tuple(stored.get(key, ())) for key in ("sections", "needs")}
    except (KeyError, json.JSONDecodeError):
        raise ValueError(f"{Path(notebook).name}: the notebook's metadata must hold pi_research: "
                         "{sections: [...], needs: [...]} (docs/add_a_notebook.md)") from None


def code_inputs(notebook: Path) -> list[Path]:
    """The notebook and every module of the package that it imports, directly or through others.

    Imports inside functions count. The page assets do not: they shape pages, not results.
    """
    stored = json.loads(Path(notebook).read_text(encoding="utf-8"))
    source = "\n".join("".join(c["source"]) for c in stored["cells"] if c["cell_type"] == "code")
    waiting, seen = _imported(source, ""), set()
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            waiting |= _imported(module.read_text(encoding="utf-8"), _name(module)) - seen
    return [Path(notebook), *sorted(seen)]


def _name(module: Path) -> str:
    parts = module.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(source: str, inside: str) -> set[Path]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{a.name}" for a in node.names)]
        else:
            continue
        found |= {file for name in names if name.startswith("pi_research") for file in _files(name)}
    if inside == "pi_research.report":
        found |= {PACKAGE / "report" / f for f in ("shown.py", "closing.py", "figures.py", "tables.py") if (PACKAGE / "report" / f).exists()}
    return found


def _files(name: str) -> list[Path]:
    """The module of a dotted name and the packages above it."""
    parts = name.split(".")
    files = []
    for depth in range(1, len(parts) + 1):
        place = PACKAGE.parent.joinpath(*parts[:depth])
        files += [f for f in (place.with_suffix(".py"), place / "__init__.py") if f.is_file()]
    return files


def code_hash(notebook: Path) -> str:
    """First 16 hexadecimal digits of the SHA-256 over names and bytes of :func:`code_inputs`."""
    files = code_inputs(notebook)
    return hash_of((f.name if f == Path(notebook) else _name(f), f.read_bytes()) for f in files)


def hash_of(named: Iterable[tuple[str, bytes]]) -> str:
    """SHA-256 over sorted (name, bytes), first 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for name, content in sorted(named):
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]
