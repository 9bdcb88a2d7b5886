"""The sentences of the annotated articles, with the kinds of statement that each makes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from communique_training.articles import LabelledArticle, read_file, read_gold
from communique_training.manifest import ARTICLES, Selected, read_selection

__all__ = ["Sentence", "read_articles", "read_sentences"]


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
        article: the name of its article.
        held_out: whether it is excluded from fitting, to weigh models against each other.
    """

    text: str
    before: tuple[str, ...]
    after: str
    kinds: frozenset[str]
    optional: frozenset[str]
    group: int
    language: str
    article: str
    held_out: bool

    @property
    def previous(self) -> str:
        """The sentence before it, or an empty string."""
        return self.before[-1] if self.before else ""


def read_articles(selected: Selected, gold: Iterable[Path] = ()) -> Iterator[LabelledArticle]:
    """Yield the articles that something is fitted on.

    Args:
        selected: the name of its table in ``manifest.toml``.
        gold: folders of further articles; see `communique_training.articles.read_gold`.

    Raises:
        ValueError: a file is invalid.
        GoldError: a folder contains no articles.
    """
    selection = read_selection(selected)
    for file in selection.articles:
        for article in read_file(ARTICLES / f"{file}.yaml"):
            yield replace(article, held_out=selection.holds_out(article.name, article.language))
    yield from read_gold(gold)


def read_sentences(selected: Selected, gold: Iterable[Path] = ()) -> list[Sentence]:
    """Return the sentences of `read_articles`, in the order of their articles."""
    return [
        sentence
        for group, article in enumerate(read_articles(selected, gold))
        for sentence in _sentences(article, group)
    ]


def _sentences(article: LabelledArticle, group: int) -> Iterator[Sentence]:
    texts = article.sentences
    for n, text in enumerate(texts):
        makes = [statement for statement in article.statements if n + 1 in statement.sentences]
        kinds = frozenset(statement.kind for statement in makes if not statement.optional)
        yield Sentence(
            text=text,
            before=texts[:n],
            after=texts[n + 1] if n + 1 < len(texts) else "",
            kinds=kinds,
            optional=frozenset(statement.kind for statement in makes) - kinds,
            group=group,
            language=article.language,
            article=article.name,
            held_out=article.held_out,
        )
