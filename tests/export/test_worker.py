"""A whole export of a tiny model, in the background, killed on its way; and what can go wrong."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from ghost_engine.errors import ExportError
from ghost_engine.export.config import ExportConfig, read_export_config
from ghost_engine.export.ledger import Proven, read_ledger, read_proven
from ghost_engine.export.making import refuse_failures
from ghost_engine.export.place import partial_folder
from ghost_engine.export.plan import plan_export
from ghost_engine.export.result import FILE, Check, Export, read_export
from ghost_engine.export.stages import Stages
from ghost_engine.export.start import exports_of, read_result, start_export
from ghost_engine.export.subject import config_for_adapter
from ghost_engine.export.worker import export
from ghost_engine.jobs.control import delete, resume, stop
from ghost_engine.jobs.folder import RunFolder, read_rows
from ghost_engine.jobs.reading import list_runs, read_run, wait_for
from ghost_engine.jobs.records import Attempt, Run, RunError, Status
from ghost_engine.jobs.worker import Work, WorkerFailure
from ghost_engine.settings import get_settings
from tests.ollama.server import Faults
from tests.ollama.server import serve as ollama_server

pytestmark = pytest.mark.timeout(300)
MakeAdapter = Callable[..., Path]


@pytest.fixture(scope="module", autouse=True)
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GHOST_RUNS_DIR", str(folder))
        get_settings.cache_clear()
        yield folder
    get_settings.cache_clear()


@pytest.fixture(scope="module")
def adapter(tiny_adapter: MakeAdapter) -> Path:
    """DoRA and rsLoRA on the language model and the tower."""
    return tiny_adapter(vision=True)


def asked(adapter: Path, out: Path, **values: Any) -> ExportConfig:
    usual = {"out": str(out), "quants": ("q8_0",), "verify_tokens": 8}
    return config_for_adapter(adapter, **{**usual, **values})


def wait_until(check: Callable[[], Any], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.005)


def finish(job: Run) -> Run:
    ended = wait_for(job, timeout_seconds=200)
    assert ended.state == "finished", (ended.status.error, job.folder.log.read_text()[-3000:])
    return ended


def assert_whole(out: Path, made: Export) -> None:
    """Every file is there, as export.json says, and nothing else."""
    for file in made.files:
        data = (out / file.path).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file.bytes, file.sha256)
    there = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert there == {FILE, *(file.path for file in made.files)}


@dataclass
class Story:
    """An export: killed when its first file was whole, resumed, refused by an old Ollama at its
    end, and resumed once more."""

    job: Run
    config: ExportConfig
    refused: RunError | None
    placed: Export | None  # what stood in the place by then
    published: bool  # Ollama has it now


@pytest.fixture(scope="module")
def story(adapter: Path, tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("story")
    with ollama_server(folder / "blobs") as ollama:
        ollama.faults.version = "0.20.0"
        wishes = {"ollama": "ghost", "ollama_url": ollama.url, "keep_merged": True}
        config = asked(adapter, folder / "out", **wishes)
        job = start_export(config, request="one click")
        assert start_export(config, request="one click").id == job.id
        text = partial_folder(config, job.id) / config.file("bf16")
        wait_until(lambda: text.exists() or not read_run(job.path).active)
        pid = read_run(job.path).status.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        ended = wait_for(job, timeout_seconds=60)
        assert ended.state == "failed" and read_export(config.folder) is None

        refused = wait_for(resume(ended), timeout_seconds=200)
        placed = read_export(config.folder)
        ollama.faults.version = Faults().version
        ended = finish(resume(refused))
        published = "ghost:latest" in ollama.models
        return Story(ended, config, refused.status.error, placed, published)


def test_a_killed_export_goes_on_to_files_that_are_proven(story: Story) -> None:
    made = read_result(story.job)
    assert made is not None and made == read_export(story.config.folder) and made.verified
    assert_whole(story.config.folder, made)
    assert {file.role for file in made.files} == {"text", "mmproj", "modelfile", "merged"}
    assert not any("bf16" in file.path for file in made.files)
    assert made.job == story.job.id and made.run and made.dataset_sha256
    assert made.versions["torch"] and made.licence == "gemma"

    begun = [row for row in read_rows(story.job.folder.events) if row["event"] == "stage"]
    texts = {row["attempt"] for row in begun if row["file"] == story.config.file("bf16")}
    assert texts == {1}, "what was whole is not made again"


def test_where_ollama_refuses_the_files_stand_and_a_resume_only_publishes(story: Story) -> None:
    assert story.refused is not None and story.refused.type == "PublishError"
    assert story.placed is not None and story.placed.verified and story.placed.ollama == ""
    made = read_result(story.job)
    assert made is not None and made.ollama == "ghost" and story.published
    ended = [row for row in read_rows(story.job.folder.events) if row["event"] == "stage_ended"]
    assert [row["phase"] for row in ended if row["attempt"] == 3] == ["publishing"]


def test_it_took_the_disk_that_was_announced_and_little_memory(story: Story) -> None:
    made = read_result(story.job)
    assert made is not None
    assert made.high_water_bytes == pytest.approx(made.planned_bytes, rel=0.05)
    assert 0.05 < made.peak_rss_gib < 2
    phases = {"base", "merging", "quantizing", "verifying", "placing", "publishing"}
    assert made.stages.keys() == phases
    assert made.seconds == pytest.approx(sum(made.stages.values()), abs=0.1)


def test_an_export_belongs_to_its_run(story: Story) -> None:
    assert [each.id for each in exports_of(story.config.run)] == [story.job.id]
    assert exports_of("another") == ()


def test_its_place_is_taken_now_and_is_given_only_to_who_may_replace_it(
    story: Story, adapter: Path
) -> None:
    config = story.config
    before = len(list_runs())
    with pytest.raises(ExportError, match="holds an export of run") as caught:
        start_export(asked(adapter, config.folder, quants=("q6_k",)))
    assert "--force" in caught.value.hint and len(list_runs()) == before
    assert plan_export(asked(adapter, config.folder, replace=True)).problems == ()


class StopsAt(Work):
    """Asked to stop at a step of a phase."""

    def __init__(self, folder: RunFolder, phase: str, step: int) -> None:
        super().__init__(folder, Attempt(1))
        self._at = (phase, step)

    def progress(self, phase: str, step: int | None = None, *given: Any, **named: Any) -> None:
        super().progress(phase, step, *given, **named)
        if (phase, step) == self._at:
            self.ask_stop()


def prepared(runs: Path, name: str, config: ExportConfig) -> RunFolder:
    folder = RunFolder(runs / f"20260101-000000-export-{name}")
    folder.path.mkdir()
    folder.config.write_text(config.to_yaml(), "utf-8")
    return folder


def test_a_stop_between_two_tensors_leaves_nothing_that_looks_whole(
    adapter: Path, runs: Path, tmp_path: Path
) -> None:
    config = asked(adapter, tmp_path)
    folder = prepared(runs, "stopped", config)
    assert export(StopsAt(folder, "merging", 3)) == "stopped"
    assert list(partial_folder(config, folder.id).glob("*.gguf")) == []
    assert read_ledger(folder.path).stages["merging"] > 0
    assert [path for path in tmp_path.iterdir() if not path.name.startswith(".")] == []


def test_parts_of_an_adapter_that_was_written_anew_are_made_anew(
    adapter: Path, runs: Path, tmp_path: Path
) -> None:
    own = Path(shutil.copytree(adapter, tmp_path / "adapter"))
    config = asked(own, tmp_path / "out")
    folder = prepared(runs, "anew", config)
    text = partial_folder(config, folder.id) / config.file("q8_0")

    def made() -> int:
        assert export(StopsAt(folder, "verifying", 0)) == "stopped"
        return text.stat().st_mtime_ns

    first = made()
    assert made() == first
    os.utime(own / "adapter_model.safetensors")
    assert made() > first


def test_a_base_that_is_gone_by_then_is_named(adapter: Path, runs: Path, tmp_path: Path) -> None:
    folder = prepared(runs, "gone", asked(adapter, tmp_path, base=str(tmp_path / "nowhere")))
    with pytest.raises(ExportError, match="no model folder"):
        export(Work(folder, Attempt(1)))


def test_a_deleted_job_takes_its_parts_with_it(adapter: Path, tmp_path: Path) -> None:
    config = asked(adapter, tmp_path / "out")
    job = start_export(config)
    partial = partial_folder(config, job.id)
    ended = wait_for(stop(job))
    assert ended.state == "stopped" and partial.is_dir()
    delete(ended)
    assert not partial.exists() and not job.path.exists()


def test_a_failed_check_is_named_with_its_numbers(
    adapter: Path, runs: Path, tmp_path: Path
) -> None:
    folder = prepared(runs, "failed", asked(adapter, tmp_path))
    stages = Stages(Work(folder, Attempt(1)), read_export_config(folder.config))
    good = Check("loads in llama.cpp", True, "x.gguf")
    bad = Check("first token", False, "x.gguf", 0.7512, 0.25, "CREATE was expected.")
    refuse_failures(stages, Proven({}, (good,), ()))
    with pytest.raises(WorkerFailure) as caught:
        refuse_failures(stages, Proven({}, (good, bad, bad), ()))
    said = "Not proven: x.gguf: first token (0.751, allowed 0.25); 1 more failed."
    assert caught.value.message == f"{said} CREATE was expected."
    assert caught.value.kind == "check_failed"


@pytest.mark.slow
def test_a_file_that_is_not_the_trained_model_fails_the_export_and_is_not_placed(
    adapter: Path, runs: Path, tmp_path: Path
) -> None:
    config = asked(adapter, tmp_path)
    folder = prepared(runs, "wrong", config)
    assert export(StopsAt(folder, "verifying", 0)) == "stopped"
    text = partial_folder(config, folder.id) / config.file("q8_0")
    data = bytearray(text.read_bytes())
    half = len(data) // 2
    data[half : half + 200_000] = random.Random(1).randbytes(200_000)
    text.write_bytes(data)

    with pytest.raises(WorkerFailure) as caught:
        export(Work(folder, Attempt(2)))
    assert caught.value.kind == "check_failed" and text.name in caught.value.message
    proven = read_proven(folder.path)
    assert proven is not None and proven.failed
    assert read_export(tmp_path) is None and text.exists()


@pytest.mark.slow
def test_a_full_disk_fails_the_export_and_a_resume_finishes_it(
    adapter: Path, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=80m", "none", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a file system can be mounted by root only")
    try:
        job = start_export(asked(adapter, disk / "out"))
        (disk / "filler").write_bytes(bytes(79_000_000))
        ended = wait_for(job, timeout_seconds=100)
        assert ended.state == "failed" and ended.status.error is not None
        assert ended.status.error.type == "disk_full", ended.status.error
        assert list((disk / "out").glob("*.gguf")) == []
        (disk / "filler").unlink()
        made = read_result(finish(resume(ended)))
        assert made is not None and made.verified
        assert_whole(disk / "out", made)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


PHASES = ("starting", "merging", "quantizing", "verifying", "placing")


def reach(job: Run, phase: str) -> Status:
    """The job's status once its newest attempt is in a phase, or past it."""

    def there() -> bool:
        run = read_run(job.folder)
        at = PHASES.index(run.status.phase) if run.status.phase in PHASES else -1
        started = run.status.pid is not None and run.status.supervisor_pid is not None
        return not run.active or (run.state == "running" and started and at >= PHASES.index(phase))

    wait_until(there, seconds=200)
    return read_run(job.folder).status


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_storm_of_kills_ends_in_the_same_files(adapter: Path, tmp_path: Path) -> None:
    calm_config = asked(adapter, tmp_path / "calm", quants=("q4_k_m", "q8_0"), keep_merged=True)
    calm = read_result(finish(start_export(calm_config)))
    assert calm is not None
    config = asked(adapter, tmp_path / "out", quants=("q4_k_m", "q8_0"), keep_merged=True)
    job = start_export(config)
    chance = random.Random(3407)
    deaths = 0
    moments = [*chance.choices(PHASES[:4], k=10), *PHASES[4:] * 3]
    for phase in moments:
        status = reach(job, phase)
        time.sleep(chance.uniform(0, 0.4))
        for victim in chance.choice((["pid"], ["supervisor_pid"], ["supervisor_pid", "pid"])):
            with suppress(ProcessLookupError):
                if read_run(job.folder).active:
                    os.kill(getattr(status, victim), signal.SIGKILL)
        job = wait_for(job, timeout_seconds=120)
        found = read_export(config.folder)
        if found is not None:
            assert {each.path for each in found.files} == {each.path for each in calm.files}
            assert all((config.folder / each.path).is_file() for each in found.files)
        if job.state == "finished":
            break
        deaths += 1
        job = resume(job)
    made = read_result(finish(job))
    assert made is not None and made.verified and deaths > 5
    assert_whole(config.folder, made)
    assert [file.sha256 for file in made.files] == [file.sha256 for file in calm.files]
    left = [each for each in psutil.process_iter(["cmdline"]) if job.id in str(each.info)]
    assert left == []
