"""Recognition of full stops that belong to an abbreviation, so that the sentence continues."""

from __future__ import annotations

import re

from communique.sentences.abbreviation_tables import (
    ARTICLES,
    BEFORE_NAME,
    BEFORE_NUMBER,
    MONTHS,
    OPENERS,
    ORDINAL_LANGUAGES,
    WITHIN,
)

__all__ = ["is_abbreviated", "opens_sentence"]

_JOINED = re.compile(r"[-‐'’]")
_DOTTED = re.compile(r"(?:.*[-‐'’])?(?:[^\W\d_]{1,2}\.[-‐]?)+[^\W\d_]{1,2}")
_INITIAL = re.compile(r"(?![\u3005-\u30ff\u3400-\u9fff])[^\W\d_]|([A-HJ-UWYZ])\1")  # EE. UU.
_ROMAN = re.compile(r"[IVXLC]{2,}|[VXLC]")


def is_abbreviated(token: str, word: str, language: str, *, is_quoted: bool) -> bool:
    """Return whether the sentence continues after ``token`` and its full stop.

    Args:
        token: the characters before the stop, back to a space or a bracket.
        word: the first word after it.
        language: primary subtag of the text's language.
        is_quoted: whether a quotation mark follows the stop.
    """
    forms = (token, _JOINED.split(token)[-1])
    if not token or _is_in(BEFORE_NAME, *forms):
        return bool(token)
    if is_quoted and word[:1].isupper():
        return False
    return (
        (_is_in(BEFORE_NUMBER, *forms) and _counts(word))
        or _is_ordinal(token, word, language)
        or _may_go_on(*forms, word)
    )


def opens_sentence(word: str) -> bool:
    """Return whether the word, as it is written, begins a sentence and is not a name."""
    return _first(word) in OPENERS


def _counts(word: str) -> bool:
    """Return whether a word is a number, or a month (after the day of a week)."""
    return (
        word[:1].isdigit()
        or _ROMAN.fullmatch(word) is not None
        or _is_in(BEFORE_NUMBER, _first(word).capitalize())
    )


def _is_ordinal(figure: str, word: str, language: str) -> bool:
    if figure.isdigit() and _first(word) in MONTHS:
        return True
    if language not in ORDINAL_LANGUAGES or _first(word) in OPENERS | ARTICLES:
        return False
    return (figure.isdigit() and len(figure) <= 2) or (
        len(figure) > 1 and _ROMAN.fullmatch(figure) is not None
    )


def _may_go_on(token: str, last: str, word: str) -> bool:
    """Return whether a token is an initial or abbreviation that no new sentence seems to follow."""
    if _INITIAL.fullmatch(last):
        return not opens_sentence(word)
    is_known = _DOTTED.fullmatch(token) is not None or _is_in(WITHIN, token, last)
    return is_known and not opens_sentence(word) and _first(word) not in ARTICLES


def _is_in(table: frozenset[str], *forms: str) -> bool:
    """Return whether a table has one of the forms; entries in lower case match either case."""
    return any(
        form in table
        or (form[:1].isupper() and (form.lower() in table or form.capitalize() in table))
        for form in forms
    )


def _first(word: str) -> str:
    """Return the first part of a capitalised word with an apostrophe: it's, l'accord."""
    first = re.split(r"['’.-]", word, maxsplit=1)[0]
    is_capitalised = first[:1].isupper() and (len(first) == 1 or not first.isupper())
    return first.lower() if is_capitalised else ""
