"""Gold: loading and checking of hand-annotated articles.

Each article has a folder, ``seeds/<slug>/``, with the article's text and ``gold.yaml``.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError
from rapidfuzz import fuzz, process

from communique.article import Article
from communique.errors import ArticleError, GoldError
from communique.evaluation.gold_file import (
    GOLD_FILE,
    list_problems,
    read_gold_file,
    read_text,
)
from communique.statements import KINDS, Evidence, Statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from communique.evaluation.gold_file import GoldEntry, GoldFile

__all__ = [
    "GoldArticle",
    "GoldStatement",
    "check_gold",
    "content_of",
    "gold_sha256",
    "load_all",
    "load_gold",
    "load_held_back",
    "load_sound",
]

HELD_BACK_FILE = "held-back.txt"


@dataclass(frozen=True, slots=True)
class GoldStatement:
    """An annotated statement, tied to its article.

    Attributes:
        statement: the annotation as the library's own type, with evidence as spans.
        optional: whether scoring neither rewards nor penalizes it, as it is debatable.
        note: the reason for the annotation, or None.
    """

    statement: Statement
    optional: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True)
class GoldArticle:
    """An article with its annotation.

    Attributes:
        slug: name of its folder.
        statements: statements in file order; ids are numbered by kind in this order.
        origin: the article's author, or its source and licence.
        notes: one-line reasons for how disagreements between annotators were resolved.
        gist: what the article is about; None if the annotators wrote none.
    """

    slug: str
    article: Article
    statements: tuple[GoldStatement, ...]
    origin: str
    notes: tuple[str, ...] = ()
    gist: str | None = None

    @property
    def sha256(self) -> str:
        """The hash of what scoring reads: the text, the gist and the statements, in any order.

        Notes, comments and the layout of the file do not affect it.
        """
        statements = sorted(
            json.dumps(
                [item.statement.model_dump(exclude={"id", "summary"}), item.optional],
                ensure_ascii=False,
                sort_keys=True,
            )
            for item in self.statements
        )
        gist = [] if self.gist is None else [self.gist]
        return _sha256([self.article.sha256, *gist, *statements])


def content_of(statement: Statement) -> str:
    """Return the free-text fields of a statement that scoring compares."""
    fields = KINDS[statement.kind].content
    return " ".join(getattr(statement, field) or "" for field in fields).rstrip()


def load_gold(folder: Path) -> GoldArticle:
    """Load one annotated article and check it.

    An evidence string that occurs more than once means its first occurrence that consists of
    whole sentences. To refer to a later one, include the sentence next to it.

    Args:
        folder: the article's folder, such as ``seeds/putin-vladivostok``.

    Raises:
        GoldError: a file is missing or not UTF-8; the YAML is malformed, repeats a key or has
            an unquoted value that YAML does not read as text (``no``, a date, a number); a
            field is missing, unknown, blank, an empty list or has an invalid value; a bare
            demand (``outcome: null``) has another relation than ``only_if``; evidence is
            not a substring of the article, does not consist of whole sentences or overlaps
            other evidence of its statement; two statements have the same kind, actor and
            content. The message names the file and the statement's number (from 1), with
            one line per problem.
    """
    if not folder.is_dir():
        raise GoldError(f"there is no gold folder {folder}")
    path = folder / GOLD_FILE
    file = read_gold_file(path)
    article = _article(folder, file)
    problems: list[str] = []
    statements: dict[int, GoldStatement] = {}
    counts = dict.fromkeys(KINDS, 0)
    for number, entry in enumerate(file.statements, start=1):
        counts[entry.kind] += 1
        spans, faults = _evidence(article, entry.evidence)
        problems += [f"statement {number}, {fault}" for fault in faults]
        if faults:
            continue
        try:
            statements[number] = _statement(entry, spans, f"{entry.kind}-{counts[entry.kind]}")
        except ValidationError as exc:  # fields that contradict each other
            faults = [error["msg"].removeprefix("Value error, ") for error in exc.errors()]
            problems += [f"statement {number}, {fault}" for fault in faults]
    problems += _repeats(statements)
    if problems:
        raise GoldError(list_problems(path, problems))
    return GoldArticle(
        slug=folder.resolve().name,
        article=article,
        statements=tuple(statements.values()),
        origin=file.origin,
        notes=file.notes or (),
        gist=file.gist,
    )


def load_all(root: Path) -> list[GoldArticle]:
    """Load every annotated article in ``root``, sorted by slug.

    Every folder must be an article (except names that begin with a dot or underscore), so that
    no article drops out of the scores because a file is missing or misnamed.

    Raises:
        GoldError: there are no articles, or one is invalid (see `load_gold`); the message
            describes the first, `check_gold` returns all problems.
    """
    return [load_gold(folder) for folder in _folders(root)]


def load_held_back(folder: Path) -> frozenset[str]:
    """Return the names in ``held-back.txt``: articles that are not used for tuning.

    A # begins a comment.

    Args:
        folder: the folder of all gold articles, such as ``seeds``.

    Raises:
        GoldError: a name is not that of an article.
    """
    path = folder / HELD_BACK_FILE
    if not path.is_file():
        return frozenset()
    lines = (line.partition("#")[0].strip() for line in read_text(path).splitlines())
    names = frozenset(line for line in lines if line)
    unknown = sorted(name for name in names if not (folder / name / GOLD_FILE).is_file())
    if unknown:
        raise GoldError(f"{path}: there is no gold article {unknown[0]!r}")
    return names


def load_sound(root: Path) -> tuple[list[GoldArticle], dict[str, GoldError]]:
    """Load the valid articles in ``root``, sorted by slug, and return the others' errors by slug.

    Raises:
        GoldError: ``root`` contains no articles.
    """
    articles: list[GoldArticle] = []
    errors: dict[str, GoldError] = {}
    for folder in _folders(root):
        try:
            articles.append(load_gold(folder))
        except GoldError as exc:
            errors[folder.name] = exc
    return articles, errors


def check_gold(root: Path) -> list[str]:
    """Return all problems of the annotated articles in ``root``.

    Raises:
        GoldError: ``root`` contains no articles.
    """
    _, errors = load_sound(root)
    return [problem for error in errors.values() for problem in str(error).splitlines()]


def gold_sha256(articles: Iterable[GoldArticle]) -> str:
    """Return the hash of a set of annotated articles, independent of their order."""
    return _sha256(sorted(f"{item.slug} {item.sha256}" for item in articles))


def _sha256(lines: Sequence[str]) -> str:
    # JSON keeps a text with line breaks from looking like several entries.
    return hashlib.sha256(json.dumps(lines, ensure_ascii=False).encode()).hexdigest()


def _folders(root: Path) -> list[Path]:
    if not root.is_dir():
        raise GoldError(f"there is no folder {root} with annotated articles")
    if (root / GOLD_FILE).is_file():
        raise GoldError(f"{root} is itself an article: name the folder that contains it")
    folders = [path for path in root.iterdir() if path.is_dir() and path.name[0] not in "._"]
    if not folders:
        raise GoldError(f"{root} has no annotated articles: <name>/article.txt and {GOLD_FILE}")
    return sorted(folders, key=lambda path: path.name)


def _article(folder: Path, file: GoldFile) -> Article:
    if "/" in file.article or "\\" in file.article:
        raise GoldError(
            f"{folder / GOLD_FILE}: article: must be the name of a file of the same folder, "
            f"not {file.article!r}"
        )
    path = folder / file.article
    try:
        return Article(text=read_text(path), language=file.language)
    except ArticleError as exc:
        raise GoldError(f"{path}: {exc}") from exc


def _evidence(article: Article, quotes: Sequence[str]) -> tuple[tuple[Evidence, ...], list[str]]:
    """Return spans in article order, and problems of the quotations."""
    spans: list[Evidence] = []
    faults: list[str] = []
    for number, quote in enumerate(quotes, start=1):
        start = _find(article, quote)
        if start is None:
            faults.append(f"evidence {number}: {_unfound(article, quote)}")
            continue
        span = Evidence(start=start, end=start + len(quote), text=quote)
        if any(span.start < other.end and other.start < span.end for other in spans):
            faults.append(f"evidence {number}: overlaps other evidence of the statement")
        spans.append(span)
    return tuple(sorted(spans, key=lambda span: span.start)), faults


def _find(article: Article, quote: str) -> int | None:
    """Return the offset at which the string first occurs as whole sentences, or None."""
    starts = {sentence.start for sentence in article.sentences}
    ends = {sentence.end for sentence in article.sentences}
    offset = article.text.find(quote)
    while offset >= 0:
        if offset in starts and offset + len(quote) in ends:
            return offset
        offset = article.text.find(quote, offset + 1)
    return None


def _unfound(article: Article, quote: str) -> str:
    sentences = [sentence.text for sentence in article.sentences]
    nearest = process.extractOne(quote, sentences, scorer=fuzz.ratio)[0]
    fault = "not made of whole sentences" if quote in article.text else "not in the article"
    return f"{fault}: {quote!r}; the nearest sentence is {nearest!r}"


_STATEMENT: TypeAdapter[Statement] = TypeAdapter(Statement)


def _statement(entry: GoldEntry, spans: tuple[Evidence, ...], name: str) -> GoldStatement:
    fields = entry.model_dump(exclude={"optional", "note", "evidence"})
    statement = _STATEMENT.validate_python({**fields, "id": name, "evidence": spans})
    return GoldStatement(statement=statement, optional=entry.optional, note=entry.note)


def _repeats(statements: dict[int, GoldStatement]) -> list[str]:
    problems: list[str] = []
    seen: dict[tuple[str, ...], int] = {}
    for number, item in statements.items():
        statement = item.statement
        kind = KINDS[statement.kind]
        who = sorted(map(_plain, kind.actors_in(statement)))
        key = (statement.kind, _plain(content_of(statement)), *who)
        first = seen.setdefault(key, number)
        if first != number:
            problems.append(
                f"statement {number}: has the kind, actor and content of statement {first}; "
                "annotate a statement once, with all its evidence"
            )
    return problems


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
