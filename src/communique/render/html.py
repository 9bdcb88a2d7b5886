"""A summary as an HTML page: the article with its evidence marked, beside the statements.

The page needs no script and no network. All text is escaped; no template language is used.
"""

from __future__ import annotations

from collections import defaultdict
from html import escape
from itertools import pairwise

from communique.render.document import Document, by_kind, footer, kind_styles
from communique.render.safe_text import readable, verbatim
from communique.statements import Statement

__all__ = ["to_html"]

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --quiet: #595959; }
@media (prefers-color-scheme: dark) { :root { --quiet: #a8a8a8; } }
* { box-sizing: border-box; }
body { font: 16px/1.7 system-ui, sans-serif; margin: 0 auto; max-width: 76rem; padding: 1.5rem; }
h1 { font-size: 1.4rem; margin: 0 0 .5rem; } h2 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
h2:first-child { margin-top: 0; }
.gist { font-size: 1.1rem; margin: 0 0 1.5rem; }
.columns { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 2.5rem; }
.article { overflow-wrap: anywhere; unicode-bidi: plaintext; white-space: pre-wrap; }
mark { background: color-mix(in srgb, var(--k) 14%, transparent); color: inherit;
  border-bottom: 2px solid var(--k); }
mark:has(> mark) { padding-bottom: 3px; } mark:has(> mark > mark) { padding-bottom: 6px; }
mark:has(> mark > mark > mark) { padding-bottom: 9px; }
mark:has(> :target), li:target { outline: 2px solid var(--k); outline-offset: 2px; }
sup { font-size: .7em; font-weight: 600; line-height: 0; unicode-bidi: isolate;
  user-select: none; white-space: nowrap; }
sup a { color: var(--k); margin-inline-start: .3em; text-decoration: none; }
ul { list-style: none; margin: 0; padding: 0; }
li { border-inline-start: 4px solid var(--k, var(--line)); margin: 0 0 .75rem;
  overflow-wrap: anywhere; padding-block: .1rem; padding-inline-start: .75rem; }
li small, footer { color: var(--quiet); font-size: .85rem; }
li small a { color: inherit; }
footer { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: .75rem; }
@media (max-width: 56rem) { .columns { grid-template-columns: 1fr; } }
@media print { body { max-width: none; padding: 0; } .columns { display: block; }
  mark { print-color-adjust: exact; } li { break-inside: avoid; } }
"""


def to_html(document: Document) -> str:
    """Return the summary as one self-contained HTML page."""
    title = _escape(document.article.title or "Summary")
    language = f' lang="{_escape(document.article.language)}"' if document.article.language else ""
    parts = [
        "<!doctype html>",
        f"<html{language}>",
        '<head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        # Even if an article smuggles markup in, the page loads and runs nothing.
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        f"<title>{title}</title><style>{_STYLE}{kind_styles()}</style></head>",
        f'<body><h1 dir="auto">{title}</h1>',
        f'<p class="gist" dir="auto">{_escape(document.gist)}</p>',
        '<div class="columns">',
        f'<main class="article" dir="auto">{_marked(document)}</main>',
        f"<aside>{_statements(document)}</aside>",
        "</div>",
        f"<footer>{_escape(footer(document))}</footer></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _escape(text: str) -> str:
    return escape(readable(text))


def _marked(document: Document) -> str:
    """Return the article as HTML, split at span borders so that marks nest properly."""
    text = document.article.text
    spans = [(s, n, span) for s in document.statements for n, span in enumerate(s.evidence, 1)]
    cuts = sorted({0, len(text), *(at for _, _, span in spans for at in (span.start, span.end))})
    pieces: list[str] = []
    begin: dict[int, list[int]] = defaultdict(list)
    for place, (_, _, span) in enumerate(spans):
        begin[span.start].append(place)
    over: set[int] = set()
    for start, end in pairwise(cuts):
        over.update(begin[start])
        here = [spans[place] for place in sorted(over)]
        over = {place for place in over if spans[place][2].end > end}
        kinds = dict.fromkeys(s.kind for s, _, _ in here)
        pieces += [f'<mark class="{kind}">' for kind in kinds]
        pieces += [
            f'<span id="{_anchor(s, n)}"></span>' for s, n, span in here if span.start == start
        ]
        pieces.append(escape(verbatim(text[start:end])))
        pieces += ["</mark>" for _ in kinds]
        pieces += [_reference(s) for s, _, span in here if span.end == end]
    return "".join(pieces)


def _anchor(statement: Statement, number: int) -> str:
    """Return the identifier of a statement's span in the page; spans count from 1."""
    return f"in-{_escape(statement.id)}-{number}"


def _reference(statement: Statement) -> str:
    name = _escape(statement.id)
    return f'<sup class="{statement.kind}"><a href="#{name}">{name}</a></sup>'


def _statements(document: Document) -> str:
    parts: list[str] = []
    for kind, statements in by_kind(document):
        items = "".join(_item(statement) for statement in statements)
        parts.append(f"<h2>{kind.heading}</h2><ul>{items}</ul>")
    if not parts:
        parts.append("<p>No statements.</p>")
    if document.rejected:
        items = "".join(f"<li>{_escape(item.reason)}</li>" for item in document.rejected)
        parts.append(f"<details><summary>Rejected</summary><ul>{items}</ul></details>")
    if document.injections:
        items = "".join(f"<li>{_escape(span.text)}</li>" for span in document.injections)
        parts.append(f"<h2>Orders to a program, on which nothing rests</h2><ul>{items}</ul>")
    return "".join(parts)


def _item(statement: Statement) -> str:
    name = _escape(statement.id)
    links = " ".join(
        f'<a href="#{_anchor(statement, number)}">{number}</a>'
        for number in range(1, len(statement.evidence) + 1)
    )
    # <bdi> confines text direction to each name or phrase.
    return (
        f'<li id="{name}" class="{statement.kind}" dir="auto">'
        f"<b><bdi>{_escape(statement.who)}</bdi></b>: <bdi>{_escape(statement.said)}</bdi><br>"
        f"<small>{name} · {statement.attribution.replace('_', ' ')} · evidence {links}</small></li>"
    )
