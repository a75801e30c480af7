"""A guard for DoRA in half precision: some PEFT versions build its identity in the input's type.

Up to 0.18 PEFT's DoRA multiplied `torch.eye(..., dtype=x.dtype)` with float32 adapters: with half
inputs and no autocast that raises. The guard computes such a call in the adapters' type and gives
the result back in the input's; every other call goes through untouched. See unsloth issue 4127.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any, Literal

import torch

Guarded = Literal["guarded", "already", "unknown"]
_MARK = "_ghost_dtype_guard"


def guard_dora(layer_class: Any = None) -> Guarded:
    """Wrap the forward of PEFT's DoRA layer once per process.

    Args:
        layer_class: a class with that forward; by default PEFT's `DoraLinearLayer`.

    Returns:
        "guarded", "already", or "unknown" if the forward has another signature (left alone).
    """
    if layer_class is None:
        from peft.tuners.lora.dora import DoraLinearLayer

        layer_class = DoraLinearLayer
    stock = layer_class.forward
    if getattr(stock, _MARK, False):
        return "already"
    names = list(inspect.signature(stock).parameters)
    if names[:2] != ["self", "x"] or "lora_A" not in names:
        return "unknown"

    @functools.wraps(stock)
    def forward(self: Any, x: torch.Tensor, *, lora_A: Any, **kwargs: Any) -> torch.Tensor:
        wanted = getattr(getattr(lora_A, "weight", None), "dtype", x.dtype)
        if wanted == x.dtype or torch.is_autocast_enabled(x.device.type):
            return stock(self, x, lora_A=lora_A, **kwargs)
        if kwargs.get("base_result") is not None:
            kwargs["base_result"] = kwargs["base_result"].to(wanted)
        return stock(self, x.to(wanted), lora_A=lora_A, **kwargs).to(x.dtype)

    setattr(forward, _MARK, True)
    layer_class.forward = forward
    return "guarded"
