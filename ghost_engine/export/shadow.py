"""A base that is not here yet, as far as its name tells: its configuration and its tensors' sizes.

With it the files of an export can be announced before anything is downloaded. No weights, no torch,
no network.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ghost_engine.export.checkpoint import Checkpoint, sketch
from ghost_engine.training.shapes import ModelShape, VisionShape

_PERIOD = 6  # every so many layers of the published sizes see everything
_SCALED_BY_WIDTH = 62  # layers of the 27b, which scales its scores by hidden/heads


def shadow_checkpoint(name: str, shape: ModelShape) -> Checkpoint:
    """The header of a checkpoint of this shape, in 16 bits; its folder is the name, for messages.

    Raises:
        ExportError: it is a shape without a vision tower.
    """
    return replace(sketch(_config(shape)), folder=Path(name))


def _config(shape: ModelShape) -> dict[str, Any]:
    per_head = shape.hidden // shape.heads if shape.layers == _SCALED_BY_WIDTH else shape.head_size
    config: dict[str, Any] = {
        "model_type": "gemma3",
        "mm_tokens_per_image": shape.image_tokens,
        "text_config": {
            "hidden_size": shape.hidden,
            "intermediate_size": shape.feed_forward,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "num_key_value_heads": shape.key_value_heads,
            "head_dim": shape.head_size,
            "vocab_size": shape.vocabulary,
            "query_pre_attn_scalar": per_head,
            "sliding_window_pattern": _PERIOD,
        },
    }
    if shape.vision is not None:
        config["vision_config"] = _vision(shape.vision)
    return config


def _vision(shape: VisionShape) -> dict[str, int]:
    return {
        "hidden_size": shape.hidden,
        "intermediate_size": shape.feed_forward,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "image_size": shape.image_size,
        "patch_size": shape.patch_size,
        "num_channels": shape.channels,
    }
