"""A small run of ``tests/stress/chaos.py``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "stress"))

from chaos import run_chaos


def test_every_article_ends_once_whatever_the_server_does() -> None:
    """With 30 % of the replies faulty, each article ends once; no task, thread, socket is left."""
    report = run_chaos(articles=100, faulty=0.3, concurrency=24, seed=7)
    assert not report.problems
    assert report.summaries + report.failures.total() == 100
    assert report.summaries > 85
    assert report.faults["passing"] > 15
    assert report.requests > 120
