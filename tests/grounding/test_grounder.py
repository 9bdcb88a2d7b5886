"""Claims taken in as they come: news, retractions, and no more work than at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from builders import claim
from communique import Article
from communique.grounding import Grounder
from communique.reading import Claim
from communique.statements import Statement

PARTIES = [f"Ulmia{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
ARTICLE = Article(text=" ".join(f"{name} signed the treaty." for name in PARTIES * 20))


def agreement(number: int, *parties: str, subject: str = "the treaty") -> Claim:
    said = {"parties": list(parties), "subject": subject, "status": "agreed"}
    return claim(number, kind="agreement", **said)


def contents(statements: Iterable[Statement]) -> list[str]:
    return sorted(item.model_dump_json(exclude={"id"}) for item in statements)


def test_a_repeat_is_news_under_the_same_id() -> None:
    """A statement keeps its id while it gains evidence and parties."""
    grounder = Grounder(ARTICLE)
    grounder.add([agreement(1, "Ulmiaa")])
    (first,) = grounder.news()
    grounder.add([agreement(2, "Ulmiaa", "Ulmiab")])
    (second,) = grounder.news()
    assert first.id == second.id
    assert [span.start for span in second.evidence] == [s.start for s in ARTICLE.sentences[:2]]
    assert grounder.retracted() == []
    assert grounder.news() == []


def test_what_becomes_a_part_of_another_is_retracted() -> None:
    """Two statements that turn out to be one are shown once."""
    grounder = Grounder(ARTICLE)
    grounder.add([agreement(1, "Ulmiaa"), agreement(2, "Ulmiab")])
    first, second = grounder.news()
    grounder.add([agreement(3, "Ulmiaa", "Ulmiab")])
    (whole,) = grounder.news()
    assert grounder.retracted() == [second.id]
    assert whole.id == first.id
    grounder.news()
    assert grounder.retracted() == []


def test_what_could_be_a_part_of_two_is_news_again() -> None:
    """A later claim can part what an earlier one had joined; each has an id of its own."""
    grounder = Grounder(ARTICLE)
    shown: dict[str, Statement] = {}
    for taken in (
        agreement(1, "Ulmiaa"),
        agreement(2, "Ulmiaa", "Ulmiab"),
        agreement(3, "Ulmiaa", "Ulmiac"),
    ):
        grounder.add([taken])
        shown |= {statement.id: statement for statement in grounder.news()}
        for name in grounder.retracted():
            del shown[name]
    assert contents(shown.values()) == contents(grounder.grounded().statements)
    assert len(shown) == 3


names = st.lists(st.sampled_from(PARTIES[:4]), min_size=1, max_size=3, unique=True)
claims = st.builds(
    lambda number, parties, subject: agreement(number, *parties, subject=subject),
    st.integers(1, 9),
    names,
    st.sampled_from(["the treaty", "treaty", "a pact"]),
)


@given(batches=st.lists(st.lists(claims, max_size=4), max_size=6))
def test_the_last_news_are_the_statements(batches: list[list[Claim]]) -> None:
    """Without those retracted, the last statement of each id is what `grounded` says."""
    grounder = Grounder(ARTICLE)
    shown: dict[str, Statement] = {}
    for batch in batches:
        grounder.add(batch)
        news = grounder.news()
        assert len({statement.id for statement in news}) == len(news)
        for name in grounder.retracted():
            del shown[name]
        shown |= {statement.id: statement for statement in news}
        assert contents(shown.values()) == contents(grounder.grounded().statements)


def test_claims_of_another_form_are_shown_with_the_rejected() -> None:
    """In the order of the article, with the reason given and the evidence that exists."""
    grounder = Grounder(ARTICLE)
    grounder.reject({"kind": "position", "stance": "yes"}, [3, 0, 3, 9999], "unknown stance: 'yes'")
    grounder.add([agreement(2, "Nowhere"), agreement(1, "Ulmiaa")])
    grounder.reject({"kind": "threat"}, [], "its actor is missing")
    grounded = grounder.grounded()
    assert [item.reason for item in grounded.rejected] == [
        "its actor is missing",
        "the article does not have the name 'Nowhere'",
        "unknown stance: 'yes'",
    ]
    assert [span.start for span in grounded.rejected[-1].evidence] == [ARTICLE.sentences[2].start]
    assert grounded.rejected[-1].reply == {"kind": "position", "stance": "yes"}
    assert len(grounded.agreements) == 1


def calls(claims: list[Claim], *, one_by_one: bool) -> int:
    """Return how many functions are called while the claims are added."""
    grounder = Grounder(ARTICLE)
    count = 0

    def tally(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(tally)
    try:
        if one_by_one:
            for claim in claims:
                grounder.add([claim])
                grounder.news()
        else:
            grounder.add(claims)
        grounder.grounded()
    finally:
        sys.setprofile(None)
    return count


def many(kind: str) -> list[Claim]:
    subjects = {"apart": "treaty {}", "repeats": "treaty", "parties": "treaty"}
    return [
        agreement(
            1 + n % 500,
            *(PARTIES[:2] if kind != "parties" else (PARTIES[n % 26], PARTIES[n * 7 % 25])),
            subject=subjects[kind].format(n),
        )
        for n in range(400)
    ]


def test_news_after_each_claim_cost_little_more_than_all_at_once() -> None:
    """Grouping is incremental: the work of 400 claims grows by a small factor, not with 400."""
    for kind in ("apart", "repeats", "parties"):
        claims = many(kind)
        calls(claims, one_by_one=False)  # what is remembered between articles
        assert calls(claims, one_by_one=True) < 4 * calls(claims, one_by_one=False), kind
