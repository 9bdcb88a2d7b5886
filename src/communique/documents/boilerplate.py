"""Lines of a web page that are none of its article's: links, buttons, banners, captions, credits.

Extraction finds the article's part of a page. What stands inside that part, between paragraphs,
is recognised here by its words, in the languages of `boilerplate.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import resources

__all__ = ["without_boilerplate"]

_LONGEST_BEGUN = 300
_LONGEST_CREDIT = 400
_LONGEST_BANNER = 800
_ITEM = re.compile(r"\s*(?:[-–•*·▪■►»›→]|\d{1,2}[.)])\s+")
_SENTENCE_ENDS = (".", "!", "”", "“", "»", "。", "۔", "।")
_MARKS = " \t\u00a0-–—•|*·▪■►»›→>…"
# A hyphen inside a word ends no phrase: video-conference.
_END = r"(?:\s*[:：|»›→>].*|\s[–—-]\s.*|\s*[.…!]*)"


class _Phrases:
    """The patterns of `boilerplate.toml`."""

    def __init__(self) -> None:
        path = resources.files("communique.documents") / "boilerplate.toml"
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        words = _any_of([*table["buttons"], *table["fillers"]])
        self.leads = _compiled(f"{_any_of(table['leads'])}{_END}")
        self.heading = _compiled(rf"{_any_of(table['leads'])}\s*[:：.…]*")
        self.begins = _compiled(f"{_any_of(table['begins'])}.*")
        self.whole = _compiled(_any_of(table["whole"]))
        self.dated = _compiled(
            rf"{_any_of(table['dated'])}"
            rf"(?:[\s|,·•:–-]+{_any_of([*table['dates'], *table['dated']])})+"
        )
        self.buttons = _compiled(rf"{_any_of(table['buttons'])}(?:[\s,|/·•:]+{words})*[\s….:!]*")
        self.credit = _compiled(rf"{_any_of(table['credits'])}\s*$")
        self.consent = _compiled(_any_of(table["consent"]))
        self.cookies = _compiled(table["cookies"])

    def match(self, line: str) -> bool:
        """Return whether a line is boilerplate."""
        words = line.strip(_MARKS)
        if not any(map(str.isalnum, words)):
            return True
        length = len(words)
        return bool(
            (length <= _LONGEST_BEGUN and self.begins.fullmatch(words))
            or self.leads.fullmatch(words)
            or self.whole.fullmatch(words)
            or self.dated.fullmatch(words)
            or self.buttons.fullmatch(words)
            or (length <= _LONGEST_CREDIT and self.credit.search(words))
            or (
                length <= _LONGEST_BANNER
                and self.cookies.search(words)
                and self.consent.search(words)
            )
        )


def without_boilerplate(text: str) -> str:
    """Return the paragraphs that belong to the article, with a blank line between two of them.

    Args:
        text: the article's part of a page, a paragraph a line.
    """
    return "\n\n".join(_kept(line.strip() for line in text.splitlines()))


def _kept(lines: Iterable[str]) -> Iterator[str]:
    phrases = _phrases()
    is_list_of_links = False
    for line in lines:
        if not line:
            continue
        if is_list_of_links and _ITEM.match(line) and not line.endswith(_SENTENCE_ENDS):
            continue
        if phrases.match(line):
            is_list_of_links = phrases.heading.fullmatch(line.strip(_MARKS)) is not None
        else:
            is_list_of_links = False
            yield line


@lru_cache(maxsize=1)
def _phrases() -> _Phrases:
    return _Phrases()


def _any_of(patterns: Iterable[str]) -> str:
    return f"(?:{'|'.join(patterns)})"


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
