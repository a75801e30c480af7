"""How every command prints, reads and writes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from ghost_engine.errors import FileError

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
CLEAR_LINE = "\r\x1b[K"


def say(text: str) -> None:
    """A line on stdout."""
    typer.echo(text)


def say_json(document: dict[str, Any]) -> None:
    """The one JSON document on stdout."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


def mention(text: str) -> None:
    """A line on stderr, for people; whatever progress stood there goes."""
    typer.echo((CLEAR_LINE if sys.stderr.isatty() else "") + text, err=True)


def progress(text: str) -> None:
    """What happens now, on one line of stderr that is written over; nothing when piped."""
    if sys.stderr.isatty():
        typer.echo(CLEAR_LINE + text, err=True, nl=False)
        sys.stderr.flush()


def complain(line: str, arguments: Sequence[str], document: dict[str, Any]) -> None:
    """One line on stderr, and the JSON document if one was asked for."""
    mention(f"ghost: {' '.join(line.split())}")
    if "--json" in arguments:
        say_json(document)


def read_text(file: str) -> str:
    """The text of a file, or of stdin for "-".

    Raises:
        FileError: it cannot be read, or is no UTF-8 text.
    """
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise FileError(f"{file} cannot be read: {reason}.", "Check the path.") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(
            f"{file} is not UTF-8 text (byte {error.start}).", "Save it as UTF-8."
        ) from error


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all.

    Raises:
        FileError: it cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, "utf-8")
        os.replace(partial, path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        reason = (error.strerror or str(error)).lower()
        raise FileError(f"{path} cannot be written: {reason}.", "Choose another --out.") from error
