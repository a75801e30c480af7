"""The base: in a folder, in the hub's cache, or fetched from a hub, in several goes if need be."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.errors import ExportError
from ghost_engine.export.base import fetch_base, find_base
from ghost_engine.settings import get_settings

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = {
    "config.json": b'{"model_type": "gemma3"}',
    "model.safetensors": os.urandom(24_000_000),
    "tokenizer.json": b"{}",
    "model.gguf": b"nobody asked for this",
}


class Hub(BaseHTTPRequestHandler):
    """A hub with one model. It hangs up after `Hub.limit` bytes of a file; at 0 it
    has none."""

    limit = 10**9
    sent: dict[str, int] = {}

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, *, body: bool) -> None:
        found = re.fullmatch(r"/some/base/resolve/\w+/(.+)", self.path)
        if found and not self.limit:
            self.send({"error": "none"}, 404, {"X-Error-Code": "EntryNotFound"})
        elif found and found[1] in FILES:
            self.send_file(found[1], body)
        elif self.path.startswith("/api/models/some/base/tree/"):
            listed = [{"type": "file", "path": name, "size": len(data), "oid": name}
                      for name, data in FILES.items()]  # fmt: skip
            self.send(listed)
        elif self.path.startswith("/api/models/some/base"):
            siblings = [{"rfilename": name, "size": len(data)} for name, data in FILES.items()]
            self.send({"id": "some/base", "sha": COMMIT, "siblings": siblings})
        else:
            self.send({"error": "none"}, 404, {"X-Error-Code": "RepoNotFound"})

    def send_file(self, name: str, body: bool) -> None:
        data, begin = FILES[name], 0
        asked = re.fullmatch(r"bytes=(\d+)-\d*", self.headers.get("Range", ""))
        if asked:
            begin = int(asked[1])
        self.send_response(206 if asked else 200)
        self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Accept-Ranges", "bytes")
        if asked:
            self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - begin))
        self.end_headers()
        if body:
            piece = data[begin : begin + self.limit]
            self.sent[name] = self.sent.get(name, 0) + len(piece)
            self.wfile.write(piece)
            self.close_connection = True

    def send(self, document: Any, code: int = 200, headers: dict[str, str] | None = None) -> None:
        data = json.dumps(document).encode()
        self.send_response(code)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Nothing: the test's output is the test's."""


@pytest.fixture
def hub() -> Iterator[str]:
    Hub.limit, Hub.sent = 10**9, {}
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def fetch(name: str, cache: Path, hub: str) -> dict[str, Any]:
    """`find_base` and `fetch_base` in a fresh process: the hub's address is read at import."""
    code = """if True:
        import json, sys
        from ghost_engine.errors import GhostError
        from ghost_engine.export.base import fetch_base, find_base
        told, found = [], find_base(sys.argv[1])
        try:
            folder = str(fetch_base(sys.argv[1], lambda *said: told.append(said), lambda: False))
            print(json.dumps({"before": str(found.folder), "folder": folder, "told": told}))
        except GhostError as error:
            print(json.dumps({"error": error.message, "hint": error.hint}))
    """
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    settings = {"HF_HOME": str(cache), "HF_ENDPOINT": hub, "HF_HUB_ETAG_TIMEOUT": "5"}
    made = subprocess.run(
        [sys.executable, "-c", code, name],
        env={**inherited, **settings, "HF_HUB_DISABLE_XET": "1"},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert made.returncode == 0, made.stderr
    said: dict[str, Any] = json.loads(made.stdout.splitlines()[-1])
    return said


def test_a_base_is_fetched_over_a_connection_that_breaks_and_found_the_next_time(
    hub: str, tmp_path: Path
) -> None:
    Hub.limit = 11_000_000  # the hub's library writes 10 MB at a time
    first = fetch("some/base", tmp_path, hub)
    folder = Path(first["folder"])
    assert first["before"] == "None"
    assert (folder / "model.safetensors").read_bytes() == FILES["model.safetensors"]
    assert Hub.sent["model.safetensors"] < 30_000_000  # it went on where it was
    assert sorted(path.name for path in folder.iterdir()) == sorted(set(FILES) - {"model.gguf"})
    assert first["told"][0][1:] == [24_000_000, "some/base"]

    assert fetch("some/base", tmp_path, hub)["before"] == first["folder"]


def test_a_download_that_fails_says_so_and_how_to_go_on(hub: str, tmp_path: Path) -> None:
    Hub.limit = 0
    said = fetch("some/base", tmp_path, hub)
    assert "some/base could not be downloaded" in said["error"] and "resume" in said["hint"]


def test_a_hub_without_the_model_says_so(hub: str, tmp_path: Path) -> None:
    assert "has no model other/model" in fetch("other/model", tmp_path, hub)["error"]


def test_a_folder_is_taken_as_it_is_and_another_path_is_none(
    tmp_path: Path, tiny_base: Path
) -> None:
    assert find_base(str(tiny_base)).folder == tiny_base
    assert "no model folder" in find_base(str(tmp_path)).problem
    with pytest.raises(ExportError, match="no model folder"):
        fetch_base("/no/such/place", lambda *_: None, lambda: False)


def test_offline_a_base_that_is_not_here_is_named_with_the_way_out() -> None:
    found = find_base("unsloth/gemma-3-12b-it")  # all tests run with HF_HUB_OFFLINE
    assert found.folder is None
    assert "HF_HUB_OFFLINE" in found.problem and "--base" in found.hint


def test_the_smoke_model_is_built_where_training_builds_it() -> None:
    folder = fetch_base("smoke", lambda *_: None, lambda: False)
    assert folder == get_settings().cache_dir / "models" / "smoke"
    assert find_base("smoke").folder == folder
