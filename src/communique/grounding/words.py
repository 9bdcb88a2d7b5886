"""Comparison of words: which wordings mean the same, and which words an article has."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cached_property, lru_cache
from typing import Literal

from communique.grounding.inflection import base_form

__all__ = [
    "Vocabulary",
    "content_key",
    "content_words",
    "folded",
    "happening_words",
    "normalized",
    "pointing_words",
]

# `re` does not count vowel signs as letters, but जल (water) and जेल (prison) differ in one only.
# These are the signs of South and South-East Asian scripts, and accents without a composed form.
SIGNS = (
    "\u0300-\u036f\u0900-\u0963\u0966-\u0dff\u0e31-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ecd"
    "\u0f71-\u0f84\u102b-\u103e\u17b4-\u17d3"
)
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{SIGNS}])*(?:'(?:[^\W_]|[{SIGNS}])+)*|[%‰$€£¥₴₽₹°]")
# Characters that some writers use and others leave out: direction marks, joiners, soft hyphens,
# the vowels of Hebrew and Arabic, and the stroke that widens Arabic words.
_OPTIONAL = re.compile(
    "[\u00ad\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u061c\u0640\u064b-\u0652\u0670"
    "\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)
_PIECE = re.compile(r".{1,999}(?:\s|\Z)|.{1,1000}", re.DOTALL)
_APOSTROPHES = re.compile("[’ʼ‘]")
_SPACELESS = re.compile("[\u3040-\u30ff\u3400-\u9fff]{2}")
_ARABIC = re.compile("[\u0600-\u06ff]")
_ARABIC_PREFIX = re.compile("^(?:[وفبك]?ال|لل)(?=...)")
_ALEFS = str.maketrans("أإآٱ", "اااا")
_EAST_ASIAN = frozenset({"CJK", "HIRAGANA", "KATAKANA"})
_SHORTEST_STEM = 4

# Words that don't distinguish one issue from another. Not among them: prepositions that can
# reverse a phrase ("by", "against", "from", "without"), negations, quantities ("all", "some")
# and possessives ("our troops", "their troops").
_EMPTY = frozenset(
    """
    the a an of its any this that these those
    be is are was were been being will would shall should may might can could
    has have had do does did if s
    """.split()  # noqa: SIM905 easier to read than a list
)
# They say nothing by themselves, but distinguish exports to Kest from exports of Kest.
_PREPOSITIONS = frozenset({"to", "in", "on", "at", "for"})
_POINTS_BACK = re.compile(
    r"(?:if |when |once )?(?:he|she|it|they|this|that|these|those|one|there)\b"
)
_POINTERS = frozenset({"when", "once", "he", "she", "it", "they", "one", "there"})

# Ways to say that somebody joins an alliance, which the news uses interchangeably. In all of
# them the one who joins is named first.
_MEMBERSHIP = frozenset(map(base_form, ("join", "membership", "accession")))
# Ways to say that somebody arrives: equivalent in the trigger of a threat.
_ARRIVAL = frozenset(map(base_form, ("arrive", "appear", "come")))


def normalized(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """Return `unicodedata.normalize`'s result, in time proportional to the text's length.

    Python sorts the accents on a letter, of which there may be any number, in quadratic time. So
    longer text is normalized in pieces, which end between words where there are any.
    """
    if text.isascii():
        return text
    return "".join(unicodedata.normalize(form, piece) for piece in _PIECE.findall(text))


def folded(text: str) -> str:
    """Return the text as it is compared: without case, and with one spelling of each letter."""
    if text.isascii():
        return text.casefold()
    plain = _OPTIONAL.sub("", normalized("NFKC", text).casefold())
    plain = _APOSTROPHES.sub("'", normalized("NFC", plain))
    return plain.replace("i\u0307", "i")  # from the Turkish İ


@lru_cache(maxsize=4096)
def content_words(text: str) -> tuple[str, ...]:
    """Return the content words in order, case-folded and without English endings."""
    return tuple(word for word in _telling_words(text) if word not in _PREPOSITIONS)


@lru_cache(maxsize=4096)
def content_key(text: str) -> tuple[str, ...]:
    """Return the key that two wordings of the same content share: content words, prepositions.

    One differing word can reverse the meaning ("imposing sanctions", "lifting sanctions"), so
    keys are only compared for equality.
    """
    words = content_words(text)
    others = tuple(word for word in words if word not in _MEMBERSHIP)
    if others != words:
        return (*others, "membership")
    telling = _telling_words(text)
    telling = telling[1:] if telling[:1] == ("to",) else telling  # "to close the border"
    return telling or tuple(map(_plain, _WORD.findall(folded(text))))


def pointing_words(text: str) -> frozenset[str] | None:
    """Return the content words of a wording whose subject is named in another sentence.

    Words that only refer to that sentence are left out: for "if they appear there" the result
    is "appear". Return None if the wording names its subject.
    """
    if not _POINTS_BACK.match(folded(text)):
        return None
    return happening_words(text) - _POINTERS


def happening_words(text: str) -> frozenset[str]:
    """Return the content words of an event, with one word for all kinds of arrival."""
    return frozenset("arrive" if word in _ARRIVAL else word for word in content_words(text))


def _telling_words(text: str) -> tuple[str, ...]:
    """Return the content words and the prepositions between them, in order."""
    words = (_plain(word) for word in _WORD.findall(folded(text)))
    return tuple(base_form(word) for word in words if word not in _EMPTY)


class Vocabulary:
    """The words of an article.

    Args:
        text: the text of the article.
    """

    def __init__(self, text: str) -> None:
        self._text = folded(text)
        words = set(_WORD.findall(self._text))
        words |= {part for word in words if "'" in word for part in _parts(word)}
        self._starts = {word[:_SHORTEST_STEM] for word in words}
        letters = _scripts(self._text)
        self._scripts = {name for name, n in letters.items() if n * 10 >= letters.total()}

    @cached_property
    def _bare(self) -> str:
        """The text with one form of the Arabic alef."""
        return self._text.translate(_ALEFS)

    def knows(self, text: str) -> bool:
        """Return whether the article has any word of ``text``, in any form."""
        return any(self._knows(part) for word in content_words(text) for part in _parts(word))

    def lacks(self, texts: Iterable[str]) -> bool:
        """Return whether the article has no word of the texts, though they are in its script.

        Text in another script can't be looked up: an English summary of a Ukrainian article is
        not wrong because of its script.
        """
        texts = list(texts)
        return not self.is_foreign(" ".join(texts)) and not any(map(self.knows, texts))

    def is_foreign(self, text: str) -> bool:
        """Return whether a text has letters, but none in a script that the article uses."""
        scripts = _scripts(folded(text)).keys()
        return bool(scripts) and scripts.isdisjoint(self._scripts)

    def _knows(self, word: str) -> bool:
        if word[:_SHORTEST_STEM] in self._starts:
            return True
        if word.isascii():
            return False
        # In scripts without spaces a word is inside a longer run of letters, where two characters
        # are enough to recognise a name (俄罗斯 in 俄罗斯政府); Arabic joins its article and other
        # particles to the following word.
        if word in self._text:
            return True
        if _SPACELESS.search(word):
            pairs = (word[at : at + 2] for at in range(len(word) - 1))
            return any(_SPACELESS.match(pair) and pair in self._text for pair in pairs)
        stem = _ARABIC_PREFIX.sub("", word)[:_SHORTEST_STEM].translate(_ALEFS)
        return bool(_ARABIC.match(stem)) and len(stem) == _SHORTEST_STEM and stem in self._bare


def _parts(word: str) -> list[str]:
    """Return a word and the part after its apostrophe: "d'ulmie", "ulmie"."""
    return [word, *(part for part in word.split("'")[1:] if len(part) >= _SHORTEST_STEM)]


def _scripts(text: str) -> Counter[str]:
    """Count the letters of each script in a text."""
    scripts: Counter[str] = Counter()
    for character, count in Counter(text).items():
        if character.isalpha():
            scripts[_script_of(character)] += count
    return scripts


@lru_cache(maxsize=4096)
def _script_of(letter: str) -> str:
    script = unicodedata.name(letter, "?").partition(" ")[0]
    return "CJK" if script in _EAST_ASIAN else script


def _plain(word: str) -> str:
    return re.sub(r"'s?$", "", word)
