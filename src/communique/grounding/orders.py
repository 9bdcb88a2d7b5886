"""The passages of an article that give orders to the program that reads it.

What such a passage says supports nothing: neither its sentences nor its words prove a claim or
a sentence of the gist.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby

from communique.article import Article
from communique.grounding.order_words import is_order
from communique.grounding.spelling import Lexicon, lexicon_of
from communique.grounding.words import Vocabulary, content_words
from communique.reading import Shown
from communique.sentences import Sentence
from communique.statements import Evidence

__all__ = ["Orders", "orders_in", "without_orders"]

_EMPTY_LINE = re.compile(r"\n[^\S\n]*\n")
_LINE_END = re.compile(r"\n")
_ENDS = re.compile(r"(?:[.?…。！？؟]|(?<!<)!)[\"'”’»)\]」』）]*$")
_OPENS_COMMENT, _CLOSES_COMMENT = "<!--", "-->"
_SPACELESS = re.compile("[\u3040-\u30ff\u3400-\u9fff]{2}")
# Words about the article itself, which orders and gists share
_ABOUT = frozenset(
    content_words(
        "article text report story summary says said states stated reports reported describes "
        "mentions writes about what who which when there no not and or but if with from by"
    )
)
_HIDDEN = "…"
_MOST_SHOWN = 1_000
"""More characters than a model is shown of a title or source."""
_MOST_LINES = 8
"""How many lines of a sentence broken into lines are read together."""


@dataclass(frozen=True)
class Orders:
    """The passages of an article that give orders to a program, and the article without them.

    Attributes:
        article: the article.
        sentences: indexes of the passages' sentences.
    """

    article: Article
    sentences: frozenset[int]

    @cached_property
    def passages(self) -> tuple[Evidence, ...]:
        """The passages, each as one span, in order."""
        runs = groupby(enumerate(sorted(self.sentences)), lambda pair: pair[1] - pair[0])
        found = ([self.article.sentences[index] for _, index in run] for _, run in runs)
        return tuple(_span(self.article, run[0].start, run[-1].end) for run in found)

    @cached_property
    def shown(self) -> Shown:
        """The article as a model is shown it: without the words of the passages.

        Nothing may rest on these, and what a model does not read can't mislead it.
        """
        sentences = self.article.sentences
        hidden = {n: sentences[n].model_copy(update={"text": _HIDDEN}) for n in self.sentences}
        return Shown(self.article, tuple(hidden.get(each.index, each) for each in sentences))

    @cached_property
    def rest(self) -> Article:
        """The article without the passages."""
        if not self.sentences:
            return self.article
        text = self.article.text
        borders = [0, *(at for span in self.passages for at in (span.start, span.end)), len(text)]
        kept = (text[start:end] for start, end in zip(borders[::2], borders[1::2], strict=True))
        return self.article.model_copy(update={"text": " ".join(kept)})

    @cached_property
    def lexicon(self) -> Lexicon:
        """The words of the article without the passages."""
        return lexicon_of(self.rest.text)

    def only_here(self, texts: Iterable[str]) -> str | None:
        """Return a content word of the texts that these passages have and the rest lacks."""
        if not self.sentences:
            return None
        words = (word for text in texts for form in content_words(text) for word in _pieces(form))
        return next((word for word in words if self._has_only_here(word)), None)

    @cached_property
    def _words(self) -> frozenset[str]:
        texts = (passage.text for passage in self.passages)
        return frozenset(
            word for text in texts for form in content_words(text) for word in _pieces(form)
        )

    @cached_property
    def _known(self) -> Vocabulary:
        return Vocabulary(self.rest.text)

    def _has_only_here(self, word: str) -> bool:
        return word in self._words and word not in _ABOUT and not self._known.knows(word)


@lru_cache(maxsize=256)  # more articles than are usually read at once
def orders_in(article: Article) -> Orders:
    """Return the passages of an article that give orders to a program.

    A passage begins with such an order and ends with its paragraph, or with the next paragraph
    if the first ends in a colon, or with the comment in markup that it stands in.
    """
    paragraph_end = _EMPTY_LINE if _EMPTY_LINE.search(article.text.strip()) else _LINE_END
    beginnings = _beginnings(article)
    found: set[int] = set()
    inside = in_comment = False
    last = None
    for sentence in article.sentences:
        between = "" if last is None else article.text[last.end : sentence.start]
        ended = last and paragraph_end.search(between) and not last.text.endswith((":", "："))
        inside = (inside and (in_comment or not ended)) or sentence.index in beginnings
        if inside:
            found.add(sentence.index)
        # The exclamation mark of "<!--" ends a sentence.
        text = article.text[max(0, sentence.start - 2) : sentence.end]
        opened, closed = map(text.rfind, (_OPENS_COMMENT, _CLOSES_COMMENT))
        in_comment = opened > closed or (in_comment and closed < 0)
        last = sentence
    return Orders(article, frozenset(found))


def without_orders(article: Article) -> Article:
    """Return the article without a title or source that gives orders to a program."""
    values = {"title": article.title, "source": article.source}
    orders = {n: None for n, value in values.items() if value and is_order(value[:_MOST_SHOWN])}
    return article.model_copy(update=orders) if orders else article


def _beginnings(article: Article) -> set[int]:
    """Return the indexes of sentences that are orders, or of which the next line makes one."""
    found = {sentence.index for sentence in article.sentences if is_order(sentence.text)}
    for group in _broken(article.sentences):
        parts = [sentence.index for sentence in group]
        whole = article.text[group[0].start : group[-1].end]
        if (found.isdisjoint(parts) or whole.startswith(_OPENS_COMMENT)) and is_order(whole):
            found.update(parts)
    return found


def _broken(sentences: Iterable[Sentence]) -> Iterable[list[Sentence]]:
    """Yield the sentences that were broken into lines, each with the lines that continue it."""
    group: list[Sentence] = []
    for sentence in sentences:
        group.append(sentence)
        if _ENDS.search(sentence.text) or len(group) == _MOST_LINES:
            if len(group) > 1:
                yield group
            group = []
    if len(group) > 1:
        yield group


def _pieces(word: str) -> list[str]:
    """Return a word, or, in a script without spaces, its pairs of characters."""
    if not _SPACELESS.search(word):
        return [word]
    return [word[at : at + 2] for at in range(len(word) - 1)]


def _span(article: Article, start: int, end: int) -> Evidence:
    return Evidence(start=start, end=end, text=article.text[start:end])
