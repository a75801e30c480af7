"""What each part of a training step takes of the card, GiB, as a closed form of sizes.

One function a part, so that each can be held against a measurement and corrected alone. Bytes are
counted from the sources of the libraries; nothing is fitted. `memory` adds them up by moments.
The letters of the formulas: B batch, S tokens, H hidden, I feed-forward, L layers, V vocabulary,
P trained parameters, r rank.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from ghost_engine.training.config import TrainingConfig
from ghost_engine.training.shapes import Linear, ModelShape, adapter_tensors

Loader = Literal["plain", "unsloth"]

GIB = 2**30
FLOAT = 4
NF4_BYTES = 0.5 + 1 / 64 + 4 / (64 * 256)
"""Bytes a weight in NF4: half a byte, an 8-bit scale a 64 weights, a float a 256 scales."""

LOSS_ROWS = 256
"""Answer positions whose logits the plain loader has at a time: `lean.LOGIT_ROWS`."""

_ADAM_BLOCK = 256
_ADAM_SMALLEST = 4096
_UNSLOTH_LOSS_BYTES = 14
_UNSLOTH_CHUNK_GIB = 4.0
_UNSLOTH_CHUNK_BYTES = 16


@dataclass(frozen=True)
class Step:
    """One forward and backward pass as the card meets it.

    `tokens` is the length of the longest row; `has_bf16` is the card's.
    """

    config: TrainingConfig
    shape: ModelShape
    loader: Loader
    tokens: int
    has_bf16: bool = True

    @property
    def is_unsloth(self) -> bool:
        return self.loader == "unsloth"

    @property
    def positions(self) -> int:
        """B x S."""
        return self.config.batch_size * self.tokens

    @property
    def patches(self) -> int:
        """Squares of all pictures in the batch; 0 in the text phase."""
        vision = self.shape.vision
        if vision is None or self.config.phase == "text":
            return 0
        return self.config.batch_size * vision.patches

    @property
    def tunes_vision(self) -> bool:
        return self.config.tune_vision and self.shape.vision is not None

    @property
    def precision(self) -> Literal["bf16", "fp16", "fp32"]:
        """What `auto` becomes, as `model.load_model` decides it."""
        if self.config.precision != "auto":
            return self.config.precision
        if self.config.device == "cpu":
            return "fp32"
        if self.has_bf16:
            return "bf16"
        return "fp16" if self.is_unsloth else "fp32"

    @property
    def work_bytes(self) -> int:
        """Bytes of a number that a linear layer puts out."""
        return FLOAT if self.precision == "fp32" else 2

    @property
    def stream_bytes(self) -> int:
        """Bytes of a number between the blocks: Unsloth keeps float32 there when asked for fp16."""
        return FLOAT if self.is_unsloth and self.precision == "fp16" else self.work_bytes

    @property
    def accumulates(self) -> bool:
        """Whether a card works on several batches a step: gradients live through all but one."""
        batches, gpus = self.config.gradient_accumulation_steps, self.config.gpus
        return batches > 1 if gpus == "all" else batches > gpus

    @property
    def targets(self) -> tuple[Linear, ...]:
        """The language model's linear layers with an adapter."""
        return tuple(each for each in self.shape.linears if each.name in self.config.target_modules)

    @cached_property
    def tensors(self) -> tuple[tuple[int, int], ...]:
        """The trained tensors, see `adapter_tensors`."""
        config = self.config
        return adapter_tensors(
            self.shape,
            config.target_modules,
            config.rank,
            dora=config.use_dora,
            vision=self.tunes_vision,
        )

    @cached_property
    def trained(self) -> int:
        """P."""
        return sum(elements * count for elements, count in self.tensors)


def weights(step: Step) -> float:
    """The frozen model: linear layers in NF4, the rest as it is computed with.

    Unsloth leaves the tower in 16 bits; the plain loader puts its linear layers in NF4 too, unless
    the checkpoint comes quantized without it.
    """
    shape, plain = step.shape, step.work_bytes
    packed = NF4_BYTES if step.config.load_in_4bit else plain
    held = shape.linear_weights * packed
    held += (shape.embedding + shape.norms + shape.projector) * plain
    if shape.vision is not None:
        tower = plain if step.is_unsloth or shape.wide_tower else packed
        held += shape.vision.linear_weights * tower + shape.vision.other_parameters * plain
    return held / GIB


