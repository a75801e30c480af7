"""What a machine lacks for a run, said before the run and not by its death."""

from __future__ import annotations

import pytest

from ghost_engine.hardware import KNOWN_CARDS, Survey
from ghost_engine.settings import get_settings
from ghost_engine.training import readiness
from ghost_engine.training.config import TrainingConfig, load_preset
from ghost_engine.training.readiness import (
    absent,
    checkpoint_bytes,
    expected_loader,
    lacks,
    runs_on_gpu,
)

NO_CARD = Survey((), note="no NVIDIA driver")
A10G = Survey((KNOWN_CARDS["a10g"],))


def test_nothing_is_missing_for_the_smoke_preset_without_a_gpu() -> None:
    assert lacks(load_preset("smoke"), NO_CARD) == ()


def test_a_real_model_needs_a_gpu() -> None:
    (gpu, *_) = lacks(load_preset("t4"), NO_CARD)

    assert gpu.what == "gpu" and "no NVIDIA driver" in gpu.message
    assert "--preset smoke" in gpu.hint


def test_packages_that_are_missing_are_named_with_the_way_to_get_them() -> None:
    assert absent(("torch", "no_such_package")) == ("no_such_package",)

    found = lacks(load_preset("smoke").changed(device="cuda"), A10G)
    if readiness.has_cuda_torch():
        assert found == ()
    else:
        assert found[0].what == "packages" and "without CUDA" in found[0].message
        assert "make install-gpu" in found[0].hint


def test_a_full_disk_is_seen_before_the_first_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_SPARE_BYTES", 10**18)

    (lack,) = lacks(load_preset("smoke"), NO_CARD)

    assert lack.what == "disk" and str(get_settings().runs_dir.parent) in lack.message
    assert "GHOST_RUNS_DIR" in lack.hint


def test_more_checkpoints_and_wider_adapters_need_more_room() -> None:
    config = TrainingConfig()
    bytes_ = checkpoint_bytes(config)

    assert 5e9 < bytes_ < 12e9  # 262 M parameters, five checkpoints with an 8-bit optimizer
    assert checkpoint_bytes(config.changed(rank=128)) > 1.9 * bytes_
    assert checkpoint_bytes(config.changed(keep_checkpoints=6)) > 1.4 * bytes_
    assert checkpoint_bytes(config.changed(base_model="some/unknown")) == 0


def test_a_run_takes_a_card_if_one_is_there_or_asked_for() -> None:
    assert runs_on_gpu(load_preset("t4"), A10G) and not runs_on_gpu(load_preset("t4"), NO_CARD)
    assert not runs_on_gpu(load_preset("smoke"), A10G)
    assert runs_on_gpu(load_preset("t4").changed(device="cuda"), NO_CARD)


def test_the_loader_of_another_machine_is_unsloth_unless_said_otherwise() -> None:
    config = load_preset("t4")

    assert expected_loader(config, elsewhere=True) == "unsloth"
    assert expected_loader(config.changed(loader="plain"), elsewhere=True) == "plain"
    assert expected_loader(load_preset("smoke"), elsewhere=True) == "plain"
