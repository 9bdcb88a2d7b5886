"""The part of a summary that the output formats use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from pydantic import BaseModel

from communique.article import Article
from communique.statements import KINDS, Evidence, Statement, StatementKind

__all__ = ["Document", "by_kind", "footer", "kind_styles"]


class _Rejected(Protocol):
    @property
    def reason(self) -> str: ...

    @property
    def reply(self) -> Mapping[str, Any]: ...

    @property
    def evidence(self) -> Sequence[Evidence]: ...


class Document(Protocol):
    """The part of a summary that is shown; implemented by `communique.Summary`."""

    @property
    def article(self) -> Article:
        """The article that was read."""
        ...

    @property
    def gist(self) -> str:
        """The gist of the article."""
        ...

    @property
    def statements(self) -> Sequence[Statement]:
        """All statements, in article order."""
        ...

    @property
    def rejected(self) -> Sequence[_Rejected]:
        """Claims that could not be grounded, with reasons."""
        ...

    @property
    def injections(self) -> Sequence[Evidence]:
        """Passages of the article that give orders to a program."""
        ...

    @property
    def origin(self) -> str:
        """The model and prompt version, with time and tokens used."""
        ...

    @property
    def provenance(self) -> BaseModel:
        """The model and prompt version, and the time and tokens used, in fields."""
        ...

    def model_dump_json(self, *, indent: int | None = None) -> str:
        """Return the whole summary as JSON."""
        ...


def by_kind(document: Document) -> Iterator[tuple[StatementKind, list[Statement]]]:
    """Yield each kind that occurs, with its statements in article order."""
    for name, kind in KINDS.items():
        if statements := [item for item in document.statements if item.kind == name]:
            yield kind, statements


def footer(document: Document) -> str:
    """Return where a summary comes from: the article's id, if it has one of its own, and origin."""
    article = document.article
    name = "" if article.id == article.sha256 else f"article {article.id}, "
    return name + document.origin


def kind_styles() -> str:
    """Return CSS that sets ``--k`` to a kind's color in elements of the kind's class."""
    light = " ".join(f"--{name}: {kind.colors.light};" for name, kind in KINDS.items())
    dark = " ".join(f"--{name}: {kind.colors.dark};" for name, kind in KINDS.items())
    uses = " ".join(f".{name} {{ --k: var(--{name}); }}" for name in KINDS)
    return (
        f":root {{ {light} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n{uses}\n"
    )
