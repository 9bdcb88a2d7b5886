"""Noticing that a server read less than it was sent, by the tokens that it counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from communique.errors import ArticleError

if TYPE_CHECKING:
    from communique.models.base import Message
    from communique.summary import Usage

__all__ = ["check_read"]

# Fewest tokens of a text, on the safe side: the vocabularies in use split text at spaces, so
# that a word has one token at least.
_TOKENS_PER_WORD = 0.8
_CHARACTERS_PER_TOKEN = 32  # of a long word without sense
_WIDE_PER_TOKEN = 3  # of scripts without spaces
_WIDE = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_SMALLEST_CONTEXT = 1000
"""No server that is in use reads less; a smaller count is made up, or leaves out what is cached."""


def check_read(messages: Sequence[Message], usage: Usage) -> None:
    """Make sure that a server read all of the last message, by the tokens that it counted.

    Some servers cut what is longer than their context, and say nothing.

    Args:
        messages: what was sent. Those before the last one may be cached, and not counted.
        usage: what the server counted; nothing is concluded from counts that are too small
            for any server.

    Raises:
        ArticleError: the server read less than there is.
    """
    # Some servers count what was cached beside the other tokens, some among them.
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
    long = sum(len(word) // _CHARACTERS_PER_TOKEN for word in words)
    return int(max(len(words), long) * _TOKENS_PER_WORD + wide / _WIDE_PER_TOKEN)
