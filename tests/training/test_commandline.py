"""The line to copy gives the very configuration it was written for."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from ghost_engine.cli import run
from ghost_engine.training.commandline import command_line
from ghost_engine.training.config import TrainingConfig, load_preset

CASES: list[tuple[str | None, dict[str, object]]] = [
    ("smoke", {}),
    ("t4", {"max_steps": 100, "epochs": None, "learning_rate": 1e-5, "use_dora": True}),
    ("smoke", {"max_steps": None, "epochs": 0.5, "memory_limit_gib": 14.5, "warmup_steps": 0}),
    ("text", {"dataset": "my data/a 'quoted' file.json", "target_modules": ("v_proj", "q_proj")}),
    ("a10g", {"dataset": "store", "tune_vision": False, "explosion_factor": 0.0}),
    (None, {"base_model": "123", "export_base": ""}),
    (None, {"base_model": "null", "export_base": " with: a colon # and spaces "}),
    (None, {"base_model": "/models/ünïcode 🦙", "export_base": "2e-4"}),
]


@pytest.mark.parametrize(("preset", "changes"), CASES)
def test_the_line_read_by_the_command_line_gives_the_same_settings(
    preset: str | None, changes: dict[str, object], capfd: pytest.CaptureFixture[str]
) -> None:
    config = (load_preset(preset) if preset else TrainingConfig()).changed(**changes)

    line = shlex.split(command_line(config, preset))
    assert line[:2] == ["ghost", "train"]
    assert run([*line[1:], "--help-settings", "--json"]) == 0

    told = {row["name"]: row["value"] for row in json.loads(capfd.readouterr().out)["settings"]}
    assert told == config.model_dump(mode="json")


def test_only_what_differs_from_the_preset_is_said() -> None:
    assert command_line(load_preset("t4"), "t4") == "ghost train --preset t4"
    assert (
        command_line(load_preset("t4").changed(epochs=None, max_steps=9, warmup_steps=1), "t4")
        == "ghost train --preset t4 --set max_steps=9 --set warmup_steps=1"
    )


def test_the_name_and_the_pictures_folder_are_options_of_their_own() -> None:
    line = command_line(load_preset("smoke"), "smoke", name="a try", image_root=Path("/p q"))

    assert line == "ghost train --preset smoke --image-root '/p q' --name 'a try'"
