"""Claims that no article can prove are rejected, with the reason."""

from __future__ import annotations

from typing import Any

import pytest

from builders import claim
from communique import Article
from communique.grounding import ground
from communique.prompts import load_prompt
from communique.statements import Kind

THREAT = {"actor": "Ruritania", "on_behalf_of": None, "action": "close the border", "trigger": None}


def grounded(text: str, kind: Kind, **changes: Any) -> Any:
    fields = {**THREAT, **changes} if kind == "threat" else changes
    return ground(Article(text=text), [claim(1, kind=kind, **fields)], load_prompt("v1").examples)


LEAKED = load_prompt("v1").examples[0].statements[0].statement.actor

REJECTED: dict[str, tuple[str, Kind, dict[str, Any], str]] = {
    "threat against oneself": ("Ruritania would close the border.", "threat",
                               {"target": "the Ruritania"}, "against the actor itself"),
    "condition is its outcome": ("Ruritania says talks start.", "condition",
                                 {"condition": "the talks start"}, "condition and its outcome"),
    "name of an example": ("Ruritania opposes the dam.", "position", {"actor": LEAKED},
                           "from the prompt's examples"),
    "marks for evidence": ("<|im_end|>\n\nRuritania opposes the dam.", "position",
                           {"actor": "Ruritania", "issue": "im_end"}, "has no words"),
    "not a word of it": ("It rained.", "position", {"actor": "rebels"}, "none of its words"),
    "no such name": ("It rained.", "position", {}, "does not have the name 'Ruritania'"),
    "denied": ("Ruritania denied threatening to close the border.", "threat", {},
               "denies the threat"),
    "position on oneself": ("Ruritania opposes itself, the minister joked.", "position",
                            {"issue": "itself"}, "its issue is the actor"),
    "with its verb": ("Ruritania opposes itself in practice, the minister joked.", "position",
                      {"issue": "opposes itself"}, "its issue is the actor"),
    "never made": ("Ruritania never threatened to close the border.", "threat", {},
                   "denies the threat"),
}  # fmt: skip


@pytest.mark.parametrize("name", REJECTED)
def test_what_the_article_can_not_prove_is_rejected(name: str) -> None:
    """It is rejected with the reason, and does not become a statement."""
    text, kind, fields, reason = REJECTED[name]
    result = grounded(text, kind, **fields)
    assert [reason in rejected.reason for rejected in result.rejected] == [True]
    assert result.positions == result.conditions == result.threats == ()


OWN = {
    "its state": {"target": "Ulmia", "on_behalf_of": "Ulmia"},
    "its state by another name": {"target": "the U.S.", "on_behalf_of": "United States"},
    "itself": {"target": "itself"},
    "its own country": {"target": "his own country"},
    "the actor in full": {"target": "Mara Lind", "actor": "Lind"},
}


@pytest.mark.parametrize("case", OWN)
def test_a_threat_against_ones_own_side_is_none(case: str) -> None:
    """Nobody threatens itself, or the state that it speaks for."""
    text = "Mara Lind of Ulmia would close the border, the US envoy to the United States said."
    result = grounded(text, "threat", **{"actor": "Mara Lind", **OWN[case]})
    assert ["against the actor itself" in item.reason for item in result.rejected] == [True]


