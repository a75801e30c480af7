"""What a tensor is called: by the hub, by several generations of transformers, and in a GGUF.

The hub's name is the one used everywhere here; the others are brought to it or made from it.
"""

from __future__ import annotations

import re

_TEXT_LAYER = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "post_attention_layernorm": "post_attention_norm",
    "pre_feedforward_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "post_feedforward_layernorm": "post_ffw_norm",
}
_VISION_LAYER = {
    "layer_norm1": "ln1",
    "layer_norm2": "ln2",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.out_proj": "attn_out",
    "mlp.fc1": "ffn_up",
    "mlp.fc2": "ffn_down",
}
_TEXT = {
    "language_model.model.embed_tokens.weight": "token_embd.weight",
    "language_model.model.norm.weight": "output_norm.weight",
}
_TOWER = "vision_tower.vision_model."
_VISION = {
    f"{_TOWER}embeddings.patch_embedding.weight": "v.patch_embd.weight",
    f"{_TOWER}embeddings.patch_embedding.bias": "v.patch_embd.bias",
    f"{_TOWER}embeddings.position_embedding.weight": "v.position_embd.weight",
    f"{_TOWER}post_layernorm.weight": "v.post_ln.weight",
    f"{_TOWER}post_layernorm.bias": "v.post_ln.bias",
    "multi_modal_projector.mm_input_projection_weight": "mm.input_projection.weight",
    "multi_modal_projector.mm_soft_emb_norm.weight": "mm.soft_emb_norm.weight",
}
_IN_TEXT_LAYER = re.compile(r"language_model\.model\.layers\.(\d+)\.(.+)\.weight")
_IN_VISION_LAYER = re.compile(
    r"vision_tower\.vision_model\.encoder\.layers\.(\d+)\.(.+)\.(weight|bias)"
)


def hub_name(name: str) -> str:
    """The hub's name of a tensor or module, however a checkpoint or an adapter calls it.

    Known are the hub's own names, what transformers 4 and 5 call them in memory and on disk, and
    PEFT's and Unsloth's prefix before any of these.
    """
    name = name.removeprefix("base_model.model.").removeprefix("model.")
    if name.startswith("vision_tower."):
        return _TOWER + name.removeprefix("vision_tower.").removeprefix("vision_model.")
    if name.startswith("language_model."):
        name = name.removeprefix("language_model.").removeprefix("model.")
    elif not name.startswith("lm_head"):
        return name
    return (
        f"language_model.{name}" if name.startswith("lm_head") else f"language_model.model.{name}"
    )


def gguf_text_name(name: str) -> str | None:
    """What llama.cpp calls a tensor of the language model; None for any other."""
    found = _IN_TEXT_LAYER.fullmatch(name)
    if found and found[2] in _TEXT_LAYER:
        return f"blk.{found[1]}.{_TEXT_LAYER[found[2]]}.weight"
    return _TEXT.get(name)


def gguf_vision_name(name: str) -> str | None:
    """What llama.cpp calls a tensor of the vision tower or the projector; None for any other."""
    found = _IN_VISION_LAYER.fullmatch(name)
    if found and found[2] in _VISION_LAYER:
        return f"v.blk.{found[1]}.{_VISION_LAYER[found[2]]}.{found[3]}"
    return _VISION.get(name)
