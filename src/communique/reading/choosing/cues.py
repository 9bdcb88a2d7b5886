"""What the words of a sentence say about a statement's enumerated field.

A small model knows who demands what, and is poor at naming the relation or the status with one
of the given words, though the sentence mostly says it: "unless", "until", "expired". The cues are
in ``cues.toml``, for the languages of the sentences that ``communique_training`` has, on which
its module ``measure_cues`` measures them.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import get_args

from communique.statements import Kind, Means, Relation, Stance, Status

__all__ = ["ENUMERATED", "cued_value", "values_of"]

ENUMERATED: dict[Kind, str] = {
    "position": "stance",
    "condition": "relation",
    "threat": "means",
    "agreement": "status",
}
"""The enumerated field of each kind."""


_TYPES = {"position": Stance, "condition": Relation, "threat": Means, "agreement": Status}


def values_of(kind: Kind) -> tuple[str, ...]:
    """The values that the kind's enumerated field can have."""
    return get_args(_TYPES[kind])


def cued_value(kind: Kind, sentence: str) -> str | None:
    """The value of the kind's enumerated field that the sentence's words speak for, if any.

    Example:
        >>> cued_value("condition", "Nothing is signed unless the port is opened.")
        'unless'
    """
    text = sentence.casefold()
    return next((value for value, cues in _cues()[kind] if cues.search(text)), None)


@lru_cache(maxsize=1)
def _cues() -> dict[Kind, list[tuple[str, re.Pattern[str]]]]:
    table = files("communique.reading.choosing").joinpath("cues.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(table)
    return {
        kind: [(row["value"], re.compile("|".join(row["cues"]))) for row in rows[kind]]
        for kind in ENUMERATED
    }
