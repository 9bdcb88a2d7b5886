"""The articles of an evaluation report, with gold and predicted statements side by side."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from communique.evaluation.charts import number
from communique.evaluation.diagnosis import excused_ids, read_statement
from communique.evaluation.metrics import figure, total
from communique.statements import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from communique.evaluation.gold import GoldArticle
    from communique.evaluation.results import ArticleResult
    from communique.statements import Statement

__all__ = ["ARTICLE_STYLE", "SIGNS", "Mark", "article_section", "marked", "sample_mark"]

ARTICLE_STYLE = """
.columns { display: grid; gap: 1rem 2.5rem; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
.text { font-size: .95rem; line-height: 1.75; overflow-wrap: anywhere; unicode-bidi: plaintext;
  white-space: pre-wrap; }
mark { background: color-mix(in srgb, var(--k) 16%, transparent); color: inherit;
  border-bottom: 2px solid var(--k); }
mark.wrong { background: none; border-bottom-style: dashed; }
mark.free { background: none; border-bottom-style: dotted; }
mark:has(> mark) { padding-bottom: 3px; } mark:has(> mark > mark) { padding-bottom: 6px; }
mark:has(> mark > mark > mark) { padding-bottom: 9px; }
mark:has(> :target), li:target, tr:target { outline: 2px solid var(--k); outline-offset: 2px; }
sup { font-size: .7em; font-weight: 600; line-height: 0; unicode-bidi: isolate;
  user-select: none; white-space: nowrap; }
sup a, .name { color: var(--k); text-decoration: none; } sup a { margin-inline-start: .3em; }
sup.wrong a { border: 1px solid; border-radius: 2px; padding: 0 .2em; }
.name { font-weight: 600; white-space: nowrap; }
ul.list { list-style: none; margin: 0; padding: 0; }
ul.list li { border-inline-start: 4px solid var(--k); margin: 0 0 .5rem; overflow-wrap: anywhere;
  padding-inline-start: .75rem; }
dl.wrong { margin: 0; min-width: 14rem; } dl.wrong s { color: var(--red); }
dl.wrong dt, dl.gist dt { color: var(--quiet); font-size: .85em; }
dl.wrong dd, dl.gist dd { margin: 0 0 .25rem; overflow-wrap: anywhere; }
@media (max-width: 44rem) { .columns { grid-template-columns: minmax(0, 1fr); } }
"""

Outcome = Literal["right", "wrong", "free"]

SIGNS: dict[Outcome, str] = {"right": "✓", "wrong": "✗", "free": "○"}
"""Outcomes: on both sides; on one side only; optional, so that it is not counted."""

_GOLD_WORDS: dict[Outcome, str] = {"right": "found", "wrong": "missed", "free": "optional"}
_SAID_WORDS: dict[Outcome, str] = {"right": "right", "wrong": "false alarm", "free": "excused"}


class Mark(NamedTuple):
    """A span of a text to mark.

    Attributes:
        start, end: offsets in code points, half open; a span outside the text is not drawn.
        classes: CSS classes of the ``<mark>`` element, shared by spans of the same classes.
        anchor: identifier for the start of the span, or None.
        label: HTML after the span.
    """

    start: int
    end: int
    classes: str
    anchor: str | None = None
    label: str = ""


class _Item(NamedTuple):
    """A gold or predicted statement, with its outcome and its identifiers in the page."""

    statement: Statement
    outcome: Outcome
    anchor: str
    place: str

    @property
    def name(self) -> str:
        return escape(f"{self.statement.id} {SIGNS[self.outcome]}")


def marked(text: str, marks: Sequence[Mark]) -> str:
    """Return the text as HTML, split at span borders so that marks nest properly."""
    drawn = [mark for mark in marks if 0 <= mark.start < mark.end <= len(text)]
    cuts = sorted({0, len(text), *(at for mark in drawn for at in (mark.start, mark.end))})
    pieces: list[str] = []
    for start, end in pairwise(cuts):
        here = [mark for mark in drawn if mark.start <= start and end <= mark.end]
        classes = dict.fromkeys(mark.classes for mark in here)
        pieces += [f'<mark class="{escape(each)}">' for each in classes]
        pieces += [
            f'<span id="{escape(mark.anchor)}"></span>'
            for mark in here
            if mark.anchor and mark.start == start
        ]
        pieces.append(escape(text[start:end]))
        pieces += ["</mark>" for _ in classes]
        pieces += [mark.label for mark in here if mark.end == end]
    return "".join(pieces)


def sample_mark(outcome: Outcome, words: str) -> str:
    """Return a piece of text marked as in the articles, for a legend."""
    sign = SIGNS[outcome]
    return (
        f'<mark class="{next(iter(KINDS))} {outcome}">{escape(words)}</mark><sup>&nbsp;{sign}</sup>'
    )


def article_section(
    number_of: int, gold: GoldArticle, results: Sequence[tuple[str, ArticleResult]]
) -> str:
    """Return an article as ``<details>``, with gold beside predictions for each evaluation.

    Args:
        number_of: the article's number in the page, from 1, for unique identifiers.
        gold: the annotated article.
        results: the name of each evaluation and its result for this article.
    """
    scores = " · ".join(
        f"{escape(name)} {number(_f1(result))}{' (failed)' if result.failure else ''}"
        for name, result in results
    )
    required = sum(not item.optional for item in gold.statements)
    optional = len(gold.statements) - required
    about = f"Statements to find: {required}" + (f", optional: {optional}" if optional else "")
    only = len(results) == 1
    versions = "".join(
        _version(f"article-{number_of}-{place}", gold, name, result, opened=only)
        for place, (name, result) in enumerate(results, 1)
    )
    notes = "".join(f"<li>{escape(note)}</li>" for note in gold.notes)
    return (
        f'<details class="article" id="article-{number_of}"><summary><b>{escape(gold.slug)}</b> '
        f"<small>F1: {scores}</small></summary>"
        f"<p><small>{about}; {escape(gold.origin)}</small></p>"
        + (f"<ul><small>Settled between annotators:</small>{notes}</ul>" if notes else "")
        + f"{versions}</details>"
    )


def _version(
    prefix: str, gold: GoldArticle, name: str, result: ArticleResult, *, opened: bool
) -> str:
    ours, theirs = _gold_items(prefix, gold, result), _said_items(prefix, result)
    missed = [item for item in ours if item.outcome == "wrong"]
    alarms = [item for item in theirs if item.outcome == "wrong"]
    unsaid = [
        item
        for item in ours
        if item.outcome == "free" and item.statement.id not in _gold_ids(result)
    ]
    found = sum(not match["optional"] for match in result.matches)
    seconds = "" if result.seconds is None else f", {result.seconds:.0f} s of the model's time"
    head = (
        f"<b>{escape(name)}</b> <small>F1 {number(_f1(result))}: {found} found, "
        f"{len(missed)} missed, {len(alarms)} false alarms; "
        f"{result.usage.input_tokens:,} tokens in, {result.usage.output_tokens:,} out"
        f"{seconds}</small>"
    )
    failure = f"<p><b>No summary.</b> {escape(result.failure)}</p>" if result.failure else ""
    text = gold.article.text
    language = f' lang="{escape(gold.article.language)}"' if gold.article.language else ""
    columns = "".join(
        f'<section><h4>{heading}</h4><div class="text" dir="auto"{language}>'
        f"{marked(text, [mark for item in items for mark in _marks(item, words)])}</div></section>"
        for heading, items, words in (
            ("Gold", ours, _GOLD_WORDS),
            (f"Said by {escape(name)}", theirs, _SAID_WORDS),
        )
    )
    lists = (
        _matches(result, ours, theirs, text)
        + _listed("Missed", missed, text)
        + _listed("False alarms", alarms, text)
        + _listed("Optional and not said, which counts for nothing", unsaid, text)
    )
    return (
        f'<details class="version" id="{prefix}"{" open" if opened else ""}>'
        f'<summary>{head}</summary>{failure}<div class="columns">{columns}</div>'
        f"{_gists(gold, result)}{lists or '<p>Nothing to find, and nothing said.</p>'}</details>"
    )


def _gists(gold: GoldArticle, result: ArticleResult) -> str:
    """Return the gist beside the gold's, as HTML; empty if the gold has none."""
    if gold.gist is None:
        return ""
    return (
        '<h4>Gist</h4><dl class="gist"><dt>gold</dt>'
        f"<dd><bdi>{escape(gold.gist)}</bdi></dd><dt>said</dt>"
        f"<dd><bdi>{escape(result.gist) or 'none'}</bdi></dd></dl>"
    )


def _gold_items(prefix: str, gold: GoldArticle, result: ArticleResult) -> list[_Item]:
    missed = {str(data["id"]) for data in result.missed}
    items: list[_Item] = []
    for place, item in enumerate(gold.statements, 1):
        outcome: Outcome = "right"
        if item.optional:
            outcome = "free"
        elif item.statement.id in missed:
            outcome = "wrong"
        name = f"{prefix}-gold-{place}"
        items.append(_Item(item.statement, outcome, name, f"{name}-text"))
    return items


def _said_items(prefix: str, result: ArticleResult) -> list[_Item]:
    alarms = set(result.false_alarms)
    excused = excused_ids(result)
    items: list[_Item] = []
    for place, data in enumerate(result.statements, 1):
        statement = read_statement(data)
        outcome: Outcome = "right"
        if statement.id in alarms:
            outcome = "wrong"
        elif statement.id in excused:
            outcome = "free"
        name = f"{prefix}-said-{place}"
        items.append(_Item(statement, outcome, name, f"{name}-text"))
    return items


def _gold_ids(result: ArticleResult) -> set[str]:
    """Return the ids of the matched gold statements."""
    return {str(cast("dict[str, Any]", match["gold"])["id"]) for match in result.matches}


def _marks(item: _Item, words: Mapping[Outcome, str]) -> list[Mark]:
    kind = item.statement.kind
    title = escape(f"{item.statement.id}: {words[item.outcome]}")
    link = f'<a href="#{item.anchor}" title="{title}">{item.name}</a>'
    # <wbr> lets the line break between a span and its label.
    label = f'<wbr><sup class="{kind} {item.outcome}">{link}</sup>'
    return [
        Mark(span.start, span.end, f"{kind} {item.outcome}", None if n else item.place, label)
        for n, span in enumerate(item.statement.evidence)
    ]


def _matches(
    result: ArticleResult, ours: Sequence[_Item], theirs: Sequence[_Item], text: str
) -> str:
    if not result.matches:
        return ""
    golds = {item.statement.id: item for item in ours}
    saids = {item.statement.id: item for item in theirs}
    rows: list[str] = []
    for match in result.matches:
        gold = golds[str(cast("dict[str, Any]", match["gold"])["id"])]
        predicted = saids[str(match["predicted"])]
        parts = "".join(
            f'<td class="n">{cast("float", match[part]):.2f}</td>'
            for part in ("similarity", "evidence", "actor", "content")
        )
        note = "optional" if match["optional"] else "yes" if match["strict"] else "no"
        wrong = _wrong(match, gold.statement, predicted.statement)
        rows.append(
            f'<tr class="{gold.statement.kind}"><td id="{gold.anchor}">{_worded(gold, text)}</td>'
            f'<td id="{predicted.anchor}">{_worded(predicted, text)}</td>{parts}'
            f"<td>{note}</td><td>{wrong}</td></tr>"
        )
    return (
        '<h4>Found</h4><div class="scroll"><table><thead><tr><th>gold</th><th>said</th>'
        '<th class="n">similarity</th><th class="n">evidence</th><th class="n">actor</th>'
        '<th class="n">content</th><th>strict</th><th>wrong fields</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _wrong(match: Mapping[str, Any], gold: Statement, predicted: Statement) -> str:
    """Return the wrong fields as HTML, each with what was said, struck out, and gold's value."""
    items = "".join(
        f"<dt>{name}</dt><dd><s><bdi>{_value(predicted, name)}</bdi></s> "
        f"<b><bdi>{_value(gold, name)}</bdi></b></dd>"
        for name in match["wrong"]
    )
    return f'<dl class="wrong">{items}</dl>' if items else "none"


def _value(statement: Statement, name: str) -> str:
    if name == KINDS[statement.kind].names[0]:
        return escape(", ".join(KINDS[statement.kind].actors_in(statement)))
    return escape(str(getattr(statement, name) or "null"))


def _listed(heading: str, items: Sequence[_Item], text: str) -> str:
    if not items:
        return ""
    rows = "".join(
        f'<li id="{item.anchor}" class="{item.statement.kind}" dir="auto">'
        f"{_worded(item, text)}</li>"
        for item in items
    )
    return f'<h4>{heading}</h4><ul class="list">{rows}</ul>'


def _worded(item: _Item, text: str) -> str:
    """Return a statement as HTML, with a link to its place in the text."""
    statement = item.statement
    first = statement.evidence[0]
    name = f'<span class="name">{item.name}</span>'
    if 0 <= first.start < first.end <= len(text):
        name = f'<a class="name" href="#{item.place}">{item.name}</a>'
    confidence = (
        ""
        if statement.confidence is None
        else f" <small>confidence {statement.confidence:.2f}</small>"
    )
    loose = any(text[span.start : span.end] != span.text for span in statement.evidence)
    # <bdi> confines text direction and direction controls to each name or phrase.
    return (
        f"{name} <b><bdi>{escape(statement.who)}</bdi></b>: "
        f"<bdi>{escape(statement.said)}</bdi>{confidence}"
        + (" <b>not grounded: the article does not say this there</b>" if loose else "")
    )


def _f1(result: ArticleResult) -> float | None:
    return figure("f1", total([result.score]))
