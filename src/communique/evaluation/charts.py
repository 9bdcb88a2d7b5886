"""Figures as inline SVG, written as plain strings: no plotting library, no script.

Every figure can be read in black and white and by a screen reader: shapes, labels and
numbers convey what colours do, and its values are in its accessible name.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Literal

from communique.render.safe_text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from communique.evaluation.bootstrap import Estimate
    from communique.evaluation.diagnosis import Bin

__all__ = ["CHART_STYLE", "bars", "dots", "matrix", "number", "reliability_chart"]

CHART_STYLE = """
svg { display: block; height: auto; max-width: 100%; }
svg text { fill: currentColor; font: 12px system-ui, sans-serif; }
svg .title { font-weight: 600; } svg .small { font-size: 10.5px; }
svg .grid { stroke: var(--line); } svg .axis { stroke: currentColor; }
svg .whisker { fill: none; stroke: currentColor; stroke-width: 1.5; }
svg .bar { fill: var(--s); fill-opacity: .4; stroke: var(--s); }
svg .old { fill: Canvas; stroke: currentColor; stroke-width: 1.5; }
svg .new { fill: var(--s); } svg .gap { stroke: var(--s); stroke-width: 2.5; }
svg .ideal { stroke: currentColor; stroke-dasharray: 4 4; }
svg .cell { fill: var(--s); stroke: var(--line); }
svg .s0 { --s: var(--quiet); } svg .s1 { --s: var(--blue); } svg .s2 { --s: var(--ochre); }
svg .s3 { --s: var(--green); } svg .s4 { --s: var(--red); }
"""
"""CSS of the figures; the page defines the colours that it refers to."""

_SERIES = 5
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_ROW = 18


def number(value: float | None, digits: int = 2) -> str:
    """Return a figure as text, or an en dash where there is nothing to average."""
    return "–" if value is None else f"{value:.{digits}f}"


def bars(name: str, axis: str, groups: Sequence[tuple[str, Sequence[tuple[str, Estimate]]]]) -> str:
    """Draw horizontal bars from 0 to 1, with their intervals as whiskers.

    Args:
        name: title of the figure.
        axis: label of the value axis.
        groups: headings, each with the labels and values of its bars.
    """
    left, plot, width = 118, 208, 380
    parts: list[str] = []
    heard: list[str] = []
    y = 4
    for heading, values in groups:
        y += _ROW
        # Grid lines are drawn per group, so that they do not cross the headings.
        parts += _lines(left, plot, y, y + _ROW * len(values))
        parts.append(_text(0, y - 5, heading, "title"))
        heard.append(f"{heading}: " + ", ".join(f"{label} {_said(e)}" for label, e in values))
        for series, (label, estimate) in enumerate(values):
            middle = y + _ROW / 2
            tip = f"{heading}, {label}: {_said(estimate)}"
            parts.append(_text(left - 6, middle + 4, _cut(label, 16), anchor="end"))
            parts.append(_text(width - 2, middle + 4, number(estimate.value), anchor="end"))
            parts.append(f'<g class="s{series % _SERIES}"><title>{_clean(tip)}</title>')
            if estimate.value is not None:
                size = f'width="{estimate.value * plot:.1f}" height="{_ROW - 5}"'
                parts.append(f'<rect class="bar" x="{left}" y="{y + 2.5}" {size}/>')
            if estimate.low is not None and estimate.high is not None:
                low, high = left + estimate.low * plot, left + estimate.high * plot
                path = f"M{low:.1f} {middle - 4}v8m0 -4H{high:.1f}m0 -4v8"
                parts.append(f'<path class="whisker" d="{path}"/>')
            parts.append("</g>")
            y += _ROW
        y += 6
    return _svg(width, y + 38, name, heard, [*parts, *_axis(left, plot, y, axis)])


def dots(
    name: str,
    axis: str,
    old: str,
    new: str,
    rows: Sequence[tuple[str, float | None, float | None]],
) -> str:
    """Draw two joined values per row: an open circle for the old, a filled one for the new."""
    left, plot, width = 158, 196, 460
    start = 48
    end = start + _ROW * len(rows)
    legend = (
        f'<circle class="old" cx="{left}" cy="10" r="5.5"/>'
        + _text(left + 10, 14, _cut(old, 20))
        + f'<g class="s1"><circle class="new" cx="{left}" cy="29" r="4"/></g>'
        + _text(left + 10, 33, _cut(new, 20))
        + _text(width - 2, 33, "old → new", anchor="end")
    )
    parts = [legend]
    heard: list[str] = []
    for place, (label, before, after) in enumerate(rows):
        y = start + _ROW * place + _ROW / 2
        values = f"{number(before)} → {number(after)}"
        heard.append(f"{label} {values}")
        parts.append(_text(left - 10, y + 4, _cut(label, 22), anchor="end"))
        parts.append(_text(width - 2, y + 4, values, anchor="end"))
        parts.append(f'<g class="s1"><title>{_clean(f"{label}: {values}")}</title>')
        points = [None if v is None else round(left + v * plot, 1) for v in (before, after)]
        if None not in points and points[0] != points[1]:
            parts.append(f'<path class="gap" d="M{points[0]} {y}H{points[1]}"/>')
        if points[0] is not None:
            parts.append(f'<circle class="old" cx="{points[0]}" cy="{y}" r="5.5"/>')
        if points[1] is not None:
            parts.append(f'<circle class="new" cx="{points[1]}" cy="{y}" r="4"/>')
        parts.append("</g>")
    grid = [*_lines(left, plot, start, end), *_axis(left, plot, end, axis)]
    return _svg(width, end + 38, name, heard, [*grid, *parts])


def matrix(
    name: str,
    axes: tuple[str, str],
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Sequence[Sequence[tuple[int, str] | None]],
) -> str:
    """Draw counts in a grid; the stronger a cell's colour, the greater its share of the row.

    Args:
        name: title of the figure.
        axes: names of rows and columns.
        rows: labels of the rows.
        columns: labels of the columns.
        cells: for each row, counts with a remark beneath, or None for impossible cells.
    """
    left, top, wide, high = 84, 44, 74, 42
    width = left + wide * len(columns) + 2
    middle = left + wide * len(columns) / 2
    parts = [_text(middle, 13, axes[1], anchor="middle"), _text(0, 35, axes[0])]
    parts += [
        _text(left + wide * (place + 0.5), 35, label, "title", "middle")
        for place, label in enumerate(columns)
    ]
    heard: list[str] = []
    for down, (label, row) in enumerate(zip(rows, cells, strict=True)):
        y = top + high * down
        whole = sum(cell[0] for cell in row if cell) or 1
        parts.append(_text(left - 8, y + high / 2 + 4, label, "title", "end"))
        for across, cell in enumerate(row):
            if cell is None:
                continue
            count, remark = cell
            x = left + wide * across
            tip = f"{axes[0]} {label}, {axes[1]} {columns[across]}: {count} {remark}".rstrip()
            heard.append(tip)
            box = f'x="{x}" y="{y}" width="{wide}" height="{high}"'
            parts.append(f'<g class="s1"><title>{_clean(tip)}</title>')
            parts.append(f'<rect class="cell" {box} fill-opacity="{0.5 * count / whole:.2f}"/></g>')
            centre, lift = x + wide / 2, 4 if remark else 0
            weight: Literal["title", ""] = "title" if count else ""
            parts.append(_text(centre, y + high / 2 + 4 - lift, str(count), weight, "middle"))
            if remark:
                parts.append(_text(centre, y + high - 8, remark, "small", "middle"))
    return _svg(width, top + high * len(rows) + 2, name, heard, parts)


def reliability_chart(name: str, bins: Sequence[Bin]) -> str:
    """Draw the share of correct predictions by confidence, with the ideal diagonal."""
    left, top, plot_x, plot_y, width = 52, 10, 308, 200, 380
    floor = top + plot_y
    step = plot_x / len(bins)
    parts: list[str] = []
    for tick in _TICKS:
        y = floor - tick * plot_y
        parts.append(f'<path class="grid" d="M{left} {y}h{plot_x}"/>')
        parts.append(_text(left - 6, y + 4, f"{tick:.2f}", anchor="end"))
        parts.append(_text(left + tick * plot_x, floor + 16, f"{tick:.2f}", anchor="middle"))
    heard: list[str] = []
    for place, group in enumerate(bins):
        x = left + place * step
        parts.append(_text(x + step / 2, floor + 50, str(group.count), "small", "middle"))
        if group.share is None:
            continue
        tall = group.share * plot_y
        tip = (
            f"mean confidence {number(group.confidence)}: {group.right} of {group.count} right "
            f"({group.share:.2f})"
        )
        heard.append(tip)
        box = f'x="{x + 2:.1f}" y="{floor - tall:.1f}" width="{step - 4:.1f}" height="{tall:.1f}"'
        parts.append(f'<g class="s1"><title>{tip}</title><rect class="bar" {box}/></g>')
    parts += [
        f'<path class="ideal" d="M{left} {floor}l{plot_x} -{plot_y}"/>',
        f'<path class="axis" d="M{left} {floor}h{plot_x}"/>',
        _text(left + plot_x / 2, floor + 33, "confidence", anchor="middle"),
        _text(left - 6, floor + 50, "n", "small", "end"),
        f'<g transform="translate(10 {top + plot_y / 2}) rotate(-90)">'
        + _text(0, 0, "share that is right", anchor="middle")
        + "</g>",
    ]
    return _svg(width, floor + 56, name, heard, parts)


def _svg(width: float, height: float, name: str, heard: Sequence[str], parts: Sequence[str]) -> str:
    head = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
    label = _clean(f"{name}. {'; '.join(heard)}.")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {head} role="img" aria-label="{label}">'
        f"<title>{_clean(name)}</title>{''.join(parts)}</svg>"
    )


def _lines(left: float, plot: float, top: float, floor: float) -> list[str]:
    """Return vertical lines at the ticks from 0 to 1."""
    return [
        f'<path class="{"grid" if tick else "axis"}" d="M{left + tick * plot} {top}V{floor}"/>'
        for tick in _TICKS
    ]


def _axis(left: float, plot: float, floor: float, label: str) -> list[str]:
    """Return the labels of the ticks, and the axis label beneath them."""
    ticks = [_text(left + tick * plot, floor + 14, f"{tick:g}", anchor="middle") for tick in _TICKS]
    return [*ticks, _text(left + plot / 2, floor + 31, label, anchor="middle")]


def _text(
    x: float,
    y: float,
    text: str,
    style: Literal["", "title", "small"] = "",
    anchor: Literal["start", "middle", "end"] = "start",
) -> str:
    look = f' class="{style}"' if style else ""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{look}>{_clean(text)}</text>'


def _clean(text: str) -> str:
    """Return text escaped for XML, without control characters, which XML forbids."""
    return escape(plain(text))


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _said(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return number(estimate.value)
    return f"{number(estimate.value)} ({estimate.low:.2f} to {estimate.high:.2f})"
