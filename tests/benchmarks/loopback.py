"""A chat-completions server on loopback, and the invented articles that it knows the answer to.

    python tests/benchmarks/loopback.py

Prints its port, then serves until it is stopped. What precedes ``/v1`` in a request's path says how it
is answered; the parts can be combined:

    /after/SECONDS/JITTER   after `delay`, instead of at once
    /as/NAME                in the form of a library (`FORMS`), and counted under this name
    /kept                   the request is kept

``GET /kept`` returns the requests kept so far as a JSON array, and ``GET /counts`` the requests by name,
with their tokens: four bytes of a request's or an answer's text count as one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import re
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache
from typing import Any

_BYTES_PER_TOKEN = 4

KINDS = 4
"""An article has one statement of each kind."""

_PEOPLE = ["Anka Velm", "Joris Tapp", "Mirel Sande", "Perla Onsk", "Tobin Rausch", "Yara Quint"]
_STATES = ["Dorvia", "Kelmark", "Ostrana", "Pelusia", "Sarkova", "Umberland"]
_PLACES = ["Brisk", "Calder", "Elvin", "Harrow", "Noll", "Tamsen"]
_SUBJECTS = ["The harbour", "A market", "The old road", "One valley", "The museum", "A ferry"]
_VERBS = ["lies near", "was built beside", "stands across from", "is a day's walk from"]
_ENDS = [
    "and few people pass through it in winter",
    "where the river bends towards the hills",
    "which the flood of that year left unharmed",
    "as the older maps of the province show in some detail",
    "although the railway was closed and its bridges were sold long before that",
]


def article_text(number: int) -> str:
    """Return an article of some 400 words, in 19 to 31 sentences, that differs for each number."""
    chance = random.Random(number)
    words = chance.randint(360, 440)
    sentences = [f"Dispatch {number} was filed on a quiet evening.", *_facts(number)]
    while sum(len(sentence.split()) for sentence in sentences) < words:
        subject, verb, end = map(chance.choice, (_SUBJECTS, _VERBS, _ENDS))
        tail = f", {chance.choice(_ENDS)}" * chance.randint(0, 1)
        sentences.append(f"{subject} {verb} {chance.choice(_PLACES)}, {end}{tail}.")
    return " ".join(sentences)


@cache
def article_reply(number: int) -> str:
    """Return the answer about `article_text`'s article: JSON, a statement of each kind."""
    statements = [{**fields, "sentences": [at]} for at, fields in enumerate(_said(number), start=2)]
    _, state, _, place = _cast(number)
    return json.dumps({"gist": f"{state} opposes the {place} dam.", "statements": statements})


@cache
def instructor_reply(number: int) -> str:
    """Return the same as a user of instructor would ask for it, with quotes as evidence."""
    pairs = zip(_said(number), _facts(number), strict=True)
    return json.dumps({"statements": [{**fields, "evidence": [fact]} for fields, fact in pairs]})


@cache
def langextract_reply(number: int) -> str:
    """Return the same in the form that langextract asks for."""
    pairs = zip(_said(number), _facts(number), strict=True)
    extractions = [
        {fields["kind"]: fact, f"{fields['kind']}_attributes": {k: v for k, v in fields.items() if k != "kind"}}
        for fields, fact in pairs
    ]  # fmt: skip
    return json.dumps({"extractions": extractions})


FORMS: dict[str, tuple[Callable[[int], str], str]] = {
    "langextract": (langextract_reply, '{"extractions": []}'),
    "instructor": (instructor_reply, '{"statements": []}'),
}
"""By a name's first word: the answer about an article, and about a part without statements."""


def _said(number: int) -> list[dict[str, Any]]:
    person, state, other, place = _cast(number)
    return [
        {"kind": "position", "actor": person, "on_behalf_of": state, "issue": f"the {place} dam", "stance": "opposes"},
        {"kind": "threat", "actor": state, "on_behalf_of": None, "target": other, "action": f"expel the ambassador of {other}", "trigger": f"the {place} dam is filled", "means": "diplomatic"},
        {"kind": "condition", "actor": other, "on_behalf_of": None, "outcome": "return to the talks", "relation": "only_if", "condition": f"{state} releases the trawler"},
        {"kind": "agreement", "parties": [state, other], "subject": "fishing accord", "status": "agreed"},
    ]  # fmt: skip


