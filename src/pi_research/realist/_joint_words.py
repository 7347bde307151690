"""What the two strands of a joint display are called, and what is now thought by what they say."""

FITS = ("confirms", "expands", "contradicts", "silent")
"""Guetterman, Fetters and Creswell, Ann Fam Med 2015;13:554-561; ``silent`` where one of them decides nothing."""
NUMBERS = {"supports": "as expected", "refutes": "the other way", "neutral": "undecided", "none": "no number"}
PEOPLE = {
    "for": "for it",
    "against": "against it",
    "change": "to change it",
    "mixed": "divided",
    "none": "too few",
}

NOW = {
    "supports": {
        "for": "Numbers and people agree: it stands.",
        "against": "The numbers go as expected and people say otherwise: find whom the numbers miss.",
        "change": "It goes as expected, and people say when and for whom: write that condition in.",
        "mixed": "It goes as expected, and people are divided: find for whom it does not.",
        "none": "It goes as expected; why, nobody has said.",
    },
    "refutes": {
        "for": "People report it and the numbers go the other way: do not rely on it until the reason is known.",
        "against": "Numbers and people agree against it: it no longer stands as written.",
        "change": "The numbers go the other way, and people say when it fails: rewrite it with that condition.",
        "mixed": "The numbers go the other way, and people are divided: find for whom it holds.",
        "none": "The numbers go the other way; why, nobody has said.",
    },
    "neutral": {
        "for": "People report it and the numbers cannot decide: held as before, not confirmed.",
        "against": "People doubt it and the numbers cannot decide: held with doubt.",
        "change": "People would change it and the numbers cannot decide: a refinement to test.",
        "mixed": "People are divided and the numbers cannot decide: open.",
        "none": "The numbers cannot decide and too few have spoken of it: open.",
    },
    "none": {
        "for": "People report it; there is no number to set beside it.",
        "against": "People doubt it; there is no number to set beside it.",
        "change": "People would change it; there is no number to set beside it.",
        "mixed": "People are divided; there is no number to set beside it.",
        "none": "Nothing bears on it: open.",
    },
}
"""What is now thought, by what the numbers and what people do to the statement."""
