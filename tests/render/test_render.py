"""A summary for people and programs: nothing lost, and nothing in the text takes effect."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console

import builders
from communique import Article, Summary
from communique.render.safe_text import harmless
from communique.render.table import print_table, to_table
from page import Page

TEXT = "Ruritania opposes the dam. “Build it and we strike,” Ana Ruiz said. The treaty holds. Ulmia waits."


def shown(text: str = TEXT, title: str | None = None, **changes: str) -> Summary:
    """A summary with a statement of each kind, and the first one as it is changed."""
    threat = builders.threat(1, 2, action="strike", trigger="it is built", means="military")
    asked = {"on_behalf_of": "Ruritania", "relation": "only_if", "condition": "work stops"}
    demand = builders.condition(2, actor="Ana Ruiz", outcome=None, **asked)
    said = [builders.position(**changes), threat, demand, builders.agreement(3)]
    return builders.summary_of(Article(text=text, title=title), *said)


def with_overlaps() -> Summary:
    """Spans that share characters: the second half of one is the first half of another."""
    data = shown().model_dump(mode="json")
    for kind, start, end in (
        ("positions", 0, 40),
        ("threats", 20, 60),
        ("conditions", 20, 30),
        ("agreements", 50, len(TEXT)),
    ):
        data[kind][0]["evidence"] = [{"start": start, "end": end, "text": TEXT[start:end]}]
    data["threats"][0]["evidence"].append({"start": 67, "end": 70, "text": TEXT[67:70]})
    return Summary.model_validate(data)


def table_of(summary: Summary) -> str:
    page = io.StringIO()
    print_table(summary, Console(file=page, width=100, force_terminal=True, color_system=None))
    return page.getvalue()


def test_table_has_statements_and_evidence() -> None:
    """A person sees the gist, who says what, the evidence, and what produced it."""
    table = table_of(shown())
    for part in ("A dam divides two states.", "Positions", "opposes: the dam", "Ana Ruiz",
                 "(Ruritania)", "against Ulmia: strike", "The treaty holds.", "in force",
                 "scripted/scripted, prompt v1"):  # fmt: skip
        assert part in table


def test_table_without_statements_says_so() -> None:
    """An empty result is said, not shown as nothing."""
    assert "No statements." in table_of(builders.summary_of("All was calm."))


@pytest.mark.parametrize("width", [20, 60, 72, 80, 120, 200])
def test_table_fits_the_terminal(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """No line is longer than the terminal, nor than can be read well; nothing is cut off."""
    monkeypatch.setenv("COLUMNS", str(width))
    lines = to_table(shown(title="Dam")).splitlines()
    assert max(map(len, lines)) <= min(width, 120)
    assert not [line for line in lines if line != line.rstrip()]
    if width < 72:  # one column: read line by line, it is complete
        words = re.sub(r"[\s│]", "", "".join(lines))
        for part in (
            "Ruritaniaopposesthedam.",
            "againstUlmia:strike—if:itisbuilt",
            "Thetreatyholds.",
        ):
            assert part in words


def test_table_tells_kinds_by_color_and_symbol() -> None:
    """In color, also the value of each statement's enumerated field; without, the symbols remain."""
    page = io.StringIO()
    print_table(shown(), Console(file=page, width=100, force_terminal=True, color_system="256"))
    for colored in ("● Positions", "▲ Threats", "◆ Conditions", "■ Agreements"):
        assert re.search(rf"\x1b\[1;3\dm{colored}\x1b\[0m", page.getvalue())
    for value in ("opposes", r"\[military\]", r"\[in force\]"):
        assert re.search(rf"\x1b\[3\dm{value}\x1b\[0m", page.getvalue())
    plain = to_table(shown())
    assert "\x1b" not in plain
    assert "▲ Threats 1 ─" in plain


@pytest.mark.parametrize("bad", ["\x1b[31mred", "\x07", "\x9b2J", "\u202egnp.exe", "\r"])
def test_terminal_is_not_controlled_by_text(bad: str) -> None:
    """Escape sequences and direction overrides of article or reply do not reach the terminal."""
    text = TEXT.replace("strike", f"strike {bad} hard", 1)
    summary = shown(text, title=f"T {bad}", issue=f"dam {bad}")
    table = table_of(summary)
    assert not set(table) & set("\x1b\x07\x9b\u202e\r")


def test_terminal_shows_honest_right_to_left_text() -> None:
    """The direction marks of ordinary Arabic text leave no trace of a control character."""
    table = table_of(shown(issue="\u200fالسد\u200e"))
    assert "opposes: السد" in table
    assert "\ufffd" not in table


def test_errors_keep_their_lines() -> None:
    """Messages of several lines are shown as they are, but for control characters."""
    assert harmless("one\n  two\x1b[2J\r\n\tthree") == "one\n  two\ufffd[2J\ufffd\n\tthree"


