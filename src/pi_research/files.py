"""Files written whole or not at all, and read with one clear line where they can't be.

A file is written beside its place under a hidden name and moved there when complete,
so that a full disk or a killed run leaves the earlier file, or none, and never half a file.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

__all__ = ["FileReadError", "FileWriteError", "read_text", "write_bytes", "write_text"]

FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
BARRED = {errno.EACCES, errno.EPERM, errno.EROFS}


class _OneLine(OSError):
    def __str__(self) -> str:
        return str(self.strerror)


class FileWriteError(_OneLine):
    """A file could not be written; its message is one line that says why and what to do."""


class FileReadError(_OneLine):
    """A file could not be read; its message is one line that says why and what to do."""


def write_text(path: str | Path, text: str) -> Path:
    """Write ``text`` as UTF-8 with line feeds, whole or not at all.

    Raises
    ------
    FileWriteError
        Where the disk is full, or the folder or the file may not be written.
    """
    return write_bytes(path, text.encode("utf-8"))


def write_bytes(path: str | Path, data: bytes) -> Path:
    """Write ``data`` whole or not at all, and make the folders above it. Raises as :func:`write_text`."""
    path = Path(path)
    beside = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(beside, "wb") as file:
                file.write(data)
            os.replace(beside, path)
        except BaseException:
            _forget(beside)
            raise
    except OSError as error:
        raise FileWriteError(error.errno, _why_not_written(path, error)) from error
    return path


def read_text(path: str | Path) -> str:
    """The text of a UTF-8 file, without a byte-order mark.

    Raises
    ------
    FileReadError
        Where the file is missing, may not be read, or is not UTF-8.
    """
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise FileReadError(
            error.errno, f"There is no file {path}. Check the name and the folder."
        ) from error
    except OSError as error:
        why = f"{path} can't be read ({error.strerror}). Check that it is a file and that you may open it."
        raise FileReadError(error.errno, why) from error
    except UnicodeDecodeError as error:
        raise FileReadError(
            errno.EILSEQ, f"{path} is not UTF-8 text. Save it as UTF-8 and run again."
        ) from error


def _forget(beside: Path) -> None:
    with suppress(OSError):  # the first fault is the one to report
        beside.unlink(missing_ok=True)


def _why_not_written(path: Path, error: OSError) -> str:
    if error.errno in FULL:
        return (
            f"The disk is full: {path} was not written, and no half file was left. "
            "Free some space and run again."
        )
    if error.errno in BARRED:
        return (
            f"{path} may not be written. Choose a folder that you may write to, and close the file "
            "if another program has it open."
        )
    return (
        f"{path} was not written ({error.strerror}). Check that its folder is a folder "
        "and that the name is allowed."
    )
