"""What transformers says beside llama.cpp: the question, its answer, and the child that is asked.

The child is `ghost_engine.export.reference`. It reads the merged weights once for all files: the
first token after the prompt, and every text that llama.cpp wrote, place by place. No torch here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ghost_engine.cores import usable_cores
from ghost_engine.errors import ExportError
from ghost_engine.inference.llamacpp.ends import last_trouble
from ghost_engine.inference.llamacpp.process import (
    Ended,
    Stop,
    python_environment,
    python_program,
    run_program,
)

FAILED_STATUS = 3
"""The child's exit code when its last line is an error in words, as JSON."""
_PROGRAM = "ghost_engine.export.reference"
_QUIET = {
    "CUDA_VISIBLE_DEVICES": "",  # float32 on the processor: the same on every machine
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_VERBOSITY": "error",
}


@dataclass(frozen=True, slots=True)
class Text:
    """What a file wrote, as tokens; `ended`: it stopped by itself after them."""

    tokens: tuple[int, ...]
    ended: bool


@dataclass(frozen=True, slots=True)
class Question:
    """`picture` is a PNG of the model's own size; `texts` go by the names of their files."""

    base: str
    adapter: str
    allow_nf4: bool
    instruction: str
    picture: str
    texts: Mapping[str, Text]

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> Question:
        texts = {
            name: Text(tuple(text["tokens"]), text["ended"])
            for name, text in document["texts"].items()
        }
        return cls(**{**document, "texts": texts})


@dataclass(frozen=True, slots=True)
class Reading:
    """One text as transformers reads it: at each place, how much likelier (in log-probability) its
    own token is than the written one; 0 where both choose the same. The end counts as a place."""

    gaps: tuple[float, ...]

    @property
    def agreement(self) -> float:
        """The share of places where both choose the same token."""
        return sum(gap == 0 for gap in self.gaps) / max(1, len(self.gaps))

    @property
    def largest(self) -> float:
        return max(self.gaps, default=0.0)


@dataclass(frozen=True, slots=True)
class Reference:
    """`prompt_tokens` counts those of the picture too; `first` are the likeliest first tokens with
    their log-probabilities; `ends` are the tokens that end an answer."""

    prompt_tokens: int
    first: Mapping[int, float]
    ends: tuple[int, ...]
    readings: Mapping[str, Reading]

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> Reference:
        first = {int(token): value for token, value in document["first"].items()}
        readings = {name: Reading(tuple(gaps)) for name, gaps in document["gaps"].items()}
        return cls(document["prompt_tokens"], first, tuple(document["ends"]), readings)


def ask_reference(
    question: Question, work: Path, tell: Callable[[int, int], None], stop: Stop
) -> Reference:
    """Ask transformers, in a process of its own.

    Args:
        question: what to ask.
        work: a folder for what passes between the two.
        tell: gets layers done and layers in all.
        stop: asked ten times a second.

    Raises:
        ExportError: it cannot answer.
        Cancelled: `stop` said yes.
    """
    asked, answered = work / "question.json", work / "answer.json"
    asked.write_text(json.dumps(asdict(question)), "utf-8")
    answered.unlink(missing_ok=True)

    def hear(line: str) -> None:
        if line.startswith('{"done"'):
            said = json.loads(line)
            tell(said["done"], said["total"])

    threads = {"OMP_NUM_THREADS": str(usable_cores())}
    environment = python_environment({**threads, **os.environ, **_QUIET})
    command = python_program(_PROGRAM, str(asked), str(answered))
    try:
        ended = run_program(command, environment, hear, stop)
    except OSError as error:
        raise ExportError(f"transformers cannot be started: {error}.") from error
    if ended.code:
        raise _failure(ended)
    return Reference.from_dict(json.loads(answered.read_text("utf-8")))


def _failure(ended: Ended) -> ExportError:
    lines = ended.words.strip().splitlines()
    if ended.code == FAILED_STATUS and lines:
        said = json.loads(lines[-1])
        return ExportError(said["message"], said["hint"])
    if ended.code == -9:
        return ExportError(
            "transformers was killed (signal 9) while it read the merged weights.",
            "Most often the memory ran out: close other programs, then resume.",
        )
    return ExportError(
        f"transformers could not read the merged weights: it ended {ended.how}"
        f" ({last_trouble(ended.words)}).",
        "Resume to try again.",
    )
