"""Let langextract or instructor read invented articles, and print how long it took.

PEERS_PYTHON tests/benchmarks/rivals_worker.py NAME TASK.json BASE_URL COUNT IN_FLIGHT
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from loopback import KINDS, article_text

sys.path.insert(0, str(Path(__file__).parent / "peers"))

from peer_calls import Server

__all__ = ["main"]

_WHOLE = 100_000
"""Characters in one request of langextract, instead of its documentation's 1,000."""


def main() -> None:
    """Read and measure."""
    name, task_file, base_url, count, in_flight = sys.argv[1:]
    task = json.loads(Path(task_file).read_text(encoding="utf-8"))
    server = Server(base_url, "openai/test", "none")
    read = _langextract if name.startswith("langextract") else _instructor
    work = read(name, task, server, [article_text(n) for n in range(int(count))], int(in_flight))
    started, cpu = time.perf_counter(), time.process_time()
    found = work()
    figures = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu}
    assert found == [KINDS] * int(count), found
    sys.stdout.write(json.dumps(figures))


def _langextract(
    name: str, task: dict[str, Any], server: Server, texts: list[str], in_flight: int
) -> Callable[[], list[int]]:
    import langextract as lx
    from ask_langextract import READING, asked_of, open_model

    description, examples = asked_of(task)
    reading = {**READING, "max_workers": in_flight, "batch_length": in_flight}
    if name.endswith("-whole"):
        reading["max_char_buffer"] = _WHOLE
    model = open_model(server, workers=in_flight)

    def work() -> list[int]:
        documents = lx.extract(
            [lx.data.Document(text=text, document_id=str(n)) for n, text in enumerate(texts)],
            prompt_description=description,
            examples=examples,
            model=model,
            prompt_validation_level=lx.prompt_validation.PromptValidationLevel.OFF,
            show_progress=False,
            **reading,
        )
        return [len(document.extractions or ()) for document in documents]

    return work


def _instructor(
    name: str, task: dict[str, Any], server: Server, texts: list[str], in_flight: int
) -> Callable[[], list[int]]:
    del name
    from ask_instructor import make

    peer = make(task, server)

    def work() -> list[int]:
        with ThreadPoolExecutor(in_flight) as pool:
            return [len(answer.statements) for answer in pool.map(peer.ask, texts)]

    return work


if __name__ == "__main__":
    main()
