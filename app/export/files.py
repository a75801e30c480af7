"""The files of an export, a line each: what it is, size, proof, SHA-256, and the way to get it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import streamlit as st

from app.components.amounts import size
from app.components.words import plain
from app.export import proof
from app.export.forms import GOOD_FOR
from ghost_engine.export.result import Export, Made, Role

SMALL_BYTES = 200 * 10**6
"""The server holds what it hands out for download: larger files are fetched from their folder."""

SHORT = 10
_ROLES: Mapping[Role, str] = {
    "text": "Text model",
    "mmproj": "Sees the picture",
    "modelfile": "For Ollama",
    "merged": "Merged weights",
}


def draw(made: Export, folder: Path | None) -> None:
    """The files; those of the merged weights are one line."""
    merged = [file for file in made.files if file.role == "merged"]
    with st.container(border=True, gap=None, key="export-files"):
        for file in made.files:
            if file.role != "merged":
                _draw_file(made, file, folder)
        if merged:
            _draw_merged(merged, folder)


def _draw_file(made: Export, file: Made, folder: Path | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{plain(file.path)}**", width=250)
        st.markdown(f":gray[{_purpose(file)}]", width="stretch")
        with st.container(width=110, horizontal=True, horizontal_alignment="right"):
            if (checks := proof.checks_of(made, file)) or file.role == "text":
                proof.chip(checks)
        st.markdown(size(file.bytes), width=80, text_alignment="right")
        with st.popover(
            f"`{file.sha256[:SHORT]}`",
            type="tertiary",
            help="SHA-256",
            key=f"sha-{file.path}",
        ):
            st.code(f"{file.sha256}  {file.path}", language=None)
            st.caption("As `sha256sum -c` reads it.")
        with st.container(width=125):
            _draw_way(file, folder)


def _draw_way(file: Made, folder: Path | None) -> None:
    """A download where that is wise, else the path."""
    path = folder / file.path if folder is not None else None
    if path is None or not _is_there(path, file):
        st.markdown(":gray[:material/link_off: not there]")
    elif file.bytes < SMALL_BYTES:
        st.download_button(
            "Download",
            path.read_bytes,
            file_name=path.name,
            mime="application/octet-stream",
            icon=":material/download:",
            on_click="ignore",
            key=f"get-{file.path}",
            width="stretch",
        )
    else:
        _draw_path(path, f"get-{file.path}")


def _draw_path(path: Path, key: str) -> None:
    with st.popover("Where it is", icon=":material/folder_open:", key=key, width="stretch"):
        st.caption("Too large for a browser. It is here:")
        st.code(str(path), language=None)
        st.caption("To another machine, going on where it was if it is cut short:")
        st.code(f"rsync -P THIS_MACHINE:{shlex.quote(str(path))} .", language="bash")


def _draw_merged(files: list[Made], folder: Path | None) -> None:
    name = Path(files[0].path).parts[0]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{plain(name)}/**", width=250)
        said = f"{_ROLES['merged']}, {len(files)} files"
        st.markdown(f":gray[{said}]", width="stretch")
        st.markdown(size(sum(file.bytes for file in files)), width=80, text_alignment="right")
        if folder is not None and (folder / name).exists():
            with st.container(width=125):
                _draw_path(folder / name, "get-merged")


def _purpose(file: Made) -> str:
    form = next((said for quant, said in GOOD_FOR.items() if quant == file.part), "")
    role = _ROLES.get(file.role, file.role)
    return f"{role}, {file.part.upper()}: {form[:1].lower()}{form[1:]}" if form else role


def _is_there(path: Path, file: Made) -> bool:
    """Whether the file is in place; a path that leads out of the folder is none of an export's."""
    if ".." in PurePosixPath(file.path).parts or file.path.startswith("/"):
        return False
    try:
        return path.stat().st_size == file.bytes
    except OSError:
        return False
