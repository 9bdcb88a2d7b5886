"""The annotated articles that the adapter is trained on: this package's, and folders of gold.

An article of this package is an entry of a file in ``articles/``: its sentences, its gist, and
its statements, which point to sentences by number. A folder of gold, such as real news that may
not be published, has the form of ``seeds/``.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import yaml

from communique.evaluation import GoldArticle, GoldStatement, load_sound
from communique.statements import KINDS, Kind
from communique.statements.wire import Reply
from communique_training.manifest import ARTICLES, read_selection

__all__ = ["LabelledArticle", "LabelledStatement", "read_articles", "read_file", "read_gold"]

_GOLD_EVERY = 6
"""One in this many gold articles is held out."""


@dataclass(frozen=True)
class LabelledStatement:
    """A statement that annotators found.

    Attributes:
        kind: its kind.
        reply: its fields, as a model would write them.
        sentences: the numbers of the sentences that prove it, from 1, in order.
        optional: whether it is defensible either way.
    """

    kind: Kind
    reply: Reply
    sentences: tuple[int, ...]
    optional: bool = False


@dataclass(frozen=True)
class LabelledArticle:
    """An article with all its statements.

    Attributes:
        name: the name of its file and its number there, such as ``g1-5``, or of its gold folder.
        language: its BCP 47 code.
        sentences: its sentences, in order.
        statements: its statements, in the order of their first sentences.
        gist: what it is about; None if the annotators wrote none.
        is_gold: whether it is from a folder of gold.
        held_out: whether it is excluded from training, for the learning curve.
    """

    name: str
    language: str
    sentences: tuple[str, ...]
    statements: tuple[LabelledStatement, ...]
    gist: str | None
    is_gold: bool = False
    held_out: bool = False


def read_file(path: Path) -> Iterator[LabelledArticle]:
    """Yield the articles of a file; none is held out.

    Raises:
        ValueError: a statement lacks a field, has one too many or a value that its kind does not
            allow, or points to a sentence that is not there.
    """
    # The strict loader of the library is written in Python and would take half a minute.
    articles: Any = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    for number, article in enumerate(cast("list[dict[str, Any]]", articles), start=1):
        name = f"{path.stem}-{number}"
        sentences = tuple(cast("list[str]", article["sentences"]))
        try:
            statements = tuple(_statement(s, len(sentences)) for s in article["statements"])
        except ValueError as exc:
            raise ValueError(f"{name}: {exc}") from exc
        yield LabelledArticle(
            name, article["language"], sentences, statements, cast("str", article["gist"])
        )


def read_gold(folders: Iterable[Path]) -> Iterator[LabelledArticle]:
    """Yield the articles of folders of gold; one in six, by the hash of its name, is held out.

    Articles that do not follow the annotation guide are left out and named on stderr.

    Raises:
        GoldError: a folder contains no articles.
    """
    for folder in folders:
        articles, errors = load_sound(folder)
        for error in errors.values():
            sys.stderr.write(f"left out: {error}\n")
        yield from map(_of_gold, articles)


def read_articles(gold: Iterable[Path] = ()) -> Iterator[LabelledArticle]:
    """Yield the articles that the adapter is trained on, in the order of the manifest.

    Args:
        gold: folders of further articles; see `read_gold`.

    Raises:
        ValueError: a file is invalid.
        GoldError: a folder contains no articles.
    """
    selection = read_selection()
    for file in selection.articles:
        for article in read_file(ARTICLES / f"{file}.yaml"):
            yield replace(article, held_out=article.name in selection.held_out)
    yield from read_gold(gold)


def _statement(entry: dict[str, Any], length: int) -> LabelledStatement:
    fields = dict(entry)
    numbers = cast("list[int]", fields.pop("sentences"))
    optional = fields.pop("optional", False)
    if not numbers or numbers != sorted({*numbers} & {*range(1, length + 1)}):
        raise ValueError(f"sentences: must be ascending numbers from 1 to {length}, not {numbers}")
    kind = cast("Kind", fields["kind"])
    if kind not in KINDS:
        raise ValueError(f"there is no kind {kind!r}")
    return LabelledStatement(
        kind, KINDS[kind].reply.model_validate(fields), tuple(numbers), optional
    )


def _of_gold(gold: GoldArticle) -> LabelledArticle:
    return LabelledArticle(
        name=gold.slug,
        language=gold.article.language or "en",
        sentences=tuple(sentence.text for sentence in gold.article.sentences),
        statements=tuple(_statement_of_gold(gold, item) for item in gold.statements),
        gist=gold.gist,
        is_gold=True,
        held_out=zlib.crc32(gold.slug.encode()) % _GOLD_EVERY == 0,
    )


def _statement_of_gold(gold: GoldArticle, item: GoldStatement) -> LabelledStatement:
    statement = item.statement
    spans = statement.evidence
    kind = KINDS[statement.kind]
    fields = statement.model_dump(mode="json", include={"kind", *kind.fields})
    numbers = tuple(
        sentence.index + 1
        for sentence in gold.article.sentences
        if any(span.start < sentence.end and sentence.start < span.end for span in spans)
    )
    return LabelledStatement(
        statement.kind, kind.reply.model_validate(fields), numbers, item.optional
    )
