"""A model fetched by Ollama from its library; what it has stays when it is stopped."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ghost_engine.errors import EngineError
from ghost_engine.inference.listen import listen

if TYPE_CHECKING:
    from ollama import ProgressResponse

SILENCE_SECONDS = 120.0
_KEPT = "what it has is not fetched twice"


@dataclass(frozen=True, slots=True)
class Pulling:
    """How far it is. Bytes are of all files Ollama has told of so far; 0 of 0 before the first."""

    status: str
    done_bytes: int
    total_bytes: int


def pull(
    model: str,
    tell: Callable[[Pulling], None],
    stop: Callable[[], bool],
    *,
    url: str = "",
    silence_seconds: float = SILENCE_SECONDS,
) -> None:
    """Has Ollama fetch a model, such as "gemma3:4b".

    Args:
        model: as its library names it.
        tell: told at every step.
        stop: asked twenty times a second.
        url: where Ollama listens; the settings' or its usual place if empty.
        silence_seconds: how long it may say nothing.

    Raises:
        Cancelled: `stop` said so; the next pull goes on where this one ended.
        EngineUnavailable: no Ollama answers.
        EngineError: there is no such model, or it cannot be fetched.
    """
    from ghost_engine.inference.ollama.client import connect_async, in_words
    from ghost_engine.settings import get_settings

    client = connect_async(url or get_settings().ollama_url)

    async def told() -> AsyncIterator[ProgressResponse]:
        with in_words(client.url, _KEPT):
            try:
                async for step in await client.pull(model, stream=True):
                    yield step
            finally:
                await client.close()

    def silent() -> EngineError:
        return EngineError(
            f"Ollama at {client.url} has said nothing of {model} for {silence_seconds:g} s.",
            f"See its log and its network, then try again; {_KEPT}.",
        )

    files: dict[str, tuple[int, int]] = {}
    status = ""
    steps = listen(told, stop=stop, silence_seconds=silence_seconds, silent=silent)
    with closing(steps):
        for step in steps:
            status = step.status or status
            if step.digest and step.total:
                files[step.digest] = (step.completed or 0, step.total)
            done = sum(came for came, _ in files.values())
            tell(Pulling(status, done, sum(total for _, total in files.values())))
    if status != "success":
        raise EngineError(f"Ollama stopped fetching {model} ({status or 'no word'}).", "Try again.")
