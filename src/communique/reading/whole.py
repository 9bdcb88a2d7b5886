"""The strategy ``whole``: one question about the whole article, for capable models."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError
from pydantic_core import from_json

from communique._internal.closing import closing
from communique.article import Article
from communique.errors import ReplyError, TruncatedReply
from communique.models import Answer, Message
from communique.reading.common import Claim, Reading, example_fields, numbered, once_per_prompt
from communique.reading.confidence import statement_confidences
from communique.reading.forms import InvalidItem, WholeReply, whole_answer, whole_reply
from communique.reading.session import Session
from communique.reading.windows import windows
from communique.statements import StatementReply

if TYPE_CHECKING:
    from communique.prompts import Prompt

__all__ = ["whole", "whole_prefix"]

_Item = StatementReply | InvalidItem


async def whole(article: Article, prompt: Prompt, session: Session) -> AsyncGenerator[Reading]:
    """Ask one question, whose answer lists all statements with their sentence numbers.

    An article that is longer than the model can read is read in overlapping parts.
    """
    prefix = whole_prefix(prompt)
    parts = windows(article, session.context_tokens, prefix, session.max_tokens)
    await session.prepare()
    for done, part in enumerate(parts, start=1):
        messages: list[Message] = [*prefix, {"role": "user", "content": numbered(part.shown)}]
        shown: list[_Item] = []
        if session.streams:
            written = _Written(session, messages)
            async with closing(written.statements()) as lists:
                async for statements in lists:
                    new = [statement for statement in statements if statement not in shown]
                    shown += new
                    yield _reading(new, None, done - 1, len(parts), is_provisional=True)
            answer = await written.answer()
        else:
            try:
                answer = await session.ask(messages, whole_reply())
            except ReplyError as error:
                reading = _reading(_finished(error), None, done - 1, len(parts))
                yield replace(reading, message="the answer is incomplete")
                raise
        sure = statement_confidences(answer, len(answer.reply.statements))
        reading = _reading(answer.reply.statements, sure, done, len(parts))
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
        self._partial: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        asking = session.ask(messages, whole_reply(), self._partial.put_nowait)
        self._task = asyncio.create_task(asking)
        self._task.add_done_callback(lambda _: self._partial.put_nowait(None))

    async def statements(self) -> AsyncGenerator[list[_Item]]:
        """Yield all finished statements, whenever there are more of them."""
        finished = 0
        try:
            while (partial := await self._partial.get()) is not None:
                # The last one is still being written.
                written: Any = partial.get("statements")
                if not isinstance(written, list):
                    continue
                fields = cast("list[Any]", written)[:-1]
                if len(fields) > finished:
                    finished = len(fields)
                    yield _valid(fields)
        except BaseException:  # the consumer has gone
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            raise

    async def answer(self) -> Answer[WholeReply]:
        """Return the complete answer, or raise the error with which it ended."""
        return await self._task


def _finished(error: ReplyError) -> list[_Item]:
    """Return the statements that an unusable answer has finished."""
    text = error.raw_replies[-1] if error.raw_replies else ""
    try:
        partial: Any = from_json(text[max(0, text.find("{")) :], allow_partial=True)
        statements: Any = partial["statements"]
        return _valid(statements[:-1] if isinstance(error, TruncatedReply) else statements)
    except (ValueError, TypeError, KeyError):
        return []


def _valid(fields: Sequence[object]) -> list[_Item]:
    try:
        return whole_reply().model_validate({"gist": "", "statements": fields}).statements
    except ValidationError:
        return []  # the whole reply will be rejected, and that error will say why


def _reading(
    items: Sequence[_Item],
    sure: Sequence[float | None] | None,
    done: int,
    total: int,
    *,
    is_provisional: bool = False,
) -> Reading:
    """Return the claims and the invalid items of an answer."""
    message = "article read" if total == 1 else f"part {done} of {total}"
    confidences = sure or [None] * len(items)
    return Reading(
        claims=tuple(
            _claim(item, confidence)
            for item, confidence in zip(items, confidences, strict=True)
            if not isinstance(item, InvalidItem)
        ),
        gist=None,
        done=done,
        total=total,
        message="the model is answering" if is_provisional else message,
        is_provisional=is_provisional,
        rejected=tuple(item for item in items if isinstance(item, InvalidItem)),
    )


def _claim(statement: StatementReply, confidence: float | None) -> Claim:
    # The form made for the article adds `sentences`, which its base class doesn't know.
    sentences: list[int] = statement.model_dump(include={"sentences"})["sentences"]
    return Claim(statement, tuple(sentences), confidence)
