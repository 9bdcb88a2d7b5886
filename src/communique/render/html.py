"""A summary as a page of its own: the article with its evidence marked, the statements beside it.

The page needs no script and no network. All text is escaped; nothing is a template.
"""

from __future__ import annotations

from html import escape
from itertools import pairwise

from communique.render.words import KINDS, origin, said, who
from communique.statements import Statement, Summary

__all__ = ["to_html"]

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

_STYLE = """
:root { color-scheme: light dark; --p: #0a6ebd; --c: #9a6700; --t: #c62828; --a: #2e7d32;
  --line: #8884; }
* { box-sizing: border-box; }
body { font: 16px/1.6 system-ui, sans-serif; margin: 0 auto; max-width: 76rem; padding: 1.5rem; }
h1 { font-size: 1.4rem; margin: 0 0 .5rem; } h2 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
.gist { font-size: 1.1rem; margin: 0 0 1.5rem; }
.columns { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 2.5rem; }
.article { white-space: pre-wrap; overflow-wrap: anywhere; }
mark { background: color-mix(in srgb, var(--k) 16%, transparent); color: inherit;
  border-bottom: 2px solid var(--k); }
mark:target, li:target { outline: 2px solid var(--k); outline-offset: 2px; }
.position { --k: var(--p); } .condition { --k: var(--c); } .threat { --k: var(--t); }
.agreement { --k: var(--a); }
mark a { color: var(--k); font-size: .7em; font-weight: 600; text-decoration: none;
  vertical-align: super; white-space: nowrap; }
ul { list-style: none; margin: 0; padding: 0; }
li { border-left: 4px solid var(--k); margin: 0 0 .75rem; padding: .1rem 0 .1rem .75rem;
  overflow-wrap: anywhere; }
li small, footer { color: GrayText; font-size: .85rem; }
li small a { color: inherit; }
footer { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: .75rem; }
@media (max-width: 56rem) { .columns { grid-template-columns: 1fr; } }
@media print { .columns { display: block; } body { max-width: none; } }
"""


def to_html(summary: Summary) -> str:
    """The summary as one self-contained HTML page."""
    title = escape(summary.article.title or "Summary")
    language = f' lang="{escape(summary.article.language)}"' if summary.article.language else ""
    parts = [
        "<!doctype html>",
        f"<html{language}>",
        '<head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        # Whatever an article manages to smuggle in, the page loads and runs nothing.
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        f"<title>{title}</title><style>{_STYLE}</style></head>",
        f'<body><h1 dir="auto">{title}</h1>',
        f'<p class="gist" dir="auto">{escape(summary.gist)}</p>',
        '<div class="columns">',
        f'<main class="article" dir="auto">{_marked(summary)}</main>',
        f"<aside>{_statements(summary)}</aside>",
        "</div>",
        f"<footer>{escape(origin(summary))}</footer></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _marked(summary: Summary) -> str:
    """The article cut at every border of a span, so that overlapping spans nest nowhere."""
    text = summary.article.text
    spans = [(span, s) for s in summary.statements for span in s.evidence]
    cuts = sorted({0, len(text), *(n for span, _ in spans for n in (span.start, span.end))})
    pieces: list[str] = []
    anchored: set[str] = set()
    for start, end in pairwise(cuts):
        piece = escape(text[start:end])
        here = [s for span, s in spans if span.start <= start and end <= span.end]
        if not here:
            pieces.append(piece)
            continue
        new = [s for s in here if s.id not in anchored]
        anchored.update(s.id for s in new)
        anchors = "".join(f'<a id="in-{s.id}"></a>' for s in new)
        links = " ".join(f'<a href="#{s.id}">{s.id}</a>' for s in here)
        pieces.append(f'{anchors}<mark class="{here[0].kind}">{piece} {links}</mark>')
    return "".join(pieces)


def _statements(summary: Summary) -> str:
    parts: list[str] = []
    for name, heading in KINDS:
        statements: tuple[Statement, ...] = getattr(summary, name)
        if statements:
            items = "".join(_item(statement) for statement in statements)
            parts.append(f"<h2>{heading}</h2><ul>{items}</ul>")
    if not parts:
        parts.append("<p>No statements.</p>")
    if summary.rejected:
        items = "".join(f"<li>{escape(item.reason)}</li>" for item in summary.rejected)
        parts.append(f"<details><summary>Rejected</summary><ul>{items}</ul></details>")
    return "".join(parts)


def _item(statement: Statement) -> str:
    return (
        f'<li id="{statement.id}" class="{statement.kind}" dir="auto">'
        f"<b>{escape(who(statement))}</b>: {escape(said(statement))}<br>"
        f'<small><a href="#in-{statement.id}">{statement.id}</a> · '
        f"{statement.attribution.replace('_', ' ')}</small></li>"
    )
