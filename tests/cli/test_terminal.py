"""`communique summarize` on a real terminal."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from builders import completion

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_httpserver import HTTPServer

pty = pytest.importorskip("pty", reason="Windows has other terminals")


def on_terminal(*words: str, **variables: str) -> str:
    """Run a command on a terminal and return everything that it writes there."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", **variables}
    command = [sys.executable, "-m", "communique", *words]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment):
        os.close(theirs)
        seen = b""
        try:
            while part := os.read(ours, 65536):
                seen += part
        except OSError:  # Linux's end of a terminal
            pass
    os.close(ours)
    return seen.decode()


@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1"}])
def test_statements_come_in_live_and_end_as_a_table(
    variables: dict[str, str], httpserver: HTTPServer, tmp_path: Path
) -> None:
    """The model is asked once; the display is wiped; colors are left out on request."""
    httpserver.expect_request("/v1/chat/completions").respond_with_json(completion())
    article = tmp_path / "article.txt"
    article.write_text("Ruritania opposes the dam. Talks go on.")
    url = httpserver.url_for("/v1")
    words = ("summarize", str(article), "--model", "openai/test", "--base-url", url)
    seen = on_terminal(*words, **variables)
    table = seen[seen.rindex("A dam divides two states.") :]
    assert "● Positions" in table
    assert "│ " in table
    assert "Ruritania opposes the dam." in table
    colors = re.findall(r"\x1b\[(?:1;|2;)?3\dm", table)
    assert bool(colors) == (not variables)
    assert len(httpserver.log) == 1
