"""Lookup of proper names in an article, in any form, and correction of misspelled ones."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache

from rapidfuzz.distance import OSA

from communique.grounding.inflection import base_form
from communique.grounding.name_words import (
    ALIASES,
    CALENDAR,
    COMMON,
    GERMAN,
    NOT_ENGLISH,
    OFFICES,
    OPENERS,
    PARTICLES,
    PLACES,
    adjectives_of,
    is_title,
    name_words,
    one_line,
    plain_word,
)
from communique.grounding.words import Vocabulary

__all__ = ["Lexicon", "are_one_state", "is_demonym", "is_proper", "lexicon_of", "place_of"]

_STEM = 4
# A misspelling has one letter added, missing, changed or swapped; in a long name, two. Short
# words are not corrected: "Iran" and "Iraq" differ in one letter.
_LONG_ENOUGH = 6
_LONG_ENOUGH_FOR_TWO = 10
_NEAR = 4
_ACRONYM = re.compile(r"[^\W\d_]{2,6}")
_SHORT_ACRONYM = re.compile(r"[^\W\d_]{2,3}")
_DOUBLE = re.compile(r"(.)\1+")
_FINAL = re.compile(r"(?:(?<![iyj])[iyj]+|[ao])$")
_FINAL_VOWELS = re.compile(r"(?:ia|ea|[aeoy])$")
_ENDINGS = frozenset(
    "s es n ns an ans ian ians ean eans ese ish i is ic ite ites er ers".split()  # noqa: SIM905 easier to read than a list
)
"""Endings of plurals, and of English adjectives and nouns from names of places."""
_UKRAINIAN = re.compile("(?<=..)ів$")
_CONJUNCTIONS = frozenset({"and", "und", "y", "et", "і", "й", "та", "и", "och", "og"})
_SHARE = 0.08
"""The least share of a language's function words in a text of the language."""
_OF_A_STATE = frozenset(
    """
    the of and s state government cabinet regime authorities ministry foreign defence defense
    interior affairs
    """.split()  # noqa: SIM905 easier to read than a list
)
"""Words that stand beside a state's name in the name of its government."""


_COMMON = COMMON | OFFICES | OPENERS | PARTICLES | CALENDAR
_ALIASES = sorted({name for names in ALIASES for name in names}, key=len, reverse=True)
# Latin America is not what "America" is.
_ALIAS = re.compile(
    r"(?<!\w)(?<!North )(?<!South )(?<!Latin )(?<!Central )"
    rf"(?:{'|'.join(map(re.escape, _ALIASES))})(?!\w)"
)
_ALIAS_WORDS = [
    (names, own, frozenset[str]().union(*(adjectives_of(plain_word(word)) for word in own)))
    for names in ALIASES
    for own in [[word for name in names for word in name_words(name)]]
]
"""For each group of aliases: the names, their words, and the adjectives of these words."""

_UNITED = {"us": "united states", "uk": "united kingdom", "eu": "european union"}
"""Names of several words, of which the lists of adjectives have only the initials."""


@lru_cache(maxsize=32)
def lexicon_of(text: str) -> Lexicon:
    """Return the lexicon of an article's text, shared by the checks and the gist."""
    return Lexicon(text)