def test_terminal_markup_is_text() -> None:
    """Square brackets are the text's own, not rich's markup."""
    assert "the [bold]dam[/bold]" in table_of(shown(issue="the [bold]dam[/bold]"))


def test_rows_have_the_same_columns_and_all_statements() -> None:
    """Rows make a data frame: one a statement, in article order."""
    summary = shown(title="Dam")
    rows = summary.to_rows()
    assert len({tuple(row.keys()) for row in rows}) == 1
    assert [row["id"] for row in rows] == [s.id for s in summary.statements]
    threat = next(row for row in rows if row["kind"] == "threat")
    assert threat["actor"] == "Ana Ruiz"
    assert threat["means"] == "military"
    assert threat["stance"] is None
    assert threat["spans"] == "0:26 27:67"
    assert next(row for row in rows if row["kind"] == "agreement")["actor"] == "Ruritania; Ulmia"


def test_html_has_the_whole_article_and_working_links() -> None:
    """The page holds the article verbatim; every link leads somewhere; no id stands twice."""
    page = Page(shown(title="Dam").to_html())
    assert page.article == TEXT
    assert len(page.ids) == len(set(page.ids)) == 4 + 5 + 1  # statements, spans, their list
    assert {link.removeprefix("#") for link in page.links} == set(page.ids)
    assert not page.tags & {"img", "iframe", "link"}


def test_html_marks_exactly_the_evidence() -> None:
    """Each character is marked with all kinds that it is evidence of, overlaps included."""
    summary = with_overlaps()
    expected = [
        frozenset(s.kind for s in summary.statements for e in s.evidence if e.start <= i < e.end)
        for i in range(len(TEXT))
    ]
    page = Page(summary.to_html())
    assert page.kinds == expected
    assert len(set(expected)) > 3
    for statement in summary.statements:
        for number, span in enumerate(statement.evidence, 1):
            assert page.places[f"in-{statement.id}-{number}"] == span.start


def test_html_identifiers_are_escaped() -> None:
    """A summary read from a file can hold any identifier; none becomes markup."""
    data = shown().model_dump(mode="json")
    plain = Page(Summary.model_validate(data).to_html())
    data["threats"][0]["id"] = '"><img src=x><script>alert(1)</script>'
    assert Page(Summary.model_validate(data).to_html()).tags == plain.tags


HOSTILE = [
    "<script>alert(1)</script>",
    "</main><img src=x onerror=alert(1)>",
    '"><a href="https://evil.example">x</a>',
    "[x](https://evil.example)",
    "![x](https://evil.example/x.png)",
    "https://evil.example",
    "<https://evil.example>",
    "# Heading",
    "**bold** _it_ `code`",
    "| a | b |",
    "&lt;b&gt;",
    "1. list",
    "{{ 7*7 }} {% raw %}",
]


@pytest.mark.parametrize("bad", HOSTILE)
def test_html_text_stays_text(bad: str) -> None:
    """No tag, attribute or link comes from article, title or reply."""
    plain = Page(shown(title="x").to_html())
    text = TEXT.replace("dam", f"dam {bad}", 1)
    page = Page(shown(text, title=bad, issue=bad).to_html())
    assert page.tags == plain.tags
    assert not any("evil" in link for link in page.links)
    assert page.article.replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("bad", HOSTILE)
def test_markdown_text_stays_text(bad: str) -> None:
    """Rendered, the Markdown has only our own headings, lists and quotations."""
    text = TEXT.replace("dam", f"dam {bad} dam", 1)
    markdown = shown(text, title=f"Dam {bad}", issue=bad, actor=bad).to_markdown()
    rendered = MarkdownIt("commonmark").enable(["table"]).render(markdown)
    page = Page(f"<article>{rendered}</article>")
    allowed = {"article", "h1", "h2", "p", "ul", "li", "strong", "em", "blockquote", "br"}
    assert page.tags <= allowed
    assert bad in page.article or bad.replace(" ", "") in page.article.replace(" ", "")


def test_markdown_reads_well_as_source() -> None:
    """Ordinary prose is not full of backslashes; names of hosts, which become links, are."""
    words = "the U.S. cease-fire at 12:30, of 3.5 km: no."
    assert words in shown(issue=f"on {words}").to_markdown()
    for host in ("www.evil.example", "evil.example", "www.1.example", "https://evil.example"):
        assert host not in shown(issue=f"see {host} now").to_markdown()


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60))
def test_any_text_survives_markdown(words: str) -> None:
    """What a Markdown reader shows is what the article says, white space aside."""
    text = f"Ruritania opposes {words} dams. {TEXT}"
    summary = shown(text)
    rendered = MarkdownIt("commonmark").render(summary.to_markdown())
    page = Page(f"<article>{rendered}</article>").article
    (span,) = summary.positions[0].evidence
    bare = "".join(c for c in span.text if c.isalnum())
    assert bare in "".join(c for c in page if c.isalnum())
