"""Ask a peer about every article, and keep what came of it: one JSON file an article.

Runs in the peers' environment, which has openai in common.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import urlsplit

import openai
from openai.resources.chat.completions import Completions

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

__all__ = ["Answer", "Peer", "Server", "main", "sha256"]

SECONDS = 1800.0
"""Limit of one request: the SDK's ten minutes cut off long answers of a slow machine."""


@dataclass(frozen=True)
class Server:
    """Where the model answers, as `communique model serve` prints it.

    Attributes:
        model: ``openai/NAME``.
    """

    base_url: str
    model: str
    api_key: str = field(repr=False)

    @property
    def name(self) -> str:
        """The model's name without its provider."""
        return self.model.partition("/")[2]


@dataclass(frozen=True)
class Answer:
    """What a peer made of one article.

    Attributes:
        statements: their fields, with ``evidence``: a list of ``text`` as the model said it,
            ``start`` and ``end`` in the article, which are None if the peer can't find it.
        notes: what went wrong without being an error to the peer.
    """

    statements: list[dict[str, Any]]
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Peer:
    """A library as it is asked here.

    Attributes:
        asked: all that the answers depend on, besides article, model and version.
        ask: reads one article.
        failures: what the library raises when it can't use an answer.
    """

    name: str
    version: str
    asked: dict[str, Any]
    ask: Callable[[str], Answer]
    failures: tuple[type[Exception], ...]


def main(make: Callable[[dict[str, Any], Server], Peer]) -> None:
    """Read the articles of a task that have no answer of this peer yet.

    Raises:
        SystemExit: the server can't be used; the articles done so far are kept.
    """
    parser = argparse.ArgumentParser(description="Ask one peer about the articles of a task.")
    parser.add_argument("task", type=Path, help="written by peer_task.py")
    parser.add_argument("output", type=Path, help="folder for one JSON file an article")
    arguments = parser.parse_args()
    server = _server()
    task = json.loads(arguments.task.read_text(encoding="utf-8"))
    articles = task.pop("articles")
    arguments.output.mkdir(parents=True, exist_ok=True)
    with _recorded() as calls:
        peer = make(task, server)
        for number, article in enumerate(articles, start=1):
            path = arguments.output / f"{article['slug']}.json"
            head = _head(peer, server, article)
            if _is_done(path, head):
                continue
            result = head | _ask(peer, article["text"], calls)
            _write(path, result)
            said = result["error"] or f"{len(result['statements'])} statements"
            place = f"{peer.name}: {article['slug']} ({number} of {len(articles)})"
            sys.stderr.write(f"{place} {result['seconds']:.0f} s, {said[:200]}\n")


def sha256(value: object) -> str:
    """Hash of anything that JSON can hold."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _server() -> Server:
    names = ("COMMUNIQUE_BASE_URL", "COMMUNIQUE_MODEL", "COMMUNIQUE_API_KEY")
    values = [os.environ.get(name, "") for name in names]
    if not all(values):
        raise SystemExit(f"set {', '.join(names)}, as `communique model serve` prints them")
    server = Server(*values)
    host = urlsplit(server.base_url).hostname or ""
    if host == "localhost" or host.startswith("127."):
        os.environ["NO_PROXY"] = os.environ["no_proxy"] = host  # a proxy can't reach it
    return server


def _head(peer: Peer, server: Server, article: dict[str, str]) -> dict[str, Any]:
    return {
        "peer": peer.name,
        "version": peer.version,
        "model": server.name,
        "slug": article["slug"],
        "asked_sha256": sha256([peer.name, peer.version, peer.asked]),
        "article_sha256": hashlib.sha256(article["text"].encode()).hexdigest(),
    }


def _is_done(path: Path, head: dict[str, Any]) -> bool:
    """Return whether the file answers the question that would be asked now."""
    if not path.is_file():
        return False
    kept = json.loads(path.read_text(encoding="utf-8"))
    return all(kept.get(name) == value for name, value in head.items())


def _ask(peer: Peer, text: str, calls: list[dict[str, Any]]) -> dict[str, Any]:
    calls.clear()
    error = None
    started = time.perf_counter()
    try:
        answer = peer.ask(text)
    except (*peer.failures, openai.OpenAIError) as exc:
        if not calls and not _is_refused(exc):
            raise  # nothing was asked: the mistake is ours
        answer = Answer([])
        error = f"{type(exc).__name__}: {exc}"[:1000]
    return {
        "error": error,
        "seconds": round(time.perf_counter() - started, 3),
        "notes": answer.notes,
        "statements": answer.statements,
        "calls": list(calls),
    }


def _is_refused(error: BaseException) -> bool:
    """Return whether the server was asked and declined, for example an overlong question.

    Raises:
        SystemExit: it is gone or wants another key, which says nothing about the peer.
    """
    cause: BaseException | None = error
    while cause is not None:
        status = cause.status_code if isinstance(cause, openai.APIStatusError) else None
        if isinstance(cause, openai.APIConnectionError) or status in {401, 403, 404, 503}:
            raise SystemExit(
                f"the model's server can't be used: {cause}. What is done is kept: run the same "
                "command again when it can"
            ) from error
        if status is not None:
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _write(path: Path, result: dict[str, Any]) -> None:
    """All or nothing: a file that is there is complete."""
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    draft.replace(path)


@contextmanager
def _recorded() -> Generator[list[dict[str, Any]]]:
    """Note every answer with its tokens and seconds, whichever library asked.

    langextract throws them away and instructor adds them up, so they are taken in between.
    """
    calls: list[dict[str, Any]] = []
    original = Completions.create

    def create(self: Completions, *args: Any, **options: Any) -> Any:
        options.setdefault("timeout", SECONDS)
        started = time.perf_counter()
        completion = original(self, *args, **options)
        calls.append(_call(completion, time.perf_counter() - started))
        return completion

    with mock.patch.object(Completions, "create", create):
        yield calls


def _call(completion: Any, seconds: float) -> dict[str, Any]:
    usage, choice = completion.usage, completion.choices[0]
    details = usage.prompt_tokens_details
    timings = (completion.model_extra or {}).get("timings") or {}
    milliseconds = [timings[key] for key in ("prompt_ms", "predicted_ms") if key in timings]
    return {
        "input_tokens": usage.prompt_tokens,
        "cached_input_tokens": (details.cached_tokens or 0) if details else 0,
        "output_tokens": usage.completion_tokens,
        "seconds": round(seconds, 3),
        # llama-server's own measure, which communique's evaluations report, too
        "model_seconds": round(sum(milliseconds) / 1000, 3) if milliseconds else None,
        "finish_reason": choice.finish_reason,
        "reply": choice.message.content,
    }
