"""The review page in a browser: every decision is written, and no tab loses another's work."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from browser import samples
from communique import Article, Summary
from communique.evaluation import load_all
from communique.evaluation.gold_writing import GoldFolders
from communique.review import CorrectedFile, Desk, ReviewServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

    from communique import Failure

    Open = Callable[..., Page]

pytestmark = pytest.mark.browser

THREAT, POSITION, SECOND = "#threat-1", "#position-1", "#position-2"


class Review:
    """A review that runs, and what it has written."""

    def __init__(self, folder: Path, outcomes: list[Summary | Failure]) -> None:
        source = folder / "out.jsonl"
        lines = (outcome.model_dump_json() + "\n" for outcome in outcomes)
        source.write_text("".join(lines), encoding="utf-8", newline="")
        self.output = folder / "corrected.jsonl"
        self.gold = folder / "gold"
        gold = GoldFolders(self.gold, "a test")
        self.desk = Desk(CorrectedFile(source, self.output), by="Ana Ruiz", gold=gold)
        self.server = ReviewServer(self.desk, title="out")

    def summary(self, place: int = 0) -> Summary:
        line = self.output.read_text(encoding="utf-8").splitlines()[place]
        return Summary.model_validate_json(line)

    def actions(self) -> list[tuple[str, str | None]]:
        made = self.summary().provenance.corrections
        return [(each.action, each.statement) for each in made]

    def close(self) -> None:
        self.server.close()
        self.desk.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Review]]:
    """A function that starts a review of some outcomes."""
    started: list[Review] = []

    def run(*outcomes: Summary | Failure) -> Review:
        started.append(Review(tmp_path, list(outcomes or samples.several())))
        return started[-1]

    yield run
    for review in started:
        review.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """A function that opens a page of a review; it must be silent, and ask nobody else."""
    troubles: list[str] = []
    expected: set[str] = set()

    def watch(page: Page, home: str) -> None:
        page.on("console", lambda message: troubles.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: (troubles.append(dialog.message), dialog.accept()))
        page.on(
            "request",
            lambda request: None if request.url.startswith(home) else troubles.append(request.url),
        )

    def open_page(
        review: Review, path: str = "1", *, refusals: bool = False, **options: Any
    ) -> Page:
        options = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"} | options
        page = browser.new_context(**options).new_page()
        watch(page, review.server.url)
        page.goto(review.server.url + path)
        if refusals:  # the browser reports each answer that is not 200, and each that fails
            expected.update({"status of 409", "status of 422", "net::ERR_FAILED"})
        return page

    yield open_page
    for context in browser.contexts:
        context.close()
    told = [trouble for trouble in troubles if not any(each in trouble for each in expected)]
    assert not told


def form(page: Page, card: str) -> Locator:
    return page.locator(f"{card} form.statement")


def mark(page: Page, words: str) -> None:
    """Mark words of the article, as a pointer would."""
    script = """words => {
        const article = document.querySelector(".text article");
        const texts = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            const at = texts.currentNode.data.indexOf(words);
            if (at < 0) continue;
            getSelection().setBaseAndExtent(texts.currentNode, at, texts.currentNode, at + words.length);
            return;
        }
        throw new Error("not in the article");
    }"""
    page.evaluate(script, words)


def saved(page: Page, text: str = "Saved.") -> None:
    expect(page.locator("#notice")).to_have_text(re.compile(re.escape(text)))


def test_accept_edit_reject_and_undo(start: Callable[..., Review], open_page: Open) -> None:
    """Each is written at once, counted, and said."""
    review = start()
    page = open_page(review)
    page.click(f"{POSITION} [data-do=accept]")
    expect(page.locator(f"{POSITION} .decision")).to_contain_text("accepted by Ana Ruiz")
    page.click(f"{THREAT} .edit")
    form(page, THREAT).locator("[name=means]").select_option("cyber")
    form(page, THREAT).locator("[name=trigger]").fill("")
    form(page, THREAT).locator("[type=submit]").click()
    expect(page.locator(f"{THREAT} .value")).to_have_text("cyber")
    page.click("#agreement-1 [data-do=reject]")
    expect(page.locator("#agreement-1")).to_have_count(0)
    assert review.actions() == [
        ("accepted", "position-1"),
        ("corrected", "threat-1"),
        ("removed", "agreement-1"),
    ]
    assert (review.summary().threats[0].means, review.summary().threats[0].trigger) == (
        "cyber",
        None,
    )
    expect(page.locator(".progress")).to_have_text("2 of 3 decided")
    page.click("[data-do=undo]")
    expect(page.locator("#agreement-1")).to_be_visible()
    saved(page, "Undone: agreement-1 removed.")
    page.click("[data-do=redo]")
    expect(page.locator("#agreement-1")).to_have_count(0)
    page.reload()
    expect(page.locator(f"{THREAT} .value")).to_have_text("cyber")


def test_marked_text_becomes_evidence(start: Callable[..., Review], open_page: Open) -> None:
    """Whole sentences of it; what is removed is gone; the marks in the text follow."""
    review = start()
    page = open_page(review)
    page.click(f"{THREAT} .edit")
    edited = form(page, THREAT)
    expect(edited.locator(".take")).to_be_disabled()
    mark(page, "waits")
    edited.locator(".take").click()
    expect(edited.locator(".words")).to_have_text([samples.STRIKES, "Ulmia waits."])
    edited.locator(".drop").first.click()
    edited.locator("[type=submit]").click()
    saved(page)
    assert [span.text for span in review.summary().threats[0].evidence] == ["Ulmia waits."]
    expect(page.locator("mark.threat")).to_have_text("Ulmia waits.")


def test_a_pointer_marks_text(start: Callable[..., Review], open_page: Open) -> None:
    """Dragging over words, across marks and the numbers of statements."""
    review = start(samples.overlapping())
    page = open_page(review)
    page.click(f"{THREAT} .edit")
    page.evaluate("scrollTo(0, 0)")
    box = page.locator("mark.position").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + 3, box["y"] + 14)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 14, steps=4)
    page.mouse.up()
    form(page, THREAT).locator(".take").click()
    expect(form(page, THREAT).locator(".words")).to_contain_text([samples.OPPOSES])


def test_a_statement_is_added_by_keyboard_alone(
    start: Callable[..., Review], open_page: Open
) -> None:
    """Its evidence is chosen from the sentences."""
    review = start()
    page = open_page(review)
    page.locator(".start.agreement").press("Enter")
    added = page.locator(".new form.agreement")
    expect(added.locator("[name=parties]")).to_be_focused()
    page.keyboard.type("Ulmia\n Ruritania \n")
    added.locator("[name=subject]").fill("the new treaty")
    added.locator("[name=status]").select_option("proposed")
    added.locator(".choose").select_option(label="Ulmia waits.")
    added.locator("[type=submit]").press("Enter")
    saved(page)
    new = review.summary().agreements[1]
    assert (new.parties, new.subject, new.status) == (
        ("Ulmia", "Ruritania"),
        "the new treaty",
        "proposed",
    )
    assert new.evidence[0].text == "Ulmia waits."
    page.locator("#agreement-2").wait_for()
    page.locator(f"{POSITION} .number").focus()
    for key, action in (("a", "accepted"), ("x", "removed"), ("u", "accepted")):
        page.keyboard.press(key)
        saved(page, "Undone" if key == "u" else "Saved")
        expect(page.locator(f"{POSITION} .decision")).to_have_count(0 if key == "x" else 1)
        assert review.actions()[-1] == (action, "position-1")
        page.evaluate("document.getElementById('notice').textContent = ''")


def test_what_is_refused_stays_in_the_form(start: Callable[..., Review], open_page: Open) -> None:
    """With the reason, and nothing is written."""
    review = start()
    page = open_page(review, refusals=True)
    page.click(f"{THREAT} .edit")
    form(page, THREAT).locator("[name=target]").fill(" ")
    form(page, THREAT).locator("[type=submit]").click()
    expect(form(page, THREAT).locator(".fault")).to_have_text("target is empty")
    assert not review.output.exists()
    page.click(f"{POSITION} [data-do=accept]")  # another decision leaves the form as it is
    expect(page.locator(f"{POSITION} .decision")).to_be_visible()
    assert form(page, THREAT).locator("[name=target]").input_value() == " "
    form(page, THREAT).locator(".cancel").click()
    expect(form(page, THREAT)).to_be_hidden()
    page.click(f"{THREAT} .edit")
    assert form(page, THREAT).locator("[name=target]").input_value() == "Ulmia"


def test_two_tabs_that_edit_different_statements_both_keep_their_work(
    start: Callable[..., Review], open_page: Open
) -> None:
    """The second is told that there was another one."""
    review = start()
    one, two = open_page(review), open_page(review)
    one.click(f"{THREAT} .edit")
    form(one, THREAT).locator("[name=action]").fill("bomb it")
    two.click(f"{POSITION} [data-do=accept]")
    saved(two)
    form(one, THREAT).locator("[type=submit]").click()
    saved(one, "Another tab had changed this article meanwhile: both changes are kept.")
    assert review.actions() == [("accepted", "position-1"), ("corrected", "threat-1")]
    expect(one.locator(f"{POSITION} .decision")).to_be_visible()


def test_two_tabs_that_edit_one_statement_lose_neither(
    start: Callable[..., Review], open_page: Open
) -> None:
    """The second sees the other's fields and keeps its own; saving again merges them."""
    review = start()
    one, two = open_page(review), open_page(review, refusals=True)
    for page in (one, two):
        page.click(f"{THREAT} .edit")
    form(one, THREAT).locator("[name=means]").select_option("cyber")
    form(two, THREAT).locator("[name=action]").fill("bomb it")
    form(one, THREAT).locator("[type=submit]").click()
    saved(one)
    form(two, THREAT).locator("[type=submit]").click()
    expect(form(two, THREAT).locator(".fault")).to_contain_text(
        "Another tab has changed this statement"
    )
    assert review.summary().threats[0].action == "strike"
    assert form(two, THREAT).locator("[name=action]").input_value() == "bomb it"
    assert form(two, THREAT).locator("[name=means]").input_value() == "cyber"
    form(two, THREAT).locator("[type=submit]").click()
    saved(two)
    threat = review.summary().threats[0]
    assert (threat.action, threat.means) == ("bomb it", "cyber")
    one.click("[data-do=undo]")  # of what the first tab has not seen
    saved(one, "Another tab has changed this article meanwhile.")
    assert review.summary().threats[0] == threat


