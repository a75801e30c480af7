"""The form of a run, made from the configuration itself: its fields, types, bounds and help.

What most people change is open, the rest folded by group. Values go into the session's order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin

import streamlit as st

from app.components.words import marked, plain
from app.train import machine
from app.train.order import Order
from app.train.words import BASIC, GROUPS, SEVERAL, SWITCHES, title
from ghost_engine.training.config import ATTENTION, FEED_FORWARD, TrainingConfig, load_preset

_STEPS = {
    "max_seq_length": 256,
    "rank": 8,
    "learning_rate": 1e-5,
    "dropout": 0.05,
    "weight_decay": 0.01,
    "validation_share": 0.05,
    "epochs": 0.5,
    "max_steps": 10,
    "eval_new_tokens": 64,
}
_ANY = 1e12  # a number input needs an end


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a number may be; `optional` may be none at all."""

    kind: type[int] | type[float]
    least: float
    most: float
    optional: bool


def draw(order: Order) -> None:
    """Draws every setting but the dataset, which has a chooser of its own."""
    base = dict(load_preset(order.preset)) if order.preset else {}
    several = len(machine.here().cards) > 1 or order.values["gpus"] != 1
    _fields(order, (*BASIC, *SEVERAL) if several else BASIC, columns=4)
    with st.container(horizontal=True, gap="large"):
        for setting in SWITCHES:
            with st.container(width="content"):
                _field(order, setting)
    with st.container(gap="xsmall"):
        for group, settings in GROUPS.items():
            changed = sum(order.values[name] != base.get(name) for name in settings)
            label = f"{group} · {changed} changed" if changed else group
            with st.expander(label, key=f"group-{group.lower()}"):
                _fields(order, settings, columns=3)


def draw_contradiction(order: Order) -> None:
    """Says what cannot be, calmly; keeps its place where all is well."""
    place = st.container(key="contradictions")
    if order.wrong is None:
        return
    with place, st.container(border=True, horizontal=True, gap="small", key="contradiction"):
        st.markdown(":orange[:material/rule_settings:]", width="content")
        with st.container(gap=None):
            st.markdown(plain(order.wrong.message))
            st.caption(marked(order.wrong.hint))


def bounds_of(setting: str) -> Bounds | None:
    """The bounds of a number; None of what is no number."""
    field = TrainingConfig.model_fields[setting]
    kinds = _kinds(field.annotation)
    numbers = [kind for kind in kinds if kind in (int, float)]
    if not numbers:
        return None
    ends = {name: -_ANY for name in ("ge", "gt")} | {name: _ANY for name in ("le", "lt")}
    for bound in field.metadata:  # each knows one of the four
        ends |= {name: float(getattr(bound, name)) for name in ends if hasattr(bound, name)}
    least, most = max(ends["ge"], ends["gt"]), min(ends["le"], ends["lt"])
    return Bounds(numbers[0], least, most, NoneType in kinds)


def _fields(order: Order, settings: Iterable[str], columns: int) -> None:
    places: list[Any] = []
    for number, setting in enumerate(settings):
        if number % columns == 0:
            places = list(st.columns(columns, gap="small", vertical_alignment="bottom"))
        with places[number % columns]:
            _field(order, setting)


def _field(order: Order, setting: str) -> None:
    value = order.values[setting]
    field = TrainingConfig.model_fields[setting]
    said = str(field.description)
    common: dict[str, Any] = {
        "label": title(setting),
        "key": order.key(setting),
        "help": f"{said[:1].upper()}{said[1:]}. Setting `{setting}`.",
        "on_change": order.take,
        "args": (setting, order.key(setting)),
    }
    bounds = bounds_of(setting)
    if field.annotation is bool:
        st.toggle(value=value, **common)
    elif get_origin(field.annotation) is Literal:
        options = get_args(field.annotation)
        st.selectbox(options=options, index=options.index(value), **common)
    elif setting == "gpus":
        counts = [*range(1, len(machine.here().cards) + 1), "all"]
        options = tuple(dict.fromkeys([*counts, value]))
        st.selectbox(options=options, index=options.index(value), **common)
    elif setting == "target_modules":
        st.multiselect(options=ATTENTION + FEED_FORWARD, default=list(value), **common)
    elif bounds is not None:
        _number(setting, bounds, value, common)
    else:
        st.text_input(value=value, **common)


def _number(setting: str, bounds: Bounds, value: Any, common: dict[str, Any]) -> None:
    options: dict[str, Any] = {
        "min_value": bounds.kind(bounds.least),
        "max_value": bounds.kind(bounds.most),
        "step": bounds.kind(_STEPS.get(setting, 1)),
        "format": "%d" if bounds.kind is int else "%g",
        "value": None if value is None else bounds.kind(value),
        "placeholder": "none" if bounds.optional else None,
    }
    st.number_input(**options, **common)


def _kinds(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
