"""A server that reads less than it was sent, and says so only in its count of tokens."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import GOOD
from communique import Article, Summarizer
from communique.errors import ArticleError
from communique.models.truncation import check_read
from communique.summary import Usage
from wire import WireServer, chat

WHOLE = GOOD
LONG = " ".join(f"Ruritania's minister spoke about dam number {n} again." for n in range(2000))
CHINESE = "外交部长星期一表示，双方就水坝问题继续谈判。" * 1500


def reading(text: str, usage: Any, **settings: Any) -> tuple[str, WireServer]:
    def behave(_: WireServer, connection: Any, request: dict[str, Any], __: int) -> None:
        connection.sendall(chat(WHOLE, usage=usage))

    with (
        WireServer(behave) as server,
        Summarizer(
            model="openai/test", base_url=server.url, api_key="none", prompt="v1", **settings
        ) as reader,
    ):
        return reader.summarize(Article(text=text)).gist, server


@pytest.mark.parametrize("text", [LONG, CHINESE], ids=["english", "chinese"])
@pytest.mark.parametrize("read", [2048, 4096, 8192])
def test_a_server_that_cuts_the_article_is_an_error(text: str, read: int) -> None:
    """The context limit and the setting are named, and what it cost is there."""
    usage = {"prompt_tokens": read, "completion_tokens": 20, "total_tokens": read + 20}
    with pytest.raises(ArticleError, match=rf"context limit.*CONTEXT_TOKENS={read} ") as caught:
        reading(text, usage)
    assert f"read {read:,} tokens" in str(caught.value)
    assert caught.value.raw_replies == (WHOLE,)
    assert caught.value.usage is not None
    assert (caught.value.usage.input_tokens, caught.value.attempts) == (read, 1)


@pytest.mark.parametrize(
    "usage",
    [
        None,
        {},
        {"prompt_tokens": 0},
        {"prompt_tokens": None},
        {"prompt_tokens": -4096},
        {"prompt_tokens": "4096"},
        {"prompt_tokens": 7},
        {"prompt_tokens": 100, "completion_tokens": 20},
        {"prompt_tokens": 1200, "prompt_tokens_details": {"cached_tokens": 20_000}},
        {"prompt_tokens": 60_000},
    ],
)
def test_counts_that_say_nothing_are_no_alarm(usage: Any) -> None:
    """Missing, odd or made up; or what was cached is counted beside the rest."""
    assert reading(LONG, usage)[0] == "A dam divides two states."


def test_what_the_message_says_helps() -> None:
    """With the limit set, the article is read in parts, none of them longer than that."""
    sizes: list[int] = []

    def behave(_: WireServer, connection: Any, request: dict[str, Any], __: int) -> None:
        # As Ollama counts: all that it was sent, but no more than its context.
        sizes.append(sum(len(m["content"]) for m in request["messages"]) // 4)
        connection.sendall(chat(WHOLE, usage={"prompt_tokens": min(sizes[-1], 8192)}))

    with WireServer(behave) as server:
        about: dict[str, Any] = {"model": "openai/test", "base_url": server.url, "prompt": "v1"}
        with Summarizer(**about) as reader, pytest.raises(ArticleError):
            reader.summarize(LONG)
        with Summarizer(**about, context_tokens=8192) as reader:
            assert reader.summarize(LONG).gist == "A dam divides two states."
    refused, *parts = sizes
    assert refused > 8192
    assert len(parts) > 2
    assert max(parts) <= 8192


words = st.lists(st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=12))


@given(words, st.integers(0, 3000))
def test_no_alarm_for_what_may_have_been_read(text: list[str], cached: int) -> None:
    """A word is a token at least, of whatever script; a count that has them all is sound."""
    content = " ".join(text * 40)
    read = max(1000, len(content.split()) + len(content) // 2)
    message: Any = {"role": "user", "content": content}
    check_read([message], Usage(calls=1, input_tokens=read, cached_input_tokens=cached))


def test_only_the_last_message_counts() -> None:
    """What comes before it may be cached, and some servers count only the rest."""
    before: Any = {"role": "system", "content": "word " * 20_000}
    last: Any = {"role": "user", "content": "word " * 1500}
    check_read([before, last], Usage(calls=1, input_tokens=1500))
    with pytest.raises(ArticleError):
        check_read([last, before], Usage(calls=1, input_tokens=1500))
