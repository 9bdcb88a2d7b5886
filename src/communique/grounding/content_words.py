"""The content words of a short text, in any of the project's languages, and their F1.

Words are case-folded and cut to their first five letters, so that inflected forms are equal
("agreement", "agreed"); function words are left out. Two scripts need more than that:

- Arabic joins its article and some particles to the following word; they are removed first, as
  are vowel signs, and the forms of alef are one letter.
- Chinese, Japanese, Thai and the like have no spaces between words: each run of letters stands
  for its pairs of neighbouring characters (a single character for itself), without 的.
"""

from __future__ import annotations

import re
from functools import lru_cache

from communique.grounding.words import SIGNS, folded

__all__ = [
    "FUNCTION_WORDS",
    "content_words",
    "has_no_spaces",
    "plain_words",
    "same_words",
    "word_parts",
    "words_f1",
]

SAME_TEXT = 0.6
"""Minimum F1 of the content words of two texts that say the same."""

_LETTERS = 5

_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{SIGNS}])*")
# Thai, Lao, Burmese, Khmer, Japanese and Chinese
_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)
_ARABIC_PREFIX = re.compile("^(?:[وفبك]?ال|لل)(?=...)")
_ALEFS = str.maketrans("أإآٱ", "اااا")

# Words without content in English, Spanish, Portuguese, French, German, Ukrainian, Russian and
# Arabic. Negations and words that reverse a phrase ("against", "without") are content, and so are
# function words that mean something else in the news of another language: "US", "WHO", German
# "war", French "car", Portuguese "no".
FUNCTION_WORDS = frozenset(
    """
    a an the this that these those of to in on at for with by from as into over under about
    between among during and or but if when while than then so such its it he she they we you i
    his her their our your my him them me whom whose which what where there here be is are
    was were been being am will would shall should may might can could must has have had having
    do does did done any each other own also s t re ve ll
    el la los las lo un una unos unas y e o u de del al en con por para que se su sus es está
    están son ser fue como más entre sobre este esta estos estas ese esa esos esas le les
    os um uma uns umas do da dos das na nos nas ao aos à às em com pelo pela seu sua seus suas
    é são está ou mais esse essa isso isto
    le une des du au aux et ou dans sur avec pour ce cet cette ces il elle ils elles leur leurs
    son sa ses est sont être été qui où l d j m n c qu par plus
    der die das den dem des ein eine einen einem einer eines und oder mit von vom zu zum zur im
    ist sind wird werden wurde wurden sein seine seinen seiner ihr ihre ihren er sie es auf für
    aus bei als auch dass sich
    і й та а але або у в з зі із на до від про за що як це цей ця ці той його її їх він вона
    вони буде є для
    и но или с со к от о об по что это этот эта эти тот его её их он она они будет для бы же из
    و في من على إلى عن أن إن التي الذي الذين هذا هذه ذلك تلك هو هي هم مع كان كانت قد ما أو
    """.split()  # noqa: SIM905 easier to read than a list
)


@lru_cache(maxsize=8192)
def plain_words(text: str) -> tuple[str, ...]:
    """Return all words of a text in order, case-folded and in one spelling.

    A run of a script without spaces is one word.
    """
    return tuple(_WORD.findall(folded(text)))


@lru_cache(maxsize=8192)
def content_words(text: str) -> frozenset[str]:
    """Return the content words of a text, as described above; all words if it has no other."""
    words = plain_words(text)
    content = [word for word in words if word not in FUNCTION_WORDS]
    return frozenset(part for word in content or words for part in word_parts(word))


def has_no_spaces(word: str) -> bool:
    """Return whether a word is in a script that writes no spaces between words."""
    return _SPACELESS.search(word) is not None


def words_f1(one: str, other: str) -> float:
    """Return the F1 of two texts' content words; two texts without any letter have 1."""
    ours, theirs = content_words(one), content_words(other)
    size = len(ours) + len(theirs)
    return 2 * len(ours & theirs) / size if size else 1.0


def same_words(one: str, other: str) -> bool:
    """Return whether two texts say the same, as far as their content words tell."""
    return words_f1(one, other) >= SAME_TEXT


def word_parts(word: str) -> list[str]:
    """Return the parts of a word that are compared: its beginning, or pairs of characters."""
    if not has_no_spaces(word):
        return [_ARABIC_PREFIX.sub("", word).translate(_ALEFS)[:_LETTERS]]
    parts: list[str] = []
    for run in _SPACELESS.findall(word):
        letters = run.replace("的", "") or run
        parts += [letters[at : at + 2] for at in range(max(1, len(letters) - 1))]
    # Latin letters and digits within such a run: "WTO规则"
    return parts + [rest[:_LETTERS] for rest in _SPACELESS.split(word) if rest]
