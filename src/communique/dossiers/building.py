"""Building of a dossier from summaries: who says what, in which order, and what came of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from communique.article import Article
from communique.dates import day_in
from communique.dossiers.following import Follower, Stated
from communique.dossiers.identities import Identities
from communique.dossiers.mentions import Identity
from communique.dossiers.model import ActorDossier, Dossier, Followed, Line, Source
from communique.dossiers.topics import agreement_topics, issue_topics, time_order
from communique.render.reader import name_of
from communique.statements import KINDS, Kind, Statement
from communique.summary import Failure, Summary

__all__ = ["dossier", "source_of"]


def dossier(summaries: Iterable[Summary | Failure]) -> Dossier:
    """Return what each actor says in many articles, by issue and in the order of time.

    No model is asked. Names that mean one actor are united by rules that never make two people one:
    what may be two stays two, and each names the other in ``perhaps``. A state or body has what is
    said on its behalf, too. Issues that are worded differently are brought together if their words
    are alike, and show all their wordings. What became of threats and conditions is taken from
    articles of later days, if they say so in English; without dates, nothing is earlier or later.

    Args:
        summaries: summaries, or outcomes such as those of `communique.read_outcomes`. The partial
            summary of a failure is taken in; a failure without one is counted. Of two articles
            with the same id, the last one counts.

    Examples:
        ``summary`` is that of `communique.summarize`'s example.

        >>> import communique
        >>> putin = communique.dossier([summary]).find("Putin")[0]
        >>> putin.name, putin.speaks_for, putin.issues[1].name
        ('Vladimir Putin', ('Russia',), 'Ukraine joining NATO')
    """
    kept: dict[str, Summary] = {}
    failed = 0
    for outcome in summaries:
        summary = outcome.partial if isinstance(outcome, Failure) else outcome
        if summary is None:
            failed += 1
        else:
            kept[summary.article.id] = summary
    actors = _actors(list(kept.values()))
    return Dossier(articles=len(kept), failed=failed, actors=actors)


def _actors(read: Sequence[Summary]) -> tuple[ActorDossier, ...]:
    identities = Identities([(summary.article, summary.statements) for summary in read])
    sources = [source_of(summary.article) for summary in read]
    lines: dict[str, list[Line]] = defaultdict(list)
    stated: list[Stated] = []
    for place, summary in enumerate(read):
        for statement in summary.statements:
            line = Line(article=sources[place], statement=statement)
            owners = _owners(identities, place, statement)
            for owner in owners:
                lines[owner].append(line)
            if statement.kind in {"threat", "condition"}:
                names = (name for owner in owners.values() for name in owner.names)
                stated.append(Stated(line, frozenset(owners), tuple(names)))
    articles = zip((summary.article for summary in read), sources, strict=True)
    followed = {
        id(each.line): result
        for each, result in (Follower(articles).follow(stated) if stated else ())
    }
    found = [
        _actor(identity, lines[identity.id], followed)
        for identity in identities.all
        if lines[identity.id]
    ]
    return tuple(sorted(found, key=lambda actor: (-len(actor.lines), actor.name, actor.id)))


def _owners(identities: Identities, place: int, statement: Statement) -> dict[str, Identity]:
    """Return whose dossiers a statement belongs into, by id: the actors', and the home's."""
    names = KINDS[statement.kind].names_in(statement)
    found = (identities.of(place, name) for name in names)
    return {identity.id: identity for identity in found}


def _actor(
    identity: Identity, lines: Sequence[Line], followed: Mapping[int, Followed]
) -> ActorDossier:
    by_kind: dict[Kind, list[Line]] = {kind: [] for kind in KINDS}
    for line in sorted(lines, key=time_order):
        by_kind[line.statement.kind].append(line)
    name, *aliases = identity.names
    return ActorDossier(
        id=identity.id,
        name=name,
        aliases=tuple(aliases),
        speaks_for=tuple(identity.homes.values()),
        perhaps=tuple(other.id for other in identity.perhaps),
        issues=issue_topics(by_kind["position"]),
        conditions=tuple(followed[id(line)] for line in by_kind["condition"]),
        threats=tuple(followed[id(line)] for line in by_kind["threat"]),
        agreements=agreement_topics(by_kind["agreement"]),
    )


def source_of(article: Article) -> Source:
    """Return what a line says of its article."""
    return Source(
        id=article.id,
        title=name_of(article),
        date=day_in(article.published),
        source=article.source,
        url=article.url,
    )
