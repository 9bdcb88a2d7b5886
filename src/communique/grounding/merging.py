"""Claims that say the same become one, with the evidence of all of them.

Two claims are one statement only if nothing in their fields sets them apart: what differs in
one word may be the opposite. A repeat that is missed shows a statement twice; a wrong merge
would give a statement evidence that proves another one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar, cast

from communique.grounding.names import name_key
from communique.grounding.words import content_key, points_back
from communique.reading import Claim
from communique.reading.forms import (
    AgreementReply,
    ConditionReply,
    PositionReply,
    StatementReply,
    ThreatReply,
)

__all__ = ["combine", "groups", "merge"]

ActorReply = PositionReply | ConditionReply | ThreatReply


def merge(claims: Sequence[Claim]) -> list[Claim]:
    """One claim for each group of claims that say the same.

    Neither the order of the claims nor merging again changes the result.

    Args:
        claims: in article order.
    """
    return [combine(group) for group in groups(claims)]


def groups(claims: Sequence[Claim]) -> list[list[Claim]]:
    """Claims that say the same, together; groups and members in the order of the claims."""
    found = [
        group
        for bucket in _keyed(claims, lambda claim: _content(claim.reply)).values()
        for group in _groups(bucket)
    ]
    place = {id(claim): at for at, claim in enumerate(claims)}
    return sorted(found, key=lambda group: place[id(group[0])])


def combine(group: Sequence[Claim]) -> Claim:
    """The claim that a group amounts to, with all its sentences.

    The earliest claim speaks for its group; what it leaves open (on whose behalf, on which
    trigger, which parties) is taken from the others. It is as sure as the surest of them.
    """
    first = group[0].reply
    numbers = tuple(sorted({n for claim in group for n in claim.sentences}))
    if len(group) == 1:
        return replace(group[0], sentences=numbers)
    sure = [claim.confidence for claim in group if claim.confidence is not None]
    confidence = max(sure, default=None)
    replies = [claim.reply for claim in group]
    if isinstance(first, AgreementReply):
        every = [p for reply in replies for p in cast("AgreementReply", reply).parties]
        parties = {name_key(party): party for party in reversed(every)}
        changes: dict[str, object] = {"parties": [*reversed(parties.values())]}
    else:
        changes = _speaker_of(cast("list[ActorReply]", replies))
        if isinstance(first, ThreatReply):
            changes["trigger"] = _fullest_trigger(cast("list[ThreatReply]", replies))
    return Claim(first.model_copy(update=changes), numbers, confidence)


def _content(reply: StatementReply) -> Hashable:
    """What must be equal, names apart."""
    match reply:
        case PositionReply():
            return "position", reply.stance, content_key(reply.issue)
        case ConditionReply():
            outcome = content_key(reply.outcome or "")
            return "condition", reply.relation, content_key(reply.condition), outcome
        case ThreatReply():
            return "threat", reply.means, content_key(reply.target)
        case AgreementReply():
            return "agreement", reply.status, content_key(reply.subject)


def _groups(claims: list[Claim]) -> list[list[Claim]]:
    if isinstance(claims[0].reply, AgreementReply):
        return _linked(claims, _share_a_party)
    groups = _by_speaker(claims)
    if isinstance(claims[0].reply, ThreatReply):
        return [part for group in groups for part in _by_threat(group)]
    return groups


def _by_speaker(claims: list[Claim]) -> list[list[Claim]]:
    """Groups of one speaker each.

    A name without and with the state it speaks for is one speaker, and so is a state with the
    one person who speaks for it; where two could be meant, neither is.
    """
    groups = _keyed(claims, lambda claim: _speaker(claim.reply))
    for speaker in sorted(key for key in groups if key[1] is None):
        actor = speaker[0]
        candidates = [key for key in groups if key[1] is not None and key[0] == actor] or [
            key for key in groups if key[1] == actor
        ]
        if len(candidates) == 1:
            groups[candidates[0]] += groups.pop(speaker)
    return [_in_order(group, claims) for group in groups.values()]


def _by_threat(claims: list[Claim]) -> list[list[Claim]]:
    """Groups of one threat each, of claims with the same speaker, target and means.

    A threat is repeated in ever new words ("valid targets", "legitimate targets"), so that
    one word of the action in common is enough, as long as the claims name one trigger, or
    leave it open ("if they appear there").
    """
    by_trigger = _keyed(claims, lambda claim: _trigger(claim.reply))
    definite = [key for key in by_trigger if key]
    parts = [claims] if len(definite) <= 1 else list(by_trigger.values())
    return [group for part in parts for group in _linked(part, _share_action)]


def _speaker(reply: StatementReply) -> tuple[str, str | None]:
    reply = cast("ActorReply", reply)
    behalf = name_key(reply.on_behalf_of) if reply.on_behalf_of else None
    actor = name_key(reply.actor)
    return actor, None if behalf == actor else behalf


def _trigger(reply: StatementReply) -> tuple[str, ...]:
    """The trigger's key; empty if it is left open."""
    trigger = cast("ThreatReply", reply).trigger
    return content_key(trigger) if trigger and not points_back(trigger) else ()


def _share_action(left: Claim, right: Claim) -> bool:
    first, second = (set(content_key(cast("ThreatReply", c.reply).action)) for c in (left, right))
    return not first.isdisjoint(second)


def _share_a_party(left: Claim, right: Claim) -> bool:
    first, second = (
        {name_key(party) for party in cast("AgreementReply", c.reply).parties}
        for c in (left, right)
    )
    return not first.isdisjoint(second)


def _speaker_of(replies: list[ActorReply]) -> dict[str, object]:
    speaks = next((reply for reply in replies if _speaker(reply)[1] is not None), replies[0])
    return {"actor": speaks.actor, "on_behalf_of": speaks.on_behalf_of}


def _fullest_trigger(replies: list[ThreatReply]) -> str | None:
    definite = (reply.trigger for reply in replies if _trigger(reply))
    return next(definite, None) or next((reply.trigger for reply in replies if reply.trigger), None)


KeyT = TypeVar("KeyT", bound=Hashable)


def _keyed(claims: Iterable[Claim], key: Callable[[Claim], KeyT]) -> dict[KeyT, list[Claim]]:
    groups: dict[KeyT, list[Claim]] = defaultdict(list)
    for claim in claims:
        groups[key(claim)].append(claim)
    return dict(groups)


def _linked(claims: list[Claim], link: Callable[[Claim, Claim], bool]) -> list[list[Claim]]:
    """The connected components of a relation."""
    groups: list[list[Claim]] = []
    for claim in claims:
        near = [group for group in groups if any(link(claim, other) for other in group)]
        groups = [group for group in groups if group not in near]
        groups.append(_in_order([claim, *(c for group in near for c in group)], claims))
    return groups


def _in_order(group: list[Claim], claims: list[Claim]) -> list[Claim]:
    place = {id(claim): at for at, claim in enumerate(claims)}
    return sorted(group, key=lambda claim: place[id(claim)])
