"""The sample article through each prompt version, as the embedded model answered it.

Recorded from the real server; `pytest -n 0 --record-mode=rewrite` records them again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from communique import Article, Summarizer, Summary, local

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.vcr, pytest.mark.block_network]

MODEL = "openai/qwen2.5-coder-1.5b"


@pytest.fixture
def server(record_mode: str, request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Yield the model's address: of the real server to record, of no server for a replay.

    The adapter is trained for v2 alone.
    """
    if record_mode == "none":
        yield {"base_url": "http://127.0.0.1:9/v1", "api_key": "none"}
    else:
        with local.serve(adapted="v2" in request.node.name) as base_url:
            yield {"base_url": str(base_url), "api_key": base_url.api_key}


def read(article: Article, prompt: str, server: dict[str, str]) -> Summary:
    with Summarizer(model=MODEL, prompt=prompt, **server) as summarizer:
        return summarizer.summarize(article)


def check_invariants(summary: Summary, article: Article) -> None:
    """Check what must hold whatever the model answered."""
    assert summary.statements
    for statement in summary.statements:
        for span in statement.evidence:
            assert article.text[span.start : span.end] == span.text
    assert summary.gist
    assert summary.provenance.usage.output_tokens > 100
    assert summary.provenance.model_seconds
    assert Summary.model_validate_json(summary.model_dump_json()) == summary


@pytest.mark.default_cassette("sample-v1")
def test_v1_reads_the_sample_with_one_question(sample: Article, server: dict[str, str]) -> None:
    """`whole` asks once, and each span of its answer is the article's own text."""
    summary = read(sample, "v1", server)
    check_invariants(summary, sample)
    assert summary.provenance.prompt_version == "v1"
    assert summary.provenance.attempts == summary.provenance.usage.calls == 1
    assert summary.threats


@pytest.mark.default_cassette("sample-v2")
def test_v2_finds_what_a_reader_would_name(sample: Article, server: dict[str, str]) -> None:
    """`conversation` finds the threat, both positions and the guarantees, with few questions."""
    summary = read(sample, "v2", server)
    check_invariants(summary, sample)
    assert summary.provenance.prompt_version == "v2"
    questions = summary.provenance.usage.calls
    assert questions < len(sample.sentences) / 2
    assert summary.provenance.attempts == questions
    threats = [threat for threat in summary.threats if "Putin" in threat.actor]
    assert any("legitimate targets" in span.text for t in threats for span in t.evidence)
    assert any("NATO" in p.issue and p.stance == "opposes" for p in summary.positions)
    assert any("European Union" in p.issue and p.stance == "supports" for p in summary.positions)
    assert any("guarantee" in a.subject for a in summary.agreements)
    assert all(0 < (s.confidence or 0) <= 1 for s in summary.statements)
