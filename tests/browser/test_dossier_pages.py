"""The dossiers of a report in a browser: followed to the evidence, and safe with hostile text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from browser import samples
from communique import write_report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    Visit = Callable[..., Page]

pytestmark = pytest.mark.browser

OPEN_ALL = "document.querySelectorAll('details').forEach(each => { each.open = true })"
LOOKS = [
    {"color_scheme": "light"},
    {"color_scheme": "dark"},
    {"color_scheme": "light", "viewport": {"width": 320, "height": 844}},
]


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "narrow"])
def test_nothing_is_wrong_with_the_page(visit: Visit, look: dict[str, Any], tmp_path: Path) -> None:
    """axe-core finds nothing, and nothing needs to be scrolled sideways, with all actors open."""
    index = write_report(samples.several(), tmp_path / "report")
    page = visit(index.with_name("dossiers.html"), **look)
    page.evaluate(OPEN_ALL)
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    assert [fault["id"] for fault in found] == []
    inner, outer = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert inner <= outer
    narrowest = page.locator(".dossier .quote").evaluate_all(
        "all => Math.min(...all.map(each => each.offsetWidth))"
    )
    assert narrowest > outer / 2


def test_a_line_leads_to_its_statement_and_back(visit: Visit, tmp_path: Path) -> None:
    page = visit(write_report(samples.several(), tmp_path / "report"))
    page.get_by_role("link", name="Actor by actor").click()
    page.locator(".dossier[open] .lines a").first.click()
    assert page.url.partition("#")[0].endswith(".html")
    assert "/articles/" in page.url
    card = page.url.partition("#")[2]
    assert page.locator(f"#{card}").is_visible()


def test_an_address_opens_the_dossier_of_an_actor(visit: Visit, tmp_path: Path) -> None:
    index = write_report(samples.several(), tmp_path / "report")
    page = visit(index.with_name("dossiers.html"))
    assert not page.locator("#dossier-1").is_visible()
    page.evaluate("location.hash = 'dossier-1'")
    page.locator("#dossier-1").wait_for(state="visible")


def test_hostile_text_does_nothing(visit: Visit, tmp_path: Path) -> None:
    index = write_report([samples.hostile()], tmp_path / "report", title=samples.HOSTILE)
    page = visit(index.with_name("dossiers.html"))
    page.evaluate(OPEN_ALL)
    assert page.evaluate("typeof pwned") == "undefined"
    assert page.locator("img, iframe, main script, [onerror], [onload], [onmouseover]").count() == 0
