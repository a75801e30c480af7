"""The button: one click, one annotation, whoever else clicks; and the line that does the same."""

from __future__ import annotations

import streamlit as st

from app.annotate import address, machine
from app.annotate.order import Order
from app.components.errors import show_error
from app.components.person import person
from app.state import store
from ghost_engine.annotate.commandline import command_line
from ghost_engine.annotate.config import AnnotateConfig
from ghost_engine.annotate.plan import Plan
from ghost_engine.annotate.runs import annotation_runs
from ghost_engine.annotate.start import start_annotation
from ghost_engine.errors import GhostError
from ghost_engine.training.clicks import click_on


def draw(order: Order, config: AnnotateConfig, plan: Plan) -> None:
    """The button, and what went wrong after the last click."""
    count = len(plan.selection.ids)
    if st.button(
        f"Ask about {count:,} screenshot{'' if count == 1 else 's'}",
        key="annotate-start",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=not plan.can_start,
    ):
        _start(order, config)
    if order.error is not None:
        show_error(order.error, "the start of the annotation")


def draw_line(config: AnnotateConfig) -> None:
    """The same in a terminal."""
    if line := command_line(config):
        st.markdown("**The same in a terminal**")
        st.code(line, language="bash", wrap_lines=True)


def _start(order: Order, config: AnnotateConfig) -> None:
    """Goes to the run that the click means; the second of a double click finds the first's."""
    order.error = None
    try:
        with st.spinner("Starting"):
            click = click_on([config.to_yaml()], annotation_runs())
            run = click.run or start_annotation(store(), config, by=person(), request=click.request)
    except GhostError as error:
        order.error = error
        st.rerun(scope="fragment")
    machine.look_again()
    address.open_run(run.id)
