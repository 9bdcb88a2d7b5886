"""Many patterns, of which few are searched for: those whose words a text has.

Each pattern is read once for the literal texts that whatever it matches must contain, as the
engines RE2 and Hyperscan do. A text that lacks them is not searched.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

__all__ = ["Literals", "PatternSet", "required_literals"]

Literals = frozenset[str]
_Parsed = Iterable[tuple[Any, Any]]

_KEY = 3
"""Characters of a literal by which it is looked up."""

_MOST_SETS = 2
"""Sets of literals that are looked up for a pattern: more take longer than they save."""

_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")


class PatternSet:
    """Regular expressions, of which one that matches is enough.

    Args:
        patterns: regular expressions, without flags, each with its `required_literals`.
    """

    def __init__(self, patterns: Iterable[tuple[str, Iterable[Literals]]]) -> None:
        self._patterns: list[str] = []
        self._pattern_of: list[int] = []
        """For each set of literals, the number of its pattern."""
        self._needed: list[int] = []
        """For each pattern, of how many sets a text must have something."""
        self._sets: defaultdict[str, list[int]] = defaultdict(list)
        """For each literal, the numbers of the sets that have it."""
        for number, (pattern, required) in enumerate(patterns):
            rarest = sorted(required, key=_commonness)[:_MOST_SETS]
            self._patterns.append(pattern)
            self._needed.append(len(rarest))
            for literals in rarest:
                for literal in literals:
                    self._sets[literal].append(len(self._pattern_of))
                self._pattern_of.append(number)
        self._always = [number for number, needed in enumerate(self._needed) if not needed]
        self._short = [literal for literal in self._sets if len(literal) < _KEY]
        self._by_key: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
        for literal in self._sets:
            if len(literal) >= _KEY:
                self._by_key[tuple(literal[:_KEY])].append(literal)

    def matches(self, text: str) -> bool:
        """Return whether one of the patterns is found in a text."""
        for number in self._candidates(text):  # none, as a rule: a generator would take longer
            if _compiled(self._patterns[number]).search(text):
                return True
        return False

    def _candidates(self, text: str) -> list[int]:
        """Return the numbers of the patterns of which the text has all that they need."""
        # Tuples of characters take half the time that slices would take.
        keys = set(zip(text, text[1:], text[2:], strict=False))
        near = [literal for key in self._by_key.keys() & keys for literal in self._by_key[key]]
        found = [literal for literal in (*self._short, *near) if literal in text]
        sets = {each for literal in found for each in self._sets[literal]}
        met = Counter(map(self._pattern_of.__getitem__, sets))
        complete = [number for number, count in met.items() if count == self._needed[number]]
        return [*self._always, *sorted(complete)]


def required_literals(
    pattern: str, parts: Mapping[str, Sequence[Literals]] = MappingProxyType({})
) -> list[Literals]:
    r"""Return sets of texts: whatever the pattern matches contains one text of each.

    Args:
        pattern: a regular expression.
        parts: what is required by the parts for which a single character stands in the pattern.

    Examples:
        >>> from communique.grounding.pattern_set import required_literals
        >>> [sorted(texts) for texts in required_literals(r"\b(?:ignore|forget) [^.]{0,9}rules?")]
        [['forget', 'ignore'], ['rule']]
    """
    # The parser has been private since Python 3.11, and has the same form in all versions since.
    parser: Any = import_module("re._parser")
    return _of_sequence(parser.parse(pattern), parts)


def _of_sequence(parsed: _Parsed, parts: Mapping[str, Sequence[Literals]]) -> list[Literals]:
    found: list[Literals] = []
    run = ""
    for operation, argument in parsed:
        name = str(operation)
        if name == "LITERAL" and chr(argument) not in parts:
            run += chr(argument)
            continue
        found.append(frozenset({run}))
        run = ""
        if name == "LITERAL":
            found += parts[chr(argument)]
        elif name == "SUBPATTERN":
            found += _of_sequence(argument[-1], parts)
        elif name == "BRANCH":
            found.append(_of_branches(argument[1], parts))
        elif name in _REPEATS and argument[0] > 0:
            found += _of_sequence(argument[2], parts)
    found.append(frozenset({run}))
    return [literals for literals in found if literals and min(map(_rarity, literals)) > 1]


def _of_branches(branches: Iterable[_Parsed], parts: Mapping[str, Sequence[Literals]]) -> Literals:
    """Return texts of which a match of any of the branches contains one; none if unknown."""
    found: set[str] = set()
    for branch in branches:
        sets = _of_sequence(branch, parts)
        if not sets:
            return frozenset()
        found |= min(sets, key=_commonness)
    return frozenset(found)


def _commonness(literals: Literals) -> float:
    return sum(8.0 ** -_rarity(literal) for literal in literals)


def _rarity(literal: str) -> int:
    """Return how much a text tells: its length, where letters that are not Latin count double."""
    return sum(1 + (not c.isascii()) for c in literal.strip())


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
