"""Run the peers on the gold articles with the embedded model, one after the other, and score them.

    python tests/benchmarks/peers/run.py --python PEERS_PYTHON --output FOLDER

Starts and stops llama-server as communique does. Finished work is kept: run the same command again to
resume.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from peer_score import PEERS, raw_folder
from peer_task import write_task

from communique.local import DEFAULT, serve

__all__ = ["main"]

HERE = Path(__file__).parent


def main() -> None:
    """Ask, then score."""
    parser = argparse.ArgumentParser(description="Run the peers with the embedded model.")
    parser.add_argument("--output", type=Path, required=True, help="folder for all answers")
    parser.add_argument("--python", type=Path, required=True, help="the peers' interpreter")
    parser.add_argument("--results", type=Path, help="where the scores go; default: the output")
    parser.add_argument("--peers", nargs="+", default=list(PEERS), choices=PEERS)
    parser.add_argument("--articles", nargs="+", default=[], help="gold articles; default: all")
    parser.add_argument("--model", default=DEFAULT, help="which embedded model")
    arguments = parser.parse_args()
    with TemporaryDirectory() as scratch, serve(arguments.model) as base_url:
        task = write_task(Path(scratch) / "task.json", arguments.articles)
        environment = {
            **os.environ,
            "COMMUNIQUE_BASE_URL": base_url,
            "COMMUNIQUE_API_KEY": base_url.api_key,
            "COMMUNIQUE_MODEL": f"openai/{base_url.model}",
        }
        for peer in arguments.peers:
            folder = raw_folder(arguments.output, peer, base_url.model)
            command = [arguments.python, HERE / f"ask_{peer}.py", task, folder]
            if subprocess.run(command, env=environment, check=False).returncode:
                raise SystemExit(f"{peer} stopped; run the same command to resume")
    command = [sys.executable, HERE / "peer_score.py", "--output", arguments.output]
    command += ["--model", f"local/{arguments.model}"]
    if arguments.results:
        command += ["--results", arguments.results]
    if arguments.articles:
        command += ["--articles", *arguments.articles]
    raise SystemExit(subprocess.run(command, check=False).returncode)


if __name__ == "__main__":
    main()
