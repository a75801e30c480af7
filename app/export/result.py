"""What an export left: its files with their proof, how to use them, what has to be known."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.components.amounts import size
from app.components.words import marked, plain
from app.export import files, playground, proof, using
from ghost_engine.export.config import ExportConfig
from ghost_engine.export.result import Export, read_export
from ghost_engine.jobs.records import Run
from ghost_engine.training.story import span


def draw(run: Run, config: ExportConfig | None, made: Export) -> None:
    """Draws it all: warnings first."""
    folder = folder_of(run, config)
    for warning in (*made.warnings, *_astray(run, made, folder)):
        with st.container(border=True, horizontal=True, gap="small"):
            st.markdown(":orange[:material/warning:]", width="content")
            st.markdown(marked(warning))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader("Files", anchor=False, width="content")
        proof.chip(made.checks)
        if made.ollama:
            st.badge(f"In Ollama as {plain(made.ollama)}", icon=":material/cloud_done:")
        st.caption(plain(_facts(made)))
        st.space("stretch")
        playground.draw_link()
    files.draw(made, folder)
    left, right = st.columns([54, 46], gap="medium")
    with left:
        proof.draw(made)
    with right:
        using.draw(made, folder)


def folder_of(run: Run, config: ExportConfig | None) -> Path | None:
    """Where the files are; a folder that was named in part is one of where the job was started."""
    return Path(run.job.cwd or ".") / config.folder if config is not None else None


def _astray(run: Run, made: Export, folder: Path | None) -> list[str]:
    """What became of the files since."""
    if folder is None:
        return ["The settings of this export cannot be read: where its files are is not known."]
    there = read_export(folder)
    if there is not None and there.job != made.job:
        return [f"Another export, {there.job}, has taken the place of these files in {folder}."]
    gone = [file.path for file in made.files if not (folder / file.path).exists()]
    if gone:
        return [f"No longer in {folder}: {', '.join(gone)}."]
    return []


def _facts(made: Export) -> str:
    """Size, time, memory, and what was announced."""
    facts = [
        size(sum(file.bytes for file in made.files)),
        f"took {span(made.seconds)}" if made.seconds else "",
        f"memory at most {made.peak_rss_gib:.1f} GiB" if made.peak_rss_gib else "",
        f"disk at most {size(made.high_water_bytes)}" if made.high_water_bytes else "",
        f"announced {size(made.planned_bytes)}" if made.planned_bytes else "",
    ]
    return " · ".join(each for each in facts if each)