def delay(number: int, seconds: float, jitter: float) -> float:
    """Return how long the server thinks about an article.

    Args:
        number: the article's number.
        seconds: the mean over all articles.
        jitter: 0.25 spreads the delays evenly from 75 % to 125 % of the mean.
    """
    return seconds * random.Random(f"delay {number}").uniform(1 - jitter, 1 + jitter)


def _facts(number: int) -> list[str]:
    person, state, other, place = _cast(number)
    return [
        f"{person}, the foreign minister of {state}, said that {state} opposes the {place} dam.",
        f"{state} warned that it will expel the ambassador of {other} if the {place} dam is filled.",
        f"{other} will return to the talks only if {state} releases the trawler, {other} said.",
        f"{state} and {other} signed a fishing accord on Tuesday.",
    ]


def _cast(number: int) -> tuple[str, str, str, str]:
    chance = random.Random(-1 - number)
    state, other = chance.sample(_STATES, 2)
    return chance.choice(_PEOPLE), state, other, chance.choice(_PLACES)


@contextmanager
def loopback_server() -> Generator[str]:
    """Run the server in a process of its own; the value is its address."""
    command = [sys.executable, __file__]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


class _Server:
    def __init__(self) -> None:
        self._kept: list[bytes] = []
        self._counts: dict[str, dict[str, int]] = {}

    async def run(self) -> None:
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, backlog=1024)
        sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        await server.serve_forever()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)\ncontent-length: *(\d+)", head)
                body = await reader.readexactly(int(length[1]) if length else 0)
                answer = await self._answer(head.split(b" ", 2)[1].decode(), body)
                lines = ["HTTP/1.1 200 OK", "content-type: application/json"]
                lines += [f"content-length: {len(answer)}", "", ""]
                writer.write("\r\n".join(lines).encode() + answer)
                await writer.drain()
        writer.close()

    async def _answer(self, path: str, body: bytes) -> bytes:
        found = re.search(rb"Dispatch (\d+)", body)
        number = int(found[1]) if found else -1
        name = ""
        match path.strip("/").split("/"):
            case ["kept"]:
                return b"[" + b",".join(self._kept) + b"]"
            case ["counts"]:
                return json.dumps(self._counts).encode()
            case parts:
                options = iter(parts)
        for option in options:
            if option == "kept":
                self._kept.append(body)
            elif option == "after":
                seconds, jitter = float(next(options)), float(next(options))
                await asyncio.sleep(delay(number, seconds, jitter))
            elif option == "as":
                name = next(options)
        text, answer = _completion(number, name.partition("-")[0])
        if name:
            self._count(name, len(body), len(text))
        return answer

    def _count(self, name: str, read: int, written: int) -> None:
        counts = self._counts.setdefault(name, {"requests": 0, "tokens_in": 0, "tokens_out": 0})
        counts["requests"] += 1
        counts["tokens_in"] += read // _BYTES_PER_TOKEN
        counts["tokens_out"] += written // _BYTES_PER_TOKEN


@cache
def _completion(number: int, form: str) -> tuple[str, bytes]:
    """Return the answer's text, and the whole completion with it."""
    reply, nothing = FORMS.get(form, (article_reply, ""))
    text = nothing if number < 0 and nothing else reply(number)
    message = {"role": "assistant", "content": text, "refusal": None}
    choice = {"index": 0, "finish_reason": "stop", "logprobs": None, "message": message}
    completion: dict[str, Any] = {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": 1,
        "model": "test",
        "choices": [choice],
        "usage": {"prompt_tokens": 1800, "completion_tokens": 220, "total_tokens": 2020},
    }
    return text, json.dumps(completion).encode()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_Server().run())
