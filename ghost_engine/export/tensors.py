"""What goes where: the tensors of a GGUF with their types and sizes, before anything is written.

The types of a quantized file are those that llama.cpp's quantizer chooses for a Gemma-3 with tied
embeddings; a test holds them against files that it wrote. Needs no torch.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from ghost_engine.export.checkpoint import Checkpoint
from ghost_engine.export.config import Quant
from ghost_engine.export.gemma3 import expected_tensors
from ghost_engine.export.names import gguf_text_name, gguf_vision_name

ALIGNMENT = 32
"""Every tensor of a GGUF begins at a multiple of so many bytes."""

_BLOCKS = {  # values a block, bytes a block
    "F32": (1, 4),
    "F16": (1, 2),
    "BF16": (1, 2),
    "Q8_0": (32, 34),
    "Q5_0": (32, 22),
    "Q5_1": (32, 24),
    "Q4_K": (256, 144),
    "Q5_K": (256, 176),
    "Q6_K": (256, 210),
}
_USUAL = {"q4_k_m": "Q4_K", "q5_k_m": "Q5_K", "q6_k": "Q6_K", "q8_0": "Q8_0"}
_FALLBACK = {"Q4_K": "Q5_0", "Q5_K": "Q5_1", "Q6_K": "Q8_0"}  # rows that no block of 256 divides
_SENSITIVE = re.compile(r"blk\.(\d+)\.(?:attn_v|ffn_down)\.weight")
_TOKEN_BYTES = 22.5  # of a token in the vocabulary: its text, its score, its kind, two lengths
_OTHER_BYTES = 4096  # chat template and settings


@dataclass(frozen=True, slots=True)
class Planned:
    """One tensor of a GGUF. `source` is the hub's name, `shape` in torch's order, `bytes` without
    padding."""

    source: str
    name: str
    shape: tuple[int, ...]
    type: str
    bytes: int


def plan_text(checkpoint: Checkpoint, quant: Quant = "bf16") -> tuple[Planned, ...]:
    """The tensors of the language model's file, in the order they are written in."""
    layers = checkpoint.architecture.text.layers
    found = []
    for source, shape in expected_tensors(checkpoint.architecture).items():
        name = gguf_text_name(source)
        if name:
            found.append(_planned(source, name, shape, _text_type(name, shape, quant, layers)))
    return tuple(found)


def plan_vision(checkpoint: Checkpoint) -> tuple[Planned, ...]:
    """The tensors of the mmproj file: the tower and the projector, never quantized."""
    found = []
    for source, shape in expected_tensors(checkpoint.architecture).items():
        name = gguf_vision_name(source)
        if name:
            found.append(_planned(source, name, shape, _vision_type(name, shape)))
    return tuple(found)


def file_bytes(checkpoint: Checkpoint, part: str) -> int:
    """How large a file becomes, within 1 %.

    Args:
        checkpoint: the base.
        part: a quantization, or "mmproj".
    """
    if part == "mmproj":
        return _bytes(plan_vision(checkpoint)) + _OTHER_BYTES
    quant: Quant = part  # type: ignore[assignment]
    vocabulary = int(checkpoint.architecture.text.vocabulary * _TOKEN_BYTES)
    return _bytes(plan_text(checkpoint, quant)) + vocabulary + _OTHER_BYTES


def padded(size: int) -> int:
    """A tensor's bytes with what follows up to the next one."""
    return -(-size // ALIGNMENT) * ALIGNMENT


def _planned(source: str, name: str, shape: tuple[int, ...], kind: str) -> Planned:
    values, size = _BLOCKS[kind]
    return Planned(source, name, shape, kind, math.prod(shape) // values * size)


def _bytes(planned: Iterable[Planned]) -> int:
    return sum(padded(each.bytes) + len(each.name) + 24 + 8 * len(each.shape) for each in planned)


def _text_type(name: str, shape: tuple[int, ...], quant: Quant, layers: int) -> str:
    if len(shape) == 1:
        return "F32"
    if quant in ("bf16", "f16"):
        return quant.upper()
    kind = _USUAL[quant]
    if name == "token_embd.weight":  # it is the output layer too
        kind = "Q8_0" if kind == "Q8_0" or shape[-1] % 256 else "Q6_K"
    sensitive = _SENSITIVE.fullmatch(name)
    if sensitive and quant in ("q4_k_m", "q5_k_m") and _more_bits(int(sensitive[1]), layers):
        kind = "Q6_K"
    while shape[-1] % _BLOCKS[kind][0]:
        kind = _FALLBACK.get(kind, "F16")
    return kind


def _more_bits(layer: int, layers: int) -> bool:
    """The first and the last eighth of the layers, and every third between."""
    eighth = layers // 8
    return layer < eighth or layer >= 7 * layers // 8 or (layer - eighth) % 3 == 2


def _vision_type(name: str, shape: tuple[int, ...]) -> str:
    """As llama.cpp's converter: the projection in F16, what is added or normed in F32."""
    if name == "mm.input_projection.weight":
        return "F16"
    return "F32" if len(shape) == 1 or "_embd." in name else "BF16"
