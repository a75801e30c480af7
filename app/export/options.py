"""Name, folder and what else may be wished for: merged weights, Ollama."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.components.readiness import findings
from app.export.order import Order
from ghost_engine.export.config import DEFAULT_NAME, DEFAULT_OUT
from ghost_engine.export.place import strangers


def draw(order: Order) -> None:
    """The fields."""
    name, out = st.columns([2, 3], gap="small")
    with name:
        _text(order, "name", "Name", DEFAULT_NAME, "What the files' names begin with")
    with out:
        _text(order, "out", "Folder", DEFAULT_OUT, "Where the finished files go")
    if order.replace or (order.config is not None and strangers(order.config)):
        _box(
            order,
            "replace",
            "Replace what stands in this folder",
            "The files of the export that is there now are removed when the new ones are proven",
        )
    _box(order, "keep_merged", "Keep the merged weights too",
         "As safetensors in the hub's layout, for transformers and vLLM")  # fmt: skip
    _box(order, "publish", "Publish to Ollama", "Creates the model there when all is proven")
    if order.publish:
        _text(order, "ollama", "Name in Ollama", order.name or DEFAULT_NAME)
        if not order.ollama_url and not _ollama_answers():
            st.caption(
                ":orange[:material/warning:] No Ollama answers here now. It is needed at the end; "
                "without it the files are made all the same."
            )
        with st.expander("Address of Ollama", expanded=bool(order.ollama_url)):
            _text(order, "ollama_url", "Address", "http://127.0.0.1:11434",
                  "Empty: OLLAMA_HOST, or this machine")  # fmt: skip


def _ollama_answers() -> bool:
    return all(each.status == "ok" for each in findings() if each.name == "Ollama")


def _text(order: Order, field: str, label: str, placeholder: str, said: str = "") -> None:
    st.text_input(
        label,
        value=getattr(order, field),
        placeholder=placeholder,
        help=said or None,
        **_taking(order, field),
    )


def _box(order: Order, field: str, label: str, said: str = "") -> None:
    st.checkbox(label, value=getattr(order, field), help=said or None, **_taking(order, field))


def _taking(order: Order, field: str) -> dict[str, Any]:
    key = f"export-{field}"
    return {"key": key, "on_change": order.take, "args": (field, key)}
