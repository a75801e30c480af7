"""The out-of-memory ladder: the protocol as a function, and a real walk down it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from ghost_engine.jobs.folder import RunFolder, append_row, read_rows, write_json
from ghost_engine.jobs.launch import launch
from ghost_engine.jobs.metrics import read_metrics
from ghost_engine.jobs.reading import read_run
from ghost_engine.jobs.records import Attempt, Retry, Run, RunError
from ghost_engine.settings import get_settings
from ghost_engine.training import checkpoints
from ghost_engine.training.config import TrainingConfig, load_preset, make_config
from ghost_engine.training.ladder import Rung, next_rung, recover, rungs_left
from ghost_engine.training.start import RECOVER

TOY = Path(__file__).parent / "toy"
DEATH = {
    "allocated_gib": 14.1,
    "reserved_gib": 14.4,
    "total_gib": 14.7,
    "limit_gib": 14.7,
    "step": 7,
    "phase": "training",
    "tokens": 3001,
}

BOTTOM = {"max_seq_length": 512, "rank": 16, "use_dora": False, "target_modules": ("q_proj",)}


# -- the protocol ------------------------------------------------------------------------------


def walk(config: TrainingConfig) -> list[str]:
    """The names of the rungs from here to the end."""
    rung = next_rung(config)
    return [rung.name, *walk(config.changed(**rung.overrides))] if rung else []


def test_the_default_walks_the_whole_protocol_in_its_order() -> None:
    assert walk(TrainingConfig()) == ["context", "rank", "dora", "lower_rank", "targets"]
    assert [(rung.setting, rung.old, rung.new) for rung in rungs_left(TrainingConfig())] == [
        ("max_seq_length", 4096, 2048),
        ("rank", 64, 32),
        ("use_dora", True, False),
        ("rank", 64, 16),
        ("target_modules", list(TrainingConfig().target_modules), ["q_proj", "v_proj"]),
    ]


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({"max_seq_length": 2048, "use_dora": False}, ["rank", "lower_rank", "targets"]),
        ({"rank": 24, "max_seq_length": 1024}, ["dora", "lower_rank", "targets"]),
        ({"rank": 8, "max_seq_length": 8192}, ["context", "dora", "targets"]),
        ({"target_modules": ("v_proj",), "rank": 48}, ["context", "rank", "dora", "lower_rank"]),
        (BOTTOM, []),
    ],
)
def test_what_is_satisfied_already_is_skipped(values: dict[str, Any], names: list[str]) -> None:
    assert walk(make_config(values)) == names


@pytest.mark.parametrize("preset", ["t4", "a10g", "text", "smoke"])
def test_every_preset_reaches_the_end_with_its_alpha(preset: str) -> None:
    config = load_preset(preset)
    alpha = config.alpha
    while rung := next_rung(config):
        config = config.changed(**rung.overrides)
    assert config.alpha == alpha and config.rank <= 16 and not config.use_dora
    assert set(config.target_modules) <= {"q_proj", "v_proj"} and config.max_seq_length <= 2048


def test_only_the_context_keeps_what_was_learned() -> None:
    kept = {rung.name: not rung.starts_again for rung in rungs_left(TrainingConfig())}
    assert kept == {"context": True, "rank": False, "dora": False, "lower_rank": False,
                    "targets": False}  # fmt: skip


# -- one decision ------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    run = RunFolder(tmp_path / "20261122-120000-train-x")
    run.path.mkdir()
    return run


def die(
    folder: RunFolder, attempt: Attempt | None = None, *, of: RunError | None = None, **values: Any
) -> Retry | RunError:
    """What the ladder says to a death of a run with these settings."""
    folder.config.write_text(make_config(values).to_yaml(), "utf-8")
    error = of or RunError("out_of_memory", "The card's memory ran out.", "Less.", DEATH)
    answer = recover(folder, attempt or Attempt(1), error)
    assert answer is not None
    return answer


def save_checkpoint(folder: RunFolder, step: int, attempt: int = 1) -> None:
    with checkpoints.writing(folder.checkpoints, step, attempt) as partial:
        (partial / "weights").write_text("w")


def lengths(folder: RunFolder, longest: int, train: int = 900, validation: int = 900) -> None:
    """As the worker measures them; `train` and `validation` are the middle ones."""
    rows = {"train": (longest, train), "validation": (validation, validation)}
    for part, (most, middle) in rows.items():
        row = {"id": "9", "tokens": most, "answer": 300}
        folder.add_event("lengths", 1, part=part, longest=row, quantiles={"p50": middle})


def retry(answer: Retry | RunError) -> Retry:
    assert isinstance(answer, Retry)
    return answer


def error(answer: Retry | RunError) -> RunError:
    assert isinstance(answer, RunError)
    return answer


def test_a_decision_says_what_changes_from_where_it_goes_on_and_why(folder: RunFolder) -> None:
    save_checkpoint(folder, 4)
    lengths(folder, 3001)
    answer = retry(die(folder))
    assert answer.overrides == {"max_seq_length": 2048} and not answer.fresh
    assert answer.details == {
        "rung": "context", "setting": "max_seq_length", "old": 4096, "new": 2048,
        "starts_again": False, "from_step": 4, "skipped": [], "memory": DEATH,
    }  # fmt: skip
    assert answer.reason == (
        "Out of memory while training (step 7): max_seq_length goes from 4096 to 2048."
        " It goes on from step 4. Examples longer than 2,048 tokens (the longest has 3,001) will"
        " be left out and listed."
    )
    assert read_rows(folder.events)[-1] | DEATH == read_rows(folder.events)[-1]
    assert read_rows(folder.events)[-1]["event"] == "out_of_memory"


def test_a_new_shape_starts_again_and_says_so(folder: RunFolder) -> None:
    save_checkpoint(folder, 40)
    answer = retry(die(folder, max_seq_length=2048))
    assert answer.fresh and answer.overrides == {"rank": 32} and answer.details["from_step"] == 0
    assert (
        "the checkpoint of step 40 does not fit: training starts again from step 0" in answer.reason
    )


def test_the_overrides_of_the_attempt_count(folder: RunFolder) -> None:
    attempt = Attempt(3, {"max_seq_length": 2048, "rank": 32}, lineage=3)
    assert retry(die(folder, attempt)).overrides == {"use_dora": False}


def test_a_checkpoint_of_another_shape_is_not_gone_on_from(folder: RunFolder) -> None:
    save_checkpoint(folder, 4, attempt=1)
    answer = retry(die(folder, Attempt(2, {"rank": 32}, lineage=2)))
    assert answer.details["from_step"] == 0 and "It begins anew." in answer.reason


def test_no_example_is_said_lost_where_none_is(folder: RunFolder) -> None:
    lengths(folder, 1800)
    assert "No example is lost: the longest has 1,800 tokens." in retry(die(folder)).reason


@pytest.mark.parametrize(
    ("values", "measured", "why"),
    [
        ({"too_long": "refuse"}, (3001,), "too_long=refuse"),
        ({}, (4000, 2500), "More than half of the training"),
        ({}, (3001, 900, 2100), "More than half of the validation"),
    ],
)
def test_a_shorter_context_that_would_end_the_run_is_left_out(
    folder: RunFolder, values: dict[str, Any], measured: tuple[int, ...], why: str
) -> None:
    lengths(folder, *measured)
    answer = retry(die(folder, **values))
    assert answer.overrides == {"rank": 32} and why in answer.reason
    assert [each["rung"] for each in answer.details["skipped"]] == ["context"]


def test_weights_that_do_not_fit_end_the_run_at_once(folder: RunFolder) -> None:
    tight = {**DEATH, "phase": "quantizing", "limit_gib": 4.0, "total_gib": 4.0, "step": None}
    told = error(die(folder, of=RunError("out_of_memory", "m", "", tight)))
    assert told.type == "out_of_memory" and "no rung helps" in told.message
    roomy = {**tight, "limit_gib": 14.0, "total_gib": 14.0}
    assert retry(die(folder, of=RunError("out_of_memory", "m", "", roomy)))


def test_after_the_last_rung_the_run_fails_with_what_is_left_to_do(folder: RunFolder) -> None:
    told = error(die(folder, tune_vision=True, batch_size=2, **BOTTOM))
    assert told.type == "out_of_memory" and "14.4 of 14.7 GiB" in told.message
    assert "Every rung of the ladder is taken" in told.message
    for way in ("Set batch_size=1", "tune_vision=false", "larger card"):
        assert way in told.hint
    assert told.details["memory"] == DEATH
    assert read_rows(folder.events)[-1]["event"] == "ladder_ended"


def test_other_programs_on_the_card_are_named(folder: RunFolder) -> None:
    sample = {"attempt": 1, "used_gib": 14.2, "total_gib": 14.7, "process_gib": 9.0}
    append_row(folder.vram, sample)
    told = error(die(folder, **BOTTOM))
    assert told.hint.startswith("Close what else uses the card (5.2 GiB)")


def test_a_death_without_a_word_is_told_from_what_was_written_last(folder: RunFolder) -> None:
    write_json(folder.progress, {"attempt": 1, "phase": "training", "step": 12})
    append_row(folder.metrics, {"attempt": 1, "step": 11, "vram_allocated_gib": 13.0})
    append_row(folder.vram, {"attempt": 1, "used_gib": 14.6, "total_gib": 14.7})
    crash = RunError("crashed", "The worker ended with exit code 1.", "", {
        "exit_code": 1, "log": ["Error out of memory at line 380 in file ops.cu"]})  # fmt: skip
    memory = retry(die(folder, of=crash)).details["memory"]
    assert memory["allocated_gib"] == 13.0 and memory["total_gib"] == 14.7
    assert (memory["phase"], memory["step"], memory["reserved_gib"]) == ("training", 12, None)


def test_other_failures_are_named_and_not_tried_again(folder: RunFolder) -> None:
    broken = RunError("OSError", "OSError: [Errno 28] No space left on device", "")
    told = error(die(folder, of=broken))
    assert told.type == "disk_full" and not folder.events.exists()


def test_a_configuration_that_cannot_be_read_is_no_reason_to_fail_twice(folder: RunFolder) -> None:
    folder.config.write_text("rank: many", "utf-8")
    said = RunError("ConfigError", "rank: not a number.", "Correct the value.")
    answer = recover(folder, Attempt(1), said)
    assert isinstance(answer, RunError) and (answer.type, answer.hint) == ("config", said.hint)


# -- a real walk -------------------------------------------------------------------------------


@pytest.fixture
def run_hungry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Run]]:
    """Run the hungry worker under the real supervisor: `run_hungry(budget_mib=70)`."""
    monkeypatch.setenv("GHOST_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("PYTHONPATH", str(TOY))
    get_settings.cache_clear()

    def start(budget_mib: float, **values: Any) -> Run:
        config = make_config({"memory_limit_gib": budget_mib / 1024, **values})
        run = launch("train", "hungry_worker", config.to_yaml(), recover=RECOVER)
        deadline = time.monotonic() + 90
        while run.active and time.monotonic() < deadline:
            time.sleep(0.05)
            run = read_run(run.folder)
        return run

    yield start
    monkeypatch.undo()
    get_settings.cache_clear()
    _kill_what_works_in(tmp_path)


def _kill_what_works_in(folder: Path) -> None:
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if any(part.startswith(str(folder)) for part in process.cmdline()):
                process.kill()


def story(run: Run) -> list[tuple[Any, ...]]:
    rows = [row for row in read_rows(run.folder.events) if row["event"] == "decision"]
    return [
        tuple(row[k] for k in ("rung", "old", "new", "starts_again", "from_step")) for row in rows
    ]


def test_the_ladder_is_walked_until_the_run_fits(run_hungry: Callable[..., Run]) -> None:
    run = run_hungry(budget_mib=102)  # 109 are needed with rank 32 and DoRA, 95 without DoRA
    assert run.state == "finished", run.status.error
    assert story(run) == [
        ("context", 4096, 2048, False, 2),
        ("rank", 64, 32, True, 0),
        ("dora", True, False, True, 0),
    ]
    events = read_rows(run.folder.events)
    assert len({row["pid"] for row in events if row["event"] == "born"}) == 4  # fresh processes
    deaths = [row for row in events if row["event"] == "out_of_memory"]
    assert [row["step"] for row in deaths] == [3, 3, 3] and deaths[0]["tokens"] == 3000
    assert all(0 < row["allocated_gib"] <= row["limit_gib"] for row in deaths)
    starts = [row["from_step"] for row in events if row["event"] == "started"]
    assert starts == [0, 2, 0, 0]
    assert [row["step"] for row in read_metrics(run.folder)] == [1, 2, 3, 4, 5, 6]


def test_a_native_death_walks_the_ladder_too(
    run_hungry: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GHOST_TOY_NATIVE", "1")
    run = run_hungry(budget_mib=150)
    assert run.state == "finished" and story(run) == [("context", 4096, 2048, False, 2)]


def test_a_run_that_never_fits_fails_with_the_last_word(run_hungry: Callable[..., Run]) -> None:
    run = run_hungry(budget_mib=60, max_seq_length=2048, rank=16)
    assert run.state == "failed" and run.status.error is not None
    assert (
        run.status.error.type == "out_of_memory" and "smaller base_model" in run.status.error.hint
    )
    assert [name for name, *_ in story(run)] == ["dora", "targets"]


def test_a_rung_is_a_plain_record() -> None:
    rung = next_rung(TrainingConfig())
    assert rung == Rung("context", "max_seq_length", 4096, 2048, starts_again=False)
