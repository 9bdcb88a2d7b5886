"""A scripted model for tests of programs that use communique.

To test against a real model's recorded answers, see `communique.recording.vcr_settings`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import cast

from pydantic import ValidationError

from communique._internal.logs import article_id, article_sha256
from communique._internal.validation import describe
from communique.article import Article
from communique.errors import CommuniqueError, InvalidReply, ProviderError
from communique.models import Answer, LanguageModel, Message
from communique.models.base import ReplyT
from communique.models.replies import read_reply
from communique.prompts import Sampling
from communique.summary import Usage

__all__ = ["Reply", "Script", "ScriptedModel"]

Reply = Mapping[str, object] | Sequence[object] | str | Exception
"""A mapping or a list, which is sent as JSON, a text (valid or invalid JSON), or an exception."""

Script = (
    Iterable[Reply]
    | Mapping[Article, Iterable[Reply]]
    | Mapping[str, Iterable[Reply]]
    | Callable[[list[Message]], Reply]
)
"""Replies in order, or in order for each article (or its text), or a function of the question."""


class ScriptedModel(LanguageModel):
    """A model that answers each question with the next reply of a script.

    Args:
        script: the replies, in order; or those for each article, so that articles can be read
            concurrently; or a function that takes the messages of a question. An exception is
            raised instead of a reply. Like a real model's, an error of `communique.errors` that
            is ``retryable`` is followed by another attempt, if ``max_attempts`` allows it.
        context_tokens: maximum number of tokens of a question and its answer together; an
            article that needs more is read in parts. None: no limit.
        usage: what each answer is reported to have used.
        max_attempts: how often each question is asked at most. Between attempts is no pause.

    Attributes:
        asked: the messages of every question so far, once per attempt.

    Raises:
        AssertionError: more questions were asked than the script has replies.

    Examples:
        >>> from communique import Failure, Usage, summarize, summarize_many
        >>> from communique.errors import RateLimited
        >>> from communique.testing import ScriptedModel
        >>> model = ScriptedModel([{"gist": "Nothing was agreed.", "statements": []}])
        >>> summarize("The talks ended. Nothing was agreed.", model=model, prompt="v1").gist
        'Nothing was agreed.'

        Replies by article; the first one fails, and can be summarized later:

        >>> good = {"gist": "A truce.", "statements": []}
        >>> model = ScriptedModel(
        ...     {"Talks failed.": [RateLimited("busy"), good], "A truce holds.": [good]},
        ...     usage=Usage(input_tokens=90, output_tokens=10, calls=1),
        ... )
        >>> articles = ["Talks failed.", "A truce holds."]
        >>> for outcome in summarize_many(articles, model=model, prompt="v1", concurrency=1):
        ...     print(outcome.error if isinstance(outcome, Failure) else outcome.provenance.usage)
        RateLimited
        input_tokens=90 cached_input_tokens=0 output_tokens=10 calls=1 cost_usd=None
        >>> summarize("Talks failed.", model=model, prompt="v1").gist
        'A truce.'
    """

    provider = "scripted"

    def __init__(
        self,
        script: Script,
        context_tokens: int | None = None,
        *,
        usage: Usage = Usage(calls=1),  # noqa: B008 it is frozen
        max_attempts: int = 1,
    ) -> None:
        self._next = _reader(script)
        self._usage = usage
        self._max_attempts = max_attempts
        self.context_tokens = context_tokens
        self.asked: list[list[Message]] = []

    async def ask(
        self,
        messages: Sequence[Message],
        form: type[ReplyT],
        sampling: Sampling,  # noqa: ARG002 part of the protocol
    ) -> Answer[ReplyT]:
        """Return the next reply, parsed into the requested form."""
        for attempt in range(1, self._max_attempts + 1):
            self.asked.append(list(messages))
            reply = self._next(list(messages))
            if reply is None:
                raise AssertionError(f"the script ended before question {len(self.asked)}")
            if not isinstance(reply, Exception):
                return self._answer(reply, form, attempt)
            if isinstance(reply, CommuniqueError):
                reply.raw_replies, reply.usage, reply.attempts = (), None, attempt
            may_pass = isinstance(reply, ProviderError) and reply.retryable
            if not may_pass or attempt == self._max_attempts:
                raise reply
        raise AssertionError("max_attempts must be at least 1")

    def _answer(
        self,
        reply: Mapping[str, object] | Sequence[object] | str,
        form: type[ReplyT],
        attempts: int,
    ) -> Answer[ReplyT]:
        is_text = isinstance(reply, str)
        raw = reply if is_text else json.dumps(reply, ensure_ascii=False, default=dict)
        try:
            parsed = read_reply(form, raw)
        except ValidationError as exc:
            error = InvalidReply(
                f"reply {len(self.asked)} of the script is not of the form: {describe(exc)}"
            )
            error.raw_replies, error.usage, error.attempts = (raw,), self._usage, attempts
            raise error from exc
        return Answer(parsed, raw, "scripted", usage=self._usage, attempts=attempts)


def _reader(script: Script) -> Callable[[list[Message]], Reply | None]:
    """Return a function that gives the next reply to a question, or None if there is none."""
    if callable(script):
        return script
    if not isinstance(script, Mapping):
        replies = iter(list(script))
        return lambda _: next(replies, None)
    by_article = cast("Mapping[Article | str, Iterable[Reply]]", script)  # or of either alone
    left = {_id(article): iter(list(replies)) for article, replies in by_article.items()}

    def next_reply(_: list[Message]) -> Reply | None:
        ids = (article_id() or "", article_sha256() or "")
        return next((next(left[name], None) for name in ids if name in left), None)

    return next_reply


def _id(article: Article | str) -> str:
    return (Article(text=article) if isinstance(article, str) else article).id
