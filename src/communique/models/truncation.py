"""Detection of servers that silently truncate what they are sent, by their token counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from communique.errors import ArticleError

if TYPE_CHECKING:
    from communique.models.base import Message
    from communique.summary import Usage

__all__ = ["check_read"]

# A lower bound on a text's tokens: current vocabularies split text at spaces, so a word has at
# least one token.
_TOKENS_PER_WORD = 0.8
_CHARACTERS_PER_TOKEN = 32  # per token of a long, meaningless word
_WIDE_PER_TOKEN = 3  # per token in scripts without spaces
_WIDE = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_SMALLEST_CONTEXT = 1000
"""Smallest plausible context; a smaller count is invented or excludes cached tokens."""


def check_read(messages: Sequence[Message], usage: Usage) -> None:
    """Check by its token count that a server read all of the last message.

    Some servers silently truncate messages that exceed their context.

    Args:
        messages: the messages sent. Those before the last may be cached and so not counted.
        usage: the server's token count; implausibly small counts are ignored.

    Raises:
        ArticleError: the server read fewer tokens than the message has.
    """
    # Some servers include cached tokens in the input tokens, some do not.
    read = usage.input_tokens + usage.cached_input_tokens
    if read < _SMALLEST_CONTEXT:
        return
    fewest = _fewest_tokens(messages[-1]["content"])
    if read < fewest:
        raise ArticleError(
            f"the server read {read:,} tokens of an article that has {fewest:,} at least: its "
            f"context limit is too small and it cut the rest off. Set COMMUNIQUE_CONTEXT_TOKENS="
            f"{read} to have the article read in parts, or raise the server's context limit"
        )


def _fewest_tokens(text: str) -> int:
    wide = len(_WIDE.findall(text))
    words = _WIDE.sub(" ", text).split()
    long = len("".join(words)) // _CHARACTERS_PER_TOKEN
    return int(max(len(words), long) * _TOKENS_PER_WORD + wide / _WIDE_PER_TOKEN)
