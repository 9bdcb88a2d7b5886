"""When two claims are one statement: never because they sound alike."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import builders
from communique import Article
from communique.evaluation import load_all
from communique.grounding import ground
from communique.grounding.merging import merge
from communique.reading import Claim
from communique.statements import Kind, StatementReply

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from communique.evaluation import GoldStatement

OWN: dict[str, dict[str, Any]] = {
    "position": {"actor": "Ana Ruiz"},
    "threat": {"target": "foreign troops", "action": "treat them as valid targets",
               "trigger": "foreign troops arrive"},
    "agreement": {"subject": "grain treaty"},
}  # fmt: skip


def reply(kind: Kind, **changes: Any) -> StatementReply:
    return builders.reply(kind, **{**OWN.get(kind, {}), **changes})


def merged(kind: Kind, *variants: dict[str, Any]) -> list[Claim]:
    return merge([Claim(reply(kind, **fields), (n,)) for n, fields in enumerate(variants, start=1)])


SAME: dict[str, tuple[Kind, dict[str, Any], dict[str, Any]]] = {
    "case and article": ("position", {"issue": "The dam"}, {"issue": "dam"}),
    "inflection": ("position", {"issue": "building the dams"}, {"issue": "the building of dams"}),
    "another inflection": ("threat", {"action": "close the border"},
                           {"action": "closing the borders"}),
    "modal verbs": ("condition", {"condition": "the troops leave"},
                    {"condition": "the troops should leave"}),
    "membership": ("position", {"issue": "Ukraine joining NATO"},
                   {"issue": "Ukraine’s NATO membership"}),
    "membership of and in": ("position", {"issue": "membership of NATO"},
                             {"issue": "membership in NATO"}),
    "an infinitive": ("threat", {"action": "close the border"}, {"action": "to close the border"}),
    "names of one state": ("position", {"actor": "the United States"}, {"actor": "U.S."}),
    "speaker named once": ("position", {"on_behalf_of": "Ruritania"}, {}),
    "relation and both sides": ("condition", {}, {"outcome": "Talks start"}),
    "a trigger that points back": ("threat", {}, {"trigger": "they appear there"}),
    "a trigger with its if": ("threat", {"trigger": "the dam is built"},
                              {"trigger": "if the dam is built"}),
    "one of the parties": ("agreement", {}, {"parties": ["Ulmia"]}),
    "two of three parties": ("agreement", {"parties": ["A", "B", "C"]}, {"parties": ["C", "A"]}),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_repeats_are_one(name: str) -> None:
    """The same in other words is one statement, with the evidence of both."""
    kind, first, second = SAME[name]
    (one,) = merged(kind, first, second)
    assert one.sentences == (1, 2)
    (again,) = merged(kind, second, first)
    assert again.sentences == (1, 2)


DIFFERENT: dict[str, tuple[Kind, dict[str, Any], dict[str, Any]]] = {
    "two states": ("position", {"actor": "Sudan"}, {"actor": "South Sudan"}),
    "two people": ("position", {"actor": "Ana Ruiz"}, {"actor": "Leo Ruiz"}),
    "the opposite": ("position", {"issue": "sanctions on Iran"},
                     {"issue": "lifting sanctions on Iran"}),
    "another verb": ("position", {"issue": "imposing sanctions on Iran"},
                     {"issue": "lifting sanctions on Iran"}),
    "a negation": ("position", {"issue": "a deal with Ulmia"}, {"issue": "no deal with Ulmia"}),
    "another alliance": ("position", {"issue": "Ukraine joining NATO"},
                         {"issue": "Ukraine joining the EU"}),
    "from whom to whom": ("position", {"issue": "grain exports to Kest"},
                          {"issue": "grain exports of Kest"}),
    "whose troops, and where": ("position", {"issue": "troops of Ulmia"},
                                {"issue": "troops in Ulmia"}),
    "where a war is": ("condition", {"condition": "the war on Torv ends"},
                       {"condition": "the war in Torv ends"}),
    "the subject's direction": ("agreement", {"subject": "aid for Kest"},
                                {"subject": "aid of Kest"}),
    "a part of it": ("position", {"issue": "NATO"}, {"issue": "NATO and foreign troops"}),
    "turned round": ("position", {"issue": "Iran attacking Israel"},
                     {"issue": "Israel attacking Iran"}),
    "another number": ("condition", {"condition": "3 hostages are freed"},
                       {"condition": "13 hostages are freed"}),
    "another stance": ("position", {"stance": "supports"}, {}),
    "speakers of two states": ("position", {"on_behalf_of": "Ruritania"},
                               {"on_behalf_of": "Ulmia"}),
    "another relation": ("condition", {"relation": "before"}, {}),
    "a bare demand": ("condition", {"outcome": None}, {}),
    "another target": ("threat", {"target": "Ulmia"}, {"target": "Kestovia"}),
    "another action": ("threat", {"action": "sink the ships"}, {"action": "expel the envoy"}),
    "another border": ("threat", {"action": "close the border"}, {"action": "close the embassy"}),
    "another attack": ("threat", {"action": "attack the port"}, {"action": "attack the capital"}),
    "a part of the action": ("threat", {"action": "close the border"},
                             {"action": "close the border and the port"}),
    "another trigger": ("threat", {"trigger": "the dam is built"},
                        {"trigger": "the border is crossed"}),
    "another thing that they do": ("threat", {}, {"trigger": "they leave"}),
    "a threat without trigger": ("threat", {}, {"trigger": None}),
    "a state and its speaker": ("position", {"on_behalf_of": "Ruritania"}, {"actor": "Ruritania"}),
    "planes and plans": ("position", {"issue": "the planes"}, {"issue": "the plans"}),
    "police and policy": ("position", {"issue": "the police"}, {"issue": "the policy"}),
    "who joins whom": ("position", {"issue": "Ulmia joining Torv"}, {"issue": "Torv joining Ulmia"}),
    "whose troops": ("condition", {"condition": "our troops leave"},
                     {"condition": "their troops leave"}),
    "some and all": ("position", {"issue": "some sanctions"}, {"issue": "all sanctions"}),
    "per cent and dollars": ("position", {"issue": "a 5% levy"}, {"issue": "a $5 levy"}),
    "one party in common": ("agreement", {"parties": ["Ulmia", "Torv"]},
                            {"parties": ["Ulmia", "Kest"]}),
    "other parties": ("agreement", {}, {"parties": ["Kestovia", "Norvik"]}),
    "another subject": ("agreement", {}, {"subject": "peace treaty"}),
    "another status": ("agreement", {}, {"status": "ended"}),
}  # fmt: skip


@pytest.mark.parametrize("name", DIFFERENT)
def test_different_statements_stay_apart(name: str) -> None:
    """One word, name, side or parameter that differs makes another statement."""
    kind, first, second = DIFFERENT[name]
    assert [claim.sentences for claim in merged(kind, first, second)] == [(1,), (2,)]


def test_a_state_is_not_given_to_one_of_two_speakers() -> None:
    """Where a state has two speakers, its own statement belongs to neither, and they stay two."""
    speakers = [{"actor": a, "on_behalf_of": "Ruritania"} for a in ("Ana Ruiz", "Leo Mach")]
    assert len(merged("position", *speakers, {"actor": "Ruritania"})) == 3


def test_open_fields_are_filled_from_repeats() -> None:
    """A claim's open fields (on whose behalf, which trigger) are filled in from another claim."""
    (claim,) = merged(
        "threat", {"on_behalf_of": None, "trigger": "they appear there"}, {"trigger": "they come"},
        {},
    )  # fmt: skip
    assert claim.reply == reply("threat")
    assert claim.sentences == (1, 2, 3)


