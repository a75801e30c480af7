"""Playground: a screenshot in, a schema that PostgreSQL runs out."""

import streamlit as st

from app.components.errors import error_border
from app.playground import progress, start, workbench
from app.state import workspace

with error_border("the playground"):
    space = workspace()
    if space.pictures and st.query_params.to_dict() != space.address:
        st.query_params.from_dict(space.address)  # lost on the way from another page
    if space.running:
        progress.draw(space)
    elif space.error:
        progress.draw_failure(space)
    elif space.result:
        workbench.draw(space)
    else:
        start.draw(space)
