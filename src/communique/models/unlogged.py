"""Calls through instructor whose failures it does not log.

instructor logs each failed attempt as an ERROR, with the server's words. communique retries and
logs by itself, and the logger belongs to the program. instructor catches, and logs, each
``Exception``; what is not one passes through it. So an error leaves the SDK's function, and the
single attempt, inside of an `_Escaped`, and is unpacked outside of instructor.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from instructor import AsyncInstructor
    from tenacity import AsyncRetrying, RetryCallState

__all__ = ["once", "unlogged", "unpacked"]


class _Escaped(BaseException):
    """An error on its way through instructor."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error


def unlogged(instructor: AsyncInstructor, model: str) -> AsyncInstructor:
    """Make the errors of an SDK pass through instructor as they are; see `unpacked`.

    Args:
        instructor: the client to change.
        model: the name of the model to ask.
    """
    from instructor.v2.core.patch import patch_v2

    send: Any = getattr(instructor.create_fn, "__wrapped__", None)
    if send is None:  # instructor's own code for xAI, which logs nothing
        return instructor

    @wraps(send)
    async def escaping(*args: Any, **kwargs: Any) -> Any:
        try:
            return await send(*args, **kwargs)
        except Exception as error:
            raise _Escaped(error) from error

    instructor.create_fn = patch_v2(escaping, instructor.provider, instructor.mode, model)
    return instructor


def once() -> AsyncRetrying:
    """Return the retry policy of a single attempt, for instructor; see `unpacked`."""
    from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt

    return AsyncRetrying(
        stop=stop_after_attempt(1),
        retry=retry_if_exception_type(Exception),
        retry_error_callback=_escape,
    )


@contextmanager
def unpacked() -> Generator[None]:
    """Raise the errors of an `unlogged` instructor that leave the ``with`` block."""
    try:
        yield
    except _Escaped as escaped:
        error = escaped.error
    else:
        return
    raise error


def _escape(attempt: RetryCallState) -> NoReturn:
    error = attempt.outcome.exception() if attempt.outcome else None
    raise _Escaped(error or RuntimeError("instructor made no attempt"))
