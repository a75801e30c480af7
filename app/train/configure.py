"""Configure and launch: presets, data, the form, and beside it whether it fits, time and cost."""

from __future__ import annotations

import streamlit as st

from app.components.errors import error_border
from app.train import dataset, fit, forecast, form, launching, presets
from app.train.order import Order, order_of_session
from ghost_engine.training.commandline import command_line


@st.fragment
def draw() -> None:
    """Draws everything before a run. Everything in it reruns alone."""
    with error_border("the configuration"):
        order = order_of_session()
        presets.begin(order)
        order.settle()
        presets.draw(order)
        left, right = st.columns([58, 42], gap="medium")
        # Each part in a place of its own: where one grows a line, the browser would make the
        # fields behind it anew, and what is being typed there would be gone.
        with left:
            with st.container(key="data"):
                found = dataset.draw(order)
            with st.container(key="settings"):
                form.draw(order)
        with right:
            with st.container(key="launching"):
                form.draw_contradiction(order)
                launching.draw(order, found)
            with st.container(key="forecast"):
                fit.draw(order)
                forecast.draw(order, found)
            with st.container(key="elsewhere"):
                _elsewhere(order)


def _elsewhere(order: Order) -> None:
    """The same thing in a terminal, and as a file."""
    preset = order.preset or None
    line = command_line(order.config, preset, name=order.name, image_root=order.image_root)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("**The same in a terminal**", width="stretch")
        st.download_button(
            "Save as YAML",
            order.config.to_yaml(),
            file_name=f"{order.name or order.preset or 'training'}.yaml",
            mime="application/yaml",
            icon=":material/download:",
            on_click="ignore",
            disabled=order.wrong is not None,
            key="save-yaml",
        )
    if order.wrong is None:
        st.code(line, language="bash", wrap_lines=True)
    else:
        st.caption("Here once the settings agree.")
