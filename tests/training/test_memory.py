"""The closed form against what was measured on a card, and against what autograd keeps."""

from __future__ import annotations

import subprocess
import sys
import time
import weakref
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from ghost_engine.hardware import KNOWN_CARDS
from ghost_engine.training import footprint
from ghost_engine.training.config import TrainingConfig, load_preset, with_settings
from ghost_engine.training.footprint import GIB, Loader, Step
from ghost_engine.training.lean import LOGIT_ROWS, answer_loss
from ghost_engine.training.memory import (
    NCCL_GIB,
    PARTS,
    Comparison,
    Measured,
    compare,
    estimate_vram,
    measure_peak,
)
from ghost_engine.training.model import load_model
from ghost_engine.training.shapes import GEMMA3, find_shape
from ghost_engine.training.tiny import TinyShape, build_random_gemma3

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/memory.md"
SHAPE = GEMMA3["12b"]
TOKENS = 512


def preset(name: str, **values: Any) -> TrainingConfig:
    """As it was measured: no dropout, one batch a step."""
    parity = {"dropout": 0.0, "gradient_accumulation_steps": 1}
    return load_preset(name).changed(**{**parity, **values})


@pytest.mark.parametrize(
    ("name", "loader", "precision", "tokens", "peak_gib"),
    [
        ("t4", "unsloth", "fp16", 1970, 11.06),
        ("t4", "unsloth", "bf16", 1970, 10.91),
        ("a10g", "unsloth", "bf16", 4042, 14.67),
    ],
)
def test_the_closed_form_meets_the_peaks_measured_on_an_h100(
    name: str, loader: Loader, precision: str, tokens: int, peak_gib: float
) -> None:
    config = preset(name, precision=precision)
    estimate = estimate_vram(config, SHAPE, loader=loader, tokens=tokens)
    assert estimate.allocated_gib == pytest.approx(peak_gib, rel=0.10)


@pytest.mark.parametrize("loader", ["plain", "unsloth"])
@pytest.mark.parametrize("name", ["t4", "a10g", "text", "smoke"])
def test_the_parts_are_those_of_the_peak_and_add_up(name: str, loader: Loader) -> None:
    config = load_preset(name)
    estimate = estimate_vram(config, find_shape(config.base_model), loader=loader)
    assert tuple(estimate.parts) == PARTS
    assert min(estimate.parts.values()) >= 0
    assert sum(estimate.parts.values()) == pytest.approx(estimate.allocated_gib)
    assert estimate.moments[estimate.moment] == max(estimate.moments.values())
    assert estimate.allocated_gib < estimate.reserved_gib < estimate.total_gib


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shape = TinyShape(hidden=256, intermediate=1024, heads=4, key_value_heads=2, head_dim=64)
    return build_random_gemma3(tmp_path_factory.mktemp("models") / "wide", shape)


@pytest.mark.parametrize(
    "values",
    [{}, {"use_dora": True}, {"target_modules": ("q_proj", "v_proj")}, {"rank": 32}],
)
def test_a_block_keeps_what_is_counted(checkpoint: Path, values: dict[str, Any]) -> None:
    asked = {"base_model": str(checkpoint), "precision": "bf16", "use_dora": False, "rank": 4}
    config = load_preset("smoke").changed(**{**asked, "batch_size": 1, **values})
    step = Step(config, find_shape(str(checkpoint)), "plain", TOKENS)
    kept = kept_by_autograd(load_model(config).model)
    assert footprint.block_kept(step) * GIB == pytest.approx(kept, rel=0.02)


def kept_by_autograd(model: Any) -> int:
    """Bytes that the backward pass of one block of the language model holds, but for its input, the
    weights, the mask and the angles of the positions."""
    language = model.get_base_model().model.language_model
    for part in model.modules():
        if hasattr(part, "gradient_checkpointing"):
            part.gradient_checkpointing = False
    hidden = torch.randn(1, TOKENS, language.config.hidden_size).bfloat16().requires_grad_()
    places = torch.arange(TOKENS)[None]
    angles = language.rotary_emb(hidden, places, "full_attention")
    mask = torch.zeros(1, 1, TOKENS, TOKENS).bfloat16()
    outside = [hidden, mask, *angles, *model.parameters(), *model.buffers()]
    seen: dict[int, torch.Tensor] = {}
    with torch.autograd.graph.saved_tensors_hooks(
        lambda tensor: seen.setdefault(tensor.untyped_storage().data_ptr(), tensor),
        lambda same: same,
    ):
        language.layers[1](
            hidden, position_embeddings=angles, attention_mask=mask, position_ids=places
        )
    known = {each.untyped_storage().data_ptr() for each in outside}
    return sum(t.untyped_storage().nbytes() for place, t in seen.items() if place not in known)


