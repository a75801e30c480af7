"""Configure and start: whom to ask, about what, how fast, what it takes, and one button."""

from __future__ import annotations

import streamlit as st

from app.annotate import choosing, launching, machine, needs
from app.annotate.order import order_of_session
from app.components.errors import error_border


@st.fragment
def draw() -> None:
    """Draws everything before an annotation. Everything in it reruns alone."""
    with error_border("the annotation"):
        order = order_of_session()
        left, right = st.columns([58, 42], gap="medium")
        with left:
            with st.container(key="annotate-whom", gap="xsmall"):
                choosing.draw_provider(order)
            with st.container(key="annotate-what"):
                choosing.draw_filters(order, machine.counts())
            with st.container(key="annotate-limits"):
                choosing.draw_limits(order)
        with right:
            config = order.config()
            plan = machine.plan(config)
            with st.container(key="annotate-needs"):
                needs.draw_numbers(config, plan)
                needs.draw_problems(config, plan)
            with st.container(key="annotate-launch"):
                launching.draw(order, config, plan)
            with st.container(key="annotate-line"):
                launching.draw_line(config)
