"""Which files of a folder are the extract's tables, and whether their bytes can be read at all.

A file is scanned in blocks before anything is parsed, so that a broken file of any size
is turned away without being held in memory.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pi_research.extract.dictionary import TableSchema
from pi_research.extract.faults import Fault, fault
from pi_research.extract.rules import Rules

BLOCK = 1 << 20
FORMATS = (".csv", ".parquet")
OTHER_FORMATS = (".xlsx", ".xls", ".xlsm", ".ods", ".tsv", ".txt", ".zip", ".gz")
OUR_OWN = {"problems.csv"}
UTF16 = (b"\xff\xfe", b"\xfe\xff")
NOT_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1", b"%PDF", b"\x1f\x8b")
PLAIN_NAME = re.compile(r"[A-Za-z0-9_(][A-Za-z0-9_ .()-]{0,60}")


@dataclass(frozen=True, slots=True)
class Scan:
    """One file's SHA-256 and the faults of its bytes; ``readable`` where it is worth parsing."""

    sha256: str
    faults: tuple[Fault, ...]
    readable: bool


def find_tables(folder: Path, dictionary: Mapping[str, TableSchema]) -> tuple[dict[str, Path], list[Fault]]:
    """The file of each table that is there, and what is wrong with the folder."""
    try:
        names = sorted(path.name for path in folder.iterdir())
    except FileNotFoundError:
        return {}, [fault("folder_missing", "")]
    except NotADirectoryError:
        return {}, [fault("folder_is_a_file", "")]
    except OSError:
        return {}, [fault("folder_unreadable", "")]
    found, faults = {}, []
    for table in dictionary.values():
        path, about = _file_of(table, folder, names)
        faults += about
        if path is not None:
            found[table.name] = path
    if not found and all(one.rule in ("required_table_missing", "optional_table_missing") for one in faults):
        faults = [fault("folder_without_tables", "")]
    return found, faults + list(_strangers(names, dictionary))


def _file_of(table: TableSchema, folder: Path, names: list[str]) -> tuple[Path | None, list[Fault]]:
    exact = [table.name + ending for ending in FORMATS if table.name + ending in names]
    if len(exact) == 2:
        return None, [fault("two_files", table.name)]
    if exact:
        return folder / exact[0], []
    alike = [Path(name) for name in names if Path(name).stem.strip().lower() == table.name]
    if any(path.suffix.lower() in FORMATS for path in alike):
        return None, [fault("file_name_form", table.name)]
    if any(path.suffix.lower() in OTHER_FORMATS for path in alike):
        return None, [fault("other_format", table.name)]
    return None, [fault("required_table_missing" if table.required else "optional_table_missing", table.name)]


def _strangers(names: list[str], dictionary: Mapping[str, TableSchema]) -> Iterator[Fault]:
    """Files that look like data and are none of ours; a name is shown only where it is plain."""
    for name in names:
        path = Path(name)
        known = path.stem.strip().lower() in dictionary or name in OUR_OWN
        if path.suffix.lower() in (*FORMATS, *OTHER_FORMATS) and not known:
            yield fault("unknown_file", "", other=name if PLAIN_NAME.fullmatch(name) else "(name not shown)")


def combined_hash(hashes: Mapping[str, str]) -> str:
    """SHA-256 over the sorted (file name, SHA-256 of its bytes) of the tables that are there."""
    lines = "".join(f"{name}\0{digest}\n" for name, digest in sorted(hashes.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def scan(path: Path, table: str, rules: Rules) -> Scan:
    """Hash a file and look for what no parser should meet: wrong encoding, NUL, an endless line."""
    digest = hashlib.sha256()
    try:
        size = path.stat().st_size
        with open(path, "rb") as file:
            head = file.read(BLOCK)
            faults = _faults_of_head(head, table, path.suffix)
            watch = _Watch(table, rules.limits["line_bytes"]) if path.suffix == ".csv" else None
            block = head
            while block:
                digest.update(block)
                if watch is not None:
                    watch.see(block)
                block = file.read(BLOCK)
    except OSError:
        return Scan("", (fault("unreadable_file", table),), readable=False)
    if size > rules.limits["file_bytes"]:
        faults.append(fault("file_too_large", table))
    fatal = [one for one in faults if one.rule != "byte_order_mark"]
    if watch is not None and not fatal:
        watch.end()
        fatal += watch.faults
        faults += watch.faults
    return Scan(digest.hexdigest(), tuple(faults), readable=not fatal)


def _faults_of_head(head: bytes, table: str, suffix: str) -> list[Fault]:
    if not head.strip() or not head.removeprefix(codecs.BOM_UTF8).strip():
        return [fault("empty_file", table)]
    if suffix != ".csv":
        return []
    if head.startswith(UTF16):
        return [fault("utf16", table)]
    if head.startswith(NOT_TEXT):
        return [fault("not_text", table)]
    return [fault("byte_order_mark", table)] if head.startswith(codecs.BOM_UTF8) else []


class _Watch:
    """Looks at blocks of a text file as they pass; keeps the first fault of each kind."""

    def __init__(self, table: str, longest: int) -> None:
        self.table, self.longest = table, longest
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.row, self.since_break = 1, 0
        self.first: dict[str, int] = {}

    def see(self, block: bytes) -> None:
        data = np.frombuffer(block, np.uint8)
        breaks = np.flatnonzero((data == 10) | (data == 13))
        self._length(breaks, block)
        if "nul_byte" not in self.first and b"\0" in block:
            self.first["nul_byte"] = self.row + block.count(b"\n", 0, block.index(b"\0"))
        if "not_utf8" not in self.first:
            try:
                self.decoder.decode(block)
            except UnicodeDecodeError as error:
                self.first["not_utf8"] = self.row + bytes(error.object).count(b"\n", 0, error.start)
        self.row += block.count(b"\n")

    def _length(self, breaks: np.ndarray, block: bytes) -> None:
        size = len(block)
        ends = np.concatenate([[-1 - self.since_break], breaks, [size]])
        gaps = np.diff(ends)
        if "line_too_long" not in self.first and gaps.max() > self.longest:
            before = max(0, int(ends[np.argmax(gaps > self.longest)]) + 1)
            self.first["line_too_long"] = self.row + block.count(b"\n", 0, before)
        self.since_break = size - 1 - (breaks[-1] if len(breaks) else -1 - self.since_break)

    def end(self) -> None:
        """A character cut off by the end of the file."""
        try:
            self.decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            self.first.setdefault("not_utf8", self.row)

    @property
    def faults(self) -> list[Fault]:
        """Bytes are named by the row of a file whose cells hold no line breaks."""
        return [fault(rule, self.table, rows=[row]) for rule, row in sorted(self.first.items())]
