"""The plain loader made lean: less memory than stock transformers + PEFT, the same mathematics.

`make_lean` takes a PEFT model and replaces the forward of its LoRA layers, keeps the frozen vision
tower out of the graph, and checkpoints only what trains; `answer_loss` never makes more logits than
a slice of the answer. What is saved on disk stays PEFT's own format. Figures: docs/memory.md.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_post_hook
from transformers.modeling_outputs import CausalLMOutput

LOGIT_ROWS = 256
"""Answer positions whose logits exist at one time: 256 x 262,208 float32 are 0.25 GiB."""


def answer_loss(
    model: nn.Module, inputs: dict[str, Any], items: Tensor | int | None = None
) -> Tensor:
    """Cross-entropy of the labelled tokens of a batch, by a model that `make_lean` prepared.

    Args:
        model: it, in any wrapper (PEFT's, distributed training's).
        inputs: a batch with `labels` (batch, tokens), -100 where nothing is asked.
        items: labelled tokens in the whole step (all micro-batches); None for a mean over this one.

    Returns:
        A float32 scalar: the summed negative log-likelihood over `items`.
    """
    return model(**inputs, num_items_in_batch=items).loss


def _lean_loss_forward(core: Any) -> Callable[..., Any]:
    """A forward that, given labels, makes logits only where something is asked."""
    stock = core.forward

    @functools.wraps(stock)  # `generate` reads its signature
    def forward(*args: Any, **kwargs: Any) -> Any:
        if kwargs.get("labels") is None:
            kwargs.pop("num_items_in_batch", None)
            return stock(*args, **kwargs)
        labels, items = kwargs.pop("labels"), kwargs.pop("num_items_in_batch", None)
        rest = {key: value for key, value in kwargs.items() if value is not None}
        hidden = core.model(*args, **{**rest, "use_cache": False}).last_hidden_state
        softcap = core.config.get_text_config().final_logit_softcapping
        return CausalLMOutput(loss=_loss(hidden, core.lm_head.weight, labels, items, softcap))

    return forward


def _loss(
    hidden: Tensor, head: Tensor, labels: Tensor, items: Tensor | int | None, softcap: float | None
) -> Tensor:
    """The loss of `answer_loss` from hidden states (batch, tokens, hidden)."""
    asked = labels[:, 1:] != -100
    rows, wanted = hidden[:, :-1][asked], labels[:, 1:][asked]
    if not len(rows):  # a zero that still reaches every parameter
        return hidden.float().sum() * 0.0
    total: Tensor = _HeadLoss.apply(rows, head, wanted, softcap)
    return total / (len(rows) if items is None else items)


class _HeadLoss(torch.autograd.Function):
    """Summed cross-entropy through a frozen head, slice by slice; the gradient is made on the way.

    Slices are of rows, so that neither logits nor their gradient ever exist for the whole answer
    (the idea of Liger's fused linear cross-entropy, without a gradient for the head).
    """

    @staticmethod
    def forward(ctx: Any, rows: Tensor, head: Tensor, wanted: Tensor, softcap: float | None) -> Any:
        wants = ctx.needs_input_grad[0]
        gradient = torch.empty_like(rows) if wants else None
        total = rows.new_zeros((), dtype=torch.float32)
        weight = head.to(rows.dtype)
        for start in range(0, len(rows), LOGIT_ROWS):
            part = slice(start, start + LOGIT_ROWS)
            logits, slope = _logits(rows[part], weight, softcap)
            peak = logits.logsumexp(-1, keepdim=True)
            at = wanted[part].unsqueeze(-1)
            total += (peak - logits.gather(-1, at)).sum()
            if gradient is not None:
                logits.sub_(peak).exp_().scatter_add_(-1, at, -torch.ones_like(peak))
                if slope is not None:
                    logits.mul_(slope)
                torch.mm(logits.to(rows.dtype), weight, out=gradient[part])
            del logits, slope, peak  # else they live beside the next slice's
        if gradient is not None:
            ctx.save_for_backward(gradient)
        return total

    @staticmethod
    def backward(ctx: Any, *outer: Any) -> Any:
        (gradient,) = ctx.saved_tensors
        return gradient * outer[0].to(gradient.dtype), None, None, None


def _logits(rows: Tensor, weight: Tensor, softcap: float | None) -> tuple[Tensor, Tensor | None]:
    """Float32 logits (rows, vocabulary), and d logits / d raw logits where they are soft-capped."""
    logits = (rows @ weight.t()).float()
    if softcap is None:
        return logits, None
    bent = torch.tanh(logits / softcap)
    return bent * softcap, 1 - bent * bent


def make_lean(model: nn.Module, *, tune_vision: bool) -> None:
    """Replace what wastes memory in a PEFT model over Gemma-3; call it before training.

    Args:
        model: the result of `get_peft_model` on the plain path.
        tune_vision: the vision tower has adapters; else it runs outside the graph.
    """
    core = _core(model)
    for layer in model.modules():
        if hasattr(layer, "lora_A") and isinstance(layer, nn.Module) and _is_linear(layer):
            stock = layer.forward
            layer.forward = types.MethodType(_lean_forward(stock), layer)
    core.forward = _lean_loss_forward(core)
    core.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    if not tune_vision:
        tower = core.model.vision_tower
        for part in tower.modules():
            if hasattr(part, "gradient_checkpointing"):
                part.gradient_checkpointing = False
        look = core.model.get_image_features
        core.model.get_image_features = torch.no_grad()(look)


def settle_trainables(model: nn.Module) -> int:
    """Make every trainable tensor float32 again: trl casts a 4-bit model's to bf16.

    In bf16 DoRA's magnitudes, which lie near their start, never move, and Adam loses small steps.
    Call it after the trainer is built and before the optimizer is.

    Returns:
        How many tensors were cast.
    """
    low = [
        parameter
        for parameter in model.parameters()
        if parameter.requires_grad and parameter.dtype != torch.float32
    ]
    for parameter in low:
        parameter.data = parameter.data.float()
    return len(low)


def _core(model: nn.Module) -> Any:
    """The model itself, out of the wrappers of PEFT and of distributed training."""
    inner: Any = getattr(model, "module", model)
    return inner.get_base_model() if hasattr(inner, "get_base_model") else inner


def _is_linear(layer: Any) -> bool:
    base = layer.get_base_layer()
    return isinstance(base, nn.Linear)


# -- the LoRA layer ---------------------------------------------------------------------------

_steps_taken = 0


def _forget(*_: Any) -> None:
    """An optimizer moved the adapters: norms kept from before are stale."""
    global _steps_taken
    _steps_taken += 1


register_optimizer_step_post_hook(_forget)


def _lean_forward(stock: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A forward for one LoRA layer: adapters cast to the input's type, no clone, no identity."""

    def forward(layer: Any, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        names = layer.active_adapters
        simple = len(names) == 1 and names[0] in layer.lora_A and not args and not kwargs
        if layer.disable_adapters or layer.merged or not simple:
            return stock(x, *args, **kwargs)
        return _adapted(layer, names[0], x)

    return forward


def _adapted(layer: Any, name: str, x: Tensor) -> Tensor:
    """base(x) + scale * B A x, and with DoRA its rows rescaled to the learned magnitudes.

    DoRA (arXiv 2402.09353, eq. 5, norm detached as in its section 4.3): with m the magnitudes and
    n the row norms of W + scale * B A, y = (m / n) (W x + scale * B A x) + bias.
    """
    base = layer.get_base_layer()
    dropout = layer.lora_dropout[name]
    dropped = dropout(x)
    lora = F.linear(dropped, layer.lora_A[name].weight.to(x.dtype))
    lora = F.linear(lora, layer.lora_B[name].weight.to(x.dtype))
    scale = layer.scaling[name]
    if name not in layer.lora_variant:
        return torch.add(base(x), lora, alpha=scale)
    # The difference to 1 is what is cast: bf16 near 1 has steps of 0.4 %, and magnitudes move less.
    extra = (layer.lora_magnitude_vector[name].weight / _row_norms(layer, name) - 1).to(x.dtype)
    active = layer.training and not isinstance(dropout, nn.Identity) and dropout.p > 0
    plain = base(x)
    bias = base.bias
    if active:  # PEFT rescales the dropped-out base: y = W x + bias + (m/n - 1) W x' + m/n s B A x'
        inner = base(dropped) if bias is None else base(dropped) - bias
        return plain + torch.addcmul(lora * scale, torch.add(inner, lora, alpha=scale), extra)
    whole = plain if bias is None else plain - bias
    whole = torch.add(whole, lora, alpha=scale)
    result = torch.addcmul(whole, whole, extra)
    return result if bias is None else result + bias


@torch.no_grad()
def _row_norms(layer: Any, name: str) -> Tensor:
    """Euclidean norms (out,) of the rows of W + scale * B A, float32, without that matrix.

    |w + s b A|^2 = |w|^2 + 2 s (W A^T)·b + s^2 b (A A^T) b^T for each row: one matrix as thin as
    the rank instead of weight-shaped sums and an identity as wide as the input. They are kept
    until the adapters change, so that accumulation and recomputation do not ask twice.
    """
    down, up = layer.lora_A[name].weight, layer.lora_B[name].weight
    mark = (_steps_taken, down._version, up._version, down.data_ptr(), up.data_ptr())
    kept = layer.__dict__.get("_ghost_norms")
    if kept is not None and kept[0] == mark:
        return kept[1]
    weight = _weight(layer.get_base_layer())
    squares = layer.__dict__.get("_ghost_squares")
    if squares is None:
        squares = layer.__dict__["_ghost_squares"] = _row_squares(weight)
    a, b, scale = down.float(), up.float(), layer.scaling[name]
    cross = ((weight @ down.t().to(weight.dtype)).float() * b).sum(1)
    own = ((b @ (a @ a.t())) * b).sum(1)
    norms = (squares + 2 * scale * cross + scale * scale * own).clamp_min(0).sqrt()
    layer.__dict__["_ghost_norms"] = (mark, norms)
    return norms


def _row_squares(weight: Tensor) -> Tensor:
    """Squared norms of the rows (out,), float32, a slice of rows at a time."""
    rows = max(1, 2**24 // weight.shape[1])
    return torch.cat([part.float().square().sum(1) for part in weight.split(rows)])


def _weight(base: nn.Module) -> Tensor:
    """The base layer's weight (out, in), dequantized if it is in 4 bit."""
    from peft.utils.integrations import dequantize_module_weight

    return dequantize_module_weight(base).data
