"""An HTML report of evaluations: tables, figures, and every article with its marks.

The page needs no script and no network. All text is escaped; no template language is used.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from communique.errors import RecordingError
from communique.evaluation.charts import CHART_STYLE, number
from communique.evaluation.gold import gold_sha256
from communique.evaluation.matching import THRESHOLD
from communique.evaluation.metrics import Comparison, Figure, compare
from communique.evaluation.report_articles import (
    ARTICLE_STYLE,
    SIGNS,
    article_section,
    sample_mark,
)
from communique.evaluation.report_figures import (
    by_kind,
    confidences,
    confusions,
    fields,
    html_table,
    interval,
    pairs,
)
from communique.render.document import kind_styles
from communique.statements import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from communique.evaluation.gold import GoldArticle
    from communique.evaluation.results import ArticleResult, Evaluation

__all__ = ["to_html"]

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

_STYLE = """
:root { color-scheme: light dark; --blue: #0a5ea8; --ochre: #7d5300;
  --red: #b71c1c; --green: #1f6b2a; --line: #8884; --quiet: #595959; }
@media (prefers-color-scheme: dark) { :root { --blue: #7cbcff; --ochre: #e3b341; --red: #ff9189;
  --green: #7ee787; --quiet: #a8a8a8; } }
* { box-sizing: border-box; }
body { font: 16px/1.6 system-ui, sans-serif; margin: 0 auto; max-width: 80rem; padding: 1.5rem; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; } h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; } h4 { font-size: .9rem; margin: 1rem 0 .25rem; }
p { margin: .5rem 0; max-width: 60rem; }
small, footer, figcaption, .about { color: var(--quiet); font-size: .85rem; }
figcaption b { color: CanvasText; display: block; font-size: .95rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .75rem .35rem 0; text-align: start;
  vertical-align: top; }
th { vertical-align: bottom; } th.n, td.n { text-align: end; white-space: nowrap; }
td small { display: block; }
.figures { display: grid; gap: 1.5rem 2rem; margin: 1rem 0;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 23.75rem), 1fr)); }
.figures.wide { grid-template-columns: repeat(auto-fill, minmax(min(100%, 28.75rem), 1fr)); }
figure { margin: 0; } figcaption { margin-bottom: .5rem; max-width: 28.75rem; }
summary { cursor: pointer; padding: .4rem 0; }
details.article { border-top: 1px solid var(--line); }
details.version { border-inline-start: 2px solid var(--line); margin: .25rem 0 .75rem;
  padding-inline-start: 1rem; }
footer { border-top: 1px solid var(--line); margin-top: 2rem; overflow-wrap: anywhere;
  padding-top: .75rem; }
@media (max-width: 48rem) { body { padding: 1rem; } details.version {
  padding-inline-start: .6rem; } }
@media print { body { max-width: none; padding: 0; } figure, tr, li { break-inside: avoid; }
  mark, svg { print-color-adjust: exact; } .scroll { overflow: visible; } }
