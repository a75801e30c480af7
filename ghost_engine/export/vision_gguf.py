"""The settings of the mmproj file: the tower's sizes and how a picture is brought to it.

As llama.cpp's own converter writes them for a Gemma-3. Uses the `gguf` package; no torch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ghost_engine.errors import ExportError
from ghost_engine.export.checkpoint import Checkpoint
from ghost_engine.export.text_gguf import add_origin

PICTURES = ("preprocessor_config.json", "processor_config.json")
_USUAL_POOLED = 4
_BF16_FILE = 32


def vision_header(checkpoint: Checkpoint, about: Mapping[str, str]) -> Any:
    """A `gguf.GGUFWriter` with every setting and no tensor.

    Raises:
        ExportError: the base does not say how pictures are prepared.
    """
    import gguf

    header = gguf.GGUFWriter(None, "clip")
    vision = checkpoint.architecture.vision
    pictures = _pictures(checkpoint.folder)
    header.add_type("mmproj")
    add_origin(header, checkpoint, about)
    header.add_clip_has_vision_encoder(True)
    header.add_clip_projector_type("gemma3")
    header.add_vision_projection_dim(checkpoint.architecture.text.hidden)
    header.add_vision_image_size(vision.image_size)
    header.add_vision_patch_size(vision.patch_size)
    header.add_vision_embedding_length(vision.hidden)
    header.add_vision_feed_forward_length(vision.feed_forward)
    header.add_vision_block_count(vision.layers)
    header.add_vision_head_count(vision.heads)
    header.add_vision_attention_layernorm_eps(vision.epsilon)
    header.add_vision_use_gelu(True)
    header.add_vision_image_mean([float(each) for each in pictures["image_mean"]])
    header.add_vision_image_std([float(each) for each in pictures["image_std"]])
    if vision.pooled != _USUAL_POOLED:
        header.add_vision_projector_scale_factor(vision.pooled)
    header.add_file_type(_BF16_FILE)
    header.add_quantization_version(gguf.GGML_QUANT_VERSION)
    return header


def _pictures(folder: Path) -> Mapping[str, Any]:
    """The image processor's settings, where this or that generation of transformers puts them."""
    for name in PICTURES:
        try:
            document = json.loads((folder / name).read_text("utf-8"))
        except (OSError, ValueError):
            continue
        found = document.get("image_processor", document)
        if isinstance(found, dict) and {"image_mean", "image_std"} <= found.keys():
            return found
    raise ExportError(
        f"The base in {folder} does not say how pictures are prepared.",
        f"Fetch its {PICTURES[0]} too.",
    )
