"""A report: complete, replaced only by a whole one, and never in place of anything else."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import builders
from communique import Article, Failure, Summary, write_report
from communique.cli import main
from communique.errors import SettingsError
from communique.report import MOST_IN_FILE
from page import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = "Ruritania opposes the dam of Ulmia. “We strike,” Ana Ruiz said. Ulmia waits."


def summary(title: str = "Dam", day: int = 1, **changes: Any) -> Summary:
    article = Article(text=TEXT, title=title, published=f"2026-01-{day:02}")
    said = [
        builders.position(issue="the dam of Ulmia", **changes),
        builders.threat(2),
        builders.position(3, actor="Ulmia", issue="waiting", stance="supports"),
    ]
    return builders.summary_of(article, *said)


def failure(index: int = 7, **changes: Any) -> Failure:
    told = {"error": "TruncatedReply", "message": "cut off <b>", "article": Article(text=TEXT)}
    return Failure(index=index, **{**told, **changes})


def outcomes() -> list[Summary | Failure]:
    return [summary("One", 1), failure(), summary("Two", 3), summary("Three", 2)]


def files(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def test_a_folder_has_an_index_and_a_page_for_each_summary(tmp_path: Path) -> None:
    """The index leads to every page, the newest first, and to every statement in it."""
    index = write_report(outcomes(), tmp_path / "new" / "report", title="Dams <i>")
    folder = index.parent
    assert files(folder) == {
        "index.html",
        "dossiers.html",
        "articles/1.html",
        "articles/3.html",
        "articles/4.html",
    }
    written = index.read_text(encoding="utf-8")
    assert "Dams &lt;i&gt;" in written
    page = Page(written)
    pages = [link for link in page.links if link.endswith(".html")]
    assert pages == ["dossiers.html", "articles/3.html", "articles/4.html", "articles/1.html"]
    for link in page.links:
        path, _, anchor = link.partition("#")
        other = Page((folder / path).read_text(encoding="utf-8")) if path else page
        assert not anchor or anchor in other.ids
    assert "articles/1.html#threat-1" in page.links
    assert all("../index.html" in Page((folder / path).read_text()).links for path in pages[1:])


def test_failures_are_listed_with_their_reasons(tmp_path: Path) -> None:
    """Which input failed, why, and what had been read of it before."""
    partial = failure(8, partial=summary("Half"), retryable=True, article=None)
    index = write_report([failure(), partial], tmp_path / "report")
    written = index.read_text(encoding="utf-8")
    assert "cut off &lt;b&gt;" in written
    assert "input 7" in written
    assert "Input 8" in written
    assert "may succeed if it is tried again" in written
    assert "articles/2.html" in Page(written).links
    assert files(tmp_path / "report") == {"index.html", "dossiers.html", "articles/2.html"}


def test_a_failure_is_listed_with_the_id_of_its_input(tmp_path: Path) -> None:
    """The user's own, by which the row is found again; as text, however it is written."""
    own = failure(article=Article(text=TEXT, id="row-17"))
    unreadable = failure(8, article=None, id="<i>row-18", error="ArticleError", message="empty")
    nameless = failure(9, article=None, error="ArticleError", message="empty")
    index = write_report([own, unreadable, nameless], tmp_path / "report")
    written = index.read_text(encoding="utf-8")
    assert re.findall("id <bdi>(.*?)</bdi>", written) == ["row-17", "&lt;i&gt;row-18"]


def test_a_report_of_failures_alone(tmp_path: Path) -> None:
    """The worst run has a report, too."""
    written = write_report([failure()], tmp_path / "r").read_text(encoding="utf-8")
    assert "cut off" in written
    assert "There are no statements." in written


def test_a_file_has_all_articles(tmp_path: Path) -> None:
    """Identifiers of several articles do not clash, and all links stay within the file."""
    file = write_report(outcomes(), tmp_path / "report.html")
    page = Page(file.read_text(encoding="utf-8"))
    assert len(page.ids) == len(set(page.ids))
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert "#a1-threat-1" in page.links
    assert page.article == 3 * TEXT


def test_a_report_may_be_empty_of_statements(tmp_path: Path) -> None:
    """Articles in which nobody states anything, without dates, are listed all the same."""
    calm = builders.summary_of("All was calm.")
    written = write_report([calm], tmp_path / "r").read_text(encoding="utf-8")
    assert "All was calm." in written
    assert "no statements" in written


