"""The sample article with the embedded model's default prompt, as recorded for the evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from communique import Summary
from communique.evaluation import load_gold
from communique.evaluation.run import run
from communique.prompts import default_version
from communique.settings import ModelChoice

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def summary(repository: Path) -> Summary:
    gold = load_gold(repository / "seeds" / "putin-vladivostok")
    model = ModelChoice("local", "qwen2.5-coder-1.5b")
    recordings = repository / "cassettes" / "evaluations"
    (done,) = run([gold], default_version("local"), model, recordings)
    assert done.summary
    return done.summary


def test_it_finds_what_a_reader_would_name(summary: Summary) -> None:
    """The threat, the positions on both unions and a condition, each with its sentence."""
    assert summary.provenance.prompt_version == "v2"
    threats = [threat for threat in summary.threats if "Putin" in threat.actor]
    assert any("legitimate targets" in span.text for t in threats for span in t.evidence)
    assert any("NATO" in p.issue and p.stance == "opposes" for p in summary.positions)
    assert any("European Union" in p.issue and p.stance == "supports" for p in summary.positions)
    assert any("fighting stops" in c.condition for c in summary.conditions)
    assert any("guarantee" in a.subject for a in summary.agreements)
    assert all(0 < (s.confidence or 0) <= 1 for s in summary.statements)


def test_a_replay_has_the_recorded_time(summary: Summary) -> None:
    """As long as the model took; all requests are questions to it."""
    assert summary.provenance.attempts == summary.provenance.usage.calls
    assert (summary.provenance.model_seconds or 0) > 1
