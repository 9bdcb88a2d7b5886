"""Reading of the labelled sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, cast

import yaml

from communique_training.manifest import SENTENCES, Language, read_selection

__all__ = ["Sentence", "read_sentences"]

_EVERY = 5
"""One in this many English articles of a file in `Selection.held_out` is held out."""


@dataclass(frozen=True)
class Sentence:
    """A labelled sentence.

    Attributes:
        text: the sentence.
        before: the sentences before it in its article, the nearest last.
        after: the sentence after it, or an empty string.
        kinds: the kinds of statement that it makes.
        optional: kinds that are defensible either way.
        group: the number of its article.
        language: its BCP 47 code.
        file: the name of its file.
        held_out: whether it is excluded from fitting, to weigh models against each other.
    """

    text: str
    before: tuple[str, ...]
    after: str
    kinds: frozenset[str]
    optional: frozenset[str]
    group: int
    language: str
    file: str
    held_out: bool

    @property
    def previous(self) -> str:
        """The sentence before it, or an empty string."""
        return self.before[-1] if self.before else ""


class _Article(TypedDict):
    """An article in a file; its sentences have text, kinds and, optionally, optional and values."""

    language: str
    sentences: list[dict[str, object]]


def read_sentences(language: Language) -> list[Sentence]:
    """Return the sentences that a set of weights is fitted on, in the order of their articles."""
    selection = read_selection(language)
    found: list[Sentence] = []
    group = 0
    for file in selection.sentences:
        for number, article in enumerate(_articles(file)):
            is_held_out = file in selection.held_out and number % _EVERY == 0
            is_held_out = is_held_out and article["language"] == "en"
            found += _sentences(article, group, file, held_out=is_held_out)
            group += 1
    return found


def _articles(file: str) -> list[_Article]:
    path = SENTENCES / f"{file}.yaml"
    found: Any = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return cast("list[_Article]", found)


def _sentences(article: _Article, group: int, file: str, *, held_out: bool) -> Iterator[Sentence]:
    texts = [str(sentence["text"]) for sentence in article["sentences"]]
    for n, sentence in enumerate(article["sentences"]):
        kinds = frozenset(cast("Sequence[str]", sentence["kinds"]))
        yield Sentence(
            text=texts[n],
            before=tuple(texts[:n]),
            after=texts[n + 1] if n + 1 < len(texts) else "",
            kinds=kinds,
            optional=frozenset(cast("Sequence[str]", sentence.get("optional", ()))) - kinds,
            group=group,
            language=article["language"],
            file=file,
            held_out=held_out,
        )
