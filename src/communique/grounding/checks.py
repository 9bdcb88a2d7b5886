"""What can't be a statement of this article, whatever the model says."""

from __future__ import annotations

import re
from collections.abc import Iterable

from communique.article import Article
from communique.grounding.names import name_key
from communique.grounding.orders import passages_to_programs
from communique.grounding.words import Vocabulary, content_key
from communique.prompts import Example
from communique.reading import Claim
from communique.reading.forms import (
    AgreementReply,
    ConditionReply,
    PositionReply,
    StatementReply,
    ThreatReply,
)

__all__ = ["NOTHING", "Checks"]

NOTHING = frozenset(
    {
        "",
        "none",
        "null",
        "n/a",
        "ninguno",
        "ninguna",
        "aucun",
        "aucune",
        "немає",
        "لا يوجد",
        "无",
        "無",
    }
)
"""What small models write where they mean nothing."""

# A small model words the issue of "He opposes himself in practice" as "opposes himself".
_REFLEXIVE = re.compile(
    r"(?:(?:oppos|support)\w*\s+)?(?:himself|herself|itself|themselves|oneself)\b(?!\s+\w+ing\b)",
    re.IGNORECASE,
)
_MAY_BE_NULL = frozenset({"on_behalf_of", "outcome", "trigger"})
_ENUMERATED = frozenset({"kind", "stance", "relation", "means", "status", "sentences"})
# A denial has the threat right behind it: who denies one thing may threaten another. Words put
# in between two commas ("negó, en cambio, haber amenazado") don't part them.
_ASIDE = r"(?:, [^,.;]{1,40},)? "
_DENIED_THREAT = re.compile(
    r"\b(?:den(?:y|ies|ied|ying) (?:(?:that|having|ever|making|made|any|a|an|the|had|he|she|it|they"
    r"|was|were|is|of) )*|never |(?:did|do|does|has|have|had)(?: not|n[’']t) )"
    r"threat(?:en|ened|ening|s)?\b"
    # Spanish
    rf"|\b(?:neg(?:ó|aron|aba|aban|ando)|niegan?|desm(?:intió|intieron|iente|ienten)){_ASIDE}"
    r"(?:que )?(?:haber|haya|hayan|hubiera|hubieran|había|habían) (?:nunca )?amenazado\b"
    r"|\b(?:nunca|jamás|no) (?:ha|han|había|habían) amenazado\b"
    # French
    rf"|\b(?:démenti|dément|démentent|nié|nie|nient){_ASIDE}(?:avoir (?:jamais )?menacé"
    r"|qu(?:e |['’])\w+ (?:ait|aient) (?:jamais )?menacé)\b"
    r"|\bn['’](?:a|ont|avait|avaient) (?:jamais|pas) menacé\b"
    # Ukrainian
    r"|\bзапереч\w+, що (?:\w+ ){0,2}погрожува\w+|\bне погрожува\w+"
    # Arabic and Chinese
    r"|\b(?:نفى|نفت|ينفي|تنفي)(?: \w+){0,2} (?:أن يكون|أن تكون|أنه|أنها) (?:قد )?هدد"
    r"|\bلم (?:يهدد|تهدد|يهددوا)\b|(?:否认|否認|从未|從未|没有|沒有)[^，。；！？]{0,6}威[胁脅]",
    re.IGNORECASE,
)


class Checks:
    """The checks for one article.

    Args:
        article: what was read.
        examples: the prompt's examples, whose names a small model sometimes repeats.
    """

    def __init__(self, article: Article, examples: Iterable[Example]) -> None:
        self._article = article
        self._vocabulary = Vocabulary(article.text)
        self._orders = passages_to_programs(article)
        self._example_names = {
            name_key(name) for example in examples for name in _example_names(example)
        }

    def fault(self, claim: Claim) -> str | None:
        """Why a claim can't become a statement, or None."""
        return (
            self._wrong_place(claim)
            or self._ordered(claim)
            or _empty_field(claim.reply)
            or _contradiction(claim.reply)
            or self._not_in_article(claim.reply)
            or self._denied(claim)
        )

    def may_have(self, name: str) -> bool:
        """Whether the article has any word of a name, or has it in another script."""
        if name_key(name) in self._example_names:
            return self._vocabulary.knows(name)
        return not self._vocabulary.lacks([name])

    def _wrong_place(self, claim: Claim) -> str | None:
        count = len(self._article.sentences)
        outside = [n for n in claim.sentences if not 1 <= n <= count]
        if outside:
            return f"it points to sentence {outside[0]}, but the article has {count}"
        return None if claim.sentences else "it points to no sentence"

    def _ordered(self, claim: Claim) -> str | None:
        if self._orders.issuperset(n - 1 for n in claim.sentences):
            return "its evidence is in a passage that gives orders to a program"
        return None

    def _not_in_article(self, reply: StatementReply) -> str | None:
        names = _names(reply)
        leaked = [n for n in names if name_key(n) in self._example_names and not self.may_have(n)]
        if leaked:
            return f"{leaked[0]!r} is a name from the prompt's examples, not from the article"
        texts = [v for k, v in reply if k not in _ENUMERATED and isinstance(v, str)]
        if self._vocabulary.lacks([*texts, *names]):
            return "the article has not one of its words"
        return None

    def _denied(self, claim: Claim) -> str | None:
        if not isinstance(claim.reply, ThreatReply):
            return None
        evidence = [self._article.sentences[n - 1].text for n in claim.sentences]
        if all(_DENIED_THREAT.search(text) for text in evidence):
            return "its evidence denies a threat"
        return None


def _empty_field(reply: StatementReply) -> str | None:
    empty = [name for name, value in reply if name not in _MAY_BE_NULL and _is_nothing(value)]
    return f"its {empty[0]} is empty" if empty else None


def _is_nothing(value: object) -> bool:
    return value.strip(" .。").casefold() in NOTHING if isinstance(value, str) else not value


def _contradiction(reply: StatementReply) -> str | None:
    if isinstance(reply, PositionReply) and _REFLEXIVE.match(reply.issue):
        return "its issue is the actor"
    if isinstance(reply, ThreatReply) and name_key(reply.actor) == name_key(reply.target):
        return "the actor and the target of the threat are the same"
    if (
        isinstance(reply, ConditionReply)
        and reply.outcome is not None
        and content_key(reply.condition) == content_key(reply.outcome)
    ):
        return "its condition and its outcome are the same"
    return None


def _names(reply: StatementReply) -> list[str]:
    return list(reply.parties) if isinstance(reply, AgreementReply) else [reply.actor]


def _example_names(example: Example) -> Iterable[str]:
    for item in example.statements:
        statement = item.statement
        yield from statement.parties if statement.kind == "agreement" else (statement.actor,)
        if statement.kind != "agreement" and statement.on_behalf_of:
            yield statement.on_behalf_of
