"""What the documentation shows as code runs, and prints what is shown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from documentation.snippets import (
    SERVERS,
    Block,
    check_output,
    read_blocks,
    run_console,
    run_python,
)

REPOSITORY = Path(__file__).parents[2]
PAGES = {
    path.relative_to(REPOSITORY).as_posix(): path.read_text(encoding="utf-8")
    for path in [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
}
BLOCKS = {name: read_blocks(name, page) for name, page in PAGES.items()}
RUNNABLE = ("python", "console")

# What installs something, starts a server or sets a variable, in blocks that are not run.
SHELL = re.compile(r"(?:python -m (?:pip|venv) |llm |uv |export |ray start |vllm serve |\. |#|$)")


@pytest.mark.block_network(allowed_hosts=[r"127\.0\.0\.1", "localhost", "::1"])
@pytest.mark.usefixtures("as_a_reader")
@pytest.mark.parametrize(
    "name",
    [name for name, blocks in BLOCKS.items() if any(b.language in RUNNABLE for b in blocks)],
)
def test_what_a_page_shows_runs(name: str) -> None:
    """From top to bottom, in one folder and one session, as a reader would do it."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in BLOCKS[name]:
        if name == "docs/tutorial.md":
            names = {"__name__": "__main__"}  # its reader saves each program as a file
        if block.reason is None and block.language == "python":
            run_python(block, names)
        elif block.reason is None and block.language == "console":
            run_console(block)


def test_few_blocks_are_not_run_and_each_says_why() -> None:
    """A test that is named as the one which runs it is there."""
    blocks = [b for page in BLOCKS.values() for b in page if b.language in RUNNABLE]
    excused = [block for block in blocks if block.reason is not None]
    assert len(excused) <= len(blocks) / 5
    for block in excused:
        for path in re.findall(r"tests/[\w/]+\.py", block.reason or ""):
            assert (REPOSITORY / path).is_file(), block.page


def test_no_command_hides_in_a_block_that_is_not_run() -> None:
    """Commands of communique stand in console blocks; only servers are started elsewhere."""
    for block in [block for page in BLOCKS.values() for block in page]:
        assert block.language in {*RUNNABLE, "", "sh", "powershell", "text", "yaml", "json"}, (
            block.page
        )
        if block.language in {"", "sh"}:
            for line in block.code.replace("\\\n", " ").splitlines():
                assert line.startswith(SERVERS) or SHELL.match(line), f"{block.page}: {line}"


def test_every_fence_is_read() -> None:
    """None is overlooked because of its form."""
    for name, page in PAGES.items():
        fences = len(re.findall(r"^ *```", page, re.MULTILINE))
        found = sum(2 + 2 * (block.output is not None) for block in BLOCKS[name])
        assert fences == found, name


def block(code: str, language: str = "python", output: str | None = None) -> Block:
    return Block("page.md:1", language, code, None, output)


@pytest.mark.parametrize(
    ("shown", "printed"),
    [("a\n", "a\n"), ("a\n[…]\nd\n", "a\nb\nc\nd\n"), ("[…]\nd\n", "d\n"), ("a […] d\n", "a b c d  \n"),
     ("[…]\n", "")],
)  # fmt: skip
def test_cuts_stand_for_anything(shown: str, printed: str) -> None:
    check_output("page", shown, printed)


@pytest.mark.parametrize(
    ("shown", "printed"),
    [("a\n", "a\nb\n"), ("a\n[…]\nd\n", "a\nb\n"), ("a.\n", "ab\n"), ("a […]\n", "a\nb\n"), ("a\n", "")],
)  # fmt: skip
def test_anything_else_is_found(shown: str, printed: str) -> None:
    with pytest.raises(AssertionError, match="the page shows"):
        check_output("page", shown, printed)


def test_a_block_that_fails_is_found() -> None:
    """An error, another output, a command that fails, or one that can't be run."""
    with pytest.raises(ZeroDivisionError):
        run_python(block("1 / 0"), {})
    with pytest.raises(AssertionError, match=r"page\.md:1"):
        run_python(block("print(1)", output="2\n"), {})
    with pytest.raises(AssertionError, match="there is no file"):
        run_console(block("$ communique summarize missing.txt\n", "console"))
    with pytest.raises(AssertionError, match="would not end"):
        run_console(block("$ communique model serve --port 0\n", "console"))
    with pytest.raises(AssertionError, match="only communique"):
        run_console(block("$ curl example\n", "console"))
