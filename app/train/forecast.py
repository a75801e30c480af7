"""How long it will take and what that costs, by past runs; nothing is guessed without one."""

from __future__ import annotations

import streamlit as st

from app.train import machine
from app.train.order import Order
from app.train.words import span
from ghost_engine.training.inventory import Inventory
from ghost_engine.training.pace import steps_of

_HOUR = 3600.0


def draw(order: Order, found: Inventory | None) -> None:
    """The time, and the cost once a price is known."""
    steps = _steps(order, found)
    counted = f"{steps:,} steps" if steps else "as many steps as the examples give"
    left, right = st.columns([5, 3], gap="small", vertical_alignment="center")
    seconds = None
    with left:
        st.markdown("**Time and cost**")
        pace = machine.pace(order.config)
        if pace is None:
            st.caption(f"{counted[:1].upper()}{counted[1:]}. No past run like this one here.")
        elif steps is None:
            st.caption(f"{pace.seconds_per_step:.1f} s a step, {counted}.")
        else:
            seconds = pace.seconds(steps)
            runs = f"{pace.runs} past run{'' if pace.runs == 1 else 's'}"
            st.markdown(f"About **{span(seconds)}**{_cost(order, seconds)}")
            st.caption(f"{counted}, {pace.seconds_per_step:.1f} s each by {runs} like it.")
    with right:
        key = f"price-{order.revision}"
        st.number_input(
            "Price of an hour",
            min_value=0.0,
            value=order.price,
            step=0.1,
            format="%.2f",
            key=key,
            placeholder="optional",
            help="What the machine costs an hour, in any currency: the cost follows from it.",
            on_change=_take,
            args=(order, key),
        )


def _steps(order: Order, found: Inventory | None) -> int | None:
    """None as long as the examples are not counted and it is epochs of them."""
    if order.config.max_steps is not None:
        return order.config.max_steps
    examples = found.for_training(order.config) if found else 0
    return steps_of(order.config, examples) if examples else None


def _cost(order: Order, seconds: float) -> str:
    return f", **{order.price * seconds / _HOUR:,.2f}**" if order.price else ""


def _take(order: Order, key: str) -> None:
    order.price = st.session_state.get(key)
