"""An HTML page as a browser would take it apart: for tests of what the library renders."""

from __future__ import annotations

import html.parser

__all__ = ["Page"]


class Page(html.parser.HTMLParser):
    """What a browser would make of a page: its elements, identifiers, links and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.article = ""
        self.places: dict[str, int] = {}
        """Where in the article an identifier stands."""
        self.kinds: list[frozenset[str]] = []
        """The kinds that each character of the article is marked as."""
        self._marks: list[str] = []
        self._stack: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._stack.append(tag)
        if tag == "mark":
            self._marks.append(dict(attrs)["class"] or "")
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
                self.places[value or ""] = len(self.article)
            if name == "href":
                self.links.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "mark":
            self._marks.pop()
        while self._stack and self._stack.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        inside = self._stack[self._stack.index("article") :] if "article" in self._stack else ["a"]
        if "a" not in inside:
            self.article += data
            self.kinds += [frozenset(self._marks)] * len(data)
