"""The page's border: every failure becomes what happened, to what, and what to do.

Wrap a page's body in `with error_border("the playground"):`. Errors the engine raises on purpose
are shown in its words; anything else is logged with its traceback, folded away on the page.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from ghost_engine.errors import GhostError

logger = logging.getLogger(__name__)


@contextmanager
def error_border(place: str) -> Iterator[None]:
    """Draws whatever the body raises; `place` names it for the log and the reader."""
    try:
        yield
    except Exception as error:  # st.rerun and st.stop are BaseExceptions and pass through
        show_error(error, place)


def show_error(error: BaseException, place: str) -> None:
    """Draws one failure. Unexpected ones are logged with their traceback."""
    if isinstance(error, GhostError):
        _box(error.message, error.hint, _cause(error))
        return
    logger.error("unexpected error in %s", place, exc_info=error)
    _box(
        f"Something unexpected happened in {place}: {type(error).__name__}.",
        "Try again. If it comes back, send the details below with what you did.",
        "".join(traceback.format_exception(error)),
    )


def _box(message: str, hint: str, details: str) -> None:
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, gap="small"):
            st.markdown(":red[:material/error:]", width="content")
            with st.container(gap=None):
                st.text(message)
                if hint:
                    st.text(hint)
        if details:
            with st.expander("Details"):
                st.code(details, language=None, wrap_lines=True)


def _cause(error: GhostError) -> str:
    cause = error.__cause__
    return f"{type(cause).__name__}: {cause}" if cause else ""
