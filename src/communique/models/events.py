"""Reading of server-sent events, the form in which servers stream answers."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

__all__ = ["read_events"]


async def read_events(pieces: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """Yield the data of each event of a response, up to the event ``[DONE]``.

    openai's SDK reads events, too, but through nested generators that stay suspended when a
    caller breaks off; Python's garbage collector then closes them at any time, in any thread.

    Args:
        pieces: the body, cut anywhere. It is closed at the end, and when the caller breaks off.
    """
    data: list[bytes] = []
    async with aclosing(_read_lines(pieces)) as lines:
        async for line in lines:
            name, _, value = line.partition(b":")
            if name == b"data":
                data.append(value.removeprefix(b" "))
            elif not line and data:
                event = b"\n".join(data)
                data.clear()
                if event.startswith(b"[DONE]"):
                    return
                yield event


async def _read_lines(pieces: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """Yield the lines of a response, and an empty one at its end."""
    begun: list[bytes] = []  # joined only once, since a line may come byte by byte
    async with aclosing(pieces):
        async for piece in pieces:
            *lines, rest = piece.split(b"\n")
            for line in lines:
                yield b"".join([*begun, line]).rstrip(b"\r")
                begun.clear()
            begun.append(rest)
    # Some servers leave out the empty line after the last event.
    yield b"".join(begun).rstrip(b"\r")
    yield b""
