"""A picture of an actor's statements over time: a lane for each kind, a symbol for each day."""

from __future__ import annotations

import datetime
import math
from collections import Counter
from collections.abc import Iterable, Iterator

from communique.render.reader import MONTHS
from communique.report.digest import Line
from communique.statements import KINDS, Kind

__all__ = ["draw_timeline"]

_WIDTH, _LEFT, _RIGHT, _LANE, _FOOT = 720, 104, 16, 26, 22
_MOST_PLACES = 80
_MOST_TICKS = 9


def draw_timeline(lines: Iterable[Line], dates: tuple[datetime.date, datetime.date]) -> str:
    """Return an SVG image of the statements whose articles have a date.

    Args:
        lines: the statements.
        dates: the first and the last day to show.
    """
    first, last = dates
    days = max((last - first).days, 1)
    width = math.ceil(days / _MOST_PLACES)  # days that share a symbol
    found: Counter[tuple[Kind, int]] = Counter()
    for line in lines:
        if line.entry.date is not None:
            found[line.kind, (line.entry.date - first).days // width] += 1
    height = _LANE * len(KINDS) + _FOOT

    def across(day: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * day / days

    told = f"Statements by kind, {first.isoformat()} to {last.isoformat()}"
    parts = [
        f'<svg class="timeline" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{told}">'
    ]
    for day, label in _ticks(first, last):
        x = across(day)
        parts.append(
            f'<line class="tick" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height - _FOOT}"/>'
            f'<text class="label" x="{x:.1f}" y="{height - 6}" text-anchor="middle">{label}</text>'
        )
    lanes = {kind: _LANE * place + _LANE / 2 for place, kind in enumerate(KINDS)}
    for kind_name, kind in KINDS.items():
        y = lanes[kind_name]
        parts.append(
            f'<line class="lane" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>'
            f'<text class="label" x="0" y="{y + 4}">{kind.heading}</text>'
        )
    for (kind_name, place), count in sorted(found.items()):
        begin = first + datetime.timedelta(days=place * width)
        x = across(min(place * width + (width - 1) / 2, days))
        told = f"{begin.isoformat()}: {count}"
        if width > 1:
            told = f"from {begin.isoformat()}, {width} days: {count}"
        size = min(26, 11 + 3 * math.sqrt(count - 1))
        parts.append(
            f'<text class="{kind_name}" x="{x:.1f}" y="{lanes[kind_name]}" font-size="{size:.0f}" '
            f'text-anchor="middle" dominant-baseline="central"><title>{told}</title>'
            f"{KINDS[kind_name].symbol}</text>"
        )
    return "".join([*parts, "</svg>"])


def _ticks(first: datetime.date, last: datetime.date) -> Iterator[tuple[int, str]]:
    """Yield days from the first, with labels: years, months or days, whichever are few."""
    months = (last.year - first.year) * 12 + last.month - first.month
    if months == 0:
        step = max(1, math.ceil(((last - first).days + 1) / _MOST_TICKS))
        for day in range(0, (last - first).days + 1, step):
            date = first + datetime.timedelta(days=day)
            yield day, f"{date.day} {MONTHS[date.month - 1][:3]}"
        return
    steps = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000, 12000)
    step = next(step for step in steps if months / step <= _MOST_TICKS)
    for month in range(months + 1):
        year, place = divmod(first.month - 1 + month, 12)
        year += first.year
        if (year * 12 + place) % step == 0:
            day = (datetime.date(year, place + 1, 1) - first).days
            if day >= 0:
                yield day, str(year) if place == 0 else f"{MONTHS[place][:3]} {year}"
