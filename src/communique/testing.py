"""A fake model for the tests of programs that use communique: no server, no tokens."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from communique.errors import InvalidReply
from communique.models import Call, Ledger, Message
from communique.prompts import Sampling
from communique.summary import Usage

__all__ = ["ScriptedModel"]

ReplyT = TypeVar("ReplyT", bound=BaseModel)


class ScriptedModel:
    """Answers each question with the next reply of a script.

    Args:
        replies: what to answer, in order: a mapping or a text (JSON, right or wrong), or an
            exception to raise.
        context_tokens: tokens that a question and its answer may have together; an article
            that needs more is read in parts. None: no limit.

    Attributes:
        asked: the messages of every question so far.

    Raises:
        AssertionError: when asked more often than the script has replies.

    Example:
        >>> from communique import summarize
        >>> model = ScriptedModel([{"gist": "Nothing was agreed.", "statements": []}])
        >>> summarize("The talks ended. Nothing was agreed.", model=model, prompt="v1").gist
        'Nothing was agreed.'
    """

    provider = "scripted"

    def __init__(
        self,
        replies: Iterable[dict[str, object] | str | Exception],
        context_tokens: int | None = None,
    ) -> None:
        self._replies = iter(list(replies))
        self._context_tokens = context_tokens
        self.asked: list[list[Message]] = []

    async def context_tokens(self, ledger: Ledger) -> int | None:  # noqa: ARG002 part of the protocol
        """What the script was made with."""
        return self._context_tokens

    async def ask(
        self,
        messages: Sequence[Message],
        reply_model: type[ReplyT],
        sampling: Sampling,  # noqa: ARG002 part of the protocol
        ledger: Ledger,
    ) -> ReplyT:
        """The next reply, in the form asked for."""
        self.asked.append(list(messages))
        ledger.attempts += 1
        reply = next(self._replies, None)
        if reply is None:
            raise AssertionError(f"the script ended before question {len(self.asked)}")
        if isinstance(reply, Exception):
            raise reply
        raw = reply if isinstance(reply, str) else json.dumps(reply, ensure_ascii=False)
        ledger.calls.append(Call(raw=raw, model="scripted", usage=Usage(calls=1), seconds=0.0))
        try:
            return reply_model.model_validate_json(raw)
        except ValidationError as exc:
            error = InvalidReply(f"reply {len(self.asked)} of the script is invalid: {exc}")
            ledger.attach(error)
            raise error from exc
