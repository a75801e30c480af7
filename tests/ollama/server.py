"""A local server that speaks Ollama's API as its documentation has it, as far as tests need it.

It stores blobs on disk, checks their SHA-256, reads the GGUF headers on `create`, and refuses with
the status codes and JSON texts of the real one. `faults` makes it misbehave. A new endpoint is a
method of `_Handler` and a line in `ROUTES`; what models exist is in `OllamaServer.models`.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PLACE = re.compile(r"sha256:[0-9a-f]{64}")
NAME = re.compile(r"([\w][\w.:-]*/)?([\w][\w-]*/)?[\w][\w.-]{0,79}(:[\w][\w.-]{0,79})?", re.ASCII)
CHUNK_BYTES = 1 << 16


@dataclass
class Faults:
    """What goes wrong. Every switch is off at first."""

    version: str = "0.31.0"
    no_ollama: bool = False  # a web server of another kind
    locked: bool = False  # wants a key
    moved_to: str = ""  # sends every caller there
    slow_seconds: float = 0.0  # before every answer
    full_after: int | None = None  # bytes of a file, then the disk is full
    drop_after: int | None = None  # bytes of a file, then the connection is gone
    garble: bool = False  # what arrives is not what was sent
    create_status: int = 0  # refuses before the stream
    create_error: str = ""  # in the middle of the stream
    create_cut: bool = False  # the stream ends early
    blind: bool = False  # loses the vision part
    own_template: bool = False  # prefers the template in the GGUF
    own_temperature: float | None = None  # keeps another one than was sent


@dataclass
class Model:
    """What `create` made."""

    blobs: dict[str, str]  # role -> digest
    architecture: str
    template: str = ""
    system: str = ""
    license: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass
class OllamaServer:
    """The running server: what it holds, what it was asked, how it fails."""

    url: str
    folder: Path
    faults: Faults = field(default_factory=Faults)
    models: dict[str, Model] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)  # method, path
    received_bytes: int = 0

    def blob(self, digest: str) -> Path:
        return self.folder / digest.replace(":", "-")

    def asked(self, method: str, start: str) -> int:
        """How many requests there were of this kind."""
        return sum(verb == method and path.startswith(start) for verb, path in self.requests)


@contextmanager
def serve(folder: Path) -> Iterator[OllamaServer]:
    """A server on a free port of this machine, gone at the end of the block."""
    folder.mkdir(parents=True, exist_ok=True)
    listening = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    listening.daemon_threads = True
    state = OllamaServer(f"http://127.0.0.1:{listening.server_address[1]}", folder)
    listening.state = state  # type: ignore[attr-defined]
    thread = threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join(5)


class _Refused(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


class _Dropped(Exception):
    """The client is to find the connection gone."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def state(self) -> OllamaServer:
        return self.server.state  # type: ignore[attr-defined,no-any-return]

    def log_message(self, *words: object) -> None:
        """Nothing on the tests' standard error."""

    def _serve(self) -> None:
        self.state.requests.append((self.command, self.path))
        self.state.faults.slow_seconds and time.sleep(self.state.faults.slow_seconds)
        try:
            if self.state.faults.no_ollama:
                return self._send(404, b"<html><h1>It works!</h1></html>", "text/html")
            if self.state.faults.moved_to:
                return self._send(302, b"", "text/plain", location=self.state.faults.moved_to)
            if self.state.faults.locked:
                raise _Refused(401, "unauthorized")
            for method, pattern, name in ROUTES:
                if self.command == method and (found := re.fullmatch(pattern, self.path)):
                    return getattr(self, name)(*found.groups())  # type: ignore[no-any-return]
            self._send(404, b"404 page not found", "text/plain")
        except _Refused as refused:
            self.close_connection = True  # what is left of the request's body is not read
            self._json({"error": refused.text}, refused.status)
        except (_Dropped, ConnectionError):
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_DELETE = _serve

    # The endpoints, in the order a client meets them

    def version(self) -> None:
        self._json({"version": self.state.faults.version})

    def tags(self) -> None:
        models = [{"name": name, "model": name} for name in self.state.models]
        self._json({"models": models})

    def has_blob(self, digest: str) -> None:
        there = PLACE.fullmatch(digest) and self.state.blob(digest).exists()
        self._send(200 if there else 404, b"", "application/json")

    def add_blob(self, digest: str) -> None:
        if not PLACE.fullmatch(digest):
            raise _Refused(400, "invalid digest format")
        partial = self.state.folder / f"partial-{threading.get_ident()}"
        try:
            found = self._receive(partial)
            if found != digest:
                raise _Refused(400, f'digest mismatch, expected "{digest}", got "{found}"')
            partial.rename(self.state.blob(digest))
        finally:
            partial.unlink(missing_ok=True)
        self._send(201, b"", "application/json")

    def create(self) -> None:
        asked = self._body()
        faults = self.state.faults
        if faults.create_status:
            raise _Refused(faults.create_status, "something broke")
        name, files = str(asked.get("model", "")), asked.get("files")
        if not NAME.fullmatch(name):
            raise _Refused(400, "invalid model name")
        if not files:
            raise _Refused(400, "neither 'from' or 'files' was specified")
        self._stream(self._creating(_tagged(name), files, asked))

    def show(self) -> None:
        name = str(self._body().get("model", ""))
        model = self.state.models.get(_tagged(name))
        if model is None:
            raise _Refused(404, f"model '{name}' not found")
        lines = [
            f"{key:<30} {json.dumps(each)}"
            for key, value in model.parameters.items()
            for each in (value if isinstance(value, list) else [value])
        ]
        self._json(
            {
                "license": model.license,
                "modelfile": "",
                "parameters": "\n".join(lines),
                "template": model.template,
                "system": model.system,
                "details": {"format": "gguf", "family": model.architecture},
                "model_info": {"general.architecture": model.architecture},
                "capabilities": ["completion", *(["vision"] if "projector" in model.blobs else [])],
            }
        )

    def _creating(
        self, name: str, files: dict[str, str], asked: dict[str, Any]
    ) -> Iterator[dict[str, Any]]:
        model = Model({}, "")
        for _, digest in sorted(files.items()):
            yield {"status": "parsing GGUF"}
            blob = self.state.blob(digest)
            if not blob.exists():
                yield {"error": f"open {blob}: no such file or directory"}
                return
            architecture, sees = _header(blob)
            role = "projector" if sees else "model"
            if role == "model":
                model.architecture = architecture
            elif self.state.faults.blind:
                continue
            model.blobs[role] = digest
            yield {"status": f"using existing layer {digest}"}
            if self.state.faults.create_error:
                yield {"error": self.state.faults.create_error}
                return
        if self.state.faults.create_cut:
            return
        model.template = "{{ .Jinja }}" if self.state.faults.own_template else asked["template"]
        model.system, model.license = asked.get("system") or "", asked.get("license") or ""
        model.parameters = asked.get("parameters") or {}
        if self.state.faults.own_temperature is not None:
            model.parameters["temperature"] = self.state.faults.own_temperature
        yield {"status": "writing manifest"}
        self.state.models[name] = model
        yield {"status": "success"}

    # Reading and answering

    def _receive(self, target: Path) -> str:
        """Writes the request's body to a file; returns its digest."""
        faults, left, came = self.state.faults, int(self.headers["Content-Length"]), 0
        digest = hashlib.sha256(b"x" if faults.garble else b"")
        with target.open("wb") as file:
            while left:
                chunk = self.rfile.read(min(left, CHUNK_BYTES))
                if not chunk:
                    raise _Dropped
                left, came = left - len(chunk), came + len(chunk)
                self.state.received_bytes += len(chunk)
                if faults.full_after is not None and came > faults.full_after:
                    raise _Refused(500, f"write {target}: no space left on device")
                if faults.drop_after is not None and came > faults.drop_after:
                    raise _Dropped
                digest.update(chunk)
                file.write(chunk)
        return f"sha256:{digest.hexdigest()}"

    def _body(self) -> dict[str, Any]:
        length = int(self.headers.get("Content-Length") or 0)
        if not length:
            raise _Refused(400, "missing request body")
        return dict(json.loads(self.rfile.read(length)))

    def _send(self, status: int, body: bytes, kind: str, location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _json(self, document: dict[str, Any], status: int = 200) -> None:
        self._send(status, json.dumps(document).encode(), "application/json; charset=utf-8")

    def _stream(self, documents: Iterator[dict[str, Any]]) -> None:
        """One JSON document a line, as it comes."""
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for document in documents:
            line = json.dumps(document).encode() + b"\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
        self.wfile.write(b"0\r\n\r\n")


ROUTES = (
    ("GET", "/api/version", "version"),
    ("GET", "/api/tags", "tags"),
    ("HEAD", "/api/blobs/(.+)", "has_blob"),
    ("POST", "/api/blobs/(.+)", "add_blob"),
    ("POST", "/api/create", "create"),
    ("POST", "/api/show", "show"),
)


def _tagged(name: str) -> str:
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def _header(blob: Path) -> tuple[str, bool]:
    """A GGUF's architecture, and whether it is a vision part."""
    from gguf import GGUFReader

    fields = GGUFReader(blob).fields
    sees = fields.get("clip.has_vision_encoder")
    return str(fields["general.architecture"].contents()), bool(sees and sees.contents())
