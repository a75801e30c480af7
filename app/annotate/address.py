"""The page's address: the annotation that is open, for links and reloads."""

from __future__ import annotations

import streamlit as st


def read() -> str:
    """The run in the address, as typed; it may name nothing. "" for the form."""
    return st.query_params.get("run", "").strip()


def open_run(run_id: str) -> None:
    """Goes to one annotation; the script starts again."""
    _go({"run": run_id})


def open_form() -> None:
    """Goes back to the form and the list; the script starts again."""
    _go({})


def _go(parameters: dict[str, str]) -> None:
    st.query_params.from_dict(parameters)
    st.rerun()
