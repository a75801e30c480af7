"""What is exported: runs and adapter folders, and the weights that each belongs to."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.errors import ConfigError, ExportError, JobError
from ghost_engine.export import subject
from ghost_engine.export.subject import (
    check_files,
    config_for_adapter,
    config_for_run,
    describe,
    find_subject,
    obstacle,
    origin,
    widened,
)
from ghost_engine.jobs.folder import RunFolder, read_json, write_json
from ghost_engine.jobs.reading import read_run
from ghost_engine.jobs.records import Job, Run, Status, now
from ghost_engine.settings import get_settings

MakeAdapter = Callable[..., Path]


@pytest.fixture
def adapter(tiny_adapter: MakeAdapter, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(tiny_adapter(), tmp_path / "adapter"))


@pytest.fixture
def run(adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A finished training run with that adapter."""
    monkeypatch.setenv("GHOST_RUNS_DIR", str(tmp_path / "runs"))
    get_settings.cache_clear()
    folder = RunFolder(tmp_path / "runs" / "20260101-000000-train-tiny")
    folder.path.mkdir(parents=True)
    shutil.copytree(adapter, folder.adapter)
    write_json(folder.job, Job("train", "some.worker", now(), "tiny").to_dict())
    write_json(folder.status, Status("finished").to_dict())
    return read_run(folder)


def change(adapter: Path, **values: Any) -> None:
    """The adapter as if its run had had other settings."""
    about = read_json(adapter / "ghost.json") or {}
    write_json(adapter / "ghost.json", {**about, "config": {**about["config"], **values}})


def test_a_run_is_exported_into_the_base_that_its_adapter_names(run: Run, tiny_base: Path) -> None:
    config = config_for_run(run, quants=("q8_0",))
    assert (config.run, config.base) == (run.id, str(tiny_base))
    assert config.adapter == str(run.folder.adapter)
    assert config.quants == ("q8_0",) and config.name == "ghost-architect"


def test_a_run_without_an_adapter_says_when_there_will_be_one(run: Run) -> None:
    shutil.rmtree(run.folder.adapter)
    with pytest.raises(ExportError, match="has no adapter") as caught:
        config_for_run(run)
    assert "when it ends or is stopped" in caught.value.hint
    assert "has no adapter" in obstacle(run)


@pytest.mark.parametrize(
    ("trained", "named", "expected"),
    [
        ("smoke", "unsloth/gemma-3-12b-it", "smoke"),
        ("unsloth/gemma-3-4b-it-bnb-4bit", "unsloth/gemma-3-12b-it", "unsloth/gemma-3-4b-it"),
        ("some/gemma-3-4b-sql", "unsloth/gemma-3-12b-it", "some/gemma-3-4b-sql"),
        ("some/gemma-3-4b-sql", "other/base", "other/base"),
    ],
)
def test_an_export_base_nobody_set_follows_from_the_base_that_was_trained(
    adapter: Path, trained: str, named: str, expected: str
) -> None:
    change(adapter, base_model=trained, export_base=named)
    assert config_for_adapter(adapter).base == expected


def test_a_bare_adapter_names_its_base_itself_or_is_asked(adapter: Path) -> None:
    (adapter / "ghost.json").unlink()
    settings = read_json(adapter / "adapter_config.json") or {}

    def say(base: str | None) -> None:
        document = {**settings, "base_model_name_or_path": base}
        (adapter / "adapter_config.json").write_text(json.dumps(document))

    say("unsloth/gemma-3-12b-it-unsloth-bnb-4bit")
    assert config_for_adapter(adapter).base == "unsloth/gemma-3-12b-it"
    for base in ("somebody/gemma-3-12b-it-bnb-4bit", None):
        say(base)
        with pytest.raises(ExportError) as caught:
            config_for_adapter(adapter)
        assert "--base" in caught.value.hint
        assert config_for_adapter(adapter, base="their/base").base == "their/base"


def test_only_known_pairs_are_widened() -> None:
    assert widened("unsloth/gemma-3-27b-it-bnb-4bit") == "unsloth/gemma-3-27b-it"
    assert widened("unsloth/gemma-3-12b-it") == "unsloth/gemma-3-12b-it"
    assert widened("me/gemma-3-12b-it-bnb-4bit") == "me/gemma-3-12b-it-bnb-4bit"


def test_a_run_is_found_by_its_id_its_folder_and_its_adapter(run: Run, tmp_path: Path) -> None:
    found = [find_subject(name) for name in ("train-tiny", str(run.path), str(run.folder.adapter))]
    assert {(each.run, each.adapter) for each in found} == {(run.id, str(run.folder.adapter))}
    with pytest.raises(JobError, match="There is no run"):
        find_subject("nothing")
    with pytest.raises(ExportError, match="it has no adapter_config.json"):
        find_subject(str(tmp_path))


def test_an_unknown_form_is_named_with_those_there_are(adapter: Path) -> None:
    with pytest.raises(ConfigError, match="'q3_k_s' is no known form") as caught:
        config_for_adapter(adapter, quants=("q8_0", "q3_k_s"))
    assert "q4_k_m, q5_k_m" in caught.value.hint


def test_an_adapter_that_was_changed_is_refused_before_use(adapter: Path) -> None:
    check_files(adapter)
    weights = bytearray((adapter / "adapter_model.safetensors").read_bytes())
    weights[-1] ^= 1
    (adapter / "adapter_model.safetensors").write_bytes(weights)
    with pytest.raises(ExportError, match="is not the file that the run wrote"):
        check_files(adapter)
    (adapter / "ghost.json").unlink()
    check_files(adapter)  # nobody wrote down what it was


def test_an_adapter_of_a_stopped_run_says_so(adapter: Path) -> None:
    assert origin(adapter).note == ""
    about = read_json(adapter / "ghost.json") or {}
    write_json(adapter / "ghost.json", {**about, "trained_steps": 20, "total_steps": 60})
    assert "stopped at step 20 of 60" in origin(adapter).note
    assert origin(adapter).run == about["run"]


def test_what_the_files_say_names_a_base_in_a_folder_without_its_path(
    adapter: Path, tiny_base: Path
) -> None:
    about = describe(config_for_adapter(adapter))
    assert about["base_model"] == tiny_base.name
    assert not any(str(tiny_base.parent) in value for value in about.values())
    assert about["dataset_sha256"] == "0" * 64


def test_packages_that_are_missing_are_named_with_the_way_to_get_them(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert obstacle(run) == ""
    monkeypatch.setattr(subject, "PACKAGES", (*subject.PACKAGES, "no_such_package"))
    assert "no_such_package" in obstacle(run)
    assert "requirements-export.txt" in obstacle(run)
