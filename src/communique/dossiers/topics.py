"""Statements of one actor by issue: wordings that are alike brought together, and changes."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import pairwise

from communique.dossiers.model import Line, Topic, Turn
from communique.dossiers.similarity import head_of, is_same_issue
from communique.grounding.name_words import name_key
from communique.grounding.words import content_key

__all__ = ["agreement_topics", "issue_topics", "time_order"]


def issue_topics(lines: Iterable[Line]) -> tuple[Topic, ...]:
    """Return positions by issue, with changes of stance and contradictions."""
    topics: list[Topic] = []
    for wordings, found in _groups([(_issue(line), line) for line in lines]):
        topics.append(
            Topic(
                name=wordings[0],
                wordings=wordings,
                lines=found,
                changes=_changes(found),
                contradictions=_contradictions(found),
            )
        )
    return _ordered(topics)


def agreement_topics(lines: Iterable[Line]) -> tuple[Topic, ...]:
    """Return agreements by subject and parties, with changes of status."""
    topics: list[Topic] = []
    for wordings, found in _groups([(_subject(line), line) for line in lines]):
        topics.append(
            Topic(name=wordings[0], wordings=wordings, lines=found, changes=_changes(found))
        )
    return _ordered(topics)


def time_order(line: Line) -> tuple[bool, datetime.date, str, int, str]:
    """Return a sort key: the oldest first, those without a date last."""
    date = line.article.date
    first = line.statement.evidence[0].start
    day = date or datetime.date.max
    return date is None, day, line.article.id, first, line.statement.id


def _issue(line: Line) -> str:
    return line.statement.issue if line.statement.kind == "position" else ""


def _subject(line: Line) -> str:
    return line.statement.subject if line.statement.kind == "agreement" else ""


def _groups(
    worded: Sequence[tuple[str, Line]],
) -> Iterator[tuple[tuple[str, ...], tuple[Line, ...]]]:
    """Yield groups of lines whose wordings are all alike, the most frequent wording first."""
    by_wording: dict[Hashable, list[tuple[str, Line]]] = defaultdict(list)
    for wording, line in sorted(worded, key=lambda item: time_order(item[1])):
        by_wording[content_key(wording), _parties(line)].append((wording, line))
    by_head: dict[str | None, list[list[list[tuple[str, Line]]]]] = defaultdict(list)
    for same in by_wording.values():
        groups = by_head[head_of(same[0][0])]
        # A wording must be like all others of its group: else a chain would lead far away.
        fit = (each for each in groups if all(_are_alike(same[0], other[0]) for other in each))
        group = next(fit, None)
        if group is None:
            groups.append([same])
        else:
            group.append(same)
    for group in (each for groups in by_head.values() for each in groups):
        items = [item for same in group for item in same]
        wordings = tuple(wording for wording, _ in Counter(w for w, _ in items).most_common())
        yield wordings, tuple(sorted((line for _, line in items), key=time_order))


def _are_alike(one: tuple[str, Line], other: tuple[str, Line]) -> bool:
    return is_same_issue(one[0], other[0]) and _have_same_parties(one[1], other[1])


def _have_same_parties(one: Line, other: Line) -> bool:
    """Return whether two agreements can be one: all parties of one are among the other's."""
    ours, theirs = _parties(one), _parties(other)
    return ours <= theirs or theirs <= ours


def _parties(line: Line) -> frozenset[str]:
    statement = line.statement
    return frozenset(map(name_key, statement.parties if statement.kind == "agreement" else ()))


def _changes(lines: Sequence[Line]) -> tuple[Turn, ...]:
    """Return the pairs of lines between whose days the value changed."""
    dated = [(place, line) for place, line in enumerate(lines) if line.article.date is not None]
    return tuple(
        Turn(before=before, after=after)
        for (before, one), (after, other) in pairwise(dated)
        if one.value != other.value and one.article.date != other.article.date
    )


def _contradictions(lines: Sequence[Line]) -> tuple[Turn, ...]:
    """Return each line with the closest one before it that contradicts it."""
    found: list[Turn] = []
    for after, line in enumerate(lines):
        earlier = (
            before
            for before in reversed(range(after))
            if _is_opposite(lines[before].value, line.value) and not _is_later(lines[before], line)
        )
        if (before := next(earlier, None)) is not None:
            found.append(Turn(before=before, after=after))
    return tuple(found)


def _is_opposite(one: str, other: str) -> bool:
    return {one, other} == {"supports", "opposes"}


def _is_later(one: Line, other: Line) -> bool:
    days = one.article.date, other.article.date
    return None not in days and days[0] != days[1]


def _ordered(topics: Iterable[Topic]) -> tuple[Topic, ...]:
    return tuple(sorted(topics, key=lambda topic: (-len(topic.lines), time_order(topic.lines[0]))))
