"""A finished export becomes a model of a running Ollama, and Ollama's own word proves it.

What Ollama holds already is not sent again, so a second try goes on with what is missing. Whether
the model answers well is not asked here: `verify` has done that with the same two files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ghost_engine.errors import Cancelled, EngineError, PublishError
from ghost_engine.export.modelfile import LICENCE, PARAMETERS, SYSTEM, TEMPLATE, parameter_lines

if TYPE_CHECKING:  # names are checked where the client would take half a second to load
    from ghost_engine.inference.ollama.client import Ollama

Tell = Callable[[int, int, str], None]
Stop = Callable[[], bool]

_PART = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,79}"
_NAME = re.compile(
    rf"(?:(?:[A-Za-z0-9_][A-Za-z0-9._:-]{{0,349}}/)?[A-Za-z0-9_][A-Za-z0-9_-]{{0,79}}/)?"
    rf"{_PART}(?::{_PART})?"
)


def check_name(name: str) -> None:
    """Whether Ollama takes this name.

    Raises:
        PublishError: it does not.
    """
    if not _NAME.fullmatch(name):
        raise PublishError(
            f"{name!r} is no name for a model in Ollama.",
            "Use letters, digits, dots, dashes and underscores: ghost-architect, or me/ghost:v2.",
        )


def find_ollama(url: str = "") -> str:
    """The version of the Ollama that would be published to; an answer takes milliseconds.

    Raises:
        PublishError: none answers, or it is too old.
    """
    from ghost_engine.inference.ollama.client import connect

    try:
        with connect(url, quiet_seconds=10) as client:
            return _version(client)
    except EngineError as error:
        raise PublishError(error.message, error.hint) from error


def publish(
    text: Path,
    mmproj: Path,
    name: str,
    *,
    url: str = "",
    sha256: Mapping[Path, str],
    tell: Tell,
    stop: Stop,
    quiet_seconds: float = 600.0,
) -> str:
    """Makes the model `name` of the two files.

    Args:
        text: the text model's GGUF.
        mmproj: the vision part's.
        name: as Ollama will list it.
        url: where Ollama listens; OLLAMA_HOST or its usual place if empty.
        sha256: the files' digests in hex; one that is missing is computed.
        tell: told of bytes that are there, of all, and of what is going on.
        stop: asked at every step.
        quiet_seconds: how long Ollama may say nothing.

    Returns:
        What Ollama says of the model then, in a line.

    Raises:
        PublishError: it did not work, and what helps.
        Cancelled: `stop` said so; what was sent whole stays with Ollama until it restarts.
    """
    from ghost_engine.inference.ollama.client import connect

    check_name(name)
    try:
        with connect(url, quiet_seconds=quiet_seconds) as client:
            _version(client)
            files = {"model.gguf": text, "mmproj.gguf": mmproj}
            digests = {part: _digest(path, sha256) for part, path in files.items()}
            total = _send(client, files, digests, tell, stop)
            _create(client, name, digests, lambda said: tell(total, total, said), stop)
            return _proof(client, name)
    except EngineError as error:
        raise PublishError(error.message, error.hint) from error
    except OSError as error:
        raise PublishError(
            f"{error.filename or text} cannot be read: {error.strerror or error}.", "Export again."
        ) from error


def _version(client: Ollama) -> str:
    from ghost_engine.inference.ollama.client import LEAST_VERSION, is_old

    with client.in_words():
        version = client.version()
    if is_old(version):
        least = ".".join(str(number) for number in LEAST_VERSION)
        raise PublishError(
            f"Ollama at {client.url} is {version}; publishing needs {least} or newer.",
            "Update it (https://ollama.com/download): older ones run the text without the vision"
            " part, so the model would not see the screenshot.",
        )
    return version


def _digest(path: Path, sha256: Mapping[Path, str]) -> str:
    found = sha256.get(path, "").removeprefix("sha256:")
    if not found:
        with path.open("rb") as file:
            found = file_digest(file, "sha256").hexdigest()
    return f"sha256:{found.lower()}"


def _send(
    client: Ollama,
    files: Mapping[str, Path],
    digests: Mapping[str, str],
    tell: Tell,
    stop: Stop,
) -> int:
    """Everything that Ollama does not hold yet; returns the bytes that it has then."""
    sizes = {part: path.stat().st_size for part, path in files.items()}
    total = sum(sizes.values())
    done = 0
    for part, path in files.items():
        _ask(stop)
        with client.in_words():
            there = client.holds(digests[part])
        if not there:
            before = done
            with client.in_words():
                client.send(
                    path,
                    digests[part],
                    lambda sent, before=before, part=part: tell(  # type: ignore[misc]
                        before + sent, total, f"sending {part}"
                    ),
                    stop,
                )
        done += sizes[part]
        tell(done, total, f"{part} is there" if there else f"{part} sent")
    return total


def _create(
    client: Ollama,
    name: str,
    digests: Mapping[str, str],
    tell: Callable[[str], None],
    stop: Stop,
) -> None:
    parameters = {
        key: list(value) if isinstance(value, tuple) else value for key, value in PARAMETERS.items()
    }
    last = ""
    _ask(stop)
    with client.in_words():
        for said in client.create(
            model=name,
            files=dict(digests),
            template=TEMPLATE,
            system=SYSTEM or None,
            license=LICENCE,
            parameters=parameters,
            stream=True,
        ):
            last = said.status or ""
            if last != "success":
                tell(last)
                _ask(stop)
    if last != "success":
        raise PublishError(
            f"Ollama at {client.url} ended without having made {name} (last: {last or 'nothing'}).",
            "See its log, then publish again.",
        )


def _proof(client: Ollama, name: str) -> str:
    """Ollama's own word: the model sees, and runs with this template and these parameters."""
    with client.in_words():
        shown = client.show(name)
    can = shown.capabilities or []
    if "vision" not in can:
        raise PublishError(
            f"{name} is in Ollama, but it would not see a screenshot (it can: {', '.join(can)}).",
            f"Remove it (`ollama rm {name}`) and update Ollama at {client.url}.",
        )
    if (shown.template or "").strip() != TEMPLATE.strip():
        raise PublishError(
            f"{name} is in Ollama, but runs with another template than it was trained with.",
            "Start Ollama without OLLAMA_GO_TEMPLATE=0, then publish again.",
        )
    wanted, found = set(parameter_lines()), _shown_parameters(shown.parameters or "")
    if wrong := sorted({key for key, _ in wanted - found}):
        raise PublishError(
            f"{name} is in Ollama, but with another {', '.join(wrong)} than was sent.",
            f"Remove it (`ollama rm {name}`), then publish again.",
        )
    return _line(name, shown, can)


def _shown_parameters(text: str) -> set[tuple[str, Any]]:
    """The lines "stop    "<end_of_turn>"" that Ollama writes, as pairs."""
    pairs = set()
    for line in text.splitlines():
        key, _, value = line.strip().partition(" ")
        with suppress(json.JSONDecodeError, TypeError):
            pairs.add((key, json.loads(value.strip())))
    return pairs


def _line(name: str, shown: Any, can: list[str]) -> str:
    details = shown.details
    facts = [details.family, details.parameter_size, details.quantization_level] if details else []
    return f"{name}: {', '.join(fact for fact in facts if fact)}; can: {', '.join(can)}"


def _ask(stop: Stop) -> None:
    if stop():
        raise Cancelled("Stopped while publishing to Ollama.")
