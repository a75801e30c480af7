"""The workbench's entry, `streamlit run app/main.py`: navigation, sidebar, nothing of a page."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # `streamlit run` puts only app/ on the path
    sys.path.insert(0, str(ROOT))

from app.components.layout import apply_rules  # noqa: E402
from app.components.readiness import draw_sidebar  # noqa: E402
from app.state import warm_up  # noqa: E402

st.set_page_config(
    page_title="Ghost Architect",
    page_icon=str(ROOT / "app" / "static" / "icon.png"),
    layout="wide",
    initial_sidebar_state=200,
    menu_items={"About": "Ghost Architect: screenshots in, PostgreSQL schemas out. MIT licence."},
)
apply_rules()
page = st.navigation(
    [
        st.Page(ROOT / "pages" / "home.py", title="Home", icon=":material/home:", default=True),
        st.Page(ROOT / "pages" / "playground.py", title="Playground", icon=":material/schema:"),
        st.Page(ROOT / "pages" / "curate.py", title="Curate", icon=":material/rule:"),
        st.Page(ROOT / "pages" / "train.py", title="Train", icon=":material/model_training:"),
        st.Page(ROOT / "pages" / "export.py", title="Export", icon=":material/deployed_code:"),
    ]
)
draw_sidebar()
warm_up()
page.run()
