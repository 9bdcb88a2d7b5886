"""The libraries that are compared: the bare openai client, plain instructor, and communique.

All three send the same messages: the server first keeps communique's requests, and the bare client
sends the same bytes. Every answer is checked, communique's statements with their evidence included.
Only the public API is used, so an older version can be measured with its ``src`` on PYTHONPATH.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal
from urllib.request import urlopen

import instructor
import openai
from loopback import KINDS, article_reply, article_text
from pydantic import BaseModel, ConfigDict

from communique import Summarizer, Summary

__all__ = ["LIBRARIES", "Communique", "Library", "Work", "prepare"]

Request = dict[str, Any]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Position(_Strict):
    kind: Literal["position"]
    actor: str
    on_behalf_of: str | None
    issue: str
    stance: Literal["supports", "opposes", "conditional", "undecided"]
    sentences: list[int]


class Condition(_Strict):
    kind: Literal["condition"]
    actor: str
    on_behalf_of: str | None
    outcome: str | None
    relation: Literal["if", "only_if", "unless", "until", "after", "before"]
    condition: str
    sentences: list[int]


class Threat(_Strict):
    kind: Literal["threat"]
    actor: str
    on_behalf_of: str | None
    target: str
    action: str
    trigger: str | None
    means: Literal["military", "nuclear", "economic", "diplomatic", "legal", "cyber", "other"]
    sentences: list[int]


class Agreement(_Strict):
    kind: Literal["agreement"]
    parties: list[str]
    subject: str
    status: Literal["proposed", "negotiating", "agreed", "in_force", "rejected", "suspended", "violated", "ended"]  # fmt: skip
    sentences: list[int]


class Reply(_Strict):
    """The fields of communique's own reply, as a user of instructor would declare them."""

    gist: str
    statements: list[Position | Condition | Threat | Agreement]


@dataclass(frozen=True, slots=True)
class Work:
    """The articles, and what communique sends about each of them."""

    texts: list[str]
    requests: list[Request]


class Bare:
    """The openai client by itself: the answer stays the text that it is."""

    def __init__(self, base_url: str, work: Work) -> None:
        # Its own limit of five seconds for a connection is too short where a machine is busy.
        self._client = openai.AsyncOpenAI(
            base_url=base_url, api_key="none", max_retries=0, timeout=600
        )
        self._work = work

    async def ask(self, number: int) -> None:
        """Ask about one article."""
        completion = await self._client.chat.completions.create(**self._work.requests[number])
        assert completion.choices[0].message.content == article_reply(number)

    async def ask_many(self, numbers: Iterable[int], in_flight: int) -> None:
        """Ask about many articles, a number of them at a time."""
        free = asyncio.Semaphore(in_flight)

        async def ask(number: int) -> None:
            async with free:
                await self.ask(number)

        await asyncio.gather(*map(ask, numbers))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


class Instructor(Bare):
    """Plain instructor: the answer becomes a `Reply`."""

    def __init__(self, base_url: str, work: Work) -> None:
        super().__init__(base_url, work)
        self._instructor = instructor.from_openai(self._client, mode=instructor.Mode.JSON_SCHEMA)

    async def ask(self, number: int) -> None:
        """See `Bare.ask`."""
        request = {**self._work.requests[number]}
        del request["response_format"]
        reply = await self._instructor.create(response_model=Reply, **request)
        assert len(reply.statements) == KINDS


class Communique:
    """communique: the article becomes a `Summary`, evidence included."""

    def __init__(self, base_url: str, work: Work) -> None:
        self._summarizer = Summarizer(
            model="openai/test", base_url=base_url, api_key="none", prompt="v1"
        )
        self._work = work

    async def ask(self, number: int) -> None:
        """See `Bare.ask`."""
        _check(await self._summarizer.asummarize(self._work.texts[number]))

    async def ask_many(self, numbers: Iterable[int], in_flight: int) -> None:
        """See `Bare.ask_many`."""
        texts = [self._work.texts[number] for number in numbers]
        async for outcome in self._summarizer.asummarize_many(texts, concurrency=in_flight):
            _check(outcome)

    async def close(self) -> None:
        """See `Bare.close`."""
        await self._summarizer.aclose()


Library = Bare | Communique
LIBRARIES: dict[str, Callable[[str, Work], Library]] = {
    "openai": Bare,
    "instructor": Instructor,
    "communique": Communique,
}


async def prepare(server: str, count: int) -> Work:
    """Return the articles with communique's requests about them, as the server received them."""
    work = Work([article_text(number) for number in range(count)], [])
    library = Communique(f"{server}/kept/v1", work)
    for number in range(count):
        await library.ask(number)
    await library.close()
    work.requests.extend(await asyncio.to_thread(_kept_requests, server))
    assert len(work.requests) == count, "communique sent more than one request an article"
    return work


def _kept_requests(server: str) -> list[Request]:
    with urlopen(f"{server}/kept") as answer:
        return json.load(answer)


def _check(outcome: object) -> None:
    assert isinstance(outcome, Summary), outcome
    assert len(outcome.statements) == KINDS, outcome.rejected
