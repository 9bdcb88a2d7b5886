"""Write the figures of the embedded model into `docs/explanation/limits.md`.

    python tests/documentation/figures.py

They are those of `prompts/evaluations/`; run it after `communique eval` has changed these.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

__all__ = ["with_figures"]

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs" / "explanation" / "limits.md"
EVALUATION = REPOSITORY / "prompts" / "evaluations" / "v2--qwen2.5-coder-1.5b.json"

LANGUAGES = {"ar": "Arabic", "de": "German", "en": "English", "es": "Spanish", "fr": "French",
             "pt": "Portuguese", "ru": "Russian", "uk": "Ukrainian", "zh": "Chinese"}  # fmt: skip

FIGURES = {"f1": "F1", "strict_f1": "strict F1", "full_f1": "full F1", "full_plus_f1": "full+",
           "detection_f1": "detection F1", "grounded": "grounded"}  # fmt: skip

Evaluation = dict[str, Any]


def main() -> None:
    """Write the page anew."""
    PAGE.write_text(with_figures(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def with_figures(page: str) -> str:
    """Return the page with the figures of the evaluation in the repository."""
    evaluation = json.loads(EVALUATION.read_text(encoding="utf-8"))
    for name, make in PARTS.items():
        head = f"<!-- {name}, by tests/documentation/figures.py -->\n"
        before, found, rest = page.partition(head)
        if not found:
            raise ValueError(f"the page has no place for the figures: {name}")
        _, end, after = rest.partition("<!-- end -->\n")
        page = before + head + "\n".join(make(evaluation)) + "\n" + end + after
    return page


def _overall(evaluation: Evaluation) -> list[str]:
    """Return the figures over all kinds, and what an article takes."""
    count, usage = len(evaluation["articles"]), evaluation["usage"]
    all_kinds = evaluation["figures"]["all"]
    seconds, tokens = evaluation["seconds"] / count, usage["output_tokens"] / count
    failed = evaluation["failures"] or "None"
    table = _table(
        ("figure", "value", "95 % interval"),
        ([title, *_with_interval(all_kinds[name])] for name, title in FIGURES.items()),
    )
    return [
        f"On {count} articles, with the prompt `{evaluation['prompt']}`:",
        "",
        *table,
        "",
        f"As a mean, an article takes {seconds:.0f} s on two cores, and {tokens:.0f} tokens of answers.",
        f"{failed} of the articles failed.",
    ]


def _kinds(evaluation: Evaluation) -> list[str]:
    names = ("precision", "recall", "f1", "full_f1")
    return _table(
        ("kind", "precision", "recall", "F1", "full F1"),
        (
            [kind, *(f"{figures[name]['value']:.2f}" for name in names)]
            for kind, figures in evaluation["figures"].items()
            if kind != "all"
        ),
    )


def _fields(evaluation: Evaluation) -> list[str]:
    return _table(
        ("kind", "field", "right", "of"),
        (
            [kind, f"`{field}`", f"{found['share']['value']:.0%}", str(found["pairs"])]
            for kind, fields in evaluation["fields"].items()
            if kind != "all"
            for field, found in fields.items()
        ),
    )


def _languages(evaluation: Evaluation) -> list[str]:
    """Return F1 by language, the best first: of the counts of all its articles."""
    by_language: dict[str, list[Evaluation]] = defaultdict(list)
    for article in evaluation["articles"]:
        gold = REPOSITORY / "seeds" / article["slug"] / "gold.yaml"
        found = re.search(r"^language: (\w+)$", gold.read_text(encoding="utf-8"), re.MULTILINE)
        by_language[found[1] if found else "en"].append(article)
    rows = [
        (_f1(articles, "found"), LANGUAGES[code], len(articles), _f1(articles, "full"))
        for code, articles in by_language.items()
    ]
    return _table(
        ("language", "articles", "F1", "full F1"),
        (
            [language, str(count), f"{f1:.2f}", f"{full:.2f}"]
            for f1, language, count, full in sorted(rows, key=lambda row: (-row[0], row[1]))
        ),
    )


def _f1(articles: Iterable[Evaluation], what: str) -> float:
    counts = [kind[what] for article in articles for kind in article["score"]["kinds"].values()]
    matched = sum(count["matched"] for count in counts)
    return 2 * matched / sum(count["predicted"] + count["gold"] for count in counts)


def _with_interval(figure: dict[str, float]) -> list[str]:
    return [f"{figure['value']:.2f}", f"{figure['low']:.2f} to {figure['high']:.2f}"]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    every = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(row) + " |" for row in every]


PARTS: dict[str, Callable[[Evaluation], list[str]]] = {
    "overall": _overall,
    "kinds": _kinds,
    "fields": _fields,
    "languages": _languages,
}

if __name__ == "__main__":
    main()