@pytest.mark.parametrize("values", [{"use_dora": False}, {"use_dora": True}])
def test_a_step_peaks_where_and_as_is_predicted(checkpoint: Path, values: dict[str, Any]) -> None:
    asked = {"base_model": str(checkpoint), "precision": "bf16", "rank": 8, "batch_size": 1}
    config = load_preset("smoke").changed(**{**asked, "max_seq_length": TOKENS, **values})
    loaded = load_model(config)
    loaded.model.train()
    estimate = estimate_vram(config, find_shape(str(checkpoint)))
    held = sum(estimate.parts[part] for part in ("weights", "adapters", "optimizer"))
    live = LiveBytes(loaded.model)
    batch = words(TOKENS)
    answer_loss(loaded.model, batch).backward()  # DoRA's norms are taken once a step
    loaded.model.zero_grad()
    with live:
        loss = answer_loss(loaded.model, batch)
        live.peak = 0
        loss.backward()
    backward = max(gib for name, gib in estimate.moments.items() if "block" in name)
    assert (backward - held) * GIB == pytest.approx(live.peak, rel=0.05)


def words(tokens: int) -> dict[str, torch.Tensor]:
    """A batch without a picture, most of it answer."""
    ids = torch.randint(300, 1000, (1, tokens), generator=torch.Generator().manual_seed(1))
    labels = ids.clone()
    labels[:, :32] = -100
    kinds = torch.zeros_like(ids)
    return {
        "input_ids": ids,
        "attention_mask": torch.ones_like(ids),
        "token_type_ids": kinds,
        "labels": labels,
    }


