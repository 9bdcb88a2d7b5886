"""Writing of a report: a folder with a page for each article, or a single file for a few."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from communique._internal.disk import disk_errors
from communique._internal.files import create, make_folder, replace
from communique.errors import SettingsError
from communique.render.html import to_html
from communique.render.reader import Reader
from communique.render.templates import render_parts
from communique.report.digest import Digest
from communique.report.dossier_view import DossierCollector, DossierView
from communique.report.views import Overview
from communique.summary import Failure, Summary

if TYPE_CHECKING:
    from communique.report.digest import Entry

__all__ = ["MOST_IN_FILE", "check_report_path", "report_page", "write_report"]

MOST_IN_FILE = 200
"""The most articles in a single file; browsers are slow with many more."""

_SUFFIXES = frozenset({".html", ".htm"})
_OURS = b'<meta name="generator" content="communique">'
_DOSSIERS = "dossiers.html"
_PAGE = re.compile(r"[0-9]+\.html")


def write_report(
    outcomes: Iterable[Summary | Failure],
    output: str | os.PathLike[str],
    *,
    title: str = "Report",
    on_progress: Callable[[int], None] | None = None,
) -> Path:
    """Write a report of many articles, and return the path of the page to open.

    It has an index with a search, who threatens, opposes and agrees with whom, and actors over
    time; the dossiers of the actors with the most statements (see `communique.dossier`; for at most
    1,000 articles); and the page of each article (`Summary.to_html`). All works without a network.
    An earlier report in the same place is replaced once the new one is complete.

    Args:
        outcomes: summaries and failures, such as those of `communique.summarize_many`. Those of
            more than 1,000 articles are let go of as soon as their pages are written.
        output: a folder, which is created; or a file whose name ends in ``.html``, for at most
            `MOST_IN_FILE` articles.
        title: the heading of the index.
        on_progress: called with the number of outcomes that have been taken in.

    Raises:
        SettingsError: the output can't be written, holds something else than a report, or is a
            file and there are too many articles.

    Examples:
        ``summary`` is that of `communique.summarize`'s example.

        >>> import tempfile
        >>> from communique import write_report
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     page = write_report([summary], folder, title="Vladivostok")
        >>> page.name
        'index.html'
    """
    path = Path(output)
    check_report_path(path)
    counted = _counted(outcomes, on_progress)
    with disk_errors(path):
        if _is_page_name(path):
            page = report_page(counted, title=title, folder=str(path.with_suffix("")))
            replace(path.resolve(), page)
            return path
        make_folder(path)
        _write_folder(counted, path, title)
        return path / "index.html"


def check_report_path(path: Path) -> None:
    """Check that a report can be written, without writing.

    Raises:
        SettingsError: it can't, or would replace something else than a report.
    """
    with disk_errors(path):
        fault = _file_fault(path) if _is_page_name(path) else _folder_fault(path)
    if fault:
        raise SettingsError(f"{path} can't be written: {fault}")


def _is_page_name(path: Path) -> bool:
    return path.suffix.lower() in _SUFFIXES


def _file_fault(path: Path) -> str | None:
    if path.is_dir():
        return "it is a folder; name a file, or a folder without .html in its name"
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    if path.exists() and not _is_ours(path):
        return "it is not a report; name another file"
    if not os.access(path.parent, os.W_OK):
        return "permission denied"
    return None


def _folder_fault(path: Path) -> str | None:
    if not path.exists():
        above = next(parent for parent in path.absolute().parents if parent.exists())
        if not above.is_dir():
            return f"{above} is a file"
        return None if os.access(above, os.W_OK) else f"permission denied in {above}"
    if not path.is_dir():
        return "it is a file; name a folder, or a file whose name ends in .html"
    index, pages = path / "index.html", path / "articles"
    for ours in (index, path / _DOSSIERS):
        if ours.exists() and not _is_ours(ours):
            return f"its {ours.name} is not that of a report; name another folder"
    if pages.exists() and not (pages.is_dir() and all(map(_is_page, pages.iterdir()))):
        return "its folder articles has other files; name another folder"
    return None if os.access(path, os.W_OK) else "permission denied"


def _is_ours(index: Path) -> bool:
    with index.open("rb") as file:
        return _OURS in file.read(4096)


def _is_page(path: Path) -> bool:
    return _PAGE.fullmatch(path.name) is not None and path.is_file()


def _counted(
    outcomes: Iterable[Summary | Failure], on_progress: Callable[[int], None] | None
) -> Iterator[Summary | Failure]:
    for count, outcome in enumerate(outcomes, start=1):
        yield outcome
        if on_progress is not None:
            on_progress(count)


def report_page(
    outcomes: Iterable[Summary | Failure], *, title: str, folder: str = "report"
) -> str:
    """Return a report as a single page; see `write_report`.

    Args:
        outcomes: at most `MOST_IN_FILE` summaries and failures.
        title: the heading.
        folder: the folder to advise, where there are more.

    Raises:
        SettingsError: there are more than `MOST_IN_FILE` articles.
    """
    digest = Digest(pages=False)
    collector = DossierCollector()
    readers: list[tuple[Entry, Reader]] = []
    for outcome in outcomes:
        if len(digest.entries) == MOST_IN_FILE:
            raise SettingsError(
                f"more than {MOST_IN_FILE} articles are too many for a single file: name a folder, "
                f"such as {folder}"
            )
        entry = digest.add(outcome)
        if (summary := _summary_of(outcome)) is not None:
            readers.append((entry, Reader(summary, entry.prefix)))
            collector.add(summary, entry)
    view = collector.view()
    return "".join(_index(digest, title, view and "#dossiers", view, readers))


def _write_folder(outcomes: Iterable[Summary | Failure], path: Path, title: str) -> None:
    digest = Digest(pages=True)
    collector = DossierCollector()
    work = path / f".communique-{secrets.token_hex(8)}"
    new, old = work / "articles", work / "old"
    try:
        make_folder(new)
        for outcome in outcomes:
            entry = digest.add(outcome)
            if (summary := _summary_of(outcome)) is not None:
                page = to_html(summary, index="../index.html")
                _write(work / str(entry.page), [page])
                collector.add(summary, entry)
        view = collector.view()
        if view is not None:
            _write(work / _DOSSIERS, render_parts("dossiers", title=title, view=view))
        _write(work / "index.html", _index(digest, title, view and _DOSSIERS))
        pages = path / "articles"
        if pages.exists():
            pages.rename(old)
        new.rename(pages)
        if view is None:
            (path / _DOSSIERS).unlink(missing_ok=True)
        else:
            (work / _DOSSIERS).replace(path / _DOSSIERS)
        (work / "index.html").replace(path / "index.html")
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _index(
    digest: Digest,
    title: str,
    dossiers_href: str | None,
    dossiers: DossierView | None = None,
    readers: Iterable[tuple[Entry, Reader]] = (),
) -> Iterator[str]:
    return render_parts(
        "index",
        title=title,
        digest=digest,
        overview=Overview(digest),
        dossiers_href=dossiers_href,
        dossiers=dossiers,
        readers=readers,
    )


def _summary_of(outcome: Summary | Failure) -> Summary | None:
    return outcome if isinstance(outcome, Summary) else outcome.partial


def _write(path: Path, parts: Iterable[str]) -> None:
    with open(path, "x", encoding="utf-8", newline="", opener=create) as file:
        file.writelines(parts)
