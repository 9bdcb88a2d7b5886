"""Merging of claims that say the same thing, with the evidence of all of them.

Two claims are one statement only if nothing in their fields distinguishes them: one differing
word can reverse the meaning. A missed repeat shows a statement twice; a wrong merge would be
worse, because it gives a statement evidence that proves a different one.

What a claim leaves open (on whose behalf, the other parties, who "they" are in a trigger) is
filled in from a wording that has all of its details and more. If there are two such wordings,
and neither contains the other, the claim stays as it is.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field

from communique.grounding.names import name_key
from communique.grounding.words import content_key, happening_words, pointing_words
from communique.reading import Claim
from communique.statements import KINDS, StatementReply

__all__ = ["Merger", "Wording", "article_order", "combine", "merge"]


def merge(claims: Iterable[Claim]) -> list[Claim]:
    """Return one claim for each group of claims that say the same thing, in article order.

    Neither the order of the claims nor merging again changes the result.
    """
    merger = Merger()
    for claim in claims:
        merger.add(claim)
    return sorted(map(combine, merger), key=article_order)


@dataclass(eq=False, slots=True)
class Wording:
    """A wording: all claims with the same fields.

    Attributes:
        details: values of the open fields, for comparison with other wordings.
        first: the claim that comes first in the article.
        sentences: numbers of the sentences that any of the claims points to.
        confidence: the highest confidence of any of the claims, or None.
        fuller: wordings that have these details and more.
        barer: wordings that have only some of these details.
        fullest: the fuller ones that nothing is fuller than.
    """

    details: frozenset[Hashable]
    first: Claim
    sentences: set[int] = field(default_factory=set[int])
    confidence: float | None = None
    fuller: list[Wording] = field(default_factory=list["Wording"])
    barer: list[Wording] = field(default_factory=list["Wording"])
    fullest: dict[Wording, None] = field(default_factory=dict["Wording", None])

    def take(self, claim: Claim) -> None:
        """Add a claim with these fields."""
        self.first = min(self.first, claim, key=article_order)
        self.sentences.update(claim.sentences)
        self.confidence = _surest(self.confidence, claim.confidence)

    @property
    def host(self) -> Wording:
        """The fullest wording, if there is only one that this can repeat; else this wording."""
        return next(iter(self.fullest)) if len(self.fullest) == 1 else self

    @property
    def members(self) -> list[Wording]:
        """The wordings that have this one as their host, itself first."""
        return [self, *(wording for wording in self.barer if wording.host is self)]


class Merger:
    """Incremental grouping of claims. Iteration yields one wording, the host, for each group."""

    def __init__(self) -> None:
        self._alike: dict[Hashable, _Alike] = defaultdict(_Alike)

    def add(self, claim: Claim) -> set[Wording]:
        """Add a claim, and return the wordings whose groups it may have changed."""
        details = _details(claim.reply)
        alike = self._alike[_content(claim.reply)]
        known = alike.wordings.get(details)
        wording = known or Wording(details, claim)
        wording.take(claim)
        return {wording.host} if known else alike.add(wording)

    def __iter__(self) -> Iterator[Wording]:
        """Yield the hosts."""
        for alike in self._alike.values():
            yield from (each for each in alike.wordings.values() if each.host is each)


class _Alike:
    """The wordings of the same content.

    They are found by their details, so that a new one is not compared with all others.

    Attributes:
        wordings: the wordings by their details.
    """

    def __init__(self) -> None:
        self.wordings: dict[frozenset[Hashable], Wording] = {}
        self._having: dict[Hashable, list[Wording]] = defaultdict(list)
        # Each one by one of its details, that which the fewest others are found by.
        self._found_by: dict[Hashable, list[Wording]] = defaultdict(list)

    def add(self, wording: Wording) -> set[Wording]:
        """Add a new wording, and return the wordings whose groups it may have changed."""
        wording.fuller += self._fuller(wording.details)
        wording.barer += self._barer(wording.details)
        left = {other.host for other in wording.barer}
        self._link(wording)
        self._index(wording)
        return left.union(wording.barer, {wording, wording.host})

    def _fuller(self, details: frozenset[Hashable]) -> list[Wording]:
        lists = (self._having[detail] for detail in details)
        candidates = min(lists, key=len, default=list(self.wordings.values()))
        return [other for other in candidates if details < other.details]

    def _barer(self, details: frozenset[Hashable]) -> list[Wording]:
        keys = (_NO_DETAIL, *details)
        candidates = (other for key in keys for other in self._found_by[key])
        return [other for other in candidates if other.details < details]

    def _link(self, wording: Wording) -> None:
        for other in wording.fuller:
            other.barer.append(wording)
        wording.fullest |= dict.fromkeys(other for other in wording.fuller if not other.fuller)
        for other in wording.barer:
            if not other.fuller:  # it was among the fullest until now
                for barest in other.barer:
                    del barest.fullest[other]
            other.fuller.append(wording)
            if not wording.fuller:
                other.fullest[wording] = None

    def _index(self, wording: Wording) -> None:
        self.wordings[wording.details] = wording
        for detail in wording.details:
            self._having[detail].append(wording)
        lists = (self._found_by[detail] for detail in wording.details)
        min(lists, key=len, default=self._found_by[_NO_DETAIL]).append(wording)


_NO_DETAIL = ("no detail",)


def combine(host: Wording) -> Claim:
    """Return the single claim that a group stands for, with all its sentences.

    The claim that comes first in the article represents the group; what it leaves open is taken
    from the fullest wording. Its confidence is the highest in the group.
    """
    members = host.members
    first = min((wording.first for wording in members), key=article_order)
    fullest = host.first.reply
    changes = {name: getattr(fullest, name) for name in KINDS[fullest.kind].completed}
    return Claim(
        first.reply.model_copy(update=changes),
        tuple(sorted(set[int]().union(*(wording.sentences for wording in members)))),
        functools.reduce(_surest, (wording.confidence for wording in members)),
    )


def _surest(one: float | None, other: float | None) -> float | None:
    return max((value for value in (one, other) if value is not None), default=None)


def article_order(claim: Claim) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Return a sort key under which claims always have the same order."""
    return claim.sentences, tuple(map(str, vars(claim.reply).values()))


def _content(reply: StatementReply) -> Hashable:
    """Return what must be equal in two claims for them to say the same thing."""
    completed = KINDS[reply.kind].completed
    same = [
        (name, _compared(name, value))
        for name, value in vars(reply).items()
        if name not in completed
    ]
    has_trigger = vars(reply).get("trigger") is not None
    return (*same, ("has trigger", has_trigger))


def _compared(name: str, value: object) -> Hashable:
    if name == "actor":
        return name_key(str(value))
    return None if value is None else content_key(str(value))


def _details(reply: StatementReply) -> frozenset[Hashable]:
    """Return the values of the open fields; those of one reply may be a subset of another's."""
    fields = vars(reply)
    found: set[Hashable] = {("party", name_key(party)) for party in fields.get("parties") or ()}
    behalf, trigger = fields.get("on_behalf_of"), fields.get("trigger")
    if behalf and name_key(behalf) != name_key(fields["actor"]):
        found.add(("behalf", name_key(behalf)))
    if trigger:
        words = pointing_words(trigger)
        found.update(happening_words(trigger) if words is None else words)
        if words is None:
            found.add(("trigger", content_key(trigger)))
    return frozenset(found)
