"""From an article to a summary, with a scripted model: no server, no tokens."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from builders import position, stated, summary_of, threat, whole
from communique import Article, Failure, Progress, Summarizer, Summary, asummarize, summarize
from communique.errors import ArticleError, InvalidReply, SettingsError
from communique.testing import ScriptedModel

TEXT = (
    "Ruritania opposes the dam. “Build it and we strike,” Ana Ruiz said.\n\n* * *\n\nTalks go on."
)


def test_whole_asks_once() -> None:
    """One question, one answer, statements in article order."""
    model = ScriptedModel([whole(threat(2, action="strike"), position(1))])
    summary = summarize(TEXT, model=model, prompt="v1")
    assert len(model.asked) == 1
    assert [s.id for s in summary.statements] == ["position-1", "threat-1"]
    assert summary.gist == "A dam divides two states."
    assert summary.provenance.provider == "scripted"
    assert summary.threats[0].summary == (
        "Ana Ruiz (Ruritania) threatens Ulmia: strike if the dam is built."
    )


def test_conversation_asks_about_each_passage_and_for_the_gist() -> None:
    """Each question is a step of progress, and so is the gist."""
    rain = " It rained in the hills on Tuesday." * 5
    text = f"Ruritania's foreign minister firmly rejected the new pipeline.{rain} {TEXT}"
    dam = stated(sentence=7)
    model = ScriptedModel([stated("the new pipeline"), dam, {"gist": "A pipeline."}])
    steps: list[Progress] = []
    summary = summarize(text, model=model, prompt="v2", on_progress=steps.append)
    questions = [messages[-1]["content"].rpartition("\n")[2] for messages in model.asked]
    assert questions == [
        "[1-5]?",
        "[6-10]?",
        "gist?",
    ]
    assert [position.issue for position in summary.positions] == ["the new pipeline", "the dam"]
    assert summary.positions[1].evidence[0].text == "Ruritania opposes the dam."
    assert [(step.done, step.total) for step in steps] == [(1, 3), (2, 3), (3, 3)]
    assert {step.stage for step in steps} == {"read"}


def test_nothing_there_nothing_out() -> None:
    """An article without statements has four empty lists."""
    summary = summarize(TEXT, model=ScriptedModel([whole()]), prompt="v1")
    assert summary.statements == summary.rejected == ()


def test_what_does_not_hold_is_shown_as_rejected() -> None:
    """A claim without content is not mixed in, and not lost."""
    reply = whole(position(issue=" "), position())
    summary = summarize(TEXT, model=ScriptedModel([reply]), prompt="v1")
    assert len(summary.positions) == 1
    assert summary.rejected[0].reason == "its issue is empty"


@pytest.mark.parametrize("bad", ["", "  ", "aaaa", b"bytes", None])
def test_bad_article_costs_nothing(bad: Any) -> None:
    """An article that can't be read is refused before the model is asked."""
    model = ScriptedModel([])
    with pytest.raises(ArticleError):
        summarize(bad, model=model)
    assert model.asked == []


def test_invalid_reply_keeps_what_was_said() -> None:
    """The error carries the reply."""
    with pytest.raises(InvalidReply) as caught:
        summarize(TEXT, model=ScriptedModel(["no JSON"]), prompt="v1")
    assert caught.value.raw_replies == ("no JSON",)


def test_asynchronous_is_the_same() -> None:
    """`asummarize` gives what `summarize` gives."""
    reply = whole(position())
    awaited = asyncio.run(asummarize(TEXT, model=ScriptedModel([reply]), prompt="v1"))
    direct = summarize(TEXT, model=ScriptedModel([reply]), prompt="v1")
    assert awaited.statements == direct.statements


def test_summarizer_is_reused_and_keeps_articles_apart() -> None:
    """Each article has its own statements and figures."""
    model = ScriptedModel([whole(position()), whole()])
    with Summarizer(model=model, prompt="v1") as summarizer:
        first = summarizer.summarize(TEXT)
        second = summarizer.summarize(Article(text="Nothing happened today.", title="Calm"))
    assert len(first.positions) == 1
    assert second.statements == ()
    assert second.article.title == "Calm"
    assert first.provenance.usage.calls == second.provenance.usage.calls == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform does not fork")
