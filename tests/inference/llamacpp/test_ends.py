"""Last words of llama.cpp, as its servers really wrote them, and what is made of them."""

from __future__ import annotations

import pytest

from ghost_engine.inference.llamacpp.ends import explain

CUT = "0.00.010.084 E llama_model_load: error loading model: tensor 'blk.0.attn_v.weight' data is"
CUT += " not within the file bounds, model is corrupted or incomplete\n0.00.010.462 E srv"
CUT += "  llama_server: exiting due to model loading error"
KNOWN = {
    CUT: "tensor blk.0.attn_v.weight is not whole",
    "error loading model: unknown model architecture: 'gemmaX'": "of the kind 'gemmaX'",
    "gguf_init_from_reader: invalid magic characters: 'garb', expected 'GGUF'": "no GGUF",
    "mtmd_init_from_file: error: Failed to load CLIP model from x.gguf": "vision part",
    "terminate called after throwing an instance of 'std::bad_alloc'": "memory ran out",
    "error loading model: missing tensor 'output_norm.weight'": "lacks the tensor output_norm",
    "error loading model: CLIP cannot be used as main model": "CLIP cannot be used as main model",
}


@pytest.mark.parametrize("words", KNOWN, ids=KNOWN.get)
def test_known_last_words_become_a_sentence_and_a_next_step(words: str) -> None:
    error = explain(1, words.encode(), "while it loaded x.gguf")
    assert KNOWN[words] in error.message
    assert "while it loaded x.gguf" in error.message
    assert error.hint


def test_unknown_last_words_are_quoted_without_their_stamps() -> None:
    words = b"0.00.000.100 I srv  init: fine\n0.00.000.200 E ggml: failed to do a thing\n"
    error = explain(-6, words, "while it answered")
    assert "by SIGABRT while it answered: ggml: failed to do a thing" in error.message
    assert "fine" not in error.message


def test_a_killed_server_hints_at_memory() -> None:
    assert "memory" in explain(-9, b"", "while it answered").hint
