"""What became of threats and conditions: later statements, and sentences of later articles."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from communique.article import Article, Sentence
from communique.dossiers.later import Deed, Event, event_in, fewest_words, stems_of
from communique.dossiers.model import Followed, Later, Line, Source
from communique.dossiers.similarity import head_of, is_same_issue
from communique.dossiers.topics import time_order
from communique.statements import Condition, Evidence, Threat

__all__ = ["Follower", "Stated"]

_MOST_TOLD = 3
"""The most articles that are shown to say what became of a threat: the earliest."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A threat or a condition, and whose it is.

    Attributes:
        line: the statement.
        owners: ids of the actor, and of whom it speaks for.
        names: their names.
    """

    line: Line
    owners: frozenset[str]
    names: tuple[str, ...]

    @property
    def wording(self) -> str:
        """What is threatened or demanded."""
        match self.line.statement:
            case Threat(action=action):
                return action
            case Condition(condition=condition):
                return condition
            case other:
                raise ValueError(f"there is nothing to follow in a {other.kind}")

    @property
    def deed(self) -> Deed:
        """What later sentences are compared with."""
        match self.line.statement:
            case Threat(target=target):
                return Deed.of_threat(self.wording, self.names, target)
            case _:
                return Deed.of_condition(self.wording)


class _Place(NamedTuple):
    source: Source
    sentence: Sentence


class Follower:
    """The sentences of all articles that have a date.

    Args:
        articles: the articles, each with its source.
    """

    def __init__(self, articles: Iterable[tuple[Article, Source]]) -> None:
        self._places: list[_Place] = []
        self._having: dict[str, list[int]] = defaultdict(list)
        for article, source in articles:
            if source.date is None:
                continue
            for sentence in article.sentences:
                for stem in stems_of(sentence.text):
                    self._having[stem].append(len(self._places))
                self._places.append(_Place(source, sentence))

    def follow(self, stated: Sequence[Stated]) -> Iterator[tuple[Stated, Followed]]:
        """Yield each threat or condition with what later articles say of it."""
        alike: dict[Hashable, list[Stated]] = defaultdict(list)
        for each in sorted(stated, key=lambda item: time_order(item.line)):
            for owner in each.owners:
                alike[owner, each.line.statement.kind, head_of(each.wording)].append(each)
        for each in stated:
            keys = (
                (owner, each.line.statement.kind, head_of(each.wording))
                for owner in sorted(each.owners)
            )
            again = heapq.merge(
                *(alike[key] for key in keys), key=lambda item: time_order(item.line)
            )
            later = [*_repeat(each, again), *self._told(each)]
            later.sort(key=lambda item: (str(item.article.date), item.article.id))
            yield each, Followed(line=each.line, later=tuple(later))

    def _told(self, stated: Stated) -> Iterator[Later]:
        """Yield what the sentences of the earliest later articles say."""
        deed = stated.deed
        found: dict[tuple[str, Event], tuple[Source, list[Sentence]]] = {}
        for place in self._about(deed):
            source, sentence = self._places[place]
            if not _is_after(source, stated.line.article):
                continue
            if event := event_in(sentence.text, deed):
                found.setdefault((source.id, event), (source, []))[1].append(sentence)
        first = sorted(found.items(), key=lambda item: str(item[1][0].date))[:_MOST_TOLD]
        for (_, event), (source, sentences) in first:
            evidence = tuple(Evidence(start=s.start, end=s.end, text=s.text) for s in sentences)
            yield Later(what=event, article=source, evidence=evidence)

    def _about(self, deed: Deed) -> list[int]:
        """Return the sentences with enough words of a deed."""
        counts: Counter[int] = Counter()
        for word in deed.words:
            counts.update(self._having.get(word, ()))
        fewest = fewest_words(deed)
        return sorted(place for place, count in counts.items() if count >= fewest)


def _repeat(stated: Stated, others: Iterable[Stated]) -> Iterator[Later]:
    """Yield the next statement of the same; what comes after that follows from it."""
    for other in others:
        line = other.line
        is_later = _is_after(line.article, stated.line.article)
        if is_later and is_same_issue(stated.wording, other.wording):
            yield Later(what="repeated", article=line.article, evidence=line.statement.evidence)
            return


def _is_after(one: Source, other: Source) -> bool:
    return one.date is not None and other.date is not None and one.date > other.date
