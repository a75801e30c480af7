"""`ghost train --on modal`: the price before, then a run that is watched like any other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ghost_engine.cli.say import mention, say, say_json
from ghost_engine.cli.train import begun, tell_freezing, user

if TYPE_CHECKING:
    from ghost_engine.training.config import TrainingConfig


@dataclass(frozen=True, slots=True)
class Rent:
    """What was said about it; "" and None where nothing was."""

    where: str
    gpu: str
    hours: float | None
    secret: str


def estimate_rent(config: TrainingConfig, rent: Rent, as_json: bool) -> int:
    """What it would take of the card there, and what it would cost."""
    from ghost_engine.training.remote.start import HOURS, choose_gpu, estimate_on, quote

    gpu = choose_gpu(config, rent.gpu)
    found, price = estimate_on(config, gpu), quote(config, gpu, rent.hours or HOURS)
    if as_json:
        memory = found.to_dict() if found else {"total_gib": None, "fits": None}
        say_json({"estimate_gib": memory["total_gib"], **memory, **price.to_dict()})
        return 0
    if found is not None:
        verdict = f"fits, {found.margin_gib:.1f} GiB left" if found.fits else "does not fit"
        say(f"{found.total_gib:.1f} GiB at its peak; {gpu.name}, {gpu.memory_gib:.1f}: {verdict}.")
    say(price.words)
    say(f"List price as of {gpu.seen}; what Modal bills is what counts.")
    return 0


def start_rented(
    config: TrainingConfig,
    rent: Rent,
    name: str,
    image_root: Path | None,
    force: bool,
    detach: bool,
    as_json: bool,
) -> int:
    """Say the price, start, and watch."""
    from ghost_engine.training.remote.start import HOURS, choose_gpu, quote, start_remote

    hours = HOURS if rent.hours is None else rent.hours
    gpu = choose_gpu(config, rent.gpu)
    if rent.where == "modal":
        mention(quote(config, gpu, hours).words)
    run = start_remote(
        config,
        rent.where,
        gpu=gpu.name,
        hours=hours,
        secret=rent.secret,
        name=name,
        by=user(),
        image_root=image_root,
        force=force,
        progress=tell_freezing,
    )
    return begun(run, detach, as_json)
