"""A dossier tells what an actor says over many articles, in the order of time, with the evidence."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from stories import agrees, demands, holds, story, threatens

import communique
from communique import Dossier, Failure, Summary
from communique.cli import main
from communique.dossiers import ActorDossier


def ulmia(*summaries: Summary | Failure) -> ActorDossier:
    (actor,) = communique.dossier(summaries).find("Ulmia")
    return actor


def position(stance: str, issue: str, day: str | None, name: str = "") -> Summary:
    text = f"Ulmia {stance} {issue}, wrote {name or day}."
    return story(text, holds("Ulmia", stance, issue), day=day, id=name or f"a-{day}")


def test_a_change_of_stance_is_found_in_any_order_of_the_articles() -> None:
    articles = [
        position("supports", "the dam", "2026-03-01"),
        position("opposes", "construction of the dam", "2026-01-01"),
        position("opposes", "the dam", "2026-02-01"),
    ]
    for given in (articles, articles[::-1]):
        (topic,) = ulmia(*given).issues
        assert [line.value for line in topic.lines] == ["opposes", "opposes", "supports"]
        assert [(turn.before, turn.after) for turn in topic.changes] == [(1, 2)]
        assert topic.contradictions == ()
        assert topic.name == "the dam"
        assert set(topic.wordings) == {"the dam", "construction of the dam"}


def test_issues_with_shared_words_stay_apart() -> None:
    actor = ulmia(
        position("opposes", "sanctions on Zemra", "2026-01-01"),
        position("supports", "lifting the sanctions on Zemra", "2026-01-02"),
        position("supports", "sanctions on Bellmar", "2026-01-03"),
    )
    assert [len(topic.lines) for topic in actor.issues] == [1, 1, 1]
    assert not any(topic.changes for topic in actor.issues)


def test_a_wording_must_be_like_all_others_of_its_group() -> None:
    """A chain of likenesses does not unite its ends."""
    actor = ulmia(
        position("opposes", "sale of fresh blue tuna boats", "2026-01-01"),
        position("opposes", "sale of blue boats", "2026-01-02"),
        position("opposes", "sale of old red blue boats", "2026-01-03"),
    )
    assert sorted(len(topic.lines) for topic in actor.issues) == [1, 2]


@pytest.mark.parametrize("days", [("2026-01-01", "2026-01-01"), (None, None), ("2026-01-01", None)])
def test_stances_of_which_none_is_later_contradict(days: tuple[str | None, str | None]) -> None:
    actor = ulmia(
        position("supports", "the dam", days[0], "one"),
        position("opposes", "the dam", days[1], "two"),
        position("conditional", "the dam", days[1], "three"),
    )
    (topic,) = actor.issues
    assert topic.changes == ()
    (turn,) = topic.contradictions
    values = {topic.lines[turn.before].value, topic.lines[turn.after].value}
    assert values == {"supports", "opposes"}


THREAT = story("“Ulmia will recall its ambassador from Zemra,” Ana Roe said.",
               threatens("Ana Roe", "recall Ulmia's ambassador from Zemra", "Ulmia"),
               day="2026-01-05", id="threat")  # fmt: skip


@pytest.mark.parametrize(
    ("day", "sentence", "what"),
    [
        ("2026-01-09", "Ulmia recalled its ambassador from Zemra on Friday.", ["done"]),
        (
            "2026-01-09",
            "Ulmia dropped its threat to recall its ambassador from Zemra.",
            ["withdrawn"],
        ),
        ("2026-01-09", "Ulmia may yet recall its ambassador from Zemra.", []),
        ("2026-01-09", "Ulmia has a new flag.", []),
        ("2026-01-05", "Ulmia recalled its ambassador from Zemra on Friday.", []),
        ("2026-01-01", "Ulmia recalled its ambassador from Zemra on Friday.", []),
        (None, "Ulmia recalled its ambassador from Zemra on Friday.", []),
    ],
)
def test_what_became_of_a_threat_is_told_by_articles_of_later_days(
    day: str | None, sentence: str, what: list[str]
) -> None:
    later = story(f"It rained. {sentence}", day=day, id="later")
    (followed,) = ulmia(THREAT, later).threats
    assert [each.what for each in followed.later] == what
    assert followed.is_open == ("done" not in what and "withdrawn" not in what)
    for each in followed.later:
        (span,) = each.evidence
        assert later.article.text[span.start : span.end] == span.text == sentence
        assert each.article.id == "later"


def test_a_threat_that_is_made_again_is_repeated() -> None:
    again = story("Zemra heard Ulmia repeat it.", threatens("Ulmia", "recall the Ulmia ambassador from Zemra"),
                  day="2026-02-01", id="again")  # fmt: skip
    last = story("Ulmia said so.", threatens("Ulmia", "recall its ambassador from Zemra"),
                 day="2026-03-01", id="last")  # fmt: skip
    first, second, third = ulmia(last, again, THREAT).threats
    assert [(each.what, each.article.id) for each in first.later] == [("repeated", "again")]
    assert [(each.what, each.article.id) for each in second.later] == [("repeated", "last")]
    assert third.later == ()
    assert first.is_open


def test_a_condition_is_open_until_a_later_article_says_that_it_is_met() -> None:
    demand = story("Ulmia wants Zemra to free Ben Lind.", demands("Ulmia", "Zemra frees Ben Lind"),
                   day="2026-01-01", id="demand")  # fmt: skip
    (followed,) = ulmia(demand).conditions
    assert followed.is_open
    assert "Open: no later article says" in communique.dossier([demand]).to_markdown()
    met = story("Zemra freed Ben Lind at dawn.", day="2026-01-02", id="met")
    (followed,) = ulmia(demand, met).conditions
    assert not followed.is_open
    assert "Open" not in communique.dossier([demand, met]).to_markdown()
    undated = story("Ulmia wants peace.", demands("Ulmia", "peace is made"))
    assert "far as can be told without a date" in communique.dossier([undated]).to_markdown()


def test_an_agreement_has_its_states_over_time_and_those_of_others_stay_apart() -> None:
    actor = ulmia(
        story(
            "Talks.", agrees("the truce", "negotiating", "Ulmia", "Zemra"), day="2026-01-01", id="1"
        ),
        story(
            "Signed.", agrees("a ceasefire", "agreed", "Zemra", "Ulmia"), day="2026-02-01", id="2"
        ),
        story("Other.", agrees("the truce", "ended", "Ulmia", "Bellmar"), day="2026-02-01", id="3"),
    )
    both, other = actor.agreements
    assert [line.value for line in both.lines] == ["negotiating", "agreed"]
    assert len(both.changes) == 1
    assert [line.value for line in other.lines] == ["ended"]


def test_failures_are_counted_and_the_last_summary_of_an_article_counts() -> None:
    partial = position("supports", "the dam", None, "partial")
    dossier = communique.dossier(
        [
            Failure(index=0, article=None, error="ArticleError", message="empty"),
            Failure(
                index=1, article=partial.article, error="Interrupted", message="", partial=partial
            ),
            position("supports", "the dam", "2026-01-01", "same"),
            position("opposes", "the dam", "2026-01-01", "same"),
        ]
    )
    assert (dossier.articles, dossier.failed) == (2, 1)
    (actor,) = dossier.actors
    assert [line.value for line in actor.lines] == ["opposes", "supports"]
    assert communique.dossier([]) == Dossier(articles=0)


def test_json_reads_back_as_an_equal_dossier() -> None:
    dossier = communique.dossier([THREAT, position("opposes", "the dam", "2026-01-01")])
    assert Dossier.model_validate_json(dossier.model_dump_json()) == dossier


def test_markdown_has_each_line_with_its_evidence_and_article() -> None:
    hostile = story("# Ulmia opposes <b>the dam</b> [now](x).", holds("Ulmia", "opposes", "<b>the dam</b>"),
                    title="*Dam*", day="2026-01-02", id="x|y")  # fmt: skip
    later = story(
        "Ulmia recalled its ambassador from Zemra.", day="2026-02-01", title="Home", id="h"
    )
    text = communique.dossier([hostile, THREAT, later]).to_markdown()
    lines = [line.strip() for line in text.splitlines()]
    assert "## Ulmia" in lines
    assert r"#### \<b\>the dam\</b\>" in lines
    assert "- 2026-01-02 **Ulmia**: opposes" in lines
    assert r"> \# Ulmia opposes \<b\>the dam\</b\> \[now\](x)\." in lines
    assert r"— \*Dam\*, 2026-01-02, x\|y" in lines
    assert "*Carried out, says a later article:*" in lines
    assert "— Home, 2026-02-01, h" in lines


def test_markdown_tells_changes_contradictions_and_other_wordings() -> None:
    text = communique.dossier(
        [
            position("opposes", "the dam", "2026-01-01"),
            position("supports", "building the dam", "2026-02-01", "x"),
            position("opposes", "the dam", "2026-02-01", "y"),
        ]
    ).to_markdown()
    assert "**Changed:** opposes (2026-01-01, Ulmia) → supports (2026-02-01, Ulmia)" in text
    assert "**Contradiction:** supports (2026-02-01, Ulmia) and opposes (2026-02-01, Ulmia)" in text
    assert "Brought together: the dam; building the dam" in text


@pytest.fixture
def outcomes(tmp_path: Path) -> Path:
    path = tmp_path / "out.jsonl"
    summaries = [THREAT, position("opposes", "the dam", "2026-01-01")]
    path.write_text("".join(each.model_dump_json() + "\n" for each in summaries), encoding="utf-8")
    return path


def test_an_actor_comes_with_those_that_may_be_the_same(outcomes: Path) -> None:
    """Else the ids in `perhaps` would lead nowhere."""
    told = {
        "President Ana Roe of Ulmia spoke.": ("Ana Roe", "Ulmia"),
        "President Roe spoke for Zemra.": ("Roe", "Zemra"),
        "Zemra spoke.": ("Zemra", None),
    }
    others = [
        story(text, holds(actor, "opposes", "the dam", home), id=text)
        for text, (actor, home) in told.items()
    ]
    outcomes.write_text("".join(each.model_dump_json() + "\n" for each in others), encoding="utf-8")
    written = outcomes.with_name("dossier.json")
    assert run(outcomes, "--actor", "Ana Roe", "-f", "json", "-o", written) == 0
    shown = json.loads(written.read_text(encoding="utf-8"))["actors"]
    assert [actor["name"] for actor in shown] == ["Ana Roe", "Roe"]
    assert {name for actor in shown for name in actor["perhaps"]} == {each["id"] for each in shown}


def run(*words: Any) -> int:
    with pytest.raises(SystemExit) as end:
        main(["dossier", *map(str, words)])
    return int(end.value.code or 0)


def test_the_command_writes_markdown_or_json_of_all_or_some_actors(
    outcomes: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(outcomes) == 0
    assert (
        capfd.readouterr().out
        == communique.dossier(communique.read_outcomes(outcomes)).to_markdown()
    )
    written = outcomes.with_name("dossier.json")
    assert (
        run(
            outcomes,
            "--actor",
            "roe",
            "--actor",
            "Ana Roe",
            "--format",
            "json",
            "--output",
            written,
        )
        == 0
    )
    (actor,) = json.loads(written.read_text(encoding="utf-8"))["actors"]
    assert actor["name"] == "Ana Roe"
    (threat,) = actor["threats"]
    assert threat["line"]["article"]["id"] == "threat"
    assert threat["line"]["statement"]["evidence"][0]["text"] == THREAT.article.text


@pytest.mark.parametrize("words", [("-f", "md"), ("--format", "MARKDOWN")])
def test_formats_are_named_as_in_other_commands(
    outcomes: Path, capfd: pytest.CaptureFixture[str], words: tuple[str, str]
) -> None:
    assert run(outcomes, *words) == 0
    assert "## Ulmia" in capfd.readouterr().out


def test_the_command_reads_standard_input(
    outcomes: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(outcomes.read_bytes())))
    assert run("-") == 0
    assert "## Ulmia" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("content", "words", "message"),
    [
        ("", [], "has no outcomes: it is empty"),
        ('{"schema_version": "9", "gist": "x", "provenance": {}}\n', [], "has schema version '9'"),
        ("no JSON\n", [], "line 1 is not JSON"),
        (
            None,
            ["--actor", "Nobody"],
            "no actor is named 'Nobody'; those with most to say: Ulmia, Ana Roe",
        ),
    ],
)
def test_bad_input_is_named_and_nothing_overwritten(
    outcomes: Path,
    capfd: pytest.CaptureFixture[str],
    content: str | None,
    words: list[str],
    message: str,
) -> None:
    if content is not None:
        outcomes.write_text(content, encoding="utf-8")
    before = outcomes.with_name("before.md")
    before.write_text("kept", encoding="utf-8")
    assert run(outcomes, "--output", before, *words) == 2
    assert message in capfd.readouterr().err
    assert before.read_text(encoding="utf-8") == "kept"


def test_a_torn_last_line_is_told(outcomes: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with outcomes.open("a", encoding="utf-8") as file:
        file.write('{"schema')
    assert run(outcomes) == 0
    assert "the last line is incomplete" in capfd.readouterr().err
