"""The loaded model: who trains, in which type, and that lean means equal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model

from ghost_engine.errors import TrainingError
from ghost_engine.training import model as models
from ghost_engine.training.collate import Collator
from ghost_engine.training.config import TrainingConfig, load_preset
from ghost_engine.training.lean import answer_loss, settle_trainables
from ghost_engine.training.tiny import build_random_gemma3

DATA = Path(__file__).resolve().parents[2] / "data"
LANGUAGE = "model.language_model.layers.3.self_attn.q_proj"
VISION = "model.vision_tower.encoder.layers.3.self_attn.q_proj"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_random_gemma3(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def row() -> dict[str, Any]:
    first = json.loads((DATA / "pairs.jsonl").read_text("utf-8").splitlines()[0])
    return {"id": "1", "image": first["image"], "instruction": "Draw it.", "sql": first["sql"]}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    torch.manual_seed(0)
    yield


def config_for(checkpoint: Path, **values: Any) -> TrainingConfig:
    return load_preset("smoke").changed(base_model=str(checkpoint), max_seq_length=2048, **values)


def batch(loaded: models.Loaded, row: dict[str, Any]) -> dict[str, Any]:
    return Collator(loaded.processor, 2048, DATA)([row])


def shaken(model: Any) -> Any:
    """With adapters that do something: a fresh LoRA B is zero."""
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter += 0.02 * torch.randn(parameter.shape, generator=generator)
    return model


def slopes(model: Any) -> dict[str, torch.Tensor]:
    return {n: p.grad for n, p in model.named_parameters() if p.requires_grad}


def test_a_processor_with_bfloat16_keeps_the_weights_that_have_gradients(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bitsandbytes.nn import modules

    monkeypatch.setattr(modules, "has_avx512bf16", lambda: True)
    base = models.load_base(config_for(checkpoint), str(checkpoint), "cpu", "fp32")
    packed = [layer for layer in base.modules() if type(layer).__name__ == "Linear4bit"]

    assert packed
    assert not any(layer.support_avx512bf16_for_cpu for layer in packed)


@pytest.mark.parametrize("tune_vision", [False, True])
def test_the_lean_model_has_the_loss_and_gradients_of_the_stock_one(
    checkpoint: Path, row: dict[str, Any], tune_vision: bool
) -> None:
    config = config_for(checkpoint, tune_vision=tune_vision)
    loaded = models.load_model(config)
    inputs = batch(loaded, row)
    lean = shaken(loaded.model).train()
    base = models.load_base(config, str(checkpoint), "cpu", "fp32")
    lora = LoraConfig(
        task_type="CAUSAL_LM",
        target_modules=models.target_pattern(config),
        **models._lora_values(config),
    )
    stock = get_peft_model(base, lora).train()
    stock.load_state_dict(lean.state_dict(), strict=False)

    mine = answer_loss(lean, inputs)
    mine.backward()
    theirs = stock(**inputs).loss
    theirs.backward()

    torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-4)
    wanted = slopes(stock)
    assert slopes(lean).keys() == wanted.keys()
    for name, slope in slopes(lean).items():
        torch.testing.assert_close(slope, wanted[name], rtol=2e-3, atol=2e-4, msg=name)


def test_only_adapters_of_the_language_model_train_while_vision_is_frozen(
    checkpoint: Path,
) -> None:
    loaded = models.load_model(config_for(checkpoint))
    names = [n for n, p in loaded.model.named_parameters() if p.requires_grad]
    assert names and all("language_model" in n and "lora_" in n for n in names)
    assert sum("magnitude" in n for n in names) == 14
    assert loaded.trainable == sum(p.numel() for p in loaded.model.parameters() if p.requires_grad)


def test_vision_gets_adapters_when_asked_and_the_projector_never(checkpoint: Path) -> None:
    loaded = models.load_model(config_for(checkpoint, tune_vision=True))
    names = [n for n, p in loaded.model.named_parameters() if p.requires_grad]
    assert any("vision_tower" in n for n in names) and not any("projector" in n for n in names)


def test_a_frozen_tower_keeps_nothing_for_the_backward_pass(
    checkpoint: Path, row: dict[str, Any]
) -> None:
    loaded = models.load_model(config_for(checkpoint))
    inputs = batch(loaded, row)
    core = loaded.model.get_base_model()
    seen = core.model.get_image_features(inputs["pixel_values"]).pooler_output
    assert not seen.requires_grad


def test_the_scale_is_rank_stabilised(checkpoint: Path) -> None:
    config = config_for(checkpoint)
    loaded = models.load_model(config)
    layer = next(m for m in loaded.model.modules() if hasattr(m, "lora_A"))
    assert layer.scaling["default"] == pytest.approx(config.scale) == pytest.approx(32 / 16**0.5)


def test_the_adapter_reloads_to_the_same_logits(
    checkpoint: Path, row: dict[str, Any], tmp_path: Path
) -> None:
    config = config_for(checkpoint)
    loaded = models.load_model(config)
    settle_trainables(loaded.model)
    inputs = batch(loaded, row)
    inputs.pop("labels")
    shaken(loaded.model).eval().save_pretrained(tmp_path / "adapter")
    base = models.load_base(config, str(checkpoint), "cpu", "fp32")
    again = PeftModel.from_pretrained(base, tmp_path / "adapter").eval()
    with torch.no_grad():
        torch.testing.assert_close(
            again(**inputs).logits, loaded.model(**inputs).logits, rtol=1e-4, atol=1e-3
        )


@pytest.mark.parametrize(
    ("name", "tune_vision", "wanted"),
    [
        (LANGUAGE, False, True),
        (LANGUAGE, True, True),
        (VISION, False, False),
        (VISION, True, True),
        ("model.vision_tower.encoder.layers.3.mlp.fc1", True, True),
        ("model.multi_modal_projector.q_proj", True, False),
        ("lm_head", True, False),
        ("model.language_model.layers.3.self_attn.q_proj_extra", False, False),
    ],
)
def test_targets_are_anchored(name: str, tune_vision: bool, wanted: bool) -> None:
    pattern = models.target_pattern(TrainingConfig(tune_vision=tune_vision))
    assert bool(re.fullmatch(pattern, name)) is wanted


def test_another_family_is_refused_by_name(tmp_path: Path) -> None:
    class Other:
        config = type("Config", (), {"model_type": "llama"})

    with pytest.raises(TrainingError, match="llama"):
        models._check_family(Other())


def test_unsloth_without_a_gpu_is_refused() -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(TrainingError, match="loader unsloth"):
        models.choose_loader(TrainingConfig(loader="unsloth"))
    with pytest.raises(TrainingError, match="sees no GPU"):
        models._device(TrainingConfig(device="cuda"))
