"""Scoring: similarity by hand, the best assignment by brute force, and what must always hold."""

from __future__ import annotations

import itertools
import math
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from builders import gold_article
from communique import Article
from communique.errors import SettingsError
from communique.evaluation import (
    FIGURES,
    ArticleScore,
    Counts,
    FieldCounts,
    GoldArticle,
    GoldStatement,
    Matching,
    Tally,
    compare,
    detect,
    estimate,
    figure,
    match,
    score,
    similarity,
    total,
)
from communique.statements import KINDS, Evidence, Statement

# The last sentence and words in Greek are kept for statements that are wrong.
ARTICLE = Article(text="Ana met\tBen. Cid left. Dan and Eve spoke on. Fay sat. Gus fled.")
LAST = len(ARTICLE.sentences)

STATEMENT: TypeAdapter[Statement] = TypeAdapter(Statement)
ENUMERATED = {
    "position": ("stance", ("supports", "opposes")),
    "condition": ("relation", ("if", "until")),
    "threat": ("means", ("military", "economic")),
    "agreement": ("status", ("agreed", "ended")),
}


def say(kind: str, sentences: tuple[int, ...], **fields: Any) -> Statement:
    """A statement of any kind with evidence by sentence number; `about` is its content."""
    cut = [ARTICLE.sentences[n - 1] for n in sentences]
    about = fields.pop("about", "the toll")
    own: dict[str, Any] = {
        "position": {"actor": "Ana", "issue": about},
        "condition": {"actor": "Ana", "condition": about, "outcome": about},
        "threat": {"actor": "Ana", "target": about, "action": about, "trigger": None},
        "agreement": {"parties": ("Ana", "Ben"), "subject": about},
    }[kind]
    if kind == "agreement":  # has parties, none of whom speaks for another
        own["parties"] = (fields.pop("actor"),) if "actor" in fields else own["parties"]
        fields.pop("on_behalf_of", None)
    name, values = ENUMERATED[kind]
    own[name] = fields.pop("value", values[0])
    evidence = [Evidence(start=s.start, end=s.end, text=s.text) for s in cut]
    shared = {"id": f"{kind}-1", "attribution": "reported", "evidence": evidence}
    return STATEMENT.validate_python({"kind": kind, **shared, **own, **fields})


def gold_of(statements: list[GoldStatement]) -> GoldArticle:
    return gold_article(ARTICLE, statements)


def required(*statements: Statement) -> list[GoldStatement]:
    return [GoldStatement(statement) for statement in statements]


def figures(gold: list[GoldStatement], predicted: list[Statement] | None) -> dict[str, Any]:
    scores = [score(gold_of(gold), predicted)]
    return {name: figure(name, total(scores)) for name in FIGURES}


# Few sentences, names and words, so that ties and rivals are frequent.
@st.composite
def statements(draw: st.DrawFn, kinds: tuple[str, ...] = (*KINDS,)) -> Statement:
    kind = draw(st.sampled_from(kinds))
    numbers = draw(st.sets(st.integers(1, LAST - 1), min_size=1, max_size=3))
    return say(
        kind,
        tuple(sorted(numbers)),
        actor=draw(st.sampled_from(["Ana", "Ben Ode", "the Union"])),
        on_behalf_of=draw(st.sampled_from([None, "the Union"])),
        about=draw(st.sampled_from(["the toll", "a toll on trade", "peace", "talks in May"])),
        value=draw(st.sampled_from(ENUMERATED[kind][1])),
    )


def golds(kinds: tuple[str, ...] = (*KINDS,), optional: Any = None) -> st.SearchStrategy[Any]:
    flags = st.booleans() if optional is None else st.just(optional)
    item = st.builds(GoldStatement, statements(kinds), optional=flags)
    return st.lists(item, max_size=5)


def said(kinds: tuple[str, ...] = (*KINDS,)) -> st.SearchStrategy[list[Statement]]:
    return st.lists(statements(kinds), max_size=5)


quick = settings(max_examples=40, deadline=None)
one_kind = ("position",)


