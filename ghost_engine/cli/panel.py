"""A result as a panel on a terminal: the SQL in colours, the verdict, and how it came about.

The words and colours of the verdict are those of the pages; colour is never alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from ghost_engine.inference.protocol import Attempt, Result, Usage

_LOOKS = {
    "runs": ("✓", "green"),
    "runs after repair": ("✓", "yellow"),
    "fails": ("✗", "red"),
    "not checked": ("?", "bright_black"),
}


def verdict(result: Result) -> str:
    """The one word of a result."""
    if result.report is None:
        return "not checked"
    if result.valid and any(
        each.how == "repaired" and each.sql == result.sql for each in result.attempts
    ):
        return "runs after repair"
    return result.report.status


def show(result: Result, name: str, with_sql: bool = True, console: Console | None = None) -> None:
    """Print the panel on stdout.

    Args:
        result: what to show.
        name: of the screens.
        with_sql: the script too, not only what is known of it.
        console: another place to print on.
    """
    from rich.box import HORIZONTALS
    from rich.console import Console, Group
    from rich.panel import Panel

    word = verdict(result)
    icon, colour = _LOOKS[word]
    parts: list[RenderableType] = []
    if with_sql and result.sql.strip():
        parts += [_script(result.sql), ""]
    parts += [*_problems(result), _facts(result)]
    (console or Console(file=sys.stdout)).print(
        Panel(
            Group(*parts),
            title=f"[bold]{_plain(name)}[/]  [{colour}]{icon} {word}[/]",
            title_align="left",
            border_style=colour,
            box=HORIZONTALS,  # no bars at the sides: the SQL can be marked and copied
            padding=0,
        )
    )


def _script(sql: str) -> RenderableType:
    from rich.syntax import Syntax

    colours = "ansi_dark"  # the terminal's own, which are made for its background
    return Syntax(
        sql.strip("\n"), "postgresql", theme=colours, background_color="default", word_wrap=True
    )


def _problems(result: Result) -> Iterator[RenderableType]:
    from rich.text import Text

    for problem in result.report.errors[:5] if result.report else ():
        where = f"line {problem.line}: {problem.message}"
        yield Text(" ".join(filter(None, (where, problem.hint))), style="red")
    if result.reason:
        yield Text(result.reason, style="yellow")


def _facts(result: Result) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bright_black")
    grid.add_column(overflow="fold")
    for name, words in facts(result):
        grid.add_row(name, Text(words))
    return grid


def facts(result: Result) -> Iterator[tuple[str, str]]:
    """What is known of a result, each under its name."""
    if result.tables:
        yield "Tables", f"{len(result.tables)}: {', '.join(result.tables)}"
    model = f", {result.model}" if result.model else ""
    form = f", as {result.form}" if result.form not in (None, "sql") else ""
    yield "Engine", f"{result.title}{model}{form} ({result.note})"
    yield "Time", _time(result)
    if result.usage is not None:
        words = _tokens(result)
        if words:
            yield "Tokens", words
    if len(result.attempts) > 1:
        yield "Attempts", ", then ".join(_attempt(each) for each in result.attempts)
    if result.disagreement is not None:
        yield "Agreement", f"{1 - result.disagreement:.0%} between the answers"
    if result.usage is not None and result.usage.cost_usd is not None:
        yield "Cost", f"${result.usage.cost_usd:.4f}"


def _time(result: Result) -> str:
    whole = f"{result.seconds:.1f} s"
    first = result.usage.first_token_seconds if result.usage else None
    return whole if first is None else f"{whole}, first token after {first:.1f} s"


def _tokens(result: Result) -> str:
    usage = result.usage
    if usage is None or usage.answer_tokens is None:
        return ""
    words = [f"{usage.answer_tokens:,} written"]
    if usage.prompt_tokens is not None:
        words.append(f"{usage.prompt_tokens:,} read")
    speeds = [s for s in (_speed(each.usage) for each in result.attempts) if s is not None]
    if speeds:
        words.append(f"{sum(speeds) / len(speeds):.1f} tokens/s")
    return ", ".join(words)


def _speed(usage: Usage | None) -> float | None:
    """Tokens a second of one answer, from its first token on."""
    if usage is None or not usage.answer_tokens or usage.seconds is None:
        return None
    took = usage.seconds - (usage.first_token_seconds or 0.0)
    return (usage.answer_tokens - 1) / took if took > 0 and usage.answer_tokens > 1 else None


def _attempt(attempt: Attempt) -> str:
    if attempt.report is None:
        return f"{attempt.how}: nothing written"
    errors = len(attempt.report.errors)
    failed = f"{errors} error{'s' if errors != 1 else ''}" if errors else attempt.report.status
    return f"{attempt.how}: {'runs' if attempt.report.valid else failed}"


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)
