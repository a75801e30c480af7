"""The way to a running Ollama: its official client, and what that client lacks.

`connect` gives an `Ollama`; its `in_words` turns every way a request can fail into an EngineError
that names the address and the remedy. Nothing is sent before a method is called.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import ollama
from pydantic import ValidationError

from ghost_engine.errors import Cancelled, EngineError, EngineUnavailable

LEAST_VERSION = (0, 30, 4)
"""The first that runs a GGUF and its vision part as they are, through llama.cpp's server."""

CONNECT_SECONDS = 10.0
WRITE_SECONDS = 60.0  # a mebibyte that does not leave in a minute never will
QUIET_SECONDS = 600.0  # a 12B file is read, hashed and synced before Ollama says anything
CHUNK_BYTES = 1 << 20

_START = "Start it with `ollama serve`, or set OLLAMA_HOST to the address where it runs."
_NUMBERS = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")
_FULL = ("no space left", "disk full", "not enough space", "disk quota")


class Ollama(ollama.Client):
    """The official client with a version, and files sent with progress."""

    @property
    def url(self) -> str:
        """Where it sends its requests."""
        return str(self._client.base_url).rstrip("/")

    @property
    def is_here(self) -> bool:
        """Whether that is this machine."""
        host = self._client.base_url.host
        if host == "localhost":
            return True
        with suppress(ValueError):
            address = ipaddress.ip_address(host)
            return address.is_loopback or address.is_unspecified
        return False

    def version(self) -> str:
        """What Ollama says it is: "0.31.0".

        Raises:
            EngineUnavailable: what answers is not Ollama.
        """
        answer = self._client.get("/api/version")
        answer.raise_for_status()
        with suppress(ValueError, KeyError, TypeError):
            return str(answer.json()["version"])
        raise _somebody_else(self.url)

    def holds(self, digest: str) -> bool:
        """Whether the file of this digest ("sha256:...") is there already."""
        answer = self._client.head(f"/api/blobs/{digest}")
        if answer.status_code == 404:
            return False
        answer.raise_for_status()
        return True

    def send(
        self, path: Path, digest: str, tell: Callable[[int], None], stop: Callable[[], bool]
    ) -> None:
        """Uploads a file; `tell` gets the bytes sent so far.

        Raises:
            Cancelled: `stop` said so; Ollama drops what it has of the file.
        """
        headers = {"Content-Length": str(path.stat().st_size)}
        answer = self._client.post(
            f"/api/blobs/{digest}", content=_chunks(path, tell, stop), headers=headers
        )
        if answer.is_error or answer.is_redirect:
            raise ollama.ResponseError(answer.text, answer.status_code)

    @contextmanager
    def in_words(self) -> Iterator[None]:
        """Says in words what went wrong in the block.

        Raises:
            EngineUnavailable: nobody answers, or it is not Ollama.
            EngineError: it refused, fell silent or went away.
        """
        url = self.url
        try:
            yield
        except (ConnectionError, httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise EngineUnavailable(f"No Ollama answers at {url}.", _START) from error
        except httpx.UnsupportedProtocol as error:
            raise EngineUnavailable(
                f"{url} is no address of Ollama.", "Write it like http://127.0.0.1:11434."
            ) from error
        except httpx.TimeoutException as error:
            raise EngineError(
                f"Ollama at {url} does not answer any more.",
                "See its log, restart it, then try again; what it has is not sent twice.",
            ) from error
        except httpx.TransportError as error:
            raise EngineError(
                f"The connection to Ollama at {url} broke off.",
                "Try again; what it has is not sent twice. Twice broken: see its log and its disk.",
            ) from error
        except httpx.HTTPStatusError as error:
            raise _refusal(url, error.response.text, error.response.status_code) from error
        except ollama.ResponseError as error:
            raise _refusal(url, error.error, error.status_code) from error
        except (json.JSONDecodeError, ValidationError) as error:
            raise _somebody_else(url) from error


def connect(url: str = "", *, quiet_seconds: float = QUIET_SECONDS) -> Ollama:
    """A client for this address; without one, for OLLAMA_HOST or the usual place.

    A proxy of the environment is not asked for what is on this machine.

    Raises:
        EngineUnavailable: that is no address.
    """
    timeout = httpx.Timeout(
        quiet_seconds,
        connect=min(CONNECT_SECONDS, quiet_seconds),
        write=min(WRITE_SECONDS, quiet_seconds),
    )
    try:
        client = Ollama(url or None, timeout=timeout, follow_redirects=False, trust_env=False)
        if not client.is_here:
            client = Ollama(url or None, timeout=timeout, follow_redirects=False)
    except (ValueError, ImportError, httpx.InvalidURL) as error:
        raise EngineUnavailable(
            f"{url or 'OLLAMA_HOST'} cannot be used as Ollama's address: {error}",
            "Write it like http://127.0.0.1:11434; without a proxy (NO_PROXY) if it needs none.",
        ) from error
    return client


def is_old(version: str) -> bool:
    """Whether a version is known to be too old; "0.0.0" is somebody's own build, and not."""
    found = _NUMBERS.match(version)
    numbers = tuple(int(part) for part in found.groups()) if found else (0, 0, 0)
    return (0, 0, 0) < numbers < LEAST_VERSION


def _chunks(path: Path, tell: Callable[[int], None], stop: Callable[[], bool]) -> Iterator[bytes]:
    sent = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            if stop():
                raise Cancelled("Stopped while sending to Ollama.")
            yield chunk
            sent += len(chunk)
            tell(sent)


def _refusal(url: str, text: str, status: int) -> EngineError:
    said = _error_text(text)
    low = said.lower()
    if any(words in low for words in _FULL):
        return EngineError(
            f"The disk of Ollama at {url} is full: {said}",
            "Free some space there (`ollama list`, `ollama rm NAME`), then try again.",
        )
    if "digest" in low and ("mismatch" in low or "not expected" in low):
        return EngineError(
            f"What arrived at Ollama is not the file that was proven: {said}",
            "Check the disk and the memory of both machines, then export again.",
        )
    if 300 <= status < 400:
        return EngineUnavailable(
            f"{url} sends its callers elsewhere ({status}).", "Give the address it points to."
        )
    if status in (401, 403):
        return EngineError(
            f"Ollama at {url} lets nobody in: {said or status}",
            "Set OLLAMA_API_KEY if it wants a key, or allow this machine there.",
        )
    if status in (404, 405, 407, 501) and "model" not in low:
        return _somebody_else(url)
    reason = f"{said} ({status})" if said and status > 0 else said or f"status {status}"
    return EngineError(f"Ollama at {url} refused: {reason}", "See its log for more.")


def _error_text(text: str) -> str:
    """What an answer says of its error; nothing of a page of HTML."""
    with suppress(json.JSONDecodeError, AttributeError):
        text = str(json.loads(text).get("error", ""))
    return "" if text.lstrip().startswith("<") else " ".join(text.split())[:300]


def _somebody_else(url: str) -> EngineUnavailable:
    return EngineUnavailable(
        f"What answers at {url} is not Ollama.", "Set OLLAMA_HOST to the address where it runs."
    )
