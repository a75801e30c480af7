"""The Export page without a browser: real plans, real job folders, and what its buttons do."""

from __future__ import annotations

import hashlib
import json
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.export import files, machine, needs, past, phases, playground, proof
from app.train import history
from app.train.machine import training_runs
from ghost_engine.export import KIND, start
from ghost_engine.export.clicks import same_click
from ghost_engine.export.config import ExportConfig
from ghost_engine.export.result import FILE, Answer, Check, Export, Made, Role
from ghost_engine.jobs.folder import RunFolder, append_row, write_json
from ghost_engine.jobs.locks import Lock, take
from ghost_engine.jobs.reading import list_runs, read_run, wait_for
from ghost_engine.jobs.records import Job, Run, RunError, State, Status, now
from ghost_engine.settings import get_settings
from ghost_engine.training.config import load_preset

MODULE = "base_model.model.model.language_model.layers.0.self_attn.q_proj"
OF_12B = {"lora_A": (4, 3840), "lora_B": (4096, 4)}
ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "transformers", "huggingface_hub", "safetensors", "gguf", "sentencepiece", "peft")
SQL = "CREATE TABLE plants (id bigint PRIMARY KEY);"
Page = Callable[..., AppTest]


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where this test's runs live; no model is in the hub's cache."""
    folder = tmp_path / "runs"
    folder.mkdir()
    monkeypatch.setenv("GHOST_RUNS_DIR", str(folder))
    monkeypatch.setattr("ghost_engine.export.base.is_cached", lambda name: False)
    get_settings.cache_clear()
    forget()
    yield folder
    get_settings.cache_clear()
    forget()


def forget() -> None:
    machine.look_again()
    history.shelf.clear()
    training_runs.clear()


@pytest.fixture
def page(app: AppTest, runs: Path) -> Page:
    """Opens the page, at an address if one is given."""

    def open_page(**query: str) -> AppTest:
        forget()
        for name, value in query.items():
            app.query_params[name] = value
        return app.switch_page("../pages/export.py").run()

    return open_page


def trained(runs: Path, name: str, age: float = 0, score: float | None = None) -> Run:
    """A run that left an adapter for the 12B model."""
    folder = RunFolder(runs / f"20260101-000000-train-{name}")
    folder.path.mkdir()
    created = now() - timedelta(hours=age)
    config = load_preset("t4")
    folder.config.write_text(config.to_yaml(), "utf-8")
    write_json(folder.status, Status("finished", attempt=1, queued=created).to_dict())
    if score is not None:
        append_row(folder.metrics, {"attempt": 1, "step": 1, "loss": 1.0, "score": score})
    write_json(folder.job, Job("train", "no.worker", created, name).to_dict())
    write_adapter(folder.adapter, OF_12B)
    about = {"run": folder.id, "config": config.model_dump(mode="json")}
    (folder.adapter / "ghost.json").write_text(json.dumps(about), "utf-8")
    return read_run(folder)


def write_adapter(folder: Path, shapes: dict[str, tuple[int, ...]], **settings: Any) -> None:
    """A LoRA of one layer, as PEFT writes it."""
    folder.mkdir()
    asked = {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": ["q_proj"]}
    (folder / "adapter_config.json").write_text(json.dumps({**asked, **settings}), "utf-8")
    header, end = {}, 0
    for part, shape in shapes.items():
        begin, end = end, end + 4 * shape[0] * shape[1]
        place = {"dtype": "F32", "shape": shape, "data_offsets": [begin, end]}
        header[f"{MODULE}.{part}.weight"] = place
    text = json.dumps(header).encode()
    data = struct.pack("<Q", len(text)) + text + bytes(end)
    (folder / "adapter_model.safetensors").write_bytes(data)


class ExportFolder:
    """An export's folder as the job room leaves it; this process may supervise it."""

    def __init__(self, runs: Path, out: Path, state: State, **status: Any) -> None:
        self.folder = RunFolder(runs / "20261122-120000-export-tiny")
        self.folder.path.mkdir()
        self.config = ExportConfig(
            adapter=str(out), base="smoke", run="a-run", name="tiny", out=str(out)
        )
        self.folder.config.write_text(self.config.to_yaml(), "utf-8")
        self.folder.log.write_text("merging blk.0\n", "utf-8")
        begun = now() - timedelta(minutes=5)
        told = Status(state, **{"attempt": 1, "started": begun, "queued": begun, **status})
        write_json(self.folder.status, told.to_dict())
        write_json(self.folder.job, Job(KIND, "nobody", begun, "tiny", "ana").to_dict())
        self.lock: Lock | None = None

    def supervise(self) -> ExportFolder:
        self.lock = take(self.folder.lock)
        return self

    def finish(self, *checks: Check, **more: Any) -> Export:
        """Files and export.json, in their place and in the job's folder."""
        out = self.config.folder
        out.mkdir(exist_ok=True)
        made = [self.file(role, name, part) for role, name, part in (
            ("text", "tiny-q4_k_m.gguf", "q4_k_m"), ("mmproj", "tiny-mmproj.gguf", ""),
            ("modelfile", "Modelfile", ""),
        )]  # fmt: skip
        export = Export("tiny", "a-run", "smoke", tuple(made), checks, job=self.folder.id, **more)
        for folder in (out, self.folder.path):
            write_json(folder / FILE, export.to_dict())
        return export

    def file(self, role: Role, name: str, part: str) -> Made:
        data = f"FROM {name}".encode()
        (self.config.folder / name).write_bytes(data)
        return Made(role, name, len(data), hashlib.sha256(data).hexdigest(), part)


