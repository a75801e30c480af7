"""Home: what this is, what is ready on this machine, the next step for what is not."""

import streamlit as st

from app.components.errors import error_border
from app.components.layout import heading
from app.components.readiness import draw_findings

with error_border("the home page"):
    heading("Ghost Architect")
    st.markdown(
        "Turns screenshots of applications into PostgreSQL schemas. Every schema is executed on a "
        "real PostgreSQL before you see it, and every column shows where it was read."
    )
    if st.button("Open the playground", type="primary", icon=":material/schema:"):
        st.switch_page("../pages/playground.py")
    st.subheader("On this machine", anchor=False)
    draw_findings()
