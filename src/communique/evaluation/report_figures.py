"""The figures of an evaluation report, with titles and explanations."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from communique.evaluation.charts import bars, dots, matrix, number, reliability_chart
from communique.evaluation.diagnosis import confusion, reliability
from communique.evaluation.metrics import Figure, figure, total
from communique.evaluation.report_fields import FIELDS_NOTE, field_rows, gist_note, gist_rows
from communique.statements import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from communique.evaluation.bootstrap import Estimate
    from communique.evaluation.gold import GoldArticle
    from communique.evaluation.results import Evaluation, FieldShare
    from communique.statements import Kind

__all__ = ["by_kind", "confidences", "confusions", "fields", "html_table", "interval", "pairs"]

_BY_KIND: tuple[tuple[Figure, str, str], ...] = (
    ("precision", "Precision", "the share of predictions that are correct"),
    ("recall", "Recall", "the share of gold statements that were found"),
    ("f1", "F1", "harmonic mean of precision and recall"),
)


def interval(estimate: Estimate, digits: int = 2) -> str:
    """Return a figure for a table cell, with its interval beneath."""
    value = number(estimate.value, digits)
    if estimate.low is None or estimate.high is None:
        return value
    return f"{value}<small>{estimate.low:.{digits}f}–{estimate.high:.{digits}f}</small>"


def html_table(heads: Sequence[tuple[str, bool]], rows: Iterable[Sequence[str]]) -> str:
    """Return an HTML table; headings are aligned like their columns."""
    look = [' class="n"' if figures else "" for _, figures in heads]
    head = "".join(
        f'<th scope="col"{c}>{label}</th>' for c, (label, _) in zip(look, heads, strict=True)
    )
    body = "".join(
        "<tr>" + "".join(f"<td{c}>{cell}</td>" for c, cell in zip(look, row, strict=True)) + "</tr>"
        for row in rows
    )
    return (
        '<div class="scroll" tabindex="0"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def by_kind(
    evaluations: Sequence[Evaluation], names: Sequence[str], gold: Sequence[GoldArticle]
) -> str:
    """Return precision, recall and F1 of each version, over all kinds and kind by kind."""
    required = [s.statement.kind for article in gold for s in article.statements if not s.optional]
    groups = [
        (f"all kinds ({len(required)} to find)", "all"),
        *((f"{k.plural} ({required.count(name)} to find)", name) for name, k in KINDS.items()),
    ]
    figures = "".join(
        _figure(
            f"{title} by kind",
            f"{title}: {meaning}. The bar's line is its 95 % interval.",
            bars(
                f"{title} by kind",
                title if name == "f1" else title.lower(),
                [
                    (
                        heading,
                        [
                            (label, evaluation.figures[kind][name])
                            for label, evaluation in zip(names, evaluations, strict=True)
                        ],
                    )
                    for heading, kind in groups
                ],
            ),
        )
        for name, title, meaning in _BY_KIND
    )
    rows = [
        [
            escape(label),
            heading,
            *(interval(evaluation.figures[kind][name]) for name, _, _ in _BY_KIND),
        ]
        for label, evaluation in zip(names, evaluations, strict=True)
        for heading, kind in groups
    ]
    heads = [("version", False), ("kind", False), *((title, True) for _, title, _ in _BY_KIND)]
    return (
        f'<div class="figures">{figures}</div>'
        f"<details><summary>The same as a table</summary>{html_table(heads, rows)}</details>"
    )


def fields(evaluations: Sequence[Evaluation], names: Sequence[str]) -> str:
    """Return how often each field is right, and what the gists are like, version by version."""
    columns = [(escape(name), True) for name in names]
    note = escape(FIELDS_NOTE.replace("`", ""))
    rows = [[r.kind, r.field, *map(_share, r.shares)] for r in field_rows(evaluations)]
    table = html_table([("kind", False), ("field", False), *columns], rows)
    gists = gist_rows(evaluations)
    if not gists:
        return f"<p>{note}</p>{table}"
    rows = [[title, *map(interval, values)] for title, values in gists]
    return (
        f"<p>{note}</p>{table}<h3>Gist</h3><p>{gist_note(evaluations)}</p>"
        f"{html_table([('gists', False), *columns], rows)}"
    )


def _share(share: FieldShare) -> str:
    if not share.pairs:
        return number(None)
    return f"{interval(share.share)}<small>{share.right} of {share.pairs}</small>"


def pairs(evaluations: Sequence[Evaluation], names: Sequence[str], baselines: Sequence[int]) -> str:
    """Return F1 of each article beside its baseline's; empty if nothing is compared.

    Args:
        evaluations: all evaluations in the report.
        names: a short name for each.
        baselines: index of the evaluation to compare each with; its own index for none.
    """
    figures: list[str] = []
    for place, other in enumerate(baselines):
        if other == place:
            continue
        old, new = names[other], names[place]
        rows = _paired(evaluations[other], evaluations[place])
        gains = [_gain(row) for row in rows if None not in row]
        up, down = sum(gain > 0 for gain in gains), sum(gain < 0 for gain in gains)
        note = (
            f"{new} is higher on {up}, lower on {down} and the same on {len(gains) - up - down} "
            "articles. Sorted by the difference; a dash: nothing to find and nothing said."
        )
        title = f"F1 of each article, {old} and {new}"
        figures.append(_figure(title, note, dots(title, "F1", old, new, rows)))
    return f'<div class="figures wide">{"".join(figures)}</div>' if figures else ""


def _paired(old: Evaluation, new: Evaluation) -> list[tuple[str, float | None, float | None]]:
    """Return F1 of both versions, article by article, the greatest gain first."""
    before = {score.slug: figure("f1", total([score])) for score in old.scores}
    rows = [(score.slug, before[score.slug], figure("f1", total([score]))) for score in new.scores]
    return sorted(rows, key=lambda row: (-_gain(row), row[0]))


def _gain(row: tuple[str, float | None, float | None]) -> float:
    """Return new minus old, or minus infinity if either is unknown."""
    _, old, new = row
    return -2.0 if old is None or new is None else new - old


def confusions(evaluations: Sequence[Evaluation], names: Sequence[str]) -> str:
    """Return gold kinds by predicted kinds, one grid per version."""
    figures: list[str] = []
    kinds: tuple[Kind | None, ...] = (*KINDS, None)
    labels = [kind or "nothing" for kind in kinds]
    for name, evaluation in zip(names, evaluations, strict=True):
        found = confusion(evaluation)
        cells = [
            [
                None
                if row is None and column is None
                else (
                    found.counts[row, column],
                    f"+{found.near[row]} near" if row and row == column and found.near[row] else "",
                )
                for column in kinds
            ]
            for row in kinds
        ]
        title = f"Kinds in the gold and as said by {name}"
        grid = matrix(title, ("gold", "said"), labels, labels, cells)
        figures.append(_figure(title, "Counts of statements, over all articles.", grid))
    return (
        "<p>On the diagonal: statements found, and near ones, where a miss and a false alarm of "
        "the same kind share evidence without being alike enough. Off it: a miss and a false "
        "alarm of another kind in the same place, each used once. “Nothing”: missed without a "
        "false alarm there, or said where nothing was left to find. The fuller a cell's "
        "colour, the greater its share of the row.</p>"
        f'<div class="figures wide">{"".join(figures)}</div>'
    )


def confidences(evaluations: Sequence[Evaluation], names: Sequence[str]) -> str:
    """Return reliability charts, and the names of versions without confidence."""
    figures: list[str] = []
    without: list[str] = []
    for name, evaluation in zip(names, evaluations, strict=True):
        bins = reliability(evaluation)
        if not bins:
            without.append(name)
            continue
        title = f"Confidence and correctness of {name}"
        count = sum(group.count for group in bins)
        error = sum(
            group.count * abs(group.share - group.confidence)
            for group in bins
            if group.share is not None and group.confidence is not None
        )
        figures.append(
            _figure(
                title,
                f"Expected calibration error {error / count:.2f} over {count} statements. Where "
                "confidence can be trusted, bars reach the broken line; n: statements in each bin.",
                reliability_chart(title, bins),
            )
        )
    parts = [f'<div class="figures">{"".join(figures)}</div>'] if figures else []
    if without:
        parts.append(
            f"<p>No statement of {escape(', '.join(without))} has a confidence, which takes "
            "log-probabilities from the model's server.</p>"
        )
    return "".join(parts)


def _figure(title: str, note: str, svg: str) -> str:
    return f"<figure><figcaption><b>{escape(title)}</b>{escape(note)}</figcaption>{svg}</figure>"
