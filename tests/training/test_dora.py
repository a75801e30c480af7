"""The DoRA guard, on the behaviour of old and of pinned PEFT."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from peft.tuners.lora.dora import DoraLinearLayer
from torch import nn

from ghost_engine.training.dora import guard_dora


class Pinned(DoraLinearLayer):  # type: ignore[misc]
    """PEFT as pinned; a subclass, so that no test changes the real one."""

    def forward(self, x: Any, *, lora_A: Any, **kwargs: Any) -> Any:
        return super().forward(x, lora_A=lora_A, **kwargs)


class Old(Pinned):
    """PEFT up to 0.18: the identity has the input's type."""

    def forward(self, x: Any, *, lora_A: Any, lora_B: Any, **kwargs: Any) -> Any:
        lora_B(lora_A(torch.eye(lora_A.weight.shape[1], dtype=x.dtype)))
        return super().forward(x, lora_A=lora_A, lora_B=lora_B, **kwargs)


def call(layer_class: type[nn.Module], kind: torch.dtype) -> torch.Tensor:
    torch.manual_seed(0)
    base, down, up = nn.Linear(32, 32, bias=False), nn.Linear(32, 4, False), nn.Linear(4, 32, False)
    layer = layer_class(fan_in_fan_out=False)
    layer.update_layer(base_layer=base, lora_A=down.weight, lora_B=up.weight, scaling=2.0)
    base = base.to(kind)
    x = torch.randn(2, 5, 32).to(kind)
    return layer(x, lora_A=down, lora_B=up, scaling=2.0, base_layer=base, base_result=base(x))


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("behaviour", [Pinned, Old])
def test_half_inputs_pass_and_keep_their_type(behaviour: type, kind: torch.dtype) -> None:
    fresh = type("Fresh", (behaviour,), {"forward": behaviour.forward})
    expected = call(fresh, torch.float32)
    assert guard_dora(fresh) == "guarded"

    result = call(fresh, kind)

    assert result.dtype == kind
    torch.testing.assert_close(result.float(), expected, rtol=0.1, atol=0.1)


def test_without_the_guard_old_peft_fails() -> None:
    with pytest.raises(RuntimeError, match="dtype|same"):
        call(Old, torch.float16)


def test_equal_types_go_through_untouched() -> None:
    fresh = type("Fresh", (Old,), {"forward": Old.forward})
    expected = call(Old, torch.float32)
    guard_dora(fresh)
    assert torch.equal(call(fresh, torch.float32), expected)


def test_it_is_put_on_once() -> None:
    fresh = type("Fresh", (Old,), {"forward": Old.forward})
    assert [guard_dora(fresh), guard_dora(fresh)] == ["guarded", "already"]


def test_an_unknown_signature_is_left_alone() -> None:
    class Other:
        def forward(self, y: Any) -> Any:
            return y

    stock = Other.forward
    assert guard_dora(Other) == "unknown" and Other.forward is stock
