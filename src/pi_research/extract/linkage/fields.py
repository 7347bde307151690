"""What is compared, and how far agreement is believed: the stated part of the match weights.

``m`` is how often a level is seen among pairs of records of one person, ``u`` among records of two people.
``m`` is an assumption (``docs/linkage.md`` says how much hangs on it); ``u`` is where counting starts from.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    """One way in which a field compares: its words, its condition in DuckDB's SQL, and ``m`` and ``u``."""

    label: str
    sql: str
    m: float
    u: float


@dataclass(frozen=True, slots=True)
class Field:
    """A field, the condition under which it can't be compared, and its levels from nearest to furthest."""

    name: str
    unknown: str
    levels: tuple[Level, ...]


def _either(condition: str) -> str:
    """The condition, or the same with the two records in each other's place.

    >>> _either("only_l = last_r")
    '(coalesce(only_l = last_r, FALSE) OR coalesce(only_r = last_l, FALSE))'
    """
    other = condition.replace("_l", "_#").replace("_r", "_l").replace("_#", "_r")
    return f"(coalesce({condition}, FALSE) OR coalesce({other}, FALSE))"


ONE_WORD = _either("only_l = forename_r")
CROSSED = "(forename_l = last_r AND last_l = forename_r)"
SAME_PARTS = " + ".join(f"({part}(born_l) = {part}(born_r))::INT" for part in ("year", "month", "day"))

FIELDS = (
    Field(
        "forename",
        f"script_l <> script_r OR ((forename_l IS NULL OR forename_r IS NULL) AND NOT {ONE_WORD})",
        (
            Level("agree", f"forename_l = forename_r OR {ONE_WORD} OR {CROSSED}", 0.84, 0.012),
            Level("close: short form, or one of several names",
                  f"{_either('length(forename_l) > 2 AND starts_with(forename_r, forename_l)')}"
                  f" OR list_has_any(parts_l, parts_r) OR {_either('forename_l = last_r')}", 0.06, 0.004),
            Level("close: spelling", "jaro_winkler_similarity(forename_l, forename_r) >= 0.88"
                  " OR damerau_levenshtein(forename_l, forename_r) <= 1", 0.06, 0.012),
            Level("differ", "ELSE", 0.04, 0.972),
        ),
    ),
    Field(
        "surname",
        f"script_l <> script_r OR last_l IS NULL OR last_r IS NULL OR {ONE_WORD}",
        (
            Level("agree", f"last_l = last_r OR {CROSSED}", 0.82, 0.008),
            Level("close: part of a double name",
                  f"list_has_any(last_parts_l, last_parts_r) OR {_either('last_l = forename_r')}",
                  0.03, 0.002),
            Level("close: spelling", "jaro_winkler_similarity(last_l, last_r) >= 0.9"
                  " OR damerau_levenshtein(last_l, last_r) <= 1", 0.07, 0.006),
            Level("differ", "ELSE", 0.08, 0.984),
        ),
    ),
    Field(
        "date_of_birth",
        "born_l IS NULL OR born_r IS NULL",
        (
            Level("agree", "born_l = born_r AND NOT default_date_l", 0.91, 0.00007),
            Level("close: day and month changed over", "born_l = swapped_r", 0.025, 0.00005),
            Level("close: one part or one day off, or 1 January", "abs(date_diff('day', born_l, born_r)) <= 1"
                  f" OR {SAME_PARTS} >= 2", 0.045, 0.006),
            Level("differ", "ELSE", 0.02, 0.99388),
        ),
    ),
    Field(
        "year_of_birth",  # only where a full date is missing on one side
        "(born_l IS NOT NULL AND born_r IS NOT NULL) OR year_l IS NULL OR year_r IS NULL",
        (
            Level("agree", "year_l = year_r", 0.95, 0.025),
            Level("close: a year off", "abs(year_l - year_r) = 1", 0.03, 0.05),
            Level("differ", "ELSE", 0.02, 0.925),
        ),
    ),
    Field(
        "postcode",
        "len(postcodes_l) = 0 OR len(postcodes_r) = 0",
        (
            Level("agree: an address of few", "list_has_any(few_postcodes_l, few_postcodes_r)", 0.5, 0.0004),
            Level("agree: an address that many share", "list_has_any(postcodes_l, postcodes_r)", 0.32, 0.03),
            Level("close: same district", "list_has_any(districts_l, districts_r)", 0.04, 0.12),
            Level("differ", "ELSE", 0.14, 0.8496),
        ),
    ),
    Field(
        "sex",
        "sex_l IS NULL OR sex_r IS NULL",
        (Level("agree", "sex_l = sex_r", 0.985, 0.52), Level("differ", "ELSE", 0.015, 0.48)),
    ),
    Field(
        "death",
        "day_l IS NULL OR day_r IS NULL",
        (
            Level("agree: alive at the first event",
                  "CASE WHEN side_l = 'housing' THEN day_l <= day_r ELSE day_r <= day_l END", 0.998, 0.95),
            Level("differ: died before the first event", "ELSE", 0.002, 0.05),
        ),
    ),
)


def names_of(field: str) -> tuple[str, ...]:
    """The words for a field's levels, nearest first."""
    return next(tuple(level.label for level in one.levels) for one in FIELDS if one.name == field)
