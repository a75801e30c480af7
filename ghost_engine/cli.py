"""The `ghost` command: reads arguments, calls the engine, prints. It holds no logic.

A contract: exit 0 on success, 1 when the thing asked for failed, 2 on wrong usage; with `--json`
exactly one JSON document on stdout; errors are one line on stderr that says what to do next.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.exceptions import TyperException

from ghost_engine.errors import FileError, GhostError

if TYPE_CHECKING:
    from ghost_engine.inference.protocol import Result
    from ghost_engine.sql.report import Report

app = typer.Typer(
    help="Screenshots in, PostgreSQL schemas that really run out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
sql_app = typer.Typer(help="Judge and convert SQL.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(sql_app, name="sql")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


def main() -> NoReturn:
    """The console script; turns every outcome into an exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line.

    Returns:
        The exit code: 0, 1 or 2; 130 after Ctrl+C.
    """
    try:
        return int(app(list(arguments), prog_name="ghost", standalone_mode=False) or 0)
    except GhostError as error:
        _complain(str(error), arguments, {"error": error.message, "hint": error.hint})
        return 1
    except (KeyboardInterrupt, typer.Abort):
        _complain("Stopped.", arguments, {"error": "Stopped."})
        return 130
    except TyperException as error:  # every complaint about the usage
        message = f"{error.format_message()} See `ghost {_command(arguments)}--help`."
        _complain(message, arguments, {"error": message})
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


@app.command()
def doctor(as_json: AsJson = False) -> int:
    """What this machine has, and what to do about what it lacks."""
    from ghost_engine.doctor import examine, is_fit

    findings = examine(thorough=True)
    if as_json:
        _say_json({"ok": is_fit(findings), "checks": [each.to_dict() for each in findings]})
    else:
        for each in findings:
            hint = f"  ({each.hint})" if each.hint else ""
            _say(f"{each.status:8} {each.name}: {each.detail}{hint}")
    return 0 if is_fit(findings) else 1


@sql_app.command("check")
def sql_check(
    file: Annotated[str, typer.Argument(help="A file of SQL, or - for stdin.")],
    as_json: AsJson = False,
) -> int:
    """Run a script in a sandboxed PostgreSQL and say whether it works."""
    from ghost_engine.sql import check

    report = check(_read_text(file))
    if as_json:
        _say_json(report.to_dict())
    else:
        _say_report(report, file)
    return 0 if report.valid else 1


@sql_app.command("convert")
def sql_convert(
    file: Annotated[str, typer.Argument(help="A file of SQL, or - for stdin.")],
    to: Annotated[str, typer.Option("--to", help="mermaid, dot, json or svg.")],
    as_json: AsJson = False,
) -> int:
    """Write a schema in another form."""
    from ghost_engine.sql import check
    from ghost_engine.sql.render import FORMS, render

    if to not in FORMS:
        raise typer.BadParameter(f"--to {to}: choose one of {', '.join(FORMS)}.")
    report = check(_read_text(file))
    if not report.valid:
        problem = report.errors[0]
        place = f"{file}:{problem.line}:{problem.column}"
        raise GhostError(f"{place}: {problem.message}.", f"See `ghost sql check {file}`.")
    text = render(report.schema, to)
    if as_json:
        _say_json({"text": text})
    else:
        _say(text.rstrip("\n"))
    return 0


@app.command()
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
    results = [_infer_one(group, engine, quiet=as_json) for group in groups]
    for group, result in zip(groups, results, strict=True):
        if out is not None and result.sql:
            _write_text(_sql_path(out, group[0], images) if each else out, result.sql)
        if not as_json:
            _say_result(group, result, show_sql=out is None)
    if as_json:
        documents = [
            {"images": [str(image) for image in group], **result.to_dict()}
            for group, result in zip(groups, results, strict=True)
        ]
        _say_json({"results": documents} if each else documents[0])
    return 0 if all(result.valid for result in results) else 1


def _infer_one(images: Sequence[Path], engine: str, quiet: bool) -> Result:
    from ghost_engine.data.images import read_picture
    from ghost_engine.inference.protocol import Result
    from ghost_engine.inference.run import stream

    show = not quiet and sys.stderr.isatty()
    for item in stream([read_picture(image) for image in images], engine):
        if isinstance(item, Result):
            return item
        if show:
            typer.echo(f"\r\x1b[K{item.message}", err=True, nl=False)
            sys.stderr.flush()
    raise AssertionError("a stream ends with a result")


def _sql_path(folder: Path, image: Path, images: Sequence[Path]) -> Path:
    """Where --each writes an image's SQL; images of one name in two folders get numbers."""
    same = [other for other in images if other.stem == image.stem]
    number = f"-{same.index(image) + 1}" if len(same) > 1 else ""
    return folder / f"{image.stem}{number}.sql"


def _say_result(images: Sequence[Path], result: Result, show_sql: bool) -> None:
    """The SQL on stdout, all else on stderr, so that the output can be piped."""
    names = ", ".join(image.name for image in images)
    clear = "\r\x1b[K" if sys.stderr.isatty() else ""
    verdict = result.report.status if result.report else "nothing found"
    tables = f"{len(result.tables)} tables: {', '.join(result.tables)}" if result.tables else ""
    summary = [names, f"{result.title} ({result.note})", verdict, tables, f"{result.seconds:.1f} s"]
    typer.echo(clear + " | ".join(filter(None, summary)), err=True)
    if result.reason:
        typer.echo(result.reason, err=True)
    if show_sql and result.sql:
        _say(result.sql.rstrip("\n"))


def _say_report(report: Report, file: str) -> None:
    for note in report.notes:
        _say(f"note: {note}")
    for problem in report.errors:
        hint = f" {problem.hint}" if problem.hint else ""
        message = problem.message.rstrip(".")
        _say(f"{file}:{problem.line}:{problem.column}: {message}.{hint}")
    count = len(report.schema.tables)
    made = f": {count} {'table' if count == 1 else 'tables'}" if report.valid else ""
    _say(f"{report.status}{made}")


def _read_text(file: str) -> str:
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


def _write_text(path: Path, text: str) -> None:
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


def _complain(line: str, arguments: Sequence[str], document: dict[str, Any]) -> None:
    typer.echo(f"ghost: {' '.join(line.split())}", err=True)
    if "--json" in arguments:
        _say_json(document)


def _command(arguments: Sequence[str]) -> str:
    """The command's words, each with a blank after it."""
    words = [
        word for word in arguments[:2] if word in ("sql", "check", "convert", "infer", "doctor")
    ]
    return "".join(f"{word} " for word in words)


def _say(text: str) -> None:
    typer.echo(text)


def _say_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
