"""Every report of a run as one: cover, contents, summary, and one numbering of figures and tables through it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from pi_research.report.document import Block, Document
from pi_research.report.page import unmarked, words
from pi_research.report.shown import Chart, Table

__all__ = ["answers", "combined"]


def combined(title: str, documents: Mapping[str, Document], headlines: Mapping[str, Sequence[str]],
             run: str = "", sentences: Mapping[str, str] | None = None) -> Document:
    """The documents of one run, in order, as one document.

    Code and the heading that all share are not said again. Everything comes from the documents as they are:
    of released documents the result holds what they hold and nothing else.

    Parameters
    ----------
    title : str
        Title of the whole.
    documents : mapping of str to Document
        Each report by the name of its notebook, all exact or all under one rule.
    headlines : mapping of str to sequence of str
        The ids of the findings that a notebook puts first.
    run : str
        Name of the run; left out of a release.
    sentences : mapping of str to str, optional
        Findings by their id, for headlines that no page says in a sentence; left out of a release.

    Raises
    ------
    ValueError
        Where there is no document, or exact and released ones are mixed.
    """
    rules = {d.rule for d in documents.values()}
    if len(rules) != 1:
        raise ValueError("the combined report needs reports, and all of them exact or all under one rule")
    head = _shared(documents.values())
    blocks = [Block("shown", item=head)] if head else []
    blocks += [Block("prose", f"Run: {unmarked(run)}")] if run and None in rules else []
    blocks += [_part("Contents", "contents"), Block("contents"), *_summary(documents, headlines, (sentences or {}) if None in rules else {})]
    for name, document in documents.items():
        blocks.append(_part(document.title, f"part-{name}"))
        blocks += [b for b in document.blocks if b.kind != "code" and not (isinstance(b.item, str) and b.item == head)]
    blocks += [_part("Figures and tables", "figures-and-tables"), Block("figures")]
    return Document(title, tuple(_numbered(blocks)), rules.pop())


def _shared(documents: Collection[Document]) -> str | None:
    """The sentence that most of the documents say: what all were made from."""
    said = [{str(b.item): b.item for b in d.blocks if isinstance(b.item, str)} for d in documents]
    times = Counter(words for one in said for words in one)
    return next((one[words] for words, _ in times.most_common(1) for one in said if words in one), None)


def answers(document: Document, headlines: Sequence[str], sentences: Mapping[str, str] | None = None
            ) -> dict[str, Block]:
    """The first sentence of the document that says each headline, by the finding's id, none twice.

    A headline that no sentence says is one of ``sentences`` where it is there, else left out.
    """
    made: dict[str, Block] = {}
    for name in headlines:
        block = next((b for b in document.blocks if name in b.findings), None)
        if block is None and (sentences or {}).get(name):
            block = Block("shown", item=sentences[name], findings=(name,))
        if block and not any(block.item == b.item for b in made.values()):
            made[name] = block
    return made


def _summary(documents: Mapping[str, Document], headlines: Mapping[str, Sequence[str]],
             sentences: Mapping[str, str]) -> list[Block]:
    made = [_part("Summary", "summary")]
    for name, document in documents.items():
        said = answers(document, headlines.get(name, ()), sentences).values()
        if said:
            made += [Block("prose", f"## [{unmarked(words(document.title))}](#part-{name})"), *said]
    return made


def _part(title: str, name: str) -> Block:
    return Block("prose", f"# {unmarked(words(title))} {{#{name} .part}}")


def _numbered(blocks: Sequence[Block]) -> list[Block]:
    """The blocks with the captions counted through."""
    numbers, made = {Table: 0, Chart: 0}, []
    for block in blocks:
        kind = type(block.item)
        if kind in numbers:
            numbers[kind] += 1
            block = replace(block, label=f"{'Table' if kind is Table else 'Figure'} {numbers[kind]}.")
        made.append(block)
    return made
