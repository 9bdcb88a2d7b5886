"""From claims to statements: spans, merging, rejection."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import claim
from communique import Article
from communique.grounding import Grounder, ground
from communique.reading import Claim

ARTICLE = Article(
    text="Ruritania opposes the dam. It said so again.\r\n"
    "“We will close the border if it is built,” Ana Ruiz said. "
    "The treaty holds. Talks may start after the election. Ulmia wants a fishing ban."
)
COUNT = len(ARTICLE.sentences)


def test_numbers_become_verbatim_spans() -> None:
    """Evidence is cut from the article by sentence number, in article order."""
    (position,) = ground(ARTICLE, [claim(2, 1)]).positions
    assert [span.text for span in position.evidence] == [
        "Ruritania opposes the dam.",
        "It said so again.",
    ]
    for span in position.evidence:
        assert ARTICLE.text[span.start : span.end] == span.text
    assert position.id == "position-1"
    assert position.attribution == "reported"


def test_repeats_are_one_statement_with_all_evidence() -> None:
    """A stance said twice, in other words and another form of the name, is one position."""
    grounded = ground(ARTICLE, [claim(1), claim(2, actor="ruritania", issue="The dam")])
    (position,) = grounded.positions
    assert len(position.evidence) == 2
    assert position.issue == "the dam"


@pytest.mark.parametrize(
    "other",
    [{"actor": "Ulmia"}, {"stance": "supports"}, {"issue": "a fishing ban"}, {"kind": "threat"}],
    ids=["actor", "stance", "issue", "kind"],
)
def test_different_statements_stay_apart(other: dict[str, Any]) -> None:
    """Another actor, stance, issue or kind is another statement."""
    grounded = ground(ARTICLE, [claim(1), claim(2, **other)])
    assert len(grounded.positions) + len(grounded.threats) == 2


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (claim(7), "points to sentence 7, but the article has 6"),
        (claim(0), "points to sentence 0"),
        (claim(), "points to no sentence"),
        (claim(1, issue=" "), "issue is empty"),
        (claim(1, actor=""), "actor is empty"),
        (claim(1, issue="None."), "issue is empty"),
        (claim(1, kind="agreement", parties=["", " "]), "parties is empty"),
    ],
    ids=["beyond", "zero", "none", "blank-issue", "no-actor", "no-issue", "no-parties"],
)
def test_what_does_not_hold_is_set_aside_with_its_reason(bad: Claim, reason: str) -> None:
    """A claim that can't be proven is shown as rejected and mixed into nothing."""
    grounded = ground(ARTICLE, [claim(1), bad])
    assert len(grounded.positions) == 1
    assert grounded.agreements == ()
    (rejected,) = grounded.rejected
    assert reason in rejected.reason
    assert rejected.reply["kind"] == bad.reply.kind


@pytest.mark.parametrize("nothing", ["none", "None", "null", " ", "N/A", "none."])
def test_nothing_in_words_is_null(nothing: str) -> None:
    """Small models write "none" where null is meant."""
    (threat,) = ground(ARTICLE, [claim(3, kind="threat", trigger=nothing)]).threats
    assert threat.trigger is None


# Two of them may turn out to be one.
agreements = st.builds(
    lambda n, parties: claim(n, kind="agreement", parties=parties),
    st.integers(1, 5),
    st.lists(st.sampled_from(["Ruritania", "Ulmia"]), min_size=1, unique=True),
)
claims = st.lists(
    st.builds(
        lambda sentences, **fields: claim(*sentences, **fields),
        st.lists(st.integers(0, 8), max_size=3),
        kind=st.sampled_from(["position", "condition", "threat", "agreement"]),
    )
    | st.builds(
        lambda n, actor, issue: claim(n, actor=actor, issue=issue),
        st.integers(1, 5),
        st.sampled_from(["Ruritania", "the Ruritania", "Ulmia", "Ana Ruiz", ""]),
        st.sampled_from(["the dam", "dam", "the river dam", "fishing", "a fishing ban"]),
    )
    | agreements,
    max_size=12,
)


@given(claims=claims, seed=st.integers())
def test_grounding_does_not_depend_on_order(claims: list[Claim], seed: int) -> None:
    """The same claims in any order give the same statements."""
    shuffled = random.Random(seed).sample(claims, len(claims))
    assert ground(ARTICLE, shuffled) == ground(ARTICLE, claims)


@given(claims=claims)
def test_grounding_loses_nothing(claims: list[Claim]) -> None:
    """Each sentence a sound claim points to is evidence; each other claim is rejected."""
    grounded = ground(ARTICLE, claims)
    statements = grounded.statements
    starts = {s.start: s.index + 1 for s in ARTICLE.sentences}
    shown = {(s.kind, starts[span.start]) for s in statements for span in s.evidence}
    sound = [
        c
        for c in claims
        if c.sentences
        and all(1 <= n <= COUNT for n in c.sentences)
        and getattr(c.reply, "actor", "x")
    ]
    assert shown == {(c.reply.kind, n) for c in sound for n in c.sentences}
    assert len(grounded.rejected) == len(claims) - len(sound)
    assert len(statements) <= len(sound)


@given(claims=claims | st.lists(agreements, max_size=8), data=st.data())
def test_grounding_as_claims_come(claims: list[Claim], data: st.DataObject) -> None:
    """Taken in piece by piece, the last news of each id are the statements of the whole."""
    grounder = Grounder(ARTICLE)
    latest: dict[str, Any] = {}
    rest = list(claims)
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        grounder.add(rest[:size])
        del rest[:size]
        news = grounder.news()
        assert len({statement.id for statement in news}) == len(news)
        for name in grounder.retracted():
            del latest[name]
        latest |= {statement.id: statement for statement in news}
        assert grounder.news() == []
    whole = ground(ARTICLE, claims)
    assert grounder.grounded() == whole
    expected = sorted(s.model_dump_json(exclude={"id"}) for s in whole.statements)
    assert sorted(s.model_dump_json(exclude={"id"}) for s in latest.values()) == expected
