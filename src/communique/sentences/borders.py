"""Sentence borders within one line of text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from communique.sentences.abbreviations import is_abbreviated, opens_sentence

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
    r"(?P<word>[^\W_]{0,40}(?:['’.-][^\W_]{1,40}){0,3})"  # bounded, to avoid quadratic time
)
_CJK = re.compile(r"[\u3005-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
# Words that attach a quotation to its speaker, as one sentence: “……！”他说。 「……。」と彼は言った。
_SAID_WIDE = re.compile(
    r"と(?!ころ)|って|など|という|[、，]|"
    r"[^，。！？：“「」,:\"\s没不]{0,12}?(?:说|說|表示|指出|强调|強調|写道|寫道|问|問|道|喊|答)[。！]"
)
_SAID = re.compile(
    r"\s(?:[^\s,;:!?]{1,20}\s){1,4}?(?:said|asked|told|added|wrote|replied|answered|shouted|tweeted)\b"
)
# Including the mark inside Hebrew acronyms: רה"מ
_BEFORE = re.compile(r"(?:[^\W\d_]+[\"״])?[^\s()\[\]{}\"“”„«»‹›‘‚—–/]*\Z")
_LIST_MARKER = re.compile(r"\W*(?:\d{1,3}|[^\W\d_]|[ivxIVX]{1,4})")
_LOWER_NAME = re.compile(r"(?:al|el|an|as|ash|ad|ar)-[A-Z]|[a-z][A-Z]")
_SENTENCE_CASE = re.compile(r"[^\W\d_](?<=[^a-z])[a-zà-ÿа-яіїєґё’']")
_LOWER_WORD = re.compile(r"[^\W\d_]*[a-zà-ÿа-яіїєґё]{3}")
_APOSTROPHE = re.compile("['’]")
_NEVER_FIRST = frozenset(",;:)]}%&/=+")
_LONGEST_MARKER = 8
_LONGEST_TOKEN = 40


def borders(line: str, language: str) -> Iterator[int]:
    """Yield the offsets in a line at which a sentence ends and another one follows.

    Args:
        line: text in which no line break ends a sentence.
        language: primary subtag, such as ``de``; only used for ordinal numbers.
    """
    length = len(line.rstrip())
    is_lower = not any(map(str.isupper, line))
    start = quotes = counted = 0
    for match in _STOP.finditer(line):
        quotes += line.count('"', counted, match.start())
        counted = match.start()
        # Without spaces, only counting them shows which straight marks open a quotation.
        opens = match["stop"][0] in _WIDE and match["closing"][:1] == '"' and quotes % 2 == 0
        end = match.end("stop") if opens else match.end()
        if end < length and (opens or _ends(line, start, match, language, is_lower=is_lower)):
            yield end
            start = end


def _ends(line: str, start: int, match: re.Match[str], language: str, *, is_lower: bool) -> bool:
    """Return whether the sentence that starts at ``start`` ends with this stop."""
    if match["stop"][0] in _WIDE:
        return _ends_wide(line, match)
    following = _NEXT.match(line, match.end())
    assert following is not None  # noqa: S101 it matches even the empty text
    word = following["word"]
    if not following["space"] and not following["dash"]:
        return _ends_without_space(line, match, word)
    if _goes_on(line, match, following, is_lower=is_lower):
        return False
    if match["stop"] != ".":
        return not _is_omission(line, match) or opens_sentence(word)
    if match.start() - start < _LONGEST_MARKER and _LIST_MARKER.fullmatch(
        line, start, match.start()
    ):
        return False
    token = _token(line, match.start())
    token = token.capitalize() if is_lower else token
    return not is_abbreviated(token, word, language, is_quoted=_is_quoted(match))


def _goes_on(line: str, match: re.Match[str], following: re.Match[str], *, is_lower: bool) -> bool:
    """Return whether what follows shows that the sentence continues, whatever the stop."""
    word, stop = following["word"], match["stop"]
    if not word:
        return line[following.end() : following.end() + 1] in _NEVER_FIRST
    if following["dash"] and match["closing"]:
        return True  # «Ні!» — вигукнула вона
    if word[0].islower():
        return not is_lower and not (stop == "." and _LOWER_NAME.match(word))
    return bool(match["closing"] and stop[-1] in "!?" and _SAID.match(line, match.end()))


def _is_omission(line: str, match: re.Match[str]) -> bool:
    """Return whether an ellipsis between spaces stands for words omitted from a quotation."""
    stop = match["stop"]
    is_apart = match.start() > 0 and line[match.start() - 1].isspace()
    return is_apart and stop[0] not in "[(" and stop[-1] in ".…"


def _ends_wide(line: str, match: re.Match[str]) -> bool:
    if match["stop"] == "．" and line[match.end()].isdigit():
        return False
    return not (_is_quoted(match) and _SAID_WIDE.match(line, match.end()))


def _ends_without_space(line: str, match: re.Match[str], word: str) -> bool:
    """Return whether a sentence ends although no space follows.

    Some scripts have no spaces, and text from web pages has often lost some.
    """
    stop, before, after = (
        match["stop"],
        line[max(0, match.start() - 1) : match.start()],
        line[match.end()],
    )
    if stop[0] in "؟۔।॥":
        return after.isalpha()
    if _CJK.match(before):
        return stop[0] in ".!?" and bool(_CJK.match(after) or (after.isdigit() and stop[0] != "."))
    if match["note"]:
        return word[:1].isupper()
    first = _APOSTROPHE.split(word, maxsplit=1)[0]  # "session.Today's vote"
    has_lost_space = stop in {".", "!", "?"} and not match["closing"] and first.isalpha()
    return (
        has_lost_space
        and _LOWER_WORD.fullmatch(_token(line, match.start())) is not None
        and _SENTENCE_CASE.match(word) is not None
    )


def _is_quoted(match: re.Match[str]) -> bool:
    return any(mark in _QUOTES for mark in match["closing"])


def _token(line: str, end: int) -> str:
    """Return the characters before an offset, back to a space or a bracket."""
    found = _BEFORE.search(line[max(0, end - _LONGEST_TOKEN) : end])
    return found[0] if found else ""
