"""Cues: words of a sentence that show the value of a statement's enumerated field.

A small model knows who demands what, but is bad at choosing the value of the relation or the
status, although the sentence usually has a word for it: "unless", "until", "expired". The cues
are in ``cues.toml``, for the languages of the sentences in ``communique_training``, whose module
``measure_cues`` measures how often they are right.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files

from communique.statements import KINDS, Kind

__all__ = ["cued_value", "find_cue"]


def cued_value(kind: Kind, sentence: str) -> str | None:
    """Return the value of the kind's enumerated field that a cue in the sentence shows, or None.

    Example:
        >>> from communique.reading.choosing.cues import cued_value
        >>> cued_value("condition", "Nothing is signed unless the port is opened.")
        'unless'
    """
    text = sentence.casefold()
    return next((value for value, cues in _cues()[kind] if cues.search(text)), None)


def find_cue(kind: Kind, value: str, sentence: str) -> tuple[int, int] | None:
    """Return the offsets of the first cue for a value in a sentence, or None.

    Example:
        >>> from communique.reading.choosing.cues import find_cue
        >>> find_cue("condition", "unless", "Nothing is signed unless the port is opened.")
        (18, 24)
    """
    text = sentence.casefold()
    if len(text) != len(sentence):  # folded ß is longer: offsets would be wrong
        return None
    cues = (cues.search(text) for known, cues in _cues()[kind] if known == value)
    spans = [found.span() for found in cues if found is not None]
    return min(spans, default=None)


@lru_cache(maxsize=1)
def _cues() -> dict[Kind, list[tuple[str, re.Pattern[str]]]]:
    table = files("communique.reading.choosing").joinpath("cues.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(table)
    return {
        kind: [(row["value"], re.compile("|".join(row["cues"]))) for row in rows.get(kind, ())]
        for kind in KINDS
    }
