"""A look at the whole store for what one text cannot show: doubles, same answers, lost pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from app.components.errors import show_error
from app.components.words import plain
from app.curate.task import Task
from app.curate.waiting import wait
from app.curate.words import problem_title
from ghost_engine.data.quality import CODES, QualityReport, Step, from_store, inspect
from ghost_engine.data.store import Store
from ghost_engine.errors import Cancelled

TASK = "inspection-task"
FROM_OCR = ("column-not-on-screen", "label-without-column", "unreadable-screen")


def draw(store: Store, close: Callable[[], None]) -> None:
    """The question, the work, or what was found."""
    task: Task[QualityReport] | None = st.session_state.get(TASK)
    if task is None:
        _ask(store)
    elif not task.done:
        wait(task)
    else:
        _outcome(task, close)


def _ask(store: Store) -> None:
    st.markdown(
        "Every example is checked, and compared with the others. What is found becomes a filter of "
        "the queue."
    )
    ocr = st.checkbox("Read the screenshots, too", help="Seconds each the first time, then cached")
    if st.button("Look for problems", type="primary", key="inspect-go"):
        st.session_state[TASK] = Task(_work(store, ocr))
        st.rerun(scope="fragment")


def _work(store: Store, ocr: bool) -> Callable[[Task[QualityReport]], QualityReport]:
    def work(task: Task[QualityReport]) -> QualityReport:
        def tell(step: Step) -> None:
            task.share = step.done / max(1, step.total)
            task.words = f"{step.phase.capitalize()}: {step.done:,} of {step.total:,}"

        samples = list(from_store(store))
        report = inspect(samples, ocr=ocr, progress=tell, cancelled=lambda: task.stopping)
        asked = [code for code in CODES if ocr or code not in FROM_OCR]
        found = report.codes_by_example()
        store.set_problems({int(each.id): found.get(each.id, ()) for each in samples}, asked)
        return report

    return work


def _outcome(task: Task[QualityReport], close: Callable[[], None]) -> None:
    report, error = task.result, task.error
    if report is not None:
        st.markdown(f"**{report.examples:,}** examples, {report.executes:,} of them run.")
        _found(report.counts())
    elif isinstance(error, Cancelled):
        st.info("Stopped. Nothing was noted.")
    elif error is not None:
        show_error(error, "the inspection")
    if st.button("Go on", type="primary", key="inspect-done"):
        st.session_state[TASK] = None
        close()
        st.rerun()


def _found(counts: Mapping[str, int]) -> None:
    if not counts:
        st.caption("Nothing was found.")
    for code, count in counts.items():
        st.markdown(f"**{count:,}** {plain(problem_title(code))}")
