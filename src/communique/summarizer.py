"""The `Summarizer`: a configured, reusable object that turns articles into summaries."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import (
    AsyncGenerator,
    Callable,
    Coroutine,
    Generator,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import aclosing, suppress
from functools import partial
from pathlib import Path
from typing import Any, Self, Unpack

from communique._internal.background import background_loop, clean_up, run
from communique._internal.logs import about_article, get_logger
from communique._internal.pool import Pool
from communique._internal.progress import OnProgress
from communique.article import Article
from communique.draft import Draft, Reader, load_patterns
from communique.errors import CommuniqueError, Interrupted, SettingsError, received_before
from communique.models import LanguageModel, check_model, open_model
from communique.models.cached import CachedModel
from communique.models.secrets import scrub
from communique.pickling import Pickled
from communique.prompts import load_prompt
from communique.reading import Limits
from communique.runs import (
    STOP_AFTER,
    Articles,
    Run,
    check_several,
    each_of,
    interrupted_run,
    to_failure,
)
from communique.settings import (
    ModelChoice,
    Settings,
    SettingsKwargs,
    choose_model,
    load_settings,
    read_choice,
    settings_for_fallback,
)
from communique.streams import AsyncStatementStream, StatementStream
from communique.summary import Failure, Summary

__all__ = ["Summarizer"]

_LOG = get_logger(__name__)

_OURS = ("article_deadline", "article_questions", "article_tokens", "cache")
"""The settings that apply to the reading of an article by any model."""


class Summarizer:
    """A configured, reusable summarizer that keeps its connections open between articles.

    Args:
        model: ``provider/name``, such as ``openai/gpt-4.1-mini`` or ``local``, or an object
            with `communique.models.LanguageModel`'s methods. None: see `communique.Settings`.
        prompt: a prompt version such as ``v2``, or the path of a folder that holds one.
            None: the model's default.
        **settings: see `communique.Settings`. A model given as an object has its own settings
            and accepts none here, except for what an article may take (``article_…``), and
            ``cache`` if it has an `identity <communique.models.LanguageModel.identity>`.

    If a ``fallback_model`` is set, it reads an article, from the beginning and with its own
    default prompt unless ``prompt`` is given, after ``model`` has failed at it: after the last
    attempt, a refusal or an answer that can't be used, or because the article is too long. So it
    can be a stronger model that is asked only where a cheaper one fails, or another provider's in
    an outage. It is not asked if the key of ``model`` is refused or there is no such model. If it
    belongs to another provider, its key comes from that provider's own variable, and ``base_url``,
    ``api_key``, ``context_tokens``, ``reasoning_effort`` and ``extra_body`` do not apply to it;
    ``prices`` never do.

    A summarizer can be pickled, to be used in another process: its settings are, its connections
    are not. A key given as an argument travels with it in plain text; one from a variable does
    not, and is read there again, together with the other variables for the server. A model given
    as an object, or a key as a function, must be picklable itself; an ``http_client`` is not.

    Attributes:
        settings: all settings, from arguments and environment.
        model: the model that is asked.
        prompt: the prompt version that is used.
        readers: the model with its prompt, and the fallback model with its own, if there is one.
        limits: what one article may take.

    Raises:
        SettingsError: an argument or a ``COMMUNIQUE_…`` variable can't be used, or an object
            given as a model lacks a method.
        ModelNotAvailable: there is no such model, or no model is configured or installed.
        PromptError: there is no such prompt version, or it is broken.

    Examples:
        >>> from pathlib import Path
        >>> from communique import Summarizer
        >>> texts = [Path("article.txt").read_bytes().decode()]
        >>> with Summarizer(prompt="v2", timeout=120) as summarizer:
        ...     for text in texts:
        ...         print(len(summarizer.summarize(text).statements), "statements")
        17 statements
    """

    def __init__(
        self,
        *,
        model: str | LanguageModel | None = None,
        prompt: str | None = None,
        **settings: Unpack[SettingsKwargs],
    ) -> None:
        named = model if model is None or isinstance(model, str) else None
        self._object = None if isinstance(model, str) else model
        # None is an argument only where it means the provider's own server.
        self._given = {n: v for n, v in settings.items() if v is not None or n == "base_url"}
        self.settings = load_settings(model=named, prompt=prompt, **settings)
        if model is None or isinstance(model, str):
            choice = choose_model(self.settings)
            models: list[LanguageModel] = [open_model(self.settings, choice)]
            if (fallback := self.settings.fallback_model) is not None:
                models.append(_open_fallback(self.settings, fallback, choice))
        else:
            models = [check_model(model)]
            _check_unused(settings)
            if settings.get("cache") and models[0].identity is None:
                raise SettingsError(
                    f"cache: {type(model).__name__} has no identity, by which its answers could be "
                    "told from those of other models; add the property "
                    "communique.models.LanguageModel.identity, or leave cache out"
                )
        self.model = models[0]
        if self.settings.cache:
            models = _with_cache(models, self.settings.cache)
        named_prompt = self.settings.prompt
        self.readers = [
            Reader(each, load_prompt(named_prompt or each.default_prompt())) for each in models
        ]
        self.prompt = self.readers[0].prompt
        self.limits = Limits(
            self.settings.article_deadline,
            self.settings.article_questions,
            self.settings.article_tokens,
        )

    async def asummarize(
        self, article: Article | str, *, on_progress: OnProgress | None = None
    ) -> Summary:
        """Read one article.

        Args:
            article: an `Article`, or its text.
            on_progress: called with each step; see `communique.Progress`.

        Raises:
            ArticleError: the article can't be read, or is longer than the model can read.
            ModelNotAvailable: the model's weights or server are not available.
            ProviderError: the model's server failed, even when retried.
            ReplyError: the model's answer can't be used.
            LimitReached: the article has taken what it may take.

        Errors of the library carry what had been received before; for a call that you cancel,
        `communique.errors.received_before` returns it. Errors that a model given as an object
        raises itself are passed on unchanged.

        Examples:
            >>> import asyncio
            >>> from communique import Summarizer
            >>> from communique.testing import ScriptedModel
            >>> model = ScriptedModel([{"gist": "Talks failed.", "statements": []}])
            >>> reading = Summarizer(model=model, prompt="v1").asummarize("Hm.", on_progress=print)
            >>> summary = asyncio.run(reading)
            Progress(stage='read', done=1, total=1, message='article read')
        """
        return await Draft(article, self.readers, self.limits, on_progress).finish()

    def summarize(
        self, article: Article | str, *, on_progress: OnProgress | None = None
    ) -> Summary:
        """Read one article; see `asummarize`. This works inside a running event loop, too."""
        return run(self.asummarize(article, on_progress=on_progress))

    def astream(
        self, article: Article | str, *, on_progress: OnProgress | None = None
    ) -> AsyncStatementStream:
        """Read one article and yield each statement as soon as it is grounded.

        See `StatementStream`; for arguments and errors see `asummarize`. No request is sent
        before the first statement is requested.
        """
        return AsyncStatementStream(Draft(article, self.readers, self.limits, on_progress))

    def stream(
        self, article: Article | str, *, on_progress: OnProgress | None = None
    ) -> StatementStream:
        """Read one article and yield each statement; see `astream`."""
        return StatementStream(Draft(article, self.readers, self.limits, on_progress))

    def asummarize_many(
        self,
        articles: Articles,
        *,
        concurrency: int | None = None,
        total_deadline: float | None = None,
        stop_after: int | None = STOP_AFTER,
    ) -> AsyncGenerator[Summary | Failure]:
        """Read many articles and yield each one's `Summary` or `Failure` as soon as it is done.

        Articles are taken from ``articles`` only when they are needed, in the caller's thread, so
        ``articles`` can be a generator over an archive or a database cursor. Taking an article
        must not block the event loop for long, unless ``articles`` is an asynchronous iterable,
        such as one over a queue; `summarize_many` has no such limit.

        An article that fails, for whatever reason, becomes a `Failure` and never stops the
        others. An error of ``articles`` itself is raised, after running work is cancelled and
        what is done has been yielded.

        A run ends early after ``total_deadline`` seconds, after ``stop_after`` failures in a row
        (those of single articles not counted: `ArticleError` and `ReplyError`), and after three
        in a row that every other article would meet, too: a refused key, an unknown model, no
        credit. Then the articles that remain become failures at once, with the error that
        ended the run; give those that are ``retryable`` again later.

        If the call is cancelled while it waits for an outcome, the articles that were being read
        are in `communique.errors.received_before`'s ``outcomes``.

        Args:
            articles: any number of articles or texts.
            concurrency: how many articles are read at once. None: 8, or 1 with the embedded
                model, which reads one article after the other.
            total_deadline: seconds for all articles together, or None.
            stop_after: the number of failures in a row that end the run; None: no number does.

        Raises:
            SettingsError: concurrency, total_deadline or stop_after can't be used.
            ArticleError: ``articles`` is one article or a table, or not iterable.
        """
        check_several(articles, "__iter__", "__aiter__")
        run = Run(total_deadline, stop_after)
        return self._amany(self._works(run, articles), self._concurrency(concurrency))

    def summarize_many(
        self,
        articles: Iterable[Article | str],
        *,
        concurrency: int | None = None,
        total_deadline: float | None = None,
        stop_after: int | None = STOP_AFTER,
    ) -> Generator[Summary | Failure]:
        """Read many articles and yield each outcome; see `asummarize_many`.

        Articles in progress continue to be read while the caller, or ``articles``, is busy.
        """
        check_several(articles, "__iter__")
        outcome = partial(self._outcome, Run(total_deadline, stop_after))
        works = (partial(outcome, index, each) for index, each in enumerate(articles))
        return self._many(works, self._concurrency(concurrency))

    def __reduce__(self) -> tuple[Callable[[Pickled], Summarizer], tuple[Pickled]]:
        return Pickled.restore, (Pickled(self, self._object, self._given),)

    async def aclose(self) -> None:
        """Close the connections opened by `asummarize` in the running event loop."""
        for reader in self.readers:
            await reader.model.aclose()

    def close(self) -> None:
        """Close the connections opened by `summarize`."""
        clean_up(self.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        """Load what the first article needs, beside the event loop."""
        await load_patterns()
        for reader in self.readers:
            await reader.model.warm_up()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    def _concurrency(self, given: object) -> int:
        if given is None:
            return self.model.concurrency
        if not isinstance(given, int) or isinstance(given, bool) or given < 1:
            raise SettingsError(f"concurrency: {given!r} is not a whole number from 1")
        return given

    async def _works(self, run: Run, articles: Articles) -> AsyncGenerator[_Work]:
        """Yield the work for each article; an article is taken only when its work is requested."""
        index = 0
        async with aclosing(each_of(articles)) as each:
            async for article in each:
                yield partial(self._outcome, run, index, article)
                index += 1

    async def _amany(self, works: AsyncGenerator[_Work], size: int) -> AsyncGenerator[_Outcome]:
        pool: Pool[_Outcome] = Pool(size, asyncio.get_running_loop())
        try:
            async with aclosing(pool.results(works)) as outcomes:
                async for outcome in outcomes:
                    yield outcome
        except asyncio.CancelledError as cancelled:
            raise cancelled from interrupted_run(pool.left)

    def _many(self, works: Iterator[_Work], size: int) -> Generator[_Outcome]:
        pool: Pool[_Outcome] = Pool(size, background_loop())
        try:
            for step in pool.steps(works):
                if step is not None:
                    yield run(step)
        except BaseException as error:
            clean_up(pool.cancel())
            if isinstance(error, KeyboardInterrupt):
                error.__cause__ = interrupted_run(pool.left)
            raise

    async def _outcome(self, run: Run, index: int, article: Article | str) -> Summary | Failure:
        draft: Draft | None = None
        try:
            draft = Draft(article, self.readers, self.limits, index=index)
            async with run.time():
                summary = await draft.finish()
        except CommuniqueError as error:
            run.learn(error)
            return to_failure(index, draft and draft.article, error, error)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 the failure has it
            # A model given as an object may raise anything, even what looks like cancelling.
            if _is_cancelled():  # what the article came to is told when the run ends
                interrupted = received_before(error) or Interrupted("nothing was sent")
                return to_failure(index, draft and draft.article, interrupted, interrupted)
            with about_article(draft and draft.article.id):
                _LOG.warning("item %d failed: %s", index, _traceback(error))
            received = received_before(error) or CommuniqueError()
            if draft is not None:
                with suppress(Exception):  # what ended the reading may be in the summary so far
                    await draft.attach(received)
            run.learn(error if isinstance(error, Exception) else None)
            return to_failure(index, draft and draft.article, error, received)
        run.learn(None)
        return summary


_Outcome = Summary | Failure
_Work = Callable[[], Coroutine[Any, Any, _Outcome]]


def _open_fallback(settings: Settings, written: str, first: ModelChoice) -> LanguageModel:
    choice = read_choice(written, "fallback_model")
    same_provider = choice.provider == first.provider
    return open_model(settings_for_fallback(settings, same_provider=same_provider), choice)


def _with_cache(models: Sequence[LanguageModel], setting: bool | Path) -> list[LanguageModel]:
    """Return models whose answers are kept, as far as they have an identity."""
    from communique.cache import open_cache

    cache = open_cache(setting)
    return [
        model
        if cache is None or (identity := model.identity) is None
        else CachedModel(model, identity, cache)
        for model in models
    ]


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _traceback(error: BaseException) -> str:
    """Return the traceback of a foreign error, without keys, in characters that any log accepts."""
    shown = scrub("".join(traceback.format_exception(error)))
    return shown.encode("utf-8", "replace").decode("utf-8")


def _check_unused(settings: Mapping[str, object]) -> None:
    """Check that no setting was given that a model given as an object would ignore.

    Raises:
        SettingsError: there are such settings; the message names them.
    """
    unused = [name for name, value in settings.items() if value is not None and name not in _OURS]
    if unused:
        raise SettingsError(
            f"{', '.join(unused)}: a model given as an object has its own settings; leave "
            f"{'this' if len(unused) == 1 else 'these'} out, or give model as provider/name"
        )
