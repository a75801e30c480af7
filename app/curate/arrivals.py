"""Bringing a dataset in: upload it, name its path, or take the pairs shipped here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import streamlit as st

from app.components.errors import show_error
from app.components.words import plain
from app.curate.task import Task
from app.curate.waiting import wait
from ghost_engine.data.files.importing import ImportProgress, ImportReport, import_file
from ghost_engine.data.store import Store
from ghost_engine.errors import Cancelled, FileError
from ghost_engine.settings import get_settings

SHIPPED = Path(__file__).parents[2] / "data" / "pairs.jsonl"
SHOWN_SKIPS = 8
TASK = "import-task"
FIRST = "first-import"
PATH, ROOT, UPLOAD, UNNAMED = "import-path", "import-root", "dataset-upload", "import-unnamed"
FORMS = ["json", "jsonl", "csv"]


def first_under_way() -> bool:
    """True from the start of an empty store's import until its report was read."""
    return bool(st.session_state.get(TASK)) and bool(st.session_state.get(FIRST))


def draw_empty(store: Store) -> None:
    """The page of a store that holds nothing yet."""
    st.session_state[FIRST] = True
    with st.container(border=True, width=640):
        st.markdown("**Nothing to curate yet.** Bring in screenshots with drafts of their SQL.")
        draw(store)


def draw(store: Store) -> None:
    """The form, the import at work, or what became of it."""
    task: Task[ImportReport] | None = st.session_state.get(TASK)
    if task is None:
        _form(store)
    elif not task.done:
        wait(task)
    else:
        _outcome(task)


def _form(store: Store) -> None:
    if SHIPPED.exists():
        st.button(
            f"Load the {_lines(SHIPPED)} shipped pairs",
            type="primary",
            icon=":material/inventory_2:",
            on_click=_start,
            args=(store, SHIPPED, None),
        )
    path = st.text_input(
        "Dataset on this machine", placeholder="folder, .json, .jsonl or .csv", key=PATH
    )
    st.text_input("Folder of its pictures, if they are elsewhere", placeholder="optional", key=ROOT)
    upload = st.file_uploader("Or upload its file", type=FORMS, max_upload_size=200, key=UPLOAD)
    st.button("Import", key="import-go", icon=":material/upload:", on_click=_import, args=(store,))
    if st.session_state.get(UNNAMED) and upload is None and not path.strip():
        st.warning("Name a dataset, or upload one.", icon=":material/upload_file:")
    st.caption("Every SQL is run on PostgreSQL on the way. Nothing comes in twice.")


def _import(store: Store) -> None:
    """Starts what the form names; with nothing named, says so until something is."""
    path, root = (st.session_state.get(key, "").strip() for key in (PATH, ROOT))
    upload = st.session_state.get(UPLOAD)
    folder = Path(root).expanduser() if root else None
    st.session_state[UNNAMED] = upload is None and not path
    if upload is not None:
        _start_upload(store, upload.name, upload.getvalue(), folder)
    elif path:
        _start(store, Path(path).expanduser(), folder)


@st.cache_data(show_spinner=False)
def _lines(path: Path) -> int:
    return sum(1 for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


def _start(store: Store, path: Path, root: Path | None) -> None:
    st.session_state[TASK] = Task(_work(store, path, root))


def _start_upload(store: Store, name: str, data: bytes, root: Path | None) -> None:
    """Pictures of an uploaded file are looked for in the folder named, or in the data folder."""

    def work(task: Task[ImportReport]) -> ImportReport:
        with TemporaryDirectory(prefix="ghost-upload-") as folder:
            path = Path(folder) / Path(name).name
            path.write_bytes(data)
            return _work(store, path, root or get_settings().data_dir)(task)

    st.session_state[TASK] = Task(work)


def _work(
    store: Store, path: Path, root: Path | None
) -> Callable[[Task[ImportReport]], ImportReport]:
    def work(task: Task[ImportReport]) -> ImportReport:
        if not path.exists():
            raise FileError(f"There is no {path} here.", "Give a path on the server's machine.")

        def tell(progress: ImportProgress) -> None:
            task.share = progress.share
            task.words = f"{progress.read:,} rows read"

        return import_file(
            store, path, image_root=root, progress=tell, cancelled=lambda: task.stopping
        )

    return work


def _outcome(task: Task[ImportReport]) -> None:
    report, error = task.result, task.error
    if report is not None:
        st.markdown(said(report))
        for each in report.skipped[:SHOWN_SKIPS]:
            st.caption(plain(f"Line {each.line}: {each.reason}"))
        if len(report.skipped) > SHOWN_SKIPS:
            st.caption(f"and {len(report.skipped) - SHOWN_SKIPS:,} more")
    elif isinstance(error, Cancelled):
        st.info("Stopped. What was imported is kept; import again to go on.")
    elif error is not None:
        show_error(error, "the import")
    if st.button("Go on", type="primary", key="import-done"):
        _forget()


def _forget() -> None:
    st.session_state[TASK] = st.session_state[FIRST] = None
    desk: Any = st.session_state.get("desk")
    if desk is not None:
        desk.dialog = ""
    st.rerun()


def said(report: ImportReport) -> str:
    """The import in a sentence or two."""
    parts = [
        f"**{report.read:,}** rows read: {report.added:,} added, {report.updated:,} updated, "
        f"{report.unchanged:,} there already, {len(report.skipped):,} skipped.",
        f"{report.runs:,} run, {report.fails:,} fail.",
    ]
    if report.missing:
        parts.append(f"{report.missing:,} pictures were not found.")
    return " ".join(parts)