class Lexicon:
    """The words of an article, for the lookup of names.

    Args:
        text: the text of the article.
    """

    def __init__(self, text: str) -> None:
        self._vocabulary = Vocabulary(text)
        self._in_order = written = name_words(text)
        self._acronyms = {word for word in written if word.isupper() and _ACRONYM.fullmatch(word)}
        self._written = set(written)
        plain = {word: plain_word(word) for word in self._written}
        self._words = set(plain.values())
        self._by_beginning: dict[str, set[str]] = defaultdict(set)
        self._learn(self._words)
        self._learn({plain_word(word) for word in self._alias_words(text)})
        # In the spelling of the first occurrence; a word that also occurs in lower case is no name.
        proper = {word for word in self._written if is_proper(word)}
        self._names = {plain[word]: word for word in reversed(written) if word in proper}
        most = _SHARE * len(written)
        self.capitalises_nouns = sum(map(GERMAN.__contains__, written)) > most
        self._is_english = sum(map(NOT_ENGLISH.__contains__, written)) <= most
        self._is_english &= not self.capitalises_nouns

    @cached_property
    def _places(self) -> Mapping[str, list[int]]:
        """For each plain word, its places in the text."""
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place, word in enumerate(self._in_order):
            places[plain_word(word)].append(place)
        return places

    @cached_property
    def _conjunctions(self) -> frozenset[int]:
        """The places of conjunctions."""
        return frozenset(n for n, word in enumerate(self._in_order) if word in _CONJUNCTIONS)

    @cached_property
    def small_words(self) -> frozenset[str]:
        """The words that the article writes in small letters."""
        return frozenset(word for word in self._written if word.islower())

    def has(self, word: str) -> bool:
        """Return whether the article has a word, an inflected form of it, or a derived word.

        "Russian" and "Moscow's" count as "Russia" and "Moscow". A word in a script that the
        article does not use can't be looked up, and passes.
        """
        plain = plain_word(word)
        if self._vocabulary.is_foreign(word) or any(map(self._begins_word, adjectives_of(plain))):
            return True
        if _SHORT_ACRONYM.fullmatch(word) and word.isupper():  # "US" is not the pronoun "us"
            return word in self._acronyms
        if any(map(self._is_written, _stems(plain))):
            return True
        if not _has_case(word):
            return self._vocabulary.knows(word)
        if plain in PLACES and not self._is_english:  # the article may call it "Allemagne"
            return not self._near(plain)
        return self.capitalises_nouns and any(plain in other for other in self._words)

    def _learn(self, words: set[str]) -> None:
        self._words |= words
        for word in words:
            self._by_beginning[word[: _STEM - 1]].add(word)

    def _alias_words(self, text: str) -> Iterator[str]:
        """Yield the words of all aliases of each name that the article has."""
        text = one_line(text)
        # Few texts have any, and a search for all of them at once would take ten times as long.
        written = {alias for alias in _ALIASES if alias in text}
        written = set(_ALIAS.findall(text)) if written else written
        for names, own, adjectives in _ALIAS_WORDS:
            if not written.isdisjoint(names) or any(map(self._begins_word, adjectives)):
                yield from own

    def _begins_word(self, plain: str) -> bool:
        """Return whether a word of the article is this one, with or without an ending."""
        return any(other.startswith(plain) for other in self._near(plain))

    def _is_written(self, plain: str) -> bool:
        """Return whether the article has a plain word, or another form of it."""
        return plain in self._words or any(_is_derived(plain, o) for o in self._near(plain))

    def _near(self, plain: str) -> set[str]:
        return self._by_beginning.get(plain[: _STEM - 1], set())

    def are_near(self, word: str, other: str) -> bool:
        """Return whether two words, in any form, are close together in this order in the article.

        Also return True if the article has one of them only as another word ("French" for
        "France"), whose place is not known.
        """
        first, second = self._places_of(word), set(self._places_of(other))
        if not first or not second:
            return True
        return any(
            left + gap in second and self._conjunctions.isdisjoint(range(left, left + gap))
            for left in first
            for gap in range(1, _NEAR + 1)
        )

    def _places_of(self, word: str) -> list[int]:
        plain = plain_word(word)
        forms = {plain, *(other for other in self._near(plain) if _is_derived(plain, other))}
        return [place for form in forms for place in self._places.get(form, ())]

    def has_acronym(self, letters: str) -> bool:
        """Return whether the article has this acronym, with or without full stops."""
        return letters in self._acronyms

    def knows(self, text: str) -> bool:
        """Return whether the article has any word of ``text``; see `Vocabulary.knows`."""
        return self._vocabulary.knows(text)

    def lacks(self, texts: list[str]) -> bool:
        """Return whether the article has no word of the texts; see `Vocabulary.lacks`."""
        return self._vocabulary.lacks(texts)

    def corrected(self, text: str) -> str:
        """Return the text with misspelled names corrected to the article's spelling."""
        for word in dict.fromkeys(name_words(text)):
            right = self._right_spelling(word) if is_proper(word) else None
            if right is not None:
                text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", right, one_line(text))
        return text

    def _right_spelling(self, word: str) -> str | None:
        plain = plain_word(word)
        if word in self._written or plain in PLACES:
            return None
        if plain in self._names:  # "Erdogan" for "Erdoğan"
            right = self._names[plain]
            return right if right.casefold() != word.casefold() else None
        if len(plain) < _LONG_ENOUGH - 1:
            return None
        same = [other for other in self._names if self._sound_alike(plain, other)]
        if len(same) == 1:
            return self._names[same[0]]
        if self.has(word) and not self._ends_wrongly(plain):
            return None
        near = [other for other in self._names if _is_misspelling(plain, other)]
        roots = [o for o in near if not any(_is_derived(r, o) for r in near if len(r) < len(o))]
        return self._names[roots[0]] if len(roots) == 1 else None

    def _ends_wrongly(self, plain: str) -> bool:
        """Return whether a plain word only begins like words of an English article.

        "Russian" is a form of Russia, but "Lavrow" is none of Lavrov. In other languages any
        ending may be one.
        """
        if not (self._is_english and plain.isascii()) or place_of(plain) is not None:
            return False
        near = self._near(plain)  # Argentine is the adjective of a known place
        return not any(
            _are_forms(plain, other) or (other in PLACES and _is_derived(other, plain))
            for other in near
        )

    def _sound_alike(self, word: str, other: str) -> bool:
        """Return whether two plain words are transcriptions of one name: Zelensky and Zelenskyy.

        The last vowel is inflected in other languages than English.
        """
        if abs(len(word) - len(other)) > 2:
            return False
        one, two = _DOUBLE.sub(r"\1", word), _DOUBLE.sub(r"\1", other)
        if one == two or not self._is_english:
            return one == two
        ends = _FINAL.search(one), _FINAL.search(two)
        return all(ends) and _FINAL.sub("", one) == _FINAL.sub("", two)


