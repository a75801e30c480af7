"""What an export takes, said beforehand; and what stands in its way, with a remedy."""

from __future__ import annotations

import streamlit as st

from app.components.amounts import size
from app.components.words import marked
from app.export import machine
from app.export.order import Order
from ghost_engine.export.plan import Plan

FIELDS = {
    "--out": "“Folder”",
    "--force": "“Replace what stands in this folder”",
    "--yes": "“Download it”",
    "--base OWNER/NAME": "“Base” under “Other weights”, as OWNER/NAME",
    "--base FOLDER": "“Base” under “Other weights”",
    "--base": "“Base” under “Other weights”",
    "--from-nf4": "“Merge into 4-bit weights”",
    "--quant": "the forms",
    "--name": "“Name”",
    "--ollama": "“Publish to Ollama”",
}
"""The engine names options of the command line: what they are called here."""


def draw_numbers(plan: Plan) -> None:
    """Disk while it works, room there is, memory, what stays."""
    left = sum(file.bytes for file in plan.files)
    lines = [
        ("Files that stay", size(left)),
        ("Disk while it works", f"{size(plan.high_water_bytes)} of {size(plan.free_bytes)} free"),
        ("Memory", size(plan.memory_bytes)),
    ]
    if plan.download_bytes:
        lines.insert(0, ("Download", size(plan.download_bytes)))
    with st.container(border=True, gap=None, key="export-takes"):
        for name, value in lines:
            with st.container(horizontal=True, gap="small"):
                st.markdown(f":gray[{name}]", width="stretch")
                st.markdown(value, width="content")


def draw_problems(order: Order, plan: Plan | None) -> None:
    """Everything that has to be mended first, in one place; and what should be known."""
    problems = [(each.message, each.hint) for each in plan.problems] if plan else []
    if order.wrong is not None:
        problems.insert(0, (order.wrong.message, order.wrong.hint))
    if problems:
        with st.container(border=True, gap="xsmall", key="export-lacks"):
            st.markdown(":gray[:material/info:] **Before this can be exported**")
            for message, hint in problems:
                st.markdown(marked(message))
                if hint:
                    st.caption(marked(here(hint)))
            if st.button("Look again", icon=":material/refresh:", key="export-look-again"):
                machine.look_again()
                st.rerun(scope="fragment")
    for warning in plan.warnings if plan else ():
        st.markdown(f":orange[:material/warning:] {marked(warning)}")


def here(hint: str) -> str:
    """A remedy with the names of this page's fields."""
    for flag in sorted(FIELDS, key=len, reverse=True):
        hint = hint.replace(flag, FIELDS[flag])
    return hint