def adapters(step: Step) -> float:
    """4P: float32 in both loaders; DoRA's magnitudes do not move in bf16."""
    return step.trained * FLOAT / GIB


def gradients(step: Step) -> float:
    """4P: as the adapters."""
    return step.trained * FLOAT / GIB


def buckets(step: Step) -> float:
    """4P where several cards train together: PyTorch's DDP keeps a copy of all gradients, in
    buckets that it sums over the cards while the backward pass goes on. All else is on each card
    as it would be on one."""
    return 0.0 if step.config.gpus == 1 else step.trained * FLOAT / GIB


def optimizer(step: Step) -> float:
    """Adam's two moments: 8P, or 2.03P in 8 bits (tensors under 4,096 numbers stay in float32).

    Paged states live in managed memory, which torch does not count and the card may push out.
    """
    if step.config.optimizer == "paged_adamw_8bit":
        return 0.0
    if step.config.optimizer == "adamw_torch":
        return step.trained * 2 * FLOAT / GIB
    return sum(count * _adam_8bit(elements) for elements, count in step.tensors) / GIB


def optimizer_workspace(step: Step) -> float:
    """4P for torch's Adam, which takes the root of all second moments at once; 8 bits need none."""
    return step.trained * FLOAT / GIB if step.config.optimizer == "adamw_torch" else 0.0


def checkpoints(step: Step) -> float:
    """L x B x S x H: what each block began with, kept to compute it again.

    Unsloth keeps it in the host's memory.
    """
    if step.is_unsloth:
        return 0.0
    return step.shape.layers * hidden_states(step)


def hidden_states(step: Step) -> float:
    """B x S x H, once."""
    return step.positions * step.shape.hidden * step.stream_bytes / GIB


def block(step: Step) -> float:
    """One block computed again, with all that its backward pass needs, at its fullest."""
    return block_kept(step) + block_gradients(step)


def block_kept(step: Step) -> float:
    """What autograd keeps of a block: a test counts it.

    Per position: four norms and those of queries and keys keep their input in float32; attention
    keeps queries, keys and values (repeated to as many heads) and its output; the feed-forward
    three of width I; then what the adapters keep, and they themselves in the type of the step.
    """
    shape, work = step.shape, step.work_bytes
    queries, keys = shape.heads * shape.head_size, shape.key_value_heads * shape.head_size
    norms = 4 * shape.hidden * FLOAT + (queries + keys) * FLOAT
    attention = 4 * queries * work
    feed_forward = 3 * shape.feed_forward * _between(step)
    inside = len(step.targets) * step.config.rank * work
    each = norms + attention + feed_forward + inside + _adapter_inputs(step) + _dora_outputs(step)
    casts = sum(step.config.rank * (each.inputs + each.outputs) for each in step.targets) * work
    return (step.positions * each + casts) / GIB


def block_gradients(step: Step) -> float:
    """What is on its way back at the fullest moment, in the feed-forward: two of width I beside
    the residual stream's two."""
    inner, outer = 2 * step.shape.feed_forward * step.work_bytes, 2 * hidden_states(step)
    return step.positions * inner / GIB + outer


def logits(step: Step) -> float:
    """Logits, their softmax and gradient at the fullest moment of the loss, and what is around it.

    Plain: 256 answer positions at a time, in float32, and what their log-sum-exp makes of them;
    around it the last norm's input in float32, and the last hidden states, the answer's of them and
    their gradient. Unsloth: 14 bytes a logit, in a multiple of
    four chunks of at most 4 GiB at 16 bytes (smaller ones where less than 8 GiB are free: then it
    takes less than is said here).
    """
    vocabulary, around = step.shape.vocabulary, hidden_states(step)
    if not step.is_unsloth:
        rows = min(LOSS_ROWS, step.positions)
        last = step.positions * step.shape.hidden * FLOAT / GIB
        return rows * vocabulary * 2 * FLOAT / GIB + last + 3 * around
    fours = step.positions * vocabulary * _UNSLOTH_CHUNK_BYTES / GIB / _UNSLOTH_CHUNK_GIB / 4
    rows = math.ceil(step.positions / (4 * math.ceil(fours)))
    return rows * vocabulary * _UNSLOTH_LOSS_BYTES / GIB + 2 * around


