"""Curves on the page: every chart of a fixed height, still when data arrives, no colour alone.

A curve has at most `POINTS` points, whatever the length of the run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import streamlit as st

from ghost_engine.training.curves import Curves, Numbers, Series, Shown

POINTS, FEW_POINTS = 400, 250  # a wide chart has some 500 pixels, a narrow one 300
TALL, LOW = 250, 170
_LONG = 300
ACCENT, GREY, AMBER, GREEN, RED = "#6470dc", "#9aa2ad", "#c9811c", "#2f9e63", "#d14b4b"
"""In the middle of light and dark; the same hues as the theme's."""

Kind = Literal["solid", "dashed", "dots"]


@dataclass(frozen=True, slots=True)
class Line:
    """One curve of a chart."""

    name: str
    series: Series
    colour: str = ACCENT
    width: float = 1.8
    kind: Kind = "solid"


def draw_curves(
    curves: Curves, shown: Shown, total_steps: int | None, restarts: Sequence[int] = ()
) -> None:
    """Loss and drafts above, the rate, the gradient and the speed below.

    Args:
        shown: what was drawn of them before.
        restarts: the steps at which another attempt took over.
    """

    def seen(name: str, points: int = FEW_POINTS) -> Series:
        return shown.see(name, curves[name], points)

    smooth = shown.see("smoothed", curves["loss"], POINTS, Series.smoothed)
    left, right = st.columns([3, 2], gap="small")
    with left:
        chart(
            "loss",
            "Loss",
            [
                Line("each step", seen("loss", POINTS), GREY, 0.8),
                Line("smoothed", smooth, ACCENT, 2.2),
                Line("validation", seen("eval_loss"), AMBER, 2, "dots"),
            ],
            until=total_steps,
            top=_ceiling(curves["loss"]),
            marks=restarts,
        )
    with right:
        chart(
            "drafts",
            "Validation drafts",
            [
                Line("share that runs", seen("valid_share"), GREEN, 2, "dots"),
                Line("score", seen("score"), ACCENT, 2, "dots"),
            ],
            until=total_steps,
            bottom=0.0,
            top=1.0,
        )
    for column, (name, title, unit) in zip(st.columns(3, gap="small"), _BELOW, strict=True):
        with column:
            line = Line(unit or title.lower(), seen(name), width=1.4)
            chart(name, title, [line], until=total_steps, height=LOW)


_BELOW = (
    ("learning_rate", "Learning rate", ""),
    ("grad_norm", "Gradient norm", ""),
    ("tokens_per_second", "Speed", "tokens/s"),
)


def chart(
    key: str,
    title: str,
    lines: Sequence[Line],
    *,
    until: float | None = None,
    bottom: float | None = None,
    top: float | None = None,
    height: int = TALL,
    by_time: bool = False,
    marks: Sequence[float] = (),
    limits: Mapping[str, float] | None = None,
    empty: str = "Nothing measured yet.",
) -> None:
    """One chart.

    Args:
        until: the right end of the axis, so that it does not move with every step.
        bottom, top: the ends of the values, where they should not follow them.
        by_time: places are seconds since 1970, not steps.
        marks: places of vertical lines.
        limits: values of horizontal lines, by name.
    """
    known = [line for line in lines if len(line.series)]
    axis: dict[str, Any] = {"type": "time"} if by_time else {"type": "value", "min": 0}
    if until and not by_time:
        axis["max"] = until
    if not by_time:
        axis["minInterval"] = 1
    values: dict[str, Any] = {"type": "value", "scale": True, "splitNumber": 4}
    if top is not None:
        values["max"] = top
    if bottom is not None:
        values |= {"min": bottom, "scale": False}
    if bottom is not None and top is not None:
        values["interval"] = (top - bottom) / 4
    spec = {
        "animation": False,
        "title": {
            "text": title,
            "subtext": "" if known else empty,
            "left": 0,
            "top": 4,
            "textStyle": {"fontSize": 13, "fontWeight": 600},
        },
        "legend": {"show": len(known) > 1, "right": 0, "top": 4, "itemWidth": 16, "itemHeight": 8},
        "grid": {"left": 4, "right": 18, "top": 38, "bottom": 4, "containLabel": True},
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": axis | {"splitLine": {"show": False}},
        "yAxis": values,
        "series": [_series(line, by_time) for line in known],
    }
    if known and (marks or limits):
        spec["series"][0]["markLine"] = _mark_lines(marks, limits or {})  # type: ignore[index]
    st.echarts_chart(spec, height=height, key=f"chart-{key}", alt=_in_words(title, known, empty))


def _ceiling(loss: Series) -> float | None:
    """The upper end of a long run's losses: its first steps would press all others flat."""
    if len(loss) < _LONG:
        return None
    highest = max(0.0, float(loss.y[len(loss) // 50 :].max()))
    return float(f"{1.1 * highest:.2g}") or None


def _series(line: Line, by_time: bool) -> dict[str, Any]:
    places = line.series.x * 1000 if by_time else line.series.x
    values = _short(line.series.y)
    return {
        "name": line.name,
        "type": "line",
        "color": line.colour,
        "lineStyle": {
            "width": line.width,
            "type": "dashed" if line.kind == "dashed" else "solid",
        },
        "showSymbol": line.kind == "dots" and len(values) <= 60,
        "symbolSize": 6,
        "data": np.column_stack((places, values)).tolist(),
        "emphasis": {"disabled": True},
    }


def _short(values: Numbers) -> Numbers:
    """Rounded to five digits: a screen shows no more, and the line to the browser carries less."""
    largest = float(np.abs(values).max(initial=0.0))
    digits = 4 - math.floor(math.log10(largest)) if largest else 0
    return np.round(values, digits)


def _mark_lines(marks: Sequence[float], limits: Mapping[str, float]) -> dict[str, Any]:
    return {
        "silent": True,
        "symbol": "none",
        "label": {"position": "insideEndTop", "formatter": "{b}", "fontSize": 10},
        "lineStyle": {"color": GREY, "type": "dashed", "width": 1},
        "data": [
            *({"xAxis": mark, "name": ""} for mark in marks),
            *({"yAxis": value, "name": name} for name, value in limits.items()),
        ],
    }


def _in_words(title: str, lines: Sequence[Line], empty: str) -> str:
    if not lines:
        return f"{title}: {empty}"
    return f"{title}: " + ", ".join(f"{line.name} now {line.series.last:.4g}" for line in lines)
