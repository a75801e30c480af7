"""`ghost eval`."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ghost_engine.cli.say import AsJson, mention, progress, say, say_json

if TYPE_CHECKING:
    from ghost_engine.evaluation import Step


def evaluate(
    pairs: Annotated[Path, typer.Option(help="Screenshots and schemas: JSONL.")],
    engine: Annotated[str, typer.Option(help="auto, or an engine's name.")] = "auto",
    out: Annotated[
        Path | None, typer.Option(help="Keep answers and report in this folder; go on from it.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Ask again what was answered.")] = False,
    as_json: AsJson = False,
) -> int:
    """Score an engine over screenshots whose schemas are known; docs/evaluation.md says how."""
    from ghost_engine.evaluation import evaluate as run
    from ghost_engine.evaluation.report import markdown

    evaluation = run(engine, pairs, out, limit, on_step=_teller(), fresh=fresh)
    if as_json:
        say_json(evaluation.to_dict())
    else:
        mention(f"Written to {out}." if out else "Nothing was kept: name a folder with --out.")
        say(markdown(evaluation).rstrip("\n"))
    return 0 if evaluation.results else 1


def _teller() -> Callable[[Step], None]:
    """Tells of each pair, and how long the rest will take at the pace so far."""
    started, asked = time.monotonic(), 0

    def tell(step: Step) -> None:
        nonlocal asked
        asked += not step.kept
        pace = (time.monotonic() - started) / max(1, asked)
        left = pace * (step.total - step.done)
        progress(f"{step.done} of {step.total} ({step.pair}), about {left:.0f} s left")

    return tell