def vision_kept(step: Step) -> float:
    """What the tower keeps for its backward pass: what each block began with, if it is tuned.

    A frozen tower keeps nothing; Unsloth keeps it in the host's memory.
    """
    vision = step.shape.vision
    if vision is None or not step.tunes_vision or step.is_unsloth:
        return 0.0
    return vision.layers * step.patches * vision.hidden * step.work_bytes / GIB


def vision_block(step: Step) -> float:
    """One block of the tower computed again: two norms in float32, attention, feed-forward."""
    vision, work = step.shape.vision, step.work_bytes
    if vision is None or not step.tunes_vision:
        return 0.0
    each = 4 * vision.hidden * FLOAT + (6 * vision.hidden + 3 * vision.feed_forward) * work
    if step.config.use_dora:
        each += (2 if step.is_unsloth else 1) * sum(one.outputs for one in vision.linears) * work
    return step.patches * each / GIB


def masks(step: Step) -> float:
    """B x S x S: who may look at whom, for near and for far blocks, and once as numbers to add;
    and the pictures themselves."""
    pairs = step.config.batch_size * step.tokens**2
    vision = step.shape.vision
    pixels = step.patches * vision.patch_size**2 * vision.channels if vision else 0
    return (pairs * (2 + step.work_bytes) + pixels * FLOAT) / GIB


def block_workspace(step: Step) -> float:
    """What a block needs for a moment beside what it keeps: its widest weight unpacked, and DoRA's
    norms.

    The plain loader takes those norms when the adapters have moved, on the way forward, where there
    is room, and keeps them. PEFT, and so Unsloth, takes them every time, by an identity matrix as
    wide as the layer's input and sums as large as the weight.
    """
    widest = max(step.shape.linears, key=lambda linear: linear.weights)
    unpacked = widest.weights * step.work_bytes if step.config.load_in_4bit else 0
    return (unpacked + _dora_workspace(step)) / GIB


def _dora_workspace(step: Step) -> int:
    if not step.config.use_dora or not step.targets:
        return 0
    if not step.is_unsloth:
        return 2 * step.shape.layers * sum(each.outputs for each in step.targets) * FLOAT
    widest = max(step.targets, key=lambda linear: linear.inputs)
    return widest.inputs**2 * (FLOAT + step.work_bytes) + widest.weights * step.work_bytes


def _adapter_inputs(step: Step) -> float:
    """Bytes a position that adapters keep of their inputs: shared by layers with one input, unless
    dropout gives each its own copy and a mask of a byte."""
    if step.config.dropout > 0:
        return sum(each.inputs for each in step.targets) * (step.work_bytes + 1)
    shared = {_input_of(each.name): each.inputs for each in step.targets}
    shared.pop("o_proj", None)  # attention's output, which attention itself keeps
    return sum(shared.values()) * step.work_bytes


def _dora_outputs(step: Step) -> float:
    """DoRA's magnitudes learn from the outputs: PEFT keeps the base layer's and the adapter's, the
    plain loader their sum."""
    if not step.config.use_dora:
        return 0.0
    kept = 2 if step.is_unsloth else 1
    return kept * sum(each.outputs for each in step.targets) * step.work_bytes


def _between(step: Step) -> int:
    """Bytes of a number inside the feed-forward: PEFT's DoRA puts out float32."""
    widened = step.is_unsloth and step.config.use_dora and "up_proj" in step.config.target_modules
    return FLOAT if widened else step.work_bytes


def _input_of(name: str) -> str:
    attention, feed_forward = ("q_proj", "k_proj", "v_proj"), ("gate_proj", "up_proj")
    groups = {**dict.fromkeys(attention, "attention"), **dict.fromkeys(feed_forward, "forward")}
    return groups.get(name, name)


def _adam_8bit(elements: int) -> float:
    if elements < _ADAM_SMALLEST:
        return elements * 2 * FLOAT
    return elements * 2 + 2 * FLOAT * -(-elements // _ADAM_BLOCK)
