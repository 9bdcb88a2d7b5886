"""A session counts what an article costs: failed attempts, failed questions, side by side."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from communique import summarize, summarize_many
from communique.errors import InvalidReply, ProviderUnavailable
from communique.models import Answer, LanguageModel, Message
from communique.prompts import Sampling
from communique.reading import Session
from communique.reading.forms import GistReply
from communique.summary import Failure, Usage
from communique.testing import ScriptedModel

SAMPLING = Sampling(max_tokens=9)
QUESTION: list[Message] = [{"role": "user", "content": "?"}]


class Costly(LanguageModel):
    """Needs two attempts for an answer."""

    provider = "costly"

    def __init__(self) -> None:
        self.asked = 0
        self.at_once = self.most_at_once = 0

    async def ask(self, messages: Any, form: Any, sampling: Any) -> Answer[Any]:
        self.asked += 1
        number = self.asked
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.01 * (4 - number))
        self.at_once -= 1
        usage = Usage(calls=2, input_tokens=20, output_tokens=2, cost_usd=0.5)
        raw = f'{{"gist": "{number}"}}'
        return Answer(form(gist=str(number)), raw, f"m-{number}", usage, model_seconds=1.5,
                      attempts=2, unusable=(f"no {number}",))  # fmt: skip


def test_all_is_added_up() -> None:
    """Attempts, tokens, cost, seconds and texts."""

    async def work() -> Session:
        session = Session(Costly(), SAMPLING)
        assert not session.has_received
        answer = await session.ask(QUESTION, GistReply)
        assert answer.reply.gist == "1"
        return session

    session = asyncio.run(work())
    assert session.usage == Usage(calls=2, input_tokens=20, output_tokens=2, cost_usd=0.5)
    assert (session.attempts, session.model_seconds, session.model_name) == (2, 1.5, "m-1")
    assert session.raw_replies == ("no 1", '{"gist": "1"}')
    assert session.has_received


def test_questions_side_by_side() -> None:
    """They run at once, and each is counted, in the order in which the answers come."""

    async def work() -> tuple[Session, Costly, list[Answer[GistReply]]]:
        model = Costly()
        session = Session(model, SAMPLING)
        answers = await asyncio.gather(*(session.ask(QUESTION, GistReply) for _ in range(3)))
        return session, model, answers

    session, model, answers = asyncio.run(work())
    assert model.most_at_once == 3
    assert [answer.reply.gist for answer in answers] == ["1", "2", "3"]
    assert session.usage.calls == session.attempts == 6
    assert [raw for raw in session.raw_replies if "gist" in raw] == [
        '{"gist": "3"}', '{"gist": "2"}', '{"gist": "1"}',
    ]  # fmt: skip


def test_an_error_carries_the_whole_article() -> None:
    """The error has the replies to earlier questions, followed by those to its own."""
    broken = InvalidReply("no form")
    broken.raw_replies, broken.attempts = ("a", "b"), 2
    broken.usage = Usage(calls=2, input_tokens=7)

    class Breaking(Costly):
        async def ask(self, messages: Any, form: Any, sampling: Any) -> Answer[Any]:
            if self.asked == 1:
                raise broken
            return await super().ask(messages, form, sampling)

    async def work() -> Session:
        session = Session(Breaking(), SAMPLING)
        await session.ask(QUESTION, GistReply)
        with pytest.raises(InvalidReply) as caught:
            await session.ask(QUESTION, GistReply)
        session.attach(caught.value)
        return session

    session = asyncio.run(work())
    assert broken.raw_replies == ("no 1", '{"gist": "1"}', "a", "b")
    assert broken.attempts == session.attempts == 4
    assert broken.usage is not None
    assert broken.usage.model_copy(update={"cost_usd": None}) == Usage(
        calls=4, input_tokens=27, output_tokens=2
    )


def test_nothing_received_is_no_usage() -> None:
    """An error before any answer has attempts, and no usage."""
    with pytest.raises(ProviderUnavailable) as caught:
        summarize("Talks failed.", model=ScriptedModel([ProviderUnavailable("x")]), prompt="v1")
    assert (caught.value.usage, caught.value.attempts, caught.value.raw_replies) == (None, 1, ())


def test_an_error_that_is_raised_twice_counts_once_each_time() -> None:
    """A script may hold one error object several times."""
    error = ProviderUnavailable("down")
    outcomes = list(
        summarize_many(
            ["A b.", "C d."], model=ScriptedModel([error] * 2), prompt="v1", concurrency=1
        )
    )
    assert [o.attempts for o in outcomes if isinstance(o, Failure)] == [1, 1]


def test_two_sessions_have_nothing_in_common() -> None:
    """Articles that are read at once are counted apart."""

    async def work() -> list[Session]:
        model = Costly()
        sessions = [Session(model, SAMPLING) for _ in range(3)]
        await asyncio.gather(*(session.ask(QUESTION, GistReply) for session in sessions))
        return sessions

    assert [session.attempts for session in asyncio.run(work())] == [2, 2, 2]


def test_an_unexpected_error_stays_what_it_is() -> None:
    """A fault in a user's own model is not counted as an answer."""

    class Faulty(LanguageModel):
        provider = "faulty"

        async def ask(self, messages: Any, form: Any, sampling: Any) -> Answer[Any]:
            raise ZeroDivisionError

    async def work() -> Session:
        session = Session(Faulty(), SAMPLING)
        with pytest.raises(ZeroDivisionError):
            await session.ask(QUESTION, GistReply)
        return session

    assert not asyncio.run(work()).has_received