def test_what_another_tab_removed_can_be_added(
    start: Callable[..., Review], open_page: Open
) -> None:
    """What was typed is in the form for a new statement."""
    review = start()
    one, two = open_page(review), open_page(review, refusals=True)
    two.click(f"{THREAT} .edit")
    form(two, THREAT).locator("[name=action]").fill("bomb it")
    one.click(f"{THREAT} [data-do=reject]")
    saved(one)
    form(two, THREAT).locator("[type=submit]").click()
    added = two.locator(".new form.threat")
    expect(added.locator(".fault")).to_contain_text("is not there any more")
    assert added.locator("[name=action]").input_value() == "bomb it"
    added.locator("[type=submit]").click()
    saved(two)
    (threat,) = review.summary().threats
    assert (threat.id, threat.action, threat.evidence[0].text) == (
        "threat-2",
        "bomb it",
        samples.STRIKES,
    )


def test_coming_back_to_a_tab_shows_what_others_did(
    start: Callable[..., Review], open_page: Open
) -> None:
    """And what is typed in a form stays."""
    review = start()
    one, two = open_page(review), open_page(review)
    two.click(f"{SECOND} .edit")
    form(two, SECOND).locator("[name=issue]").fill("patience")
    one.click(f"{POSITION} [data-do=accept]")
    saved(one)
    two.evaluate("dispatchEvent(new Event('focus'))")
    expect(two.locator(f"{POSITION} .decision")).to_be_visible()
    assert form(two, SECOND).locator("[name=issue]").input_value() == "patience"


