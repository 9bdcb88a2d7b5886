"""The peers' task: definitions, examples with quotes, and the articles' texts.

Written by communique's environment for the peers', so that neither needs the other. The
gold statements are not in it. To write it for a server of one's own:

    python tests/benchmarks/peers/peer_task.py TASK.json [ARTICLE ...]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from communique.evaluation import load_all
from communique.prompts import load_prompt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from communique.prompts import Example

__all__ = ["REPOSITORY", "write_task"]

REPOSITORY = Path(__file__).parents[3]

DEFINITIONS = Path(__file__).with_name("definitions.md")
"""The instructions of prompt v1 without sentence numbers and gist, with all words of the lists."""

EXAMPLES_OF = "v1"
UNSCORED = {"id", "summary", "attribution", "confidence", "evidence"}


def write_task(path: Path, slugs: Sequence[str] = ()) -> Path:
    """Write the task as JSON.

    Args:
        path: the file.
        slugs: the gold articles to read; none means all.

    Raises:
        SystemExit: there is no such article.
    """
    articles = {item.slug: item.article.text for item in load_all(REPOSITORY / "seeds")}
    unknown = [slug for slug in slugs if slug not in articles]
    if unknown:
        raise SystemExit(
            f"there is no gold article {unknown[0]!r}; there are: {', '.join(articles)}"
        )
    task = {
        "definitions": DEFINITIONS.read_text(encoding="utf-8").strip(),
        "examples": [_example(item) for item in load_prompt(EXAMPLES_OF).examples],
        "articles": [{"slug": slug, "text": articles[slug]} for slug in slugs or articles],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(task, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def _example(example: Example) -> dict[str, Any]:
    sentences = example.article.sentences
    return {
        "text": example.article.text,
        "statements": [
            {
                **item.statement.model_dump(mode="json", exclude=UNSCORED),
                "evidence": [sentences[number - 1].text for number in item.sentences],
            }
            for item in example.statements
        ],
    }


if __name__ == "__main__":
    if len(sys.argv) == 1:
        raise SystemExit(__doc__)
    write_task(Path(sys.argv[1]), sys.argv[2:])
