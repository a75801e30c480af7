"""What is trained on: a file shipped here, a path, or the store, with counts and what to mend."""

from __future__ import annotations

import shlex

import streamlit as st

from app.components.errors import show_error
from app.components.words import marked, plain
from app.curate.task import Task
from app.train import counting
from app.train.order import Order
from ghost_engine.errors import DatasetError, GhostError
from ghost_engine.training.config import load_preset
from ghost_engine.training.inventory import Inventory
from ghost_engine.training.sources import STORE, find_dataset

WAIT_SECONDS = 0.5  # for the count; a longer one is looked at again
LOOK_EVERY_SECONDS = 0.5
SHIPPED = {
    "vision": ("Shipped screenshots", load_preset("t4").dataset),
    "text": ("Shipped screens in words", load_preset("text").dataset),
}
PATH = "path"
CURATE = "../pages/curate.py"


def draw(order: Order) -> Inventory | None:
    """Draws the choice and the counts; gives the counts once they are there."""
    _choice(order)
    if order.source == PATH:
        _path(order)
    order.unusable = order.source == PATH and not order.path
    if order.unusable:
        st.caption("A file of any form that Curate imports, or a folder with one.")
        return None
    task = counting.counted(order)
    if not task.wait(WAIT_SECONDS):
        known = counting.known(order)
        if known is not None:
            _counts(order, known)
        _wait(task)
        return known
    order.unusable = task.result is None or not task.result.usable
    if task.result is None:
        _problem(task.error)
        return None
    _counts(order, task.result)
    return task.result


def _choice(order: Order) -> None:
    labels = {name: label for name, (label, path) in SHIPPED.items() if _exists(path)}
    labels[STORE] = f"Approved in Curate ({counting.approved():,})"
    labels[PATH] = "A file"
    if order.source not in labels:
        order.source = _source_of(order.config.dataset, labels)
        order.path = order.config.dataset if order.source == PATH else order.path
    key = f"source-{order.revision}"
    st.radio(
        "Dataset",
        list(labels),
        index=list(labels).index(order.source),
        format_func=lambda name: labels[name],
        horizontal=True,
        key=key,
        on_change=_take_source,
        args=(order, key),
    )


def _take_source(order: Order, key: str) -> None:
    """A shipped file is of one phase; the others may be of either."""
    chosen = st.session_state.get(key)
    if chosen is None or chosen == order.source:  # see Order.take
        return
    order.source, order.judged = chosen, False
    if order.source in SHIPPED:
        order.put(phase=order.source, dataset=SHIPPED[order.source][1])
        if order.source == "text":
            order.put(tune_vision=False)
    elif order.source == STORE or order.path:
        order.put(dataset=STORE if order.source == STORE else order.path)


def _path(order: Order) -> None:
    left, right = st.columns([3, 2], gap="small")
    for place, name, label, hint in (
        (left, "path", "Dataset on this machine", ".json, .jsonl, .csv or a folder"),
        (right, "pictures", "Folder of its screenshots", "if they are elsewhere"),
    ):
        key = f"dataset-{name}-{order.revision}"
        place.text_input(
            label,
            value=getattr(order, name),
            key=key,
            placeholder=hint,
            on_change=_take_path,
            args=(order, name, key),
        )


def _take_path(order: Order, name: str, key: str) -> None:
    typed = str(st.session_state.get(key) or "").strip()
    if typed == getattr(order, name):
        return
    setattr(order, name, typed)
    order.judged = False
    if order.path:
        order.put(dataset=order.path)


def _counts(order: Order, found: Inventory) -> None:
    config = order.config
    training = found.for_training(config)
    held = found.usable - found.too_long(config.max_seq_length) - training
    st.markdown(
        f"**{found.examples:,}** examples, **{found.answers:,}** different answers: about"
        f" **{training:,}** to train on, {held:,} kept for validation."
    )
    for each in counting.remarks_of(found, config):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(":orange[:material/warning:]", width="content")
            st.markdown(plain(each.message), width="content")
            if each.shown is not None:
                one = "one " if "example" in each.shown else ""
                st.page_link(CURATE, label=f"Show {one}in Curate", query_params=each.shown)
    if found.unjudged and not order.judged:
        _not_judged(order, found)
    if config.dataset != STORE and (found.left_out or found.failing):
        st.code(f"ghost data check {shlex.quote(config.dataset)}", language="bash")


def _not_judged(order: Order, found: Inventory) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(
            f"{found.unjudged:,} answers were not run on PostgreSQL yet; a launch does it, and"
            " the run says which fail.",
            width="content",
        )
        st.button(
            "Run them now",
            key="judge-now",
            type="tertiary",
            icon=":material/fact_check:",
            on_click=setattr,
            args=(order, "judged", True),
        )


@st.fragment(run_every=LOOK_EVERY_SECONDS)
def _wait(task: Task[Inventory]) -> None:
    if task.done:
        st.rerun()
    st.caption(f":material/hourglass_empty: {plain(task.words)}")


def _problem(error: BaseException | None) -> None:
    """A dataset that cannot be read is something to correct, not an accident."""
    if isinstance(error, GhostError):
        with st.container(horizontal=True, gap="small"):
            st.markdown(":orange[:material/find_in_page:]", width="content")
            st.markdown(marked(f"{error.message} {error.hint}"))
    elif error is not None:
        show_error(error, "the dataset")


def _source_of(dataset: str, labels: dict[str, str]) -> str:
    shipped = (name for name, (_, path) in SHIPPED.items() if path == dataset and name in labels)
    return STORE if dataset == STORE else next(shipped, PATH)


def _exists(path: str) -> bool:
    try:
        find_dataset(path)
    except DatasetError:
        return False
    return True