def test_a_review_that_has_ended_is_said(start: Callable[..., Review], open_page: Open) -> None:
    """Nothing that was typed is lost."""
    review = start()
    page = open_page(review, refusals=True)
    page.click(f"{THREAT} .edit")
    form(page, THREAT).locator("[name=action]").fill("bomb it")
    page.route("**/change", lambda route: route.abort())
    form(page, THREAT).locator("[type=submit]").click()
    expect(form(page, THREAT).locator(".fault")).to_contain_text("can't be reached")
    assert form(page, THREAT).locator("[name=action]").input_value() == "bomb it"


def test_leaving_with_unsaved_words_asks_first(
    start: Callable[..., Review], open_page: Open
) -> None:
    """And without, does not."""
    review = start()
    page = open_page(review)
    stopped = """() => { const e = new Event("beforeunload", { cancelable: true });
        dispatchEvent(e); return e.defaultPrevented; }"""
    page.click(f"{THREAT} .edit")
    assert not page.evaluate(stopped)
    form(page, THREAT).locator("[name=action]").fill("bomb it")
    assert page.evaluate(stopped)
    form(page, THREAT).locator(".cancel").click()
    assert not page.evaluate(stopped)


def test_gold_is_written_when_all_is_decided(start: Callable[..., Review], open_page: Open) -> None:
    """From the list to the article, and back."""
    review = start()
    page = open_page(review, "", refusals=True)
    page.click("text=Talks on the dam")
    page.click("[data-do=gold]")
    saved(page, "4 statements are not decided yet")
    page.click("text=Accept the other 4")
    page.click(".gist-form summary")
    page.fill("form.gist textarea", "A dam divides two states.")
    page.click("form.gist [type=submit]")
    expect(page.locator(".gist-form summary")).to_contain_text("corrected by Ana Ruiz")
    page.click("[data-do=gold]")
    saved(page, "Gold written")
    expect(page.locator(".gold")).to_contain_text("gold written")
    (gold,) = load_all(review.gold)
    assert len(gold.statements) == 4
    assert gold.gist == "A dam divides two states."
    page.click("text=All articles")
    expect(page.locator(".entries li").first).to_contain_text("all 4 decided")


