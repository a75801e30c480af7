"""A tiny model of noise with a GPT-2 style tokenizer, as most models that are not Gemma have."""

from __future__ import annotations

from pathlib import Path

HIDDEN, FORWARD, HEADS = 256, 128, 4
"""As wide as the smoke model, whose vision part it is given."""


def write_bpe(target: Path, splitter: str) -> None:
    """Write it; `splitter` is llama.cpp's word for how a text is split before its pieces merge."""
    import gguf
    import numpy

    header = gguf.GGUFWriter(target, "llama")
    header.add_context_length(2048)
    header.add_embedding_length(HIDDEN)
    header.add_block_count(1)
    header.add_feed_forward_length(FORWARD)
    header.add_head_count(HEADS)
    header.add_layer_norm_rms_eps(1e-5)
    header.add_rope_dimension_count(HIDDEN // HEADS)
    tokens = [*_bytes(), "th", "the", "<|endoftext|>"]
    header.add_tokenizer_model("gpt2")
    header.add_tokenizer_pre(splitter)
    header.add_token_list(tokens)
    header.add_token_types([1] * (len(tokens) - 1) + [3])
    header.add_token_merges(["t h", "th e"])
    header.add_eos_token_id(len(tokens) - 1)
    noise = numpy.random.default_rng(0)
    shapes = {
        "token_embd": (len(tokens), HIDDEN),
        "output": (len(tokens), HIDDEN),
        "output_norm": (HIDDEN,),
        "blk.0.attn_norm": (HIDDEN,),
        "blk.0.ffn_norm": (HIDDEN,),
        **{f"blk.0.attn_{part}": (HIDDEN, HIDDEN) for part in ("q", "k", "v", "output")},
        "blk.0.ffn_gate": (FORWARD, HIDDEN),
        "blk.0.ffn_up": (FORWARD, HIDDEN),
        "blk.0.ffn_down": (HIDDEN, FORWARD),
    }
    for name, shape in shapes.items():
        values = 0.05 * noise.standard_normal(shape)
        header.add_tensor(f"{name}.weight", values.astype(numpy.float32))
    header.write_header_to_file()
    header.write_kv_data_to_file()
    header.write_tensors_to_file()
    header.close()


def _bytes() -> list[str]:
    """GPT-2's letter for each of the 256 bytes."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    return [chr(byte) for byte in plain] + [chr(256 + at) for at in range(256 - len(plain))]
