"""`communique mcp`: an MCP server on standard input and output."""

from __future__ import annotations

import os
import signal
import sys

import typer

from communique.cli.options import BaseUrlOption, ModelOption, PromptOption, server_settings
from communique.cli.summarize import say_where
from communique.errors import SettingsError

__all__ = ["mcp"]


def mcp(
    *,
    model: ModelOption = None,
    prompt: PromptOption = None,
    base_url: BaseUrlOption = None,
) -> None:
    """Serve the tools summarize_article and explain_statement to an assistant that speaks MCP.

    The assistant's program starts this command itself, and talks to it by standard input and
    output. Articles are sent to the model that --model or COMMUNIQUE_MODEL names; see
    `communique summarize --help`.
    """
    from communique import Summarizer

    try:
        from communique.mcp_server import make_server
    except ModuleNotFoundError as exc:
        if exc.name is None or exc.name.partition(".")[0] not in {"mcp", "mcp_types"}:
            raise
        raise SettingsError(
            "communique mcp needs the MCP SDK: python -m pip install 'communique[mcp]'"
        ) from exc
    with Summarizer(model=model, prompt=prompt, **server_settings(base_url)) as summarizer:
        say_where(summarizer, "Articles are sent to")
        if sys.stdin is not None and sys.stdin.isatty():
            typer.echo("waiting for a program that speaks MCP; press Ctrl-C to stop", err=True)
        before = signal.signal(signal.SIGINT, _end_at_once)
        try:
            make_server(summarizer).run("stdio")
        finally:
            signal.signal(signal.SIGINT, before)


def _end_at_once(*_: object) -> None:
    """End the program: the SDK's thread that waits for input would keep it from ending."""
    from communique.cli import INTERRUPTED

    os.write(2, b"interrupted\n")
    os._exit(INTERRUPTED)
