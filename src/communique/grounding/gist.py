"""Grounding of the gist: whole sentences, with names from the article only."""

from __future__ import annotations

import re
import unicodedata

from communique.article import Article, split_sentences
from communique.grounding.name_words import PLACES, name_words, plain_word
from communique.grounding.orders import Orders
from communique.grounding.spelling import Lexicon, is_proper

__all__ = ["ground_gist", "invents"]

_CLOSING = r"[\"'”’“‘»«›‹」』〞)\]）】〉》״]*"
# Sentence-final marks of all scripts; Thai and Lao have none.
_WHOLE = re.compile(rf"(?:[.!?…‥։؟۔।॥。．｡！？⁇⁈⁉‼።፧፨။។៕᙮᠃᠉꓿]{_CLOSING}|[\u0e00-\u0eff])$")
# Abbreviations after which a name or a number must follow
_ABBREVIATION = re.compile(
    r"(?<!\w)(?:Mr|Mrs|Ms|Mx|Dr|Prof|Gen|Lt|Col|Maj|Capt|Cmdr|Adm|Brig|Sgt|Sen|Rep|Gov|Amb|Hon|Rev"
    r"|St|Sr|Sra|Srta|Dra|Mme|Mlle|MM|Nr|vs|approx|cf|e\.g|i\.e|z\. ?B|bzw|(?<!\.)[^\W\d_])\.$"
)


# Verbs with a speaker as their subject: a sentence's first word before one of them is a name.
_SPEAKS = re.compile(
    r"\W*[^\W\d_]+(?:['’]s|,? (?:and|or) [^\W\d_a-z]| (?:accuses|agrees|announces|condemns|demands|"
    r"denies|insists|offers|opposes|refuses|rejects|says|supports|threatens|urges|vows|wants|warns))\b"
    # In the past plurals do it, too; "Negotiators", "Nobody" and "Everyone" are no names.
    r"|\W*(?!\w*(?:body|one)\b)[^\W\d_]+(?<!s) (?:accused|announced|condemned|demanded|denied|"
    r"insisted|offered|opposed|refused|rejected|said|supported|threatened|urged|vowed|wanted|"
    r"warned)\b"
)

# Groups of three digits belong together: 1,500 is 1.500 is 1 500.
_NUMBER = re.compile(r"\d+(?:[.,'’\u00a0\u202f ]\d{3}(?!\d))*(?:[.,]\d+)?")
_GROUP = re.compile(r"[.,'’\u00a0\u202f ](?=\d{3}(?!\d))")
_OFTEN_IN_WORDS = 10
"""Articles write smaller numbers as words."""


def ground_gist(orders: Orders, gist: str) -> str:
    """Return the gist on one line, without incomplete sentences and invented names.

    A sentence that was cut off at the end is left out. A name that misspells one in the
    article is corrected; a sentence with any other name that the article lacks is left out, and
    so is one with a word that only a passage with orders to a program has. The result is empty
    if nothing is left.

    Args:
        orders: the article, and its passages that give orders to a program.
        gist: the gist, as the model wrote it.
    """
    gist = " ".join(gist.split())
    sentences = [each.text for each in split_sentences(gist, orders.article.language)]
    while sentences and not _is_whole(sentences[-1]):
        sentences.pop()
    lexicon = orders.lexicon
    corrected = map(lexicon.corrected, sentences)
    kept = [
        sentence
        for sentence in corrected
        if not _invents(sentence, lexicon) and orders.only_here([sentence]) is None
    ]
    return gist if kept == [gist] else _joined(kept)


def invents(article: Article, gist: str) -> bool:
    """Return whether a gist has a name that the article lacks, or a number from 10 on in digits."""
    lexicon = Lexicon(article.text)
    sentences = split_sentences(gist, article.language)
    if any(_invents(sentence.text, lexicon) for sentence in sentences):
        return True
    known = {form for number in _NUMBER.findall(article.text) for form in _readings(number)}
    return any(_is_new(number, known) for number in _NUMBER.findall(gist))


def _is_new(number: str, known: set[str]) -> bool:
    whole, *parts = _readings(number)
    if whole.isdecimal() and int(whole) < _OFTEN_IN_WORDS:
        return False
    return whole not in known and not (parts and known.issuperset(parts))


def _readings(number: str) -> list[str]:
    """Return a number's value, and those of its parts: "In 2014 500 people" has two numbers."""
    parts = number.split(" ")
    return [_value(number), *(map(_value, parts) if len(parts) > 1 else ())]


def _value(number: str) -> str:
    """Return a number in digits of one script, with a full stop as its decimal mark."""
    plain = _GROUP.sub("", number).replace(",", ".")
    return "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in plain)


def _is_whole(sentence: str) -> bool:
    return _WHOLE.search(sentence) is not None and not _ABBREVIATION.search(sentence)


def _invents(sentence: str, lexicon: Lexicon) -> bool:
    """Return whether a sentence has a proper name that the article lacks."""
    words = name_words(sentence)
    if lexicon.capitalises_nouns:
        return False
    # A sentence's first word is always capitalised; only what follows shows that it is a name.
    named = [word for word in words[1:] if is_proper(word)]
    speaks = _SPEAKS.match(sentence) is not None
    named += [w for w in words[:1] if plain_word(w) in PLACES or (speaks and is_proper(w))]
    return not all(map(lexicon.has, named))


def _joined(sentences: list[str]) -> str:
    """Join sentences, with a space between them in scripts that use spaces."""
    text = " ".join(sentences)
    return re.sub(r"(?<=[。！？．｡」』）]) ", "", text)
