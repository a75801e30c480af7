"""What a run will take of the card, by part, before it starts."""

from __future__ import annotations

from html import escape

from ghost_engine.hardware import KNOWN_CARDS, Card, cards
from ghost_engine.notebook.say import Sheet, chip, table
from ghost_engine.training.config import SMOKE_MODEL, TrainingConfig
from ghost_engine.training.memory import Estimate, estimate_vram
from ghost_engine.training.readiness import expected_loader
from ghost_engine.training.shapes import find_shape


def fits(config: TrainingConfig, preset: str = "t4") -> Sheet:
    """The predicted peak on this machine's card; on the preset's where there is none.

    Raises:
        ConfigError: the base model's shape is not known beforehand.
    """
    if config.device == "cpu" or config.base_model == SMOKE_MODEL:
        return Sheet("It trains on the processor: no card is needed.", "No card is needed.")
    here = cards()
    card = here[0] if here else KNOWN_CARDS.get(preset)
    loader = expected_loader(config, elsewhere=not here)
    found = estimate_vram(config, find_shape(config.base_model), card, loader=loader)
    rows = [(escape(name), f"{gib:.2f} GiB") for name, gib in found.parts.items() if gib >= 0.005]
    rows.append(("reserve and CUDA", f"{found.total_gib - found.allocated_gib:.2f} GiB"))
    words = f"{found.total_gib:.1f} GiB at its peak, {loader} loader. {_verdict(found, card)}"
    tone = chip("fits", "good") if found.fits else chip("tight", "warning")
    return Sheet(f"{tone if card else ''} {escape(words)}{table(rows)}", words)


def _verdict(found: Estimate, card: Card | None) -> str:
    if card is None or found.margin_gib is None:
        return ""
    if found.fits:
        return f"{card.name} has {card.total_gib:.1f}: {found.margin_gib:.1f} are left."
    return (
        f"{card.name} has {card.total_gib:.1f}: a run that does not fit tries again with less, one"
        " step at a time. A shorter max_seq_length or a lower rank in SETTINGS spares it that."
    )
