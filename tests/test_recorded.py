"""The sample article through each prompt version, as the embedded model answered it.

Recorded from the real server; `pytest -n 0 --record-mode=rewrite` records anew.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from communique import Article, Summarizer, Summary, local
from communique.prompts import default_version
from communique.render import print_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.vcr, pytest.mark.block_network]

MODEL = "openai/qwen2.5-coder-1.5b"


@pytest.fixture(scope="module")
def server(record_mode: str) -> Iterator[dict[str, str]]:
    """Where the model answers: the real server to record from, nowhere for a replay."""
    if record_mode == "none":
        yield {"base_url": "http://127.0.0.1:9/v1", "api_key": "none"}
    else:
        with local.serve() as base_url:
            yield {"base_url": str(base_url), "api_key": base_url.api_key}


def read(article: Article, prompt: str, server: dict[str, str]) -> Summary:
    with Summarizer(model=MODEL, prompt=prompt, **server) as summarizer:
        return summarizer.summarize(article)


def check_invariants(summary: Summary, article: Article) -> None:
    """What holds whatever the model said."""
    assert summary.statements
    for statement in summary.statements:
        for span in statement.evidence:
            assert article.text[span.start : span.end] == span.text
    assert summary.gist
    assert summary.provenance.usage.output_tokens > 100
    assert summary.provenance.attempts == summary.provenance.usage.calls
    assert summary.provenance.model_seconds
    assert Summary.model_validate_json(summary.model_dump_json()) == summary


@pytest.mark.default_cassette("sample-v1")
def test_v1_reads_the_sample_with_one_question(sample: Article, server: dict[str, str]) -> None:
    """`whole` asks once, and each span of its answer is the article's own text."""
    summary = read(sample, "v1", server)
    check_invariants(summary, sample)
    assert summary.provenance.prompt_version == "v1"
    assert summary.provenance.usage.calls == 1
    assert summary.threats


@pytest.mark.default_cassette("sample-v2")
def test_v2_finds_what_a_reader_would_name(sample: Article, server: dict[str, str]) -> None:
    """One question a sentence finds the threat, both positions, and the guarantees."""
    summary = read(sample, "v2", server)
    check_invariants(summary, sample)
    assert summary.provenance.prompt_version == "v2"
    assert summary.provenance.usage.calls == 1 + 19
    threats = [threat for threat in summary.threats if "Putin" in threat.actor]
    assert any("legitimate targets" in span.text for t in threats for span in t.evidence)
    assert any("NATO" in p.issue and p.stance == "opposes" for p in summary.positions)
    assert any("European Union" in p.issue and p.stance == "supports" for p in summary.positions)
    assert any("guarantee" in a.subject for a in summary.agreements)
    assert summary.conditions


@pytest.mark.default_cassette("sample-v3")
def test_v3_asks_only_about_what_may_be_something(
    sample: Article, server: dict[str, str], repository: Path
) -> None:
    """The embedded model's default finds the threat and the opposition with fewer questions."""
    summary = read(sample, "v3", server)
    check_invariants(summary, sample)
    assert summary.provenance.prompt_version == "v3" == default_version("local")
    assert summary.provenance.usage.calls < 20
    threats = [threat for threat in summary.threats if "Putin" in threat.actor]
    assert any("legitimate targets" in span.text for t in threats for span in t.evidence)
    assert any("NATO" in p.issue and p.stance == "opposes" for p in summary.positions)
    assert all(0 < (s.confidence or 0) <= 1 for s in summary.statements)
    check_readme(summary, repository)


def check_readme(summary: Summary, repository: Path) -> None:
    """The output that the README shows is this output, line for line, with cuts marked."""
    page = io.StringIO()
    print_table(summary, Console(file=page, width=80))
    shown = (repository / "README.md").read_text(encoding="utf-8")
    _, _, rest = shown.partition("$ communique summarize seeds/putin-vladivostok/article.txt\n")
    block, _, _ = rest.partition("```")
    printed = iter([line.rstrip() for line in page.getvalue().splitlines()])
    # What comes last is the model's name and the time, which a replay does not repeat.
    block, last, _ = block.partition("local/")
    assert last
    lines = [line for line in block.splitlines() if line != "[…]"]
    assert len(lines) > 20
    for line in lines:
        assert line in printed, line
