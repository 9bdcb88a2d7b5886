"""Grouped alternatives match what the rules match: the search for orders is only made faster."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from order_sentences import ORDERS, REPORTS, UNSEEN

from communique.grounding import order_words
from communique.grounding.alternatives import grouped
from communique.grounding.disguise import undisguised
from communique.grounding.order_english import RULES
from communique.grounding.order_parts import DO, START

BEGINNINGS = (DO, START, r"^\W*", r"\b")
PLAIN = list(map(re.compile, RULES))
GROUPED = list(map(re.compile, grouped(RULES, BEGINNINGS)))
SENTENCES = [undisguised(each) for each in (*ORDERS, *REPORTS, *map(str, UNSEEN))]
WORDS = sorted({word for sentence in SENTENCES for word in sentence.split()})


def matches(patterns: list[re.Pattern[str]], text: str) -> bool:
    return any(pattern.search(text) for pattern in patterns)


@pytest.mark.parametrize(
    ("rule", "parts"),
    [("a|b", ["a", "b"]), ("(a|b)|c", ["(a|b)", "c"]), (r"a\|b|\(|c", [r"a\|b", r"\(", "c"]),
     ("[|]|b", ["[|]", "b"]), ("[]|]|b", ["[]|]", "b"]), ("[^]|]|b", ["[^]|]", "b"]),
     (r"[\]|]|b", [r"[\]|]", "b"]), (r"[)(]|b", ["[)(]", "b"]), (r"[\\]|b", [r"[\\]", "b"]), ("", [""])],
)  # fmt: skip
def test_a_rule_is_cut_at_its_outermost_bars_only(rule: str, parts: list[str]) -> None:
    assert grouped([rule], []) == [f"(?:{'|'.join(parts)})"]
    assert (
        grouped([rule], [part for part in parts if part]) == [f"{p}(?:)" for p in parts] or not rule
    )


@pytest.mark.parametrize(
    ("rule", "parts"),
    [("(?:a|b)", ["a", "b"]), ("(?:(?:a|b)|c)", ["a", "b", "c"]), ("(?:a|b)(?:c|d)", None),
     ("(?:a|b)?", None), (r"(?:a\)|b)", [r"a\)", "b"]), ("(?:[)]|b)", ["[)]", "b"]), ("(a|b)", None)],
)  # fmt: skip
def test_a_group_around_a_whole_alternative_is_cut_too(rule: str, parts: list[str] | None) -> None:
    assert grouped([rule], []) == [f"(?:{'|'.join(parts or [rule])})"]


def test_there_are_few_groups() -> None:
    """One a beginning, and one for the rest."""
    assert len(GROUPED) <= len(BEGINNINGS) + 1


def test_orders_and_reports_match_as_before() -> None:
    assert [matches(GROUPED, each) for each in SENTENCES] == [
        matches(PLAIN, each) for each in SENTENCES
    ]


@pytest.mark.parametrize("language", order_words._WORDS)
def test_the_rules_of_each_language_match_as_before(language: str) -> None:
    plain = [re.compile(rule) for rule in order_words._rules_of(language)[0]]
    pattern = order_words._order_in(language)
    cued = [each for each in SENTENCES if order_words._with_cues(each, [language])]
    for each in cued:
        assert (pattern.search(each) is not None) == matches(plain, each)


@given(st.lists(st.sampled_from([*WORDS, ":", ".", "[", "<!--"]), max_size=12).map(" ".join))
def test_any_words_match_as_before(text: str) -> None:
    assert matches(GROUPED, text) == matches(PLAIN, text)
