"""The whole way through Modal's own client, against a local server that speaks its protocol."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from modal_proto import api_pb2

from ghost_engine.jobs.control import kill
from ghost_engine.jobs.folder import read_json, read_rows
from ghost_engine.jobs.metrics import read_metrics
from ghost_engine.jobs.reading import read_run, wait_for
from ghost_engine.jobs.records import Run
from ghost_engine.settings import get_settings
from ghost_engine.training import modal_app
from ghost_engine.training.config import load_preset
from ghost_engine.training.remote.record import Remote, read_remote
from ghost_engine.training.remote.start import start_remote
from tests.modalserver.server import SECRET, ModalServer, serve

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"


@pytest.fixture(scope="module")
def modal_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModalServer]:
    """The server, and an environment in which every program of ours finds it."""
    place = tmp_path_factory.mktemp("modal")
    with serve(place / "far") as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODAL_SERVER_URL", server.url)
        patch.setenv("MODAL_TOKEN_ID", "ak-test")
        patch.setenv("MODAL_TOKEN_SECRET", "as-test")
        patch.setenv("MODAL_CONFIG_PATH", str(place / "modal.toml"))
        patch.setenv("GHOST_RUNS_DIR", str(place / "runs"))
        toy = str(Path(__file__).parent / "toy")
        patch.setenv("PYTHONPATH", os.pathsep.join([toy, *sys.path]))
        get_settings.cache_clear()
        yield server
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if any(str(place) in part for part in process.cmdline()):
                process.kill()
                process.wait(5)
    get_settings.cache_clear()


def ordered(place: Path, steps: int = 4, **asked: Any) -> Run:
    """Start a run at Modal whose worker counts, on a few of the shipped pairs."""
    rows = json.loads((DATA / "dataset_vision.json").read_text("utf-8"))
    dataset = place / "dataset_vision.json"
    dataset.write_text(json.dumps(rows[::100]), "utf-8")
    values = {"dataset": str(dataset), "max_steps": steps, "save_steps": 2, "learning_rate": 0.01}
    config = load_preset("smoke").changed(**values)
    return start_remote(
        config, "modal", hours=2, image_root=DATA, worker="far_worker", force=True, **asked
    )


@pytest.fixture(scope="module")
def run(modal_server: ModalServer, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that went the whole way."""
    started = ordered(tmp_path_factory.mktemp("data"), gpu="L4", secret=SECRET, name="there")
    ended = wait_for(started, timeout_seconds=240)
    assert ended.state == "finished", (ended.status.error, ended.folder.log.read_text()[-4000:])
    return ended


def record(run: Run) -> Remote:
    found = read_remote(run.folder)
    assert found is not None
    return found


def test_a_run_comes_back_through_the_real_client(run: Run) -> None:
    assert [row["step"] for row in read_metrics(run.folder)] == [1, 2, 3, 4]
    assert read_json(run.folder.adapter / "adapter_config.json") == {"step": 4}
    assert (run.folder.adapter / "adapter_model.safetensors").stat().st_size == 200_000
    assert "training from step 0" in run.folder.log.read_text()
    told = [row["event"] for row in read_rows(run.folder.events)]
    assert {"remote_started", "checkpoint", "remote_ended"} <= set(told)


def test_its_record_has_the_call_and_a_price(run: Run) -> None:
    far = record(run)
    assert far.call.startswith("fc-") and far.page == f"https://modal.com/id/{far.call}"
    assert far.cost_usd > 0 and far.words.startswith("Modal, L4, about $0.0")


def test_the_function_is_asked_for_with_the_card_the_time_and_the_secret_by_name(
    run: Run, modal_server: ModalServer
) -> None:
    (bound,) = modal_server.requests("FunctionBindParams")
    options = bound.function_options
    assert options.resources.gpu_config.gpu_type == "L4"
    assert options.timeout_secs == 2 * 3600 + modal_app.GRACE_SECONDS
    assert list(options.secret_ids) == ["st-1"]
    (secret,) = modal_server.requests("SecretGetOrCreate")
    assert secret.deployment_name == SECRET and not secret.env_dict
    (order,) = modal_server.orders
    assert (order["run"], order["limit_seconds"]) == (run.id, 7200.0)


def test_what_is_deployed_has_our_pins_our_code_and_both_volumes(
    run: Run, modal_server: ModalServer
) -> None:
    (created,) = modal_server.requests("FunctionCreate")
    function = created.function
    assert function.module_name == "ghost_engine.training.modal_app"
    mounted = {mount.mount_path for mount in function.volume_mounts}
    assert mounted == {"/runs", "/models"}
    assert function.retry_policy.retries == 3 and function.resources.memory_mb == 24 * 1024
    built = "\n".join(
        line
        for request in modal_server.requests("ImageGetOrCreate")
        for line in request.image.dockerfile_commands
    )
    assert "FROM python:3.11" in built and "build-essential" in built
    assert all(pin.split(">")[0] in built for pin in modal_app.pins())
    laid = {
        file.filename
        for request in modal_server.requests("MountGetOrCreate")
        for file in request.files
    }
    for path in ("configs/a10g.yaml", "ghost_engine/training/remote/gpus.toml"):
        assert f"/root/{path}" in laid
    assert not [name for name in laid if name.endswith(".pyc")]


def test_only_the_frozen_run_is_uploaded_and_it_is_gone_afterwards(
    run: Run, modal_server: ModalServer
) -> None:
    uploaded = {
        file.filename
        for request in modal_server.requests("VolumePutFiles")
        for file in request.files
    }
    here = {path.relative_to(run.path) for path in run.folder.dataset.rglob("*") if path.is_file()}
    wanted = {f"/runs/{run.id}/{path.as_posix()}" for path in [*here, Path("config.yaml")]}
    assert uploaded == wanted
    assert [each.path for each in modal_server.requests("VolumeRemoveFile")] == [f"/runs/{run.id}"]
    assert not (modal_server.rehearsal.root / "volume/runs" / run.id).exists()


def test_a_secret_that_is_not_there_is_said_before_anything_is_paid_for(
    run: Run, modal_server: ModalServer, tmp_path: Path
) -> None:
    calls = len(modal_server.orders)
    ended = wait_for(ordered(tmp_path, gpu="none", secret="other"), timeout_seconds=120)
    assert ended.state == "failed" and ended.status.error is not None
    assert "Modal refuses the start" in ended.status.error.message
    assert len(modal_server.orders) == calls and not record(ended).call


def test_a_kill_here_cancels_the_call_there(
    run: Run, modal_server: ModalServer, tmp_path: Path
) -> None:
    started = ordered(tmp_path, steps=5000, gpu="none")
    deadline = time.monotonic() + 120
    while not record(started).call:
        assert read_run(started.folder).active and time.monotonic() < deadline
        time.sleep(0.1)
    assert kill(started).state == "stopped"
    (cancelled,) = modal_server.requests("FunctionCallCancel")
    assert cancelled.function_call_id == record(started).call and cancelled.terminate_containers
    assert record(started).over and not record(started).cancel_owed


def test_the_protocol_is_the_one_of_the_installed_client() -> None:
    assert "FunctionMap" in {
        name.rpartition("/")[2] for name in ModalServer(Path("/"), "").__mapping__()
    }
    assert api_pb2.DESCRIPTOR.package == "modal.client"
