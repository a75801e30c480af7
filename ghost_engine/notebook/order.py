"""Which run a cell means, however often it is run: the one under way, the one that was cut short,
the one that has ended, or a new one.

The word for it is made of the settings and of what is in the dataset, not of when or where its file
was written: so it is the same on the next machine, and finds the run that the last one left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from ghost_engine.errors import JobError
from ghost_engine.jobs import control
from ghost_engine.jobs.reading import list_runs, runs_dir
from ghost_engine.jobs.records import Run
from ghost_engine.notebook import restore
from ghost_engine.notebook.say import tell
from ghost_engine.training.clicks import click_on
from ghost_engine.training.config import TrainingConfig, load_preset, with_settings
from ghost_engine.training.data import Step
from ghost_engine.training.sources import find_dataset
from ghost_engine.training.start import KIND, start

_READ_BYTES = 1 << 20


def make_order(preset: str, dataset: Path | None, settings: str) -> TrainingConfig:
    """The configuration that a form asks for.

    Args:
        preset: its name.
        dataset: another one than the preset's.
        settings: `key=value` texts, with spaces between them.

    Raises:
        ConfigError: there is no such preset or setting, or its value is wrong.
    """
    config = load_preset(preset)
    if dataset is not None:
        config = config.changed(dataset=str(dataset))
    return with_settings(config, settings.split())


def find_or_start(
    config: TrainingConfig, *, name: str = "", keep: Path | None = None, again: bool = False
) -> Run:
    """The run of this order: found here, brought back from `keep`, resumed or started.

    Args:
        name: another name is another run.
        keep: a folder that outlives the machine.
        again: start another one although there is one that has finished.

    Raises:
        GhostError: it cannot be started or resumed; says why.
    """
    asked = _asked(config, name)
    same = _same(asked)
    if keep is not None and not same:
        same = _brought_back(asked, keep)
    last = same[0] if same else None
    if last is None or (again and last.state == "finished"):
        return _new(config, name, asked, last)
    if last.active:
        tell(f"Run {last.id} is under way: watching it.")
        return last
    if last.state == "finished":
        tell(f"Run {last.id} has finished. For another one change NAME or a setting.")
        return last
    tell(f"Run {last.id} is {last.state}: it goes on from its last checkpoint.")
    return control.resume(last, by="notebook")


def find(config: TrainingConfig, *, name: str = "") -> Run:
    """The newest run of this order on this machine.

    Raises:
        JobError: there is none.
    """
    same = _same(_asked(config, name))
    if not same:
        raise JobError("This was not started here yet.", "Run the cell that trains.")
    return same[0]


def word_of(config: TrainingConfig, name: str) -> str:
    """The word of this order: the same on every machine."""
    return _word(_asked(config, name))


def _new(config: TrainingConfig, name: str, asked: Sequence[str], last: Run | None) -> Run:
    request = click_on(asked, [last] if last else []).request
    if last is not None and request == last.job.request:  # ended a moment ago
        word, _, number = request.rpartition("-")
        request = f"{word}-{int(number) + 1}"
    run = start(config, name=name, by="notebook", request=request, progress=_telling())
    tell(f"Run {run.id} is started. It is a process of its own: closing this page ends nothing.")
    return run


def _asked(config: TrainingConfig, name: str) -> list[str]:
    path = find_dataset(config.dataset)
    return ["notebook", config.changed(dataset=path.name).to_yaml(), name, _content(path)]


def _same(asked: Sequence[str]) -> list[Run]:
    """The runs here that were asked for in these words, newest first. One whose launch was cut
    short never had anything: it is cleared away."""
    word = _word(asked)
    found = [run for run in list_runs(kind=KIND) if run.job.request.startswith(f"{word}-")]
    for run in found:
        if run.state == "lost" and run.status.queued is None and not run.folder.attempt.exists():
            control.delete(run)
    return [run for run in found if run.path.exists()]


def _brought_back(asked: Sequence[str], keep: Path) -> list[Run]:
    word = _word(asked)
    for place, job in restore.jobs(keep):
        if not job.request.startswith(f"{word}-") or (runs_dir() / place.name).exists():
            continue
        try:
            restore.restore(place, runs_dir())
        except JobError as error:
            tell(f"{error.message} {error.hint}")
            continue
        tell(f"Run {place.name} was begun on another machine: it is back from {keep}.")
        return _same(asked)
    return []


def _word(asked: Sequence[str]) -> str:
    return click_on(asked, ()).request.rpartition("-")[0]


def _content(path: Path) -> str:
    """What is in a dataset; of a folder, its files' names and sizes."""
    if path.is_dir():
        files = sorted(each for each in path.rglob("*") if each.is_file())
        lines = [f"{each.relative_to(path)} {each.stat().st_size}" for each in files]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _telling() -> Callable[[Step], None]:
    """Says each phase of freezing once."""
    told: set[str] = set()

    def progress(step: Step) -> None:
        if step.phase not in told:
            told.add(step.phase)
            reading = step.phase == "reading"
            tell("Reading the examples ..." if reading else "Running their answers ...")

    return progress
