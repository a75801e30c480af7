"""Who sits at this page."""

from __future__ import annotations

import getpass

import streamlit as st


def person() -> str:
    """Who sits here: the curator's name if one was given, else this machine's user."""
    named = str(st.session_state.get("reviewer") or "")
    try:
        return named or getpass.getuser()
    except (KeyError, OSError):  # a container without a user database
        return ""
