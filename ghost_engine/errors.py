"""Every error the engine raises on purpose.

Each one carries a message that names the thing and the place, and a `hint` that says what to do
next. They are caught at three borders only: the page, the command line and the worker.

    GhostError
    ├── SettingsError        a GHOST_* setting has a value that cannot be used
    ├── FileError            a file or folder cannot be read or written
    ├── ImageError           a picture is refused or cannot be decoded
    ├── SandboxError         the PostgreSQL that judges SQL cannot be started or reached
    ├── QueryError           a question to the sample data is refused or fails
    ├── OcrError             the text reader failed
    ├── StoreError           the store of examples cannot be opened, read or restored
    │   └── StaleError           somebody saved in between; carries both texts
    │       ├── StaleExample         ... a decision on an example
    │       └── StaleGuidelines      ... the guidelines
    ├── EngineError          an inference engine failed
    │   └── EngineUnavailable    it is unknown, or not ready on this machine
    ├── CaptureError         the browser that renders or captures screens failed
    ├── ConfigError          a training configuration has an unknown key or contradicts itself
    ├── JobError             a background job cannot be started, found, stopped or deleted
    ├── TrainingError        training cannot start or go on
    │   └── DatasetError         its examples cannot be trained on
    ├── ExportError          an adapter cannot be exported, or what came of it is wrong
    │   └── PublishError         ... Ollama cannot take it
    └── Cancelled            somebody asked the work to stop
"""

from __future__ import annotations

from datetime import datetime


class GhostError(Exception):
    """The root: a message in the user's words and what to do next.

    Args:
        message: what happened, to what, where.
        hint: the next step, or "" when the message says it all.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class SettingsError(GhostError):
    """A GHOST_* setting has a value that cannot be used."""


class FileError(GhostError):
    """A file or folder cannot be read or written."""


class ImageError(GhostError):
    """A picture is refused or cannot be decoded."""


class SandboxError(GhostError):
    """The PostgreSQL that judges SQL cannot be started or reached."""


class QueryError(GhostError):
    """A question to the sample data is refused or fails.

    `line` and `column` count from 1 and point into the question, or are None.
    """

    def __init__(
        self, message: str, hint: str = "", line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(message, hint)
        self.line = line
        self.column = column


class OcrError(GhostError):
    """The text reader failed."""


class StoreError(GhostError):
    """The store of examples cannot be opened, read or restored."""


class StaleError(StoreError):
    """Somebody saved in between: nothing was written, and no text is lost.

    Args:
        what: the beginning of the message: "Example 3 was".
        yours: the text that was refused.
        theirs: the text that is in force now.
        version: the version to base the next save on.
        saved_by: who saved `theirs`.
        saved_at: when, UTC.
    """

    def __init__(
        self, what: str, *, yours: str, theirs: str, version: int, saved_by: str, saved_at: datetime
    ) -> None:
        super().__init__(
            f"{what} saved by {saved_by or 'somebody'} at {saved_at:%Y-%m-%d %H:%M:%S} UTC,"
            " after you opened it.",
            "Compare both texts, then save again.",
        )
        self.yours = yours
        self.theirs = theirs
        self.version = version
        self.saved_by = saved_by
        self.saved_at = saved_at


class StaleExample(StaleError):
    """A decision on an example that somebody else decided, edited or drafted anew meanwhile."""

    def __init__(
        self,
        example_id: int,
        *,
        yours: str,
        theirs: str,
        version: int,
        saved_by: str,
        saved_at: datetime,
    ) -> None:
        super().__init__(
            f"Example {example_id} was",
            yours=yours,
            theirs=theirs,
            version=version,
            saved_by=saved_by,
            saved_at=saved_at,
        )
        self.example_id = example_id


class StaleGuidelines(StaleError):
    """A save of guidelines that somebody else changed meanwhile."""


class EngineError(GhostError):
    """An inference engine failed."""


class EngineUnavailable(EngineError):
    """The engine asked for is unknown, or not ready on this machine."""


class CaptureError(GhostError):
    """The browser that renders or captures screens failed."""


class ConfigError(GhostError):
    """A training configuration has an unknown key, a bad value or contradicts itself."""


class JobError(GhostError):
    """A background job cannot be started, found, stopped or deleted."""


class TrainingError(GhostError):
    """Training cannot start or go on."""


class DatasetError(TrainingError):
    """The examples cannot be trained on: none left, an answer cut away, a picture missing."""


class ExportError(GhostError):
    """An adapter cannot be exported, or what came of it is wrong."""


class PublishError(ExportError):
    """Ollama cannot be reached, is too old, or refuses."""


class Cancelled(GhostError):
    """Somebody asked the work to stop."""
