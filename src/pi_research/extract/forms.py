"""What is wrong with the form of one cell: the name of the rule that it breaks.

Each function looks at one text that is not in the form asked for and says in which way;
none keeps or repeats the text.
"""

from __future__ import annotations

import re
from datetime import date

from pi_research.extract.dictionary import Field
from pi_research.extract.rules import Rules

ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
SLASHED = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})", re.ASCII)
YEAR_FIRST = re.compile(r"\d{4}[/.\-]\d{1,2}[/.\-]\d{1,2}", re.ASCII)
TIME = re.compile(
    r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp][Mm])?(?P<zone> ?(Z|UTC|GMT|BST|[+-]\d{2}:?\d{2}))?"
)
MONTH_NAME = re.compile(r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", re.I)
FORMULA = re.compile(r"[=@]|[+-]\s*[A-Za-z(@=]|[+-][\d.,]+\s*[-+*/^&A-Za-z(|!]")
HIDDEN = re.compile("[\x00-\x1f\x7f\xad\u200b-\u200f\u2028\u2029\ufeff]")
NUMBER_FORMS = (
    ("not_finite", r"[+-]?(nan|inf(inity)?)"),
    ("number_currency", r".*[£$€].*"),
    ("number_percent", r".*%"),
    ("number_hex", r"[+-]?0x[0-9a-f]+"),
    ("number_scientific", r"[+-]?\d+([.,]\d+)?e[+-]?\d+"),
    ("number_thousands", r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?"),
    ("number_decimal_comma", r"[+-]?\d+,\d+"),
    ("number_brackets", r"\([\d.,]+\)"),
    ("number_spaces", r"[+-]?\d+(\s\d+)+(\.\d*)?"),
    ("number_with_unit", r"[+-]?[\d.,]+\s*[a-z][a-z .]*"),
)
# A person may be called Null, Na, Nan, Nil or None: in a name these are no sign of a gap.
ALSO_NAMES = frozenset({"null", "na", "nan", "nil", "none"})
PERSONAL = (
    ("looks_like_email", re.compile(r"[^\s@]+@[^\s@]+\.[a-z]{2,}", re.I)),
    ("looks_like_postcode", re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b", re.I | re.ASCII)),
    (
        "looks_like_birth_date",
        re.compile(
            r"(?<!\d)(\d{1,2}[/.-]\d{1,2}[/.-](\d{4}|\d{2})|\d{4}-\d{2}-\d{2})(?!\d)"
            rf"|\b\d{{1,2}}(st|nd|rd|th)?\s+({MONTH_NAME.pattern})[a-z]*\s+\d{{4}}",
            re.I | re.ASCII,
        ),
    ),
    ("looks_like_phone", re.compile(r"(?<!\d)(\+44|0)([ ()-]*\d){9,10}(?!\d)", re.ASCII)),
)
TEN_DIGITS = re.compile(r"(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)", re.ASCII)


def iso_day(text: str) -> date | None:
    """The day that ``text`` writes as YYYY-MM-DD, or None where it is written otherwise or does not exist.

    >>> iso_day("2024-02-29"), iso_day("2023-02-29"), iso_day("2024-2-9")
    (datetime.date(2024, 2, 29), None, None)
    """
    if not ISO.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def what_is_wrong(text: str, field: Field, rules: Rules) -> str:
    """The rule that a text breaks, or an empty string where nothing is wrong with a free text."""
    if len(text) > rules.limits["cell_characters"]:
        return "cell_too_long"
    if HIDDEN.search(text):
        return "hidden_character"
    if text.strip() != text:
        return _spaces(text, field)
    token = text.casefold()
    if field.type in ("integer", "number") and token.lstrip("+-") in ("nan", "inf", "infinity"):
        return "not_finite"
    if token in rules.null_tokens and not (field.identifying and token in ALSO_NAMES):
        return "null_token"
    if re.fullmatch(r"#+|#[A-Z0/]+[!?]", text):
        return "spreadsheet_error"
    if FORMULA.match(text) and _number_form(text) not in ("number_scientific", "number_hex"):
        return "formula"
    if field.type == "date":
        return _date(text)
    if field.type in ("integer", "number"):
        return _number(text, field)
    if field.type == "boolean":
        return "boolean_number" if re.fullmatch(r"[01](\.0+)?", text) else "boolean_word"
    return _category(text, field) if field.enum else _string(text, field)


def _spaces(text: str, field: Field) -> str:
    if not text.strip():
        return "only_spaces"
    if field.is_id:
        return "id_spaces"
    return "category_spaces" if field.enum else "spaces_around"


def _date(text: str) -> str:
    if ISO.fullmatch(text):
        return "date_impossible"
    time = TIME.search(text)
    if time and time.end() == len(text):
        day = text[: time.start()]
        if not ISO.fullmatch(day):
            return _date(day)
        return "date_with_zone" if time["zone"] else "date_with_time"
    if match := SLASHED.fullmatch(text):
        return _slashed(*match.groups())
    if YEAR_FIRST.fullmatch(text):
        return "date_separator"
    if MONTH_NAME.search(text):
        return "date_month_name"
    if re.fullmatch(r"[1-9]\d{4}(\.\d+)?", text, re.ASCII):
        return "date_serial"
    if re.fullmatch(r"(19|20)\d{6}", text, re.ASCII):
        return "date_compact"
    if re.fullmatch(r"\d{4}(-\d{2})?", text, re.ASCII):
        return "date_incomplete"
    return "date_unreadable"


def _slashed(first: str, second: str, year: str) -> str:
    if len(year) == 2:
        return "date_two_digit_year"
    if int(first) > 12 and int(second) > 12:
        return "date_impossible"
    if int(first) > 12:
        return "date_day_first" if _exists(year, second, first) else "date_impossible"
    if int(second) > 12:
        return "date_month_first" if _exists(year, first, second) else "date_impossible"
    return "date_ambiguous"


def _exists(year: str, month: str, day: str) -> bool:
    try:
        return bool(date(int(year), int(month), int(day)))
    except ValueError:
        return False


def _number_form(text: str) -> str:
    low = text.lower()
    return next(
        (rule for rule, form in NUMBER_FORMS if re.fullmatch(form, low, re.ASCII)), "number_unreadable"
    )


def _number(text: str, field: Field) -> str:
    if field.type == "integer" and re.fullmatch(r"[+-]?\d*\.\d*", text, re.ASCII):
        return "integer_decimal"
    return _number_form(text)


def _category(text: str, field: Field) -> str:
    plain = re.sub(r"[\s\-]+", "_", text.casefold())
    return "category_case" if plain in field.enum else "unknown_category"


def _string(text: str, field: Field) -> str:
    if not field.pattern:
        if field.max_length is not None and len(text) > field.max_length:
            return "too_long"
        if "\ufffd" in text:
            return "lost_character"
        return "" if field.identifying else personal_data(text)
    if not field.is_id:
        return "category_case" if re.fullmatch(field.pattern, text.casefold()) else "wrong_form"
    if re.search(r"\s", text):
        return "id_spaces"
    if re.fullmatch(r"\d+(\.\d+)?E\+?\d+|\d+\.0+", text, re.I | re.ASCII):
        return "id_mangled"
    return "id_case" if re.fullmatch(field.pattern, text.upper()) else "wrong_form"


def personal_data(text: str) -> str:
    """The rule broken where a text holds what looks like a direct identifier, else an empty string.

    A number of ten digits counts as an NHS number where its check digit is right (modulus 11).
    """
    for match in TEN_DIGITS.finditer(text):
        if _nhs_check(re.sub(r"\D", "", match[0])):
            return "looks_like_nhs_number"
    return next((rule for rule, form in PERSONAL if form.search(text)), "")


def _nhs_check(digits: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False))
    return (11 - total % 11) % 11 == int(digits[9])
