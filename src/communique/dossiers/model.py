"""What a dossier consists of: actors, their issues and statements, and what became of them."""

from __future__ import annotations

import datetime
from typing import Literal

from communique.grounding.name_words import name_key
from communique.statements import KINDS, Evidence, FrozenModel, Name, Statement

__all__ = ["ActorDossier", "Dossier", "Followed", "Later", "Line", "Source", "Topic", "Turn"]

DOSSIER_VERSION = "1"


class Source(FrozenModel):
    """The article that a line of a dossier comes from.

    Attributes:
        id: the article's id.
        title: its title, or the beginning of its text.
        date: the day of its publication, or None.
        source, url: where it was published, or None.
    """

    id: str
    title: str
    date: datetime.date | None = None
    source: str | None = None
    url: str | None = None


class Line(FrozenModel):
    """A statement with its evidence, and the article that it is in."""

    article: Source
    statement: Statement

    @property
    def value(self) -> str:
        """The value of the field that has few: the stance, relation, means or status."""
        return getattr(self.statement, KINDS[self.statement.kind].enumerated)


class Turn(FrozenModel):
    """Two lines of a topic that differ; both are places in its ``lines``, from 0.

    Attributes:
        before: the earlier line, or the one that comes first in the article.
        after: the other line.
    """

    before: int
    after: int


class Topic(FrozenModel):
    """What an actor says about one issue, or the state of one agreement, in the order of time.

    Attributes:
        name: the most frequent wording.
        wordings: all wordings that were brought together, as they are alike. Whether they are
            really about the same is for the reader to judge.
        lines: the positions or agreements, the oldest first; those without a date come last.
        changes: pairs of lines between whose days the stance or status changed.
        contradictions: pairs of lines, one for and one against, of which none is known to be the
            later one: of one day, of one article, or without a date.
    """

    name: Name
    wordings: tuple[Name, ...]
    lines: tuple[Line, ...]
    changes: tuple[Turn, ...] = ()
    contradictions: tuple[Turn, ...] = ()


class Later(FrozenModel):
    """What a later article says about a threat or a condition.

    Attributes:
        what: ``repeated`` (the actor, or somebody for the same state, states it again),
            ``withdrawn`` (a sentence says that the threat was dropped) or ``done`` (a sentence says
            that it was carried out, or that what was demanded has happened).
        article: the later article.
        evidence: the sentences that say so.
    """

    what: Literal["repeated", "withdrawn", "done"]
    article: Source
    evidence: tuple[Evidence, ...]


class Followed(FrozenModel):
    """A threat or a condition, and what became of it as far as later articles say so.

    Attributes:
        line: the threat or condition.
        later: what later articles say, the oldest first: the next repeat, and up to three articles
            that say what became of it.
    """

    line: Line
    later: tuple[Later, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether no later article says that it was carried out, met or withdrawn."""
        return all(each.what == "repeated" for each in self.later)


class ActorDossier(FrozenModel):
    """All that one actor says and agrees in many articles.

    Attributes:
        id: unique in the dossier, such as ``vladimir-putin``.
        name: the actor's most frequent name.
        aliases: the actor's other names.
        speaks_for: the states and bodies on whose behalf it speaks.
        perhaps: ids of actors that may be the same, but may be others: they are not united.
        issues: positions by issue, those with the most lines first.
        conditions: conditions and demands, the oldest first.
        threats: threats, the oldest first.
        agreements: agreements by subject, those with the most lines first.
    """

    id: Name
    name: Name
    aliases: tuple[Name, ...] = ()
    speaks_for: tuple[Name, ...] = ()
    perhaps: tuple[Name, ...] = ()
    issues: tuple[Topic, ...] = ()
    conditions: tuple[Followed, ...] = ()
    threats: tuple[Followed, ...] = ()
    agreements: tuple[Topic, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines, by kind."""
        topics = (*self.issues, *self.agreements)
        return (
            *(line for topic in topics for line in topic.lines),
            *(followed.line for followed in (*self.conditions, *self.threats)),
        )


class Dossier(FrozenModel):
    """The actors of many articles; see `communique.dossier`.

    Attributes:
        schema_version: version of this schema.
        articles: the number of articles that were read.
        failed: the number of articles that failed and had nothing to take in.
        actors: the actors, those with the most lines first.
    """

    schema_version: Literal["1"] = DOSSIER_VERSION
    articles: int
    failed: int = 0
    actors: tuple[ActorDossier, ...] = ()

    def find(self, name: str) -> tuple[ActorDossier, ...]:
        """Return the actors with a name: in full, or with all the words of ``name`` in it.

        Examples:
            ``summary`` is that of `communique.summarize`'s example.

            >>> import communique
            >>> [actor.name for actor in communique.dossier([summary]).find("putin")]
            ['Vladimir Putin']
        """
        wanted = name_key(name)
        full = tuple(a for a in self.actors if wanted in map(name_key, (a.id, a.name, *a.aliases)))
        words = set(wanted.split())
        if full or not words:
            return full
        return tuple(
            actor
            for actor in self.actors
            if any(words <= set(name_key(each).split()) for each in (actor.name, *actor.aliases))
        )

    def to_markdown(self) -> str:
        """Return the dossier as Markdown, with the evidence as quotations.

        Examples:
            ``summary`` is that of `communique.summarize`'s example.

            >>> import communique
            >>> communique.dossier([summary]).to_markdown().splitlines()[0]
            '# Dossier'
        """
        from communique.dossiers.as_markdown import to_markdown

        return to_markdown(self)
