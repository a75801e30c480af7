"""Export: a trained adapter as files that run, proven, and in Ollama if wished."""

import streamlit as st

from app.components.errors import error_border
from app.export import address, configure, past, watch
from app.train.astray import WayBack, found
from ghost_engine.jobs.reading import find_run

with error_border("exporting"):
    asked = address.read()
    if asked.job:
        if job := found([asked.job], WayBack("Export", "All exports", address.open_form)):
            watch.draw(find_run(job[0]))
    else:
        st.subheader("Export", anchor=False)
        configure.draw(asked.run)
        past.draw()
