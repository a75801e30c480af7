"""The validation screens of each evaluation: the picture, what the model wrote, the verdict.

Folded by step; only what is open is drawn, and pictures and diagrams are made once.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from PIL import Image

from app.components.schema_view import draw_diagram
from app.components.verdict import Word, verdict_chip
from app.components.words import plain
from ghost_engine.errors import GhostError, SandboxError
from ghost_engine.jobs.records import Run
from ghost_engine.sql import check
from ghost_engine.sql.schema import Schema
from ghost_engine.training.data import read_frozen

Sample = dict[str, Any]
STEPS_SHOWN = 12
PICTURE_PIXELS = 720
FRAME = "300px"


def draw(run: Run, rows: Sequence[Sample]) -> None:
    """A fold for each step at which screens were drafted, newest first."""
    steps = by_step(rows)
    if not steps:
        st.caption("No screen was drafted yet. Evaluations draft a few, if eval_screens is not 0.")
        return
    wanted = st.session_state.get("screens-shown", STEPS_SHOWN)
    for step in sorted(steps, reverse=True)[:wanted]:
        fold = st.expander(_title(step, steps[step]), key=f"screens-{step}", on_change="rerun")
        if fold.open:
            with fold:
                _draw_step(run, step, steps[step])
    if len(steps) > wanted:
        st.button(f"Show all {len(steps):,}", key="screens-all", on_click=_show, args=(len(steps),))


def by_step(rows: Sequence[Sample]) -> dict[int, list[Sample]]:
    """The drafts of each step; of a step that came twice, those of the last attempt."""
    found: dict[int, list[Sample]] = {}
    for row in rows:
        step, attempt = row.get("step"), row.get("attempt", 0)
        if not isinstance(step, int):
            continue
        known = found.setdefault(step, [])
        if known and known[0].get("attempt", 0) < attempt:
            known.clear()
        known.append(row)
    return found


def _title(step: int, samples: Sequence[Sample]) -> str:
    judged = [sample for sample in samples if sample.get("valid") is not None]
    running = sum(bool(sample["valid"]) for sample in judged)
    parts = [f"Step {step}", f"{running} of {len(judged)} run" if judged else "not judged"]
    scores = [sample["score"] for sample in samples if isinstance(sample.get("score"), int | float)]
    if scores:
        parts.append(f"score {sum(scores) / len(scores):.2f}")
    return " · ".join(parts)


def _draw_step(run: Run, step: int, samples: Sequence[Sample]) -> None:
    frozen = _validation(str(run.path))
    for number, sample in enumerate(samples):
        _draw_sample(run, sample, frozen.get(str(sample.get("id")), {}), f"{step}-{number}")


def _draw_sample(run: Run, sample: Sample, row: dict[str, str], key: str) -> None:
    sql, valid = str(sample.get("sql") or ""), sample.get("valid")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(f"**{plain(str(sample.get('id', '')))}**", width="content")
        verdict_chip(_word(valid), str(sample.get("error") or ""))
        st.caption(_facts(sample), width="content")
    picture, text, diagram = st.columns([4, 3, 4], gap="small")
    with picture:
        _draw_picture(run, row)
    with text, st.container(height=300, border=False):
        st.code(sql or "-- nothing", language="sql", wrap_lines=True)
    with diagram:
        schema = _schema(sql) if valid else None
        if schema is not None and schema.tables:
            draw_diagram(schema, key=f"drafted-{key}", height=FRAME)
        else:
            st.caption(plain(str(sample.get("error") or "There is no schema to draw.")))


def _draw_picture(run: Run, row: dict[str, str]) -> None:
    path = run.folder.dataset / row["image"] if row.get("image") else None
    if path is not None and path.is_file():
        with st.container(height=300, border=False):
            st.image(_shrunk(str(path), path.stat().st_mtime_ns), width="stretch")
    elif row.get("input"):
        with st.container(height=300, border=False):
            st.text(row["input"])
    else:
        st.caption("Its picture is not in the run's dataset.")


def _word(valid: Any) -> Word:
    return "not checked" if valid is None else "runs" if valid else "fails"


def _facts(sample: Sample) -> str:
    parts = []
    if isinstance(sample.get("score"), int | float):
        parts.append(f"score {sample['score']:.2f}")
    if sample.get("tokens"):
        parts.append(f"{sample['tokens']:,} tokens")
    if sample.get("seconds"):
        parts.append(f"{sample['seconds']:.1f} s")
    return " · ".join(parts)


def _show(count: int) -> None:
    st.session_state["screens-shown"] = count


@st.cache_data(max_entries=16, show_spinner=False)
def _validation(path: str) -> dict[str, dict[str, str]]:
    """The frozen validation rows by id; none where the dataset is gone or was changed."""
    try:
        return {row["id"]: row for row in read_frozen(Path(path)).rows("validation")}
    except GhostError:
        return {}


@st.cache_data(max_entries=256, show_spinner=False)
def _shrunk(path: str, changed: int) -> bytes:
    """A frozen picture (intake has judged it), as wide as it is shown."""
    with Image.open(path) as image:
        image.thumbnail((PICTURE_PIXELS, 4 * PICTURE_PIXELS))
        buffer = io.BytesIO()
        image.convert("RGB").save(buffer, "WEBP", quality=85, method=2)
        return buffer.getvalue()


@st.cache_data(max_entries=256, show_spinner=False)
def _schema(sql: str) -> Schema | None:
    """What a draft makes; None where nobody can say."""
    try:
        report = check(sql)
    except SandboxError:
        return None
    return report.schema if report.valid else None
