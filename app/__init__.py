"""The Streamlit shell: pages call it, it calls the engine."""
