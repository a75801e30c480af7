"""Base models: in a folder, in the cache, on a hub that lets us in or not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.training.base_model import is_cached, locate

SHARDS = ["model-1.safetensors", "model-2.safetensors"]


class Hub(BaseHTTPRequestHandler):
    """A hub with one open model of 7 bytes, one gated, and no other."""

    def do_GET(self) -> None:
        if self.path.startswith("/api/models/some/open"):
            files = [{"rfilename": SHARDS[0], "size": 7}, {"rfilename": "README.md", "size": 99}]
            self.answer(200, {"id": "some/open", "siblings": files})
        elif self.path.startswith("/api/models/some/gated"):
            self.answer(403, {"error": "gated"}, "GatedRepo")
        else:
            self.answer(404, {"error": "none"}, "RepoNotFound")

    def answer(self, code: int, document: dict[str, Any], error: str = "") -> None:
        body = json.dumps(document).encode()
        self.send_response(code)
        if error:
            self.send_header("X-Error-Code", error)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: the test's output is the test's."""


@pytest.fixture
def hub() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def places(tmp_path: Path, *names: str, **environment: str) -> list[dict[str, Any]]:
    """`locate` in a fresh process: the hub's address is read when its library is imported."""
    code = "import sys, json, dataclasses; from ghost_engine.training.base_model import locate;"
    code += "print(json.dumps([dataclasses.asdict(locate(name)) for name in sys.argv[1:]]))"
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    made = subprocess.run(
        [sys.executable, "-c", code, *names],
        env={**inherited, "HF_HOME": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    found: list[dict[str, Any]] = json.loads(made.stdout)
    return found


def test_a_folder_with_a_config_is_a_model_and_another_path_is_none(tmp_path: Path) -> None:
    assert locate(str(tmp_path)).kind == "nowhere"
    (tmp_path / "config.json").write_text("{}")
    assert locate(str(tmp_path)).kind == "folder"
    assert "no model folder" in locate("/no/such/place").problem
    assert locate("smoke").kind == "built"


def test_a_model_is_cached_only_with_all_its_weights(tmp_path: Path) -> None:
    model = tmp_path / "models--some--model"
    snapshot = model / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (model / "refs").mkdir()
    (model / "refs" / "main").write_text("abc")
    (snapshot / "config.json").write_text("{}")
    weights = {"weight_map": {"a": SHARDS[0], "b": SHARDS[1]}}
    (snapshot / "model.safetensors.index.json").write_text(json.dumps(weights))
    (snapshot / SHARDS[0]).write_bytes(b"")
    assert not is_cached("some/model", tmp_path)

    (snapshot / SHARDS[1]).write_bytes(b"")
    assert is_cached("some/model", tmp_path)
    assert not is_cached("some/other", tmp_path)


def test_the_hub_is_asked_what_it_has_and_whether_it_gives_it(hub: str, tmp_path: Path) -> None:
    here, gated, none = places(tmp_path, "some/open", "some/gated", "some/none", HF_ENDPOINT=hub)

    assert (here["kind"], here["download_bytes"]) == ("hub", 7)
    assert gated["kind"] == "nowhere" and "licence" in gated["problem"]
    assert "HF_TOKEN" in gated["hint"]
    assert none["kind"] == "nowhere" and "no model some/none" in none["problem"]


def test_a_hub_out_of_reach_is_said_with_the_next_step(tmp_path: Path) -> None:
    (silent,) = places(tmp_path, "some/model", HF_ENDPOINT="http://127.0.0.1:9")
    (forbidden,) = places(tmp_path, "some/model", HF_HUB_OFFLINE="1")

    assert "does not answer" in silent["problem"] and "network" in silent["hint"]
    assert "HF_HUB_OFFLINE" in forbidden["problem"] and "Unset" in forbidden["hint"]
