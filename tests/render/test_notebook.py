"""A summary as the value of a notebook's cell."""

from __future__ import annotations

from builders import position, summary_of, threat
from communique import Article
from page import Page

TEXT = "Ruritania opposes the dam. Ana Ruiz warns Ulmia."


def test_a_notebook_shows_gist_statements_and_evidence() -> None:
    """Who says what, and the sentences that prove it."""
    shown = summary_of(Article(text=TEXT, title="The dam"), position(1))._repr_html_()
    for words in (
        "The dam",
        "A dam divides two states.",
        "Ruritania",
        "opposes: the dam",
        TEXT[:26],
    ):
        assert words in shown
    assert "No statements." in summary_of(TEXT)._repr_html_()


def test_hostile_text_is_shown_as_text() -> None:
    """Neither a title, nor an article, nor a reply adds markup to the notebook."""
    bad = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    article = Article(text=f"Ruritania opposes {bad}. {TEXT}", title=bad)
    said = [position(1, issue=f"the dam {bad}"), threat(3, action=bad)]
    shown = summary_of(article, *said, gist=bad)._repr_html_()
    plain = summary_of(Article(text=TEXT), position(1))._repr_html_()
    assert Page(shown).tags <= Page(plain).tags
    assert "&lt;script&gt;" in shown
