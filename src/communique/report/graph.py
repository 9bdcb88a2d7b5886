"""A picture of who threatens, opposes, supports and agrees with whom: actors on an ellipse."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from communique.render.safe_text import plain
from communique.report.relations import RELATIONS

if TYPE_CHECKING:
    from communique.report.relations import Names, Pair, Relation, Relations

__all__ = ["draw_graph"]

_WIDTH, _HEIGHT = 860, 470
_RADII = (265, 205)
_MOST_CURVES = 48
_LONGEST_LABEL = 26


class _Point(NamedTuple):
    x: float
    y: float


def draw_graph(relations: Relations, names: Names) -> str:
    """Return an SVG image. Colors and dashes are those of the CSS classes of relations."""
    order = _around(relations)
    points = {key: _place(place, len(order)) for place, key in enumerate(order)}
    radii = _radii(relations)
    told = f"Relations among {len(order)} actors; the table below has the same figures"
    parts = [
        f'<svg class="graph" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{told}"><defs>'
    ]
    parts += [
        f'<marker id="arrow-{name}" class="{name}" viewBox="0 0 8 8" refX="7" refY="4" '
        'markerWidth="11" markerHeight="11" markerUnits="userSpaceOnUse" orient="auto">'
        '<path d="M0,0.8 L8,4 L0,7.2 z"/></marker>'
        for name in RELATIONS
    ]
    parts.append("</defs>")
    curves = _curves(relations)
    most = max((count for _, _, count, _ in curves), default=1)
    for pair, relation, count, bend in curves:
        ends = (points[pair.actor], points[pair.other])
        rims = (radii[pair.actor], radii[pair.other])
        told = (
            f"{names.shown(pair.actor)} {relation.verb} {names.shown(pair.other)}: {count} "
            f"statement{'s' if count > 1 else ''}"
        )
        # thin lines where all are single, else up to 5 wide
        width = 1.1 + min(most - 1, 4) * count / most
        arrow = "" if relation.is_mutual else f' marker-end="url(#arrow-{relation.name})"'
        parts.append(
            f'<g class="curve {relation.name}" data-ends="{order.index(pair.actor)} '
            f'{order.index(pair.other)}"><title>{_text(told)}</title>'
            f'<path d="{_path(*ends, rims, bend)}" stroke-width="{width:.1f}"'
            f"{arrow}/></g>"
        )
    parts += [
        _node(place, points[key], radii[key], names.shown(key)) for place, key in enumerate(order)
    ]
    parts.append("</svg>")
    return "".join(parts)


def _radii(relations: Relations) -> dict[str, float]:
    """Return the radius of each actor's node: its area grows with its relations."""
    weights: dict[str, float] = defaultdict(float)
    for pair in relations.pairs.values():
        weights[pair.actor] += pair.weight
        weights[pair.other] += pair.weight
    most = max(weights.values(), default=1)
    return {key: 4 + 10 * math.sqrt(weight / most) for key, weight in weights.items()}


def _around(relations: Relations) -> list[str]:
    """Return the actors so that those with many relations are neighbors."""
    ties: dict[frozenset[str], float] = defaultdict(float)
    for pair in relations.pairs.values():
        ties[frozenset((pair.actor, pair.other))] += pair.weight
    left = list(relations.actors)
    order = left[:1]
    del left[:1]
    while left:
        ends = (order[0], order[-1])
        best = max(left, key=lambda key: max(ties[frozenset((key, end))] for end in ends))
        at_front = ties[frozenset((best, ends[0]))] > ties[frozenset((best, ends[1]))]
        order.insert(0 if at_front else len(order), best)
        left.remove(best)
    return order


def _place(place: int, count: int) -> _Point:
    angle = 2 * math.pi * (place + 0.5) / count - math.pi / 2
    return _Point(
        _WIDTH / 2 + _RADII[0] * math.cos(angle), _HEIGHT / 2 + _RADII[1] * math.sin(angle)
    )


def _curves(relations: Relations) -> list[tuple[Pair, Relation, int, float]]:
    """Return the strongest relations, each with its bend: none lies on another."""
    found = [
        (pair, relation, count)
        for pair in relations.pairs.values()
        for relation, count in pair.counts
        if not relation.is_mutual or pair.actor < pair.other
    ]
    # Agreements of many would crowd out everything else.
    found.sort(key=lambda item: (item[1].is_mutual, -item[2], -item[0].weight))
    lanes: Counter[frozenset[str]] = Counter()
    curves: list[tuple[Pair, Relation, int, float]] = []
    for pair, relation, count in found[:_MOST_CURVES]:
        between = frozenset((pair.actor, pair.other))
        curves.append((pair, relation, count, 0.18 + 0.16 * lanes[between]))
        lanes[between] += 1
    return curves


def _path(start: _Point, end: _Point, rims: tuple[float, float], bend: float) -> str:
    """Return a curve between the rims of two nodes, bent toward the center."""
    middle = _Point((start.x + end.x) / 2, (start.y + end.y) / 2)
    center = _Point(_WIDTH / 2, _HEIGHT / 2)
    across = _Point(-(end.y - start.y), end.x - start.x)  # opposites are bent apart
    control = _Point(
        middle.x + bend * (center.x - middle.x) + 0.5 * bend * across.x * 0.4,
        middle.y + bend * (center.y - middle.y) + 0.5 * bend * across.y * 0.4,
    )
    a, b = _toward(start, control, rims[0] + 1), _toward(end, control, rims[1] + 3)
    return f"M{a.x:.1f},{a.y:.1f} Q{control.x:.1f},{control.y:.1f} {b.x:.1f},{b.y:.1f}"


def _toward(point: _Point, aim: _Point, distance: float) -> _Point:
    length = math.hypot(aim.x - point.x, aim.y - point.y) or 1
    share = distance / length
    return _Point(point.x + share * (aim.x - point.x), point.y + share * (aim.y - point.y))


def _node(place: int, point: _Point, radius: float, name: str) -> str:
    is_right = point.x > _WIDTH / 2 + 1
    x = point.x + (radius + 6) * (1 if is_right else -1)
    label = name if len(name) <= _LONGEST_LABEL else f"{name[: _LONGEST_LABEL - 1].rstrip()}…"
    return (
        f'<g class="node" data-node="{place}"><title>{_text(name)}</title>'
        f'<circle cx="{point.x:.1f}" cy="{point.y:.1f}" r="{radius:.1f}"/>'
        f'<text x="{x:.1f}" y="{point.y + 4.5:.1f}" text-anchor="{"start" if is_right else "end"}">'
        f"{_text(label)}</text></g>"
    )


def _text(text: str) -> str:
    return escape(plain(text))
