"""The errors that communique raises.

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
    """The base class of communique's errors.

    Attributes:
        raw_replies: the model's texts for the article before the error, in order.
        usage: tokens and calls spent on the article before the error, or None if nothing was
            asked or the server reported no usage.
        attempts: number of HTTP requests sent for the article, including retries.
        partial: the summary of what was read before the error, or None without any answer.

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


class ModelNotAvailable(CommuniqueError):
    """No model is available; the message says how to get one."""


class ProviderError(CommuniqueError):
    """The model's server could not be reached or did not give a usable answer.

    Attributes:
        retryable: whether the same request may succeed later.
        retry_after: seconds the server asked to wait, or None if it named no pause.

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
