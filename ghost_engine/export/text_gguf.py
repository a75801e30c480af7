"""The settings of a language model's GGUF: sizes, rope, tokenizer, chat template, where it is from.

As llama.cpp's own converter writes them for a Gemma-3. Uses the `gguf` package; no torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ghost_engine.export.checkpoint import Checkpoint, licence_of
from ghost_engine.export.gemma3 import TextPart
from ghost_engine.export.template import chat_template
from ghost_engine.export.vocabulary import Vocabulary, read_vocabulary

_USUAL_PERIOD = 6  # llama.cpp's own, and that of every released Gemma-3
_BF16_FILE = 32  # llama.cpp's LLAMA_FTYPE_MOSTLY_BF16


def text_header(checkpoint: Checkpoint, about: Mapping[str, str]) -> Any:
    """A `gguf.GGUFWriter` with every setting and no tensor.

    Args:
        checkpoint: the base.
        about: where the model is from (see `add_origin`).

    Raises:
        ExportError: the base's tokenizer or chat template is missing or damaged.
    """
    import gguf

    header = gguf.GGUFWriter(None, "gemma3")
    text = checkpoint.architecture.text
    header.add_type("model")
    add_origin(header, checkpoint, about)
    _add_sizes(header, text)
    _add_vocabulary(header, read_vocabulary(checkpoint.folder, text.vocabulary))
    header.add_chat_template(chat_template(checkpoint.folder))
    header.add_file_type(_BF16_FILE)
    header.add_quantization_version(gguf.GGML_QUANT_VERSION)
    return header


def add_origin(header: Any, checkpoint: Checkpoint, about: Mapping[str, str]) -> None:
    """Name, licence and descent. `name`, `description`, `licence` and `base_model` become the
    general keys that other programs show; any other key is kept as `ghost.KEY`.
    """
    rest = dict(about)
    header.add_name(rest.pop("name", "") or checkpoint.folder.name)
    header.add_description(rest.pop("description", ""))
    header.add_license(rest.pop("licence", "") or licence_of(checkpoint.folder))
    base = rest.pop("base_model", "")
    if base:
        header.add_base_model_count(1)
        header.add_base_model_name(0, base)
        if base.count("/") == 1 and not base.startswith((".", "/", "~")):
            header.add_base_model_repo_url(0, f"https://huggingface.co/{base}")
    for key, value in rest.items():
        header.add_string(f"ghost.{key}", value)


def _add_sizes(header: Any, text: TextPart) -> None:
    header.add_context_length(text.context)
    header.add_embedding_length(text.hidden)
    header.add_block_count(text.layers)
    header.add_feed_forward_length(text.feed_forward)
    header.add_head_count(text.heads)
    header.add_head_count_kv(text.key_value_heads)
    header.add_key_length(text.head_dim)
    header.add_value_length(text.head_dim)
    header.add_layer_norm_rms_eps(text.rms_epsilon)
    header.add_rope_freq_base(text.rope_theta)
    header.add_rope_freq_base_swa(text.rope_local_theta)
    if text.rope_factor != 1:
        header.add_rope_scaling_type(_linear())
        header.add_rope_scaling_factor(text.rope_factor)
    if text.full_every:
        header.add_sliding_window(text.window)
    if text.full_every not in (0, _USUAL_PERIOD):
        header.add_uint32("gemma3.attention.sliding_window_pattern", text.full_every)
    if text.final_softcap:
        header.add_final_logit_softcapping(text.final_softcap)


def _linear() -> Any:
    from gguf import RopeScalingType

    return RopeScalingType.LINEAR


def _add_vocabulary(header: Any, vocabulary: Vocabulary) -> None:
    header.add_tokenizer_model("llama")
    header.add_tokenizer_pre("default")
    header.add_token_list(list(vocabulary.tokens))
    header.add_token_scores(list(vocabulary.scores))
    header.add_token_types([int(kind) for kind in vocabulary.kinds])
    adders = {
        "bos": header.add_bos_token_id,
        "eos": header.add_eos_token_id,
        "eot": header.add_eot_token_id,
        "unk": header.add_unk_token_id,
        "pad": header.add_pad_token_id,
    }
    for name, number in vocabulary.ids.items():
        adders[name](number)
    header.add_add_bos_token(vocabulary.begins_with_bos)
    header.add_add_eos_token(False)
    header.add_add_space_prefix(False)
