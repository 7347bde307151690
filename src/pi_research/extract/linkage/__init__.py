"""Parts of the linkage step: normal forms, exact keys, match weights, one-to-one, decisions, pseudonyms.

Use them through :mod:`pi_research.extract.link`.
"""