@pytest.fixture
def job(runs: Path, tmp_path: Path) -> Iterator[Callable[..., ExportFolder]]:
    made: list[ExportFolder] = []

    def make(state: State, **status: Any) -> ExportFolder:
        made.append(ExportFolder(runs, tmp_path / "out", state, **status))
        return made[-1]

    yield make
    for each in made:
        if each.lock is not None:
            each.lock.release()


def said(app: AppTest) -> str:
    blocks = [app.subheader, app.markdown, app.text, app.caption, app.code]
    progress = [each.proto.text for each in app.get("progress")]
    texts = [str(each.value) for block in blocks for each in block]
    return "\n".join([*texts, *progress, *(each.label for each in app.expander)]).replace("\\", "")


def labels(app: AppTest) -> set[str]:
    return {button.label for button in app.button}


def test_without_a_run_one_sentence_says_what_to_do(page: Page) -> None:
    app = page()
    assert not app.exception and "No run has an adapter yet: train one first" in said(app)
    assert "Go to Train" in labels(app) and "error" not in said(app)
    assert app.button(key="export").disabled


def test_runs_with_an_adapter_are_offered_newest_first_with_their_numbers(
    runs: Path, page: Page
) -> None:
    trained(runs, "older", age=30)
    trained(runs, "newer", age=2, score=0.5)
    bare = RunFolder(runs / "20260101-000000-train-bare")
    bare.path.mkdir()
    write_json(bare.job, Job("train", "no.worker", now(), "bare").to_dict())
    (choice,) = page().selectbox
    assert choice.options == ["newer · 2 h ago · score 0.50", "older · 1 d ago"]


def test_sizes_and_what_is_missing_are_said_before_anything_starts(
    runs: Path, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    constants = pytest.importorskip("huggingface_hub").constants
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)  # a plan asks nobody
    trained(runs, "big")
    app = page()
    text = said(app)
    assert "unsloth/gemma-3-12b-it** :gray[not on this machine yet]" in text
    assert "7.3 GB" in text and "12.5 GB" in text and "854.2 MB" in text
    assert "it is a download of 24.4 GB" in text and "Allow it with “Download it”" in text
    assert app.button(key="export").disabled
    app.checkbox(key="export-download").check().run()
    assert "it is a download of" not in said(app) and "--yes" in said(app)


def test_the_line_for_a_terminal_follows_the_form(runs: Path, page: Page) -> None:
    run = trained(runs, "big")
    app = page()
    assert f"ghost export {run.id}" in [code.value for code in app.code]
    app.checkbox(key="form-q8_0").check().run()
    app.checkbox(key="export-publish").check().run()
    app.text_input(key="export-out").set_value("/tmp/two words").run()
    line = app.code[-1].value
    assert line.endswith(
        "--quant q4_k_m --quant q8_0 --out '/tmp/two words' --ollama ghost-architect"
    )
    for quant in ("q8_0", "q4_k_m"):
        app.checkbox(key=f"form-{quant}").uncheck().run()
    assert "Choose at least one form." in said(app) and app.button(key="export").disabled


