"""An address that names a run which is not there: calmly said, with a way back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import streamlit as st

from app.train import address
from ghost_engine.errors import JobError
from ghost_engine.jobs.reading import find_run

LONGEST_SHOWN = 60
_ID = re.compile(r"\w[\w.-]{0,199}")


@dataclass(frozen=True, slots=True)
class WayBack:
    """Whose address it is, and where its list is."""

    page: str
    label: str
    go: Callable[[], None]


TRAIN = WayBack("Train", "All runs", address.open_list)


def found(ids: Iterable[str], back: WayBack = TRAIN) -> tuple[str, ...] | None:
    """The whole ids of runs that an address names; None where one is missing, which is drawn."""
    runs = []
    for name in ids:
        try:
            runs.append(_find(name))
        except JobError as error:
            _draw(error, back)
            return None
    return tuple(runs)


def _find(name: str) -> str:
    """An address names runs by id alone: a path would open folders that are no business of it.

    Raises:
        JobError: there is no such run.
    """
    if not _ID.fullmatch(name):
        shown = name if len(name) <= LONGEST_SHOWN else f"{name[:LONGEST_SHOWN]}..."
        raise JobError(f'There is no run "{shown}".')
    return find_run(name).id


def _draw(error: JobError, back: WayBack) -> None:
    st.subheader(back.page, anchor=False)
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, gap="small"):
            st.markdown(":gray[:material/search_off:]", width="content")
            with st.container(gap=None):
                st.text(error.message)
                st.text(_next_step(error.hint))
        if st.button(back.label, icon=":material/arrow_back:", key="astray-back"):
            back.go()


def _next_step(hint: str) -> str:
    said = hint if hint and "`" not in hint else ""
    return f"{said} It may have been deleted; the list shows what is there.".strip()
