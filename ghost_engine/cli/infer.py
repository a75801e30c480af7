"""`ghost infer`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ghost_engine.cli.say import AsJson, mention, progress, say, say_json, write_text

if TYPE_CHECKING:
    from ghost_engine.inference.protocol import Result


def infer(
    images: Annotated[list[Path], typer.Argument(help="Screenshots: PNG, JPEG or WebP.")],
    engine: Annotated[str, typer.Option(help="auto, or an engine's name.")] = "auto",
    out: Annotated[
        Path | None, typer.Option(help="Write the SQL here (with --each: a folder).")
    ] = None,
    each: Annotated[bool, typer.Option("--each", help="One schema for each image.")] = False,
    as_json: AsJson = False,
) -> int:
    """Draft a schema from screenshots; what comes out has run on PostgreSQL."""
    groups = [[image] for image in images] if each else [images]
    results = [_infer_one(group, engine) for group in groups]
    for group, result in zip(groups, results, strict=True):
        if out is not None and result.sql:
            write_text(_sql_path(out, group[0], images) if each else out, result.sql)
        if not as_json:
            _say_result(group, result, show_sql=out is None)
    if as_json:
        documents = [
            {"images": [str(image) for image in group], **result.to_dict()}
            for group, result in zip(groups, results, strict=True)
        ]
        say_json({"results": documents} if each else documents[0])
    return 0 if all(result.valid for result in results) else 1


def _infer_one(images: Sequence[Path], engine: str) -> Result:
    from ghost_engine.data.images import read_picture
    from ghost_engine.inference.protocol import Progress, Result
    from ghost_engine.inference.run import stream

    for item in stream([read_picture(image) for image in images], engine):
        if isinstance(item, Result):
            return item
        if isinstance(item, Progress):
            progress(item.message)
    raise AssertionError("a stream ends with a result")


def _sql_path(folder: Path, image: Path, images: Sequence[Path]) -> Path:
    """Where --each writes an image's SQL; images of one name in two folders get numbers."""
    same = [other for other in images if other.stem == image.stem]
    number = f"-{same.index(image) + 1}" if len(same) > 1 else ""
    return folder / f"{image.stem}{number}.sql"


def _say_result(images: Sequence[Path], result: Result, show_sql: bool) -> None:
    """The SQL on stdout, all else on stderr, so that the output can be piped."""
    names = ", ".join(image.name for image in images)
    verdict = result.report.status if result.report else "nothing found"
    count = f"{len(result.tables)} table{'s' if len(result.tables) != 1 else ''}"
    tables = f"{count}: {', '.join(result.tables)}" if result.tables else ""
    summary = [names, f"{result.title} ({result.note})", verdict, tables, f"{result.seconds:.1f} s"]
    mention(" | ".join(filter(None, summary)))
    if result.reason:
        mention(result.reason)
    if show_sql and result.sql:
        say(result.sql.rstrip("\n"))
