"""How to use what was exported: lines to copy for Ollama and llama.cpp, and the Modelfile."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ghost_engine.export.commandline import ollama_lines, server_line
from ghost_engine.export.result import Export


def draw(made: Export, folder: Path | None) -> None:
    """The lines, with the paths of this machine."""
    texts = [file.path for file in made.files if file.role == "text"]
    mmproj = next((file.path for file in made.files if file.role == "mmproj"), "")
    if folder is None or not texts or not mmproj:
        return
    st.subheader("Use it", anchor=False)
    st.markdown("In Ollama, pictures included" if not made.ollama else "In Ollama it is ready")
    lines = ollama_lines(folder, made.ollama or made.name, created=bool(made.ollama))
    st.code(lines, language="bash", wrap_lines=True)
    st.markdown("With llama.cpp alone")
    line = server_line(folder / texts[0], folder / mmproj)
    st.code(line, language="bash", wrap_lines=True)
    if (text := _modelfile(made, folder)) is not None:
        with st.expander("Modelfile", key="export-modelfile"):
            st.code(text, language=None, height=300)


def _modelfile(made: Export, folder: Path) -> str | None:
    path = next((file.path for file in made.files if file.role == "modelfile"), "")
    try:
        return (folder / path).read_text("utf-8") if path else None
    except OSError:
        return None
