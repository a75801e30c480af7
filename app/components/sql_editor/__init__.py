"""A PostgreSQL editor: CodeMirror 6 behind Streamlit's component protocol.

The text belongs to the person typing: a rerun never replaces it, only a new `revision` does. Ask
`current_text` first (it holds what was typed up to this rerun), judge that, then `draw` with the
problems found.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from ghost_engine.sql.report import Problem

_HERE = Path(__file__).parent
_BUNDLE = Path(__file__).parents[2] / "static" / "sql_editor.js"
_VERSION = hashlib.sha256(_BUNDLE.read_bytes()).hexdigest()[:12]
_component = st.components.v2.component(
    "ghost_sql_editor",
    html='<div data-editor style="box-sizing:border-box;width:100%"></div>'
    '<div data-state role="status"></div>',
    css=(_HERE / "editor.css").read_text(encoding="utf-8"),
    js=(_HERE / "stub.js").read_text(encoding="utf-8").replace("__VERSION__", _VERSION),
)


@dataclass(frozen=True, slots=True)
class Guard:
    """For text that must not be lost; the caller saves each edit as it comes.

    `session` names the server session, so that text typed while the server was away comes back.
    `saved` says, once the text just drawn is safe, how: "Draft saved 10:41".
    """

    session: str
    saved: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """What the browser sent last, and the `revision` it was typed over. `seq` counts the edits."""

    text: str
    revision: int
    seq: int


def last_edit(key: str) -> Edit | None:
    """The last edit of the editor `key`, also one that crossed a newer revision on its way."""
    state = st.session_state.get(key)
    edit = state.get("edit") if state else None
    return Edit(str(edit["text"]), int(edit["revision"]), int(edit["seq"])) if edit else None


def current_text(key: str, text: str, revision: int = 0) -> str:
    """What stands in the editor `key` now; `text` when nobody has typed since `revision`."""
    edit = _edit(key, revision)
    return str(edit["text"]) if edit else text


def draw(
    text: str,
    *,
    key: str,
    label: str,
    revision: int = 0,
    problems: Sequence[Problem] = (),
    schema: Mapping[str, Sequence[str]] | None = None,
    height: str = "420px",
    read_only: bool = False,
    draft_key: str | None = None,
    placeholder: str = "",
    guard: Guard | None = None,
    on_submit: Callable[[str], None] | None = None,
) -> None:
    """Draws the editor.

    Args:
        text: shown on first sight and whenever `revision` changes.
        label: its name for screen readers.
        problems: underlined and marked at their line, explained on hover.
        schema: table to column names, offered while typing.
        height: in CSS.
        draft_key: names the document, so that text typed in this tab survives a page reload.
        guard: keep typed text in the browser until it is safe, beyond this tab.
        on_submit: called with the text before the rerun that Ctrl/Cmd+Enter causes.
    """

    def submitted() -> None:
        if on_submit:
            on_submit(str(st.session_state[key]["submit"]["text"]))

    edit = _edit(key, revision)
    _component(
        key=key,
        data={
            "text": text,
            "revision": revision,
            "seq": edit["seq"] if edit else 0,
            "label": label,
            "markers": [
                {"line": p.line, "column": p.column, "message": p.message, "hint": p.hint}
                for p in problems
            ],
            "schema": {name: list(columns) for name, columns in (schema or {}).items()},
            "height": height,
            "read_only": read_only,
            "draft_key": draft_key,
            "placeholder": placeholder,
            "guard": asdict(guard) if guard else None,
        },
        on_edit_change=_ignore,
        on_submit_change=submitted,
    )


def _edit(key: str, revision: int) -> dict[str, Any] | None:
    """The last edit sent from the browser, unless the text has been replaced since."""
    state = st.session_state.get(key)
    edit = state.get("edit") if state else None
    return edit if edit and edit["revision"] == revision else None


def _ignore() -> None:
    """The rerun is all we want."""
