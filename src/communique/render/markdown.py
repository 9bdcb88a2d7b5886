"""A summary as Markdown: headings, statements, and the evidence as quotations."""

from __future__ import annotations

import re

from communique.render.document import Document, by_kind, footer
from communique.render.safe_text import plain

__all__ = ["escape", "to_markdown"]

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#+\-|~&:.=@$^])")
_LIST_NUMBER = re.compile(r"^(\d+)\)")
# A hyphen, full stop or colon inside or after a word starts no markup, and escaping it would
# make the source hard to read. Host names stay escaped, since GitHub and others turn them into
# links.
_NEEDLESS = re.compile(
    r"(?<=\w)\\(?=-(?:\w|\s|$)|[.:](?:\s|$))"  # cease-fire, the end.
    r"|(?<=\d)\\(?=[.:]\d)"  # 3.5, 12:30
    r"|(?<=\b\w)\\(?=\.\w\b)"  # U.S
)


def to_markdown(document: Document) -> str:
    """Return the summary as CommonMark, in which no text of article or reply becomes markup.

    One exception can't be avoided: GitHub links e-mail addresses, escaped or not.
    """
    title = document.article.title or "Summary"
    lines = [f"# {escape(title)}", "", escape(document.gist), ""]
    for kind, statements in by_kind(document):
        lines += [f"## {kind.heading}", ""]
        for statement in statements:
            lines.append(f"- **{escape(statement.who)}**: {escape(statement.said)}")
            for span in statement.evidence:
                lines += ["", f"  > {escape(span.text)}"]
            lines.append("")
    if not document.statements:
        lines += ["No statements.", ""]
    if document.rejected:
        lines += [f"Claims of the model that were rejected: {len(document.rejected)}.", ""]
    if document.injections:
        lines += ["Passages that give orders to a program, on which nothing here rests:", ""]
        for span in document.injections:
            lines += [f"> {escape(span.text)}", ""]
    lines.append(f"*{escape(footer(document))}*")
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Return a text on one line that is no markup."""
    words = plain(text).strip()
    escaped = _LIST_NUMBER.sub(r"\1\\)", _MARKUP.sub(r"\\\1", words))
    if escaped[:1].isdigit():
        return escaped  # a leading "1." would begin a list
    return _NEEDLESS.sub("", escaped)
