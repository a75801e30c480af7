"""Which adapter: a run that has one, newest first with its best numbers, or a folder."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.components.amounts import ago
from app.components.words import plain
from app.export import address
from app.export.order import Order, Source
from app.train import rows
from app.train.history import shelf
from ghost_engine.jobs.records import Run

_SOURCES: dict[Source, str] = {"run": "A run", "folder": "A folder"}
_SHOWN = {"score": "score", "valid_share": "SQL runs", "eval_loss": "validation loss"}


def draw(order: Order, runs: Sequence[Run]) -> None:
    """The chooser, and what is known of what was chosen."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _draw_source(order, bool(runs))
        if order.source == "run":
            _draw_runs(order, runs)
        else:
            _draw_folder(order)


def begin(order: Order, runs: Sequence[Run], asked: str) -> None:
    """Chooses what the address asks for, and a first run where there is none yet.

    Args:
        asked: the run in the address; "" for none.
    """
    ids = [run.id for run in runs]
    named = next((each for each in ids if asked and asked in each), "")
    if named and named != order.run:
        order.source, order.run, order.base = "run", named, ""
    elif order.run not in ids:
        order.run = ids[0] if ids else ""
        order.source = "run" if ids else "folder"


def label(run: Run) -> str:
    """A run in one line: its name, when, and its best numbers."""
    name = run.job.name or run.id
    metrics = shelf().metrics(run)
    numbers = [
        f"{said} {rows.number(each, metrics[each])}"
        for each, said in _SHOWN.items()
        if each in metrics
    ]
    return " · ".join([name, ago(run.job.created), *numbers])


def _draw_source(order: Order, has_runs: bool) -> None:
    key = "export-source"
    if has_runs:
        st.segmented_control(
            "Adapter",
            list(_SOURCES),
            default=order.source,
            required=True,
            format_func=lambda each: _SOURCES[each],
            key=key,
            on_change=order.take,
            args=("source", key),
        )


def _draw_runs(order: Order, runs: Sequence[Run]) -> None:
    by_id = {run.id: run for run in runs}
    st.selectbox(
        "Run",
        list(by_id),
        index=list(by_id).index(order.run),
        format_func=lambda each: label(by_id[each]),
        key=f"export-run-{order.run}",
        label_visibility="collapsed",
        on_change=_choose,
        args=(order, f"export-run-{order.run}"),
    )


def _draw_folder(order: Order) -> None:
    key = "export-adapter"
    st.text_input(
        "Folder of the adapter",
        value=order.adapter,
        key=key,
        placeholder="/models/my-adapter, as PEFT's save_pretrained writes it",
        on_change=order.take,
        args=("adapter", key),
    )


def _choose(order: Order, key: str) -> None:
    order.run, order.base, order.error = str(st.session_state[key]), "", None
    address.keep_run(order.run)


def draw_nothing() -> None:
    """What to do where no run has an adapter yet."""
    st.markdown(
        plain("No run has an adapter yet: train one first, or name the folder of an adapter.")
    )
    if st.button("Go to Train", icon=":material/model_training:", key="export-to-train"):
        st.switch_page("../pages/train.py")
