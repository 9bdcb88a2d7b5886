"""The strategy ``whole``: one question about the whole article, for capable models."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError
from pydantic_core import from_json

from communique._internal.closing import closing
from communique.errors import ReplyError, TruncatedReply
from communique.models import Answer, Message
from communique.reading.common import (
    Item,
    Reading,
    Shown,
    example_fields,
    numbered,
    once_per_prompt,
    to_reading,
)
from communique.reading.confidence import statement_confidences
from communique.reading.forms import MOST_STATEMENTS, WholeReply, whole_answer, whole_reply
from communique.reading.header import header_of, with_header
from communique.reading.session import Session
from communique.reading.windows import windows

if TYPE_CHECKING:
    from communique.prompts import Prompt

__all__ = ["whole", "whole_prefix"]


async def whole(shown: Shown, prompt: Prompt, session: Session) -> AsyncGenerator[Reading]:
    """Ask one question, whose answer lists all statements with their sentence numbers.

    An article that is longer than the model can read is read in overlapping parts.
    """
    prefix = whole_prefix(prompt)
    header = header_of(shown.article, prompt.questions)
    before = with_header(prefix, header)
    parts = windows(shown.sentences, session.context_tokens, before, session.max_tokens)
    await session.prepare()
    for done, part in enumerate(parts, start=1):
        content = header + numbered(part.shown)
        messages: list[Message] = [*prefix, {"role": "user", "content": content}]
        if session.streams:
            written = _Written(session, messages)
            async with closing(written.statements()) as lists:
                async for new in lists:
                    yield to_reading(new, None, done - 1, len(parts), is_provisional=True)
            answer = await written.answer()
        else:
            try:
                answer = await session.ask(messages, whole_reply())
            except ReplyError as error:
                reading = to_reading(_finished(error), None, done - 1, len(parts))
                yield replace(reading, message="the answer is incomplete")
                raise
        sure = statement_confidences(answer, len(answer.reply.statements))
        reading = to_reading(answer.reply.statements, sure, done, len(parts))
        yield replace(reading, gist=answer.reply.gist if done == 1 else None)


@once_per_prompt
def whole_prefix(prompt: Prompt) -> tuple[Message, ...]:
    """Return the messages before an article: the instructions, and the examples with answers.

    Raises:
        ValidationError: an example does not fit the form.
    """
    prefix: list[Message] = [{"role": "system", "content": prompt.instructions}]
    for example in prompt.examples:
        statements = [
            {**fields, "sentences": list(numbers)} for numbers, fields in example_fields(example)
        ]
        answer = whole_answer(example.gist, statements)
        prefix.append({"role": "user", "content": numbered(example.article.sentences)})
        prefix.append({"role": "assistant", "content": answer})
    return tuple(prefix)


class _Written:
    """An answer that can be read while it is written."""

    def __init__(self, session: Session, messages: Sequence[Message]) -> None:
        self._partial: dict[str, Any] = {}  # the latest one has all that is in the others
        self._news = asyncio.Event()
        asking = session.ask(messages, whole_reply(), self._show)
        self._task = asyncio.create_task(asking)
        self._task.add_done_callback(lambda _: self._news.set())

    def _show(self, partial: dict[str, Any]) -> None:
        self._partial = partial
        self._news.set()

    async def statements(self) -> AsyncGenerator[list[Item]]:
        """Yield the finished statements, each once, whenever there are more of them."""
        finished = 0
        seen: set[str] = set()
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                is_last = self._task.done()
                written: Any = self._partial.get("statements")
                fields = cast("list[Any]", written) if isinstance(written, list) else []
                fields = fields[:-1][:MOST_STATEMENTS]  # the last one is still being written
                if len(fields) < finished:  # another attempt, after a broken answer
                    finished = 0
                new = {_key(item): item for item in fields[finished:]}
                finished = len(fields)
                if new := {key: item for key, item in new.items() if key not in seen}:
                    seen.update(new)
                    yield _valid(list(new.values()))
                if is_last:
                    return
        except BaseException:  # the consumer has gone
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            raise

    async def answer(self) -> Answer[WholeReply]:
        """Return the complete answer, or raise the error with which it ended."""
        return await self._task


def _key(item: object) -> str:
    """Return what is the same for equal items."""
    try:
        return json.dumps(item, default=str)
    except ValueError:  # an integer that is longer than Python writes any
        return ""


def _finished(error: ReplyError) -> list[Item]:
    """Return the statements that an unusable answer has finished."""
    text = error.raw_replies[-1] if error.raw_replies else ""
    try:
        partial: Any = from_json(text[max(0, text.find("{")) :], allow_partial=True)
        statements: Any = partial["statements"]
        return _valid(statements[:-1] if isinstance(error, TruncatedReply) else statements)
    except (ValueError, TypeError, KeyError):
        return []


def _valid(fields: Sequence[object]) -> list[Item]:
    try:
        return whole_reply().model_validate({"gist": "", "statements": fields}).statements
    except ValidationError:
        return []  # the whole reply will be rejected, and that error will say why
