"""How much of a card a training run will take, predicted in milliseconds without torch.

`estimate_vram` walks through the moments of a step at which memory can peak and adds up the parts
that live then (`footprint`). `Comparison` keeps a prediction beside what was measured. The host's
memory is not estimated. See docs/memory.md for the table of both.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ghost_engine import hardware
from ghost_engine.hardware import Card
from ghost_engine.training import footprint
from ghost_engine.training.config import TrainingConfig
from ghost_engine.training.footprint import GIB, Loader, Step
from ghost_engine.training.shapes import ModelShape

PARTS = (
    "weights",
    "adapters",
    "gradients",
    "optimizer",
    "activations",
    "logits",
    "vision",
    "workspace",
)
FRAGMENTATION: dict[Loader, float] = {"unsloth": 1.03, "plain": 1.07}
"""Reserved over allocated, since the allocator keeps whole blocks: 1.02 to 1.03 was measured with
Unsloth, 1.04 to 1.10 on the plain path."""

CONTEXT_GIB = 0.9
"""What CUDA, cuBLAS and the kernels take beside torch's memory; 0.5 to 1.4 was measured."""

NCCL_GIB = 0.9
"""What NCCL and its buffers take on each of several cards beside that: 0.8 to 0.9 was measured on
two cards. More cards may take more."""

MARGIN_GIB = 0.3
"""What must be left over before a run is said to fit."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The predicted peak. `parts` are those of the peak's `moment` and add up to `allocated_gib`.

    `reserved_gib` is what torch takes for that, `total_gib` with the CUDA context, and with NCCL
    where several cards train: what `nvidia-smi` shows. `margin_gib` is what the card, or the
    configured limit, has left; it and `fits` are None without a card.
    """

    loader: Loader
    moment: str
    parts: Mapping[str, float]
    moments: Mapping[str, float]
    allocated_gib: float
    reserved_gib: float
    context_gib: float
    total_gib: float
    margin_gib: float | None = None
    fits: bool | None = None

    def to_dict(self) -> dict[str, Any]:
        """For JSON, GiB to three digits."""
        values = asdict(self)
        for name in ("parts", "moments"):
            values[name] = {key: round(gib, 3) for key, gib in values[name].items()}
        return {
            key: round(each, 3) if isinstance(each, float) else each for key, each in values.items()
        }


@dataclass(frozen=True, slots=True)
class Measured:
    """Peaks that torch counted, and what the driver says the card held (None if it does not)."""

    allocated_gib: float
    reserved_gib: float
    device_gib: float | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A prediction and a measurement side by side: a run's `memory.json`."""

    predicted: Mapping[str, Any]
    measured: Measured

    @property
    def error(self) -> float:
        """Predicted over measured peak allocation, less one: 0.05 is 5 % too much."""
        return float(self.predicted["allocated_gib"]) / self.measured.allocated_gib - 1

    def to_dict(self) -> dict[str, Any]:
        values = asdict(self.measured)
        measured = {key: None if gib is None else round(gib, 3) for key, gib in values.items()}
        error = round(self.error, 4) if self.measured.allocated_gib else None
        return {"predicted": dict(self.predicted), "measured": measured, "error": error}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Comparison:
        return cls(values["predicted"], Measured(**values["measured"]))


def estimate_vram(
    config: TrainingConfig,
    shape: ModelShape,
    card: Card | None = None,
    *,
    loader: Loader = "plain",
    tokens: int | None = None,
) -> Estimate:
    """The peak of a training step and what it is made of; of several cards, that of each.

    Args:
        config: the run.
        shape: the model; see `shapes.find_shape`.
        card: what it should fit on; also decides whether there is bf16.
        loader: the two differ in what they keep where.
        tokens: the longest row, picture included; the whole context if None.
    """
    step = Step(
        config,
        shape,
        loader,
        min(tokens or config.max_seq_length, config.max_seq_length),
        card is None or card.has_bf16,
    )
    moments = _moments(step)
    totals = {name: sum(parts.values()) for name, parts in moments.items()}
    moment = max(totals, key=lambda name: totals[name])
    allocated = totals[moment]
    reserved = allocated * FRAGMENTATION[loader]
    margin = _margin(config, card, reserved)
    return Estimate(
        loader=loader,
        moment=moment,
        parts=moments[moment],
        moments=totals,
        allocated_gib=allocated,
        reserved_gib=reserved,
        context_gib=_beside_torch(config),
        total_gib=reserved + _beside_torch(config),
        margin_gib=margin,
        fits=None if margin is None else margin >= MARGIN_GIB,
    )


def reset_peak() -> None:
    """Starts a new measurement of the peak; nothing happens without CUDA."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()


def measure_peak() -> Measured | None:
    """The peak in this process since `reset_peak`, or since it started; None without CUDA.

    `device_gib` is what the card holds now, all programs on it together.
    """
    import torch

    if not torch.cuda.is_available():
        return None
    row = hardware.sample(os.getpid())
    return Measured(
        torch.cuda.max_memory_allocated() / GIB,
        torch.cuda.max_memory_reserved() / GIB,
        None if row is None else float(row["used_gib"]),
    )


def compare(estimate: Estimate, measured: Measured) -> Comparison:
    """A prediction beside a measurement, for `memory.json`."""
    return Comparison(estimate.to_dict(), measured)


def _moments(step: Step) -> dict[str, dict[str, float]]:
    """The parts at each moment that can be the peak.

    Gradients of an earlier batch live through the whole step where several are accumulated.
    """
    gradients = footprint.gradients(step)
    carried = gradients if step.accumulates else 0.0
    kept, tower = footprint.checkpoints(step), footprint.vision_kept(step)
    block, workspace = footprint.block(step), footprint.block_workspace(step)
    one = kept / max(1, step.shape.layers)
    moments = {
        "loss": _parts(
            step,
            gradients=carried,
            activations=kept,
            logits=footprint.logits(step),
            vision=tower,
        ),
        "backward of the last block": _parts(
            step,
            gradients=carried,
            activations=kept + block,
            vision=tower,
            workspace=workspace,
        ),
        "backward of the first block": _parts(
            step,
            gradients=gradients,
            activations=one + block,
            vision=tower,
            workspace=workspace,
        ),
        "optimizer": _parts(
            step, gradients=gradients, workspace=footprint.optimizer_workspace(step)
        ),
    }
    if step.tunes_vision:
        moments["backward of the tower"] = _parts(
            step, gradients=gradients, vision=tower + footprint.vision_block(step)
        )
    return moments


def _parts(step: Step, **living: float) -> dict[str, float]:
    """What is always there, and what lives at this moment."""
    found = dict.fromkeys(PARTS, 0.0)
    found["gradients"] = footprint.buckets(step)
    found["weights"] = footprint.weights(step)
    found["adapters"] = footprint.adapters(step)
    found["optimizer"] = footprint.optimizer(step)
    found["workspace"] = footprint.masks(step)
    for name, gib in living.items():
        found[name] += gib
    return found


def _beside_torch(config: TrainingConfig) -> float:
    return CONTEXT_GIB if config.gpus == 1 else CONTEXT_GIB + NCCL_GIB


def _margin(config: TrainingConfig, card: Card | None, reserved: float) -> float | None:
    """What is left on the card, or of the limit that the run was given, whichever is less."""
    left = [] if card is None else [card.total_gib - reserved - _beside_torch(config)]
    if config.memory_limit_gib is not None:
        left.append(config.memory_limit_gib - reserved)
    return min(left, default=None)
