"""Try it: the base model and the adapter asked about your own screenshot, side by side.

Asking is a background job; what was asked stays in the run's folder and is listed again.
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from pathlib import Path

import streamlit as st

from app.components import paste, screenshot
from app.components.amounts import ago
from app.components.errors import error_border, show_error
from app.components.person import person
from app.components.schema_view import draw_diagram
from app.components.verdict import problem_list, report_chip
from app.components.words import plain
from ghost_engine.data.images import intake, read_picture
from ghost_engine.errors import GhostError, JobError, SandboxError
from ghost_engine.jobs import control
from ghost_engine.jobs.records import Run
from ghost_engine.sql import check
from ghost_engine.sql.report import Report
from ghost_engine.training.config import TrainingConfig
from ghost_engine.training.trial import (
    WHO,
    Answer,
    Trial,
    Who,
    obstacle,
    read_trials,
    settings_of_adapter,
    start_trial,
)

TICK_SECONDS = 2.0
FRAME = "360px"
_TITLES: dict[Who, str] = {"base": "The base model", "adapter": "With this run's adapter"}
_FIELD = "trial-question"
_ROUND = "trial-round"


def draw(run: Run) -> None:
    """Draws what was tried with a run's adapter, and the field to try more."""
    trials = read_trials(run)
    wrong = obstacle(run)
    config = None if wrong else settings_of_adapter(run)
    if config is None:
        st.caption(plain(wrong))
    else:
        _draw_question(run, config)
    live = any(trial.active for trial in trials)
    if trials:
        st.fragment(_draw_trials, run_every=TICK_SECONDS if live else None)(run, live)


def _draw_question(run: Run, config: TrainingConfig) -> None:
    """The field; what is dropped or sent starts a job at once."""
    st.markdown(
        "Drop a screenshot: the base model and the adapter each write its schema, and PostgreSQL "
        "judges both. It takes about as long as loading the model."
        if config.phase == "vision"
        else "Describe a screen: the base model and the adapter each write its schema."
    )
    turn = st.session_state.setdefault(_ROUND, uuid.uuid4().hex)
    if config.phase == "vision":
        field = f"{_FIELD}-{turn}"
        file = st.file_uploader("Screenshot", key=field, label_visibility="collapsed")
        paste.listen(field, key="trial-paste")
        if file is not None:
            _ask(run, file.name, file.getvalue(), "")
        return
    with st.form(f"{_FIELD}-{turn}", border=False):
        words = st.text_area("Screen", placeholder="A list of orders with customer, date, total")
        if st.form_submit_button("Try it", type="primary") and words.strip():
            _ask(run, "", b"", words.strip())


def _ask(run: Run, name: str, data: bytes, description: str) -> None:
    """The turn's word is the request: a rerun in between asks nothing twice."""
    try:
        picture = intake(data, name) if name else None
        request = st.session_state[_ROUND]
        start_trial(run, picture, description, by=person(), request=f"trial-{request}")
    except GhostError as error:
        show_error(error, "the trial")
        return
    st.session_state[_ROUND] = uuid.uuid4().hex
    st.rerun()


def _draw_trials(run: Run, was_live: bool) -> None:
    with error_border("the trials"):
        trials = read_trials(run)
        if any(trial.active for trial in trials) != was_live:
            st.rerun()
        for number, trial in enumerate(trials):
            name = trial.name or trial.description
            shown = name if len(name) <= 80 else f"{name[:80]}..."
            fold = st.expander(
                f"{plain(shown)} · {ago(trial.asked)}",
                key=f"trial-{trial.id}",
                expanded=number == 0,
                on_change="rerun",
            )
            if fold.open:
                with fold:
                    _draw_trial(trial)


def _draw_trial(trial: Trial) -> None:
    _draw_job(trial)
    if trial.picture:
        left, *answers = st.columns([3, 4, 4], gap="small")
        with left:
            _draw_picture(trial, trial.picture)
    else:
        st.text(trial.description)
        answers = list(st.columns(2, gap="small"))
    for column, who in zip(answers, WHO, strict=True):
        with column:
            _draw_answer(trial, who, trial.answer(who))


def _draw_job(trial: Trial) -> None:
    """How far it is, or why it did not end well."""
    job = trial.job
    if job is None or job.state == "finished":
        return
    if job.active:
        status = job.status
        share = (status.step or 0) / status.total_steps if status.total_steps else 0.0
        words = (status.phase or "waiting").capitalize()
        note = f": {status.note}" if status.note else ""
        if job.state == "queued":
            words = "Waiting for the card" if job.job.gpu else "Starting"
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.progress(min(1.0, share), text=plain(words + note))
            st.button(
                "Cancel",
                key=f"trial-cancel-{trial.id}",
                icon=":material/close:",
                on_click=_cancel,
                args=(job,),
            )
        return
    error = job.status.error
    said = f"{error.message} {error.hint}" if error else "It was cancelled before both answered."
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":orange[:material/info:] {plain(said)}")
        st.button(
            "Go on",
            key=f"trial-resume-{trial.id}",
            icon=":material/play_arrow:",
            on_click=_go_on,
            args=(job,),
        )


def _cancel(job: Run) -> None:
    with suppress(JobError):  # it has just ended by itself
        control.stop(job)


def _go_on(job: Run) -> None:
    with suppress(JobError):  # somebody was quicker
        control.resume(job, by=person())


def _draw_picture(trial: Trial, path: Path) -> None:
    source, digest, width, height = _picture(str(path))
    screenshot.draw_source(
        digest,
        source,
        key=f"trial-picture-{trial.id}",
        name=trial.name,
        size=(width, height),
        boxes={},
        height=FRAME,
    )


def _draw_answer(trial: Trial, who: Who, answer: Answer | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{_TITLES[who]}**", width="content")
        if answer is None:
            return
        report = _judged(answer.sql)
        report_chip(report)
    tables = f"{answer.tables} table{'' if answer.tables == 1 else 's'}, " if answer.valid else ""
    st.caption(plain(f"{tables}{answer.tokens} tokens in {answer.seconds:.1f} s"))
    if not answer.sql:
        st.caption("It wrote nothing that is text.")
        return
    if report is not None and report.valid and report.schema.tables:
        draw_diagram(report.schema, key=f"trial-diagram-{trial.id}-{who}", height=FRAME)
    elif report is not None and report.errors:
        problem_list(report)
    st.code(answer.sql, language="sql", height=240, wrap_lines=True)


@st.cache_data(max_entries=64, show_spinner=False)
def _judged(sql: str) -> Report | None:
    """The verdict, with the schema to draw; None where no PostgreSQL is there."""
    try:
        return check(sql)
    except SandboxError:
        return None


@st.cache_data(max_entries=16, show_spinner=False)
def _picture(path: str) -> tuple[str, str, int, int]:
    """What the viewer shows: a data URL, what names it, and its size."""
    picture = read_picture(Path(path))
    return screenshot.preview(picture), picture.content_hash, *picture.pixels.size