"""

_HEADLINE: tuple[tuple[Figure, str, int], ...] = (
    ("f1", "F1", 2),
    ("strict_f1", "strict F1", 2),
    ("full_f1", "full F1", 2),
    ("full_plus_f1", "full+", 2),
    ("detection_f1", "detection F1", 2),
    # Three digits, so that one ungrounded statement among hundreds is not rounded to 1.00.
    ("grounded", "grounded", 3),
)

_NAVIGATION = """\
<nav class="about"><a href="#overview">Overview</a> · <a href="#fields">Fields</a> ·
<a href="#kinds">By kind</a> ·
<a href="#pairs">Article by article</a> · <a href="#confusion">Confusion of kinds</a> ·
<a href="#confidence">Confidence</a> · <a href="#articles">The articles</a></nav>"""


def to_html(
    evaluations: Sequence[Evaluation], gold: Sequence[GoldArticle], *, baseline: str | None = None
) -> str:
    """Return evaluations of the same articles as one self-contained HTML page.

    Args:
        evaluations: at least one, in display order.
        gold: the annotated articles that they were scored against.
        baseline: the prompt version to compare the others with, with the same model if
            possible; None for the first evaluation. If it is not among the evaluations,
            the page says so and compares nothing.

    Raises:
        RecordingError: an evaluation belongs to other articles or annotations.
        SettingsError: numpy or scipy is not installed (extra ``eval``).
        ValueError: there is no evaluation.
    """
    if not evaluations:
        raise ValueError("a report needs at least one evaluation")
    _check(evaluations, gold)
    names = _names(evaluations)
    style = f"{_STYLE}{kind_styles()}{CHART_STYLE}{ARTICLE_STYLE}"
    baselines = _baselines(evaluations, baseline)
    parts = [
        "<!doctype html>",
        '<html lang="en">',
        '<head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        # Even if an article smuggles markup in, the page loads and runs nothing.
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        f"<title>Prompt evaluations</title><style>{style}</style>",
        "</head><body><h1>Prompt evaluations</h1>",
        f"<p>{_scope(gold)}</p>",
        _NAVIGATION,
        '<main><h2 id="overview">Overview</h2>',
        _headline(evaluations),
        _verdicts(evaluations, names, baselines)
        if baselines
        else f"<p>There is no baseline {escape(str(baseline))} here to compare with.</p>",
        '<h2 id="fields">Fields</h2>',
        fields(evaluations, names),
        '<h2 id="kinds">By kind</h2>',
        by_kind(evaluations, names, gold),
        '<h2 id="pairs">Article by article</h2>',
        pairs(evaluations, names, baselines) or "<p>There are no two versions to compare.</p>",
        '<h2 id="confusion">Confusion of kinds</h2>',
        confusions(evaluations, names),
        '<h2 id="confidence">Reliability of confidence</h2>',
        confidences(evaluations, names),
        '<h2 id="articles">The articles</h2>',
        _articles(evaluations, names, gold),
        f"</main><footer>{_origin(evaluations, names)}</footer></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _check(evaluations: Sequence[Evaluation], gold: Sequence[GoldArticle]) -> None:
    sha256 = gold_sha256(gold)
    slugs = sorted(article.slug for article in gold)
    for evaluation in evaluations:
        same = sorted(article.slug for article in evaluation.articles) == slugs
        if not same or evaluation.gold_sha256 != sha256:
            raise RecordingError(
                f"the evaluation of {evaluation.prompt} with {evaluation.model} belongs to other "
                "gold articles or annotations than these; make it again with: communique eval"
            )


def _names(evaluations: Sequence[Evaluation]) -> list[str]:
    """Return a short name for each evaluation: its prompt version, and the model if it differs."""
    if len({evaluation.model for evaluation in evaluations}) == 1:
        return [evaluation.prompt for evaluation in evaluations]
    prompts = [evaluation.prompt for evaluation in evaluations]
    return [
        e.prompt if prompts.count(e.prompt) == 1 else f"{e.prompt} {e.model.partition('/')[2]}"
        for e in evaluations
    ]


def _baselines(evaluations: Sequence[Evaluation], prompt: str | None) -> list[int]:
    """Return the index of each evaluation's baseline; empty without a baseline."""
    places = [p for p, e in enumerate(evaluations) if prompt in {None, e.prompt}]
    if not places:
        return []
    if prompt is None:
        return [0 for _ in evaluations]
    models = {evaluations[place].model: place for place in reversed(places)}
    return [models.get(evaluation.model, places[0]) for evaluation in evaluations]


def _scope(gold: Sequence[GoldArticle]) -> str:
    required = sum(not item.optional for article in gold for item in article.statements)
    return (
        f"{len(gold)} gold articles with {required} statements to find. A statement is found if "
        f"one of its kind is like it (similarity at least {THRESHOLD:g}: half evidence, a fifth "
        "actor, three tenths content). Intervals are 95 % bootstrap intervals over articles; a "
        "failed article counts as all its statements missed. A dash (–) stands where there is "
        "nothing to average."
    )


def _headline(evaluations: Sequence[Evaluation]) -> str:
    priced = any(e.usage.cost_usd is not None for e in evaluations)
    heads = [
        ("prompt", False),
        ("model", False),
        *((label, True) for _, label, _ in _HEADLINE),
        ("statements", True),
        ("tokens in", True),
        ("tokens out", True),
        ("model seconds", True),
        *([("US$", True)] if priced else []),
        ("failures", True),
    ]
    rows = [_row(evaluation, priced=priced) for evaluation in evaluations]
    return (
        html_table(heads, rows)
        + '<p class="about">Strict F1: the names and the enumerated field must be right, too. '
        "Full F1: all fields must be right, except perhaps whom the actor speaks for; full+: all "
        "fields. Detection F1: kind right and any evidence in common. Grounded: the share of "
        "statements whose every span is what the article says there. Statements, tokens"
        + (", dollars" if priced else "")
        + " and seconds are means an article; the seconds are the model's own, as its server "
        "reported them when the answers were recorded.</p>"
    )