def test_text_of_any_kind_is_marked_where_it_is(
    start: Callable[..., Review], open_page: Open
) -> None:
    """Emojis, Arabic, Windows line ends, and the numbers of statements in between."""
    text = "👩‍👩‍👧‍👦 talks began.\r\n\r\nقالت روريتانيا إنها تعارض السد.\r\nUlmia waits. It rains."
    data = samples.overlapping().model_dump(mode="json")
    said = "قالت روريتانيا إنها تعارض السد."
    at = text.index(said)
    span = {"start": at, "end": at + len(said), "text": said}
    data |= {"article": Article(text=text).model_dump(mode="json"), "threats": [], "gist": said}
    data["positions"] = [data["positions"][0] | {"evidence": [span]}]
    review = start(Summary.model_validate(data))
    page = open_page(review)
    page.click(f"{POSITION} .edit")
    for words in ("rains", "talks"):
        mark(page, words)
        form(page, POSITION).locator(".take").click()
    form(page, POSITION).locator("[type=submit]").click()
    saved(page)
    found = [span.text for span in review.summary().positions[0].evidence]
    assert found == ["👩‍👩‍👧‍👦 talks began.", said, "It rains."]


def test_hostile_text_does_nothing(start: Callable[..., Review], open_page: Open) -> None:
    """In cards, forms, the list, and after a change, when a script puts it into the page."""
    review = start(samples.hostile())
    open_page(review, "")
    page = open_page(review)
    for means in ("cyber", "legal"):
        assert page.evaluate("typeof pwned") == "undefined"
        assert (
            page.locator("img, iframe, main script, [onerror], [onload], [onmouseover]").count()
            == 0
        )
        assert page.locator("main a:not([href^='#']):not([href='./'])").count() == 0
        page.locator(".card.threat .edit").click()
        typed = page.locator(".card.threat [name=action]").input_value()
        assert typed == re.sub("[\u202a-\u202e\u2066-\u2069]", "\ufffd", samples.HOSTILE)
        page.locator(".card.threat [name=means]").select_option(means)
        page.locator(".card.threat [type=submit]").click()
        expect(page.locator(".card.threat .value")).to_have_text(means)
    assert review.summary().threats[0].action == samples.HOSTILE


def test_the_policy_is_in_force(start: Callable[..., Review], browser: Browser) -> None:
    """Smuggled markup neither runs nor loads, and asks nobody but the review."""
    review = start()
    page = browser.new_context().new_page()  # not watched: the browser reports what it refuses
    refused: list[str | None] = []
    page.on("requestfailed", lambda request: refused.append(request.failure))
    page.goto(review.server.url + "1")
    script = """() => {
        const add = (name, fields) => document.body.append(Object.assign(document.createElement(name), fields));
        add("script", { textContent: "pwned = 1" });
        add("img", { src: "https://evil.example/x.png" });
        add("iframe", { src: location.href });
        fetch("https://evil.example").catch(() => {});
    }"""
    page.evaluate(script)
    page.wait_for_timeout(200)
    assert page.evaluate("typeof pwned") == "undefined"
    assert set(refused) == {"csp"}
    page.context.close()


LOOKS: list[dict[str, Any]] = [
    {"color_scheme": "light"},
    {"color_scheme": "dark"},
    {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
]


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "narrow"])
def test_nothing_is_wrong_for_those_who_see_or_hear_it_otherwise(
    start: Callable[..., Review], open_page: Open, look: dict[str, Any]
) -> None:
    """axe-core finds nothing: the list, the article, with forms open and with a fault."""
    review = start()
    for path in ("", "1"):
        page = open_page(review, path, refusals=True, **look)
        assert faults(page) == []
        inner, outer = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert inner <= outer
    below = page.locator(".about").bounding_box()
    side = page.locator(".side").bounding_box()
    assert below
    assert side
    assert below["y"] >= side["y"] + side["height"]
    page.click(f"{THREAT} .edit")
    form(page, THREAT).locator("[name=action]").fill("")
    form(page, THREAT).locator("[type=submit]").click()
    expect(form(page, THREAT).locator(".fault")).to_be_visible()
    page.click(".start.position")
    page.click(".gist-form summary")
    assert faults(page) == []


def faults(page: Page) -> list[str]:
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [f"{f['id']}: {json.dumps(node['html'])[:160]}" for f in found for node in f["nodes"]]
