"""Try a trained adapter on one question of your own: the base model's answer beside the adapter's.

`start_trial` hands the question to a background job (`trial_worker`); its answers are rows in the
training run's own folder, `trials/<id of the job>/`, so that they stay with it. No torch here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import yaml

from ghost_engine.data.images import Picture
from ghost_engine.errors import ConfigError, JobError, TrainingError
from ghost_engine.hardware import Survey, survey
from ghost_engine.jobs.folder import RunFolder, now_text, read_json, read_rows, write_json
from ghost_engine.jobs.launch import launch
from ghost_engine.jobs.reading import read_run
from ghost_engine.jobs.records import Run
from ghost_engine.training import readiness
from ghost_engine.training.base_model import is_cached
from ghost_engine.training.config import SMOKE_MODEL, TrainingConfig, make_config

KIND = "trial"
WORKER = "ghost_engine.training.trial_worker"
FOLDER = "trials"
PICTURE = "picture.png"
QUESTION = "question.json"
ANSWERS = "answers.jsonl"

Who = Literal["base", "adapter"]
WHO: tuple[Who, ...] = ("base", "adapter")


@dataclass(frozen=True, slots=True)
class Answer:
    """What one of the two wrote. `valid` is None where no PostgreSQL could judge it."""

    who: Who
    sql: str
    valid: bool | None
    error: str
    tables: int
    tokens: int
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Trial:
    """One question to a run's model, and the answers that are there by now.

    `name` is the picture's; a run that learned from words has a `description` in its place. `job`
    is the background job that answers; None once somebody deleted it.
    """

    id: str
    folder: Path
    asked: datetime
    name: str
    description: str
    answers: tuple[Answer, ...]
    job: Run | None

    @property
    def picture(self) -> Path | None:
        path = self.folder / PICTURE
        return path if path.is_file() else None

    @property
    def active(self) -> bool:
        return self.job is not None and self.job.active

    def answer(self, who: Who) -> Answer | None:
        return next((each for each in self.answers if each.who == who), None)


def settings_of_adapter(run: Run) -> TrainingConfig | None:
    """The settings that a run's adapter was trained with; None where there is no whole adapter.

    Raises:
        ConfigError: they are of another version of this program.
    """
    about = read_json(run.folder.adapter / "ghost.json")
    return make_config(about["config"], run.id) if about and "config" in about else None


def obstacle(run: Run, there: Survey | None = None) -> str:
    """Why a run cannot be tried on this machine, in a sentence; "" where it can.

    Asks no hub: a base model that is not here is not fetched for a trial.

    Args:
        there: the cards, if they were looked up already.
    """
    try:
        config = settings_of_adapter(run)
    except ConfigError as error:
        return f"{error.message} {error.hint}"
    if config is None:
        return "There is no adapter to try yet: a run writes one when it finishes or is stopped."
    there = survey() if there is None else there
    missing = readiness.absent()
    if missing:
        hint = readiness.FOR_GPU if there.cards else readiness.FOR_CPU
        return f"Trying it takes the training packages, which are not installed here. {hint}"
    if not there.cards and config.device != "cpu" and config.base_model != SMOKE_MODEL:
        return f"Trying it takes a GPU, and there is none here: {there.note}."
    if not _is_here(config.base_model):
        return (
            f"Trying it takes the base model, {config.base_model}, which is not on this machine:"
            " train here once, or put its folder here."
        )
    return ""


def start_trial(
    run: Run,
    picture: Picture | None = None,
    description: str = "",
    *,
    new_tokens: int | None = None,
    by: str = "",
    request: str = "",
) -> Run:
    """Ask the base model and the adapter in the background; returns the job at once.

    Args:
        run: the training run; it has to have an adapter.
        picture: the screenshot to ask about.
        description: the screen in words, for a run that learned from words.
        new_tokens: the longest answer; as long as the run's own drafts if None.
        by: who asked.
        request: one word for one click: a second call with the same one gives the first's job.

    Raises:
        TrainingError: the run cannot be tried here, or nothing was asked.
        JobError: the job cannot be made.
    """
    wrong = obstacle(run)
    config = None if wrong else settings_of_adapter(run)
    if config is None:
        raise TrainingError(wrong, "Try another run, or another machine.")
    if (config.phase == "vision") != (picture is not None) or not (picture or description.strip()):
        needed = "a screenshot" if config.phase == "vision" else "a description of a screen"
        raise TrainingError(f"Run {run.id} is asked with {needed}.", f"Give {needed}.")

    def ask(job: RunFolder) -> None:
        place = run.path / FOLDER / job.id
        place.mkdir(parents=True)
        if picture is not None:
            (place / PICTURE).write_bytes(picture.png())
        name = picture.name if picture is not None else ""
        question = {"asked": now_text(), "name": name, "description": description, "by": by}
        write_json(place / QUESTION, question)

    wishes = {"run": str(run.path), "new_tokens": new_tokens or config.eval_new_tokens}
    return launch(
        KIND,
        WORKER,
        yaml.safe_dump(wishes),
        name=run.job.name,
        gpu=readiness.runs_on_gpu(config),
        by=by,
        request=request,
        fill=ask,
    )


def read_trials(run: Run) -> tuple[Trial, ...]:
    """What a run was asked, newest first; half-written and foreign folders are passed over."""
    return tuple(sorted(_trials(run), key=lambda each: (each.asked, each.id), reverse=True))


def _trials(run: Run) -> Iterator[Trial]:
    try:
        places = list((run.path / FOLDER).iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    for place in places:
        question = read_json(place / QUESTION)
        if question is None:
            continue
        answers = tuple(_answers(place))
        with suppress(KeyError, TypeError, ValueError):
            yield Trial(
                place.name,
                place,
                datetime.fromisoformat(question["asked"]),
                str(question.get("name", "")),
                str(question.get("description", "")),
                answers,
                _job(run.path.parent / place.name),
            )


def _answers(place: Path) -> Iterator[Answer]:
    for row in read_rows(place / ANSWERS):
        with suppress(TypeError):
            yield Answer(**row)


def _job(place: Path) -> Run | None:
    with suppress(JobError):
        return read_run(place)
    return None


def _is_here(base_model: str) -> bool:
    if base_model == SMOKE_MODEL or (Path(base_model).expanduser() / "config.json").is_file():
        return True
    return base_model.count("/") == 1 and is_cached(base_model)


def read_wishes(job: RunFolder) -> tuple[Path, int]:
    """The training run's folder and the longest answer, as a trial's config.yaml says them.

    Raises:
        TrainingError: it does not.
    """
    try:
        wishes = yaml.safe_load(job.config.read_text("utf-8"))
        return Path(wishes["run"]), int(wishes["new_tokens"])
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise TrainingError(
            f"{job.config} is no question ({json.dumps(str(error))}).", "Ask again."
        ) from error
