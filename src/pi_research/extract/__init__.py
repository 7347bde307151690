"""What comes in: the dictionary, reading and checking an extract, and empty tables to fill.

Names are loaded when first used, so that the command line starts before pandas does.
"""

from __future__ import annotations

import importlib

_PLACES = {
    "Check": "check",
    "DictionaryError": "dictionary",
    "Extract": "read",
    "ExtractError": "read",
    "TableSchema": "dictionary",
    "check_extract": "check",
    "read_dictionary": "dictionary",
    "read_extract": "read",
    "read_rules": "rules",
    "template": "blank",
    "write_problems": "report_problems",
}
__all__ = list(_PLACES)


def __getattr__(name: str):
    if name in _PLACES:
        return getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)
    raise AttributeError(f"module {__name__} has no name {name}")
