"""What `communique batch --provider-batch` says on standard error."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from communique.provider_batch import ProviderBatch, Status

__all__ = ["StatusLines", "how_to_go_on"]

_SECONDS = 60.0


class StatusLines:
    """A line about the batches whenever there is another number of them, or a minute has passed.

    Args:
        say: prints a line.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._said: str = ""
        self._counts = (0, 0)
        self._at = 0.0

    def show(self, status: Status) -> None:
        """Take in how far the batches are."""
        counts, text = (len(status.batches), status.waiting), str(status)
        is_due = counts != self._counts or monotonic() - self._at >= _SECONDS
        if is_due and text != self._said and any(counts):
            self._say(text)
            self._said, self._counts, self._at = text, counts, monotonic()


def how_to_go_on(batches: ProviderBatch | None) -> str | None:
    """Return what becomes of the batches at the server when the program ends, if there are any."""
    if batches is None or not (live := batches.live):
        return None
    shown = ", ".join(live[:3]) + (", …" if len(live) > 3 else "")
    return (
        f"{len(live)} batch{'es' if len(live) > 1 else ''} ({shown}) at the server will be "
        "answered without this program; the same command collects the answers"
    )