def is_proper(word: str) -> bool:
    """Return whether a word is written like a proper name, and is not a title or common word."""
    return word[0].isupper() and len(word) > 1 and _may_be_proper(word.casefold())


@lru_cache(maxsize=4096)
def _may_be_proper(plain: str) -> bool:
    return plain not in _COMMON and not is_title(plain)


def is_demonym(word: str) -> bool:
    """Return whether a word is the adjective of a well-known state: "Egyptian", "French"."""
    plain = plain_word(word)
    return plain not in PLACES and plain.isascii() and bool(_places_of_adjective(plain))


@lru_cache(maxsize=4096)
def place_of(word: str) -> str | None:
    """Return the plain name of the state that a word names, or is the adjective of, or None.

    Examples:
        >>> from communique.grounding.spelling import place_of
        >>> [place_of(word) for word in ("Turkish", "Turkey", "French", "American", "Roe")]
        ['turkey', 'turkey', 'france', 'united states', None]
    """
    plain = plain_word(word)
    if plain in PLACES:
        return plain
    if (state := plain.removesuffix("i")) in PLACES:  # Yemeni, Kuwaiti
        return state
    united = adjectives_of(plain) & _UNITED.keys()
    if united:
        return _UNITED[min(united)]
    return min(_places_of_adjective(plain), key=lambda place: (len(place), place), default=None)


def _places_of_adjective(plain: str) -> set[str]:
    places = set(adjectives_of(plain) & PLACES)
    if plain.isascii() and plain.endswith(("an", "ans", "ish", "ese", "ani", "qi")):
        places |= {place for place in PLACES if place[0] == plain[0] and _is_derived(place, plain)}
    return places


def are_one_state(one: str, other: str) -> bool:
    """Return whether names are of one state or its government: "Ulmia", "the Ulmian ministry"."""
    pairs = [
        [word for word in map(plain_word, name_words(name)) if word not in _OF_A_STATE]
        for name in (one, other)
    ]
    return len(pairs[0]) == len(pairs[1]) > 0 and all(
        left == right or _is_adjective(left, right) or _is_adjective(right, left)
        for left, right in zip(*pairs, strict=True)
    )


def _is_adjective(word: str, state: str) -> bool:
    """Return whether a plain word is the adjective of a state's plain name."""
    return word in adjectives_of(state) or (
        word.endswith(("an", "ese", "ish", "i")) and _is_derived(state, word)
    )


def _stems(plain: str) -> list[str]:
    """Return a plain word and its stems in other cases: Київ, Києва; Львів, Львова."""
    return [plain, *(_UKRAINIAN.sub(end, plain) for end in ("ов", "єв") if plain.endswith("ів"))]


def _has_case(word: str) -> bool:
    return word.lower() != word.upper()


def _is_derived(word: str, other: str) -> bool:
    """Return whether two plain words differ only in their endings: "Russia" and "Russian".

    Words that differ in the middle and end alike are not derived: "Austria" and "Australia".
    """
    if word in PLACES and other in PLACES:
        return word == other
    shared = _shared(word, other)
    if shared < (_STEM if word.isascii() else _STEM - 1) or _is_of_another_place(
        word, other, shared
    ):
        return False
    ends = sorted((word[shared:], other[shared:]), key=len)
    if not ends[0]:
        return True
    alike = _shared(ends[0][::-1], ends[1][::-1])
    swapped = len(ends[0]) == len(ends[1]) > 1 and word.isascii()
    return len(ends[0]) <= (2 if word.isascii() else 3) and alike < 2 and not swapped


def _are_forms(word: str, other: str) -> bool:
    """Return whether one of two plain English words is the other's inflected form or adjective."""
    if base_form(word) == base_form(other):
        return True
    return any(
        longer.startswith(stem) and longer[len(stem) :] in _ENDINGS
        for name, longer in ((word, other), (other, word))
        for stem in {name, _FINAL_VOWELS.sub("", name)}
    ) or word.removesuffix("y") == other.removesuffix("y")


def _is_of_another_place(word: str, other: str, shared: int) -> bool:
    """Return whether another state matches better: "Nigerian" belongs to Nigeria, not Niger."""
    if word not in PLACES:
        return False
    return any(_shared(place, other) > shared for place in PLACES)


def _shared(word: str, other: str) -> int:
    """Return the length of the longest common prefix of two words."""
    pairs = zip(word, other, strict=False)
    differing = (at for at, (one, two) in enumerate(pairs) if one != two)
    return next(differing, min(len(word), len(other)))


def _is_misspelling(word: str, other: str) -> bool:
    shorter, longer = sorted((len(word), len(other)))
    if word[0] != other[0] or longer < _LONG_ENOUGH or shorter < _LONG_ENOUGH - 1:
        return False
    limit = 1 if shorter < _LONG_ENOUGH_FOR_TWO else 2
    return OSA.distance(word, other, score_cutoff=limit) <= limit
