"""Every error that communique raises on purpose.

::

    CommuniqueError
    ├── ArticleError             the article can't be read: empty, not text, too long
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

`ProviderError` and `ReplyError` carry what had been received and paid for before they
were raised. Errors of other libraries are mapped to these in one place, ``llm.py``, and
stay reachable as ``__cause__``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from communique.statements import Usage

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
    """Root of all errors of this library."""


class ArticleError(CommuniqueError):
    """The article can't be read: empty, not text, or too long."""


class SettingsError(CommuniqueError):
    """A setting, argument or ``COMMUNIQUE_…`` variable has a value that can't be used."""


class PromptError(CommuniqueError):
    """A prompt version is missing, broken, or not what its lock entry says."""


class GoldError(CommuniqueError):
    """A gold annotation breaks the rules of the annotation guide."""


class RecordingError(CommuniqueError):
    """A cassette is missing, corrupt, or was not played to its end."""


class ModelNotAvailable(CommuniqueError):
    """No model can be used; the message says how to get one."""


class _PaidError(CommuniqueError):
    """An error after requests were sent.

    Attributes:
        raw_replies: the texts the model had sent, in order, this one's included.
        usage: tokens and calls spent on the article up to the error, or None if the
            server never said.
        attempts: HTTP requests sent for the article, retries included.
    """

    def __init__(
        self,
        message: str,
        *,
        raw_replies: tuple[str, ...] = (),
        usage: Usage | None = None,
        attempts: int = 0,
    ) -> None:
        super().__init__(message)
        self.raw_replies = raw_replies
        self.usage = usage
        self.attempts = attempts


class ProviderError(_PaidError):
    """The model's server could not be reached or did not give a usable answer.

    Attributes:
        retryable: whether the same request may succeed later.
        retry_after: seconds the server asked to wait, or None if it did not say.
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


class ReplyError(_PaidError):
    """The model answered, but the answer can't be used."""


class RefusedReply(ReplyError):
    """The model, or its content filter, declined to answer."""


class TruncatedReply(ReplyError):
    """The answer was cut off at the token limit."""


class InvalidReply(ReplyError):
    """The answer is not of the form that was asked for."""
