"""A person who sees a model write, and stops it: real browser, real engine, a local Ollama."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.ollama.server import OllamaServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]
READ_MS = 60_000


@pytest.fixture
def address(
    local_ollama: OllamaServer,
    serve: Callable[..., Popen[bytes]],
    new_port: Callable[[], int],
    tmp_path: Path,
) -> Iterator[str]:
    """A workbench whose Ollama writes for minutes."""
    local_ollama.add_model("gemma3:4b")
    local_ollama.faults.piece_seconds = 0.02
    local_ollama.answer = lambda asked: "\n".join(
        f"CREATE TABLE t{number} (id int);" for number in range(2000)
    )
    port = new_port()
    process = serve(port, tmp_path, GHOST_OLLAMA_URL=local_ollama.url)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(20)


def below_the_end(text: Locator) -> float:
    return float(text.evaluate("each => each.scrollHeight - each.scrollTop - each.clientHeight"))


def test_a_model_is_seen_to_write_and_is_stopped_at_once(browser: Browser, address: str) -> None:
    page = browser.new_page(base_url=address, viewport={"width": 1280, "height": 800})
    page.goto("/playground?engine=ollama&example=guests")
    text = page.get_by_label("What the model has written so far")
    expect(text).to_contain_text("CREATE TABLE t30 ", timeout=READ_MS)
    assert below_the_end(text) < 30

    text.evaluate("each => { each.scrollTop = 0; }")
    expect(text).to_contain_text("CREATE TABLE t60 ", timeout=READ_MS)
    assert below_the_end(text) > 30

    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Stopped at your request.")).to_be_visible(timeout=READ_MS)
    expect(page.get_by_text("CREATE TABLE t60 ").first).to_be_visible()
    page.close()
