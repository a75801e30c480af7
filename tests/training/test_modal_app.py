"""The Modal app with the real client and no account: it imports, trains in process, and refuses."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import modal.exception
import pytest

from ghost_engine.cli import run as ghost
from ghost_engine.errors import TrainingError
from ghost_engine.jobs.folder import RunFolder, read_json
from ghost_engine.settings import get_settings
from ghost_engine.training import checkpoints, modal_app
from ghost_engine.training.config import load_preset
from ghost_engine.training.data import freeze
from ghost_engine.training.remote import modal_place
from ghost_engine.training.remote.container import paid_seconds
from ghost_engine.training.remote.gpus import find_gpu, known_gpus
from ghost_engine.training.remote.place import Order, Unreachable, claim_key, stop_key
from ghost_engine.training.remote.places import open_place
from ghost_engine.training.remote.record import Remote, read_remote
from ghost_engine.training.remote.rehearsal import FolderHome
from ghost_engine.training.remote.start import check, choose_gpu, estimate_on, quote

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
pytestmark = pytest.mark.filterwarnings("ignore:The train function is executing locally")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FolderHome]:
    """What the function finds when it is called locally."""
    cache = get_settings().cache_dir
    monkeypatch.setenv("GHOST_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("GHOST_RUNS_DIR", str(tmp_path / "runs"))
    if (cache / "models").is_dir():  # the tiny model, if another test made it
        shutil.copytree(cache / "models", tmp_path / "cache/models")
    get_settings.cache_clear()
    yield FolderHome(tmp_path / "cache" / "rehearsal")
    monkeypatch.undo()
    get_settings.cache_clear()


def put_on_volume(home: FolderHome, run: str, **values: Any) -> Path:
    """A frozen run as a follower uploads it: its configuration and its dataset, nothing else."""
    rows = json.loads((DATA / "dataset_vision.json").read_text("utf-8"))
    folder = RunFolder(home.volume / "runs" / run)
    folder.path.mkdir(parents=True)
    dataset = folder.path.parent / "dataset_vision.json"
    dataset.write_text(json.dumps(rows[::48]), "utf-8")
    asked = {
        "dataset": str(dataset),
        "validation_share": 0.0,
        "eval_screens": 0,
        "warmup_steps": 1,
        **values,
    }
    config = load_preset("smoke").changed(**asked)
    folder.config.write_text(config.to_yaml(), "utf-8")
    freeze(config, folder.path, image_root=DATA, judge=False)
    return folder.path


# -- the function ------------------------------------------------------------------------------


def test_the_function_really_trains_in_this_process_and_is_paid_for_once(home: FolderHome) -> None:
    far = put_on_volume(home, "first", max_steps=3, save_steps=2, batch_size=1)
    order = Order("first", 1, limit_seconds=600, sync_seconds=0.5).to_dict()
    result = modal_app.train.local(order)
    assert (result["state"], result["time_over"]) == ("finished", False), result
    assert "adapter_model.safetensors" in result["adapter"]
    assert (far / "adapter" / "adapter_config.json").is_file()
    assert [each.step for each in checkpoints.complete(far / "checkpoints")] == [2, 3]
    paid = paid_seconds(read_json(far / "hours.json"))
    assert paid == pytest.approx(result["seconds"], abs=0.2)

    again = modal_app.train.local(order)  # as after an interruption that came a moment too late
    assert again == result
    assert paid_seconds(read_json(far / "hours.json")) == paid


def test_a_second_call_for_the_same_work_leaves_it_to_the_first(home: FolderHome) -> None:
    home.claim(claim_key("twice", 1), "fc-first")
    result = modal_app.train.local(Order("twice", 1, limit_seconds=600).to_dict())
    assert result == {"state": "elsewhere", "call": "fc-first"}


def test_a_container_that_comes_after_its_hours_are_over_does_nothing(home: FolderHome) -> None:
    far = put_on_volume(home, "late", max_steps=3)
    spent = {"containers": [{"generation": 1, "seconds": 601.0}]}
    (far / "hours.json").write_text(json.dumps(spent), "utf-8")
    result = modal_app.train.local(Order("late", 1, limit_seconds=600).to_dict())
    assert result["time_over"] and not (far / "metrics.jsonl").exists()


def test_a_container_that_comes_after_its_run_was_killed_does_nothing(home: FolderHome) -> None:
    far = put_on_volume(home, "killed", max_steps=3)
    home.claim(stop_key("killed", 1), "yes")
    result = modal_app.train.local(Order("killed", 1, limit_seconds=600).to_dict())
    assert result["state"] == "stopped" and not (far / "metrics.jsonl").exists()


def test_what_goes_wrong_in_our_own_code_is_returned_and_not_tried_again(home: FolderHome) -> None:
    result = modal_app.train.local(Order("nowhere", 1, limit_seconds=600).to_dict())
    assert result["state"] == "failed" and "nowhere" in result["error"]["message"]


# -- the app -----------------------------------------------------------------------------------


def test_the_image_has_all_that_requirements_for_a_gpu_ask_for() -> None:
    pins = modal_app.pins()
    for name in ("requirements.txt", "requirements-gpu.txt", "requirements-export.txt"):
        lines = (line.split("#")[0].strip() for line in (ROOT / name).read_text().splitlines())
        assert {line for line in lines if line and not line.startswith("-")} <= set(pins)
    assert not [pin for pin in pins if pin.startswith("-")]


def test_inside_a_container_there_are_no_requirements_to_read(tmp_path: Path) -> None:
    assert modal_app.pins(folder=tmp_path) == []


@pytest.mark.slow
def test_modal_run_knows_our_flags() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "modal", "run", "-m", "ghost_engine.training.modal_app", "--help"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nowhere", "COLUMNS": "200"},
    )
    assert done.returncode == 0, done.stderr
    assert all(flag in done.stdout for flag in ("--preset", "--gpu", "--hours", "--secret"))


# -- GPUs and what they cost -------------------------------------------------------------------


def test_the_gpu_of_the_seed_is_the_default_and_unknown_ones_are_refused_in_words() -> None:
    config = load_preset("a10g")
    assert choose_gpu(config).name == "A10G"
    assert choose_gpu(config, "a10").wire == "A10" and find_gpu("a100-40gb").name == "A100"
    with pytest.raises(TrainingError, match='"B300" is no GPU .* Choose from T4, L4, A10G'):
        choose_gpu(config, "B300")


def test_every_gpu_of_the_list_is_one_for_modal_and_has_a_price_with_its_date() -> None:
    for gpu in known_gpus().values():
        modal_app.train.with_options(gpu=gpu.wire or None, timeout=3600)
        assert gpu.usd_per_hour > 0 and gpu.seen.startswith("202")
    prices = [gpu.usd_per_hour for gpu in known_gpus().values() if gpu.card]
    assert prices == sorted(prices)


def test_the_guide_has_the_prices_of_the_list() -> None:
    guide = (ROOT / "docs" / "modal.md").read_text("utf-8")
    for gpu in known_gpus().values():
        memory = f"{gpu.memory_gib:.1f} " if gpu.card else ""
        assert f"| {gpu.name} | {memory}| ${gpu.usd_per_hour:.2f} | {gpu.seen} |" in guide


def test_two_cards_cost_a_card_more_and_one_machine_has_only_so_many() -> None:
    one = find_gpu("A10G")
    two = one.several(2)
    assert two.wire == "A10:2"
    assert two.usd_per_hour == pytest.approx(one.usd_per_hour + 3600 * 0.000306, abs=0.001)
    with pytest.raises(TrainingError, match="at most 4 A10G, not 8"):
        one.several(8)


def test_a_quote_says_the_most_that_a_run_can_cost(home: FolderHome) -> None:
    found = quote(load_preset("a10g"), find_gpu("L4"), hours=2)
    assert found.most_usd == pytest.approx(2 * found.gpu.usd_per_hour, abs=0.01)
    assert found.seconds is None and "not known yet" in found.words


def test_what_does_not_fit_is_refused_before_it_is_paid_for() -> None:
    config, small = load_preset("a10g"), find_gpu("T4")
    found = estimate_on(config, small)
    assert found is not None and not found.fits
    with pytest.raises(TrainingError, match="It needs about .* T4 has 14.6"):
        check(config, "rehearsal", small, 1.0)
    check(config, "rehearsal", small, 1.0, force=True)
    check(config, "rehearsal", find_gpu("A10G"), 1.0)


@pytest.mark.parametrize(
    ("changes", "gpu", "hours", "said"),
    [
        ({"base_model": "/models/mine"}, "A10G", 1.0, "is a folder of this machine"),
        ({}, "none", 1.0, "Without a GPU only the processor is left"),
        ({}, "A10G", 24.0, "24 hours cannot be asked for"),
        ({}, "A10G", 0.0, "0 hours cannot be asked for"),
    ],
)
def test_what_cannot_work_there_is_refused_here(
    changes: dict[str, Any], gpu: str, hours: float, said: str
) -> None:
    with pytest.raises(TrainingError, match=said):
        check(load_preset("a10g").changed(**changes), "rehearsal", find_gpu(gpu), hours)


# -- Modal as a place --------------------------------------------------------------------------


def test_without_the_client_the_rest_works_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "modal", None)
    assert ghost(["train", "--preset", "a10g", "--on", "modal", "--estimate"]) == 0
    assert "A10G: about $" in capfd.readouterr().out
    assert ghost(["train", "--preset", "a10g", "--on", "modal"]) == 1
    assert "pip install -r requirements-modal.txt" in capfd.readouterr().err


def test_without_a_token_nothing_is_frozen_or_asked(
    home: FolderHome, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MODAL_TOKEN_ID", raising=False)
    monkeypatch.setattr("modal.config._user_config", {})
    assert ghost(["train", "--preset", "a10g", "--on", "modal"]) == 1
    assert "Run `modal setup` once." in capfd.readouterr().err
    assert not get_settings().runs_dir.exists()
    with pytest.raises(TrainingError, match="does not accept this machine's token"):
        modal_place.ModalPlace().get("anything")


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (modal.exception.ConnectionError("no route"), Unreachable),
        (modal.exception.ServiceError("busy"), Unreachable),
        (ConnectionResetError("reset"), Unreachable),
        (modal.exception.NotFoundError("Secret 'huggingface' not found"), TrainingError),
        (modal.exception.InvalidError("no such gpu"), TrainingError),
    ],
)
def test_a_refusal_ends_a_run_and_a_silence_does_not(raised: Exception, kind: type) -> None:
    with pytest.raises(TrainingError) as caught, modal_place._in_words("the start"):
        raise raised
    assert type(caught.value) is kind


@pytest.mark.slow  # the client tries for a minute
def test_a_server_that_is_not_there_is_a_silence() -> None:
    code = (
        "from ghost_engine.training.remote.modal_place import ModalPlace\n"
        "from ghost_engine.training.remote.place import Unreachable\n"
        "try:\n    ModalPlace().look('fc-1')\n"
        "except Unreachable as error:\n    print(error)\n"
    )
    environment = {
        "MODAL_SERVER_URL": "http://127.0.0.1:9",
        "MODAL_TOKEN_ID": "ak-none",
        "MODAL_TOKEN_SECRET": "as-none",
        "PATH": "/usr/bin:/bin",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=environment
    )
    assert "Modal does not answer" in done.stdout, done.stderr


def test_nobody_knows_another_place() -> None:
    with pytest.raises(TrainingError, match='"colab" is no place to train'):
        open_place("colab")


def test_flags_of_a_rented_machine_need_one(capfd: pytest.CaptureFixture[str]) -> None:
    assert ghost(["train", "--preset", "smoke", "--gpu", "T4"]) == 2
    assert "--on modal" in capfd.readouterr().err


def test_the_estimate_of_a_rented_run_has_memory_and_money(
    home: FolderHome, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "--preset", "a10g", "--on", "modal", "--gpu", "L4", "--hours", "3"]
    assert ghost([*words, "--estimate", "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    assert said["gpu"] == "L4" and said["fits"] is True
    assert said["usd_at_most"] == pytest.approx(3 * said["usd_per_hour"], abs=0.01)


# -- the record --------------------------------------------------------------------------------


def test_a_record_of_an_older_version_or_a_broken_one_is_no_remote_run(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert read_remote(folder) is None
    (tmp_path / "remote.json").write_text('{"where": "modal"}')
    assert read_remote(folder) is None
    whole = Remote("modal", "A10G", 1, 1.5, 12.0, paid_seconds=1800.0)
    (tmp_path / "remote.json").write_text(json.dumps({**whole.to_dict(), "new": 1}))
    assert read_remote(folder) == whole
    assert whole.words == "Modal, A10G, about $0.75"


def test_words_on_the_board_are_claimed_once(home: FolderHome) -> None:
    assert home.get(stop_key("a", 1)) == ""
    assert [home.claim("claim/a/1", name) for name in ("one", "two")] == ["one", "one"]
