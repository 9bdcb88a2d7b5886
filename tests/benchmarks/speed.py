"""Time communique and its neighbours on the same articles, in turns, in one run.

    python tests/benchmarks/speed.py --python PEERS_PYTHON --output FOLDER

One library after the other reads an article, then all read the next one, so that a machine that
gets slower is slower for all. The first article is read to warm up, and not counted: what a server
keeps of a prompt is kept for everyone. Writes ``speed.json`` after each article and ``speed.md`` at
the end.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from communique import Summarizer
from communique.evaluation import load_gold
from communique.local import serve

HERE = Path(__file__).parent
SEEDS = HERE.parents[1] / "seeds"
sys.path.insert(0, str(HERE / "peers"))

from peer_task import write_task  # noqa: E402 found by its folder

WARM_UP = "gallium-export-stop"
ARTICLES = ["lorran-valley-truce", "brennia-blackout", "deep-seabed-charter"]
PEERS = ["langextract", "instructor"]

Figures = dict[str, float]


def main() -> None:
    """Read, write, compare."""
    parser = argparse.ArgumentParser(description="Time communique and its neighbours.")
    parser.add_argument("--python", type=Path, required=True, help="the peers' interpreter")
    parser.add_argument("--output", type=Path, required=True, help="folder for the figures")
    parser.add_argument("--prompts", nargs="+", default=["v2"])
    parser.add_argument("--articles", nargs="+", default=ARTICLES)
    arguments = parser.parse_args()
    rows: dict[str, dict[str, Figures]] = {}
    with serve() as base_url, TemporaryDirectory() as scratch:
        environment = {
            **os.environ,
            "COMMUNIQUE_BASE_URL": base_url,
            "COMMUNIQUE_API_KEY": base_url.api_key,
            "COMMUNIQUE_MODEL": f"openai/{base_url.model}",
        }
        for slug in [WARM_UP, *arguments.articles]:
            row = {prompt: _communique(slug, prompt) for prompt in arguments.prompts}
            task = write_task(Path(scratch) / "task.json", [slug])
            for peer in PEERS:
                folder = Path(scratch) / peer
                command = [arguments.python, HERE / "peers" / f"ask_{peer}.py", task, folder]
                subprocess.run(command, env=environment, check=True)
                row[peer] = _answered(folder / f"{slug}.json")
            if slug != WARM_UP:
                rows[slug] = row
                arguments.output.mkdir(parents=True, exist_ok=True)
                text = json.dumps(rows, indent=1)
                (arguments.output / "speed.json").write_text(text + "\n", encoding="utf-8")
    text = _table(rows, arguments.prompts[-1])
    (arguments.output / "speed.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def _communique(slug: str, prompt: str) -> Figures:
    with Summarizer(model="local", prompt=prompt) as summarizer:
        started = time.perf_counter()
        origin = summarizer.summarize(load_gold(SEEDS / slug).article).provenance
    return {
        "seconds": time.perf_counter() - started,
        "model_seconds": origin.model_seconds or 0,
        "tokens_out": origin.usage.output_tokens,
    }


def _answered(path: Path) -> Figures:
    answer = json.loads(path.read_text(encoding="utf-8"))
    return {
        "seconds": answer["seconds"],
        "model_seconds": sum(call["model_seconds"] or 0 for call in answer["calls"]),
        "tokens_out": sum(call["output_tokens"] for call in answer["calls"]),
    }


def _table(rows: dict[str, dict[str, Figures]], mine: str) -> str:
    """Means over the articles, and each library's seconds as a multiple of this prompt's."""
    means = {
        name: {key: sum(row[name][key] for row in rows.values()) / len(rows) for key in figures}
        for name, figures in next(iter(rows.values())).items()
    }
    machine = f"{os.cpu_count()} cores, {platform.system()}"
    lines = [
        f"{len(rows)} articles ({', '.join(rows)}), {machine}; means an article.",
        "",
        f"| | seconds | of which the model | tokens out | seconds, in those of {mine} |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, mean in means.items():
        ratio = mean["seconds"] / means[mine]["seconds"]
        lines.append(
            f"| {name} | {mean['seconds']:.1f} | {mean['model_seconds']:.1f} "
            f"| {mean['tokens_out']:.0f} | {ratio:.2f} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
