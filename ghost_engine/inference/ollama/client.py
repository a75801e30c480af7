"""The way to a running Ollama: its official client, and what that client lacks.

`connect` gives an `Ollama`, `connect_async` one to be awaited; `in_words` turns every way a request
can fail into an EngineError that names the address and the remedy. Nothing is sent before a method
is called.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import ollama
from pydantic import ValidationError

from ghost_engine.errors import Cancelled, EngineError, EngineUnavailable
from ghost_engine.inference.ollama.words import KEY, refusal, somebody_else, without_key

LEAST_VERSION = (0, 30, 4)
"""The first that runs a GGUF and its vision part as they are, through llama.cpp's server."""

CONNECT_SECONDS = 10.0
WRITE_SECONDS = 60.0  # a mebibyte that does not leave in a minute never will
QUIET_SECONDS = 600.0  # a 12B file is read, hashed and synced before Ollama says anything
CHUNK_BYTES = 1 << 20

_START = "Start it with `ollama serve`, or set OLLAMA_HOST to the address where it runs."
_NUMBERS = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")
_ADDRESS = "Write it like http://127.0.0.1:11434"
_SENT = "what it has is not sent twice"
_HERE: dict[str, Any] = {"trust_env": False, "verify": False}
"""No proxy; and no certificates, which take 60 ms to load and which http:// does not look at."""
_KEY = re.compile(r"[\x21-\x7e]+")


class Ollama(ollama.Client):
    """The official client with a version, and files sent with progress."""

    @property
    def url(self) -> str:
        """Where it sends its requests."""
        return _url(self)

    @property
    def is_here(self) -> bool:
        """Whether that is this machine."""
        return _is_here(self)

    def version(self) -> str:
        """What Ollama says it is: "0.31.0".

        Raises:
            EngineUnavailable: what answers is not Ollama.
        """
        answer = self._client.get("/api/version")
        answer.raise_for_status()
        with suppress(ValueError, KeyError, TypeError):
            return str(answer.json()["version"])
        raise somebody_else(self.url)

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

    def in_words(self) -> AbstractContextManager[None]:
        """`in_words` for this address, where files are sent."""
        return in_words(self.url, _SENT)


class OllamaAsync(ollama.AsyncClient):
    """The official client, to be awaited: it can be given up at any moment."""

    @property
    def url(self) -> str:
        """Where it sends its requests."""
        return _url(self)

    async def close(self) -> None:
        await self._client.aclose()


@contextmanager
def in_words(url: str, again: str = "") -> Iterator[None]:
    """Says in words what went wrong in the block.

    Args:
        url: whom the block asks.
        again: what to know for another try.

    Raises:
        EngineUnavailable: nobody answers, or it is not Ollama.
        EngineError: it refused, fell silent or went away.
    """
    once_more = f"again; {again}." if again else "again."
    try:
        yield
    except (ConnectionError, httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise EngineUnavailable(f"No Ollama answers at {url}.", _START) from error
    except httpx.UnsupportedProtocol as error:
        raise EngineUnavailable(f"{url} is no address of Ollama.", f"{_ADDRESS}.") from error
    except httpx.TimeoutException as error:
        raise EngineError(
            f"Ollama at {url} does not answer any more.",
            f"See its log, restart it, then try {once_more}",
        ) from error
    except httpx.TransportError as error:
        raise EngineError(
            f"The connection to Ollama at {url} broke off.",
            f"Try {once_more} Twice broken: see its log and its disk.",
        ) from error
    except httpx.HTTPStatusError as error:
        raise refusal(url, error.response.text, error.response.status_code) from error
    except ollama.ResponseError as error:
        said = without_key(str(error.error)) == str(error.error)
        raise refusal(url, error.error, error.status_code) from (error if said else None)
    except (json.JSONDecodeError, ValidationError) as error:
        raise somebody_else(url) from error


def connect(url: str = "", *, quiet_seconds: float = QUIET_SECONDS) -> Ollama:
    """A client for this address; without one, for OLLAMA_HOST or the usual place.

    A proxy of the environment is not asked for what is on this machine.

    Raises:
        EngineUnavailable: that is no address, or the key cannot be sent.
    """
    timeout = httpx.Timeout(
        quiet_seconds,
        connect=min(CONNECT_SECONDS, quiet_seconds),
        write=min(WRITE_SECONDS, quiet_seconds),
    )
    with _usable(url):
        options: dict[str, Any] = {"timeout": timeout, "follow_redirects": False}
        client = Ollama(url or None, **options, **_HERE)
        if client.is_here and _is_open(client):
            return client
        return Ollama(url or None, **options, trust_env=not client.is_here)


def connect_async(url: str = "") -> OllamaAsync:
    """As `connect`, for `async` code that itself knows how long it waits.

    Raises:
        EngineUnavailable: that is no address, or the key cannot be sent.
    """
    timeout = httpx.Timeout(None, connect=CONNECT_SECONDS)
    with _usable(url):
        options: dict[str, Any] = {"timeout": timeout, "follow_redirects": False}
        client = OllamaAsync(url or None, **options, **_HERE)
        if _is_here(client) and _is_open(client):
            return client
        return OllamaAsync(url or None, **options, trust_env=not _is_here(client))


@contextmanager
def _usable(url: str) -> Iterator[None]:
    """Raises EngineUnavailable for an address or a key that no request can be made with."""
    key = os.environ.get(KEY, "")
    if key and not _KEY.fullmatch(key):
        raise EngineUnavailable(
            f"{KEY} holds a blank or a letter that no key has.", "Copy the key again."
        )
    try:
        yield
    except (ValueError, ImportError, httpx.InvalidURL) as error:
        shown = _without_password(url) or "OLLAMA_HOST"
        raise EngineUnavailable(
            f"{shown} cannot be used as Ollama's address: {_without_password(str(error))}",
            f"{_ADDRESS}; without a proxy (NO_PROXY) if it needs none.",
        ) from (None if "@" in url + os.environ.get("OLLAMA_HOST", "") else error)


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


def _url(client: ollama.Client | ollama.AsyncClient) -> str:
    return str(client._client.base_url).rstrip("/")


def _is_here(client: ollama.Client | ollama.AsyncClient) -> bool:
    host = client._client.base_url.host
    if host == "localhost":
        return True
    with suppress(ValueError):
        address = ipaddress.ip_address(host)
        return address.is_loopback or address.is_unspecified
    return False


def _is_open(client: ollama.Client | ollama.AsyncClient) -> bool:
    """Whether it speaks without encryption."""
    return bool(client._client.base_url.scheme == "http")


def _without_password(text: str) -> str:
    """An address as it may be shown."""
    return re.sub(r"//[^/\s]*@", "//", text)