def test_what_could_be_a_repeat_of_two_is_of_neither() -> None:
    """One party alone may have agreed with either of the others."""
    parties = [["Ulmia", "Torv"], ["Ulmia", "Kest"], ["Ulmia"]]
    found = merged("agreement", *({"parties": names} for names in parties))
    assert [claim.reply.parties for claim in found] == parties  # pyright: ignore[reportAttributeAccessIssue]


def test_two_agreements_with_one_party_in_common_stay_two() -> None:
    """Two agreements of two parties do not become one of three parties."""
    article = Article(
        text="Ulmia and Torv agreed a trade deal. Ulmia and Kest agreed a trade deal."
    )
    claims = [
        Claim(reply("agreement", parties=["Ulmia", other], subject="a trade deal"), (n,))
        for n, other in enumerate(("Torv", "Kest"), start=1)
    ]
    found = ground(article, claims).agreements
    assert [item.parties for item in found] == [("Ulmia", "Torv"), ("Ulmia", "Kest")]


PEOPLE = ["Ulmia", "Torv", "Mara Lind", "Leo Roe"]
THINGS = ["border", "embassy", "port", "capital", "dam", "ports"]
DEEDS = ["close", "attack", "open", "closing", "leave"]
OPENERS = ["", "On Monday, ", "Again, "]
IF = ["", " if troops arrive", " if they arrive", " if the dam is built", " if it is built"]
TEMPLATES: dict[str, tuple[str, dict[str, list[Any]]]] = {
    "position": (
        "{actor} {stance} {deed} the {thing} {where} Kest.",
        {"stance": ["supports", "opposes"], "where": ["in", "of", "on", "to"]},
    ),
    "threat": (
        "{actor} will {deed} the {thing} of {state}{trigger}.",
        {"state": ["Kest", "Norvik"], "trigger": IF, "means": ["military", "other"]},
    ),
    "condition": (
        "{actor} will {deed} the {thing} {relation} the {condition} is safe.",
        {"relation": ["after", "before", "unless"], "condition": THINGS},
    ),
    "agreement": (
        "{actor} agreed with {other} to {deed} the {thing}.",
        {"other": [*PEOPLE, "Kest"], "status": ["agreed", "ended"]},
    ),
}


