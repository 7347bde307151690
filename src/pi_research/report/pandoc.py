"""The pandoc that comes with the lock, and no other that a machine may have."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["converted"]


def converted(text: str, to: str, **how: object) -> str:
    """``pypandoc.convert_text`` by the pandoc of the lock: an older one of the machine lacks options.

    Left to look for itself, pypandoc takes for a moment the first that it finds, which a second thread then uses.
    """
    import pypandoc

    own = Path(pypandoc.__file__).parent / "files" / ("pandoc.exe" if sys.platform == "win32" else "pandoc")
    if own.is_file():
        os.environ["PYPANDOC_PANDOC"] = str(own)
    return pypandoc.convert_text(text, to, **how)
