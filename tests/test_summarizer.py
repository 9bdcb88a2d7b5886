"""From an article to a summary, with a scripted model: no server, no tokens."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique import Article, Progress, Summarizer, Summary, asummarize, summarize
from communique.errors import ArticleError, InvalidReply
from communique.testing import ScriptedModel

TEXT = (
    "Ruritania opposes the dam. “Build it and we strike,” Ana Ruiz said.\n\n* * *\n\nTalks go on."
)

POSITION = {"kind": "position", "actor": "Ruritania", "on_behalf_of": None, "issue": "the dam",
            "stance": "opposes"}  # fmt: skip
THREAT = {"kind": "threat", "actor": "Ana Ruiz", "on_behalf_of": "Ruritania", "target": "Ulmia",
          "action": "strike", "trigger": "the dam is built", "means": "military"}  # fmt: skip


def whole(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"gist": "A dam divides two states.", "statements": list(statements)}


def test_whole_asks_once() -> None:
    """One question, one answer, statements in article order."""
    model = ScriptedModel([whole({**THREAT, "sentences": [2]}, {**POSITION, "sentences": [1]})])
    summary = summarize(TEXT, model=model, prompt="v1")
    assert len(model.asked) == 1
    assert [s.id for s in summary.statements] == ["position-1", "threat-1"]
    assert summary.gist == "A dam divides two states."
    assert summary.provenance.provider == "scripted"
    assert summary.threats[0].summary == (
        "Ana Ruiz (Ruritania) threatens Ulmia: strike if the dam is built."
    )


def test_sentencewise_asks_for_the_gist_and_each_sentence_with_words() -> None:
    """Gist, then a question a sentence, all with the same beginning; "* * *" is not asked about."""
    none: dict[str, Any] = {"statements": []}
    model = ScriptedModel(
        [{"gist": "A dam."}, {"statements": [POSITION]}, {"statements": [THREAT]}, none]
    )
    steps: list[Progress] = []
    summary = summarize(TEXT, model=model, prompt="v2", on_progress=steps.append)
    questions = [messages[-1]["content"].rpartition("\n")[2] for messages in model.asked]
    assert questions == [
        "What is the article about? One or two neutral sentences.",
        "Sentence 1: Ruritania opposes the dam.",
        "Sentence 2: “Build it and we strike,” Ana Ruiz said.",
        "Sentence 4: Talks go on.",
    ]
    beginnings = {str(messages[:-1]) for messages in model.asked}
    assert len(beginnings) == 1
    assert summary.threats[0].evidence[0].text == "“Build it and we strike,” Ana Ruiz said."
    assert [(step.done, step.total, step.message) for step in steps] == [
        (1, 4, "gist"),
        (2, 4, "sentence 1 of 3"),
        (3, 4, "sentence 2 of 3"),
        (4, 4, "sentence 3 of 3"),
    ]


def test_nothing_there_nothing_out() -> None:
    """An article without statements has four empty lists."""
    summary = summarize(TEXT, model=ScriptedModel([whole()]), prompt="v1")
    assert summary.statements == summary.rejected == ()


def test_what_does_not_hold_is_shown_as_rejected() -> None:
    """A claim without content is not mixed in, and not lost."""
    reply = whole({**POSITION, "issue": " ", "sentences": [1]}, {**POSITION, "sentences": [1]})
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
    reply = whole({**POSITION, "sentences": [1]})
    awaited = asyncio.run(asummarize(TEXT, model=ScriptedModel([reply]), prompt="v1"))
    direct = summarize(TEXT, model=ScriptedModel([reply]), prompt="v1")
    assert awaited.statements == direct.statements


def test_summarizer_is_reused_and_keeps_articles_apart() -> None:
    """Each article has its own statements and figures."""
    model = ScriptedModel([whole({**POSITION, "sentences": [1]}), whole()])
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
    statements = [
        {**POSITION, "actor": actor, "issue": issue, "sentences": [n]} for actor, issue, n in rows
    ]
    summary = summarize(text, model=ScriptedModel([whole(*statements)]), prompt="v1")
    assert Summary.model_validate_json(summary.model_dump_json()) == summary
    for statement in summary.statements:
        for span in statement.evidence:
            assert text[span.start : span.end] == span.text


def test_invented_quote_is_no_summary() -> None:
    """A summary whose evidence is not the article's text can't be made, not even from JSON."""
    summary = summarize(
        TEXT, model=ScriptedModel([whole({**POSITION, "sentences": [1]})]), prompt="v1"
    )
    forged = summary.model_dump(mode="json")
    forged["positions"][0]["evidence"][0]["text"] = "Ruritania supports a dam. "
    with pytest.raises(ValueError, match="not what the article says there"):
        Summary.model_validate(forged)
