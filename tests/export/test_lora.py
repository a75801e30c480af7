"""Merging: equal to PEFT's own to the last bit, and nothing left out in silence."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.errors import ExportError
from ghost_engine.export.checkpoint import open_checkpoint
from ghost_engine.export.lora import Merger, match, open_adapter
from ghost_engine.export.names import hub_name

torch = pytest.importorskip("torch", reason="needs requirements-train-cpu.txt")
from safetensors.torch import load_file, save_file  # noqa: E402

WEIGHTS = "adapter_model.safetensors"
PATTERNS = {
    "rank_pattern": {"q_proj": 4, "vision_tower.encoder.layers.1.mlp.fc1": 2},
    "alpha_pattern": {"v_proj": 40, "layers.1.mlp.down_proj": 3},
}


@pytest.fixture
def copy(tiny_adapter: Any, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_adapter(), tmp_path / "adapter"))


def edit(folder: Path, **changes: Any) -> None:
    path = folder / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def rename(folder: Path, old: str, new: str) -> None:
    tensors = load_file(folder / WEIGHTS)
    changed = {name.replace(old, new): tensor for name, tensor in tensors.items()}
    assert changed.keys() != tensors.keys()
    save_file(changed, folder / WEIGHTS)


@pytest.mark.parametrize(
    "kind",
    [
        {"use_dora": False, "use_rslora": False},
        {"use_dora": False},
        {"use_rslora": False},
        {"use_dora": False, **PATTERNS},
        PATTERNS,
    ],
    ids=["lora", "rslora", "dora", "rslora+patterns", "rslora+dora+patterns"],
)
def test_a_merge_in_float32_is_pefts_to_the_last_bit(
    tiny_base: Path, tiny_adapter: Any, kind: dict[str, Any]
) -> None:
    from peft import PeftModel
    from transformers import Gemma3ForConditionalGeneration

    folder = tiny_adapter(vision=True, **kind)
    model = Gemma3ForConditionalGeneration.from_pretrained(tiny_base, dtype=torch.float32)
    merged = PeftModel.from_pretrained(model, folder).merge_and_unload().state_dict()
    merged.pop("lm_head.weight")  # the embedding
    merger = Merger(open_checkpoint(tiny_base), open_adapter(folder))

    for name, weight in merged.items():
        assert torch.equal(merger.tensor32(hub_name(name)), weight), name
    assert sum(merger.merges(hub_name(name)) for name in merged) == 2 * 7 + 2 * 6


def test_a_merged_tensor_is_rounded_once_and_others_are_the_bases(
    tiny_base: Path, tiny_adapter: Any
) -> None:
    merger = Merger(open_checkpoint(tiny_base), open_adapter(tiny_adapter()))
    name = "language_model.model.layers.0.mlp.up_proj.weight"
    tower = "vision_tower.vision_model.encoder.layers.0.mlp.fc1.weight"

    assert torch.equal(merger.tensor(name), merger.tensor32(name).bfloat16())
    assert not torch.equal(merger.tensor(name), merger.checkpoint.tensor(name))
    assert torch.equal(merger.tensor(tower), merger.checkpoint.tensor(tower))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("base_model.model.model.language_model.", "base_model.model.language_model.model."),
        ("base_model.model.model.vision_tower.", "base_model.model.vision_tower.vision_model."),
        (".lora_magnitude_vector", ".lora_magnitude_vector.weight"),
        (".lora_A.weight", ".lora_A.default.weight"),
    ],
    ids=["older language model", "older tower", "older DoRA", "named adapter"],
)
def test_names_of_other_versions_mean_the_same_modules(
    tiny_base: Path, tiny_adapter: Any, tmp_path: Path, old: str, new: str
) -> None:
    folder = Path(shutil.copytree(tiny_adapter(vision=True), tmp_path / "adapter"))
    rename(folder, old, new)
    base = open_checkpoint(tiny_base)
    own, other = (
        Merger(base, open_adapter(place)) for place in (tiny_adapter(vision=True), folder)
    )

    changed = [name for name in base.tensors if own.merges(name)]
    assert changed == [name for name in base.tensors if other.merges(name)]
    assert all(torch.equal(own.tensor32(name), other.tensor32(name)) for name in changed)


def test_an_adapter_of_another_base_is_refused(tiny_base: Path, copy: Path) -> None:
    tensors = load_file(copy / WEIGHTS)
    name = next(name for name in tensors if name.endswith("layers.1.mlp.up_proj.lora_A.weight"))
    tensors[name] = torch.zeros(8, 320)
    save_file(tensors, copy / WEIGHTS)
    with pytest.raises(ExportError, match=r"of another base .*up_proj is 512 x 256"):
        match(open_adapter(copy), open_checkpoint(tiny_base))


def test_a_layer_that_the_base_has_not_is_named(tiny_base: Path, copy: Path) -> None:
    rename(copy, "layers.1.", "layers.9.")
    with pytest.raises(ExportError, match=r"of another base .*layers\.9\."):
        match(open_adapter(copy), open_checkpoint(tiny_base))


def test_an_adapted_embedding_is_refused(tiny_base: Path, copy: Path) -> None:
    rename(copy, "layers.1.mlp.up_proj", "embed_tokens")
    with pytest.raises(ExportError, match="embed_tokens, which is no linear layer"):
        match(open_adapter(copy), open_checkpoint(tiny_base))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"peft_type": "LOHA"}, "another kind .peft_type: 'LOHA'"),
        ({"lora_bias": True}, "uses lora_bias"),
        ({"bias": "all"}, "bias: 'all'"),
        ({"modules_to_save": ["lm_head"]}, "uses modules_to_save"),
        ({"fan_in_fan_out": True}, "uses fan_in_fan_out"),
        ({"trainable_token_indices": [3]}, "uses trainable_token_indices"),
        ({"init_lora_weights": "pissa"}, "began with 'pissa'"),
        ({"a_setting_of_the_future": True}, "uses a_setting_of_the_future"),
    ],
)
def test_what_cannot_be_merged_exactly_is_refused_by_name(
    copy: Path, changes: dict[str, Any], words: str
) -> None:
    edit(copy, **changes)
    with pytest.raises(ExportError, match=words):
        open_adapter(copy)


def test_tensors_that_are_not_lora_are_refused_by_name(copy: Path) -> None:
    rename(copy, "layers.1.mlp.up_proj.lora_A.weight", "lm_head.modules_to_save.weight")
    with pytest.raises(ExportError, match=r"holds .*lm_head\.modules_to_save\.weight"):
        open_adapter(copy)


def test_half_a_pair_is_refused(copy: Path) -> None:
    tensors = load_file(copy / WEIGHTS)
    del tensors[next(name for name in tensors if "lora_B" in name)]
    save_file(tensors, copy / WEIGHTS)
    with pytest.raises(ExportError, match="lacks a part of language_model"):
        open_adapter(copy)


def test_magnitudes_that_got_lost_are_missed(copy: Path) -> None:
    tensors = load_file(copy / WEIGHTS)
    del tensors[next(name for name in tensors if "magnitude" in name)]
    save_file(tensors, copy / WEIGHTS)
    with pytest.raises(ExportError, match="lacks the DoRA magnitude of language_model"):
        open_adapter(copy)


def test_settings_of_another_adapter_are_noticed(copy: Path) -> None:
    edit(copy, r=16)
    with pytest.raises(ExportError, match="does not have rank 16, as its settings say"):
        open_adapter(copy)
    edit(copy, r=8, use_dora=False)
    with pytest.raises(ExportError, match="has the DoRA magnitude"):
        open_adapter(copy)


@pytest.mark.parametrize("missing", ["adapter_config.json", WEIGHTS])
def test_a_missing_file_is_named(copy: Path, missing: str) -> None:
    (copy / missing).unlink()
    with pytest.raises(ExportError, match=missing):
        open_adapter(copy)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(tiny_base: Path, copy: Path, value: float) -> None:
    tensors = load_file(copy / WEIGHTS)
    name = next(name for name in tensors if name.endswith("layers.0.mlp.up_proj.lora_B.weight"))
    tensors[name][3, 3] = value
    save_file(tensors, copy / WEIGHTS)
    merger = Merger(open_checkpoint(tiny_base), open_adapter(copy))
    with pytest.raises(ExportError, match=r"up_proj is no number any more"):
        merger.tensor("language_model.model.layers.0.mlp.up_proj.weight")
