"""Curate: from doubtful drafts to a dataset people trust, at the speed of a keypress."""

import streamlit as st

from app.components.errors import error_border
from app.curate import address, arrivals, bench, reviewer
from app.curate.desk import desk_of_session, open_linked
from app.state import store

with error_border("the curation"):
    shelf = store()
    desk = desk_of_session(reviewer.known())
    reviewer.draw(shelf, desk)
    if arrivals.first_under_way() or bench.is_empty(shelf):
        st.subheader("Curate", anchor=False)
        arrivals.draw_empty(shelf)
    else:
        if desk.example is None:
            open_linked(shelf, desk, address.read(desk))
        bench.draw(shelf, desk)
