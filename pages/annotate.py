"""Annotate: drafts for the screenshots that wait, asked of a model in the background."""

import streamlit as st

from app.annotate import address, configure, past, watch
from app.components.errors import error_border
from app.train.astray import WayBack, found
from ghost_engine.jobs.reading import find_run

with error_border("annotating"):
    if asked := address.read():
        if run := found([asked], WayBack("Annotate", "All annotations", address.open_form)):
            watch.draw(find_run(run[0]))
    else:
        st.subheader("Annotate", anchor=False)
        configure.draw()
        past.draw()
