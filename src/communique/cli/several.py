"""Several articles of one command: one after the other, into one output."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from communique.cli.text_files import write_text
from communique.errors import CommuniqueError

if TYPE_CHECKING:
    from communique import Article, Failure, Summary

__all__ = ["summarize_several"]

_ONE_BY_ONE = frozenset({"table", "jsonl", "markdown"})
"""Formats in which an outcome is written as soon as it is there."""


def summarize_several(
    sources: Sequence[str],
    read: Callable[[str], Article],
    ask: Callable[[Article], Summary],
    *,
    form: str,
    output: Path | None,
    show: Callable[[Summary], None] | None,
) -> None:
    """Summarize one article after the other; one that fails does not stop the others.

    Whatever ends the command, the summaries that were made until then are written.

    Args:
        sources: the articles' paths and addresses.
        read: returns the article of a source.
        ask: returns the summary of an article.
        form: name of the output format.
        output: the file to write at the end; None: standard output.
        show: shows a summary on the terminal, in place of writing it.

    Raises:
        typer.Exit: an article failed; the exit code is that of the first one.
        SettingsError: the output can't be written.
    """
    from communique.runs import is_hopeless

    results = _Results(form, output, show)
    error: CommuniqueError | None = None
    try:
        for source in sources:
            article: Article | None = None
            try:
                article = read(source)
                results.add(source, ask(article))
            except CommuniqueError as exc:
                error = error or exc
                results.add_failure(source, article, exc)
                if article is not None and is_hopeless(exc):
                    break
    finally:
        results.close()
    if error is not None:
        from communique.cli import exit_code

        raise typer.Exit(exit_code(error))


class _Results:
    """The outcomes so far, in order."""

    def __init__(
        self, form: str, output: Path | None, show: Callable[[Summary], None] | None
    ) -> None:
        self._form = form
        self._output = output
        self._show = show
        self._outcomes: list[tuple[str, Summary | Failure]] = []
        self._at_once = show is not None or (output is None and form in _ONE_BY_ONE)

    def add(self, source: str, summary: Summary) -> None:
        self._add(source, summary)
        if self._show is not None:
            typer.echo(f"\n{_heading(source)}" if len(self._outcomes) > 1 else _heading(source))
            self._show(summary)

    def add_failure(self, source: str, article: Article | None, error: CommuniqueError) -> None:
        from communique.render.safe_text import harmless
        from communique.runs import to_failure

        said = str(error) if article is None else f"{source}: {error}"
        typer.echo(harmless(f"error: {said}"), err=True)
        self._add(source, to_failure(len(self._outcomes), article, error, error))

    def _add(self, source: str, outcome: Summary | Failure) -> None:
        self._outcomes.append((source, outcome))
        if self._at_once and self._show is None:
            write_text(_together([(source, outcome)], self._form), None)

    def close(self) -> None:
        if not self._at_once and (text := _together(self._outcomes, self._form)):
            write_text(text, self._output)


def _together(outcomes: Sequence[tuple[str, Summary | Failure]], form: str) -> str:
    """Return outcomes as one text, which is empty if there is nothing to write."""
    from communique.render import to_jsonl
    from communique.report import report_page
    from communique.summary import Summary

    if form == "html":
        return report_page([each for _, each in outcomes], title="Report")
    if form in {"json", "jsonl"}:
        lines = [to_jsonl(each) for _, each in outcomes]
        return "".join(lines) if form == "jsonl" else f"[\n{','.join(lines)}]\n"
    return _summaries(
        [(source, each) for source, each in outcomes if isinstance(each, Summary)], form
    )


def _summaries(summaries: Sequence[tuple[str, Summary]], form: str) -> str:
    """Return summaries in a format that has no place for failures, which are told anyway."""
    from communique.render import to_csv, to_markdown, to_table

    if form == "csv":
        return to_csv(*(each for _, each in summaries)) if summaries else ""
    if form == "markdown":
        return "".join(f"{to_markdown(each)}\n" for _, each in summaries)
    return "".join(f"{_heading(source)}\n{to_table(each)}\n" for source, each in summaries)


def _heading(source: str) -> str:
    from communique.render.safe_text import plain

    return f"=== {plain(source)}"
