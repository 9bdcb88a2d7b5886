"""The reader page in a browser: text and statements lead to each other, and nothing else happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from browser import samples
from communique import Summary

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Locator, Page

    Visit = Callable[..., Page]

pytestmark = pytest.mark.browser

POSITION, SECOND, THREAT, AGREEMENT = "#position-1", "#position-2", "#threat-1", "#agreement-1"


@pytest.fixture
def page(visit: Visit) -> Page:
    return visit(samples.long_article().to_html())


def lit(page: Page) -> set[str]:
    """The cards that are lit."""
    return set(page.locator(".card.lit").evaluate_all("cards => cards.map(card => card.id)"))


def is_in_view(locator: Locator) -> bool:
    script = """e => { const r = e.getBoundingClientRect();
        return r.height > 0 && r.top >= -1 && r.bottom <= innerHeight + 1; }"""
    return bool(locator.first.evaluate(script))


def visible_cards(page: Page) -> list[str]:
    script = "cards => cards.filter(card => card.checkVisibility()).map(card => card.id)"
    return list(page.locator(".card").evaluate_all(script))


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.closest('.card')?.id ?? ''"))


def test_pointing_at_either_side_lights_the_other(page: Page) -> None:
    """The card of the evidence pointed at, the evidence of the card, and nothing any more beside."""
    page.hover("mark.position >> nth=0")
    assert lit(page) == {"position-1"}
    page.hover(THREAT)
    assert lit(page) == {"threat-1"}
    assert page.locator("mark.lit").all_inner_texts() == [samples.STRIKES]
    page.hover("h1")
    assert lit(page) == set()


def test_focus_lights_the_other_side(page: Page) -> None:
    """What a pointer shows is shown to the keyboard, too."""
    page.focus(".ref.position a")
    assert lit(page) == {"position-1"}
    page.focus(f"{AGREEMENT} .number")
    assert page.locator("mark.lit").all_inner_texts() == [samples.HOLDS]


def test_a_click_in_the_text_leads_to_the_card(page: Page) -> None:
    """On marked text or its number; the card has the focus."""
    page.set_viewport_size({"width": 1280, "height": 420})
    mark = page.locator("mark.agreement").first
    mark.scroll_into_view_if_needed()
    assert not is_in_view(page.locator(AGREEMENT)) or lit(page) == set()
    mark.click()
    assert focused(page) == "agreement-1"
    assert is_in_view(page.locator(f"{AGREEMENT} .top"))
    page.locator(".ref.position a").first.click()
    assert focused(page) == "position-1"


def test_a_click_on_a_card_leads_to_its_evidence(page: Page) -> None:
    """Anywhere on it, on its number, or on the quotation."""
    for place in (f"{AGREEMENT} .said", f"{THREAT} .number", f"{AGREEMENT} .quote a"):
        kind = "agreement" if "agreement" in place else "threat"
        page.evaluate("scrollTo(0, 0)")
        assert not is_in_view(page.locator(f"mark.{kind}"))
        page.click(place)
        assert is_in_view(page.locator(f"mark.{kind}"))
        assert page.locator("mark.lit").count() == 1


def test_text_can_be_selected_without_leading_anywhere(page: Page) -> None:
    """A selection within marked text is for copying, without numbers of statements."""
    box = page.locator("mark.position").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + 2, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 12)
    page.mouse.up()
    assert len(str(page.evaluate("getSelection().toString()"))) > 5
    assert focused(page) == ""
    page.evaluate("getSelection().selectAllChildren(document.querySelector('article'))")
    assert page.evaluate("getSelection().toString()") == samples.long_article().article.text


def test_overlapping_evidence_lights_and_opens_all_its_statements(visit: Visit) -> None:
    """All that a place is evidence of; each click opens the next one."""
    page = visit(samples.overlapping().to_html())
    place = page.locator("mark.threat", has_text="the dam.")
    place.hover()
    assert lit(page) == {"position-1", "position-2", "threat-1"}
    opened: list[str] = []
    for _ in range(4):
        place.click()
        opened.append(focused(page))
    assert set(opened[:3]) == {"position-1", "position-2", "threat-1"}
    assert opened[3] == opened[0]


def test_letters_step_through_the_statements(page: Page) -> None:
    """j and k, from the beginning or from the end; the text follows; not past the last one."""
    order = ["position-1", "position-2", "threat-1", "agreement-1"]
    for expected in [*order, order[-1]]:
        page.keyboard.press("j")
        assert focused(page) == expected
        assert is_in_view(page.locator("mark.lit"))
    page.keyboard.press("k")
    assert focused(page) == "threat-1"
    page.keyboard.press("Escape")
    assert focused(page) == ""


def test_arrows_step_only_among_cards(page: Page) -> None:
    """Elsewhere they scroll, as everywhere."""
    page.keyboard.press("ArrowDown")
    assert focused(page) == ""
    page.focus(f"{POSITION} .number")
    page.keyboard.press("ArrowDown")
    assert focused(page) == "position-2"
    page.keyboard.press("ArrowUp")
    assert focused(page) == "position-1"


def test_letters_can_be_switched_off_and_do_not_disturb_choices(page: Page) -> None:
    """Whoever dictates, or chooses from a list by letters, is left alone."""
    page.focus("select[name=actor]")
    page.keyboard.press("j")
    assert focused(page) == ""
    page.uncheck("[name=keys]")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    assert focused(page) == ""


@pytest.mark.parametrize(
    ("choose", "left"),
    [
        (lambda page: page.uncheck("[value=threat]", force=True), ["position-1", "position-2", "agreement-1"]),
        (lambda page: page.select_option("[name=actor]", label="Ruritania"), ["position-1", "threat-1", "agreement-1"]),
        (lambda page: page.select_option("[name=actor]", label="Ana Ruiz"), ["threat-1"]),
        (lambda page: page.select_option("[name=status]", label="opposes"), ["position-1"]),
        (lambda page: page.fill("[name=confidence]", "50"), ["position-1", "threat-1"]),
    ],
    ids=["kind", "actor", "person", "status", "confidence"],
)  # fmt: skip
def test_filters_leave_what_was_asked_for(
    page: Page, choose: Callable[[Page], Any], left: list[str]
) -> None:
    """On both sides: cards, headings, marks and numbers; a screen reader is told how many."""
    choose(page)
    assert visible_cards(page) == left
    assert page.locator("[role=status]").inner_text() == f"{len(left)} of 4 statements"
    kinds = {name.partition("-")[0] for name in left}
    for kind in ("position", "threat", "agreement"):
        assert page.locator(f".group.{kind}").is_visible() == (kind in kinds)
    shown = page.locator("mark:not(.off):not(.order)").count()
    assert shown == len(left)
    assert page.locator(".ref:visible:not(.order)").count() == len(left)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert focused(page) == left[0]
    page.click("text=Show all")
    assert len(visible_cards(page)) == 4
    assert page.locator("mark.off").count() == 0


def test_an_address_with_a_statement_opens_it(visit: Visit) -> None:
    """A link from elsewhere shows the card and its evidence."""
    page = visit(samples.long_article().to_html(), AGREEMENT)
    expect(page.locator(f"{AGREEMENT}.lit")).to_be_visible()
    assert focused(page) == "agreement-1"
    assert is_in_view(page.locator("mark.agreement"))


@pytest.mark.parametrize("fragment", ["#", "#%", "#%ff", "#nothing", "#</script>"])
def test_an_address_that_leads_nowhere_does_no_harm(visit: Visit, fragment: str) -> None:
    """Also one that no browser writes."""
    page = visit(samples.long_article().to_html(), fragment)
    page.keyboard.press("j")
    assert focused(page) == "position-1"


def test_everything_can_be_read_without_script(visit: Visit) -> None:
    """The text, all statements, and links in both directions; no control without a function."""
    page = visit(samples.long_article().to_html(), java_script_enabled=False)
    assert page.locator(".card:visible").count() == 4
    assert not page.locator(".tools").is_visible()
    page.click(f"{AGREEMENT} .number")
    assert is_in_view(page.locator("mark.agreement"))
    page.click(".ref.threat a")
    assert is_in_view(page.locator(f"{THREAT} .top"))


def test_rejected_claims_and_orders_are_there(page: Page) -> None:
    """Orders are marked in the text; rejected claims open."""
    assert page.locator("mark.order").inner_text() == samples.ORDER
    page.click("text=Rejected claims")
    assert page.get_by_text("its subject is empty").is_visible()
    page.click("text=All details")
    assert page.get_by_text("test-1", exact=True).is_visible()


@pytest.mark.parametrize("has_script", [True, False])
def test_hostile_text_is_shown_and_does_nothing(visit: Visit, has_script: bool) -> None:
    """Markup in any field is text; overrides are made visible; no address but http becomes a link."""
    summary = samples.hostile()
    page = visit(summary.to_html(), java_script_enabled=has_script)
    text = page.locator("article").evaluate(
        "e => { const c = e.cloneNode(true); c.querySelectorAll('.ref').forEach(r => r.remove()); return c.textContent; }"
    ) if has_script else page.locator("article").text_content()  # fmt: skip
    assert "<script>pwned = 1</script>" in text
    if has_script:
        assert text == summary.article.text.replace("\u202e", "\ufffd")
        assert page.evaluate("typeof pwned") == "undefined"
        page.click(".card.threat .said")
        page.click("mark.threat >> nth=0")
    assert (
        page.locator("img, iframe, article script, [onerror], [onload], [onmouseover]").count() == 0
    )
    assert page.locator("a:not([href^='#'])").count() == 0
    assert page.locator(".card").count() == 3
    width = page.locator("html").evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert width[0] <= width[1]


def test_the_policy_is_in_force(browser: Browser, visit: Visit, tmp_path: Any) -> None:
    """Even markup that is smuggled in runs no script, has no style, and loads nothing."""
    visit(samples.long_article().to_html())
    page = browser.new_context().new_page()  # not watched: the browser reports what it refuses
    answered: list[str] = []
    refused: list[str | None] = []
    page.on("response", lambda response: answered.append(response.url))
    page.on("requestfailed", lambda request: refused.append(request.failure))
    page.goto((tmp_path / "page.html").as_uri())
    script = """() => {
        const add = (name, fields) => document.body.append(Object.assign(document.createElement(name), fields));
        add("script", { textContent: "pwned = 1" });
        add("script", { src: "https://evil.example/x.js" });
        add("img", { src: "https://evil.example/x.png" });
        add("style", { textContent: "body { display: none }" });
        fetch("https://evil.example").catch(() => {});
    }"""
    page.evaluate(script)
    page.wait_for_timeout(200)
    assert set(refused) == {"csp"}
    assert page.evaluate("[typeof pwned, getComputedStyle(document.body).display]") == [
        "undefined",
        "block",
    ]
    assert not [url for url in answered if not url.startswith("file:")]


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1920])
def test_no_width_needs_to_scroll_sideways(visit: Visit, width: int) -> None:
    """From a phone to a wide screen."""
    page = visit(samples.long_article().to_html(), viewport={"width": width, "height": 800})
    inner, outer = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert inner <= outer
    beside = page.locator(".side").bounding_box()
    text = page.locator(".text").bounding_box()
    assert beside
    assert text
    assert (beside["x"] > text["x"]) == (width >= 1024)


def test_print_has_text_and_statements_and_no_controls(page: Page) -> None:
    """On paper there is nothing to click."""
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator(".tools").is_visible()
    assert page.locator(".card:visible").count() == 4
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(28, 28, 26)"


@pytest.mark.parametrize("direction", ["rtl"])
def test_text_that_runs_from_right_to_left_does(visit: Visit, direction: str) -> None:
    """Text and statements each have the direction of their own letters."""
    text = "قالت روريتانيا إنها تعارض السد."
    span = {"start": 0, "end": len(text), "text": text}
    data = samples.overlapping().model_dump(mode="json")
    data |= {"article": {"text": text, "language": "ar"}, "threats": [], "gist": text}
    data["positions"] = [data["positions"][0] | {"evidence": [span], "issue": "السد"}]
    page = visit(Summary.model_validate(data).to_html())
    for place in (".text", ".gist", ".said", ".quote"):
        assert page.locator(place).first.evaluate("e => getComputedStyle(e).direction") == direction
    assert page.locator(".side").evaluate("e => getComputedStyle(e).direction") == "ltr"
