"""What MkDocs adds to the pages in `docs/`.

- The help of all commands, as the command line prints it.
- `SECURITY.md`, `CONTRIBUTING.md` and `CHANGELOG.md`, which stand in the repository's root.
"""

from __future__ import annotations

import contextlib
import io
import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File

ROOT = Path(__file__).parents[1]
COMMANDS = "<!-- help of all commands -->"
PROJECT = {
    "SECURITY.md": "project/security.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changelog.md",
}
"""Pages of the root, and their places in the site."""

HELP_WIDTH = "88"

LOADED = re.compile(
    r"<(?:script|img|iframe)\b[^>]*\bsrc=\"?https?:[^\"> ]+"
    r"|<link\b[^>]*\bstylesheet\b[^>]*https?:[^\"> ]+"
)
"""What a browser would load from another host."""


@event_priority(100)  # before plugins that look at all files
def on_files(files: Any, config: Any) -> Any:
    """Add the root's pages."""
    for name, place in PROJECT.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        files.append(File.generated(config, place, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, files: Any, **_: Any) -> str:
    """Insert the commands' help, and let links to the root's pages lead to those of the site.

    Raises:
        PluginError: a picture is missing: the screenshots are not in the repository.
    """
    here = page.file.src_uri
    for picture in re.findall(r"!\[[^\]]*\]\(([^):]+)\)", markdown):
        path = posixpath.normpath(posixpath.join(posixpath.dirname(here), picture))
        if files.get_file_from_path(path) is None:
            raise PluginError(
                f"{here}: there is no picture {path}; take the screenshots first: uv run pytest "
                "-m browser -n 0 tests/browser/test_screenshots.py --screenshots docs/images"
            )
    folder = posixpath.dirname(here) or "."
    for name, place in PROJECT.items():
        markdown = re.sub(
            rf"\]\((?:\.\./)*{re.escape(name)}",
            f"]({posixpath.relpath(place, folder)}",
            markdown,
        )
    if COMMANDS in markdown:
        markdown = markdown.replace(COMMANDS, "\n".join(_helps()))
    return markdown


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Check that the page loads nothing from other hosts.

    Raises:
        PluginError: it does.
    """
    if found := LOADED.search(output):
        raise PluginError(f"{page.file.src_uri} loads something from another host: {found[0]}")
    return output


def _helps() -> Iterator[str]:
    """Yield a heading and the help of each command."""
    import typer

    from communique.cli import app

    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = HELP_WIDTH
    try:
        for words in _commands(typer.main.get_command(app), []):
            yield f"## communique {' '.join(words)}\n\n```text\n{_help(words)}\n```\n"
    finally:
        os.environ.pop("COLUMNS")
        if before is not None:
            os.environ["COLUMNS"] = before


def _commands(command: Any, words: list[str]) -> Iterator[list[str]]:
    """Yield the words of each command that does something: groups only lead to others."""
    children = getattr(command, "commands", None)
    if not children:
        yield words
        return
    for name, child in children.items():
        if not child.hidden:
            yield from _commands(child, [*words, name])


def _help(words: list[str]) -> str:
    from communique.cli import main

    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        main([*words, "--help"])
    return said.getvalue().strip()