@pytest.mark.parametrize(
    ("gold", "predicted", "evidence", "actor", "content"),
    [
        # "Ana met Ben." has 10 characters without white space, "Cid left." 8.
        (
            say("position", (1, 2), actor="Ana Lee", on_behalf_of="Oz", about="NATO entry"),
            say("position", (1,), actor="oz", about="nato entry of Ulm"),
            2 * 10 / (18 + 10),
            1,
            1,
        ),
        (say("position", (1,)), say("position", (2,), actor="xx"), 0, 0, 1),
        (say("position", (1,), about="abc"), say("position", (1,), about="ABD"), 1, 1, 2 / 3),
        (
            say("condition", (2,), about="abc", outcome="xyz"),
            say("condition", (2,), about="xyz", outcome="abc"),
            1,
            1,
            1,
        ),
        (
            say("threat", (2,), target="abc", action="hit", trigger="one"),
            say("threat", (2,), target="abc", action="hit", trigger="two"),
            1,
            1,
            1,
        ),
        # One of two gold parties is there: the mean of 1 and 0.
        (
            say("agreement", (1,), parties=("Ana", "Oz")),
            say("agreement", (1,), parties=("Ana",)),
            1,
            0.5,
            1,
        ),
        # A party too many is not the gold's loss.
        (
            say("agreement", (1,), parties=("Ana",)),
            say("agreement", (1,), parties=("Oz", "Ana")),
            1,
            1,
            1,
        ),
    ],
)
def test_similarity_by_hand(gold, predicted, evidence, actor, content):
    """Similarity is what SCORING.md says, worked out by hand."""
    found = similarity(gold, predicted)
    assert found.evidence == pytest.approx(evidence)
    assert found.actor == pytest.approx(actor)
    assert found.content == pytest.approx(content)
    assert found.total == pytest.approx(0.5 * evidence + 0.2 * actor + 0.3 * content)


def test_white_space_is_no_evidence():
    """One span over two sentences covers the same as two spans: white space is ignored."""
    apart = say("position", (1, 2))
    first, second = apart.evidence
    text = ARTICLE.text[first.start : second.end]
    joined = apart.model_copy(
        update={"evidence": (Evidence(start=first.start, end=second.end, text=text),)}
    )
    assert "\t" in text
    assert similarity(apart, joined).evidence == 1


def test_kinds_are_never_compared():
    """A threat does not stand for a position, however alike they are."""
    with pytest.raises(ValueError, match="threat"):
        similarity(say("threat", (1,)), say("position", (1,)))
    assert figures(required(say("threat", (1,))), [say("position", (1,))])["detection_f1"] == 0


def test_threshold_is_reached_at_one_half():
    """A pair at exactly 0.5 counts as matched: all of the evidence and nothing else."""
    gold = say("position", (1,), actor="abc", about="def")
    assert similarity(gold, say("position", (1,), actor="ξ", about="ψ")).total == 0.5
    assert figures(required(gold), [say("position", (1,), actor="ξ", about="ψ")])["f1"] == 1
    assert figures(required(gold), [say("position", (2,), actor="abc", about="ψ")])["f1"] == 0


def test_strict_asks_for_the_name_and_the_enumerated_field():
    """A match with another name or stance is a match, but not a strict one."""
    gold = required(say("position", (1,)))
    for change in ({"value": "opposes"}, {"actor": "Ulm"}):
        found = figures(gold, [say("position", (1,), **change)])
        assert (found["f1"], found["strict_f1"]) == (1, 0)
    assert figures(gold, [say("position", (1,))])["strict_f1"] == 1


def test_any_overlap_is_detection():
    """Detection asks for evidence in common, not for likeness."""
    gold = required(say("position", (1, 2, 3), about="abc"))
    found = figures(gold, [say("position", (2,), actor="ξ", about="ψ")])
    assert (found["f1"], found["detection_f1"]) == (0, 1)


def test_one_prediction_detects_one_statement():
    """Detection is one to one, and finds as many pairs as there can be."""
    gold = required(say("position", (1,)), say("position", (1, 2)))
    both = [say("position", (1, 2)), say("position", (2,))]
    assert len(detect(gold, both)["position"].pairs) == 2
    assert len(detect(gold, both[:1])["position"].pairs) == 1


def test_figures_by_hand():
    """Counts and figures of a small example, worked out by hand."""
    gold = [
        *required(say("position", (1,)), say("position", (2,)), say("threat", (3,))),
        GoldStatement(say("agreement", (4,)), optional=True),
    ]
    wrong = say("position", (LAST,), actor="ξ", about="ψ")
    predicted = [say("position", (1,), value="opposes"), wrong, say("agreement", (4,))]
    tally = total([score(gold_of(gold), predicted)])
    one, none = Counts(1, 2, 3), Counts(0, 2, 3)
    assert replace(tally, fields={}) == Tally(one, none, none, none, one, 3, 3)
    assert [figure(name, tally) for name in FIGURES] == [1 / 2, 1 / 3, 2 / 5, 0, 0, 0, 2 / 5, 1]
    assert tally.fields["stance"] == FieldCounts(0, 1)
    assert tally.fields["actor"] == tally.fields["issue"] == FieldCounts(1, 1)
    assert tally.fields["parties"] == FieldCounts(0, 0)  # the agreement is optional


