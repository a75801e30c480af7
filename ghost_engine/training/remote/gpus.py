"""The GPUs that can be rented: memory, list price and when that was last seen (`gpus.toml`).

What is not in the list is refused in words: a name that nobody knows would fail at Modal minutes
later. Prices are list prices without taxes, credits and discounts: an estimate, never a bill.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from ghost_engine.errors import TrainingError
from ghost_engine.hardware import Card

DEFAULT = "A10G"
NO_GPU = "none"
_FILE = Path(__file__).with_name("gpus.toml")
_ALIASES = {"a10": "A10G", "a100-40gb": "A100", "cpu": NO_GPU}


@dataclass(frozen=True, slots=True)
class Gpu:
    """One kind of machine, with `cards` of one kind. `memory_gib` is one card's, `wire` what Modal
    calls it, "" for none."""

    name: str
    wire: str
    memory_gib: float
    capability: tuple[int, int]
    usd_per_hour: float
    """Of the cards, and the cores and the memory beside them."""
    card_usd_per_hour: float
    most: int
    seen: str
    cards: int = 1

    @property
    def card(self) -> Card | None:
        """As the estimate of memory takes it; None where there is no card."""
        if not self.wire:
            return None
        return Card(0, f"NVIDIA {self.name}", self.memory_gib, None, self.capability)

    def several(self, cards: int) -> Gpu:
        """A machine with so many of it.

        Raises:
            TrainingError: one machine has no such number.
        """
        if cards == 1:
            return self
        if not 1 <= cards <= self.most:
            raise TrainingError(
                f"One machine has at most {self.most} {self.name}, not {cards}.",
                "Set gpus lower, or choose another with --gpu.",
            )
        price = self.usd_per_hour + (cards - 1) * self.card_usd_per_hour
        return replace(self, wire=f"{self.wire}:{cards}", usd_per_hour=round(price, 4), cards=cards)

    def cost(self, seconds: float) -> float:
        """US dollars for so long."""
        return self.usd_per_hour * seconds / 3600


@dataclass(frozen=True, slots=True)
class Host:
    """What is asked for beside the card."""

    cores: float
    memory_gib: int


@cache
def known_gpus() -> dict[str, Gpu]:
    """By the name that `--gpu` takes, in the order of the file."""
    document = tomllib.loads(_FILE.read_text("utf-8"))
    host = document["host"]
    beside = host["cores"] * host["core_usd_per_second"]
    beside += host["memory_gib"] * host["gib_usd_per_second"]
    return {
        name: Gpu(
            name,
            entry["wire"],
            entry["memory_gib"],
            (entry["capability"][0], entry["capability"][1]),
            round(3600 * (entry["usd_per_second"] + beside), 4),
            round(3600 * entry["usd_per_second"], 4),
            entry["most"],
            entry["seen"],
        )
        for name, entry in document["gpu"].items()
    }


@cache
def host() -> Host:
    """The cores and the memory that every run asks for."""
    entry = tomllib.loads(_FILE.read_text("utf-8"))["host"]
    return Host(entry["cores"], entry["memory_gib"])


def find_gpu(name: str) -> Gpu:
    """The GPU of that name, however it is capitalised.

    Raises:
        TrainingError: nobody knows it; names those that are known.
    """
    wanted = name.strip().lower()
    wanted = _ALIASES.get(wanted, wanted).lower()
    found = next((gpu for key, gpu in known_gpus().items() if key.lower() == wanted), None)
    if found is None:
        known = ", ".join(known_gpus())
        raise TrainingError(f'"{name}" is no GPU that can be rented here.', f"Choose from {known}.")
    return found
