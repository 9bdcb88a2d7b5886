"""Where a sentence ends within one line of text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from communique.sentences.abbreviations import (
    ARTICLES,
    BEFORE_NAME,
    BEFORE_NUMBER,
    MONTHS,
    OPENERS,
    ORDINAL_LANGUAGES,
    WITHIN,
)

__all__ = ["borders"]

_SPACE = "[ \u00a0\u202f]"
_OPENING = "\"'“”„‟«»‹›‘’‚「『《〈（(［[{¿¡*_"
_QUOTES = "\"'“”’‘»«›‹」』"
_CLOSING = r"(?:[\"'”’»›」』》〉）)］\]}*_]|[“‘«‹](?!\w))"  # „German“, »Danish«
_NOTE = rf"{_SPACE}?\[(?:\d{{1,3}}|note \d{{1,3}}|citation needed)\]|\[[a-z]\]|[¹²³⁰⁴-⁹]+"
_LEFT_OUT = r"[\[(](?:\.{3}|…)[\])]"
_WIDE = "。！？｡．"
_STOP = re.compile(
    rf"(?P<stop>[{_WIDE}]+|[.!?…؟۔।॥։።။។]+|{_LEFT_OUT})(?P<closing>{_CLOSING}*)"
    rf"(?P<note>(?:{_NOTE})*)(?:{_SPACE}[»”](?!\w))?(?:{_SPACE}{_LEFT_OUT})?"
)
_NEXT = re.compile(
    rf"(?P<space>\s*)(?P<dash>[-–—]+\s*)?(?P<opening>[{re.escape(_OPENING)}]*)"
    r"(?P<word>[^\W_]{0,40}(?:['’.-][^\W_]{1,40}){0,3})"  # bounded: no time squared
)
_CJK = re.compile(r"[\u3005-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
# What was said and who said it are one sentence: “……！”他说 and 「……。」と彼は言った.
_SAID_WIDE = re.compile(
    r"と(?!ころ)|って|など|という|[、，]|[^，。！？：“「」\s没不]{0,12}?"
    r"(?:说|說|表示|指出|强调|強調|称|稱|写道|寫道|(?:问|問|道|喊|答)(?=[，。：]))"
)
_SAID = re.compile(
    r"\s(?:[^\s,;:!?]{1,20}\s){1,4}?(?:said|asked|told|added|wrote|replied|answered|shouted|tweeted)\b"
)
# With the mark inside Hebrew acronyms: רה"מ.
_BEFORE = re.compile(r"(?:[^\W\d_]+[\"״])?[^\s()\[\]{}\"“”„«»‹›‘‚—–/]*\Z")
_DOTTED = re.compile(r"(?:.*[-‐'’])?(?:[^\W\d_]{1,2}\.[-‐]?)+[^\W\d_]{1,2}")
_LIST_MARKER = re.compile(r"\W*(?:\d{1,3}|[^\W\d_]|[ivxIVX]{1,4})")
_INITIAL = re.compile(r"[^\W\d_]|([A-Z])\1")  # doubled in Spanish plurals: EE. UU.
_ROMAN = re.compile(r"[IVXLC]{2,}|[VXLC]")
_LOWER_NAME = re.compile(r"(?:al|el|an|as|ash|ad|ar)-[A-Z]|[a-z][A-Z]")
_SENTENCE_CASE = re.compile(r"[^\W\d_](?<=[^a-z])[a-zà-ÿа-яіїєґё’']")
_LONGEST_ABBREVIATION = 24


def borders(line: str, language: str) -> Iterator[int]:
    """Yield the offsets in a line at which a sentence ends and another one follows.

    Args:
        line: text without line breaks that end something.
        language: primary subtag, such as ``de``; decides about ordinal numbers only.
    """
    length = len(line.rstrip())
    lower_case = not any(map(str.isupper, line))
    for match in _STOP.finditer(line):
        if match.end() < length and _ends(line, match, language, lower_case=lower_case):
            yield match.end()


def _ends(line: str, match: re.Match[str], language: str, *, lower_case: bool) -> bool:
    """Whether a sentence ends with this stop."""
    stop = match["stop"]
    if stop[0] in _WIDE:
        return _ends_wide(line, match)
    following = _NEXT.match(line, match.end())
    assert following is not None  # noqa: S101 it matches the empty text, too
    word = following["word"]
    if not following["space"] and not following["dash"]:
        return _ends_without_space(line, match, word)
    if not word:
        return line[following.end() : following.end() + 1] not in set(",;:)]}%&/=+") and not (
            _is_abbreviated(line, match, word, language)
        )
    if following["dash"] and match["closing"]:
        return False  # «Ні!» — вигукнула вона
    if word[0].islower() and not (lower_case or (stop == "." and _LOWER_NAME.match(word))):
        return False
    if stop == ".":
        return not _is_abbreviated(line, match, word, language)
    if match["closing"] and stop[-1] in "!?" and _SAID.match(line, match.end()):
        return False
    # An ellipsis between spaces stands for words left out in the middle of a quotation.
    middle = stop[-1] in ".…" and line[match.start() - 1 : match.start()].isspace()
    return not middle or _first(word) in OPENERS or stop[0] in "[("


def _ends_wide(line: str, match: re.Match[str]) -> bool:
    if match["stop"] == "．" and line[match.end()].isdigit():
        return False
    quoted = any(mark in _QUOTES for mark in match["closing"])
    return not (quoted and _SAID_WIDE.match(line, match.end()))


def _ends_without_space(line: str, match: re.Match[str], word: str) -> bool:
    """Chinese and Japanese need no space, and much text from web pages has lost some."""
    stop, before, after = match["stop"], line[match.start() - 1 : match.start()], line[match.end()]
    if stop[0] in "؟۔।॥":
        return after.isalpha()
    if _CJK.match(before):
        return stop[0] in ".!?" and bool(_CJK.match(after) or (after.isdigit() and stop[0] != "."))
    if match["note"]:
        return word[:1].isupper()
    whole = _BEFORE.search(line[max(0, match.start() - 80) : match.start()])
    token = whole[0] if whole else ""
    return (
        stop in {".", "!", "?"}
        and not match["closing"]
        and len(token) > 2
        and token.isalpha()
        and token[-3:].islower()
        and bool(_SENTENCE_CASE.match(word))
        and word.isalpha()
    )


def _is_abbreviated(line: str, match: re.Match[str], word: str, language: str) -> bool:
    """Whether the full stop belongs to the word before it, and the sentence goes on."""
    at = match.start()
    found = _BEFORE.search(line[max(0, at - _LONGEST_ABBREVIATION) : at])
    token = found[0] if found else ""
    if at < 8 and _LIST_MARKER.fullmatch(line[:at]):
        return True
    if not token:
        return False
    last = re.split(r"[-‐'’]", token)[-1]
    first = _first(word)
    if _is_in(BEFORE_NAME, token, last):
        return True
    if any(mark in _QUOTES for mark in match["closing"]) and word[:1].isupper():
        return False
    if _is_in(BEFORE_NUMBER, token, last) and (
        word[:1].isdigit() or _ROMAN.fullmatch(word) or _is_in(BEFORE_NUMBER, first.capitalize())
    ):
        return True
    if token.isdigit():
        ordinal = len(token) <= 2 and language in ORDINAL_LANGUAGES
        return first in MONTHS or (ordinal and first not in OPENERS | ARTICLES)
    if _ROMAN.fullmatch(token) and len(token) > 1:
        return language in ORDINAL_LANGUAGES and first not in OPENERS | ARTICLES
    if _INITIAL.fullmatch(last) and not _CJK.match(last):
        return first not in OPENERS
    if _DOTTED.fullmatch(token) or _is_in(WITHIN, token, last):
        return first not in OPENERS and first not in ARTICLES
    return False


def _is_in(table: frozenset[str], *forms: str) -> bool:
    """An entry in lower case stands for both cases, a capitalised one only for itself."""
    return any(
        form in table or (form[:1].isupper() and not table.isdisjoint(
            (form.lower(), form.capitalize())
        ))
        for form in forms
    )  # fmt: skip


def _first(word: str) -> str:
    """The word without what is joined to it: it's, l'accord."""
    first = re.split(r"['’.-]", word, maxsplit=1)[0]
    is_capitalised = first[:1].isupper() and (len(first) == 1 or not first.isupper())
    return first.lower() if is_capitalised else ""
