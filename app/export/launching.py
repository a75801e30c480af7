"""The button: one click, one export, whoever else clicks; and the line that does the same."""

from __future__ import annotations

import streamlit as st

from app.components.errors import show_error
from app.components.person import person
from app.components.words import plain
from app.export import address, machine
from app.export.order import Order
from ghost_engine.errors import GhostError
from ghost_engine.export.clicks import same_click
from ghost_engine.export.commandline import command_line
from ghost_engine.export.config import ExportConfig
from ghost_engine.export.start import start_export
from ghost_engine.jobs.records import Run


def twin(order: Order) -> Run | None:
    """This very export, where it is at work already."""
    run = same_click(order.config, machine.exports()).run if order.config else None
    return run if run is not None and run.active else None


def draw_twin(run: Run) -> None:
    """The way to an export that is at work already."""
    st.markdown(f"This very export is at work already: **{plain(run.id)}**.")
    if st.button("Open it", type="primary", icon=":material/open_in_new:", key="open-export"):
        address.open_job(run.id)


def draw(order: Order, *, blocked: bool) -> None:
    """The button, and what went wrong after the last click."""
    config = order.config
    if st.button(
        "Export",
        key="export",
        type="primary",
        icon=":material/deployed_code:",
        width="stretch",
        disabled=blocked or config is None,
    ):
        assert config is not None
        _start(order, config)
    if order.error is not None:
        show_error(order.error, "the start of the export")


def draw_line(order: Order) -> None:
    """The same in a terminal."""
    st.markdown("**The same in a terminal**")
    if order.config is None:
        st.caption("Here once it can be told what to export.")
        return
    line = command_line(order.config, order.subject, named_base=order.named_base)
    st.code(line, language="bash", wrap_lines=True)


def _start(order: Order, config: ExportConfig) -> None:
    """Goes to the job that the click means; the second of a double click finds the first's."""
    try:
        with st.spinner("Starting"):
            job = start_export(config, by=person(), request=same_click(config).request)
    except GhostError as error:
        order.error = error
        st.rerun(scope="fragment")
    machine.look_again()
    address.open_job(job.id)
