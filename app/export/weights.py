"""The base: which 16-bit weights the adapter is merged into, and where they are."""

from __future__ import annotations

import streamlit as st

from app.components.amounts import size
from app.components.words import plain
from app.export import machine
from app.export.order import Order
from ghost_engine.export.base import Base
from ghost_engine.training.config import SMOKE_MODEL


def draw(order: Order) -> None:
    """Where the base is or what fetching it takes; another one, and 4-bit weights, are folded."""
    base = machine.base(order.config.base) if order.config else None
    if base is not None:
        st.markdown(f"Merged into **{plain(_name(base))}** :gray[{plain(_where(base))}]")
        if _fetched(base):
            _draw_download(order, base)
    with st.expander(
        "Other weights", key="other-weights", expanded=bool(order.base or order.from_nf4)
    ):
        _draw_other(order)


def _draw_download(order: Order, base: Base) -> None:
    much = f" ({size(base.download_bytes)})" if base.download_bytes else ""
    st.checkbox(
        f"Download it{much}",
        value=order.download,
        key="export-download",
        help="Into this machine's cache, once. It goes on where it was if it is cut short.",
        on_change=order.take,
        args=("download", "export-download"),
    )


def _draw_other(order: Order) -> None:
    key = f"export-base-{order.subject}"
    st.text_input(
        "Base",
        value=order.base,
        key=key,
        placeholder=order.named_base or "owner/name or a folder",
        help="The weights that the adapter was trained on, in 16 bits: a folder with config.json, "
        "or a model of the hub as owner/name. Empty: the ones that the adapter names.",
        on_change=order.take,
        args=("base", key),
    )
    st.checkbox(
        "Merge into 4-bit weights",
        value=order.from_nf4,
        key="export-from-nf4",
        on_change=order.take,
        args=("from_nf4", "export-from-nf4"),
    )
    st.caption(
        ":orange[:material/warning:] Only where 16-bit weights cannot be had: what 4 bits lost "
        "stays lost, about 9 % of each weight, and the result says so."
    )


def _fetched(base: Base) -> bool:
    """Whether it would have to be downloaded."""
    return base.folder is None and not base.problem and base.name != SMOKE_MODEL


def _name(base: Base) -> str:
    return "the tiny smoke model" if base.name == SMOKE_MODEL else base.name


def _where(base: Base) -> str:
    if base.folder is not None:
        return "on this machine"
    if base.problem:
        return "not found"
    return "not on this machine yet" if _fetched(base) else "built when it is needed"
