"""The page's address: its pictures, and which engine is asked, so that a link or a reload asks it.

`?engine=ollama&model=gemma3:4b&form=json`; with `beside=`, `beside_model=` and `beside_form=` for a
second engine. What is usual is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

import streamlit as st

from app.playground import engines
from app.running import Ask
from app.state import Workspace
from ghost_engine.inference.protocol import Form, Options
from ghost_engine.inference.registry import AUTO

USUAL = Options()
TEMPERATURES, SILENCE = (0.0, 2.0), (5.0, 1800.0)
SAMPLES, REPAIRS = (1, 8), (0, 4)
_LONGEST_NAME = 200


def adopt(space: Workspace) -> None:
    """Takes over the engines of an address that somebody else wrote: a link, or a reload."""
    asked = st.query_params.to_dict()
    if asked == dict(space.shown or {}) or not ({"engine", "beside"} & set(asked)):
        return
    unknown = [asked[key] for key in ("engine", "beside") if not _known(asked.get(key, AUTO))]
    if unknown:
        space.notice = f"There is no engine “{unknown[0][:_LONGEST_NAME]}” here."
    if "engine" in asked and _known(asked["engine"]):
        space.ask = _read(asked, "engine", "")
    if "beside" in asked and _known(asked["beside"]):
        space.rival_ask = _read(asked, "beside", "beside_")


def show(space: Workspace) -> None:
    """Writes the address, if it has to change."""
    wanted = {**space.address, **_written(space.ask, "engine", "")}
    if space.rival_ask:
        wanted |= {"beside": space.rival_ask.engine} | _written(
            space.rival_ask, "beside", "beside_"
        )
    space.shown = wanted
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def _known(name: str) -> bool:
    return name in engines.names()


def _written(ask: Ask, key: str, before: str) -> dict[str, str]:
    options = ask.options
    found = {key: ask.engine} if ask.engine != AUTO else {}
    values = {
        "model": options.model,
        "form": options.form,
        "temperature": options.temperature,
        "samples": options.samples if options.samples != USUAL.samples else None,
        "repairs": options.repairs if options.repairs != USUAL.repairs else None,
        "silence": options.silence_seconds
        if options.silence_seconds != USUAL.silence_seconds
        else None,
    }
    return found | {
        before + name: f"{value:g}" if isinstance(value, (int, float)) else str(value)
        for name, value in values.items()
        if value not in (None, "")
    }


def _read(asked: Mapping[str, str], key: str, before: str) -> Ask:
    """What an address says; what cannot be meant is as usual."""
    said = {name.removeprefix(before): value for name, value in asked.items()}
    engine = engines.find(asked[key])
    forms = engine.forms if engine else get_args(Form)
    form = next((each for each in forms if each == said.get("form")), None)
    samples, repairs = _number(said, "samples", SAMPLES), _number(said, "repairs", REPAIRS)
    silence = _number(said, "silence", SILENCE)
    return Ask(
        asked[key],
        replace(
            USUAL,
            model=said.get("model", "")[:_LONGEST_NAME] if forms else "",
            form=form,
            temperature=_number(said, "temperature", TEMPERATURES),
            samples=USUAL.samples if samples is None else int(samples),
            repairs=USUAL.repairs if repairs is None else int(repairs),
            silence_seconds=USUAL.silence_seconds if silence is None else silence,
        ),
    )


def _number(said: Mapping[str, str], name: str, bounds: tuple[float, float]) -> float | None:
    try:
        value = float(said[name])
    except (KeyError, ValueError):
        return None
    return value if bounds[0] <= value <= bounds[1] else None
