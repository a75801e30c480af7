"""`ghost infer`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ghost_engine.cli.say import AsJson, mention, progress, say, say_json, write_text

if TYPE_CHECKING:
    from ghost_engine.inference.protocol import Options, Result

Form = Literal["sql", "json", "grammar"]


def infer(
    images: Annotated[list[Path], typer.Argument(help="Screenshots: PNG, JPEG or WebP.")],
    engine: Annotated[str, typer.Option(help="auto, or an engine's name.")] = "auto",
    model: Annotated[str, typer.Option(help="One of the engine's; else its own choice.")] = "",
    form: Annotated[
        Form | None, typer.Option(help="How the model answers; else the engine's usual way.")
    ] = None,
    samples: Annotated[
        int, typer.Option(min=1, max=16, help="Answers to draw; the best is taken.")
    ] = 1,
    repairs: Annotated[
        int, typer.Option(min=0, max=5, help="How often a model gets its errors back.")
    ] = 2,
    temperature: Annotated[
        float | None, typer.Option(min=0.0, max=2.0, help="Of sampling; else the engine's own.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of sampling.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the SQL here (with --each: a folder).")
    ] = None,
    each: Annotated[bool, typer.Option("--each", help="One schema for each image.")] = False,
    as_json: AsJson = False,
) -> int:
    """Draft a schema from screenshots, judged by PostgreSQL."""
    from ghost_engine.inference.protocol import Options

    options = Options(model, form, temperature, seed, repairs, samples)
    groups = [[image] for image in images] if each else [images]
    results = [_infer_one(group, engine, options) for group in groups]
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


def _infer_one(images: Sequence[Path], engine: str, options: Options) -> Result:
    from ghost_engine.data.images import read_picture
    from ghost_engine.inference.protocol import Progress, Result
    from ghost_engine.inference.run import stream

    pictures = [read_picture(image) for image in images]
    doing, written, answer = "", "", (0, 0)
    for item in stream(pictures, engine, options=options):
        if isinstance(item, Result):
            return item
        if isinstance(item, Progress):
            doing, written = item.message, ""
        else:
            written = item.text if (item.picture, item.attempt) != answer else written + item.text
            answer = (item.picture, item.attempt)
        progress(_line(doing, written, answer[1]))
    raise AssertionError("a stream ends with a result")


def _line(doing: str, written: str, attempt: int) -> str:
    """What happens now, or the end of what is written so far, in one line of the terminal."""
    width = shutil.get_terminal_size().columns - 1
    if not written:
        return doing[:width]
    head = f"Answer {attempt}, {len(written):,} characters: "
    room = max(1, width - len(head))
    return (head + " ".join(written[-2 * room :].split())[-room:])[:width]


def _sql_path(folder: Path, image: Path, images: Sequence[Path]) -> Path:
    """Where --each writes an image's SQL; images of one name in two folders get numbers."""
    same = [other for other in images if other.stem == image.stem]
    number = f"-{same.index(image) + 1}" if len(same) > 1 else ""
    return folder / f"{image.stem}{number}.sql"


def _say_result(images: Sequence[Path], result: Result, show_sql: bool) -> None:
    """A panel on a terminal; else the SQL on stdout and all else on stderr, to be piped."""
    from ghost_engine.cli.panel import facts, show, verdict

    names = ", ".join(image.name for image in images)
    if sys.stdout.isatty():
        progress("")
        show(result, names, show_sql)
        return
    known = dict(facts(result))
    word = verdict(result) if result.report else "nothing found"
    mention(" | ".join([names, word, *(f"{name}: {words}" for name, words in known.items())]))
    if result.reason:
        mention(result.reason)
    if show_sql and result.sql:
        say(result.sql.rstrip("\n"))
