"""A tiny Gemma-3 in the hub's layout and adapters for it, written by stock PEFT."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.training.config import TrainingConfig
from ghost_engine.training.tiny import build_random_gemma3

MakeAdapter = Callable[..., Path]
LANGUAGE = r".*language_model.*\.(?:q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"
VISION = r".*vision_tower.*\.(?:q_proj|k_proj|v_proj|out_proj|fc1|fc2)"


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smoke model's folder. Read only: every test shares it."""
    pytest.importorskip("torch", reason="needs requirements-train-cpu.txt")
    pytest.importorskip("transformers", reason="needs requirements-train-cpu.txt")
    return build_random_gemma3(tmp_path_factory.mktemp("bases") / "tiny")


@pytest.fixture(scope="session")
def tiny_adapter(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> MakeAdapter:
    """`tiny_adapter()` is the folder of an adapter that changes its base plainly (read only).

    `vision=True` tunes the tower too; further keywords are those of PEFT's `LoraConfig`
    (`use_dora`, `use_rslora`, `r`, `lora_alpha`, `rank_pattern`...). `base` is another base's
    folder; equal arguments give the same folder. Its ghost.json is that of a finished run.
    """
    pytest.importorskip("peft", reason="needs requirements-train-cpu.txt")
    made: dict[str, Path] = {}

    def make(*, vision: bool = False, base: Path | None = None, seed: int = 1, **lora: Any) -> Path:
        source = base or tiny_base
        asked = {"use_dora": True, "use_rslora": True, "r": 8, "lora_alpha": 16, **lora}
        asked.setdefault("target_modules", f"(?:{LANGUAGE})|(?:{VISION})" if vision else LANGUAGE)
        key = json.dumps([str(source), seed, asked], default=str)
        if key not in made:
            folder = tmp_path_factory.mktemp("adapters") / "adapter"
            made[key] = _write_adapter(folder, source, seed, asked)
        return made[key]

    return make


@pytest.fixture
def twelve_billion() -> dict[str, Any]:
    """The config.json of Gemma-3-12B as the hub has it: what is usual is left out."""
    text = {
        "hidden_size": 3840,
        "intermediate_size": 15360,
        "num_attention_heads": 16,
        "num_hidden_layers": 48,
        "num_key_value_heads": 8,
        "rope_scaling": {"factor": 8.0, "rope_type": "linear"},
        "sliding_window": 1024,
    }
    vision = {
        "hidden_size": 1152,
        "image_size": 896,
        "intermediate_size": 4304,
        "num_attention_heads": 16,
        "num_hidden_layers": 27,
        "patch_size": 14,
    }
    return {"model_type": "gemma3", "text_config": text, "vision_config": vision}


@pytest.fixture(scope="session")
def tiny_files(
    tiny_base: Path, tiny_adapter: MakeAdapter, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """The BF16 file ("bf16") and the "mmproj" of `tiny_adapter(vision=True)` (read only)."""
    pytest.importorskip("gguf", reason="needs requirements-export.txt")
    from ghost_engine.export.checkpoint import open_checkpoint
    from ghost_engine.export.lora import Merger, open_adapter
    from ghost_engine.export.stream import write_text, write_vision

    merger = Merger(open_checkpoint(tiny_base), open_adapter(tiny_adapter(vision=True)))
    folder = tmp_path_factory.mktemp("gguf")
    files = {part: folder / f"tiny-{part}.gguf" for part in ("bf16", "mmproj")}
    about = {"name": "tiny", "base_model": "google/gemma-3-12b-it", "run": "run-1"}
    write_text(merger, files["bf16"], about, lambda *_: None, lambda: False)
    write_vision(merger, files["mmproj"], about, lambda *_: None, lambda: False)
    return files


def _write_adapter(folder: Path, base: Path, seed: int, asked: dict[str, Any]) -> Path:
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import Gemma3ForConditionalGeneration

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = Gemma3ForConditionalGeneration.from_pretrained(base, dtype=torch.float32)
        tuned = get_peft_model(model, LoraConfig(**asked))
        _shake(tuned)
    tuned.save_pretrained(folder, save_embedding_layers=False)
    (folder / "README.md").unlink()
    (folder / "ghost.json").write_text(json.dumps(_about(folder, base, asked), indent=1), "utf-8")
    return folder


def _shake(tuned: Any) -> None:
    """As after training: a fresh adapter changes nothing (B is 0, the magnitudes are norms)."""
    import torch

    with torch.no_grad():
        for name, weight in tuned.named_parameters():
            if "lora_B" in name:
                weight.normal_(0, 0.05)
            if "magnitude" in name:
                weight.mul_(1 + 0.05 * torch.randn_like(weight))


def _about(folder: Path, base: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """As `training.adapter.write_adapter` says it."""
    config = TrainingConfig(
        base_model=str(base),
        export_base=str(base),
        rank=asked["r"],
        alpha=asked["lora_alpha"],
        use_dora=asked["use_dora"],
        use_rslora=asked["use_rslora"],
        max_steps=1,
        warmup_steps=0,
    )
    files = {each.name: _sha256(each) for each in sorted(folder.iterdir())}
    return {
        "which": "best",
        "step": 1,
        "eval_loss": 1.0,
        "trained_steps": 1,
        "total_steps": 1,
        "run": "20260101-000000-train-tiny",
        "attempt": 1,
        "config": config.model_dump(mode="json"),
        "model": {
            "base_model": str(base),
            "export_base": str(base),
            "loader": "plain",
            "precision": "fp32",
            "revision": None,
            "config_sha256": _sha256(base / "config.json"),
        },
        "dataset": {"read": 1, "train": 1, "validation": 0, "sha256": "0" * 64},
        "versions": {},
        "files": files,
    }


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
