"""The page's address: the export that is open, or the run to export, for links and reloads.

A folder never stands in it: a path would open places that are no business of an address.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True, slots=True)
class Address:
    """What the address asks for: one export, or the form, perhaps with a run chosen."""

    job: str = ""
    run: str = ""


def read() -> Address:
    """What stands in the address now; ids are as typed and may name nothing."""
    job = st.query_params.get("job", "").strip()
    return Address(job, "" if job else st.query_params.get("run", "").strip())


def open_job(job_id: str) -> None:
    """Goes to one export; the script starts again."""
    _go({"job": job_id})


def open_form(run_id: str = "") -> None:
    """Goes back to the form and the list; the script starts again."""
    _go({"run": run_id} if run_id else {})


def keep_run(run_id: str) -> None:
    """Lets the address name the chosen run, without going anywhere."""
    wanted = {"run": run_id} if run_id else {}
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def _go(parameters: dict[str, str]) -> None:
    st.query_params.from_dict(parameters)
    st.rerun()
