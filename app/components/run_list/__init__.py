"""The list of runs: a table of one page, with boxes to mark runs and a button where one is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent
_component = st.components.v2.component(
    "ghost_run_list",
    html='<div class="runs" data-runs></div>',
    css=(_HERE / "run_list.css").read_text(encoding="utf-8"),
    js=(_HERE / "run_list.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a click on the list asked for; at most one of the two is set."""

    open: str = ""
    act: str = ""


def draw(
    rows: Sequence[Mapping[str, Any]],
    heads: Sequence[Mapping[str, str]],
    *,
    key: str,
    picked: Sequence[str],
    round_: int,
    on_pick: Callable[[list[str]], None],
    what: str = "Run",
) -> Asked:
    """Draws a page of rows, as `train.rows.row` makes them, and says what was clicked.

    Args:
        heads: the columns of numbers, each with `title` and `hint`.
        picked: the marked runs, those on other pages too. The browser keeps them by itself.
        round_: another one when Python changed `picked`.
        on_pick: told all marked runs, before the rerun that marking one causes.
        what: the head over their names.
    """

    def changed() -> None:
        on_pick([str(each) for each in st.session_state[key].get("picked") or ()])

    result = _component(
        key=key,
        data={
            "rows": list(rows),
            "heads": list(heads),
            "picked": list(picked),
            "round": round_,
            "what": what,
        },
        on_picked_change=changed,
        on_open_change=lambda: None,
        on_act_change=lambda: None,
    )
    return Asked(str(getattr(result, "open", "") or ""), str(getattr(result, "act", "") or ""))
