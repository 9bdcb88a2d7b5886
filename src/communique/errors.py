"""Every error that communique raises on purpose.

::

    CommuniqueError
    ├── ArticleError             the article can't be read: empty, not text, too long (a ValueError)
    ├── SettingsError            a setting or an environment variable is wrong
    ├── PromptError              a prompt version is missing, broken or changed
    ├── GoldError                an annotated article breaks the annotation rules
    ├── RecordingError           a cassette is missing, corrupt or not fully used
    ├── ModelNotAvailable        no model, unknown model, or its weights can't be had
    ├── ProviderError            the model's server did not give a usable answer
    │   ├── AuthenticationFailed
    │   ├── RateLimited
    │   ├── ProviderUnavailable
    │   └── ProviderTimeout
    └── ReplyError               the model answered, but not what was asked for
        ├── RefusedReply
        ├── TruncatedReply
        └── InvalidReply

Each carries what had been received before it was raised. Errors of the libraries that talk to
models are mapped to these in one place, ``models/failures.py``, and stay reachable as
``__cause__``. Three things are not in this tree:

- ``pydantic.ValidationError``, raised when a `communique.Summary` or another model of this
  library is built from, or read back from, data that does not fit it;
- errors that a model given as an object raises itself, or an iterable of articles;
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
    "InvalidReply",
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
]


class CommuniqueError(Exception):
    """Root of all errors of this library.

    Attributes:
        raw_replies: the texts the model had sent for the article, in order, before the error.
        usage: tokens and calls spent on the article up to the error, or None if nothing was
            asked, or the server never said.
        attempts: HTTP requests sent for the article, retries included.
        partial: the summary as far as it had come, or None if the model had not answered.

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


class ArticleError(CommuniqueError, ValueError):
    """The article can't be read: empty, not text, or too long.

    It is a ``ValueError``, too, as pydantic expects of validators.

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
    """A cassette is missing, corrupt, or was not played to its end."""


class ModelNotAvailable(CommuniqueError):
    """No model can be used; the message says how to get one."""


class ProviderError(CommuniqueError):
    """The model's server could not be reached or did not give a usable answer.

    Attributes:
        retryable: whether the same request may succeed later.
        retry_after: seconds the server asked to wait, or None if it did not say.

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

    retryable: bool = False
    retry_after: float | None = None


class AuthenticationFailed(ProviderError):
    """The server refused the key (HTTP 401 or 403)."""


class RateLimited(ProviderError):
    """The server asked to slow down (HTTP 429), and retrying did not help."""

    retryable = True


class ProviderUnavailable(ProviderError):
    """The server could not be reached, broke off, or answered 5xx, retries included."""

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
    """The answer is not of the form that was asked for."""
