"""What an engine answered to each screenshot: one line a prediction, only ever appended.

A line is written whole and forced to disk before the next screenshot is read, so a killed run
loses at most the answer it was waiting for. A torn last line is cut off by the next run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ghost_engine.errors import FileError
from ghost_engine.sql.report import Report
from ghost_engine.sql.schema import Schema

FILE_NAME = "predictions.jsonl"


@dataclass(frozen=True, slots=True)
class Identity:
    """Which engine answered. `version` is a digest of the rules of an engine without a model."""

    engine: str
    model: str | None = None
    prompt_version: str | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class Prediction:
    """One answer, judged.

    `schema` is what the catalog held after `sql` ran, empty if it did not. `error` is why the
    engine failed, and then there is no answer. `seconds` are from the picture to the verdict.
    `answered_model` and `answered_prompt` are what the answer itself says of its making.
    """

    pair: str
    image_hash: str
    identity: Identity
    sql: str
    executes: bool
    schema: Schema
    seconds: float
    reason: str = ""
    error: str = ""
    answered_model: str | None = None
    answered_prompt: str | None = None

    @property
    def report(self) -> Report:
        """The verdict as far as scoring needs it."""
        return Report(self.sql, True, True, self.executes, schema=self.schema)

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "schema": self.schema.to_dict()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Prediction:
        """The inverse of `to_dict`.

        Raises:
            KeyError, TypeError: `data` is not of that form.
        """
        identity, schema = Identity(**data["identity"]), Schema.from_dict(data["schema"])
        return cls(**{**data, "identity": identity, "schema": schema})


def read_predictions(folder: Path) -> Iterator[Prediction]:
    """All predictions of a folder, oldest first; a torn last line is passed over.

    Raises:
        FileError: a whole line is no prediction; names it.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            try:
                yield Prediction.from_dict(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise FileError(
                    f"{path}, line {number} is no prediction ({error!r}).",
                    "Delete that line; its screenshot is then asked again.",
                ) from error


def append_prediction(folder: Path, prediction: Prediction) -> None:
    """Add one prediction; on disk when this returns.

    Raises:
        FileError: it cannot be written.
    """
    line = json.dumps(prediction.to_dict(), ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    try:
        with (folder / FILE_NAME).open("ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise FileError(
            f"{folder / FILE_NAME} cannot be written: {error.strerror or error}.",
            "Make room or choose another folder; what is written stays.",
        ) from error


def cut_torn_line(folder: Path) -> None:
    """Take off what a killed run left of its last line."""
    path = folder / FILE_NAME
    if not path.exists():
        return
    with path.open("r+b") as file:
        content = file.read()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            file.truncate(whole)
