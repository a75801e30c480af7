"""The presets as cards: what each is for, whether it runs here, and if not, what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import streamlit as st

from app.components.words import marked
from app.train import machine
from app.train.order import Order, choose
from app.train.words import PRESETS, recipe
from ghost_engine.hardware import Card
from ghost_engine.training import config as configs
from ghost_engine.training.config import TrainingConfig, load_preset
from ghost_engine.training.memory import Estimate, estimate_vram
from ghost_engine.training.readiness import (
    FOR_GPU,
    absent,
    expected_loader,
    has_cuda_torch,
)
from ghost_engine.training.shapes import find_shape

_GENERAL = ("a10g", "t4")  # the best one that fits is where the form begins


@dataclass(frozen=True, slots=True)
class Standing:
    """How a preset stands on this machine, in a word or two and a line."""

    word: str
    colour: Literal["green", "orange", "gray"]
    icon: str
    said: str

    @property
    def ready(self) -> bool:
        return self.colour == "green"


def begin(order: Order) -> None:
    """Fills the form with what suits this machine, if nothing stands in it yet."""
    if order.preset:
        return
    there = machine.here().cards
    fitting = [name for name in _GENERAL if there and _fits(load_preset(name), there[0])]
    choose(order, fitting[0] if fitting else "smoke")


def draw(order: Order) -> None:
    """The cards, side by side."""
    columns = st.columns(len(configs.PRESETS), gap="small")
    for place, name in zip(columns, configs.PRESETS, strict=True):
        with place, st.container(border=True, height="stretch", gap="xsmall", key=f"preset-{name}"):
            _card(order, name)


def standing(config: TrainingConfig, preset: str) -> Standing:
    """Whether a preset runs here."""
    lacking = machine.missing(config)
    card, own = machine.card_of(config, preset)
    found = estimate(config, card, own)
    needs = f"Takes {found.total_gib:.1f} GiB" if card and found else ""
    if any(lack.what == "gpu" for lack in lacking):
        return Standing(
            "Needs a card",
            "gray",
            ":material/memory:",
            f"{needs} of an NVIDIA card; none is here." if needs else "No NVIDIA card is here.",
        )
    if lacking:
        first = lacking[0]
        word = {"packages": "Needs packages", "disk": "Needs disk space"}
        return Standing(
            word.get(first.what, "Needs its model"),
            "gray",
            ":material/download:",
            first.hint if first.what == "packages" else f"{first.message} {first.hint}",
        )
    if card is None or found is None:
        return Standing("Runs here", "green", ":material/check:", "On the processor.")
    if found.fits:
        return Standing(
            "Fits here",
            "green",
            ":material/check:",
            f"{needs} of {card.total_gib:.1f}: {found.margin_gib:.1f} left.",
        )
    return Standing(
        "Does not fit",
        "orange",
        ":material/warning:",
        f"{needs}; {card.name} has {card.total_gib:.1f}.{_with_unsloth(config, card)}",
    )


def estimate(config: TrainingConfig, card: Card | None, own: bool) -> Estimate:
    """The peak on a card, with the loader that will be taken once the packages are there.

    Args:
        own: the card is this machine's.

    Raises:
        ConfigError: the model's shape is not known.
    """
    installed = own and not absent() and has_cuda_torch()
    loader = expected_loader(config, elsewhere=not installed)
    return estimate_vram(config, find_shape(config.base_model), card, loader=loader)


def _with_unsloth(config: TrainingConfig, card: Card) -> str:
    """What installing Unsloth would change, where it would."""
    if config.loader != "auto" or not absent(("unsloth",)):
        return ""
    found = estimate_vram(config, find_shape(config.base_model), card, loader="unsloth")
    return f" With Unsloth it fits. {FOR_GPU}" if found.fits else ""


def _fits(config: TrainingConfig, card: Card) -> bool:
    return bool(estimate(config, card, own=True).fits)


def _card(order: Order, name: str) -> None:
    config = load_preset(name)
    stands = standing(config, name)
    title, purpose = PRESETS[name]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{title}**", width="content")
        st.badge(stands.word, icon=stands.icon, color=stands.colour)
    st.markdown(purpose)
    st.caption(recipe(config))
    st.caption(marked(stands.said))
    st.space("stretch")
    chosen = order.preset == name
    st.button(
        "In the form" if chosen else f"Use {title}",
        icon=":material/check:" if chosen else None,
        disabled=chosen,
        key=f"use-{name}",
        on_click=choose,
        args=(order, name),
        width="stretch",
    )