def test_nothing_to_average_is_none():
    """A figure with nothing to average is None; an empty prediction has F1 0."""
    assert set(figures([], []).values()) == {None}
    empty = figures(required(say("position", (1,))), [])
    assert (empty["precision"], empty["recall"], empty["f1"]) == (None, 0, 0)
    assert (empty["strict_f1"], empty["detection_f1"], empty["grounded"]) == (0, 0, None)
    invented = figures([], [say("position", (1,))])
    assert (invented["precision"], invented["recall"], invented["f1"]) == (0, None, 0)


def test_failed_article_misses_all_of_its_gold():
    """A failure counts as all required gold missed, as an empty prediction does."""
    gold = [
        *required(say("position", (1,)), say("threat", (2,))),
        GoldStatement(say("threat", (3,)), optional=True),
    ]
    failed = score(gold_of(gold), None)
    assert failed.failed
    assert failed.kinds == score(gold_of(gold), []).kinds
    assert total([failed]).found == Counts(0, 0, 2)
    assert total([failed], "threat").found == Counts(0, 0, 1)


def test_ungrounded_predictions_are_counted():
    """A span that is not what the article says there lowers the grounded share."""
    good = say("position", (1,))
    bad = good.model_copy(update={"evidence": (Evidence(start=0, end=3, text="Bob"),)})
    assert figures(required(good), [good, bad])["grounded"] == 1 / 2


def test_optional_gold_takes_nothing_from_required_gold():
    """A prediction that fits both goes to the required statement, however alike the other."""
    gold = required(say("position", (1, 2), about="peace"))
    predicted = [say("position", (1,))]
    rival = GoldStatement(say("position", (1,)), optional=True)
    assert figures(gold, predicted)["f1"] == 1
    matching = match([rival, *gold], predicted)["position"]
    assert [pair.gold for pair in matching.pairs] == gold
    assert not matching.excused


def test_repeats_of_an_optional_statement_are_not_all_excused():
    """An optional statement excuses one prediction; saying it again is a false alarm."""
    gold = [GoldStatement(say("position", (1,)), optional=True)]
    matching = match(gold, [say("position", (1,)), say("position", (1,))])["position"]
    assert (len(matching.excused), len(matching.false_alarms)) == (1, 1)


@pytest.mark.parametrize("optional", [False, True])
def test_among_equal_sums_more_pairs_win(optional):
    """One pair at 1.0 and two at 0.5 are equally similar: the two are taken."""
    gold = [
        GoldStatement(say("position", (1,), actor="Ana", about="abc"), optional),
        GoldStatement(say("position", (1,), actor="ξ", about="ψ"), optional),
    ]
    predicted = [
        say("position", (1,), actor="Ana", about="abc"),
        say("position", (2,), actor="Ana", about="abc"),
    ]
    for more in (predicted, [*predicted, say("position", (LAST,), actor="ω", about="φ")]):
        matching = match(gold, more)["position"]
        assert len(matching.excused if optional else matching.pairs) == 2


@pytest.mark.parametrize("stance", ["supports", "opposes"])
def test_among_equal_pairs_the_strict_one_wins(stance):
    """Of two predictions that are equally similar the one with the right stance is taken."""
    both = [say("position", (1,), value=value) for value in ("supports", "opposes")]
    (pair,) = match(required(say("position", (1,), value=stance)), both)["position"].pairs
    assert pair.strict
    assert pair.predicted.stance == stance


def test_equal_predictions_are_paired_in_one_way():
    """Predictions that could stand for each other are told apart by content, not by order."""
    both = [
        say("position", (1,)).model_copy(update={"attribution": attribution})
        for attribution in ("reported", "narrated")
    ]
    gold = required(say("position", (1,)))
    assert match(gold, both) == match(gold, both[::-1])


@quick
@given(golds(optional=False).filter(bool))
def test_perfect_prediction_scores_one(gold):
    """Predicting the gold itself scores 1.0 in every figure."""
    assert set(figures(gold, [item.statement for item in gold]).values()) == {1.0}


