"""The merged weights as safetensors: stock transformers loads them, and computes as PEFT does."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.errors import Cancelled, ExportError
from ghost_engine.export import keep
from ghost_engine.export.checkpoint import INDEX, open_checkpoint
from ghost_engine.export.lora import Merger, open_adapter
from ghost_engine.export.stream import write_merged

torch = pytest.importorskip("torch", reason="needs requirements-train-cpu.txt")


def write(merger: Merger, target: Path, **asked: Any) -> None:
    given = {"tell": lambda *_: None, "stop": lambda: False, **asked}
    write_merged(merger, target, given["tell"], given["stop"])


@pytest.fixture(scope="module")
def merger(tiny_base: Path, tiny_adapter: Any) -> Merger:
    return Merger(open_checkpoint(tiny_base), open_adapter(tiny_adapter(vision=True)))


def test_stock_transformers_loads_it_and_it_is_pefts_merge(merger: Merger, tmp_path: Path) -> None:
    from peft import PeftModel
    from transformers import AutoProcessor, Gemma3ForConditionalGeneration

    write(merger, tmp_path / "merged")

    loaded, told = Gemma3ForConditionalGeneration.from_pretrained(
        tmp_path / "merged", dtype=torch.bfloat16, output_loading_info=True
    )
    assert not any(told.values())
    base = Gemma3ForConditionalGeneration.from_pretrained(
        merger.checkpoint.folder, dtype=torch.float32
    )
    expected = PeftModel.from_pretrained(base, merger.adapter.folder).merge_and_unload()
    for name, weight in expected.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], weight.bfloat16()), name
    assert AutoProcessor.from_pretrained(tmp_path / "merged").image_seq_length == 16


def test_large_files_are_cut_into_shards(
    merger: Merger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keep, "SHARD_BYTES", 1_000_000)
    told: list[tuple[int, int, str]] = []
    write(merger, tmp_path / "merged", tell=lambda *each: told.append(each))

    again = open_checkpoint(tmp_path / "merged")
    index = json.loads((tmp_path / "merged" / INDEX).read_text())
    shards = sorted(path.name for path in (tmp_path / "merged").glob("*.safetensors"))
    assert shards == [f"model-0000{each}-of-00004.safetensors" for each in range(1, 5)]
    assert again.tensors.keys() == index["weight_map"].keys() == merger.checkpoint.tensors.keys()
    assert all(torch.equal(again.tensor(name), merger.tensor(name)) for name in again.tensors)
    assert [done for done, _, _ in told] == list(range(1, len(again.tensors) + 1))


def test_nothing_of_a_quantized_base_stays_in_the_config(
    tiny_base: Path, merger: Merger, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(tiny_base, tmp_path / "base"))
    config = json.loads((folder / "config.json").read_text())
    mark = {"quantization_config": {"quant_method": "bitsandbytes"}}
    (folder / "config.json").write_text(json.dumps({**config, **mark}))
    write(Merger(open_checkpoint(folder), merger.adapter), tmp_path / "merged")
    assert json.loads((tmp_path / "merged" / "config.json").read_text()) == config


def test_a_base_without_tokenizer_is_refused_before_anything_is_written(
    tiny_base: Path, merger: Merger, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(tiny_base, tmp_path / "base"))
    (folder / "tokenizer.json").unlink()
    told: list[int] = []
    lacking = Merger(open_checkpoint(folder), merger.adapter)
    with pytest.raises(ExportError, match="has no tokenizer"):
        write(lacking, tmp_path / "merged", tell=lambda *_: told.append(1))
    assert not told


def test_a_stopped_merge_leaves_nothing_and_a_new_one_takes_the_place(
    merger: Merger, tmp_path: Path
) -> None:
    target = tmp_path / "merged"
    told: list[int] = []
    with pytest.raises(Cancelled):
        write(merger, target, tell=lambda *_: told.append(1), stop=lambda: len(told) > 9)
    assert list(tmp_path.iterdir()) == []

    (tmp_path / "merged.tmp").mkdir()  # what a killed process leaves
    (tmp_path / "merged.tmp" / "model.safetensors").write_bytes(b"half")
    for _ in range(2):
        write(merger, target)
    assert [path.name for path in tmp_path.iterdir()] == ["merged"]
    assert open_checkpoint(target).tensors
