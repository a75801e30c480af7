"""`ghost export`: what it would take, refusals with the next step, and what it tells at the end."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ghost_engine.cli import export as export_command
from ghost_engine.cli import run
from ghost_engine.cli.export import told_export
from ghost_engine.cli.follow import ending
from ghost_engine.export import room
from ghost_engine.export.config import ExportConfig
from ghost_engine.export.result import FILE, Answer, Check, Export, Made
from ghost_engine.jobs.folder import RunFolder, write_json
from ghost_engine.jobs.reading import read_run
from ghost_engine.jobs.records import Job, Run, RunError, Status, now
from ghost_engine.settings import get_settings
from ghost_engine.training.config import load_preset

Said = Callable[..., tuple[int, str, str]]
SHAPES = {"r": 1, "lora_alpha": 1, "use_dora": False, "use_rslora": False, "peft_type": "LORA"}


@pytest.fixture
def said(capfd: pytest.CaptureFixture[str]) -> Said:
    def ask(*arguments: str) -> tuple[int, str, str]:
        code = run(arguments)
        out, err = capfd.readouterr()
        return code, out, err

    return ask


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "runs"
    folder.mkdir()
    monkeypatch.setenv("GHOST_RUNS_DIR", str(folder))
    get_settings.cache_clear()
    yield folder
    get_settings.cache_clear()


@pytest.fixture
def trained(runs: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A finished run whose adapter changes one matrix of a 12B, on a machine with room for it."""
    monkeypatch.setattr(room, "free_disk", lambda folder: 100 * 10**9)
    monkeypatch.setattr(room, "memory", lambda: room.Memory(32 * 10**9, 16 * 10**9))
    import numpy
    from safetensors.numpy import save_file

    folder = RunFolder(runs / "20260101-000000-train-screens")
    folder.adapter.mkdir(parents=True)
    module = "base_model.model.model.language_model.layers.0.self_attn.k_proj"
    parts = {"lora_A": (1, 3840), "lora_B": (2048, 1)}
    tensors = {
        f"{module}.{part}.weight": numpy.ones(shape, "float32") for part, shape in parts.items()
    }
    save_file(tensors, folder.adapter / "adapter_model.safetensors")
    write_json(folder.adapter / "adapter_config.json", SHAPES)
    config = load_preset("t4").model_dump(mode="json")
    write_json(folder.adapter / "ghost.json", {"config": config, "run": folder.id})
    write_json(folder.job, Job("train", "some.worker", now(), "screens").to_dict())
    write_json(folder.status, Status("finished").to_dict())
    return read_run(folder)


def exported(runs: Path, status: Status, out: Path) -> Run:
    """An export as its worker leaves it."""
    folder = RunFolder(runs / "20260102-000000-export-ghost-architect")
    folder.path.mkdir()
    config = ExportConfig(
        adapter="/a", base="/b", out=str(out), run="20260101-000000-train-screens"
    )
    folder.config.write_text(config.to_yaml())
    write_json(folder.job, Job("export", "some.worker", now(), "ghost-architect").to_dict())
    write_json(folder.status, status.to_dict())
    made = Export(
        "ghost-architect",
        config.run,
        "unsloth/gemma-3-12b-it",
        (
            Made("text", "ghost-architect-q4_k_m.gguf", 7_300_000_000, "ab" * 32, "q4_k_m"),
            Made("mmproj", "ghost-architect-mmproj.gguf", 854_000_000, "cd" * 32),
            Made("merged", "ghost-architect-merged/model.safetensors", 24_000_000_000, "ef" * 32),
        ),
        (Check("first token", True, "ghost-architect-q4_k_m.gguf", 0.5, 2.0),),
        (Answer("ghost-architect-q4_k_m.gguf", "CREATE ...", True, "", 250, 5.0, False),),
        warnings=("Merged into 4-bit weights.",),
        seconds=900.0,
        peak_rss_gib=5.5,
        job=folder.id,
    )
    write_json(folder.path / FILE, made.to_dict())
    return read_run(folder)