@quick
@given(golds(), said(), st.randoms(use_true_random=False))
def test_order_and_ids_do_not_matter(gold, predicted, random):
    """Shuffling either side or renaming ids changes no count and pairs the same statements."""
    other_gold, other = list(gold), [p.model_copy(update={"id": "x"}) for p in predicted]
    random.shuffle(other_gold)
    random.shuffle(other)
    assert score(gold_of(other_gold), other) == score(gold_of(gold), predicted)
    one, two = match(gold, predicted), match(other_gold, other)
    for kind in KINDS:
        left = [(p.gold, p.predicted.model_dump(exclude={"id"})) for p in one[kind].pairs]
        right = [(p.gold, p.predicted.model_dump(exclude={"id"})) for p in two[kind].pairs]
        assert left == right


@quick
@given(golds(), said(), st.sampled_from([*KINDS]))
def test_wrong_statement_never_raises_a_figure(gold, predicted, kind):
    """A prediction that is like nothing in the gold costs precision and gains nothing."""
    wrong = say(kind, (LAST,), actor="ξ", about="ψ", value=ENUMERATED[kind][1][1])
    before, after = (score(gold_of(gold), p).kinds[kind] for p in (predicted, [*predicted, wrong]))
    for old, new in zip(
        (before.found, before.strict, before.detected),
        (after.found, after.strict, after.detected),
        strict=True,
    ):
        assert new == replace(old, predicted=old.predicted + 1)
    for name in ("f1", "strict_f1", "detection_f1"):
        assert (figure(name, after) or 0) <= (figure(name, before) or 0)


@quick
@given(golds(), said(), st.sampled_from([*KINDS]))
def test_optional_statement_is_neutral(gold, predicted, kind):
    """An optional statement of its own changes nothing, whether it is predicted or not."""
    statement = say(kind, (LAST,), actor="ξ", about="ψ")
    more = [*gold, GoldStatement(statement, optional=True)]
    counts = [
        replace(total([score(gold_of(g), p)]), grounded=0, returned=0)
        for g, p in ((gold, predicted), (more, predicted), (more, [*predicted, statement]))
    ]
    assert counts[0] == counts[1] == counts[2]


@quick
@given(golds(), said(), statements())
def test_more_optional_gold_never_costs(gold, predicted, extra):
    """Adding any optional statement to the gold keeps all matches and can only excuse."""
    before = score(gold_of(gold), predicted).kinds[extra.kind]
    more = [*gold, GoldStatement(extra, optional=True)]
    after = score(gold_of(more), predicted).kinds[extra.kind]
    for old, new in ((before.found, after.found), (before.detected, after.detected)):
        assert (new.matched, new.gold) == (old.matched, old.gold)
        assert new.predicted in {old.predicted, old.predicted - 1}


def best(gold: list[GoldStatement], predicted: list[Statement]) -> tuple[int, ...]:
    """The best assignment by trying all: worth, pairs, strict pairs, excused worth, excused."""
    steps = [[round(similarity(g.statement, p).total * 10_000) for p in predicted] for g in gold]
    seats = [*range(len(predicted)), *[-1] * len(gold)]
    outcomes = set()
    for chosen in set(itertools.permutations(seats, len(gold))):
        outcome = [0] * 5
        for row, column in enumerate(chosen):
            if column < 0 or steps[row][column] < 5_000:
                continue
            g, p = gold[row].statement, predicted[column]
            strict = similarity(g, p).actor >= 0.8 and g.stance == p.stance
            if gold[row].optional:
                added = (0, 0, 0, steps[row][column], 1)
            else:
                added = (steps[row][column], 1, strict, 0, 0)
            outcome = [a + b for a, b in zip(outcome, added, strict=True)]
        outcomes.add(tuple(outcome))
    return max(outcomes)


@quick
@given(
    st.lists(st.builds(GoldStatement, statements(one_kind), optional=st.booleans()), max_size=4),
    st.lists(statements(one_kind), max_size=3),
)
def test_assignment_is_the_best_of_all(gold, predicted):
    """No other assignment of the pairs above the threshold is better."""
    found = match(gold, predicted)["position"]
    reached = (
        sum(round(pair.similarity.total * 10_000) for pair in found.pairs),
        len(found.pairs),
        sum(pair.strict for pair in found.pairs),
        sum(round(pair.similarity.total * 10_000) for pair in found.excused),
        len(found.excused),
    )
    assert reached == best(gold, predicted)
    assert all(pair.similarity.total >= 0.5 for pair in (*found.pairs, *found.excused))
    missed = sum(not item.optional for item in gold) - len(found.pairs)
    assert len(found.missed) == missed
    assert len(found.pairs) + len(found.excused) + len(found.false_alarms) == len(predicted)