def test_a_forked_worker_does_not_hang() -> None:
    """A worker forked after the first call has an event loop of its own."""
    program = """
import os, sys
from communique import summarize
from communique.testing import ScriptedModel

def read():
    model = ScriptedModel([{"gist": "Talks.", "statements": []}])
    return summarize("Talks ended.", model=model, prompt="v1").gist

assert read() == "Talks."
child = os.fork()
if child == 0:
    os._exit(0 if read() == "Talks." else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], check=True, timeout=30, env=os.environ
    )


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@given(
    text=words.map(lambda w: f"One stands. {w}"),
    rows=st.lists(st.tuples(words, words, st.integers(1, 1)), max_size=4),
)
def test_any_summary_survives_json(text: str, rows: list[tuple[str, str, int]]) -> None:
    """Writing a summary to JSON and reading it back gives the same summary, spans exact."""
    statements = [position(n, actor=actor, issue=issue) for actor, issue, n in rows]
    summary = summary_of(text, *statements)
    assert Summary.model_validate_json(summary.model_dump_json()) == summary
    for statement in summary.statements:
        for span in statement.evidence:
            assert text[span.start : span.end] == span.text


class Nameless(ScriptedModel):
    provider = ""


class Mute:
    provider = "mute"


@pytest.mark.parametrize(
    ("model", "lacks"),
    [
        (Nameless([]), ["Nameless lacks", "provider"]),
        (Mute(), ["Mute lacks", "ask", "context_tokens"]),
        (object(), ["object lacks", "provider", "ask", "context_tokens"]),
        (ScriptedModel, ["ScriptedModel is a class"]),
        (42, ["int lacks", "ask", "the name of a model, such as local"]),
    ],
)
def test_a_model_that_lacks_something_is_refused_at_once(model: Any, lacks: list[str]) -> None:
    """With all that it lacks, before an article is read."""
    with pytest.raises(SettingsError, match=r"^model: ") as caught:
        Summarizer(model=model)
    assert [word for word in lacks if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"base_url": "http://127.0.0.1:9/v1"}, "base_url: .*leave this out"),
        ({"api_key": "canary-key"}, "api_key: "),
        ({"timeout": 3, "deadline": 9, "prices": None}, "timeout, deadline: .*leave these out"),
        (
            {"tokens_per_minute": 10, "requests_per_minute": 1},
            "tokens_per_minute, requests_per_minute: ",
        ),
        ({"tiemout": 3}, "no setting 'tiemout'"),
        ({"timeout": 0}, "timeout must be greater"),
    ],
)
def test_settings_that_a_model_object_ignores_are_refused(given: Any, says: str) -> None:
    """It would not learn of them; variables of the environment are for models with a name."""
    model = ScriptedModel([whole()])
    with pytest.raises(SettingsError, match=says) as caught:
        summarize(TEXT, model=model, prompt="v1", **given)
    assert "canary" not in str(caught.value)
    assert model.asked == []


def test_variables_are_not_given_by_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server set up in the environment doesn't stand in the way of a scripted model."""
    monkeypatch.setenv("COMMUNIQUE_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("COMMUNIQUE_TIMEOUT", "3")
    model = ScriptedModel([whole()])
    assert summarize(TEXT, model=model, prompt="v1", timeout=None).statements == ()


def example() -> Summary:
    return summary_of(TEXT, position(), position(issue=" "))


DAMAGES: dict[str, Any] = {
    "not-json": lambda _: "{",
    "not-an-object": lambda _: [],
    "empty": lambda _: {},
    "no-gist": lambda data: {k: v for k, v in data.items() if k != "gist"},
    "unknown-field": lambda data: {**data, "mood": "calm"},
    "another-version": lambda data: {**data, "schema_version": "99"},
    "unknown-stance": lambda data: {**data, "positions": [{**data["positions"][0], "stance": "likes"}]},
    "no-evidence": lambda data: {**data, "positions": [{**data["positions"][0], "evidence": []}]},
    "one-id-twice": lambda data: {**data, "positions": data["positions"] * 2},
    "naive-date": lambda data: {**data, "provenance": {**data["provenance"], "created": "2026-01-31T00:00:00"}},
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_summary_is_a_validation_error(damage: str) -> None:
    """Reading a summary back raises pydantic's own error, as reading any pydantic model does."""
    data = DAMAGES[damage](example().model_dump(mode="json"))
    text = data if isinstance(data, str) else json.dumps(data)
    with pytest.raises(ValidationError):
        Summary.model_validate_json(text)
    if not isinstance(data, str):
        with pytest.raises(ValidationError):
            Summary.model_validate(data)


def test_two_statements_with_one_id_are_no_summary() -> None:
    """Whoever looks up an id finds one statement."""
    data = example().model_dump(mode="json")
    data["positions"].append({**data["positions"][0], "issue": "the bridge"})
    with pytest.raises(ValidationError, match=r"id .*'position-1'|'position-1' is the id"):
        Summary.model_validate(data)


def test_summaries_have_a_hash() -> None:
    """Equal ones have the same, so that a set holds each once."""
    summary = example()
    again = Summary.model_validate_json(summary.model_dump_json())
    other = summary.model_copy(update={"gist": "Another."})
    assert hash(again) == hash(summary)
    assert len({summary, again, other}) == 2
    assert len({summary.rejected[0], again.rejected[0]}) == 1
    failure = Failure(index=0, article=summary.article, error="X", message="x", partial=summary)
    assert hash(failure) == hash(Failure.model_validate_json(failure.model_dump_json()))


def test_invented_quote_is_no_summary() -> None:
    """A summary whose evidence is not the article's text can't be made, not even from JSON."""
    summary = summarize(TEXT, model=ScriptedModel([whole(position())]), prompt="v1")
    forged = summary.model_dump(mode="json")
    forged["positions"][0]["evidence"][0]["text"] = "Ruritania supports a dam. "
    with pytest.raises(ValueError, match="not what the article says there"):
        Summary.model_validate(forged)
