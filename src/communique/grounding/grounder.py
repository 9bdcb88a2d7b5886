"""Grounding of claims: tie them to spans of the article, merge repeats, reject the unproven."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from pydantic import JsonValue

from communique.article import Article
from communique.grounding.checks import Checks
from communique.grounding.gist import ground_gist
from communique.grounding.merging import Merger, Wording, article_order, combine
from communique.grounding.quotation import quotes_words
from communique.prompts import Example
from communique.reading import Claim
from communique.statements import KINDS, Evidence, Statement, StatementsByKind, by_kind
from communique.summary import Rejected

__all__ = ["Grounded", "Grounder", "ground"]


class Grounded(StatementsByKind):
    """Statements with evidence, and what was rejected, all in article order."""

    rejected: tuple[Rejected, ...]


def ground(article: Article, claims: Iterable[Claim], examples: Iterable[Example] = ()) -> Grounded:
    """Tie claims to spans of the article, merge repeats, and reject what the article disproves.

    The result does not depend on the order of the claims.

    Args:
        article: the article that the claims are about.
        claims: the model's claims.
        examples: the prompt's examples, whose names must not leak into the statements.
    """
    grounder = Grounder(article, examples)
    grounder.add(claims)
    return grounder.grounded()


class Grounder:
    """Incremental grounding of the claims about one article. For the arguments see `ground`.

    Each claim is compared with earlier ones only once, so that adding claims one by one, and
    calling `news` after each, costs little more than adding all at once.
    """

    def __init__(self, article: Article, examples: Iterable[Example] = ()) -> None:
        self._spans = _Spans(article)
        self._checks = Checks(article, examples)
        self._merger = Merger()
        self._rejected: list[Rejected] = []
        self._touched: dict[Wording, None] = {}
        self._ids: dict[Wording, str] = {}
        self._shown: dict[str, Statement] = {}
        self._retracted: list[str] = []
        self._given: Counter[str] = Counter()

    def add(self, claims: Iterable[Claim]) -> None:
        """Add claims."""
        for claim in claims:
            checked = self._checks.check(claim)
            if isinstance(checked, Claim):
                touched = self._merger.add(checked)
                self._touched |= dict.fromkeys(sorted(touched, key=_place))
            else:
                self.reject(claim.reply.model_dump(mode="json"), claim.sentences, checked)

    def reject(self, raw: Mapping[str, JsonValue], sentences: Sequence[int], reason: str) -> None:
        """Record an item of a reply that is not a valid claim as rejected.

        Args:
            raw: the item as the model wrote it.
            sentences: the sentence numbers that it points to; numbers that the article does
                not have are left out of the evidence.
            reason: why it is rejected, for a person to read.
        """
        evidence = self._spans.of(sorted(set(sentences)))
        self._rejected.append(Rejected(reason=reason, reply=dict(raw), evidence=evidence))

    def gist(self, gist: str) -> str:
        """Return a gist without what the article does not say; see `ground_gist`."""
        return ground_gist(self._checks.orders, gist)

    def injections(self) -> tuple[Evidence, ...]:
        """Return the article's passages that give orders to a program."""
        return self._checks.orders.passages

    def news(self) -> list[Statement]:
        """Return the statements that are new or have changed since the last call.

        A statement changes when it gains evidence or a fuller name. It keeps its id from call
        to call. Ids are assigned in order of arrival, so they can differ from those of
        `grounded`, which follow the order of the article.
        """
        touched, self._touched = self._touched, {}
        hosts = dict.fromkeys(wording.host for wording in touched)
        self._move_ids(touched)
        news: list[Statement] = []
        for host in hosts:
            name = self._ids.get(host) or self._new_id(host.first.reply.kind)
            self._ids[host] = name
            statement = self._statement(combine(host), name)
            if self._shown.get(name) != statement:
                self._shown[name] = statement
                news.append(statement)
        return news

    def ids(self) -> frozenset[str]:
        """Return the ids of all statements that `news` has returned so far."""
        return frozenset(self._shown)

    def retracted(self) -> list[str]:
        """Return the ids of statements that the last call of `news` merged into others."""
        return self._retracted

    def grounded(self) -> Grounded:
        """Return all statements and everything that was rejected."""
        counts: Counter[str] = Counter()
        statements: list[Statement] = []
        for claim in sorted(map(combine, self._merger), key=article_order):
            kind = claim.reply.kind
            counts[kind] += 1
            statements.append(self._statement(claim, f"{kind}-{counts[kind]}"))
        return Grounded(
            **by_kind(statements),
            rejected=tuple(sorted(self._rejected, key=_place_of_rejected)),
        )

    def _move_ids(self, touched: Iterable[Wording]) -> None:
        """Pass the ids of wordings that were merged on to the wordings that absorbed them."""
        self._retracted = []
        for wording in touched:
            host = wording.host
            if host is wording or wording not in self._ids:
                continue
            name = self._ids.pop(wording)
            if self._ids.setdefault(host, name) != name:
                self._retracted.append(name)
                del self._shown[name]

    def _new_id(self, kind: str) -> str:
        self._given[kind] += 1
        return f"{kind}-{self._given[kind]}"

    def _statement(self, claim: Claim, name: str) -> Statement:
        evidence = self._spans.of(claim.sentences)
        statement = KINDS[claim.reply.kind].build(
            claim.reply,
            id=name,
            evidence=evidence,
            attribution="direct_quote" if self._spans.are_quoted(claim.sentences) else None,
            confidence=claim.confidence,
        )
        return cast("Statement", statement)


class _Spans:
    """The sentences of an article as evidence, each examined only once."""

    def __init__(self, article: Article) -> None:
        self._article = article
        self._known: dict[int, Evidence] = {}
        self._quoted: set[int] = set()

    def of(self, numbers: Iterable[int]) -> tuple[Evidence, ...]:
        """Return the spans of sentences in the order given; skip numbers out of range."""
        count = len(self._article.sentences)
        inside = [number for number in numbers if 1 <= number <= count]
        for number in set(inside) - self._known.keys():
            self._learn(number)
        return tuple([self._known[number] for number in inside])

    def are_quoted(self, numbers: Iterable[int]) -> bool:
        """Return whether any of these sentences, passed to `of` before, holds a quotation."""
        return not self._quoted.isdisjoint(numbers)

    def _learn(self, number: int) -> None:
        sentence = self._article.sentences[number - 1]
        span = Evidence(start=sentence.start, end=sentence.end, text=sentence.text)
        self._known[number] = span
        if quotes_words(self._article.text, span.start, span.end):
            self._quoted.add(number)


def _place(wording: Wording) -> tuple[Any, ...]:
    return article_order(wording.first)


def _place_of_rejected(rejected: Rejected) -> tuple[list[int], str, str]:
    return [span.start for span in rejected.evidence], rejected.model_dump_json(), rejected.reason
