"""The dossiers in a report: each line leads to its statement, and nothing of an article is markup."""

from __future__ import annotations

from pathlib import Path

import pytest

import builders
from communique import Article, Summary, write_report
from communique.report import dossier_view
from page import Page

FIRST = "Ruritania opposes the dam. Ana Ruiz, of Ruritania, will close the border. Talks start <i>."
SECOND = "Ruritania supports construction of the dam. Ruritania closed the border with Ulmia."


def summaries() -> list[Summary]:
    first = Article(text=FIRST, title="Dam <b>", published="2026-01-01")
    second = Article(text=SECOND, title="Border", published="2026-02-01")
    return [
        builders.summary_of(first, builders.position(1), builders.threat(2), builders.condition(3)),
        builders.summary_of(
            second, builders.position(1, issue="construction of the dam", stance="supports")
        ),
    ]


def check_links(folder: Path, page: Page) -> None:
    for link in page.links:
        name, _, anchor = link.partition("#")
        target = Page((folder / name).read_text(encoding="utf-8")) if name else page
        assert not anchor or anchor in target.ids, link


def test_a_folder_has_a_page_of_dossiers_whose_lines_lead_to_their_statements(
    tmp_path: Path,
) -> None:
    index = write_report(summaries(), tmp_path / "report", title="Dams")
    assert "dossiers.html" in Page(index.read_text(encoding="utf-8")).links
    written = index.with_name("dossiers.html").read_text(encoding="utf-8")
    page = Page(written)
    check_links(index.parent, page)
    assert {"articles/1.html#position-1", "articles/1.html#threat-1", "articles/2.html"} <= set(
        page.links
    )
    assert "Changed: opposes (2026-01-01, Ruritania) → supports (2026-02-01, Ruritania)" in written
    assert "Brought together:" in written
    assert "Carried out, says a later article" in written
    assert "Ruritania closed the border with Ulmia." in written
    assert "Open: no later article says that it is met." in written
    assert "Dam &lt;b&gt;" in written
    assert "Talks start &lt;i&gt;." in written
    assert len(page.ids) == len(set(page.ids))


def test_a_single_file_has_them_too(tmp_path: Path) -> None:
    path = write_report(summaries(), tmp_path / "report.html")
    page = Page(path.read_text(encoding="utf-8"))
    check_links(tmp_path, page)
    assert "#dossiers" in page.links
    assert {"dossier-0", "a1-position-1", "a1-threat-1"} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_more_articles_than_fit_into_memory_have_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is that of an earlier report left, whose articles are others."""
    write_report(summaries(), tmp_path)
    monkeypatch.setattr(dossier_view, "MOST_IN_DOSSIERS", 1)
    index = write_report(summaries(), tmp_path)
    assert "dossiers.html" not in Page(index.read_text(encoding="utf-8")).links
    assert not (tmp_path / "dossiers.html").exists()


def test_actors_with_little_to_say_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dossier_view, "_MOST_LINES", 4)
    index = write_report(summaries(), tmp_path)
    written = index.with_name("dossiers.html").read_text(encoding="utf-8")
    assert "and 1 actors with fewer statements" in written
    assert "dossier-1" not in Page(written).ids