def _row(evaluation: Evaluation, *, priced: bool) -> list[str]:
    count = len(evaluation.articles)
    said = sum(len(article.statements) for article in evaluation.articles)
    seconds = [a.seconds for a in evaluation.articles if a.seconds is not None]
    cost = evaluation.usage.cost_usd
    return [
        f"<b>{escape(evaluation.prompt)}</b>",
        escape(evaluation.model),
        *(interval(evaluation.figures["all"][name], digits) for name, _, digits in _HEADLINE),
        f"{said / count:.1f}",
        f"{evaluation.usage.input_tokens / count:,.0f}",
        f"{evaluation.usage.output_tokens / count:,.0f}",
        f"{sum(seconds) / len(seconds):.1f}" if seconds else "–",
        *([number(None if cost is None else cost / count, 4)] if priced else []),
        str(evaluation.failures),
    ]


def _verdicts(
    evaluations: Sequence[Evaluation], names: Sequence[str], baselines: Sequence[int]
) -> str:
    items: list[str] = []
    for place, other in enumerate(baselines):
        if other == place:
            continue
        old, new = evaluations[other].scores, evaluations[place].scores
        strict, detected = compare(old, new, "strict_f1"), compare(old, new, "detection_f1")
        rest = (
            f"Strict F1: {strict.verdict}, {_gap(strict)}. "
            f"Detection F1: {detected.verdict}, {_gap(detected)}."
        )
        verdict = _verdict(names[place], names[other], compare(old, new))
        items.append(f"<li>{verdict} {escape(rest)}</li>")
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _verdict(new: str, old: str, found: Comparison) -> str:
    new, old = escape(new), escape(old)
    opening = {
        "better": f"<b>{new} is better than {old}</b>:",
        "worse": f"<b>{new} is worse than {old}</b>:",
        "can't tell": f"<b>Can't tell whether {new} is better or worse than {old}</b>:",
    }[found.verdict]
    return f"{opening} F1 {number(found.new)} against {number(found.old)}, {escape(_gap(found))}."


def _gap(found: Comparison) -> str:
    gap = found.difference
    value = "–" if gap.value is None else _signed(gap.value)
    if gap.low is None or gap.high is None:
        return f"difference {value}, with nothing to tell its spread from"
    return f"difference {value}, 95 % interval {_signed(gap.low)} to {_signed(gap.high)}"


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _articles(
    evaluations: Sequence[Evaluation], names: Sequence[str], gold: Sequence[GoldArticle]
) -> str:
    found: list[dict[str, ArticleResult]] = [
        {article.slug: article for article in evaluation.articles} for evaluation in evaluations
    ]
    sections = "".join(
        article_section(
            place,
            article,
            [(name, results[article.slug]) for name, results in zip(names, found, strict=True)],
        )
        for place, article in enumerate(gold, 1)
    )
    kinds = ", ".join(f'<span class="{kind} name">{kind}</span>' for kind in KINDS)
    return (
        f"<p>Gold on the left, what was said on the right, for each version. Colours and labels "
        f"tell the kind ({kinds}); the lines under the text and the signs tell the outcome: "
        f"{sample_mark('right', 'found, or rightly said')}, "
        f"{sample_mark('wrong', 'missed, or a false alarm')}, "
        f"{sample_mark('free', 'optional: counts for nothing')}. "
        f"Labels ({SIGNS['right']} {SIGNS['wrong']} {SIGNS['free']}) lead to the statements "
        f"beneath the text, and these back to their place.</p>{sections}"
    )


def _origin(evaluations: Sequence[Evaluation], names: Sequence[str]) -> str:
    lines = "".join(
        f"<br>{escape(name)}: {escape(e.prompt)} with {escape(e.model)}, prompt "
        f"{escape(e.prompt_sha256[:12])}, reply models {escape(e.replies_sha256[:12])}, gold "
        f"{escape(e.gold_sha256[:12])}"
        for name, e in zip(names, evaluations, strict=True)
    )
    return (
        f"Generated by communique eval. What the figures belong to (first digits of sha256):{lines}"
    )
