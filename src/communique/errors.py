"""The errors that communique raises.

::

    CommuniqueError
    ├── ArticleError             the article can't be read: empty, not text, too long (a ValueError)
    ├── SettingsError            a setting or an environment variable is wrong
    ├── PromptError              a prompt version is missing, broken or changed
    ├── GoldError                an annotated article breaks the annotation rules
    ├── RecordingError           a cassette is missing, corrupt or not fully used
    ├── LimitReached             a limit that you set ended the reading of the article
    ├── Interrupted              the call was cancelled: the cause of its CancelledError
    ├── ModelNotAvailable        no model, unknown model, or its weights can't be had
    ├── ProviderError            the model's server did not give a usable answer
    │   ├── AuthenticationFailed
    │   ├── RateLimited
    │   ├── ProviderUnavailable
    │   └── ProviderTimeout
    └── ReplyError               the model answered, but the answer can't be used
        ├── RefusedReply
        ├── TruncatedReply
        └── InvalidReply

Each carries what was received before it was raised. Errors of the libraries that talk to models
are mapped to these in ``models/failures.py`` and remain available as ``__cause__``. Three kinds
of errors are not in this tree:

- ``pydantic.ValidationError``, raised when a `communique.Summary` or another model of this
  library is created from invalid data;
- errors raised by a user's own model object or iterable of articles;
- ``RuntimeError``, for a mistake in the calling program: a synchronous call from
  ``on_progress``, or the summary of a stream that has not ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from communique.summary import Summary, Usage

__all__ = [
    "ArticleError",
    "AuthenticationFailed",
    "CommuniqueError",
    "GoldError",
    "Interrupted",
    "InvalidReply",
    "LimitReached",
    "ModelNotAvailable",
    "PromptError",
    "ProviderError",
    "ProviderTimeout",
    "ProviderUnavailable",
    "RateLimited",
    "RecordingError",
    "RefusedReply",
    "ReplyError",
    "SettingsError",
    "TruncatedReply",
    "received_before",
]


class CommuniqueError(Exception):
    """The base class of communique's errors.

    Attributes:
        raw_replies: the model's texts for the article before the error, in order.
        usage: tokens and calls spent on the article before the error, or None if nothing was
            asked or the server reported no usage.
        attempts: number of HTTP requests sent for the article, including retries.
        partial: the summary of what was read before the error, or None without any answer.
        retryable: whether the same call may succeed later.
        retry_after: seconds to wait before that, as far as the server named a pause, or None.
        run_ended: whether a run over many articles ended before this one was read, or to its end.

    Examples:
        >>> from communique import CommuniqueError, summarize
        >>> try:
        ...     summarize("")
        ... except CommuniqueError as error:
        ...     print(f"{type(error).__name__}: {error} ({error.attempts} requests)")
        ArticleError: the article is empty: there is no text to read (0 requests)
    """

    raw_replies: tuple[str, ...] = ()
    usage: Usage | None = None
    attempts: int = 0
    partial: Summary | None = None
    retryable: bool = False
    retry_after: float | None = None
    run_ended: bool = False


class ArticleError(CommuniqueError, ValueError):
    """The article can't be read: empty, not text, or too long.

    It is also a ``ValueError``, as pydantic expects of validators.

    Examples:
        >>> from communique import Article
        >>> Article(text="")
        Traceback (most recent call last):
            ...
        communique.errors.ArticleError: the article is empty: there is no text to read
    """


class SettingsError(CommuniqueError):
    """A setting, argument or ``COMMUNIQUE_…`` variable has a value that can't be used.

    Examples:
        >>> from communique import Summarizer
        >>> Summarizer(timeout=0)
        Traceback (most recent call last):
            ...
        communique.errors.SettingsError: timeout must be greater than 0
    """


class PromptError(CommuniqueError):
    """A prompt version is missing, broken, or not what its lock entry says.

    Examples:
        >>> from communique import Summarizer
        >>> Summarizer(prompt="./nowhere")
        Traceback (most recent call last):
            ...
        communique.errors.PromptError: there is no prompt folder nowhere
    """


class GoldError(CommuniqueError):
    """A gold annotation breaks the rules of the annotation guide."""


class RecordingError(CommuniqueError):
    """A cassette is missing, corrupt, or not fully used."""


class LimitReached(CommuniqueError):
    """A limit that you set ended the reading of an article; ``partial`` is the summary so far.

    The limits are ``article_deadline``, ``article_questions`` and ``article_tokens`` (see
    `communique.Settings`), and the ``total_deadline`` of `communique.summarize_many`. Only limits
    of time are ``retryable``: the server may be faster later.

    Examples:
        >>> from communique import summarize
        >>> from communique.errors import LimitReached
        >>> from communique.testing import ScriptedModel
        >>> try:
        ...     summarize("Talks ended.", model=ScriptedModel([]), prompt="v1", article_tokens=9)
        ... except LimitReached as error:
        ...     print(error.attempts, error.retryable)
        0 False
    """


class Interrupted(CommuniqueError):
    """The caller cancelled a call, or its own timeout did; see `received_before`."""


class ModelNotAvailable(CommuniqueError):
    """No model is available; the message says how to get one."""


class ProviderError(CommuniqueError):
    """The model's server could not be reached or did not give a usable answer.

    Examples:
        A scripted model stands in for a server that is busy:

        >>> from communique import summarize
        >>> from communique.errors import ProviderError, RateLimited
        >>> from communique.testing import ScriptedModel
        >>> try:
        ...     summarize("Talks ended.", model=ScriptedModel([RateLimited("busy")]), prompt="v1")
        ... except ProviderError as error:
        ...     print("again later" if error.retryable else "give up")
        again later
    """


class AuthenticationFailed(ProviderError):
    """The server refused the key (HTTP 401 or 403)."""


class RateLimited(ProviderError):
    """The server asked to slow down (HTTP 429), and retrying did not help."""

    retryable = True


class ProviderUnavailable(ProviderError):
    """The server could not be reached, closed the connection, or answered 5xx, despite retries."""

    retryable = True


class ProviderTimeout(ProviderError):
    """The server did not answer within the timeout."""

    retryable = True


class ReplyError(CommuniqueError):
    """The model answered, but the answer can't be used.

    Examples:
        >>> from communique import summarize
        >>> from communique.errors import ReplyError
        >>> from communique.testing import ScriptedModel
        >>> try:
        ...     summarize("Talks ended.", model=ScriptedModel(["I won't."]), prompt="v1")
        ... except ReplyError as error:
        ...     print(type(error).__name__, error.raw_replies, error.usage.calls)
        InvalidReply ("I won't.",) 1
    """


class RefusedReply(ReplyError):
    """The model, or its content filter, declined to answer."""


class TruncatedReply(ReplyError):
    """The answer was cut off at the token limit."""


class InvalidReply(ReplyError):
    """The answer does not have the requested form."""


def received_before(error: BaseException) -> CommuniqueError | None:
    """Return what had been received when a call ended with this error, or None if unknown.

    That is the error itself, if it is one of communique's, else the first such error among its
    causes: if a call is cancelled, its ``CancelledError`` has an `Interrupted` as its cause, and
    the ``TimeoutError`` of ``asyncio.timeout`` or ``asyncio.wait_for`` has that ``CancelledError``.

    Examples:
        >>> import asyncio
        >>> from communique import asummarize
        >>> from communique.errors import received_before
        >>> from communique.testing import ScriptedModel
        >>> class Slow(ScriptedModel):
        ...     async def ask(self, messages, form, sampling):
        ...         await asyncio.sleep(60)
        >>> async def read(text):
        ...     try:
        ...         async with asyncio.timeout(0.1):
        ...             return await asummarize(text, model=Slow([]), prompt="v1")
        ...     except TimeoutError as error:
        ...         return received_before(error)
        >>> received = asyncio.run(read("Talks ended."))
        >>> type(received).__name__, received.attempts, received.partial
        ('Interrupted', 0, None)
    """
    seen: set[int] = set()
    while not isinstance(error, CommuniqueError):
        seen.add(id(error))
        if error.__cause__ is None or id(error.__cause__) in seen:
            return None
        error = error.__cause__
    return error