def scores(*counts: tuple[int, int, int]) -> list[ArticleScore]:
    """Articles with positions counted as (matched, predicted, gold)."""
    return [
        ArticleScore(
            f"article-{n:02}",
            {kind: Tally() for kind in KINDS} | {"position": Tally(Counts(*each))},
        )
        for n, each in enumerate(counts)
    ]


@quick
@given(golds(), said())
def test_scores_and_matchings_survive_json(gold, predicted):
    """What an evaluation file keeps is read back as it was written."""
    for kind, value in (
        (ArticleScore, score(gold_of(gold), predicted)),
        (dict[str, Matching], match(gold, predicted)),
    ):
        adapter = TypeAdapter(kind)
        assert adapter.validate_json(adapter.dump_json(value)) == value


MIXED = scores((3, 4, 5), (0, 2, 3), (4, 4, 4), (0, 3, 0), (1, 5, 2), (0, 0, 0), (2, 2, 6))


def test_interval_is_the_same_everywhere():
    """The interval around the micro average is fixed to the digit, in any order of articles."""
    found = estimate(MIXED, "f1")
    assert found.value == 2 * 10 / (20 + 20)
    assert (round(found.low, 4), round(found.high, 4)) == (0.1935, 0.75)
    assert estimate(MIXED[::-1], "f1") == found


def test_interval_is_as_wide_as_it_should_be():
    """For articles with one statement each it is close to the binomial's own interval."""
    coins = scores(*[(n % 2, 1, 1) for n in range(100)])
    found = estimate(coins, "recall")
    half = 1.96 * math.sqrt(0.25 / 100)
    assert found.value == 0.5
    assert found.low == pytest.approx(0.5 - half, abs=0.015)
    assert found.high == pytest.approx(0.5 + half, abs=0.015)


def test_interval_needs_articles_and_something_to_average():
    """One article has no spread, and where nothing is counted there is no figure."""
    alone = estimate(MIXED[:1], "recall")
    assert (alone.value, alone.low, alone.high) == (0.6, None, None)
    for name in FIGURES:
        nothing = estimate(MIXED, name, "threat")
        assert (nothing.value, nothing.low, nothing.high) == (None, None, None)
    assert estimate([], "f1").value is None


def test_verdicts():
    """A clear difference is called by its name, a doubtful one is not."""
    low = scores(*[(1 + n % 2, 5, 5) for n in range(12)])
    high = scores(*[(3 + n % 3, 5, 5) for n in range(12)])
    assert compare(low, high).verdict == "better"
    assert compare(high, low).verdict == "worse"
    same = compare(low, low)
    assert (same.verdict, same.difference.value) == ("can't tell", 0)
    assert (same.difference.low, same.difference.high) == (0, 0)
    noisy = scores(*[(1 + (n + n // 4) % 2, 5, 5) for n in range(12)])
    assert compare(low, noisy).verdict == "can't tell"
    assert compare(low[:1], high[:1]).verdict == "can't tell"
    assert compare(low, high, "f1", "threat").difference.value is None


def test_pairing_sees_what_two_intervals_hide():
    """A small gain on every article is found, though the articles differ far more."""
    old = scores(*[(n, 20, 20) for n in range(19)])
    new = scores(*[(n + 1, 20, 20) for n in range(19)])
    assert estimate(old, "f1").high > estimate(new, "f1").low
    found = compare(old, new)
    assert found.verdict == "better"
    assert found.difference.value == pytest.approx(0.05)
    assert found.old == pytest.approx(0.45)


def test_only_the_same_articles_are_compared():
    """Scores of different articles can't be compared; their order does not matter."""
    with pytest.raises(ValueError, match="different articles"):
        compare(MIXED, MIXED[1:])
    assert compare(MIXED, MIXED[::-1]).difference.value == 0


@pytest.mark.parametrize("package", ["numpy", "scipy.optimize"])
def test_missing_extra_is_named(monkeypatch, package):
    """Without the extra the error names the package and the command that installs it."""
    monkeypatch.setitem(sys.modules, package, None)
    statement = say("position", (1,))
    with pytest.raises(SettingsError, match=rf"{package}.*communique\[eval\]"):
        score(gold_of(required(statement)), [statement])