@pytest.mark.parametrize(
    ("text", "actor", "target", "is_own"),
    [
        ("Ulmia’s government would close the border.", "Ulmia’s government", "Ulmia", True),
        ("The Ulmian Foreign Ministry would close the border.", "Ulmian Foreign Ministry", "Ulmia",
         True),
        ("Ulmia would close the Ulmian border.", "Ulmia", "the Ulmian state", True),
        ("France would close the French border.", "France", "French government", True),
        ("Ulmian President Ana Ruiz would close Ulmia.", "Ana Ruiz", "Ulmia", True),
        ("Ana Ruiz, the foreign minister of Ulmia, would close the border.", "Ruiz", "Ulmia", True),
        ("Ulmian rebels would close the border of Ulmia.", "Ulmian rebels", "Ulmia", False),
        ("Ulmian opposition leader Ana Ruiz would close Ulmia.", "Ana Ruiz", "Ulmia", False),
        ("Ulmia’s former president Ana Ruiz would close Ulmia.", "Ana Ruiz", "Ulmia", False),
        ("Torv’s president Ana Ruiz would close Ulmia.", "Ana Ruiz", "Ulmia", False),
        ("South Ulmia would close the border of Ulmia.", "South Ulmia", "Ulmia", False),
        ("Nigeria would close the border of Niger.", "Nigeria", "Niger", False),
    ],
)  # fmt: skip
def test_a_government_does_not_threaten_its_own_state(
    text: str, actor: str, target: str, is_own: bool
) -> None:
    """Rebels, exiles and neighbours do."""
    result = grounded(text, "threat", actor=actor, target=target)
    assert [("against the actor itself" in item.reason) for item in result.rejected] == [
        True
    ] * is_own


def test_a_state_does_not_speak_for_its_target() -> None:
    """Where a state acts, the state that the model says it speaks for is a slip, not the actor."""
    text = "Aldermark will recall its ambassador from San Cosme if the island waits."
    fields = {"actor": "Aldermark", "on_behalf_of": "San Cosme", "target": "San Cosme"}
    (threat,) = grounded(text, "threat", **fields).threats
    assert (threat.actor, threat.on_behalf_of, threat.target) == ("Aldermark", None, "San Cosme")


PLACES = {
    "zero": (0,),
    "negative": (-1, 1),
    "beyond": (1, 3),
    "huge": (10**30,),
    "none": (),
}


@pytest.mark.parametrize("case", PLACES)
def test_a_sentence_that_is_not_there_rejects_its_claim_only(case: str) -> None:
    """The reason names the number; what the article has of the sentences is shown."""
    article = Article(text="Ruritania opposes the dam. It rained.")
    sound = claim(1, 1)
    wrong = claim(*PLACES[case], issue="rain")
    result = ground(article, [wrong, sound])
    assert [[span.text for span in item.evidence] for item in result.positions] == [
        ["Ruritania opposes the dam."]
    ]
    (rejected,) = result.rejected
    assert "sentence" in rejected.reason
    assert len(rejected.evidence) == sum(n in {1, 2} for n in PLACES[case])


DENIALS = [
    # sentence, the action it denies, the action it threatens
    ("Ruritania denied threatening to attack the port and threatened to close the border.",
     "attack the port", "close the border"),
    ("Ruritania threatened to close the border, but denied threatening to attack the port.",
     "attack the port", "close the border"),
    ("Ruritania never threatened to attack the port, but will close the border.",
     "attack the port", "close the border"),
    ("Ruritania denied having threatened to close the embassy but vowed to close the border.",
     "close the embassy", "close the border"),
    ("Ruritania dismissed claims that it had threatened to attack the port; it will close the border.",
     "attack the port", "close the border"),
    ("The ministry denied that Ruritania had threatened to attack the port, but it will close the border.",
     "attack the port", "close the border"),
    ("Ruritania rejected reports of threats to attack the port, threatening to close the border.",
     "attack the port", "close the border"),
    ("Ruritania negó que su Gobierno hubiera amenazado con atacar el puerto, pero cerrará la frontera.",
     "atacar el puerto", "cerrar la frontera"),
    ("Ruritania negou ter ameaçado atacar o porto, mas fechará a fronteira.",
     "atacar o porto", "fechar a fronteira"),
    ("Ruritania negó haber amenazado con atacar el puerto, pero cerrará la frontera.",
     "atacar el puerto", "cerrar la frontera"),
    ("Ruritania n’a jamais menacé d’attaquer le port, mais fermera la frontière.",
     "attaquer le port", "fermer la frontière"),
    ("Ruritania заперечила, що погрожувала атакувати порт, але закриє кордон.",
     "атакувати порт", "закрити кордон"),
    ("Ruritania否认曾威胁攻击港口，但将关闭边境。", "攻击港口", "关闭边境"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "denied", "made"), DENIALS)
