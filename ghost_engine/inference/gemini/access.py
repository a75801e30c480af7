"""Where Gemini is asked and with which key: from the environment, `.env` or Streamlit's secrets.

The key stays a `SecretStr`; its `source` is what may be shown. Nothing is sent from here.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from ghost_engine.errors import EngineUnavailable
from ghost_engine.settings import get_settings

ADDRESS = "https://generativelanguage.googleapis.com"
GET_A_KEY = (
    "Make a key at https://aistudio.google.com/apikey, put GEMINI_API_KEY=... into .env or the"
    " environment, and start again."
)
_NAMES = ("GEMINI_API_KEY", "GOOGLE_API_KEY")
_PLAIN = re.compile(r"[\x21-\x7e]+")  # what may stand in a header; all else breaks the request


@dataclass(frozen=True, slots=True)
class Access:
    """An address, and the key for it. `source` says where the key was found."""

    url: str
    key: SecretStr
    source: str

    @property
    def is_here(self) -> bool:
        """Whether the address is this machine."""
        return _is_here(self.url)

    def hide(self, text: str) -> str:
        """A text of somebody else's, without the key."""
        return text.replace(self.key.get_secret_value(), "(the key)")


def find_access(url: str = "") -> Access:
    """What the settings say, or this address with their key.

    Raises:
        EngineUnavailable: there is no key, or it or the address cannot be used.
    """
    address = (url or get_settings().gemini_url or ADDRESS).rstrip("/")
    _check_address(address)
    key, source = next(_keys(), ("", ""))
    if not key:
        raise EngineUnavailable("There is no key for Gemini.", GET_A_KEY)
    if not _PLAIN.fullmatch(key):
        raise EngineUnavailable(
            f"The key from {source} holds a character that no key has.",
            "Copy it again, without spaces, quotes or line breaks inside.",
        )
    return Access(address, SecretStr(key), source)


def _keys() -> Iterator[tuple[str, str]]:
    """Keys that are not empty, and where each was found; the one to use first."""
    settings = get_settings()
    for name, value in zip(_NAMES, (settings.gemini_api_key, settings.google_api_key), strict=True):
        if value is not None and (key := value.get_secret_value().strip()):
            yield key, name
    for folder in (Path.cwd(), Path.home()):
        path = folder / ".streamlit" / "secrets.toml"
        for name, key in _secrets(path):
            yield key, f"{name} in {'~/' if folder == Path.home() else ''}.streamlit/secrets.toml"


def _secrets(path: Path) -> Iterator[tuple[str, str]]:
    """The file's keys; none where it is missing or no TOML, of which Streamlit itself complains."""
    with suppress(OSError, ValueError):
        document = tomllib.loads(path.read_text("utf-8"))
        for name in _NAMES:
            if isinstance(value := document.get(name), str) and value.strip():
                yield name, value.strip()


def _check_address(url: str) -> None:
    with suppress(ValueError):
        parts = urlsplit(url)
        if parts.scheme == "https" and parts.hostname:
            return
        if parts.scheme == "http" and parts.hostname and _is_here(url):
            return
        if parts.scheme == "http" and parts.hostname:
            raise EngineUnavailable(
                f"{url} would get the key unencrypted.", "Give an https:// address."
            )
    raise EngineUnavailable(
        f"{url} is no address of Gemini.",
        f"Leave GHOST_GEMINI_URL and GOOGLE_GEMINI_BASE_URL out, or write it like {ADDRESS}.",
    )


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False
