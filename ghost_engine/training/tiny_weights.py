"""Noise in the place of Gemma-3's weights, in the layout of a released checkpoint.

Tensors are drawn one by one under the hub's names and written as bf16 shards, so that 12 billion
need 4 GB of memory. Their spread keeps signals at their size from layer to layer, and the projector
lets pictures through.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_SHARD_BYTES = 4 * 10**9


def write_weights(folder: Path, config: Any, seed: int, device: str) -> None:
    """Write the weights of a `Gemma3Config` into `folder`, a shard in memory at a time.

    Args:
        folder: exists; gets `model.safetensors`, or shards of 4 GB and their index.
        config: the sizes.
        seed: of the noise.
        device: where to draw it; CUDA makes 24 GB in half a minute.
    """
    from safetensors.torch import save_file

    places: dict[str, str] = {}
    shard: dict[str, Any] = {}
    total = filled = 0

    def flush() -> None:
        name = f"model-{len(set(places.values())) + 1:05d}.safetensors"
        save_file(shard, folder / name, metadata={"format": "pt"})
        places.update(dict.fromkeys(shard, name))
        shard.clear()

    for name, weight in _weights(config, seed, device):
        size = weight.numel() * weight.element_size()
        if shard and filled + size > _SHARD_BYTES:
            flush()
            filled = 0
        shard[name] = weight.cpu()
        filled, total = filled + size, total + size
    flush()
    if len(set(places.values())) == 1:
        (folder / "model-00001.safetensors").rename(folder / "model.safetensors")
        return
    index = {"metadata": {"total_size": total}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=1), "utf-8")


def _weights(config: Any, seed: int, device: str) -> Iterator[tuple[str, Any]]:
    import torch
    from transformers import Gemma3ForConditionalGeneration

    with torch.device("meta"):
        plan = Gemma3ForConditionalGeneration(config).state_dict()
    draw = torch.Generator(device).manual_seed(seed)
    for name, empty in plan.items():
        if name == "lm_head.weight":  # tied to the embedding
            continue
        weight = torch.empty(empty.shape, dtype=torch.bfloat16, device=device)
        centre, spread = _noise(name, tuple(empty.shape))
        yield _hub_name(name), weight.normal_(centre, spread, generator=draw)


def _noise(name: str, size: tuple[int, ...]) -> tuple[float, float]:
    """Mean and standard deviation, so that signals keep their size from layer to layer."""
    if name.endswith("bias"):
        return 0.0, 0.0
    if "layer_norm" in name or name.endswith("post_layernorm.weight"):
        return 1.0, 0.0  # the tower's norms multiply with the weight
    if "norm" in name:
        return 0.0, 0.0  # Gemma's norms multiply with 1 + weight
    if "embed_tokens" in name:
        return 0.0, size[1] ** -0.5  # the model multiplies with sqrt(hidden): inputs of size 1
    if "mm_input_projection_weight" in name:
        return 0.0, size[0] ** -0.5  # transformers itself leaves it at 0: a blind model
    if "position_embedding" in name:
        return 0.0, 0.1
    return 0.0, float(math.prod(size[1:])) ** -0.5


def _hub_name(name: str) -> str:
    """As the released checkpoints call it; transformers maps it back when loading."""
    name = name.removeprefix("model.")
    name = name.replace("language_model.", "language_model.model.", 1)
    return name.replace("vision_tower.", "vision_tower.vision_model.", 1)
