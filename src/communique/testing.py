"""A fake model for the tests of programs that use communique: no server, no tokens."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from pydantic import ValidationError

from communique._internal.validation import describe
from communique.errors import CommuniqueError, InvalidReply
from communique.models import Answer, LanguageModel, Message
from communique.models.base import ReplyT
from communique.models.replies import read_reply
from communique.prompts import Sampling
from communique.summary import Usage

__all__ = ["ScriptedModel"]


class ScriptedModel(LanguageModel):
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
        replies: Iterable[Mapping[str, object] | str | Exception],
        context_tokens: int | None = None,
    ) -> None:
        self._replies = iter(list(replies))
        self.context_tokens = context_tokens
        self.asked: list[list[Message]] = []

    async def ask(
        self,
        messages: Sequence[Message],
        form: type[ReplyT],
        sampling: Sampling,  # noqa: ARG002 part of the protocol
    ) -> Answer[ReplyT]:
        """Return the next reply, in the form asked for."""
        self.asked.append(list(messages))
        reply = next(self._replies, None)
        if reply is None:
            raise AssertionError(f"the script ended before question {len(self.asked)}")
        if isinstance(reply, CommuniqueError):
            reply.raw_replies, reply.usage, reply.attempts = (), None, 1
        if isinstance(reply, Exception):
            raise reply
        raw = reply if isinstance(reply, str) else json.dumps(dict(reply), ensure_ascii=False)
        try:
            return Answer(read_reply(form, raw), raw, "scripted")
        except ValidationError as exc:
            error = InvalidReply(
                f"reply {len(self.asked)} of the script is not of the form: {describe(exc)}"
            )
            error.raw_replies, error.usage, error.attempts = (raw,), Usage(calls=1), 1
            raise error from exc
