"""What an export takes of the disk and of memory at its largest, from the base's header alone."""

from __future__ import annotations

import math

from ghost_engine.export.checkpoint import Checkpoint
from ghost_engine.export.config import ExportConfig
from ghost_engine.export.tensors import file_bytes

_PROGRAMS_BYTES = 900 * 10**6  # torch, transformers and llama.cpp themselves


def high_water_bytes(config: ExportConfig, checkpoint: Checkpoint) -> int:
    """The most that the files take at one time: the BF16 file stays until all forms are made."""
    parts = {*config.quants, "bf16", "mmproj"}
    merged = merged_bytes(checkpoint) if config.keep_merged else 0
    return sum(file_bytes(checkpoint, part) for part in parts) + merged


def memory_bytes(checkpoint: Checkpoint) -> int:
    """What the processes need at their largest, in anonymous memory, together.

    llama.cpp's quantizer holds its largest tensor (the embedding) in 32 bits and quantized; the
    proof holds a layer in 32 bits and the server its context. Measured: see docs/export.md.
    """
    sizes = [math.prod(info.shape) for info in checkpoint.tensors.values()]
    text = checkpoint.architecture.text
    quantizing = 5 * max(sizes)
    layer = sum(sizes) - max(sizes)
    proving = 4 * layer // max(1, text.layers) + 4096 * text.layers * text.key_value_heads * (
        text.head_dim * 4
    )
    return max(quantizing, proving) + _PROGRAMS_BYTES


def merged_bytes(checkpoint: Checkpoint) -> int:
    """The hub's layout in 16 bits, with its tokenizer."""
    weights = 2 * sum(math.prod(info.shape) for info in checkpoint.tensors.values())
    return weights + sum(path.stat().st_size for path in checkpoint.folder.glob("tokenizer*"))
