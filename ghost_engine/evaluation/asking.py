"""Asking an engine about screenshots, one after the other, and keeping every answer.

One at a time, so that the seconds measured are those of one answer. A pair that fails is recorded
and asked again by the next run; what says nothing of the pair (no engine, no PostgreSQL, a stop)
ends the run, and the next one goes on from there.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ghost_engine.data.images import read_picture
from ghost_engine.data.pairs import Pair
from ghost_engine.errors import (
    Cancelled,
    EngineUnavailable,
    FileError,
    GhostError,
    ImageError,
    SandboxError,
)
from ghost_engine.evaluation.predictions import (
    Identity,
    Prediction,
    append_prediction,
    read_predictions,
)
from ghost_engine.inference.protocol import CancelToken, Result
from ghost_engine.inference.run import stream
from ghost_engine.sql import Schema

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """One pair done: `done` of `total`; `kept` if its answer was there from an earlier run."""

    pair: str
    done: int
    total: int
    kept: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told of each step, and who may stop it."""

    on_step: Callable[[Step], None] | None = None
    cancel: CancelToken | None = None

    def tell(self, step: Step) -> None:
        if self.on_step is not None:
            self.on_step(step)

    def raise_if_cancelled(self) -> None:
        if self.cancel is not None:
            self.cancel.raise_if_cancelled()


def ask_all(
    identity: Identity,
    pairs: Sequence[Pair],
    pairs_folder: Path,
    out_dir: Path,
    watch: Watch,
    fresh: bool = False,
) -> None:
    """Append to `out_dir` the engine's answer to every pair that has none yet.

    Args:
        pairs_folder: what the pairs' pictures are relative to.
        fresh: ask again even where there is an answer.

    Raises:
        Cancelled, EngineUnavailable, SandboxError, FileError: as `evaluate`.
    """
    known = {} if fresh else latest_predictions(identity, out_dir)
    for done, pair in enumerate(pairs, 1):
        watch.raise_if_cancelled()
        digest = image_hash(pair, pairs_folder)
        before = known.get(pair.id)
        kept = before is not None and before.image_hash == digest and not before.error
        answer = None
        if digest is not None and not kept:
            answer = _ask(identity, pair, pair.image_path(pairs_folder), digest, watch.cancel)
        if answer is not None:
            append_prediction(out_dir, answer)
        watch.tell(Step(pair.id, done, len(pairs), kept, answer.error if answer else ""))


def latest_predictions(identity: Identity, out_dir: Path) -> dict[str, Prediction]:
    """The last answer of that engine to each pair, by the pair's id."""
    answers = (item for item in read_predictions(out_dir) if item.identity == identity)
    return {answer.pair: answer for answer in answers}


def image_hash(pair: Pair, pairs_folder: Path) -> str | None:
    """The SHA-256 of the picture's bytes, as in `Picture.content_hash`; None if there is none."""
    try:
        path = pair.image_path(pairs_folder)
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileError, OSError):
        return None  # `image_problem` says why


def image_problem(pair: Pair, pairs_folder: Path) -> str:
    """Why the pair's picture cannot be shown to an engine, or ""."""
    try:
        read_picture(pair.image_path(pairs_folder))
    except (FileError, ImageError) as error:
        return str(error)
    return ""


def _ask(
    identity: Identity, pair: Pair, image: Path, digest: str, cancel: CancelToken | None
) -> Prediction | None:
    """The engine's judged answer, or its failure; None for a picture that nobody can read."""
    try:
        picture = read_picture(image)
    except ImageError:
        return None  # reported as a missing image when the pairs are scored
    try:
        *_, result = stream([picture], identity.engine, cancel)
    except (Cancelled, EngineUnavailable, SandboxError):
        raise
    except GhostError as error:
        return _failure(identity, pair, digest, str(error))
    except Exception as error:  # one pair's bug must not lose a night's run
        logger.exception("The engine %s failed on %s.", identity.engine, pair.id)
        return _failure(identity, pair, digest, f"{type(error).__name__}: {error}")
    assert isinstance(result, Result)
    return _answer(identity, pair, digest, result)


def _answer(identity: Identity, pair: Pair, digest: str, result: Result) -> Prediction:
    return Prediction(
        pair=pair.id,
        image_hash=digest,
        identity=identity,
        sql=result.sql,
        executes=result.valid,
        schema=result.report.schema if result.report else Schema(),
        seconds=result.seconds,
        reason=result.reason,
        answered_model=result.model,
        answered_prompt=result.prompt_version,
    )


def _failure(identity: Identity, pair: Pair, digest: str, error: str) -> Prediction:
    return Prediction(pair.id, digest, identity, "", False, Schema(), 0.0, error=error)
