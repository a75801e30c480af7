"""The page's address: the run that is open, or those side by side, for links and reloads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True, slots=True)
class Address:
    """What the address asks for: one run, some to compare, or neither, which is the list."""

    run: str = ""
    compare: tuple[str, ...] = ()


def read() -> Address:
    """What stands in the address now; ids are as typed and may name nothing."""
    run = st.query_params.get("run", "").strip()
    asked = (each.strip() for each in st.query_params.get("compare", "").split(","))
    return Address(run, () if run else tuple(dict.fromkeys(each for each in asked if each)))


def open_run(run_id: str) -> None:
    """Goes to one run; the script starts again."""
    _go({"run": run_id})


def open_compare(ids: Iterable[str]) -> None:
    """Goes to some runs side by side; the script starts again."""
    _go({"compare": ",".join(ids)})


def open_list() -> None:
    """Goes back to the form and the list of runs; the script starts again."""
    _go({})


def _go(parameters: dict[str, str]) -> None:
    st.query_params.from_dict(parameters)
    st.rerun()
