"""Who threatens, opposes, supports and agrees with whom, as the statements have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import builders
from communique import Article
from communique.report.digest import Digest
from communique.report.relations import Names, find_relations

if TYPE_CHECKING:
    from communique.report.relations import Relations

POSITION, CONDITION = builders.position, builders.condition
THREAT, AGREEMENT = builders.threat, builders.agreement
ULMIA = POSITION(2, actor="Ulmia", issue="talks")
TEXT = (
    "Ruritania, Marrin and Ana Ruiz met Ulmia, the US, South Ulmia and Ulmia North. Nobody gave in."
)


def found(*said: dict[str, Any], most: int = 10) -> Relations:
    digest = Digest(pages=True)
    digest.add(builders.summary_of(Article(text=TEXT), *said))
    return find_relations(digest.lines, Names(digest.lines), most)


def triples(relations: Relations) -> set[tuple[str, str, str, int]]:
    return {
        (pair.actor, relation.name, pair.other, count)
        for pair in relations.pairs.values()
        for relation, count in pair.counts
    }


@pytest.mark.parametrize(
    ("said", "triple"),
    [
        (THREAT(actor="Ruritania", on_behalf_of=None, target="Ulmia"), ("ruritania", "threatens", "ulmia", 1)),
        (THREAT(actor="Ana Ruiz", on_behalf_of="Ruritania", target="Ulmia"), ("ruritania", "threatens", "ulmia", 1)),
        (POSITION(issue="the dam of Ulmia"), ("ruritania", "opposes", "ulmia", 1)),
        (POSITION(issue="talks with Ulmia", stance="supports"), ("ruritania", "supports", "ulmia", 1)),
        (POSITION(issue="talks with Ulmia", stance="conditional"), ("ruritania", "supports", "ulmia", 1)),
        (CONDITION(outcome=None, relation="only_if", condition="Ulmia leaves"), ("ruritania", "demands", "ulmia", 1)),
        (AGREEMENT(), ("ruritania", "agrees", "ulmia", 1)),
        (AGREEMENT(status="negotiating"), ("ruritania", "negotiates", "ulmia", 1)),
        (AGREEMENT(status="violated"), ("ruritania", "breaks", "ulmia", 1)),
    ],
)  # fmt: skip
def test_each_kind_of_statement_shows_its_relation(
    said: dict[str, Any], triple: tuple[str, str, str, int]
) -> None:
    """The actor is the state or body spoken for; an agreement holds in both directions."""
    actor, relation, other, count = triple
    both = {(other, relation, actor, count)} if "parties" in said else set()
    assert triples(found(said, ULMIA)) == {triple} | both


@pytest.mark.parametrize("issue", [
    "the dam", "Ulmians", "ulmia", "Ruritania itself", "South Ulmia", "Ulmia North",
])  # fmt: skip
def test_a_name_within_another_word_or_name_is_none(issue: str) -> None:
    """Names are whole words as they are written, longer ones first; nobody is against itself."""
    longer = [POSITION(1, actor=name, issue="peace") for name in ("South Ulmia", "Ulmia North")]
    triples_ = triples(found(POSITION(issue=issue), ULMIA, *longer))
    assert not [triple for triple in triples_ if triple[2] == "ulmia"]


def test_an_abbreviation_is_not_a_pronoun() -> None:
    """ "us" does not name the US."""
    us = POSITION(1, actor="US", issue="peace")
    assert not triples(found(POSITION(issue="what concerns us"), us))
    assert triples(found(POSITION(issue="bases of the US"), us))


def test_a_person_stands_for_its_state_throughout_an_article() -> None:
    """Where the article says once whom it speaks for, all its statements are that state's."""
    once = THREAT(actor="Ana Ruiz", on_behalf_of="Ruritania", target="Marrin")
    again = POSITION(actor="Ana Ruiz", issue="Ulmia")
    assert ("ruritania", "opposes", "ulmia", 1) in triples(found(once, again, ULMIA))


def test_those_with_most_relations_are_kept() -> None:
    """The matrix has at most as many actors as fit, and none without a relation."""
    threats = [
        THREAT(1, actor="Ruritania", on_behalf_of=None, target=t) for t in ("Ulmia", "Marrin")
    ]
    more = POSITION(issue="Ulmia")
    relations = found(*threats, more, ULMIA, most=2)
    assert relations.actors == ["ruritania", "ulmia"]
    assert triples(relations) == {
        ("ruritania", "threatens", "ulmia", 1),
        ("ruritania", "opposes", "ulmia", 1),
    }


def test_spellings_of_a_name_are_one_actor() -> None:
    """With and without an article, in any case; the most frequent spelling is shown."""
    digest = Digest(pages=True)
    said = [
        POSITION(actor=name, issue=f"issue {n}") for n, name in enumerate(["the US", "US", "US"])
    ]
    digest.add(builders.summary_of(Article(text=TEXT), *said))
    names = Names(digest.lines)
    assert names.counts == {"us": 3}
    assert names.shown("us") == "US"
