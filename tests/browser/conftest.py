"""A real Streamlit server and a real Chromium; without one these tests fail, none is skipped."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SETTLED = '[data-testid="stApp"][data-test-script-state="notRunning"]'
EXAMPLES = ROOT / "tests" / "fixtures" / "screens"
SLOW_MS = 60_000  # on a machine that is busy with other things
expect.set_options(timeout=SLOW_MS)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The workbench's address; started for the session with a cache of its own."""
    folder = tmp_path_factory.mktemp("server")
    port = free_port()
    process = start_server(port, folder)
    try:
        wait_until_healthy(process, port, folder / "log.txt")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="session")
def serve() -> Callable[..., subprocess.Popen[bytes]]:
    """Starts another server, its store, runs and cache in that folder, and waits for it.

    Its user is ana: a curator of that name has the page at once, without a rerun for the name.
    """

    def serve(port: int, folder: Path, **settings: str) -> subprocess.Popen[bytes]:
        own = {"GHOST_DATA_DIR": str(folder), "GHOST_RUNS_DIR": str(folder / "runs")}
        process = start_server(port, folder, **own, LOGNAME="ana", **settings)
        wait_until_healthy(process, port, folder / "log.txt")
        return process

    return serve


@pytest.fixture(scope="session")
def new_port() -> Callable[[], int]:
    """Names a port that nobody has."""
    return free_port


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium from the PATH. Left open, it would let no test elsewhere open another."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.fail("No chromium on the PATH. Install it: the browser tests need one.")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=OPTIONS)
        yield running
        running.close()


@contextmanager
def visiting(server: str, browser: Browser) -> Iterator[Callable[[], Page]]:
    """Makes pages, each in a context of its own; any script error or outside request fails."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def visit() -> Page:
        context = browser.new_context(
            base_url=server,
            viewport={"width": 1280, "height": 800},
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        context.set_default_timeout(SLOW_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(f"script error: {error}"))
        page.on("request", lambda request: troubles.extend(outside(request.url, server)))
        return page

    yield visit
    for context in contexts:
        context.close()
    assert not troubles


@pytest.fixture
def visitor(server: str, browser: Browser) -> Iterator[Callable[[], Page]]:
    with visiting(server, browser) as visit:
        yield visit


@pytest.fixture(scope="module")
def shared_page(server: str, browser: Browser) -> Iterator[Page]:
    """One page for tests that leave it as they found it: to open one takes as long as a test."""
    with visiting(server, browser) as visit:
        yield visit()


@pytest.fixture
def page(visitor: Callable[[], Page]) -> Page:
    return visitor()


@pytest.fixture(scope="session")
def settle() -> Callable[[Page], None]:
    """Waits until the page has no script running."""
    return lambda page: page.locator(SETTLED).wait_for(timeout=SLOW_MS)


@pytest.fixture(scope="session")
def example() -> Callable[[str], Path]:
    """The file of an example screen."""
    return lambda name: EXAMPLES / f"{name}.png"


def start_server(port: int, folder: Path, **settings: str) -> subprocess.Popen[bytes]:
    """The workbench on that port, logging into the folder; not yet answering."""
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.port", str(port)]
    environment = {**os.environ, "GHOST_CACHE_DIR": str(folder / "cache"), **settings}
    with (folder / "log.txt").open("w") as log:
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )


def outside(url: str, server: str) -> list[str]:
    local = url.startswith((server, "data:", "blob:"))
    return [] if local else [f"request to {url}"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until_healthy(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"The server did not answer in 120 s. Its log:\n{log.read_text()}")
