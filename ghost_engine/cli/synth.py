"""`ghost data synth`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ghost_engine.cli.say import AsJson, mention, progress, say, say_json

if TYPE_CHECKING:
    from ghost_engine.collect.synth.generate import Advance

_MOST = 1_000_000


def synth(
    count: Annotated[int, typer.Option(min=1, max=_MOST, help="Pairs in the folder at the end.")],
    out: Annotated[Path, typer.Option(help="The folder; an earlier run there goes on.")],
    seed: Annotated[int, typer.Option(help="The same seed makes the same pairs.")] = 1,
    domain: Annotated[
        list[str] | None, typer.Option(help="Only this domain; may be given twice.")
    ] = None,
    framework: Annotated[
        list[str] | None, typer.Option(help="Only this CSS framework; may be given twice.")
    ] = None,
    double: Annotated[
        float, typer.Option(min=0, max=1, help="Share of desktop screens at 2 device pixels.")
    ] = 0.2,
    validation: Annotated[
        bool,
        typer.Option("--held-out", help="Use the domains and frameworks kept for validation."),
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Make screenshots whose schemas are known exactly; docs/synthetic.md says how.

    Without --domain, --framework or --held-out, all but those kept for validation are used.
    """
    from ghost_engine.collect.synth import held_out
    from ghost_engine.collect.synth.domain import domain_names
    from ghost_engine.collect.synth.generate import Order, generate
    from ghost_engine.collect.synth.looks import frameworks

    order = Order(
        count,
        seed,
        _known(domain, domain_names(), "domain") or (held_out.DOMAINS if validation else ()),
        _known(framework, frameworks(), "framework") or (held_out.FRAMEWORKS if validation else ()),
        double,
    )
    made = generate(order, out, progress=_tell)
    document = {
        "written": made.written,
        "kept": made.kept,
        "again": made.again,
        "pairs": str(made.pairs),
        "seconds": round(made.seconds, 2),
    }
    if as_json:
        say_json(document)
        return 0
    rate = f", {made.written / made.seconds:.1f} a second" if made.written else ""
    mention(f"{made.written} pairs made, {made.kept} were there{rate}.")
    say(str(made.pairs))
    return 0


def _known(chosen: list[str] | None, known: tuple[str, ...], noun: str) -> tuple[str, ...]:
    for name in chosen or ():
        if name not in known:
            raise typer.BadParameter(f"{name} is no {noun}. Choose from: {', '.join(known)}.")
    return tuple(dict.fromkeys(chosen or ()))


def _tell(advance: Advance) -> None:
    left = f", about {advance.left_seconds:.0f} s left" if advance.left_seconds is not None else ""
    progress(f"{advance.done} of {advance.total}{left}")
