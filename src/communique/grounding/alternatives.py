"""Many alternatives of a pattern, put together so that a search tries few of them at each place."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

__all__ = ["grouped"]

# An escaped sign and a set of characters are passed over as a whole.
_SIGN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]?|[()|]", re.DOTALL)


def grouped(rules: Iterable[str], beginnings: Sequence[str]) -> list[str]:
    r"""Return patterns that together match what the rules match, grouped by how they begin.

    A search tries every alternative at every character. Where a hundred of them begin in one of a
    few ways, such as at the border of a word, this is tried once for all of them.

    Args:
        rules: regular expressions.
        beginnings: how their alternatives begin; of two that fit, the first one counts.

    Examples:
        >>> from communique.grounding.alternatives import grouped
        >>> grouped([r"\bone|two|\bthree"], [r"\b"])
        ['\\b(?:one|three)', '(?:two)']
    """
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for alternative in (each for rule in rules for each in _alternatives(rule)):
        begins = next((one for one in beginnings if alternative.startswith(one)), "")
        groups[begins].append(alternative.removeprefix(begins))
    return [f"{begins}(?:{'|'.join(rest)})" for begins, rest in groups.items()]


def _alternatives(rule: str) -> list[str]:
    """Return a regular expression cut at its outermost bars, and at those of a group around all."""
    bars: list[int] = []
    depth = 0
    closed = len(rule)  # where the first group ends
    for sign in _SIGN.finditer(rule):
        depth += {"(": 1, ")": -1}.get(sign[0], 0)
        if sign[0] == "|" and depth == 0:
            bars.append(sign.start())
        if sign[0] == ")" and depth == 0:
            closed = min(closed, sign.start())
    if not bars and rule.startswith("(?:") and closed == len(rule) - 1:
        return _alternatives(rule[3:-1])
    if not bars:
        return [rule]
    starts = [0, *(bar + 1 for bar in bars)]
    cut = zip(starts, [*bars, len(rule)], strict=True)
    return [part for start, end in cut for part in _alternatives(rule[start:end])]
