"""The pages of a review: the list of articles, and the reader page of each, with forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from communique.corrections import Correction, decisions
from communique.render.reader import Reader, in_words
from communique.render.templates import render, render_parts
from communique.review.applying import undecided
from communique.review.marked_text import in_page, one_line_ends
from communique.statements import KINDS, Attribution, Statement, StatementKind

if TYPE_CHECKING:
    from communique.article import Article
    from communique.review.desk import Desk, State

__all__ = ["ReviewPages"]

_ATTRIBUTIONS: tuple[Attribution, ...] = ("direct_quote", "reported", "narrated")


@dataclass(frozen=True)
class Field:
    """A field of a statement in a form.

    Attributes:
        form: a text, one of a few values, or names, one a line.
        values: the values to choose from.
        may_be_empty: whether it can be left out.
    """

    name: str
    form: Literal["text", "choice", "names"]
    value: str
    values: tuple[str, ...] = ()
    may_be_empty: bool = False

    @property
    def label(self) -> str:
        """Its name for people."""
        return in_words(self.name)


@dataclass(frozen=True)
class Place:
    """A part of the article, as the page has it."""

    start: int
    end: int
    text: str


class Form:
    """What a reader can change of a statement, or say of a new one."""

    def __init__(self, kind: StatementKind, article: Article, statement: Statement | None) -> None:
        self.kind = kind
        self.fields = [_field(kind, name, statement) for name in (*kind.fields, "attribution")]
        self.places = [
            _place(article, span.start, span.end)
            for span in (statement.evidence if statement else ())
        ]


class ReviewedArticle:
    """An article under review, as its page shows it.

    Args:
        state: the article as it is now.
        neighbours: addresses of the articles before and after it, or None.
    """

    def __init__(self, state: State, neighbours: tuple[str | None, str | None]) -> None:
        self.state = state
        self.before, self.after = neighbours
        self.reader = Reader(state.summary)
        self._decisions = decisions(state.summary)
        self.left = len(undecided(state.summary))
        self.count = len(state.summary.statements)
        self.can_undo = bool(state.summary.provenance.corrections)

    @property
    def gist_decision(self) -> str:
        """What was decided about the gist, for people."""
        return _in_words(self._decisions.get(None))

    @property
    def new_forms(self) -> list[Form]:
        """A form for a new statement of each kind."""
        return [Form(kind, self.reader.article, None) for kind in KINDS.values()]

    @property
    def sentences(self) -> list[Place]:
        """The article's sentences, to choose from without a pointer."""
        article = self.reader.article
        return [_place(article, each.start, each.end) for each in article.sentences]

    def decision(self, statement: Statement) -> str:
        """Return what was decided about a statement, for people; empty if nothing was."""
        return _in_words(self._decisions.get(statement.id))

    def form(self, statement: Statement) -> Form:
        """Return the form with a statement's fields."""
        return Form(KINDS[statement.kind], self.reader.article, statement)


class ReviewPages:
    """The pages of a review.

    Args:
        desk: the articles.
        title: the heading of the list, such as the name of the file.
    """

    def __init__(self, desk: Desk, title: str) -> None:
        self._desk = desk
        self._title = title

    def index(self) -> str:
        """Return the list of articles."""
        rows = self._desk.briefs()
        return render("review_index", title=self._title, rows=rows, failed=self._desk.failed)

    def article(self, state: State) -> str:
        """Return the page of an article."""
        return one_line_ends(render("review", desk=self._reviewed(state)))

    def main(self, state: State) -> str:
        """Return what changes in the page of an article: all but its frame."""
        return one_line_ends("".join(render_parts("review_main", desk=self._reviewed(state))))

    def _reviewed(self, state: State) -> ReviewedArticle:
        places = self._desk.places
        at = places.index(state.place)
        before = f"{places[at - 1] + 1}" if at else None
        after = f"{places[at + 1] + 1}" if at + 1 < len(places) else None
        return ReviewedArticle(state, (before, after))


def _in_words(made: Correction | None) -> str:
    if made is None:
        return ""
    return f"{made.action} by {made.by}" if made.by else made.action


def _field(kind: StatementKind, name: str, statement: Statement | None) -> Field:
    value = getattr(statement, name) if statement else None
    if name == "attribution":
        return Field(name, "choice", value or kind.attribution, _ATTRIBUTIONS)
    if name == kind.enumerated:
        return Field(name, "choice", value or kind.values[0], kind.values)
    if kind.is_joint and name == kind.names[0]:
        return Field(name, "names", "\n".join(value or ()))
    return Field(name, "text", value or "", may_be_empty=name in kind.nullable)


def _place(article: Article, start: int, end: int) -> Place:
    return Place(in_page(article.text, start), in_page(article.text, end), article.text[start:end])
