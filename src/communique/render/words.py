"""Statements in words, the same in every output."""

from __future__ import annotations

import re
import unicodedata

from communique.statements import Agreement, Condition, Position, Statement, Summary, Threat

__all__ = ["KINDS", "origin", "plain", "said", "who"]

KINDS: tuple[tuple[str, str], ...] = (
    ("positions", "Positions"),
    ("conditions", "Conditions"),
    ("threats", "Threats"),
    ("agreements", "Agreements"),
)
"""Name of each list of a summary, and its heading."""

_SPACE = re.compile(r"\s+")

# Direction overrides and isolates can make a text read as what it does not say.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain(text: str) -> str:
    """Text on one line that can't control a terminal: control characters become ``\ufffd``."""
    spaced = _SPACE.sub(" ", text)
    return "".join(
        "\ufffd" if unicodedata.category(c) in {"Cc", "Cs"} or c in _BIDI else c for c in spaced
    )


def who(statement: Statement) -> str:
    """The actor and whom it speaks for, or the parties."""
    if isinstance(statement, Agreement):
        return ", ".join(statement.parties)
    if statement.on_behalf_of and statement.on_behalf_of != statement.actor:
        return f"{statement.actor} ({statement.on_behalf_of})"
    return statement.actor


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
