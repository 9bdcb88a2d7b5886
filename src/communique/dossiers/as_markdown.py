"""A dossier as Markdown: actors, their issues and statements, and the evidence as quotations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from communique.dossiers.model import ActorDossier, Dossier, Followed, Line, Source, Topic, Turn
from communique.dossiers.phrases import (
    day_of,
    open_until_now,
    said_of,
    state_of_affairs,
    told_later,
)
from communique.render.markdown import escape
from communique.statements import Evidence

__all__ = ["to_markdown"]


def to_markdown(dossier: Dossier) -> str:
    """Return a dossier as CommonMark, in which no text of an article becomes markup."""
    counts = Counter(actor.name for actor in dossier.actors)
    names = {
        actor.id: actor.name if counts[actor.name] == 1 else f"{actor.name} ({actor.id})"
        for actor in dossier.actors
    }
    lines = ["# Dossier", "", _size(dossier), ""]
    for actor in dossier.actors:
        lines += _actor(actor, names)
    return "\n".join(lines).rstrip("\n") + "\n"


def _size(dossier: Dossier) -> str:
    failed = f"; failed: {dossier.failed}" if dossier.failed else ""
    return f"Actors: {len(dossier.actors)}. Articles: {dossier.articles}{failed}."


def _actor(actor: ActorDossier, names: dict[str, str]) -> Iterator[str]:
    yield f"## {escape(names[actor.id])}"
    yield ""
    perhaps = [names[other] for other in actor.perhaps if other in names]
    for label, found in (
        ("Speaks for", actor.speaks_for),
        ("Also named", actor.aliases),
        ("May be the same as, and is not united with", perhaps),
    ):
        if found:
            yield f"{label}: {'; '.join(map(escape, found))}"
            yield ""
    yield from _topics("Positions", actor.issues)
    yield from _followed("Conditions", actor.conditions)
    yield from _followed("Threats", actor.threats)
    yield from _topics("Agreements", actor.agreements)


def _topics(heading: str, topics: Sequence[Topic]) -> Iterator[str]:
    if not topics:
        return
    yield f"### {heading}"
    yield ""
    for topic in topics:
        yield f"#### {escape(topic.name)}"
        yield ""
        if len(topic.wordings) > 1:
            yield f"Brought together: {'; '.join(map(escape, topic.wordings))}"
            yield ""
        yield from _turns("Changed", topic, topic.changes, " → ")
        yield from _turns("Contradiction", topic, topic.contradictions, " and ")
        for line in topic.lines:
            yield from _line(line, topic)


def _turns(label: str, topic: Topic, turns: Iterable[Turn], link: str) -> Iterator[str]:
    for turn in turns:
        both = (topic.lines[turn.before], topic.lines[turn.after])
        yield f"**{label}:** {link.join(escape(state_of_affairs(line)) for line in both)}"
        yield ""


def _followed(heading: str, items: Sequence[Followed]) -> Iterator[str]:
    if not items:
        return
    yield f"### {heading}"
    yield ""
    for item in items:
        yield from _line(item.line)
        if told := open_until_now(item):
            yield f"  {told}"
            yield ""
        for later in item.later:
            yield f"  *{told_later(item.line, later)}:*"
            yield ""
            yield from _quotations(later.evidence)
            yield f"  {_source(later.article)}"
            yield ""


def _line(line: Line, topic: Topic | None = None) -> Iterator[str]:
    said = escape(said_of(line, topic))
    yield f"- {day_of(line.article)} **{escape(line.statement.who)}**: {said}"
    yield ""
    yield from _quotations(line.statement.evidence)
    yield f"  {_source(line.article)}"
    yield ""


def _quotations(evidence: Iterable[Evidence]) -> Iterator[str]:
    for span in evidence:
        yield f"  > {escape(span.text)}"
        yield ""


def _source(source: Source) -> str:
    """Return title, day and id of an article."""
    return f"— {escape(source.title)}, {day_of(source)}, {escape(source.id)}"