class LiveBytes(TorchDispatchMode):
    """Counts the bytes of tensors made while it is on, by their storages."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.now = self.peak = 0
        self.known = {each.untyped_storage().data_ptr() for each in model.parameters()}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(made):
            if isinstance(tensor, torch.Tensor):
                self._see(tensor.untyped_storage())
        self.peak = max(self.peak, self.now)
        return made

    def _see(self, storage: torch.UntypedStorage) -> None:
        place, size = storage.data_ptr(), storage.nbytes()
        if place not in self.known:
            self.known.add(place)
            self.now += size
            weakref.finalize(storage, self._forget, place, size)

    def _forget(self, place: int, size: int) -> None:
        self.known.discard(place)
        self.now -= size


def test_the_loss_is_counted_with_the_rows_that_the_lean_loss_takes() -> None:
    assert footprint.LOSS_ROWS == LOGIT_ROWS


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ({"max_seq_length": 2048}, {}),
        ({"rank": 32}, {}),
        ({"use_dora": False}, {}),
        ({"target_modules": ("q_proj", "v_proj")}, {}),
        ({"tune_vision": False}, {}),
        ({"dropout": 0.0}, {"dropout": 0.1}),
        ({}, {"batch_size": 2}),
        ({}, {"optimizer": "adamw_torch"}),
        ({}, {"load_in_4bit": False}),
        ({}, {"precision": "fp32"}),
    ],
)
@pytest.mark.parametrize("loader", ["plain", "unsloth"])
def test_what_saves_memory_is_predicted_to(
    less: dict[str, Any], more: dict[str, Any], loader: Loader
) -> None:
    low = estimate_vram(preset("a10g", **less), SHAPE, loader=loader)
    high = estimate_vram(preset("a10g", **more), SHAPE, loader=loader)
    assert low.allocated_gib < high.allocated_gib


@pytest.mark.parametrize("loader", ["plain", "unsloth"])
def test_accumulated_gradients_live_on_through_the_loss(loader: Loader) -> None:
    once = estimate_vram(preset("t4"), SHAPE, loader=loader)
    four = estimate_vram(preset("t4", gradient_accumulation_steps=4), SHAPE, loader=loader)
    grown = four.moments["loss"] - once.moments["loss"]
    assert grown == pytest.approx(once.parts["adapters"])


def test_the_text_phase_keeps_nothing_of_pictures() -> None:
    text = estimate_vram(load_preset("text"), SHAPE)
    vision = estimate_vram(load_preset("text").changed(phase="vision"), SHAPE)
    assert text.parts["vision"] == 0
    assert text.allocated_gib < vision.allocated_gib


def test_both_presets_fit_the_cards_they_are_named_after_and_27b_does_not() -> None:
    for name in ("t4", "a10g"):
        estimate = estimate_vram(load_preset(name), SHAPE, KNOWN_CARDS[name], loader="unsloth")
        assert estimate.fits
    large = estimate_vram(load_preset("t4"), GEMMA3["27b"], KNOWN_CARDS["t4"], loader="unsloth")
    assert large.fits is False
    assert large.margin_gib is not None and large.margin_gib < 0


def test_without_a_card_nothing_is_said_of_fitting() -> None:
    estimate = estimate_vram(load_preset("a10g"), SHAPE)
    assert (estimate.fits, estimate.margin_gib) == (None, None)


def test_a_limit_of_memory_counts_like_a_smaller_card() -> None:
    config = load_preset("a10g").changed(memory_limit_gib=8.0)
    assert estimate_vram(config, SHAPE, KNOWN_CARDS["h100"]).fits is False


def test_rows_longer_than_the_context_are_not_reckoned_with() -> None:
    config = load_preset("t4")
    assert estimate_vram(config, SHAPE, tokens=9000) == estimate_vram(config, SHAPE)


def test_a_prediction_stands_beside_its_measurement_in_json() -> None:
    estimate = estimate_vram(preset("t4"), SHAPE, loader="unsloth", tokens=1970)
    side_by_side = compare(estimate, Measured(10.91, 11.4, None))
    assert abs(side_by_side.error) < 0.1
    assert Comparison.from_dict(side_by_side.to_dict()) == side_by_side


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a card")
def test_without_a_card_there_is_no_measurement() -> None:
    assert measure_peak() is None


def test_an_estimate_takes_milliseconds_and_no_torch() -> None:
    code = (
        "import sys; from ghost_engine.training.memory import estimate_vram;"
        "from ghost_engine.training.shapes import find_shape;"
        "from ghost_engine.training.config import load_preset;"
        "estimate_vram(load_preset('smoke'), find_shape('smoke'));"
        "print('torch' in sys.modules)"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == "False"
    config = load_preset("a10g")
    started = time.process_time()
    estimate_vram(config, SHAPE)
    assert time.process_time() - started < 0.5  # 1 ms on a quiet machine


def rows_of(title: str) -> list[list[str]]:
    """The cells of the table under a heading of docs/memory.md."""
    text = DOCUMENT.read_text("utf-8").split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize("row", rows_of("Predicted and measured"), ids=" ".join)
def test_the_document_shows_what_is_predicted_and_how_far_off_it_was(row: list[str]) -> None:
    configuration, known, loader, precision, tokens, predicted, measured, error, *_ = row
    name, *settings = configuration.split()
    config = with_settings(preset(name), [*settings, f"precision={precision}"])
    own = config.changed(max_seq_length=int(tokens))
    estimate = estimate_vram(own, SHAPE, loader="unsloth" if loader == "unsloth" else "plain")
    assert f"{estimate.allocated_gib:.2f}" == predicted
    assert known in ("yes", "no")
    off = 100 * (estimate.allocated_gib / float(measured) - 1)
    assert off == pytest.approx(float(error.removesuffix(" %")), abs=0.1)
    assert abs(off) < 10


@pytest.mark.parametrize("row", rows_of("What the presets take"), ids=" ".join)
def test_the_document_shows_what_the_presets_take(row: list[str]) -> None:
    name, loader, card, allocated, total, fits = row
    config = load_preset(name)
    estimate = estimate_vram(
        config,
        find_shape(config.base_model),
        KNOWN_CARDS[card],
        loader="unsloth" if loader == "unsloth" else "plain",
    )
    assert [f"{estimate.allocated_gib:.1f}", f"{estimate.total_gib:.1f}"] == [allocated, total]
    assert ("yes" if estimate.fits else "no") == fits


def test_each_of_several_cards_takes_what_one_takes_and_buckets_for_its_gradients() -> None:
    one = TrainingConfig(gradient_accumulation_steps=4)
    four, all_of_them = one.changed(gpus=4), one.changed(gpus="all")
    each = [estimate_vram(config, SHAPE) for config in (one, four, all_of_them)]
    gib = each[0].parts["adapters"]  # float32, as the gradients
    assert each[2].allocated_gib == pytest.approx(each[0].allocated_gib + gib)
    beside = [estimate.context_gib - each[0].context_gib for estimate in each]
    assert beside == pytest.approx([0.0, NCCL_GIB, NCCL_GIB])
    assert each[2].total_gib == pytest.approx(each[2].reserved_gib + each[2].context_gib)
    at_loss = [estimate.moments["loss"] for estimate in each]
    assert at_loss[1] == pytest.approx(at_loss[0])  # a batch each: no gradients of earlier ones
