"""`ghost train`: start a run and watch it, or only say what it would take."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ghost_engine.cli.say import AsJson, complain, mention, progress, say, say_json

if TYPE_CHECKING:
    from ghost_engine.hardware import Card
    from ghost_engine.jobs.records import Run
    from ghost_engine.training.config import TrainingConfig
    from ghost_engine.training.data import Step

WATCHING_ENDED = 130


def train(
    preset: Annotated[
        str | None, typer.Option(help="t4, a10g, text, or smoke (tiny, without a GPU).")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="A YAML file like those in configs/.")] = None,
    dataset: Annotated[
        str | None, typer.Option(help="A dataset file, or `store`: what was approved in Curate.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="key=value; may be given often.")
    ] = None,
    image_root: Annotated[
        Path | None, typer.Option(help="Where the dataset's picture paths are tried first.")
    ] = None,
    name: Annotated[str, typer.Option(help="For people; part of the run's id.")] = "",
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Only say how much of a card it would take.")
    ] = False,
    card: Annotated[
        str | None, typer.Option(help="Estimate for this card: t4, l4, a10g, a100, h100...")
    ] = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="Start it and return; `ghost runs` watches it.")
    ] = False,
    on: Annotated[
        str | None, typer.Option("--on", help="Train elsewhere: modal, or rehearsal (free, here).")
    ] = None,
    gpu: Annotated[
        str | None, typer.Option(help="With --on: T4, L4, A10G, L40S, A100, A100-80GB, H100, none.")
    ] = None,
    hours: Annotated[
        float | None, typer.Option(help="With --on: what may be paid for at once (12).")
    ] = None,
    secret: Annotated[
        str | None, typer.Option(help="With --on: a secret's name there that holds HF_TOKEN.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Start although something seems to be missing.")
    ] = False,
    help_settings: Annotated[
        bool, typer.Option("--help-settings", help="List every setting with its value.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Train an adapter in the background and watch it; Ctrl+C saves and stops.

    The run goes on when the terminal is closed. Without --preset and --config, the defaults.
    """
    asked = _config(preset, config, dataset, settings or [])
    if help_settings:
        return _list_settings(asked, as_json)
    if on is not None:
        from ghost_engine.cli.rent import Rent, estimate_rent, start_rented

        rent = Rent(on, gpu or "", hours, secret or "")
        if estimate:
            return estimate_rent(asked, rent, as_json)
        return start_rented(asked, rent, name, image_root, force, detach, as_json)
    if gpu or hours or secret:
        raise typer.BadParameter("--gpu, --hours and --secret go with --on modal.")
    if estimate or card:
        return _estimate(asked, card, preset, as_json)
    return _start(asked, name, image_root, force, detach, as_json)


def _config(
    preset: str | None, file: Path | None, dataset: str | None, settings: list[str]
) -> TrainingConfig:
    from ghost_engine.training.config import (
        TrainingConfig,
        load_config,
        load_preset,
        with_settings,
    )

    if preset and file:
        raise typer.BadParameter("--preset and --config: give one of the two.")
    config = load_preset(preset) if preset else load_config(file) if file else TrainingConfig()
    if dataset:
        config = config.changed(dataset=dataset)
    return with_settings(config, settings)


def _list_settings(config: TrainingConfig, as_json: bool) -> int:
    values = config.model_dump(mode="json")
    described = {name: str(field.description) for name, field in type(config).model_fields.items()}
    if as_json:
        rows = [{"name": key, "value": values[key], "help": described[key]} for key in described]
        say_json({"settings": rows})
        return 0
    for key, words in described.items():
        value = values[key]
        shown = ",".join(value) if isinstance(value, list) else "null" if value is None else value
        say(f"{key} = {shown}\n    {words}")
    return 0


