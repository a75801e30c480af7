"""The models of a running Ollama: what is there, what each can do, which one is asked.

What a model can do is known of its digest, so it is asked once for each. A model that runs
elsewhere (Ollama's cloud) is never chosen unasked: the screenshot would leave the machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ghost_engine.errors import EngineError
from ghost_engine.inference.ollama.words import no_such_model
from ghost_engine.inference.protocol import Model

if TYPE_CHECKING:  # the client takes a third of a second to load
    from ghost_engine.inference.ollama.client import OllamaAsync

OWN = "ghost-architect"
"""How the names of the models begin that were trained and published here."""

_AT_ONCE = 8
_FETCH = "Fetch one with vision (`ollama pull gemma3:4b`), or publish yours (`ghost export`)."
_skills: dict[str, frozenset[str]] = {}  # of a digest


@dataclass(frozen=True, slots=True)
class Installed:
    """A model that is there. `skills` is None until it was asked, or where Ollama does not say."""

    name: str
    digest: str
    bytes: int | None = None
    detail: str = ""
    skills: frozenset[str] | None = None

    @property
    def sees(self) -> bool | None:
        return None if self.skills is None else "vision" in self.skills

    @property
    def thinks(self) -> bool:
        return self.skills is not None and "thinking" in self.skills

    @property
    def is_own(self) -> bool:
        return self.name.rpartition("/")[2].startswith(OWN)

    @property
    def is_elsewhere(self) -> bool:
        return self.name.endswith(("-cloud", ":cloud"))

    def is_named(self, name: str) -> bool:
        """Whether a person means this one, with or without its tag."""
        return self.name in (name, f"{name}:latest")

    def as_model(self) -> Model:
        told = [self.detail, "runs in Ollama's cloud" if self.is_elsewhere else ""]
        return Model(self.name, ", ".join(part for part in told if part), self.sees, self.bytes)


async def list_installed(client: OllamaAsync) -> tuple[Installed, ...]:
    """The models that are there, the newest first, without their skills unless those are known."""
    found = await client.list()
    models = []
    for each in found.models:
        name, digest, detail = each.model or "", each.digest or "", each.details
        told = (detail.parameter_size, detail.quantization_level) if detail else ()
        said = ", ".join(part for part in told if part and part != "unknown")
        size = int(each.size) if each.size is not None else None
        models.append(Installed(name, digest, size, said, _skills.get(digest)))
    return tuple(models)


async def with_skills(client: OllamaAsync, model: Installed) -> Installed:
    """The model with what it can do."""
    if model.skills is not None:
        return model
    shown = await client.show(model.name)
    if shown.capabilities is None:  # Ollama before 0.6.4
        return model
    skills = frozenset(shown.capabilities)
    if model.digest:
        _skills[model.digest] = skills
    return replace(model, skills=skills)


async def with_all_skills(
    client: OllamaAsync, models: Sequence[Installed], seconds: float
) -> tuple[Installed, ...]:
    """All models with what they can do, as far as that is told in time."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def ask(model: Installed) -> Installed:
        async with turn:
            return await with_skills(client, model)

    asked = [asyncio.create_task(ask(model)) for model in models]
    if asked:
        _, late = await asyncio.wait(asked, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
    return tuple(_result(task, model) for task, model in zip(asked, models, strict=True))


async def choose(client: OllamaAsync, url: str, wanted: str) -> Installed:
    """The model to ask: the one that is wanted, else the newest of ours, else the newest that sees.

    Raises:
        EngineError: it is not there, or cannot see a screenshot.
    """
    there = await list_installed(client)
    if wanted:
        return await _named(client, url, there, wanted)
    if not there:
        raise EngineError(f"Ollama at {url} has no model yet.", _FETCH)
    for model in in_order(there):
        if model.is_elsewhere:
            continue
        able = await with_skills(client, model)
        if able.sees is not False:
            return able
    raise EngineError(f"No model of Ollama at {url} can see a screenshot.", _FETCH)


def in_order(models: Sequence[Installed], preferred: str = "") -> list[Installed]:
    """As `choose` tries them: what is preferred, ours, the rest; those that run elsewhere and
    those that cannot see last."""

    def place(model: Installed) -> tuple[bool, bool, bool, bool]:
        first = bool(preferred) and model.is_named(preferred)
        return (not first, model.sees is False, model.is_elsewhere, not model.is_own)

    return sorted(models, key=place)


async def _named(client: OllamaAsync, url: str, there: Sequence[Installed], name: str) -> Installed:
    model = next((model for model in there if model.is_named(name)), None)
    if model is None:
        raise no_such_model(url, name)
    able = await with_skills(client, model)
    if able.sees is False:
        raise EngineError(
            f"{name} reads text only; it cannot see a screenshot.",
            "Choose a model with vision, such as gemma3:4b, or publish one of yours.",
        )
    return able


def _result(task: asyncio.Task[Installed], model: Installed) -> Installed:
    """A model that cannot be asked stays in the list."""
    with suppress(Exception):
        return task.result() if task.done() and not task.cancelled() else model
    return model
