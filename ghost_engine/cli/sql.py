"""`ghost sql`: judge, mend, compare, convert."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ghost_engine.cli.say import AsJson, read_text, say, say_json
from ghost_engine.errors import GhostError

if TYPE_CHECKING:
    from ghost_engine.sql.compare import Comparison
    from ghost_engine.sql.report import Report

app = typer.Typer(
    help="Judge, mend, compare and convert SQL.", no_args_is_help=True, rich_markup_mode=None
)

SqlFile = Annotated[str, typer.Argument(help="A file of SQL, or - for stdin.")]


@app.command("check")
def check(
    file: SqlFile,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend it if it does not run, and name each change.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Run a script in a sandboxed PostgreSQL, say whether it works and what would be better."""
    return _repair(file, as_json) if repair else _check(file, as_json)


def _check(file: str, as_json: bool) -> int:
    from ghost_engine.sql import check as judge
    from ghost_engine.sql.lint import advise

    script = read_text(file)
    report = judge(script)
    advice = advise(script, report.schema) if report.valid else ()
    if as_json:
        listed = [asdict(each) for each in advice]
        say_json({**report.to_dict(), "repaired_sql": None, "changes": [], "advice": listed})
    else:
        _say_report(report, file)
        for each in advice:
            typer.echo(f"{file}:{each.line}: advice: {each.message}", err=True)
    return 0 if report.valid else 1


def _repair(file: str, as_json: bool) -> int:
    """The verdict stays that of the script as given; the exit code is that of the repaired one."""
    from ghost_engine.sql.repair import repair

    mended = repair(read_text(file))
    if as_json:
        say_json({**mended.before.to_dict(), **mended.to_dict()})
    else:
        for change in mended.changes:
            typer.echo(f"{file}:{change.line}: {change.reason}", err=True)
        for problem in mended.after.errors:
            typer.echo(f"still wrong: {problem.message}", err=True)
        say(mended.sql.rstrip("\n"))
    return 0 if mended.after.valid else 1


@app.command("compare")
def compare(
    predicted: Annotated[str, typer.Argument(help="The schema to score, or - for stdin.")],
    reference: Annotated[str, typer.Argument(help="The schema taken for right.")],
    as_json: AsJson = False,
) -> int:
    """Score one schema against another; docs/evaluation.md says how."""
    from ghost_engine.sql.compare import compare as score

    comparison = score(read_text(predicted), read_text(reference))
    if as_json:
        say_json(comparison.to_dict())
    else:
        _say_comparison(comparison)
    return 0


@app.command("convert")
def convert_file(
    file: SqlFile,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            help="mermaid, dot, svg, json, dbml, sqlalchemy, django, jsonschema, mysql or sqlite.",
        ),
    ],
    as_json: AsJson = False,
) -> int:
    """Write a schema in another form."""
    from ghost_engine.sql.render.convert import CONVERSIONS, convert

    if to not in CONVERSIONS:
        raise typer.BadParameter(f"--to {to}: choose one of {', '.join(CONVERSIONS)}.")
    script = read_text(file)
    try:
        text = convert(script, to)
    except GhostError as error:
        raise GhostError(f"{file}: {error.message}", error.hint) from error
    if as_json:
        say_json({"text": text})
    else:
        say(text.rstrip("\n"))
    return 0


def _say_report(report: Report, file: str) -> None:
    for note in report.notes:
        say(f"note: {note}")
    for problem in report.errors:
        hint = f" {problem.hint}" if problem.hint else ""
        message = problem.message.rstrip(".")
        say(f"{file}:{problem.line}:{problem.column}: {message}.{hint}")
    count = len(report.schema.tables)
    made = f": {count} {'table' if count == 1 else 'tables'}" if report.valid else ""
    say(f"{report.status}{made}")


def _say_comparison(comparison: Comparison) -> None:
    if comparison.reason:
        say(comparison.reason)
    say(f"score {comparison.score:.3f}, strict {comparison.strict_score:.3f}")
    parts: dict[str, Any] = comparison.lenient.to_dict()
    for name, part in parts.items():
        if isinstance(part, dict) and "f1" in part:
            say(f"{name:13} p {part['p']:.3f}  r {part['r']:.3f}  f1 {part['f1']:.3f}")