def _estimate(config: TrainingConfig, named: str | None, preset: str | None, as_json: bool) -> int:
    from ghost_engine.hardware import KNOWN_CARDS
    from ghost_engine.training.memory import estimate_vram
    from ghost_engine.training.readiness import expected_loader
    from ghost_engine.training.shapes import find_shape

    shape = find_shape(config.base_model)
    card, here = _card(config, named, preset)
    loader = expected_loader(config, elsewhere=not here)
    found = estimate_vram(config, shape, card, loader=loader)
    fitting = [
        name
        for name, each in KNOWN_CARDS.items()
        if estimate_vram(config, shape, each, loader=loader).fits
    ]
    if as_json:
        document = found.to_dict()
        about = {"card": card.name if card else None, "model": shape.name, "fits_cards": fitting}
        say_json({"estimate_gib": document["total_gib"], **document, **about})
        return 0
    if config.device == "cpu" and card is None:
        say("It trains on the processor: no card is needed.")
        return 0
    each = "" if config.gpus == 1 else " on each card"
    said = f"{found.total_gib:.1f} GiB at its peak{each} ({found.moment})"
    say(f"{said}, loader {loader}, {shape.name}")
    for part, gib in found.parts.items():
        say(f"  {part:12}{gib:7.2f}")
    say(f"  {'reserve':12}{found.reserved_gib - found.allocated_gib:7.2f}")
    say(f"  {'context':12}{found.context_gib:7.2f}")
    if card is not None:
        verdict = f"fits, {found.margin_gib:.1f} GiB left" if found.fits else "does not fit"
        say(f"On {card.name}, {card.total_gib:.1f} GiB: {verdict}.")
    say(f"Fits: {', '.join(fitting) or 'none of the known cards'}.")
    return 0


def _card(
    config: TrainingConfig, named: str | None, preset: str | None
) -> tuple[Card | None, bool]:
    """The card to estimate for, and whether it is this machine's."""
    from ghost_engine.hardware import KNOWN_CARDS, cards

    if named is not None:
        if named.lower() not in KNOWN_CARDS:
            known = ", ".join(KNOWN_CARDS)
            raise typer.BadParameter(f"{named} is no known card. Choose from: {known}.")
        return KNOWN_CARDS[named.lower()], False
    if config.device == "cpu":
        return None, True
    present = cards()
    if present:
        return present[0], True
    return KNOWN_CARDS.get(preset or ""), False


def _start(
    config: TrainingConfig,
    name: str,
    image_root: Path | None,
    force: bool,
    detach: bool,
    as_json: bool,
) -> int:
    from ghost_engine.training.start import start

    run = start(
        config,
        name=name,
        by=user(),
        image_root=image_root,
        force=force,
        progress=tell_freezing,
    )
    return begun(run, detach, as_json)


def begun(run: Run, detach: bool, as_json: bool) -> int:
    """Say what a new run trains on, and follow it."""
    from ghost_engine.training.data import read_frozen

    frozen = read_frozen(run.path)
    held = f", {frozen.validation} held back for validation" if frozen.validation else ""
    reasons = ", ".join(f"{code} {count}" for code, count in frozen.manifest["reasons"].items())
    left = f", {len(frozen.left_out)} left out ({reasons})" if frozen.left_out else ""
    mention(f"Run {run.id}: {frozen.train} examples{held}{left}.")
    for warning in frozen.warnings:
        mention(f"  {warning.message}")
    if detach:
        return told(run, as_json)
    mention("It goes on by itself. Ctrl+C saves and stops it.")
    return watch(run, as_json)


def watch(run: Run, as_json: bool) -> int:
    """Follow a run to its end; the exit code."""
    from ghost_engine.cli.follow import LeftAlone, ending, follow

    try:
        run = follow(run)
    except LeftAlone:
        mention(f"Left alone. `ghost runs show {run.id}` tells how it ends.")
        return WATCHING_ENDED
    if run.state in ("finished", "stopped"):
        mention(ending(run))
        return told(run, as_json)
    complain(ending(run), (), {})
    told(run, as_json)
    return 1


def told(run: Run, as_json: bool) -> int:
    """The run on stdout: its folder, or its fields; what it made, if it is an export."""
    from ghost_engine.annotate.runs import KIND as ANNOTATION
    from ghost_engine.cli.annotate import told_annotation
    from ghost_engine.cli.export import told_export
    from ghost_engine.export import KIND as EXPORT
    from ghost_engine.jobs.metrics import read_metrics
    from ghost_engine.training.summary import summarize

    if run.job.kind == EXPORT:
        return told_export(run, as_json)
    if run.job.kind == ANNOTATION:
        return told_annotation(run, as_json)
    if as_json:
        say_json({**run.to_dict(), "metrics": summarize(read_metrics(run.folder))})
    else:
        say(str(run.path))
    return 0


def tell_freezing(step: Step) -> None:
    of: Any = f" of {step.total}" if step.total else ""
    progress(f"{step.phase} the examples: {step.done}{of}")


def user() -> str:
    """Who sits here, for the record of a run."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a user database
        return ""