@st.composite
def related(draw: st.DrawFn) -> list[tuple[str, StatementReply]]:
    """Sentences, each with the statement that it proves; all but one word are the first one's."""
    kind: Kind = draw(st.sampled_from(sorted(TEMPLATES)))  # pyright: ignore[reportAssignmentType]
    choices = {"opener": OPENERS, "actor": PEOPLE, "deed": DEEDS, "thing": THINGS,
               **TEMPLATES[kind][1]}  # fmt: skip
    if kind != "agreement":
        choices["on_behalf_of"] = [None, "Kest", "Norvik"]
    first = {name: draw(st.sampled_from(values)) for name, values in choices.items()}
    others = [
        {**first, name: draw(st.sampled_from(choices[name]))}
        for name in draw(st.lists(st.sampled_from(sorted(choices)), min_size=1, max_size=7))
    ]
    return [_proven(kind, words) for words in (first, *others)]


def _proven(kind: Kind, words: dict[str, Any]) -> tuple[str, StatementReply]:
    """A sentence of these words, and the statement that it proves on its own."""
    actor, what = words["actor"], f"{words['deed']} the {words['thing']}"
    sentence = words["opener"] + TEMPLATES[kind][0].format(**words)
    fields: dict[str, dict[str, Any]] = {
        "position": {"actor": actor, "issue": f"{what} {words.get('where')} Kest"},
        "threat": {"actor": actor, "action": what, "target": words.get("state"),
                   "trigger": words.get("trigger", "").removeprefix(" if ") or None},
        "condition": {"actor": actor, "outcome": what},
        "agreement": {"parties": list(dict.fromkeys((actor, words.get("other")))), "subject": what},
    }  # fmt: skip
    same = {"stance", "means", "relation", "status", "on_behalf_of"}
    known = {name: value for name, value in words.items() if name in same}
    if kind == "condition":
        known["condition"] = f"the {words['condition']} is safe"
    return sentence, reply(kind, **{**fields[kind], **known})


INFLECTIONS = {"closing": "close", "ports": "port", "they arrive": "troops arrive",
               "it is built": "the dam is built"}  # fmt: skip


