"""The checks of an extract, as ``rules.json`` of the dictionary has them.

Each has a severity, its words, what to do about it, and its settings: the dictionary decides,
the code only finds the rows.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pi_research.extract.dictionary import RULES_FILE, read_json, refuse
from pi_research.places import dictionary_folder

WORDS = {"table", "file", "column", "allowed", "minimum", "maximum", "other", "days", "age"}
SHARED = ("limits", "null_tokens", "identifying_columns", "rules")


@dataclass(frozen=True, slots=True)
class Rule:
    """One check. ``severity`` is ``error`` (the extract is refused) or ``notice`` (carry on, and say so)."""

    id: str
    group: str
    title: str
    severity: str
    what: str
    what_to_do: str
    settings: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Rules:
    """Every check by its id, and the words and limits that several of them share."""

    by_id: Mapping[str, Rule]
    limits: Mapping[str, int]
    null_tokens: frozenset[str]
    identifying_columns: frozenset[str]

    def __getitem__(self, rule: str) -> Rule:
        return self.by_id[rule]

    def setting(self, rule: str, name: str):
        """One setting of a check, e.g. ``setting("move_without_tenancy", "days")``."""
        return self.by_id[rule].settings[name]


def read_rules(folder: str | Path | None = None) -> Rules:
    """The checks of ``rules.json``. Raises :class:`DictionaryError` with every fault in it."""
    path = (Path(folder) if folder is not None else dictionary_folder()) / RULES_FILE
    faults: list[str] = []
    content = read_json(path, faults) or {}
    faults += [f"{RULES_FILE} has no {key}" for key in SHARED if key not in content]
    rules = {}
    for name, entry in content.get("rules", {}).items():
        known = {key: entry.get(key, "") for key in ("group", "title", "severity", "what", "what_to_do")}
        settings = {key: value for key, value in entry.items() if key not in known}
        rules[name] = Rule(id=name, settings=settings, **known)
        faults += [f"{RULES_FILE}: {name} has no {key}" for key, value in known.items() if not value]
        faults += _faults_of_words(rules[name])
    refuse(path.parent, faults)
    shared = frozenset(content["null_tokens"]), frozenset(content["identifying_columns"])
    return Rules(rules, content["limits"], *shared)


def _faults_of_words(rule: Rule) -> list[str]:
    known = rule.severity in ("error", "notice")
    faults = (
        [] if known else [f"{RULES_FILE}: {rule.id} has severity {rule.severity!r}; write error or notice"]
    )
    used = {name for _, name, _, _ in string.Formatter().parse(rule.what + rule.what_to_do) if name}
    if used - WORDS:
        faults.append(
            f"{RULES_FILE}: {rule.id} uses unknown words in braces: {', '.join(sorted(used - WORDS))}"
        )
    return faults
