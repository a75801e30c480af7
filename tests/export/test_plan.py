"""What an export would make and take, and one line for each thing that stands in its way."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.errors import ExportError
from ghost_engine.export import plan, room
from ghost_engine.export.checkpoint import open_checkpoint
from ghost_engine.export.config import ExportConfig
from ghost_engine.export.place import partial_folder
from ghost_engine.export.plan import NF4_WARNING, Plan, plan_export
from ghost_engine.export.shadow import shadow_checkpoint
from ghost_engine.export.start import start_export
from ghost_engine.export.subject import config_for_adapter
from ghost_engine.export.tensors import file_bytes
from ghost_engine.jobs.reading import list_runs
from ghost_engine.settings import get_settings
from ghost_engine.training.shapes import GEMMA3, find_shape

MakeAdapter = Callable[..., Path]
Make = Callable[..., ExportConfig]


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("GHOST_RUNS_DIR", str(tmp_path / "runs"))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture
def asked(tiny_adapter: MakeAdapter, tmp_path: Path) -> Make:
    """An export of the tiny adapter; keywords are fields of the configuration."""

    def make(**values: Any) -> ExportConfig:
        return config_for_adapter(tiny_adapter(), **{"out": str(tmp_path / "out"), **values})

    return make


def only_problem(found: Plan) -> tuple[str, str, str]:
    (lack,) = found.problems
    assert "\n" not in lack.message and lack.message.endswith(".") and lack.hint.endswith(".")
    return lack.what, lack.message, lack.hint


def test_the_files_of_an_export_are_known_before_it(asked: Make) -> None:
    found = plan_export(asked(quants=("q4_k_m", "q8_0"), keep_merged=True))
    sizes = {file.part: file.bytes for file in found.files}
    assert found.problems == () and found.warnings == ()
    assert [file.name for file in found.files] == [
        "ghost-architect-q4_k_m.gguf",
        "ghost-architect-q8_0.gguf",
        "ghost-architect-mmproj.gguf",
        "ghost-architect-merged/",
    ]
    assert sizes["q4_k_m"] < sizes["q8_0"] < sizes["merged"]
    assert found.high_water_bytes > sum(sizes.values())  # BF16 stays until all forms are made


@pytest.mark.parametrize("size", GEMMA3)
def test_a_base_that_is_not_here_is_planned_by_its_name(asked: Make, size: str) -> None:
    name = f"unsloth/gemma-3-{size}-it"
    found = plan_export(asked(base=name, adapter=str(asked().adapter)))
    parts = {file.part: file.bytes / 1e9 for file in found.files}
    # llama.cpp's own files of the released models, GB
    published = {"4b": (2.49, 0.85), "12b": (7.30, 0.85), "27b": (16.55, 0.86)}
    assert (parts["q4_k_m"], parts["mmproj"]) == pytest.approx(published[size], rel=0.01)


def test_the_sizes_told_by_a_name_are_those_of_the_folder(tiny_base: Path) -> None:
    shape = find_shape(str(tiny_base))
    known = shadow_checkpoint("tiny", shape)
    real = open_checkpoint(tiny_base)
    for part in ("bf16", "q8_0", "mmproj"):
        assert file_bytes(known, part) == pytest.approx(file_bytes(real, part), rel=0.01)


def test_the_plan_of_a_12b_takes_no_torch_and_little_time(asked: Make, tmp_path: Path) -> None:
    code = """if True:
        import json, sys
        from ghost_engine.export.config import make_export_config
        from ghost_engine.export.plan import plan_export
        from ghost_engine.export.start import start_export
        found = plan_export(make_export_config(json.loads(sys.argv[1])))
        heavy = {"torch", "transformers", "safetensors", "gguf", "sentencepiece"}
        print(sorted(heavy & set(sys.modules)), len(found.files))
    """
    config = asked(base="unsloth/gemma-3-12b-it").model_dump_json()
    made = subprocess.run(
        [sys.executable, "-c", code, config], capture_output=True, text=True, check=True
    )
    assert made.stdout.strip() == "[] 2"


def test_a_full_disk_is_refused_with_numbers_and_a_way_out(
    asked: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "free_disk", lambda folder: 5_000_000)
    what, message, hint = only_problem(plan_export(asked()))
    assert what == "disk" and "has 0.0 GB free" in message and "--out" in hint
    with pytest.raises(ExportError, match="GB free"):
        start_export(asked())
    assert list_runs() == []


def test_too_little_memory_is_refused_and_a_busy_machine_is_a_warning(
    asked: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "memory", lambda: room.Memory(500_000_000, 400_000_000))
    assert only_problem(plan_export(asked()))[0] == "memory"
    monkeypatch.setattr(room, "memory", lambda: room.Memory(16 * 10**9, 400_000_000))
    found = plan_export(asked())
    assert found.problems == () and "close other programs" in found.warnings[0]


def test_a_base_without_a_tokenizer_is_refused(
    asked: Make, tiny_base: Path, tmp_path: Path
) -> None:
    base = tmp_path / "base"
    shutil.copytree(tiny_base, base)
    (base / "tokenizer.json").unlink()
    what, message, _ = only_problem(plan_export(asked(base=str(base))))
    assert what == "base" and "has no tokenizer" in message


def test_weights_that_are_cut_off_are_refused(asked: Make, tiny_base: Path, tmp_path: Path) -> None:
    base = tmp_path / "base"
    shutil.copytree(tiny_base, base)
    os.truncate(base / "model.safetensors", 100_000)
    what, message, _ = only_problem(plan_export(asked(base=str(base))))
    assert what == "base" and "cut off" in message


def test_another_kind_of_model_is_refused(asked: Make, tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "config.json").write_text(json.dumps({"model_type": "llama"}))
    what, message, _ = only_problem(plan_export(asked(base=str(tmp_path / "base"))))
    assert what == "base" and "no Gemma-3" in message


def test_an_adapter_of_another_base_is_refused(asked: Make) -> None:
    problems = plan_export(asked(base="unsloth/gemma-3-4b-it")).problems
    (adapter,) = [lack for lack in problems if lack.what == "adapter"]
    assert "another base than unsloth/gemma-3-4b-it" in adapter.message


def test_a_base_in_four_bits_is_taken_only_where_that_is_said(
    asked: Make, tiny_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_checkpoint(tiny_base)
    monkeypatch.setattr(plan, "open_checkpoint", lambda folder: replace(opened, nf4=True))
    what, message, hint = only_problem(plan_export(asked()))
    assert what == "base" and "9 % off" in message and "--from-nf4" in hint
    found = plan_export(asked(from_nf4=True))
    assert found.problems == () and found.warnings == (NF4_WARNING,)


def test_a_place_that_is_taken_is_refused_unless_it_may_be_replaced(
    asked: Make, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "ghost-architect-mmproj.gguf").write_bytes(b"another's")
    what, message, hint = only_problem(plan_export(asked()))
    assert what == "place" and "ghost-architect-mmproj.gguf" in message and "--force" in hint
    assert plan_export(asked(replace=True)).problems == ()
    assert plan_export(asked(name="other")).problems == ()


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A folder nobody can write to; root can write to all but a file system mounted so."""
    folder = tmp_path / "read-only"
    folder.mkdir(mode=0o555)
    if os.geteuid() != 0:
        yield folder
        return
    mount = ["mount", "-t", "tmpfs", "-o", "size=100m,ro", "none", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_place_that_cannot_be_written_is_refused(
    asked: Make, read_only: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")
    assert "is no folder" in only_problem(plan_export(asked(out=str(tmp_path / "file"))))[1]
    what, message, _ = only_problem(plan_export(asked(out=str(read_only / "out"))))
    assert what == "place" and "cannot be written" in message


def test_a_name_that_ollama_would_refuse_is_refused_before_the_work(asked: Make) -> None:
    assert only_problem(plan_export(asked(ollama="no such name")))[0] == "ollama"
    assert plan_export(asked(ollama="ghost-architect")).problems == ()


def test_parts_that_nobody_goes_on_with_are_told_with_their_size(
    asked: Make, tmp_path: Path
) -> None:
    left = partial_folder(asked(), "20260101-000000-export-old")
    left.mkdir(parents=True)
    (left / "part").touch()
    os.truncate(left / "part", 200_000_000)
    (warning,) = plan_export(asked()).warnings
    assert "0.2 GB" in warning and str(left) in warning
