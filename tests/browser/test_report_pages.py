"""A report in a browser: found, followed to the evidence, and back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from browser import samples
from communique import write_report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    Visit = Callable[..., Page]

pytestmark = pytest.mark.browser


@pytest.fixture(params=["folder", "file"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The report as a folder, and as a single file."""
    name = "report" if request.param == "folder" else "report.html"
    return write_report(samples.several(), tmp_path / name, title="Dams")


def titles(page: Page) -> list[str]:
    return page.locator(".list > li:not([hidden]) h3").all_text_contents()


ALL = ["Second talks", "Talks on the dam", "A quiet day"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("second", ["Second talks"]),
        ("ULMIA post dam", ["Talks on the dam"]),
        ("ana strike", ALL[:2]),  # the actor and what she says
        ("without news", ["A quiet day"]),
        ("nobody", []),
    ],
)
def test_search_finds_all_words_anywhere(
    visit: Visit, index: Path, words: str, found: list[str]
) -> None:
    """In title, source, gist, actors and statements; the number is said."""
    page = visit(index)
    assert titles(page) == ALL
    page.fill("[name=words]", words)
    expect(page.locator(".find [role=status]")).to_have_text(f"{len(found)} of 3 articles")
    assert titles(page) == found
    assert page.locator(".nothing").is_visible() == (not found)


def test_articles_can_be_chosen_by_kind_and_put_in_order(visit: Visit, index: Path) -> None:
    """Those that have a kind of statement; by date, title and number of statements."""
    page = visit(index)
    page.check(".find [value=threat]", force=True)
    assert titles(page) == ALL[:2]
    page.uncheck(".find [value=threat]", force=True)
    for order, first in (
        ("old", "Talks on the dam"),
        ("name", "A quiet day"),
        ("new", "Second talks"),
    ):
        page.select_option("[name=order]", order)
        assert titles(page)[0] == first
    page.select_option("[name=order]", "old")
    assert titles(page) == ["Talks on the dam", "Second talks", "A quiet day"]


def test_a_figure_of_the_matrix_leads_to_statements_and_their_evidence(
    visit: Visit, index: Path
) -> None:
    """From "Ruritania threatens Ulmia" to the words in the article, and back to the list."""
    page = visit(index)
    cell = page.get_by_role("row", name="Ruritania").get_by_role("link").first
    assert "threatens: 2" in re.sub(r"\s+", " ", cell.inner_text())
    cell.click()
    line = page.locator(".pairs .lines a:visible").first
    expect(line).to_contain_text("against Ulmia: strike")
    line.click()
    expect(page.locator("h1:visible, h2.title:visible").first).to_have_text("Second talks")
    expect(page.locator(".card.lit:visible")).to_have_count(1)
    assert page.locator("mark.lit:visible").inner_text() == samples.STRIKES
    page.locator(".up a:visible").click()
    expect(page.locator(".list")).to_be_visible()


def test_an_actor_has_its_statements_over_time(visit: Visit, index: Path) -> None:
    """A symbol for each day and kind, and the statements beneath, the newest first."""
    page = visit(index)
    page.locator(".voice summary", has_text="Ulmia").click()
    voice = page.locator(".voice", has=page.locator("summary", has_text="Ulmia"))
    assert voice.locator("svg text.position").count() == 2
    assert voice.locator(".when").all_inner_texts() == ["2026-03-01"] * 2 + ["2026-01-31"] * 2


def test_pointing_at_an_actor_shows_its_relations_alone(visit: Visit, index: Path) -> None:
    """The others fade, and come back."""
    page = visit(index)
    page.hover(".node >> nth=0")
    assert page.locator(".graph.picked .curve.lit").count() > 0
    page.hover("h1")
    assert page.locator(".graph.picked").count() == 0


def test_failures_are_listed(visit: Visit, index: Path) -> None:
    """Which, and why."""
    page = visit(index)
    assert page.locator("#failures").get_by_text("the answer was cut off").is_visible()


def test_a_single_file_shows_one_article_at_a_time(visit: Visit, tmp_path: Path) -> None:
    """The title follows; back and forward work; letters step through the article shown."""
    page = visit(write_report(samples.several(), tmp_path / "report.html", title="Dams"))
    page.get_by_role("link", name="Talks on the dam", exact=True).click()
    assert page.locator(".whole:visible").count() == 1
    assert not page.locator(".index").is_visible()
    assert page.title() == "Talks on the dam"
    page.keyboard.press("j")
    assert page.locator(".card.lit:visible").count() == 1
    page.go_back()
    expect(page.locator(".index")).to_be_visible()
    assert page.title() == "Dams"
    page.go_forward()
    expect(page.locator(".whole:visible")).to_have_count(1)


def test_everything_can_be_read_without_script(visit: Visit, tmp_path: Path) -> None:
    """All articles of a single file stand beneath the index; figures lead to open lists."""
    file = write_report(samples.several(), tmp_path / "report.html")
    page = visit(file, java_script_enabled=False)
    assert page.locator(".whole:visible").count() == 3
    assert not page.locator(".find").is_visible()
    page.get_by_role("row", name="Ruritania").get_by_role("link").first.click()
    assert page.locator(".pairs .lines a:visible").count() > 0


def test_hostile_text_does_nothing_in_a_report(visit: Visit, index: Path, tmp_path: Path) -> None:
    """In titles, actors, pictures, failures and the search."""
    outcomes = [samples.hostile(), samples.hostile(), samples.failure(samples.HOSTILE)]
    page = visit(write_report(outcomes, index, title=samples.HOSTILE) if index.suffix else index)
    page = visit(write_report(outcomes, tmp_path / "bad", title=samples.HOSTILE))
    assert page.evaluate("typeof pwned") == "undefined"
    assert page.locator("img, iframe, main script, [onerror], [onload], [onmouseover]").count() == 0
    page.fill("[name=words]", "pwned")
    expect(page.locator(".find [role=status]")).to_have_text("2 articles")
    inner, outer = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert inner <= outer


def test_articles_are_not_numbered_by_the_browser(visit: Visit, index: Path) -> None:
    """Numbering list items anew takes minutes each time that some of 10,000 are hidden."""
    page = visit(index)
    shown = "items => items.map(item => getComputedStyle(item).display)"
    assert "list-item" not in page.locator("li").evaluate_all(shown)


@pytest.mark.parametrize("width", [320, 768])
def test_no_width_needs_to_scroll_sideways(visit: Visit, index: Path, width: int) -> None:
    """Pictures and tables scroll in their own frames."""
    page = visit(index, viewport={"width": width, "height": 800})
    inner, outer = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert inner <= outer


def test_a_wide_matrix_scrolls_in_its_own_frame(visit: Visit, tmp_path: Path) -> None:
    """What it says to screen readers alone makes the page no wider, either."""
    index = write_report(samples.many_actors(), tmp_path / "report")
    page = visit(index, viewport={"width": 320, "height": 800})
    assert page.locator(".matrix thead th").count() > 10
    inner, outer = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert inner <= outer
