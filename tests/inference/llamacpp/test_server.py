"""llama.cpp's real server on a tiny model: asked, killed, given broken files."""

from __future__ import annotations

import base64
import contextlib
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from PIL import Image

from ghost_engine.errors import Cancelled, EngineError, EngineUnavailable
from ghost_engine.inference.llamacpp import wheel
from ghost_engine.inference.llamacpp.server import Server, serve

Files = tuple[Path, Path]
CHAT = "/v1/chat/completions"
HELLO = {"messages": [{"role": "user", "content": "hello"}], "max_tokens": 6, "temperature": 0}
ENDLESS = {**HELLO, "max_tokens": 6000, "ignore_eos": True}


@pytest.fixture(scope="module")
def server(tiny_files: Files) -> Iterator[Server]:
    with serve(*tiny_files, context=8192) as running:
        yield running


def refusal(text: Path, mmproj: Path | None = None) -> EngineError:
    """What is said of files that cannot be served."""
    with pytest.raises(EngineError) as caught, serve(text, mmproj):
        pass
    return caught.value


def gone(pid: int, seconds: float = 20) -> bool:
    """Whether a process ends within that long."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
            time.sleep(0.05)
        return False
    return True


def test_it_answers_a_question_about_a_picture(server: Server) -> None:
    file = io.BytesIO()
    Image.new("RGB", (224, 224), "red").save(file, "PNG")
    url = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
    content = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": "hello"}]
    asked = {**HELLO, "messages": [{"role": "user", "content": content}]}
    usage = server.post(CHAT, asked)["usage"]
    plain = server.post(CHAT, HELLO)["usage"]
    assert usage["completion_tokens"] == 6
    assert usage["prompt_tokens"] >= plain["prompt_tokens"] + 16  # the tokens of a picture


def test_an_answer_comes_token_by_token_or_whole(server: Server) -> None:
    events = list(server.stream(CHAT, HELLO))
    pieces = [event["choices"][0]["delta"].get("content") or "" for event in events]
    whole = server.post(CHAT, HELLO)["choices"][0]["message"]["content"]
    assert len(events) > 2
    assert "".join(pieces) == whole


def test_it_tells_its_build_and_its_marker(server: Server) -> None:
    assert server.props()["build_info"]
    assert server.marker.startswith("<__media")


def test_it_is_gone_after_the_block(tiny_files: Files) -> None:
    with serve(tiny_files[0], None) as running:
        pid = running.pid
        assert psutil.pid_exists(pid)
    assert gone(pid, 0)


def test_a_stranger_without_the_key_is_refused(server: Server) -> None:
    with httpx.Client(trust_env=False) as client:
        assert client.get(f"{server.url}/props").status_code == 401


def test_a_proxy_of_the_environment_is_not_asked(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert server.props()


def test_a_question_it_cannot_read_is_refused_in_its_words(server: Server) -> None:
    with pytest.raises(EngineError, match="llama.cpp refused: .*messages"):
        server.post(CHAT, {"messages": 3})


def test_an_answer_that_takes_too_long_is_given_up(server: Server) -> None:
    with pytest.raises(EngineError, match="took longer than"):
        server.post(CHAT, ENDLESS, timeout_seconds=0.05)


@pytest.mark.parametrize("way", ["post", "stream"])
def test_a_cancelled_question_leaves_the_server_ready(server: Server, way: str) -> None:
    asked = iter((False, False, True))
    with pytest.raises(Cancelled):
        if way == "post":
            server.post(CHAT, ENDLESS, stop=lambda: next(asked))
        else:
            list(server.stream(CHAT, ENDLESS, stop=lambda: next(asked)))
    assert server.post(CHAT, HELLO)["usage"]["completion_tokens"] == 6


@pytest.mark.parametrize(
    ("number", "said"), [(signal.SIGKILL, r"killed \(signal 9\)"), (signal.SIGABRT, "by SIGABRT")]
)
def test_a_server_that_dies_while_it_answers_is_an_error_in_words(
    tiny_files: Files, number: signal.Signals, said: str
) -> None:
    with serve(tiny_files[0], None, context=8192) as running:
        with pytest.raises(EngineError, match=f"{said} while it answered"):
            answer = running.stream(CHAT, ENDLESS)
            next(answer)
            os.kill(running.pid, number)
            list(answer)


SERVING = """
import sys, time
from pathlib import Path
from ghost_engine.inference.llamacpp.server import serve
with serve(Path(sys.argv[1]), None) as server:
    print(server.pid, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def owner(tiny_files: Files) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Another process that serves the model, and the server's own process id."""
    command = [sys.executable, "-c", SERVING, str(tiny_files[0])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, int(process.stdout.readline())
        process.kill()


def test_an_owner_killed_at_once_leaves_no_server(
    owner: tuple[subprocess.Popen[str], int],
) -> None:
    process, server = owner
    assert psutil.pid_exists(server)
    process.kill()
    assert gone(server)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone can promise it")
def test_a_leash_killed_at_once_leaves_no_server(owner: tuple[subprocess.Popen[str], int]) -> None:
    _, server = owner
    leash = psutil.Process(server).parent()
    assert leash is not None and "leash.py" in " ".join(leash.cmdline())
    leash.kill()
    assert gone(server)


def test_a_file_that_is_cut_off_is_named(tiny_files: Files, tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(tiny_files[0].read_bytes()[:2_000_000])
    error = refusal(cut)
    assert "cut.gguf" in error.message and "cut off" in error.message


def test_an_unknown_architecture_is_named(tiny_files: Files, tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(tiny_files[0].read_bytes().replace(b"gemma3", b"gemmaX"))
    error = refusal(other)
    assert "'gemmaX'" in error.message
    assert "pip install" in error.hint


def test_what_is_no_gguf_is_said_so(tmp_path: Path) -> None:
    text = tmp_path / "text.gguf"
    text.write_text("nothing of the kind")
    error = refusal(text)
    assert "no GGUF" in error.message


def test_two_files_in_the_wrong_places_are_told_apart(tiny_files: Files) -> None:
    text, mmproj = tiny_files
    error = refusal(mmproj)
    assert "CLIP cannot be used as main model" in error.message
    error = refusal(text, text)
    assert "vision part" in error.message


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    error = refusal(tmp_path / "no.gguf")
    assert "no.gguf does not exist" in error.message


def test_loading_that_takes_too_long_is_given_up(tiny_files: Files) -> None:
    with pytest.raises(EngineError, match="did not load tiny-bf16.gguf in 0 seconds"):
        with serve(tiny_files[0], None, start_seconds=0):
            pass


def test_loading_can_be_cancelled(tiny_files: Files) -> None:
    with pytest.raises(Cancelled):
        with serve(tiny_files[0], None, stop=lambda: True):
            pass


def test_its_words_are_appended_to_a_log(tiny_files: Files, tmp_path: Path) -> None:
    log = tmp_path / "llama.log"
    log.write_text("listening on http://127.0.0.1:1\n")  # of an earlier server
    with serve(tiny_files[0], None, log=log):
        pass
    assert "model loaded" in log.read_text()


def test_without_the_wheel_the_line_that_installs_it_is_told(
    tiny_files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheel, "PACKAGE", "a_package_nobody_has")
    with pytest.raises(EngineUnavailable, match=r"pip install -r requirements-export\.txt"):
        with serve(tiny_files[0], None):
            pass