def test_an_adapter_of_another_base_is_refused_in_words(
    runs: Path, page: Page, tmp_path: Path
) -> None:
    write_adapter(
        tmp_path / "other",
        {"lora_A": (4, 2560), "lora_B": (2048, 4)},
        base_model_name_or_path="unsloth/gemma-3-12b-it",
    )
    app = page()
    app.text_input(key="export-adapter").set_value(str(tmp_path / "other")).run()
    assert "is one of another base" in said(app) and app.button(key="export").disabled
    app.text_input(key="export-adapter").set_value(str(tmp_path)).run()
    assert "is no adapter: it has no adapter_config.json." in said(app)


def test_the_address_chooses_the_run(runs: Path, page: Page) -> None:
    older, _ = trained(runs, "older", age=3), trained(runs, "newer")
    assert page(run=older.id).selectbox[0].value == older.id


def test_an_export_at_work_shows_phase_tensor_and_time_left(
    job: Callable[..., ExportFolder], page: Page
) -> None:
    at_work = job("running", phase="quantizing", step=100, total_steps=400, note="Q4_K_M")
    at_work.supervise()
    begun = (now() - timedelta(seconds=50)).isoformat()
    append_row(at_work.folder.events, {"time": begun, "event": "stage", "phase": "quantizing"})
    ended = {"time": begun, "event": "stage_ended", "phase": "merging"}
    for seconds in (60.0, 65.2):  # the two files
        append_row(at_work.folder.events, {**ended, "seconds": seconds})
    app = page(job=at_work.folder.id)
    text = said(app)
    assert not app.exception and "Quantizing · Q4_K_M · tensor 100 of 400 · 2 min 3" in text
    assert (
        ":green[:material/check_circle:] Merge :gray[2 min 05 s]" in text and "**Quantize**" in text
    )
    assert "Cancel the export" in labels(app) and "Resume" not in labels(app)
    app.button(key="export-cancel-now").click().run()
    assert at_work.folder.stop.exists() and "Stopping after this tensor" in said(app)


def test_a_failed_export_says_why_and_is_resumed(
    job: Callable[..., ExportFolder], page: Page
) -> None:
    error = RunError("ExportError", "The disk is full.", "Free some space, then resume.")
    failed = job("failed", phase="merging", error=error, ended=now())
    app = page(job=failed.folder.id)
    assert "The disk is full." in said(app) and "Free some space" in said(app)
    assert ":red[:material/error:] **Merge**" in said(app)
    app.button(key="export-resume").click().run()
    assert wait_for(read_run(failed.folder)).status.attempt == 2


def test_a_result_shows_files_proof_answers_and_lines_to_copy(
    job: Callable[..., ExportFolder], page: Page
) -> None:
    done = job("finished", ended=now())
    answer = Answer("tiny-q4_k_m.gguf", SQL, False, "no such type", 12, 3.5, True)
    check = Check("log-probabilities", True, "tiny-q4_k_m.gguf", 0.0123, 0.6)
    made = done.finish(check, answers=(answer,), warnings=("About 9 % off.",), seconds=75.0)
    app = page(job=done.folder.id)
    text = said(app)
    assert not app.exception and "About 9 % off." in text and "1 min 15 s" in text
    assert "| :green[:material/check_circle:] | log-probabilities | 0.0123 | 0.6 |" in text
    assert "What tiny-q4_k_m.gguf wrote" in text and "no such type" in text and SQL in text
    assert f"{made.files[0].sha256}  tiny-q4_k_m.gguf" in text
    assert f"ollama create tiny -f {done.config.folder}/Modelfile" in text
    assert "llama-server -m" in text and "FROM Modelfile" in text
    assert len(app.get("download_button")) == 4  # three files and the log
    (done.config.folder / "tiny-mmproj.gguf").unlink()
    assert "No longer in" in said(app.run()) and "not there" in said(app)


def test_large_files_are_never_read_by_the_page(
    job: Callable[..., ExportFolder], page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "SMALL_BYTES", 10)
    done = job("finished", ended=now())
    done.finish()
    text = said(page(job=done.folder.id))
    assert "Too large for a browser" in text and "rsync -P" in text


def test_a_word_says_what_the_checks_come_to() -> None:
    good, bad = Check("a", True), Check("b", False)
    assert [proof.verdict(each) for each in ((), (good,), (good, bad))] == [
        "Not checked",
        "Verified",
        "Not verified",
    ]


