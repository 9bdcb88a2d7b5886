"""From what the model claims to what the article proves: spans, merging, rejection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar, cast

from pydantic import JsonValue

from communique.article import Article
from communique.grounding.checks import NOTHING, Checks
from communique.grounding.merging import combine, groups
from communique.grounding.names import name_key, unify_names
from communique.grounding.quotation import quotes_words
from communique.prompts import Example
from communique.reading import Claim
from communique.reading.forms import (
    AgreementReply,
    ConditionReply,
    PositionReply,
    StatementReply,
    ThreatReply,
)
from communique.reading.outcomes import with_outcome
from communique.statements import (
    Agreement,
    Attribution,
    Condition,
    Evidence,
    Position,
    Statement,
    Threat,
)
from communique.summary import Rejected

__all__ = ["Grounded", "Grounder", "ground"]


@dataclass(frozen=True, slots=True)
class Grounded:
    """Statements with evidence, each kind in article order, and what was rejected."""

    positions: tuple[Position, ...]
    conditions: tuple[Condition, ...]
    threats: tuple[Threat, ...]
    agreements: tuple[Agreement, ...]
    rejected: tuple[Rejected, ...]


def ground(article: Article, claims: Iterable[Claim], examples: Iterable[Example] = ()) -> Grounded:
    """Tie claims to spans of the article, merge repeats, and set aside what does not hold.

    The result does not depend on the order of the claims.

    Args:
        article: what was read.
        claims: what the model says about it.
        examples: the prompt's examples, whose names must not leak into the statements.
    """
    grounder = Grounder(article, examples)
    grounder.add(claims)
    return grounder.grounded()


class Grounder:
    """Grounds the claims about one article as they come. For the arguments see `ground`."""

    def __init__(self, article: Article, examples: Iterable[Example] = ()) -> None:
        self._article = article
        self._checks = Checks(article, examples)
        self._sound: list[Claim] = []
        self._rejected: list[tuple[Claim, str]] = []
        self._invalid: list[Rejected] = []
        self._shown: dict[str, Statement] = {}
        self._ids: dict[int, str] = {}

    def add(self, claims: Iterable[Claim]) -> None:
        """Take in what the model says next."""
        for claim in claims:
            numbers = tuple(sorted(set(claim.sentences)))
            texts = (span.text for span in _spans(self._article, numbers))
            reply = with_outcome(_tidy(claim.reply), texts).normalized()
            tidy = replace(claim, reply=reply, sentences=numbers)
            reason = self._checks.fault(tidy)
            if reason is None:
                self._sound.append(tidy)
            else:
                self._rejected.append((claim, reason))

    def reject(self, raw: dict[str, JsonValue], sentences: Sequence[int], reason: str) -> None:
        """Set aside what is no valid claim."""
        self._invalid.append(
            Rejected(
                reason=reason, reply=raw, evidence=_spans(self._article, sorted(set(sentences)))
            )
        )

    def news(self) -> list[Statement]:
        """Statements that are new since the last call, or have gained evidence or a fuller name.

        A statement keeps its id from call to call. Ids are given in the order of arrival, so
        that they can differ from those of `grounded`, which go by the article.
        """
        news: list[Statement] = []
        for numbers, claim in self._merged():
            known = [self._ids[n] for n in numbers if n in self._ids]
            kind = claim.reply.kind
            given = Counter(shown.kind for shown in self._shown.values())
            name = known[0] if known else f"{kind}-{given[kind] + 1}"
            self._ids |= dict.fromkeys(numbers, name)
            statement = self._statement(claim, name)
            if self._shown.get(name) != statement:
                self._shown[name] = statement
                news.append(statement)
        return news

    def grounded(self) -> Grounded:
        """All statements, and what was rejected."""
        counts: Counter[str] = Counter()
        statements: list[Statement] = []
        for _, claim in self._merged():
            kind = claim.reply.kind
            counts[kind] += 1
            statements.append(self._statement(claim, f"{kind}-{counts[kind]}"))
        rejected = sorted(self._rejected, key=lambda pair: _place(pair[0]))
        return Grounded(
            positions=_of_kind(statements, Position),
            conditions=_of_kind(statements, Condition),
            threats=_of_kind(statements, Threat),
            agreements=_of_kind(statements, Agreement),
            rejected=(
                *(self._reject(claim, reason) for claim, reason in rejected),
                *self._invalid,
            ),
        )

    def _merged(self) -> list[tuple[list[int], Claim]]:
        """Merged claims in article order, each with the numbers of those it is made of."""
        # One order for any order of arrival: by place in the article, then by wording.
        order = sorted(range(len(self._sound)), key=lambda n: _place(self._sound[n]))
        claims = _with_names_unified(self._article, [self._sound[n] for n in order], self._checks)
        number = {id(claim): n for n, claim in zip(order, claims, strict=True)}
        return [
            (sorted(number[id(claim)] for claim in group), combine(group))
            for group in groups(claims)
        ]

    def _statement(self, claim: Claim, name: str) -> Statement:
        spans = _spans(self._article, claim.sentences)
        reply = claim.reply
        match reply:
            case PositionReply():
                return Position(
                    id=name,
                    actor=reply.actor,
                    on_behalf_of=reply.on_behalf_of,
                    issue=reply.issue,
                    stance=reply.stance,
                    evidence=spans,
                    confidence=claim.confidence,
                    attribution=self._attribution(spans, "reported"),
                )
            case ConditionReply():
                return Condition(
                    id=name,
                    actor=reply.actor,
                    on_behalf_of=reply.on_behalf_of,
                    condition=reply.condition,
                    outcome=reply.outcome,
                    relation=reply.relation,
                    evidence=spans,
                    confidence=claim.confidence,
                    attribution=self._attribution(spans, "reported"),
                )
            case ThreatReply():
                return Threat(
                    id=name,
                    actor=reply.actor,
                    on_behalf_of=reply.on_behalf_of,
                    target=reply.target,
                    action=reply.action,
                    trigger=reply.trigger,
                    means=reply.means,
                    evidence=spans,
                    confidence=claim.confidence,
                    attribution=self._attribution(spans, "reported"),
                )
            case AgreementReply():
                return Agreement(
                    id=name,
                    parties=tuple(reply.parties),
                    subject=reply.subject,
                    status=reply.status,
                    evidence=spans,
                    confidence=claim.confidence,
                    attribution=self._attribution(spans, "narrated"),
                )

    def _attribution(self, spans: Sequence[Evidence], otherwise: Attribution) -> Attribution:
        quoted = any(quotes_words(self._article.text, span.start, span.end) for span in spans)
        return "direct_quote" if quoted else otherwise

    def _reject(self, claim: Claim, reason: str) -> Rejected:
        reply = cast("dict[str, JsonValue]", claim.reply.model_dump(mode="json"))
        spans = _spans(self._article, sorted(set(claim.sentences)))
        return Rejected(reason=reason, reply=reply, evidence=spans)


StatementT = TypeVar("StatementT", Position, Condition, Threat, Agreement)


def _of_kind(statements: Iterable[Statement], kind: type[StatementT]) -> tuple[StatementT, ...]:
    return tuple(statement for statement in statements if isinstance(statement, kind))


def _spans(article: Article, numbers: Sequence[int]) -> tuple[Evidence, ...]:
    sentences = [article.sentences[n - 1] for n in numbers if 1 <= n <= len(article.sentences)]
    return tuple(Evidence(start=s.start, end=s.end, text=s.text) for s in sentences)


def _place(claim: Claim) -> tuple[list[int], str]:
    return sorted(claim.sentences), claim.reply.model_dump_json()


def _tidy(reply: StatementReply) -> StatementReply:
    """White space off, and ``null`` where a small model writes "none" for it."""
    fields = reply.model_dump()
    for name, value in fields.items():
        if isinstance(value, str):
            fields[name] = " ".join(value.split())
    for name in ("on_behalf_of", "outcome", "trigger"):
        value = fields.get(name)
        if value is not None and value.strip(" .。").casefold() in NOTHING:
            fields[name] = None
    if isinstance(reply, AgreementReply):
        parties = (" ".join(party.split()) for party in reply.parties)
        fields["parties"] = list(dict.fromkeys(party for party in parties if party))
    return type(reply).model_construct(**fields)


def _with_names_unified(article: Article, claims: Sequence[Claim], checks: Checks) -> list[Claim]:
    """One form for each name, and no one on whose behalf the article does not know."""
    forms = unify_names({name for claim in claims for name in _names(claim.reply)}, article.text)
    unified: list[Claim] = []
    for claim in claims:
        reply = claim.reply
        if isinstance(reply, AgreementReply):
            by_key = {name_key(forms[party]): forms[party] for party in reply.parties}
            changes: dict[str, object] = {"parties": list(by_key.values())}
        else:
            actor, behalf = forms[reply.actor], reply.on_behalf_of and forms[reply.on_behalf_of]
            known = behalf and checks.may_have(behalf) and name_key(behalf) != name_key(actor)
            changes = {"actor": actor, "on_behalf_of": behalf if known else None}
        unified.append(replace(claim, reply=reply.model_copy(update=changes)))
    return unified


def _names(reply: StatementReply) -> list[str]:
    if isinstance(reply, AgreementReply):
        return list(reply.parties)
    return [reply.actor, *([reply.on_behalf_of] if reply.on_behalf_of else [])]
