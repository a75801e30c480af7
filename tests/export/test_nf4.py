"""A 4-bit base: refused unless asked for, and then exactly what bitsandbytes computes with."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.errors import ExportError
from ghost_engine.export import nf4
from ghost_engine.export.checkpoint import SINGLE, open_checkpoint
from ghost_engine.export.lora import Merger, open_adapter

torch = pytest.importorskip("torch", reason="needs requirements-train-cpu.txt")
bitsandbytes = pytest.importorskip("bitsandbytes", reason="needs requirements-train-cpu.txt")
from safetensors.torch import load_file, save_file  # noqa: E402


def packed(weight: Any, nested: bool = True) -> tuple[dict[str, Any], Any]:
    """A weight as bitsandbytes stores it, and as it computes with it."""
    made = bitsandbytes.nn.Params4bit(
        weight.clone(), requires_grad=False, quant_type="nf4", compress_statistics=nested
    ).to("cpu")
    state = made.quant_state
    stored = {f".{name}": value for name, value in state.as_dict(packed=True).items()}
    exact = bitsandbytes.functional.dequantize_4bit(made.data, state)
    return {"": made.data, **stored}, exact


@pytest.fixture(scope="module")
def four_bits(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny base with the linear layers of its language model in NF4."""
    folder = tmp_path_factory.mktemp("bases") / "nf4"
    shutil.copytree(tiny_base, folder)
    tensors = load_file(folder / SINGLE)
    for name in [name for name in tensors if name.endswith("_proj.weight") and "language" in name]:
        stored, _ = packed(tensors.pop(name))
        tensors.update({name + end: value.contiguous() for end, value in stored.items()})
    save_file(tensors, folder / SINGLE)
    config = json.loads((folder / "config.json").read_text())
    config["quantization_config"] = {"quant_method": "bitsandbytes", "load_in_4bit": True}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


@pytest.mark.parametrize("nested", [True, False])
def test_unpacked_weights_are_those_that_bitsandbytes_computes_with(nested: bool) -> None:
    torch.manual_seed(0)
    weight = (torch.randn(192, 320) * 0.02).bfloat16()
    stored, exact = packed(weight, nested)

    unpacked = nf4.weights(lambda name: stored[name.removeprefix("w")], "w")

    assert torch.equal(unpacked, exact)
    assert unpacked.dtype == torch.bfloat16


def test_a_four_bit_base_shows_the_shapes_of_its_weights(four_bits: Path, tiny_base: Path) -> None:
    checkpoint, wide = open_checkpoint(four_bits), open_checkpoint(tiny_base)
    name = "language_model.model.layers.0.mlp.up_proj.weight"

    assert checkpoint.nf4
    assert checkpoint.tensors[name].dtype == "NF4"
    assert {each: info.shape for each, info in checkpoint.tensors.items()} == {
        each: info.shape for each, info in wide.tensors.items()
    }


def test_a_four_bit_base_is_refused_unless_allowed(four_bits: Path, tiny_adapter: Any) -> None:
    checkpoint, adapter = open_checkpoint(four_bits), open_adapter(tiny_adapter())
    with pytest.raises(ExportError, match=r"is 4-bit.*Name the 16-bit one"):
        Merger(checkpoint, adapter)

    merger = Merger(checkpoint, adapter, allow_nf4=True)

    name = "language_model.model.layers.0.mlp.up_proj.weight"
    wide = Merger(
        open_checkpoint(
            Path(json.loads((adapter.folder / "ghost.json").read_text())["model"]["base_model"])
        ),
        adapter,
    )
    off = merger.tensor(name).float() - wide.tensor(name).float()
    assert 0.05 < float(off.norm() / wide.tensor(name).float().norm()) < 0.15
    assert merger.type_of(name) == "BF16"


def test_another_four_bit_form_is_refused_by_name(four_bits: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(four_bits, tmp_path / "fp4"))
    tensors = load_file(folder / SINGLE)
    save_file(
        {name.replace("__nf4", "__fp4"): value for name, value in tensors.items()}, folder / SINGLE
    )
    with pytest.raises(ExportError, match="is packed as fp4"):
        open_checkpoint(folder)


def test_a_base_that_another_program_quantized_is_refused(four_bits: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(four_bits, tmp_path / "gptq"))
    config = json.loads((folder / "config.json").read_text())
    config["quantization_config"] = {"quant_method": "gptq"}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ExportError, match="quantized by gptq"):
        open_checkpoint(folder)