def test_a_new_report_replaces_an_earlier_one(tmp_path: Path) -> None:
    """Pages of the old one are gone, other files of the folder are not."""
    write_report(outcomes(), tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    write_report(outcomes()[:1], tmp_path, title="Anew")
    assert files(tmp_path) == {"index.html", "dossiers.html", "articles/1.html", "notes.txt"}
    assert "Anew" in (tmp_path / "index.html").read_text()


def test_an_earlier_report_stays_if_the_new_one_fails(tmp_path: Path) -> None:
    """A broken line in the middle leaves the old pages, and nothing half."""

    def broken() -> Iterator[Summary | Failure]:
        yield summary("New")
        raise SettingsError("line 2 is not JSON")

    for output in (tmp_path / "report", tmp_path / "report.html"):
        write_report(outcomes(), output, title="Old")
    before = {name: (tmp_path / name).read_bytes() for name in files(tmp_path)}
    for output in (tmp_path / "report", tmp_path / "report.html"):
        with pytest.raises(SettingsError, match="line 2"):
            write_report(broken(), output)
    assert {name: (tmp_path / name).read_bytes() for name in files(tmp_path)} == before


def occupy(path: Path, content: str = "mine") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


@pytest.mark.parametrize(
    ("there", "output", "message"),
    [
        ("site/index.html", "site", "its index.html is not that of a report"),
        ("site/articles/1.txt", "site", "its folder articles has other files"),
        ("site/articles", "site", "its folder articles has other files"),
        ("site/dossiers.html", "site", "its dossiers.html is not that of a report"),
        ("out", "out", "it is a file; name a folder"),
        ("page.html", "page.html", "it is not a report; name another file"),
        ("page.html/x", "page.html", "it is a folder; name a file"),
        ("x", "none/page.html", "there is no folder"),
        ("out", "out/report", "out is a file"),
    ],
)
def test_nothing_else_is_overwritten(there: str, output: str, message: str, tmp_path: Path) -> None:
    """What is no report stays as it is, and no outcome is taken before that is known."""
    occupy(tmp_path / there)
    taken = iter([summary()])
    with pytest.raises(SettingsError, match=re.escape(message)):
        write_report(taken, tmp_path / output)
    assert list(taken)
    assert files(tmp_path) == {there}
    assert (tmp_path / there).read_text() == "mine"


def test_too_many_articles_for_a_file(tmp_path: Path) -> None:
    """The error names the folder to write to instead."""
    calm = builders.summary_of("All was calm.")
    with pytest.raises(SettingsError, match=r"more than 200 articles .* such as .*report$"):
        write_report([calm] * (MOST_IN_FILE + 1), tmp_path / "report.html")
    assert not files(tmp_path)


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(["report", *words])
    return int(left.value.code or 0)


def test_the_command_makes_a_report_of_a_file(tmp_path: Path, capfd: Any) -> None:
    """It prints the page to open; a torn last line is said on standard error."""
    source = tmp_path / "dams.jsonl"
    lines = [outcome.model_dump_json() for outcome in outcomes()]
    source.write_text("\n".join([*lines, lines[0][:99]]), encoding="utf-8")
    assert run(str(source), "--output", str(tmp_path / "out")) == 0
    out, err = capfd.readouterr()
    assert Path(out.strip()) == tmp_path / "out" / "index.html"
    assert "the last line is incomplete" in err
    assert "<title>dams</title>" in Path(out.strip()).read_text(encoding="utf-8")


def test_the_command_reads_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    """As in: communique summarize … --format jsonl | communique report - -o page.html"""
    content = (summary().model_dump_json() + "\n").encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert run("-", "-o", str(tmp_path / "page.html"), "--title", "Dams") == 0
    assert "<title>Dams</title>" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.jsonl", None, "none.jsonl can't be read: No such file or directory"),
        ("empty.jsonl", "", "empty.jsonl has no outcomes"),
        ("bad.jsonl", "{}\n", "line 1 is neither a summary nor a failure"),
    ],
)
def test_the_command_says_what_is_wrong_with_its_input(
    name: str, content: str | None, message: str, tmp_path: Path, capfd: Any
) -> None:
    """Exit code 2, one line, and nothing written."""
    if content is not None:
        (tmp_path / name).write_text(content)
    assert run(str(tmp_path / name), "-o", str(tmp_path / "out")) == 2
    assert message in capfd.readouterr().err
    assert not (tmp_path / "out" / "index.html").exists()