def _value(value: Any) -> Any:
    """A field's value as it is compared: an inflection or a pronoun is no other value."""
    text = str(value)
    for form, base in INFLECTIONS.items():
        text = text.replace(form, base)
    return text


@given(pairs=related())
def test_no_evidence_proves_another_value(pairs: list[tuple[str, StatementReply]]) -> None:
    """Each sentence of a merged statement proves, alone, no other value of any of its fields."""
    article = Article(text="\n\n".join(sentence for sentence, _ in pairs))
    claims = [Claim(said, (n,)) for n, (_, said) in enumerate(pairs, start=1)]
    for claim in merge(claims):
        merged_fields = dict(claim.reply)
        for number in claim.sentences:
            proved = dict(pairs[number - 1][1])
            for name, value in merged_fields.items():
                if name == "parties":
                    assert set(proved[name]) <= set(value)
                elif name == "on_behalf_of":
                    assert proved[name] in {None, value}
                else:
                    assert _value(proved[name]) == _value(value), (article.text, name)


def _claim(item: GoldStatement, article: Article) -> Claim:
    fields = item.statement.model_dump(
        mode="json", exclude={"id", "attribution", "evidence", "confidence", "summary"}
    )
    spans = item.statement.evidence
    numbers = tuple(
        s.index + 1
        for s in article.sentences
        if any(span.start < s.end and s.start < span.end for span in spans)
    )
    return Claim(reply(**fields), numbers)


def test_gold_is_grounded_as_it_is(repository: Path) -> None:
    """Statements that annotators keep apart stay apart, and none is rejected."""
    articles = load_all(repository / "seeds")
    assert articles
    for gold in articles:
        claims = [_claim(item, gold.article) for item in gold.statements]
        grounded = ground(gold.article, claims)
        assert grounded.rejected == ()
        assert len(grounded.statements) == len(gold.statements), gold.slug


def _any_reply(kind: Kind, **choices: Sequence[Any]) -> st.SearchStrategy[StatementReply]:
    fields = {name: st.sampled_from(values) for name, values in choices.items()}
    return st.builds(lambda **chosen: reply(kind, **chosen), **fields)


ACTORS = ["Ana Ruiz", "Leo Mach", "Ruritania", "the Ruritania"]
BEHALF = [None, "Ruritania", "Ulmia"]
replies = st.one_of(
    _any_reply("position", actor=ACTORS, on_behalf_of=BEHALF, issue=["the dam", "dam", "a ban"]),
    _any_reply("condition", actor=ACTORS, on_behalf_of=BEHALF, outcome=[None, "talks start"]),
    _any_reply(
        "threat",
        actor=ACTORS[:2],
        on_behalf_of=BEHALF,
        action=["sink ships", "sink boats", "board boats"],
        trigger=[None, "they come", "the dam is built", "a border is crossed"],
    ),
    _any_reply("agreement", parties=[["A", "B"], ["B", "C"], ["C"], ["D"]]),
)
claims = st.lists(
    st.builds(Claim, replies, st.lists(st.integers(1, 6), min_size=1, max_size=2).map(tuple)),
    max_size=10,
)


@given(claims=claims)
def test_merging_again_changes_nothing(claims: list[Claim]) -> None:
    """Merging is idempotent."""
    once = merge(claims)
    assert merge(once) == once


@given(claims=claims, seed=st.integers())
def test_grouping_does_not_depend_on_order(claims: list[Claim], seed: int) -> None:
    """The claims of one statement are the same whatever order they come in."""
    shuffled = random.Random(seed).sample(claims, len(claims))
    sentences = sorted(claim.sentences for claim in merge(claims))
    assert sorted(claim.sentences for claim in merge(shuffled)) == sentences


@given(claims=claims)
def test_merging_loses_no_sentence(claims: list[Claim]) -> None:
    """Each sentence that a claim points to is evidence of a statement of its kind."""
    before = {(c.reply.kind, n) for c in claims for n in c.sentences}
    assert {(c.reply.kind, n) for c in merge(claims) for n in c.sentences} == before
