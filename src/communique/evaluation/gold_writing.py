"""Gold made of a summary that a person has reviewed: a folder in the form of ``seeds/``."""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import yaml

from communique._internal.files import make_folder, read_regular, replace
from communique.article import Article
from communique.corrections import decisions
from communique.errors import GoldError
from communique.evaluation.gold import load_gold
from communique.evaluation.gold_file import GOLD_FILE
from communique.render.reader import name_of
from communique.statements import KINDS, Evidence, Statement

if TYPE_CHECKING:
    from communique.review.corrected_file import Brief
    from communique.summary import Summary

__all__ = ["ARTICLE_FILE", "GoldFolders", "gold_name"]

ARTICLE_FILE = "article.txt"
_SEAL = "# Made by communique review. Edit it, and it is yours: the review writes nothing over it. "
_SEAL_FORM = re.compile(re.escape(_SEAL).encode() + rb"([0-9a-f]{64})\n")
_LONGEST_NAME = 48
_LARGEST = 4_000_000
# What the splitter takes an article for that does not say its language.
_UNKNOWN, _GERMAN = "und", "de"


class GoldFolders:
    """A folder with a folder of gold for each article that is finished.

    Args:
        root: the folder, which is created when the first article is finished.
        origin: where the articles come from, such as their author or licence.
    """

    def __init__(self, root: Path, origin: str) -> None:
        self.root = root
        self.origin = origin

    def has(self, brief: Brief) -> bool:
        """Return whether there is gold of an article, in whatever state."""
        name = _name(brief.name, brief.article_id, brief.sha256)
        return (self.root / name / GOLD_FILE).is_file()

    def state(self, summary: Summary) -> Literal["none", "written", "old", "foreign"]:
        """Return whether there is gold of an article, older gold, or gold that someone changed."""
        path = self.root / gold_name(summary.article) / GOLD_FILE
        try:
            written = read_regular(path, _LARGEST)
        except (FileNotFoundError, NotADirectoryError):
            return "none"
        except OSError:
            return "foreign"
        if not _is_ours(written):
            return "foreign"
        return "written" if written == self._content(summary) else "old"

    def write(self, summary: Summary) -> Path:
        """Write the gold of an article, after checking it as `load_gold` does; return its folder.

        Raises:
            GoldError: it can't be written, the rules for gold are not met, or someone has changed
                what is there.
        """
        folder = self.root / gold_name(summary.article)
        if self.state(summary) == "foreign":
            raise GoldError(
                f"{folder / GOLD_FILE} was not written by the review, or was edited since: it "
                "stays as it is; move it away to have a new one written"
            )
        try:
            self._write(summary, folder)
        except OSError as exc:
            raise GoldError(f"{folder} can't be written: {exc.strerror or exc}") from exc
        return folder

    def _write(self, summary: Summary, folder: Path) -> None:
        make_folder(self.root)
        # Loading skips names with a dot, so that half a folder is never taken for gold.
        work = self.root / f".communique-{secrets.token_hex(8)}"
        try:
            make_folder(work)
            content = self._content(summary)
            replace(work / ARTICLE_FILE, summary.article.text)
            replace(work / GOLD_FILE, content)
            try:
                load_gold(work)
            except GoldError as exc:
                raise GoldError(_by_id(str(exc), work, summary)) from exc
            if folder.is_dir():
                replace(folder / ARTICLE_FILE, summary.article.text)
                replace(folder / GOLD_FILE, content)
            else:
                work.rename(folder)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _content(self, summary: Summary) -> bytes:
        article = summary.article
        data: dict[str, Any] = {
            "article": ARTICLE_FILE,
            "language": article.language or _guessed_language(article),
            "origin": self.origin,
        }
        if None in decisions(summary):  # the model's own gist is not gold
            data["gist"] = summary.gist
        data["statements"] = [_entry(article, statement) for statement in summary.statements]
        text = yaml.dump(
            data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1_000_000
        ).encode()
        return f"{_SEAL}{hashlib.sha256(text).hexdigest()}\n".encode() + text


class _Dumper(yaml.SafeDumper):
    """A dumper that indents lists, and writes values out instead of referring to earlier ones."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        del indentless
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True


def gold_name(article: Article) -> str:
    """Return the name of an article's folder: the beginning of its title, and of a hash."""
    return _name(name_of(article), article.id, article.sha256)


def _name(told: str, name: str, sha256: str) -> str:
    plain = unicodedata.normalize("NFKD", told).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_NAME].strip("-")
    number = hashlib.sha256(f"{name}\n{sha256}".encode()).hexdigest()[:8]
    return f"{words or 'article'}-{number}"


def _by_id(message: str, folder: Path, summary: Summary) -> str:
    """Return a message about gold with the ids of statements, which the reader knows."""
    ids = {str(number): each.id for number, each in enumerate(summary.statements, start=1)}
    told = message.replace(f"{folder / GOLD_FILE}: ", "")
    return re.sub(r"\bstatement (\d+)", lambda found: ids.get(found[1], found[0]), told)


def _is_ours(written: bytes) -> bool:
    """Return whether a file is as it was written by the review, to the byte."""
    found = _SEAL_FORM.match(written)
    content = written[found.end() :] if found else b""
    return found is not None and hashlib.sha256(content).hexdigest().encode() == found[1]


def _guessed_language(article: Article) -> str:
    """Return a language with which the article has the same sentences as without one."""
    unknown = Article(text=article.text, language=_UNKNOWN)
    return _UNKNOWN if unknown.sentences == article.sentences else _GERMAN


def _entry(article: Article, statement: Statement) -> dict[str, Any]:
    kind = KINDS[statement.kind]
    fields = statement.model_dump(mode="json", include={"kind", *kind.fields, "attribution"})
    ordered = {name: fields[name] for name in ("kind", *kind.fields, "attribution")}
    return {**ordered, "evidence": _quotes(article, statement.evidence)}


def _quotes(article: Article, evidence: Sequence[Evidence]) -> list[str]:
    """Return evidence as the strings by which gold names it.

    A string means its first occurrence as whole sentences, so a repeated one is extended by its
    neighbours until it is the only one; what then overlaps is united.
    """
    sentences = article.sentences
    spans: list[tuple[int, int]] = []
    for span in evidence:
        touched = [s.index for s in sentences if s.start < span.end and span.start < s.end]
        if not touched:  # white space, which shows nothing
            continue
        first, last = touched[0], touched[-1]
        while not _is_first(article, sentences[first].start, sentences[last].end):
            if last + 1 < len(sentences):
                last += 1
            else:
                first -= 1
        if spans and spans[-1][1] >= first:
            before = spans.pop()
            first, last = min(before[0], first), max(before[1], last)
        spans.append((first, last))
    return [article.text[sentences[a].start : sentences[b].end] for a, b in spans]


def _is_first(article: Article, start: int, end: int) -> bool:
    starts = {sentence.start for sentence in article.sentences}
    ends = {sentence.end for sentence in article.sentences}
    quote = article.text[start:end]
    offset = article.text.find(quote)
    while offset not in starts or offset + len(quote) not in ends:
        offset = article.text.find(quote, offset + 1)
    return offset == start
