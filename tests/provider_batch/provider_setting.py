"""What the tests of provider batches share: a setting, and articles."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from builders import KEY
from communique import Article, Failure, Summarizer, Summary
from communique.provider_batch import ProviderBatch

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from batch_server import BatchServer


@dataclass
class Setting:
    """A server, a state folder, and what a run is made of."""

    server: BatchServer
    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)

    def summarizer(self, **changes: Any) -> Summarizer:
        settings = {
            "model": "openai/test", "prompt": "v1", "api_key": KEY, "base_url": self.server.url,
            "prices": (2, 1, 8), "max_attempts": 2, **self.settings, **changes,
        }  # fmt: skip
        return Summarizer(**settings)

    def batch(self, **changes: Any) -> ProviderBatch:
        options = {"poll_seconds": 0.01, **self.options}
        return ProviderBatch(self.summarizer(**changes), self.folder, **options)

    def run(self, articles: Iterable[Article], **changes: Any) -> list[Summary | Failure]:
        return list(self.batch(**changes).outcomes(articles))


def articles(count: int, first: int = 0) -> list[Article]:
    """Return articles that differ by their number."""
    texts = (
        f"Ruritania opposes the dam. This is dispatch {n}." for n in range(first, first + count)
    )
    return [Article(text=text, id=f"a{n}") for n, text in enumerate(texts, start=first)]
