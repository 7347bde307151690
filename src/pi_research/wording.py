"""Sentences that know the numbers in them.

A result says what it found as a :class:`Sentence`. Inside the safe room it is an
ordinary string. It also carries its template and, for each number, the counts of
people (or events) behind it, so that ``disclosure.protect_sentence`` can write the
same sentence again under a small-number rule without running anything twice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter

__all__ = ["Number", "Sentence", "count", "joined", "limit", "number", "percent", "sentence", "word"]

STYLES = ("count", "percent", "decimal", "pounds", "signed", "ratio", "percent_change", "word")


@dataclass(frozen=True)
class Number:
    """One number as it stands in a sentence or a table cell.

    Parameters
    ----------
    value : float
        The number itself. A percentage is held as a proportion (0.8 for 80 %).
    style : str
        One of ``STYLES``: how it is written; a ``word`` is a verdict, held in ``unit``, that rests on counts.
    digits : int
        Digits after the point; for ``ratio`` and ``decimal`` too.
    behind : tuple of int
        The counts of people or events that the number rests on: for a percentage the
        numerator and what is left of the denominator; for a rate its events. Empty for
        numbers that describe nobody (a date, a threshold, a published figure).
    unit : str
        Written after the number where it is not empty, e.g. ``months``.
    counted : bool
        True for a percentage that is ``behind[0]`` of ``sum(behind)`` people: a release works
        it out again from the rounded counts. An estimated share (Kaplan-Meier) is not one.
    limit : {"", "lower", "upper"}
        For a limit of the exact interval at ``level`` of the share (style ``percent``) or the count that stands
        behind it: a release works it out again too, since it would give the exact count back.
    """

    value: float
    style: str = "decimal"
    digits: int = 1
    behind: tuple[int, ...] = ()
    unit: str = ""
    counted: bool = False
    limit: str = ""
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.style not in STYLES:
            raise ValueError(f"style {self.style!r} is not one of {', '.join(STYLES)}")

    def __str__(self) -> str:
        if self.style == "word":
            return self.unit
        text = _written(self.value, self.style, self.digits)
        return f"{text} {self.unit}" if self.unit and math.isfinite(self.value) else text


def _written(value: float, style: str, digits: int) -> str:
    if math.isnan(value):
        return "not estimable"
    if math.isinf(value):
        return "no upper limit" if value > 0 else "no lower limit"
    sign = "+" if style in ("signed", "percent_change") else ""
    if style in ("percent", "percent_change"):
        text = f"{100 * value:{sign}z,.{digits}f}%"
    elif style in ("count", "pounds"):
        text = f"{value:z,.0f}"
    else:
        text = f"{value:{sign}z,.{digits}f}"
    return _pounds(text) if style == "pounds" else text.replace("-", "−")


def _pounds(text: str) -> str:
    return f"−£{text[1:]}" if text.startswith("-") else f"£{text}"


class Sentence(str):
    """A string with its ``template`` and the ``numbers`` that were put into it.

    Adding two sentences with ``+`` gives plain text: use :func:`joined` to keep the
    numbers.
    """

    template: str
    numbers: Mapping[str, object]

    def __new__(cls, template: str, numbers: Mapping[str, object]) -> Sentence:
        made = super().__new__(cls, template.format(**{k: str(v) for k, v in numbers.items()}))
        made.template = template
        made.numbers = dict(numbers)
        return made

    def __getnewargs__(self) -> tuple[str, Mapping[str, object]]:
        return self.template, self.numbers


def sentence(template: str, /, **numbers: object) -> Sentence:
    """Fill ``{name}`` places with :class:`Number` objects or plain words.

    >>> str(sentence("{n} people moved.", n=count(73)))
    '73 people moved.'
    """
    return Sentence(template, numbers)


def joined(*sentences: Sentence) -> Sentence:
    """Several sentences as one paragraph that keeps the numbers of each.

    >>> str(joined(sentence("{n} came.", n=count(3)), sentence("{n} stayed.", n=count(2))))
    '3 came. 2 stayed.'
    """
    templates, numbers = [], {}
    for place, part in enumerate(sentences):
        templates.append(_renamed(template_of(part), place))
        numbers.update({f"{name}_{place}": value for name, value in getattr(part, "numbers", {}).items()})
    return Sentence(" ".join(templates), numbers)


def template_of(text: Sentence | str) -> str:
    """The template of a sentence; of plain text, the text with its braces doubled.

    >>> template_of("a {b}")
    'a {{b}}'
    """
    return getattr(text, "template", str(text).replace("{", "{{").replace("}", "}}"))


def _renamed(template: str, place: int) -> str:
    """The template with ``_place`` after each name: names of different sentences can't clash."""
    parts = []
    for text, name, form, _ in Formatter().parse(template):
        parts.append(template_of(text))
        if name is not None:
            parts.append(f"{{{name}_{place}:{form}}}" if form else f"{{{name}_{place}}}")
    return "".join(parts)


def count(value: int, *, people: bool = True) -> Number:
    """A count; ``people=False`` for counts of things that identify nobody (months, rows of a plan)."""
    return Number(value, "count", 0, (int(value),) if people else ())


def percent(numerator: int, denominator: int, *, digits: int = 0) -> Number:
    """A percentage of people, with numerator and remainder behind it.

    >>> str(percent(3, 4))
    '75%'
    """
    share = numerator / denominator if denominator else math.nan
    return Number(share, "percent", digits, (int(numerator), int(denominator - numerator)), counted=True)


def word(text: str, behind: tuple[float, ...] = ()) -> Number:
    """A verdict that rests on counts: beside a hidden one it would narrow it, so that it is hidden too.

    >>> str(word("on target", (6,)))
    'on target'
    """
    return Number(0.0, "word", 0, tuple(int(b) for b in behind if b == b), text)


def limit(
    value: float, numerator: int, denominator: int, end: str, *, level: float = 0.95, digits: int = 0
) -> Number:
    """The ``lower`` or ``upper`` limit of a percentage's exact interval.

    >>> str(limit(0.194, 3, 4, "lower", digits=1))
    '19.4%'
    """
    behind = (int(numerator), int(denominator - numerator))
    return Number(float(value), "percent", digits, behind, limit=end, level=level)


def number(
    value: float, *, digits: int = 1, unit: str = "", behind: tuple[int, ...] = (), style: str = "decimal"
) -> Number:
    """Any other number; give ``behind`` where people stand behind it."""
    return Number(float(value), style, digits, tuple(int(b) for b in behind), unit)
