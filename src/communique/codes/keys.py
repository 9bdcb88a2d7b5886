"""The keys by which names and words are compared."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["key_of", "singular", "undotted"]

_DOTTED = re.compile(r"\b(?:[^\W\d_]\.)+[^\W\d_]\.?(?!\w)")
_SAINT = re.compile(r"\bst\b\.?")
_SIGNS = str.maketrans({"-": " ", ",": " ", "’": "'", "&": " and "})


def key_of(name: str) -> str:
    """Return a name without case, accents, hyphens and the full stops of abbreviations."""
    letters = unicodedata.normalize("NFKD", undotted(name).casefold().replace("ı", "i"))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(_SAINT.sub("saint", plain.translate(_SIGNS)).split())


def undotted(name: str) -> str:
    """Return a name with abbreviations written without full stops: "US" for "U.S."."""
    return _DOTTED.sub(lambda found: found[0].replace(".", ""), name)


def singular(word: str) -> str:
    """Return a word in small letters without the ending of an English plural or genitive."""
    word = word.casefold().replace("’", "'").strip('.,;:"“”()')
    word = word.removesuffix("'").removesuffix("'s")
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word if word.endswith(("ss", "us", "is")) else word.removesuffix("s")
