"""Read an archive of short articles, and print the peak memory of this process.

python tests/benchmarks/memory_worker.py COUNT FOLDER
"""

from __future__ import annotations

import json
import re
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loopback import article_reply, short_text

import communique
from communique.models import Answer, LanguageModel, Message
from communique.models.replies import read_reply

__all__ = ["main"]

_KB_OF_MAC = 1024 if sys.platform == "darwin" else 1


class _Model(LanguageModel):
    """A model that knows the answers: a server would take most of the time."""

    provider = "benchmark"

    async def ask(self, messages: Sequence[Message], form: Any, sampling: Any) -> Answer[Any]:
        """See `LanguageModel.ask`."""
        del sampling
        found = re.search(r"Dispatch (\d+)", messages[-1]["content"])
        assert found is not None
        raw = article_reply.__wrapped__(int(found[1]))  # which keeps no answer
        return Answer(read_reply(form, raw), raw, "benchmark-1")


def main() -> None:
    """Read and measure."""
    count, folder = int(sys.argv[1]), Path(sys.argv[2])
    archive = folder / "archive.jsonl"
    with archive.open("w", encoding="utf-8") as file:
        for number in range(count):
            file.write(json.dumps({"id": number, "text": short_text(number)}) + "\n")
    started = time.perf_counter()
    report = communique.batch(
        archive, output=folder / "outcomes.jsonl", model=_Model(), prompt="v1"
    )
    seconds = time.perf_counter() - started
    assert report.summaries == count, report
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KB_OF_MAC / 1000
    sys.stdout.write(json.dumps({"peak MB": peak, "articles/s": count / seconds}))


if __name__ == "__main__":
    main()
