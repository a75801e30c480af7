"""The architecture of a Gemma-3 as its config.json says it, and which tensors follow from it.

What a config leaves out is transformers' default. What llama.cpp could not compute is refused here,
before anything is written.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ghost_engine.errors import ExportError

Shape = tuple[int, ...]
_HINT = "Choose the 16-bit weights of a Gemma-3 of 4b, 12b or 27b."
_USUAL_PERIOD = 6
_SCALED_BY_WIDTH = 62
"""Layers of the 27b: the one size that scales its scores by hidden/heads instead of head_dim."""


@dataclass(frozen=True, slots=True)
class TextPart:
    """The language model. Every `full_every`-th layer sees everything, the others `window` tokens;
    0: all see everything."""

    hidden: int
    feed_forward: int
    layers: int
    heads: int
    key_value_heads: int
    head_dim: int
    vocabulary: int
    context: int
    rms_epsilon: float
    window: int
    full_every: int
    rope_theta: float
    rope_local_theta: float
    rope_factor: float
    final_softcap: float


@dataclass(frozen=True, slots=True)
class VisionPart:
    """The SigLIP tower; `image_tokens` is what a picture becomes."""

    hidden: int
    feed_forward: int
    layers: int
    heads: int
    image_size: int
    patch_size: int
    channels: int
    epsilon: float
    image_tokens: int

    @property
    def patches_per_side(self) -> int:
        return self.image_size // self.patch_size

    @property
    def pooled(self) -> int:
        """How many patches a side become one token."""
        return self.patches_per_side // math.isqrt(self.image_tokens)


@dataclass(frozen=True, slots=True)
class Architecture:
    text: TextPart
    vision: VisionPart


def read_architecture(config: Mapping[str, Any]) -> Architecture:
    """The architecture that a config.json describes.

    Raises:
        ExportError: it is no Gemma-3 with a vision tower, or one that llama.cpp computes otherwise.
    """
    if config.get("model_type") != "gemma3":
        raise ExportError(f"The base is no Gemma-3 (found: {config.get('model_type')!r}).", _HINT)
    text, vision = config.get("text_config"), config.get("vision_config")
    if not isinstance(text, dict) or not isinstance(vision, dict):
        raise ExportError("The base's config.json lacks its text or vision part.", _HINT)
    try:
        return Architecture(_text(text), _vision(vision, config))
    except (KeyError, TypeError, ValueError) as error:
        raise ExportError(
            f"The base's config.json cannot be understood: {error!r}.", _HINT
        ) from error


def expected_tensors(architecture: Architecture) -> dict[str, Shape]:
    """The hub's name and shape of every tensor that a file needs, in the model's own order."""
    return {
        **_expected_text(architecture.text),
        **_expected_vision(architecture.vision, architecture.text.hidden),
    }


def _text(text: Mapping[str, Any]) -> TextPart:
    full, local = _rope(text)
    part = TextPart(
        hidden=int(text["hidden_size"]),
        feed_forward=int(text["intermediate_size"]),
        layers=int(text["num_hidden_layers"]),
        heads=int(text.get("num_attention_heads", 8)),
        key_value_heads=int(text.get("num_key_value_heads", 4)),
        head_dim=int(text.get("head_dim", 256)),
        vocabulary=int(text.get("vocab_size", 262_208)),
        context=int(text.get("max_position_embeddings", 131_072)),
        rms_epsilon=float(text.get("rms_norm_eps", 1e-6)),
        window=int(text.get("sliding_window") or 4096),
        full_every=_full_every(text),
        rope_theta=float(full.get("rope_theta", text.get("rope_theta", 1e6))),
        rope_local_theta=float(local.get("rope_theta", text.get("rope_local_base_freq", 1e4))),
        rope_factor=float(full.get("factor", 1.0)),
        final_softcap=float(text.get("final_logit_softcapping") or 0),
    )
    _refuse_what_differs(text, part, full, local)
    return part


def _rope(text: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Of the layers that see everything, and of the others; older configs know one scaling."""
    parameters = text.get("rope_parameters") or {}
    full = parameters.get("full_attention") or text.get("rope_scaling") or {}
    return full, parameters.get("sliding_attention") or {}


def _full_every(text: Mapping[str, Any]) -> int:
    layers = int(text["num_hidden_layers"])
    declared = text.get("sliding_window_pattern", text.get("_sliding_window_pattern"))
    kinds = text.get("layer_types")
    if kinds is None:
        return int(declared or _USUAL_PERIOD)
    full = [number for number, kind in enumerate(kinds, 1) if kind == "full_attention"]
    period = full[0] if full else max(_USUAL_PERIOD, layers + 1)
    if full != list(range(period, layers + 1, period)) or len(kinds) != layers:
        raise ExportError("The base's layer_types follow no period, as llama.cpp needs it.", _HINT)
    return 0 if period == 1 else period


