"""`communique annotations`: summaries to annotation tools, and annotations back."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from communique._internal.files import read_regular, replace
from communique._internal.validation import brief
from communique.cli.outcome_file import opened_outcomes
from communique.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from communique.summary import Failure, Summary

__all__ = ["app"]

_LARGEST = 2_000_000_000


class Tool(StrEnum):
    """The annotation tools whose files are read and written."""

    LABEL_STUDIO = "label-studio"
    PRODIGY = "prodigy"


app = typer.Typer(
    no_args_is_help=True, help="Export summaries to Label Studio or Prodigy, and import them."
)

Outcomes = Annotated[
    Path,
    typer.Argument(
        help="JSON Lines, one summary or failure per line, as batch and summarize --format "
        "jsonl write them; or - for standard input."
    ),
]
ToolName = Annotated[Tool, typer.Option("--tool", help="Whose format it is.")]


@app.callback()
def about() -> None:
    """Export summaries to annotation tools, and import what people made of them."""


@app.command("export")
def export(
    outcomes: Outcomes,
    *,
    tool: ToolName,
    output: Annotated[Path, typer.Option("--output", "-o", help="A new file for the tasks.")],
    config: Annotated[
        Path | None,
        typer.Option(help="Also write Label Studio's labeling configuration (XML) to this file."),
    ] = None,
) -> None:
    """Write the summaries in OUTCOMES as tasks: JSON for Label Studio, JSON Lines for Prodigy."""
    from communique.review import label_studio_config, to_label_studio, to_prodigy

    if config is not None and tool is not Tool.LABEL_STUDIO:
        raise SettingsError("--config is for Label Studio; Prodigy's recipes are in Python")
    for path in filter(None, (output, config)):
        _check_new(path)
    read = _read_outcomes(outcomes)
    if tool is Tool.PRODIGY:
        lines = [json.dumps(task, ensure_ascii=False) + "\n" for task in to_prodigy(read)]
        content, count = "".join(lines), len(lines)
    else:
        tasks = list(to_label_studio(read))
        content, count = json.dumps(tasks, ensure_ascii=False, indent=1) + "\n", len(tasks)
    _write(output, content)
    if config is not None:
        _write(config, label_studio_config())
    typer.echo(f"{count:,} tasks in {output}", err=True)


@app.command("import")
def import_(
    tasks: Annotated[Path, typer.Argument(help="What the tool exported.")],
    *,
    tool: ToolName,
    outcomes: Annotated[
        Path, typer.Option(help="The outcomes that the tasks were made of; they stay as they are.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="A new file for the corrected summaries.")
    ],
    by: Annotated[
        str | None, typer.Option(help="Who annotated. Default: whom the tasks name.")
    ] = None,
) -> None:
    """Write the summaries as annotators corrected them in Label Studio or Prodigy."""
    from communique.review import from_label_studio, from_prodigy

    _check_new(output)
    read = _read_outcomes(outcomes)
    is_prodigy = tool is Tool.PRODIGY
    given = _read_lines(tasks) if is_prodigy else _parse(_read_text(tasks), str(tasks))
    try:
        found = (from_prodigy if is_prodigy else from_label_studio)(given, read, by=by)
    except SettingsError as exc:
        raise SettingsError(f"{tasks}: {exc}") from exc
    _write(output, "".join(f"{outcome.model_dump_json()}\n" for outcome in found))
    changed = sum(before != after for before, after in zip(read, found, strict=True))
    typer.echo(f"{changed:,} of {len(found):,} summaries annotated: {output}", err=True)


def _check_new(path: Path) -> None:
    if path.exists():
        raise SettingsError(f"{path} exists, and stays as it is: name another file")


def _read_outcomes(path: Path) -> Sequence[Summary | Failure]:
    with opened_outcomes(path) as read:
        return list(read)


def _read_text(path: Path) -> str:
    try:
        return read_regular(path, _LARGEST, links=True).decode("utf-8-sig")
    except OSError as exc:
        raise SettingsError(f"{path} can't be read: {exc.strerror or exc}") from exc
    except UnicodeDecodeError as exc:
        raise SettingsError(f"{path} is not UTF-8 (byte {exc.start})") from exc


def _read_lines(path: Path) -> list[Any]:
    lines = enumerate(_read_text(path).split("\n"), start=1)
    return [_parse(line, f"{path}: line {number}") for number, line in lines if line.strip()]


def _parse(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise SettingsError(f"{name} is not JSON: {brief(str(exc))}") from exc


def _write(path: Path, content: str) -> None:
    try:
        replace(path, content)
    except OSError as exc:
        raise SettingsError(f"{path} can't be written: {exc.strerror or exc}") from exc
