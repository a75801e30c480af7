"""The card while a run is on it: what is held now, by whom, the peak and the limit; and afterwards
what was predicted beside what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.train import rented
from app.train.charts import ACCENT, AMBER, FEW_POINTS, GREEN, GREY, LOW, RED, Line, chart
from ghost_engine.jobs.folder import read_json
from ghost_engine.jobs.records import Run
from ghost_engine.training.curves import OF_CARD, Curves, Series, Shown
from ghost_engine.training.summary import settings_of

MEMORY = "memory.json"
_CARDS = (ACCENT, AMBER, GREEN, RED)
_NAMES = {
    "weights": "Weights",
    "adapters": "Adapters",
    "gradients": "Gradients",
    "optimizer": "Optimizer",
    "activations": "Activations",
    "logits": "Logits",
    "vision": "Vision tower",
    "workspace": "Workspace",
}


def draw_card(run: Run, card: Curves, shown: Shown) -> None:
    """What the card holds and how busy it is, by time; on the processor, a word."""
    if not rented.has_card(run):
        st.caption(":material/memory: This run is on the processor: there is no card to watch.")
        return
    limits = limits_of(run, card)
    st.caption(":material/memory: " + card_words(card, limits, cards_of(run, card)))

    def lines(name: str, alone: Sequence[Line]) -> list[Line]:
        return _each(run, card, shown, name) or list(alone)

    def seen(name: str) -> Series:
        return shown.see(name, card[name], FEW_POINTS)

    wide, busy, warm = st.columns([2, 1, 1], gap="small")
    with wide:
        chart(
            "vram",
            "Memory of each card, GiB" if card.cards else "Memory of the card, GiB",
            lines(
                "used_gib",
                [
                    Line("whole card", seen("used_gib"), GREY, 1.4),
                    Line("this run", seen("process_gib"), ACCENT, 1.8),
                ],
            ),
            by_time=True,
            height=LOW,
            bottom=0.0,
            top=max(limits.values(), default=None),
            limits=limits,
        )
    with busy:
        busy_lines = lines("utilization", [Line("busy", seen("utilization"), ACCENT, 1.2)])
        chart("busy", "Busy, %", busy_lines, by_time=True, height=LOW, bottom=0.0, top=100.0)
    with warm:
        heat = lines("temperature", [Line("temperature", seen("temperature"), AMBER, 1.2)])
        chart("heat", "Temperature, °C", heat, by_time=True, height=LOW)


def cards_of(run: Run, card: Curves) -> tuple[int, ...]:
    """The numbers of a run's cards, where it has several; others of the machine are left out."""
    asked = settings_of(run).get("gpus")
    return card.cards[:asked] if isinstance(asked, int) else card.cards


def _each(run: Run, card: Curves, shown: Shown, name: str) -> list[Line]:
    """A line a card; colours repeat after four, dashed."""
    found = []
    for place, number in enumerate(cards_of(run, card)):
        own = f"{name}{OF_CARD}{number}"
        colour = _CARDS[place % len(_CARDS)]
        series = shown.see(own, card[own], FEW_POINTS)
        kind: Any = "dashed" if place // len(_CARDS) % 2 else "solid"
        found.append(Line(f"card {number}", series, colour, 1.4, kind))
    return found


def card_words(card: Curves, limits: Mapping[str, float], cards: Sequence[int] = ()) -> str:
    """The card in a line: now, by whom, peak, limit, use, temperature; several, each now and at
    its peak."""
    used, own = card["used_gib"], card["process_gib"]
    if used.last is None:
        return "The card was not looked at yet."
    if cards:
        return " · ".join(
            [
                *(_held(number, card[f"used_gib{OF_CARD}{number}"]) for number in cards),
                *(f"{value:.1f} {name}" for name, value in limits.items()),
            ]
        )
    parts = [f"{used.last:.1f} GiB held now", f"{used.peak:.1f} at the peak"]
    parts += [f"{value:.1f} {name}" for name, value in limits.items()]
    if own.last is not None:
        parts.append(f"{own.last:.1f} by this run, {max(0.0, used.last - own.last):.1f} by others")
    parts += _now("{:.0f} % busy", card["utilization"]) + _now("{:.0f} °C", card["temperature"])
    return " · ".join(parts)


def draw_prediction(run: Run) -> None:
    """memory.json: the predicted peak by part, and what was measured."""
    document = read_json(run.path / MEMORY) or {}
    predicted, measured = document.get("predicted"), document.get("measured")
    if not isinstance(predicted, dict):
        st.caption("The prediction is made once the model is loaded.")
        return
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Predicted and measured**")
        st.markdown(_table(("GiB", "Predicted", "Measured"), _compared(predicted, measured)))
        st.caption(_verdict(document.get("error"), measured, run))
    with right:
        st.markdown("**What the predicted peak is made of**")
        parts = predicted.get("parts") or {}
        rows = [(_NAMES.get(name, name), f"{gib:.2f}") for name, gib in parts.items() if gib]
        st.markdown(_table(("Part", "GiB"), rows))
        st.caption(
            f"At its peak: {predicted.get('moment', '')}. Loader: {predicted.get('loader')}."
        )


def _compared(predicted: dict[str, Any], measured: Any) -> list[tuple[str, ...]]:
    known = measured if isinstance(measured, dict) else {}
    rows = (
        ("Allocated by torch", "allocated_gib", "allocated_gib"),
        ("Reserved by torch", "reserved_gib", "reserved_gib"),
        ("On the card", "total_gib", "device_gib"),
    )
    return [(name, _gib(predicted.get(a)), _gib(known.get(b))) for name, a, b in rows]


def _verdict(error: Any, measured: Any, run: Run) -> str:
    if isinstance(error, int | float):
        more = "more" if error >= 0 else "less"
        return f"Predicted {abs(error):.1%} {more} than was measured."
    if measured is None and not rented.has_card(run):
        return "On the processor nothing is measured: the card's memory is what is predicted."
    return "Measured once the run has trained to its end."


def limits_of(run: Run, card: Curves) -> dict[str, float]:
    """The card's size and what the run was allowed, GiB."""
    limits = {}
    if (total := card["total_gib"].last) is not None:
        limits["on the card"] = total
    allowed = settings_of(run).get("memory_limit_gib")
    if isinstance(allowed, int | float):
        limits["allowed"] = float(allowed)
    return limits


def _held(number: int, used: Series) -> str:
    return f"card {number}: {used.last or 0.0:.1f} GiB held now, {used.peak or 0.0:.1f} at the peak"


def _now(form: str, series: Series) -> list[str]:
    return [] if series.last is None else [form.format(series.last)]


def _gib(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, int | float) else "–"


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    rule = "|".join([" :-- ", *(" --: " for _ in heads[1:])])
    lines = [" | ".join(heads), rule, *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)
