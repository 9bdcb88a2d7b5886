"""Fields: which are right beside a quotation, by `SCORING.md`, in several scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from builders import gold_article
from communique import Article
from communique.evaluation import (
    GoldStatement,
    estimate_field,
    figure,
    match,
    same_name,
    same_parties,
    same_text,
    score,
    total,
    wrong_fields,
)
from communique.grounding.content_words import content_words, words_f1
from communique.statements import KINDS, Evidence, Kind, Statement

if TYPE_CHECKING:
    from collections.abc import Sequence

ARTICLE = Article(text="Ana met Ben. Cid left. Dan and Eve spoke on. Fay sat.")
STATEMENT: TypeAdapter[Statement] = TypeAdapter(Statement)

OWN: dict[str, dict[str, Any]] = {
    "position": {"actor": "Ana Ruiz", "stance": "opposes", "issue": "the toll on the bridge"},
    "condition": {
        "actor": "Ana Ruiz",
        "condition": "the toll is lifted",
        "outcome": "trucks cross the bridge",
        "relation": "if",
    },
    "threat": {
        "actor": "Ana Ruiz",
        "target": "Ulmia",
        "action": "close the bridge",
        "trigger": "the toll stays",
        "means": "economic",
    },
    "agreement": {"parties": ["Ulmia", "Drovnia"], "subject": "bridge toll", "status": "agreed"},
}
OTHER: dict[str, Any] = {
    "actor": "Boris Odell",
    "on_behalf_of": "Kethara",
    "parties": ["Ulmia", "Kethara"],
    "stance": "supports",
    "relation": "unless",
    "means": "legal",
    "status": "ended",
    "issue": "fish",
    "condition": "fish",
    "outcome": "fish",
    "target": "fish",
    "action": "fish",
    "trigger": "fish",
    "subject": "fish",
}


def say(kind: str, sentence: int = 1, **fields: Any) -> Statement:
    """A statement of any kind on one sentence."""
    cut = ARTICLE.sentences[sentence - 1]
    evidence = [Evidence(start=cut.start, end=cut.end, text=cut.text)]
    shared = {"id": f"{kind}-1", "kind": kind, "attribution": "reported", "evidence": evidence}
    return STATEMENT.validate_python({**shared, **OWN[kind], **fields})


def tally_of(gold: Sequence[GoldStatement], predicted: Sequence[Statement]) -> Any:
    return total([score(gold_article(ARTICLE, gold), predicted)])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Samira Odell", "samira odell"),
        ("the Ministry of Defence", "Ministry of Defence"),
        ("President Vladimir Putin", "Vladimir Putin"),
        ("Foreign Minister Samira Odell", "Odell"),
        ("Odell", "Samira Odell"),
        ("S. Odell", "Samira Odell"),  # the same last word
        ("26 European countries", "European countries"),
        ("the Pope", "Pope Francis"),
        ("Russia's", "Russia"),
        ("Volodymyr Zelensky", "Volodimir Zelenskyy"),  # fuzzy
        ("Recep Tayyip Erdoğan", "Erdoğan"),
        ("адмірал Богдан Ревич", "Богдан Ревич"),
        ("وزير الخارجية سامي حداد", "سامي حداد"),
        ("俄罗斯", "俄罗斯政府"),
        (None, None),
    ],
)
def test_forms_of_a_name(one: str | None, other: str | None) -> None:
    """Case, titles, articles, parts and spellings do not make another name."""
    assert same_name(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Samira Odell", "Samira Ruiz"),
        ("Minister Odell", "Minister Ruiz"),
        ("Foreign Minister Odell", "Foreign Minister Ruiz"),
        ("Russia's president", "Ukraine's president"),
        ("Russia's", "Ukraine's"),
        ("Iran", "Iraq"),
        ("Ulmia", "Drovnia"),
        ("俄罗斯政府", "美国政府"),
        ("Ulmia", None),
        (None, "the King"),
    ],
)
def test_other_names(one: str | None, other: str | None) -> None:
    """A shared title, possessive or first name is not enough, and null only equals null."""
    assert not same_name(one, other)


def test_every_party_of_each_side_has_its_match() -> None:
    """A party too many is as wrong as one too few; order does not matter."""
    assert same_parties(["Ulmia", "Drovnia"], ["the Drovnia", "ULMIA"])
    assert not same_parties(["Ulmia", "Drovnia"], ["Ulmia"])
    assert not same_parties(["Ulmia"], ["Ulmia", "Drovnia"])
    assert same_parties(["Merkel", "Angela Merkel"], ["Angela Merkel"])


@pytest.mark.parametrize(
    ("gold", "said"),
    [
        ("Pelligan's levy on foreign steel", "the levy on foreign steel"),
        ("everyone aboard goes free", "everyone aboard would go free"),
        ("Ukraine joining NATO", "Ukraine to join NATO"),
        ("l'accord de paix de Kessali", "accord de paix"),
        ("Марвол не підписує договору", "Марвол не підпише договір"),
        ("رفع العقوبات عن أولميا", "رفع عقوبات أولميا"),
        ("乌克兰加入北约", "乌克兰加入北约组织"),
        ("对俄罗斯的制裁", "对俄罗斯制裁"),
        ("the WTO规则", "WTO规则"),
        ("it", "It"),  # no content word: all words
        (None, None),
    ],
)
def test_texts_that_say_the_same(gold: str | None, said: str | None) -> None:
    """Endings and function words do not matter, in any script."""
    assert same_text(gold, said)


@pytest.mark.parametrize(
    ("gold", "said"),
    [
        ("Pelligan's levy on foreign steel", "levy"),
        (
            "trucks cross the bridge",
            "Ana Ruiz said that trucks would cross the bridge if the toll of last year was lifted",
        ),
        ("the freeze on wages", "the freeze of banking assets abroad"),
        ("a ruler", "the ruling council"),
        ("رفع العقوبات عن أولميا", "إرسال قوات إلى دروفنيا"),
        ("乌克兰加入北约", "中国退出世贸组织"),
        ("乌克兰加入北约", "北约"),
        ("payment", None),
        (None, "null"),
    ],
)
def test_texts_that_do_not(gold: str | None, said: str | None) -> None:
    """A word that means nothing alone, or a whole sentence, is wrong; null only equals null."""
    assert not same_text(gold, said)


def test_content_words_by_script() -> None:
    """Five letters of each word; Arabic without its article; pairs of Chinese characters."""
    assert content_words("The Agreements of the agreed states") == {"agree", "state"}
    assert content_words("والعقوبات") == content_words("عقوبات") == {"عقوبا"}
    assert content_words("俄罗斯的军队") == {"俄罗", "罗斯", "斯军", "军队"}
    assert content_words("税") == {"税"}
    assert content_words("no US toll") == {"no", "us", "toll"}
    assert words_f1("toll bridge", "toll road") == 0.5


def test_full_is_not_a_part_of_strict() -> None:
    """Of one last name, the strict actor asks for more than the field does."""
    gold, said = say("position", actor="Mirabelle Odell"), say("position", actor="Tycho Odell")
    tally = tally_of([GoldStatement(gold)], [said])
    assert (tally.found.matched, tally.strict.matched, tally.full.matched) == (1, 0, 1)


@pytest.mark.parametrize("kind", list(KINDS))
def test_each_field_is_judged_by_itself(kind: Kind) -> None:
    """One changed field is the one that is wrong, and what it does to full F1 and full+."""
    gold = say(kind)
    assert wrong_fields(gold, gold) == ()
    for field in KINDS[kind].fields:
        other = say(kind, **{field: OTHER[field]})
        assert wrong_fields(gold, other) == (field,)
        tally = tally_of([GoldStatement(gold)], [other])
        is_behalf = field == "on_behalf_of"
        assert (tally.full.matched, tally.full_plus.matched) == (int(is_behalf), 0)
        for name, counts in tally.fields.items():
            expected = (int(name != field), 1) if name in KINDS[kind].fields else (0, 0)
            assert (counts.right, counts.pairs) == expected


@pytest.mark.parametrize(
    ("kind", "field"),
    [(kind, field) for kind in KINDS for field in KINDS[kind].nullable],
)
def test_null_is_right_only_where_the_gold_has_it(kind: Kind, field: str) -> None:
    """Null beside a value is wrong either way round; null beside null is right."""
    more = {"relation": "only_if"} if kind == "condition" else {}
    null, value = say(kind, **{field: None}, **more), say(kind, **{field: "some words"}, **more)
    assert wrong_fields(null, value) == wrong_fields(value, null) == (field,)
    assert wrong_fields(null, null) == ()


def test_kinds_are_never_compared() -> None:
    """A threat has other fields than a position."""
    with pytest.raises(ValueError, match="threat"):
        wrong_fields(say("threat"), say("position"))


def test_optional_gold_and_false_alarms_have_no_fields() -> None:
    """Only the pairs that F1 matched are judged."""
    gold = [GoldStatement(say("position"), optional=True), GoldStatement(say("threat", 2))]
    tally = tally_of(gold, [say("position"), say("agreement", 3)])
    assert all(counts.pairs == 0 for counts in tally.fields.values())
    assert (tally.full.predicted, tally.full.gold) == (1, 1)
    assert figure("full_f1", tally) == 0


def test_of_two_readings_of_one_place_the_right_one_is_taken() -> None:
    """Token-set similarity is 1 for both; the pair with more right fields wins."""
    gold = [GoldStatement(say("position", issue="toll on the bridge"))]
    long = say("position", issue="Ana said of the toll on the bridge that all of it must go now")
    exact = say("position", issue="toll on the bridge")
    for predicted in ([long, exact], [exact, long]):
        (pair,) = match(gold, predicted)["position"].pairs
        assert pair.predicted == exact


def test_a_share_has_its_interval() -> None:
    """Over articles, as other figures; None for a field that no pair has."""
    gold = [GoldStatement(say("position"))]
    scores = [
        score(gold_article(ARTICLE, gold, f"a-{n}"), [say("position", issue=issue)])
        for n, issue in enumerate(["the toll on the bridge", "fish"] * 20)
    ]
    found = estimate_field(scores, "issue", "position")
    assert found.value == 0.5
    assert found.low is not None
    assert found.high is not None
    assert 0.3 < found.low < 0.45
    assert 0.55 < found.high < 0.7
    assert estimate_field(scores, "actor").value == 1
    assert estimate_field(scores, "trigger").value is None


NAMES = st.one_of(
    st.none(),
    st.sampled_from(
        ["Ana", "Ana Ruiz", "Minister Ruiz", "the Union", "Union", "俄罗斯", "俄罗斯政府"]
    ),
    st.text(max_size=12),
)
TEXTS = st.one_of(
    st.none(),
    st.lists(
        st.sampled_from(["the", "toll", "tolls", "on", "bridge", "no", "peace", "乌克兰"]),
        max_size=5,
    ).map(" ".join),
    st.text(max_size=12),
)


@settings(deadline=None)
@given(NAMES, NAMES)
def test_names_are_compared_symmetrically(one: str | None, other: str | None) -> None:
    """It does not matter which side is gold; every name is itself; null equals only null."""
    assert same_name(one, other) == same_name(other, one)
    assert same_name(one, one)
    assert not same_name(one, None) or one is None


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_texts_are_compared_symmetrically(one: str | None, other: str | None) -> None:
    """It does not matter which side is gold; every text is itself; null equals only null."""
    assert same_text(one, other) == same_text(other, one)
    assert same_text(one, one)
    assert not same_text(one, None) or one is None


@settings(deadline=None)
@given(st.lists(NAMES.filter(bool), max_size=4), st.lists(NAMES.filter(bool), max_size=4))
def test_parties_are_compared_symmetrically(one: list[str], other: list[str]) -> None:
    """Nor do their order and their number of mentions matter."""
    assert same_parties(one, other) == same_parties(other, one)
    assert same_parties(one, [*reversed(one), *one])
    assert same_parties(one, other) == same_parties(one[::-1], other)


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    kind = draw(st.sampled_from([*KINDS]))
    changed = draw(st.sets(st.sampled_from(KINDS[kind].fields), max_size=2))
    return say(kind, draw(st.integers(1, 4)), **{name: OTHER[name] for name in changed})


GOLD = st.lists(st.builds(GoldStatement, statements(), optional=st.booleans()), max_size=5)
SAID = st.lists(statements(), max_size=5)
quick = settings(max_examples=40, deadline=None)


@quick
@given(GOLD, SAID)
def test_full_is_part_of_what_was_found(gold: list[GoldStatement], said: list[Statement]) -> None:
    """full+ <= full <= F1, with the same numbers of gold and predicted statements.

    Full is not bounded by strict F1: that compares names as sets of words, while a name with the
    same last word is right. Each field is right at least as often as all of them.
    """
    for counts in score(gold_article(ARTICLE, gold), said).kinds.values():
        assert counts.full_plus.matched <= counts.full.matched <= counts.found.matched
        for other in (counts.full, counts.full_plus):
            assert (other.gold, other.predicted) == (counts.found.gold, counts.found.predicted)
        for name, field in counts.fields.items():
            assert field.pairs == counts.found.matched
            assert counts.full_plus.matched <= field.right <= field.pairs
            assert name == "on_behalf_of" or counts.full.matched <= field.right


@quick
@given(GOLD, SAID, st.randoms(use_true_random=False))
def test_order_does_not_matter(
    gold: list[GoldStatement], said: list[Statement], random: Any
) -> None:
    """Shuffling either side changes no count of fields."""
    mixed, others = list(gold), list(said)
    random.shuffle(mixed)
    random.shuffle(others)
    assert tally_of(mixed, others) == tally_of(gold, said)


@quick
@given(GOLD)
def test_the_gold_itself_is_all_right(gold: list[GoldStatement]) -> None:
    """Even where statements of one place differ in one field only."""
    tally = tally_of(gold, [item.statement for item in gold])
    required = sum(not item.optional for item in gold)
    assert tally.found.matched == tally.full_plus.matched == required
    assert all(counts.right == counts.pairs for counts in tally.fields.values())


@quick
@given(GOLD, SAID)
def test_a_wrong_statement_changes_no_field(
    gold: list[GoldStatement], said: list[Statement]
) -> None:
    """What resembles no gold statement costs precision, and is no pair."""
    far = [item for item in gold if item.statement.evidence[0].start != ARTICLE.sentences[3].start]
    near = [item for item in said if item.evidence[0].start != ARTICLE.sentences[3].start]
    alarm = say("position", 4, actor="ξ", issue="ψ")
    before, after = tally_of(far, near), tally_of(far, [*near, alarm])
    assert after.fields == before.fields
    assert after.full.matched == before.full.matched
    assert after.full.predicted == before.full.predicted + 1
