"""Streams: iterators over the statements of one article while it is read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Self

from communique._internal.background import clean_up, run
from communique.article import Article
from communique.draft import Draft
from communique.statements import Statement
from communique.summary import Rejected, Summary, Usage

__all__ = ["AsyncStatementStream", "StatementStream"]


class _Stream:
    """Base of both kinds of stream: their state during and after the reading of the article."""

    def __init__(self, draft: Draft, on_end: Callable[[], Awaitable[None]] | None = None) -> None:
        self._draft = draft
        # The draft has no reference to its stream, so that a dropped stream is closed at once.
        self._statements = draft.statements(on_end)

    @property
    def article(self) -> Article:
        """The article being read."""
        return self._draft.article

    @property
    def gist(self) -> str:
        """The gist of the article; empty until the model has given it."""
        return self._draft.gist

    @property
    def rejected(self) -> tuple[Rejected, ...]:
        """The claims so far that could not be grounded, with the reasons."""
        return self._draft.rejected

    @property
    def retracted(self) -> frozenset[str]:
        """Ids of yielded statements that have since become part of others."""
        return self._draft.retracted

    @property
    def usage(self) -> Usage:
        """The tokens, calls and cost so far."""
        return self._draft.usage

    @property
    def summary(self) -> Summary:
        """The result, once all statements have been read: equal to what `summarize` returns.

        Raises:
            RuntimeError: the stream has not been read to its end, or has ended with an error
                (whose ``partial`` is the summary so far).
        """
        if self._draft.result is None:
            raise RuntimeError(
                "there is no summary before the stream has been read to its end; iterate over all "
                "its statements first"
            )
        return self._draft.result


class StatementStream(_Stream):
    """An iterator over the statements of one article, each as soon as it is grounded.

    A statement that gains evidence from a later repeat, or a fuller name, is yielded again under
    the same id. Yielded statements are provisional: later sentences may change a statement, merge
    it with another (then its id is in `retracted`) or refute it, and ids are assigned in order of
    arrival. `summary` is the final result, with the same ids and fields as that of `summarize`.

    Iterate over it, with or without ``with``. A stream that is left early is closed, together with
    its request, at the end of the ``with`` block or as soon as nothing refers to it.

    Raises:
        CommuniqueError: during iteration; see `Summarizer.asummarize`. The error's ``partial`` is
            the summary so far.

    Examples:
        >>> from communique import StatementStream, stream
        >>> from communique.testing import ScriptedModel
        >>> said = {"kind": "agreement", "parties": ["Ulmia", "Torv"], "subject": "truce",
        ...         "status": "agreed", "sentences": [1]}
        >>> model = ScriptedModel([{"gist": "A truce.", "statements": [said]}])
        >>> statements: StatementStream
        >>> with stream("Ulmia and Torv agreed a truce.", model=model, prompt="v1") as statements:
        ...     for statement in statements:
        ...         print(statement.id, statement.summary)
        agreement-1 Ulmia, Torv: truce (agreed).
        >>> statements.summary.gist, statements.usage.calls
        ('A truce.', 1)
    """

    def __init__(self, draft: Draft, on_end: Callable[[], Awaitable[None]] | None = None) -> None:
        super().__init__(draft, on_end)
        # After Ctrl-C the cancelled step may still be ending, and threads may share a stream.
        self._turn = asyncio.Lock()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Statement:
        found = run(_next_of(self._statements, self._turn))
        if found is None:
            raise StopIteration
        return found

    def close(self) -> None:
        """Stop reading; the request that is open is cancelled."""
        clean_up(_close(self._statements, self._turn))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class AsyncStatementStream(_Stream):
    """`StatementStream` for ``async with`` and ``async for``.

    Examples:
        >>> import asyncio
        >>> from communique import AsyncStatementStream, Summarizer
        >>> from communique.testing import ScriptedModel
        >>> async def read(text: str, summarizer: Summarizer) -> str:
        ...     statements: AsyncStatementStream
        ...     async with summarizer.astream(text) as statements:
        ...         async for statement in statements:
        ...             print(statement.id)
        ...     return statements.summary.gist
        >>> model = ScriptedModel([{"gist": "Talks failed.", "statements": []}])
        >>> asyncio.run(read("Talks failed.", Summarizer(model=model, prompt="v1")))
        'Talks failed.'
    """

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Statement:
        return await anext(self._statements)

    async def aclose(self) -> None:
        """Stop reading; the request that is open is cancelled."""
        await self._statements.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()


async def _next_of(statements: AsyncGenerator[Statement], turn: asyncio.Lock) -> Statement | None:
    async with turn:
        return await anext(statements, None)


async def _close(statements: AsyncGenerator[Statement], turn: asyncio.Lock) -> None:
    async with turn:
        await statements.aclose()