def test_the_plan_tells_files_disk_memory_and_what_is_missing(trained: Run, said: Said) -> None:
    code, out, err = said("export", "screens", "--plan", "--quant", "q4_k_m,q8_0")
    assert code == 1  # the base is not here, and tests are offline
    assert "7.30 GB" in out and "ghost-architect-q8_0.gguf" in out
    assert "Disk: " in out and "Memory: " in out and "unsloth/gemma-3-12b-it" in out
    assert err.count("\n") == 1 and "HF_HUB_OFFLINE" in err and "--base" in err

    code, out, _ = said("export", "screens", "--plan", "--json")
    document = json.loads(out)
    assert code == 1 and [lack["what"] for lack in document["problems"]] == ["base"]
    assert [file["part"] for file in document["files"]] == ["q4_k_m", "mmproj"]
    assert {"high_water_bytes", "free_bytes", "memory_bytes", "download_bytes"} <= document.keys()


def test_a_download_is_shown_with_its_size_and_waits_for_a_yes(trained: Run) -> None:
    code = "import sys; from ghost_engine.cli import run; sys.exit(run(sys.argv[1:]))"
    made = subprocess.run(
        [sys.executable, "-c", code, "export", "screens", "--json"],
        env={"PATH": "", "GHOST_RUNS_DIR": str(trained.path.parent), "HF_HOME": "/nonexistent",
             "PYTHONPATH": ":".join(sys.path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
    )  # fmt: skip
    document = json.loads(made.stdout)
    assert made.returncode == 1 and "download of 24.4 GB" in document["error"]
    assert "--yes" in document["hint"]
    assert [each.name for each in trained.path.parent.iterdir() if each.is_dir()] == [trained.id]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("nothing",), 1, "There is no run"),
        (("screens", "--quant", "q3_k_s"), 1, "'q3_k_s' is no known form"),
        (("screens", "--name", "Big Name"), 1, "small letters"),
        (("screens", "--base", "/no/such/folder"), 1, "no model folder"),
        (("screens", "--quantum", "4"), 2, "See `ghost export --help`"),
        ((), 2, "RUN|ADAPTER"),
    ],
)
def test_what_cannot_be_exported_is_one_line(
    trained: Run, said: Said, arguments: tuple[str, ...], code: int, words: str
) -> None:
    got, _, err = said("export", *arguments)
    assert (got, err.count("\n")) == (code, 1) and words in err, err


def test_the_result_is_told_with_sizes_verdicts_and_lines_to_copy(
    runs: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    job = exported(runs, Status("finished"), tmp_path / "out")
    assert told_export(job, as_json=False) == 0
    out, err = capfd.readouterr()
    assert f"7.30 GB  {tmp_path}/out/ghost-architect-q4_k_m.gguf" in out
    assert f"24.00 GB  {tmp_path}/out/ghost-architect-merged/" in out
    assert "Verified: 1 of 1 checks" in out and "runs on PostgreSQL" in out
    assert f"ollama create ghost-architect -f {tmp_path}/out/Modelfile" in out
    assert "Merged into 4-bit weights." in err

    told_export(job, as_json=True)
    document = json.loads(capfd.readouterr().out)
    assert document["files"][0]["path"] == f"{tmp_path}/out/ghost-architect-q4_k_m.gguf"
    assert document["verified"] and document["seconds"] == 900.0
    assert document["peak_rss_gib"] == 5.5 and document["state"] == "finished"


def test_an_end_is_told_with_the_phase_and_the_way_on(runs: Path, tmp_path: Path) -> None:
    job = exported(runs, Status("stopped", "merging", step=3, total_steps=9), tmp_path)
    assert (
        ending(job) == f"Stopped while merging. `ghost runs resume {job.id}` goes on where it was."
    )
    shutil.rmtree(job.path)
    error = RunError("check_failed", "Not proven: x.", "Look.")
    job = exported(runs, Status("failed", "verifying", error=error), tmp_path)
    assert ending(job) == "The run failed while verifying: Not proven: x. Look."


def test_exports_are_listed_among_the_runs(runs: Path, tmp_path: Path, said: Said) -> None:
    job = exported(runs, Status("finished", "placing"), tmp_path)
    _, out, _ = said("runs", "list", "--kind", "export", "--json")
    (listed,) = json.loads(out)["runs"]
    assert (listed["id"], listed["kind"], listed["state"]) == (job.id, "export", "finished")
    code, out, _ = said("runs", "show", "ghost-architect")
    assert code == 0 and "quants" in out


def test_forms_may_be_given_with_commas_and_twice() -> None:
    assert export_command._forms(["q8_0,Q4_K_M", "q8_0"]) == ("q8_0", "q4_k_m")
    assert export_command._forms(None) == ("q4_k_m",)
