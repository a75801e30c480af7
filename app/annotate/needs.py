"""What an annotation takes, said beforehand; and what stands in its way."""

from __future__ import annotations

import streamlit as st

from app.annotate import address
from app.components.amounts import duration
from app.components.words import marked, plain
from ghost_engine.annotate.config import AnnotateConfig
from ghost_engine.annotate.plan import Plan
from ghost_engine.annotate.start import nothing_to_ask


def draw_numbers(config: AnnotateConfig, plan: Plan) -> None:
    """Screenshots, calls, tokens, money and time."""
    chosen, found = plan.selection, plan.estimate
    lines = [("Screenshots", f"**{len(chosen.ids):,}**")]
    if chosen.answered:
        lines.append(("Left out: answered already", f"{chosen.answered:,}"))
    if chosen.missing:
        lines.append(("Left out: picture missing", f"{chosen.missing:,}"))
    lines.append(("Calls", f"{found.calls:,}"))
    if found.prompt_tokens:
        lines.append(("Tokens", f"{found.prompt_tokens:,} asked, {found.answer_tokens:,} answered"))
    lines.append(("Cost", _cost(found.cost_usd)))
    lines.append(("Time", duration(found.seconds)))
    with st.container(border=True, gap=None, key="annotate-takes"):
        for name, value in lines:
            with st.container(horizontal=True, gap="small"):
                st.markdown(f":gray[{name}]", width="stretch")
                st.markdown(value, width="content")
        basis = (
            f"from {found.measured_calls:,} earlier calls"
            if found.measured_calls
            else "a guess: nothing was measured yet"
        )
        st.caption(f"The time comes from {plain(found.bound_by)}; tokens are {basis}.")


def draw_problems(config: AnnotateConfig, plan: Plan) -> None:
    """Why it cannot be started now."""
    if plan.at_work:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"{plain(config.provider)} is being asked already.", width="content")
            if st.button("Open it", icon=":material/open_in_new:", key="annotate-open-other"):
                address.open_run(plan.at_work)
    elif not plan.selection.ids:
        message, hint = nothing_to_ask(config, plan)
        st.markdown(f":gray[:material/info:] {marked(message)}")
        st.caption(marked(hint.replace("--again", "“Also those that it has answered”")))


def _cost(dollars: float | None) -> str:
    if dollars is None:
        return "no price known"
    if not dollars:
        return "nothing"
    return f"about \\${dollars:,.2f}" if dollars >= 0.01 else "less than a cent"
