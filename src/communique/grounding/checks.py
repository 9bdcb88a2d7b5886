"""Checks that reject claims which can't be statements of the article."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import cast

from communique.article import Article
from communique.grounding.denials import denies
from communique.grounding.name_words import name_words, plain_word, title_words
from communique.grounding.names import Names, name_key
from communique.grounding.orders import orders_in
from communique.grounding.spelling import are_one_state
from communique.grounding.words import content_key
from communique.prompts import Example
from communique.reading import Claim
from communique.statements import KINDS, StatementReply

__all__ = ["Checks"]

# What small models write instead of null
_NOTHING = frozenset({"", "none", "null", "n/a", "ninguno", "ninguna", "aucun", "aucune"}) | {
    "немає",
    "لا يوجد",
    "无",
    "無",
}

_LONGEST_NAME = 200
_LONGEST_TEXT = 1_000
"""Most characters of a name, and of another field: many times what any article needs."""

# A tag, or a mark by which a chat template separates roles: "<|im_end|>", "[/INST]"
_MARK = re.compile(r"<[|｜]?/?[\w:.▁-]+[|｜]?>|\[/?[A-Z_]+\]")
_SELF = r"(?:himself|herself|itself|themselves|oneself|ourselves|myself)"
_OWN = re.compile(
    rf"{_SELF}|(?:his|her|its|their|our) own (?:country|state|nation|government|people)",
    re.IGNORECASE,
)


class Checks:
    """The checks for one article.

    Args:
        article: the article that the claims are about.
        examples: the prompt's examples, whose names a small model sometimes repeats.

    Attributes:
        orders: the passages that give orders to a program.
    """

    def __init__(self, article: Article, examples: Iterable[Example]) -> None:
        self._article = article
        self.orders = orders_in(article)
        self._names = Names(self.orders.rest, self.orders.lexicon)
        self._title = f" {' '.join(title_words(article.title))} "
        self._example_names = {name_key(name) for example in examples for name in example.names}

    def check(self, claim: Claim) -> Claim | str:
        """Return the claim with the article's names, or the reason why it is rejected."""
        numbers = tuple(sorted(set(claim.sentences)))
        claim = replace(claim, reply=_tidy(claim.reply).normalized(), sentences=numbers)
        reason = (
            self._wrong_place(claim)
            or self._wordless(claim)
            or self._ordered(claim)
            or _empty_field(claim.reply)
            or _long_field(claim.reply)
            or self._dictated(claim.reply)
            or self._unknown_name(claim.reply)
        )
        if reason is not None:
            return reason
        proofs = tuple(n for n in claim.sentences if n - 1 not in self.orders.sentences)
        claim = replace(claim, reply=self._as_in_article(claim.reply), sentences=proofs)
        reason = (
            self._contradiction(claim.reply)
            or self._not_in_article(claim.reply)
            or self._denied(claim)
        )
        return reason or claim

    def _wrong_place(self, claim: Claim) -> str | None:
        count = len(self._article.sentences)
        outside = [n for n in claim.sentences if not 1 <= n <= count]
        if outside:
            return f"it points to sentence {outside[0]}, but the article has {count}"
        return None if claim.sentences else "it points to no sentence"

    def _wordless(self, claim: Claim) -> str | None:
        texts = (self._article.sentences[n - 1].text for n in claim.sentences)
        if not any(any(map(str.isalpha, _MARK.sub("", text))) for text in texts):
            return "its evidence has no words"
        return None

    def _ordered(self, claim: Claim) -> str | None:
        if self.orders.sentences.issuperset(n - 1 for n in claim.sentences):
            return "its evidence is in a passage that gives orders to a program"
        return None

    def _dictated(self, reply: StatementReply) -> str | None:
        kind = KINDS[reply.kind]
        texts = [value for name, value in vars(reply).items() if name in kind.texts and value]
        word = self.orders.only_here([*texts, *kind.names_in(reply)])
        return word and f"only a passage that gives orders to a program has its word {word!r}"

    def _unknown_name(self, reply: StatementReply) -> str | None:
        for name in _speakers(reply):
            if self._find(name) is None:
                if name_key(name) in self._example_names:
                    return f"{name!r} is a name from the prompt's examples, not from the article"
                return f"the article does not have the name {name!r}"
        return None

    def _find(self, name: str) -> str | None:
        """Return the article's form of a name; reject an example's name in any script.

        A name that only the title has is accepted as it stands there.
        """
        if name_key(name) in self._example_names and not self._names.lexicon.knows(name):
            return None
        return self._names.find(name) or (name if self._is_in_title(name) else None)

    def _is_in_title(self, name: str) -> bool:
        words = " ".join(map(plain_word, name_words(name)))
        return bool(words) and f" {words} " in self._title

    def _as_in_article(self, reply: StatementReply) -> StatementReply:
        """Return the reply with its names in the article's form.

        `on_behalf_of` becomes null if the article lacks that name, or if it is the actor itself.
        """
        fields = {**vars(reply)}
        for name in KINDS[reply.kind].texts:
            fields[name] = fields[name] and self._names.lexicon.corrected(fields[name])
        if "parties" in fields:
            forms = [self._find(party) or party for party in fields["parties"]]
            fields["parties"] = list({name_key(form): form for form in reversed(forms)}.values())
            fields["parties"].reverse()
        else:
            fields["actor"] = actor = self._find(fields["actor"]) or fields["actor"]
            behalf = fields["on_behalf_of"] and self._find(fields["on_behalf_of"])
            speaks = behalf and self._may_speak_for(actor, behalf, fields.get("target"))
            fields["on_behalf_of"] = behalf if speaks else None
        return reply.model_copy(update=fields)

    def _may_speak_for(self, actor: str, behalf: str, target: str | None) -> bool:
        """Return whether an actor may speak for a body.

        No actor speaks for itself. A person may speak for the target of a threat, but a state may
        not: small models often name the target here by mistake.
        """
        if name_key(behalf) == name_key(actor):
            return False
        if target is None or name_key(self._names.form(target)) != name_key(behalf):
            return True
        is_person = " " in actor and any(map(str.isupper, behalf))
        return is_person or self._names.are_tied(actor, behalf)

    def _contradiction(self, reply: StatementReply) -> str | None:
        fields = vars(reply)
        if fault := reply.fault():
            return fault
        if "target" in fields and self._is_own(reply):
            return "the threat is against the actor itself, or the state that it speaks for"
        pair = KINDS[reply.kind].must_differ
        if pair and all(map(fields.get, pair)) and _are_same(*map(fields.__getitem__, pair)):
            return f"its {pair[0]} and its {pair[1]} are the same"
        return None

    def _is_own(self, reply: StatementReply) -> bool:
        fields = vars(reply)
        own = {name_key(name) for name in (fields["actor"], fields["on_behalf_of"]) if name}
        target = fields["target"]
        form = self._names.form(target)
        return (
            name_key(form) in own
            or any(are_one_state(form, name) for name in own)
            or self._names.governs(fields["actor"], form)
            or _OWN.fullmatch(target) is not None
        )

    def _not_in_article(self, reply: StatementReply) -> str | None:
        texts = [
            value
            for name, value in vars(reply).items()
            if name in KINDS[reply.kind].texts and value
        ]
        if self._names.lexicon.lacks([*texts, *_speakers(reply)]):
            return "the article has none of its words"
        return None

    def _denied(self, claim: Claim) -> str | None:
        fields = vars(claim.reply)
        if "target" not in fields:
            return None
        threat = f"{fields['target']} {fields['action']}"
        evidence = [self._article.sentences[n - 1].text for n in claim.sentences]
        if all(denies(text, threat) for text in evidence):
            return "its evidence denies the threat"
        return None


