"""Measure what an article takes, and write the tables of `docs/how-to/cluster.md`.

    python tests/benchmarks/sizing.py [--tokenizer tokenizer.json --gold NAME=FOLDER …]

With a tokenizer (and the package `tokenizers`) it first measures the articles of each folder, which
has the form of `seeds/`, and writes the figures to `sizing.json`: of texts, only their lengths.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from communique import summarize
from communique.evaluation import GoldArticle, load_sound
from communique.models import Message
from communique.prompts import load_prompt
from communique.statements import KINDS
from communique.testing import ScriptedModel

REPOSITORY = Path(__file__).parents[2]
MEASURED = Path(__file__).with_suffix(".json")
PAGE = REPOSITORY / "docs" / "how-to" / "cluster.md"
EVALUATION = REPOSITORY / "prompts" / "evaluations" / "v2--qwen2.5-coder-1.5b.json"

TEMPLATE_TOKENS, LAST_TOKENS = 5, 3
"""What Qwen's chat template adds to a message, and at the end: with these, the count for the sample
is the 3,950 tokens that the server reported in `cassettes/recorded/sample-v1.json`."""

ARCHIVES = (10**4, 10**6, 10**8)

# Assumptions: what `docs/how-to/cluster.md` asks its reader to replace.
HOSTED = "gpt-4.1-mini"
DOLLARS_IN, DOLLARS_CACHED, DOLLARS_OUT = 0.40, 0.10, 1.60  # list prices of a million tokens
TOKENS_PER_MINUTE = 2_000_000
COUNTED_ANSWER = 3_000  # max_tokens, all of which servers count against the limit
PREFILL, DECODE, GPU_DOLLARS = 20_000, 2_500, 2.0
GPUS = 16

Counter = Callable[[str], int]


def main() -> None:
    """Measure if asked to; write the tables."""
    parser = argparse.ArgumentParser(description="Size archives.")
    parser.add_argument("--tokenizer", type=Path, help="tokenizer.json of Qwen2.5")
    parser.add_argument("--gold", nargs="+", default=["seeds=seeds"], help="NAME=FOLDER")
    arguments = parser.parse_args()
    if arguments.tokenizer:
        counter = _counter(arguments.tokenizer)
        folders = [item.partition("=")[::2] for item in arguments.gold]
        figures = {name: _measure(load_sound(Path(folder))[0], counter) for name, folder in folders}
        found = {"prompt_sha256": load_prompt("v1").sha256, "articles": figures}
        MEASURED.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def with_tables(page: str) -> str:
    """Return the page with its tables as the figures make them."""
    for name, table in (("measured", _measured_table()), ("sized", _sized_table())):
        begin, end = f"<!-- {name} by tests/benchmarks/sizing.py -->\n", "<!-- end -->"
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        page, count = pattern.subn(lambda _, text=begin + table + end: text, page)
        assert count == 1, f"the page has no place for the table {name}"
    return page


def _counter(path: Path) -> Counter:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)


def _measure(articles: Sequence[GoldArticle], count: Counter) -> dict[str, float]:
    rows: list[dict[str, float]] = []
    for gold in articles:
        answer = _answer(gold)
        model = ScriptedModel([answer])
        summary = summarize(gold.article, model=model, prompt="v1")
        (asked,) = model.asked
        rows.append({
            "words": len(gold.article.text.split()),
            "prefix_tokens": _tokens(asked[:-1], count),
            "article_tokens": _tokens(asked[-1:], count) + LAST_TOKENS,
            "answer_tokens": count(json.dumps(answer, ensure_ascii=False)),
            "outcome_bytes": len(summary.model_dump_json().encode()),
        })  # fmt: skip
    return {"articles": len(rows), **{name: round(_mean(rows, name), 1) for name in rows[0]}}


def _tokens(messages: Iterable[Message], count: Counter) -> int:
    return sum(count(message["content"]) + TEMPLATE_TOKENS for message in messages)


def _answer(gold: GoldArticle) -> dict[str, Any]:
    """Return the answer to prompt v1 that has exactly the gold statements."""
    statements: list[dict[str, Any]] = []
    for each in gold.statements:
        statement = each.statement
        proven = [
            sentence.index + 1
            for sentence in gold.article.sentences
            if any(s.start < sentence.end and sentence.start < s.end for s in statement.evidence)
        ]
        written = {"kind", *KINDS[statement.kind].written}
        statements.append(
            {**statement.model_dump(mode="json", include=written), "sentences": proven}
        )
    gist = gold.gist or " ".join(gold.article.text.split()[:30])
    return {"gist": gist, "statements": statements}


def _mean(rows: Sequence[dict[str, float]], name: str) -> float:
    return mean(row[name] for row in rows)


def _measured_table() -> str:
    measured = json.loads(MEASURED.read_text(encoding="utf-8"))["articles"]
    lines = [
        "| articles | words | prompt | tokens in, the same for all | other tokens in | tokens out |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, f in measured.items():
        lines.append(
            f"| {name} ({f['articles']}) | {f['words']:.0f} | `v1` | {f['prefix_tokens']:,.0f} | "
            f"{f['article_tokens']:.0f} | {f['answer_tokens']:.0f} |"
        )
    used = [article["usage"] for article in json.loads(EVALUATION.read_bytes())["articles"]]
    cached = _mean(used, "cached_input_tokens")
    lines.append(
        f"| seeds ({len(used)}) | {measured['seeds']['words']:.0f} | `v2` | 0 | "
        f"{_mean(used, 'input_tokens') - cached:.0f} (and {cached:,.0f} read again from the "
        f"cache) | {_mean(used, 'output_tokens'):.0f} |"
    )
    return "\n".join(lines) + "\n"


def _sized_table() -> str:
    f = json.loads(MEASURED.read_text(encoding="utf-8"))["articles"]["seeds"]
    seconds = mean(a["seconds"] for a in json.loads(EVALUATION.read_bytes())["articles"])
    hosted = TOKENS_PER_MINUTE / 60 / (f["prefix_tokens"] + f["article_tokens"] + COUNTED_ANSWER)
    one_gpu = 1 / (f["article_tokens"] / PREFILL + f["answer_tokens"] / DECODE)
    ways = [
        ("laptop, embedded model", 1 / seconds, lambda _: "0"),
        (f"{HOSTED}, {TOKENS_PER_MINUTE / 1e6:.0f} M tokens a minute", hosted, lambda n: _hosted_dollars(n, f)),
        ("one GPU with vLLM", one_gpu, lambda n: _rent(n / one_gpu)),
        (f"{GPUS} GPUs with vLLM", GPUS * one_gpu, lambda n: _rent(n / one_gpu)),
    ]  # fmt: skip
    lines = [
        "| | articles/s | " + " | ".join(f"{n:,} articles" for n in ARCHIVES) + " |",
        "| --- | --- |" + " --- |" * len(ARCHIVES),
    ]
    for name, rate, cost in ways:
        cells = [f"{_time(n / rate)}, ${cost(n)}" for n in ARCHIVES]
        lines.append(f"| {name} | {_two_digits(rate)} | " + " | ".join(cells) + " |")
    size = [f"{_two_digits(n * f['outcome_bytes'] / 1e9)} GB" for n in ARCHIVES]
    lines.append("| outcomes as JSON | | " + " | ".join(size) + " |")
    return "\n".join(lines) + "\n"


def _hosted_dollars(articles: int, f: dict[str, float]) -> str:
    """Return what the hosted model costs with the prefix in the provider's cache, and without."""
    others = f["article_tokens"] * DOLLARS_IN + f["answer_tokens"] * DOLLARS_OUT
    costs = [f["prefix_tokens"] * price + others for price in (DOLLARS_CACHED, DOLLARS_IN)]
    return " to $".join(_two_digits(articles * cost / 1e6) for cost in costs)


def _rent(seconds: float) -> str:
    return _two_digits(seconds / 3600 * GPU_DOLLARS)


def _time(seconds: float) -> str:
    hours = seconds / 3600
    return f"{_two_digits(hours)} h" if hours < 48 else f"{_two_digits(hours / 24)} days"


def _two_digits(value: float) -> str:
    """Return a number as exact as the assumptions."""
    return f"{value:.2g}" if value < 10 else f"{float(f'{value:.2g}'):,.0f}"


if __name__ == "__main__":
    main()
