"""Train: will it fit, does it go well, which run was best."""

import streamlit as st

from app.components.errors import error_border
from app.train import address, astray, compare, configure, history, watch

with error_border("training"):
    asked = address.read()
    if asked.run:
        if run := astray.found([asked.run]):
            watch.draw(run[0])
    elif asked.compare:
        if runs := astray.found(asked.compare):
            compare.draw(runs)
    else:
        st.subheader("Train", anchor=False)
        configure.draw()
        history.draw()
