"""The documentation's pictures: `pytest -m browser tests/browser/test_screenshots.py --screenshots FOLDER`.

Without the option they are taken, too, and thrown away.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from communique import Summary, write_report
from communique.evaluation import load_gold
from communique.evaluation.run import run
from communique.settings import ModelChoice

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    Visit = Callable[..., Page]

pytestmark = pytest.mark.browser

NARROW = {"viewport": {"width": 390, "height": 844}}
ARTICLE = {
    "article-light.png": {"color_scheme": "light"},
    "article-dark.png": {"color_scheme": "dark"},
    "article-narrow.png": {"color_scheme": "light", **NARROW},
}
REPORT = "report.png"
IN_REPORT = ("putin-vladivostok", "kelmet-ceasefire", "hallsee-grenzvertrag", "draughts-final")


@pytest.fixture(scope="module")
def summaries(repository: Path) -> list[Summary]:
    """What the embedded model said, as it was recorded."""
    gold = [load_gold(repository / "seeds" / name) for name in IN_REPORT]
    model = ModelChoice("local", "qwen2.5-coder-1.5b")
    runs = run(gold, "v2", model, repository / "cassettes" / "evaluations")
    return [done.summary for done in runs if done.summary]


@pytest.fixture
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where the pictures go."""
    given = request.config.getoption("--screenshots")
    folder = Path(given) if given else tmp_path / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def take(page: Page, path: Path) -> None:
    """Take a picture of what is seen first, which must be more than an empty page."""
    page.screenshot(path=path)
    assert path.stat().st_size > 20_000


@pytest.mark.parametrize(("name", "look"), ARTICLE.items(), ids=ARTICLE)
def test_the_page_of_an_article(
    visit: Visit, summaries: list[Summary], folder: Path, name: str, look: dict[str, Any]
) -> None:
    """With a statement and its evidence lit."""
    page = visit(summaries[0].to_html(), **look)
    page.hover("mark.position >> nth=0")
    assert page.locator("mark.lit").count()
    take(page, folder / name)


def test_the_index_of_a_report(
    visit: Visit, summaries: list[Summary], folder: Path, tmp_path: Path
) -> None:
    """Its search and its pictures."""
    index = write_report(summaries, tmp_path / "report", title="Four articles")
    take(visit(index, color_scheme="light"), folder / REPORT)
