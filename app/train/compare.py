"""Runs side by side: curves over each other, numbers with the best marked, settings that differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.components.amounts import NO_NUMBER, duration
from app.components.badges import state_text
from app.components.errors import error_border
from app.components.words import plain
from app.train import address
from app.train.charts import Line, chart
from app.train.history import MOST_COMPARED, TICK_SECONDS, shelf
from app.train.watched import watched
from app.train.words import title
from ghost_engine.jobs.reading import find_run, read_run
from ghost_engine.jobs.records import Run
from ghost_engine.training.curves import Series
from ghost_engine.training.summary import compare_runs

COLOURS = ("#6470dc", "#c9811c", "#2f9e63", "#b0559b", "#2f93a8", "#8a7a55")
"""One a run; in the middle of light and dark."""
_SIGNS = "●◆▲■▼★"
_BESIDE = 3
"""With more runs the two tables stand one below the other."""
_LEGEND, _HEADS = 33, 66
"""Characters of all names together that stand beside a chart's title, above a table."""


@dataclass(frozen=True, slots=True)
class _Number:
    """A number of the table: its name, format, and which one is best (None: no matter)."""

    title: str
    form: str
    best: Callable[[Sequence[float]], float] | None


_NUMBERS: Mapping[str, _Number] = {
    "eval_loss": _Number("Validation loss, lowest", ".4f", min),
    "loss": _Number("Training loss, last", ".4f", min),
    "valid_share": _Number("SQL that runs, highest", ".0%", max),
    "score": _Number("Score, highest", ".3f", max),
    "step": _Number("Steps done", ",.0f", None),
    "tokens_per_second": _Number("Tokens a second, median", ",.0f", max),
    "vram_reserved_gib": _Number("Peak memory reserved, GiB", ".2f", min),
    "vram_allocated_gib": _Number("Peak memory in use, GiB", ".2f", min),
}
_CHARTS = {
    "loss": ("Training loss, smoothed", None),
    "eval_loss": ("Validation loss", None),
    "valid_share": ("Share of drafts that run", 1.0),
    "score": ("Score of the drafts", 1.0),
}


def draw(ids: Sequence[str]) -> None:
    """Draws the comparison of these runs.

    Raises:
        JobError: one of them is not there.
    """
    runs = [find_run(each) for each in ids]
    _draw_heading(runs)
    if len(runs) < 2:
        st.markdown("One run alone compares with nothing. Mark two or more in the list of runs.")
        return
    if len(runs) > MOST_COMPARED:
        st.caption(f"The first {MOST_COMPARED} of {len(runs)} runs: more cannot be told apart.")
        runs = runs[:MOST_COMPARED]
    live = any(run.active for run in runs)
    st.fragment(_draw_all, run_every=TICK_SECONDS if live else None)(runs, live)


def labels(runs: Sequence[Run], room: int = 200) -> dict[str, str]:
    """What each run is called here: its name, and its id where two have the same or none.

    Args:
        room: at most so many characters; of a name its beginning, of an id its end is kept.
    """
    names = [run.job.name for run in runs]
    found = {}
    for run in runs:
        named = run.job.name and names.count(run.job.name) == 1
        text = run.job.name if named else run.id.removesuffix(f"-{run.job.kind}")
        if len(text) > room:
            text = f"{text[: room - 1]}…" if named else f"…{text[1 - room :]}"
        found[run.id] = text
    return found


def best_ids(values: Mapping[str, float | None], name: str) -> set[str]:
    """The runs whose number is the best; none where no number is better than another."""
    choose = _NUMBERS[name].best
    known = [value for value in values.values() if value is not None]
    if choose is None or len(set(known)) < 2:
        return set()
    return {run_id for run_id, value in values.items() if value == choose(known)}


