"""The `ghost` command: reads arguments, calls the engine, prints. It holds no logic.

A contract: exit 0 on success, 1 when the thing asked for failed, 2 on wrong usage; with `--json`
exactly one JSON document on stdout; errors are one line on stderr that says what to do next.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from ghost_engine.cli import (
    annotate,
    data,
    evaluate,
    export,
    infer,
    machine,
    quality,
    runs,
    sql,
    synth,
    train,
)
from ghost_engine.cli.say import complain
from ghost_engine.errors import GhostError


class _Commands(TyperGroup):
    """The commands; Ctrl+C reaches `run`, where typer would end with 130 and no word."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise typer.Abort() from error


app = typer.Typer(
    cls=_Commands,
    help="Screenshots in, PostgreSQL schemas that really run out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("doctor")(machine.doctor)
app.command("infer")(infer.infer)
app.command("eval")(evaluate.evaluate)
app.add_typer(sql.app, name="sql")
data.app.command("check")(quality.check)
data.app.command("split")(quality.split)
data.app.command("stats")(quality.stats)
data.app.command("synth")(synth.synth)
app.add_typer(data.app, name="data")
app.command("annotate")(annotate.annotate)
app.command("train")(train.train)
app.command("export")(export.export)
app.add_typer(runs.app, name="runs")


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
        complain(str(error), arguments, {"error": error.message, "hint": error.hint})
        return 1
    except typer.Abort:
        complain("Stopped.", arguments, {"error": "Stopped."})
        return 130
    except TyperException as error:  # every complaint about the usage
        message = f"{error.format_message()} See `ghost {_command(arguments)}--help`."
        complain(message, arguments, {"error": message})
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _command(arguments: Sequence[str]) -> str:
    """The words of the command that were understood, each with a blank after it."""
    groups = {group.name: group.typer_instance for group in app.registered_groups}
    known = {command.name for command in app.registered_commands} | set(groups)
    words = list(arguments[:1]) if arguments[:1] and arguments[0] in known else []
    if words and (group := groups.get(words[0])) is not None:
        inner = {command.name for command in group.registered_commands}
        words += [word for word in arguments[1:2] if word in inner]
    return "".join(f"{word} " for word in words)
