"""The sizes of a model, counted without it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from transformers import Gemma3Config, Gemma3ForConditionalGeneration

from ghost_engine.errors import ConfigError
from ghost_engine.training.config import ATTENTION, FEED_FORWARD, load_preset
from ghost_engine.training.model import VISION_MODULES, load_model
from ghost_engine.training.shapes import (
    GEMMA3,
    VISION_LINEARS,
    ModelShape,
    VisionShape,
    adapter_parameters,
    find_shape,
    make_shape,
    read_shape,
)

SEVEN = ATTENTION + FEED_FORWARD


def config_of(shape: ModelShape) -> Gemma3Config:
    vision = shape.vision or VisionShape()
    text = {
        "hidden_size": shape.hidden,
        "intermediate_size": shape.feed_forward,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.key_value_heads,
        "head_dim": shape.head_size,
        "vocab_size": shape.vocabulary,
    }
    tower = {
        "hidden_size": vision.hidden,
        "intermediate_size": vision.feed_forward,
        "num_hidden_layers": vision.layers,
        "num_attention_heads": vision.heads,
        "image_size": vision.image_size,
        "patch_size": vision.patch_size,
        "vision_use_head": False,
    }
    return Gemma3Config(text_config=text, vision_config=tower)


@pytest.mark.parametrize("size", GEMMA3)
def test_parameters_are_those_of_the_model_that_transformers_builds(size: str) -> None:
    shape = GEMMA3[size]
    with torch.device("meta"):
        model = Gemma3ForConditionalGeneration(config_of(shape))
    assert shape.parameters == sum(each.numel() for each in model.parameters())


def test_a_config_json_gives_the_shape(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config_of(GEMMA3["12b"]).to_dict(), default=str), "utf-8")
    found = find_shape(str(tmp_path))
    assert found == read_shape(path)
    assert found.parameters == GEMMA3["12b"].parameters


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("unsloth/gemma-3-12b-it-bnb-4bit", 48),
        ("google/gemma-3-4b-it", 34),
        ("/models/Gemma-3-27B", 62),
        ("smoke", 2),
    ],
)
def test_a_name_gives_the_shape_of_published_models(name: str, layers: int) -> None:
    assert find_shape(name).layers == layers


def test_a_checkpoint_that_comes_quantized_may_leave_its_tower_wide() -> None:
    kept = {"quantization_config": {"llm_int8_skip_modules": ["lm_head", "vision_tower"]}}
    assert make_shape({**config_of(GEMMA3["4b"]).to_dict(), **kept}).wide_tower
    assert find_shape("unsloth/gemma-3-12b-it-bnb-4bit").wide_tower
    assert not find_shape("unsloth/gemma-3-12b-it").wide_tower


def test_a_model_of_unknown_sizes_is_refused_with_a_way_out() -> None:
    with pytest.raises(ConfigError, match="not known before it is loaded") as caught:
        find_shape("somebody/llama-4-12b")
    assert "config.json" in caught.value.hint


@pytest.mark.parametrize(
    "values",
    [{}, {"model_type": "llama"}, {"model_type": "gemma3", "text_config": {"hidden_size": 8}}],
)
def test_a_config_that_is_no_whole_gemma3_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        make_shape(values)


def test_adapters_of_the_presets_are_as_many_as_were_measured() -> None:
    shape = GEMMA3["12b"]
    t4 = adapter_parameters(shape, SEVEN, 64, dora=False, vision=False)
    a10g = adapter_parameters(shape, SEVEN, 64, dora=True, vision=True)
    assert (t4 / 1e6, a10g / 1e6) == (pytest.approx(261.88, 1e-4), pytest.approx(299.17, 1e-4))


@pytest.mark.parametrize("vision", [False, True])
def test_adapters_are_those_that_the_loader_makes(vision: bool) -> None:
    config = load_preset("smoke").changed(
        rank=4, use_dora=vision, tune_vision=vision, target_modules=("q_proj", "down_proj")
    )
    shape = find_shape(config.base_model)
    counted = adapter_parameters(shape, config.target_modules, 4, dora=vision, vision=vision)
    assert counted == load_model(config).trainable


def test_the_tower_has_the_layers_that_the_loader_tunes() -> None:
    assert VISION_LINEARS == VISION_MODULES
