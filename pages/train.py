"""Train: will it fit, does it go well, which run was best."""

import importlib

import streamlit as st

from app.components.errors import error_border
from app.train import address, astray


def draw(piece: str, *given: object) -> None:
    """One of the page's parts; while it is still being built, its name."""
    try:
        module = importlib.import_module(f"app.train.{piece}")
    except ModuleNotFoundError as error:
        if error.name != f"app.train.{piece}":
            raise
        st.caption(f"{piece.capitalize()}: not built yet.")
    else:
        module.draw(*given)


with error_border("training"):
    asked = address.read()
    if asked.run:
        if run := astray.found([asked.run]):
            draw("watch", run[0])
    elif asked.compare:
        if runs := astray.found(asked.compare):
            draw("compare", runs)
    else:
        st.subheader("Train", anchor=False)
        draw("configure")
        draw("history")