def test_remedies_name_the_fields_of_this_page() -> None:
    assert needs.here("Name another with --out, or replace it with --force.") == (
        "Name another with “Folder”, or replace it with “Replace what stands in this folder”."
    )


def test_the_playground_is_linked_only_where_an_engine_runs_the_files() -> None:
    assert playground.engine() == ""  # the built-in engine runs no model


def test_past_exports_are_listed_and_deleted_once_confirmed(
    job: Callable[..., ExportFolder], page: Page
) -> None:
    done = job("finished", ended=now())
    done.finish(Check("all", True), seconds=75.0, peak_rss_gib=5.7)
    row = past.row(read_run(done.folder))
    assert row["numbers"][0] == "Verified" and row["time"] == "1 min 15 s"
    assert row["gist"] == f"Q4_K_M · of a-run · in {done.config.out}" and row["action"] == ""
    app = page()
    app.session_state["export-past"].picked = [done.folder.id]
    app.run().button(key="exports-delete").click().run()
    assert "Finished files stay where they are." in said(app)
    app.button(key="exports-keep").click().run()
    assert done.folder.path.exists()
    app.button(key="exports-delete").click().run()
    app.button(key="exports-really").click().run()
    assert not done.folder.path.exists() and (done.config.folder / FILE).exists()


def test_an_address_that_names_nothing_leads_back(page: Page) -> None:
    app = page(job="20990101-nothing")
    assert "There is no run" in said(app) and "All exports" in labels(app)


def test_an_address_that_names_a_run_of_another_kind_says_so(runs: Path, page: Page) -> None:
    assert "is no export." in said(page(job=trained(runs, "other").id))


def test_a_listed_path_that_leads_out_of_the_folder_is_not_handed_out(
    job: Callable[..., ExportFolder], page: Page
) -> None:
    done = job("finished", ended=now())
    made = done.finish()
    (done.config.folder.parent / "secret").write_text("FROM secret")
    stray = Made("text", "../secret", 11, "0" * 64, "q4_k_m")
    write_json(done.folder.path / FILE, replace(made, files=(stray,)).to_dict())
    app = page(job=done.folder.id)
    assert "not there" in said(app) and len(app.get("download_button")) == 1  # the log


def test_every_phase_of_a_worker_has_its_words() -> None:
    assert list(phases.PHASES) == [
        "base", "merging", "quantizing", "verifying", "placing", "publishing"
    ]  # fmt: skip


def test_without_the_training_packages_the_page_says_what_to_install(runs: Path) -> None:
    trained(runs, "big")
    code = f"""
import importlib.util, sys
heavy = {HEAVY!r}
sys.modules.update(dict.fromkeys(heavy))  # importing one of them fails
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name in heavy else find(name, *more)
from streamlit.testing.v1 import AppTest
app = AppTest.from_file({str(ROOT / "pages" / "export.py")!r}, default_timeout=60).run()
assert not app.exception, app.exception
print([each.value for each in [*app.markdown, *app.caption, *app.text]])
"""
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    told = made.stdout.replace("\\", "")
    assert made.returncode == 0, made.stderr
    assert "Exporting takes packages that are not installed here" in told
    assert "requirements-train-cpu.txt" in told and "unexpected" not in told


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """An adapter's folder whose base is beside it."""
    pytest.importorskip("torch", reason="needs requirements-train-cpu.txt")
    from ghost_engine.training.tiny import build_random_gemma3

    base = build_random_gemma3(tmp_path / "base")
    shapes = {"lora_A": (4, 256), "lora_B": (256, 4)}
    write_adapter(tmp_path / "tiny", shapes, base_model_name_or_path=str(base))
    return tmp_path / "tiny"


def test_a_double_click_and_two_tabs_make_one_job(
    page: Page, runs: Path, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start, "WORKER", "this")  # a module that ends at once
    app = page()
    app.text_input(key="export-adapter").set_value(str(tiny)).run()
    app.text_input(key="export-out").set_value(str(tmp_path / "out")).run()
    button = app.button(key="export")
    assert not button.disabled, said(app)
    config = app.session_state["export-order"].config
    first = start.start_export(config, request=same_click(config).request)  # another tab
    button.click().run()
    assert [run.id for run in list_runs(kind=KIND)] == [first.id]
    assert app.query_params["job"] == first.id
    wait_for(first)
