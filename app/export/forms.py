"""The forms of the text model, each with its size beforehand and what it is good for."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from app.components.amounts import NO_NUMBER, size
from app.export.order import Order
from ghost_engine.export.config import QUANTS, Quant

GOOD_FOR: Mapping[Quant, str] = {
    "q4_k_m": "Small and quick, the default",
    "q5_k_m": "A little closer, a little larger",
    "q6_k": "Close, where memory allows it",
    "q8_0": "Hardly told from the original",
    "f16": "For tools without bfloat16",
    "bf16": "As merged, to quantize later",
}


def draw(order: Order, sizes: Mapping[str, int]) -> None:
    """A line a form: box, meaning, size; the picture part below, which comes always.

    Args:
        sizes: bytes by form and of "mmproj"; empty where they cannot be told.
    """
    st.markdown("**Forms of the text model**")
    with st.container(border=True, gap=None, key="forms"):
        for quant in QUANTS:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                key = f"form-{quant}"
                st.checkbox(
                    quant.upper(),
                    value=quant in order.quants,
                    key=key,
                    width=110,
                    on_change=order.choose,
                    args=(quant, key),
                )
                st.markdown(f":gray[{GOOD_FOR[quant]}]", width="stretch")
                _draw_size(sizes.get(quant))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.checkbox("mmproj", value=True, disabled=True, key="form-mmproj", width=110)
            st.markdown(":gray[Sees the picture, always made]", width="stretch")
            _draw_size(sizes.get("mmproj"))
    if not order.quants:
        st.caption(":orange[:material/warning:] Choose at least one form.")


def _draw_size(count: int | None) -> None:
    st.markdown(f"{size(count) if count else NO_NUMBER}", width=80, text_alignment="right")
