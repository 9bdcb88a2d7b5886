"""The event loop of a service stays free: what takes long is done in a thread."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from builders import position, whole
from communique import Article, Summarizer
from communique.errors import received_before
from communique.grounding import Grounder
from communique.prompts import load_prompt
from communique.testing import ScriptedModel

if TYPE_CHECKING:
    from collections.abc import Callable

SHORT = "Ruritania opposes the dam. Talks go on."
LONG = SHORT + " Nothing else happened there on that day." * 600


@pytest.fixture
def where(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """For each piece of work that takes long with a long article: the threads that did it."""
    load_prompt("v1")  # whose examples are articles, too
    seen: dict[str, set[str]] = {}

    def watched(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def watch(*given: Any, **named: Any) -> Any:
            seen.setdefault(name, set()).add(threading.current_thread().name)
            return work(*given, **named)

        return watch

    for holder, name in (
        (Grounder, "__init__"), (Grounder, "add"), (Grounder, "grounded"), (Grounder, "news"),
    ):  # fmt: skip
        monkeypatch.setattr(holder, name, watched(name, getattr(holder, name)))
    draft = sys.modules["communique.draft"]
    monkeypatch.setattr(draft, "ground_gist", watched("gist", draft.ground_gist))
    monkeypatch.setattr(
        "communique.article.split_sentences",
        watched("sentences", sys.modules["communique.article"].split_sentences),
    )
    return seen


async def summarized(text: str, reply: dict[str, Any]) -> int:
    async with Summarizer(model=ScriptedModel([reply]), prompt="v1") as reader:
        return len((await reader.asummarize(text)).statements)


async def streamed(text: str, reply: dict[str, Any]) -> int:
    async with (
        Summarizer(model=ScriptedModel([reply]), prompt="v1") as reader,
        reader.astream(text) as statements,
    ):
        return len([statement async for statement in statements])


async def many(text: str, reply: dict[str, Any]) -> int:
    async with Summarizer(model=ScriptedModel([reply]), prompt="v1") as reader:
        (outcome,) = [outcome async for outcome in reader.asummarize_many([text])]
        return len(getattr(outcome, "statements", ()))


@pytest.mark.parametrize("call", [summarized, streamed, many])
def test_a_long_article_is_worked_on_in_a_thread(
    call: Callable[..., Any], where: dict[str, set[str]]
) -> None:
    """Its sentences, and the grounding of what the model says about it; a short one costs no thread."""
    assert asyncio.run(call(LONG, whole(position()))) == 1
    assert {"sentences", "__init__", "add", "grounded", "gist"} <= set(where)
    assert set().union(*where.values()) == {"communique-work"}
    where.clear()
    assert asyncio.run(call(SHORT, whole(position()))) == 1
    assert set().union(*where.values()) == {threading.current_thread().name}


def test_the_loop_goes_on_between_articles(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many come at once: else connections would time out, and the first answer be late."""
    rounds = 0
    computed: list[int] = []
    begin = Grounder.__init__

    def watched(*given: Any) -> None:
        computed.append(rounds)
        begin(*given)

    monkeypatch.setattr(Grounder, "__init__", watched)

    async def count() -> None:
        nonlocal rounds
        while True:
            rounds += 1
            await asyncio.sleep(0)

    async def program() -> None:
        counting = asyncio.create_task(count())
        await asyncio.gather(*(summarized(SHORT, whole(position())) for _ in range(20)))
        counting.cancel()

    asyncio.run(program())
    assert len(set(computed)) == len(computed) == 20


def test_many_claims_are_grounded_in_a_thread(where: dict[str, set[str]]) -> None:
    """However short the article is."""
    claims = [position(issue=f"dam number {n}") for n in range(150)]
    asyncio.run(summarized(SHORT, whole(*claims)))
    assert where["add"] == where["grounded"] == {"communique-work"}


def test_cancelling_while_a_thread_works_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread is abandoned; what it was working on is not looked at."""
    begun, over = threading.Event(), threading.Event()
    add = Grounder.add

    def slow(grounder: Grounder, claims: Any) -> None:
        begun.set()
        over.wait(60)
        add(grounder, claims)

    monkeypatch.setattr(Grounder, "add", slow)

    async def program() -> BaseException:
        reader = Summarizer(model=ScriptedModel([whole(position())]), prompt="v1")
        task = asyncio.create_task(reader.asummarize(Article(text=LONG)))
        while not begun.is_set():  # noqa: ASYNC110 another thread sets it
            await asyncio.sleep(0.01)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError as error:
            return error
        finally:
            over.set()
        raise AssertionError

    received = received_before(asyncio.run(program()))
    assert received is not None
    assert received.usage is not None
    assert (received.usage.calls, received.partial) == (1, None)


LOADING = """
import asyncio, importlib.abc, sys, threading

found = {}
class Watch(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        is_main = threading.current_thread() is threading.main_thread()
        found.setdefault(name.partition(".")[0], "on the loop" if is_main else "beside it")

from communique import Summarizer
sys.meta_path.insert(0, Watch())
async def program():
    model = {"model": "openai/x", "base_url": "http://127.0.0.1:9/v1", "api_key": "none"}
    reader = Summarizer(**model, max_attempts=1, prompt="v1")
    ENTER
asyncio.run(program())
for name in ("openai", "instructor", "tenacity", "httpcore2", "truststore"):
    print(f"{name}: {found.get(name, 'not loaded')}")
"""

WAYS = {
    "async-with": "async with reader: pass",
    "first-article": "print(len([each async for each in reader.asummarize_many(['Talks began.'])]))",
}


@pytest.mark.parametrize("way", WAYS)
def test_libraries_are_loaded_beside_the_loop(way: str) -> None:
    """By ``async with``, before the first article comes; or else with the first article."""
    program = LOADING.replace("ENTER", WAYS[way])
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=300
    )
    names = ("openai", "instructor", "tenacity", "httpcore2", "truststore")
    assert done.stdout.splitlines()[-5:] == [f"{name}: beside it" for name in names], done