def _tidy(reply: StatementReply) -> StatementReply:
    """Return the reply with white space trimmed, and with null where a field says "none"."""
    fields = {**vars(reply)}
    nullable = KINDS[reply.kind].nullable
    fields.pop("sentences", None)  # they are the claim's own
    for name, value in fields.items():
        if isinstance(value, str):
            fields[name] = " ".join(value.split())
        if name in nullable and value is not None and _is_nothing(fields[name]):
            fields[name] = None
    if "parties" in fields:
        parties = (" ".join(party.split()) for party in fields["parties"])
        fields["parties"] = list(dict.fromkeys(party for party in parties if party))
    return type(reply).model_construct(**fields)


def _empty_field(reply: StatementReply) -> str | None:
    may_be = KINDS[reply.kind].nullable
    empty = [
        name for name, value in vars(reply).items() if name not in may_be and _is_nothing(value)
    ]
    return f"its {empty[0]} is empty" if empty else None


def _long_field(reply: StatementReply) -> str | None:
    for name, value in vars(reply).items():
        parts = cast("list[object]", value) if isinstance(value, list) else [value]
        most = _LONGEST_NAME if name in KINDS[reply.kind].names else _LONGEST_TEXT
        if any(isinstance(part, str) and len(part) > most for part in parts):
            return f"its {name} has more than {most:,} characters"
    return None


def _is_nothing(value: object) -> bool:
    return value.strip(" .。").casefold() in _NOTHING if isinstance(value, str) else not value


def _are_same(one: str, other: str) -> bool:
    return content_key(one) == content_key(other)


def _speakers(reply: StatementReply) -> list[str]:
    return KINDS[reply.kind].actors_in(reply)
