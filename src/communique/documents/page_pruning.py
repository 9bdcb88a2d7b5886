"""What stands inside the article's part of a page and is none of it, by its place in the markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

__all__ = ["keep_prose", "prune"]

_NEVER_READ = frozenset({"figcaption", "template"})
_ROLES = frozenset(
    {"alertdialog", "complementary", "contentinfo", "dialog", "navigation", "search"}
)
_INVISIBLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)

# Where sites write what a part of a page is for, and words for parts that are none of the article.
_NAMED_IN = ("class", "id", "data-area", "data-component", "data-testid", "data-type")
_NAMES = frozenset(
    """
    ad ads adv advert advertisement adslot banner byline bylines breadcrumb breadcrumbs caption
    captions comments consent cookie cookies copyright credit credits disclaimer gallery gateway
    gdpr inread interstitial newsletter newsletters noscript outbrain paywall player promo promos
    promotion recommendation recommendations recommended related share sharing signoff signup
    slideshow social sponsored subscribe subscription taboola toolbar
    """.split()  # noqa: SIM905 easier to read than a list
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_LONGEST_NAMED = 500
"""Characters of the largest part that is left out by its name: sites name the whole article so,
too, as in ``<article class="has-newsletter">``."""

_BLOCKS = frozenset(
    "div dl h2 h3 h4 h5 h6 li ol p section table td tr ul".split()  # noqa: SIM905
)
_LINK_SHARE = 0.8
_CELL_LINK_SHARE = 0.5
"""The same in a cell of a table: in layouts of that kind the cells beside the article are menus."""

_LONGEST_LINKS = 1_000
_SHORTEST_PROSE = 100


def prune(tree: Any) -> None:
    """Take out of a page's tree what is hidden, captions, boxes named so, and mere links.

    Args:
        tree: the page, as an element of lxml; it is changed.
    """
    lengths, links = _measure(tree)
    for element in list(tree.iter("*")):
        if element.getparent() is None or element.tag in {"html", "body", "head"}:
            continue
        length = lengths.get(element, 0)
        is_other = (
            _is_never_read(element)
            or (length <= _LONGEST_NAMED and not _NAMES.isdisjoint(_names(element)))
            or _is_mere_links(element, length, links.get(element, 0))
        )
        if is_other:
            element.drop_tree()


def keep_prose(tree: Any, unwanted: Iterable[Callable[[Any], list[Any]]]) -> None:
    """Take away the names of parts that have paragraphs, for which they would be left out.

    Extraction leaves out what has, say, ``icon`` in its class, as the text of some sites has.

    Args:
        tree: the page, as an element of lxml; it is changed.
        unwanted: functions that return the elements of a tree that extraction leaves out.
    """
    for element in [each for find in unwanted for each in find(tree)]:
        paragraphs = (child for child in element if child.tag == "p")
        if sum(_count(each.text_content()) for each in paragraphs) >= _SHORTEST_PROSE:
            element.attrib.pop("class", None)
            element.attrib.pop("id", None)


def _measure(tree: Any) -> tuple[dict[Any, int], dict[Any, int]]:
    """Return the length of each element's text, and that of the links in it."""
    lengths: dict[Any, int] = {}
    links: dict[Any, int] = {}
    for element in reversed(list(tree.iter("*"))):  # children before their parents
        children = list(element)
        length = _count(element.text) + sum(
            lengths.get(child, 0) + _count(child.tail) for child in children
        )
        lengths[element] = length
        is_link = element.tag == "a" and not (element.get("href") or "#").startswith("#")
        links[element] = length if is_link else sum(links.get(child, 0) for child in children)
    return lengths, links


def _count(text: str | None) -> int:
    return len("".join(text.split())) if text else 0


def _is_never_read(element: Any) -> bool:
    return (
        element.tag in _NEVER_READ
        or element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or element.get("role") in _ROLES
        or _INVISIBLE.search(element.get("style") or "") is not None
    )


def _names(element: Any) -> Iterator[str]:
    """Yield the words that an element is called by, such as ``email`` and ``sign`` in emailSign."""
    for value in (element.tag, *map(element.get, _NAMED_IN)):
        for word in _WORD.findall(value or ""):
            yield word.lower()


def _is_mere_links(element: Any, length: int, links: int) -> bool:
    share = _CELL_LINK_SHARE if element.tag == "td" else _LINK_SHARE
    return element.tag in _BLOCKS and 0 < length <= _LONGEST_LINKS and links >= share * length
