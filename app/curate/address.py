"""The page's address: the open example and the queue's filters, for links and reloads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import streamlit as st

from app.curate.desk import TO_DECIDE, Desk
from ghost_engine.data.records import STATUSES, Filters, Sort

ANY = "any"
SORTS: tuple[Sort, ...] = get_args(Sort)
_LISTS = {"problem": "problems", "provider": "providers", "domain": "domains"}


def read(desk: Desk) -> str:
    """Takes filters and order from the address; returns the example it asks for, or ""."""
    asked = {name: st.query_params.get_all(name) for name in st.query_params}
    desk.filters = filters_of(asked)
    sort = "".join(asked.get("sort", []))
    desk.sort = next((each for each in SORTS if each == sort), desk.sort)
    page = "".join(asked.get("page", []))
    desk.page = max(0, int(page) - 1) if page.isdecimal() and len(page) < 9 else 0
    return "".join(asked.get("example", [])[:1])


def filters_of(asked: Mapping[str, list[str]]) -> Filters:
    """The filters that an address means; without a status, what is to be decided."""
    wanted = asked.get("status", [])
    statuses = tuple(each for each in STATUSES if each in wanted)
    if not wanted:
        statuses = TO_DECIDE.statuses
    runs = {"yes": True, "no": False}.get("".join(asked.get("runs", [])))
    return Filters(
        statuses=statuses,
        problems=tuple(asked.get("problem", ())),
        providers=tuple(asked.get("provider", ())),
        domains=tuple(asked.get("domain", ())),
        executes=runs,
        text="".join(asked.get("text", [])[:1]),
    )


def write(desk: Desk) -> None:
    """Makes the address say where the desk is, if it does not yet."""
    said = parameters(desk)
    now = {name: st.query_params.get_all(name) for name in st.query_params}
    if now != {name: value if isinstance(value, list) else [value] for name, value in said.items()}:
        st.query_params.from_dict(said)


def parameters(desk: Desk) -> dict[str, str | list[str]]:
    """The address's parameters; what is as always is left out."""
    filters = desk.filters
    said: dict[str, str | list[str]] = {}
    if desk.example is not None:
        said["example"] = str(desk.example.id)
    if filters.statuses != TO_DECIDE.statuses:
        said["status"] = list(filters.statuses) or [ANY]
    for name, attribute in _LISTS.items():
        if values := getattr(filters, attribute):
            said[name] = list(values)
    if isinstance(filters.executes, bool):
        said["runs"] = "yes" if filters.executes else "no"
    if filters.text:
        said["text"] = filters.text
    if desk.sort != "effort":
        said["sort"] = desk.sort
    if desk.page:
        said["page"] = str(desk.page + 1)
    return said