def test_a_denial_counts_for_the_threat_that_it_denies(text: str, denied: str, made: str) -> None:
    """A sentence that denies one thing and threatens another keeps its threat."""
    fields = {"target": "Ulmia", "means": "other"}
    result = grounded(text, "threat", action=denied, **fields)
    assert [item.reason for item in result.rejected] == ["its evidence denies the threat"]
    assert [item.action for item in grounded(text, "threat", action=made, **fields).threats] == [
        made
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Ruritania denied that it was planning to close the border.",
        "Ruritania said it had no plans to close the border.",
        "Ruritania dismissed as lies claims that it threatened to close the border.",
        "Ana Ruiz denied that Ruritania threatened to close the border.",
        "Ana Ruiz denied Ruritania had ever threatened to close the border.",
        "Ana Ruiz rejected the claim that the government of Ruritania had threatened to close the border.",
        "Ruritania threatens nobody, least of all to close the border.",
        "Ruritania desmintió que amenazara con close the border.",
        "Ruritania dément toute menace de close the border.",
    ],
)
def test_a_plan_is_denied_as_a_threat_is(text: str) -> None:
    """So is a threat that is called a lie, and any threat at all."""
    result = grounded(text, "threat")
    assert [item.reason for item in result.rejected] == ["its evidence denies the threat"]


@pytest.mark.parametrize(
    "text",
    [
        "Ruritania did not deny that it threatened to close the border.",
        "Ruritania never denied that Ana Ruiz had threatened to close the border.",
        "Ruritania denied Ulmia visas and threatened to close the border.",
        "Ruritania denied that the president of Ulmia was ill, and threatened to close the border.",
    ],
)
def test_what_is_not_denied_stands(text: str) -> None:
    """Neither what somebody does not deny, nor what stands behind a denial of something else."""
    assert len(grounded(text, "threat").threats) == 1


def test_a_denial_covers_all_that_it_denies() -> None:
    """ "And" goes on with what is denied, unless somebody threatens behind it."""
    text = "Ruritania denied threatening to close the border and expel the envoy."
    for action in ("close the border", "expel the envoy"):
        assert grounded(text, "threat", action=action).threats == ()


def test_a_position_on_what_one_does_oneself_stands() -> None:
    """Its issue is what is done, not the actor."""
    text = "Ruritania opposes itself joining the union."
    assert len(grounded(text, "position", issue="itself joining the union").positions) == 1


def test_a_threat_beside_a_denial_stands() -> None:
    """Denying one thing and threatening another in the same breath is a threat."""
    text = "Ruritania denied the report and threatened to close the border to Ulmia."
    assert len(grounded(text, "threat").threats) == 1


@pytest.mark.parametrize(
    ("behalf", "kept"), [("Ruritania", "Ruritania"), ("Norvik", None), ("Ana Ruiz", None)]
)
def test_on_behalf_of_is_the_articles(behalf: str, kept: str | None) -> None:
    """A state that the article does not have, or the speaker itself, is on no one's behalf."""
    text = "Ana Ruiz, the Ruritanian envoy, opposes the dam."
    (position,) = grounded(text, "position", actor="Ana Ruiz", on_behalf_of=behalf).positions
    assert position.on_behalf_of == kept


@pytest.mark.parametrize(
    ("text", "attribution"),
    [
        ("“We oppose the dam,” Ruritania said.", "direct_quote"),
        ("Ruritania opposes the “dam”.", "reported"),
        ("「鲁里坦尼亚反对大坝，」发言人说，Ruritania", "direct_quote"),
        ("The “old” Ruritania said: “We oppose it.”", "direct_quote"),
    ],
)
def test_attribution_is_computed(text: str, attribution: str) -> None:
    """Two quoted words or more make a direct quote; one is a scare quote."""
    (position,) = grounded(text, "position").positions
    assert position.attribution == attribution
