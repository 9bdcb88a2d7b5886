"""One question for the whole article: for models that can hold all of it in view."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from communique.article import Article
from communique.models import LanguageModel, Ledger, Message, StreamingModel
from communique.reading.common import Claim, Reading, example_fields, numbered, prepare
from communique.reading.confidence import statement_confidences
from communique.reading.forms import InvalidItem, WholeReply, whole_answer, whole_reply
from communique.reading.windows import windows
from communique.statements import StatementReply

if TYPE_CHECKING:
    from communique.prompts import Prompt, Sampling

__all__ = ["whole", "whole_prefix"]

_Item = StatementReply | InvalidItem


async def whole(
    article: Article,
    prompt: Prompt,
    model: LanguageModel,
    ledger: Ledger,
    *,
    stream: bool = False,
) -> AsyncGenerator[Reading]:
    """Ask once; the answer lists all statements with their sentence numbers.

    An article that is longer than the model can read is asked about in overlapping parts.
    """
    prefix = list(whole_prefix(prompt))
    parts = await windows(
        article, model, ledger, prefix, prompt.sampling.max_tokens, answer_grows=True
    )
    await prepare(model, prefix, ledger)
    for done, part in enumerate(parts, start=1):
        messages: list[Message] = [*prefix, {"role": "user", "content": numbered(part.shown)}]
        form = whole_reply()
        shown: list[_Item] = []
        if stream and isinstance(model, StreamingModel):
            answer = _Answer(model, messages, form, prompt.sampling, ledger)
            async with aclosing(answer.as_it_is_written()) as written:
                async for statements in written:
                    new = [statement for statement in statements if statement not in shown]
                    shown += new
                    claims, invalid = _parted(new, [None] * len(new))
                    message = "the model is answering"
                    yield Reading(claims, None, done - 1, len(parts), message, invalid)
            reply = await answer.complete()
        else:
            reply = await model.ask(messages, form, prompt.sampling, ledger)
        sure = statement_confidences(ledger.calls[-1], len(reply.statements))
        # What was shown already is shown again if its confidence is known now.
        claims, invalid = _parted(reply.statements, sure, but=shown)
        message = "article read" if len(parts) == 1 else f"part {done} of {len(parts)}"
        yield Reading(claims, reply.gist if done == 1 else None, done, len(parts), message, invalid)


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


class _Answer:
    """A reply that is looked at while it is written."""

    def __init__(
        self,
        model: StreamingModel,
        messages: Sequence[Message],
        form: type[WholeReply],
        sampling: Sampling,
        ledger: Ledger,
    ) -> None:
        self._partial: asyncio.Queue[BaseModel | None] = asyncio.Queue()
        self._form = form
        asking = model.ask_streaming(messages, form, sampling, ledger, self._partial.put_nowait)
        self._task = asyncio.create_task(asking)
        self._task.add_done_callback(lambda _: self._partial.put_nowait(None))

    async def as_it_is_written(self) -> AsyncGenerator[list[_Item]]:
        """The finished statements, each time that there are more of them."""
        finished = 0
        try:
            while (partial := await self._partial.get()) is not None:
                # The last one is still being written.
                written: list[Any] = getattr(partial, "statements", None) or []
                fields = written[:-1]
                if len(fields) > finished:
                    finished = len(fields)
                    yield self._valid(fields)
        except BaseException:  # whoever was listening has gone
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            raise

    def _valid(self, fields: Sequence[object]) -> list[_Item]:
        try:
            return self._form.model_validate({"gist": "", "statements": fields}).statements
        except ValidationError:
            return []  # the whole reply will be refused, and the error will say why

    async def complete(self) -> WholeReply:
        """The whole reply, or the error that it ended in."""
        return await self._task


def _parted(
    items: Sequence[_Item], sure: Sequence[float | None], but: Sequence[_Item] = ()
) -> tuple[tuple[Claim, ...], tuple[InvalidItem, ...]]:
    """Return claims, and what is not valid; without those shown before that have no news."""
    claims = [
        _claim(item, confidence)
        for item, confidence in zip(items, sure, strict=True)
        if not isinstance(item, InvalidItem) and (confidence is not None or item not in but)
    ]
    invalid = [item for item in items if isinstance(item, InvalidItem) and item not in but]
    return tuple(claims), tuple(invalid)


def _claim(statement: StatementReply, confidence: float | None) -> Claim:
    # The form made for the article adds `sentences`, which its base class doesn't know.
    sentences: list[int] = statement.model_dump(include={"sentences"})["sentences"]
    return Claim(statement, tuple(sentences), confidence)
