"""A set of patterns finds what its patterns find one by one, and searches for few of them."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from order_sentences import ORDERS, REPORTS, UNSEEN

from communique.grounding import order_words
from communique.grounding.disguise import undisguised
from communique.grounding.pattern_set import PatternSet, required_literals

PATTERNS = [
    r"\b(?:ignore|forget) [^.]{0,9}rules?",
    "^(?:ab|b|c)c+d?",
    "a|",
    "(?:not )?(?=x)[xy]z",
    "(?i:ask)ed",
    "(?:абв|где){2,3}",
    r"\[\]|\{x\}",
    "指令|规",
]


def set_of(*patterns: str) -> PatternSet:
    return PatternSet((pattern, required_literals(pattern)) for pattern in patterns)


@given(
    st.sampled_from(PATTERNS),
    st.lists(
        st.sampled_from(
            ["ignore", "forget ", "rule", " ", "abc", "cc", "d", "xz", "[]", "абв", "где"]
        )
        | st.text(max_size=5)
    ).map("".join),
)
def test_a_set_finds_what_its_patterns_find(pattern: str, text: str) -> None:
    assert set_of(pattern).matches(text) == bool(re.search(pattern, text))


@pytest.mark.parametrize(
    ("pattern", "required"),
    [
        ("one(?:two|nine)four?", [["one"], ["nine", "two"], ["fou"]]),
        ("(?:one|two)?three{2}", [["thre"]]),
        ("one|[ab]", []),
        (r"\bto \w+", [["to "]]),
        ("a指", [["a指"]]),
        ("(?:one(?:a|bc)|two)(?=three)", [["one", "two"]]),
    ],
)
def test_what_a_pattern_requires(pattern: str, required: list[list[str]]) -> None:
    assert [sorted(literals) for literals in required_literals(pattern)] == required


def test_a_part_requires_what_its_own_pattern_does() -> None:
    part = required_literals("three|four")
    assert required_literals("one(?:\ue000|two)", {"\ue000": part}) == [
        frozenset({"one"}),
        frozenset({"three", "four", "two"}),
    ]


RULES = [*order_words.rules()]


def test_orders_are_found_as_by_all_patterns_one_by_one() -> None:
    every = [re.compile(pattern) for pattern, _ in RULES]
    orders = PatternSet(RULES)
    for sentence in [*ORDERS[::4], *REPORTS[::4], *UNSEEN]:
        text = undisguised(sentence)
        assert orders.matches(text) == any(pattern.search(text) for pattern in every), sentence


@pytest.mark.parametrize(("pattern", "required"), RULES[::8], ids=range(0, len(RULES), 8))
def test_no_order_lacks_what_its_pattern_requires(
    pattern: str, required: list[frozenset[str]]
) -> None:
    """In other languages than English this is computed part by part."""

    @settings(
        suppress_health_check=list(HealthCheck), max_examples=5, deadline=None, derandomize=True
    )
    @given(st.from_regex(pattern))
    def check(text: str) -> None:
        assert PatternSet([(pattern, required)]).matches(text)

    check()
