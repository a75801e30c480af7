"""The lean plain path: PEFT's mathematics, less memory."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
import torch.nn.functional as F
from bitsandbytes.nn import Linear4bit
from peft import LoraConfig, get_peft_model
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.checkpoint import checkpoint

from ghost_engine.training import lean

IN, OUT, TOKENS = 128, 192, 9


class Part(nn.Module):
    """A model of one linear layer."""

    def __init__(self, quantized: bool, bias: bool) -> None:
        super().__init__()
        plain = nn.Linear(IN, OUT, bias=bias)
        if not quantized:
            self.proj: nn.Module = plain
            return
        kind = torch.float32
        four = Linear4bit(IN, OUT, bias=bias, compute_dtype=kind, quant_type="nf4")
        four.load_state_dict(plain.state_dict())
        self.proj = four.to("cpu")

    def forward(self, x: torch.Tensor) -> Any:
        return self.proj(x)


def adapted(quantized: bool, bias: bool, dora: bool, dropout: float = 0.0) -> Any:
    torch.manual_seed(7)
    config = LoraConfig(
        r=8, lora_alpha=16, use_rslora=True, use_dora=dora, target_modules=["proj"],
        lora_dropout=dropout,
    )  # fmt: skip
    model = get_peft_model(Part(quantized, bias), config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter += 0.05 * torch.randn_like(parameter)
    return model


def made_lean(model: Any) -> Any:
    twin = copy.deepcopy(model)
    for layer in twin.modules():
        if hasattr(layer, "lora_A") and lean._is_linear(layer):
            layer.forward = lean.types.MethodType(lean._lean_forward(layer.forward), layer)
    return twin


def trained(model: Any) -> dict[str, torch.Tensor]:
    return {n: p for n, p in model.named_parameters() if p.requires_grad}


@pytest.mark.parametrize("dora", [False, True])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("quantized", [False, True])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_it_computes_what_peft_computes(
    quantized: bool, bias: bool, dora: bool, dropout: float
) -> None:
    stock = adapted(quantized, bias, dora, dropout)
    own = made_lean(stock)
    x, weights = torch.randn(2, TOKENS, IN), torch.randn(2, TOKENS, OUT)

    results, slopes = [], []
    for model in (stock, own):
        torch.manual_seed(3)
        asked = x.clone().requires_grad_()
        result = model(asked)
        (result * weights).sum().backward()
        results.append(result.detach())
        slopes.append([asked.grad, *(p.grad for p in trained(model).values())])

    torch.testing.assert_close(results[1], results[0], rtol=1e-4, atol=1e-4)
    for mine, theirs in zip(slopes[1], slopes[0], strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-3)


def test_row_norms_follow_every_optimizer_step() -> None:
    model = made_lean(adapted(quantized=True, bias=False, dora=True))
    layer = next(m for m in model.modules() if hasattr(m, "lora_magnitude_vector"))
    optimizer = torch.optim.AdamW(trained(model).values(), lr=0.05)
    for _ in range(3):
        model(torch.randn(1, TOKENS, IN)).square().mean().backward()
        optimizer.step()
        optimizer.zero_grad()
        whole = lean._weight(layer.get_base_layer()).float()
        whole += layer.scaling["default"] * (
            layer.lora_B["default"].weight @ layer.lora_A["default"].weight
        )
        torch.testing.assert_close(lean._row_norms(layer, "default"), whole.norm(dim=1))


def test_row_norms_are_kept_between_steps() -> None:
    model = made_lean(adapted(quantized=True, bias=False, dora=True))
    layer = next(m for m in model.modules() if hasattr(m, "lora_magnitude_vector"))
    assert lean._row_norms(layer, "default") is lean._row_norms(layer, "default")


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[None]:
    """A company of one process that DDP takes for several."""
    store = dist.FileStore(str(tmp_path / "store"), 1)
    dist.init_process_group("gloo", store=store, rank=0, world_size=1)
    yield
    dist.destroy_process_group()


def test_row_norms_are_asked_for_once_a_step_under_ddp(
    alone: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[nn.Module] = []
    weight_of = lean._weight
    monkeypatch.setattr(lean, "_weight", lambda base: asked.append(base) or weight_of(base))
    model = made_lean(adapted(quantized=True, bias=False, dora=True))
    together = DistributedDataParallel(model)
    optimizer = torch.optim.AdamW(trained(model).values(), lr=0.05)
    for _ in range(2):
        for last in (False, False, True):
            x = torch.randn(1, TOKENS, IN, requires_grad=True)
            with contextlib.nullcontext() if last else together.no_sync():
                checkpoint(together, x, use_reentrant=False).square().mean().backward()
        optimizer.step()
        optimizer.zero_grad()
    assert len(asked) == 2


def test_a_switched_off_adapter_gives_the_base() -> None:
    model = made_lean(adapted(quantized=False, bias=True, dora=True))
    x = torch.randn(1, TOKENS, IN)
    with model.disable_adapter():
        torch.testing.assert_close(model(x), model.base_model.model.proj.base_layer(x))


@pytest.mark.parametrize("softcap", [None, 5.0])
def test_the_loss_is_cross_entropy_of_the_answer(softcap: float | None, monkeypatch: Any) -> None:
    monkeypatch.setattr(lean, "LOGIT_ROWS", 4)  # several slices
    torch.manual_seed(1)
    hidden = torch.randn(2, TOKENS, 16, requires_grad=True)
    head, labels = torch.randn(50, 16), torch.randint(0, 50, (2, TOKENS))
    labels[0, :4] = -100
    labels[1, 7:] = -100
    logits = hidden[:, :-1] @ head.t()
    if softcap:
        logits = softcap * torch.tanh(logits / softcap)
    expected = F.cross_entropy(logits.flatten(0, 1), labels[:, 1:].flatten(), ignore_index=-100)
    (slope,) = torch.autograd.grad(expected, hidden)

    loss = lean._loss(hidden, head, labels, None, softcap)
    loss.backward()

    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(hidden.grad, slope)


def test_the_loss_of_a_step_counts_every_token_once() -> None:
    hidden, head = torch.randn(2, TOKENS, 16), torch.randn(50, 16)
    labels = torch.randint(0, 50, (2, TOKENS))
    labels[0, :6] = -100
    whole = lean._loss(hidden, head, labels, None, None)
    items = int((labels[:, 1:] != -100).sum())
    parts = [lean._loss(hidden[i : i + 1], head, labels[i : i + 1], items, None) for i in (0, 1)]
    torch.testing.assert_close(parts[0] + parts[1], whole)


def test_nothing_asked_is_a_zero_that_can_be_differentiated() -> None:
    hidden = torch.randn(1, 4, 16, requires_grad=True)
    loss = lean._loss(hidden, torch.randn(50, 16), torch.full((1, 4), -100), None, None)
    loss.backward()
    assert loss.item() == 0 and hidden.grad is not None


def test_trainables_are_float32_after_settling() -> None:
    model = adapted(quantized=True, bias=False, dora=True)
    for parameter in trained(model).values():
        parameter.data = parameter.data.bfloat16()
    assert lean.settle_trainables(model) == 3
    assert {p.dtype for p in trained(model).values()} == {torch.float32}
    assert lean.settle_trainables(model) == 0


@pytest.mark.parametrize(("settled", "moves"), [(False, False), (True, True)])
def test_magnitudes_move_in_float32_and_not_in_bf16(settled: bool, moves: bool) -> None:
    """What trl's cast to bf16 does at the usual learning rate, and what settling mends."""
    model = made_lean(adapted(quantized=True, bias=False, dora=True))
    for parameter in trained(model).values():
        parameter.data = parameter.data.bfloat16()
    if settled:
        lean.settle_trainables(model)
    magnitude = next(p for n, p in trained(model).items() if "magnitude" in n)
    before = magnitude.detach().clone()
    optimizer = torch.optim.AdamW(trained(model).values(), lr=1e-4, weight_decay=0.0)
    for _ in range(5):
        model(torch.randn(1, TOKENS, IN)).square().mean().backward()
        optimizer.step()
        optimizer.zero_grad()
    assert bool((magnitude != before).any()) is moves
