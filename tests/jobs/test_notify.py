"""The webhook: a real server gets the word, and no server at all costs a run nothing."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ghost_engine.errors import SettingsError
from ghost_engine.jobs import notify
from ghost_engine.jobs.control import stop
from ghost_engine.jobs.notify import Notifier
from ghost_engine.jobs.reading import wait_for
from ghost_engine.jobs.records import Job, Run, Status
from ghost_engine.settings import get_settings

Launcher = Callable[..., Run]
Heard = list[dict[str, Any]]


class Receiver(BaseHTTPRequestHandler):
    """Takes every POST; the path says how to answer."""

    heard: Heard

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append(json.loads(body))
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", "/hook")
        else:
            self.send_response(500 if self.path == "/broken" else 204)
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Heard]]:
    """Starts a receiver and makes it the webhook; what it hears."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    Receiver.heard = []
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()

    def listen(path: str = "/hook") -> Heard:
        address = f"http://127.0.0.1:{server.server_port}{path}"
        monkeypatch.setenv("GHOST_WEBHOOK_URL", address)
        return Receiver.heard

    yield listen
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_run_that_ends_says_so(
    toy: Launcher, heard: Callable[..., Heard], eventually: Callable[..., Any]
) -> None:
    words = heard()
    run = wait_for(toy(steps=3, name="small"))
    (word,) = eventually(lambda: words)
    assert word["event"] == "ended" and word["state"] == "finished" and word["run"] == run.id
    assert (word["name"], word["step"], word["total_steps"]) == ("small", 3, 3)
    assert word["text"] == f"Run {run.id} is finished at step 3 of 3."


def test_out_of_memory_is_told_at_once_and_the_end_afterwards(
    toy: Launcher, heard: Callable[..., Heard], eventually: Callable[..., Any]
) -> None:
    words = heard()
    trouble = {"trouble": "memory", "trouble_at": 2, "size": 16}
    wait_for(toy(steps=3, recover="toy_worker:recover", **trouble))
    eventually(lambda: len(words) == 2)
    first, last = sorted(words, key=lambda word: word["event"], reverse=True)
    assert (first["event"], first["state"]) == ("out_of_memory", "running")
    assert first["reason"] == "size 8" and "size 8" in first["text"]
    assert (last["event"], last["state"]) == ("ended", "finished")


def test_a_failure_is_told_with_its_next_step(
    toy: Launcher, heard: Callable[..., Heard], eventually: Callable[..., Any]
) -> None:
    words = heard()
    wait_for(toy(trouble="hint", trouble_at=2))
    (word,) = eventually(lambda: words)
    assert word["state"] == "failed" and word["error"]["type"] == "too_hot"
    assert word["text"].endswith("The oven is too hot. Open the door.")


@pytest.mark.parametrize("path", ["/broken", "/elsewhere"])
def test_a_receiver_that_refuses_is_a_line_in_the_log(
    toy: Launcher, heard: Callable[..., Heard], eventually: Callable[..., Any], path: str
) -> None:
    words = heard(path)
    run = wait_for(toy(steps=2))
    assert run.state == "finished"
    eventually(lambda: "notification was not delivered" in run.folder.log.read_text())
    assert len(words) == 1  # no redirect is followed
    assert "127.0.0.1" not in run.folder.log.read_text()


def test_a_receiver_that_hangs_delays_no_run(
    toy: Launcher, monkeypatch: pytest.MonkeyPatch, eventually: Callable[..., Any]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        monkeypatch.setenv("GHOST_WEBHOOK_URL", f"http://127.0.0.1:{deaf.getsockname()[1]}/")
        run = toy(steps=500, seconds=0.01)
        wait_for(run, ["running"])
        stop(run)
        assert wait_for(run).state == "stopped"


def test_telling_a_receiver_that_hangs_returns_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        monkeypatch.setenv("GHOST_WEBHOOK_URL", f"http://127.0.0.1:{deaf.getsockname()[1]}/")
        monkeypatch.setattr(notify, "TIMEOUT_SECONDS", 600.0)
        get_settings.cache_clear()
        notifier = Notifier("a-run", Job("count", "toy_worker", datetime.now(UTC)))
        notifier.tell(Status("stopped"), None)
        deaf.settimeout(60)
        caller, _ = deaf.accept()
        notifier.wait(0.1)
        caller.close()  # only now may its thread end
    get_settings.cache_clear()


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "ftp://host/", "https://", "host.example"]
)
def test_only_web_addresses_are_taken(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("GHOST_WEBHOOK_URL", address)
    get_settings.cache_clear()
    try:
        with pytest.raises(SettingsError, match="GHOST_WEBHOOK_URL"):
            get_settings()
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()


def test_the_address_is_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GHOST_WEBHOOK_URL", "https://chat.example/hooks/s3cret")
    get_settings.cache_clear()
    try:
        assert "s3cret" not in repr(get_settings())
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()


def test_an_address_that_is_none_does_not_end_a_run(
    toy: Launcher, monkeypatch: pytest.MonkeyPatch, eventually: Callable[..., Any]
) -> None:
    get_settings()  # this process knows where the runs are; the supervisor reads the bad address
    monkeypatch.setenv("GHOST_WEBHOOK_URL", "gopher://host")
    run = wait_for(toy(steps=2))
    assert run.state == "finished"
    eventually(lambda: "No notification was sent" in run.folder.log.read_text())
