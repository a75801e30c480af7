"""transformers' own Gemma-3, computing in float32, whose weights are read when they are needed.

The model is built empty; hooks give each layer its merged weights before it computes and take them
away after it. Embedding and head are used in slices of the mapped file. So 12 billion parameters
need the memory of one layer, on any machine. Only `reference` imports this: it loads torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from accelerate import init_empty_weights
from torch import Tensor, nn
from transformers import Gemma3Config, Gemma3Model

from ghost_engine.export.lora import Merger
from ghost_engine.export.names import hub_name

EMBEDDING = "language_model.model.embed_tokens.weight"
_SLICE_ROWS = 16_384
_SLICE_BYTES = 256 << 20


class ThinModel:
    """A Gemma-3 with merged weights.

    Args:
        merger: where the weights come from.
        tell: gets layers done and layers in all, in every pass.
    """

    def __init__(self, merger: Merger, tell: Callable[[int, int], None]) -> None:
        self._merger, self._tell = merger, tell
        config = Gemma3Config.from_pretrained(merger.checkpoint.folder)
        with init_empty_weights(include_buffers=False):
            model = Gemma3Model._from_config(
                config, attn_implementation="sdpa", dtype=torch.float32
            )
        self._embedding = merger.tensor(EMBEDDING)  # (vocabulary, hidden), mapped
        scale = math.sqrt(config.text_config.hidden_size)
        model.language_model.embed_tokens = _Rows(self._embedding, scale)
        self._model = model.eval()
        units = list(_units(model))
        self._done, self._units = 0, len(units)
        for name, unit, deep in units:
            unit.register_forward_pre_hook(self._filler(name, deep))
            unit.register_forward_hook(self._emptier(deep))

    @torch.no_grad()
    def hidden(
        self, input_ids: Tensor, token_types: Tensor, mask: Tensor, pixels: Tensor
    ) -> Tensor:
        """The last layer's states, (texts, tokens, hidden).

        Args:
            input_ids: (texts, tokens), padded on the right.
            token_types: the same shape; 1 for the tokens of the picture.
            mask: the same shape; 0 for padding.
            pixels: (1, 3, height, width), the one picture of every text.
        """
        self._done = 0
        features = self._model.get_image_features(pixels).pooler_output
        embedded = self._model.get_input_embeddings()(input_ids)
        pictures = (token_types == 1).unsqueeze(-1).expand_as(embedded)
        shown = features.expand(len(input_ids), -1, -1)
        return self._model(
            inputs_embeds=embedded.masked_scatter(pictures, shown),
            attention_mask=mask,
            token_type_ids=token_types,
            use_cache=False,
        ).last_hidden_state

    @torch.no_grad()
    def logits(self, hidden: Tensor) -> Iterator[tuple[int, Tensor]]:
        """The head, a slice of the vocabulary at a time: its first token, (positions, slice)."""
        rows = min(_SLICE_ROWS, max(1, _SLICE_BYTES // (4 * max(1, len(hidden)))))
        for first in range(0, len(self._embedding), rows):
            yield first, hidden @ self._embedding[first : first + rows].float().T

    def _filler(self, name: str, deep: bool) -> Callable[..., None]:
        def fill(unit: nn.Module, *_: Any) -> None:
            for own in _parameters(unit, deep):
                value = self._merger.tensor(hub_name(f"{name}.{own}")).float()
                _set(unit, own, value)

        return fill

    def _emptier(self, deep: bool) -> Callable[..., None]:
        def empty(unit: nn.Module, *_: Any) -> None:
            for own in _parameters(unit, deep):
                _set(unit, own, torch.empty(0, device="meta"))
            self._done += 1
            self._tell(self._done, self._units)

        return empty


class _Rows(nn.Module):
    """The embedding: looks up the rows it is asked for, and scales them as Gemma does."""

    def __init__(self, table: Tensor, scale: float) -> None:
        super().__init__()
        self._table, self._scale = table, scale

    def forward(self, ids: Tensor) -> Tensor:
        return self._table[ids].float() * torch.tensor(self._scale)


def _units(model: nn.Module) -> Iterator[tuple[str, nn.Module, bool]]:
    """What is filled at once: whole layers, and every other module with weights of its own.

    The third says whether the weights of the modules inside belong to it.
    """
    layers = [
        f"{name}.{number}"
        for name, module in model.named_modules()
        if isinstance(module, nn.ModuleList)
        for number, _ in enumerate(module)
    ]
    for name, module in model.named_modules():
        if name in layers:
            yield name, module, True
        elif not name.startswith(tuple(f"{layer}." for layer in layers)):
            if next(module.parameters(recurse=False), None) is not None:
                yield name, module, False


def _parameters(unit: nn.Module, deep: bool) -> list[str]:
    return [name for name, _ in unit.named_parameters(recurse=deep)]


def _set(unit: nn.Module, name: str, value: Tensor) -> None:
    owner, _, leaf = name.rpartition(".")
    setattr(unit.get_submodule(owner), leaf, nn.Parameter(value, requires_grad=False))
