"""Configure and start: which adapter, which forms, what it takes, and one button."""

from __future__ import annotations

import streamlit as st

from app.components.errors import error_border
from app.export import choosing, forms, launching, machine, needs, options, weights
from app.export.order import Order, order_of_session
from ghost_engine.export.plan import Plan


@st.fragment
def draw(asked_run: str) -> None:
    """Draws everything before an export. Everything in it reruns alone.

    Args:
        asked_run: the run that the address names; "" for none.
    """
    with error_border("the export"):
        order, runs = order_of_session(), machine.trained()
        choosing.begin(order, runs, asked_run)
        if not runs:
            choosing.draw_nothing()
        order.settle()
        plan = _plan(order)
        left, right = st.columns([56, 44], gap="medium")
        with left:
            with st.container(key="export-subject"):
                choosing.draw(order, runs)
                weights.draw(order)
            forms.draw(order, machine.sizes(order.config) if order.config else {})
        with right:
            with st.container(key="export-options"):
                options.draw(order)
            _draw_launch(order, plan)
            with st.container(key="export-line"):
                launching.draw_line(order)


def _draw_launch(order: Order, plan: Plan | None) -> None:
    """What it takes, what is in its way, and the button."""
    twin = launching.twin(order)
    with st.container(key="export-needs"):
        if plan is not None:
            needs.draw_numbers(plan)
        if twin is None:
            needs.draw_problems(order, plan)
    with st.container(key="export-launch"):
        if twin is not None:
            launching.draw_twin(twin)
        else:
            launching.draw(order, blocked=plan is None or bool(plan.problems))


def _plan(order: Order) -> Plan | None:
    return machine.plan(order.config) if order.config is not None and order.quants else None
