"""Statements in words, the same in every output."""

from __future__ import annotations

import re
import unicodedata

from communique.statements import Agreement, Condition, Position, Statement, Threat, who
from communique.summary import Summary

__all__ = ["KINDS", "harmless", "origin", "plain", "readable", "said", "verbatim", "who"]

KINDS: tuple[tuple[str, str], ...] = (
    ("positions", "Positions"),
    ("conditions", "Conditions"),
    ("threats", "Threats"),
    ("agreements", "Agreements"),
)
"""Name of each list of a summary, and its heading."""

_SPACE = re.compile(r"\s+")

# Direction overrides and isolates can make a text read as what it does not say. The marks
# for left-to-right, right-to-left and Arabic letters only settle where punctuation goes, and
# honest Hebrew or Arabic text has them: they are left out.
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MARKS = dict.fromkeys(map(ord, "\u061c\u200e\u200f"))
# These two make letters run backwards, whatever they are; no honest text has them.
_FORCED = frozenset("\u202d\u202e")


def harmless(text: str) -> str:
    """Text that can't control a terminal: control characters become ``\ufffd``.

    Line feeds and tabs stay.
    """
    return _replaced(text.translate(_MARKS), _OVERRIDES, keep="\n\t")


def readable(text: str) -> str:
    """Text for a page that settles directions by itself: `harmless`, with the marks in it."""
    return _replaced(text, _OVERRIDES, keep="\n\t")


def verbatim(text: str) -> str:
    """An article's text for a page, of the same length, with its line ends and directions.

    Characters that no page may hold become ``\ufffd``, and so do forced directions.
    """
    return _replaced(text, _FORCED, keep="\n\r\t\f")


def _replaced(text: str, unwanted: frozenset[str], keep: str) -> str:
    return "".join(
        "\ufffd"
        if c not in keep and (unicodedata.category(c) in {"Cc", "Cs"} or c in unwanted)
        else c
        for c in text
    )


def plain(text: str) -> str:
    """`harmless` text on one line."""
    return harmless(_SPACE.sub(" ", text))


def said(statement: Statement) -> str:
    """What is held, demanded, threatened or agreed, without who does it."""
    match statement:
        case Position():
            return f"{statement.stance}: {statement.issue}"
        case Condition():
            relation = statement.relation.replace("_", " ")
            if statement.outcome is None:
                return f"demands: {statement.condition}"
            return f"{statement.outcome} — {relation}: {statement.condition}"
        case Threat():
            trigger = f" — if: {statement.trigger}" if statement.trigger else ""
            return f"against {statement.target}: {statement.action}{trigger} [{statement.means}]"
        case Agreement():
            return f"{statement.subject} [{statement.status.replace('_', ' ')}]"


def origin(summary: Summary) -> str:
    """Which model and prompt, how long, how many tokens."""
    made = summary.provenance
    cost = f", ${made.usage.cost_usd:.4f}" if made.usage.cost_usd is not None else ""
    return (
        f"{made.provider}/{made.model}, prompt {made.prompt_version}, {made.seconds:.0f} s, "
        f"{made.usage.input_tokens:,} tokens in ({made.usage.cached_input_tokens:,} cached), "
        f"{made.usage.output_tokens:,} out{cost}"
    )
