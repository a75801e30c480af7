"""Stop, kill and resume, and what came of it: each asked once, whoever else asked already."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from app.components import trouble
from app.components.asking import ask, draw_refusal
from app.components.person import person
from ghost_engine.jobs import control
from ghost_engine.jobs.folder import read_json
from ghost_engine.jobs.locks import is_held
from ghost_engine.jobs.records import Run
from ghost_engine.training.remote.record import read_remote

GRACE_SECONDS = 15.0
"""How long a gentle stop has before killing is offered."""


def draw(run: Run) -> None:
    """The buttons that this state allows."""
    if run.active:
        _draw_stop(run)
    elif run.state in ("stopped", "failed", "lost"):
        st.button(
            "Resume",
            key="run-resume",
            type="primary",
            icon=":material/play_arrow:",
            help="Goes on from the last checkpoint, with the same settings",
            on_click=_resume,
            args=(run,),
        )
    if not run.active and (run.folder.adapter / "adapter_config.json").is_file():
        if st.button("Export", key="run-export", icon=":material/deployed_code:"):
            st.switch_page("../pages/export.py", query_params={"run": run.id})
    draw_refusal()


def draw_trouble(run: Run) -> None:
    """Why a run failed or is lost, and what to do."""
    trouble.draw_trouble(run, _next_step(run), key="trouble")


def stopping_for(run: Run, now: datetime) -> float | None:
    """Seconds since somebody asked it to stop; None if nobody did."""
    document = read_json(run.folder.stop)
    try:
        if document is None:  # touched by hand
            return now.timestamp() - run.folder.stop.stat().st_mtime
        return (now - datetime.fromisoformat(str(document.get("asked")))).total_seconds()
    except FileNotFoundError:
        return None
    except ValueError:
        return 0.0


def _draw_stop(run: Run) -> None:
    asked = stopping_for(run, datetime.now(UTC))
    if asked is None:
        waits = run.state == "queued"
        st.button(
            "Leave the queue" if waits else "Stop",
            key="run-stop",
            icon=":material/stop_circle:",
            help="" if waits else "Finishes its step, saves a checkpoint, ends",
            on_click=_stop,
            args=(run,),
        )
        return
    st.caption(":orange[:material/hourglass_top:] Stopping: it saves first")
    if asked >= GRACE_SECONDS:
        with st.popover("Kill", icon=":material/dangerous:", key="run-kill"):
            st.text("What is not in a checkpoint is lost.")
            st.button(
                "Kill it now", key="run-kill-now", type="primary", on_click=_kill, args=(run,)
            )


def _next_step(run: Run) -> str:
    if read_remote(run.folder) is not None:
        return "There it goes on. Resume follows it again, and pays for nothing new."
    if is_held(run.folder.worker_lock):
        return "Its worker still lives and is saving. Resume waits for it, then goes on."
    return "Nothing that is in a checkpoint is lost. Resume goes on from the last one."


def _stop(run: Run) -> None:
    ask(run, lambda: control.stop(run), wanted_active=False)


def _kill(run: Run) -> None:
    """The supervisor kills it within a moment; the page does not wait for that."""
    ask(run, lambda: control.stop(run, grace_seconds=0), wanted_active=False)


def _resume(run: Run) -> None:
    ask(run, lambda: control.resume(run, by=person()), wanted_active=True)
