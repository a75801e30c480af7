"""A tiny Gemma-3 as the two files that llama.cpp serves."""

from __future__ import annotations

from pathlib import Path

import pytest

from ghost_engine.export.checkpoint import open_checkpoint
from ghost_engine.export.gguf_file import write_gguf
from ghost_engine.export.tensors import plan_text, plan_vision
from ghost_engine.export.text_gguf import text_header
from ghost_engine.export.vision_gguf import vision_header
from ghost_engine.training.tiny import build_random_gemma3

pytest.importorskip("torch", reason="needs requirements-train-cpu.txt")
pytest.importorskip("transformers", reason="needs requirements-train-cpu.txt")


@pytest.fixture(scope="session")
def tiny_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Text model and vision part of the smoke model, no adapter in them (read only)."""
    folder = tmp_path_factory.mktemp("served")
    base = open_checkpoint(build_random_gemma3(folder / "base"))
    text, mmproj = folder / "tiny-bf16.gguf", folder / "tiny-mmproj.gguf"
    for target, header, planned in (
        (text, text_header(base, {}), plan_text(base)),
        (mmproj, vision_header(base, {}), plan_vision(base)),
    ):
        write_gguf(
            target,
            header,
            planned,
            lambda each: base.tensor(each.source),
            lambda *_: None,
            lambda: False,
        )
    return text, mmproj
