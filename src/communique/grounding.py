"""From what the model claims to what the article proves: spans, merging, rejection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar, cast

from pydantic import BaseModel, JsonValue
from rapidfuzz.fuzz import token_set_ratio
from rapidfuzz.utils import default_process

from communique.article import Article
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

SAME_ACTOR = 85.0
"""Token-set ratio (0 to 100) from which two names are taken for one."""

SAME_CONTENT = 70.0
"""Token-set ratio (0 to 100) from which two wordings are taken for one statement."""

QUOTATION_MARKS = (("“", "”"), ("«", "»"), ("„", "“"), ("「", "」"), ("『", "』"), ('"', '"'))


@dataclass(frozen=True, slots=True)
class Grounded:
    """Statements with evidence, each kind in article order, and what was rejected."""

    positions: tuple[Position, ...]
    conditions: tuple[Condition, ...]
    threats: tuple[Threat, ...]
    agreements: tuple[Agreement, ...]
    rejected: tuple[Rejected, ...]


def ground(article: Article, claims: Iterable[Claim]) -> Grounded:
    """Tie claims to spans of the article, merge repeats, and set aside what does not hold.

    The result does not depend on the order of the claims.
    """
    rejected: list[Rejected] = []
    sound: list[Claim] = []
    # One order for any order of arrival: by place in the article, then by wording.
    for claim in sorted(claims, key=lambda c: (sorted(c.sentences), _wording(c.reply))):
        tidy = Claim(_tidy(claim.reply), tuple(sorted(set(claim.sentences))))
        reason = _fault(article, tidy)
        if reason is None:
            sound.append(tidy)
        else:
            rejected.append(_reject(article, claim, reason))
    merged = _merge(sound)
    return Grounded(
        positions=tuple(
            Position(
                id=f"position-{n}",
                actor=reply.actor,
                on_behalf_of=reply.on_behalf_of,
                issue=reply.issue,
                stance=reply.stance,
                evidence=spans,
                attribution=_attribution(spans, "reported"),
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
                attribution=_attribution(spans, "reported"),
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
                attribution=_attribution(spans, "reported"),
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
                attribution=_attribution(spans, "narrated"),
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
        if value is not None and value.strip(" .").casefold() in {"", "none", "null", "n/a"}:
            fields[name] = None
    if isinstance(reply, AgreementReply):
        parties = (" ".join(party.split()) for party in reply.parties)
        fields["parties"] = list(dict.fromkeys(party for party in parties if party))
    return type(reply).model_construct(**fields)


def _fault(article: Article, claim: Claim) -> str | None:
    """Why a claim can't become a statement, or None."""
    count = len(article.sentences)
    outside = [n for n in claim.sentences if not 1 <= n <= count]
    if outside:
        return f"it points to sentence {outside[0]}, but the article has {count}"
    if not claim.sentences:
        return "it points to no sentence"
    empty = [
        name
        for name, value in claim.reply
        if name not in {"on_behalf_of", "outcome", "trigger"} and not value
    ]
    if empty:
        return f"its {empty[0]} is empty"
    return None


def _reject(article: Article, claim: Claim, reason: str) -> Rejected:
    reply = cast("dict[str, JsonValue]", claim.reply.model_dump(mode="json"))
    return Rejected(reason=reason, reply=reply, evidence=_spans(article, claim.sentences))


def _merge(claims: Sequence[Claim]) -> list[Claim]:
    """One claim for each group of claims that say the same, with all their sentences.

    Groups are the connected components of "says the same", so that neither the order of the
    claims nor merging again changes them. The earliest claim speaks for its group.
    """
    group = list(range(len(claims)))
    for left, right in combinations(range(len(claims)), 2):
        if group[left] != group[right] and _same(claims[left].reply, claims[right].reply):
            kept, gone = sorted((group[left], group[right]))
            group = [kept if member == gone else member for member in group]
    merged: list[Claim] = []
    for first in sorted(set(group)):
        members = [claim for claim, member in zip(claims, group, strict=True) if member == first]
        numbers = sorted({n for member in members for n in member.sentences})
        merged.append(Claim(members[0].reply, tuple(numbers)))
    return merged


def _same(left: StatementReply, right: StatementReply) -> bool:
    """Whether two claims are one statement in other words."""
    match left, right:
        case PositionReply(), PositionReply():
            return left.stance == right.stance and _alike_by(left, right, left.issue, right.issue)
        case ConditionReply(), ConditionReply():
            return _alike_by(left, right, left.condition, right.condition) and _alike(
                left.outcome or "", right.outcome or "", SAME_CONTENT
            )
        case ThreatReply(), ThreatReply():
            # A threat is repeated in ever new words ("valid targets", "legitimate targets"),
            # so that the action's wording tells nothing.
            return left.means == right.means and _alike_by(left, right, left.target, right.target)
        case AgreementReply(), AgreementReply():
            return left.status == right.status and _alike(left.subject, right.subject, SAME_CONTENT)
        case _:
            return False


def _alike_by(
    left: PositionReply | ConditionReply | ThreatReply,
    right: PositionReply | ConditionReply | ThreatReply,
    left_content: str,
    right_content: str,
) -> bool:
    return _alike(left.actor, right.actor, SAME_ACTOR) and _alike(
        left_content, right_content, SAME_CONTENT
    )


def _alike(left: str, right: str, threshold: float) -> bool:
    if not left and not right:
        return True
    return token_set_ratio(left, right, processor=default_process) >= threshold


def _attribution(spans: Sequence[Evidence], otherwise: Attribution) -> Attribution:
    """``direct_quote`` if a span holds two quoted words or more; one word is a scare quote."""
    return "direct_quote" if any(_quotes(span.text) for span in spans) else otherwise


def _quotes(text: str) -> bool:
    for opening, closing in QUOTATION_MARKS:
        start = text.find(opening)
        if start < 0:
            continue
        end = text.find(closing, start + 1)
        quoted = text[start + 1 : end if end >= 0 else None]
        if len(quoted.split()) > 1:
            return True
    return False
