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
    ├── EngineError          an inference engine failed
    │   └── EngineUnavailable    it is unknown, or not ready on this machine
    └── Cancelled            somebody asked the work to stop
"""

from __future__ import annotations


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


class EngineError(GhostError):
    """An inference engine failed."""


class EngineUnavailable(EngineError):
    """The engine asked for is unknown, or not ready on this machine."""


class Cancelled(GhostError):
    """Somebody asked the work to stop."""
