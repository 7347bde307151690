"""``params.yaml`` -> typed, checked parameters.

What may stand in the file is described once, in ``sections``. Reading checks the whole
and reports every fault at once, as key, what is wrong and what to do.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from datetime import date, datetime
from pathlib import Path

from pi_research import places
from pi_research.sections import SECTIONS, Params

__all__ = ["SECTIONS", "Params", "ParamsError", "differences", "load", "read", "slice_hash"]


class ParamsError(ValueError):
    """Every fault found in the parameters, one a line."""

    def __init__(self, faults: list[str], where: str = places.PARAMS) -> None:
        self.faults = faults
        noun = "fault" if len(faults) == 1 else "faults"
        super().__init__(f"{len(faults)} {noun} in {where}:\n" + "\n".join(f"  - {f}" for f in faults))


def slice_hash(cut: Mapping[str, object]) -> str:
    """First 16 hexadecimal digits of the SHA-256 of a slice in canonical JSON."""
    text = json.dumps(cut, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def load(path: str | Path | None = None, **overrides: Mapping[str, object]) -> Params:
    """Read and check the whole file.

    Parameters
    ----------
    path : file, by default ``params.yaml`` in :func:`places.root`.
    **overrides : for a section, keys that replace the file's (the command line's ``--data``).

    Raises
    ------
    ParamsError
        Listing every fault: unreadable file, unknown section or key, wrong type, value outside
        its limits, dates and milestones that cannot be.
    """
    file = Path(path) if path else places.root() / places.PARAMS
    given = _yaml(file)
    for section, keys in overrides.items():
        held = given.get(section) or {}
        if isinstance(held, Mapping):
            given[section] = {**held, **{k: v for k, v in keys.items() if v is not None}}
    return _build(given, file.resolve().parent, file.name)


def read(**sections: Mapping[str, object]) -> Params:
    """The parameters of a notebook, from the sections that its parameters cell declares.

    Papermill replaces a nested dict whole, so that keys left out of a section take their
    defaults here. What was declared is kept in ``.declared``: it is the slice that the
    notebook's results depend on.

    Raises
    ------
    ParamsError
        As :func:`load`.
    """
    made = _build(dict(sections), places.root(), "the notebook's parameters")
    return replace(made, declared=tuple(n for n in SECTIONS if n in sections))


def differences(settings: Params) -> list[str]:
    """Keys whose value in the notebook is not that of ``params.yaml`` (``run`` is left out)."""
    file = load(settings.root / places.PARAMS)
    names = [n for n in settings.declared if n not in ("run", "plan")]
    return [f"{n}.{k}" for n in names for k, v in settings.section(n).items() if v != file.section(n)[k]]


def changed_after_registration(settings: Params) -> list[str]:
    """Declared sections whose hash is no longer the registered one; empty where no plan is registered."""
    registered = settings.plan.hash
    here = {n: slice_hash(settings.section(n)) for n in settings.declared if n in registered}
    return [n for n, now in here.items() if now != registered[n]]


def _yaml(file: Path) -> dict:
    import yaml

    try:
        given = yaml.load(file.read_text(encoding="utf-8-sig"), _loader())
    except FileNotFoundError:
        fault = f"there is no file {file.name}: copy params.yaml from the project and change that"
    except UnicodeDecodeError:
        fault = "the file is not UTF-8 text: save it as UTF-8"
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        at = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        fault = f"{at}not valid YAML ({getattr(error, 'problem', None) or 'cannot be read'}): mend that line"
    else:
        if given is None or isinstance(given, dict):
            return given or {}
        fault = "the file must hold sections (`run:`, `tenancy:` ...), each with keys below it"
    raise ParamsError([fault], file.name)


def _loader() -> type:
    """A YAML loader that refuses a key that stands twice, and leaves days as text for :func:`_date`.

    YAML would silently take the last of two keys, and stop at the first day that does not exist.
    """
    import yaml

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers = {
            first: [(tag, like) for tag, like in found if not tag.endswith(":timestamp")]
            for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
            seen = set()
            for key, _ in node.value:
                if key.value in seen:
                    what = f"the key {key.value} stands twice"
                    raise yaml.constructor.ConstructorError(None, None, what, key.start_mark)
                seen |= {key.value} if isinstance(key.value, str) else set()
            return super().construct_mapping(node, deep)

    return Loader


def _build(given: Mapping[str, object], root: Path, where: str) -> Params:
    faults: list[str] = []
    made = {}
    for name, value in given.items():
        if name not in SECTIONS:
            faults.append(f"{name}: unknown section{_near(name, SECTIONS)}")
        elif not isinstance(value, Mapping) and value is not None:
            faults.append(f"{name}: must hold keys with values below it, not {_named(value)}")
        else:
            made[name] = _section(name, SECTIONS[name], value or {}, faults)
    settings = Params(root=root, **made)
    faulty = {fault.split(":")[0] for fault in faults}
    faults += [f"{keys[0]}: {what}" for keys, what in _rules(settings)
               if faulty.isdisjoint((*keys, *(k.split(".")[0] for k in keys)))]
    if faults:
        raise ParamsError(faults, where)
    return settings


def _section(name: str, kind: type, given: Mapping[str, object], faults: list[str]) -> object:
    known = {f.name: f for f in fields(kind)}
    hints = typing.get_type_hints(kind)
    made = {}
    for key, value in given.items():
        if key not in known:
            faults.append(f"{name}.{key}: unknown key{_near(str(key), known)}")
            continue
        try:
            made[key] = _typed(value, hints[key], known[key].metadata)
        except ValueError as fault:
            faults.append(f"{name}.{key}: {fault}")
    return kind(**made)


def _near(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(str(name), list(known), n=1)
    return f"; did you mean {close[0]}?" if close else f"; known are {', '.join(known)}"


def _typed(value: object, kind: object, limits: Mapping[str, object]) -> object:
    if isinstance(kind, types.UnionType):
        if value is None:
            return None
        kind = next(k for k in typing.get_args(kind) if k is not type(None))
    if kind is date:
        return _date(value)
    if typing.get_origin(kind) is tuple:
        item = typing.get_args(kind)[0]
        if not isinstance(value, (list, tuple)):
            kinds = {int: "whole numbers, e.g. [6, 12, 18]", str: "words, e.g. [refused, withdrawn]"}
            raise ValueError(f"must be a list of {kinds[item]}")
        return tuple(_typed(v, item, limits) for v in value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    expected = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
    plain_kind = kind if isinstance(kind, type) else Mapping
    if not isinstance(value, plain_kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"must be {expected.get(kind, 'keys with values')}, not {_named(value)}")
    if isinstance(value, str) and not value.strip():
        raise ValueError("must not be empty; take the key out for its default")
    return _limited(value, limits)


def _named(value: object) -> str:
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "text", list: "a list",
             dict: "keys with values", type(None): "empty"}
    return names.get(type(value), type(value).__name__)


def _date(value: object) -> date:
    if isinstance(value, datetime) or not re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)):
        raise ValueError("must be a day, written YYYY-MM-DD")
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        raise ValueError("must be a day that exists, written YYYY-MM-DD") from None
    if not 1900 <= day.year <= 2100:
        raise ValueError("must be a day between 1900 and 2100, written YYYY-MM-DD")
    return day


def _limited(value: object, limits: Mapping[str, object]) -> object:
    if "choices" in limits and value not in limits["choices"]:
        raise ValueError(f"must be one of {', '.join(limits['choices'])}")
    if "low" in limits and not limits["low"] <= value <= limits["high"]:
        raise ValueError(f"must lie between {limits['low']:,} and {limits['high']:,}")
    return value


def _rules(settings: Params) -> Iterator[tuple[tuple[str, ...], str]]:
    """Faults that only show when several keys are read together: the keys, and what to do."""
    months, horizon = settings.milestones.months, settings.survival.horizon_months
    covid, programme = settings.covid, settings.programme
    series, workbook = settings.series, settings.workbook
    for where, some in (("milestones.months", months), ("person_time.months", settings.person_time.months)):
        if not some:
            yield (where,), "is empty; give at least one month, e.g. [6, 12, 18, 24]"
        elif list(some) != sorted(set(some)) or not all(1 <= m <= 240 for m in some):
            yield (where,), "must be different whole months between 1 and 240, in rising order"
    if months and horizon < min(months):
        yield (("survival.horizon_months", "milestones.months"),
               f"must reach the first milestone, {min(months)} months (milestones.months)")
    linkage = settings.linkage
    if linkage.decide > linkage.link:
        yield ("linkage.decide", "linkage.link"), "must not exceed linkage.link"
    if not {"refused", "withdrawn"} <= set(linkage.without_consent):
        yield (("linkage.without_consent",), "must hold refused and withdrawn: nobody is linked against "
                                             "their will")
    if covid.end <= covid.start:
        yield ("covid.end", "covid.start"), "must be later than covid.start"
    if programme.short_preparation_months > programme.preparation_months:
        yield (("programme.short_preparation_months", "programme.preparation_months"),
               "must not exceed programme.preparation_months")
    if not re.fullmatch(r"\w[\w.-]*", settings.run.name):
        yield (("run.name",), "must be a plain folder name without spaces or slashes: letters, digits, "
                              "dots, hyphens and underscores")
    if not (series.level_change or series.slope_change):
        yield (("series.level_change", "series.slope_change"),
               "this and series.slope_change are both false; at least one must be true")
    if series.family != "gaussian" and series.method != "reml_integrated":
        yield ("series.method", "series.family"), "must be reml_integrated for counts (series.family)"
    if series.phase_in_months and series.wash_out_months:
        yield ("series.wash_out_months", "series.phase_in_months"), "must be 0 where series.phase_in_months is not"
    for where, day in (("series.interruption", series.interruption),
                       ("series.contract_change", series.contract_change),
                       ("workbook.interruption", workbook.interruption),
                       ("workbook.first_month", workbook.first_month),
                       ("scottish.interruption", settings.scottish.interruption)):
        if day.day != 1:
            yield (where,), "must be the first day of a month"
    if workbook.interruption <= workbook.first_month:
        yield ("workbook.interruption", "workbook.first_month"), "must be later than workbook.first_month"
    for name, day in settings.measures.rebase.items():
        if not re.fullmatch(r"\d{4}-(01|04|07|10)-01", str(day)):
            yield (f"measures.rebase.{name}",), "must be the first day of a quarter, written YYYY-MM-DD"
    for name, day in settings.areas.starts.items():
        if not re.fullmatch(r"(19|20)\d\d-(0[1-9]|1[0-2])-01", str(day)):
            yield (f"areas.starts.{name}",), "must be the first day of a month, written YYYY-MM-DD"
    if len(set(settings.areas.extracts)) < len(settings.areas.extracts) or settings.run.data in settings.areas.extracts:
        yield ("areas.extracts",), "names a folder twice, or that of run.data; name each further extract once"
    money = settings.economics
    if not money.anyway_low <= money.anyway <= money.anyway_high:
        yield (("economics.anyway", "economics.anyway_low", "economics.anyway_high"),
               "must lie between economics.anyway_low and economics.anyway_high")
    if (money.contract_start.month, money.contract_start.day) != (4, 1):
        yield ("economics.contract_start",), "must be the first day of an April: contract years are financial years"
    for name, registered in settings.plan.hash.items():
        if name not in SECTIONS or not isinstance(registered, str):
            yield (f"plan.hash.{name}",), "must name a section and hold its hash as text"
