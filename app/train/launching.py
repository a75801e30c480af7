"""The launch: one button, what is missing said in one place, and the way into the run.

Freezing the data takes seconds; it is done in a thread, and the page says how far it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from app.components.errors import show_error
from app.components.words import marked, plain
from app.curate.desk import os_user
from app.curate.task import Task
from app.curate.waiting import wait
from app.state import store
from app.train import address, machine, rented
from app.train.order import Order, choose
from ghost_engine.data.store import Store
from ghost_engine.errors import Cancelled
from ghost_engine.jobs.records import Run
from ghost_engine.training.clicks import Click, same_click
from ghost_engine.training.commandline import command_line
from ghost_engine.training.config import TrainingConfig
from ghost_engine.training.inventory import Inventory
from ghost_engine.training.readiness import Lack, runs_on_gpu
from ghost_engine.training.sources import STORE
from ghost_engine.training.start import start

INSTALL = {
    True: "pip install -r requirements-gpu.txt",
    False: "pip install -r requirements-train-cpu.txt",
}
"""By whether it will run on a card."""


def draw(order: Order, found: Inventory | None) -> None:
    """The button, or what stands in its way; the run's page once it is launched."""
    _settle(order)
    if order.launching is not None:
        wait(order.launching)
        return
    lacking = () if order.wrong else machine.missing(order.config)
    with st.container(key="lacking"):
        if lacking:
            _draw_missing(order, lacking)
    _name(order)
    _button(order, found, blocked=bool(lacking or order.wrong or order.unusable))
    if order.notice:
        st.caption(plain(order.notice))
    if order.error is not None:
        show_error(order.error, "the launch")


def ahead_in_line(config: TrainingConfig, runs: list[Run]) -> list[Run]:
    """The runs that a run of this configuration waits for, the first one last."""
    if not runs_on_gpu(config, machine.here()):
        return []
    return [run for run in runs if run.job.gpu and run.active]


def _settle(order: Order) -> None:
    """Takes the outcome of a launch: goes to the run, or keeps what went wrong."""
    task = order.launching
    if task is None or not task.done:
        return
    order.launching, order.error, order.notice = None, task.error, ""
    if task.result is not None:
        machine.training_runs.clear()
        address.open_run(task.result.id)
    elif isinstance(task.error, Cancelled):
        order.error, order.notice = None, "Stopped. Nothing was started."


def _draw_missing(order: Order, lacking: tuple[Lack, ...]) -> None:
    """What this machine lacks for the order, and every way on, in one place."""
    whats = {lack.what for lack in lacking}
    with st.container(border=True, gap="xsmall", key="missing"):
        st.markdown(":gray[:material/info:] **What this run lacks here**")
        for lack in lacking:
            st.markdown(marked(lack.message))
            if lack.what not in ("gpu", "packages"):
                st.caption(marked(lack.hint))
        if "gpu" in whats:
            st.markdown(
                "Copy the command below, or save the settings as YAML, and run it on a machine"
                " with a card (there, once: `make install-gpu`): your own, or one"
                " of Google's by the notebook `notebooks/main.ipynb`, also free of charge."
            )
            _draw_rent(order)
            st.markdown("To see the whole way here, without a card:")
            st.button(
                "Use the smoke preset",
                key="use-smoke-instead",
                icon=":material/science:",
                on_click=choose,
                args=(order, "smoke"),
            )
        elif "packages" in whats:
            on_gpu = runs_on_gpu(order.config, machine.here())
            st.markdown("Install them, then look again:")
            st.code(INSTALL[on_gpu], language="bash")
            st.button(
                "Look again",
                key="look-again",
                icon=":material/refresh:",
                on_click=machine.look_again,
            )


def _draw_rent(order: Order) -> None:
    """The command that trains on a rented card."""
    line = command_line(
        order.config, order.preset or None, name=order.name, image_root=order.image_root
    )
    said, rent = rented.way_out(line)
    st.markdown(said)
    st.code(rent, language="bash", wrap_lines=True)


def _name(order: Order) -> None:
    key = f"run-name-{order.revision}"
    st.text_input(
        "Name of the run",
        value=order.name,
        key=key,
        placeholder="optional, part of its id",
        max_chars=40,
        on_change=_take_name,
        args=(order, key),
    )


def _button(order: Order, found: Inventory | None, *, blocked: bool) -> None:
    click = None if blocked else _click(order)
    if click is not None and click.run is not None and click.run.active:
        st.markdown(f"This very run is going already: **{plain(click.run.id)}**.")
        st.caption("For another one beside it, give it a name or another seed.")
        if st.button("Open it", type="primary", icon=":material/open_in_new:", key="open-twin"):
            address.open_run(click.run.id)
        return
    waiting = [] if blocked else ahead_in_line(order.config, machine.training_runs())
    if waiting:
        more = f" and {len(waiting) - 1} more" if len(waiting) > 1 else ""
        st.caption(f":material/hourglass_empty: It will wait behind {plain(waiting[-1].id)}{more}.")
    st.button(
        "Launch and wait in line" if waiting else "Launch",
        key="launch",
        type="primary",
        icon=":material/rocket_launch:",
        width="stretch",
        disabled=blocked,
        on_click=_launch,
        args=(order, found),
    )


def _launch(order: Order, found: Inventory | None) -> None:
    """Starts once: the second click of a double click finds it under way."""
    if order.launching is not None:
        return
    order.error, order.notice = None, ""
    work = _work(order.config, order, found.examples if found else 0)
    order.launching = Task(work)


def _work(config: TrainingConfig, order: Order, examples: int) -> Callable[[Task[Run]], Run]:
    name, root, shelf = order.name, order.image_root, _shelf(config)

    def work(task: Task[Run]) -> Run:
        def tell(step: Any) -> None:
            total = step.total or examples
            share = step.done / total if total else 0.0
            half = 0.5 if step.phase == "judging" else 0.0
            said = "Reading the examples" if step.phase == "reading" else "Running their answers"
            task.tell(half + share / 2, f"{said}: {step.done:,}")

        click = same_click(config, name=name, image_root=root, store=shelf)
        return start(
            config,
            name=name,
            by=os_user(),
            request=click.request,
            image_root=root,
            progress=tell,
            cancelled=lambda: task.stopping,
        )

    return work


def _click(order: Order) -> Click:
    return same_click(
        order.config,
        name=order.name,
        image_root=order.image_root,
        store=_shelf(order.config),
        runs=machine.training_runs(),
    )


def _shelf(config: TrainingConfig) -> Store | None:
    return store() if config.dataset == STORE else None


def _take_name(order: Order, key: str) -> None:
    order.name = str(st.session_state.get(key) or "").strip()