def _refuse_what_differs(
    text: Mapping[str, Any], part: TextPart, full: Mapping[str, Any], local: Mapping[str, Any]
) -> None:
    """llama.cpp's Gemma-3 is fixed in these points: a file would load and compute nonsense."""
    scalar = float(text.get("query_pre_attn_scalar", 256))
    width = part.hidden / part.heads if part.layers == _SCALED_BY_WIDTH else part.head_dim
    found = {
        "attn_logit_softcapping": bool(text.get("attn_logit_softcapping")),
        "attention_bias": bool(text.get("attention_bias")),
        "use_bidirectional_attention": bool(text.get("use_bidirectional_attention")),
        f"query_pre_attn_scalar {scalar:g}": scalar != width,
        "an output layer of its own": text.get("tie_word_embeddings", True) is False,
        "its hidden_activation": text.get("hidden_activation", "gelu_pytorch_tanh")
        != "gelu_pytorch_tanh",
        "its rope scaling": full.get("rope_type", full.get("type", "default"))
        not in ("default", "linear")
        or local.get("rope_type", "default") != "default",
    }
    for name, there in found.items():
        if there:
            raise ExportError(f"The base has {name}; llama.cpp's Gemma-3 has not.", _HINT)


def _vision(vision: Mapping[str, Any], config: Mapping[str, Any]) -> VisionPart:
    part = VisionPart(
        hidden=int(vision.get("hidden_size", 768)),
        feed_forward=int(vision.get("intermediate_size", 3072)),
        layers=int(vision.get("num_hidden_layers", 12)),
        heads=int(vision.get("num_attention_heads", 12)),
        image_size=int(vision.get("image_size", 224)),
        patch_size=int(vision.get("patch_size", 16)),
        channels=int(vision.get("num_channels", 3)),
        epsilon=float(vision.get("layer_norm_eps", 1e-6)),
        image_tokens=int(config.get("mm_tokens_per_image", 256)),
    )
    side = math.isqrt(part.image_tokens)
    if side * side != part.image_tokens or part.patches_per_side % side:
        raise ExportError(
            f"{part.patches_per_side} patches a side do not make {part.image_tokens} image tokens.",
            _HINT,
        )
    return part


def _expected_text(text: TextPart) -> dict[str, Shape]:
    hidden, queries = text.hidden, text.heads * text.head_dim
    keys, wide = text.key_value_heads * text.head_dim, text.feed_forward
    layer: dict[str, Shape] = {
        "input_layernorm": (hidden,),
        "self_attn.q_proj": (queries, hidden),
        "self_attn.k_proj": (keys, hidden),
        "self_attn.v_proj": (keys, hidden),
        "self_attn.o_proj": (hidden, queries),
        "self_attn.q_norm": (text.head_dim,),
        "self_attn.k_norm": (text.head_dim,),
        "post_attention_layernorm": (hidden,),
        "pre_feedforward_layernorm": (hidden,),
        "mlp.gate_proj": (wide, hidden),
        "mlp.up_proj": (wide, hidden),
        "mlp.down_proj": (hidden, wide),
        "post_feedforward_layernorm": (hidden,),
    }
    found: dict[str, Shape] = {
        "language_model.model.embed_tokens.weight": (text.vocabulary, hidden)
    }
    for number in range(text.layers):
        for name, shape in layer.items():
            found[f"language_model.model.layers.{number}.{name}.weight"] = shape
    found["language_model.model.norm.weight"] = (hidden,)
    return found


def _expected_vision(vision: VisionPart, text_hidden: int) -> dict[str, Shape]:
    hidden, wide, patch = vision.hidden, vision.feed_forward, vision.patch_size
    tower = "vision_tower.vision_model"
    found: dict[str, Shape] = {
        f"{tower}.embeddings.patch_embedding.weight": (hidden, vision.channels, patch, patch),
        f"{tower}.embeddings.patch_embedding.bias": (hidden,),
        f"{tower}.embeddings.position_embedding.weight": (vision.patches_per_side**2, hidden),
    }
    layer: dict[str, Shape] = {
        "layer_norm1": (hidden,),
        "self_attn.q_proj": (hidden, hidden),
        "self_attn.k_proj": (hidden, hidden),
        "self_attn.v_proj": (hidden, hidden),
        "self_attn.out_proj": (hidden, hidden),
        "layer_norm2": (hidden,),
        "mlp.fc1": (wide, hidden),
        "mlp.fc2": (hidden, wide),
    }
    for number in range(vision.layers):
        for name, shape in layer.items():
            found[f"{tower}.encoder.layers.{number}.{name}.weight"] = shape
            found[f"{tower}.encoder.layers.{number}.{name}.bias"] = shape[:1]
    found[f"{tower}.post_layernorm.weight"] = (hidden,)
    found[f"{tower}.post_layernorm.bias"] = (hidden,)
    found["multi_modal_projector.mm_input_projection_weight"] = (hidden, text_hidden)
    found["multi_modal_projector.mm_soft_emb_norm.weight"] = (hidden,)
    return found
