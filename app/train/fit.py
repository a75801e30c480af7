"""Will it fit: the predicted peak by part, as one bar against the card, with what is left over."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import streamlit as st

from app.components.words import plain
from app.train import machine
from app.train.order import Order
from app.train.presets import estimate
from ghost_engine.errors import ConfigError
from ghost_engine.hardware import KNOWN_CARDS, Card
from ghost_engine.training.memory import Estimate

MEANINGS = {
    "weights": "the frozen model",
    "adapters": "what is trained",
    "gradients": "one number a trained parameter",
    "optimizer": "Adam's two moments",
    "activations": "what the backward pass needs again",
    "logits": "scores of every word, at the loss",
    "vision": "what the vision tower keeps",
    "workspace": "a layer at work",
    "reserve": "what the allocator keeps in blocks",
    "context": "CUDA and its kernels",
}
_SMALLEST_GIB = 0.005
_ACCENT = "91 103 216"  # between the accents of the light and the dark theme
_FADE = 72  # percent, from the first part to the last
_NONE = "none"
_STYLE = """
<style>
.fit { font-size: 0.8125rem; }
.fit .bar { position: relative; display: flex; height: 1.5rem; border-radius: 4px;
  gap: 1px; overflow: hidden; background: color-mix(in srgb, currentColor 7%, transparent); }
.fit .bar span { flex: 0 1 auto; height: 100%; }
.fit .line { position: absolute; top: 0; bottom: 0; width: 0;
  border-left: 2px dashed currentColor; }
.fit .ends { display: flex; justify-content: space-between; opacity: 0.75; margin: 2px 0 6px; }
.fit .parts { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr));
  gap: 1px 1.25rem; }
.fit .parts div { display: flex; align-items: center; gap: 0.4rem; }
.fit .parts i { width: 0.65rem; height: 0.65rem; border-radius: 2px; flex: none; }
.fit .parts b { margin-left: auto; font-weight: 500; font-variant-numeric: tabular-nums; }
</style>
"""


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of the bar."""

    name: str
    gib: float
    colour: str


def draw(order: Order) -> None:
    """The bar for the configuration in the form, and the choice of the card it is held against."""
    present = machine.here().cards
    names = [*(("here",) if present else ()), *KNOWN_CARDS]
    card, own = machine.card_of(order.config, order.preset, order.card)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        which = "the card" if order.config.gpus == 1 else "each card"
        st.markdown(f"**Memory of {which}**", width="stretch")
        key = f"card-{order.revision}"
        if order.config.device == "cpu":
            names = [_NONE, *names]
        known = (name for name, each in KNOWN_CARDS.items() if each == card)
        planned = _NONE if card is None else "here" if own else next(known)
        st.selectbox(
            "Card to plan for",
            names,
            index=names.index(planned),
            key=key,
            format_func=lambda name: _label(name, present[0] if present else None),
            label_visibility="collapsed",
            width=230,
            on_change=_take,
            args=(order, key),
        )
    if card is None:
        st.caption("It trains on the processor: no card is needed.")
        return
    try:
        found = estimate(order.config, card, own)
    except ConfigError as error:
        st.caption(plain(f"Not predicted: {error.message}"))
        return
    _verdict(found, card, dora=order.config.use_dora)
    st.html(bar(found, card))


def segments(found: Estimate) -> tuple[Segment, ...]:
    """The parts of an estimate in order; they add up to its total."""
    sizes = {name: gib for name, gib in found.parts.items() if gib >= _SMALLEST_GIB}
    shown = []
    for place, (name, gib) in enumerate(sizes.items()):
        share = 100 - round(_FADE * place / max(1, len(sizes) - 1))
        shown.append(Segment(name, gib, f"rgb({_ACCENT} / {share}%)"))
    for name, gib, share in (
        ("reserve", found.reserved_gib - found.allocated_gib, 45),
        ("context", found.context_gib, 30),
    ):
        grey = f"color-mix(in srgb, currentColor {share}%, transparent)"
        shown.append(Segment(name, gib, grey))
    return tuple(shown)


def bar(found: Estimate, card: Card) -> str:
    """The bar, its ends and its parts in HTML; nothing a person wrote goes into it."""
    whole = max(card.total_gib, found.total_gib) or 1.0
    parts = segments(found)
    pieces = "".join(
        f'<span style="width:{100 * part.gib / whole:.3f}%;background:{part.colour}"'
        f' title="{part.name}: {part.gib:.2f} GiB, {escape(MEANINGS[part.name])}"></span>'
        for part in parts
    )
    over = found.total_gib > card.total_gib
    left = card.total_gib - found.total_gib
    if not over:
        pieces += f'<span style="flex:1" title="left over: {left:.2f} GiB"></span>'
    line = f'<div class="line" style="left:{100 * card.total_gib / whole:.2f}%"></div>'
    rows = "".join(
        f'<div title="{escape(MEANINGS[part.name])}"><i style="background:{part.colour}"></i>'
        f"{part.name}<b>{part.gib:.2f}</b></div>"
        for part in parts
    )
    said = f"{found.total_gib:.1f} of {card.total_gib:.1f} GiB"
    ends = f"<span>peak in the {escape(found.moment)}, loader {found.loader}</span>"
    ends = ends.replace("in the loss", "at the loss").replace("in the optimizer", "at the step")
    return (
        f'{_STYLE}<div class="fit"><div class="bar" role="img" aria-label="{said}">'
        f"{pieces}{line if over else ''}</div>"
        f'<div class="ends">{ends}<span>{escape(card.name)}, {card.total_gib:.1f} GiB</span></div>'
        f'<div class="parts">{rows}</div></div>'
    )


def _verdict(found: Estimate, card: Card, *, dora: bool) -> None:
    margin = found.margin_gib or 0.0
    remedies = "a shorter context, a lower rank" + (", no DoRA" if dora else "")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if found.fits:
            st.badge("Fits", icon=":material/check:", color="green")
            left = f"{margin:.1f} GiB left over"
        else:
            st.badge("Does not fit", icon=":material/warning:", color="orange")
            left = (
                f"{-margin:.1f} GiB too much: try {remedies}"
                if margin < 0
                else f"{margin:.1f} GiB left over is too little to be sure"
            )
        said = f"**{found.total_gib:.1f}** of {card.total_gib:.1f} GiB, {left}."
        st.markdown(said, width="stretch")


def _take(order: Order, key: str) -> None:
    if key == f"card-{order.revision}":  # see Order.take
        order.card = str(st.session_state.get(key) or "")


def _label(name: str, own: Card | None) -> str:
    if name == _NONE:
        return "None: the processor"
    if name == "here" and own is not None:
        return f"{own.name}, here"
    card = KNOWN_CARDS[name]
    return f"{card.name.removeprefix('NVIDIA ')}, {card.total_gib:.1f} GiB"
