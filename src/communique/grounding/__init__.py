"""From what the model claims to what the article proves: spans, merging, rejection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

from pydantic import BaseModel, JsonValue

from communique.article import Article
from communique.grounding.checks import NOTHING, Checks
from communique.grounding.merging import merge
from communique.grounding.names import name_key, unify_names
from communique.grounding.quotation import quotes_words
from communique.prompts import Example
from communique.replies import (
    AgreementReply,
    ConditionReply,
    PositionReply,
    StatementReply,
    ThreatReply,
)
from communique.statements import (
    Agreement,
    Attribution,
    Condition,
    Evidence,
    Position,
    Rejected,
    Threat,
)
from communique.strategies import Claim

__all__ = ["Grounded", "ground"]


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
    checks = Checks(article, examples)
    rejected: list[Rejected] = []
    sound: list[Claim] = []
    # One order for any order of arrival: by place in the article, then by wording.
    for claim in sorted(claims, key=lambda c: (sorted(c.sentences), _wording(c.reply))):
        tidy = Claim(_tidy(claim.reply), tuple(sorted(set(claim.sentences))))
        reason = checks.fault(tidy)
        if reason is None:
            sound.append(tidy)
        else:
            rejected.append(_reject(article, claim, reason))
    merged = merge(_with_names_unified(article, sound, checks))
    return Grounded(
        positions=tuple(
            Position(
                id=f"position-{n}",
                actor=reply.actor,
                on_behalf_of=reply.on_behalf_of,
                issue=reply.issue,
                stance=reply.stance,
                evidence=spans,
                attribution=_attribution(article, spans, "reported"),
            )
            for n, reply, spans in _of_kind(article, merged, PositionReply)
        ),
        conditions=tuple(
            Condition(
                id=f"condition-{n}",
                actor=reply.actor,
                on_behalf_of=reply.on_behalf_of,
                condition=reply.condition,
                outcome=reply.outcome,
                relation=reply.relation,
                evidence=spans,
                attribution=_attribution(article, spans, "reported"),
            )
            for n, reply, spans in _of_kind(article, merged, ConditionReply)
        ),
        threats=tuple(
            Threat(
                id=f"threat-{n}",
                actor=reply.actor,
                on_behalf_of=reply.on_behalf_of,
                target=reply.target,
                action=reply.action,
                trigger=reply.trigger,
                means=reply.means,
                evidence=spans,
                attribution=_attribution(article, spans, "reported"),
            )
            for n, reply, spans in _of_kind(article, merged, ThreatReply)
        ),
        agreements=tuple(
            Agreement(
                id=f"agreement-{n}",
                parties=tuple(reply.parties),
                subject=reply.subject,
                status=reply.status,
                evidence=spans,
                attribution=_attribution(article, spans, "narrated"),
            )
            for n, reply, spans in _of_kind(article, merged, AgreementReply)
        ),
        rejected=tuple(rejected),
    )


ReplyT = TypeVar("ReplyT", bound=BaseModel)


def _of_kind(
    article: Article, claims: Sequence[Claim], kind: type[ReplyT]
) -> list[tuple[int, ReplyT, tuple[Evidence, ...]]]:
    rows = [(c.reply, _spans(article, c.sentences)) for c in claims if isinstance(c.reply, kind)]
    return [(n, reply, spans) for n, (reply, spans) in enumerate(rows, start=1)]


def _spans(article: Article, numbers: Sequence[int]) -> tuple[Evidence, ...]:
    sentences = [article.sentences[n - 1] for n in numbers if 1 <= n <= len(article.sentences)]
    return tuple(Evidence(start=s.start, end=s.end, text=s.text) for s in sentences)


def _wording(reply: StatementReply) -> str:
    return reply.model_dump_json()


def _tidy(reply: StatementReply) -> StatementReply:
    """White space off, and ``null`` where a small model writes "none" for it."""
    fields = reply.model_dump()
    for name, value in fields.items():
        if isinstance(value, str):
            fields[name] = " ".join(value.split())
    for name in ("on_behalf_of", "outcome", "trigger"):
        value = fields.get(name)
        if value is not None and value.strip(" .").casefold() in NOTHING:
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
            known = behalf and checks.knows(behalf) and name_key(behalf) != name_key(actor)
            changes = {"actor": actor, "on_behalf_of": behalf if known else None}
        unified.append(Claim(reply.model_copy(update=changes), claim.sentences))
    return unified


def _names(reply: StatementReply) -> list[str]:
    if isinstance(reply, AgreementReply):
        return list(reply.parties)
    return [reply.actor, *([reply.on_behalf_of] if reply.on_behalf_of else [])]


def _reject(article: Article, claim: Claim, reason: str) -> Rejected:
    reply = cast("dict[str, JsonValue]", claim.reply.model_dump(mode="json"))
    return Rejected(reason=reason, reply=reply, evidence=_spans(article, claim.sentences))


def _attribution(
    article: Article, spans: Sequence[Evidence], otherwise: Attribution
) -> Attribution:
    quoted = any(quotes_words(article.text, span.start, span.end) for span in spans)
    return "direct_quote" if quoted else otherwise
