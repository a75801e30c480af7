"""Folders of weights: what is found without torch, and what is refused before anything is read."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.errors import ExportError
from ghost_engine.export.checkpoint import INDEX, SINGLE, licence_of, open_checkpoint, sketch

torch = pytest.importorskip("torch", reason="needs requirements-train-cpu.txt")
from safetensors.torch import load_file, save_file  # noqa: E402


@pytest.fixture
def copy(tiny_base: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_base, tmp_path / "base"))


def change(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def shard(folder: Path) -> None:
    """Two files and an index in the place of one file."""
    tensors = load_file(folder / SINGLE)
    names = sorted(tensors)
    places = {name: f"model-{1 + (name > names[30])}.safetensors" for name in names}
    for file in set(places.values()):
        save_file({name: tensors[name] for name in names if places[name] == file}, folder / file)
    (folder / INDEX).write_text(json.dumps({"weight_map": places}))
    (folder / SINGLE).unlink()


def test_a_checkpoint_is_known_by_its_headers_alone(tiny_base: Path) -> None:
    checkpoint = open_checkpoint(tiny_base)

    embedding = checkpoint.tensors["language_model.model.embed_tokens.weight"]
    assert (embedding.dtype, embedding.shape) == ("BF16", (1536, 256))
    assert not checkpoint.nf4
    assert checkpoint.architecture.text.full_every == 2


def test_neither_checkpoint_nor_adapter_needs_torch(tiny_base: Path, tiny_adapter: Any) -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from ghost_engine.export import checkpoint, lora, tensors;"
        "base = checkpoint.open_checkpoint(Path(sys.argv[1]));"
        "lora.match(lora.open_adapter(Path(sys.argv[2])), base);"
        "tensors.file_bytes(base, 'q4_k_m');"
        "print({'torch', 'transformers', 'gguf', 'safetensors', 'numpy'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code, str(tiny_base), str(tiny_adapter())]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "set()\n"


@pytest.mark.parametrize(
    "changes",
    [
        {"vision_tower.vision_model.": "vision_tower."},
        {"language_model.model.": "model.language_model.", "vision_tower.": "model.vision_tower."},
    ],
    ids=["transformers 5 on disk", "transformers in memory"],
)
def test_other_layouts_go_by_the_same_names(
    copy: Path, tiny_base: Path, changes: dict[str, str]
) -> None:
    renamed = {}
    for name, tensor in load_file(copy / SINGLE).items():
        begin = next((old for old in changes if name.startswith(old)), "")
        renamed[changes.get(begin, "") + name.removeprefix(begin)] = tensor
    save_file(renamed, copy / SINGLE)
    other, own = open_checkpoint(copy), open_checkpoint(tiny_base)

    assert other.tensors == own.tensors
    assert all(torch.equal(other.tensor(name), own.tensor(name)) for name in own.tensors)


def test_shards_are_one_checkpoint(copy: Path, tiny_base: Path) -> None:
    shard(copy)
    checkpoint = open_checkpoint(copy)

    name = "language_model.model.norm.weight"
    assert checkpoint.tensors.keys() == open_checkpoint(tiny_base).tensors.keys()
    assert torch.equal(checkpoint.tensor(name), open_checkpoint(tiny_base).tensor(name))


def test_a_missing_shard_is_named(copy: Path) -> None:
    shard(copy)
    (copy / "model-2.safetensors").unlink()
    with pytest.raises(ExportError, match=r"lacks model-2\.safetensors\. Fetch it again"):
        open_checkpoint(copy)


def test_a_file_that_was_cut_off_is_named(copy: Path) -> None:
    with (copy / SINGLE).open("rb+") as stream:
        stream.truncate(3_000_000)
    with pytest.raises(ExportError, match=r"model\.safetensors is cut off: 3,000,000 of 3,4"):
        open_checkpoint(copy)


@pytest.mark.parametrize("content", [b"", b"\xff" * 100, b"\x02" + bytes(7) + b"[]" + bytes(90)])
def test_a_broken_header_is_named(copy: Path, content: bytes) -> None:
    (copy / SINGLE).write_bytes(content)
    with pytest.raises(ExportError, match=r"model\.safetensors (is no safetensors|has a damaged)"):
        open_checkpoint(copy)


def test_another_kind_of_model_is_refused(copy: Path) -> None:
    change(copy, model_type="llama")
    with pytest.raises(ExportError, match="no Gemma-3 .found: 'llama'"):
        open_checkpoint(copy)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"query_pre_attn_scalar": 168}, "query_pre_attn_scalar 168"),
        ({"attn_logit_softcapping": 50.0}, "attn_logit_softcapping"),
        ({"tie_word_embeddings": False}, "an output layer of its own"),
        ({"layer_types": ["full_attention", "sliding_attention"]}, "no period"),
    ],
)
def test_what_llama_cpp_would_compute_otherwise_is_refused(
    copy: Path, setting: dict[str, Any], words: str
) -> None:
    text = json.loads((copy / "config.json").read_text())["text_config"]
    change(copy, text_config={**text, **setting})
    with pytest.raises(ExportError, match=words):
        open_checkpoint(copy)


def test_weights_of_another_size_than_the_config_says_are_refused(copy: Path) -> None:
    vision = json.loads((copy / "config.json").read_text())["vision_config"]
    change(copy, vision_config={**vision, "intermediate_size": 256})
    with pytest.raises(ExportError, match=r"fc1.weight of the base is 128 x 64; .* says 256 x 64"):
        open_checkpoint(copy)


def test_weights_that_nobody_knows_are_refused(copy: Path) -> None:
    tensors = load_file(copy / SINGLE)
    tensors["language_model.model.layers.0.self_attn.q_proj.bias"] = torch.zeros(256)
    save_file(tensors, copy / SINGLE)
    with pytest.raises(ExportError, match=r"has language_model.*q_proj\.bias; no Gemma-3"):
        open_checkpoint(copy)


def test_a_config_as_the_hub_has_it_gives_the_published_sizes(
    twelve_billion: dict[str, Any],
) -> None:
    twelve = sketch(twelve_billion)

    part = twelve.architecture.text
    assert (part.vocabulary, part.head_dim, part.context) == (262_208, 256, 131_072)
    assert (part.full_every, part.rope_factor, part.rope_theta) == (6, 8.0, 1e6)
    assert twelve.architecture.vision.pooled == 4
    assert len(twelve.tensors) == 48 * 13 + 2 + 27 * 16 + 5 + 2


def test_the_licence_is_what_the_model_card_says(copy: Path) -> None:
    assert licence_of(copy) == "gemma"
    (copy / "README.md").write_text("---\nlanguage: en\nlicense: apache-2.0\n---\n# A model\n")
    assert licence_of(copy) == "apache-2.0"
