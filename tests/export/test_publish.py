"""Publishing to Ollama, against a local server that speaks its documented API."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.errors import Cancelled, PublishError
from ghost_engine.export.modelfile import LICENCE, TEMPLATE
from ghost_engine.export.publish import check_name, find_ollama, publish
from ghost_engine.inference.ollama.client import is_old
from tests.ollama.server import Faults, OllamaServer

MIB = 1 << 20
Publish = Callable[..., str]


def write_gguf(path: Path, architecture: str, megabytes: int) -> Path:
    import numpy
    from gguf import GGUFWriter

    writer = GGUFWriter(path, architecture)
    if architecture == "clip":
        writer.add_bool("clip.has_vision_encoder", True)
    writer.add_tensor("a.weight", numpy.full(megabytes * MIB // 4, megabytes, numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    pytest.importorskip("gguf", reason="needs requirements-export.txt")
    folder = tmp_path_factory.mktemp("made")
    return (
        write_gguf(folder / "ghost-q4_k_m.gguf", "gemma3", 3),
        write_gguf(folder / "ghost-mmproj.gguf", "clip", 2),
    )


@pytest.fixture
def send(files: tuple[Path, Path], local_ollama: OllamaServer) -> Publish:
    digests = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    def go(name: str = "ghost", **others: Any) -> str:
        asked = {
            "url": local_ollama.url,
            "sha256": digests,
            "tell": lambda *_: None,
            "stop": lambda: False,
        }
        return publish(*files, name, **{**asked, **others})

    return go


def test_a_published_model_sees_and_is_ours(send: Publish, local_ollama: OllamaServer) -> None:
    assert send("me/ghost:v2") == "me/ghost:v2: gemma3; can: completion, vision"
    model = local_ollama.models["me/ghost:v2"]
    assert set(model.blobs) == {"model", "projector"}
    assert model.template == TEMPLATE
    assert (model.system, model.license) == ("", LICENCE)
    assert model.parameters["temperature"] == 0.3
    assert model.parameters["stop"] == ["<end_of_turn>"]


def test_progress_is_told_in_bytes_up_to_the_last(send: Publish, files: tuple[Path, Path]) -> None:
    told: list[tuple[int, int, str]] = []
    send(tell=lambda *words: told.append(words))
    total = sum(path.stat().st_size for path in files)
    assert {each[1] for each in told} == {total}
    assert [each[0] for each in told] == sorted(each[0] for each in told)
    assert len({each[0] for each in told}) >= 5  # by the mebibyte
    assert told[-1] == (total, total, "writing manifest")


def test_a_second_time_nothing_is_sent(send: Publish, local_ollama: OllamaServer) -> None:
    send()
    sent, posts = local_ollama.received_bytes, local_ollama.asked("POST", "/api/blobs")
    send()
    assert (local_ollama.received_bytes, local_ollama.asked("POST", "/api/blobs")) == (sent, posts)
    assert posts == 2


def test_after_a_lost_connection_only_what_is_missing_is_sent(
    send: Publish, local_ollama: OllamaServer, files: tuple[Path, Path]
) -> None:
    local_ollama.faults.drop_after = int(2.5 * MIB)  # the second file is smaller
    with pytest.raises(PublishError, match="broke off"):
        send()
    local_ollama.faults.drop_after = None
    local_ollama.received_bytes = 0
    assert "vision" in send()
    assert local_ollama.received_bytes == sum(path.stat().st_size for path in files)
    local_ollama.blob(local_ollama.models["ghost:latest"].blobs["projector"]).unlink()
    local_ollama.received_bytes = 0
    send()
    assert local_ollama.received_bytes == files[1].stat().st_size


def test_stopping_in_mid_file_leaves_nothing_behind(
    send: Publish, local_ollama: OllamaServer
) -> None:
    told: list[int] = []
    with pytest.raises(Cancelled):
        send(tell=lambda done, *_: told.append(done), stop=lambda: bool(told))
    assert told[0] == MIB
    assert local_ollama.asked("POST", "/api/create") == 0
    assert not list(local_ollama.folder.glob("sha256-*"))


@pytest.mark.parametrize(
    ("faults", "message", "hint"),
    [
        (Faults(version="0.30.3"), "is 0.30.3; publishing needs 0.30.4", "Update it"),
        (Faults(no_ollama=True), "is not Ollama", "Set OLLAMA_HOST"),
        (Faults(locked=True), "lets nobody in: unauthorized", "OLLAMA_API_KEY"),
        (Faults(full_after=MIB), "disk of Ollama .* is full: .*no space left", "Free some space"),
        (Faults(drop_after=MIB), "broke off", "not sent twice"),
        (Faults(garble=True), "not the file that was proven: digest mismatch", "export again"),
        (Faults(create_status=500), r"refused: something broke \(500\)", "See its log"),
        (Faults(create_error="bad tensor"), "refused: bad tensor", "See its log"),
        (
            Faults(create_error="write blobs/x: no space left on device"),
            "disk of Ollama .* is full",
            "ollama rm",
        ),
        (Faults(create_cut=True), "ended without having made ghost", "publish again"),
        (Faults(blind=True), "would not see a screenshot", "ollama rm ghost"),
        (Faults(own_template=True), "another template", "OLLAMA_GO_TEMPLATE"),
        (Faults(own_temperature=1.0), "another temperature than was sent", "ollama rm ghost"),
        (Faults(moved_to="https://ollama.invalid/"), r"sends its callers elsewhere \(302", "Give"),
        (Faults(slow_seconds=1.5), "does not answer any more", "restart it"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_failure_says_what_helps(
    send: Publish, local_ollama: OllamaServer, faults: Faults, message: str, hint: str
) -> None:
    local_ollama.faults = faults
    with pytest.raises(PublishError, match=message) as raised:
        send(quiet_seconds=0.4 if faults.slow_seconds else 10)
    assert hint in raised.value.hint


def test_too_old_an_ollama_is_told_before_anything_is_sent(
    send: Publish, local_ollama: OllamaServer
) -> None:
    local_ollama.faults.version = "0.12.11"
    with pytest.raises(PublishError):
        send()
    assert local_ollama.requests == [("GET", "/api/version")]


def test_nobody_there_is_said_at_once(send: Publish) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(PublishError, match=f"No Ollama answers at {url}") as raised:
            send(url=url)
    assert "ollama serve" in raised.value.hint


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999", "ftp://127.0.0.1", "http://[::1"])
def test_a_wrong_address_is_named(send: Publish, url: str) -> None:
    with pytest.raises(PublishError, match="address") as raised:
        send(url=url)
    assert "http://127.0.0.1:11434" in raised.value.hint


def test_ollama_host_is_honoured_as_its_client_does(
    send: Publish, local_ollama: OllamaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", local_ollama.url.removeprefix("http://"))
    assert "vision" in send(url="")
    assert find_ollama() == local_ollama.faults.version


def test_a_proxy_does_not_catch_what_is_on_this_machine(
    send: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert "vision" in send()


def test_a_file_that_is_gone_is_named(local_ollama: OllamaServer, tmp_path: Path) -> None:
    gone = tmp_path / "gone.gguf"
    with pytest.raises(PublishError, match=r"gone\.gguf cannot be read") as raised:
        publish(
            gone,
            gone,
            "ghost",
            url=local_ollama.url,
            sha256={},
            tell=lambda *_: None,
            stop=lambda: False,
        )
    assert raised.value.hint == "Export again."


def test_a_digest_that_nobody_knows_is_computed(send: Publish, local_ollama: OllamaServer) -> None:
    assert "vision" in send(sha256={})


@pytest.mark.parametrize(
    "name", ["ghost", "Ghost_1.5:q4_k_m", "me/ghost", "hub.local:5000/me/g:v1"]
)
def test_a_name_of_ollamas_is_taken(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize("name", ["", "ghost architect", "a/b/c/d", "-x", "a:b:c", "ü", "x" * 81])
def test_a_wrong_name_is_refused_before_anybody_is_asked(
    send: Publish, local_ollama: OllamaServer, name: str
) -> None:
    with pytest.raises(PublishError, match="is no name for a model"):
        send(name)
    assert local_ollama.requests == []


@pytest.mark.parametrize(
    ("version", "old"),
    [("0.30.3", True), ("0.30.4", False), ("0.9.12", True), ("1.0.0", False), ("0.0.0", False)],
)
def test_a_version_is_compared_by_its_numbers(version: str, old: bool) -> None:
    assert is_old(version) is old
