"""From an article to a summary: the configured object, and the functions that wrap it."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import AsyncGenerator, Generator, Iterable, Mapping
from contextlib import aclosing
from functools import lru_cache
from importlib.metadata import version
from types import TracebackType
from typing import Any, Self

from communique._internal.background import iterate, run
from communique._internal.progress import OnProgress, Progress
from communique._internal.telemetry import span
from communique.article import Article
from communique.errors import ArticleError, CommuniqueError, SettingsError
from communique.grounding import Grounder
from communique.models import ChatModel, LanguageModel, Ledger, ProviderModel, open_model
from communique.prompts import Prompt, default_version, load_prompt
from communique.reading import STRATEGIES, Reading
from communique.settings import choose_model, load_settings
from communique.statements import Statement
from communique.summary import Failure, Provenance, Summary

__all__ = ["Summarizer", "asummarize", "stream", "summarize", "summarize_many"]

_CONCURRENCY = 8

_LOG = logging.getLogger(__name__)


class Summarizer:
    """A configured, reusable summarizer. It keeps its connections open between articles.

    Args:
        model: ``provider/name``, such as ``openai/gpt-4.1-mini`` or ``local``, or an object
            with `communique.models.LanguageModel`'s method. None: see `communique.Settings`.
        prompt: a prompt version such as ``v2``, or the path of a folder that holds one.
            None: the model's default.
        base_url, api_key, timeout, max_attempts: see `communique.Settings`.

    Raises:
        SettingsError: an argument or a ``COMMUNIQUE_…`` variable can't be used.
        ModelNotAvailable: there is no such model, or none at all.
        PromptError: there is no such prompt version, or it is broken.

    Examples:
        >>> from pathlib import Path
        >>> from communique import Summarizer
        >>> texts = [Path("article.txt").read_bytes().decode()]
        >>> with Summarizer(prompt="v2", timeout=120) as summarizer:
        ...     for text in texts:
        ...         print(len(summarizer.summarize(text).statements), "statements")
        16 statements
    """

    def __init__(
        self,
        *,
        model: str | LanguageModel | None = None,
        prompt: str | None = None,
        **settings: object,
    ) -> None:
        named = model if model is None or isinstance(model, str) else None
        self.settings = load_settings(model=named, prompt=prompt, **settings)
        if model is None or isinstance(model, str):
            choice = choose_model(self.settings)
            self._model: LanguageModel = open_model(self.settings, choice)
        elif callable(getattr(model, "ask", None)) and hasattr(model, "provider"):
            self._model = model
        else:
            raise SettingsError(
                f"model: {type(model).__name__} is neither the name of a model, such as local, nor "
                "an object with the methods of communique.models.LanguageModel"
            )
        self.prompt: Prompt = load_prompt(
            self.settings.prompt or default_version(self._model.provider)
        )

    async def asummarize(
        self, article: Article | str, *, on_progress: OnProgress | None = None
    ) -> Summary:
        """Read one article.

        Args:
            article: an `Article`, or its text.
            on_progress: called with each step; see `communique._internal.progress.Progress`.

        Raises:
            ArticleError: the article can't be read, or is longer than the model can read.
            ModelNotAvailable: the model's weights or server can't be had.
            ProviderError: the model's server failed, retries included.
            ReplyError: the model's answer can't be used.

        Examples:
            >>> import asyncio
            >>> from communique import Summarizer
            >>> from communique.testing import ScriptedModel
            >>> model = ScriptedModel([{"gist": "Talks failed.", "statements": []}])
            >>> reading = Summarizer(model=model, prompt="v1").asummarize("Hm.", on_progress=print)
            >>> summary = asyncio.run(reading)
            Progress(stage='read', done=1, total=1, message='article read')
        """
        article = article if isinstance(article, Article) else Article(text=article)
        ledger = Ledger(on_progress)
        grounder = Grounder(article, self.prompt.examples)
        gist = ""
        started = time.perf_counter()
        about = {
            "communique.prompt": self.prompt.version,
            "communique.strategy": self.prompt.strategy,
            "communique.sentences": len(article.sentences),
        }
        with span("summarize", about) as recorder:
            try:
                async for reading in self._read(article, ledger, stream=False):
                    grounder.add(reading.claims)
                    for item in reading.rejected:
                        grounder.reject(item.raw, item.sentences, item.reason)
                    gist = reading.gist or gist
            except CommuniqueError as error:
                if ledger.calls:
                    error.partial = self._summary(article, gist, grounder, ledger, started)
                raise
            summary = self._summary(article, gist, grounder, ledger, started)
            recorder.add({"communique.statements": len(summary.statements)})
        _LOG.info(
            "%d statements, %d rejected, %d requests, %.1f s",
            len(summary.statements), len(summary.rejected), ledger.attempts,
            summary.provenance.seconds,
        )  # fmt: skip
        return summary

    def _summary(
        self, article: Article, gist: str, grounder: Grounder, ledger: Ledger, started: float
    ) -> Summary:
        grounded = grounder.grounded()
        return Summary(
            article=article,
            gist=" ".join(gist.split()),
            positions=grounded.positions,
            conditions=grounded.conditions,
            threats=grounded.threats,
            agreements=grounded.agreements,
            rejected=grounded.rejected,
            provenance=Provenance(
                model=_answering(ledger),
                provider=self._model.provider,
                prompt_version=self.prompt.version,
                prompt_sha256=self.prompt.sha256,
                library_version=_library_version(),
                seconds=round(time.perf_counter() - started, 3),
                model_seconds=_rounded(ledger.model_seconds),
                attempts=ledger.attempts,
                usage=ledger.usage,
            ),
        )

    async def _read(
        self, article: Article, ledger: Ledger, *, stream: bool
    ) -> AsyncGenerator[Reading]:
        """What the strategy yields; errors are given what had been paid for before them."""
        strategy = STRATEGIES[self.prompt.strategy]
        try:
            readings = strategy(article, self.prompt, self._model, ledger, stream=stream)
            async with aclosing(readings):
                async for reading in readings:
                    if ledger.on_progress is not None:
                        ledger.on_progress(
                            Progress("read", reading.done, reading.total, reading.message)
                        )
                    yield reading
        except CommuniqueError as error:
            ledger.attach(error)
            raise

    async def astream(
        self, article: Article | str, *, on_progress: OnProgress | None = None
    ) -> AsyncGenerator[Statement]:
        """Read one article and yield each statement as soon as it is grounded.

        A statement that gains evidence by a repeat further on, or a fuller name, is yielded
        again under the same id: the last one of an id counts. Ids are given as the statements
        come and can differ from those of `asummarize`.

        Args and errors: as `asummarize`.
        """
        article = article if isinstance(article, Article) else Article(text=article)
        grounder = Grounder(article, self.prompt.examples)
        async with aclosing(self._read(article, Ledger(on_progress), stream=True)) as readings:
            async for reading in readings:
                grounder.add(reading.claims)
                for statement in grounder.news():
                    yield statement

    def stream(
        self, article: Article | str, *, on_progress: OnProgress | None = None
    ) -> Generator[Statement]:
        """`astream` for code that is not asynchronous."""
        return iterate(self.astream(article, on_progress=on_progress))

    async def asummarize_many(
        self, articles: Iterable[Article | str], *, concurrency: int | None = None
    ) -> AsyncGenerator[Summary | Failure]:
        """Read many articles and yield what came of each as soon as it is done.

        Articles are taken from ``articles`` as they are needed, so that it can be a generator
        over an archive. An article that fails is a `Failure` and never stops the others.

        Args:
            articles: what to read, in any number.
            concurrency: how many are read at once. None: 8, and 1 with the embedded model,
                which reads one after the other.

        Raises:
            SettingsError: concurrency is less than 1.
            ArticleError: ``articles`` is one article, or nothing that has any.
        """
        limit = self._concurrency(concurrency)
        source = enumerate(_several(articles))
        running: set[asyncio.Task[Summary | Failure]] = set()
        try:
            while True:
                for index, article in itertools.islice(source, limit - len(running)):
                    running.add(asyncio.create_task(self._outcome(index, article)))
                if not running:
                    return
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    yield task.result()
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def summarize_many(
        self, articles: Iterable[Article | str], *, concurrency: int | None = None
    ) -> Generator[Summary | Failure]:
        """`asummarize_many` for code that is not asynchronous."""
        return iterate(self.asummarize_many(articles, concurrency=concurrency))

    def _concurrency(self, given: int | None) -> int:
        if given is None:
            return 1 if self._model.provider == "local" else _CONCURRENCY
        if not isinstance(given, int) or given < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise SettingsError(f"concurrency: {given!r} is not a whole number from 1")
        return given

    async def _outcome(self, index: int, article: Article | str) -> Summary | Failure:
        read = article if isinstance(article, Article) else None
        try:
            read = read or Article(text=article)  # pyright: ignore[reportArgumentType]
            return await self.asummarize(read)
        except CommuniqueError as error:
            return Failure(
                index=index,
                article=read,
                error=type(error).__name__,
                message=str(error),
                raw_replies=error.raw_replies,
                usage=error.usage,
                attempts=error.attempts,
                partial=error.partial,
            )

    def summarize(
        self, article: Article | str, *, on_progress: OnProgress | None = None
    ) -> Summary:
        """`asummarize` for code that is not asynchronous; it works inside a running loop, too."""
        return run(self.asummarize(article, on_progress=on_progress))

    async def aclose(self) -> None:
        """Close the connections opened by `asummarize` in the running event loop."""
        if isinstance(self._model, ChatModel | ProviderModel):
            await self._model.aclose()

    def close(self) -> None:
        """Close the connections opened by `summarize`."""
        run(self.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()


def _several(articles: Any) -> Iterable[Article | str]:
    """What was given for articles, if it can be some.

    Raises:
        ArticleError: it is one article, or nothing that has any.
    """
    name = type(articles).__name__
    if hasattr(articles, "__iter__") and not isinstance(articles, str | bytes | Article | Mapping):
        return articles
    raise ArticleError(
        f"articles: {name} is not a list (or any other iterable) of articles or texts; for one "
        "article there is summarize(…)"
    )


def summarize(
    article: Article | str,
    *,
    model: str | LanguageModel | None = None,
    prompt: str | None = None,
    on_progress: OnProgress | None = None,
    **settings: object,
) -> Summary:
    """Who holds which position, sets which condition, threatens whom and agrees what.

    Args:
        article: an `Article`, or its text.
        model: see `Summarizer`.
        prompt: see `Summarizer`.
        **settings: see `Summarizer`.
        on_progress: called with each step of the work.

    Returns:
        the statements, each with the spans of the article that prove it.

    Raises:
        CommuniqueError: see `Summarizer` and `Summarizer.asummarize`.

    Examples:
        The answers in these examples are the embedded model's, recorded.

        >>> from pathlib import Path
        >>> from communique import summarize
        >>> summary = summarize(Path("article.txt").read_bytes().decode())
        >>> for threat in summary.threats:
        ...     print(threat.actor, "→", threat.target, ":", threat.action)
        Vladimir Putin → foreign troops in Ukraine : consider them valid targets for attack
        >>> span = summary.threats[0].evidence[0]
        >>> span.text == summary.article.text[span.start : span.end]  # always
        True
    """
    with Summarizer(model=model, prompt=prompt, **settings) as summarizer:
        return summarizer.summarize(article, on_progress=on_progress)


async def asummarize(
    article: Article | str,
    *,
    model: str | LanguageModel | None = None,
    prompt: str | None = None,
    on_progress: OnProgress | None = None,
    **settings: object,
) -> Summary:
    """`summarize`, awaited.

    Examples:
        >>> import asyncio
        >>> from pathlib import Path
        >>> from communique import asummarize
        >>> summary = asyncio.run(asummarize(Path("article.txt").read_bytes().decode()))
        >>> summary.agreements[0].summary
        'Ukraine, European Union: security guarantees (agreed).'
    """
    async with Summarizer(model=model, prompt=prompt, **settings) as summarizer:
        return await summarizer.asummarize(article, on_progress=on_progress)


def stream(
    article: Article | str,
    *,
    model: str | LanguageModel | None = None,
    prompt: str | None = None,
    on_progress: OnProgress | None = None,
    **settings: object,
) -> Generator[Statement]:
    """`summarize`, statement by statement: see `Summarizer.astream`.

    Examples:
        >>> from pathlib import Path
        >>> from communique import stream
        >>> statements = stream(Path("article.txt").read_bytes().decode())
        >>> next(statements).summary  # while the model goes on reading
        'Vladimir Putin (Russia) opposes: Ukraine joining NATO.'
        >>> [statement.id for statement in statements][:3]  # the rest
        ['threat-1', 'position-2', 'condition-1']
    """
    with Summarizer(model=model, prompt=prompt, **settings) as summarizer:
        yield from summarizer.stream(article, on_progress=on_progress)


def summarize_many(
    articles: Iterable[Article | str],
    *,
    concurrency: int | None = None,
    model: str | LanguageModel | None = None,
    prompt: str | None = None,
    **settings: object,
) -> Generator[Summary | Failure]:
    """What comes of each of many articles, as they are done: see `Summarizer.asummarize_many`.

    Examples:
        >>> from pathlib import Path
        >>> from communique import Failure, summarize_many
        >>> texts = ["", Path("article.txt").read_bytes().decode()]
        >>> for outcome in summarize_many(texts, concurrency=16):
        ...     if isinstance(outcome, Failure):
        ...         print(outcome.index, outcome.error, outcome.message)
        ...     else:
        ...         print(outcome.article.id[:8], len(outcome.statements))
        0 ArticleError the article is empty: there is no text to read
        15c3b285 16
    """
    with Summarizer(model=model, prompt=prompt, **settings) as summarizer:
        yield from summarizer.summarize_many(articles, concurrency=concurrency)


def _answering(ledger: Ledger) -> str:
    """The model's name, as its server reported it; empty if it has not answered."""
    return next((call.model for call in reversed(ledger.calls) if call.raw is not None), "")


@lru_cache(maxsize=1)
def _library_version() -> str:
    return version("communique")


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
