"""`communique doctor`: what communique would do here, and what is in its way."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Annotated

import typer

from communique.cli.options import BaseUrlOption, ModelOption, PromptOption, server_settings

if TYPE_CHECKING:
    from communique.doctor import Diagnosis, State

__all__ = ["doctor"]

_SHOWN: dict[State, tuple[str, str]] = {
    "ok": ("ok", "green"),
    "skipped": ("-", "blue"),
    "warning": ("warning", "yellow"),
    "error": ("error", "red"),
}
"""For each state, the word and the colour in which it is shown."""


def doctor(
    *,
    model: ModelOption = None,
    prompt: PromptOption = None,
    base_url: BaseUrlOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show which model would read an article, and why; where it would go; and what is missing.

    The model's server is asked which models it has. No article is sent, and no key is shown.

    Exit codes: 0 articles can be read; 2 a setting is wrong; 3 there is no model, or its server
    does not answer.
    """
    from communique.doctor import diagnose

    found = diagnose(model=model, prompt=prompt, **server_settings(base_url))
    code = _exit_code(found)
    if as_json:
        typer.echo(json.dumps(_for_programs(found, code), indent=2))
    else:
        _show(found)
    raise typer.Exit(code)


def _exit_code(found: Diagnosis) -> int:
    from communique.cli import exit_code

    return 0 if found.error is None else exit_code(found.error)


def _for_programs(found: Diagnosis, code: int) -> dict[str, object]:
    checks = [
        {"name": each.name, "state": each.state, "says": each.says, "advice": each.advice}
        for each in found.checks
    ]
    return {
        "exit_code": code,
        "model": found.model,
        "destination": found.destination,
        "reachable": found.reachable,
        "checks": checks,
        "next": found.advice,
    }


def _show(found: Diagnosis) -> None:
    from communique.render.safe_text import harmless

    width = max(len(check.name) for check in found.checks)
    for check in found.checks:
        word, colour = _SHOWN[check.state]
        says = harmless(check.says).replace("\n", f"\n{' ' * (width + 11)}")
        _echo(typer.style(f"{word:7}", fg=colour) + f"  {check.name:{width}}  {says}")
    _echo("")
    for advice in found.advice:
        _echo(f"next: {harmless(advice)}")


def _echo(line: str) -> None:
    typer.echo(line, color=False if os.environ.get("NO_COLOR") else None)
