"""What is known of Gemini's models by their names: which can draft, how little they think, costs.

The service's own list says what there is; names are all it tells of what a model is good for.
Prices stand in `prices.toml` with their source and date.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any

from ghost_engine.inference.protocol import Model

DEFAULT = "gemini-3.8-flash"
"""Quick and cheap; reads pictures. GHOST_GEMINI_MODEL names another one."""
TEMPERATURE = 0.2
"""For models before Gemini 3. Google asks to leave later ones at their own: below it they may begin
to repeat themselves (https://ai.google.dev/gemini-api/docs/gemini-3)."""

LITTLE_THINKING_TOKENS = 4096
FREE_THINKING_TOKENS = 16_384

Thinking = dict[str, Any]  # a thinking_config, as the API has it

_VERSION = re.compile(r"gemini-(\d+)(?:\.(\d+))?-")
_NO_DRAFTERS = re.compile(
    r"tts|audio|live|image|embedding|transcribe|robotics|computer-use|customtools|aqa|imagen|veo"
)
_BLIND = re.compile(r"gemma-3-(270m|1b)|gemma-3n|gemma-[12]-|gemini-1\.0-pro|text-bison")
_SUFFIX = re.compile(r"(-\d{3}|-preview(-\d\d-\d{2,4})?|-exp(-\d\d-\d\d)?)?")


@dataclass(frozen=True, slots=True)
class Listed:
    """A model as the service lists it."""

    name: str
    title: str
    methods: tuple[str, ...]


def list_drafters(listed: Sequence[Listed], chosen: str) -> tuple[Model, ...]:
    """Those that answer in text, `chosen` first, then the newest Gemini."""
    able = [
        each
        for each in listed
        if "generateContent" in each.methods and not _NO_DRAFTERS.search(each.name)
    ]
    able.sort(key=lambda each: (each.name != chosen, *_age(each.name), each.name))
    return tuple(
        Model(each.name, each.title if each.title != each.name else "", sees(each.name))
        for each in able
    )


def sees(name: str) -> bool | None:
    """Whether a model reads pictures; None for names nobody here has heard of."""
    if _BLIND.search(name):
        return False
    return True if name.startswith(("gemini-", "gemma-")) else None


def least_thinking(name: str) -> Thinking | None:
    """How to ask a model for as little thinking as it allows; None if it is not to be told.

    What is thought is billed and counted like an answer, and drafting from a picture needs little.
    """
    version = _version(name)
    if name.endswith("-latest") or version >= (3, 7):  # they refuse "minimal"
        return {"thinking_level": "low"}
    if version >= (3, 0):
        return {"thinking_level": "minimal" if "flash" in name else "low"}
    if version >= (2, 5):
        return {"thinking_budget": 0 if "flash" in name else 128}
    return None


def thinking_room(name: str, told: Thinking | None) -> int:
    """Tokens for thinking on top of the longest answer: Gemini counts both together, and would cut
    the answer. `told` is what the model is told about thinking."""
    if least_thinking(name) is None or told == {"thinking_budget": 0}:
        return 0
    return LITTLE_THINKING_TOKENS if told else FREE_THINKING_TOKENS


def own_temperature(name: str) -> float | None:
    """The temperature where a question names none; None to leave it to the model."""
    newer = name.endswith("-latest") or _version(name) >= (3, 0)
    return None if newer else TEMPERATURE


def cost_usd(
    model: str, prompt_tokens: int | None, answer_tokens: int | None, day: date | None = None
) -> float | None:
    """What a question and its answer cost at list price; None where no price is known.

    The free quota and the discount on repeated prompts are not taken off.
    """
    price = _price(model, day or datetime.now(UTC).date())
    if price is None or prompt_tokens is None or answer_tokens is None:
        return None
    return float((prompt_tokens * price["prompt"] + answer_tokens * price["answer"]) / 1e6)


def _price(model: str, day: date) -> dict[str, Any] | None:
    for price in _prices():
        name = str(price["model"])
        known = model.startswith(name) and _SUFFIX.fullmatch(model[len(name) :])
        if known and price.get("since", day) <= day <= price.get("until", day):
            return price
    return None


@lru_cache(maxsize=1)
def _prices() -> list[dict[str, Any]]:
    text = files("ghost_engine.inference.gemini").joinpath("prices.toml").read_text("utf-8")
    return list(tomllib.loads(text)["price"])


def _version(name: str) -> tuple[int, int]:
    """ "gemini-3.8-flash" -> (3, 8); (0, 0) where a name has none."""
    found = _VERSION.match(name)
    return (int(found[1]), int(found[2] or 0)) if found else (0, 0)


def _age(name: str) -> tuple[bool, int, int]:
    """Small for what is to stand first."""
    major, minor = _version(name)
    return not name.startswith("gemini-"), -major, -minor
