"""The pages of the documentation: their links, their figures, and the names that they explain."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

import communique
from documentation.figures import PAGE, with_figures
from documentation.snippets import read_blocks

REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "docs"
ROOT = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
PAGES = sorted([*DOCS.rglob("*.md"), *(REPOSITORY / name for name in ROOT)])

_FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as MkDocs and the usual hosts make them."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    plain = (
        re.sub(r"[`*]|\]\(.*?\)", "", title)
        for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    )
    ascii_only = (
        unicodedata.normalize("NFKD", each).encode("ascii", "ignore").decode() for each in plain
    )
    return {
        re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", each).strip().lower()) for each in ascii_only
    }


def links(page: Path) -> list[str]:
    """Where a page's links within the repository lead."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    found = re.findall(r"\]\(([^)\s]+)\)", text)
    return [link for link in found if not link.startswith(("https://", "http://", "mailto:"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """To a file of the repository, and a heading in it; screenshots are taken by the browser tests."""
    for link in links(page):
        place, _, anchor = link.partition("#")
        if place.endswith(".png"):
            taken = (REPOSITORY / "tests" / "browser" / "test_screenshots.py").read_text("utf-8")
            assert f'"{Path(place).name}"' in taken, link
            continue
        target = (page.parent / place).resolve() if place else page
        assert target.is_file(), link
        assert not anchor or anchor in anchors(target), link


def test_each_page_has_one_title() -> None:
    """On its first line."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert text.startswith("# "), page
        assert len(re.findall(r"^# ", _FENCED.sub("", text), re.MULTILINE)) == 1, page


def test_every_public_name_is_in_the_reference() -> None:
    """Once, with its docstring."""
    pages = [page.read_text(encoding="utf-8") for page in (DOCS / "reference").glob("*.md")]
    named = re.findall(r"^::: communique\.([\w.]+)$", "\n".join(pages), re.MULTILINE)
    assert len(named) == len(set(named))
    elsewhere = {"Statement", "CommuniqueError"}  # a union, and a class that stands with the errors
    missing = {*communique.__all__} - elsewhere - {*named}
    assert not missing, f"add to a page in docs/reference: {sorted(missing)}"


def test_the_figures_are_those_of_today() -> None:
    """They are taken from the evaluation, not typed."""
    page = PAGE.read_text(encoding="utf-8")
    assert with_figures(page) == page, "run: python tests/documentation/figures.py"


def test_figures_are_told_nowhere_else() -> None:
    """Elsewhere they would go stale."""
    for page in PAGES:
        if page != PAGE and page.name != "CHANGELOG.md":
            found = re.search(r"\bF1 (?:of|is|was|by) \d", page.read_text(encoding="utf-8"))
            assert not found, f"{page}: {found and found[0]}"


def test_gold_that_is_shown_is_gold() -> None:
    """Each line of the example is in the file that it is taken from."""
    name = "docs/how-to/gold.md"
    page = (REPOSITORY / name).read_text(encoding="utf-8")
    (block,) = [each for each in read_blocks(name, page) if each.language == "yaml"]
    gold = REPOSITORY / "seeds" / "kelmet-ceasefire" / "gold.yaml"
    assert "kelmet-ceasefire" in page
    assert {*block.code.splitlines()} <= {*gold.read_text(encoding="utf-8").splitlines()}


def test_the_readme_is_one_screen() -> None:
    """What it is, that it works, two commands, and links."""
    assert len((REPOSITORY / "README.md").read_text(encoding="utf-8").splitlines()) <= 65
