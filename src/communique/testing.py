"""A scripted model for tests of programs that use communique."""

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
    """A model that answers each question with the next reply of a script.

    Args:
        replies: the replies, in order: mappings or lists, which are sent as JSON, texts (valid
            or invalid JSON), or exceptions to raise.
        context_tokens: maximum number of tokens of a question and its answer together; an
            article that needs more is read in parts. None: no limit.

    Attributes:
        asked: the messages of every question so far.

    Raises:
        AssertionError: more questions were asked than the script has replies.

    Example:
        >>> from communique import summarize
        >>> model = ScriptedModel([{"gist": "Nothing was agreed.", "statements": []}])
        >>> summarize("The talks ended. Nothing was agreed.", model=model, prompt="v1").gist
        'Nothing was agreed.'
    """

    provider = "scripted"

    def __init__(
        self,
        replies: Iterable[Mapping[str, object] | Sequence[object] | str | Exception],
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
        """Return the next reply, parsed into the requested form."""
        self.asked.append(list(messages))
        reply = next(self._replies, None)
        if reply is None:
            raise AssertionError(f"the script ended before question {len(self.asked)}")
        if isinstance(reply, CommuniqueError):
            reply.raw_replies, reply.usage, reply.attempts = (), None, 1
        if isinstance(reply, Exception):
            raise reply
        raw = (
            reply if isinstance(reply, str) else json.dumps(reply, ensure_ascii=False, default=dict)
        )
        try:
            return Answer(read_reply(form, raw), raw, "scripted")
        except ValidationError as exc:
            error = InvalidReply(
                f"reply {len(self.asked)} of the script is not of the form: {describe(exc)}"
            )
            error.raw_replies, error.usage, error.attempts = (raw,), Usage(calls=1), 1
            raise error from exc
