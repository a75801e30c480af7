"""The sizes of a Gemma-3 model, and what follows from them: parameters, linear layers, adapters.

A shape comes from a `config.json` or, for the published sizes, from the name alone; no weights, no
torch, no network. Counts are exact: tests hold them against the models that transformers builds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ghost_engine.errors import ConfigError
from ghost_engine.training.config import SMOKE_MODEL

VISION_LINEARS = ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")
"""The vision tower's linear layers, all of which get an adapter when it is tuned."""

_SIZE = re.compile(r"gemma-?3-(4b|12b|27b)\b", re.IGNORECASE)
_HINT = "Name a folder with a config.json, or a Gemma-3 of 4b, 12b or 27b."


@dataclass(frozen=True, slots=True)
class Linear:
    """One linear layer of a block: `inputs` x `outputs` weights, and a bias in the tower."""

    name: str
    inputs: int
    outputs: int

    @property
    def weights(self) -> int:
        return self.inputs * self.outputs


@dataclass(frozen=True, slots=True)
class VisionShape:
    """A SigLIP tower: `layers` blocks over `patches` squares of a picture."""

    hidden: int = 1152
    feed_forward: int = 4304
    layers: int = 27
    heads: int = 16
    image_size: int = 896
    patch_size: int = 14
    channels: int = 3

    @property
    def patches(self) -> int:
        return int((self.image_size // self.patch_size) ** 2)

    @property
    def linears(self) -> tuple[Linear, ...]:
        """The linear layers of one block."""
        sides = {"fc1": (self.hidden, self.feed_forward), "fc2": (self.feed_forward, self.hidden)}
        return tuple(
            Linear(name, *sides.get(name, (self.hidden, self.hidden))) for name in VISION_LINEARS
        )

    @property
    def linear_weights(self) -> int:
        """Weights of all linear layers, without their biases: what 4 bits can hold."""
        return self.layers * sum(linear.weights for linear in self.linears)

    @property
    def other_parameters(self) -> int:
        """Patches, positions, norms and biases."""
        patch = self.channels * self.patch_size**2 * self.hidden + self.hidden
        norms = (2 * self.layers + 1) * 2 * self.hidden
        biases = self.layers * sum(linear.outputs for linear in self.linears)
        return patch + self.patches * self.hidden + norms + biases


@dataclass(frozen=True, slots=True)
class ModelShape:
    """A Gemma-3: a language model, and the tower and projector that show it pictures.

    `image_tokens` is what a picture takes of the context. `vision` is None for a text model.
    `wide_tower`: the checkpoint is quantized already, but for its tower.
    """

    name: str
    hidden: int
    feed_forward: int
    layers: int
    heads: int
    key_value_heads: int
    head_size: int
    vocabulary: int
    vision: VisionShape | None = None
    image_tokens: int = 256
    wide_tower: bool = False

    @property
    def linears(self) -> tuple[Linear, ...]:
        """The linear layers of one block of the language model, in the order of the config."""
        queries, keys = self.heads * self.head_size, self.key_value_heads * self.head_size
        return (
            Linear("q_proj", self.hidden, queries),
            Linear("k_proj", self.hidden, keys),
            Linear("v_proj", self.hidden, keys),
            Linear("o_proj", queries, self.hidden),
            Linear("gate_proj", self.hidden, self.feed_forward),
            Linear("up_proj", self.hidden, self.feed_forward),
            Linear("down_proj", self.feed_forward, self.hidden),
        )

    @property
    def linear_weights(self) -> int:
        """Weights of the language model's linear layers: what 4 bits hold."""
        return self.layers * sum(linear.weights for linear in self.linears)

    @property
    def embedding(self) -> int:
        """Parameters of the embedding, which is the head too (tied)."""
        return self.vocabulary * self.hidden

    @property
    def norms(self) -> int:
        """Parameters of the language model's norms."""
        return self.layers * (4 * self.hidden + 2 * self.head_size) + self.hidden

    @property
    def projector(self) -> int:
        """Parameters between the tower and the language model."""
        if self.vision is None:
            return 0
        return self.vision.hidden * self.hidden + self.vision.hidden

    @property
    def parameters(self) -> int:
        """All of them, the tied head once."""
        tower = self.vision.linear_weights + self.vision.other_parameters if self.vision else 0
        return self.linear_weights + self.embedding + self.norms + self.projector + tower


def adapter_tensors(
    shape: ModelShape, targets: Iterable[str], rank: int, *, dora: bool, vision: bool
) -> tuple[tuple[int, int], ...]:
    """Every trained tensor as (elements, how many of that size).

    Args:
        shape: the model.
        targets: names of the language model's linear layers that get an adapter.
        rank: LoRA rank r: A is (r, inputs), B is (outputs, r).
        dora: a magnitude for each output too.
        vision: adapters on all linear layers of the tower too.
    """
    wanted = set(targets)
    blocks = [(shape.layers, [each for each in shape.linears if each.name in wanted])]
    if vision and shape.vision is not None:
        blocks.append((shape.vision.layers, list(shape.vision.linears)))
    tensors: list[tuple[int, int]] = []
    for layers, linears in blocks:
        for linear in linears:
            tensors += [(rank * linear.inputs, layers), (rank * linear.outputs, layers)]
            tensors += [(linear.outputs, layers)] if dora else []
    return tuple(tensors)


def adapter_parameters(
    shape: ModelShape, targets: Iterable[str], rank: int, *, dora: bool, vision: bool
) -> int:
    """How many parameters are trained; see `adapter_tensors`."""
    tensors = adapter_tensors(shape, targets, rank, dora=dora, vision=vision)
    return sum(elements * count for elements, count in tensors)


GEMMA3 = {
    "4b": ModelShape("gemma-3-4b", 2560, 10240, 34, 8, 4, 256, 262208, VisionShape()),
    "12b": ModelShape("gemma-3-12b", 3840, 15360, 48, 16, 8, 256, 262208, VisionShape()),
    "27b": ModelShape("gemma-3-27b", 5376, 21504, 62, 32, 16, 128, 262208, VisionShape()),
}
"""The published sizes that read pictures."""


def find_shape(base_model: str) -> ModelShape:
    """The shape of a base model, from its folder or from its name; asks no network.

    Of a name that says bnb-4bit it is taken that the tower was left in 16 bits, as Unsloth does.

    Raises:
        ConfigError: no Gemma-3 of a known size, and no folder with a config.json.
    """
    if base_model == SMOKE_MODEL:
        return _smoke()
    folder = Path(base_model)
    if (folder / "config.json").is_file():
        return read_shape(folder / "config.json")
    size = _SIZE.search(base_model)
    if size is None:
        raise ConfigError(f"The sizes of {base_model} are not known before it is loaded.", _HINT)
    return replace(GEMMA3[size.group(1).lower()], wide_tower="bnb-4bit" in base_model.lower())


def read_shape(path: Path) -> ModelShape:
    """The shape in a `config.json`.

    Raises:
        ConfigError: it cannot be read, or describes no Gemma-3.
    """
    try:
        values = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", _HINT) from error
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: expected a mapping.", _HINT)
    return make_shape(values, path.parent.name)


def make_shape(values: Mapping[str, Any], name: str = "") -> ModelShape:
    """The shape that a `config.json` of transformers describes.

    Raises:
        ConfigError: it is no Gemma-3, or a size is missing.
    """
    kind = str(values.get("model_type", ""))
    if not kind.startswith("gemma3"):
        raise ConfigError(f"{name or 'The model'} is {kind or 'of no kind'}, no Gemma-3.", _HINT)
    text = values.get("text_config", values)
    try:
        return ModelShape(
            name=name or kind,
            hidden=int(text["hidden_size"]),
            feed_forward=int(text["intermediate_size"]),
            layers=int(text["num_hidden_layers"]),
            heads=int(text.get("num_attention_heads", 8)),
            key_value_heads=int(text.get("num_key_value_heads", 4)),
            head_size=int(text.get("head_dim", 256)),
            vocabulary=int(text.get("vocab_size", 262208)),
            vision=_vision(values.get("vision_config")),
            image_tokens=int(values.get("mm_tokens_per_image", 256)),
            wide_tower=_leaves_tower(values.get("quantization_config") or {}),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{name or kind}: a size is missing or wrong: {error}.", _HINT) from error


def _leaves_tower(quantization: Mapping[str, Any]) -> bool:
    kept = quantization.get("llm_int8_skip_modules") or ()
    return any("vision" in str(name) for name in kept)


def _smoke() -> ModelShape:
    from ghost_engine.training.tiny import PATCH_PIXELS, SMOKE

    tower = VisionShape(
        SMOKE.vision_hidden,
        SMOKE.vision_intermediate,
        SMOKE.vision_layers,
        SMOKE.vision_heads,
        SMOKE.image_pixels,
        PATCH_PIXELS,
    )
    return ModelShape(
        SMOKE_MODEL,
        SMOKE.hidden,
        SMOKE.intermediate,
        SMOKE.layers,
        SMOKE.heads,
        SMOKE.key_value_heads,
        SMOKE.head_dim,
        max(SMOKE.embedding_rows, SMOKE.vocabulary),
        tower,
        SMOKE.image_tokens,
    )


def _vision(values: Mapping[str, Any] | None) -> VisionShape | None:
    if values is None:
        return None
    return VisionShape(
        hidden=int(values["hidden_size"]),
        feed_forward=int(values["intermediate_size"]),
        layers=int(values["num_hidden_layers"]),
        heads=int(values["num_attention_heads"]),
        image_size=int(values["image_size"]),
        patch_size=int(values["patch_size"]),
        channels=int(values.get("num_channels", 3)),
    )
