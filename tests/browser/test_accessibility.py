"""axe-core finds nothing serious, in light and dark, wide and narrow; the order of focus is right."""

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

LOOKS = [
    {"color_scheme": "light"},
    {"color_scheme": "dark"},
    {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
]


def faults(page: Page) -> list[str]:
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [f"{f['id']}: {node['html'][:120]}" for f in found for node in f["nodes"]]


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "narrow"])
def test_nothing_is_wrong_with_an_article(visit: Visit, look: dict[str, Any]) -> None:
    """As it opens, with everything open, and with a statement lit."""
    page = visit(samples.long_article().to_html(), **look)
    assert faults(page) == []
    for details in page.locator("summary").all():
        details.click()
    page.keyboard.press("j")
    assert faults(page) == []


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "narrow"])
@pytest.mark.parametrize("name", ["report", "report.html"])
def test_nothing_is_wrong_with_a_report(
    visit: Visit, look: dict[str, Any], name: str, tmp_path: Path
) -> None:
    """As it opens, and with all lists open."""
    page = visit(write_report(samples.several(), tmp_path / name), **look)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    assert faults(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_overlapping_lit_marks_can_be_read(visit: Visit, scheme: str) -> None:
    """Colors of several statements do not add up until text can't be read."""
    page = visit(samples.overlapping().to_html(), color_scheme=scheme)
    page.hover("mark.threat >> nth=0")
    assert page.locator("mark.lit mark.lit").count() > 0
    color = "marks => marks.map(mark => getComputedStyle(mark).backgroundColor)"
    assert set(page.locator("mark.lit mark.lit").evaluate_all(color)) == {"rgba(0, 0, 0, 0)"}
    assert faults(page) == []


def test_focus_goes_from_the_skip_link_through_text_and_filters_to_statements(visit: Visit) -> None:
    """In reading order, and every stop can be seen."""
    page = visit(samples.long_article().to_html())
    stops: list[str] = []
    for _ in range(40):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            "(() => { const e = document.activeElement; return e === document.body ? '' :"
            " e.closest('.skip, .kicker, .text, .tools, .card, .scroll, .about')?.className.split(' ')[0]; })()"
        )
        if stop and (not stops or stops[-1] != stop):
            stops.append(stop)
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        if stop and stop != "tools":  # whose labels show it
            assert page.evaluate(outline) != "none"
    assert stops[:6] == ["skip", "kicker", "text", "tools", "scroll", "card"]