def _draw_heading(runs: Sequence[Run]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button(
            "", key="compare-back", icon=":material/arrow_back:", type="tertiary", help="All runs"
        ):
            address.open_list()
        noun = "run" if len(runs) == 1 else "runs"
        st.subheader(f"{len(runs)} {noun} side by side", anchor=False)


def _draw_all(runs: Sequence[Run], was_live: bool) -> None:
    with error_border("the comparison"):
        runs = [read_run(run.folder) for run in runs]
        if any(run.active for run in runs) != was_live:
            st.rerun()
        _draw_runs(runs)
        _draw_charts(runs)
        found = compare_runs(runs)
        beside = len(runs) <= _BESIDE
        left, right = st.columns(2, gap="medium") if beside else (st.container(), st.container())
        with left:
            st.markdown("**Numbers** · the best of each in green")
            st.markdown(_numbers_table(runs, found.metrics))
        with right:
            st.markdown("**Settings that differ**")
            if found.settings:
                st.markdown(_settings_table(runs, found.settings))
            else:
                st.caption("None: chance, the data or the machine made the difference.")


def _draw_runs(runs: Sequence[Run]) -> None:
    named = labels(runs)
    for number, (column, run) in enumerate(zip(st.columns(len(runs)), runs, strict=True)):
        digest = shelf().digest(run)
        with column.container(border=True, gap=None, height="stretch", key=f"compared-{number}"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.html(_sign(number), width="content")
                if st.button(
                    plain(named[run.id]),
                    key=f"compared-open-{number}",
                    type="tertiary",
                    help=run.id,
                ):
                    address.open_run(run.id)
                st.space("stretch")
                if len(runs) > 2 and st.button(
                    "", key=f"compared-out-{number}", icon=":material/close:", type="tertiary",
                    help="Leave this run out",
                ):  # fmt: skip
                    address.open_compare(each.id for each in runs if each.id != run.id)
            st.markdown(f"{state_text(run)} {plain(duration(digest.worked_seconds))}")
            st.caption(plain(digest.gist))


def _draw_charts(runs: Sequence[Run]) -> None:
    named = labels(runs, max(4, _LEGEND // len(runs)))
    curves = [watched(str(run.path)).curves.refresh() for run in runs]
    shown = [name for name in _CHARTS if any(len(each[name]) for each in curves)]
    if not shown:
        st.caption("Nothing is measured yet: the curves appear with the first steps.")
    until = max((len(each["loss"]) and each["loss"].x[-1] for each in curves), default=0)
    for begin in range(0, len(shown), 2):
        pair = shown[begin : begin + 2]
        for column, name in zip(st.columns(2, gap="small"), pair, strict=False):
            heading, top = _CHARTS[name]
            lines = [
                Line(
                    f"{_SIGNS[number]} {named[run.id]}",
                    _smooth(each[name]) if name == "loss" else each[name],
                    COLOURS[number],
                    2,
                    "solid" if name == "loss" else "dots",
                )
                for number, (run, each) in enumerate(zip(runs, curves, strict=True))
            ]
            with column:
                chart(f"compare-{name}", heading, lines, until=float(until) or None, top=top)


def _smooth(series: Series) -> Series:
    return series.smoothed() if len(series) else series


def _numbers_table(runs: Sequence[Run], metrics: Mapping[str, Mapping[str, float | None]]) -> str:
    lines = []
    for name, known in _NUMBERS.items():
        if name not in metrics:
            continue
        best = best_ids(metrics[name], name)
        cells = [_number(metrics[name][run.id], known.form, run.id in best) for run in runs]
        lines.append((known.title, *cells))
    spent = {run.id: shelf().digest(run).worked_seconds for run in runs}
    lines.append(("Time at work", *(plain(duration(spent[run.id])) for run in runs)))
    return _table(runs, lines)


def _settings_table(runs: Sequence[Run], settings: Mapping[str, Mapping[str, Any]]) -> str:
    lines = [
        (plain(title(name)), *(_value(values[run.id]) for run in runs))
        for name, values in settings.items()
    ]
    return _table(runs, lines)


def _table(runs: Sequence[Run], lines: Sequence[tuple[str, ...]]) -> str:
    named = labels(runs, max(10, _HEADS // len(runs)))
    heads = [f"{_SIGNS[number]} {plain(named[run.id])}" for number, run in enumerate(runs)]
    texts = (" | ".join(("", *cells, "")).strip() for cells in lines)
    return "\n".join(
        (f"| | {' | '.join(heads)} |", f"|---|{'---:|' * len(runs)}", *texts),
    )


def _number(value: float | None, form: str, is_best: bool) -> str:
    if value is None:
        return NO_NUMBER
    text = plain(format(value, form))
    return f":green-badge[:material/trophy: {text}]" if is_best else text


def _value(value: Any) -> str:
    if value is None:
        return NO_NUMBER
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return plain(", ".join(str(each) for each in value))
    return plain(f"{value:.6g}" if isinstance(value, float) else str(value))


def _sign(number: int) -> str:
    return f'<span style="color:{COLOURS[number]}" aria-hidden="true">{_SIGNS[number]}</span>'
