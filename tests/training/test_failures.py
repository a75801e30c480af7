"""Failures in the words of the person who started the run: real texts, some made on the spot."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.errors import ConfigError, DatasetError, GhostError, TrainingError
from ghost_engine.jobs.records import RunError
from ghost_engine.jobs.worker import WorkerFailure, describe
from ghost_engine.training.failures import TYPES, classify

TEXTS = Path(__file__).parents[1] / "fixtures" / "training" / "failures.toml"
CASES: list[dict[str, str]] = tomllib.loads(TEXTS.read_text("utf-8"))["text"]


def crash(code: int, *lines: str) -> RunError:
    """What the supervisor says of a worker that left no word."""
    said = f"The worker ended with exit code {code} and left no word."
    return RunError("crashed", said, "", {"exit_code": code, "log": list(lines)})


def error_of(case: dict[str, str]) -> RunError:
    if "error" in case:
        return RunError(case["error"], case["text"], "The log has the traceback.")
    return crash(1, "  50%|#####     | 3/6", case["text"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['type']}: {case['text'][:60]}")
def test_a_real_text_is_called_by_its_name(case: dict[str, str]) -> None:
    told = classify(error_of(case), base_model="the/model")
    assert told.type == case["type"] and told.type in TYPES
    assert case["says"] in told.message
    assert case.get("hints", "") in told.hint and told.hint
    assert "{" not in told.message + told.hint


def test_the_librarys_own_words_are_kept() -> None:
    case = CASES[0]
    assert classify(error_of(case)).details["said"] == case["text"]


def test_what_has_a_type_already_stays_as_it_is() -> None:
    error = describe(WorkerFailure("diverged", "The loss of step 3 is nan.", "Lower it.", {"a": 1}))
    assert classify(error) is error


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (DatasetError("Example 7 has no SQL.", "Mend it."), "data"),
        (ConfigError("rank: not a number.", "Correct it."), "config"),
        (TrainingError("device cuda: PyTorch sees no GPU.", "Ask `ghost doctor`."), "driver"),
        (TrainingError("The base model is of the family llama; expected x.", "Choose."),
         "bad_base_model"),
        (TrainingError("The base model x is no model folder: it has no config.json.", "Name one."),
         "bad_base_model"),
        (TrainingError("loader unsloth: Unsloth is not installed.", "Install it."),
         "missing_package"),
        (TrainingError("The hub has no model a/b, or none that it shows you.", "Check it."),
         "base_model_unreachable"),
        (TrainingError("Something of ours.", "Do this."), "unknown"),
    ],
    ids=str,
)  # fmt: skip
def test_our_own_errors_keep_their_words_and_get_a_type(raised: GhostError, kind: str) -> None:
    told = classify(describe(raised), base_model="the/model")
    assert (told.type, told.message, told.hint) == (kind, raised.message, raised.hint)


@pytest.mark.parametrize(
    ("code", "kind", "word"),
    [
        (-9, "host_memory", "signal 9"),
        (-15, "interrupted", "SIGTERM"),
        (-2, "interrupted", "SIGINT"),
    ],
)
def test_a_signal_says_what_it_means(code: int, kind: str, word: str) -> None:
    told = classify(crash(code, "RuntimeError: CUDA error: something of before"))
    assert told.type == kind and word in told.message and "esume" in told.hint


def test_a_silent_crash_is_unknown_and_keeps_its_last_line() -> None:
    error = crash(-11, "Fatal Python error: Segmentation fault")
    told = classify(error)
    assert (
        told.type == "unknown" and told.message == error.message and told.details == error.details
    )


def test_the_last_telling_line_of_a_crash_decides() -> None:
    told = classify(crash(1, "Connection refused, retrying", "ok", "CUDA error: out of memory"))
    assert told.type == "out_of_memory"


def test_an_old_line_of_a_crash_decides_nothing() -> None:
    told = classify(crash(1, "Connection refused, retrying", *["step"] * 15))
    assert told.type == "unknown"


# -- made on the spot: libraries change their words --------------------------------------------


def raised_by(code: str, **environment: str) -> RunError:
    """What our border makes of what this code raises, in a process of its own."""
    program = (
        "import json, sys\nfrom ghost_engine.jobs.worker import describe\n"
        f"try:\n    exec({code!r})\n"
        "except BaseException as error:\n    print(json.dumps(describe(error).to_dict()))\n"
    )
    made = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        capture_output=True,
        text=True,
        timeout=90,
        env={**os.environ, "HF_HUB_DISABLE_PROGRESS_BARS": "1", **environment},
        check=True,
    )
    return RunError.from_dict(json.loads(made.stdout.splitlines()[-1]))


def test_a_package_that_is_not_there_is_named() -> None:
    told = classify(raised_by("import a_package_nobody_has"))
    assert told.type == "missing_package" and "a_package_nobody_has" in told.message


def test_the_hosts_memory_is_told_from_the_cards() -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_AS, (3 * 2**30, 3 * 2**30));"
    assert classify(raised_by(limit + "bytearray(8 * 2**30)")).type == "host_memory"
    pytest.importorskip("torch")
    told = classify(raised_by("import torch; torch.empty(10**15)"))
    assert told.type == "host_memory"


def test_a_torch_without_cuda_is_named() -> None:
    torch = pytest.importorskip("torch")
    if torch.version.cuda:
        pytest.skip("this torch has CUDA")
    assert classify(raised_by("import torch; torch.zeros(1).cuda()")).type == "driver"


def test_a_damaged_file_of_weights_is_named(tmp_path: Path) -> None:
    pytest.importorskip("safetensors")
    page = tmp_path / "model.safetensors"
    page.write_bytes(b"<!DOCTYPE html>" + b"x" * 1000)
    told = classify(raised_by(f"import safetensors; safetensors.safe_open({str(page)!r}, 'np')"))
    assert told.type == "bad_base_model" and "damaged" in told.message


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    load = f"from transformers import AutoConfig; AutoConfig.from_pretrained({str(tmp_path)!r})"
    told = classify(raised_by(load, HF_HUB_OFFLINE="1"), base_model=str(tmp_path))
    assert told.type == "bad_base_model" and str(tmp_path) in told.message


class Hub(BaseHTTPRequestHandler):
    """Answers as the hub does when it says no."""

    answer: tuple[int, str, str] = (500, "", "")

    def do_HEAD(self) -> None:
        status, code, message = self.answer
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("X-Error-Message", message)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[str]:
    pytest.importorskip("huggingface_hub")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((401, "GatedRepo", "Access to model a/b is restricted. Please log in."), "logged in"),
        (
            (403, "GatedRepo", "Access to model a/b is restricted and you are not in the authorized"
             " list. Visit https://huggingface.co/a/b to ask for access."),
            "no access to a/b",
        ),
        ((404, "RepoNotFound", "Repository not found"), "no model called a/b"),
        pytest.param(
            (503, "", "Service Unavailable"), "could not be downloaded",
            marks=pytest.mark.slow,  # the library tries five times, 25 s in all
        ),
    ],
)  # fmt: skip
def test_each_refusal_of_the_hub_has_its_own_remedy(
    hub: str, tmp_path: Path, answer: tuple[int, str, str], says: str
) -> None:
    Hub.answer = answer
    load = "from huggingface_hub import hf_hub_download; hf_hub_download('a/b', 'config.json')"
    environment = {"HF_ENDPOINT": hub, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "0"}
    told = classify(raised_by(load, **environment), base_model="a/b")
    assert told.type == "base_model_unreachable" and says in told.message


@pytest.mark.slow  # the library tries five times, 25 s in all
def test_a_hub_that_does_not_answer_is_named(tmp_path: Path) -> None:
    pytest.importorskip("huggingface_hub")
    load = "from huggingface_hub import hf_hub_download; hf_hub_download('a/b', 'config.json')"
    environment = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path)}
    told = classify(raised_by(load, HF_HUB_OFFLINE="0", **environment), base_model="a/b")
    assert told.type == "base_model_unreachable" and "a/b could not be downloaded" in told.message
