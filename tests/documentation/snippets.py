"""The code of a page in the documentation, and what it shows as its output.

A `python` block may be followed by a `text` block: what it prints. A `console` block has commands
behind `$ `, each followed by what it prints, if that is shown. `[…]` stands for anything, alone on
its line for any number of lines. A comment before a block, `<!-- not run: REASON -->`, says why it
can't be run offline.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

from communique.cli import main

__all__ = ["SERVERS", "Block", "check_output", "read_blocks", "run_console", "run_python"]

_BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<reason>.+?) -->\n\n?)?"
    r"^```(?P<language>\w*)\n(?P<code>.*?)^```\n"
    r"(?:\n```text\n(?P<output>.*?)^```$)?",
    re.DOTALL | re.MULTILINE,
)

_ANYTHING = "[…]"

SERVERS = ("communique mcp", "communique model serve", "communique review")
"""Commands that run until Ctrl-C."""


@dataclass(frozen=True)
class Block:
    """A block of code.

    Attributes:
        page: the path of its page, and the number of the block's first line.
        reason: why it is not run; None if it is.
        output: what the page shows as its output; None if nothing.
    """

    page: str
    language: str
    code: str
    reason: str | None
    output: str | None


def read_blocks(name: str, page: str) -> list[Block]:
    """Return the blocks of a page, in order.

    Args:
        name: the page's path, for messages.
        page: its Markdown.
    """
    return [
        Block(
            f"{name}:{page.count(chr(10), 0, found.start('code')) + 1}",
            found["language"],
            found["code"],
            found["reason"],
            found["output"],
        )
        for found in _BLOCK.finditer(page)
    ]


def run_python(block: Block, names: dict[str, Any]) -> None:
    """Run a block with the names of the blocks before it, and check what it prints."""
    with _captured() as printed:
        exec(compile(block.code, block.page, "exec", dont_inherit=True), names)
    if block.output is not None:
        check_output(block.page, block.output, printed.getvalue())


def run_console(block: Block) -> None:
    """Run the commands of a block, and check that they succeed and print what is shown."""
    for command, shown in _commands(block):
        program, *words = shlex.split(command)
        assert program == "communique", f"{block.page}: only communique can be run: {command}"
        assert not command.startswith(SERVERS), f"{block.page}: it would not end: {command}"
        code: object = 0
        with _captured() as printed:
            try:
                main(words)
            except SystemExit as exc:
                code = exc.code
        assert not code, f"{block.page}: {command}: {printed.getvalue()}"
        if shown:
            check_output(f"{block.page}: {command}", shown, printed.getvalue())


def check_output(where: str, shown: str, printed: str) -> None:
    """Check that a program printed what a page shows."""
    lines = "".join(f"{line.rstrip()}\n" for line in printed.splitlines())
    assert re.fullmatch(_pattern(shown), lines), (
        f"{where}\nthe page shows:\n{shown}\nprinted was:\n{lines}"
    )


def _pattern(shown: str) -> str:
    parts: list[str] = []
    for line in shown.splitlines():
        if line.strip() == _ANYTHING:
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*".join(map(re.escape, line.rstrip().split(_ANYTHING))) + r"\n")
    return "".join(parts)


def _commands(block: Block) -> Iterator[tuple[str, str]]:
    """Yield each command with what is shown beneath it."""
    code = block.code.replace("\\\n", " ")
    assert code.startswith("$ "), f"{block.page}: a console block begins with a command: $ …"
    for part in re.split(r"^\$ ", code, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown


class _Captured(io.TextIOWrapper):
    """Standard output and error, in the order in which they were written."""

    def __init__(self) -> None:
        self._bytes = io.BytesIO()
        super().__init__(self._bytes, encoding="utf-8", newline="", write_through=True)

    def getvalue(self) -> str:
        return self._bytes.getvalue().decode()


@contextlib.contextmanager
def _captured() -> Generator[_Captured]:
    stream = _Captured()
    with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
        yield stream
