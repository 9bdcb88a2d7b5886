"""Rows of the tables of fields and of gists, for the terminal, Markdown and HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from communique.evaluation.bootstrap import Estimate
from communique.evaluation.fields import BEHALF
from communique.statements import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from communique.evaluation.gist_score import GistFigure
    from communique.evaluation.results import Evaluation, FieldShare
    from communique.statements import Kind

__all__ = ["FIELDS_NOTE", "FieldRow", "field_rows", "gist_note", "gist_rows"]

FIELDS_NOTE = (
    "The share of matched pairs in which a field is right, and their counts. Names may be a form "
    "of each other or be spelt alike; enumerated fields must be equal; texts must share content "
    "words (F1 at least 0.6); null only equals null. Full F1 counts a match only if all fields are "
    f"right except perhaps `{BEHALF}`, full+ only if all are."
)

_GIST: dict[GistFigure, str] = {
    "given": "given",
    "words_f1": "F1 of content words",
    "invented": "with an unknown name or number",
}

_NOTHING = Estimate(None, None, None)


class FieldRow(NamedTuple):
    """A field of a kind, with its share in each evaluation."""

    kind: Kind
    field: str
    shares: list[FieldShare]


def field_rows(evaluations: Sequence[Evaluation]) -> list[FieldRow]:
    """Return a row for each field of each kind."""
    return [
        FieldRow(kind, field, [each.fields[kind][field] for each in evaluations])
        for kind in KINDS
        for field in KINDS[kind].fields
    ]


def gist_rows(evaluations: Sequence[Evaluation]) -> list[tuple[str, list[Estimate]]]:
    """Return the figures of the gists; empty if the gold has none.

    An evaluation without any gist, of a library that is not asked for one, has no figures.
    """
    if not any(each.gist for each in evaluations):
        return []
    asked = [any(article.gist for article in each.articles) for each in evaluations]
    return [
        (
            title,
            [
                each.gist[name] if is_asked else _NOTHING
                for each, is_asked in zip(evaluations, asked, strict=True)
            ],
        )
        for name, title in _GIST.items()
    ]


def gist_note(evaluations: Sequence[Evaluation]) -> str:
    """Return what the figures of the gists mean, and how many articles they are about."""
    count = sum(article.score.gist is not None for article in evaluations[0].articles)
    return (
        f"Of the {count} articles whose gold has a gist: the share with a gist, the F1 of its "
        "content words beside the gold's (0 without a gist), and the share of gists with a name or "
        "number that the article lacks."
    )
