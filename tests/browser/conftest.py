"""A browser, and pages in it that must stay silent: no error, and no request that leaves."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    Visit = Callable[..., Page]

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.fail("there is no Chromium on the path: apt-get install chromium")
    # Chromium has no sandbox for root.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=arguments)
        yield started
        started.close()


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Visit]:
    """A function that opens a page: HTML, or a file, and its options as `Browser.new_context`."""
    troubles: list[str] = []

    def watch(page: Page) -> None:
        page.on("console", lambda message: troubles.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: troubles.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: troubles.append(request.url) if ":" in request.url
                and not request.url.startswith("file:") else None)  # fmt: skip

    def visit(page: str | Path, fragment: str = "", **options: Any) -> Page:
        if isinstance(page, str):
            path = tmp_path / "page.html"
            path.write_text(page, encoding="utf-8", newline="")
        else:
            path = page
        options = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"} | options
        opened = browser.new_context(**options).new_page()
        watch(opened)
        opened.goto(path.as_uri() + fragment)
        return opened

    yield visit
    for context in browser.contexts:
        context.close()
    assert not troubles
