"""Curves as small SVG pictures in the colours of whatever page they are on.

Text and axes take the page's own colour, so that light and dark both work without asking which.
A curve has at most `POINTS` points, whatever the length of the run.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from ghost_engine.training.curves import Series

POINTS = 300
WIDTH, HEIGHT = 440, 190
ACCENT, GREY, AMBER, GREEN = "#6470dc", "#8b93a0", "#c9811c", "#2f9e63"
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 40, 22
_TICKS = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One curve of a chart; `dots` for one that has few points."""

    name: str
    series: Series
    colour: str = ACCENT
    width: float = 1.8
    dots: bool = False


@dataclass(frozen=True, slots=True)
class _Axes:
    """The values at the edges of the drawing."""

    left: float
    right: float
    bottom: float
    top: float

    def x(self, value: float) -> float:
        share = (value - self.left) / (self.right - self.left)
        return _LEFT + share * (WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        share = (min(value, self.top) - self.bottom) / (self.top - self.bottom)
        return HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM)


def chart(
    title: str,
    lines: Sequence[Line],
    *,
    until: float | None = None,
    bottom: float | None = None,
    top: float | None = None,
    limits: Mapping[str, float] | None = None,
    axis: str = "step",
    empty: str = "Nothing measured yet.",
) -> str:
    """One chart, as SVG.

    Args:
        until: the right end of the axis, so that it does not move with every step.
        bottom, top: the ends of the values, where they should not follow them.
        limits: values of horizontal lines, by name.
        axis: what the places are counted in.
    """
    known = [line for line in lines if len(line.series)]
    words = _in_words(title, known, empty)
    head = (
        f'<svg role="img" aria-label="{escape(words)}" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' style="width:{WIDTH}px;max-width:100%;font:11px system-ui,sans-serif">'
        f'<text x="2" y="13" fill="currentColor" font-size="13" font-weight="600">'
        f"{escape(title)}</text>"
    )
    if not known:
        return f"{head}{_label(2, 34, empty, 'start')}</svg>"
    axes = _axes(known, until, bottom, top, limits or {})
    parts = [*_grid(axes, axis), *_limits(axes, limits or {}), *_legend(known)]
    parts += [part for line in known for part in _draw(line, axes)]
    return head + "".join(parts) + "</svg>"


def _axes(
    lines: Sequence[Line],
    until: float | None,
    bottom: float | None,
    top: float | None,
    limits: Mapping[str, float],
) -> _Axes:
    right = until or max(float(line.series.x[-1]) for line in lines)
    low = min(float(line.series.y.min()) for line in lines) if bottom is None else bottom
    high = max(line.series.peak or 0.0 for line in lines) if top is None else top
    high = max([high, *limits.values()])
    room = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
    return _Axes(
        0.0,
        max(right, 1e-9),
        low - room if bottom is None else bottom,
        high + room if top is None else max(top, high),
    )


def _grid(axes: _Axes, axis: str) -> Iterator[str]:
    end = WIDTH - _RIGHT
    for value in _ticks(axes.bottom, axes.top):
        y = axes.y(value)
        yield f'<path d="M{_LEFT} {y:.1f}H{end}" stroke="currentColor" opacity=".15"/>'
        yield _label(_LEFT - 5, y + 4, _number(value), "end")
    for value in _ticks(axes.left, axes.right, whole=axis == "step"):
        yield _label(axes.x(value), HEIGHT - 6, _number(value), "middle")
    yield _label(2, HEIGHT - 6, axis, "start")


def _limits(axes: _Axes, limits: Mapping[str, float]) -> Iterator[str]:
    for name, value in limits.items():
        y = axes.y(value)
        line = f"M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}"
        yield f'<path d="{line}" stroke="{GREY}" stroke-dasharray="4 3"/>'
        yield _label(WIDTH - _RIGHT, y + 12, name, "end")


def _legend(lines: Sequence[Line]) -> Iterator[str]:
    """Names with the last values, in a row below the title; the sign tells them apart too."""
    place = 2.0
    for line in lines:
        words = f"{line.name} {_number(line.series.last or 0.0)}"
        sign = "●" if line.dots else "▬"
        yield f'<text x="{place:.0f}" y="29" fill="{line.colour}">{sign}</text>'
        yield _label(place + 13, 29, words, "start")
        place += 27 + 6.1 * len(words)


def _draw(line: Line, axes: _Axes) -> Iterator[str]:
    seen = line.series.thinned(POINTS)
    points = [(axes.x(x), axes.y(y)) for x, y in zip(seen.x.tolist(), seen.y.tolist(), strict=True)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    yield (
        f'<polyline points="{path}" fill="none" stroke="{line.colour}"'
        f' stroke-width="{line.width}" stroke-linejoin="round"/>'
    )
    for x, y in points if line.dots or len(points) == 1 else ():
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{line.colour}"/>'


def _label(x: float, y: float, words: str, anchor: str) -> str:
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" fill="currentColor" opacity=".75"'
        f' text-anchor="{anchor}">{escape(words)}</text>'
    )


def _ticks(low: float, high: float, whole: bool = False) -> list[float]:
    """A few round values between two."""
    rough = (high - low) / _TICKS
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * each for each in (1, 2, 5, 10) if size * each >= rough)
    step = max(1.0, step) if whole else step
    first = math.ceil(low / step)
    return [step * each for each in range(first, math.floor(high / step + 1e-9) + 1)]


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _in_words(title: str, lines: Sequence[Line], empty: str) -> str:
    if not lines:
        return f"{title}: {empty}"
    return f"{title}: " + ", ".join(f"{line.name} now {line.series.last:.4g}" for line in lines)
